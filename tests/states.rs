//! Every operation on every kind of key in every state: the table of the KMS reference, cell by cell, through the public
//! interface.

mod attempts;
mod exchange;
mod expected;
mod kind;
mod stage;

use strongroom_core::key::KeyState;

use attempts::{ATTEMPTS, Attempt};
pub use expected::cell;
use expected::expected;
use kind::KINDS;
use stage::Stage;

#[test]
fn every_operation_answers_as_the_table_says_for_every_state_and_kind() {
    let (mut cells, mut stages) = (0, 0);
    let mut wrong = Vec::new();
    for kind in KINDS {
        for state in KeyState::ALL {
            let Some(stage) = Stage::new(*kind, state) else { continue };
            stages += 1;
            for Attempt { name, run } in ATTEMPTS {
                let stage = stage.again();
                let before = stage.facts();
                let answer = run(&stage).map_err(|error| error.code());
                let should = expected(name, *kind, state);
                if answer != should {
                    wrong.push(format!("{name} on {kind:?} {state:?}: {answer:?}, not {should:?}"));
                }
                if answer.is_err() && stage.facts() != before {
                    wrong.push(format!("{name} on {kind:?} {state:?} was refused and changed the key"));
                }
                cells += 1;
            }
        }
    }
    println!("{} operations × {stages} kinds and states = {cells} cells", ATTEMPTS.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(cells, ATTEMPTS.len() * stages);
}

/// Operations of the reference that are not here yet; all others are attempted.
const NOT_HERE: [&str; 8] = [
    "DeriveSharedSecret",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GetPublicKey",
    "ReplicateKey",
    "Sign",
    "UpdatePrimaryRegion",
    "Verify",
];

#[test]
fn no_row_of_the_table_is_left_out() {
    for row in expected::rows() {
        let attempts = ATTEMPTS.iter().filter(|attempt| attempt.name == row).count();
        assert_eq!(attempts, usize::from(!NOT_HERE.contains(&row)), "{row}");
    }
}
