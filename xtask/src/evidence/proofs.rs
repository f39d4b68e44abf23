//! What shows each promise: commands of ours, and the planted bugs that the tests of it catch.

mod attackers;
mod boundaries;
mod overview;

use std::collections::BTreeSet;

use crate::evidence::promises::Promise;
use crate::planted_bugs::PlantedBug;
use crate::{COMMANDS, Outcome, planted};

/// What shows one promise.
pub(crate) struct Proof {
    /// The first words of the promise, or the first cell of its row. They fit no other promise.
    pub promise: &'static str,
    /// Commands, as they follow `cargo xtask`.
    pub commands: &'static [&'static str],
    /// Words that select planted bugs, as they follow `cargo xtask planted --only`.
    pub planted: &'static [&'static str],
}

impl Proof {
    /// The planted bugs that it names, each once.
    pub(crate) fn bugs(&self) -> Result<Vec<&'static PlantedBug>, String> {
        let mut bugs: Vec<&'static PlantedBug> = Vec::new();
        for words in self.planted {
            let selected =
                planted::select(words).map_err(|wrong| format!("\"{}\": {wrong}", self.promise))?;
            bugs.extend(
                selected
                    .into_iter()
                    .filter(|bug| !bugs.iter().any(|other| other.name == bug.name))
                    .collect::<Vec<_>>(),
            );
        }
        Ok(bugs)
    }

    /// That there is something that shows it, and that everything it names exists.
    pub(crate) fn check(&self) -> Outcome {
        let promise = self.promise;
        if self.commands.is_empty() && self.planted.is_empty() {
            return Err(format!("nothing shows \"{promise}\""));
        }
        for words in self.commands {
            let mut words = words.split(' ');
            let name = words.next().unwrap_or_default();
            let command = COMMANDS.iter().find(|command| command.name == name);
            let command = command.ok_or(format!("\"{promise}\": there is no command `{name}`"))?;
            if let Some(odd) = words.find(|word| word.starts_with("--") && !command.arguments.contains(word))
            {
                return Err(format!("\"{promise}\": `{name}` has no option `{odd}`"));
            }
        }
        self.bugs().map(|_| ())
    }
}

/// The proof of a promise.
pub(crate) fn of(promise: &Promise) -> Result<&'static Proof, String> {
    let mut fitting = all().filter(|proof| promise.is_known_by(proof.promise));
    let what = if promise.about.is_empty() { &promise.text } else { &promise.about };
    let proof = fitting.next().ok_or(format!("{}: nothing shows \"{what}\"", promise.file))?;
    match fitting.next() {
        None => Ok(proof),
        Some(other) => Err(format!("\"{}\" and \"{}\" are of one promise", proof.promise, other.promise)),
    }
}

/// That every proof is of one promise of these, and names what exists.
pub(crate) fn check(promises: &[Promise]) -> Outcome {
    for proof in all() {
        proof.check()?;
        let count = promises.iter().filter(|promise| promise.is_known_by(proof.promise)).count();
        if count != 1 {
            return Err(format!("{count} promises are known by \"{}\"", proof.promise));
        }
    }
    Ok(())
}

/// The arguments of `cargo` for every test that a proof names by a planted bug, sorted, each once.
pub(crate) fn tests() -> Result<BTreeSet<&'static str>, String> {
    let mut tests = BTreeSet::new();
    for proof in all() {
        tests.extend(proof.bugs()?.iter().map(|bug| bug.check).filter(|check| check.starts_with("test ")));
    }
    Ok(tests)
}

fn all() -> impl Iterator<Item = &'static Proof> {
    [overview::PROOFS, boundaries::PROOFS, attackers::PROOFS].into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::{Proof, check, of};
    use crate::evidence::promises::{Promise, promises};
    use crate::tree::Tree;

    fn proof(commands: &'static [&'static str], planted: &'static [&'static str]) -> Proof {
        Proof { promise: "It holds", commands, planted }
    }

    #[test]
    fn every_proof_is_of_one_promise() {
        assert_eq!(check(&promises(&Tree::find().unwrap()).unwrap()), Ok(()));
    }

    #[test]
    fn what_is_shown_by_nothing_is_refused() {
        assert!(proof(&[], &[]).check().is_err());
    }

    #[test]
    fn what_does_not_exist_shows_nothing() {
        assert_eq!(proof(&["bits --step 16"], &["tamper::"]).check(), Ok(()));
        for (commands, planted) in [
            (&["no-such-command"][..], &["tamper::"][..]),
            (&["bits --no-such-option"], &["tamper::"]),
            (&["bits"], &["no such bug"]),
        ] {
            assert!(proof(commands, planted).check().is_err(), "{commands:?} {planted:?}");
        }
    }

    #[test]
    fn a_promise_that_nothing_shows_is_refused() {
        let promise = |about: &str| Promise {
            file: "F",
            heading: String::new(),
            about: about.to_owned(),
            text: "all".to_owned(),
        };
        assert!(of(&promise("reads the medium")).is_ok());
        assert!(of(&promise("does what nobody thought of")).is_err());
    }
}
