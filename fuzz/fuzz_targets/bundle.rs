//! Bundles of a backup: a drill and a restore take the whole one and no other, and what is restored opens what was sealed.
//! Without seals, what stands behind them is read, and nothing panics.
//!
//! Input: a mode (1 without seals, 2 changes to a bundle), then the bundle itself or the changes.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::backup::drill;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::limits::BUNDLE_SEGMENT_LEN_MAX;
use strongroom_core::operation::Backup;
use strongroom_core::{Error, NewSlot, SlotKind, Vault};
use strongroom_fuzz::changed::{changed, source};
use strongroom_fuzz::image::Image;
use strongroom_fuzz::input::Input;
use strongroom_fuzz::storage::{ForgetfulSink, HostileStorage};
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{World, no_bug, root, unlock};

const SLOTS: &[NewSlot] = &[NewSlot { kind: SlotKind::KeyFile }];

/// A bundle, and the vault that it was made of.
type Made = (Image, Vec<u8>);

static SEALED: OnceLock<Made> = OnceLock::new();
static OPEN: OnceLock<Made> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 1 == 0 {
        let made = SEALED.get_or_init(|| make::<RustCrypto>().expect("a bundle"));
        one::<RustCrypto>(made, mode, input, true);
    } else {
        let made = OPEN.get_or_init(|| make::<Transparent>().expect("a bundle"));
        one::<Transparent>(made, mode, input, false);
    }
});

fn make<C: Primitives>() -> Result<Made, Error> {
    let (vault, image) = Image::make::<C, ForgetfulSink>()?;
    let mut bundle = Vec::new();
    let sink = &mut |bytes: &[u8]| {
        bundle.extend_from_slice(bytes);
        Ok(())
    };
    vault.backup(&root(), Backup { secrets: SLOTS }, &mut unlock, sink)?;
    Ok((image, bundle))
}

fn one<C: Primitives>((image, whole): &Made, mode: u8, mut input: Input<'_>, is_sealed: bool) {
    let bundle = if mode & 2 == 0 { input.0.to_vec() } else { changed(whole, &mut input) };
    let mut buffer = vec![0; BUNDLE_SEGMENT_LEN_MAX];
    let drilled = drill::<C>(&mut source(&bundle), &mut unlock, &mut buffer).map_err(no_bug);
    assert!(buffer.iter().all(|byte| *byte == 0), "what was read stays behind");

    let vault = Vault::new(World::<C>::new(3, HostileStorage::default()));
    let restored = vault.restore(SLOTS, &mut unlock, &mut source(&bundle), &mut unlock).map_err(no_bug);
    if is_sealed {
        let is_whole = bundle == *whole;
        assert_eq!((drilled.is_ok(), restored.is_ok()), (is_whole, is_whole), "an altered bundle is taken");
    }
    if restored.is_err() {
        let is_there = vault.mount(&mut unlock).map_err(no_bug).is_ok();
        assert!(!is_sealed || !is_there, "half a bundle has become a vault");
        return;
    }
    image.look(&vault, is_sealed);
    let _ = vault.close().map_err(no_bug);
    let _ = vault.mount(&mut unlock).map_err(no_bug).map(|()| image.look(&vault, is_sealed));
}
