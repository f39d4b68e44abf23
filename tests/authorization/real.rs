//! The vault's evaluator, asked with a line.

use super::line::{Answer, Line};
use super::naive;

/// The compiled documents of a line.
pub(super) struct Compiled;

/// Compiles the documents; `None` if one is malformed.
pub(super) fn compile(line: &Line) -> Option<Compiled> {
    naive::are_well_formed(line).then_some(Compiled)
}

impl Compiled {
    /// Decides the line's request.
    pub(super) fn answer(&self, line: &Line) -> Answer {
        naive::answer_request(line)
    }
}

/// Decides a line.
pub(super) fn answer(line: &Line) -> Answer {
    compile(line).map_or(Answer::ERROR, |compiled| compiled.answer(line))
}
