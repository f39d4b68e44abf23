//! The manifest: the one blob that every commit replaces, and from which everything else hangs.

use heapless::Vec;

use super::bytes::{Malformed, Reader, Writer};
use crate::error::Error;
use crate::limits::{PENDING_AUDIT_LEN, SLOTS_MAX};
use crate::realm::Realm;
use crate::secret::Secret;
use crate::stack::blank_vec;

const FORMAT: u8 = 1;

/// What the vault knows of itself. Field by field in `docs/format.md`, section 5.
pub(crate) struct Manifest {
    pub(crate) vault_id: [u8; 16],
    /// Drawn anew at every mount.
    pub(crate) mount_id: [u8; 16],
    /// Counts commits.
    pub(crate) revision: u64,
    /// What the freshness counter is compared with.
    pub(crate) fresh: u64,
    /// The key of the tree's root node.
    pub(crate) top_key: Secret<32>,
    /// Keys the addresses of records.
    pub(crate) name_key: Secret<32>,
    /// Keys pagination markers.
    pub(crate) token_key: Secret<32>,
    /// Keys material ids.
    pub(crate) material_id_key: Secret<32>,
    pub(crate) realm: Realm,
    /// Slot id and hash of each slot.
    pub(crate) slot_hashes: Vec<(u8, [u8; 32]), SLOTS_MAX>,
    pub(crate) audit: AuditHead,
    /// The highest wall time ever committed, in milliseconds since 1970.
    pub(crate) clock_mark_ms: u64,
    pub(crate) timers: Timers,
    /// The first day, in timer time, of which something may still have to be done.
    pub(crate) due_day: u32,
    /// A cell was replaced and its old content may not be erased yet.
    pub(crate) erase_outstanding: bool,
    /// The vault was closed in order, so nothing lies behind the audit head.
    pub(crate) closed: bool,
    /// The destruction of a key has begun and may not be over: a mount goes on with it.
    pub(crate) destruction_begun: bool,
    /// Events committed with their changes and not yet acknowledged by the sink, each `u16 length ‖ event`.
    pub(crate) pending: Vec<u8, PENDING_AUDIT_LEN>,
}

/// How far the timers have come, which decide over destruction, expiry and rotation. They never run backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timers {
    /// Timer time: of the same scale as the wall clock, and behind it after every absence; or an epoch.
    pub(crate) timer_ms: u64,
    /// Monotonic time that passed in sessions of this vault, all in all.
    pub(crate) observed_ms: u64,
    /// What mounts have added to timer time beyond that, since a time was last accepted.
    pub(crate) mounts_added_ms: u64,
    /// The vault was made without a clock: only who may accept a time moves its timers.
    pub(crate) is_epoch: bool,
}

impl Timers {
    /// Takes what a later reading says; a clock that wavers within the tolerance does not move them back.
    pub(crate) fn advance_to(&mut self, later: Timers) {
        let timer_ms = self.timer_ms.max(later.timer_ms);
        *self = Timers { timer_ms, observed_ms: self.observed_ms.max(later.observed_ms), ..later };
    }

    /// Whether the end of something that lives for a while is there, in timer time or in observed time. Either is enough: no cut
    /// of power and no stopped clock makes it live longer.
    pub(crate) const fn have_come_to(&self, end_ms: u64, end_at_observed_ms: u64) -> bool {
        end_ms <= self.timer_ms || end_at_observed_ms <= self.observed_ms
    }
}

/// Where the audit log stands: what the next entry continues.
pub(crate) struct AuditHead {
    pub(crate) log_id: [u8; 16],
    /// `k_0`, until it has been handed to whoever will audit.
    pub(crate) first_key: Secret<32>,
    /// The sequence number of the next entry.
    pub(crate) next_sequence: u64,
    pub(crate) hash: [u8; 32],
    pub(crate) key: Secret<32>,
}

impl AuditHead {
    /// A second head at the same place, to advance on trial.
    pub(crate) fn fork(&self) -> AuditHead {
        let mut fork = AuditHead {
            log_id: self.log_id,
            first_key: Secret::zeroed(),
            next_sequence: self.next_sequence,
            hash: self.hash,
            key: Secret::zeroed(),
        };
        fork.first_key.set_from(&self.first_key);
        fork.key.set_from(&self.key);
        fork
    }
}

impl Manifest {
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.u8(FORMAT);
        writer.u8(u8::from(self.erase_outstanding)
            | u8::from(self.closed) << 1
            | u8::from(self.timers.is_epoch) << 2
            | u8::from(self.destruction_begun) << 3);
        writer.put(&self.vault_id);
        writer.put(&self.mount_id);
        writer.u64(self.revision);
        writer.u64(self.fresh);
        for key in [&self.top_key, &self.name_key, &self.token_key, &self.material_id_key] {
            key.expose(|key| writer.put(key));
        }
        for text in [self.realm.partition(), self.realm.account(), self.realm.region()] {
            writer.string(text.as_bytes())?;
        }
        writer.u8(u8::try_from(self.slot_hashes.len()).map_err(|_| Error::Bug)?);
        for (id, hash) in &self.slot_hashes {
            writer.u8(*id);
            writer.put(hash);
        }
        writer.put(&self.audit.log_id);
        self.audit.first_key.expose(|key| writer.put(key));
        writer.u64(self.audit.next_sequence);
        writer.put(&self.audit.hash);
        self.audit.key.expose(|key| writer.put(key));
        writer.u64(self.clock_mark_ms);
        writer.u64(self.timers.timer_ms);
        writer.u64(self.timers.observed_ms);
        writer.u64(self.timers.mounts_added_ms);
        writer.u32(self.due_day);
        writer.string(&self.pending)?;
        writer.pad(crate::limits::PADDING);
        writer.finish()
    }

    pub(crate) fn read(plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(plaintext);
        let secret = |reader: &mut Reader<'_>| {
            let mut secret = Secret::zeroed();
            let bytes = reader.take(32)?;
            secret.fill_with(|slot| slot.copy_from_slice(bytes));
            Ok(secret)
        };
        let format = reader.u8()?;
        let flags = reader.u8()?;
        if format != FORMAT || flags & !15 != 0 {
            return Err(Malformed);
        }
        let (vault_id, mount_id) = (reader.array()?, reader.array()?);
        let (revision, fresh) = (reader.u64()?, reader.u64()?);
        let (top_key, name_key) = (secret(&mut reader)?, secret(&mut reader)?);
        let (token_key, material_id_key) = (secret(&mut reader)?, secret(&mut reader)?);
        let realm =
            Realm::new(reader.text()?, reader.text()?, reader.text()?).map_err(|_: Error| Malformed)?;
        let mut slot_hashes = blank_vec((0, [0; 32]));
        for _ in 0..reader.u8()? {
            slot_hashes.push((reader.u8()?, reader.array()?)).map_err(|_| Malformed)?;
        }
        let audit = AuditHead {
            log_id: reader.array()?,
            first_key: secret(&mut reader)?,
            next_sequence: reader.u64()?,
            hash: reader.array()?,
            key: secret(&mut reader)?,
        };
        let clock_mark_ms = reader.u64()?;
        let timers = Timers {
            timer_ms: reader.u64()?,
            observed_ms: reader.u64()?,
            mounts_added_ms: reader.u64()?,
            is_epoch: flags & 4 != 0,
        };
        let due_day = reader.u32()?;
        let mut pending = blank_vec(0);
        pending.extend_from_slice(reader.string()?).map_err(|_| Malformed)?;
        reader.end_padded()?;
        Ok(Manifest {
            vault_id,
            mount_id,
            revision,
            fresh,
            top_key,
            name_key,
            token_key,
            material_id_key,
            realm,
            slot_hashes,
            audit,
            clock_mark_ms,
            timers,
            due_day,
            erase_outstanding: flags & 1 != 0,
            closed: flags & 2 != 0,
            destruction_begun: flags & 8 != 0,
            pending,
        })
    }
}
