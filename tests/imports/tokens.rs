//! Import tokens: of one vault, for one key, one use and one day.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::key::{KeySpec, KeyState};

use super::{DAY, Dock, FIRST, HOUR, external};
use crate::world::{PlainWrapping, World, create, mount, root};

#[test]
fn a_token_works_once() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let parameters = dock.parameters();
    let wrapped = parameters.wrap(&FIRST);
    dock.hand_in(parameters.token.as_bytes(), &wrapped).unwrap();
    let before = dock.facts();
    assert_eq!(dock.hand_in(parameters.token.as_bytes(), &wrapped), Err(Error::InvalidImportToken));
    world.log.last(|event| assert_eq!(event.error_code, Some("InvalidImportTokenException")));
    assert_eq!((dock.facts(), dock.wrapping.used.get()), (before, 1));
}

#[test]
fn a_wrapping_key_opens_one_ciphertext_whatever_comes_of_it() {
    for wrapped in [&[0; 64][..], &[1; 63], &[1]] {
        let world = World::new(1);
        let dock = Dock::new(&world);
        let parameters = dock.parameters();
        let token = parameters.token.as_bytes();
        let refused = dock.hand_in(token, wrapped).unwrap_err();
        let expected = ["InvalidCiphertextException", "IncorrectKeyMaterialException"];
        assert!(expected.contains(&refused.code()), "{refused}");
        let events = world.log.events().len();
        world.log.last(|event| assert_eq!(event.error_code, Some(refused.code())));
        assert_eq!(dock.hand_in(token, &parameters.wrap(&FIRST)), Err(Error::InvalidImportToken));
        assert_eq!(world.log.events().len(), events + 1, "one event for each");
        assert_eq!(dock.facts().state, KeyState::PendingImport);
        // Also after a restart.
        world.cut_power();
        let dock = Dock { vault: mount(&world).unwrap(), ..dock };
        assert_eq!(dock.hand_in(token, &parameters.wrap(&FIRST)), Err(Error::InvalidImportToken));
    }
}

#[test]
fn a_garbled_foreign_or_misdirected_token_is_refused() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let parameters = dock.parameters();
    let (token, wrapped) = (*parameters.token.as_bytes(), parameters.wrap(&FIRST));
    for at in 0..token.len() {
        let mut garbled = token;
        garbled[at] ^= 1;
        assert_eq!(dock.hand_in(&garbled, &wrapped), Err(Error::InvalidImportToken), "{at}");
    }
    for bytes in [&token[1..], &token[..83], &[0], &[0; 6144]] {
        assert_eq!(dock.hand_in(bytes, &wrapped), Err(Error::InvalidImportToken));
    }
    let other = external(&dock.vault, KeySpec::SymmetricDefault).to_string();
    let of_other = dock.parameters_as(&root(), &other).unwrap();
    let misdirected = dock.hand_in(of_other.token.as_bytes(), &of_other.wrap(&FIRST));
    assert_eq!(misdirected, Err(Error::InvalidImportToken));
    let elsewhere = World::new(2);
    let foreign = Dock::new(&elsewhere).parameters();
    assert_eq!(dock.hand_in(foreign.token.as_bytes(), &wrapped), Err(Error::InvalidImportToken));
    assert_eq!(dock.wrapping.used.get(), 0, "nothing was unwrapped");
    // None of that has used up the good one.
    assert!(dock.hand_in(&token, &wrapped).is_ok());
}

#[test]
fn a_token_ends_after_a_day_with_and_without_a_clock() {
    for has_clock in [true, false] {
        let world = World::new(1);
        let dock = Dock::new(&world);
        if !has_clock {
            world.clock.set_wall_ms(None);
        }
        let (early, late) = (dock.parameters(), dock.parameters());
        world.clock.advance_ms(DAY - HOUR);
        assert!(dock.hand_in(early.token.as_bytes(), &early.wrap(&FIRST)).is_ok());
        world.clock.advance_ms(2 * HOUR);
        let refused = dock.hand_in(late.token.as_bytes(), &late.wrap(&FIRST));
        assert_eq!(refused, Err(Error::ExpiredImportToken), "{has_clock}");
        assert_eq!(dock.wrapping.used.get(), 1);
        assert!(dock.import(&FIRST).is_ok(), "getting another helps");
    }
}

#[test]
fn a_restart_within_the_day_loses_no_token() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let parameters = dock.parameters();
    world.cut_power();
    let dock = Dock { vault: mount(&world).unwrap(), ..dock };
    assert!(dock.hand_in(parameters.token.as_bytes(), &parameters.wrap(&FIRST)).is_ok());
}

#[test]
fn a_key_has_four_wrapping_keys_at_a_time() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let all: Vec<_> = (0..5)
        .map(|_| {
            world.clock.advance_ms(HOUR);
            dock.parameters()
        })
        .collect();
    let answers = all.iter().map(|one| dock.hand_in(one.token.as_bytes(), &one.wrap(&FIRST)).is_ok());
    assert_eq!(answers.collect::<Vec<_>>(), [false, true, true, true, true]);
    assert!(dock.import(&FIRST).is_ok(), "used ones leave their places");
}

#[test]
fn expired_wrapping_keys_go_when_another_is_made() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    let count = || dock.vault.verify().unwrap().records;
    dock.parameters();
    let with_one = count();
    dock.parameters();
    dock.parameters();
    assert_eq!(count(), with_one + 2);
    world.clock.advance_ms(DAY + HOUR);
    dock.parameters();
    assert_eq!(count(), with_one + 1, "one more leads to it, on another day");
}

#[test]
fn a_tick_takes_unused_wrapping_keys_out_after_their_day_with_and_without_a_clock() {
    for has_clock in [true, false] {
        let world = World::new(1);
        if !has_clock {
            world.clock.set_wall_ms(None);
        }
        let vault = create(&world);
        let key = external(&vault, KeySpec::SymmetricDefault);
        let dock = Dock { vault, key, id: key.to_string(), wrapping: PlainWrapping::default() };
        let tick = || {
            let mut settled = 0;
            loop {
                let ticked = dock.vault.tick(8).unwrap();
                assert_eq!(ticked.failed, 0);
                settled += ticked.settled;
                if !ticked.is_more_due {
                    return settled;
                }
            }
        };
        let count = || dock.vault.verify().unwrap().records;
        let without = count();
        dock.parameters();
        world.clock.advance_ms(5 * HOUR);
        let second = dock.parameters();
        world.clock.advance_ms(DAY - 5 * HOUR - 1);
        assert_eq!((tick(), count() > without + 2), (0, true));
        world.clock.advance_ms(HOUR);
        assert_eq!(tick(), 1, "the first goes");
        world.clock.advance_ms(DAY);
        assert_eq!((tick(), count()), (1, without), "and the second, and what led to them");
        let late = dock.hand_in(second.token.as_bytes(), &second.wrap(&FIRST));
        assert_eq!(late, Err(Error::ExpiredImportToken));
        world.clock.advance_ms(DAY);
        assert_eq!(tick(), 0);
    }
}

#[test]
fn token_and_material_have_lengths() {
    let world = World::new(1);
    let dock = Dock::new(&world);
    for token in [&[][..], &[0; 6145]] {
        assert_eq!(dock.hand_in(token, &[1]), Err(Error::Validation(Parameter::ImportToken)));
    }
    let token = dock.parameters().token;
    for wrapped in [&[][..], &[0; 6145]] {
        let refused = Err(Error::Validation(Parameter::CiphertextBlob));
        assert_eq!(dock.hand_in(token.as_bytes(), wrapped), refused);
    }
}
