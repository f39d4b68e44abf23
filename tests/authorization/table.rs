//! The decision table: cases thought out by hand, each named for its rule in the specification of the language.

use super::line::{Answer, Line};
use super::{naive, real};

/// Every case: JSON lines by section.
const SECTIONS: [&str; 17] = [
    include_str!("cases/1-documents.jsonl"),
    include_str!("cases/2-actions.jsonl"),
    include_str!("cases/3-resources.jsonl"),
    include_str!("cases/4-principals.jsonl"),
    include_str!("cases/5-absent-and-lists.jsonl"),
    include_str!("cases/5-addresses-and-others.jsonl"),
    include_str!("cases/5-arns.jsonl"),
    include_str!("cases/5-dates.jsonl"),
    include_str!("cases/5-documents.jsonl"),
    include_str!("cases/5-keys.jsonl"),
    include_str!("cases/5-numbers.jsonl"),
    include_str!("cases/5-strings.jsonl"),
    include_str!("cases/6-variables.jsonl"),
    include_str!("cases/7-decisions.jsonl"),
    include_str!("cases/9-encryption-context.jsonl"),
    include_str!("cases/10-condition-keys.jsonl"),
    include_str!("cases/11-refused-keys.jsonl"),
];

/// The lines with the answers that the specification gives.
pub(super) fn cases() -> Vec<(Line, Answer)> {
    let lines = SECTIONS.iter().flat_map(|section| section.lines());
    lines.map(|text| Line::parse(text).unwrap_or_else(|| panic!("not a case: {text}"))).collect()
}

fn agrees_with_the_table(answer: fn(&Line) -> Answer) {
    let mut wrong = Vec::new();
    for (line, expected) in cases() {
        let answer = answer(&line);
        if answer != expected {
            wrong.push(format!("{answer:?} instead of\n{}\n", line.with(expected)));
        }
    }
    assert!(wrong.is_empty(), "{}\n{} cases are wrong", wrong.join("\n"), wrong.len());
}

#[test]
fn the_naive_evaluator_agrees_with_the_table() {
    agrees_with_the_table(naive::answer);
}

#[test]
fn every_case_has_a_name_of_its_own() {
    let mut names: Vec<String> = cases().into_iter().map(|(line, _)| line.id).collect();
    assert!(names.len() >= 500, "{} cases", names.len());
    names.sort();
    assert_eq!(names.windows(2).find(|pair| pair[0] == pair[1]), None);
}

#[test]
fn the_evaluator_agrees_with_the_table() {
    agrees_with_the_table(real::answer);
}
