//! The manifest: sealed under a key made of the root key and the eraser cell, stored twice.

use zeroize::Zeroizing;

use super::state::Mounted;
use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose, labels};
use crate::error::{Error, Part, StorageError};
use crate::format::manifest::Manifest;
use crate::limits::MANIFEST_LEN_MAX;
use crate::platform::{Address, CELL_LEN, Cell, Entropy, Eraser, Storage, Transaction};
use crate::secret::Secret;
use crate::tree::{MANIFEST, copy_of};

pub(super) const MANIFEST_BLOB_LEN: usize = MANIFEST_LEN_MAX + sr1::OVERHEAD;

/// HKDF(salt = vault id, input = root key ‖ cell, info = label); without an eraser another label, and no cell.
pub(super) fn derive<C: Primitives>(
    vault_id: &[u8; 16],
    root_key: &Secret<32>,
    cell: Option<&Secret<32>>,
) -> SealingKey<C> {
    let mut key = Secret::zeroed();
    match cell {
        None => root_key.expose(|root| C::hkdf(vault_id, root, labels::MANIFEST_KEY, &mut key)),
        Some(cell) => {
            let mut input = Zeroizing::new([0; 64]);
            let (front, back) = input.split_at_mut(32);
            root_key.expose(|root| front.copy_from_slice(root));
            cell.expose(|cell| back.copy_from_slice(cell));
            C::hkdf(vault_id, &*input, labels::MANIFEST_KEY_WITH_CELL, &mut key);
        }
    }
    SealingKey::open(&key, Purpose::Manifest, vault_id, 0).0
}

/// SHA-256(A) with `A = "SRmf" ‖ format ‖ vault id`.
fn associated<C: Primitives>(vault_id: &[u8; 16]) -> [u8; 32] {
    C::sha256([&labels::MANIFEST[..], &[1], vault_id].into_iter())
}

/// Opens one copy of the manifest, and makes it the newest if that is none or an older one; whether it did. A copy that is not
/// there, or does not open under this key, is none.
// Its buffers are gone from the stack when it is done.
#[inline(never)]
pub(super) fn read_newer<C: Primitives, S: Storage>(
    storage: &S,
    at: &Address,
    vault_id: &[u8; 16],
    key: &SealingKey<C>,
    newest: &mut Option<Manifest>,
) -> Result<bool, Error> {
    let mut buffer = Zeroizing::new([0; MANIFEST_BLOB_LEN]);
    let len = match storage.read(at, &mut *buffer) {
        Ok(Some(len)) => len,
        Ok(None) | Err(StorageError::BufferTooSmall { .. }) => return Ok(false),
        Err(other) => return Err(Error::Storage(other)),
    };
    let blob = buffer.get_mut(..len).ok_or(Error::Bug)?;
    let associated = associated::<C>(vault_id);
    let Ok(plaintext) = sr1::open_blob(key, Purpose::Manifest, &associated, blob) else { return Ok(false) };
    let manifest = Manifest::read(plaintext).map_err(|_| Error::Damaged(Part::Manifest))?;
    let is_newer = newest.as_ref().is_none_or(|newest| newest.revision < manifest.revision);
    if manifest.vault_id != *vault_id || !is_newer {
        return Ok(false);
    }
    *newest = Some(manifest);
    Ok(true)
}

/// Whether this copy on the medium is the manifest of the open vault.
pub(super) fn is_current<C: Primitives, S: Storage>(
    storage: &S,
    at: &Address,
    mounted: &Mounted<C>,
) -> Result<bool, Error> {
    let (mut copy, manifest) = (None, &mounted.manifest);
    read_newer(storage, at, &manifest.vault_id, &mounted.manifest_key, &mut copy)?;
    Ok(copy.is_some_and(|copy| copy.revision == manifest.revision))
}

/// Seals the manifest and writes both copies.
pub(super) fn write<C: Primitives>(
    mounted: &Mounted<C>,
    entropy: &impl Entropy,
    transaction: &mut dyn Transaction,
) -> Result<(), Error> {
    let mut buffer = Zeroizing::new([0; MANIFEST_BLOB_LEN]);
    let len = mounted.manifest.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
    let associated = associated::<C>(&mounted.manifest.vault_id);
    let len =
        sr1::seal_blob(&mounted.manifest_key, Purpose::Manifest, &associated, entropy, &mut *buffer, len)?;
    let blob = buffer.get(..len).ok_or(Error::Bug)?;
    transaction.put(&MANIFEST, blob)?;
    transaction.put(&copy_of(&MANIFEST), blob)
}

/// Brings a cell's 32 bytes to `value`: the first of its three copies whose checksum holds. `false` if none does.
pub(super) fn read_cell<C: Primitives>(
    eraser: &impl Eraser,
    cell: Cell,
    value: &mut Secret<32>,
) -> Result<bool, Error> {
    let mut content = Zeroizing::new([0; CELL_LEN]);
    eraser.read(cell, &mut content).map_err(|_| Error::Anchor)?;
    for copy in content.chunks_exact(36) {
        let (bytes, checksum) = copy.split_at(32);
        if checksum == checksum_of::<C>(bytes) {
            value.fill_with(|slot| slot.copy_from_slice(bytes));
            return Ok(true);
        }
    }
    Ok(false)
}

/// Draws a fresh value, writes it into a cell, and reads it back.
pub(super) fn write_cell<C: Primitives>(
    eraser: &impl Eraser,
    entropy: &impl Entropy,
    cell: Cell,
    value: &mut Secret<32>,
) -> Result<(), Error> {
    value.draw(entropy)?;
    let mut content = Zeroizing::new([0; CELL_LEN]);
    for copy in content.chunks_exact_mut(36) {
        let (bytes, checksum) = copy.split_at_mut(32);
        value.expose(|value| bytes.copy_from_slice(value));
        checksum.copy_from_slice(&checksum_of::<C>(bytes));
    }
    eraser.write(cell, &content).map_err(|_| Error::Anchor)?;
    let mut stored = Zeroizing::new([0; CELL_LEN]);
    eraser.read(cell, &mut stored).map_err(|_| Error::Anchor)?;
    if *stored == *content { Ok(()) } else { Err(Error::Anchor) }
}

/// The first four bytes of SHA-256: notices torn writes, not attackers.
fn checksum_of<C: Primitives>(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = C::sha256(core::iter::once(bytes));
    [a, b, c, d]
}
