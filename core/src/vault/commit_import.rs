//! What comes and goes with imported material: wrapping keys, material, its expiry. Each in one commit with its event.

use core::cell::Cell;
use core::fmt;

use super::change::Applied;
use super::commit::{NewRecord, VersionBuffer, version_buffer};
use super::due_index::{self, Filed, day_of};
use super::import_records::{NewVersion, Records};
use super::one_time_place::{Held, OneTimePlace};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::{Event, Touched};
use crate::format::due_record::{DueRecord, WRAPPING_KEYS};
use crate::format::key_record::{self, KeyRecord};
use crate::format::manifest::Timers;
use crate::format::version_record::VersionRecord;
use crate::format::wrapping_key_record::WrappingKeyRecord;
use crate::import::{ImportTicket, ImportedMaterial, Wrapping};
use crate::key::{
    Due, ImportStep, KeyFacts, KeyId, VersionCause, VersionFacts, VersionState, due, permits, with_material,
    without_material,
};
use crate::limits::WRAPPING_KEYS_MAX;
use crate::operation::ImportType;
use crate::platform::{Address, Platform};
use crate::policy::Action;
use crate::secret::Secret;
use crate::tree::Plan;

/// What becomes of a key's imported material.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ImportChange<'a> {
    /// A wrapping key for an import.
    Prepare(NewWrappingKey<'a>),
    /// Material, for whichever version it turns out to be.
    Import(NewMaterial<'a>),
    /// A version loses its material.
    Drop(u32),
    /// The version whose material expired first loses it.
    Expire,
}

/// A wrapping key to be kept.
#[derive(Clone, Copy)]
pub(crate) struct NewWrappingKey<'a> {
    pub(crate) ticket: ImportTicket,
    /// Cells, since the operation fills them and the commit reads them; their owner wipes them.
    pub(crate) private: &'a [Cell<u8>],
}

/// Wrapped material, and what was said of it.
#[derive(Clone, Copy)]
pub(crate) struct NewMaterial<'a> {
    pub(crate) ticket: ImportTicket,
    pub(crate) token: &'a [u8],
    pub(crate) wrapped: &'a [u8],
    pub(crate) wrapping: &'a dyn Wrapping,
    pub(crate) import_type: Option<ImportType>,
    pub(crate) expires_ms: Option<u64>,
    pub(crate) description: Option<&'a str>,
    pub(crate) material_id: Option<&'a [u8; 32]>,
}

impl fmt::Debug for NewWrappingKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.fmt(f)
    }
}

impl fmt::Debug for NewMaterial<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.ticket.fmt(f)
    }
}

impl<P: Platform> Vault<P> {
    /// Judges the change again on what is there under the lock, and applies it.
    #[inline(never)]
    pub(super) fn apply_import(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        key_id: &KeyId,
        change: &ImportChange<'_>,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let owner = snapshot.keys.names.owner(key_id);
        let view = snapshot.view(platform.storage());
        let records: Records<'_, P> = Records { snapshot: &snapshot, view, owner, key_id: *key_id };
        let timers = mounted.timer_base.now(Reading::take(platform));
        let facts = records.key(scratch)?;
        match change {
            ImportChange::Prepare(new) => {
                permits(Action::GetParametersForImport, &facts)?;
                self.keep_wrapping_key(mounted, scratch, &records, facts, new, &timers, event)
            }
            ImportChange::Import(new) => {
                permits(Action::ImportKeyMaterial, &facts)?;
                self.import(mounted, scratch, &records, facts, new, event)
            }
            ImportChange::Drop(version) => {
                permits(Action::DeleteImportedKeyMaterial, &facts)?;
                self.drop_material(mounted, scratch, &records, facts, *version, event)
            }
            ImportChange::Expire => {
                if due(&facts, &timers) != Some(Due::Expiry) {
                    return Err(Error::Conflict);
                }
                match records.expired(&facts)? {
                    Some(version) => self.drop_material(mounted, scratch, &records, facts, version, event),
                    // It stays while a record does not open that may have it.
                    None if records.first_expiry(&facts, &NewVersion::Unchanged)? == facts.expires_ms => {
                        Err(Error::Damaged(Part::Record))
                    }
                    // A date of something that is gone would stop the key at each of its uses.
                    None => {
                        let (changed, mut none) = (NewVersion::Unchanged, version_buffer());
                        self.land_version(
                            mounted, scratch, &records, facts, &changed, &mut none, 0, None, event,
                        )
                    }
                }
            }
        }
    }

    /// Keeps a wrapping key in a free place, or in that of the one that ends first; what has expired goes. A tick finds it on
    /// the day on which it ends.
    #[expect(clippy::too_many_arguments, reason = "what a commit needs, and what is to be kept")]
    #[inline(never)]
    fn keep_wrapping_key(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        records: &Records<'_, P>,
        facts: KeyFacts,
        new: &NewWrappingKey<'_>,
        timers: &Timers,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let mut plan = Plan::new();
        plan.start(&records.view)?;
        let mut place = OneTimePlace::<WRAPPING_KEYS_MAX>::new();
        records.wrapping_keys(scratch, |address, record| {
            let held = record.map_or(Held::Nothing, |record| match record.ticket.is_expired(timers) {
                true => Held::Expired,
                false => Held::Until(record.ticket.expires_ms),
            });
            place.look(address, &held);
            None::<()>
        })?;
        let address = place.take(&mut plan, &records.view, self.platform().entropy())?;
        let names = &records.snapshot.keys.names;
        let entry = DueRecord { key_id: records.key_id, version: WRAPPING_KEYS };
        let day = day_of(new.ticket.next_ms(timers));
        let mut filed = Filed::new(names, day, mounted.manifest.due_day, entry)?;
        plan.put(&records.view, &filed.address, self.platform().entropy())?;

        let room = scratch.len();
        let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
        let private = new.private.iter().map(Cell::get);
        let len = WrappingKeyRecord::write(&new.ticket, private, body).map_err(|_| Error::Capacity)?;
        if sr1::OVERHEAD.saturating_add(len) > room {
            return Err(Error::Capacity);
        }
        self.add_pending(mounted, event)?;
        let kept = NewRecord { address, buffer: scratch, len };
        self.land_plan(mounted, &mut plan, &mut [kept, filed.record()])?;
        Ok(Applied::to(facts))
    }

    /// Unwraps material, finds the version it belongs to, and keeps it there. The wrapping key goes in the same commit; where
    /// it was used in vain, in a commit of its own that carries the refusal.
    #[inline(never)]
    fn import(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        records: &Records<'_, P>,
        facts: KeyFacts,
        new: &NewMaterial<'_>,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let step = ImportStep::of(&facts, new.import_type)?;
        let mut unwrapped = Secret::zeroed();
        let used = records.wrapping_keys(scratch, |address, record| {
            let record = record.filter(|record| record.ticket == new.ticket)?;
            let algorithm = new.ticket.algorithm;
            let wrapping = new.wrapping;
            Some((
                address,
                wrapping.unwrap(algorithm, record.private, new.token, new.wrapped, &mut unwrapped),
            ))
        })?;
        let Some((used, unwrapping)) = used else { return Err(Error::InvalidImportToken) };
        let mut material = ImportedMaterial::empty();
        let judged = unwrapping.and_then(|len| {
            material.take::<P::Primitives>(facts.spec, &facts.key_id, &unwrapped, len)?;
            records.version_for(&facts, step, &material, new.material_id)
        });
        let version = match judged {
            Ok(version) => version,
            Err(error @ (Error::InvalidCiphertext(_) | Error::IncorrectKeyMaterial)) => {
                let mut plan = Plan::new();
                plan.start(&records.view)?;
                plan.remove(&records.view, &used)?;
                self.add_pending(mounted, &Event { outcome: Err(error), ..*event })?;
                self.land_plan(mounted, &mut plan, &mut [])?;
                return Ok(Applied { outcome: Err(error), ..Applied::to(facts) });
            }
            Err(other) => return Err(other),
        };

        let kcv = material.check_value::<P::Primitives>(facts.spec, &facts.key_id, version)?;
        let fresh = VersionFacts {
            version,
            spec: facts.spec,
            state: VersionState::Usable,
            cause: if step == ImportStep::First { VersionCause::First } else { VersionCause::Imported },
            current_since_ms: event.time_ms.filter(|_| step == ImportStep::First),
            expires_ms: new.expires_ms,
            destruction: None,
            has_material: true,
            kcv,
        };
        let mut buffer = version_buffer();
        let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
        let mut write = |facts: VersionFacts, description: &str| {
            let description = new.description.unwrap_or(description);
            material.expose(|material| {
                let key_id = records.key_id;
                VersionRecord { key_id, facts, description, material }.write(&mut *body)
            })
        };
        let (version_facts, had_material, len) = match step {
            ImportStep::First | ImportStep::New => (fresh, false, write(fresh, "")?),
            ImportStep::Existing => {
                let found = records.version(version, |record| {
                    let facts =
                        VersionFacts { expires_ms: new.expires_ms, has_material: true, ..record.facts };
                    Ok((facts, record.facts.has_material, write(facts, record.description)?))
                })?;
                found.ok_or(Error::Bug)?
            }
        };
        let changed = NewVersion::Put(version, version_facts);
        let facts = with_material(facts, step, version, had_material)?;
        self.land_version(mounted, scratch, records, facts, &changed, &mut buffer, len, Some(&used), event)
    }

    /// Takes a version's material away.
    fn drop_material(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        records: &Records<'_, P>,
        facts: KeyFacts,
        version: u32,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let mut buffer = version_buffer();
        let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
        let found = records.version(version, |record| {
            if !record.facts.has_material {
                // Somebody else was faster.
                return Err(Error::Conflict);
            }
            let facts = VersionFacts { has_material: false, expires_ms: None, ..record.facts };
            let len = VersionRecord { facts, material: &[], ..*record }.write(body)?;
            Ok((facts, len))
        })?;
        let (version_facts, len) = found.ok_or(Error::Conflict)?;
        let changed = if version > facts.current_version {
            NewVersion::Remove(version)
        } else {
            NewVersion::Put(version, version_facts)
        };
        let facts = without_material(facts, version);
        self.land_version(mounted, scratch, records, facts, &changed, &mut buffer, len, None, event)
    }

    /// Lands the key's facts, what becomes of one version, and the end of a wrapping key, in one commit.
    #[expect(clippy::too_many_arguments, reason = "what a commit needs, and what is to be landed")]
    #[inline(never)]
    fn land_version(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        records: &Records<'_, P>,
        facts: KeyFacts,
        changed: &NewVersion,
        buffer: &mut VersionBuffer,
        len: usize,
        used: Option<&Address>,
        event: &Event<'_>,
    ) -> Result<Applied, Error> {
        let (platform, names) = (self.platform(), &records.snapshot.keys.names);
        let facts = KeyFacts { expires_ms: records.first_expiry(&facts, changed)?, ..facts };
        let key_address = names.key(&records.owner);
        let plaintext = records.view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
        let before = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?.facts;
        key_record::replace_facts(plaintext, &facts)?;
        let key_len = plaintext.len();
        let timers = mounted.timer_base.now(Reading::take(platform));
        let mut filed = match due_index::new_day_of_key(Some(&before), &facts, &timers) {
            Some(day) => {
                let record = DueRecord { key_id: facts.key_id, version: 0 };
                Some(Filed::new(names, day, mounted.manifest.due_day, record)?)
            }
            None => None,
        };

        let mut plan = Plan::new();
        plan.start(&records.view)?;
        plan.put(&records.view, &key_address, platform.entropy())?;
        if let Some(used) = used {
            plan.remove(&records.view, used)?;
        }
        let version = match changed {
            NewVersion::Put(version, _) | NewVersion::Remove(version) => *version,
            NewVersion::Unchanged => 0,
        };
        let address = names.backing_key(&records.owner, version);
        let is_kept = matches!(changed, NewVersion::Put(..));
        match changed {
            NewVersion::Put(..) => drop(plan.put(&records.view, &address, platform.entropy())?),
            NewVersion::Remove(_) => drop(plan.remove(&records.view, &address)?),
            NewVersion::Unchanged => {}
        }
        if let Some(filed) = &filed {
            plan.put(&records.view, &filed.address, platform.entropy())?;
        }
        let touched = Touched { key_id: facts.key_id, version };
        self.add_pending(mounted, &Event { key: Some(touched), ..*event })?;

        let mut landed = heapless::Vec::<NewRecord<'_>, 3>::new();
        let fits = |pushed: Result<(), NewRecord<'_>>| pushed.map_err(|_| Error::Bug);
        fits(landed.push(NewRecord { address: key_address, buffer: scratch, len: key_len }))?;
        if is_kept {
            fits(landed.push(NewRecord { address, buffer: &mut **buffer, len }))?;
        }
        if let Some(filed) = &mut filed {
            fits(landed.push(filed.record()))?;
        }
        self.land_plan(mounted, &mut plan, &mut landed)?;
        self.forget_key(mounted, &facts.key_id)?;
        let id =
            |facts: &VersionFacts| records.snapshot.keys.material_id(&records.key_id, version, &facts.kcv);
        let material = match changed {
            NewVersion::Put(_, facts) => Some((version, id(facts))),
            NewVersion::Remove(_) | NewVersion::Unchanged => None,
        };
        Ok(Applied { material, ..Applied::to(facts) })
    }
}
