//! Index records that follow from keys: entries of what comes due, aliases, what retiring principals find grants by, counts
//! of grants. One that does not open or is not there is written again; one that leads nowhere is taken out.

use super::due_index::{self, day_of};
use super::repair::{Findings, RecordKind, Remedy, RepairItem, is_damage};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault, read_alias};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::alias_record::{ALIAS, ALIAS_RECORD_LEN};
use crate::format::due_record::{DUE_RECORD_LEN, DueRecord, WRAPPING_KEYS};
use crate::format::grant_record::{RETIRABLE, RETIRABLE_RECORD_LEN, RetirableRecord};
use crate::format::key_record::{self, KeyRecord};
use crate::format::settings_record::{GRANT_COUNT_LEN, GrantCount};
use crate::format::strings::Strings;
use crate::format::version_record::{self, VersionRecord};
use crate::format::wrapping_key_record::{WRAPPING_KEY, WrappingKeyRecord};
use crate::grant::{Grant, count_grants};
use crate::key::{Alias, KeyId, next_ms};
use crate::platform::{Address, Platform};
use crate::tree::{Plan, grant_address, last_below};
use crate::vault::commit::NewRecord;

/// Room for any of these records, sealed.
const ROOM: usize = ALIAS_RECORD_LEN + sr1::OVERHEAD;
/// Days behind its date on which the entry of something overdue is looked for.
const OVERDUE_DAYS_MAX: u32 = 4096;

/// What is to be put right: a record to be written, or with a length of 0 to be taken out.
struct Mend {
    item: RepairItem,
    buffer: [u8; ROOM],
    len: usize,
}

impl Mend {
    fn put(
        address: Address,
        kind: RecordKind,
        (key_id, version): (KeyId, Option<u32>),
        write: impl FnOnce(&mut [u8]) -> Result<usize, Error>,
    ) -> Result<Self, Error> {
        let mut buffer = [0; ROOM];
        let len = write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        let remedy = Remedy::IndexRebuilt;
        Ok(Mend { item: RepairItem { address, remedy, kind, key_id: Some(key_id), version }, buffer, len })
    }

    fn remove(address: Address, kind: RecordKind, key_id: KeyId) -> Self {
        let remedy = Remedy::Removed;
        let item = RepairItem { address, remedy, kind, key_id: Some(key_id), version: None };
        Mend { item, buffer: [0; ROOM], len: 0 }
    }
}

/// A record, and how much of what follows from it was looked at.
struct Place {
    address: Address,
    looked_at: usize,
}

impl<P: Platform> Vault<P> {
    /// Goes through all records that open.
    pub(super) fn repair_index(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        findings: &mut Findings<'_>,
    ) -> Result<(), Error> {
        let mut place: Option<Place> = None;
        loop {
            let snapshot = Snapshot::take(&self.platform)?;
            let Some(mend) = self.next_mend(mounted, &snapshot, scratch, &mut place)? else { return Ok(()) };
            findings.add(mend.item);
            if !findings.is_dry_run() {
                self.carry_out(mounted, &snapshot, mend)?;
            }
        }
    }

    fn carry_out(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        mut mend: Mend,
    ) -> Result<(), Error> {
        let view = snapshot.view(self.platform.storage());
        let Mend { item, buffer, len } = &mut mend;
        let mut plan = Plan::new();
        plan.start(&view)?;
        self.add_repair_event(mounted, item)?;
        if *len == 0 {
            plan.remove(&view, &item.address)?;
            self.land_plan(mounted, &mut plan, &mut [])?;
        } else {
            plan.put(&view, &item.address, self.platform.entropy())?;
            let record = NewRecord { address: item.address, buffer, len: *len };
            self.land_plan(mounted, &mut plan, &mut [record])?;
        }
        // Durable in the manifest already.
        let _ = self.settle_pending(mounted);
        Ok(())
    }

    /// The next thing to be put right, at or behind a place.
    fn next_mend(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        scratch: &mut [u8],
        place: &mut Option<Place>,
    ) -> Result<Option<Mend>, Error> {
        let view = snapshot.view(self.platform.storage());
        loop {
            if let Some(Place { address, looked_at }) = place {
                match self.mend_of(mounted, snapshot, scratch, address, looked_at) {
                    Ok(None) => {}
                    Err(error) if is_damage(&error) => {}
                    found => return found,
                }
            }
            let after = place.as_ref().map(|place| place.address);
            let next = match view.next_record(after.as_ref()) {
                Ok(None) => return Ok(None),
                Ok(Some(next)) => Place { address: next, looked_at: 0 },
                Err(Error::Damaged(_)) => {
                    let lost = view.damaged.take().ok_or(Error::Bug)?;
                    Place { address: last_below(&lost), looked_at: usize::MAX }
                }
                Err(other) => return Err(other),
            };
            *place = Some(next);
        }
    }

    /// What a record says is to be put right, from the `looked_at`th thing on that follows from it.
    fn mend_of(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        scratch: &mut [u8],
        address: &Address,
        looked_at: &mut usize,
    ) -> Result<Option<Mend>, Error> {
        if *looked_at == usize::MAX {
            return Ok(None);
        }
        let view = snapshot.view(self.platform.storage());
        let names = &snapshot.keys.names;
        let timers = mounted.timer_base.now(Reading::take(&self.platform));
        let Some(plaintext) = view.record(address, scratch)? else { return Ok(None) };
        let plaintext = &*plaintext;
        let damaged = |_| Error::Damaged(Part::Record);
        let kind = key_record::content(plaintext).map_err(damaged)?.rest().first().copied().unwrap_or(0);
        // Every kind but a key has one thing that follows from it.
        let is_first = *looked_at == 0;
        if kind != key_record::KEY {
            *looked_at = usize::MAX;
        }
        match kind {
            key_record::KEY => self.mend_of_key(mounted, snapshot, plaintext, looked_at),
            version_record::VERSION if is_first => {
                let record = VersionRecord::read(plaintext).map_err(damaged)?;
                let due = DueRecord { key_id: record.key_id, version: record.facts.version };
                self.mend_due(mounted, snapshot, due_index::day_of_version(&record.facts, &timers), due)
            }
            WRAPPING_KEY if is_first => {
                let ticket = WrappingKeyRecord::read(plaintext).map_err(damaged)?.ticket;
                let due = DueRecord { key_id: ticket.key_id, version: WRAPPING_KEYS };
                self.mend_due(mounted, snapshot, Some(day_of(ticket.next_ms(&timers))), due)
            }
            ALIAS if is_first => {
                let key_id = Alias::read(plaintext).map_err(damaged)?.target_key_id;
                let is_dangling = !view.holds(&names.key(&names.owner(&key_id)))?;
                Ok(is_dangling.then(|| Mend::remove(*address, RecordKind::Alias, key_id)))
            }
            RETIRABLE if is_first => {
                let RetirableRecord { key_id, grant_id } =
                    RetirableRecord::read(plaintext).map_err(damaged)?;
                let is_dangling = !view.holds(&grant_address(&names.owner(&key_id), &grant_id))?;
                Ok(is_dangling.then(|| Mend::remove(*address, RecordKind::RetirableGrant, key_id)))
            }
            _ if is_first => {
                let Some(grant) = Grant::read(plaintext).map_err(damaged)? else { return Ok(None) };
                let Some(principal) = grant.retiring_principal else { return Ok(None) };
                let at = grant_address(&names.retiring(principal), &grant.grant_id);
                let mut buffer = [0; RETIRABLE_RECORD_LEN + sr1::OVERHEAD];
                let (key_id, grant_id) = (grant.key_id, grant.grant_id);
                let is_there = |found: Option<&mut [u8]>| {
                    let read = found.and_then(|found| RetirableRecord::read(found).ok());
                    read.is_some_and(|found| (found.key_id, found.grant_id) == (key_id, grant_id))
                };
                match view.record(&at, &mut buffer).map(is_there) {
                    Ok(true) => Ok(None),
                    Ok(false) | Err(Error::Damaged(Part::Record) | Error::Capacity) => {
                        let record = RetirableRecord { key_id, grant_id };
                        let kind = RecordKind::RetirableGrant;
                        Mend::put(at, kind, (key_id, None), |body| record.write(body)).map(Some)
                    }
                    Err(other) => Err(other),
                }
            }
            _ => Ok(None),
        }
    }

    /// A key's entry of what comes due, its count of grants, its aliases.
    fn mend_of_key(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        plaintext: &[u8],
        looked_at: &mut usize,
    ) -> Result<Option<Mend>, Error> {
        let view = snapshot.view(self.platform.storage());
        let names = &snapshot.keys.names;
        let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
        let (facts, key_id) = (&record.facts, record.facts.key_id);
        let timers = mounted.timer_base.now(Reading::take(&self.platform));
        // What leads to a key that is on its way out is on its way out too.
        let is_leaving = facts.deletion.is_some_and(|deletion| deletion.has_begun());
        let mut buffer = [0; ROOM];
        loop {
            let number = *looked_at;
            *looked_at = number.saturating_add(1);
            let mend = match number.checked_sub(2) {
                None if number == 0 => {
                    let day = next_ms(facts, &timers).map(day_of);
                    self.mend_due(mounted, snapshot, day, DueRecord { key_id, version: 0 })
                }
                None => {
                    let at = names.grant_count(&names.owner(&key_id));
                    let room = buffer.get_mut(..GRANT_COUNT_LEN.saturating_add(sr1::OVERHEAD));
                    match view.record(&at, room.ok_or(Error::Bug)?) {
                        Err(Error::Damaged(Part::Record) | Error::Capacity) => {
                            let since = mounted.settings?.grants_since;
                            let grants = count_grants(&self.platform, snapshot, &key_id)?;
                            let count = GrantCount { key_id, since, grants };
                            let kind = RecordKind::GrantCount;
                            Mend::put(at, kind, (key_id, None), |body| count.write(body)).map(Some)
                        }
                        Ok(_) => Ok(None),
                        Err(other) => Err(other),
                    }
                }
                Some(position) => {
                    let name = Strings::new(record.texts.aliases).iter().nth(position);
                    let Some(name) = name.filter(|_| !is_leaving) else {
                        *looked_at = usize::MAX;
                        return Ok(None);
                    };
                    match read_alias(&view, names, name, &mut buffer) {
                        Ok(None) | Err(Error::Damaged(Part::Record) | Error::Capacity) => {
                            // When it was made, nobody knows.
                            let (created_ms, last_updated_ms) = (None, None);
                            let alias = Alias { name, target_key_id: key_id, created_ms, last_updated_ms };
                            let kind = RecordKind::Alias;
                            let at = names.alias(name);
                            Mend::put(at, kind, (key_id, None), |body| alias.write(body)).map(Some)
                        }
                        Ok(Some(_)) => Ok(None),
                        Err(other) => Err(other),
                    }
                }
            };
            match mend {
                Ok(None) => {}
                // What is damaged around it cannot be put right here; the next thing may be.
                Err(error) if is_damage(&error) => {}
                found => return found,
            }
        }
    }

    /// The entry by which something is found when it comes due.
    fn mend_due(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        day: Option<u32>,
        record: DueRecord,
    ) -> Result<Option<Mend>, Error> {
        let Some(day) = day else { return Ok(None) };
        let view = snapshot.view(self.platform.storage());
        let names = &snapshot.keys.names;
        let timers = mounted.timer_base.now(Reading::take(&self.platform));
        let (first, today) = (day.max(mounted.manifest.due_day), day_of(timers.timer_ms));
        // What is overdue is filed anew on the day on which it was looked at.
        let last = today.clamp(first, first.saturating_add(OVERDUE_DAYS_MAX));
        let version = Some(record.version).filter(|version| (1..WRAPPING_KEYS).contains(version));
        let of = (record.key_id, version);
        let mut is_filed = false;
        for day in first..=last {
            let at = names.due(&names.due_day(day), &record.key_id, record.version);
            let mut buffer = [0; DUE_RECORD_LEN + sr1::OVERHEAD];
            let is_this = |found: &mut [u8]| {
                let read = DueRecord::read(found).ok();
                read.is_some_and(|found| (found.key_id, found.version) == (record.key_id, record.version))
            };
            match view.record(&at, &mut buffer).map(|found| found.map(is_this)) {
                Ok(Some(true)) => is_filed = true,
                Ok(None) => {}
                Ok(Some(false)) | Err(Error::Damaged(Part::Record) | Error::Capacity) => {
                    return Mend::put(at, RecordKind::Due, of, |body| record.write(body)).map(Some);
                }
                Err(other) => return Err(other),
            }
        }
        if is_filed {
            return Ok(None);
        }
        let at = names.due(&names.due_day(first), &record.key_id, record.version);
        Mend::put(at, RecordKind::Due, of, |body| record.write(body)).map(Some)
    }
}
