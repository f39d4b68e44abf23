//! `sr1.txt`, `context.txt` and `ciphertext.txt`: sections 2 and 3.

use std::cell::RefCell;

use strongroom_core::audit::{Entry, RecordedEvent, context_pairs, split_event};
use strongroom_core::crypto::sr1::{self, OpenError, SealingKey};
use strongroom_core::crypto::{Purpose, RustCrypto};
use strongroom_core::error::{Parameter, Reason};
use strongroom_core::operation::{Decrypt, Encrypt};
use strongroom_core::platform::{Entropy, EntropyFailed};
use strongroom_core::{Ciphertext, Error, Secret, Vault, ciphertext_len};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, entries};
use super::model::{cat, drawn, flip, hmac, seal, set, sha256, string};

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

fn canonical(pairs: &[(&str, &str)]) -> Vec<u8> {
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

/// The key that made the vectors of ciphertexts: number, state and material of each version.
fn versions() -> [(u32, u8, [u8; 32]); 3] {
    [(1, 1, drawn("K 1")), (2, 1, drawn("K 2")), (3, 2, drawn("K 3"))]
}

const KEY_ID: [u8; 16] = *b"\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

fn ciphertext_block(name: &str, expect: &str, version: u32, context: &[(&str, &str)], body: &[u8]) -> Block {
    let (_, _, key) = versions()[usize::try_from(version).unwrap() - 1];
    let kcv = seal(name, &key, 1, &KEY_ID, version, b"", b"").kcv;
    let header = cat(&[&[1, 1, 0, 0], &KEY_ID, &version.to_be_bytes(), &kcv]);
    let context = canonical(context);
    let a = cat(&[b"SRct", &header, &context]);
    let sealed = seal(name, &key, 1, &KEY_ID, version, &a, body);
    let material_id_key = Forge::new().material_id_key;
    let material_id = hmac(&material_id_key, &[b"SRmi", &KEY_ID, &version.to_be_bytes(), &kcv]);
    Block::new(name, expect)
        .with("key_id", KEY_ID)
        .list("versions", versions().map(|version| version.0.to_be_bytes()))
        .list("states", versions().map(|version| [version.1]))
        .list("materials", versions().map(|version| version.2))
        .with("context", context)
        .with("header", &header)
        .with("a", a)
        .with("a_hash", sealed.a_hash)
        .with("k_prime", sealed.k_prime)
        .with("kcv", kcv)
        .with("x", sealed.x)
        .with("e", sealed.e)
        .with("c", sealed.c)
        .with("material_id_key", material_id_key)
        .with("material_id", material_id)
        .with("plaintext", body)
        .with("ciphertext", cat(&[&header, &sealed.blob]))
}

fn ciphertext_blocks() -> Vec<Block> {
    const FIELDS: [&str; 6] = ["key_id", "versions", "states", "materials", "context", "ciphertext"];
    let context = [("tenant", "blue"), ("app", "pay")];
    let mut blocks = vec![
        ciphertext_block("of the current version", "ok", 2, &context, b"a secret"),
        ciphertext_block("of the first version", "ok", 1, &context, b"an older secret"),
        ciphertext_block("without a context", "ok", 2, &[], b"x"),
        ciphertext_block("4096 bytes", "ok", 2, &[("", "")], &[0x77; 4096]),
    ];
    let base = blocks[0].clone().only(&FIELDS);
    let bytes = base.bytes("ciphertext");
    let is = |name, kind, bytes: &[u8]| base.but(name, kind, "ciphertext", bytes);
    let at = |name, kind, at, value| is(name, kind, &set(&bytes, at, value));
    let flipped = |name, kind, at| is(name, kind, &flip(&bytes, at));
    let other = |name, pairs: &[(&str, &str)]| base.but(name, "commitment", "context", canonical(pairs));
    blocks.extend([
        at("format 0", "malformed", 0, 0),
        at("format 2", "malformed", 0, 2),
        at("suite 0", "malformed", 1, 0),
        at("suite 2", "malformed", 1, 2),
        at("the multi-Region flag", "malformed", 2, 1),
        at("an unknown flag", "malformed", 2, 0x80),
        at("the reserved byte", "malformed", 3, 1),
        is("107 bytes", "malformed", &bytes[..107]),
        is("a header and no more", "malformed", &bytes[..32]),
        is("no byte", "malformed", b""),
        flipped("another key id", "no-such-key", 19),
        at("a version that never was", "unknown-version", 23, 9),
        at("version 0", "unknown-version", 23, 0),
        is(
            "the version in the other byte order",
            "unknown-version",
            &cat(&[&bytes[..20], &[2, 0, 0, 0], &bytes[24..]]),
        ),
        at("the other version's number", "other-material", 23, 1),
        flipped("first bit of the kcv", "other-material", 24),
        flipped("last bit of the kcv", "other-material", 31),
        flipped("S", "commitment", 32),
        flipped("N", "tag", 48),
        flipped("C", "commitment", 60),
        flipped("the body", "tag", 92),
        flipped("the tag", "tag", bytes.len() - 1),
        is("a byte missing", "tag", &bytes[..bytes.len() - 1]),
        is("a byte added", "tag", &cat(&[&bytes, &[0]])),
        other("no context", &[]),
        other("a pair less", &[("tenant", "blue")]),
        other("a pair more", &[("tenant", "blue"), ("app", "pay"), ("x", "")]),
        other("another value", &[("tenant", "blue"), ("app", "pax")]),
        other("a name in capitals", &[("Tenant", "blue"), ("app", "pay")]),
        other("a byte moved from name to value", &[("tenan", "tblue"), ("app", "pay")]),
        ciphertext_block("of a revoked version", "revoked-version", 3, &context, b"a secret").only(&FIELDS),
    ]);
    blocks
}

fn ciphertext_answer(block: &Block) -> String {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 2, &versions());
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (context, ciphertext) = (block.bytes("context"), block.bytes("ciphertext"));
    let pairs: Vec<_> = context_pairs(&context).map(Result::unwrap).collect();
    let request = Decrypt { encryption_context: &pairs, ..Decrypt::new(&ciphertext) };
    assert_eq!(Ciphertext::parse(&ciphertext).is_err(), block.text("expect") == "malformed");
    let mut out = vec![0; 4096];
    match vault.decrypt(&forge::root(), request, &mut out) {
        Err(Error::Validation(Parameter::CiphertextBlob)) => "malformed",
        Err(Error::InvalidCiphertext(Reason::NotOurs)) => "malformed",
        Err(Error::AccessDenied(Reason::NoSuchKey)) => "no-such-key",
        Err(Error::InvalidCiphertext(Reason::UnknownVersion)) => "unknown-version",
        Err(Error::InvalidCiphertext(Reason::OtherMaterial)) => "other-material",
        Err(Error::InvalidCiphertext(Reason::RevokedVersion)) => "revoked-version",
        Err(Error::InvalidCiphertext(Reason::ContextOrHeaderDiffers)) => "commitment",
        Err(Error::InvalidCiphertext(Reason::BodyAltered)) => "tag",
        Err(other) => panic!("{other:?}"),
        Ok(opened) => {
            assert_eq!(opened.plaintext, block.bytes("plaintext"));
            assert_eq!(opened.key_material_id, block.array("material_id"));
            "ok"
        }
    }
    .to_owned()
}

#[test]
fn ciphertext_vectors_hold() {
    let blocks = golden("ciphertext.txt", "Ciphertexts of format 1.", &ciphertext_blocks());
    hold("ciphertext.txt", &blocks, ciphertext_answer);
}
