//! Making a vault where there is none.

use super::due_index::day_of;
use super::manifest_key::{self, write_cell};
use super::state::Mounted;
use super::timers::{Reading, TimerBase};
use super::{Published, Unlock, Vault};
use crate::error::Error;
use crate::format::manifest::{AuditHead, Manifest};
use crate::format::slot::{SLOT_AREA_LEN_MAX, Slot, SlotArea, SlotKind, SlotOf, SlotParameters};
use crate::platform::{Cell, Clock, Entropy, Eraser, Freshness, Platform, State, Storage};
use crate::policy::Action;
use crate::realm::Realm;
use crate::secret::Secret;
use crate::stack::blank_vec;
use crate::tree::{Plan, SLOTS, copy_of};

/// A key slot to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewSlot {
    /// Kind and stretching parameters.
    pub kind: SlotKind,
}

/// What a new vault is to be.
#[derive(Clone, Debug)]
pub struct NewVault<'a> {
    /// Partition, account and Region; fixed for ever.
    pub realm: Realm,
    /// One to [`crate::limits::SLOTS_MAX`] slots, numbered from 0 in this order.
    pub slots: &'a [NewSlot],
}

impl<P: Platform> Vault<P> {
    /// Makes a vault in empty storage and opens it. `unlock` is asked for the secret of each slot in turn.
    ///
    /// # Errors
    /// [`Error::AlreadyAVault`]: the storage is not empty, and is left alone. [`Error::WrongSecret`]: `unlock` gave no
    /// secret for a slot. [`Error::SlotParameters`], [`Error::LimitExceeded`], [`Error::Entropy`], [`Error::Anchor`],
    /// [`Error::Storage`]: nothing was made, and a retry may help; where the storage or the counter failed half-way, it
    /// answers [`Error::AlreadyAVault`], and the vault can be mounted. [`Error::Audit`]: the vault was made, and is
    /// closed.
    pub fn create(&self, new: &NewVault<'_>, unlock: &mut Unlock<'_>) -> Result<(), Error> {
        self.check_primitives()?;
        let platform = &self.platform;
        let mut occupied = false;
        platform.storage().walk(&mut |_| occupied = true)?;
        if occupied {
            return Err(Error::AlreadyAVault);
        }
        let (mounted, area) = self.prepare(new, unlock)?;
        self.lend_writer(|writer, _| {
            if writer.mounted.as_ref().is_some_and(|mounted| !mounted.ended) {
                return Err(Error::Busy);
            }
            platform.state().publish(Published::clear)?;
            writer.mounted = Some(mounted);
            self.open_to_requests(writer, |mounted| {
                self.commit_creation(mounted, &area)?;
                self.append_own(mounted, Action::Mount, 0)
            })
        })?
    }

    #[inline(never)]
    pub(super) fn prepare(
        &self,
        new: &NewVault<'_>,
        unlock: &mut Unlock<'_>,
    ) -> Result<(Mounted<P::Primitives>, SlotArea), Error> {
        let platform = &self.platform;
        let entropy = platform.entropy();
        let id = || -> Result<[u8; 16], Error> {
            let mut id = [0; 16];
            entropy.fill(&mut id).map_err(|_| Error::Entropy)?;
            Ok(id)
        };
        let secret = || {
            let mut secret = Secret::zeroed();
            secret.draw(entropy).map(|()| secret)
        };
        let (vault_id, root_key) = (id()?, secret()?);

        let mut area = SlotArea { vault_id, slots: heapless::Vec::new() };
        let mut slot_hashes = blank_vec((0, [0; 32]));
        for (slot_id, slot) in (0u8..).zip(new.slots) {
            slot.kind.check()?;
            let parameters = SlotParameters { slot_id, kind: slot.kind, salt: id()? };
            let mut stretched = Secret::zeroed();
            if !unlock(&parameters, &mut stretched)? {
                return Err(Error::WrongSecret);
            }
            let sealed = Slot::seal::<P::Primitives>(
                &parameters,
                SlotOf::Vault(&vault_id),
                &stretched,
                &root_key,
                entropy,
            )?;
            slot_hashes.push((slot_id, sealed.hash::<P::Primitives>())).map_err(|_| Error::LimitExceeded)?;
            area.slots.push(sealed).map_err(|_| Error::LimitExceeded)?;
        }
        if area.slots.is_empty() {
            return Err(Error::WrongSecret);
        }

        let mut cell_value = Secret::zeroed();
        let cell = if platform.eraser().is_present() {
            write_cell::<P::Primitives>(platform.eraser(), entropy, Cell::A, &mut cell_value)?;
            Some(Cell::A)
        } else {
            None
        };
        let reading = Reading::take(platform);
        let timer_base = TimerBase::create(reading);
        let log_id = id()?;
        let audit = AuditHead {
            log_id,
            first_key: secret()?,
            next_sequence: 0,
            hash: AuditHead::first_hash::<P::Primitives>(&vault_id, &log_id),
            key: Secret::zeroed(),
        };
        let mut manifest = Manifest {
            vault_id,
            mount_id: id()?,
            revision: 0,
            fresh: platform.freshness().read().map_err(|_| Error::Anchor)?.unwrap_or(0),
            top_key: Secret::zeroed(),
            name_key: secret()?,
            token_key: secret()?,
            material_id_key: secret()?,
            realm: new.realm.clone(),
            slot_hashes,
            audit,
            clock_mark_ms: 0,
            timers: timer_base.now(reading),
            due_day: day_of(timer_base.now(reading).timer_ms),
            erase_outstanding: false,
            closed: false,
            destruction_begun: false,
            pending: blank_vec(0),
        };
        let AuditHead { first_key, key, .. } = &mut manifest.audit;
        key.set_from(first_key);
        let manifest_key = manifest_key::derive(&vault_id, &root_key, cell.map(|_| &cell_value));
        let now_ms = platform.clock().monotonic_ms();
        let mounted = Mounted::begin(manifest, manifest_key, root_key, cell, timer_base, now_ms);
        Ok((mounted, area))
    }

    /// The first commit: slots, an empty tree, the manifest.
    #[inline(never)]
    fn commit_creation(&self, mounted: &mut Mounted<P::Primitives>, area: &SlotArea) -> Result<(), Error> {
        let mut plan = Plan::for_empty_tree();
        let mut buffer = [0; SLOT_AREA_LEN_MAX];
        let len = area.write(&mut buffer)?;
        self.land(mounted, &mut |mounted, transaction| {
            let slots = buffer.get(..len).ok_or(Error::Bug)?;
            transaction.put(&SLOTS, slots)?;
            transaction.put(&copy_of(&SLOTS), slots)?;
            let (vault_id, top_key) = (mounted.manifest.vault_id, &mut mounted.manifest.top_key);
            plan.write_nodes::<P::Primitives>(&vault_id, top_key, self.platform.entropy(), transaction)
        })
    }
}
