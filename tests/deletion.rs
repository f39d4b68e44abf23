//! The way out: ScheduleKeyDeletion, CancelKeyDeletion, ConfirmKeyDeletion, and the destruction of keys.

mod destruction;
mod remains;
mod scheduling;
mod versions;

use strongroom_core::Vault;
use strongroom_core::key::KeyId;

use crate::world::{World, create, create_key, schedule_deletion};

pub const HOUR: u64 = 3_600_000;
pub const DAY: u64 = 24 * HOUR;
/// A wall clock that says something: some day of the year 2026.
pub const START: u64 = 20_500 * DAY;

/// A world with a clock.
pub fn world(seed: u64) -> World {
    let world = World::new(seed);
    world.clock.set_wall_ms(Some(START));
    world
}

/// A vault with a key that waits seven days for its end.
pub fn with_doomed_key(world: &World) -> (Vault<&World>, KeyId) {
    let vault = create(world);
    let key = create_key(&vault);
    schedule_deletion(&vault, key, 7).unwrap();
    (vault, key)
}
