//! Follows the records of a bundle: each is what it says, stands where it belongs, and its material is the right one.

use super::BundleFacts;
use super::contents::EndMark;
use crate::access_key::AccessKeyId;
use crate::crypto::Primitives;
use crate::error::{BundleFault, Error};
use crate::format::access_key_record::{ACCESS_KEY, AccessKeyRecord};
use crate::format::alias_record::ALIAS;
use crate::format::bytes::Malformed;
use crate::format::caller_record::{self, CALLER};
use crate::format::grant_record::GRANT;
use crate::format::key_record::{KEY, KeyRecord, record_type};
use crate::format::settings_record::{SETTINGS, Settings};
use crate::format::trust_record::{TRUST, TrustRecord};
use crate::format::usage_record::USAGE;
use crate::format::version_record::{VERSION, VersionRecord};
use crate::grant::Grant;
use crate::key::{Alias, KeyFacts, KeyId, VersionFacts};
use crate::keyring::open_material;
use crate::usage::UsageLine;

/// What a bundle holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct BundleSummary {
    /// The id of the bundle. The audit log of its vault names it, in hexadecimal digits.
    pub bundle_id: [u8; 16],
    /// The vault that it was made of.
    pub vault_id: [u8; 16],
    /// The vault's revision in it.
    pub revision: u64,
    /// When it was made, in milliseconds since 1970, if the vault had a clock.
    pub made_ms: Option<u64>,
    /// All records in it.
    pub records: u64,
    /// Keys.
    pub keys: u64,
    /// Versions of keys.
    pub versions: u64,
    /// Versions whose material is there, opens, and is the right one.
    pub opened: u64,
    /// Versions that have no material: destroyed, expired, or not imported.
    pub without_material: u64,
    /// Grants.
    pub grants: u64,
    /// Aliases.
    pub aliases: u64,
    /// Named callers.
    pub callers: u64,
    /// Keys that are not in it, because their destruction had begun.
    pub left_out: u64,
}

impl BundleSummary {
    /// Of a bundle with this header, in which nothing was seen yet.
    pub(crate) fn of(facts: &BundleFacts) -> Self {
        let BundleFacts { bundle_id, vault_id, revision, made_ms } = *facts;
        BundleSummary { bundle_id, vault_id, revision, made_ms, ..Self::default() }
    }

    /// What the end mark says of it.
    pub(crate) const fn end_mark(&self) -> EndMark {
        let BundleSummary { records, keys, versions, left_out, .. } = *self;
        EndMark { records, keys, versions, left_out }
    }
}

/// A record of a bundle.
pub(crate) enum Item<'a> {
    Key(KeyFacts),
    Version(KeyId, VersionFacts),
    Grant(Grant<'a>),
    /// By its name.
    Caller(&'a str),
    AccessKey(AccessKeyId),
    /// By the name of the role.
    Trust(&'a str),
    Alias(Alias<'a>),
    Usage(KeyId, u32),
    Settings(Settings),
}

/// Where a bundle stands.
pub(crate) struct Follower {
    pub(crate) summary: BundleSummary,
    /// The key that the last key record was of, and how many of its versions have come.
    current: Option<(KeyFacts, u32)>,
    has_settings: bool,
}

impl Follower {
    /// At the beginning of a bundle with this header.
    pub(crate) fn new(facts: &BundleFacts) -> Self {
        Follower { summary: BundleSummary::of(facts), current: None, has_settings: false }
    }

    /// Takes the next record.
    ///
    /// # Errors
    /// [`BundleFault::Content`]: it is none, or not the one that belongs here, or its material is not the right one.
    pub(crate) fn take<'a, C: Primitives>(&mut self, plaintext: &'a [u8]) -> Result<Item<'a>, Error> {
        let item = self.judge::<C>(plaintext).map_err(|_| Error::Bundle(BundleFault::Content))?;
        let summary = &mut self.summary;
        let count = match &item {
            Item::Key(_) => Some(&mut summary.keys),
            Item::Version(_, facts) => {
                let of_these =
                    if facts.has_material { &mut summary.opened } else { &mut summary.without_material };
                *of_these = of_these.saturating_add(1);
                Some(&mut summary.versions)
            }
            Item::Grant(_) => Some(&mut summary.grants),
            Item::Caller(_) => Some(&mut summary.callers),
            Item::Alias(_) => Some(&mut summary.aliases),
            Item::Usage(..) | Item::AccessKey(_) | Item::Trust(_) | Item::Settings(_) => None,
        };
        if let Some(count) = count {
            *count = count.saturating_add(1);
        }
        summary.records = summary.records.saturating_add(1);
        Ok(item)
    }

    fn judge<'a, C: Primitives>(&mut self, plaintext: &'a [u8]) -> Result<Item<'a>, Malformed> {
        let record_type = record_type(plaintext)?;
        if record_type == VERSION {
            return self.judge_version::<C>(plaintext);
        }
        // All versions of a key come right behind it.
        self.is_complete().then_some(()).ok_or(Malformed)?;
        let is_of = |key_id: &KeyId| match &self.current {
            Some((facts, _)) if facts.key_id == *key_id => Ok(()),
            _ => Err(Malformed),
        };
        Ok(match record_type {
            KEY => {
                let facts = KeyRecord::read(plaintext)?.facts;
                if facts.deletion.is_some_and(|deletion| deletion.has_begun()) {
                    return Err(Malformed);
                }
                self.current = Some((facts, 0));
                Item::Key(facts)
            }
            GRANT => {
                let grant = Grant::read(plaintext)?.ok_or(Malformed)?;
                is_of(&grant.key_id)?;
                Item::Grant(grant)
            }
            USAGE => {
                let line = UsageLine::read(plaintext)?;
                is_of(&line.key_id)?;
                Item::Usage(line.key_id, line.version)
            }
            CALLER => Item::Caller(caller_record::read(plaintext)?.name),
            ACCESS_KEY => Item::AccessKey(AccessKeyRecord::read(plaintext)?.id),
            TRUST => Item::Trust(TrustRecord::read(plaintext)?.name()),
            ALIAS => Item::Alias(Alias::read(plaintext)?),
            SETTINGS if !self.has_settings => {
                self.has_settings = true;
                Item::Settings(Settings::read(plaintext)?)
            }
            _ => return Err(Malformed),
        })
    }

    fn judge_version<'a, C: Primitives>(&mut self, plaintext: &'a [u8]) -> Result<Item<'a>, Malformed> {
        let (key, seen) = self.current.as_mut().ok_or(Malformed)?;
        let version = seen.checked_add(1).ok_or(Malformed)?;
        let VersionRecord { facts, material, .. } = VersionRecord::read_of(plaintext, &key.key_id, version)?;
        if version > key.newest_version || facts.spec != key.spec {
            return Err(Malformed);
        }
        if facts.has_material {
            let opened = open_material::<C>(facts.spec, &key.key_id, version, material);
            let (_, kcv) = opened.map_err(|_| Malformed)?;
            if kcv != facts.kcv {
                return Err(Malformed);
            }
        }
        *seen = version;
        Ok(Item::Version(key.key_id, facts))
    }

    /// Whether all versions of the last key have come.
    fn is_complete(&self) -> bool {
        self.current.as_ref().is_none_or(|(facts, seen)| facts.newest_version == *seen)
    }

    /// Comes to the end mark.
    ///
    /// # Errors
    /// [`BundleFault::Content`]: there is not as much before it as it says.
    pub(crate) fn end(&mut self, mark: &EndMark) -> Result<(), Error> {
        self.summary.left_out = mark.left_out;
        if self.is_complete() && self.summary.end_mark() == *mark {
            Ok(())
        } else {
            Err(Error::Bundle(BundleFault::Content))
        }
    }
}
