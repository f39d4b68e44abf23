//! What pages say that shows something: tests and commands. They must be in the tree.

use super::page::{Page, spans};
use crate::COMMANDS;
use crate::tree::Tree;

/// Each of its sections says in a paragraph that begins with [`SHOWN_BY`] what shows what it claims.
const THREAT_MODEL: &str = "docs/threat-model.md";
const SHOWN_BY: &str = "*Shown by.*";

/// Commands of ours that no page may name, and lines of the threat model that nothing in the tree stands behind.
pub(crate) fn missing(tree: &Tree, pages: &[Page]) -> Result<Vec<String>, String> {
    let mut missing: Vec<String> = pages.iter().flat_map(unknown_commands).collect();
    for page in pages.iter().filter(|page| page.name == THREAT_MODEL) {
        let mut unshown: Vec<String> = Vec::new();
        for section in page.prose.split("\n## ").skip(1) {
            let title = section.lines().next().unwrap_or_default();
            let shown = section.split("\n\n").find_map(|paragraph| paragraph.trim().strip_prefix(SHOWN_BY));
            let mut is_shown = false;
            for span in shown.into_iter().flat_map(spans) {
                if let Some((file, test)) = span.split_once("::") {
                    if is_test(tree, file, test) {
                        is_shown = true;
                    } else {
                        missing.push(format!("{THREAT_MODEL}: `{span}` is no test"));
                    }
                }
                is_shown |= span.starts_with("cargo xtask ");
            }
            if !is_shown {
                unshown.push(format!("{THREAT_MODEL}: nothing shows \"{title}\""));
            }
        }
        missing.extend(unshown);
    }
    Ok(missing)
}

/// Whether a file has a test of this name: a function, with the attribute of tests right above it.
fn is_test(tree: &Tree, file: &str, test: &str) -> bool {
    let source = tree.read(file).unwrap_or_default();
    let Some((before, _)) = source.split_once(&format!("fn {test}(")) else { return false };
    let above = before.split('\n').rev().skip(1).take_while(|line| line.trim_start().starts_with(['#', '/']));
    above.into_iter().any(|line| line.trim() == "#[test]" || line.trim().starts_with("#[tokio::test"))
}

/// `cargo xtask NAME --option` in a page where there is no such name or option.
fn unknown_commands(page: &Page) -> Vec<String> {
    let mut unknown = Vec::new();
    for (number, line) in (1..).zip(page.text.lines()) {
        for rest in line.split("cargo xtask ").skip(1) {
            let end = rest.find(|each: char| !(each.is_ascii_alphanumeric() || " -/=".contains(each)));
            let words = rest.get(..end.unwrap_or(rest.len())).unwrap_or_default();
            let mut words = words.split_whitespace();
            let Some(name) = words.next() else { continue };
            let Some(command) = COMMANDS.iter().find(|command| command.name == name) else {
                unknown.push(format!("{}:{number}: there is no command `cargo xtask {name}`", page.name));
                continue;
            };
            let options = words.filter(|word| word.starts_with("--") && word.len() > 2);
            for option in options.filter(|option| !command.arguments.contains(option)) {
                unknown.push(format!("{}:{number}: `cargo xtask {name}` has no option {option}", page.name));
            }
        }
    }
    unknown
}
