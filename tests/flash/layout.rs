//! A second reader of the image, written from `docs/format.md`, section 10, sharing no code with the first.

use std::collections::BTreeMap;

use super::script::{AREA, Content, NUMBERS, Step, address, content, formatted, mount, put, remove};

/// CRC-32C, bit by bit.
fn crc(pieces: &[&[u8]]) -> [u8; 4] {
    let mut crc = u32::MAX;
    for byte in pieces.iter().flat_map(|piece| piece.iter()) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    (!crc).to_be_bytes()
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, byte| number << 8 | usize::from(*byte))
}

/// The epoch of a segment, if it has both headers and a proof.
fn epoch(segment: &[u8], grain: usize) -> Option<usize> {
    let header = &segment[..32];
    if header != &segment[32..64]
        || header[..8] != *b"SRfl\x01\0\0\0"
        || header[28..] != crc(&[&header[..28]])
    {
        return None;
    }
    assert_eq!((number(&header[16..20]), number(&header[20..24])), (segment.len(), grain));
    assert_eq!(number(&header[24..28]), 0, "no frame was damaged");
    let epoch = number(&header[8..16]);
    let is_proof = |at: usize| record(segment, epoch, at).is_some_and(|(kind, ..)| kind == 7);
    [64, 96, 128, 160].into_iter().any(is_proof).then_some(epoch)
}

/// Kind, length and body of the record at an offset.
fn record(segment: &[u8], epoch: usize, at: usize) -> Option<(u8, usize, &[u8])> {
    let bytes = &segment[at..at + 32];
    let place = [&(epoch as u64).to_be_bytes()[..], &(at as u32).to_be_bytes()].concat();
    let is_valid = bytes[28..] == crc(&[&place, &bytes[..28]]);
    is_valid.then(|| (bytes[0], number(&bytes[1..4]), &bytes[4..28]))
}

/// Everything in an undamaged segment: the revision, and blobs by address.
fn read(segment: &[u8], epoch: usize, grain: usize) -> (usize, BTreeMap<Vec<u8>, Vec<u8>>) {
    let (mut at, mut blobs, mut last) = (224, BTreeMap::new(), 0);
    while segment[at..].iter().any(|byte| *byte != 0xff) {
        let start = at;
        let (kind, _, body) = record(segment, epoch, at).unwrap();
        assert_eq!(kind, if at == 224 { 1 } else { 2 });
        let revision = number(&body[..8]);
        assert_eq!(body[8..], [0; 16]);
        at += 32;
        loop {
            let (kind, len, body) = record(segment, epoch, at).unwrap();
            at += 32;
            match kind {
                3 => {
                    blobs.insert(body.to_vec(), segment[at..at + len].to_vec());
                    let end = (at + len).next_multiple_of(grain);
                    assert!(segment[at + len..end].iter().all(|byte| *byte == 0));
                    at = end;
                }
                4 => drop(blobs.remove(body)),
                5 => {
                    let frame = &segment[start..at - 32];
                    assert_eq!((number(&body[..8]), number(&body[8..12])), (revision, frame.len()));
                    assert_eq!(body[12..16], crc(&[frame]));
                    assert_eq!([body[16], body[19]], [!body[12], !body[15]]);
                    break;
                }
                kind => panic!("kind {kind} within a frame"),
            }
        }
        let (kind, _, body) = record(segment, epoch, at).unwrap();
        assert_eq!((kind, number(&body[..8])), (6, revision));
        (at, last) = (at + 32, revision);
    }
    (last, blobs)
}

fn both_read_the_same<const WORD: usize>() {
    let flash = formatted::<WORD>();
    let grain = WORD.max(4);
    let (mut state, mut moves) = ((0, Content::new()), 0);
    for round in 0..30 {
        let steps: [Step; 3] = [put(&[(1, 90 + round), (2, round)]), remove(&[2]), put(&[(3, 7), (4, 64)])];
        let storage = mount(&flash).unwrap();
        for step in steps {
            step.run(&storage, state.0).unwrap();
            state = step.lead(&state);
        }
        assert_eq!(content(&storage), state.1);
        drop(storage);
        let chip = flash.borrow();
        let len = AREA.segment_len as usize;
        let area = &chip.image()[AREA.start as usize..][..2 * len];
        let segments = [&area[..len], &area[len..]];
        let newest = segments.into_iter().max_by_key(|segment| epoch(segment, grain)).unwrap();
        let epoch = epoch(newest, grain).unwrap();
        let (revision, blobs) = read(newest, epoch, grain);
        let expected = NUMBERS
            .filter_map(|number| state.1.get(&number).map(|blob| (address(number).0.to_vec(), blob.clone())));
        assert_eq!((revision as u64, blobs), (state.0, expected.collect()));
        moves = epoch;
    }
    assert!(moves > 3, "it has moved {moves} times");
}

#[test]
fn the_image_is_as_its_format_says() {
    both_read_the_same::<1>();
    both_read_the_same::<8>();
    both_read_the_same::<32>();
}
