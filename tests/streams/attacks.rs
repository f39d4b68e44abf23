//! Whatever is done to a stream, what is handed out is a beginning of what was sealed, and its end is not taken for whole.

use strongroom_core::crypto::RustCrypto;
use strongroom_core::stream::{OpenStream, STREAM_HEADER_LEN, SegmentError, SegmentOpener};

use super::{End, FULL, SEALED, bytes, one_key, open, seal};
use crate::world::{World, root};

/// Where the segment with this index lies in a stream.
fn segment(index: usize) -> std::ops::Range<usize> {
    let start = STREAM_HEADER_LEN + index * SEALED;
    start..start + SEALED
}

#[test]
fn a_stream_cut_anywhere_is_not_whole() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let plaintext = bytes(2 * FULL + 9);
    let stream = seal(&vault, &key, &plaintext);
    for len in STREAM_HEADER_LEN..stream.len() {
        let (opened, end) = open(&vault, &stream[..len]);
        assert!(matches!(end, End::Refused(_)), "{len} bytes: {end:?}");
        assert!(plaintext.starts_with(&opened) && opened.len() % FULL == 0, "{len} bytes");
    }
    for len in 0..STREAM_HEADER_LEN {
        assert!(matches!(open(&vault, &stream[..len]).1, End::NotOpened(_)), "{len} bytes");
    }
}

#[test]
fn a_stream_cut_between_segments_is_called_cut_off() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let stream = seal(&vault, &key, &bytes(3 * FULL));
    let (opened, end) = open(&vault, &stream[..segment(1).end]);
    assert_eq!((opened.len(), end), (FULL, End::Refused(SegmentError::CutOff)));
}

#[test]
fn nothing_can_be_appended() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let stream = seal(&vault, &key, &bytes(2 * FULL));
    for more in [vec![0], stream[segment(0)].to_vec(), stream[segment(1)].to_vec(), stream.clone()] {
        let (opened, end) = open(&vault, &[&stream[..], &more].concat());
        assert_eq!((opened.len(), end), (FULL, End::Refused(SegmentError::Appended)));
    }
    // The last segment is shorter, so what follows is taken for a part of it.
    let stream = seal(&vault, &key, &bytes(FULL + 9));
    let (opened, end) = open(&vault, &[&stream[..], &[0]].concat());
    assert_eq!((opened.len(), end), (FULL, End::Refused(SegmentError::Altered)));
}

#[test]
fn no_segment_opens_in_the_place_of_another() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let stream = seal(&vault, &key, &bytes(4 * FULL));
    for from in 0..4 {
        for to in 0..4 {
            let mut moved = stream.clone();
            moved.copy_within(segment(from), segment(to).start);
            let (opened, end) = open(&vault, &moved);
            if from == to {
                assert_eq!(end, End::Whole);
            } else {
                assert_eq!((opened.len(), end), (to * FULL, End::Refused(SegmentError::Altered)));
            }
        }
        let mut lacking = stream.clone();
        lacking.drain(segment(from));
        let end = open(&vault, &lacking).1;
        assert_eq!(end, End::Refused(if from == 3 { SegmentError::CutOff } else { SegmentError::Altered }));
    }
}

#[test]
fn no_segment_opens_in_another_stream() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let [one, other] = [(); 2].map(|()| seal(&vault, &key, &bytes(2 * FULL)));
    for index in 0..2 {
        let mut mixed = one.clone();
        mixed[segment(index)].copy_from_slice(&other[segment(index)]);
        assert_eq!(open(&vault, &mixed).1, End::Refused(SegmentError::Altered));
    }
    // Nor behind another's data key, or another's id.
    for part in [8..24, 24..STREAM_HEADER_LEN, 8..STREAM_HEADER_LEN] {
        let mut mixed = one.clone();
        mixed[part.clone()].copy_from_slice(&other[part.clone()]);
        assert_eq!(open(&vault, &mixed), (Vec::new(), End::Refused(SegmentError::Altered)), "{part:?}");
    }
}

#[test]
fn every_bit_of_a_stream_counts() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let plaintext = bytes(FULL + 9);
    let stream = seal(&vault, &key, &plaintext);
    let step = if std::env::var_os("STRONGROOM_EVERY_BIT").is_some() { 1 } else { 5 };
    for bit in (0..stream.len() * 8).step_by(step) {
        let mut flipped = stream.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let (opened, end) = open(&vault, &flipped);
        assert_ne!(end, End::Whole, "bit {bit}");
        assert!(opened.is_empty() || opened == plaintext[..FULL], "bit {bit}");
    }
}

#[test]
fn what_does_not_open_is_not_left_in_the_buffer() {
    let world = World::new(1);
    let (vault, key) = one_key(&world);
    let plaintext = bytes(2 * FULL);
    let stream = seal(&vault, &key, &plaintext);
    let mut opener = SegmentOpener::<RustCrypto>::new();
    assert_eq!(opener.open(0, false, &mut [0; SEALED]), Err(SegmentError::NoStream));
    vault.open_stream(&root(), OpenStream::default(), &stream, &mut opener).unwrap();
    // Authentic, and not the last: whoever stops here must not go on with it.
    let mut buffer = stream[segment(0)].to_vec();
    assert_eq!(opener.open(0, true, &mut buffer), Err(SegmentError::CutOff));
    assert!(!buffer.windows(16).any(|window| plaintext.windows(16).any(|part| part == window)));
}
