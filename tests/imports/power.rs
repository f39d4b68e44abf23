//! The power goes in the middle of an import.

use strongroom_core::Error;
use strongroom_core::key::KeyState;

use super::{Dock, FIRST, NOW};
use crate::world::{CommitFate, World, mount};

#[test]
fn a_power_cut_during_an_import_leaves_the_token_good_or_the_material_in_place() {
    let mut cuts = 0;
    for fate in [CommitFate::Fails, CommitFate::LandsAndFails] {
        for landing in 0.. {
            let world = World::new(1);
            let dock = Dock::new(&world);
            let parameters = dock.parameters();
            let (token, wrapped) = (parameters.token.as_bytes(), parameters.wrap(&FIRST));
            world.storage.decide_after(landing, &[fate]);
            if dock.hand_in(token, &wrapped).is_ok() {
                break;
            }
            cuts += 1;
            world.cut_power();
            let dock = Dock { vault: mount(&world).unwrap(), ..dock };
            if fate == CommitFate::Fails {
                assert_eq!(dock.facts().state, KeyState::PendingImport);
                assert_eq!(
                    dock.hand_in(token, &wrapped).unwrap().version,
                    1,
                    "the token is as good as before"
                );
            }
            assert_eq!(dock.facts().state, KeyState::Enabled);
            assert_eq!(dock.hand_in(token, &wrapped), Err(Error::InvalidImportToken), "it was used");
            let ciphertext = dock.encrypt().unwrap();
            assert!(dock.opens(&ciphertext));
            assert_eq!(dock.vault.verify().unwrap().damaged, 0);
        }
    }
    assert!(cuts >= 2, "{cuts}");
}

#[test]
fn a_torn_commit_of_an_import_is_seen_as_damage_and_never_as_other_material() {
    let (mut whole, mut lost) = (0, 0);
    for kept in 0..12 {
        let world = World::new(1);
        let dock = Dock::filled(&world);
        let ciphertext = dock.encrypt().unwrap();
        let parameters = dock.parameters();
        world.storage.decide(&[CommitFate::IsTorn(kept)]);
        dock.hand_in(parameters.token.as_bytes(), &parameters.wrap(&FIRST)).unwrap_err();
        let torn = World::new(2).with_image(&world.storage.image());
        torn.clock.set_wall_ms(Some(NOW));
        torn.storage.ignore_revision();
        let vault = mount(&torn).unwrap();
        let verified = vault.verify().unwrap();
        let dock = Dock { vault, key: dock.key, id: dock.id, wrapping: dock.wrapping };
        if dock.opens(&ciphertext) {
            whole += 1;
        } else {
            lost += 1;
            assert!(verified.damaged > 0, "torn at {kept}");
        }
    }
    assert!(whole > 1 && lost > 1, "{whole} whole, {lost} with damage");
}
