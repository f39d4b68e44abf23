//! `vault.txt`: a whole vault, made by the core on a deterministic platform, byte for byte.

use strongroom_core::audit::Action;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateGrant, CreateKey, Decrypt, DisableKey, Encrypt, GenerateDataKey, GrantConstraints, ListKeys,
    ReEncrypt, RevokeGrant, RotateKeyOnDemand,
};
use strongroom_core::platform::{Address, Storage};
use strongroom_core::policy::{Caller, Language, PolicyBuilder, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::ram::RamPlatform;
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};

use super::file::{Block, golden};
use super::forge::{self, entries};
use super::model::drawn;

/// What lies in storage and in the log, and what users hold.
pub struct Sample {
    pub unlock: [u8; 32],
    pub blobs: Vec<([u8; 24], Vec<u8>)>,
    pub entries: Vec<Vec<u8>>,
    pub ciphertexts: Vec<Sealed>,
    pub keys: Vec<Key>,
    pub marker: [u8; 24],
}

pub struct Sealed {
    pub name: &'static str,
    pub context: Vec<(&'static str, &'static str)>,
    pub plaintext: Vec<u8>,
    pub ciphertext: Vec<u8>,
    pub material_id: [u8; 32],
}

pub struct Key {
    pub key_id: KeyId,
    pub description: &'static str,
    pub state: &'static str,
    pub current_version: u32,
}

type Platform = RamPlatform<131_072, 65536>;
const ROOT_USER: &str = "arn:aws:iam::111122223333:root";
const CONTEXT: [(&str, &str); 2] = [("tenant", "blue"), ("app", "pay")];

fn unlock() -> [u8; 32] {
    drawn("unlock of the sample")
}

/// Decrypts, so that a sample holds nothing that does not open.
fn sealed(
    vault: &Vault<&Platform>,
    name: &'static str,
    context: &[(&'static str, &'static str)],
    ciphertext: &[u8],
) -> Sealed {
    let mut out = [0; 4096];
    let request = Decrypt { encryption_context: context, ..Decrypt::new(ciphertext) };
    let opened = vault.decrypt(&Caller::new(ROOT_USER).unwrap(), request, &mut out).unwrap();
    Sealed {
        name,
        context: context.to_vec(),
        plaintext: opened.plaintext.to_vec(),
        ciphertext: ciphertext.to_vec(),
        material_id: opened.key_material_id,
    }
}

/// Two sessions of a vault with three keys, one of them rotated twice, one disabled.
pub fn sample(seed: u64) -> Sample {
    let platform = Platform::new(seed);
    platform.clock.set_wall_ms(Some(1_700_000_000_000));
    let vault = Vault::new(&platform);
    let slots = [
        NewSlot { kind: SlotKind::Passphrase { memory_kib: 64, passes: 1, lanes: 1 } },
        NewSlot { kind: SlotKind::KeyFile },
    ];
    let new = NewVault { realm: Realm::new("aws", "111122223333", "eu-central-1").unwrap(), slots: &slots };
    // The secret of the first slot is nobody's.
    let mut answer = |slot: &strongroom_core::SlotParameters, secret: &mut strongroom_core::Secret<32>| {
        secret.fill_with(|bytes| *bytes = if slot.slot_id == 1 { unlock() } else { [0xee; 32] });
        Ok(true)
    };
    vault.create(&new, &mut answer).unwrap();

    let root = Caller::new(ROOT_USER).unwrap();
    let user = "arn:aws:iam::111122223333:user/Bob";
    let mut buffer = [0; 512];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "for Bob").unwrap();
    let account = [PrincipalEntry::Account("111122223333")];
    builder.statement(&Statement::allow(&account, &["kms:*"])).unwrap();
    let bob = [PrincipalEntry::Arn(user)];
    let actions = ["kms:Decrypt", "kms:DescribeKey"];
    let resources = ["arn:aws:kms:*:111122223333:key/*"];
    let sid = Some("Bob reads");
    builder.statement(&Statement { sid, resources: &resources, ..Statement::allow(&bob, &actions) }).unwrap();
    let policy = builder.finish();

    let create = |description, policy| {
        let request = CreateKey { description, policy, ..CreateKey::default() };
        vault.create_key(&root, request).unwrap().key_id
    };
    let (first, second) = (create("", None), create("für Bob", Some(policy)));
    let third = create("switched off", None);
    let [a, b, c] = [first, second, third].map(|key_id| key_id.to_string());

    let mut ciphertexts = Vec::new();
    let mut encrypt = |name, key: &str, context: &[(&'static str, &'static str)], plaintext: &[u8]| {
        let mut out = vec![0; plaintext.len() + 108];
        let request = Encrypt { encryption_context: context, ..Encrypt::new(key, plaintext) };
        vault.encrypt(&root, request, &mut out).unwrap();
        ciphertexts.push(sealed(&vault, name, context, &out));
        out
    };
    let old = encrypt("of version 1", &a, &[], b"the first");
    encrypt("with a context", &a, &CONTEXT, b"with context");
    platform.clock.advance_ms(1000);
    for _ in 0..2 {
        vault.rotate_key_on_demand(&root, RotateKeyOnDemand { key_id: &a }).unwrap();
        encrypt("of a later version", &a, &CONTEXT, b"after a rotation");
    }
    encrypt("of another key", &b, &[("", ""), ("\u{e9}", "\u{10000}")], &[0x5a; 300]);

    let (mut plain, mut out) = ([0; 32], [0; 140]);
    let made = vault.generate_data_key(&root, GenerateDataKey::aes_256(&b), &mut plain, &mut out).unwrap();
    ciphertexts.push(sealed(&vault, "a data key", &[], made.ciphertext));
    assert_eq!(ciphertexts.last().unwrap().plaintext, plain);
    let mut out = vec![0; old.len()];
    let request = ReEncrypt { destination_encryption_context: &CONTEXT, ..ReEncrypt::new(&old, &b) };
    vault.re_encrypt(&root, request, &mut out).unwrap();
    ciphertexts.push(sealed(&vault, "moved to another key", &CONTEXT, &out));

    // Refusals, for the log.
    let stranger = Caller::new("arn:aws:iam::444455556666:user/Eve").unwrap();
    let refused = vault.decrypt(&stranger, Decrypt::new(&old), &mut [0; 64]).err();
    assert!(matches!(refused, Some(Error::AccessDenied(_))));
    let request = Decrypt { encryption_context: &CONTEXT, ..Decrypt::new(&old) };
    assert!(matches!(vault.decrypt(&root, request, &mut [0; 64]), Err(Error::InvalidCiphertext(_))));
    let request = Encrypt { dry_run: true, ..Encrypt::new(&a, b"x") };
    assert_eq!(vault.encrypt(&root, request, &mut [0; 109]).err(), Some(Error::DryRun));
    let by_bob = vault.decrypt(&Caller::new(user).unwrap(), Decrypt::new(&old), &mut [0; 64]).err();
    assert!(matches!(by_bob, Some(Error::AccessDenied(_))));
    // Grants, one of them gone again.
    let app = "arn:aws:iam::111122223333:role/teams/App";
    let granted = CreateGrant {
        retiring_principal: Some(user),
        constraints: Some(GrantConstraints::EncryptionContextSubset(&CONTEXT)),
        name: Some("for/App"),
        ..CreateGrant::new(&a, app, &[Action::Decrypt, Action::RetireGrant])
    };
    let kept = vault.create_grant(&root, granted).unwrap();
    assert_eq!(vault.create_grant(&root, granted).unwrap(), kept);
    let gone = vault.create_grant(&root, CreateGrant::new(&a, user, &[Action::Encrypt])).unwrap();
    let gone = gone.grant_id.to_string();
    vault.revoke_grant(&root, RevokeGrant { key_id: &a, grant_id: &gone, dry_run: false }).unwrap();
    vault.disable_key(&root, DisableKey { key_id: &c }).unwrap();

    vault.close().unwrap();
    platform.clock.set_wall_ms(None);
    vault.mount(&mut answer).unwrap();
    let mut page = [KeyId::from_bytes([0; 16]); 2];
    let listed = vault.list_keys(&root, ListKeys { limit: 2, marker: None }, &mut page).unwrap();
    let marker = listed.next_marker.unwrap().0;
    assert_eq!(Action::ListKeys.number(), 37);
    vault.lock().unwrap();

    let mut blobs = Vec::new();
    platform.storage.walk(&mut |address| blobs.push((address.0, Vec::new()))).unwrap();
    blobs.sort();
    for (address, blob) in &mut blobs {
        let mut buffer = [0; 4096];
        let len = platform.storage.read(&Address(*address), &mut buffer).unwrap().unwrap();
        *blob = buffer[..len].to_vec();
    }
    let key =
        |key_id, description, state, current_version| Key { key_id, description, state, current_version };
    Sample {
        unlock: unlock(),
        blobs,
        entries: entries(&platform.sink),
        ciphertexts,
        keys: vec![
            key(first, "", "Enabled", 3),
            key(second, "für Bob", "Enabled", 1),
            key(third, "switched off", "Disabled", 1),
        ],
        marker,
    }
}

fn context_lists(block: Block, context: &[(&str, &str)]) -> Block {
    block.list("names", context.iter().map(|pair| pair.0)).list("values", context.iter().map(|pair| pair.1))
}

fn vault_blocks(sample: &Sample) -> Vec<Block> {
    let mut blocks = vec![
        Block::new("the secret of slot 1, and a marker of ListKeys", "ok")
            .with("unlock", sample.unlock)
            .with("marker", sample.marker),
    ];
    blocks.extend(
        sample
            .blobs
            .iter()
            .map(|(address, blob)| Block::new("blob", "ok").with("address", address).with("blob", blob)),
    );
    blocks.extend(sample.entries.iter().map(|entry| Block::new("audit entry", "ok").with("entry", entry)));
    blocks.extend(sample.keys.iter().map(|key| {
        Block::new("key", "ok")
            .with("key_id", key.key_id.as_bytes())
            .with("current_version", key.current_version.to_be_bytes())
            .with("description", key.description)
            .with("state", [u8::from(key.state == "Disabled") + 1])
    }));
    blocks.extend(sample.ciphertexts.iter().map(|sealed| {
        context_lists(Block::new(sealed.name, "ok"), &sealed.context)
            .with("material_id", sealed.material_id)
            .with("plaintext", &sealed.plaintext)
            .with("ciphertext", &sealed.ciphertext)
    }));
    blocks
}

#[test]
fn the_sample_vault_is_the_same_byte_for_byte() {
    let made = vault_blocks(&sample(7));
    golden("vault.txt", "A whole vault: blobs, audit log, keys, ciphertexts. Made from a seed.", &made);
}

/// The vault as stored, not as made now, opens and gives every plaintext.
#[test]
fn the_stored_vault_opens() {
    let path = super::file::folder().join("vault.txt");
    let blocks = super::file::parse(&std::fs::read_to_string(path).unwrap());
    let platform = Platform::new(8);
    // Storage counts commits, and the vault with it: go through them.
    let stored: forge::Blobs = blocks
        .iter()
        .filter(|block| block.find("blob").is_some())
        .map(|block| (block.array("address"), block.bytes("blob")))
        .collect();
    forge::fill(&platform.storage, &stored);
    let mut revision = 1;
    let vault = Vault::new(&platform);
    while forge::mount(&vault, &blocks[0].array("unlock")).is_err() {
        platform.storage.commit(revision, &mut |_| Ok(())).unwrap();
        revision += 1;
        assert!(revision < 100);
    }
    let root = Caller::new(ROOT_USER).unwrap();
    let mut opened = 0;
    for block in blocks.iter().filter(|block| block.find("ciphertext").is_some()) {
        let texts = |field| -> Vec<String> {
            block.items(field).into_iter().map(|text| String::from_utf8(text).unwrap()).collect()
        };
        let (names, values) = (texts("names"), texts("values"));
        let pairs: Vec<_> = names.iter().map(String::as_str).zip(values.iter().map(String::as_str)).collect();
        let (ciphertext, mut out) = (block.bytes("ciphertext"), [0; 4096]);
        let request = Decrypt { encryption_context: &pairs, ..Decrypt::new(&ciphertext) };
        let plain = vault.decrypt(&root, request, &mut out).unwrap();
        assert_eq!(plain.plaintext, block.bytes("plaintext"));
        assert_eq!(plain.key_material_id, block.array("material_id"));
        opened += 1;
    }
    assert_eq!(opened, 7);
}
