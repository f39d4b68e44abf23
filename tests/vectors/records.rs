//! `record.txt`: section 4.6.

use strongroom_core::operation::{DescribeKey, Encrypt};
use strongroom_core::{Error, Vault, ciphertext_len, is_record};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, default_policy, record_address};
use super::model::{cat, drawn, set};
use super::sealing::uuid;
use super::tree::{self, key_content, record};

const KEY_ID: [u8; 16] = [0x33; 16];

fn record_block(name: &str, forge: &Forge, address: [u8; 24], plaintext: &[u8]) -> Block {
    let sealed = tree::seal_record(&forge.vault_id, &address, plaintext);
    Block::new(name, "ok")
        .with("vault_id", forge.vault_id)
        .with("address", address)
        .with("record_key", tree::node_key(&address))
        .with("a", tree::associated(b"SRrc", &address))
        .with("k_prime", sealed.k_prime)
        .with("x", sealed.x)
        .with("e", sealed.e)
        .with("c", sealed.c)
        .with("plaintext", plaintext)
        .with("blob", sealed.blob)
}

fn record_blocks() -> Vec<Block> {
    let forge = Forge::new();
    let owner = forge.owner(&KEY_ID);
    let at = |record_type, name: &[u8]| record_address(&owner, &forge.name_key, record_type, name);
    let policy = default_policy();
    let content = key_content(&KEY_ID, 3, "f\u{fc}r Rechnungen", &policy);
    let version = tree::backing_key_content(&KEY_ID, 2, 1, &drawn("K"));
    let mut blocks = vec![
        record_block("a key", &forge, at(1, &[]), &record(&content)),
        record_block(
            "a disabled key without a date",
            &forge,
            at(1, &[]),
            &record(&{
                let content = set(&content, 26, 2);
                cat(&[&content[..18], &[0xff; 8], &content[26..]])
            }),
        ),
        record_block("a version", &forge, at(2, &2u32.to_be_bytes()), &record(&version)),
        record_block("a revoked version", &forge, at(2, &2u32.to_be_bytes()), &record(&set(&version, 22, 2))),
    ];
    let is = |name: &str, plaintext: &[u8]| Block::new(name, "malformed").with("plaintext", plaintext);
    let key = |name, at, value| is(name, &record(&set(&content, at, value)));
    let backing = |name, at, value| is(name, &record(&set(&version, at, value)));
    let whole = record(&content);
    let long = |len: usize, policy: usize| key_content(&KEY_ID, 1, &"d".repeat(len), &vec![0; policy]);
    let zero_version = cat(&[&content[..30], &[0; 4], &content[34..]]);
    blocks.extend([
        key("type 0", 0, 0),
        key("type 3", 0, 3),
        key("a key of the version's type", 0, 2),
        key("format 0", 1, 0),
        key("format 2", 1, 2),
        key("state 0", 26, 0),
        key("state 3", 26, 3),
        key("spec 0", 27, 0),
        key("spec 2", 27, 2),
        key("usage 2", 28, 2),
        key("the reserved byte", 29, 1),
        is("current version 0", &record(&zero_version)),
        key("a description that is not UTF-8", 40, 0xff),
        key("a description that ends outside", 38, 0xff),
        key("a policy shorter than said", 38 + 2 + 15 + 3, u8::MAX),
        is("a byte behind the policy", &record(&cat(&[&content, &[0]]))),
        is("a description of 8193 bytes", &record(&long(8193, 0))),
        is("a policy of 32769 bytes", &record(&long(0, 32769))),
        is("a length beyond the end", &set(&whole, 2, 0xff)),
        is("a length beyond memory", &set(&whole, 0, 0xff)),
        is("a length of 0", &[0; 64]),
        is("padding that is not zero", &cat(&[&whole, &[0; 63], &[1]])),
        is("cut short", &whole[..60]),
        is("no byte", b""),
        backing("a version of the key's type", 0, 1),
        backing("a version of format 2", 1, 2),
        backing("version state 0", 22, 0),
        backing("version state 3", 22, 3),
        backing("suite 0", 23, 0),
        backing("suite 2", 23, 2),
        is("31 bytes of material", &record(&cat(&[&version[..32], &[0, 31], &[1; 31]]))),
        is("33 bytes of material", &record(&cat(&[&version[..32], &[0, 33], &[1; 33]]))),
        is("a byte behind the material", &record(&cat(&[&version, &[0]]))),
        is("no material", &record(&version[..32])),
    ]);
    blocks
}

fn record_answer(block: &Block) -> String {
    let plaintext = block.bytes("plaintext");
    if !is_record(&plaintext) {
        return "malformed".to_owned();
    }
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 2, &[(2, 1, drawn("K"))]);
    let before = forge.records.insert(block.array("address"), plaintext);
    assert!(before.is_some(), "the address is that of the record");
    assert_eq!(forge.blobs()[&block.array::<24>("address")], block.bytes("blob"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (id, mut out) = (uuid(&KEY_ID), [0; 64]);
    if block.text("name").contains("key") {
        let described = vault.describe_key(&forge::root(), DescribeKey { key_id: &id }, &mut out).unwrap();
        let expected =
            if block.text("name") == "a key" { ("Enabled", Some(tree::CREATED)) } else { ("Disabled", None) };
        assert_eq!(described.description, "f\u{fc}r Rechnungen");
        assert_eq!((described.facts.state.name(), described.facts.created_ms), expected);
        assert_eq!((described.facts.current_version, described.facts.on_demand_rotations), (3, 2));
    } else {
        let sealed =
            vault.encrypt(&forge::root(), Encrypt::new(&id, b"x"), &mut [0; ciphertext_len(1)]).err();
        assert_eq!(sealed, (block.text("name") == "a revoked version").then_some(Error::InvalidState));
    }
    "ok".to_owned()
}

#[test]
fn record_vectors_hold() {
    let blocks = golden("record.txt", "Key records and backing-key records.", &record_blocks());
    hold("record.txt", &blocks, record_answer);
}
