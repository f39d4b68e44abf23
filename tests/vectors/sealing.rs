//! `sr1.txt` and `context.txt`: sections 2 and 3.1.

use std::cell::RefCell;

use strongroom_core::audit::{Entry, RecordedEvent, context_pairs, split_event};
use strongroom_core::crypto::sr1::{self, OpenError, SealingKey};
use strongroom_core::crypto::{Purpose, RustCrypto};
use strongroom_core::error::Parameter;
use strongroom_core::operation::Encrypt;
use strongroom_core::platform::{Entropy, EntropyFailed};
use strongroom_core::{Error, Secret, Vault, ciphertext_len};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, entries};
use super::model::{cat, drawn, flip, hmac, seal, sha256, string};

const SEALED: [&str; 6] = ["key", "purpose", "owner", "version", "a", "blob"];
const PURPOSES: [Purpose; 5] =
    [Purpose::Ciphertext, Purpose::Record, Purpose::Node, Purpose::Manifest, Purpose::Slot];

/// Gives out the bytes it was made of, once.
struct Given(RefCell<Vec<u8>>);

impl Entropy for Given {
    fn fill(&self, buffer: &mut [u8]) -> Result<(), EntropyFailed> {
        let mut left = self.0.borrow_mut();
        buffer.copy_from_slice(&left[..buffer.len()]);
        left.drain(..buffer.len());
        Ok(())
    }
}

fn sr1_block(name: &str, purpose: u8, version: u32, a: &[u8], plaintext: &[u8]) -> Block {
    let (key, owner) = (drawn(&format!("K {name}")), drawn(&format!("owner {name}")));
    let sealed = seal(name, &key, purpose, &owner, version, a, plaintext);
    Block::new(name, "ok")
        .with("key", key)
        .with("purpose", [purpose])
        .with("owner", owner)
        .with("version", version.to_be_bytes())
        .with("m", sealed.m)
        .with("k_prime", sealed.k_prime)
        .with("kcv", sealed.kcv)
        .with("a", a)
        .with("a_hash", sealed.a_hash)
        .with("s", sealed.s)
        .with("n", sealed.n)
        .with("x", sealed.x)
        .with("e", sealed.e)
        .with("c", sealed.c)
        .with("plaintext", plaintext)
        .with("blob", sealed.blob)
}

fn sr1_blocks() -> Vec<Block> {
    let mut blocks = vec![
        sr1_block("a ciphertext", 1, 3, b"SRct and what follows", b"attack at dawn"),
        sr1_block("a record", 2, 0, b"SRrc", &[0x5a; 64]),
        sr1_block("a node", 3, 0, b"SRtn", &[0xa5; 128]),
        sr1_block("a manifest", 4, 0, b"SRmf", &[7; 65]),
        sr1_block("a slot", 5, 0, b"SRsl", &[9; 32]),
        sr1_block("nothing at all", 1, u32::MAX, b"SRct", b""),
    ];
    let base = blocks[0].clone().only(&SEALED);
    let blob = base.bytes("blob");
    let change = |name, kind, field, at| base.but(name, kind, field, flip(base.bytes(field), at));
    let blob_is = |name, kind, blob: &[u8]| base.but(name, kind, "blob", blob);
    blocks.extend([
        change("another key", "commitment", "key", 31),
        base.but("another purpose", "commitment", "purpose", [2]),
        change("another owner", "commitment", "owner", 0),
        change("another version", "commitment", "version", 3),
        base.but("the version in the other byte order", "commitment", "version", [3, 0, 0, 0]),
        change("other associated data", "commitment", "a", 20),
        base.but("associated data cut short", "commitment", "a", b"SRct and what follow"),
        change("first bit of S", "commitment", "blob", 0),
        change("last bit of S", "commitment", "blob", 15),
        change("first bit of N", "tag", "blob", 16),
        change("last bit of N", "tag", "blob", 27),
        change("first bit of C", "commitment", "blob", 28),
        change("last bit of C", "commitment", "blob", 59),
        change("the body", "tag", "blob", 60),
        change("the tag", "tag", "blob", blob.len() - 1),
        blob_is("one byte of the tag is missing", "tag", &blob[..blob.len() - 1]),
        blob_is("a byte behind the tag", "tag", &cat(&[&blob, &[0]])),
        blob_is("no body, and the tag of another", "tag", &cat(&[&blob[..60], &blob[blob.len() - 16..]])),
        blob_is("a byte too short for a tag", "too-short", &blob[..75]),
        blob_is("no byte", "too-short", b""),
    ]);
    // A commitment over the other counter, and one that does not cover the associated data.
    let k_prime = blocks[0].array("k_prime");
    let x = blocks[0].bytes("x");
    let c = hmac(&k_prime, &[&[1], &x]);
    blocks.push(blob_is("C is the message key", "commitment", &cat(&[&blob[..28], &c, &blob[60..]])));
    let c = hmac(&k_prime, &[&[2], &x[..22]]);
    blocks.push(blob_is("C does not cover A", "commitment", &cat(&[&blob[..28], &c, &blob[60..]])));
    blocks
}

fn sr1_answer(block: &Block) -> String {
    let [number] = block.array("purpose");
    let purpose = PURPOSES[usize::from(number) - 1];
    let mut key = Secret::zeroed();
    key.fill_with(|bytes| *bytes = block.array("key"));
    let version = u32::from_be_bytes(block.array("version"));
    let (key, kcv) = SealingKey::<RustCrypto>::open(&key, purpose, &block.array("owner"), version);
    let a_hash = sha256(&[&block.bytes("a")]);
    let blob = block.bytes("blob");
    let Some((head, rest)) = blob.split_first_chunk() else { return "too-short".to_owned() };
    let Some((body, tag)) = rest.split_last_chunk() else { return "too-short".to_owned() };
    let mut opened = body.to_vec();
    match sr1::open(&key, purpose, &a_hash, head, &mut opened, tag) {
        Err(OpenError::Commitment) => "commitment".to_owned(),
        Err(OpenError::Tag) => "tag".to_owned(),
        Err(OpenError::TooShort) => "too-short".to_owned(),
        Ok(()) => {
            assert_eq!(kcv, block.array("kcv"));
            assert_eq!(opened, block.bytes("plaintext"));
            let given = Given(RefCell::new(cat(&[&block.bytes("s"), &block.bytes("n")])));
            let (head, tag) = sr1::seal(&key, purpose, &a_hash, &given, &mut opened).unwrap();
            assert_eq!(cat(&[&head, &opened, &tag]), blob);
            "ok".to_owned()
        }
    }
}

#[test]
fn sr1_vectors_hold() {
    let blocks = golden("sr1.txt", "SR-1: opening keys, sealing and opening messages.", &sr1_blocks());
    hold("sr1.txt", &blocks, sr1_answer);
}

pub fn canonical(pairs: &[(&str, &str)]) -> Vec<u8> {
    let mut pairs = pairs.to_vec();
    pairs.sort_by_key(|pair| pair.0.as_bytes().to_vec());
    let count = u16::try_from(pairs.len()).unwrap().to_be_bytes();
    let pairs = pairs.iter().map(|(name, value)| cat(&[&string(name.as_bytes()), &string(value.as_bytes())]));
    cat(&[&count, &pairs.collect::<Vec<_>>().concat()])
}

fn context_blocks() -> Vec<Block> {
    let given = |name, expect, pairs: &[(&str, &str)]| {
        Block::new(name, expect)
            .list("names", pairs.iter().map(|pair| pair.0))
            .list("values", pairs.iter().map(|pair| pair.1))
    };
    let good = |name, pairs: &[(&str, &str)]| given(name, "ok", pairs).with("canonical", canonical(pairs));
    let long = "v".repeat(8192 - 2 - 4 - 1);
    let numbered: Vec<_> = (0..65).map(|number| number.to_string()).collect();
    let many: Vec<_> = numbered.iter().map(|name| (name.as_str(), "")).collect();
    let read = |name, bytes: &[u8]| Block::new(name, "malformed").with("canonical", bytes);
    vec![
        good("nothing", &[]),
        good("one pair", &[("purpose", "test")]),
        good("by name, not as given", &[("b", "1"), ("a", "2"), ("B", "3"), ("aa", "4"), ("", "5")]),
        good("by bytes, not by letters", &[("z", ""), ("é", ""), ("\u{10000}", ""), ("\u{ffff}", "")]),
        good("64 pairs", &many[..64]),
        good("8192 bytes", &[("k", &long)]),
        given("a name twice", "refused", &[("a", "1"), ("a", "2")]),
        given("a pair twice, others between", "refused", &[("a", "1"), ("b", "1"), ("a", "1")]),
        given("65 pairs", "refused", &many),
        given("8193 bytes", "refused", &[("kk", &long)]),
        read("not in order", b"\0\x02\0\x01b\0\0\0\x01a\0\0"),
        read("a name twice, read", b"\0\x02\0\x01a\0\0\0\x01a\0\0"),
        read("a byte behind the end", b"\0\x01\0\x01a\0\0\0"),
        read("a pair is missing", b"\0\x02\0\x01a\0\0"),
        read("the value is missing", b"\0\x01\0\x01a"),
        read("the name is cut short", b"\0\x01\0\x02a"),
        read("a byte behind nothing", b"\0\0\0"),
        read("half a count", b"\0"),
        read("no byte, read", b""),
        read("not UTF-8", b"\0\x01\0\x01\xff\0\0"),
    ]
}

fn context_answer(block: &Block) -> String {
    if block.text("expect") == "malformed" {
        let canonical = block.bytes("canonical");
        let bad = context_pairs(&canonical).any(|pair| pair.is_err());
        return if bad { "malformed" } else { "ok" }.to_owned();
    }
    let texts = |field| -> Vec<String> {
        block.items(field).into_iter().map(|item| String::from_utf8(item).unwrap()).collect()
    };
    let (names, values) = (texts("names"), texts("values"));
    let pairs: Vec<_> = names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
    let (platform, key_id) = with_one_key();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &Forge::new().unlock).unwrap();
    let request = Encrypt { encryption_context: &pairs, ..Encrypt::new(&key_id, b"x") };
    match vault.encrypt(&forge::root(), request, &mut [0; ciphertext_len(1)]) {
        Err(Error::Validation(Parameter::EncryptionContext)) => "refused".to_owned(),
        Err(other) => format!("{other:?}"),
        Ok(_) => {
            let log = entries(&platform.sink);
            let entry = Entry::read(log.last().unwrap()).unwrap();
            let event = RecordedEvent::read(split_event(entry.events).unwrap().0).unwrap();
            assert_eq!(event.context, block.bytes("canonical"));
            assert!(context_pairs(event.context).all(|pair| pair.is_ok()));
            "ok".to_owned()
        }
    }
}

fn with_one_key() -> (forge::Platform, String) {
    let mut forge = Forge::new();
    let key_id = [0x11; 16];
    forge.add_key(&key_id, 1, &[(1, 1, drawn("K"))]);
    (forge.platform(), uuid(&key_id))
}

pub fn uuid(id: &[u8; 16]) -> String {
    strongroom_core::key::KeyId::from_bytes(*id).to_string()
}

#[test]
fn context_vectors_hold() {
    let blocks = golden("context.txt", "Encryption contexts and their canonical form.", &context_blocks());
    hold("context.txt", &blocks, context_answer);
}
