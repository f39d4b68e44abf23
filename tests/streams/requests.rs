//! What a stream asks of the vault: permission for its data key, once, and a record of it.

use strongroom_core::Error;
use strongroom_core::audit::RecordedEvent;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::{Parameter, Reason};
use strongroom_core::operation::{DisableKey, RevokeKeyVersion, RotateKeyOnDemand};
use strongroom_core::policy::Action;
use strongroom_core::stream::{
    OpenStream, RewrapStream, STREAM_HEADER_LEN, SealStream, SegmentLen, SegmentOpener, SegmentSealer,
    StreamHeader,
};

use super::{End, FULL, SEALED, bytes, one_key, open, seal};
use crate::world::{STRANGER, World, caller, root};

/// What the log says was done, in order.
fn actions(world: &World) -> Vec<Action> {
    world.log.events().iter().map(|event| RecordedEvent::read(event).unwrap().action).collect()
}

#[test]
fn a_stream_is_permitted_as_its_data_key_and_recorded_once() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let before = actions(&world).len();
    let stream = seal(&vault, &key, &bytes(5 * FULL));
    assert_eq!(open(&vault, &stream).1, End::Whole);
    assert_eq!(actions(&world)[before..], [Action::GenerateDataKey, Action::Decrypt]);

    let stranger = caller(STRANGER);
    let mut sealer = SegmentSealer::<RustCrypto>::new();
    let refused = vault.seal_stream(&stranger, SealStream::new(&key), &mut sealer).unwrap_err();
    assert!(matches!(refused, Error::AccessDenied(_)));
    assert_eq!(
        sealer.seal_last(&world.entropy, &mut [0; SEALED], 1),
        Err(Error::Validation(Parameter::Segment)),
        "a refused stream seals nothing"
    );
    let mut opener = SegmentOpener::<RustCrypto>::new();
    let refused = vault.open_stream(&stranger, OpenStream::default(), &stream, &mut opener).unwrap_err();
    assert!(matches!(refused, Error::AccessDenied(_)));
}

#[test]
fn another_context_does_not_open_a_stream() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let context = &[("tenant", "blue")];
    let mut sealer = SegmentSealer::<RustCrypto>::new();
    let request = SealStream { encryption_context: context, ..SealStream::new(&key) };
    let header = vault.seal_stream(&root(), request, &mut sealer).unwrap();
    let mut opener = SegmentOpener::<RustCrypto>::new();
    let mut open = |encryption_context| {
        let request = OpenStream { encryption_context, ..OpenStream::default() };
        vault.open_stream(&root(), request, &header, &mut opener).map(|key| key.version)
    };
    assert_eq!(open(context), Ok(1));
    assert_eq!(open(&[]), Err(Error::InvalidCiphertext(Reason::ContextOrHeaderDiffers)));
}

#[test]
fn a_moved_header_takes_the_place_of_the_old_one_and_the_segments_stay() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let plaintext = bytes(2 * FULL + 1);
    let old = seal(&vault, &key, &plaintext);
    vault.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id: &key }).unwrap();

    let (header, moved_to) = vault.rewrap_stream(&root(), RewrapStream::new(&key), &old).unwrap();
    assert_eq!(moved_to.version, 2);
    assert_eq!(StreamHeader::parse(&header).unwrap().data_key().unwrap().version, 2);
    let moved = [&header[..], &old[STREAM_HEADER_LEN..]].concat();
    assert_eq!(open(&vault, &moved), (plaintext.clone(), End::Whole));
    assert_eq!(open(&vault, &old), (plaintext.clone(), End::Whole));

    vault.revoke_key_version(&root(), RevokeKeyVersion { key_id: &key, version: 1 }).unwrap();
    assert_eq!(open(&vault, &moved), (plaintext, End::Whole));
    let refused = Error::InvalidCiphertext(Reason::RevokedVersion);
    assert_eq!(open(&vault, &old), (Vec::new(), End::NotOpened(refused)));
}

#[test]
fn a_disabled_key_opens_no_stream_and_what_is_open_goes_on() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let stream = seal(&vault, &key, &bytes(9));
    let mut opener = SegmentOpener::<RustCrypto>::new();
    vault.open_stream(&root(), OpenStream::default(), &stream, &mut opener).unwrap();
    vault.disable_key(&root(), DisableKey { key_id: &key }).unwrap();
    assert_eq!(opener.open(0, true, &mut stream[STREAM_HEADER_LEN..].to_vec()).unwrap(), bytes(9));
    assert!(matches!(open(&vault, &stream).1, End::NotOpened(Error::Disabled)));
}

#[test]
fn a_sealer_takes_segments_in_their_turn_and_length() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let wrong = Err(Error::Validation(Parameter::Segment));
    let mut sealer = SegmentSealer::<RustCrypto>::new();
    let mut buffer = [0; SEALED + 1];
    assert_eq!(sealer.seal(&world.entropy, &mut buffer), wrong, "no stream");
    let request = SealStream { segment_len: SegmentLen::MIN, ..SealStream::new(&key) };
    vault.seal_stream(&root(), request, &mut sealer).unwrap();
    assert_eq!(
        sealer.seal(&world.entropy, &mut buffer[..SEALED - 1]),
        Err(Error::BufferTooSmall { needed: SEALED })
    );
    assert_eq!(sealer.seal_last(&world.entropy, &mut buffer, FULL + 1), wrong, "longer than a segment");
    assert_eq!(sealer.seal(&world.entropy, &mut buffer), Ok(SEALED));
    assert_eq!(sealer.seal_last(&world.entropy, &mut buffer, 0), wrong, "nothing behind something");
    assert_eq!(sealer.seal_last(&world.entropy, &mut buffer, 1), Ok(SEALED - FULL + 1));
    assert_eq!(sealer.seal_last(&world.entropy, &mut buffer, 1), wrong, "behind the last");
}

#[test]
fn a_segment_has_a_power_of_two_from_1_kib_to_1_mib() {
    for exponent in 0..24 {
        let len = SegmentLen::of(1 << exponent);
        assert_eq!(len.map(SegmentLen::bytes), (10..=20).contains(&exponent).then_some(1 << exponent));
    }
    assert_eq!(SegmentLen::of(1025), None);
    assert_eq!(SegmentLen::of(0), None);
}
