//! `address.txt` and `node.txt`: section 4, without the records.

use strongroom_core::error::Part;
use strongroom_core::operation::{CreateKey, Encrypt};
use strongroom_core::{Error, Vault, ciphertext_len};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, copy_of, default_policy, record_address};
use super::key_records::{key_record, version_record};
use super::model::{cat, drawn, flip, hmac};
use super::sealing::uuid;
use super::tree::{self, Tree, node_at, node_with};

fn address_block(name: &str, version: u32) -> Block {
    let forge = Forge { name_key: drawn(&format!("name key {name}")), ..Forge::new() };
    let key_id = drawn::<16>(&format!("key id {name}"));
    let owner = forge.owner(&key_id);
    let at = |record_type, name: &[u8]| record_address(&owner, &forge.name_key, record_type, name);
    let key_address = at(1, &[]);
    Block::new(name, "ok")
        .with("name_key", forge.name_key)
        .with("key_id", key_id)
        .with("version", version.to_be_bytes())
        .with("owner_message", cat(&[b"SRno", &[1], &key_id]))
        .with("owner", &owner)
        .with("key_message", cat(&[b"SRnn", &owner, &[1]]))
        .with("key_address", key_address)
        .with("backing_key_message", cat(&[b"SRnn", &owner, &[2], &version.to_be_bytes()]))
        .with("backing_key_address", at(2, &version.to_be_bytes()))
        .list("node_addresses", [0, 1, 2, 3, 16, 45].map(|level| node_at(&key_address, level)))
        .list("copy_addresses", [0, 1, 2].map(|level| copy_of(&node_at(&key_address, level))))
}

fn address_blocks() -> Vec<Block> {
    const FIELDS: [&str; 5] = ["name_key", "key_id", "version", "key_address", "backing_key_address"];
    let mut blocks = vec![address_block("version 1", 1), address_block("version 258", 258)];
    let base = blocks[1].clone().only(&FIELDS);
    let (owner, key) = (blocks[1].bytes("owner"), blocks[1].array("name_key"));
    let key_is = |name, address: &[u8]| base.but(name, "absent", "key_address", address);
    let version_is = |name, address: &[u8]| base.but(name, "absent", "backing_key_address", address);
    let hashed = |owner: &[u8], message: &[u8]| cat(&[owner, &hmac(&key, &[message])[..15], &[48]]);
    let key_id = base.bytes("key_id");
    let owner_of = |label: &[u8], kind: u8| hmac(&key, &[label, &[kind], &key_id])[..8].to_vec();
    let with_owner = |name, owner: &[u8]| key_is(name, &record_address(owner, &key, 1, &[]));
    let version = 258u32.to_be_bytes();
    blocks.extend([
        with_owner("an owner under the name label", &owner_of(b"SRnn", 1)),
        with_owner("an owner of the other type", &owner_of(b"SRno", 2)),
        key_is("a name hash under the owner label", &hashed(&owner, &cat(&[b"SRno", &owner, &[1]]))),
        key_is("a name hash without its owner", &hashed(&owner, &cat(&[b"SRnn", &[1]]))),
        key_is("a key record of the other type", &hashed(&owner, &cat(&[b"SRnn", &owner, &[2]]))),
        key_is("a key record named by its key id", &hashed(&owner, &cat(&[b"SRnn", &owner, &[1], &key_id]))),
        key_is("the last bit of the name hash", &flip(base.bytes("key_address"), 22)),
        version_is(
            "a version in the other byte order",
            &record_address(&owner, &key, 2, &258u32.to_le_bytes()),
        ),
        version_is("another version", &record_address(&owner, &key, 2, &259u32.to_be_bytes())),
        version_is("a version of the other type", &record_address(&owner, &key, 1, &version)),
        version_is("a version in two bytes", &record_address(&owner, &key, 2, &version[2..])),
    ]);
    blocks
}

fn address_answer(block: &Block) -> String {
    let mut forge = Forge { name_key: block.array("name_key"), ..Forge::new() };
    let (key_id, version) = (block.array("key_id"), u32::from_be_bytes(block.array("version")));
    let policy = default_policy();
    forge.records.insert(block.array("key_address"), key_record(&key_id, version, "", &policy));
    let made = version_record(&key_id, version, 1, &drawn("K"));
    forge.records.insert(block.array("backing_key_address"), made);
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let id = uuid(&key_id);
    match vault.encrypt(&forge::root(), Encrypt::new(&id, b"x"), &mut [0; ciphertext_len(1)]) {
        Ok(_) => "ok",
        Err(Error::NotFound | Error::Damaged(Part::Record)) => "absent",
        Err(other) => panic!("{other:?}"),
    }
    .to_owned()
}

#[test]
fn address_vectors_hold() {
    let blocks = golden("address.txt", "Addresses of records and nodes.", &address_blocks());
    hold("address.txt", &blocks, address_answer);
}

/// Records at chosen addresses: a tree with nodes of even and odd levels, next to each other and far apart.
fn chosen() -> Forge {
    let mut forge = Forge::new();
    let prefixes: [&[u8]; 9] = [
        &[0x10],
        &[0x21],
        &[0x23],
        &[0x23, 0x45, 0x60],
        &[0x23, 0x45, 0x6f],
        &[0x9a, 0xbc, 0xd1],
        &[0x9a, 0xbc, 0xd2],
        &[0xf0; 23],
        &[0xf0; 22],
    ];
    for prefix in prefixes {
        let mut address = [0; 24];
        address[..prefix.len()].copy_from_slice(prefix);
        address[23] = 48;
        forge.records.insert(address, key_record(&drawn(&format!("{prefix:?}")), 1, "", &default_policy()));
    }
    forge
}

fn node_blocks() -> Vec<Block> {
    let forge = chosen();
    let Tree { nodes } = forge.tree();
    let mut blocks: Vec<_> = nodes
        .iter()
        .map(|(address, children)| {
            let plaintext = tree::node_plaintext(address, children);
            let sealed = tree::seal_node(&forge.vault_id, address, &plaintext);
            Block::new(&format!("a node of level {}", address[23]), "ok")
                .with("vault_id", forge.vault_id)
                .with("address", address)
                .list("children", children)
                .list("child_keys", children.iter().map(tree::node_key))
                .with("plaintext", plaintext)
                .with("node_key", tree::node_key(address))
                .with("a", tree::associated(b"SRtn", address))
                .with("k_prime", sealed.k_prime)
                .with("x", sealed.x)
                .with("e", sealed.e)
                .with("c", sealed.c)
                .with("blob", sealed.blob)
        })
        .collect();
    let levels: Vec<u8> = nodes.keys().map(|address| address[23]).collect();
    assert_eq!(levels, [0, 1, 2, 5, 5, 44], "a node of an even and an odd level, short and long steps");

    let wrong = |name: &str, address: &[u8; 24], plaintext: Vec<u8>| {
        Block::new(name, "damaged").with("address", address).with("plaintext", plaintext)
    };
    let entries = |address: &[u8; 24]| -> Vec<Vec<u8>> {
        nodes[address].iter().map(|child| tree::entry(address[23], child)).collect()
    };
    let root = [0; 24];
    let bits = tree::bitmap(0, &nodes[&root]);
    let first = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut entries = entries(&root);
        change(&mut entries[0]);
        node_with(bits, &entries)
    };
    for level in [0, 46, 47, 49, 255] {
        let name = format!("a child of level {level}");
        blocks.push(wrong(&name, &root, first(&|entry| entry[0] = level)));
    }
    let good = tree::node_plaintext(&root, &nodes[&root]);
    let len = entries(&root).concat().len() + 2;
    let deep = *nodes.keys().find(|address| address[23] == 5).unwrap();
    let deep_bits = tree::bitmap(5, &nodes[&deep]);
    let second = *nodes.keys().find(|address| address[23] == 2).unwrap();
    let second_bits = tree::bitmap(2, &nodes[&second]);
    // The child of the node of level 2 is the one of level 5, whose prefix ends in the middle of a byte.
    let uneven = second_child(&entries(&second), 5);
    blocks.extend([
        wrong("a nibble that is not the bitmap's", &root, first(&|entry| entry[33] = 0x20)),
        wrong("a child less than the bitmap says", &root, node_with(bits | 0x8000 >> 1, &entries(&root))),
        wrong("a child more than the bitmap says", &root, node_with(bits & !0x8000, &entries(&root))),
        wrong("cut short", &root, good[..len - 1].to_vec()),
        wrong("half a bitmap", &root, vec![0]),
        wrong("no byte", &root, Vec::new()),
        wrong("padding that is not zero", &root, cat(&[&good, &[0; 63], &[1]])),
        wrong("a nibble that is not the bitmap's, further down", &second, {
            let mut entries = entries(&second);
            entries[uneven][33] ^= 0x10;
            node_with(second_bits, &entries)
        }),
        wrong("a child of the node's own level", &deep, {
            let mut entries = entries(&deep);
            entries[0][0] = 5;
            node_with(deep_bits, &entries)
        }),
        wrong("no children below the root", &deep, node_with(0, &[])),
        wrong("a prefix with bits behind its end", &second, {
            let mut entries = entries(&second);
            let last = entries[uneven].len() - 1;
            entries[uneven][last] |= 1;
            node_with(second_bits, &entries)
        }),
    ]);
    blocks
}

fn second_child(entries: &[Vec<u8>], level: u8) -> usize {
    entries.iter().position(|entry| entry[0] == level).unwrap()
}

fn node_answer(block: &Block) -> String {
    let mut forge = chosen();
    forge.nodes.insert(block.array("address"), block.bytes("plaintext"));
    let mut blobs = forge.blobs();
    if let Some(blob) = block.find("blob") {
        assert_eq!(blobs[&block.array::<24>("address")], crate::hex::unhex(blob));
    } else if block.array::<24>("address")[23] < 3 {
        // The second copy is no way around it.
        assert!(blobs.remove(&copy_of(&block.array("address"))).is_some());
    }
    let platform = forge::Platform::new(1);
    forge::fill(&platform.storage, &blobs);
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let verified = vault.verify().unwrap();
    let created = vault.create_key(&forge::root(), CreateKey::default());
    match (verified.damaged, created) {
        (0, Ok(_)) => {
            assert_eq!((verified.records, verified.damaged_copies), (9, 0));
            "ok".to_owned()
        }
        (1.., _) | (_, Err(Error::Damaged(Part::Node))) => "damaged".to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn node_vectors_hold() {
    let blocks = golden("node.txt", "Tree nodes.", &node_blocks());
    hold("node.txt", &blocks, node_answer);
}

#[test]
fn a_lost_node_costs_what_hangs_below_it_and_verification_ends() {
    let forge = chosen();
    for (level, left) in [(5, 7), (2, 6), (0, 0)] {
        let mut blobs = forge.blobs();
        let lost = *forge.tree().nodes.keys().find(|address| address[23] == level).unwrap();
        for address in [lost, copy_of(&lost)] {
            blobs.remove(&address);
        }
        let platform = forge::Platform::new(1);
        forge::fill(&platform.storage, &blobs);
        let vault = Vault::new(&platform);
        forge::mount(&vault, &forge.unlock).unwrap();
        let verified = vault.verify().unwrap();
        assert_eq!((verified.records, verified.damaged), (left, 1), "level {level}");
    }
}
