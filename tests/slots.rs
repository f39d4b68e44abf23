//! The slot area taken apart and put together again, from `docs/format.md` alone: what someone who knew the secret at
//! some time can write.

use strongroom_core::Secret;
use strongroom_core::crypto::sr1::{self, HEAD_LEN, SealingKey, TAG_LEN};
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::ram::SeededEntropy;

use crate::world::Blob;

/// Where the first slot starts, and how long what its associated data binds is.
const SLOT: usize = 24;
const BOUND: usize = 32;

/// The same slot area, with the root key of its first slot sealed once more: right in all but what the manifest knows.
pub fn resealed(area: &[u8], secret: u8) -> Blob {
    let mut area = area.to_vec();
    let vault_id: [u8; 16] = area[8..24].try_into().unwrap();
    let salt = [b"SRsl", &vault_id[..], &area[SLOT..SLOT + BOUND]].concat();
    let associated = RustCrypto::sha256(std::iter::once(&salt[..]));
    let mut slot_key = Secret::zeroed();
    RustCrypto::hkdf_extract(&salt, &[secret; 32], &mut slot_key);
    let (key, _) = SealingKey::<RustCrypto>::open(&slot_key, Purpose::Slot, &vault_id, 0);

    let (head, rest) = area[SLOT + BOUND..].split_first_chunk_mut::<HEAD_LEN>().unwrap();
    let (body, rest) = rest.split_at_mut(32);
    let tag: &mut [u8; TAG_LEN] = rest.first_chunk_mut().unwrap();
    sr1::open(&key, Purpose::Slot, &associated, head, body, tag).unwrap();
    let entropy = SeededEntropy::new(4711);
    (*head, *tag) = sr1::seal(&key, Purpose::Slot, &associated, &entropy, body).unwrap();
    area.into()
}
