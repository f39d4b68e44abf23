//! The power goes at random moments: nothing that was answered is lost.

use std::time::Duration;

use strongroom_std::device::protocol::{Ask, Keys, Request};

use crate::board::{Board, boards, flash, now_ms, seed};
use crate::scenario::provisioned;

/// What the device has answered.
struct Told {
    key: String,
    version: u32,
    ciphertexts: Vec<Vec<u8>>,
}

/// So many cuts, and then another image: every session writes to the audit log, which nobody reads here, and a full one denies.
const CUTS_PER_IMAGE: u64 = 10;

#[test]
fn what_was_answered_survives_cuts_of_power() {
    let cuts: u64 = std::env::var("STRONGROOM_FIRMWARE_CUTS").map_or(5, |text| text.parse().unwrap());
    let Some((kind, image)) = boards().into_iter().find(|(kind, _)| kind.keeps_flash()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let nv = folder.path().join("flash");
    let mut told: Vec<Told> = Vec::new();
    let mut answered = 0;
    for cut in 0..cuts {
        if cut.is_multiple_of(CUTS_PER_IMAGE) {
            flash(kind, &provisioned(folder.path()), &nv);
            told.clear();
        }
        let mut board = Board::start(kind, &image, &nv, now_ms());
        for Told { key, version, ciphertexts } in &mut told {
            let (_, now) = board.client.key("", Keys::Describe(key)).unwrap();
            assert!(now >= *version, "version {version} of {key} was answered, and it is {now}");
            // A rotation that was cut off may have landed.
            *version = now;
            for ciphertext in ciphertexts.iter().rev().take(3) {
                assert_eq!(*board.client.decrypt("", ciphertext).unwrap().bytes, b"kept");
            }
        }
        let [choice, rounds, delay @ .., _, _] = seed();
        for round in 0..=usize::from(rounds % 3) {
            if told.len() < 8 || (usize::from(choice) + round).is_multiple_of(7) {
                let create = Keys::Create { description: "", policy: None, is_for_macs: false };
                let (key, version) = board.client.key("", create).unwrap();
                told.push(Told { key: key.to_string(), version, ciphertexts: Vec::new() });
            }
            let count = told.len();
            let one = &mut told[(usize::from(choice) + round) % count];
            one.version = board.client.key("", Keys::Rotate(&one.key)).unwrap().1;
            one.ciphertexts.push(board.client.encrypt("", &one.key, b"kept").unwrap().bytes.to_vec());
            answered += 2;
        }
        // The cut comes at any moment of one more change.
        let one = &told[usize::from(choice) % told.len()];
        board.client.send(&Request::Vault { caller: "", ask: Ask::Keys(Keys::Rotate(&one.key)) }).unwrap();
        let delay = u64::from(u16::from_be_bytes([delay[0], delay[1]])) % 40_000;
        std::thread::sleep(Duration::from_micros(delay));
        board.cut();
    }
    println!("{}: {cuts} cuts of power, {answered} answers, none lost: PASS", kind.triple());
}
