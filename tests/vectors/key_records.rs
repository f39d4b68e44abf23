//! Section 4.6 of `docs/format.md`, keys and their versions, a second time.

use super::model::{cat, extract, hmac, string};
use super::tree::{CREATED, record};

/// A time that is not known, or not set.
pub const NEVER: u64 = u64::MAX;
/// Nothing is scheduled.
pub const NO_END: End = End { days: 0, due: NEVER, destroyed: NEVER };

/// A waiting period, of a key or a version.
#[derive(Clone, Copy)]
pub struct End {
    pub days: u16,
    pub due: u64,
    pub destroyed: u64,
}

impl End {
    pub fn bytes(&self) -> [u8; 18] {
        cat(&[&self.days.to_be_bytes(), &self.due.to_be_bytes(), &self.destroyed.to_be_bytes()])
            .try_into()
            .unwrap()
    }
}

/// What a key record says.
#[derive(Clone, Copy)]
pub struct KeyFields<'a> {
    pub key_id: &'a [u8; 16],
    pub created: u64,
    pub state: u8,
    pub spec: u8,
    pub usage: u8,
    pub origin: u8,
    pub current: u32,
    pub newest: u32,
    pub on_demand: u32,
    pub rotation_days: u16,
    pub next_rotation: u64,
    pub end: End,
    pub expires: u64,
    pub missing: u32,
    pub rotates_from: u64,
    pub description: &'a [u8],
    pub tags: &'a [u8],
    pub aliases: &'a [u8],
    pub policy: &'a [u8],
}

impl<'a> KeyFields<'a> {
    /// An enabled symmetric key.
    pub fn new(key_id: &'a [u8; 16], current: u32, description: &'a str, policy: &'a [u8]) -> Self {
        KeyFields {
            key_id,
            created: CREATED,
            state: 1,
            spec: 1,
            usage: 1,
            origin: 1,
            current,
            newest: current,
            on_demand: current.saturating_sub(1),
            rotation_days: 0,
            next_rotation: NEVER,
            end: NO_END,
            expires: NEVER,
            missing: 0,
            rotates_from: 0,
            description: description.as_bytes(),
            tags: &[],
            aliases: &[],
            policy,
        }
    }

    pub fn content(&self) -> Vec<u8> {
        let texts = [self.description, self.tags, self.aliases, self.policy]
            .map(|text| cat(&[&u32::try_from(text.len()).unwrap().to_be_bytes(), text]));
        cat(&[
            &[1, 1],
            self.key_id,
            &self.created.to_be_bytes(),
            &[self.state, self.spec, self.usage, self.origin],
            &self.current.to_be_bytes(),
            &self.newest.to_be_bytes(),
            &self.on_demand.to_be_bytes(),
            &self.rotation_days.to_be_bytes(),
            &self.next_rotation.to_be_bytes(),
            &self.end.bytes(),
            &self.expires.to_be_bytes(),
            &self.missing.to_be_bytes(),
            &self.rotates_from.to_be_bytes(),
            &texts.concat(),
        ])
    }
}

pub fn key_record(key_id: &[u8; 16], current: u32, description: &str, policy: &[u8]) -> Vec<u8> {
    record(&KeyFields::new(key_id, current, description, policy).content())
}

/// What a version's record says.
#[derive(Clone, Copy)]
pub struct VersionFields<'a> {
    pub key_id: &'a [u8; 16],
    pub version: u32,
    pub state: u8,
    pub suite: u8,
    pub cause: u8,
    pub spec: u8,
    pub current_since: u64,
    pub expires: u64,
    pub end: End,
    pub kcv: [u8; 8],
    pub material: &'a [u8],
    pub description: &'a [u8],
}

impl<'a> VersionFields<'a> {
    /// A version of a symmetric key, with what its state needs.
    pub fn new(key_id: &'a [u8; 16], version: u32, state: u8, material: &'a [u8; 32]) -> Self {
        VersionFields {
            key_id,
            version,
            state,
            suite: 1,
            cause: if version == 1 { 1 } else { 2 },
            spec: 1,
            current_since: CREATED,
            expires: NEVER,
            end: if state == 3 { End { days: 7, due: CREATED + 7, destroyed: NEVER } } else { NO_END },
            kcv: sealing_check(material, key_id, version),
            material: if state == 4 { &[] } else { material },
            description: &[],
        }
    }

    /// A usable version of a key for MACs.
    pub fn for_macs(key_id: &'a [u8; 16], version: u32, spec: u8, material: &'a [u8]) -> Self {
        let kcv = mac_check(b"SRhc", material, key_id, version);
        VersionFields { spec, kcv, material, ..VersionFields::new(key_id, version, 1, &[0; 32]) }
    }

    pub fn content(&self) -> Vec<u8> {
        cat(&[
            &[2, 1],
            self.key_id,
            &self.version.to_be_bytes(),
            &[self.state, self.suite, self.cause, self.spec],
            &self.current_since.to_be_bytes(),
            &self.expires.to_be_bytes(),
            &self.end.bytes(),
            &self.kcv,
            &string(self.material),
            &string(self.description),
        ])
    }
}

/// The check value of 2.1, for purpose 1.
pub fn sealing_check(material: &[u8; 32], key_id: &[u8; 16], version: u32) -> [u8; 8] {
    let m = cat(&[b"SRk1", &[1, 1], key_id, &version.to_be_bytes()]);
    hmac(material, &[&[2], &m])[..8].try_into().unwrap()
}

/// The check value of 2.3.
pub fn mac_check(label: &[u8; 4], material: &[u8], key_id: &[u8; 16], version: u32) -> [u8; 8] {
    extract(&cat(&[label, key_id, &version.to_be_bytes()]), material)[..8].try_into().unwrap()
}

pub fn version_record(key_id: &[u8; 16], version: u32, state: u8, material: &[u8; 32]) -> Vec<u8> {
    record(&VersionFields::new(key_id, version, state, material).content())
}
