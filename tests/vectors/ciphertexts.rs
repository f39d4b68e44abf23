//! `ciphertext.txt`: section 3.2.

use strongroom_core::audit::context_pairs;
use strongroom_core::error::{Parameter, Reason};
use strongroom_core::operation::Decrypt;
use strongroom_core::{Ciphertext, Error, Vault};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge};
use super::model::{cat, drawn, flip, hmac, seal, set};
use super::sealing::canonical;

/// The key that made the vectors of ciphertexts: number, state and material of each version.
pub fn versions() -> [(u32, u8, [u8; 32]); 5] {
    let states = [1, 1, 2, 3, 4];
    std::array::from_fn(|at| (u32::try_from(at).unwrap() + 1, states[at], drawn(&format!("K {}", at + 1))))
}

pub const KEY_ID: [u8; 16] = *b"\x01\x23\x45\x67\x89\xab\x4d\xef\x81\x23\x45\x67\x89\xab\xcd\xef";

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
        ciphertext_block("of a version that waits for its destruction", "revoked-version", 4, &context, b"x")
            .only(&FIELDS),
        ciphertext_block("of a version that was destroyed", "destroyed-version", 5, &context, b"x")
            .only(&FIELDS),
        is("another material's, of a version that was destroyed", "other-material", &set(&bytes, 23, 5)),
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
        Err(Error::InvalidCiphertext(Reason::DestroyedVersion)) => "destroyed-version",
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
