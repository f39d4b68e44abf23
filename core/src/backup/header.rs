//! The front of a bundle: what it is, of which vault, and the slots that its key lies in.

use heapless::Vec;

use super::{BundleSource, hexadecimal};
use crate::crypto::Primitives;
use crate::error::{BundleFault, Error};
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::key_record::{UNKNOWN_TIME, time};
use crate::format::slot::{SLOT_LEN, Slot, SlotOf, SlotParameters};
use crate::limits::SLOTS_MAX;
use crate::platform::Entropy;
use crate::secret::Secret;

const MAGIC: &[u8; 4] = b"SRbu";
const FORMAT: u8 = 1;
/// What a bundle is for: to be restored.
const BACKUP: u8 = 1;
/// The length of what comes before the slots.
const FIXED_LEN: usize = 56;
/// Longest header in bytes.
pub(crate) const HEADER_LEN_MAX: usize = FIXED_LEN + SLOTS_MAX * SLOT_LEN;

/// What stands in a header. Nothing of it is believed before a segment opens: each is bound to all of it.
pub(crate) struct Header {
    pub(crate) bundle_id: [u8; 16],
    /// The vault that the bundle was made of.
    pub(crate) vault_id: [u8; 16],
    /// The revision of the vault that is in the bundle.
    pub(crate) revision: u64,
    pub(crate) made_ms: Option<u64>,
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
        writer.put(MAGIC);
        writer.put(&[FORMAT, BACKUP, u8::try_from(self.slots.len()).map_err(|_| Error::Bug)?, 0]);
        writer.put(&self.bundle_id);
        writer.put(&self.vault_id);
        writer.u64(self.revision);
        writer.u64(self.made_ms.unwrap_or(UNKNOWN_TIME));
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
        let (front, rest) = fixed.split_first_chunk_mut::<8>().ok_or(Error::Bug)?;
        let got = fill(source, front)?;
        let [a, b, c, d, format, purpose, count, zero] = *front;
        if got < MAGIC.len() || [a, b, c, d] != *MAGIC {
            return Err(Error::Bundle(BundleFault::NotABundle));
        }
        if got < front.len() {
            return Err(Error::Bundle(BundleFault::Truncated));
        }
        if format > FORMAT {
            return Err(Error::FromTheFuture { format });
        }
        let count = usize::from(count);
        if [format, purpose, zero] != [FORMAT, BACKUP, 0] || !(1..=SLOTS_MAX).contains(&count) {
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
        reader.take(8)?;
        let (bundle_id, vault_id, revision) = (reader.array()?, reader.array()?, reader.u64()?);
        let made_ms = time(reader.u64()?);
        let mut slots = Vec::new();
        for _ in 0..count {
            slots.push(Slot::from_bytes(reader.array()?)).map_err(|_| Malformed)?;
        }
        reader.end()?;
        Ok(Header { bundle_id, vault_id, revision, made_ms, slots })
    }
}

/// Reads until the buffer is full or the source is at its end, and answers how many bytes came.
pub(super) fn fill(source: &mut BundleSource<'_>, buffer: &mut [u8]) -> Result<usize, Error> {
    let mut len = 0usize;
    while let Some(rest) = buffer.get_mut(len..).filter(|rest| !rest.is_empty()) {
        match source(rest)? {
            0 => break,
            got if got > rest.len() => return Err(Error::Bug),
            got => len = len.saturating_add(got),
        }
    }
    Ok(len)
}

/// Reads exactly as many bytes as the buffer has.
pub(super) fn fill_whole(source: &mut BundleSource<'_>, buffer: &mut [u8]) -> Result<(), Error> {
    if fill(source, buffer)? == buffer.len() { Ok(()) } else { Err(Error::Bundle(BundleFault::Truncated)) }
}
