//! What goes between vaults: offers, bundles with a key, bundles with a whole vault. What was altered on the way is refused and
//! changes nothing, and what was not arrives. Without seals, what stands behind signatures is read, and nothing panics.
//!
//! Input: a mode (1 without seals, 2 changes to what a vault made, 12 what: 0 a bundle with a key, 4 one with a vault, 8 an
//! offer, 12 a fingerprint as people write it), then the bytes themselves or the changes.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::limits::BUNDLE_SEGMENT_LEN_MAX;
use strongroom_core::operation::{
    BackupToPeer, CreateReceiveOffer, Decrypt, DescribeKey, ExportKey, PinPeer, ReceiveKey, RotateKeyOnDemand,
};
use strongroom_core::peer::{Fingerprint, KEY_BUNDLE_LEN_MAX, OFFER_LEN, PeerCryptography};
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault};
use strongroom_fuzz::changed::{changed, source};
use strongroom_fuzz::exchange::TransparentExchange;
use strongroom_fuzz::image::{CONTEXT, Image, PLAINTEXT};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::storage::{Blobs, ForgetfulSink, HostileStorage};
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{World, no_bug, root, unlock};
use strongroom_std::PeerExchange;

const SLOTS: &[NewSlot] = &[NewSlot { kind: SlotKind::KeyFile }];

/// A source and a target that know each other, and what is on its way between them.
struct Made {
    image: Image,
    source: Blobs,
    target: Blobs,
    offer: Vec<u8>,
    key: Vec<u8>,
    vault: Vec<u8>,
}

static SEALED: OnceLock<Made> = OnceLock::new();
static OPEN: OnceLock<Made> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 12 == 12 {
        return fingerprint(input.0);
    }
    if mode & 1 == 0 {
        let made = SEALED.get_or_init(|| Made::make::<RustCrypto>(&PeerExchange).expect("two vaults"));
        one::<RustCrypto>(made, &PeerExchange, mode, input, true);
    } else {
        let made = OPEN.get_or_init(|| Made::make::<Transparent>(&TransparentExchange).expect("two vaults"));
        one::<Transparent>(made, &TransparentExchange, mode, input, false);
    }
});

fn one<C: Primitives>(
    made: &Made,
    exchange: &dyn PeerCryptography,
    mode: u8,
    mut input: Input<'_>,
    is_sealed: bool,
) {
    let whole = match mode & 12 {
        0 => &made.key,
        4 => &made.vault,
        _ => &made.offer,
    };
    let bytes = if mode & 2 == 0 { input.0.to_vec() } else { changed(whole, &mut input) };
    let expected = is_sealed.then_some(bytes == *whole);
    match mode & 12 {
        0 => receive::<C>(made, exchange, &bytes, expected),
        4 => restore::<C>(made, exchange, &bytes, expected),
        _ => answer::<C>(made, exchange, &bytes, expected),
    }
}

/// Whoever pins a peer types its fingerprint: what is read is shown as it was typed, in small letters.
fn fingerprint(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let is_one = text.len() == 64 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    match Fingerprint::parse(text) {
        Ok(read) => assert!(is_one && read.to_string() == text.to_ascii_lowercase(), "{text:?} is {read}"),
        Err(error) => assert!(!is_one && error != Error::Bug, "{text:?}: {error:?}"),
    }
}

impl Made {
    fn make<C: Primitives>(exchange: &dyn PeerCryptography) -> Result<Self, Error> {
        let (source, image) = Image::make::<C, ForgetfulSink>()?;
        let target = Vault::new(World::<C>::new(2, HostileStorage::default()));
        target.create(&NewVault { realm: Realm::default(), slots: SLOTS }, &mut unlock)?;
        for (vault, other, name) in [(&source, &target, "target"), (&target, &source, "source")] {
            let fingerprint = other.identity(&root(), exchange)?.fingerprint;
            vault.pin_peer(&root(), PinPeer { name, fingerprint })?;
        }
        let (mut offer, mut key) = (vec![0; OFFER_LEN], vec![0; KEY_BUNDLE_LEN_MAX]);
        let request = CreateReceiveOffer { peer: "source" };
        target.create_receive_offer(&root(), request, exchange, &mut offer)?;
        let request = ExportKey { key_id: &image.keys[0], peer: "target", offer: &offer };
        let len = source.export_key(&root(), request, exchange, &mut key)?.bundle.len();
        key.truncate(len);
        let vault = back_up(&source, exchange, &offer)?;
        let close = |vault: Vault<World<C>>| vault.close().map(|()| vault.platform().storage.image());
        Ok(Made { image, source: close(source)?, target: close(target)?, offer, key, vault })
    }
}

fn back_up<C: Primitives>(
    source: &Vault<World<C>>,
    exchange: &dyn PeerCryptography,
    offer: &[u8],
) -> Result<Vec<u8>, Error> {
    let mut bundle = Vec::new();
    let sink = &mut |bytes: &[u8]| {
        bundle.extend_from_slice(bytes);
        Ok(())
    };
    source.backup_to_peer(&root(), BackupToPeer { peer: "target", offer }, exchange, sink)?;
    Ok(bundle)
}

/// A vault as it was when the bundles were made.
fn open<C: Primitives>(blobs: &Blobs) -> Vault<World<C>> {
    let vault = Vault::new(World::<C>::new(3, HostileStorage::new(blobs.clone(), Vec::new())));
    vault.mount(&mut unlock).expect("it was closed in order");
    vault
}

/// Takes a bundle with a key. `expected`: whether it is to arrive, where that is known.
fn receive<C: Primitives>(
    made: &Made,
    exchange: &dyn PeerCryptography,
    bundle: &[u8],
    expected: Option<bool>,
) {
    let target = open::<C>(&made.target);
    let received = target.receive_key(&root(), ReceiveKey { bundle }, exchange).map_err(no_bug);
    if let Some(expected) = expected {
        assert_eq!(received.is_ok(), expected, "another bundle than the one that was sent");
    }
    let mut buffer = [0; 4096];
    for (ciphertext, context) in [(&made.image.plain, &[][..]), (&made.image.in_context, CONTEXT)] {
        let request = Decrypt { encryption_context: context, ..Decrypt::new(ciphertext) };
        let opened = target.decrypt(&root(), request, &mut buffer).map_err(no_bug);
        if let Some(expected) = expected {
            assert_eq!(
                opened.is_ok_and(|opened| opened.plaintext == PLAINTEXT),
                expected,
                "a key is not itself"
            );
        }
    }
    if let Ok(facts) = received {
        let key_id = &facts.key_id.to_string();
        target
            .describe_key(&root(), DescribeKey::new(key_id), &mut buffer)
            .map_err(no_bug)
            .expect("it is there");
        let _ = target.rotate_key_on_demand(&root(), RotateKeyOnDemand { key_id }).map_err(no_bug);
        let again = target.receive_key(&root(), ReceiveKey { bundle }, exchange).map_err(no_bug);
        assert!(again.is_err(), "an offer is used twice");
    }
    let found = target.verify().map_err(no_bug).expect("nobody has damaged it");
    assert_eq!((found.damaged, found.damaged_copies), (0, 0), "a bundle has damaged a vault");
    let _ = target.close().map_err(no_bug);
    let _ = target.mount(&mut unlock).map_err(no_bug);
}

/// Takes a bundle with a whole vault, for practice and in earnest.
fn restore<C: Primitives>(
    made: &Made,
    exchange: &dyn PeerCryptography,
    bundle: &[u8],
    expected: Option<bool>,
) {
    let target = open::<C>(&made.target);
    let mut buffer = vec![0; BUNDLE_SEGMENT_LEN_MAX];
    let drilled = target.drill_from_peer(&root(), &mut source(bundle), exchange, &mut buffer).map_err(no_bug);
    assert!(buffer.iter().all(|byte| *byte == 0), "what was read stays behind");
    let new = Vault::new(World::<C>::new(4, HostileStorage::default()));
    let from = &mut source(bundle);
    let restored =
        target.restore_from_peer(&root(), from, exchange, &new, SLOTS, &mut unlock).map_err(no_bug);
    if let Some(expected) = expected {
        assert_eq!((drilled.is_ok(), restored.is_ok()), (expected, expected), "an altered bundle is taken");
    }
    if restored.is_ok() {
        made.image.look(&new, expected.is_some());
        let other = Vault::new(World::<C>::new(5, HostileStorage::default()));
        let from = &mut source(bundle);
        let again = target.restore_from_peer(&root(), from, exchange, &other, SLOTS, &mut unlock);
        assert!(again.map_err(no_bug).is_err(), "a bundle becomes two vaults");
    } else {
        let is_there = new.mount(&mut unlock).map_err(no_bug).is_ok();
        assert!(!is_there || expected.is_none(), "half a bundle has become a vault");
    }
}

/// Seals a key and the vault to an offer; who made it can take them.
fn answer<C: Primitives>(made: &Made, exchange: &dyn PeerCryptography, offer: &[u8], expected: Option<bool>) {
    let source = open::<C>(&made.source);
    let mut bundle = vec![0; KEY_BUNDLE_LEN_MAX];
    let request = ExportKey { key_id: &made.image.keys[0], peer: "target", offer };
    let exported = source.export_key(&root(), request, exchange, &mut bundle).map_err(no_bug);
    let exported = exported.map(|exported| exported.bundle.to_vec());
    let backed_up = back_up(&source, exchange, offer).map_err(no_bug);
    let is_wiped = exported.is_ok() || bundle.iter().all(|byte| *byte == 0);
    assert!(is_wiped, "what is refused leaves something behind");
    if let Some(expected) = expected {
        let answered = (exported.is_ok(), backed_up.is_ok());
        assert_eq!(answered, (expected, expected), "another offer than the one that was made is answered");
    }
    if let Ok(exported) = exported {
        receive::<C>(made, exchange, &exported, expected);
    }
    if let Ok(backed_up) = backed_up {
        restore::<C>(made, exchange, &backed_up, expected);
    }
}
