//! Changing access keys: the record and the event, in one commit.

use heapless::Vec;
use zeroize::Zeroizing;

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::access_key::{AccessKeyDraft, AccessKeyId, bucket_of};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::access_key_record::{ACCESS_KEY_RECORD_LEN, AccessKeyRecord};
use crate::format::audit_entry::Event;
use crate::format::caller_record;
use crate::limits::ACCESS_KEYS_MAX;
use crate::operation::AccessKeyFacts;
use crate::platform::Platform;
use crate::policy::Principal;
use crate::tree::{Plan, View, within};

/// What becomes of an access key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AccessKeyChange<'a> {
    /// A new one of this caller.
    Create(&'a str, &'a AccessKeyDraft),
    /// It can be used, or cannot.
    SetActive(&'a str, AccessKeyId, bool),
    /// Gone.
    Remove(&'a str, AccessKeyId),
}

/// Room for an access key's record, sealed.
pub(crate) type AccessKeyBuffer = Zeroizing<[u8; ACCESS_KEY_RECORD_LEN + sr1::OVERHEAD]>;

pub(crate) fn access_key_buffer() -> AccessKeyBuffer {
    Zeroizing::new([0; ACCESS_KEY_RECORD_LEN + sr1::OVERHEAD])
}

/// Lends the record of an access key; `None` if there is none of this id.
pub(crate) fn lend_access_key<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    id: &AccessKeyId,
    read: impl FnOnce(&AccessKeyRecord<'_>) -> Result<R, Error>,
) -> Result<Option<R>, Error> {
    let mut buffer = access_key_buffer();
    let view = snapshot.view(platform.storage());
    let address = snapshot.keys.names.access_key(id);
    let Some(plaintext) = view.record(&address, &mut *buffer)? else { return Ok(None) };
    match AccessKeyRecord::read(plaintext) {
        Ok(record) if record.id == *id => read(&record).map(Some),
        Ok(_) | Err(_) => Err(Error::Damaged(Part::Record)),
    }
}

/// The access keys of a caller.
pub(crate) fn access_keys_of<P: Platform>(
    view: &View<'_, P::Primitives, P::Storage>,
    snapshot: &Snapshot<P::Primitives>,
    caller: &str,
) -> Result<Vec<AccessKeyFacts, ACCESS_KEYS_MAX>, Error> {
    let owner = snapshot.keys.names.access_keys(bucket_of::<P::Primitives>(caller));
    let mut found = Vec::new();
    let mut after = within(&owner, &[]);
    let mut buffer = access_key_buffer();
    while let Some(next) = view.next_record_of(&owner, &after)? {
        after = next;
        let damaged = Error::Damaged(Part::Record);
        let plaintext = view.record(&next, &mut *buffer)?.ok_or(damaged)?;
        let AccessKeyRecord { id, created_ms, is_active, caller: of, .. } =
            AccessKeyRecord::read(plaintext).map_err(|_| damaged)?;
        if of == caller {
            found.push(AccessKeyFacts { id, created_ms, is_active }).map_err(|_| damaged)?;
        }
    }
    Ok(found)
}

impl<P: Platform> Vault<P> {
    /// Judges the change again on what is there under the lock, and applies it.
    #[inline(never)]
    pub(super) fn apply_to_access_keys(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &AccessKeyChange<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let view = snapshot.view(platform.storage());
        let names = &snapshot.keys.names;
        let mut buffer = access_key_buffer();
        let mut plan = Plan::new();
        plan.start(&view)?;
        let written = match *change {
            AccessKeyChange::Create(caller, draft) => {
                self.check_user(&view, &snapshot, caller, scratch)?;
                if access_keys_of::<P>(&view, &snapshot, caller)?.is_full() {
                    return Err(Error::LimitExceeded);
                }
                let address = names.access_key(&draft.id);
                if view.holds(&address)? {
                    // Another draft has another id.
                    return Err(Error::Busy);
                }
                let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                let len = draft.secret.expose(|secret| {
                    let (id, created_ms, is_active) = (draft.id, event.time_ms, true);
                    AccessKeyRecord { id, created_ms, is_active, secret, caller }.write(body)
                })?;
                Some((address, len))
            }
            AccessKeyChange::SetActive(caller, id, is_active) => {
                let address = names.access_key(&id);
                let mut found = access_key_buffer();
                let plaintext = view.record(&address, &mut *found)?.ok_or(Error::NotFound)?;
                let record = AccessKeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                if record.id != id || record.caller != caller {
                    return Err(Error::NotFound);
                }
                let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                Some((address, AccessKeyRecord { is_active, ..record }.write(body)?))
            }
            AccessKeyChange::Remove(caller, id) => {
                let is_of = lend_access_key(platform, &snapshot, &id, |record| Ok(record.caller == caller));
                match is_of {
                    // A record that is damaged can be taken out all the same.
                    Ok(Some(true)) | Err(Error::Damaged(Part::Record)) => {}
                    Ok(Some(false) | None) => return Err(Error::NotFound),
                    Err(other) => return Err(other),
                }
                plan.remove(&view, &names.access_key(&id))?;
                None
            }
        };
        if let Some((address, _)) = &written {
            plan.put(&view, address, platform.entropy())?;
        }
        let record = written.map(|(address, len)| NewRecord { address, buffer: &mut *buffer, len });
        self.land_callers(mounted, &mut plan, record, event)?;
        match change {
            AccessKeyChange::Create(..) => Ok(()),
            // Whoever was established by a key that cannot be used any more is not believed any more.
            AccessKeyChange::SetActive(..) | AccessKeyChange::Remove(..) => self.outdate_callers(mounted),
        }
    }

    /// Only users have access keys.
    fn check_user(
        &self,
        view: &View<'_, P::Primitives, P::Storage>,
        snapshot: &Snapshot<P::Primitives>,
        name: &str,
        scratch: &mut [u8],
    ) -> Result<(), Error> {
        let address = snapshot.keys.names.caller(name);
        let plaintext = view.record(&address, scratch)?.ok_or(Error::NotFound)?;
        let stored = caller_record::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
        let is_user = Principal::parse(stored.principal)?.user_name().is_some();
        if is_user && stored.name == name { Ok(()) } else { Err(Error::InvalidCaller) }
    }
}
