//! `peer.txt`: bundles between vaults, sections 11.6 and 12.

use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::error::{BundleFault, Reason};
use strongroom_core::key::KeyId;
use strongroom_core::peer::{ENCAPSULATED_LEN, PeerCryptography};
use strongroom_core::{Error, Secret};
use strongroom_std::PeerExchange;

use super::file::{Block, golden, hold};
use super::model::{cat, flip, set};
use crate::peers::forge::Liar;
use crate::peers::sites::{Sites, worlds};
use crate::peers::whole::{backup_as, drill};
use crate::world::{create_key, root, rotate};

/// How long the header of a bundle with a whole vault is, and that of a bundle with a key of two versions.
const WHOLE: usize = 1336;
const SINGLE: usize = 196 + 2 * 20;

/// The same two vaults every time, with a key of two versions and two offers.
struct Scene<'s, 'w> {
    sites: &'s Sites<'w>,
    key: KeyId,
    liar: Liar,
    /// Each with the private half of its one-time key.
    offers: [(Vec<u8>, [u8; 32]); 2],
}

fn with_scene<R>(look: impl FnOnce(&Scene<'_, '_>) -> R) -> R {
    let worlds = worlds();
    let sites = &Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    rotate(&sites.a.vault, key).unwrap();
    let offers = [(); 2].map(|()| {
        let (_, offer, seed) = Liar::and_offer(&sites.b, "a");
        (offer, seed)
    });
    let liar = Liar::of(&sites.a, "b");
    look(&Scene { sites, key, liar, offers })
}

fn answer(block: &Block) -> String {
    let bundle = block.bytes("bundle");
    let answered = with_scene(|scene| match block.bytes("kind")[..] {
        [1] => scene.sites.b.receive(&bundle).map(drop),
        _ => drill(&scene.sites.b, &bundle).map(drop),
    });
    match answered {
        Ok(()) => "ok",
        Err(Error::FromTheFuture { .. }) => "from-the-future",
        Err(Error::Exchange(reason)) => match reason {
            Reason::NotABundle => "not-a-bundle",
            Reason::OtherSignature => "other-signature",
            Reason::NotPinned => "not-pinned",
            Reason::OtherVault => "other-vault",
            Reason::NoSuchOffer => "no-such-offer",
            Reason::ContextOrHeaderDiffers => "commitment",
            Reason::BodyAltered => "tag",
            _ => "another reason",
        },
        Err(Error::Bundle(fault)) => match fault {
            BundleFault::NotABundle => "not-a-bundle",
            BundleFault::Truncated => "truncated",
            BundleFault::Altered => "altered",
            BundleFault::Trailing => "trailing",
            BundleFault::OpensOtherwise => "opens-otherwise",
            _ => "another fault",
        },
        Err(_) => "another error",
    }
    .to_owned()
}

/// What source and target share.
fn shared(seed: &[u8; 32], encapsulated: &[u8]) -> [u8; 32] {
    let (mut private, mut shared) = (Secret::zeroed(), Secret::zeroed());
    private.fill_with(|private| *private = *seed);
    let encapsulated: &[u8; ENCAPSULATED_LEN] = encapsulated.try_into().unwrap();
    PeerExchange.decapsulate(&private, encapsulated, &mut shared);
    shared.expose(|shared| *shared)
}

/// The key that the segments are sealed under.
fn bundle_key(shared: &[u8; 32], stated: &[u8]) -> [u8; 32] {
    let mut key = Secret::zeroed();
    let hash = RustCrypto::sha256(std::iter::once(stated));
    RustCrypto::hkdf(b"SRwx", shared, &hash, &mut key);
    key.expose(|key| *key)
}

const KEPT: &[&str] = &["kind", "offer", "shared", "bundle"];

fn whole_blocks(scene: &Scene<'_, '_>) -> Vec<Block> {
    let (offer, seed) = &scene.offers[0];
    let (bundle, summary) = backup_as(&scene.sites.a, &root(), "b", offer).unwrap();
    let good = Block::new("a whole vault", "ok")
        .with("kind", [2])
        .with("offer", offer)
        .with("seed", seed)
        .with("shared", shared(seed, &bundle[152..1272]))
        .with("bundle_id", summary.bundle_id)
        .with("bundle_key", bundle_key(&shared(seed, &bundle[152..1272]), &bundle[..1272]))
        .with("bundle", &bundle);
    let but = |name, expect, bytes: &[u8]| good.but(name, expect, "bundle", bytes).only(KEPT);
    let signed = |mut bundle: Vec<u8>| {
        scene.liar.sign_header(&mut bundle[..WHOLE]);
        bundle
    };
    vec![
        good.clone(),
        but("other first bytes", "not-a-bundle", &flip(&bundle, 3)),
        but("a newer format", "from-the-future", &set(&bundle, 4, 2)),
        but("opened by secrets", "opens-otherwise", &set(&bundle, 5, 1)),
        but("another purpose", "not-a-bundle", &set(&bundle, 5, 3)),
        but("another suite", "not-a-bundle", &signed(set(&bundle, 6, 2))),
        but("an altered signature", "other-signature", &flip(&bundle, 1300)),
        but("an altered revision", "other-signature", &flip(&bundle, 143)),
        but("another revision, signed", "altered", &signed(flip(&bundle, 143))),
        but("another source", "not-pinned", &signed(flip(&bundle, 24))),
        but("another target", "other-vault", &signed(flip(&bundle, 72))),
        but("another fingerprint of the target", "other-vault", &signed(flip(&bundle, 88))),
        but("another nonce", "no-such-offer", &signed(flip(&bundle, 120))),
        but("another encapsulated key", "altered", &signed(flip(&bundle, 152))),
        but("an altered segment", "altered", &flip(&bundle, WHOLE + 100)),
        but("cut off in the header", "truncated", &bundle[..WHOLE - 1]),
        but("cut off in the end mark", "truncated", &bundle[..bundle.len() - 1]),
        but("a byte behind the end", "trailing", &cat(&[&bundle, &[0]])),
    ]
}

fn single_blocks(scene: &Scene<'_, '_>) -> Vec<Block> {
    let (offer, seed) = &scene.offers[1];
    let bundle = scene.sites.a.export(scene.key, "b", offer).unwrap();
    let good = Block::new("a key of two versions", "ok")
        .with("kind", [1])
        .with("offer", offer)
        .with("seed", seed)
        .with("shared", shared(seed, &bundle[SINGLE..SINGLE + ENCAPSULATED_LEN]))
        .with("key_id", scene.key.as_bytes())
        .with("bundle", &bundle);
    let but = |name, expect, bytes: &[u8]| good.but(name, expect, "bundle", bytes).only(KEPT);
    let signed = |mut bundle: Vec<u8>| {
        scene.liar.sign(&mut bundle);
        bundle
    };
    let sealed = SINGLE + ENCAPSULATED_LEN;
    vec![
        good.clone(),
        but("other first bytes", "not-a-bundle", &signed(flip(&bundle, 3))),
        but("another format", "not-a-bundle", &signed(set(&bundle, 4, 2))),
        but("another suite", "not-a-bundle", &signed(set(&bundle, 5, 2))),
        but("another purpose", "not-a-bundle", &signed(set(&bundle, 6, 2))),
        but("a flag", "not-a-bundle", &signed(set(&bundle, 139, 1))),
        but("another current version", "not-a-bundle", &signed(set(&bundle, 191, 1))),
        but("no version that can be used", "not-a-bundle", &signed(set(&bundle, 216, 2))),
        but("material of another length", "not-a-bundle", &signed(set(&bundle, 199, 31))),
        but("an altered signature", "other-signature", &flip(&bundle, bundle.len() - 1)),
        but("an altered revision", "other-signature", &flip(&bundle, 179)),
        but("another revision, signed", "commitment", &signed(flip(&bundle, 179))),
        but("another source", "not-pinned", &signed(flip(&bundle, 8))),
        but("another target", "other-vault", &signed(flip(&bundle, 56))),
        but("another fingerprint of the target", "other-vault", &signed(flip(&bundle, 72))),
        but("another nonce", "no-such-offer", &signed(flip(&bundle, 104))),
        but("another encapsulated key", "commitment", &signed(flip(&bundle, SINGLE))),
        but("another salt", "commitment", &signed(flip(&bundle, sealed))),
        but("altered material", "tag", &signed(flip(&bundle, sealed + 60))),
        but("cut off", "not-a-bundle", &bundle[..bundle.len() - 1]),
        but("a byte too many", "not-a-bundle", &cat(&[&bundle, &[0]])),
    ]
}

#[test]
fn bundles_between_vaults_open_and_are_refused_as_the_vectors_say() {
    let blocks = with_scene(|scene| [whole_blocks(scene), single_blocks(scene)].concat());
    let stored = golden("peer.txt", "Bundles between vaults, sections 11.6 and 12.", &blocks);
    hold("peer.txt", &stored, answer);
}
