//! `record.txt`: section 4.6.

use strongroom_core::error::{Part, StateConflict};
use strongroom_core::key::{
    KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage, RotationSchedule, ScheduledDeletion,
};
use strongroom_core::operation::{DescribeKey, Encrypt};
use strongroom_core::{Error, Vault, ciphertext_len, is_record};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, default_policy, record_address};
use super::grants::{grant_answer, grant_blocks};
use super::key_records::{End, KeyFields, NEVER, NO_END, VersionFields, mac_check, sealing_check};
use super::model::{cat, drawn, flip, set};
use super::sealing::uuid;
use super::tree::{self, record};

pub const KEY_ID: [u8; 16] = [0x33; 16];

pub fn record_block(name: &str, forge: &Forge, address: [u8; 24], plaintext: &[u8]) -> Block {
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

fn key_address(forge: &Forge) -> [u8; 24] {
    record_address(&forge.owner(&KEY_ID), &forge.name_key, 1, &[])
}

fn version_address(forge: &Forge) -> [u8; 24] {
    record_address(&forge.owner(&KEY_ID), &forge.name_key, 2, &2u32.to_be_bytes())
}

fn key_block(name: &str, forge: &Forge, key: &KeyFields<'_>) -> Block {
    record_block(name, forge, key_address(forge), &record(&key.content()))
        .with("created", key.created.to_be_bytes())
        .with("state", [key.state])
        .with("spec", [key.spec])
        .with("usage", [key.usage])
        .with("origin", [key.origin])
        .with("current_version", key.current.to_be_bytes())
        .with("newest_version", key.newest.to_be_bytes())
        .with("on_demand_rotations", key.on_demand.to_be_bytes())
        .with("rotation_days", key.rotation_days.to_be_bytes())
        .with("next_rotation", key.next_rotation.to_be_bytes())
        .with("waiting", key.end.bytes())
        .with("expires", key.expires.to_be_bytes())
        .with("missing_materials", key.missing.to_be_bytes())
        .with("rotates_from", key.rotates_from.to_be_bytes())
        .with("description", key.description)
        .with("tags", key.tags)
        .with("aliases", key.aliases)
        .with("policy", key.policy)
}

fn version_block(name: &str, forge: &Forge, version: &VersionFields<'_>) -> Block {
    record_block(name, forge, version_address(forge), &record(&version.content()))
        .with("version", version.version.to_be_bytes())
        .with("state", [version.state])
        .with("cause", [version.cause])
        .with("spec", [version.spec])
        .with("current_since", version.current_since.to_be_bytes())
        .with("expires", version.expires.to_be_bytes())
        .with("waiting", version.end.bytes())
        .with("check", version.kcv)
        .with("material", version.material)
        .with("description", version.description)
}

fn is(name: &str, plaintext: &[u8]) -> Block {
    Block::new(name, "malformed").with("plaintext", plaintext)
}

const PENDING: End = End { days: 30, due: tree::CREATED + 30 * 86_400_000, destroyed: NEVER };

fn whole_key(policy: &[u8]) -> KeyFields<'_> {
    KeyFields {
        rotation_days: 365,
        next_rotation: tree::CREATED + 365 * 86_400_000,
        rotates_from: 86_400_000,
        tags: b"\0\x04Cost\0\x0242\0\x03app\0\0",
        aliases: b"\0\x0dalias/billing\0\x0balias/a/b_c",
        ..KeyFields::new(&KEY_ID, 3, "f\u{fc}r Rechnungen", policy)
    }
}

fn key_blocks(forge: &Forge) -> Vec<Block> {
    let policy = default_policy();
    let whole = whole_key(&policy);
    let plain = KeyFields::new(&KEY_ID, 3, "", &policy);
    let mac = KeyFields { usage: 2, ..plain };
    let imported = KeyFields { origin: 2, newest: 4, ..plain };
    let empty = KeyFields { state: 3, origin: 2, current: 0, newest: 0, on_demand: 0, ..plain };
    let ending = KeyFields { state: 4, end: PENDING, ..plain };
    let expires = tree::CREATED + 1000;
    let block = |name, key| key_block(name, forge, &key);
    let mut blocks = vec![
        block("a key", whole),
        block("a disabled key without a date", KeyFields { state: 2, created: NEVER, ..plain }),
        block("a key with the shortest rotation", KeyFields { rotation_days: 90, ..whole }),
        block("a key with the longest rotation", KeyFields { rotation_days: 2560, ..whole }),
        block("a key of HMAC_224", KeyFields { spec: 2, ..mac }),
        block("a key of HMAC_256", KeyFields { spec: 3, ..mac }),
        block("a key of HMAC_384", KeyFields { spec: 4, ..mac }),
        block("a key of HMAC_512", KeyFields { spec: 5, ..mac }),
        block("a key with imported material that expires", KeyFields { expires, ..imported }),
        block("a key that has lost imported material", KeyFields { state: 3, missing: 2, ..imported }),
        block("a key without its first material", empty),
        block(
            "a key without its first material, on its way out",
            KeyFields { state: 4, end: PENDING, ..empty },
        ),
        block("a key on its way out", ending),
        block(
            "a key that is due",
            KeyFields { end: End { days: 7, destroyed: 90_000_000, ..PENDING }, ..ending },
        ),
    ];
    let content = whole.content();
    let at = |name, at, value| is(name, &record(&set(&content, at, value)));
    let key = |name, key: KeyFields<'_>| is(name, &record(&key.content()));
    let ends = |name, end| key(name, KeyFields { end, ..ending });
    let rotates =
        |name, rotation_days, next_rotation| key(name, KeyFields { rotation_days, next_rotation, ..plain });
    let long = "d".repeat(32_769);
    let bytes = record(&content);
    // Where the lengths of the texts lie.
    let tags = 90 + 4 + 15;
    let aliases = tags + 4 + whole.tags.len();
    let policy_at = aliases + 4 + whole.aliases.len();
    blocks.extend([
        at("type 0", 0, 0),
        at("type 3", 0, 3),
        at("a key of the version's type", 0, 2),
        at("format 0", 1, 0),
        at("format 2", 1, 2),
        at("state 0", 26, 0),
        at("state 5", 26, 5),
        at("spec 0", 27, 0),
        at("spec 6", 27, 6),
        at("usage 0", 28, 0),
        at("usage 3", 28, 3),
        at("origin 0", 29, 0),
        at("origin 3", 29, 3),
        key("a symmetric key for MACs", KeyFields { usage: 2, ..plain }),
        key("a key of HMAC_224 for encryption", KeyFields { spec: 2, ..plain }),
        key("a key of HMAC_512 for encryption", KeyFields { spec: 5, ..plain }),
        key("a newest version below the current one", KeyFields { newest: 2, ..plain }),
        key("current version 0 of a key that drew its material", KeyFields { current: 0, ..plain }),
        key(
            "current version 0 of a disabled key that drew its material",
            KeyFields { state: 2, current: 0, ..plain },
        ),
        key("current version 0 of an enabled key", KeyFields { state: 1, ..empty }),
        key("a key that drew its material and waits for an import", KeyFields { state: 3, ..plain }),
        key("more materials missing than there are", KeyFields { missing: 5, ..imported }),
        key("pending deletion without a date", KeyFields { state: 4, ..plain }),
        key("a date of deletion for an enabled key", KeyFields { end: PENDING, ..plain }),
        key(
            "a time of destruction for an enabled key",
            KeyFields { end: End { destroyed: 1, ..NO_END }, ..plain },
        ),
        key("a date of deletion for a disabled key", KeyFields { state: 2, end: PENDING, ..plain }),
        ends("six days of waiting", End { days: 6, ..PENDING }),
        ends("31 days of waiting", End { days: 31, ..PENDING }),
        ends("no days of waiting", End { days: 0, ..PENDING }),
        ends("days of waiting without an end", End { due: NEVER, ..PENDING }),
        ends("destroyed without being due", End { days: 0, due: NEVER, destroyed: 1 }),
        rotates("a rotation every 89 days", 89, 0),
        rotates("a rotation every 2561 days", 2561, 0),
        rotates("a rotation without a date", 365, NEVER),
        rotates("a date of rotation without a period", 0, 1),
        at("a description that is not UTF-8", 94, 0xff),
        at("a description that ends outside", 90, 0xff),
        at("tags that end outside", tags, 0xff),
        key("a tag without a value", KeyFields { tags: b"\0\x01a\0\x01b\0\x01c", ..plain }),
        key("a tag that ends outside the tags", KeyFields { tags: b"\0\x01a\0\x02b", ..plain }),
        key("a tag that is not UTF-8", KeyFields { tags: b"\0\x01a\0\x01\xff", ..plain }),
        key("51 tags", KeyFields { tags: &b"\0\x01a\0\0".repeat(51), ..plain }),
        key("an alias without its prefix", KeyFields { aliases: b"\0\x07billing", ..plain }),
        key("an alias of nothing but the prefix", KeyFields { aliases: b"\0\x06alias/", ..plain }),
        key("an alias with a dot", KeyFields { aliases: b"\0\x09alias/a.b", ..plain }),
        key("an alias that ends outside the aliases", KeyFields { aliases: b"\0\x09alias/a", ..plain }),
        at("aliases that end outside", aliases + 1, 1),
        at("a policy shorter than said", policy_at + 3, u8::MAX),
        is("no policy", &record(&content[..policy_at])),
        is("a byte behind the policy", &record(&cat(&[&content, &[0]]))),
        key("a description of 32769 bytes", KeyFields { description: long.as_bytes(), ..plain }),
        key("a policy of 32769 bytes", KeyFields { policy: &[0; 32769], ..plain }),
        is("facts and no more", &record(&content[..90])),
        is("a length beyond the end", &set(&bytes, 2, 0xff)),
        is("a length beyond memory", &set(&bytes, 0, 0xff)),
        is("a length of 0", &[0; 64]),
        is("padding that is not zero", &cat(&[&bytes, &[0; 63], &[1]])),
        is("cut short", &bytes[..60]),
        is("no byte", b""),
    ]);
    blocks
}

fn version_blocks(forge: &Forge) -> Vec<Block> {
    let drawn_material: [u8; 32] = drawn("K");
    let of_state = |state| VersionFields::new(&KEY_ID, 2, state, &drawn_material);
    let plain = of_state(1);
    let mac_material: [u8; 128] = drawn("K for MACs");
    let mac = VersionFields::for_macs(&KEY_ID, 2, 4, &mac_material[..48]);
    let block = |name, version| version_block(name, forge, &version);
    let imported = VersionFields {
        cause: 5,
        current_since: NEVER,
        expires: tree::CREATED + 1000,
        description: "aus dem Tresor \u{fc}ber Nacht".as_bytes(),
        ..plain
    };
    let due = End { destroyed: 90_000_000, ..PENDING };
    let mut blocks = vec![
        block("a version", plain),
        block("a revoked version", of_state(2)),
        block("a version that waits for its destruction", of_state(3)),
        block("a version that is due", VersionFields { end: due, ..of_state(3) }),
        block("a version that was destroyed", of_state(4)),
        block("a version by schedule", VersionFields { cause: 3, ..plain }),
        block("a version on request", VersionFields { cause: 4, ..plain }),
        block("an imported version", imported),
        block("a version whose material was deleted", VersionFields { material: &[], ..imported }),
        block("a version of HMAC_224", VersionFields::for_macs(&KEY_ID, 2, 2, &mac_material[..28])),
        block("a version of HMAC_384", mac),
        block(
            "a version of HMAC_512 with the longest material",
            VersionFields::for_macs(&KEY_ID, 2, 5, &mac_material),
        ),
    ];
    let version = |name, version: VersionFields<'_>| is(name, &record(&version.content()));
    let ends = |name, end| version(name, VersionFields { end, ..of_state(3) });
    let checked = |name, kcv| version(name, VersionFields { kcv, ..plain });
    let mac_checked = |name, kcv| version(name, VersionFields { kcv, ..mac });
    let content = plain.content();
    let at = |name, at, value| is(name, &record(&set(&content, at, value)));
    let mut reversed = plain.kcv;
    reversed.reverse();
    let (short, long) = (&mac_material[..31], &mac_material[..33]);
    let material_of_mac: [u8; 32] = mac_material[..32].try_into().unwrap();
    let mac_32 = VersionFields::for_macs(&KEY_ID, 2, 3, &material_of_mac);
    blocks.extend([
        at("a version of the key's type", 0, 1),
        at("a version of format 0", 1, 0),
        at("a version of format 2", 1, 2),
        version("version 0", VersionFields::new(&KEY_ID, 0, 1, &drawn_material)),
        at("version state 0", 22, 0),
        at("version state 5", 22, 5),
        at("suite 0", 23, 0),
        at("suite 2", 23, 2),
        at("cause 0", 24, 0),
        at("cause 6", 24, 6),
        at("a version of spec 0", 25, 0),
        at("a version of spec 6", 25, 6),
        version("pending destruction without a date", VersionFields { state: 3, ..plain }),
        version("a date of destruction for a usable version", VersionFields { end: PENDING, ..plain }),
        version(
            "a date of destruction for a destroyed version",
            VersionFields { end: PENDING, ..of_state(4) },
        ),
        ends("a version with six days of waiting", End { days: 6, ..PENDING }),
        ends("a version with 31 days of waiting", End { days: 31, ..PENDING }),
        ends("a version with no days of waiting", End { days: 0, ..PENDING }),
        ends("a version with days of waiting without an end", End { due: NEVER, ..PENDING }),
        version("destroyed with its material", VersionFields { state: 4, ..plain }),
        checked("a check value with a bit altered", flip(plain.kcv, 7).try_into().unwrap()),
        checked("a check value in the other byte order", reversed),
        checked("a check value of zeros", [0; 8]),
        checked("another version's check value", sealing_check(&drawn_material, &KEY_ID, 3)),
        checked("another key's check value", sealing_check(&drawn_material, &[0x34; 16], 2)),
        checked("a check value as for MACs", mac_check(b"SRhc", &drawn_material, &KEY_ID, 2)),
        mac_checked("a check value for MACs with a bit altered", flip(mac.kcv, 0).try_into().unwrap()),
        mac_checked(
            "a check value for MACs under another label",
            mac_check(b"SRk1", mac.material, &KEY_ID, 2),
        ),
        mac_checked("another version's check value for MACs", mac_check(b"SRhc", mac.material, &KEY_ID, 3)),
        mac_checked("another key's check value for MACs", mac_check(b"SRhc", mac.material, &[0x34; 16], 2)),
        version(
            "a check value for MACs as for sealing",
            VersionFields { kcv: sealing_check(&material_of_mac, &KEY_ID, 2), ..mac_32 },
        ),
        version("31 bytes of symmetric material", VersionFields { material: short, ..plain }),
        version("33 bytes of symmetric material", VersionFields { material: long, ..plain }),
        version("129 bytes of material", VersionFields::for_macs(&KEY_ID, 2, 5, &[1; 129])),
        version(
            "a material's description of 257 bytes",
            VersionFields { description: &[b'd'; 257], ..imported },
        ),
        version(
            "a material's description that is not UTF-8",
            VersionFields { description: &[0xff], ..imported },
        ),
        is("material that ends outside", &record(&content[..80])),
        is("a byte behind the material's description", &record(&cat(&[&content, &[0]]))),
        is("no material's description", &record(&content[..102])),
        is("no material", &record(&content[..68])),
    ]);
    blocks
}

fn record_blocks() -> Vec<Block> {
    let forge = Forge::new();
    [key_blocks(&forge), version_blocks(&forge), grant_blocks(&forge)].concat()
}

/// Puts the record into a vault, and compares what the vault says of the key with what the vector prints.
fn key_answer(block: &Block) -> String {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 2, &[(2, 1, drawn("K"))]);
    assert!(
        forge.records.insert(block.array("address"), block.bytes("plaintext")).is_some(),
        "another address"
    );
    assert_eq!(forge.blobs()[&block.array::<24>("address")], block.bytes("blob"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (id, mut out) = (uuid(&KEY_ID), [0; 64]);
    let described = vault.describe_key(&forge::root(), DescribeKey::new(&id), &mut out).unwrap();
    let number = |field| usize::from(block.array::<1>(field)[0]) - 1;
    let count = |field| u32::from_be_bytes(block.array(field));
    let time = |bytes: [u8; 8]| Some(u64::from_be_bytes(bytes)).filter(|time| *time != NEVER);
    let days = |bytes: &[u8]| u16::from_be_bytes(bytes.try_into().unwrap());
    let waiting: [u8; 18] = block.array("waiting");
    let expected = KeyFacts {
        key_id: KeyId::from_bytes(KEY_ID),
        created_ms: time(block.array("created")),
        state: KeyState::ALL[number("state")],
        spec: KeySpec::ALL[number("spec")],
        usage: [KeyUsage::EncryptDecrypt, KeyUsage::GenerateVerifyMac][number("usage")],
        origin: [KeyOrigin::AwsKms, KeyOrigin::External][number("origin")],
        current_version: count("current_version"),
        newest_version: count("newest_version"),
        on_demand_rotations: count("on_demand_rotations"),
        rotation: time(block.array("next_rotation"))
            .map(|next_ms| RotationSchedule { period_days: days(&block.bytes("rotation_days")), next_ms }),
        deletion: time(waiting[2..10].try_into().unwrap()).map(|due_ms| ScheduledDeletion {
            window_days: days(&waiting[..2]),
            due_ms,
            destroy_at_observed_ms: time(waiting[10..].try_into().unwrap()),
        }),
        expires_ms: time(block.array("expires")),
        missing_materials: count("missing_materials"),
        rotates_from_observed_ms: u64::from_be_bytes(block.array("rotates_from")),
    };
    assert_eq!(described.facts, expected);
    assert_eq!(described.description.as_bytes(), block.bytes("description"));
    "ok".to_owned()
}

/// Puts the record into a vault as a key's current version, and encrypts: only a usable version for sealing does that.
fn version_answer(block: &Block) -> String {
    let mut forge = Forge::new();
    forge.add_key(&KEY_ID, 2, &[(2, 1, drawn("K"))]);
    let address = version_address(&forge);
    forge.records.insert(address, block.bytes("plaintext"));
    if block.text("expect") == "ok" {
        assert_eq!(address, block.array("address"));
        assert_eq!(forge.blobs()[&address], block.bytes("blob"));
    }
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let (id, mut out) = (uuid(&KEY_ID), [0; ciphertext_len(1)]);
    match vault.encrypt(&forge::root(), Encrypt::new(&id, b"x"), &mut out) {
        Err(Error::Damaged(Part::Record)) => return "malformed".to_owned(),
        Err(Error::InvalidState(StateConflict::Version)) => {
            let seals = ([1], [1], false);
            assert_ne!(
                (block.array("state"), block.array("spec"), block.bytes("material").is_empty()),
                seals
            );
        }
        Err(other) => panic!("{other:?}"),
        Ok(_) => {
            assert_eq!((block.array("state"), block.array("spec")), ([1], [1]));
            assert_eq!(out[24..32], block.bytes("check"));
        }
    }
    "ok".to_owned()
}

fn record_answer(block: &Block) -> String {
    let plaintext = block.bytes("plaintext");
    if !is_record(&plaintext) {
        return "malformed".to_owned();
    }
    match plaintext[4] {
        1 => key_answer(block),
        2 => version_answer(block),
        _ => {
            grant_answer(block);
            "ok".to_owned()
        }
    }
}

#[test]
fn record_vectors_hold() {
    let blocks = golden(
        "record.txt",
        "Key records, backing-key records, grants and retirable grants.",
        &record_blocks(),
    );
    hold("record.txt", &blocks, record_answer);
}
