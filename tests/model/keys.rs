//! Keys: made, described, switched on and off, on their way out and back.

use strongroom_core::key::{KeyOrigin, KeySpec, KeyState, VersionCause};
use strongroom_core::policy::Action;

use super::answer::{Answer, Outcome};
use super::may::{Asked, Code, INVALID_STATE, check, check_name, check_quota, check_state, only_root};
use super::names::check_tags;
use super::state::{Key, Model};
use super::step::{KeyName, User};

const DESCRIPTION_LEN_MAX: usize = 8192;
const LIST_LIMIT_MAX: usize = 1000;

impl Model {
    /// The key that somebody may manage, if its state lets him. What no grant confers is root's alone.
    pub fn manage(&mut self, by: User, name: KeyName, operation: &str) -> Result<usize, Code> {
        let key = self.enter(Asked::of(by, Action::EnableKey), name)?;
        check_state(operation, &self.keys[key])?;
        Ok(key)
    }

    pub fn told(&self, key: usize) -> Outcome {
        Ok(Answer::Facts(self.facts(key)))
    }

    pub fn create_key(
        &mut self,
        by: User,
        spec: KeySpec,
        origin: KeyOrigin,
        is_usage_right: bool,
        description: &str,
        tags: &[(String, String)],
    ) -> Outcome {
        check(description.len() <= DESCRIPTION_LEN_MAX)?;
        check_tags(tags)?;
        check(is_usage_right)?;
        only_root(by)?;
        check_quota(self.quotas.keys, self.live_keys().len())?;
        if let Some(count) = tags.len().checked_sub(1) {
            check_quota(self.quotas.tags_per_key, count)?;
        }
        let (number, now_ms) = (self.keys.len(), self.times.wall_ms);
        let mut key = Key {
            is_gone: false,
            spec,
            origin,
            state: KeyState::PendingImport,
            created_ms: now_ms,
            description: description.to_owned(),
            tags: tags.iter().cloned().collect(),
            versions: Vec::new(),
            current: 0,
            on_demand_rotations: 0,
            rotation: None,
            rotates_from_observed_ms: 0,
            deletion: None,
            budget: None,
            wrapping_keys: [None; 4],
        };
        if origin == KeyOrigin::AwsKms {
            key.state = KeyState::Enabled;
            key.draw_version(number, VersionCause::First, now_ms);
        }
        self.keys.push(key);
        self.told(number)
    }

    pub fn describe_key(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.enter(Asked::of(by, Action::DescribeKey), name)?;
        Ok(Answer::Described(self.facts(key), self.keys[key].description.clone()))
    }

    pub fn list_keys(&self, by: User, limit: usize) -> Outcome {
        check((1..=LIST_LIMIT_MAX).contains(&limit))?;
        only_root(by)?;
        Ok(Answer::Keys(self.live_keys()))
    }

    pub fn enable_key(&mut self, by: User, name: KeyName) -> Outcome {
        let number = self.manage(by, name, "EnableKey")?;
        let key = &mut self.keys[number];
        key.state = if key.lacks_material() { KeyState::PendingImport } else { KeyState::Enabled };
        self.told(number)
    }

    pub fn disable_key(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.manage(by, name, "DisableKey")?;
        self.keys[key].state = KeyState::Disabled;
        self.told(key)
    }

    pub fn describe_anew(&mut self, by: User, name: KeyName, description: &str) -> Outcome {
        check(description.len() <= DESCRIPTION_LEN_MAX)?;
        let key = self.manage(by, name, "UpdateKeyDescription")?;
        self.keys[key].description = description.to_owned();
        self.told(key)
    }

    /// Every policy here lets the account do everything.
    pub fn put_key_policy(&mut self, by: User, name: KeyName, is_well_formed: bool) -> Outcome {
        check_name(name)?;
        if !is_well_formed {
            return Err("MalformedPolicyDocumentException");
        }
        let key = self.manage(by, name, "PutKeyPolicy")?;
        self.told(key)
    }

    pub fn schedule_key_deletion(&mut self, by: User, name: KeyName, days: u16) -> Outcome {
        check((7..=30).contains(&days))?;
        let number = self.manage(by, name, "ScheduleKeyDeletion")?;
        let key = &mut self.keys[number];
        key.state = KeyState::PendingDeletion;
        key.deletion = Some(self.times.deletion_in(days));
        self.told(number)
    }

    pub fn cancel_key_deletion(&mut self, by: User, name: KeyName) -> Outcome {
        let number = self.manage(by, name, "CancelKeyDeletion")?;
        let key = &mut self.keys[number];
        key.state = if key.lacks_material() { KeyState::PendingImport } else { KeyState::Disabled };
        key.deletion = None;
        self.told(number)
    }

    /// Where it could be called off, and is due.
    pub fn confirm_key_deletion(&mut self, by: User, name: KeyName) -> Outcome {
        let key = self.manage(by, name, "CancelKeyDeletion")?;
        if !self.keys[key].deletion.is_some_and(|deletion| deletion.is_due(&self.times)) {
            return Err(INVALID_STATE);
        }
        self.destroy(key);
        Ok(Answer::Done)
    }
}
