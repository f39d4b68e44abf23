//! Changing the grants of a key: the grant, the record by which its retiring principal finds it, and the event, in one
//! commit.

use zeroize::Zeroizing;

use super::commit::NewRecord;
use super::settings::SmallRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::Event;
use crate::format::grant_record::{RETIRABLE_RECORD_LEN, RetirableRecord};
use crate::format::key_record::KeyRecord;
use crate::grant::{Grant, GrantId, by_grantee, hashed_name};
use crate::key::{KeyFacts, permits};
use crate::platform::{Address, Platform};
use crate::policy::Action;
use crate::tree::{Plan, grant_address};

/// What becomes of a key's grants.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is no heap, and it is staged once a request")]
pub(crate) enum GrantChange<'a> {
    /// A new one.
    Create(Grant<'a>),
    /// One less.
    Remove(GrantId),
}

impl<P: Platform> Vault<P> {
    /// Judges the change again on what is there under the lock, and applies it.
    #[inline(never)]
    pub(super) fn apply_to_grants(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        facts: &KeyFacts,
        change: &GrantChange<'_>,
        event: &Event<'_>,
    ) -> Result<KeyFacts, Error> {
        let platform = self.platform();
        let snapshot = Snapshot::staged(platform, mounted)?;
        let names = &snapshot.keys.names;
        let owner = names.owner(&facts.key_id);
        let view = snapshot.view(platform.storage());
        let damaged = Error::Damaged(Part::Record);

        // Read: what is there now, and every node on the way.
        let mut plan = Plan::new();
        plan.start(&view)?;
        let mut put: Option<(Address, usize)> = None;
        let mut put_retirable: Option<(Address, RetirableRecord)> = None;
        match change {
            GrantChange::Create(grant) => {
                let plaintext = view.record(&names.key(&owner), scratch)?.ok_or(Error::NotFound)?;
                let record = KeyRecord::read(plaintext).map_err(|_| damaged)?;
                permits(Action::CreateGrant, &record.facts)?;
                if !grant.name.is_empty() {
                    let grantee = hashed_name(grant.grantee_principal)?;
                    let same = |other: &Grant<'_>| grant.is_same_request(other).then_some(());
                    if by_grantee(platform, &snapshot, &facts.key_id, &grantee, same)?.is_some() {
                        // The same request came from elsewhere since `execute` looked.
                        return Err(Error::Busy);
                    }
                }
                let room = scratch.len();
                let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
                let len = grant.write(body).map_err(|_| Error::Capacity)?;
                if sr1::OVERHEAD.saturating_add(len) > room {
                    return Err(Error::Capacity);
                }
                let address = grant_address(&owner, &grant.grant_id);
                plan.put(&view, &address, platform.entropy())?;
                put = Some((address, len));
                if let Some(principal) = grant.retiring_principal {
                    let address = grant_address(&names.retiring(principal), &grant.grant_id);
                    plan.put(&view, &address, platform.entropy())?;
                    let record = RetirableRecord { key_id: facts.key_id, grant_id: grant.grant_id };
                    put_retirable = Some((address, record));
                }
            }
            GrantChange::Remove(grant_id) => {
                let address = grant_address(&owner, grant_id);
                let retiring = match view.record(&address, scratch) {
                    Ok(None) => return Err(Error::NotFound),
                    Ok(Some(plaintext)) => match Grant::read(plaintext) {
                        Ok(Some(grant)) if grant.grant_id == *grant_id => {
                            grant.retiring_principal.map(|principal| names.retiring(principal))
                        }
                        Ok(_) => return Err(Error::NotFound),
                        Err(_) => None,
                    },
                    // Then nobody knows of whom it was; a listing passes over what is left.
                    Err(Error::Damaged(Part::Record)) => None,
                    Err(other) => return Err(other),
                };
                plan.remove(&view, &address)?;
                if let Some(retiring) = retiring {
                    plan.remove(&view, &grant_address(&retiring, grant_id))?;
                }
            }
        }
        let is_new = matches!(change, GrantChange::Create(_));
        let mut counted = self.count_grant(mounted, &snapshot, &mut plan, &facts.key_id, is_new)?;
        self.add_pending(mounted, event)?;

        // Write: one commit.
        let mut retirable = Zeroizing::new([0; RETIRABLE_RECORD_LEN + sr1::OVERHEAD]);
        let retirable = match put_retirable {
            Some((address, record)) => {
                let len = record.write(retirable.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
                Some(NewRecord { address, buffer: &mut *retirable, len })
            }
            None => None,
        };
        let grant = put.map(|(address, len)| NewRecord { address, buffer: scratch, len });
        let count = counted.as_mut().map(SmallRecord::as_new);
        let mut records = heapless::Vec::<NewRecord<'_>, 3>::new();
        for record in [grant, retirable, count].into_iter().flatten() {
            records.push(record).map_err(|_| Error::Bug)?;
        }
        self.land_plan(mounted, &mut plan, &mut records)?;
        Ok(*facts)
    }
}
