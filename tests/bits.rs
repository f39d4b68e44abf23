//! Single bits flipped in everything that is stored or handed out sealed: the answer is right, or a typed error, and every other
//! key stays usable. Some of the bits, or as many as `STRONGROOM_BIT_STEP` says.

mod contents;
mod device;

use std::thread;

use strongroom_core::Error;
use strongroom_core::audit::{AuditKey, Verifier};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::flash::FlashError;
use strongroom_core::operation::{Decrypt, TakeAuditKey};

use contents::{Answers, Contents, furnish, look, verify_mac};
use device::{Device, Given};

use crate::world::{Image, World, create, is_copy, mount, other_copy, root};

/// From one bit that is flipped to the next; so many by default that the tests take seconds.
fn step() -> usize {
    std::env::var("STRONGROOM_BIT_STEP").ok().and_then(|text| text.parse().ok()).unwrap_or(256)
}

fn flip(bytes: &mut [u8], bit: usize) {
    bytes[bit / 8] ^= 1 << (bit % 8);
}

/// What is an answer to a request for something that is damaged.
fn is_typed(error: &Error) -> bool {
    matches!(error, Error::Damaged(_) | Error::Storage(_) | Error::Capacity)
}

/// Compares answers with right ones; answers which keys were harmed.
fn harmed(name: &str, right: &Answers, now: &Answers) -> Vec<usize> {
    assert_eq!(right.len(), now.len());
    let mut harmed = Vec::new();
    for ((key, question, right), (_, _, now)) in right.iter().zip(now) {
        if right == now {
            continue;
        }
        let is_refused = now.as_ref().is_err_and(is_typed);
        assert!(is_refused, "{name}: {question} of {key:?} gave {now:?} instead of {right:?}");
        harmed.extend(*key);
    }
    harmed.sort_unstable();
    harmed.dedup();
    harmed
}

fn sealed() -> (World, Contents) {
    let world = World::new(21);
    world.clock.set_wall_ms(Some(20_000 * 86_400_000));
    world.usage_block.set(16);
    let vault = create(&world);
    let contents = furnish(&vault);
    vault.close().unwrap();
    // Looking changes nothing from now on.
    world.usage_block.set(0);
    (world, contents)
}

/// Flips the bits of the blobs whose number is `part` of two, under an open vault, and sometimes before opening it.
fn flip_blobs(part: usize) -> [usize; 4] {
    let (world, contents) = sealed();
    let image = world.storage.image();
    let vault = mount(&world).unwrap();
    // No head of the log is committed meanwhile.
    world.log.batch();
    let right = look(&vault, &contents);
    assert!(right.iter().all(|(_, _, answer)| answer.is_ok()), "{right:#?}");
    let open_image = world.storage.image();
    let [mut flips, mut unseen, mut refused, mut opened_anew] = [0; 4];
    for (number, (address, blob)) in
        open_image.blobs.iter().enumerate().filter(|(number, _)| number % 2 == part)
    {
        for bit in (number % step()..blob.len() * 8).step_by(step()) {
            let name = format!("bit {bit} of {address:?}");
            let flipped = |image: &Image| -> Image {
                let mut image = image.clone();
                let mut blob = image.blobs[address].to_vec();
                flip(&mut blob, bit);
                image.blobs.insert(*address, blob.into());
                image
            };
            world.storage.put_back(&flipped(&open_image));
            world.log.lose_what_is_not_durable();
            world.cool();
            let harmed_now = harmed(&name, &right, &look(&vault, &contents));
            flips += 1;
            // What is stored twice harms nobody, a record or a node above one key that key.
            let is_doubled = is_copy(address) || open_image.blobs.contains_key(&other_copy(address));
            assert!(harmed_now.len() <= usize::from(!is_doubled), "{name} harmed the keys {harmed_now:?}");
            if harmed_now.is_empty() {
                unseen += 1;
            } else {
                refused += 1;
            }
            let is_opened_by = address.0[23] & 0x7f >= 0x40;
            if (is_opened_by || flips % 37 == 0)
                && image.blobs.get(address).is_some_and(|blob| blob.len() * 8 > bit)
            {
                let fresh = World::new(22).with_image(&flipped(&image));
                fresh.clock.set_wall_ms(Some(20_000 * 86_400_000));
                let again = mount(&fresh).unwrap();
                assert!(harmed(&name, &right, &look(&again, &contents)).len() <= usize::from(!is_doubled));
                opened_anew += 1;
            }
        }
        world.storage.put_back(&open_image);
    }
    [flips, unseen, refused, opened_anew]
}

#[test]
fn no_bit_of_a_stored_blob_gives_a_wrong_answer_or_harms_another_key() {
    let [flips, unseen, refused, opened] = thread::scope(|scope| {
        let other = scope.spawn(|| flip_blobs(1));
        let mut sums = flip_blobs(0);
        sums.iter_mut().zip(other.join().unwrap()).for_each(|(sum, more)| *sum += more);
        sums
    });
    println!(
        "bits of blobs: {flips} flipped, {refused} refused to one key, {unseen} without effect on what was asked, \
         {opened} of them opened anew, 0 wrong answers"
    );
    assert!(refused > 50 && unseen > 50);
}

#[test]
fn no_bit_of_a_ciphertext_or_mac_or_entry_of_the_log_is_accepted() {
    let world = World::new(21);
    world.clock.set_wall_ms(Some(20_000 * 86_400_000));
    let vault = create(&world);
    let mut key = AuditKey::empty();
    vault.take_audit_key(&root(), TakeAuditKey, &mut key).unwrap();
    let contents = furnish(&vault);
    let mut counts = [0; 3];
    // Before all the refusals below are in it.
    let log = world.log.entries();
    for (_, ciphertext, _) in &contents.ciphertexts {
        for bit in (0..ciphertext.len() * 8).step_by(step().div_ceil(64)) {
            let mut flipped = ciphertext.clone();
            flip(&mut flipped, bit);
            let mut out = [0; 4096];
            let answer =
                vault.decrypt(&root(), Decrypt::new(&flipped), &mut out).map(|opened| opened.version);
            assert!(answer.is_err(), "bit {bit}: {answer:?}");
            assert!(out.iter().all(|byte| *byte == 0), "bit {bit} left something in the buffer");
            counts[0] += 1;
        }
    }
    for bit in (0..contents.mac.len() * 8).step_by(step().div_ceil(64)) {
        let mut flipped = contents.mac.clone();
        flip(&mut flipped, bit);
        assert!(verify_mac(&vault, &contents, &flipped).is_err(), "bit {bit}");
        counts[1] += 1;
    }
    let is_whole = |sequence: u64, changed: &[u8]| {
        let mut verifier = Verifier::<RustCrypto>::new(&key).unwrap();
        log.iter().all(|(at, bytes)| verifier.follow(if *at == sequence { changed } else { bytes }).is_ok())
            && verifier.finish().is_ok()
    };
    assert!(is_whole(u64::MAX, &[]));
    for (sequence, entry) in &log {
        for bit in (usize::try_from(*sequence).unwrap() % step()..entry.len() * 8).step_by(step()) {
            let mut flipped = entry.clone();
            flip(&mut flipped, bit);
            assert!(!is_whole(*sequence, &flipped), "bit {bit} of entry {sequence}");
            counts[2] += 1;
        }
    }
    let [ciphertexts, macs, entries] = counts;
    println!("bits: {ciphertexts} of ciphertexts, {macs} of a MAC, {entries} of the log flipped, 0 accepted");
}

/// Flips every second of the asked bits of a flash, from the bit `first` on.
fn flip_flash(first: usize) -> [usize; 4] {
    let (device, contents) = Device::furnished();
    let right = device.look(&contents).unwrap();
    assert!(right.iter().all(|(_, _, answer)| answer.is_ok()), "{right:#?}");
    let whole = device.blobs().unwrap();
    let mut known: Vec<(Given, bool)> = Vec::new();
    let [mut flips, mut unused, mut unopenable] = [0; 3];
    for bit in (first..device.len() * 8).step_by(2 * step()) {
        let name = format!("bit {bit}, byte {}", bit / 8);
        let flipped = device.flipped(bit);
        flips += 1;
        let blobs = match flipped.blobs() {
            Ok(blobs) => blobs,
            Err(FlashError::Damaged | FlashError::NotFormatted | FlashError::FromTheFuture { .. }) => {
                unopenable += 1;
                continue;
            }
            Err(other) => panic!("{name}: {other:?}"),
        };
        // What the store gives out is all that a vault sees of it; of equal ones, some are looked at again.
        let seen = known.iter().find(|(earlier, _)| *earlier == blobs).map(|(_, opens)| *opens);
        if blobs == whole {
            unused += 1;
        }
        if seen.is_some() && flips % 101 != 0 {
            unopenable += usize::from(seen == Some(false));
            continue;
        }
        match flipped.look(&contents) {
            Ok(now) => {
                let harmed = harmed(&name, &right, &now);
                assert!(blobs != whole || harmed.is_empty(), "{name}");
                known.push((blobs, true));
            }
            Err(error) => {
                assert!(is_typed(&error) || error == Error::NotAVault, "{name}: {error:?}");
                assert!(blobs != whole, "{name}");
                unopenable += 1;
                known.push((blobs, false));
            }
        }
    }
    [flips, unused, known.len(), unopenable]
}

#[test]
fn no_bit_of_a_flash_image_gives_a_wrong_answer() {
    let [flips, unused, looked, unopenable] = thread::scope(|scope| {
        let other = scope.spawn(|| flip_flash(step()));
        let mut sums = flip_flash(0);
        sums.iter_mut().zip(other.join().unwrap()).for_each(|(sum, more)| *sum += more);
        sums
    });
    println!(
        "bits of a flash of 64 KiB: {flips} flipped, {unused} change no blob, {unopenable} refuse to open, \
         {looked} looked at in full, 0 wrong answers"
    );
    assert_eq!(flips, (64 * 1024 * 8usize).div_ceil(step()));
}
