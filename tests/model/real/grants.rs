//! Grants.

use strongroom_core::Error;
use strongroom_core::grant::{GrantId, GrantToken};
use strongroom_core::operation::{
    CreateGrant, GrantConstraints, ListGrants, ListRetirableGrants, RetireGrant, RetiredGrant, RevokeGrant,
};
use strongroom_core::policy::Caller;

use super::Real;
use crate::model::answer::Answer;
use crate::model::step::{Ask, CONTEXTS, Constraint, GrantName, KeyName, NewGrant, User};
use crate::world::caller;

const ROOM: usize = 40_000;

impl Real<'_> {
    pub(super) fn take_on_grants(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        Some(match ask {
            Ask::CreateGrant { key, grant, is_dry_run } => {
                // The id of a grant is as long as a key.
                self.world.entropy.set_public(true);
                let made = self.create_grant(caller, *key, grant, *is_dry_run);
                self.world.entropy.set_public(false);
                made
            }
            Ask::RevokeGrant { key, grant, is_dry_run } => {
                let (key_id, grant_id) = (&self.text(*key), &self.grant_text(*grant));
                let request = RevokeGrant { key_id, grant_id, dry_run: *is_dry_run };
                self.vault.revoke_grant(caller, request).map(|()| Answer::Done)
            }
            Ask::RetireGrant { key, grant, is_dry_run } => {
                let (key_id, grant_id) = (&self.text(*key), &self.grant_text(*grant));
                let grant = RetiredGrant::Id { key_id, grant_id };
                let request = RetireGrant { grant, dry_run: *is_dry_run };
                self.vault.retire_grant(caller, request).map(|()| Answer::Done)
            }
            Ask::RetireGrantByToken { grant, is_dry_run } => self.grant_token(*grant).and_then(|token| {
                let request = RetireGrant { grant: RetiredGrant::Token(&token), dry_run: *is_dry_run };
                self.vault.retire_grant(caller, request).map(|()| Answer::Done)
            }),
            Ask::ListGrants { key, limit } => self.list_grants(caller, *key, *limit),
            Ask::ListRetirableGrants { retiring, limit } => self.list_retirable(caller, *retiring, *limit),
            _ => return None,
        })
    }

    fn grant_text(&self, grant: GrantName) -> String {
        match grant {
            GrantName::Made(grant) => self.grants[grant].0.to_string(),
            GrantName::Unknown => "0".repeat(64),
            GrantName::Malformed => "no grant".to_owned(),
        }
    }

    /// A token, if it looks like one.
    pub(super) fn grant_token(&self, grant: GrantName) -> Result<GrantToken, Error> {
        match grant {
            GrantName::Made(grant) => Ok(self.grants[grant].1),
            GrantName::Unknown => GrantToken::from_bytes(&[7; 64]),
            GrantName::Malformed => GrantToken::from_bytes(&[7; 63]),
        }
    }

    fn create_grant(
        &mut self,
        caller: &Caller<'_>,
        key: KeyName,
        grant: &NewGrant,
        dry_run: bool,
    ) -> Result<Answer, Error> {
        let constraints = grant.constraint.map(|constraint| match constraint {
            Constraint::Subset(context) => GrantConstraints::EncryptionContextSubset(CONTEXTS[context]),
            Constraint::Equals(context) => GrantConstraints::EncryptionContextEquals(CONTEXTS[context]),
        });
        let name = grant.name.map(|name| format!("grant-{name}"));
        let request = CreateGrant {
            key_id: &self.text(key),
            grantee_principal: grant.grantee.principal(),
            retiring_principal: grant.retiring.map(User::principal),
            operations: &grant.operations,
            constraints,
            name: name.as_deref(),
            grant_tokens: &[],
            dry_run,
        };
        let made = self.vault.create_grant(caller, request)?;
        let found = self.grants.iter().position(|(grant_id, _)| *grant_id == made.grant_id);
        Ok(Answer::Grant(found.unwrap_or_else(|| {
            self.grants.push((made.grant_id, made.grant_token));
            self.grants.len() - 1
        })))
    }

    /// Takes back the grants of a key that were made although nobody was told; answers how many.
    pub fn revoke_unknown_grants(&self, key: KeyName) -> Result<usize, Error> {
        let (key_id, root) = (&self.text(key), &caller(User::Root.principal()));
        let mut room = vec![0; ROOM];
        let unknown: Vec<GrantId> = super::lists::all_pages(|marker| {
            let request = ListGrants { key_id, grant_id: None, grantee_principal: None, limit: 100, marker };
            let listed = self.vault.list_grants(root, request, &mut room)?;
            let is_unknown = |id: &GrantId| !self.grants.iter().any(|(known, _)| known == id);
            Ok((listed.iter().map(|grant| grant.grant_id).filter(is_unknown).collect(), listed.next_marker))
        })?;
        for grant in &unknown {
            let request = RevokeGrant { key_id, grant_id: &grant.to_string(), dry_run: false };
            self.vault.revoke_grant(root, request)?;
        }
        Ok(unknown.len())
    }

    fn numbers(&self, listed: impl Iterator<Item = GrantId>) -> Vec<usize> {
        let number = |grant_id| self.grants.iter().position(|(known, _)| *known == grant_id);
        listed.map(|grant_id| number(grant_id).expect("a grant that nobody made")).collect()
    }

    fn list_grants(&self, caller: &Caller<'_>, key: KeyName, limit: usize) -> Result<Answer, Error> {
        let key_id = &self.text(key);
        let mut room = vec![0; ROOM];
        let mut listed = super::lists::all_pages(|marker| {
            let request = ListGrants { key_id, grant_id: None, grantee_principal: None, limit, marker };
            let listed = self.vault.list_grants(caller, request, &mut room)?;
            Ok((self.numbers(listed.iter().map(|grant| grant.grant_id)), listed.next_marker))
        })?;
        listed.sort_unstable();
        Ok(Answer::Grants(listed))
    }

    fn list_retirable(&self, caller: &Caller<'_>, retiring: User, limit: usize) -> Result<Answer, Error> {
        let retiring_principal = retiring.principal();
        let mut room = vec![0; ROOM];
        let mut listed = super::lists::all_pages(|marker| {
            let request = ListRetirableGrants { retiring_principal, limit, marker };
            let listed = self.vault.list_retirable_grants(caller, request, &mut room)?;
            Ok((self.numbers(listed.iter().map(|grant| grant.grant_id)), listed.next_marker))
        })?;
        listed.sort_unstable();
        Ok(Answer::Grants(listed))
    }
}
