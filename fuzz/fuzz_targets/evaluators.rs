//! Two evaluators of policies: the vault's, on what its compiler makes of documents, and the naive one of the tests, on the
//! documents themselves. They answer the same.
//!
//! Input: a mode, then either (0) a line of the table in `tests/authorization/cases`, or (1) what the generator of random
//! documents and requests throws.
#![no_main]

use libfuzzer_sys::fuzz_target;

use self::authorization::compare;

#[path = "../../tests/authorization"]
#[expect(dead_code, reason = "the tests use the rest")]
mod authorization {
    #[path = "../../fuzz/src/dice.rs"]
    mod dice;
    mod generate;
    mod json;
    mod line;
    mod naive;
    mod real;
    mod throws;

    use strongroom_core::policy::{Principal, RequestedAction, Resource};

    use self::dice::Dice;
    use self::line::Line;

    /// Longer ones may take more steps of patterns than the vault allows, which the naive evaluator does not count.
    const LEN_MAX: usize = 2000;
    /// Requests to the same documents.
    const REQUESTS: usize = 4;

    /// Decides the same twice.
    pub(super) fn compare(mode: u8, input: &[u8]) {
        if mode & 1 == 0 {
            if let Some((line, _)) =
                str::from_utf8(input).ok().filter(|text| text.len() < LEN_MAX).and_then(Line::parse)
            {
                both(&line);
            }
            return;
        }
        let dice = &mut Dice::new(input);
        let mut line = generate::line(dice);
        for _ in 0..REQUESTS {
            both(&line);
            generate::request(dice, &mut line);
        }
    }

    /// What is no principal, action or resource is never asked about: the naive evaluator does not look.
    fn is_readable(line: &Line) -> bool {
        let (action, resource) = (RequestedAction::parse(&line.action), Resource::parse(&line.resource));
        Principal::parse(&line.principal).is_ok() && action.is_some() && resource.is_some()
    }

    fn both(line: &Line) {
        if !is_readable(line) {
            return;
        }
        let (real, naive) = (real::answer(line), naive::answer(line));
        assert_eq!(real, naive, "the naive evaluator says\n{}", line.with(naive));
    }
}

fuzz_target!(|data: &[u8]| {
    if let Some((mode, input)) = data.split_first() {
        compare(*mode, input);
    }
});
