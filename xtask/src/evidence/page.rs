//! The page, as text.

use std::fmt::Write as _;

use crate::evidence::figures::{Record, TESTS};
use crate::evidence::promises::{Promise, promises};
use crate::evidence::proofs::{self, Proof};
use crate::planted_bugs::PlantedBug;
use crate::tree::Tree;

/// So many planted bugs are named, and so many tests; of more, the number.
const NAMED_MAX: usize = 4;

const HEAD: &str = "\
# Evidence

Made by `cargo xtask evidence`; nothing here is written by hand, and `cargo test -p xtask` sees that it is not stale.

Each promise of [README.md](../README.md) and [SECURITY.md](../SECURITY.md), word for word, beside the commands that show it, what each
said when `cargo xtask record` last ran it, and the bugs that were planted to see its tests fail: `cargo xtask planted --only WORDS`
plants them again. What a test has for a figure is how many there are of its name, all of which passed.
";

/// The page, and what it counts.
pub(crate) struct Page {
    pub text: String,
    pub promises: usize,
    pub bugs: usize,
    pub figures: usize,
}

impl Page {
    /// The page as it is now.
    pub(crate) fn of(tree: &Tree) -> Result<Self, String> {
        let promises = promises(tree)?;
        proofs::check(&promises)?;
        let tests = Record::of(tree, TESTS)?;
        let mut page = Page { text: HEAD.to_owned(), promises: promises.len(), bugs: 0, figures: 0 };
        let mut named: Vec<&str> = Vec::new();
        let mut heading = String::new();
        for promise in &promises {
            if heading != promise.heading {
                promise.heading.clone_into(&mut heading);
                page.line(&format!("\n## {}: {heading}\n", promise.file));
            }
            let proof = proofs::of(promise)?;
            let bugs = proof.bugs()?;
            page.line(&format!("- {}", quoted(promise)));
            page.commands(tree, proof)?;
            page.tests(&bugs, tests.as_ref());
            page.planted(&bugs);
            named.extend(bugs.iter().map(|bug| bug.name));
        }
        named.sort_unstable();
        named.dedup();
        page.bugs = named.len();
        page.records(tree)?;
        Ok(page)
    }

    fn line(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
    }

    fn commands(&mut self, tree: &Tree, proof: &Proof) -> Result<(), String> {
        for command in proof.commands {
            let name = command.split(' ').next().unwrap_or_default();
            let figure = match Record::of(tree, name)? {
                Some(record) => {
                    self.figures = self.figures.saturating_add(1);
                    format!(
                        "[{}](#{name}) ({})",
                        record.closing.last().map_or("", String::as_str),
                        record.date
                    )
                }
                None => "not recorded".to_owned(),
            };
            self.line(&format!("  - `cargo xtask {command}`: {figure}"));
        }
        Ok(())
    }

    /// The tests that catch the bugs, with how many there are of each name.
    fn tests(&mut self, bugs: &[&PlantedBug], record: Option<&Record>) {
        let mut checks: Vec<&str> = bugs.iter().map(|bug| bug.check).collect();
        checks.retain(|check| check.starts_with("test "));
        checks.sort_unstable();
        checks.dedup();
        for check in checks.iter().take(NAMED_MAX) {
            let line = record.and_then(|record| {
                record.closing.iter().find_map(|line| line.strip_suffix(&format!("  cargo {check}")))
            });
            let figure = line.map_or("not recorded".to_owned(), |count| format!("{} passed", count.trim()));
            self.figures = self.figures.saturating_add(usize::from(line.is_some()));
            self.line(&format!("  - `cargo {check}`: {figure}"));
        }
        if let Some(more) = checks.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            self.line(&format!("  - and {more} more tests, by the bugs that they catch"));
        }
    }

    fn planted(&mut self, bugs: &[&PlantedBug]) {
        if bugs.is_empty() {
            return;
        }
        let mut line = format!("  - {} planted: ", bugs.len());
        for (place, bug) in bugs.iter().take(NAMED_MAX).enumerate() {
            let comma = if place == 0 { "" } else { "; " };
            // Writing to a string cannot fail.
            let _ = write!(line, "{comma}{}", bug.name);
        }
        if let Some(more) = bugs.len().checked_sub(NAMED_MAX).filter(|more| *more > 0) {
            let _ = write!(line, "; and {more} more");
        }
        self.line(&line);
    }

    /// What was recorded of the commands, whole.
    fn records(&mut self, tree: &Tree) -> Result<(), String> {
        self.line("\n## What the commands said");
        for command in crate::COMMANDS {
            let Some(record) = Record::of(tree, command.name)? else { continue };
            let Record { command: words, date, commit, machine, took, closing } = record;
            self.line(&format!(
                "\n### {}\n\n`{words}`, {date}, commit {commit}; {machine}; {took}\n",
                command.name
            ));
            self.line(&format!("```text\n{}\n```", closing.join("\n")));
        }
        if let Some(Record { date, commit, machine, took, closing, .. }) = Record::of(tree, TESTS)? {
            let count =
                closing.iter().filter_map(|line| line.split_whitespace().next()?.parse::<usize>().ok());
            let sum = count.fold(0usize, usize::saturating_add);
            self.line(&format!(
                "\n### Tests\n\n{} filters, {sum} tests by them, all passed; {date}, commit {commit}; {machine}; {took}",
                closing.len()
            ));
        }
        Ok(())
    }
}

/// A promise as the page has it: links lead from here.
fn quoted(promise: &Promise) -> String {
    let text = promise.text.replace("](docs/", "](").replace("](SECURITY.md", "](../SECURITY.md");
    let text = text.replace("](#", &format!("](../{}#", promise.file));
    if promise.about.is_empty() { format!("**{text}**") } else { format!("**{}**: {text}", promise.about) }
}

#[cfg(test)]
mod tests {
    use super::quoted;
    use crate::evidence::promises::Promise;

    #[test]
    fn links_lead_from_where_the_page_is() {
        let promise = Promise {
            file: "SECURITY.md",
            heading: String::new(),
            about: "a thief".to_owned(),
            text: "gets [nothing](docs/keys.md), see [below](#memory)".to_owned(),
        };
        assert_eq!(
            quoted(&promise),
            "**a thief**: gets [nothing](keys.md), see [below](../SECURITY.md#memory)"
        );
    }
}
