//! Grants: who may use a key besides root.

use strongroom_core::policy::Action;

use super::answer::{Answer, Outcome};
use super::may::{
    ACCESS_DENIED, Asked, Code, NOT_FOUND, check, check_name, check_quota, check_state, only_root,
};
use super::state::{Grant, Key, Model};
use super::step::{GrantName, KeyName, NewGrant, User};

const INVALID_TOKEN: Code = "InvalidGrantTokenException";
const LIST_LIMIT_MAX: usize = 100;

/// For keys that encrypt, for keys that make MACs, and for both.
const OF_SYMMETRIC: [Action; 6] = [
    Action::Encrypt,
    Action::Decrypt,
    Action::GenerateDataKey,
    Action::GenerateDataKeyWithoutPlaintext,
    Action::ReEncryptFrom,
    Action::ReEncryptTo,
];
const OF_MACS: [Action; 2] = [Action::GenerateMac, Action::VerifyMac];
const OF_ALL: [Action; 3] = [Action::DescribeKey, Action::CreateGrant, Action::RetireGrant];

fn fits(operation: Action, key: &Key) -> bool {
    let own = if key.is_symmetric() { &OF_SYMMETRIC[..] } else { &OF_MACS };
    own.contains(&operation) || OF_ALL.contains(&operation)
}

fn check_id(grant: GrantName) -> Result<(), Code> {
    if grant == GrantName::Malformed { Err("InvalidGrantIdException") } else { Ok(()) }
}

impl Model {
    pub fn create_grant(&mut self, by: User, name: KeyName, grant: &NewGrant) -> Outcome {
        let can_be_granted =
            |operation: &Action| [&OF_SYMMETRIC[..], &OF_MACS, &OF_ALL].concat().contains(operation);
        check(!grant.operations.is_empty() && grant.operations.iter().all(can_be_granted))?;
        let asked = Asked { made: Some(grant), ..Asked::of(by, Action::CreateGrant) };
        let key = self.enter(asked, name)?;
        check_state("CreateGrant", &self.keys[key])?;
        check(grant.operations.iter().all(|operation| fits(*operation, &self.keys[key])))?;
        check(grant.constraint.is_none() || self.keys[key].is_symmetric())?;
        let is_same = |other: &Grant| other.is_live_on(key) && grant.name.is_some() && other.what == *grant;
        if let Some(found) = self.grants.iter().position(is_same) {
            return Ok(Answer::Grant(found));
        }
        let count = self.grants.iter().filter(|grant| grant.is_live_on(key)).count();
        check_quota(self.quotas.grants_per_key, count)?;
        self.grants.push(Grant { key, is_gone: false, what: grant.clone() });
        Ok(Answer::Grant(self.grants.len() - 1))
    }

    /// The grant with this id, if the key has it.
    fn grant_of(&self, key: usize, grant: GrantName) -> Option<usize> {
        match grant {
            GrantName::Made(grant) if self.grants[grant].is_live_on(key) => Some(grant),
            _ => None,
        }
    }

    pub fn revoke_grant(&mut self, by: User, name: KeyName, grant: GrantName) -> Outcome {
        check_name(name)?;
        check_id(grant)?;
        let key = self.manage(by, name, "RevokeGrant")?;
        let grant = self.grant_of(key, grant).ok_or(NOT_FOUND)?;
        self.grants[grant].is_gone = true;
        Ok(Answer::Done)
    }

    /// For its retiring principal, a grantee who may, and the account that made it.
    fn may_retire(&self, by: User, grant: usize) -> bool {
        let what = &self.grants[grant].what;
        let is_grantee = what.grantee == by && what.operations.contains(&Action::RetireGrant);
        by == User::Root || what.retiring == Some(by) || is_grantee
    }

    pub fn retire_grant(&mut self, by: User, name: KeyName, grant: GrantName) -> Outcome {
        check_name(name)?;
        check_id(grant)?;
        let missing = if by == User::Root { NOT_FOUND } else { ACCESS_DENIED };
        let key = self.find(Asked::of(User::Root, Action::RetireGrant), name).map_err(|_| missing)?;
        let grant = self.grant_of(key, grant).ok_or(missing)?;
        self.end_grant(by, key, grant)
    }

    pub fn retire_grant_by_token(&mut self, by: User, grant: GrantName) -> Outcome {
        let GrantName::Made(grant) = grant else { return Err(INVALID_TOKEN) };
        let key = self.grants[grant].key;
        if self.keys[key].is_gone {
            return Err(if by == User::Root { NOT_FOUND } else { ACCESS_DENIED });
        }
        if self.grants[grant].is_gone {
            return Err(INVALID_TOKEN);
        }
        self.end_grant(by, key, grant)
    }

    fn end_grant(&mut self, by: User, key: usize, grant: usize) -> Outcome {
        if !self.may_retire(by, grant) {
            return Err(ACCESS_DENIED);
        }
        self.settle(key);
        self.grants[grant].is_gone = true;
        Ok(Answer::Done)
    }

    pub fn list_grants(&mut self, by: User, name: KeyName, limit: usize) -> Outcome {
        check((1..=LIST_LIMIT_MAX).contains(&limit))?;
        let key = self.manage(by, name, "ListGrants")?;
        Ok(Answer::Grants(self.listed(|grant| grant.is_live_on(key))))
    }

    pub fn list_retirable_grants(&mut self, by: User, retiring: User, limit: usize) -> Outcome {
        check((1..=LIST_LIMIT_MAX).contains(&limit))?;
        only_root(by)?;
        Ok(Answer::Grants(self.listed(|grant| !grant.is_gone && grant.what.retiring == Some(retiring))))
    }

    fn listed(&self, is_listed: impl Fn(&Grant) -> bool) -> Vec<usize> {
        (0..self.grants.len()).filter(|grant| is_listed(&self.grants[*grant])).collect()
    }
}
