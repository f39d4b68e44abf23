//! The end of a key: everything of it out of the tree, and what it was beyond reach.
//!
//! A key is its record, its versions, its grants and whatever else lies below its owner, and besides, elsewhere, the
//! records that lead to it: aliases, and what retiring principals find grants by. One commit takes out only so much.
//!
//! The rule: **the key record is the last to go.** Where one commit is not enough, the first one also writes into the key
//! record that the destruction has begun. From there on nothing calls it off, nothing uses the key, which is pending
//! deletion all the while, and whoever comes next, after a power cut too, goes on with what is left: the mount, or the next
//! [`Vault::tick`], which finds it by its date. What leads to the key goes before what it leads to, so that nothing is left that
//! nobody finds. The last commit takes out the rest and the key record, carries the event, and replaces the eraser cell:
//! erasing once at the end covers what went before it.
//!
//! Below a damaged node nothing can be taken out one by one. Then the last commit cuts off all that the owner has at the
//! one place above it.

use zeroize::{Zeroize, Zeroizing};

use super::commit::NewRecord;
use super::settings::SmallRecord;
use super::state::Mounted;
use super::timers::Reading;
use super::{Destruction, Snapshot, Vault, vault_time};
use crate::crypto::sr1;
use crate::error::{Error, Part, StateConflict};
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::audit_entry::{Event, Touched};
use crate::format::bytes::Reader;
use crate::format::grant_record::GRANT_RECORD_LEN_MAX;
use crate::format::key_record::{self, KeyRecord};
use crate::format::settings_record::Settings;
use crate::grant::Grant;
use crate::key::{Alias, FactsChange, KeyFacts, KeyId};
use crate::platform::{Address, Platform};
use crate::policy::Action;
use crate::tree::{Names, Owner, Plan, View, grant_address, owner_of, within};

/// Room for a sealed grant.
const GRANT_ROOM: usize = GRANT_RECORD_LEN_MAX + sr1::OVERHEAD;
/// What a plan takes out at most; see [`crate::limits::TREE_NODES_PER_COMMIT`].
type Addresses = heapless::Vec<Address, { crate::limits::TREE_NODES_PER_COMMIT }>;

/// How far one plan came.
enum Gathered {
    /// It takes out everything but the key record.
    All,
    /// There is more than fits.
    Part,
    /// What is left lies below a damaged node.
    Damaged,
}

impl<P: Platform> Vault<P> {
    /// Destroys a key whose time has come, to the end.
    pub(crate) fn destroy_key(&self, key_id: &KeyId) -> Result<Destruction, Error> {
        loop {
            if let Some(destruction) = self.destroy_step(key_id)? {
                return Ok(destruction);
            }
        }
    }

    /// One commit of a key's destruction; what it answers is there when it was the last.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the key is gone already. [`Error::InvalidState`]: its time has not come.
    pub(crate) fn destroy_step(&self, key_id: &KeyId) -> Result<Option<Destruction>, Error> {
        self.lend_writer(|writer, scratch| {
            let done = writer.usable().and_then(|mounted| {
                self.hand_over_pending(mounted)?;
                self.read_settings_again(mounted)?;
                let done = self.destroy_some(mounted, scratch, key_id);
                // Durable in the manifest already.
                if done.is_ok() {
                    let _ = self.hand_over_pending(mounted);
                }
                done
            });
            scratch.zeroize();
            done
        })?
    }

    #[inline(never)]
    fn destroy_some(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        key_id: &KeyId,
    ) -> Result<Option<Destruction>, Error> {
        let platform = &self.platform;
        let snapshot = Snapshot::take(platform)?;
        let names = &snapshot.keys.names;
        let owner = names.owner(key_id);
        let key_address = names.key(&owner);
        let view = snapshot.view(platform.storage());
        let damaged = Error::Damaged(Part::Record);
        let timers = mounted.timer_base.now(Reading::take(platform));

        // Read: that its time has come, what leads to it, and what it has.
        let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
        let record = KeyRecord::read(plaintext).map_err(|_| damaged)?;
        let facts = record.facts;
        if facts.key_id != *key_id {
            return Err(damaged);
        }
        if !facts.deletion.is_some_and(|deletion| deletion.is_over(&timers)) {
            return Err(Error::InvalidState(StateConflict::NotDue));
        }
        let aliases = aliases::<P>(&view, names, key_id, record.texts.aliases)?;
        let len = plaintext.len();
        let mut plan = Plan::new();
        plan.start(&view)?;
        // There is room for it before there is for anything else.
        plan.put(&view, &key_address, platform.entropy())?;
        let mut counted = self.uncount(mounted, &mut plan)?;
        let mut gathered = if aliases.is_full() { Gathered::Part } else { Gathered::All };
        let mut count = 0u32;
        for alias in &aliases {
            match plan.remove(&view, alias) {
                Ok(_) => count = count.saturating_add(1),
                Err(Error::Capacity) => gathered = Gathered::Part,
                // It leads nowhere then.
                Err(Error::Damaged(_)) => {}
                Err(other) => return Err(other),
            }
        }
        if let Gathered::All = gathered {
            gathered = self.gather(&view, names, &owner, &mut plan, &mut count)?;
        }
        if let Gathered::All = gathered
            && let Err(error) = plan.remove(&view, &key_address)
        {
            gathered = if error == Error::Capacity { Gathered::Part } else { return Err(error) };
        }
        match gathered {
            Gathered::All => {}
            Gathered::Damaged if count == 0 => {
                plan.start(&view)?;
                plan.remove_owner(&view, &owner)?;
                counted = self.uncount(mounted, &mut plan)?;
            }
            Gathered::Part if count == 0 => return Err(Error::Capacity),
            Gathered::Part | Gathered::Damaged => {
                let begun = FactsChange::BeginDestruction.apply(facts, &timers)?;
                let body = scratch.get_mut(sr1::HEAD_LEN..).and_then(|body| body.get_mut(..len));
                key_record::replace_facts(body.ok_or(Error::Bug)?, &begun)?;
                let record = NewRecord { address: key_address, buffer: scratch, len };
                // It has its place in the plan; the key still counts.
                let mut settings = match counted {
                    Some(_) => Some(self.settings_record(&snapshot, &mut plan, &mounted.settings?)?),
                    None => None,
                };
                if begun != facts {
                    self.add_pending(mounted, &self.end_event(mounted, &facts, 1)?)?;
                    mounted.note_begun();
                }
                match settings.as_mut().map(SmallRecord::as_new) {
                    Some(settings) => self.land_plan(mounted, &mut plan, &mut [record, settings])?,
                    None => self.land_plan(mounted, &mut plan, &mut [record])?,
                }
                return self.forget_destroyed(mounted, key_id).map(|()| None);
            }
        }
        self.add_pending(mounted, &self.end_event(mounted, &facts, 0)?)?;
        if facts.deletion.is_some_and(|deletion| deletion.has_begun()) {
            mounted.note_over();
        }
        let destruction = match &mut counted {
            Some((_, settings)) => self.land_destruction(mounted, &mut plan, &mut [settings.as_new()])?,
            None => self.land_destruction(mounted, &mut plan, &mut [])?,
        };
        if let Some((settings, _)) = counted {
            mounted.settings = Ok(settings);
        }
        self.forget_destroyed(mounted, key_id).map(|()| Some(destruction))
    }

    /// Plans to take out what an owner has, but for the key record, and what leads to its grants, as far as there is room.
    #[inline(never)]
    fn gather(
        &self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        owner: &Owner,
        plan: &mut Plan,
        count: &mut u32,
    ) -> Result<Gathered, Error> {
        let key_address = names.key(owner);
        let mut buffer = Zeroizing::new([0; GRANT_ROOM]);
        let mut at = within(owner, &[]);
        loop {
            match view.next_record(Some(&at)) {
                Ok(Some(next)) if owner_of(&next) == *owner => at = next,
                Ok(_) => return Ok(Gathered::All),
                Err(Error::Damaged(_)) => return Ok(Gathered::Damaged),
                Err(other) => return Err(other),
            }
            if at == key_address {
                continue;
            }
            // Of a grant that cannot be read nobody knows what leads to it; a listing passes over that.
            let grant = match view.record(&at, &mut *buffer) {
                Ok(plaintext) => plaintext.and_then(|plaintext| Grant::read(plaintext).ok().flatten()),
                Err(Error::Damaged(Part::Record) | Error::Capacity) => None,
                Err(Error::Damaged(_)) => return Ok(Gathered::Damaged),
                Err(other) => return Err(other),
            };
            let leads_there = grant.and_then(|grant| {
                let principal = grant.retiring_principal?;
                Some(grant_address(&names.retiring(principal), &grant.grant_id))
            });
            match leads_there.map_or(Ok(false), |address| plan.remove(view, &address)) {
                Ok(_) | Err(Error::Damaged(_)) => {}
                Err(Error::Capacity) => return Ok(Gathered::Part),
                Err(other) => return Err(other),
            }
            match plan.remove(view, &at) {
                Ok(_) => *count = count.saturating_add(1),
                Err(Error::Capacity) => return Ok(Gathered::Part),
                Err(Error::Damaged(_)) => return Ok(Gathered::Damaged),
                Err(other) => return Err(other),
            }
        }
    }

    /// One key less, where keys are counted. Damage on the way to the settings keeps no key: it stays counted then.
    pub(super) fn uncount(
        &self,
        mounted: &Mounted<P::Primitives>,
        plan: &mut Plan,
    ) -> Result<Option<(Settings, SmallRecord)>, Error> {
        match self.count_key(mounted, plan, false) {
            Err(Error::Damaged(_)) => Ok(None),
            counted => counted,
        }
    }

    /// What the log says of a key's end; `detail` is 1 where it has only begun.
    fn end_event(
        &self,
        mounted: &Mounted<P::Primitives>,
        facts: &KeyFacts,
        detail: u64,
    ) -> Result<Event<'static>, Error> {
        Ok(Event {
            time_ms: vault_time(&self.platform, mounted.manifest.clock_mark_ms),
            key: Some(Touched { key_id: facts.key_id, version: 0 }),
            detail,
            ..self.own_event(Action::DeleteKey)?
        })
    }

    /// Nobody goes on with what a key was, and nobody counts its uses any more.
    pub(super) fn forget_destroyed(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        key_id: &KeyId,
    ) -> Result<(), Error> {
        self.forget_key(mounted, key_id)?;
        mounted.rests.forget(key_id);
        Ok(())
    }
}

/// Where the aliases of a key lie that are still there and still its own; a full list may not be all of them.
fn aliases<P: Platform>(
    view: &View<'_, P::Primitives, P::Storage>,
    names: &Names<P::Primitives>,
    key_id: &KeyId,
    stored: &[u8],
) -> Result<Addresses, Error> {
    let mut found = Addresses::new();
    let mut reader = Reader::new(stored);
    let mut buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
    while let Ok(name) = reader.text() {
        let address = names.alias(name);
        let is_its_own = match view.record(&address, &mut buffer) {
            Ok(plaintext) => plaintext
                .and_then(|plaintext| Alias::read(plaintext).ok())
                .is_some_and(|alias| alias.target_key_id == *key_id),
            // The key's own record says that it is.
            Err(Error::Damaged(Part::Record)) => true,
            Err(Error::Damaged(_) | Error::Capacity) => false,
            Err(other) => return Err(other),
        };
        if is_its_own && found.push(address).is_err() {
            break;
        }
    }
    Ok(found)
}
