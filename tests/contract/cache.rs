//! Caches: what is lent is what was filled, what is forgotten is gone, and what is stale is not let in.

use strongroom_core::crypto::RustCrypto;
use strongroom_core::key::{KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage};
use strongroom_core::platform::{Cache, Fill};
use strongroom_core::{BackingKey, Error};

use crate::world::{World, create, create_key, decrypt, encrypt, rotate};

fn facts(id: KeyId, version: u32) -> KeyFacts {
    KeyFacts {
        key_id: id,
        created_ms: None,
        state: KeyState::Enabled,
        spec: KeySpec::SymmetricDefault,
        usage: KeyUsage::EncryptDecrypt,
        origin: KeyOrigin::AwsKms,
        current_version: version,
        newest_version: version,
        on_demand_rotations: 0,
        rotation: None,
        deletion: None,
        expires_ms: None,
        missing_materials: 0,
        rotates_from_observed_ms: 0,
    }
}

fn id(number: u8) -> KeyId {
    KeyId::from_bytes([number; 16])
}

/// Backing keys, opened by a vault of their own; their names here are the cache's business alone.
fn backing_keys(count: u32) -> Vec<BackingKey<RustCrypto>> {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let ciphertexts: Vec<_> = (0..count)
        .map(|_| {
            let ciphertext = encrypt(&vault, key, b"x").unwrap();
            rotate(&vault, key).unwrap();
            ciphertext
        })
        .collect();
    let mut keys = Vec::new();
    for ciphertext in ciphertexts {
        let caught = world.cache.catch(|| drop(decrypt(&vault, &ciphertext)));
        keys.push(caught.into_iter().next().unwrap().2);
    }
    keys
}

/// Looks first and then fills, as the vault does.
fn fill(cache: &impl Cache<RustCrypto>, id: KeyId, revision: u64, version: u32) -> Result<Fill, Error> {
    lent(cache, id);
    cache.fill_key(&id, revision, |buffer| {
        buffer[10..16].copy_from_slice(b"policy");
        Ok(Some((facts(id, version), 10..16)))
    })
}

fn fill_version(
    cache: &impl Cache<RustCrypto>,
    id: KeyId,
    version: u32,
    revision: u64,
    key: BackingKey<RustCrypto>,
) -> Result<Fill, Error> {
    holds(cache, id, version);
    cache.fill_backing_key(&id, version, revision, key, &mut |_| ())
}

fn lent(cache: &impl Cache<RustCrypto>, id: KeyId) -> Option<(u32, Vec<u8>)> {
    cache.lend_key(&id, |facts, policy| (facts.current_version, policy.to_vec())).unwrap()
}

fn holds(cache: &impl Cache<RustCrypto>, id: KeyId, version: u32) -> bool {
    cache.lend_backing_key(&id, version, |_| ()).unwrap().is_some()
}

/// Runs every check; `make` gives an empty cache each time, with at least four places.
pub fn suite<C: Cache<RustCrypto>>(make: &dyn Fn() -> C) {
    what_is_lent_is_what_was_filled(&make());
    a_fill_that_fails_or_finds_nothing_keeps_nothing(&make());
    forgetting_one_key_leaves_the_others(&make());
    a_stale_fill_is_refused(&make());
    forgetting_all_forgets_all_and_bounds_later_fills(&make());
    a_lend_within_a_lend_is_busy_or_works(&make());
}

fn what_is_lent_is_what_was_filled(cache: &impl Cache<RustCrypto>) {
    assert_eq!(lent(cache, id(1)), None);
    assert!(!holds(cache, id(1), 1));
    assert_eq!(fill(cache, id(1), 5, 7), Ok(Fill::Done));
    assert_eq!(lent(cache, id(1)), Some((7, b"policy".to_vec())));
    assert_eq!(lent(cache, id(2)), None);
    assert_eq!(fill(cache, id(1), 6, 8), Ok(Fill::Done));
    assert_eq!(lent(cache, id(1)), Some((8, b"policy".to_vec())), "the later fill is lent");
    for (key, version) in backing_keys(2).into_iter().zip([1, 2]) {
        assert_eq!(fill_version(cache, id(1), version, 6, key), Ok(Fill::Done));
    }
    assert!(holds(cache, id(1), 1) && holds(cache, id(1), 2));
    assert!(!holds(cache, id(1), 3) && !holds(cache, id(2), 1));
}

fn a_fill_that_fails_or_finds_nothing_keeps_nothing(cache: &impl Cache<RustCrypto>) {
    assert_eq!(cache.fill_key(&id(1), 5, |_| Ok(None)), Ok(Fill::Absent));
    assert_eq!(lent(cache, id(1)), None);
    assert_eq!(cache.fill_key(&id(1), 5, |_| Err(Error::Entropy)), Err(Error::Entropy));
    assert_eq!(lent(cache, id(1)), None);
    // The buffer lent to the next fill holds nothing of the last one.
    let mut seen = Vec::new();
    let _ = cache.fill_key(&id(1), 5, |buffer| {
        buffer.fill(0x5a);
        Err(Error::Entropy)
    });
    let _ = cache.fill_key(&id(1), 5, |buffer| {
        seen = buffer.to_vec();
        Ok(None)
    });
    assert!(!seen.contains(&0x5a));
}

fn forgetting_one_key_leaves_the_others(cache: &impl Cache<RustCrypto>) {
    let mut keys = backing_keys(3).into_iter();
    for number in [1, 2] {
        fill(cache, id(number), 5, 1).unwrap();
        fill_version(cache, id(number), 1, 5, keys.next().unwrap()).unwrap();
    }
    fill_version(cache, id(1), 2, 5, keys.next().unwrap()).unwrap();
    cache.forget(&id(1), 6).unwrap();
    assert_eq!(lent(cache, id(1)), None);
    assert!(!holds(cache, id(1), 1) && !holds(cache, id(1), 2));
    assert!(lent(cache, id(2)).is_some() && holds(cache, id(2), 1));
    cache.forget(&id(9), 6).unwrap();
}

fn a_stale_fill_is_refused(cache: &impl Cache<RustCrypto>) {
    fill(cache, id(1), 5, 1).unwrap();
    cache.forget(&id(1), 6).unwrap();
    // A reader that started before the change comes late.
    assert_eq!(fill(cache, id(1), 5, 1), Ok(Fill::Stale));
    let mut keys = backing_keys(2).into_iter();
    assert_eq!(fill_version(cache, id(1), 1, 5, keys.next().unwrap()), Ok(Fill::Stale));
    assert_eq!(lent(cache, id(1)), None);
    assert!(!holds(cache, id(1), 1));
    assert_eq!(fill(cache, id(1), 6, 2), Ok(Fill::Done));
    assert_eq!(fill_version(cache, id(1), 1, 6, keys.next().unwrap()), Ok(Fill::Done));
    assert_eq!(lent(cache, id(1)).map(|(version, _)| version), Some(2));
    // A forget of an older revision does not let older fills in again.
    cache.forget(&id(1), 3).unwrap();
    assert_eq!(fill(cache, id(1), 5, 1), Ok(Fill::Stale));
}

fn forgetting_all_forgets_all_and_bounds_later_fills(cache: &impl Cache<RustCrypto>) {
    for (number, key) in (1..).zip(backing_keys(3)) {
        fill(cache, id(number), 5, 1).unwrap();
        fill_version(cache, id(number), 1, 5, key).unwrap();
    }
    // Locked: nothing comes in, however new.
    cache.forget_all(u64::MAX).unwrap();
    for number in 1..=3 {
        assert_eq!(lent(cache, id(number)), None);
        assert!(!holds(cache, id(number), 1));
        assert_eq!(fill(cache, id(number), 1 << 40, 1), Ok(Fill::Stale));
    }
    // Opened again, perhaps as an older image: fills of its time are let in, and of before not.
    cache.forget_all(4).unwrap();
    assert_eq!(fill(cache, id(1), 3, 1), Ok(Fill::Stale));
    assert_eq!(fill(cache, id(1), 4, 1), Ok(Fill::Done));
    assert!(lent(cache, id(1)).is_some());
}

fn a_lend_within_a_lend_is_busy_or_works(cache: &impl Cache<RustCrypto>) {
    fill(cache, id(1), 5, 1).unwrap();
    let inner = cache.lend_key(&id(1), |_, _| cache.lend_key(&id(1), |_, _| ())).unwrap();
    assert!(matches!(inner, Some(Ok(Some(())) | Err(Error::Busy))), "{inner:?}");
    let forgotten = cache.lend_key(&id(1), |_, _| cache.forget(&id(1), 9)).unwrap();
    assert!(matches!(forgotten, Some(Ok(()) | Err(Error::Busy))), "{forgotten:?}");
    // A forget that was not busy has forgotten.
    if forgotten == Some(Ok(())) {
        assert_eq!(lent(cache, id(1)), None);
    }
}

/// For caches with exactly `places` places: the least recently used is given up.
pub fn bounded(cache: &impl Cache<RustCrypto>, places: u8) {
    for number in 1..=places {
        fill(cache, id(number), 5, 1).unwrap();
        assert!(lent(cache, id(number)).is_some());
    }
    assert!(lent(cache, id(1)).is_some());
    fill(cache, id(100), 5, 1).unwrap();
    assert!(lent(cache, id(100)).is_some());
    assert!(lent(cache, id(1)).is_some(), "the one just used stays");
    let held = (1..=places).filter(|number| lent(cache, id(*number)).is_some()).count();
    assert_eq!(held, usize::from(places) - 1);
    assert_eq!(lent(cache, id(2)), None, "the one not used longest goes");
}
