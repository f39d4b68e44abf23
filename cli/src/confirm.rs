//! Asking before something is done that cannot be taken back.

use std::io::{self, IsTerminal, Write};

use crate::error::CommandError;
use crate::exit::Kind;
use crate::output::Output;

/// Asks at the terminal, and goes on only after `yes`. `option` says yes beforehand.
///
/// # Errors
/// [`Kind::Usage`]: there is no terminal to ask at. [`Kind::No`]: the answer was another one.
pub(crate) fn confirm(question: &str, option: &str, output: &mut Output) -> Result<(), CommandError> {
    output.flush()?;
    if !io::stdin().is_terminal() {
        return Err(CommandError::new("there is no terminal to ask at; nothing has changed")
            .next(format!("give {option}")));
    }
    let mut shown = io::stderr().lock();
    write!(shown, "{question} (yes/no) ")?;
    shown.flush()?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    match answer.trim() {
        "yes" => Ok(()),
        _ => Err(CommandError::of(Kind::No, "the answer was not `yes`; nothing has changed")),
    }
}
