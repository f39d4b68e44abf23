//! Callers that the vault keeps.

use super::answer::{Answer, Outcome};
use super::may::{NOT_FOUND, VALIDATION, check, only_root};
use super::state::{Model, StoredCaller};
use super::step::{NO_CALLER, User, caller_text};

impl Model {
    /// Root is nobody to be kept.
    pub fn put_caller(&mut self, by: User, name: u8, user: User) -> Outcome {
        check(name != NO_CALLER)?;
        only_root(by)?;
        if user == User::Root {
            return Err(VALIDATION);
        }
        let access_keys = self.callers.get(&name).map_or([0, 0], |kept| kept.access_keys);
        self.callers.insert(name, StoredCaller { user, written_ms: self.times.wall_ms, access_keys });
        Ok(Answer::Done)
    }

    pub fn describe_caller(&self, by: User, name: u8) -> Outcome {
        check(name != NO_CALLER)?;
        only_root(by)?;
        let StoredCaller { user, written_ms, .. } = self.callers.get(&name).ok_or(NOT_FOUND)?;
        Ok(Answer::Caller { principal: user.principal(), written_ms: Some(*written_ms) })
    }

    pub fn delete_caller(&mut self, by: User, name: u8) -> Outcome {
        check(name != NO_CALLER)?;
        only_root(by)?;
        if self.callers.get(&name).ok_or(NOT_FOUND)?.access_keys != [0, 0] {
            return Err("DeleteConflictException");
        }
        self.callers.remove(&name).map(|_| Answer::Done).ok_or(NOT_FOUND)
    }

    /// Two at most.
    pub fn create_access_key(&mut self, by: User, name: u8) -> Outcome {
        let [active, inactive] = self.access_keys(by, name)?;
        if *active + *inactive == 2 {
            return Err("LimitExceededException");
        }
        *active += 1;
        Ok(Answer::Done)
    }

    pub fn disable_access_key(&mut self, by: User, name: u8) -> Outcome {
        let [active, inactive] = self.access_keys(by, name)?;
        *active = active.checked_sub(1).ok_or(NOT_FOUND)?;
        *inactive += 1;
        Ok(Answer::Done)
    }

    pub fn delete_access_key(&mut self, by: User, name: u8) -> Outcome {
        let [active, inactive] = self.access_keys(by, name)?;
        let of = if *active > 0 { active } else { inactive };
        *of = of.checked_sub(1).ok_or(NOT_FOUND)?;
        Ok(Answer::Done)
    }

    /// Whom nobody keeps has none.
    pub fn list_access_keys(&mut self, by: User, name: u8) -> Outcome {
        match self.access_keys(by, name) {
            Ok([active, inactive]) => Ok(Answer::AccessKeys { active: *active, inactive: *inactive }),
            Err(NOT_FOUND) => Ok(Answer::AccessKeys { active: 0, inactive: 0 }),
            Err(other) => Err(other),
        }
    }

    fn access_keys(&mut self, by: User, name: u8) -> Result<&mut [usize; 2], &'static str> {
        check(name != NO_CALLER)?;
        only_root(by)?;
        Ok(&mut self.callers.get_mut(&name).ok_or(NOT_FOUND)?.access_keys)
    }

    pub fn list_callers(&self, by: User, limit: usize) -> Outcome {
        check((1..=1000).contains(&limit))?;
        only_root(by)?;
        Ok(Answer::Names(self.callers.keys().map(|name| caller_text(*name)).collect()))
    }
}
