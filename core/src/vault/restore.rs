//! Making a vault of a bundle.
//!
//! The rule: **the slots come last.** Each record is a commit of its own, but before the last commit, which writes the slots,
//! nothing opens the storage, and after it the vault is whole: a restore that is cut off leaves no vault. Until then the manifest
//! knows of no slot, so that slots alone open nothing either.

use zeroize::{Zeroize, Zeroizing};

use super::commit::NewRecord;
use super::due_index::{Filed, day_of, day_of_version};
use super::state::Mounted;
use super::timers::{Reading, TimerBase};
use super::{NewSlot, NewVault, Published, Unlock, Vault, vault_time};
use crate::backup::{BundleReader, BundleSource, BundleSummary, Item, VaultFacts, hexadecimal};
use crate::crypto::sr1::{HEAD_LEN, OVERHEAD};
use crate::error::{BundleFault, Error};
use crate::format::audit_entry::Event;
use crate::format::due_record::DueRecord;
use crate::format::grant_record::{RETIRABLE_RECORD_LEN, RetirableRecord, replace_id};
use crate::format::settings_record::Settings;
use crate::format::slot::{SLOT_AREA_LEN_MAX, SlotArea};
use crate::grant::{GrantId, hashed_name};
use crate::key::{KeyId, next_ms};
use crate::platform::{Address, Platform, State, Storage};
use crate::policy::Action;
use crate::secret::Secret;
use crate::tree::{Names, Plan, SLOTS, View, copy_of, grant_address};

/// Where a record goes, and what goes with it.
struct Place {
    address: Address,
    /// The day on which a key or version must be found.
    due: Option<(u32, DueRecord)>,
    /// A grant's id in this vault, and where its retiring principal finds it.
    grant: Option<(KeyId, GrantId, Option<Address>)>,
}

/// What of a bundle is not written as it comes.
#[derive(Default)]
struct Kept {
    settings: Option<Settings>,
}

impl<P: Platform> Vault<P> {
    /// Makes a vault of a bundle in empty storage, and opens it. It is a new vault, with an id, a root key and slots of its own
    /// and a log that begins with the event `Restore`; keys, versions, policies, grants, aliases, callers, settings and
    /// timers are those of the bundle. So are Realm and ARNs of keys. The ids of grants change, and tokens of the old vault
    /// are of no use here.
    ///
    /// `unlock_bundle` is shown each slot of the bundle in turn until one opens; `unlock` is asked for the secret of each new
    /// slot.
    ///
    /// # Errors
    /// [`Error::AlreadyAVault`]: the storage is not empty, and is left alone. [`Error::Bundle`], [`Error::WrongSecret`],
    /// [`Error::SlotParameters`], [`Error::FromTheFuture`], [`Error::Capacity`], [`Error::Entropy`], [`Error::Storage`],
    /// [`Error::Anchor`], what the source answers: there is no vault, but there may be blobs that nobody can open, and the
    /// storage is to be emptied before another try. [`Error::Audit`]: the vault was made, and is closed.
    pub fn restore(
        &self,
        slots: &[NewSlot],
        unlock: &mut Unlock<'_>,
        source: &mut BundleSource<'_>,
        unlock_bundle: &mut Unlock<'_>,
    ) -> Result<BundleSummary, Error> {
        self.check_empty()?;
        let opened = BundleReader::<P::Primitives>::open(source, unlock_bundle)?;
        self.restore_opened(slots, unlock, opened, &mut || Ok(()))
    }

    /// Whether a vault can be made here.
    pub(crate) fn check_empty(&self) -> Result<(), Error> {
        self.check_primitives()?;
        let mut occupied = false;
        self.platform.storage().walk(&mut |_| occupied = true)?;
        if occupied {
            return Err(Error::AlreadyAVault);
        }
        Ok(())
    }

    /// Makes a vault of a bundle whose key is open. Once all is written but the slots, with which it is a vault, `before_slots`
    /// has its say.
    pub(crate) fn restore_opened(
        &self,
        slots: &[NewSlot],
        unlock: &mut Unlock<'_>,
        (mut bundle, facts): (BundleReader<'_, '_, P::Primitives>, VaultFacts),
        before_slots: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<BundleSummary, Error> {
        let platform = &self.platform;
        let new = NewVault { realm: facts.realm.clone(), slots };
        let (mut mounted, area) = self.prepare(&new, unlock)?;
        adopt(&mut mounted, &facts, Reading::take(platform));

        self.lend_writer(|writer, scratch| {
            if writer.mounted.as_ref().is_some_and(|mounted| !mounted.ended) {
                return Err(Error::Busy);
            }
            platform.state().publish(Published::clear)?;
            let restored = self.restore_all(&mut mounted, &area, &mut bundle, scratch, before_slots);
            scratch.zeroize();
            // A commit that failed has ended a session that nobody else was in.
            platform.state().publish(Published::clear)?;
            restored?;
            writer.mounted = Some(mounted);
            self.open_to_requests(writer, |mounted| {
                self.settle_pending(mounted)?;
                self.append_own(mounted, Action::Mount, 0)
            })?;
            Ok(bundle.follower.summary)
        })?
    }

    fn restore_all(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        area: &SlotArea,
        bundle: &mut BundleReader<'_, '_, P::Primitives>,
        scratch: &mut [u8],
        before_slots: &mut dyn FnMut() -> Result<(), Error>,
    ) -> Result<(), Error> {
        let slot_hashes = core::mem::take(&mut mounted.manifest.slot_hashes);
        let mut plan = Plan::for_empty_tree();
        self.land_as(mounted, false, &mut |mounted, transaction| {
            self.write_plan(mounted, &mut plan, &mut [], transaction)
        })?;
        let names = Names::<P::Primitives>::new(&mounted.manifest.name_key);
        let mut kept = Kept::default();
        while let Some(len) = bundle.next_record(scratch)? {
            let body = scratch.get(HEAD_LEN..).and_then(|body| body.get(..len)).ok_or(Error::Bug)?;
            let item = bundle.follower.take::<P::Primitives>(body)?;
            if let Some(place) = place_of(item, &names, mounted, &mut kept)? {
                self.restore_record(mounted, &names, &mut plan, &place, scratch, len)?;
            }
        }
        before_slots()?;
        mounted.manifest.slot_hashes = slot_hashes;
        self.finish_restore(mounted, area, &names, &mut plan, kept, &bundle.follower.summary)
    }

    /// Lands the record in the scratch buffer, and what leads to it.
    fn restore_record(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        names: &Names<P::Primitives>,
        plan: &mut Plan,
        place: &Place,
        scratch: &mut [u8],
        len: usize,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let mut top_key = Secret::zeroed();
        top_key.set_from(&mounted.manifest.top_key);
        let vault_id = mounted.manifest.vault_id;
        let view = View::<P::Primitives, _>::new(platform.storage(), &vault_id, &top_key);
        if view.holds(&place.address)? {
            return Err(Error::Bundle(BundleFault::Content));
        }
        plan.start(&view)?;
        plan.put(&view, &place.address, platform.entropy())?;

        let filed = place.due.as_ref().map(|(day, record)| {
            let record = DueRecord { key_id: record.key_id, version: record.version };
            Filed::new(names, *day, mounted.manifest.due_day, record)
        });
        let mut filed = filed.transpose()?;
        if let Some(filed) = &filed {
            plan.put(&view, &filed.address, platform.entropy())?;
        }
        let mut retirable = [0; RETIRABLE_RECORD_LEN + OVERHEAD];
        let mut found_by = None;
        if let Some((key_id, grant_id, retiring)) = place.grant {
            let body = scratch.get_mut(HEAD_LEN..).and_then(|body| body.get_mut(..len));
            replace_id(body.ok_or(Error::Bug)?, &grant_id)?;
            if let Some(address) = retiring {
                plan.put(&view, &address, platform.entropy())?;
                let record = RetirableRecord { key_id, grant_id };
                let len = record.write(retirable.get_mut(HEAD_LEN..).ok_or(Error::Bug)?)?;
                found_by = Some(NewRecord { address, buffer: &mut retirable, len });
            }
        }
        let mut records = heapless::Vec::<NewRecord<'_>, 3>::new();
        let record = NewRecord { address: place.address, buffer: scratch, len };
        for record in [Some(record), filed.as_mut().map(Filed::record), found_by].into_iter().flatten() {
            records.push(record).map_err(|_| Error::Bug)?;
        }
        self.land_as(mounted, false, &mut |mounted, transaction| {
            self.write_plan(mounted, plan, &mut records, transaction)
        })
    }

    /// The last commit: settings, the event, and the slots, with which it is a vault.
    fn finish_restore(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        area: &SlotArea,
        names: &Names<P::Primitives>,
        plan: &mut Plan,
        kept: Kept,
        summary: &BundleSummary,
    ) -> Result<(), Error> {
        let mut top_key = Secret::zeroed();
        top_key.set_from(&mounted.manifest.top_key);
        let vault_id = mounted.manifest.vault_id;
        let view = View::<P::Primitives, _>::new(self.platform.storage(), &vault_id, &top_key);
        plan.start(&view)?;
        let mut settings = None;
        if let Some(stored) = kept.settings {
            let keys = u32::try_from(summary.keys).map_err(|_| Error::Capacity)?;
            // No grant was counted in this vault yet.
            let grants_since = mounted.manifest.revision.saturating_add(1);
            let now = Settings { keys, grants_since, ..stored };
            settings = Some(self.plan_settings(&view, names, plan, &now)?);
        }
        let source = hexadecimal(&summary.vault_id);
        let event = Event {
            time_ms: vault_time(&self.platform, mounted.manifest.clock_mark_ms),
            subject: &source,
            detail: summary.revision,
            ..self.own_event(Action::Restore)?
        };
        self.add_pending(mounted, &event)?;
        let mut bytes = Zeroizing::new([0; SLOT_AREA_LEN_MAX]);
        let len = area.write(&mut *bytes)?;
        let slots = bytes.get(..len).ok_or(Error::Bug)?;
        self.land(mounted, &mut |mounted, transaction| {
            transaction.put(&SLOTS, slots)?;
            transaction.put(&copy_of(&SLOTS), slots)?;
            match &mut settings {
                Some(settings) => self.write_plan(mounted, plan, &mut [settings.as_new()], transaction),
                None => self.write_plan(mounted, plan, &mut [], transaction),
            }
        })
    }
}

/// Takes over what the vault in the bundle knew of itself. Its timers go on from where they stood, as after a mount.
fn adopt<C: crate::crypto::Primitives>(mounted: &mut Mounted<C>, facts: &VaultFacts, reading: Reading) {
    let manifest = &mut mounted.manifest;
    manifest.material_id_key.set_from(&facts.material_id_key);
    manifest.clock_mark_ms = facts.clock_mark_ms;
    manifest.due_day = facts.due_day;
    mounted.timer_base = TimerBase::mount(facts.timers, reading);
    manifest.timers = mounted.timer_base.now(reading);
}

/// Where a record of a bundle goes in this vault; `None` for what is kept for the end.
fn place_of<C: crate::crypto::Primitives>(
    item: Item<'_>,
    names: &Names<C>,
    mounted: &Mounted<C>,
    kept: &mut Kept,
) -> Result<Option<Place>, Error> {
    let timers = &mounted.manifest.timers;
    let at = |address| Place { address, due: None, grant: None };
    Ok(Some(match item {
        Item::Key(facts) => {
            let day = next_ms(&facts, timers).map(day_of);
            let due = day.map(|day| (day, DueRecord { key_id: facts.key_id, version: 0 }));
            Place { due, ..at(names.key(&names.owner(&facts.key_id))) }
        }
        Item::Version(key_id, facts) => {
            let version = facts.version;
            let day = day_of_version(&facts, timers);
            let due = day.map(|day| (day, DueRecord { key_id, version }));
            Place { due, ..at(names.backing_key(&names.owner(&key_id), version)) }
        }
        Item::Grant(grant) => {
            let owner = names.owner(&grant.key_id);
            let grant_id =
                grant.grant_id.moved(names.grantee(&owner, &hashed_name(grant.grantee_principal)?));
            let retiring = grant
                .retiring_principal
                .map(|principal| grant_address(&names.retiring(principal), &grant_id));
            let place = at(grant_address(&owner, &grant_id));
            Place { grant: Some((grant.key_id, grant_id, retiring)), ..place }
        }
        Item::Caller(name) => at(names.caller(name)),
        Item::AccessKey(id) => at(names.access_key(&id)),
        Item::Trust(name) => at(names.trust(name)),
        Item::Alias(alias) => at(names.alias(alias.name)),
        Item::Usage(key_id, version) => at(names.usage(&names.owner(&key_id), version)),
        Item::Settings(settings) => {
            kept.settings = Some(settings);
            return Ok(None);
        }
    }))
}
