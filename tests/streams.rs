//! Data of any size: what streams open to, and what they refuse.

mod attacks;
mod elsewhere;
mod readers;
mod requests;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::stream::{
    OpenStream, SEGMENT_OVERHEAD, STREAM_HEADER_LEN, SealStream, SegmentError, SegmentLen, SegmentOpener,
    SegmentSealer, segment_place, stream_len,
};
use strongroom_core::{Error, Vault};

use crate::world::{World, create, create_key, root};

/// The least length of a segment, in these tests the only one.
const FULL: usize = SegmentLen::MIN.bytes();
const SEALED: usize = FULL + SEGMENT_OVERHEAD;

/// So many bytes, each other than its neighbours.
fn bytes(len: usize) -> Vec<u8> {
    (0..len).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

/// A vault with a key.
fn one_key(world: &World) -> (Vault<&World>, String) {
    let vault = create(world);
    let key = create_key(&vault).to_string();
    (vault, key)
}

/// Seals a stream segment by segment, as a device does.
fn seal(vault: &Vault<&World>, key: &str, plaintext: &[u8]) -> Vec<u8> {
    let request = SealStream { segment_len: SegmentLen::MIN, ..SealStream::new(key) };
    let mut sealer = SegmentSealer::new();
    let header = vault.seal_stream(&root(), request, &mut sealer).unwrap();
    seal_with(vault, sealer, header, plaintext)
}

/// The same behind a header that there is.
fn seal_with(
    vault: &Vault<&World>,
    mut sealer: SegmentSealer<RustCrypto>,
    header: [u8; STREAM_HEADER_LEN],
    plaintext: &[u8],
) -> Vec<u8> {
    let mut stream = header.to_vec();
    let mut segments: Vec<_> = plaintext.chunks(FULL).collect();
    let last = segments.pop().unwrap_or_default();
    let entropy = &vault.platform().entropy;
    for segment in segments {
        let mut buffer = [0; SEALED];
        segment_place(&mut buffer, FULL).unwrap().copy_from_slice(segment);
        let len = sealer.seal(entropy, &mut buffer).unwrap();
        stream.extend(&buffer[..len]);
    }
    let mut buffer = [0; SEALED];
    segment_place(&mut buffer, last.len()).unwrap().copy_from_slice(last);
    let len = sealer.seal_last(entropy, &mut buffer, last.len()).unwrap();
    stream.extend(&buffer[..len]);
    stream
}

/// How far a stream opens, and what ends it.
#[derive(Debug, PartialEq)]
enum End {
    Whole,
    Refused(SegmentError),
    /// The vault does not give its data key.
    NotOpened(Error),
}

/// Opens a stream segment by segment; answers what was handed out.
fn open(vault: &Vault<&World>, stream: &[u8]) -> (Vec<u8>, End) {
    let mut opener = SegmentOpener::<RustCrypto>::new();
    if let Err(error) = vault.open_stream(&root(), OpenStream::default(), stream, &mut opener) {
        return (Vec::new(), End::NotOpened(error));
    }
    let mut opened = Vec::new();
    let mut left = &stream[STREAM_HEADER_LEN..];
    for index in 0.. {
        let (segment, rest) = left.split_at(left.len().min(SEALED));
        let mut buffer = segment.to_vec();
        match opener.open(index, rest.is_empty(), &mut buffer) {
            Ok(plaintext) => opened.extend(plaintext),
            Err(error) => return (opened, End::Refused(error)),
        }
        if rest.is_empty() {
            break;
        }
        left = rest;
    }
    (opened, End::Whole)
}

#[test]
fn a_stream_of_any_length_opens_to_what_was_sealed() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    for len in [0, 1, 17, FULL - 1, FULL, FULL + 1, 2 * FULL, 3 * FULL + 5] {
        let stream = seal(&vault, &key, &bytes(len));
        let foretold = stream_len(u64::try_from(len).unwrap(), SegmentLen::MIN);
        assert_eq!(u64::try_from(stream.len()).ok(), foretold);
        assert_eq!(open(&vault, &stream), (bytes(len), End::Whole), "{len} bytes");
    }
}

#[test]
fn two_streams_of_the_same_bytes_have_nothing_in_common() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let [one, other] = [(); 2].map(|()| seal(&vault, &key, &bytes(2 * FULL)));
    let shared = one[64..].windows(8).filter(|window| other.windows(8).any(|other| other == *window)).count();
    assert_eq!(shared, 0);
}
