//! Whole vaults put together from the formulas of `docs/format.md`, so that any byte in them can be wrong, and still be
//! sealed as it should.

use std::collections::BTreeMap;

use strongroom_core::platform::{Address, AuditSink, Cell, Eraser, Storage};
use strongroom_core::policy::{Caller, default_key_policy};
use strongroom_core::ram::{ManualEraser, RamPlatform};
use strongroom_core::{Error, Realm, Vault};

use super::key_records::{KeyFields, version_record};
use super::model::{cat, drawn, hkdf, hmac, padded, seal, sha256, string};
use super::tree::{self, Tree};

pub const ROOT_USER: &str = "arn:aws:iam::000000000000:root";
pub const MANIFEST: u8 = 0x40;
pub const SLOTS: u8 = 0x41;
/// The highest wall time of a forged vault.
pub const CLOCK_MARK: u64 = 1_700_000_000_000;
/// Timer time, observed time, and what mounts have added.
pub const TIMERS: [u64; 3] = [1_699_999_000_000, 86_400_000, 3_600_000];
/// The day of that timer time.
pub const DUE_DAY: u32 = 19_675;
pub type Platform<E = ()> = RamPlatform<65536, 16384, (), E>;
pub type Blobs = BTreeMap<[u8; 24], Vec<u8>>;

/// The parts of a vault, to be exchanged at will before [`Forge::blobs`] seals them.
#[derive(Clone)]
pub struct Forge {
    pub vault_id: [u8; 16],
    pub root_key: [u8; 32],
    pub unlock: [u8; 32],
    pub name_key: [u8; 32],
    pub token_key: [u8; 32],
    pub material_id_key: [u8; 32],
    pub slot_area: Vec<u8>,
    pub slot_hashes: Vec<[u8; 33]>,
    /// In place of the one made from the other parts.
    pub manifest: Option<Vec<u8>>,
    /// In place of the sealed one.
    pub manifest_blob: Option<Vec<u8>>,
    pub log_id: [u8; 16],
    pub first_key: [u8; 32],
    /// Address and plaintext.
    pub records: BTreeMap<[u8; 24], Vec<u8>>,
    /// Plaintexts in place of those made from the records.
    pub nodes: BTreeMap<[u8; 24], Vec<u8>>,
}

pub fn fixed(level: u8) -> [u8; 24] {
    let mut address = [0; 24];
    address[23] = level;
    address
}

pub fn copy_of(address: &[u8; 24]) -> [u8; 24] {
    let mut copy = address.map(|byte| !byte);
    copy[23] = address[23] | 0x80;
    copy
}

pub fn default_policy() -> Vec<u8> {
    default_key_policy(&Realm::default(), &mut [0; 192]).unwrap().to_vec()
}

/// A slot head for a key file.
pub fn key_file_head(slot_id: u8) -> Vec<u8> {
    cat(&[&[slot_id, 2, 0, 0], &[0; 12], &drawn::<16>("salt of the key file")])
}

/// A slot: head and sealed root key.
pub fn slot(vault_id: &[u8; 16], head: &[u8], unlock: &[u8; 32], root_key: &[u8; 32]) -> Vec<u8> {
    let a = cat(&[b"SRsl", vault_id, head]);
    let slot_key = super::model::extract(&a, unlock);
    cat(&[head, &seal("slot", &slot_key, 5, vault_id, 0, &a, root_key).blob])
}

pub fn slot_area(vault_id: &[u8; 16], slots: &[Vec<u8>]) -> Vec<u8> {
    cat(&[b"SRvt", &[1, u8::try_from(slots.len()).unwrap(), 0, 0], vault_id, &slots.concat()])
}

/// Slot id and hash, as the manifest keeps them.
pub fn slot_hash(slot: &[u8]) -> [u8; 33] {
    cat(&[&slot[..1], &sha256(&[slot])]).try_into().unwrap()
}

pub fn record_address(owner: &[u8], name_key: &[u8; 32], record_type: u8, name: &[u8]) -> [u8; 24] {
    let hash = hmac(name_key, &[b"SRnn", owner, &[record_type], name]);
    cat(&[owner, &hash[..15], &[48]]).try_into().unwrap()
}

impl Forge {
    pub fn new() -> Self {
        let (vault_id, root_key, unlock) = (drawn("vault id"), drawn("root key"), drawn("unlock"));
        let slot = slot(&vault_id, &key_file_head(0), &unlock, &root_key);
        Forge {
            vault_id,
            root_key,
            unlock,
            name_key: drawn("name key"),
            token_key: drawn("token key"),
            material_id_key: drawn("material-id key"),
            slot_area: slot_area(&vault_id, std::slice::from_ref(&slot)),
            slot_hashes: vec![slot_hash(&slot)],
            manifest: None,
            manifest_blob: None,
            log_id: drawn("log id"),
            first_key: drawn("k_0"),
            records: BTreeMap::new(),
            nodes: BTreeMap::new(),
        }
    }

    pub fn owner(&self, key_id: &[u8; 16]) -> Vec<u8> {
        hmac(&self.name_key, &[b"SRno", &[1], key_id])[..8].to_vec()
    }

    /// Takes in a key with its versions: state and material of each.
    pub fn add_key(&mut self, key_id: &[u8; 16], current: u32, versions: &[(u32, u8, [u8; 32])]) {
        let owner = self.owner(key_id);
        let at = |record_type, name: &[u8]| record_address(&owner, &self.name_key, record_type, name);
        let newest = versions.iter().map(|version| version.0).max().unwrap().max(current);
        let policy = default_policy();
        let key = KeyFields { newest, ..KeyFields::new(key_id, current, "forged", &policy) };
        let key = tree::record(&key.content());
        let records: Vec<_> = versions
            .iter()
            .map(|(version, state, material)| {
                let record = version_record(key_id, *version, *state, material);
                (at(2, &version.to_be_bytes()), record)
            })
            .chain([(at(1, &[]), key)])
            .collect();
        self.records.extend(records);
    }

    pub fn tree(&self) -> Tree {
        Tree::of(self.records.keys())
    }

    /// The manifest's plaintext without padding.
    pub fn manifest_fields(&self) -> Vec<u8> {
        cat(&[
            &[1, 0],
            &self.vault_id,
            &drawn::<16>("mount id"),
            &1u64.to_be_bytes(),
            &7u64.to_be_bytes(),
            &tree::node_key(&[0; 24]),
            &self.name_key,
            &self.token_key,
            &self.material_id_key,
            &string(b"aws"),
            &string(b"000000000000"),
            &string(b"us-east-1"),
            &[u8::try_from(self.slot_hashes.len()).unwrap()],
            &self.slot_hashes.concat(),
            &self.log_id,
            &self.first_key,
            &0u64.to_be_bytes(),
            &sha256(&[b"SRlg", &self.vault_id, &self.log_id]),
            &self.first_key,
            &CLOCK_MARK.to_be_bytes(),
            &TIMERS.map(u64::to_be_bytes).concat(),
            &DUE_DAY.to_be_bytes(),
            &string(&[]),
        ])
    }

    pub fn manifest_key(&self, cell: Option<&[u8; 32]>) -> [u8; 32] {
        match cell {
            None => hkdf(&self.vault_id, &self.root_key, b"SRmk root"),
            Some(cell) => hkdf(&self.vault_id, &cat(&[&self.root_key, cell]), b"SRmk root cell"),
        }
    }

    pub fn blobs(&self) -> Blobs {
        let mut blobs = Blobs::new();
        let mut put = |address: [u8; 24], doubled: bool, blob: Vec<u8>| {
            if doubled {
                blobs.insert(copy_of(&address), blob.clone());
            }
            blobs.insert(address, blob);
        };
        put(fixed(SLOTS), true, self.slot_area.clone());
        let a = cat(&[b"SRmf", &[1], &self.vault_id]);
        let plaintext = self.manifest.clone().unwrap_or_else(|| padded(self.manifest_fields()));
        let sealed = seal("manifest", &self.manifest_key(None), 4, &self.vault_id, 0, &a, &plaintext);
        put(fixed(MANIFEST), true, self.manifest_blob.clone().unwrap_or(sealed.blob));
        for (address, children) in &self.tree().nodes {
            let made = tree::node_plaintext(address, children);
            let plaintext = self.nodes.get(address).unwrap_or(&made);
            put(*address, address[23] < 3, tree::seal_node(&self.vault_id, address, plaintext).blob);
        }
        for (address, plaintext) in &self.records {
            put(*address, false, tree::seal_record(&self.vault_id, address, plaintext).blob);
        }
        blobs
    }

    pub fn platform(&self) -> Platform {
        let platform = Platform::new(1);
        fill(&platform.storage, &self.blobs());
        platform
    }
}

pub fn fill(storage: &impl Storage, blobs: &Blobs) {
    let stage = &mut |transaction: &mut dyn strongroom_core::platform::Transaction| {
        blobs.iter().try_for_each(|(address, blob)| transaction.put(&Address(*address), blob))
    };
    storage.commit(0, stage).unwrap();
}

/// A platform with an eraser, whose first cell holds `cell`.
pub fn platform_with_cell(blobs: &Blobs, cell: &[u8; 108]) -> Platform<ManualEraser> {
    let platform = Platform::with_anchors(1, (), ManualEraser::new());
    platform.eraser.write(Cell::A, cell).unwrap();
    fill(&platform.storage, blobs);
    platform
}

pub fn mount<P: strongroom_core::platform::Platform>(
    vault: &Vault<P>,
    unlock: &[u8; 32],
) -> Result<(), Error> {
    vault.mount(&mut |_, secret| {
        secret.fill_with(|bytes| *bytes = *unlock);
        Ok(true)
    })
}

pub fn root() -> Caller<'static> {
    Caller::new(ROOT_USER).unwrap()
}

pub fn entries(sink: &impl AuditSink) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    sink.scan(0, &mut |entry| {
        entries.push(entry.to_vec());
        true
    })
    .unwrap();
    entries
}
