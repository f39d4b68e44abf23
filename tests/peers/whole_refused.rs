//! What is refused of a bundle that is sealed to a vault, and of offers to seal one to.

use strongroom_core::Error;
use strongroom_core::error::{BundleFault, Reason};
use strongroom_core::operation::RemovePeer;

use super::forge::Liar;
use super::sites::{Site, Sites, worlds};
use super::whole::{backup_as, bundle, drill, opened, restore};
use crate::backup::{FRAME, backup, drilled, fault};
use crate::world::{World, create_key, root, rotate};

/// How long the header is.
pub const HEADER: usize = 1336;

const fn exchange<T>(reason: Reason) -> Result<T, Error> {
    Err(Error::Exchange(reason))
}

/// Where each segment begins, and where the last one ends.
fn segment_starts(bundle: &[u8]) -> Vec<usize> {
    let mut starts = vec![HEADER];
    while let Some(frame) = bundle.get(starts[starts.len() - 1]..).and_then(<[u8]>::first_chunk::<FRAME>) {
        let len = u32::from_be_bytes(frame[1..].try_into().unwrap());
        starts.push(starts[starts.len() - 1] + FRAME + usize::try_from(len).unwrap());
    }
    assert_eq!(starts.last(), Some(&bundle.len()));
    starts
}

#[test]
fn nothing_goes_to_or_comes_from_a_vault_that_is_not_pinned_or_is_another() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let Sites { a, b } = &sites;
    create_key(&a.vault);
    let third = World::new(3);
    let c = Site::new(&third);
    c.pin("a", a);
    a.pin("c", &c);
    c.pin("b", b);
    b.pin("c", &c);
    let (bundle, made) = bundle(&sites);
    assert_eq!(drill(&c, &bundle), exchange(Reason::OtherVault));
    assert_eq!(restore(&c, &bundle, &World::new(4)).map(drop), exchange(Reason::OtherVault));
    assert_eq!(drill(a, &bundle), exchange(Reason::NotPinned), "nor whoever made it");
    // Offers of another, and for another.
    let of_c = c.offer("a").unwrap();
    assert_eq!(backup_as(a, &root(), "b", &of_c).map(drop), exchange(Reason::NotPinned));
    let for_c = b.offer("c").unwrap();
    assert_eq!(backup_as(a, &root(), "b", &for_c).map(drop), exchange(Reason::OtherVault));
    // Whoever is pinned cannot answer what was offered to another.
    let (stolen, _) = backup_as(&c, &root(), "b", &for_c).unwrap();
    let mut stolen = stolen[..HEADER].to_vec();
    stolen[120..136].copy_from_slice(&bundle[120..136]);
    Liar::of(&c, "b").sign_header(&mut stolen);
    assert_eq!(drill(b, &stolen), exchange(Reason::NoSuchOffer));

    b.vault.remove_peer(&root(), RemovePeer { name: "a" }).unwrap();
    assert_eq!(drill(b, &bundle), exchange(Reason::NotPinned));
    b.pin("a", a);
    assert_eq!(drill(b, &bundle), Ok(made), "nothing was used up");
    let offer = b.offer("a").unwrap();
    a.vault.remove_peer(&root(), RemovePeer { name: "b" }).unwrap();
    assert_eq!(backup_as(a, &root(), "b", &offer).map(drop), exchange(Reason::NotPinned));
}

#[test]
fn no_byte_of_an_offer_can_be_another() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let offer = sites.b.offer("a").unwrap();
    for at in (0..140).chain((140..offer.len()).step_by(37)) {
        let mut altered = offer.clone();
        altered[at] ^= 1;
        let reason = backup_as(&sites.a, &root(), "b", &altered).unwrap_err().reason();
        assert!(matches!(reason, Reason::NotABundle | Reason::OtherSignature), "{at} {reason:?}");
    }
}

#[test]
fn no_byte_of_a_bundle_can_be_another_nor_be_left_out_at_its_end() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    rotate(&sites.a.vault, key).unwrap();
    let (bundle, made) = bundle(&sites);
    for at in 0..HEADER {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        match drill(&sites.b, &altered) {
            Err(Error::Exchange(Reason::OtherSignature) | Error::FromTheFuture { .. }) => {}
            Err(Error::Bundle(BundleFault::NotABundle | BundleFault::OpensOtherwise)) => assert!(at < 8),
            other => panic!("{at}: {other:?}"),
        }
    }
    assert_eq!(opened(sites.b.world), 0);
    for at in HEADER..bundle.len() {
        let mut altered = bundle.clone();
        altered[at] ^= 1;
        let refused = drill(&sites.b, &altered);
        assert!(
            matches!(refused, Err(Error::Bundle(BundleFault::Altered | BundleFault::Truncated))),
            "{at}: {refused:?}"
        );
    }
    for len in 0..bundle.len() {
        let expected = if len < 4 { BundleFault::NotABundle } else { BundleFault::Truncated };
        assert_eq!(drill(&sites.b, &bundle[..len]), Err(fault(expected)), "cut at {len}");
    }
    let longer = [&bundle[..], &[0]].concat();
    assert_eq!(drill(&sites.b, &longer), Err(fault(BundleFault::Trailing)));
    // A restore refuses the same, and uses nothing up.
    for start in segment_starts(&bundle) {
        let (cut, mut altered) = (&bundle[..start.min(bundle.len() - 1)], bundle.clone());
        altered[start.min(bundle.len() - 1)] ^= 0x80;
        for wrong in [cut, &altered] {
            let refused = restore(&sites.b, wrong, &World::new(3)).map(drop);
            assert!(matches!(refused, Err(Error::Bundle(_))), "{start}: {refused:?}");
        }
    }
    assert_eq!(restore(&sites.b, &longer, &World::new(3)).map(drop), Err(fault(BundleFault::Trailing)));
    assert_eq!(restore(&sites.b, &bundle, &World::new(3)).map(|(_, found)| found), Ok(made));
}

/// Each field of the header is bound to the key of the bundle: not even the source's own signature lets one be exchanged.
#[test]
fn no_field_of_a_header_can_be_another_under_a_good_signature() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    create_key(&sites.a.vault);
    let liar = Liar::of(&sites.a, "b");
    let (bundle, made) = bundle(&sites);
    let altered = Err(fault(BundleFault::Altered));
    for (name, at, expected) in [
        ("bundle id", 8, altered),
        ("source id", 24, exchange(Reason::NotPinned)),
        ("source key", 40, exchange(Reason::OtherSignature)),
        ("target id", 72, exchange(Reason::OtherVault)),
        ("target fingerprint", 88, exchange(Reason::OtherVault)),
        ("nonce", 120, exchange(Reason::NoSuchOffer)),
        ("revision", 143, altered),
        ("made", 151, altered),
        ("encapsulated key of ML-KEM", 152, altered),
        ("encapsulated key of X25519", 152 + 1088, altered),
    ] {
        let mut wrong = bundle.clone();
        wrong[at] ^= 1;
        liar.sign_header(&mut wrong[..HEADER]);
        assert_eq!(drill(&sites.b, &wrong), expected, "{name}");
    }
    // Two bundles of one source to one target, each with its own key.
    let (other, _) = self::bundle(&sites);
    let mixed = [&other[..HEADER], &bundle[HEADER..]].concat();
    assert_eq!(drill(&sites.b, &mixed), altered);
    assert_eq!(drill(&sites.b, &bundle), Ok(made));
}

#[test]
fn a_bundle_is_for_one_purpose() {
    let worlds = worlds();
    let sites = Sites::new(&worlds);
    let key = create_key(&sites.a.vault);
    let (whole, made) = bundle(&sites);
    let with_key = sites.bundle(key);
    let (by_secret, _) = backup(&sites.a.vault);
    assert_eq!(drill(&sites.b, &with_key), Err(fault(BundleFault::NotABundle)));
    assert_eq!(restore(&sites.b, &with_key, &World::new(3)).map(drop), Err(fault(BundleFault::NotABundle)));
    assert_eq!(drill(&sites.b, &by_secret), Err(fault(BundleFault::OpensOtherwise)));
    assert_eq!(drilled(&whole), Err(fault(BundleFault::OpensOtherwise)));
    assert_eq!(sites.b.receive(&whole), exchange(Reason::NotABundle));
    // Called what it is not, and signed: neither the one nor the other takes it.
    let liar = Liar::of(&sites.a, "b");
    let mut renamed = whole.clone();
    renamed[..8].copy_from_slice(&with_key[..8]);
    liar.sign(&mut renamed);
    assert_eq!(sites.b.receive(&renamed), exchange(Reason::NotABundle));
    let mut renamed = whole.clone();
    renamed[6] = 2;
    liar.sign_header(&mut renamed[..HEADER]);
    assert_eq!(drill(&sites.b, &renamed), Err(fault(BundleFault::NotABundle)), "another suite");
    // Both offers are as they were.
    assert_eq!(drill(&sites.b, &whole), Ok(made));
    assert!(sites.b.receive(&with_key).is_ok());
}
