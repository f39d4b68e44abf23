//! `manifest.txt` and `token.txt`: sections 5.4, 5.5 and 7.1.

use strongroom_core::error::Part;
use strongroom_core::grant::GrantToken;
use strongroom_core::operation::{DescribeKey, GrantMarker, ListGrants, ListKeys};
use strongroom_core::{Error, Vault};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, copy_of, fixed};
use super::model::{cat, drawn, extract, flip, hkdf, hmac, padded, seal, set, sha256, string};

const MANIFEST: [u8; 24] = fixed_address();

const fn fixed_address() -> [u8; 24] {
    let mut address = [0; 24];
    address[23] = forge::MANIFEST;
    address
}

fn cell(value: &[u8; 32]) -> [u8; 108] {
    cat(&[value, &sha256(&[value])[..4]]).repeat(3).try_into().unwrap()
}

struct ManifestKey {
    ikm: Vec<u8>,
    info: &'static [u8],
    purpose: u8,
    label: &'static [u8],
}

fn manifest_block(
    name: &str,
    expect: &str,
    key: &ManifestKey,
    cell: Option<&[u8]>,
    plaintext: &[u8],
) -> Block {
    let Forge { vault_id, root_key, .. } = Forge::new();
    let prk = extract(&vault_id, &key.ikm);
    let manifest_key = hkdf(&vault_id, &key.ikm, key.info);
    let a = cat(&[key.label, &[1], &vault_id]);
    let sealed = seal("manifest", &manifest_key, key.purpose, &vault_id, 0, &a, plaintext);
    let mut block = Block::new(name, expect).with("vault_id", vault_id).with("root_key", root_key);
    if let Some(cell) = cell {
        block = block.with("cell", cell);
    }
    block
        .with("ikm", &key.ikm)
        .with("info", key.info)
        .with("prk", prk)
        .with("manifest_key", manifest_key)
        .with("a", a)
        .with("k_prime", sealed.k_prime)
        .with("x", sealed.x)
        .with("e", sealed.e)
        .with("c", sealed.c)
        .with("clock_mark", forge::CLOCK_MARK.to_be_bytes())
        .with("timer", forge::TIMERS[0].to_be_bytes())
        .with("observed", forge::TIMERS[1].to_be_bytes())
        .with("mounts_added", forge::TIMERS[2].to_be_bytes())
        .with("due_day", forge::DUE_DAY.to_be_bytes())
        .with("plaintext", plaintext)
        .with("blob", sealed.blob)
}

fn manifest_blocks() -> Vec<Block> {
    const FIELDS: [&str; 4] = ["vault_id", "root_key", "cell", "blob"];
    let forge = Forge::new();
    let bare =
        || ManifestKey { ikm: forge.root_key.to_vec(), info: b"SRmk root", purpose: 4, label: b"SRmf" };
    let value: [u8; 32] = drawn("cell");
    let content = cell(&value);
    let celled = || ManifestKey { ikm: cat(&[&forge.root_key, &value]), info: b"SRmk root cell", ..bare() };
    let fields = forge.manifest_fields();
    let good = padded(fields.clone());
    let torn = cat(&[&[0xff; 72], &content[72..]]);
    let mut blocks = vec![
        manifest_block("without an eraser", "ok", &bare(), None, &good),
        manifest_block("with an eraser", "ok", &celled(), Some(&content), &good),
        manifest_block("two copies of the cell are torn", "ok", &celled(), Some(&torn), &good),
        manifest_block("closed, an erasure outstanding", "ok", &bare(), None, &set(&good, 1, 3)),
        manifest_block("of a vault without a clock", "ok", &bare(), None, &set(&good, 1, 4)),
        manifest_block("the destruction of a key begun", "ok", &bare(), None, &set(&good, 1, 8)),
        manifest_block("every flag", "ok", &bare(), None, &set(&good, 1, 15)),
    ];
    let wrong = |name, key: &ManifestKey, cell: Option<&[u8]>, plaintext: &[u8]| {
        manifest_block(name, "damaged", key, cell, plaintext).only(&FIELDS)
    };
    let plain = |name, plaintext: &[u8]| wrong(name, &bare(), None, plaintext);
    // The first text lies behind flags, ids, counters and four keys.
    let texts = 2 + 32 + 16 + 128;
    let slots = texts + 5 + 14 + 11;
    let pending = fields.len() - 2;
    let from = |position: usize, field: &[u8], end: usize| {
        padded(cat(&[&fields[..position], field, &fields[end..]]))
    };
    blocks.extend([
        plain("format 0", &set(&good, 0, 0)),
        plain("format 2", &set(&good, 0, 2)),
        plain("an unknown flag", &set(&good, 1, 16)),
        plain("the highest flag", &set(&good, 1, 0x80)),
        plain("another vault id inside", &flip(&good, 2)),
        plain("a partition in capitals", &set(&good, texts + 2, b'A')),
        plain("a partition of nothing", &from(texts, &[0, 0], texts + 5)),
        plain("a partition of 17 letters", &from(texts, &string(&[b'a'; 17]), texts + 5)),
        plain("an account of 11 digits", &from(texts + 5, &string(&[b'0'; 11]), texts + 19)),
        plain("an account with a letter", &set(&good, texts + 7, b'a')),
        plain("a Region with a space", &set(&good, texts + 21, b' ')),
        plain("a Region that is not UTF-8", &set(&good, texts + 21, 0xff)),
        plain("a Region of 33 letters", &from(texts + 19, &string(&[b'a'; 33]), slots)),
        plain("nine slot hashes", &from(slots, &cat(&[&[9], &[1; 297]]), slots + 34)),
        plain("seven slot hashes less than said", &set(&good, slots, 8)),
        plain("too many pending bytes", &from(pending, &string(&[1; 1665]), fields.len())),
        plain("pending bytes that end outside", &set(&good, pending, 1)),
        plain("padding that is not zero", &cat(&[&good, &[0; 63], &[1]])),
        plain("a byte missing", &fields[..fields.len() - 1]),
        plain("no timers", &cat(&[&fields[..pending - 28], &string(&[])])),
        plain("one timer less", &cat(&[&fields[..pending - 12], &fields[pending - 4..]])),
        plain("no due day", &cat(&[&fields[..pending - 4], &string(&[])])),
        plain("nothing", b""),
        wrong("the label of the other kind", &ManifestKey { info: b"SRmk root cell", ..bare() }, None, &good),
        wrong("the label with a letter more", &ManifestKey { info: b"SRmk roots", ..bare() }, None, &good),
        wrong("the purpose of a record", &ManifestKey { purpose: 2, ..bare() }, None, &good),
        wrong("the associated data of a node", &ManifestKey { label: b"SRtn", ..bare() }, None, &good),
        wrong("a cell that is not there", &celled(), None, &good),
        wrong("a cell that was not used", &bare(), Some(&content), &good),
        wrong(
            "the cell in front of the root key",
            &ManifestKey { ikm: cat(&[&value, &forge.root_key]), ..celled() },
            Some(&content),
            &good,
        ),
        wrong("another cell", &celled(), Some(&cell(&drawn("other cell"))), &good),
        wrong(
            "no copy of the cell holds",
            &celled(),
            Some(&[35, 71, 107].iter().fold(content.to_vec(), |cell, at| flip(cell, *at))),
            &good,
        ),
    ]);
    let base = blocks[0].clone().only(&FIELDS);
    for (name, at) in [("S", 0), ("N", 16), ("C", 28), ("the body", 60)] {
        blocks.push(base.but(name, "damaged", "blob", flip(base.bytes("blob"), at)));
    }
    blocks
}

fn manifest_answer(block: &Block) -> String {
    let forge = Forge { manifest_blob: Some(block.bytes("blob")), ..Forge::new() };
    let mut blobs = forge.blobs();
    // One copy is enough, whichever it is.
    if block.text("expect") == "ok" {
        blobs.insert(copy_of(&MANIFEST), b"lost".to_vec());
    }
    assert_eq!(MANIFEST, fixed(forge::MANIFEST));
    let mounted = match block.find("cell") {
        None => {
            let platform = forge::Platform::new(1);
            forge::fill(&platform.storage, &blobs);
            open_and_list(&Vault::new(&platform), &forge.unlock)
        }
        Some(_) => {
            let platform = forge::platform_with_cell(&blobs, &block.array("cell"));
            open_and_list(&Vault::new(&platform), &forge.unlock)
        }
    };
    match mounted {
        Ok(()) => "ok",
        Err(Error::Damaged(Part::Manifest)) => "damaged",
        Err(other) => panic!("{other:?}"),
    }
    .to_owned()
}

fn open_and_list<P: strongroom_core::platform::Platform>(
    vault: &Vault<P>,
    unlock: &[u8; 32],
) -> Result<(), Error> {
    forge::mount(vault, unlock)?;
    let mut page = [strongroom_core::key::KeyId::from_bytes([0; 16]); 1];
    vault.list_keys(&forge::root(), ListKeys { limit: 1, marker: None }, &mut page).map(|_| ())
}

#[test]
fn manifest_vectors_hold() {
    let blocks = golden("manifest.txt", "Manifest keys, eraser cells and manifests.", &manifest_blocks());
    hold("manifest.txt", &blocks, manifest_answer);
}

/// A marker is the owner of the last key and a MAC over it and the action.
#[test]
fn token_vectors_hold() {
    let mut forge = Forge::new();
    let key_id = [0x22; 16];
    forge.add_key(&key_id, 1, &[(1, 1, drawn("K"))]);
    let owner = forge.owner(&key_id);
    let marker = |key: &[u8; 32], label: &[u8], action: u8, len: usize| {
        cat(&[&owner, &hmac(key, &[label, &[action], &owner])[..len]])
    };
    let good = marker(&forge.token_key, b"SRpm", 37, 16);
    let block = Block::new("a marker of ListKeys", "ok")
        .with("token_key", forge.token_key)
        .with("action", [37])
        .with("owner", &owner)
        .with("marker", &good);
    let is = |name, bytes: &[u8]| block.but(name, "refused", "marker", bytes);
    let blocks = vec![
        is("another owner", &flip(&good, 0)),
        is("first bit of the MAC", &flip(&good, 8)),
        is("last bit of the MAC", &flip(&good, 23)),
        is("of another listing", &marker(&forge.token_key, b"SRpm", 38, 16)),
        is("under another label", &marker(&forge.token_key, b"SRno", 37, 16)),
        is("under another key", &marker(&forge.name_key, b"SRpm", 37, 16)),
        is(
            "the other half of the MAC",
            &cat(&[&owner, &hmac(&forge.token_key, &[b"SRpm", &[37], &owner])[16..]]),
        ),
        is("zeros", &[0; 24]),
    ];
    let blocks = [vec![block], blocks].concat();
    let stored = golden("token.txt", "Pagination markers.", &blocks);
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    hold("token.txt", &stored, |block| {
        let marker = strongroom_core::operation::Marker(block.array("marker"));
        let mut page = [strongroom_core::key::KeyId::from_bytes([0; 16]); 1];
        let request = ListKeys { limit: 1, marker: Some(&marker) };
        match vault.list_keys(&forge::root(), request, &mut page) {
            Ok(listed) => {
                assert_eq!(listed.next_marker, None);
                "ok".to_owned()
            }
            Err(Error::InvalidMarker) => "refused".to_owned(),
            Err(other) => panic!("{other:?}"),
        }
    });
}

/// A grant token is the key, the grant, and a MAC over both; a marker of grants is tied to its question.
#[test]
fn grant_token_vectors_hold() {
    let mut forge = Forge::new();
    let (key_id, root) = ([0x22; 16], "arn:aws:iam::000000000000:root");
    forge.add_key(&key_id, 1, &[(1, 1, drawn("K"))]);
    let owner = forge.owner(&key_id);
    let hash = hmac(&forge.name_key, &[b"SRng", &owner, root.as_bytes()]);
    let ids = [1, 2].map(|last| -> [u8; 32] { cat(&[&hash[..7], &[last; 25]]).try_into().unwrap() });
    for id in &ids {
        let fields = super::tree::GrantFields {
            operations: &[7],
            constraint: 0,
            grantee: root,
            retiring: "",
            name: "",
            pairs: &[],
        };
        let address = cat(&[&owner, &id[..15], &[48]]).try_into().unwrap();
        let content = super::tree::grant_content(&key_id, id, &fields);
        forge.records.insert(address, super::tree::record(&content));
    }
    let [id, gone] = [ids[0], [7; 32]];
    let token = |key: &[u8; 32], label: &[u8], id: &[u8; 32]| {
        cat(&[&key_id, id, &hmac(key, &[label, &key_id, id])[..16]])
    };
    let place = &id[..15];
    let marker = |action: u8, key_id: &[u8; 16], principal: &str| {
        let len = u64::try_from(principal.len()).unwrap().to_be_bytes();
        let mac = hmac(&forge.token_key, &[b"SRgm", &[action], key_id, &len, principal.as_bytes(), place]);
        cat(&[place, &mac[..16]])
    };
    let good = token(&forge.token_key, b"SRgt", &id);
    let of = |kind: &str, name: &str, expect: &str, bytes: &[u8]| {
        Block::new(name, expect).with("token_key", forge.token_key).with("key_id", key_id).with(kind, bytes)
    };
    let token_is = |name: &str, bytes: &[u8]| of("grant_token", name, "refused", bytes);
    let marker_is = |name: &str, bytes: &[u8]| of("grant_marker", name, "refused", bytes);
    let good_marker = marker(34, &key_id, "");
    let mut blocks = vec![
        of("grant_token", "a grant token", "ok", &good),
        token_is("of another key", &flip(&good, 0)),
        token_is("of another grant", &flip(&good, 16)),
        token_is("first bit of the MAC", &flip(&good, 48)),
        token_is("last bit of the MAC", &flip(&good, 63)),
        token_is("a token under another label", &token(&forge.token_key, b"SRpm", &id)),
        token_is("a token under another key", &token(&forge.name_key, b"SRgt", &id)),
        token_is("no token at all", &[0; 64]),
        of("grant_marker", "a marker of ListGrants", "ok", &good_marker),
        marker_is("another place", &flip(&good_marker, 14)),
        marker_is("a marker with another MAC", &flip(&good_marker, 15)),
        marker_is("a marker of ListRetirableGrants", &marker(39, &key_id, "")),
        marker_is("a marker of another key's grants", &marker(34, &[0x23; 16], "")),
        marker_is("a marker of one grantee's grants", &marker(34, &key_id, root)),
        marker_is("no marker at all", &[0; 31]),
    ];
    // Made in order, but its grant is not there: for a vault, not for a decoder.
    let revoked = token(&forge.token_key, b"SRgt", &gone);
    blocks.iter_mut().for_each(|block| *block = block.clone().with("place", place));
    let stored = golden("grant_token.txt", "Grant tokens, and pagination markers of grants.", &blocks);
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let key = super::sealing::uuid(&key_id);
    let describe = |token: &[u8]| {
        let tokens = [GrantToken::from_bytes(token).unwrap()];
        let request = DescribeKey { grant_tokens: &tokens, ..DescribeKey::new(&key) };
        vault.describe_key(&forge::root(), request, &mut [0; 64]).map(drop)
    };
    assert_eq!(describe(&revoked), Err(Error::InvalidGrantToken));
    hold("grant_token.txt", &stored, |block| {
        let answer = if block.find("grant_token").is_some() {
            describe(&block.bytes("grant_token"))
        } else {
            let marker = GrantMarker(block.array("grant_marker"));
            let request = ListGrants {
                key_id: &key,
                grant_id: None,
                grantee_principal: None,
                limit: 1,
                marker: Some(&marker),
            };
            let mut page = [0; 512];
            vault.list_grants(&forge::root(), request, &mut page).map(|listed| {
                let next: Vec<_> = listed.iter().map(|grant| *grant.grant_id.as_bytes()).collect();
                assert_eq!(next, [ids[1]]);
            })
        };
        match answer {
            Ok(()) => "ok".to_owned(),
            Err(Error::InvalidMarker | Error::InvalidGrantToken) => "refused".to_owned(),
            Err(other) => panic!("{other:?}"),
        }
    });
}
