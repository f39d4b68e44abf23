//! The power goes at random moments: nothing that was answered is lost.

use std::path::Path;
use std::time::{Duration, Instant};

use strongroom_std::device::DeviceImage;
use strongroom_std::device::protocol::{Ask, Keys, Request};

use crate::board::{Board, Kind, boards, flash, now_ms, seed};
use crate::scenario::provisioned;

/// So many cuts of one device, and then another: every session writes to the audit log, which nobody reads here, and a full one
/// denies.
const CUTS_PER_IMAGE: u64 = 10;
/// Devices at the same time.
const DEVICES: u64 = 4;
/// Keys of one device.
const KEYS: usize = 4;

/// What the device has answered.
struct Told {
    key: String,
    version: u32,
    ciphertexts: Vec<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    cuts: u64,
    answers: u64,
    /// Changes that were cut off, and were there afterwards.
    landed: u64,
}

#[test]
fn what_was_answered_survives_cuts_of_power() {
    let cuts: u64 = std::env::var("STRONGROOM_FIRMWARE_CUTS").map_or(5, |text| text.parse().unwrap());
    let Some((kind, image)) = boards().into_iter().find(|(kind, _)| kind.keeps_flash()) else { return };
    let folder = tempfile::tempdir().unwrap();
    let original = provisioned(folder.path());
    // So many cuts for each device, one after the other, and for all at the same time.
    let one_device = |device: u64| {
        let mut counts = Counts::default();
        let share = cuts / DEVICES + u64::from(device < cuts % DEVICES);
        while counts.cuts < share {
            let nv = folder.path().join(format!("flash-{device}"));
            cut_off(kind, &image, (&original, &nv), CUTS_PER_IMAGE.min(share - counts.cuts), &mut counts);
        }
        counts
    };
    let one_device = &one_device;
    let counts = std::thread::scope(|scope| {
        let devices: Vec<_> = (0..DEVICES).map(|device| scope.spawn(move || one_device(device))).collect();
        devices.into_iter().map(|device| device.join().unwrap()).fold(Counts::default(), |all, one| Counts {
            cuts: all.cuts + one.cuts,
            answers: all.answers + one.answers,
            landed: all.landed + one.landed,
        })
    });
    assert_eq!(counts.cuts, cuts);
    println!(
        "{}: {cuts} cuts of power, {} answers before them, none lost; {} changes that were cut off had landed: PASS",
        kind.triple(),
        counts.answers,
        counts.landed
    );
}

/// Uses one device and cuts its power so many times. The key whose change was cut off is looked at when it comes back, and
/// everything in the end.
fn cut_off(
    kind: Kind,
    image: &Path,
    (original, nv): (&DeviceImage<4>, &Path),
    cuts: u64,
    counts: &mut Counts,
) {
    flash(kind, original, nv);
    let mut told: Vec<Told> = Vec::new();
    let mut cut_key = None;
    for _ in 0..cuts {
        let mut board = Board::start(kind, image, nv, now_ms());
        if let Some(index) = cut_key {
            look(&mut board, &mut told[index], counts);
        }
        let [choice, rounds, delay @ .., _, _] = seed();
        let mut rotation = Duration::ZERO;
        for round in 0..=usize::from(rounds % 2) {
            if told.len() < KEYS {
                let create = Keys::Create { description: "", policy: None, is_for_macs: false };
                let (key, version) = board.client.key("", create).unwrap();
                told.push(Told { key: key.to_string(), version, ciphertexts: Vec::new() });
                counts.answers += 1;
            }
            let count = told.len();
            let one = &mut told[(usize::from(choice) + round) % count];
            let begun = Instant::now();
            let version = board.client.key("", Keys::Rotate(&one.key)).unwrap().1;
            rotation = begun.elapsed();
            assert_eq!(version, one.version + 1, "a rotation of {} follows what was answered", one.key);
            one.version = version;
            one.ciphertexts.push(board.client.encrypt("", &one.key, b"kept").unwrap().bytes.to_vec());
            counts.answers += 2;
        }
        // The cut comes at any moment of one more change, which takes as long as the one before it, or somewhat later.
        let index = usize::from(choice) % told.len();
        let ask = Ask::Keys(Keys::Rotate(&told[index].key));
        board.client.send(&Request::Vault { caller: "", ask }).unwrap();
        let delay = u32::from(u16::from_be_bytes([delay[0], delay[1]]));
        std::thread::sleep(rotation * delay / 50_000);
        board.cut();
        counts.cuts += 1;
        cut_key = Some(index);
    }
    let mut board = Board::start(kind, image, nv, now_ms());
    for one in &mut told {
        look(&mut board, one, counts);
        for ciphertext in &one.ciphertexts {
            assert_eq!(*board.client.decrypt("", ciphertext).unwrap().bytes, b"kept");
        }
    }
}

/// The version of a key is the one that was answered, or the one that the power cut off.
fn look(board: &mut Board, one: &mut Told, counts: &mut Counts) {
    let (_, now) = board.client.key("", Keys::Describe(&one.key)).unwrap();
    assert!(
        (one.version..=one.version + 1).contains(&now),
        "version {} of {} was answered, and it is {now}",
        one.version,
        one.key
    );
    counts.landed += u64::from(now - one.version);
    one.version = now;
}
