//! The contract of [`Cache`].

use strongroom_core::Error;
use strongroom_core::crypto::Primitives;
use strongroom_core::key::{KeyFacts, KeyId, KeyOrigin, KeySpec, KeyState, KeyUsage};
use strongroom_core::platform::{Cache, Fill};

use super::expect::{Kept, done, equal, expect};
use super::session::opened_keys;
use super::{Clause, Report, Violation};

/// Checks what every cache must do. `make` gives an empty cache each time, with four places or more.
///
/// # Errors
/// The first clause that is not kept.
pub fn check<C: Primitives, T: Cache<C>>(make: impl Fn() -> T) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::LendsWhatWasFilled, || what_is_lent_is_what_was_filled(&make()))?;
    report.check(Clause::FailedFillKeepsNothing, || a_failed_fill_keeps_nothing(&make()))?;
    report.check(Clause::FillBufferIsBlank, || the_buffer_holds_nothing_of_another(&make()))?;
    report.check(Clause::ForgetsOneKey, || forgetting_one_key_leaves_the_others(&make()))?;
    report.check(Clause::StaleFillIsRefused, || a_stale_fill_is_refused(&make()))?;
    report.check(Clause::ForgetsAllKeys, || forgetting_all_bounds_later_fills(&make()))?;
    report.check(Clause::LendsNeverNest, || a_lend_within_a_lend_is_busy_or_works(&make()))?;
    report.check(Clause::VersionsHeldAreVisited, || every_version_held_is_visited(&make()))?;
    report.check(Clause::GivenUpCopiesAreShown, || given_up_copies_are_shown(&make()))?;
    Ok(report)
}

/// For caches that hold at most so many keys: checks that they do not hold more.
///
/// # Errors
/// The first clause that is not kept.
pub fn check_bounded<C: Primitives>(cache: &impl Cache<C>, places: u8) -> Result<Report, Violation> {
    let mut report = Report::default();
    report.check(Clause::CacheIsBounded, || no_more_keys_are_held_than_places(cache, places))?;
    Ok(report)
}

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

/// What is lent of a key: the current version and the policy.
fn lent<C: Primitives>(cache: &impl Cache<C>, number: u8) -> Result<Option<(u32, Vec<u8>)>, String> {
    let read = |facts: &KeyFacts, policy: &[u8]| (facts.current_version, policy.to_vec());
    done("a lend", cache.lend_key(&id(number), read))
}

fn holds<C: Primitives>(cache: &impl Cache<C>, number: u8, version: u32) -> Result<bool, String> {
    done("a lend", cache.lend_backing_key(&id(number), version, |_| ())).map(|lent| lent.is_some())
}

/// Looks first and then fills, as the vault does.
fn fill<C: Primitives>(
    cache: &impl Cache<C>,
    number: u8,
    revision: u64,
    version: u32,
) -> Result<Fill, String> {
    lent(cache, number)?;
    let filled = cache.fill_key(&id(number), revision, |buffer| {
        let place = buffer.get_mut(10..16).ok_or(Error::Capacity)?;
        place.copy_from_slice(b"policy");
        Ok(Some((facts(id(number), version), 10..16)))
    });
    done("a fill", filled)
}

fn is_filled<C: Primitives>(cache: &impl Cache<C>, number: u8, revision: u64, version: u32) -> Kept {
    equal(&format!("a fill of revision {revision}"), &fill(cache, number, revision, version)?, &Fill::Done)
}

fn is_stale<C: Primitives>(cache: &impl Cache<C>, number: u8, revision: u64) -> Kept {
    equal(&format!("a fill of revision {revision}"), &fill(cache, number, revision, 1)?, &Fill::Stale)?;
    equal("what is lent after it", &lent(cache, number)?, &None)
}

/// Fills in a version, and answers how many copies were given up for it.
fn fill_version<C: Primitives>(
    cache: &impl Cache<C>,
    number: u8,
    version: u32,
    revision: u64,
) -> Result<(Fill, usize), String> {
    holds(cache, number, version)?;
    let key = done("opening a key", opened_keys(1))?.pop().ok_or("no key was opened")?;
    let mut given_up = 0_usize;
    let filled = cache.fill_backing_key(&id(number), version, revision, key, &mut |_| {
        given_up = given_up.saturating_add(1);
    });
    Ok((done("a fill", filled)?, given_up))
}

fn version_is_filled<C: Primitives>(cache: &impl Cache<C>, number: u8, version: u32, revision: u64) -> Kept {
    equal("a fill of a version", &fill_version(cache, number, version, revision)?.0, &Fill::Done)?;
    expect(holds(cache, number, version)?, || "a version just filled in is not lent".to_owned())
}

fn what_is_lent_is_what_was_filled<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    equal("an empty cache", &lent(cache, 1)?, &None)?;
    expect(!holds(cache, 1, 1)?, || "an empty cache holds a version".to_owned())?;
    is_filled(cache, 1, 5, 7)?;
    equal("a key", &lent(cache, 1)?, &Some((7, b"policy".to_vec())))?;
    equal("another key", &lent(cache, 2)?, &None)?;
    is_filled(cache, 1, 6, 8)?;
    equal("the key after a later fill", &lent(cache, 1)?, &Some((8, b"policy".to_vec())))?;
    version_is_filled(cache, 1, 1, 6)?;
    version_is_filled(cache, 1, 2, 6)?;
    let held = [holds(cache, 1, 1)?, holds(cache, 1, 2)?, holds(cache, 1, 3)?, holds(cache, 2, 1)?];
    equal("versions held of two that were filled in", &held, &[true, true, false, false])
}

fn a_failed_fill_keeps_nothing<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    equal("a fill that finds nothing", &cache.fill_key(&id(1), 5, |_| Ok(None)), &Ok(Fill::Absent))?;
    equal("a key that was not found", &lent(cache, 1)?, &None)?;
    let failed = cache.fill_key(&id(1), 5, |_| Err(Error::Entropy));
    equal("a fill that fails", &failed, &Err(Error::Entropy))?;
    equal("a key that could not be read", &lent(cache, 1)?, &None)
}

fn the_buffer_holds_nothing_of_another<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    for number in 0..8 {
        let mut seen = false;
        let _ = cache.fill_key(&id(number), 5, |buffer| {
            seen = buffer.contains(&0x5a);
            if number % 2 == 0 {
                buffer.fill(0x5a);
                return Err(Error::Entropy);
            }
            buffer.get_mut(..64).ok_or(Error::Capacity)?.fill(0x5a);
            Ok(Some((facts(id(number), 1), 0..64)))
        });
        expect(!seen, || "a fill is lent the bytes of an earlier one".to_owned())?;
    }
    Ok(())
}

fn forgetting_one_key_leaves_the_others<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    for number in [1, 2] {
        is_filled(cache, number, 5, 1)?;
        version_is_filled(cache, number, 1, 5)?;
    }
    version_is_filled(cache, 1, 2, 5)?;
    done("forgetting a key", cache.forget(&id(1), 6))?;
    equal("a key that was forgotten", &lent(cache, 1)?, &None)?;
    let held = [holds(cache, 1, 1)?, holds(cache, 1, 2)?];
    equal("versions held of a key that was forgotten", &held, &[false, false])?;
    expect(lent(cache, 2)?.is_some() && holds(cache, 2, 1)?, || "another key was forgotten too".to_owned())?;
    done("forgetting a key that is not held", cache.forget(&id(9), 6))
}

fn a_stale_fill_is_refused<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    is_filled(cache, 1, 5, 1)?;
    done("forgetting a key", cache.forget(&id(1), 6))?;
    // A reader that started before the change comes late.
    is_stale(cache, 1, 5)?;
    equal("a late fill of a version", &fill_version(cache, 1, 1, 5)?.0, &Fill::Stale)?;
    expect(!holds(cache, 1, 1)?, || "a version that came late is held".to_owned())?;
    is_filled(cache, 1, 6, 2)?;
    version_is_filled(cache, 1, 1, 6)?;
    equal("the key after the change", &lent(cache, 1)?.map(|(version, _)| version), &Some(2))?;
    // A forget of an older revision does not let older fills in again.
    done("forgetting a key", cache.forget(&id(1), 3))?;
    is_stale(cache, 1, 5)
}

fn forgetting_all_bounds_later_fills<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    for number in 1..=3 {
        is_filled(cache, number, 5, 1)?;
        version_is_filled(cache, number, 1, 5)?;
    }
    // Locked: nothing comes in, however new.
    done("forgetting all", cache.forget_all(u64::MAX))?;
    for number in 1..=3 {
        equal("a key after all were forgotten", &lent(cache, number)?, &None)?;
        expect(!holds(cache, number, 1)?, || "a version is held after all were forgotten".to_owned())?;
        is_stale(cache, number, 1 << 40)?;
    }
    // Opened again, perhaps as an older image: fills of its time are let in, and of before not.
    done("forgetting all", cache.forget_all(4))?;
    is_stale(cache, 1, 3)?;
    is_filled(cache, 1, 4, 1)?;
    expect(lent(cache, 1)?.is_some(), || "the key is not lent".to_owned())
}

fn a_lend_within_a_lend_is_busy_or_works<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    is_filled(cache, 1, 5, 1)?;
    let inner = done("a lend", cache.lend_key(&id(1), |_, _| cache.lend_key(&id(1), |_, _| ())))?;
    expect(matches!(inner, Some(Ok(Some(())) | Err(Error::Busy))), || format!("a second lend: {inner:?}"))?;
    let forgotten = done("a lend", cache.lend_key(&id(1), |_, _| cache.forget(&id(1), 9)))?;
    expect(matches!(forgotten, Some(Ok(()) | Err(Error::Busy))), || {
        format!("forgetting within a lend: {forgotten:?}")
    })?;
    // A forget that was not busy has forgotten.
    if forgotten == Some(Ok(())) { equal("the key", &lent(cache, 1)?, &None) } else { Ok(()) }
}

fn given_up_copies_are_shown<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    let (mut shown, mut held) = (0_usize, 0_usize);
    // One version comes twice: the first copy is replaced, or stays.
    for version in (1..=40).chain([40]) {
        shown = shown.saturating_add(fill_version(cache, 1, version, 5)?.1);
    }
    done("a visit", cache.lend_versions(None, &mut |_| held = held.saturating_add(1)))?;
    equal("copies held or shown, of 41", &shown.saturating_add(held), &41)
}

fn every_version_held_is_visited<C: Primitives>(cache: &impl Cache<C>) -> Kept {
    for (number, version) in [(1, 1), (1, 2), (2, 1)] {
        version_is_filled(cache, number, version, 5)?;
    }
    for (of, expected) in [(Some(id(1)), 2), (Some(id(2)), 1), (Some(id(3)), 0), (None, 3)] {
        let mut visited = 0_usize;
        let lent = cache.lend_versions(of.as_ref(), &mut |_| visited = visited.saturating_add(1));
        done("a visit", lent)?;
        equal("versions visited", &visited, &expected)?;
    }
    Ok(())
}

fn no_more_keys_are_held_than_places<C: Primitives>(cache: &impl Cache<C>, places: u8) -> Kept {
    let filled = 1..=places.saturating_mul(2).max(8);
    for number in filled.clone() {
        is_filled(cache, number, 5, 1)?;
        expect(lent(cache, number)?.is_some(), || "a key just filled in is not lent".to_owned())?;
    }
    let mut held = 0_u8;
    for number in filled {
        held = held.saturating_add(u8::from(lent(cache, number)?.is_some()));
    }
    expect(held <= places, || format!("{held} keys are held in {places} places"))
}
