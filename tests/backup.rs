//! Bundles: written, drilled, restored; and what is refused of one that is not whole.

mod content;
mod damage;
pub mod forge;
mod permissions;
mod power;
mod round_trip;

use strongroom_core::backup::{BundleSummary, drill};
use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::BundleFault;
use strongroom_core::limits::BUNDLE_SEGMENT_LEN_MAX;
use strongroom_core::operation::Backup;
use strongroom_core::policy::Caller;
use strongroom_core::{Error, NewSlot, SlotKind, Vault};

pub use content::full;

use crate::world::{SECRET, World, root, secret_of};

/// The byte that the secret of a bundle is filled with.
pub const BUNDLE_SECRET: u8 = 0x42;
pub const ONE_SLOT: &[NewSlot] = &[NewSlot { kind: SlotKind::KeyFile }];
/// How long a header with one slot is, and what stands in front of each segment.
pub const HEADER: usize = 56 + 140;
pub const FRAME: usize = 5;

pub const fn fault(fault: BundleFault) -> Error {
    Error::Bundle(fault)
}

pub fn backup_as(vault: &Vault<&World>, caller: &Caller<'_>) -> Result<(Vec<u8>, BundleSummary), Error> {
    let mut bundle = Vec::new();
    let sink = &mut |bytes: &[u8]| {
        bundle.extend_from_slice(bytes);
        Ok(())
    };
    let request = Backup { secrets: ONE_SLOT };
    let summary = vault.backup(caller, request, &mut secret_of(BUNDLE_SECRET), sink);
    if summary.is_err() {
        assert!(bundle.is_empty() || !is_whole(&bundle), "what failed is no bundle");
    }
    summary.map(|summary| (bundle, summary))
}

pub fn backup(vault: &Vault<&World>) -> (Vec<u8>, BundleSummary) {
    backup_as(vault, &root()).unwrap()
}

/// Makes a vault of a bundle, from a source that gives a few bytes at a time.
pub fn restore<'w>(world: &'w World, bundle: &[u8]) -> Result<(Vault<&'w World>, BundleSummary), Error> {
    let vault = Vault::new(world);
    let restored =
        vault.restore(ONE_SLOT, &mut secret_of(SECRET), &mut source(bundle), &mut secret_of(BUNDLE_SECRET));
    restored.map(|summary| (vault, summary))
}

pub fn drill_with(bundle: &[u8], secret: u8) -> Result<BundleSummary, Error> {
    let mut buffer = vec![0xaa; BUNDLE_SEGMENT_LEN_MAX];
    let drilled = drill::<RustCrypto>(&mut source(bundle), &mut secret_of(secret), &mut buffer);
    assert!(buffer.iter().all(|byte| *byte == 0), "what was read does not stay behind");
    drilled
}

pub fn drilled(bundle: &[u8]) -> Result<BundleSummary, Error> {
    drill_with(bundle, BUNDLE_SECRET)
}

fn is_whole(bundle: &[u8]) -> bool {
    drilled(bundle).is_ok()
}

pub fn source(bundle: &[u8]) -> impl FnMut(&mut [u8]) -> Result<usize, Error> {
    let mut left = bundle;
    move |buffer| {
        let len = left.len().min(buffer.len()).min(37);
        let (now, later) = left.split_at(len);
        buffer[..len].copy_from_slice(now);
        left = later;
        Ok(len)
    }
}

/// Where each segment begins, and where the last one ends.
pub fn segment_starts(bundle: &[u8]) -> Vec<usize> {
    let mut starts = vec![HEADER];
    while let Some(frame) = bundle.get(starts[starts.len() - 1]..).and_then(<[u8]>::first_chunk::<FRAME>) {
        let len = u32::from_be_bytes(frame[1..].try_into().unwrap());
        starts.push(starts[starts.len() - 1] + FRAME + usize::try_from(len).unwrap());
    }
    assert_eq!(starts.last(), Some(&bundle.len()));
    starts
}
