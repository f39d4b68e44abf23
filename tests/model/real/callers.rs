//! Callers that the vault keeps, and how much versions were used.

use strongroom_core::access_key::AccessKeyId;
use strongroom_core::operation::{
    CreateAccessKey, DeleteAccessKey, DeleteCaller, DescribeCaller, GetKeyLastUsage, ListAccessKeys,
    ListCallers, PutCaller, PutUsageBudget, RetireCheck, UpdateAccessKey,
};
use strongroom_core::{Error, Secret};

use super::Real;
use crate::model::answer::{Answer, Usage};
use crate::model::step::{Ask, User, caller_text};
use crate::world::{caller, root};

impl Real<'_> {
    pub(super) fn take_on_callers(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
        let access_key_id = self.found_access_key(ask);
        let vault = &self.vault;
        Some(match ask {
            Ask::PutCaller { name, user } => {
                let (name, principal) = (&caller_text(*name), user.principal());
                let request = PutCaller { name, principal, tags: &[], identity_policies: &[] };
                vault.put_caller(caller, request).map(|()| Answer::Done)
            }
            Ask::DescribeCaller { name } => {
                let mut room = vec![0; 32_768];
                let request = DescribeCaller { name: &caller_text(*name) };
                vault.describe_caller(caller, request, &mut room).map(|stored| {
                    assert_eq!(stored.name, caller_text(*name));
                    let users = [User::Ann, User::Bob].map(User::principal);
                    let found = users.into_iter().find(|user| *user == stored.principal);
                    Answer::Caller { principal: found.unwrap_or("nobody"), written_ms: stored.written_ms }
                })
            }
            Ask::DeleteCaller { name } => {
                let request = DeleteCaller { name: &caller_text(*name) };
                vault.delete_caller(caller, request).map(|()| Answer::Done)
            }
            Ask::ListCallers { limit } => {
                let mut room = vec![0; 8192];
                let listed = super::lists::all_pages(|marker| {
                    let request = ListCallers { limit: *limit, marker };
                    let listed = vault.list_callers(caller, request, &mut room)?;
                    Ok((listed.names().map(str::to_owned).collect(), listed.next_marker))
                });
                listed.map(|mut names: Vec<String>| {
                    names.sort();
                    Answer::Names(names)
                })
            }
            Ask::CreateAccessKey { name } => {
                let request = CreateAccessKey { caller: &caller_text(*name) };
                vault.create_access_key(caller, request, &mut Secret::zeroed()).map(|_| Answer::Done)
            }
            Ask::DisableAccessKey { name } => {
                let request =
                    UpdateAccessKey { caller: &caller_text(*name), access_key_id, is_active: false };
                vault.update_access_key(caller, request).map(|()| Answer::Done)
            }
            Ask::DeleteAccessKey { name } => {
                let request = DeleteAccessKey { caller: &caller_text(*name), access_key_id };
                vault.delete_access_key(caller, request).map(|()| Answer::Done)
            }
            Ask::ListAccessKeys { name } => {
                let request = ListAccessKeys { caller: &caller_text(*name) };
                vault.list_access_keys(caller, request).map(|listed| {
                    let active = listed.iter().filter(|facts| facts.is_active).count();
                    Answer::AccessKeys { active, inactive: listed.len() - active }
                })
            }
            Ask::GetKeyLastUsage { key } => {
                let request = GetKeyLastUsage { key_id: &self.text(*key) };
                vault.get_key_last_usage(caller, request).map(|usage| Answer::Budget(usage.budget))
            }
            Ask::RetireCheck { key, version, within_days } => {
                let key_id = &self.text(*key);
                let request = RetireCheck { key_id, version: *version, within_days: *within_days };
                vault.retire_check(caller, request).map(|usage| {
                    Answer::Usage(Usage {
                        is_tracked: usage.is_tracked,
                        sealings: [usage.sealings_at_least, usage.sealings_at_most],
                        openings: [usage.openings_at_least, usage.openings_at_most],
                        bounded_sealings: 0,
                        is_in_use: usage.is_in_use,
                    })
                })
            }
            Ask::PutUsageBudget { key, budget } => {
                let request = PutUsageBudget { key_id: &self.text(*key), budget: *budget };
                vault.put_usage_budget(caller, request).map(|()| Answer::Done)
            }
            _ => return None,
        })
    }

    /// Finds out which access key the step is about: the caller's first that is active, or else one that is not, if that
    /// will do. Whoever makes something fail has it found before, so that the step itself fails.
    pub fn find_access_key(&mut self, ask: &Ask) {
        let (name, must_be_active) = match ask {
            Ask::DisableAccessKey { name } => (*name, true),
            Ask::DeleteAccessKey { name } => (*name, false),
            _ => return,
        };
        let request = ListAccessKeys { caller: &caller_text(name) };
        let listed = self.vault.list_access_keys(&root(), request).unwrap_or_default();
        let active = listed.iter().find(|facts| facts.is_active);
        self.access_key = active.or(listed.first().filter(|_| !must_be_active)).map(|facts| facts.id);
    }

    /// The access key that was found, or nobody's.
    fn found_access_key(&mut self, ask: &Ask) -> AccessKeyId {
        if self.access_key.is_none() {
            self.find_access_key(ask);
        }
        self.access_key.take().unwrap_or(AccessKeyId::parse("AKIAQAAAAAAAAAAAAAAA").unwrap())
    }
}
