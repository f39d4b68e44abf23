//! Streams whose data key a vault elsewhere makes and opens, such as behind an endpoint: the same bytes.

use strongroom_core::error::Reason;
use strongroom_core::operation::{Decrypt, GenerateDataKey, ReEncrypt};
use strongroom_core::stream::{
    STREAM_HEADER_LEN, SegmentError, SegmentLen, SegmentOpener, SegmentSealer, StreamHeader,
};
use strongroom_core::{Error, Vault};

use super::{End, SEALED, bytes, one_key, seal, seal_with};
use crate::world::{World, create_key, root};

/// A data key, plain and sealed.
fn data_key(vault: &Vault<&World>, key: &str) -> ([u8; 32], Vec<u8>) {
    let (mut plain, mut sealed) = ([0; 32], [0; 200]);
    let made =
        vault.generate_data_key(&root(), GenerateDataKey::aes_256(key), &mut plain, &mut sealed).unwrap();
    let sealed = made.ciphertext.to_vec();
    (plain, sealed)
}

/// Opens a stream of one segment as whoever has its data key only.
fn open(stream: &[u8], header: StreamHeader, data_key: &[u8; 32]) -> Result<Vec<u8>, SegmentError> {
    let mut opener = SegmentOpener::<strongroom_core::crypto::RustCrypto>::new();
    opener.begin_under(header, data_key);
    let mut segment = stream[STREAM_HEADER_LEN..].to_vec();
    assert!(segment.len() <= SEALED);
    opener.open(0, true, &mut segment).map(<[u8]>::to_vec)
}

#[test]
fn a_stream_under_a_data_key_from_elsewhere_is_a_stream_as_any_other() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let text = bytes(3000);
    let (plain, sealed) = data_key(&vault, &key);
    let mut sealer = SegmentSealer::new();
    let entropy = &vault.platform().entropy;
    let header = sealer.begin_under(entropy, SegmentLen::MIN, &plain, &sealed).unwrap();
    let stream = seal_with(&vault, sealer, header, &text);
    assert_eq!(super::open(&vault, &stream), (text, End::Whole));
    // No two streams have the same id, also under one data key.
    let again = SegmentSealer::<strongroom_core::crypto::RustCrypto>::new()
        .begin_under(entropy, SegmentLen::MIN, &plain, &sealed)
        .unwrap();
    assert_ne!(
        StreamHeader::parse(&again).unwrap().stream_id,
        StreamHeader::parse(&header).unwrap().stream_id
    );
}

#[test]
fn a_stream_of_a_vault_opens_under_its_data_key_and_under_no_other() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let text = bytes(700);
    let stream = seal(&vault, &key, &text);
    let header = StreamHeader::parse(&stream).unwrap();
    let mut plain = [0; 32];
    vault.decrypt(&root(), Decrypt::new(header.sealed_data_key()), &mut plain).unwrap();
    assert_eq!(open(&stream, header, &plain), Ok(text.clone()));
    plain[31] ^= 1;
    assert_eq!(open(&stream, header, &plain), Err(SegmentError::Altered));
    // Moved to another key by its data key alone.
    let other = create_key(&vault).to_string();
    let mut room = [0; 200];
    let moved =
        vault.re_encrypt(&root(), ReEncrypt::new(header.sealed_data_key(), &other), &mut room).unwrap();
    let header = header.with_sealed_data_key(moved.ciphertext).unwrap();
    let moved = [&header.to_bytes(), &stream[STREAM_HEADER_LEN..]].concat();
    assert_eq!(super::open(&vault, &moved), (text, End::Whole));
}

#[test]
fn what_is_no_sealed_data_key_begins_no_stream() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let (plain, sealed) = data_key(&vault, &key);
    let entropy = &vault.platform().entropy;
    let mut unknown = sealed.clone();
    unknown[0] = 9;
    for wrong in [&sealed[1..], &[&sealed[..], &[0]].concat(), &unknown, &[]] {
        let mut sealer = SegmentSealer::new();
        let begun = sealer.begin_under(entropy, SegmentLen::MIN, &plain, wrong);
        assert_eq!(begun, Err(Error::InvalidCiphertext(Reason::NotOurs)));
        assert!(sealer.seal_last(entropy, &mut [0; SEALED], 5).is_err(), "there is no stream");
        let _: SegmentSealer<strongroom_core::crypto::RustCrypto> = sealer;
    }
}
