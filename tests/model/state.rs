//! What a vault holds, as plain maps and lists, and what the reference says of it in one line each.

use std::collections::BTreeMap;

use strongroom_core::key::{KeyOrigin, KeySpec, KeyState, MacAlgorithm, VersionCause, VersionState};
use strongroom_core::quota::Quotas;
use strongroom_core::usage::UsageBudget;

use crate::world::SECRET;

use super::answer::{Deletion, Facts, Schedule, Under, VersionEntry};
use super::step::{NewGrant, User};
use super::times::Times;

/// Everything.
#[derive(Clone, Debug)]
pub struct Model {
    pub times: Times,
    pub keys: Vec<Key>,
    pub aliases: BTreeMap<u8, Alias>,
    pub grants: Vec<Grant>,
    pub messages: Vec<Message>,
    pub macs: Vec<Mac>,
    pub tokens: Vec<ImportToken>,
    pub quotas: Quotas,
    pub callers: BTreeMap<u8, StoredCaller>,
    /// The secrets of the key slots.
    pub slots: BTreeMap<u8, u8>,
    /// Whether the key of the audit log can be taken.
    pub has_audit_key: bool,
    /// A dry run is being answered: it rotates nothing.
    pub is_dry_run: bool,
}

#[derive(Clone, Debug)]
pub struct Key {
    /// Destroyed: only its number is left.
    pub is_gone: bool,
    pub spec: KeySpec,
    pub origin: KeyOrigin,
    pub state: KeyState,
    pub created_ms: u64,
    pub description: String,
    pub tags: BTreeMap<String, String>,
    /// The first one is version 1.
    pub versions: Vec<Version>,
    /// 0 before the first import.
    pub current: u32,
    pub on_demand_rotations: u32,
    pub rotation: Option<Schedule>,
    /// It rotates by itself only when the vault was open for so long in all.
    pub rotates_from_observed_ms: u64,
    pub deletion: Option<Deletion>,
    pub budget: Option<UsageBudget>,
    /// Which import tokens have a wrapping key that is kept.
    pub wrapping_keys: [Option<usize>; 4],
}

#[derive(Clone, Debug)]
pub struct Version {
    pub state: VersionState,
    pub cause: VersionCause,
    pub since_ms: Option<u64>,
    pub material: Material,
    pub has_material: bool,
    pub expires_ms: Option<u64>,
    pub destruction: Option<Deletion>,
    pub uses: Uses,
}

/// What a version did.
#[derive(Clone, Copy, Debug, Default)]
pub struct Uses {
    pub sealings: u64,
    /// How many of them were under a budget.
    pub bounded_sealings: u64,
    /// How many the vault's ledger has. It may have too many, where what was in memory is lost.
    pub counted_sealings: u64,
    pub openings: u64,
    pub last_ms: Option<u64>,
}

/// Which material: the same makes the same MACs.
#[derive(Clone, Debug, PartialEq)]
pub enum Material {
    Drawn(Under),
    Imported { byte: u8, len: usize },
}

#[derive(Clone, Debug)]
pub struct Alias {
    pub key: usize,
    pub created_ms: u64,
    pub last_updated_ms: u64,
}

#[derive(Clone, Debug)]
pub struct Grant {
    pub key: usize,
    pub is_gone: bool,
    pub what: NewGrant,
}

/// A ciphertext.
#[derive(Clone, Debug)]
pub struct Message {
    pub under: Under,
    pub context: usize,
}

#[derive(Clone, Debug)]
pub struct Mac {
    pub by: Under,
    pub material: Material,
    pub algorithm: MacAlgorithm,
    pub message: u8,
    pub is_versioned: bool,
}

#[derive(Clone, Copy, Debug)]
pub struct StoredCaller {
    pub user: User,
    pub written_ms: u64,
    /// Access keys that can be used, and that cannot.
    pub access_keys: [usize; 2],
}

#[derive(Clone, Debug)]
pub struct ImportToken {
    pub key: usize,
    pub expires_ms: u64,
    pub expires_at_observed_ms: u64,
}

impl Model {
    pub fn new(wall_ms: u64) -> Self {
        Model {
            times: Times::new(wall_ms),
            keys: Vec::new(),
            aliases: BTreeMap::new(),
            grants: Vec::new(),
            messages: Vec::new(),
            macs: Vec::new(),
            tokens: Vec::new(),
            quotas: Quotas::default(),
            callers: BTreeMap::new(),
            slots: BTreeMap::from([(0, SECRET)]),
            has_audit_key: true,
            is_dry_run: false,
        }
    }

    pub fn live_keys(&self) -> Vec<usize> {
        (0..self.keys.len()).filter(|key| !self.keys[*key].is_gone).collect()
    }

    pub fn facts(&self, number: usize) -> Facts {
        let key = &self.keys[number];
        Facts {
            key: number,
            state: key.state,
            spec: key.spec,
            origin: key.origin,
            created_ms: Some(key.created_ms),
            current: key.current,
            newest: key.newest(),
            on_demand_rotations: key.on_demand_rotations,
            rotation: key.rotation,
            deletion: key.deletion,
            expires_ms: key.versions.iter().filter_map(|version| version.expires_ms).min(),
            missing_materials: key.missing_materials(),
        }
    }

    /// The grants of a key that somebody has.
    pub fn grants_of(&self, key: usize, user: User) -> impl Iterator<Item = &Grant> {
        let is_his = move |grant: &&Grant| grant.is_live_on(key) && grant.what.grantee == user;
        self.grants.iter().filter(is_his)
    }

    /// The end of a key: its aliases and grants go with it.
    pub fn destroy(&mut self, number: usize) {
        let key = &mut self.keys[number];
        key.is_gone = true;
        key.versions.clear();
        key.wrapping_keys = [None; 4];
        self.aliases.retain(|_, alias| alias.key != number);
        for grant in self.grants.iter_mut().filter(|grant| grant.key == number) {
            grant.is_gone = true;
        }
    }
}

impl Grant {
    pub fn is_live_on(&self, key: usize) -> bool {
        !self.is_gone && self.key == key
    }
}

impl Key {
    pub fn is_symmetric(&self) -> bool {
        self.spec == KeySpec::SymmetricDefault
    }

    pub fn is_imported(&self) -> bool {
        self.origin == KeyOrigin::External
    }

    pub fn newest(&self) -> u32 {
        self.versions.len() as u32
    }

    /// A version that there is.
    pub fn version(&self, number: u32) -> &Version {
        &self.versions[number as usize - 1]
    }

    pub fn version_mut(&mut self, number: u32) -> &mut Version {
        &mut self.versions[number as usize - 1]
    }

    /// How many of the materials that the key has for good are not there. One that is destroyed is not missed.
    pub fn missing_materials(&self) -> u32 {
        let associated = &self.versions[..self.current as usize];
        let is_missing =
            |version: &&Version| !version.has_material && version.state != VersionState::Destroyed;
        associated.iter().filter(is_missing).count() as u32
    }

    /// Whether it cannot be used until something is imported.
    pub fn lacks_material(&self) -> bool {
        self.is_imported() && (self.current == 0 || self.missing_materials() > 0)
    }

    /// The imported material that waits for its rotation.
    pub fn pending_rotation(&self) -> Option<u32> {
        Some(self.newest()).filter(|newest| *newest > self.current)
    }

    /// Takes the material of a version away.
    pub fn drop_material(&mut self, number: u32) {
        if number > self.current {
            self.versions.remove(number as usize - 1);
            return;
        }
        let version = self.version_mut(number);
        version.has_material = false;
        version.expires_ms = None;
        if self.state == KeyState::Enabled {
            self.state = KeyState::PendingImport;
        }
    }

    /// Makes a tombstone of a version. A key that only missed its material is whole again.
    pub fn destroy_version(&mut self, number: u32) {
        let version = self.version_mut(number);
        version.state = VersionState::Destroyed;
        version.has_material = false;
        version.expires_ms = None;
        version.destruction = None;
        if self.state == KeyState::PendingImport && !self.lacks_material() {
            self.state = KeyState::Enabled;
        }
    }

    /// New material of the vault's own becomes the current one.
    pub fn draw_version(&mut self, number: usize, cause: VersionCause, now_ms: u64) {
        self.current = self.newest() + 1;
        self.versions.push(Version {
            state: VersionState::Usable,
            cause,
            since_ms: Some(now_ms),
            material: Material::Drawn(Under { key: number, version: self.current }),
            has_material: true,
            expires_ms: None,
            destruction: None,
            uses: Uses::default(),
        });
    }

    pub fn entries(&self) -> Vec<VersionEntry> {
        let entry = |(version, number): (&Version, u32)| VersionEntry {
            version: number,
            state: version.state,
            cause: version.cause,
            since_ms: version.since_ms,
            expires_ms: version.expires_ms,
            destruction: version.destruction,
            has_material: version.has_material,
            is_primary: number == self.current,
            is_pending_rotation: number > self.current,
        };
        self.versions.iter().zip(1..).map(entry).collect()
    }
}
