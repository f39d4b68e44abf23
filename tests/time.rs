//! What vault time may and may not do (`protocols`, section 6).

mod accepting;
mod model;

use strongroom_core::Vault;
use strongroom_core::key::{KeyId, KeyState};

use crate::world::{World, create, create_key, describe, schedule_deletion};

pub const HOUR: u64 = 3_600_000;
pub const DAY: u64 = 24 * HOUR;
pub const START: u64 = 20_500 * DAY;

/// A vault with a clock, and a key that waits seven days for its end.
pub fn with_doomed_key(world: &World) -> (Vault<&World>, KeyId) {
    world.clock.set_wall_ms(Some(START));
    let vault = create(world);
    let key = create_key(&vault);
    schedule_deletion(&vault, key, 7).unwrap();
    (vault, key)
}

/// Ticks to the end, and tells whether the key is still there.
pub fn survives(vault: &Vault<&World>, key: KeyId) -> bool {
    while vault.tick(64).unwrap().is_more_due {}
    match describe(vault, key) {
        Ok(facts) => {
            assert_eq!(facts.state, KeyState::PendingDeletion);
            true
        }
        Err(strongroom_core::Error::NotFound) => false,
        Err(other) => panic!("{other}"),
    }
}
