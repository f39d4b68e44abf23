//! Keys, their versions, their material, their names.

use strongroom_core::key::{KeyOrigin, KeySpec, KeyState, VersionState};
use strongroom_core::operation::ImportType;
use strongroom_core::usage::{BudgetEnd, UsageBudget};

use super::Generator;
use crate::model::state::{Key, Material};
use crate::model::step::{Ask, KeyName, NO_ALIAS, RESERVED_ALIAS, Tags};
use crate::model::times::{DAY, HOUR};

/// So many aliases can be.
const ALIASES: usize = 8;

impl Generator<'_> {
    pub(super) fn create_key(&mut self) -> Ask {
        let spec = if self.dice.percent(60) {
            KeySpec::SymmetricDefault
        } else {
            self.one(&[KeySpec::Hmac224, KeySpec::Hmac256, KeySpec::Hmac384, KeySpec::Hmac512])
        };
        let origin = if self.dice.percent(40) { KeyOrigin::External } else { KeyOrigin::AwsKms };
        // At most one thing is wrong.
        let wrong = self.dice.below(100);
        let description = if wrong < 2 { "d".repeat(8193) } else { self.description() };
        let tags = if wrong < 20 { self.tags(wrong < 8 && wrong > 1) } else { Vec::new() };
        Ask::CreateKey { spec, origin, is_usage_right: wrong != 99, description, tags }
    }

    fn description(&mut self) -> String {
        self.one(&["", "orders", "träge Bilder", "x"]).to_owned()
    }

    fn tags(&mut self, is_wrong: bool) -> Tags {
        let value = self.one(&["", "red", "blue"]).to_owned();
        let name = self.one(&["team", "Team", "stage", "cost", "a"]).to_owned();
        if is_wrong {
            return match self.dice.below(4) {
                0 => vec![("AWS:team".to_owned(), value)],
                1 => vec![(String::new(), value)],
                2 => vec![(name.clone(), value.clone()), (name, value)],
                _ => vec![(name, "v".repeat(257))],
            };
        }
        let other = self.dice.percent(40).then(|| ("other".to_owned(), value.clone()));
        [(name, value)].into_iter().chain(other).collect()
    }

    pub(super) fn about_a_key(&mut self) -> Ask {
        let key = self.key(|key| key.state != KeyState::PendingDeletion);
        match self.weighted(&[16, 8, 26, 14, 10, 6, 6, 6, 4, 8, 16]) {
            0 => Ask::DescribeKey { key: self.key_or_alias(|_| true) },
            1 => Ask::ListKeys { limit: self.limit(1000) },
            2 => Ask::EnableKey { key },
            3 => Ask::DisableKey { key },
            4 => {
                let is_too_long = self.dice.percent(8);
                let description = if is_too_long { "d".repeat(8193) } else { self.description() };
                Ask::UpdateKeyDescription { key, description }
            }
            5 => Ask::GetKeyPolicy { key },
            6 => Ask::ListKeyPolicies { key },
            7 => Ask::PutKeyPolicy { key, is_well_formed: self.dice.percent(70) },
            8 => Ask::GetKeyLastUsage { key },
            9 => {
                let within_days = self.one(&[0, 1, 30, 365]);
                Ask::RetireCheck { key, version: self.version(key, |_| true), within_days }
            }
            _ => Ask::PutUsageBudget { key, budget: self.budget() },
        }
    }

    /// Few enough to be used up.
    fn budget(&mut self) -> Option<UsageBudget> {
        let sealings = self.one(&[1, 1, 2, 3, 5, 1 << 48, 0, (1 << 48) + 1]);
        let budget = UsageBudget { sealings, end: self.one(&[BudgetEnd::Rotate, BudgetEnd::Refuse]) };
        self.maybe(75, budget)
    }

    fn waiting_days(&mut self) -> u16 {
        self.one(&[7, 7, 7, 8, 30, 30, 6, 31])
    }

    pub(super) fn about_deletion(&mut self) -> Ask {
        let is_pending = |key: &Key| key.state == KeyState::PendingDeletion;
        match self.weighted(&[34, 26, 40]) {
            0 => {
                Ask::ScheduleKeyDeletion { key: self.key(|key| !is_pending(key)), days: self.waiting_days() }
            }
            1 => Ask::CancelKeyDeletion { key: self.key(is_pending) },
            _ => Ask::ConfirmKeyDeletion { key: self.key(is_pending) },
        }
    }

    fn rotation_days(&mut self) -> u16 {
        self.one(&[90, 90, 91, 365, 2560, 89, 2561])
    }

    pub(super) fn about_rotation(&mut self) -> Ask {
        let rotates = |key: &Key| key.is_symmetric() && !key.is_imported() && key.state == KeyState::Enabled;
        let waits = |key: &Key| key.pending_rotation().is_some() && key.state == KeyState::Enabled;
        let days = self.rotation_days();
        match self.weighted(&[24, 12, 24, 8, 16, 12, 10]) {
            0 => Ask::RotateKeyOnDemand { key: self.key(|key| rotates(key) || waits(key)) },
            1 => Ask::RotateKeyOnDemand { key: self.key(waits) },
            2 => Ask::EnableKeyRotation { key: self.key(rotates), days: self.maybe(90, days) },
            3 => Ask::DisableKeyRotation { key: self.key(rotates) },
            4 => Ask::ScheduleKeyRotation {
                key: self.key(|key| !key.is_imported()),
                days: self.maybe(85, days),
            },
            5 => Ask::GetKeyRotationStatus { key: self.key(|_| true) },
            _ => Ask::ListKeyRotations {
                key: self.key(|_| true),
                is_all: self.dice.percent(50),
                limit: self.limit(1000),
            },
        }
    }

    /// A version of a key, mostly an old one; now and then one that is not there.
    fn version(&mut self, key: KeyName, is_wanted: impl Fn(VersionState) -> bool) -> u32 {
        let Some(meant) = self.meant(key).filter(|key| !key.versions.is_empty()) else { return 1 };
        let versions = &meant.versions;
        let wanted: Vec<u32> =
            (1..).zip(versions).filter(|(_, version)| is_wanted(version.state)).map(|(n, _)| n).collect();
        let newest = meant.newest();
        match self.dice.below(100) {
            0..5 => self.one(&[0, newest + 1]),
            5..75 if !wanted.is_empty() => self.one(&wanted),
            _ => self.dice.below(newest as usize) as u32 + 1,
        }
    }

    pub(super) fn about_a_version(&mut self) -> Ask {
        let has_old = |key: &Key| key.current > 1 && key.state != KeyState::PendingDeletion;
        let is_waiting = |key: &Key| key.versions.iter().any(|version| version.destruction.is_some());
        let key = self.key(has_old);
        let ends = if self.model.keys.iter().any(is_waiting) { 10 } else { 1 };
        match self.weighted(&[26, 8, 14, 10, 24, ends, 2 * ends]) {
            0 => Ask::CreateKeyVersion {
                key: self.key(|key| !key.is_imported() && key.state == KeyState::Enabled),
            },
            1 => Ask::ListKeyVersions { key: self.key(|_| true), limit: self.limit(1000) },
            2 => Ask::RevokeKeyVersion { key, version: self.version(key, |s| s == VersionState::Usable) },
            3 => Ask::RestoreKeyVersion { key, version: self.version(key, |s| s == VersionState::Revoked) },
            4 => Ask::ScheduleKeyVersionDestruction {
                key,
                version: self.version(key, |s| s != VersionState::Destroyed),
                days: self.waiting_days(),
            },
            5 => {
                let key = self.key(is_waiting);
                let version = self.version(key, |s| s == VersionState::PendingDestruction);
                Ask::CancelKeyVersionDestruction { key, version }
            }
            _ => {
                let key = self.key(is_waiting);
                let version = self.version(key, |s| s == VersionState::PendingDestruction);
                Ask::ConfirmKeyVersionDestruction { key, version }
            }
        }
    }

    pub(super) fn about_imports(&mut self) -> Ask {
        let is_external = |key: &Key| key.is_imported() && key.state != KeyState::PendingDeletion;
        let has_token = self.model.keys.iter().any(|key| key.wrapping_keys.iter().any(Option::is_some));
        match self.weighted(&[36, if has_token { 60 } else { 4 }, 10]) {
            0 => Ask::GetParametersForImport { key: self.key(is_external) },
            1 => self.import(),
            _ => {
                let key = self.key(|key| key.is_imported() && key.current > 0);
                let version = self.version(key, |_| true);
                let is_named = self.meant(key).is_none_or(Key::is_symmetric) || self.dice.percent(10);
                Ask::DeleteImportedKeyMaterial { key, version: self.maybe(40, version).filter(|_| is_named) }
            }
        }
    }

    fn import(&mut self) -> Ask {
        // A key that can be imported into, before all one that waits for it.
        let needs = self.dice.percent(50);
        let key = self.key(|key| {
            let has_token = key.wrapping_keys.iter().any(Option::is_some);
            has_token && (!needs || key.lacks_material())
        });
        let meant = self.meant(key);
        let spec = meant.map_or(KeySpec::SymmetricDefault, |key| key.spec);
        let kept: Vec<usize> =
            meant.iter().flat_map(|key| key.wrapping_keys.iter().flatten().copied()).collect();
        let known: Vec<(u8, usize)> = meant
            .iter()
            .flat_map(|key| &key.versions)
            .filter_map(|version| match version.material {
                Material::Imported { byte, len } => Some((byte, len)),
                Material::Drawn(_) => None,
            })
            .collect();
        let is_symmetric = spec == KeySpec::SymmetricDefault;
        let token = match self.dice.below(100) {
            0..85 if !kept.is_empty() => Some(self.one(&kept)),
            85..97 => self.number(self.model.tokens.len()),
            _ => None,
        };
        let is_known = !known.is_empty() && self.dice.percent(60);
        let (byte, len) = if is_known {
            self.one(&known)
        } else {
            let right = spec.material_len();
            let len = if self.dice.percent(6) { self.one(&[1, right - 1, 33]) } else { right };
            (self.dice.below(12) as u8 + 1, len)
        };
        let import_type = match self.dice.below(100) {
            0..30 => None,
            30..96 if !is_symmetric => None,
            30..85 if is_known => Some(ImportType::ExistingKeyMaterial),
            30..92 => Some(ImportType::NewKeyMaterial),
            _ => Some(ImportType::ExistingKeyMaterial),
        };
        let expires = self.one(&[
            HOUR as i64,
            DAY as i64,
            10 * DAY as i64,
            365 * DAY as i64,
            365 * DAY as i64 + 1,
            0,
            -1,
        ]);
        Ask::ImportKeyMaterial {
            key,
            token,
            byte,
            len,
            is_wrapped: !self.dice.percent(4),
            import_type,
            expires_in_ms: self.maybe(35, expires),
        }
    }

    pub(super) fn alias(&mut self) -> u8 {
        match self.dice.below(100) {
            0..4 => RESERVED_ALIAS,
            4..8 => NO_ALIAS,
            _ => self.dice.below(ALIASES) as u8,
        }
    }

    /// An alias that there is, most of the time.
    fn known_alias(&mut self) -> u8 {
        let known: Vec<u8> = self.model.aliases.keys().copied().collect();
        if known.is_empty() || self.dice.percent(25) { self.alias() } else { self.one(&known) }
    }

    pub(super) fn about_names(&mut self) -> Ask {
        let key = self.key(|key| key.state != KeyState::PendingDeletion);
        match self.weighted(&[26, 18, 10, 8, 20, 10, 8]) {
            0 => Ask::CreateAlias { alias: self.alias(), key },
            1 => Ask::UpdateAlias { alias: self.known_alias(), key },
            2 => Ask::DeleteAlias { alias: self.known_alias() },
            3 => Ask::ListAliases { key: self.maybe(50, key), limit: self.limit(100) },
            4 => {
                let is_wrong = self.dice.percent(12);
                Ask::TagResource { key, tags: self.tags(is_wrong) }
            }
            5 => {
                let name = self.one(&["team", "stage", "other", "nothing", "aws:team", ""]).to_owned();
                Ask::UntagResource { key, names: vec![name, "cost".to_owned()] }
            }
            _ => Ask::ListResourceTags { key: self.key(|_| true), limit: self.limit(50) },
        }
    }
}
