//! Key slots: added, changed, removed and rekeyed, on a medium that keeps everything and between power cuts.

mod changes;
mod damage;
mod rekey;

use strongroom_core::crypto::sr1::{self, HEAD_LEN, SealingKey, TAG_LEN};
use strongroom_core::crypto::{Primitives, Purpose, RustCrypto};
use strongroom_core::operation::{AddSlot, KeptSlot, ListSlots};
use strongroom_core::platform::Address;
use strongroom_core::ram::SeededEntropy;
use strongroom_core::{Error, Secret, SlotKind, SlotParameters, SlotState, Vault};

use crate::world::{Blob, Image, World, create, root, secret_of};

/// Where the first slot starts, and how long what its associated data binds is.
const SLOT: usize = 24;
const BOUND: usize = 32;

/// The addresses of the slot area's two copies, as `docs/format.md`, section 4, has them.
const COPIES: [Address; 2] = {
    let (mut first, mut second) = ([0; 24], [0xff; 24]);
    (first[23], second[23]) = (0x41, 0xc1);
    [Address(first), Address(second)]
};

const ADD: AddSlot = AddSlot { kind: SlotKind::KeyFile };

/// The byte that the secret of a slot of [`with_slots`] is filled with; that of slot 0 is `SECRET`.
const fn byte_of(slot_id: u8) -> u8 {
    crate::world::SECRET + slot_id
}

/// A vault with so many slots, each with a secret of its own.
fn with_slots(world: &World, count: u8) -> Vault<&World> {
    let vault = create(world);
    for slot_id in 1..count {
        let added = vault.add_slot(&root(), ADD, &mut secret_of(byte_of(slot_id)));
        assert_eq!(added, Ok(slot_id));
    }
    vault
}

/// Each slot's own secret.
fn own_secret(slot: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(byte_of(slot.slot_id)));
    Ok(true)
}

fn keep(slot_ids: &[u8]) -> Vec<KeptSlot> {
    slot_ids.iter().map(|slot_id| KeptSlot { slot_id: *slot_id, kind: SlotKind::KeyFile }).collect()
}

/// Whether the vault in this world opens with a secret; it is left closed.
fn opens(world: &World, byte: u8) -> Result<(), Error> {
    world.cut_power();
    Vault::new(world).check_unlock(&mut secret_of(byte))
}

/// Whether the vault in this image would, in a world without anchors.
fn image_opens(image: &Image, byte: u8) -> Result<(), Error> {
    opens(&World::new(99).with_image(image), byte)
}

fn listed(vault: &Vault<&World>) -> Vec<(u8, SlotState)> {
    let slots = vault.list_slots(&root(), ListSlots).unwrap();
    slots.as_slice().iter().map(|slot| (slot.slot_id, slot.state)).collect()
}

/// The slot area taken apart and put together again, from `docs/format.md` alone, by someone who knew the secret at some
/// time: the same, with the root key of its first slot sealed once more: right in all but what the manifest knows.
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
