//! Keys and their versions.

use strongroom_core::Error;
use strongroom_core::key::{KeyFacts, KeyUsage};
use strongroom_core::operation::{
    CancelKeyDeletion, CancelKeyVersionDestruction, ConfirmKeyDeletion, ConfirmKeyVersionDestruction,
    CreateKey, CreateKeyVersion, DescribeKey, DisableKey, DisableKeyRotation, EnableKey, EnableKeyRotation,
    GetKeyPolicy, GetKeyRotationStatus, ListKeyPolicies, POLICY_NAME, PutKeyPolicy, RestoreKeyVersion,
    RevokeKeyVersion, RotateKeyOnDemand, ScheduleKeyDeletion, ScheduleKeyRotation,
    ScheduleKeyVersionDestruction, UpdateKeyDescription,
};
use strongroom_core::policy::Caller;

use super::Real;
use super::words::schedule;
use crate::model::answer::Answer;
use crate::model::step::{Ask, User};
use crate::world::caller;

impl Real<'_> {
    pub(super) fn take_on_keys(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        if let Some(facts) = self.change_key(caller, ask) {
            return Some(facts.map(|facts| Answer::Facts(self.facts(&facts))));
        }
        self.ask_of_key(caller, ask)
    }

    /// What answers facts.
    fn change_key(&mut self, caller: &Caller<'_>, ask: &Ask) -> Option<Result<KeyFacts, Error>> {
        if let Ask::CreateKey { .. } = ask {
            return Some(self.create_key(caller, ask));
        }
        let vault = &self.vault;
        Some(match ask {
            Ask::EnableKey { key } => vault.enable_key(caller, EnableKey { key_id: &self.text(*key) }),
            Ask::DisableKey { key } => vault.disable_key(caller, DisableKey { key_id: &self.text(*key) }),
            Ask::UpdateKeyDescription { key, description } => {
                let request = UpdateKeyDescription { key_id: &self.text(*key), description };
                vault.update_key_description(caller, request)
            }
            Ask::PutKeyPolicy { key, is_well_formed } => {
                let policy = if *is_well_formed { &self.policy } else { &self.policy[1..] };
                let key_id = &self.text(*key);
                let bypass_policy_lockout_safety_check = false;
                let request = PutKeyPolicy {
                    key_id,
                    policy_name: POLICY_NAME,
                    policy,
                    bypass_policy_lockout_safety_check,
                };
                vault.put_key_policy(caller, request)
            }
            Ask::ScheduleKeyDeletion { key, days } => {
                let request = ScheduleKeyDeletion { key_id: &self.text(*key), pending_window_in_days: *days };
                vault.schedule_key_deletion(caller, request)
            }
            Ask::CancelKeyDeletion { key } => {
                vault.cancel_key_deletion(caller, CancelKeyDeletion { key_id: &self.text(*key) })
            }
            Ask::RotateKeyOnDemand { key } => {
                vault.rotate_key_on_demand(caller, RotateKeyOnDemand { key_id: &self.text(*key) })
            }
            Ask::EnableKeyRotation { key, days } => {
                let request = EnableKeyRotation { key_id: &self.text(*key), rotation_period_days: *days };
                vault.enable_key_rotation(caller, request)
            }
            Ask::DisableKeyRotation { key } => {
                vault.disable_key_rotation(caller, DisableKeyRotation { key_id: &self.text(*key) })
            }
            Ask::ScheduleKeyRotation { key, days } => {
                let request = ScheduleKeyRotation { key_id: &self.text(*key), rotation_period_days: *days };
                vault.schedule_key_rotation(caller, request)
            }
            Ask::CreateKeyVersion { key } => {
                vault.create_key_version(caller, CreateKeyVersion { key_id: &self.text(*key) })
            }
            Ask::RevokeKeyVersion { key, version } => {
                let request = RevokeKeyVersion { key_id: &self.text(*key), version: *version };
                vault.revoke_key_version(caller, request)
            }
            Ask::RestoreKeyVersion { key, version } => {
                let request = RestoreKeyVersion { key_id: &self.text(*key), version: *version };
                vault.restore_key_version(caller, request)
            }
            Ask::ScheduleKeyVersionDestruction { key, version, days } => {
                let key_id = &self.text(*key);
                let (version, pending_window_in_days) = (*version, *days);
                let request = ScheduleKeyVersionDestruction { key_id, version, pending_window_in_days };
                vault.schedule_key_version_destruction(caller, request)
            }
            Ask::CancelKeyVersionDestruction { key, version } => {
                let request = CancelKeyVersionDestruction { key_id: &self.text(*key), version: *version };
                vault.cancel_key_version_destruction(caller, request)
            }
            _ => return None,
        })
    }

    fn create_key(&mut self, caller: &Caller<'_>, ask: &Ask) -> Result<KeyFacts, Error> {
        let Ask::CreateKey { spec, origin, is_usage_right, description, tags } = ask else {
            panic!("{ask:?} makes no key");
        };
        let key_usage = match (spec.usage(), is_usage_right) {
            (KeyUsage::EncryptDecrypt, true) | (KeyUsage::GenerateVerifyMac, false) => {
                KeyUsage::EncryptDecrypt
            }
            _ => KeyUsage::GenerateVerifyMac,
        };
        let tags: Vec<_> = tags.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let request = CreateKey {
            description,
            key_spec: *spec,
            key_usage,
            origin: *origin,
            tags: &tags,
            ..CreateKey::default()
        };
        let facts = self.vault.create_key(caller, request)?;
        self.keys.push(facts.key_id);
        Ok(facts)
    }

    /// What answers something else.
    fn ask_of_key(&mut self, caller: &Caller<'_>, ask: &Ask) -> Option<Result<Answer, Error>> {
        let vault = &self.vault;
        Some(match ask {
            Ask::DescribeKey { key } => {
                let mut room = [0; 8192];
                let described = vault.describe_key(caller, DescribeKey::new(&self.text(*key)), &mut room);
                described.map(|told| Answer::Described(self.facts(&told.facts), told.description.to_owned()))
            }
            Ask::GetKeyPolicy { key } => {
                let key_id = &self.text(*key);
                vault
                    .get_key_policy(caller, GetKeyPolicy::new(key_id), &mut vec![0; 32_768])
                    .map(|_| Answer::Done)
            }
            Ask::ListKeyPolicies { key } => {
                let request = ListKeyPolicies { key_id: &self.text(*key), limit: 100 };
                vault.list_key_policies(caller, request).map(|_| Answer::Done)
            }
            Ask::GetKeyRotationStatus { key } => {
                let request = GetKeyRotationStatus { key_id: &self.text(*key) };
                let status = vault.get_key_rotation_status(caller, request);
                status.map(|status| Answer::Schedule(status.rotation.map(schedule)))
            }
            Ask::ConfirmKeyDeletion { key } => {
                let request = ConfirmKeyDeletion { key_id: &self.text(*key) };
                vault.confirm_key_deletion(caller, request).map(|_| Answer::Done)
            }
            Ask::ConfirmKeyVersionDestruction { key, version } => {
                let request = ConfirmKeyVersionDestruction { key_id: &self.text(*key), version: *version };
                vault.confirm_key_version_destruction(caller, request).map(|_| Answer::Done)
            }
            _ => return None,
        })
    }
}
