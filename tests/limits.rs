//! Every limit of the KMS API reference on every parameter of every operation: the smallest and the largest value that is
//! legal, the values next to them that are not, and characters inside and outside a pattern.

mod asks;
mod rows;
mod scene;
mod values;

use asks::ASKS;
use rows::{NOT_HERE, ROWS, Row};
use scene::Scene;
use values::{Cell, cells};

/// What a parameter may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Characters of a text, bytes of a blob: at least, at most.
    Length(usize, usize),
    /// A number: at least, at most.
    Number(u64, u64),
    /// Elements of a list: at least, at most.
    Count(usize, usize),
    /// A text that matches.
    Pattern(&'static str),
    /// A date later than now, and at most 365 days later.
    Within365Days,
}

/// Limits that no request can pass here, and why.
const NOT_TRIED: [(&str, &str); 9] = [
    ("Marker", "a marker is an array of bytes; texts of markers come with the endpoint"),
    ("KeyMaterialId", "an id of material is an array of 32 bytes"),
    ("Recipient.AttestationDocument", "answers for enclaves are not supported"),
    ("CustomKeyStoreId", "there are no custom key stores"),
    ("XksKeyId", "there are no custom key stores"),
    ("GranteeServicePrincipal", "services are not granted to"),
    ("RetiringServicePrincipal", "services are not granted to"),
    ("Constraints.SourceArn", "grants have no such constraint"),
    ("ResourceOwners", "no keys of others are listed"),
];

fn is_tried(row: &Row) -> bool {
    NOT_TRIED.iter().all(|(parameter, _)| *parameter != row.parameter)
}

#[test]
fn every_limit_of_the_reference_holds_on_both_sides_and_what_is_refused_changes_nothing() {
    let scene = Scene::new();
    let mut wrong = Vec::new();
    let (mut count, mut refused) = (0, 0);
    for row in ROWS.iter().filter(|row| is_tried(row)) {
        let Some((_, ask)) = ASKS.iter().find(|(operation, _)| *operation == row.operation) else {
            wrong.push(format!("nobody asks for {}", row.operation));
            continue;
        };
        for Cell { label, value, expected } in cells(row) {
            let world = scene.world();
            let stage = scene.set_up(&world);
            let before = world.storage.image();
            let given = scene::Given::new(row.parameter, &value);
            let answer = ask(&stage, &given).map_err(|error| error.code());
            let Row { operation, parameter, .. } = row;
            if answer != expected {
                wrong.push(format!("{operation} {parameter} {label}: {answer:?}, not {expected:?}"));
            }
            if !given.was_taken() {
                wrong.push(format!("{operation} does not take {parameter}"));
            }
            if answer == Err("ValidationException") {
                refused += 1;
                if world.storage.image() != before {
                    wrong.push(format!("{operation} {parameter} {label} was refused and changed something"));
                }
            }
            count += 1;
        }
    }
    println!("{} rows, {count} cells (operation, parameter, boundary), {refused} refused", ROWS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_limit_of_the_reference_is_left_out() {
    for row in &ROWS {
        assert!(!NOT_HERE.contains(&row.operation), "{}", row.operation);
        assert_ne!(is_tried(row), cells(row).is_empty(), "{row:?}");
    }
    for (parameter, reason) in NOT_TRIED {
        assert!(ROWS.iter().any(|row| row.parameter == parameter), "{parameter}: {reason}");
    }
    for (operation, _) in ASKS {
        assert!(ROWS.iter().any(|row| row.operation == *operation), "{operation}");
    }
    assert_eq!(ASKS.len() + NOT_HERE.len(), 56, "operations of the reference");
}
