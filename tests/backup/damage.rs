//! Bundles that are not whole: a drill notices, and a restore makes nothing of them.

use strongroom_core::Error;
use strongroom_core::error::BundleFault;
use strongroom_core::operation::CreateKey;

use super::{BUNDLE_SECRET, FRAME, HEADER, backup, drill_with, drilled, fault, restore, segment_starts};
use crate::world::{SECRET, World, create, create_key, mount, root, rotate};

/// A small bundle, and another one of the same vault.
fn bundles() -> [Vec<u8>; 2] {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    rotate(&vault, key).unwrap();
    create_key(&vault);
    [backup(&vault).0, backup(&vault).0]
}

/// Neither a drill nor a restore takes it, for the same reason, and no vault is left behind.
fn refused(bundle: &[u8]) -> Error {
    let world = World::new(2);
    let error = drilled(bundle).unwrap_err();
    assert_eq!(restore(&world, bundle).map(drop), Err(error));
    assert!(mount(&world).is_err());
    error
}

/// Every bit where `STRONGROOM_EVERY_BIT` is set, and every 16th otherwise.
fn step() -> usize {
    if std::env::var_os("STRONGROOM_EVERY_BIT").is_some() { 1 } else { 16 }
}

#[test]
fn a_bundle_that_is_cut_off_anywhere_is_refused() {
    let [bundle, _] = bundles();
    assert!(drilled(&bundle).is_ok());
    for len in 0..bundle.len() {
        let expected = if len < 4 { BundleFault::NotABundle } else { BundleFault::Truncated };
        assert_eq!(drilled(&bundle[..len]), Err(fault(expected)), "cut at {len}");
    }
    // Between two segments as well.
    for start in segment_starts(&bundle) {
        if start < bundle.len() {
            assert_eq!(refused(&bundle[..start]), fault(BundleFault::Truncated));
        }
    }
}

#[test]
fn no_bit_of_a_bundle_can_be_turned() {
    let [bundle, _] = bundles();
    let (mut turned, mut made) = (0, 0);
    for bit in (0..bundle.len() * 8).step_by(step()) {
        // The place within the byte wanders, so that every kind of bit has its turn.
        let bit = if step() == 1 { bit } else { bit + bit / 16 % 8 };
        let mut altered = bundle.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        match drilled(&altered) {
            Err(
                Error::Bundle(_)
                | Error::WrongSecret
                | Error::SlotParameters
                | Error::FromTheFuture { .. }
                | Error::Damaged(_),
            ) => turned += 1,
            other => panic!("bit {bit}: {other:?}"),
        }
        if turned % 16 == 0 {
            refused(&altered);
            made += 1;
        }
    }
    println!("{turned} bits turned, {made} of them restored: 0 went unnoticed");
}

#[test]
fn segments_are_refused_in_any_other_order_or_number() {
    let [bundle, other] = bundles();
    let starts = segment_starts(&bundle);
    let segments: Vec<&[u8]> = starts.windows(2).map(|ends| &bundle[ends[0]..ends[1]]).collect();
    let others: Vec<&[u8]> = segment_starts(&other).windows(2).map(|ends| &other[ends[0]..ends[1]]).collect();
    let of = |segments: &[&[u8]]| [&[&bundle[..HEADER]], segments].concat().concat();
    assert_eq!(of(&segments), bundle);
    for at in 0..segments.len() {
        let mut without = segments.clone();
        without.remove(at);
        let expected = if at + 1 == segments.len() { BundleFault::Truncated } else { BundleFault::Altered };
        assert_eq!(refused(&of(&without)), fault(expected), "without {at}");
        let mut twice = segments.clone();
        twice.insert(at, segments[at]);
        let expected = if at + 1 == segments.len() { BundleFault::Trailing } else { BundleFault::Altered };
        assert_eq!(refused(&of(&twice)), fault(expected), "{at} twice");
        for with in at + 1..segments.len() {
            let mut swapped = segments.clone();
            swapped.swap(at, with);
            assert_eq!(refused(&of(&swapped)), fault(BundleFault::Altered), "{at} and {with} swapped");
        }
        // From another bundle of the same vault, under the same secret.
        let mut mixed = segments.clone();
        mixed[at] = others[at];
        assert_eq!(refused(&of(&mixed)), fault(BundleFault::Altered), "{at} of the other bundle");
    }
    let changed_header = [&other[..HEADER], &bundle[HEADER..]].concat();
    assert_eq!(refused(&changed_header), fault(BundleFault::Altered));
    // A record is no end, and the end is no record.
    let mut renamed = bundle.clone();
    renamed[starts[1]] = 3;
    assert_eq!(refused(&renamed), fault(BundleFault::Altered));
    assert_eq!(refused(&[&bundle[..], &[0]].concat()), fault(BundleFault::Trailing));
    assert_eq!(refused(&[&bundle[..], &other[..]].concat()), fault(BundleFault::Trailing));
}

#[test]
fn what_is_no_bundle_or_a_newer_one_says_so() {
    let [bundle, _] = bundles();
    let with = |at: usize, byte: u8| {
        let mut changed = bundle.clone();
        changed[at] = byte;
        changed
    };
    for garbage in [&b""[..], b"SRv", b"SRvt and so on", &[0; 500]] {
        assert_eq!(refused(garbage), fault(BundleFault::NotABundle));
    }
    assert_eq!(refused(&with(4, 2)), Error::FromTheFuture { format: 2 });
    assert_eq!(refused(&with(5, 3)), fault(BundleFault::NotABundle), "another purpose");
    assert_eq!(refused(&with(5, 2)), fault(BundleFault::OpensOtherwise), "sealed to a vault");
    assert_eq!(refused(&with(6, 0)), fault(BundleFault::NotABundle), "no slot");
    assert_eq!(refused(&with(6, 9)), fault(BundleFault::NotABundle), "more slots than there can be");
    // A length that no segment has is not waited for.
    assert_eq!(refused(&with(HEADER + 1, 0xff)), fault(BundleFault::Altered));
    assert_eq!(bundle[HEADER], 1);
    assert!(bundle.len() > HEADER + FRAME);
}

#[test]
fn another_secret_opens_nothing_and_costly_parameters_are_refused_before_they_are_used() {
    let [bundle, _] = bundles();
    assert_eq!(drill_with(&bundle, SECRET), Err(Error::WrongSecret));
    assert!(drill_with(&bundle, BUNDLE_SECRET).is_ok());
    // A slot that claims to need 4 TiB of memory.
    let mut costly = bundle.clone();
    costly[57..59].copy_from_slice(&[1, 1]);
    costly[60..72].copy_from_slice(&[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0, 0, 0, 1]);
    assert_eq!(refused(&costly), Error::SlotParameters);
}

#[test]
fn a_restore_leaves_a_storage_alone_that_is_not_empty() {
    let [bundle, _] = bundles();
    let world = World::new(3);
    let vault = create(&world);
    let key = vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
    vault.close().unwrap();
    assert_eq!(restore(&world, &bundle).map(drop), Err(Error::AlreadyAVault));
    let vault = mount(&world).unwrap();
    assert!(crate::world::describe(&vault, key).is_ok());
}
