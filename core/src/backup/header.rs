//! The front of a bundle that secrets open: what it is, of which vault, and the slots that its key lies in.

use heapless::Vec;

use super::front::{self, BACKUP, FRONT_LEN, fill_whole};
use super::{BundleFacts, BundleSource, hexadecimal};
use crate::crypto::Primitives;
use crate::error::{BundleFault, Error};
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::key_record::{UNKNOWN_TIME, time};
use crate::format::slot::{SLOT_LEN, Slot, SlotOf, SlotParameters};
use crate::limits::SLOTS_MAX;
use crate::platform::Entropy;
use crate::secret::Secret;

/// The length of what comes before the slots.
const FIXED_LEN: usize = 56;
/// Longest header in bytes.
pub(crate) const HEADER_LEN_MAX: usize = FIXED_LEN + SLOTS_MAX * SLOT_LEN;

/// What stands in a header. Nothing of it is believed before a segment opens: each is bound to all of it.
pub(crate) struct Header {
    pub(crate) facts: BundleFacts,
    pub(crate) slots: Vec<Slot, SLOTS_MAX>,
}

/// A bundle that is to be written: its id, its key, and the key sealed for each secret.
pub(crate) struct BundleDraft {
    pub(crate) bundle_id: [u8; 16],
    pub(crate) key: Secret<32>,
    pub(crate) slots: Vec<Slot, SLOTS_MAX>,
}

impl BundleDraft {
    /// A fresh id and a fresh key.
    ///
    /// # Errors
    /// [`Error::Entropy`].
    pub(crate) fn draw(entropy: &impl Entropy) -> Result<Self, Error> {
        let mut draft = BundleDraft { bundle_id: [0; 16], key: Secret::zeroed(), slots: Vec::new() };
        entropy.fill(&mut draft.bundle_id).map_err(|_| Error::Entropy)?;
        draft.key.draw(entropy)?;
        Ok(draft)
    }

    /// How the audit log names the bundle.
    pub(crate) fn name(&self) -> heapless::String<32> {
        hexadecimal(&self.bundle_id)
    }

    /// Seals the key for one more secret.
    pub(crate) fn add<C: Primitives>(
        &mut self,
        parameters: &SlotParameters,
        stretched: &Secret<32>,
        entropy: &impl Entropy,
    ) -> Result<(), Error> {
        let slot =
            Slot::seal::<C>(parameters, SlotOf::Bundle(&self.bundle_id), stretched, &self.key, entropy)?;
        self.slots.push(slot).map_err(|_| Error::LimitExceeded)
    }
}

impl Header {
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        let slots = u8::try_from(self.slots.len()).map_err(|_| Error::Bug)?;
        writer.put(&front::of(BACKUP, slots));
        let BundleFacts { bundle_id, vault_id, revision, made_ms } = &self.facts;
        writer.put(bundle_id);
        writer.put(vault_id);
        writer.u64(*revision);
        writer.u64(made_ms.unwrap_or(UNKNOWN_TIME));
        for slot in &self.slots {
            writer.put(slot.as_bytes());
        }
        writer.finish()
    }

    /// Reads a header, and answers the SHA-256 of its bytes too.
    ///
    /// # Errors
    /// [`Error::Bundle`], [`Error::FromTheFuture`], and what the source answers.
    pub(super) fn read<C: Primitives>(source: &mut BundleSource<'_>) -> Result<(Self, [u8; 32]), Error> {
        let mut bytes = [0; HEADER_LEN_MAX];
        let (fixed, slots) = bytes.split_first_chunk_mut::<FIXED_LEN>().ok_or(Error::Bug)?;
        let (front, rest) = fixed.split_first_chunk_mut::<FRONT_LEN>().ok_or(Error::Bug)?;
        let count = usize::from(front::read(source, front, BACKUP)?);
        if !(1..=SLOTS_MAX).contains(&count) {
            return Err(Error::Bundle(BundleFault::NotABundle));
        }
        let slots_len = count.saturating_mul(SLOT_LEN);
        fill_whole(source, rest)?;
        fill_whole(source, slots.get_mut(..slots_len).ok_or(Error::Bug)?)?;
        let bytes = bytes.get(..FIXED_LEN.saturating_add(slots_len)).ok_or(Error::Bug)?;
        let hash = C::sha256(core::iter::once(bytes));
        Ok((Self::read_fields(bytes, count).map_err(|_| Error::Bug)?, hash))
    }

    fn read_fields(bytes: &[u8], count: usize) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        reader.take(FRONT_LEN)?;
        let (bundle_id, vault_id, revision) = (reader.array()?, reader.array()?, reader.u64()?);
        let made_ms = time(reader.u64()?);
        let mut slots = Vec::new();
        for _ in 0..count {
            slots.push(Slot::from_bytes(reader.array()?)).map_err(|_| Malformed)?;
        }
        reader.end()?;
        Ok(Header { facts: BundleFacts { bundle_id, vault_id, revision, made_ms }, slots })
    }
}
