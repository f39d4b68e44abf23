//! The slot area: the only bytes of a vault that are not sealed as a whole, since they are read before any key is known.

use heapless::Vec;
use zeroize::Zeroize;

use super::bytes::{Malformed, Reader, Writer};
use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose, labels};
use crate::error::{Error, Part};
use crate::limits::{SLOTS_MAX, argon2};
use crate::platform::Entropy;
use crate::secret::Secret;
use crate::vault::Unlock;

const MAGIC: &[u8; 4] = b"SRvt";
const FORMAT: u8 = 1;
/// The head of a slot: what the associated data binds.
const SLOT_HEAD_LEN: usize = 32;
pub(crate) const SLOT_LEN: usize = SLOT_HEAD_LEN + 32 + sr1::OVERHEAD;
/// Longest slot area in bytes.
pub(crate) const SLOT_AREA_LEN_MAX: usize = 24 + SLOTS_MAX * SLOT_LEN;

/// What kind of secret opens a slot, and how the secret becomes 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SlotKind {
    /// A passphrase, stretched by Argon2id (RFC 9106) with these parameters and the slot's salt.
    Passphrase {
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
    /// A file, a fuse or an enclave's sealing key with at least 128 bits of entropy: HKDF-SHA-256 is enough.
    KeyFile,
    /// 32 random bytes that exist only in shares, of which so many together give them back.
    RecoveryShares,
}

/// What is needed to turn an unlock secret into a slot's 32 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SlotParameters {
    /// The number of the slot in its vault.
    pub slot_id: u8,
    /// Kind and stretching.
    pub kind: SlotKind,
    /// Random, for this slot alone.
    pub salt: [u8; 16],
}

/// What a slot is of, by its id: of nothing else its secret opens it.
#[derive(Clone, Copy)]
pub(crate) enum SlotOf<'a> {
    /// A vault, whose root key it holds.
    Vault(&'a [u8; 16]),
    /// A bundle, whose key it holds.
    Bundle(&'a [u8; 16]),
}

impl<'a> SlotOf<'a> {
    const fn id(self) -> &'a [u8; 16] {
        match self {
            SlotOf::Vault(id) | SlotOf::Bundle(id) => id,
        }
    }

    const fn label(self) -> &'static [u8; 4] {
        match self {
            SlotOf::Vault(_) => labels::SLOT,
            SlotOf::Bundle(_) => labels::BUNDLE_KEY,
        }
    }

    const fn purpose(self) -> Purpose {
        match self {
            SlotOf::Vault(_) => Purpose::Slot,
            SlotOf::Bundle(_) => Purpose::BundleKey,
        }
    }
}

/// One slot, as stored: the root key of a vault, or the key of a bundle, sealed under what the unlock secret gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slot {
    bytes: [u8; SLOT_LEN],
}

/// The vault's id and slots.
pub(crate) struct SlotArea {
    pub(crate) vault_id: [u8; 16],
    pub(crate) slots: Vec<Slot, SLOTS_MAX>,
}

impl SlotParameters {
    fn head(&self) -> [u8; SLOT_HEAD_LEN] {
        let mut head = [0; SLOT_HEAD_LEN];
        let mut writer = Writer::new(&mut head);
        match self.kind {
            SlotKind::Passphrase { memory_kib, passes, lanes } => {
                writer.put(&[self.slot_id, 1, 1, 0]);
                writer.u32(memory_kib);
                writer.u32(passes);
                writer.u32(lanes);
            }
            SlotKind::KeyFile => {
                writer.put(&[self.slot_id, 2, 0, 0]);
                writer.put(&[0; 12]);
            }
            SlotKind::RecoveryShares => {
                writer.put(&[self.slot_id, 3, 0, 0]);
                writer.put(&[0; 12]);
            }
        }
        writer.put(&self.salt);
        head
    }

    fn read(head: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(head);
        let mut fields = || -> Result<_, Malformed> {
            Ok((reader.array::<4>()?, reader.u32()?, reader.u32()?, reader.u32()?, reader.array::<16>()?))
        };
        let ([slot_id, kind, kdf, zero], memory_kib, passes, lanes, salt) =
            fields().map_err(|_| Error::Damaged(Part::Slots))?;
        let kind = match (kind, kdf, zero) {
            (1, 1, 0) => SlotKind::Passphrase { memory_kib, passes, lanes },
            (2, 0, 0) if [memory_kib, passes, lanes] == [0; 3] => SlotKind::KeyFile,
            (3, 0, 0) if [memory_kib, passes, lanes] == [0; 3] => SlotKind::RecoveryShares,
            _ => return Err(Error::Damaged(Part::Slots)),
        };
        kind.check()?;
        Ok(SlotParameters { slot_id, kind, salt })
    }

    /// The key that seals what the slot holds: HKDF-Extract(salt = label ‖ id ‖ slot head, input = unlock secret).
    fn slot_key<C: Primitives>(&self, of: SlotOf<'_>, unlock: &Secret<32>) -> SealingKey<C> {
        let mut salt = [0; 4 + 16 + SLOT_HEAD_LEN];
        let mut writer = Writer::new(&mut salt);
        writer.put(of.label());
        writer.put(of.id());
        writer.put(&self.head());
        let mut key = Secret::zeroed();
        unlock.expose(|unlock| C::hkdf_extract(&salt, unlock, &mut key));
        SealingKey::open(&key, of.purpose(), of.id(), 0).0
    }

    fn associated<C: Primitives>(&self, of: SlotOf<'_>) -> [u8; 32] {
        C::sha256([&of.label()[..], of.id(), &self.head()].into_iter())
    }
}

impl SlotKind {
    /// Refuses stretching parameters outside [`crate::limits::argon2`].
    ///
    /// # Errors
    /// [`Error::SlotParameters`].
    pub fn check(&self) -> Result<(), Error> {
        match *self {
            SlotKind::KeyFile | SlotKind::RecoveryShares => Ok(()),
            SlotKind::Passphrase { memory_kib, passes, lanes } => {
                let lanes_ok = (1..=argon2::LANES_MAX).contains(&lanes);
                let memory_ok = (argon2::MEMORY_KIB_MIN.saturating_mul(lanes)..=argon2::MEMORY_KIB_MAX)
                    .contains(&memory_kib);
                let passes_ok = (1..=argon2::PASSES_MAX).contains(&passes);
                if lanes_ok && memory_ok && passes_ok { Ok(()) } else { Err(Error::SlotParameters) }
            }
        }
    }
}

impl Slot {
    /// The slot with these bytes; what they are worth shows when it is used.
    pub(crate) const fn from_bytes(bytes: [u8; SLOT_LEN]) -> Self {
        Slot { bytes }
    }

    /// The bytes of the slot.
    pub(crate) const fn as_bytes(&self) -> &[u8; SLOT_LEN] {
        &self.bytes
    }

    /// Seals a key for one unlock secret.
    pub(crate) fn seal<C: Primitives>(
        parameters: &SlotParameters,
        of: SlotOf<'_>,
        unlock: &Secret<32>,
        root: &Secret<32>,
        entropy: &impl Entropy,
    ) -> Result<Self, Error> {
        let mut bytes = [0; SLOT_LEN];
        let (head, blob) = bytes.split_first_chunk_mut::<SLOT_HEAD_LEN>().ok_or(Error::Bug)?;
        *head = parameters.head();
        let body = blob.get_mut(sr1::HEAD_LEN..).and_then(<[u8]>::first_chunk_mut::<32>).ok_or(Error::Bug)?;
        root.expose(|root| *body = *root);
        let key = parameters.slot_key::<C>(of, unlock);
        let sealed = sr1::seal_blob(&key, of.purpose(), &parameters.associated::<C>(of), entropy, blob, 32);
        if let Err(error) = sealed {
            bytes.zeroize();
            return Err(error);
        }
        Ok(Slot { bytes })
    }

    /// Opens the key into `root`, or answers `false` if this secret does not open the slot.
    pub(crate) fn open<C: Primitives>(
        &self,
        of: SlotOf<'_>,
        unlock: &Secret<32>,
        root: &mut Secret<32>,
    ) -> Result<bool, Error> {
        let parameters = self.parameters()?;
        let key = parameters.slot_key::<C>(of, unlock);
        let mut blob = zeroize::Zeroizing::new([0; SLOT_LEN - SLOT_HEAD_LEN]);
        blob.copy_from_slice(self.bytes.get(SLOT_HEAD_LEN..).ok_or(Error::Bug)?);
        let associated = parameters.associated::<C>(of);
        match sr1::open_blob(&key, of.purpose(), &associated, &mut *blob) {
            Ok(opened) => {
                let opened: &[u8; 32] = (&*opened).try_into().map_err(|_| Error::Bug)?;
                root.fill_with(|root| *root = *opened);
                Ok(true)
            }
            Err(_) => Ok(false),
        }
    }

    pub(crate) fn parameters(&self) -> Result<SlotParameters, Error> {
        SlotParameters::read(self.bytes.get(..SLOT_HEAD_LEN).ok_or(Error::Bug)?)
    }

    pub(crate) fn id(&self) -> u8 {
        self.bytes[0]
    }

    /// What the manifest remembers of a slot.
    pub(crate) fn hash<C: Primitives>(&self) -> [u8; 32] {
        C::sha256(core::iter::once(&self.bytes[..]))
    }
}

/// Shows `unlock` every slot until one opens. A slot with refused parameters does not hide the others.
pub(crate) fn open_a_slot<C: Primitives>(
    of: SlotOf<'_>,
    slots: &[Slot],
    unlock: &mut Unlock<'_>,
) -> Result<(Secret<32>, Slot), Error> {
    let (mut is_tried, mut refused) = (false, Error::WrongSecret);
    for slot in slots {
        let parameters = match slot.parameters() {
            Ok(parameters) => parameters,
            Err(error) => {
                if !is_tried {
                    refused = error;
                }
                continue;
            }
        };
        let (mut stretched, mut opened) = (Secret::zeroed(), Secret::zeroed());
        if unlock(&parameters, &mut stretched)? {
            if slot.open::<C>(of, &stretched, &mut opened)? {
                return Ok((opened, *slot));
            }
            // A secret that does not fit is the likelier reason, whatever is wrong with other slots.
            (is_tried, refused) = (true, Error::WrongSecret);
        }
    }
    Err(refused)
}

impl SlotArea {
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.put(MAGIC);
        writer.u8(FORMAT);
        writer.u8(u8::try_from(self.slots.len()).map_err(|_| Error::Bug)?);
        writer.u16(0);
        writer.put(&self.vault_id);
        for slot in &self.slots {
            writer.put(&slot.bytes);
        }
        writer.finish()
    }

    /// Reads a slot area; slots are judged one by one when they are used.
    ///
    /// # Errors
    /// [`Error::NotAVault`], [`Error::FromTheFuture`], or [`Error::Damaged`].
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Error> {
        let mut reader = Reader::new(bytes);
        if reader.array().map_err(|_| Error::NotAVault)? != *MAGIC {
            return Err(Error::NotAVault);
        }
        let format = reader.u8().map_err(|_| Error::NotAVault)?;
        if format > FORMAT {
            return Err(Error::FromTheFuture { format });
        }
        Self::read_slots(format, reader).map_err(|_| Error::Damaged(Part::Slots))
    }

    fn read_slots(format: u8, mut reader: Reader<'_>) -> Result<Self, Malformed> {
        let count = reader.u8()?;
        if format != FORMAT || reader.u16()? != 0 {
            return Err(Malformed);
        }
        let vault_id = reader.array()?;
        let mut slots = Vec::new();
        for _ in 0..count {
            slots.push(Slot { bytes: reader.array()? }).map_err(|_| Malformed)?;
        }
        reader.end()?;
        Ok(SlotArea { vault_id, slots })
    }
}
