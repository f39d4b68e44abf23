//! The raw flash in the hands of somebody who has the unlock secret: what of it opens that should be gone?

use std::collections::BTreeMap;
use std::rc::Rc;

use strongroom_core::platform::Address;

use super::device::{CELLS, Device};
use crate::world::{Image, SECRET, World, decrypt, secret_of};

const RECORD: usize = 32;
/// The kind of a record that is followed by a blob (`docs/format.md`).
const PUT: u8 = 3;
/// Level bytes of the manifest and its copy.
const MANIFEST_LEVELS: [u8; 2] = [0x40, 0xc0];
const CELL_LEN: usize = 108;

/// Every blob whose bytes are in the flash, live or not, in the order of the medium.
fn blobs<const WORD: usize>(device: &Device<WORD>) -> Vec<(Address, Rc<[u8]>)> {
    let flash = device.flash.borrow();
    let store = &flash.image()[..2 * device.kind.store().segment_len as usize];
    let mut found = Vec::new();
    for at in (0..store.len() - RECORD).step_by(4) {
        let (head, rest) = store[at..].split_at(4);
        let len = u32::from_be_bytes([0, head[1], head[2], head[3]]) as usize;
        if head[0] == PUT && (76..=4096).contains(&len) && rest.len() >= 28 + len {
            found.push((Address(rest[..24].try_into().unwrap()), Rc::from(&rest[28..28 + len])));
        }
    }
    found
}

fn cells<const WORD: usize>(device: &Device<WORD>) -> [[u8; CELL_LEN]; 2] {
    let flash = device.flash.borrow();
    let cell = |at: u32| flash.image()[at as usize..][..CELL_LEN].try_into().unwrap();
    [cell(CELLS.start), cell(CELLS.start + CELLS.segment_len)]
}

/// How many of the manifests that the flash still holds open a vault in which the ciphertext opens, and how many were
/// tried. Beside each manifest lie, of every address, the blobs that were in the flash before it.
pub fn resurrections<const WORD: usize>(device: &Device<WORD>, ciphertexts: &[Vec<u8>]) -> (usize, usize) {
    let (all, cells) = (blobs(device), cells(device));
    let (mut tried, mut opened) = (0, 0);
    // The two segments may be in either order of age.
    for turned in [false, true] {
        let mut ordered = all.clone();
        if turned {
            let half = ordered.len() / 2;
            ordered.rotate_left(half);
        }
        for (place, (address, manifest)) in ordered.iter().enumerate() {
            if !MANIFEST_LEVELS.contains(&address.0[23])
                || address.0[..23].iter().any(|byte| *byte != address.0[0])
            {
                continue;
            }
            tried += 1;
            let mut blobs: BTreeMap<Address, Rc<[u8]>> = ordered.iter().rev().cloned().collect();
            blobs.extend(ordered[..place].iter().cloned());
            blobs.retain(|at, _| !MANIFEST_LEVELS.contains(&at.0[23]));
            blobs.insert(*address, Rc::clone(manifest));
            let world = World::new(99).with_cells().with_image(&Image { revision: 0, blobs });
            world.cells.put_back(&cells);
            world.storage.ignore_revision();
            let vault = strongroom_core::Vault::new(&world);
            if vault.mount(&mut secret_of(SECRET)).is_ok() {
                opened += ciphertexts.iter().filter(|ciphertext| decrypt(&vault, ciphertext).is_ok()).count();
            }
        }
    }
    (opened, tried)
}
