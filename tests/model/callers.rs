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
        self.callers.insert(name, StoredCaller { user, written_ms: self.times.wall_ms });
        Ok(Answer::Done)
    }

    pub fn describe_caller(&self, by: User, name: u8) -> Outcome {
        check(name != NO_CALLER)?;
        only_root(by)?;
        let StoredCaller { user, written_ms } = self.callers.get(&name).ok_or(NOT_FOUND)?;
        Ok(Answer::Caller { principal: user.principal(), written_ms: Some(*written_ms) })
    }

    pub fn delete_caller(&mut self, by: User, name: u8) -> Outcome {
        check(name != NO_CALLER)?;
        only_root(by)?;
        self.callers.remove(&name).map(|_| Answer::Done).ok_or(NOT_FOUND)
    }

    pub fn list_callers(&self, by: User, limit: usize) -> Outcome {
        check((1..=1000).contains(&limit))?;
        only_root(by)?;
        Ok(Answer::Names(self.callers.keys().map(|name| caller_text(*name)).collect()))
    }
}
