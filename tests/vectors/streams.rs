//! `stream.txt`: section 3.4.

use strongroom_core::audit::context_pairs;
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::Reason;
use strongroom_core::stream::{OpenStream, STREAM_HEADER_LEN, SegmentError, SegmentLen, SegmentOpener};
use strongroom_core::{Error, Vault};

use super::ciphertexts::{KEY_ID, versions};
use super::file::{Block, golden, hold};
use super::forge::{self, Forge};
use super::model::{cat, drawn, flip, seal, set};
use super::sealing::canonical;

const FULL: usize = 1024;
const SEALED: usize = FULL + 76;

/// A stream in segments of 1 KiB, under the key that made the vectors of ciphertexts.
fn stream_block(name: &str, expect: &str, version: u32, plaintext: &[u8]) -> Block {
    let (_, _, key) = versions()[usize::try_from(version).unwrap() - 1];
    let (data_key, stream_id): ([u8; 32], [u8; 16]) =
        (drawn(&format!("K {name}")), drawn(&format!("id {name}")));
    let kcv = seal(name, &key, 1, &KEY_ID, version, b"", b"").kcv;
    let header = cat(&[&[1, 1, 0, 0], &KEY_ID, &version.to_be_bytes(), &kcv]);
    let context = canonical(&[("tenant", "blue")]);
    let a = cat(&[b"SRct", &header, &context]);
    let wrapped = cat(&[&header, &seal(name, &key, 1, &KEY_ID, version, &a, &data_key).blob]);

    let shape = [1, 1, 10, 0];
    let mut chunks: Vec<&[u8]> = plaintext.chunks(FULL).collect();
    if chunks.is_empty() {
        chunks.push(b"");
    }
    let sealed: Vec<_> = (0u64..)
        .zip(&chunks)
        .map(|(index, chunk)| {
            let is_last = u8::from(usize::try_from(index + 1).unwrap() == chunks.len());
            let a = cat(&[b"SRsg", &shape, &index.to_be_bytes(), &[is_last]]);
            let sealed = seal(&format!("{name} {index}"), &data_key, 6, &stream_id, 1, &a, chunk);
            (a, sealed)
        })
        .collect();
    let segments: Vec<_> = sealed.iter().map(|(_, sealed)| sealed.blob.clone()).collect();
    Block::new(name, expect)
        .with("key_id", KEY_ID)
        .list("versions", versions().map(|version| version.0.to_be_bytes()))
        .list("states", versions().map(|version| [version.1]))
        .list("materials", versions().map(|version| version.2))
        .with("context", context)
        .with("data_key", data_key)
        .with("stream_id", stream_id)
        .with("k_prime", sealed[0].1.k_prime)
        .list("a", sealed.iter().map(|(a, _)| a))
        .list("e", sealed.iter().map(|(_, sealed)| sealed.e))
        .list("c", sealed.iter().map(|(_, sealed)| sealed.c))
        .list("plaintexts", chunks)
        .with("stream", cat(&[b"SRst", &shape, &stream_id, &wrapped, &segments.concat()]))
}

fn stream_blocks() -> Vec<Block> {
    const FIELDS: [&str; 6] = ["key_id", "versions", "states", "materials", "context", "stream"];
    let two: Vec<u8> = (0..FULL + 9).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let mut blocks = vec![
        stream_block("nothing", "ok", 2, b""),
        stream_block("one short segment", "ok", 2, b"a short stream"),
        stream_block("one full segment", "ok", 2, &two[..FULL]),
        stream_block("two segments, by the first version", "ok", 1, &two),
    ];
    let short = blocks[1].clone().only(&FIELDS);
    let long = blocks[3].clone().only(&FIELDS);
    let [one, both] = [&short, &long].map(|block| block.bytes("stream"));
    let is = |name, kind, bytes: &[u8]| short.but(name, kind, "stream", bytes);
    let at = |name, kind, at, value| is(name, kind, &set(&one, at, value));
    let flipped = |name, kind, at| is(name, kind, &flip(&one, at));
    let split = |name, kind, bytes: &[u8]| long.but(name, kind, "stream", bytes);
    let (first, second) = both[STREAM_HEADER_LEN..].split_at(SEALED);
    let header = &both[..STREAM_HEADER_LEN];
    blocks.extend([
        flipped("other first bytes", "malformed", 0),
        at("format 0", "malformed", 4, 0),
        at("format 2", "malformed", 4, 2),
        at("suite 2", "malformed", 5, 2),
        at("segments of 512 bytes", "malformed", 6, 9),
        at("segments of 2 MiB", "malformed", 6, 21),
        at("the reserved byte", "malformed", 7, 1),
        at("a data key in another format", "malformed", 24, 2),
        is("a header that is cut off", "malformed", &one[..STREAM_HEADER_LEN - 1]),
        is("no byte", "malformed", b""),
        flipped("another key", "no-such-key", 30),
        at("the other version's number", "other-material", 24 + 23, 1),
        flipped("the data key's S", "commitment", 24 + 32),
        flipped("the sealed data key", "tag", 24 + 92),
        short.but("another context", "commitment", "context", canonical(&[("tenant", "red")])),
        at("another length of segments", "altered", 6, 11),
        flipped("another stream id", "altered", 8),
        flipped("S of the segment", "altered", STREAM_HEADER_LEN),
        flipped("N of the segment", "altered", STREAM_HEADER_LEN + 16),
        flipped("C of the segment", "altered", STREAM_HEADER_LEN + 28),
        flipped("the body of the segment", "altered", STREAM_HEADER_LEN + 60),
        flipped("the tag of the segment", "altered", one.len() - 1),
        is("a byte missing", "altered", &one[..one.len() - 1]),
        is("a byte added", "altered", &cat(&[&one, &[0]])),
        is("no segment", "length", &one[..STREAM_HEADER_LEN]),
        is("75 bytes of a segment", "length", &one[..STREAM_HEADER_LEN + 75]),
        split("the second segment is missing", "cut-off", &cat(&[header, first])),
        split("the first segment is missing", "altered", &cat(&[header, second])),
        split("the first segment twice", "altered", &cat(&[header, first, first])),
        split("the segments in the other order", "altered", &cat(&[header, second, first])),
        split("an empty segment behind the first", "length", &cat(&[header, first, &second[..76]])),
        stream_block("of a revoked version", "revoked-version", 3, b"x").only(&FIELDS),
    ]);
    let full = blocks[2].clone().only(&FIELDS);
    let bytes = full.bytes("stream");
    let doubled = cat(&[&bytes, &bytes[STREAM_HEADER_LEN..]]);
    blocks.push(full.but("the last segment twice", "appended", "stream", doubled));
    blocks
}

fn stream_answer(block: &Block) -> String {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 2, &versions());
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (context, stream) = (block.bytes("context"), block.bytes("stream"));
    let pairs: Vec<_> = context_pairs(&context).map(Result::unwrap).collect();
    let request = OpenStream { encryption_context: &pairs, ..OpenStream::default() };
    let mut opener = SegmentOpener::<RustCrypto>::new();
    let opened = vault.open_stream(&forge::root(), request, &stream, &mut opener);
    let kind = match opened {
        Err(Error::InvalidCiphertext(Reason::NotOurs)) => "malformed",
        Err(Error::AccessDenied(Reason::NoSuchKey)) => "no-such-key",
        Err(Error::InvalidCiphertext(Reason::OtherMaterial)) => "other-material",
        Err(Error::InvalidCiphertext(Reason::RevokedVersion)) => "revoked-version",
        Err(Error::InvalidCiphertext(Reason::ContextOrHeaderDiffers)) => "commitment",
        Err(Error::InvalidCiphertext(Reason::BodyAltered)) => "tag",
        Err(other) => panic!("{other:?}"),
        Ok(_) => return segments_answer(block, &opener, &stream).to_owned(),
    };
    kind.to_owned()
}

fn segments_answer(block: &Block, opener: &SegmentOpener<RustCrypto>, stream: &[u8]) -> &'static str {
    let len = strongroom_core::stream::StreamHeader::parse(stream).unwrap().segment_len;
    assert!(len == SegmentLen::MIN || block.text("expect") != "ok");
    let mut left = &stream[STREAM_HEADER_LEN..];
    let mut opened = Vec::new();
    for index in 0.. {
        let (segment, rest) = left.split_at(left.len().min(len.sealed()));
        match opener.open(index, rest.is_empty(), &mut segment.to_vec()) {
            Err(SegmentError::Altered) => return "altered",
            Err(SegmentError::CutOff) => return "cut-off",
            Err(SegmentError::Appended) => return "appended",
            Err(SegmentError::Length) => return "length",
            Err(other) => panic!("{other:?}"),
            Ok(plaintext) => opened.push(plaintext.to_vec()),
        }
        if rest.is_empty() {
            break;
        }
        left = rest;
    }
    assert_eq!(opened, block.items("plaintexts"));
    "ok"
}

#[test]
fn stream_vectors_hold() {
    let blocks = golden("stream.txt", "Streams of format 1.", &stream_blocks());
    hold("stream.txt", &blocks, stream_answer);
}
