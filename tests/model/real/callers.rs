//! Callers that the vault keeps, and how much versions were used.

use strongroom_core::Error;
use strongroom_core::operation::{
    DeleteCaller, DescribeCaller, GetKeyLastUsage, ListCallers, PutCaller, RetireCheck,
};

use super::Real;
use crate::model::answer::{Answer, Usage};
use crate::model::step::{Ask, User, caller_text};
use crate::world::caller;

impl Real<'_> {
    pub(super) fn take_on_callers(&mut self, by: User, ask: &Ask) -> Option<Result<Answer, Error>> {
        let caller = &caller(by.principal());
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
            Ask::GetKeyLastUsage { key } => {
                let request = GetKeyLastUsage { key_id: &self.text(*key) };
                vault.get_key_last_usage(caller, request).map(|_| Answer::Done)
            }
            Ask::RetireCheck { key, version, within_days } => {
                let key_id = &self.text(*key);
                let request = RetireCheck { key_id, version: *version, within_days: *within_days };
                vault.retire_check(caller, request).map(|usage| {
                    Answer::Usage(Usage {
                        is_tracked: usage.is_tracked,
                        sealings: [usage.sealings_at_least, usage.sealings_at_most],
                        openings: [usage.openings_at_least, usage.openings_at_most],
                        is_in_use: usage.is_in_use,
                    })
                })
            }
            _ => return None,
        })
    }
}
