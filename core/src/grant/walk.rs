//! Finding grants in the tree: by id, by grantee, by key, by retiring principal.

use core::ops::ControlFlow;

use zeroize::Zeroizing;

use super::{Grant, GrantId};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::grant_record::{GRANT_RECORD_LEN_MAX, RetirableRecord};
use crate::key::KeyId;
use crate::platform::{Address, Platform};
use crate::tree::{grant_address, within};
use crate::vault::Snapshot;

/// Room for a sealed grant record.
const ROOM: usize = GRANT_RECORD_LEN_MAX + sr1::OVERHEAD;
const DAMAGED: Error = Error::Damaged(Part::Record);

/// Which grants a walk visits.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Around<'a> {
    /// Those of a key.
    Key(&'a KeyId),
    /// Those of a key for one grantee, by [`super::hashed_name`]; a few others may be among them.
    Grantee(&'a KeyId, &'a str),
    /// Those with this retiring principal, of all keys.
    Retiring(&'a str),
}

/// Lends the grant with this id; `None` if the key has no such grant.
pub(crate) fn find<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
    grant_id: &GrantId,
    read: impl FnOnce(&Grant<'_>) -> R,
) -> Result<Option<R>, Error> {
    let address = grant_address(&snapshot.keys.names.owner(key_id), grant_id);
    let mut buffer = Zeroizing::new([0; ROOM]);
    let view = snapshot.view(platform.storage());
    let Some(plaintext) = view.record(&address, &mut *buffer)? else { return Ok(None) };
    let grant = Grant::read(plaintext).map_err(|_| DAMAGED)?.filter(|grant| grant.key_id == *key_id);
    // The address has fewer bytes than the id.
    Ok(grant.filter(|grant| grant.grant_id == *grant_id).map(|grant| read(&grant)))
}

/// Visits grants in the order of their addresses, behind the one at `after` or from the first, until `visit` breaks.
///
/// A record that cannot be read is passed over; if nothing breaks, it is the answer in the end.
pub(crate) fn walk<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    around: Around<'_>,
    after: Option<&[u8; 15]>,
    mut visit: impl FnMut(&Grant<'_>) -> Result<ControlFlow<R>, Error>,
) -> Result<Option<R>, Error> {
    let names = &snapshot.keys.names;
    let (owner, prefix) = match around {
        Around::Key(key_id) => (names.owner(key_id), None),
        Around::Grantee(key_id, grantee) => {
            let owner = names.owner(key_id);
            (owner, Some(names.grantee(&owner, grantee)))
        }
        Around::Retiring(principal) => (names.retiring(principal), None),
    };
    let key_record = names.key(&owner);
    let prefix = prefix.as_ref().map_or(&[][..], |prefix| &prefix[..]);
    let begins = |address: &Address| {
        address.0.iter().zip(owner.iter().chain(prefix)).all(|(byte, expected)| byte == expected)
    };
    let view = snapshot.view(platform.storage());
    let mut buffer = Zeroizing::new([0; ROOM]);
    let mut at = within(&owner, after.map_or(prefix, |place| &place[..]));
    let mut unreadable = None;
    while let Some(next) = view.next_record_of(&owner, &at)?.filter(|next| begins(next)) {
        at = next;
        // It may be larger than a grant can be.
        if next == key_record {
            continue;
        }
        let mut one = || -> Result<Option<R>, Error> {
            let Some(plaintext) = view.record(&next, &mut *buffer)? else { return Err(DAMAGED) };
            let visited = match around {
                Around::Key(key_id) | Around::Grantee(key_id, _) => {
                    let grant = Grant::read(plaintext).map_err(|_| DAMAGED)?;
                    match grant {
                        Some(grant) if grant.key_id != *key_id => return Err(DAMAGED),
                        Some(grant) if grant_address(&owner, &grant.grant_id) != next => return Err(DAMAGED),
                        grant => grant.map(|grant| visit(&grant)),
                    }
                }
                Around::Retiring(principal) => {
                    let RetirableRecord { key_id, grant_id } =
                        RetirableRecord::read(plaintext).map_err(|_| DAMAGED)?;
                    if grant_address(&owner, &grant_id) != next {
                        return Err(DAMAGED);
                    }
                    let is_meant = |grant: &Grant<'_>| {
                        (grant.key_id, grant.grant_id) == (key_id, grant_id)
                            && grant.retiring_principal == Some(principal)
                    };
                    let address = grant_address(&names.owner(&key_id), &grant_id);
                    match view.record(&address, &mut *buffer)? {
                        Some(plaintext) => {
                            let grant = Grant::read(plaintext).map_err(|_| DAMAGED)?;
                            grant.filter(is_meant).map(|grant| visit(&grant))
                        }
                        // Its key is gone.
                        None => None,
                    }
                }
            };
            Ok(visited.transpose()?.and_then(ControlFlow::break_value))
        };
        match one() {
            Ok(None) => {}
            Err(Error::Damaged(part)) => unreadable = Some(Error::Damaged(part)),
            answer => return answer,
        }
    }
    unreadable.map_or(Ok(None), Err)
}

/// The first grant of a key for one of these grantees of which `pick` makes something.
#[inline(never)]
pub(crate) fn by_grantee<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
    grantee: &str,
    mut pick: impl FnMut(&Grant<'_>) -> Option<R>,
) -> Result<Option<R>, Error> {
    walk(platform, snapshot, Around::Grantee(key_id, grantee), None, |grant| {
        Ok(match pick(grant) {
            Some(picked) => ControlFlow::Break(picked),
            None => ControlFlow::Continue(()),
        })
    })
}

/// How many grants a key has.
pub(crate) fn count_grants<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    key_id: &KeyId,
) -> Result<u32, Error> {
    let mut count = 0u32;
    walk(platform, snapshot, Around::Key(key_id), None, |_| {
        count = count.saturating_add(1);
        Ok(ControlFlow::<()>::Continue(()))
    })?;
    Ok(count)
}
