//! What does not open, and what can be told of it: its place says which owner it has, and what else that owner has says
//! which key that is.

use zeroize::Zeroizing;

use super::commit::version_buffer;
use super::repair::{Findings, RecordKind, Remedy, RepairItem, is_damage};
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::due_record::WRAPPING_KEYS;
use crate::format::grant_record::GRANT_RECORD_LEN_MAX;
use crate::format::key_record::KeyRecord;
use crate::format::usage_record::USAGE_RECORD_LEN;
use crate::format::version_record::VersionRecord;
use crate::grant::Grant;
use crate::key::KeyId;
use crate::limits::{OFFERS_MAX, WRAPPING_KEYS_MAX};
use crate::platform::{Address, Platform};
use crate::tree::{Owner, RECORD_LEVEL, View, behind, last_below, owner_of, within};
use crate::usage::UsageLine;

/// Room for any record by which a key is known, but its own.
const ROOM: usize = GRANT_RECORD_LEN_MAX + sr1::OVERHEAD;
/// Versions of which the addresses are compared with that of a damaged record, where nobody says how many there are.
const VERSIONS_TRIED: u32 = 256;

impl<P: Platform> Vault<P> {
    /// Lists every record, and tree node with all that hangs below it, that does not open.
    pub(super) fn list_quarantined(
        &self,
        _: &Mounted<P::Primitives>,
        scratch: &mut [u8],
        findings: &mut Findings<'_>,
    ) -> Result<(), Error> {
        let snapshot = Snapshot::take(&self.platform)?;
        let view = snapshot.view(self.platform.storage());
        let mut after: Option<Address> = None;
        loop {
            let next = match view.next_record(after.as_ref()) {
                Ok(None) => return Ok(()),
                Ok(Some(next)) => view.record(&next, scratch).map(|_| next),
                Err(error) => Err(error),
            };
            match next {
                Ok(record) => after = Some(record),
                Err(error) if is_damage(&error) => {
                    let lost = view.damaged.take().ok_or(Error::Bug)?;
                    if !findings.would_mend(&lost) {
                        findings.add(self.tell(&snapshot, &lost, scratch)?);
                    }
                    after = Some(last_below(&lost));
                }
                Err(other) => return Err(other),
            }
        }
    }

    /// What can be told of something that does not open.
    fn tell(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        address: &Address,
        scratch: &mut [u8],
    ) -> Result<RepairItem, Error> {
        let names = &snapshot.keys.names;
        let owner = owner_of(address);
        let item =
            |kind| RepairItem { address: *address, remedy: Remedy::Quarantined, kind, ..RepairItem::EMPTY };
        if address.0[23] < RECORD_LEVEL {
            let key_id = if crate::tree::is_below(&owner, address) {
                self.key_of_owner(snapshot, &owner, scratch)?.map(|(key_id, _)| key_id)
            } else {
                None
            };
            return Ok(RepairItem { key_id, ..item(RecordKind::Node) });
        }
        if *address == names.settings() {
            return Ok(item(RecordKind::Settings));
        }
        if *address == names.identity() {
            return Ok(item(RecordKind::Identity));
        }
        if *address == names.peers() {
            return Ok(item(RecordKind::Peers));
        }
        if (0u8..).take(OFFERS_MAX).any(|place| *address == names.offer(place)) {
            return Ok(item(RecordKind::Offer));
        }
        if owner == names.callers() {
            return Ok(item(RecordKind::Caller));
        }
        if owner == names.aliases() {
            return Ok(item(RecordKind::Alias));
        }
        let (key_id, newest) = match self.key_of_owner(snapshot, &owner, scratch)? {
            Some((key_id, newest)) => (Some(key_id), newest),
            None => (None, None),
        };
        let versions = newest.unwrap_or(VERSIONS_TRIED);
        let of_key = |kind, version| Ok(RepairItem { key_id, version, ..item(kind) });
        if *address == names.key(&owner) {
            return of_key(RecordKind::Key, None);
        }
        if *address == names.grant_count(&owner) {
            return of_key(RecordKind::GrantCount, None);
        }
        if *address == names.lineage(&owner) {
            return of_key(RecordKind::Lineage, None);
        }
        if *address == names.usage(&owner, 0) {
            return of_key(RecordKind::Usage, None);
        }
        if (0u8..).take(WRAPPING_KEYS_MAX).any(|place| *address == names.wrapping_key(&owner, place)) {
            return of_key(RecordKind::WrappingKey, None);
        }
        for version in 1..=versions {
            if *address == names.backing_key(&owner, version) {
                return of_key(RecordKind::Version, Some(version));
            }
            if *address == names.usage(&owner, version) {
                return of_key(RecordKind::Usage, Some(version));
            }
        }
        if key_id.is_some() {
            // Whatever else a key has. Where a grant lies does not follow from its key alone.
            return of_key(RecordKind::Grant, None);
        }
        let due = self.find_due(snapshot, address, scratch)?;
        Ok(due.map_or(item(RecordKind::Unknown), |(key_id, version)| RepairItem {
            key_id: Some(key_id),
            version,
            ..item(RecordKind::Due)
        }))
    }

    /// The key that an owner is, and its newest version where its own record opens: from that, or from whatever else of it
    /// opens.
    fn key_of_owner(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        owner: &Owner,
        scratch: &mut [u8],
    ) -> Result<Option<(KeyId, Option<u32>)>, Error> {
        let names = &snapshot.keys.names;
        let view = snapshot.view(self.platform.storage());
        let is_here = |key_id: &KeyId| names.owner(key_id) == *owner;
        match view.record(&names.key(owner), scratch) {
            Ok(found) => {
                let facts = found.and_then(|found| KeyRecord::read(found).ok()).map(|record| record.facts);
                if let Some(facts) = facts.filter(|facts| is_here(&facts.key_id)) {
                    return Ok(Some((facts.key_id, Some(facts.newest_version))));
                }
            }
            Err(error) if is_damage(&error) => {}
            Err(other) => return Err(other),
        }
        let mut after = within(owner, &[]);
        loop {
            match view.next_record(Some(&after)) {
                Ok(Some(next)) if owner_of(&next) == *owner => after = next,
                Ok(_) => break,
                Err(Error::Damaged(_)) => {
                    after = last_below(&view.damaged.take().ok_or(Error::Bug)?);
                    continue;
                }
                Err(other) => return Err(other),
            }
            let key_id = key_named_by::<P>(&view, &after)?;
            if let Some(key_id) = key_id.filter(is_here) {
                return Ok(Some((key_id, None)));
            }
        }
        Ok(None)
    }

    /// The key, or its version, whose entry of what comes due lies at an address.
    fn find_due(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        address: &Address,
        scratch: &mut [u8],
    ) -> Result<Option<(KeyId, Option<u32>)>, Error> {
        let names = &snapshot.keys.names;
        let view = snapshot.view(self.platform.storage());
        let day = owner_of(address);
        let mut after: Option<Address> = None;
        loop {
            let next = match view.next_record(after.as_ref()) {
                Ok(None) => return Ok(None),
                Ok(Some(next)) => next,
                Err(Error::Damaged(_)) => {
                    after = Some(last_below(&view.damaged.take().ok_or(Error::Bug)?));
                    continue;
                }
                Err(other) => return Err(other),
            };
            let owner = owner_of(&next);
            after = Some(behind(&owner));
            let facts = match view.record(&names.key(&owner), scratch) {
                Ok(found) => found.and_then(|found| KeyRecord::read(found).ok()).map(|record| record.facts),
                Err(error) if is_damage(&error) => None,
                Err(other) => return Err(other),
            };
            let Some(facts) = facts else { continue };
            let versions = [0, WRAPPING_KEYS].into_iter().chain(1..=facts.newest_version);
            for version in versions {
                if names.due(&day, &facts.key_id, version) == *address {
                    let number = Some(version).filter(|version| (1..WRAPPING_KEYS).contains(version));
                    return Ok(Some((facts.key_id, number)));
                }
            }
        }
    }
}

/// The key that a record of it names; `None` where it does not open, or names none.
fn key_named_by<P: Platform>(
    view: &View<'_, P::Primitives, P::Storage>,
    address: &Address,
) -> Result<Option<KeyId>, Error> {
    const _: () = assert!(ROOM >= USAGE_RECORD_LEN + sr1::OVERHEAD);
    let mut version = version_buffer();
    match view.record(address, &mut *version) {
        Ok(Some(found)) => {
            if let Ok(record) = VersionRecord::read(found) {
                return Ok(Some(record.key_id));
            }
            if let Ok(line) = UsageLine::read(found) {
                return Ok(Some(line.key_id));
            }
        }
        Ok(None) | Err(Error::Damaged(Part::Record)) => return Ok(None),
        // A grant can be larger than a version.
        Err(Error::Capacity) => {}
        Err(other) => return Err(other),
    }
    let mut buffer = Zeroizing::new([0; ROOM]);
    match view.record(address, &mut *buffer) {
        Ok(found) => Ok(found.and_then(|found| Grant::read(found).ok().flatten()).map(|grant| grant.key_id)),
        Err(error) if is_damage(&error) => Ok(None),
        Err(other) => Err(other),
    }
}
