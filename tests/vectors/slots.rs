//! `slot.txt`: sections 5.1 to 5.3.

use strongroom_core::error::Part;
use strongroom_core::{Error, SlotKind, Vault};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, key_file_head, slot, slot_area, slot_hash};
use super::model::{cat, drawn, extract, flip, seal, set};

const PASSPHRASE: &[u8] = "correct horse battery staple \u{e9}".as_bytes();
fn passphrase_head(slot_id: u8, [memory_kib, passes, lanes]: [u32; 3]) -> Vec<u8> {
    let numbers = [memory_kib, passes, lanes].map(u32::to_be_bytes).concat();
    cat(&[&[slot_id, 1, 1, 0], &numbers, &drawn::<16>("salt of the passphrase")])
}

fn argon2id(head: &[u8]) -> [u8; 32] {
    let number = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
    let params = argon2::Params::new(number(4), number(8), number(12), Some(32)).unwrap();
    let argon2 = argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params);
    let mut out = [0; 32];
    argon2.hash_password_into(PASSPHRASE, &head[16..32], &mut out).unwrap();
    out
}

fn slot_block(name: &str, head: &[u8], unlock: &[u8; 32], others: &[Vec<u8>]) -> Block {
    let Forge { vault_id, root_key, .. } = Forge::new();
    let made = slot(&vault_id, head, unlock, &root_key);
    let a = cat(&[b"SRsl", &vault_id, head]);
    let slot_key = extract(&a, unlock);
    let sealed = seal("slot", &slot_key, 5, &vault_id, 0, &a, &root_key);
    let slots = [others, std::slice::from_ref(&made)].concat();
    let mut block = Block::new(name, "ok").with("vault_id", vault_id);
    if head[1] == 1 {
        block = block.with("passphrase", PASSPHRASE);
    }
    block
        .with("unlock", unlock)
        .with("slot_head", head)
        .with("a", a)
        .with("slot_key", slot_key)
        .with("k_prime", sealed.k_prime)
        .with("x", sealed.x)
        .with("e", sealed.e)
        .with("c", sealed.c)
        .with("root_key", root_key)
        .list("slot_hashes", slots.iter().map(|slot| slot_hash(slot)))
        .with("slot_area", slot_area(&vault_id, &slots))
}

fn slot_blocks() -> Vec<Block> {
    const FIELDS: [&str; 3] = ["unlock", "slot_hashes", "slot_area"];
    let Forge { vault_id, root_key, unlock, .. } = Forge::new();
    let head = key_file_head(0);
    let other = slot(&vault_id, &passphrase_head(0, [8, 1, 1]), &[1; 32], &root_key);
    let passphrase = passphrase_head(1, [64, 2, 4]);
    let mut blocks = vec![
        slot_block("a key file", &head, &unlock, &[]),
        slot_block("a passphrase, in the second slot", &passphrase, &argon2id(&passphrase), &[other]),
        slot_block("recovery shares", &set(key_file_head(2), 1, 3), &unlock, &[]),
    ];
    let base = blocks[0].clone().only(&FIELDS);
    let area = base.bytes("slot_area");
    let is = |name, kind, area: &[u8]| base.but(name, kind, "slot_area", area);
    let at = |name, kind, at, value| is(name, kind, &set(&area, at, value));
    let flipped = |name, kind, at| is(name, kind, &flip(&area, at));
    let headed = |name, kind, head: &[u8]| {
        is(name, kind, &slot_area(&vault_id, &[slot(&vault_id, head, &unlock, &root_key)]))
    };
    let stretched = |name, numbers| headed(name, "parameters", &passphrase_head(0, numbers));
    blocks.extend([
        flipped("other first bytes", "not-a-vault", 0),
        is("no byte", "not-a-vault", b""),
        is("four bytes", "not-a-vault", b"SRvt"),
        at("format 0", "damaged", 4, 0),
        at("format 2", "from-the-future", 4, 2),
        at("a slot more is said to follow", "damaged", 5, 2),
        at("no slot is said to follow", "damaged", 5, 0),
        is("nine slots", "damaged", &slot_area(&vault_id, &vec![area[24..].to_vec(); 9])),
        at("the first reserved byte", "damaged", 6, 1),
        at("the second reserved byte", "damaged", 7, 1),
        is("a byte missing", "damaged", &area[..163]),
        is("a byte added", "damaged", &cat(&[&area, &[0]])),
        flipped("another vault id", "wrong-secret", 8),
        flipped("another slot id", "wrong-secret", 24),
        headed("kind 0", "damaged", &set(&head, 1, 0)),
        headed("kind 4", "damaged", &set(&head, 1, 4)),
        headed("recovery shares, stretched", "damaged", &set(set(&head, 1, 3), 2, 1)),
        headed("recovery shares with passes", "damaged", &set(set(&head, 1, 3), 11, 1)),
        headed("a key file, stretched", "damaged", &set(&head, 2, 1)),
        headed("the reserved byte", "damaged", &set(&head, 3, 1)),
        headed("a key file with memory", "damaged", &set(&head, 7, 8)),
        headed("a key file with lanes", "damaged", &set(&head, 15, 1)),
        headed("a passphrase, not stretched", "damaged", &set(passphrase_head(0, [8, 1, 1]), 2, 0)),
        stretched("no memory", [0, 1, 1]),
        stretched("less than 8 KiB a lane", [15, 1, 2]),
        stretched("more than 1 GiB", [(1 << 20) + 1, 1, 1]),
        stretched("no pass", [8, 0, 1]),
        stretched("33 passes", [8, 33, 1]),
        stretched("no lane", [8, 1, 0]),
        stretched("17 lanes", [136, 1, 17]),
        flipped("another salt", "wrong-secret", 24 + 16),
        flipped("S of the blob", "wrong-secret", 24 + 32),
        flipped("C of the blob", "wrong-secret", 24 + 32 + 28),
        flipped("the sealed root key", "wrong-secret", 24 + 32 + 60),
        flipped("the tag", "wrong-secret", 24 + 139),
        base.but("another secret", "wrong-secret", "unlock", flip(unlock, 0)),
        base.but(
            "a slot that was put back",
            "slot-stale",
            "slot_hashes",
            flip(base.array::<33>("slot_hashes"), 32),
        ),
        base.but(
            "the slot of another number",
            "slot-stale",
            "slot_hashes",
            set(base.array::<33>("slot_hashes"), 0, 1),
        ),
    ]);
    blocks
}

fn slot_answer(block: &Block) -> String {
    let forge = Forge {
        slot_area: block.bytes("slot_area"),
        slot_hashes: block.items("slot_hashes").into_iter().map(|hash| hash.try_into().unwrap()).collect(),
        ..Forge::new()
    };
    let mut blobs = forge.blobs();
    // Where a manifest is, there was a vault.
    if block.text("expect") == "not-a-vault" {
        blobs.retain(|address, _| matches!(address[23], forge::SLOTS | 0xc1));
    }
    let platform = forge::Platform::new(1);
    forge::fill(&platform.storage, &blobs);
    let vault = Vault::new(&platform);
    let mounted = vault.mount(&mut |slot, secret| {
        if let (SlotKind::Passphrase { memory_kib, passes, lanes }, Some(head)) =
            (slot.kind, block.find("slot_head"))
        {
            assert_eq!(
                &crate::hex::unhex(head)[16..32],
                slot.salt.as_slice(),
                "{memory_kib} {passes} {lanes}"
            );
        }
        secret.fill_with(|bytes| *bytes = block.array("unlock"));
        Ok(true)
    });
    match mounted {
        Ok(()) => "ok",
        Err(Error::NotAVault) => "not-a-vault",
        Err(Error::FromTheFuture { format: 2 }) => "from-the-future",
        Err(Error::Damaged(Part::Slots)) => "damaged",
        Err(Error::SlotParameters) => "parameters",
        Err(Error::WrongSecret) => "wrong-secret",
        Err(Error::SlotStale) => "slot-stale",
        Err(other) => panic!("{other:?}"),
    }
    .to_owned()
}

#[test]
fn slot_vectors_hold() {
    let blocks = golden("slot.txt", "The slot area, and opening a slot.", &slot_blocks());
    hold("slot.txt", &blocks, slot_answer);
}
