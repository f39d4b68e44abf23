//! `alias.txt`: aliases, section 4.6, and what a key's record says of its aliases and tags.

use strongroom_core::operation::DescribeKey;
use strongroom_core::{Vault, is_record};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, record_address};
use super::key_records::KeyFields;
use super::model::{cat, drawn, hmac, set, string};
use super::tree::{self, record};
use crate::world::root;

const NAME: &[u8] = b"alias/app";
const KEY_ID: [u8; 16] = *b"key of the alias";

fn content(name: &[u8]) -> Vec<u8> {
    let times = [tree::CREATED.to_be_bytes(), (tree::CREATED + 1000).to_be_bytes()].concat();
    cat(&[&[6, 1], &KEY_ID, &times, &string(name)])
}

fn blocks() -> Vec<Block> {
    let forge = Forge::new();
    let owner = hmac(&forge.name_key, &[b"SRno", &[6]]);
    let address = record_address(&owner[..8], &forge.name_key, 6, NAME);
    let sealed = |name: &str, content: &[u8], expect: &str| {
        let (plaintext, sealed) =
            (record(content), tree::seal_record(&forge.vault_id, &address, &record(content)));
        Block::new(name, expect)
            .with("vault_id", forge.vault_id)
            .with("name_key", forge.name_key)
            .with("address", address)
            .with("record_key", tree::node_key(&address))
            .with("plaintext", plaintext)
            .with("blob", sealed.blob)
    };
    let whole = content(NAME);
    let is = |name: &str, content: &[u8]| Block::new(name, "malformed").with("plaintext", record(content));
    let key = |name: &str, tags: &[u8], aliases: &[u8], expect: &str| {
        let fields = KeyFields { tags, aliases, ..KeyFields::new(&KEY_ID, 1, "", b"") };
        Block::new(name, expect).with("plaintext", record(&fields.content()))
    };
    let pair = cat(&[&string(b"Team"), &string("bl\u{e5}u".as_bytes())]);
    let longest = [b"alias/".to_vec(), vec![b'n'; 250]].concat();
    vec![
        sealed("an alias", &whole, "ok"),
        sealed("another alias where this one lies", &content(b"alias/apq"), "other-name"),
        Block::new("an alias of the longest name", "ok").with("plaintext", record(&content(&longest))),
        is("format 0", &set(&whole, 1, 0)),
        is("format 2", &set(&whole, 1, 2)),
        is("a name that is too long", &content(&[&longest[..], b"n"].concat())),
        is("a name without its prefix", &content(b"app")),
        is("a prefix without a name", &content(b"alias/")),
        is("a name with a letter that no alias has", &content(b"alias/a:b")),
        is("a name that is not UTF-8", &content(b"alias/\xff")),
        is("a name that ends outside", &set(&whole, 35, 0xff)),
        is("a byte behind", &cat(&[&whole, &[0]])),
        key("a key with tags and aliases", &pair.repeat(50), &cat(&[&string(NAME), &string(&longest)]), "ok"),
        key("a key with a tag without value", &string(b"Team"), &[], "malformed"),
        key("a key with 51 tags", &pair.repeat(51), &[], "malformed"),
        key("a key with a tag that ends outside", &pair[..pair.len() - 1], &[], "malformed"),
        key("a key with a tag that is not UTF-8", &cat(&[&string(b"\xff"), &string(b"")]), &[], "malformed"),
        key("a key with an alias that is none", &[], &string(b"app"), "malformed"),
        key("a key with an alias that ends outside", &[], &string(NAME)[..5], "malformed"),
    ]
}

fn answer(block: &Block) -> String {
    let plaintext = block.bytes("plaintext");
    if !is_record(&plaintext) {
        return "malformed".to_owned();
    }
    if block.find("address").is_none() {
        return "ok".to_owned();
    }
    let mut forge = Forge::new();
    let address = block.array("address");
    forge.records.insert(address, plaintext);
    assert_eq!(forge.blobs()[&address], block.bytes("blob"));
    forge.add_key(&KEY_ID, 1, &[(1, 1, drawn("material"))]);
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let mut buffer = [0; 1024];
    let described = vault.describe_key(&root(), DescribeKey::new("alias/app"), &mut buffer);
    match described {
        Ok(described) => {
            assert_eq!(described.facts.key_id.as_bytes(), &KEY_ID);
            "ok".to_owned()
        }
        Err(error) => {
            assert_eq!(error, strongroom_core::Error::Damaged(strongroom_core::error::Part::Record));
            "other-name".to_owned()
        }
    }
}

#[test]
fn alias_vectors_hold() {
    let blocks = golden("alias.txt", "Aliases, and what keys know of aliases and tags.", &blocks());
    hold("alias.txt", &blocks, answer);
}
