//! The machine: a day at a time.

use strongroom_core::operation::{
    AcceptTime, CancelKeyDeletion, ConfirmKeyVersionDestruction, CreateKey, EnableKey, EnableKeyRotation,
    ResetClock, RestoreKeyVersion, RevokeKeyVersion, RotateKeyOnDemand, ScheduleKeyDeletion,
    ScheduleKeyVersionDestruction,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, NewSlot, NewVault, Realm, Secret, SlotKind, SlotParameters, Vault};

use super::imports::ImportedKey;
use super::journey::one_more;
use super::{Broken, Journey, PathError, Stop, TestPlatform};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// 2025-01-01T00:00Z.
const START_MS: u64 = 1_735_689_600_000;
const ROOT: &str = "arn:aws:iam::000000000000:root";
/// How many old messages are opened every day.
const SAMPLES: u32 = 4;

/// Moves a vault through the years. Deterministic from its seed.
#[derive(Clone, Copy, Debug)]
pub struct TimeMachine {
    seed: u64,
    years: u32,
}

/// Something that was sealed, and what it must open to.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) version: u32,
    pub(super) plaintext: Vec<u8>,
    pub(super) sealed: Vec<u8>,
}

/// A program's own ways in and out, and what became of them.
pub(super) struct Paths<'p> {
    pub(super) seal: Seal<'p>,
    pub(super) open: Open<'p>,
    pub(super) journey: Journey,
}

type Seal<'p> = &'p mut dyn FnMut(&Stop<'_>, &[u8]) -> Result<Vec<u8>, PathError>;
type Open<'p> = &'p mut dyn FnMut(&Stop<'_>, &[u8]) -> Result<Vec<u8>, PathError>;

impl Paths<'_> {
    pub(super) fn seal(&mut self, stop: &Stop<'_>, version: u32) -> Result<Kept, String> {
        let plaintext = format!("day {} under {}", stop.day, stop.key_id).into_bytes();
        let sealed = (self.seal)(stop, &plaintext).map_err(|error| format!("sealing failed: {error}"))?;
        one_more(&mut self.journey.sealed);
        Ok(Kept { version, plaintext, sealed })
    }

    /// What was sealed opens, or is refused, as it must.
    pub(super) fn open(&mut self, stop: &Stop<'_>, kept: &Kept, must_open: bool) -> Result<(), String> {
        let of = format!("a message of version {} of {}", kept.version, stop.key_id);
        match (self.open)(stop, &kept.sealed) {
            Ok(opened) if must_open && opened == kept.plaintext => one_more(&mut self.journey.opened),
            Ok(_) if must_open => return Err(format!("{of} opens as something else")),
            Ok(_) => return Err(format!("{of} opens, and must not")),
            Err(error) if must_open => return Err(format!("{of} does not open: {error}")),
            Err(_) => one_more(&mut self.journey.refused),
        }
        Ok(())
    }
}

impl TimeMachine {
    /// A machine for ten years.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        TimeMachine { seed, years: 10 }
    }

    /// For so many years instead.
    #[must_use]
    pub const fn years(self, years: u32) -> Self {
        TimeMachine { years, ..self }
    }

    /// Lets the years pass. `seal` and `open` are the program's own ways in and out; whatever one seals, the other must
    /// open, unless the version that sealed it was revoked or destroyed, or the key is not usable.
    ///
    /// # Errors
    /// The first thing that is not as it must be.
    pub fn travel(
        &self,
        mut seal: impl FnMut(&Stop<'_>, &[u8]) -> Result<Vec<u8>, PathError>,
        mut open: impl FnMut(&Stop<'_>, &[u8]) -> Result<Vec<u8>, PathError>,
    ) -> Result<Journey, Broken> {
        let mut paths = Paths { seal: &mut seal, open: &mut open, journey: Journey::default() };
        match self.run(&mut paths) {
            Ok(()) => Ok(paths.journey),
            Err(what) => Err(Broken { seed: self.seed, day: paths.journey.days, what }),
        }
    }

    fn run(&self, paths: &mut Paths<'_>) -> Result<(), String> {
        let vault = Vault::new(TestPlatform::new(self.seed));
        vault.platform().manual_clock().set_wall_ms(Some(START_MS));
        let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
        step("making a vault", vault.create(&new, &mut unlock))?;
        let caller = step("naming root", Caller::new(ROOT))?;
        let key = step("CreateKey", vault.create_key(&caller, CreateKey::default()))?.key_id.to_string();
        let by_schedule = EnableKeyRotation { key_id: &key, rotation_period_days: Some(90) };
        step("EnableKeyRotation", vault.enable_key_rotation(&caller, by_schedule))?;
        let mut imported = ImportedKey::new(&vault, &caller)?;

        let mut dice = Dice(self.seed);
        let mut kept: Vec<Kept> = Vec::new();
        // Versions up to this one are destroyed.
        let mut gone = 0;
        for day in 1..=self.years.saturating_mul(365) {
            paths.journey.days = day;
            let stop = Stop { vault: &vault, caller: &caller, key_id: &key, day };
            vault.platform().manual_clock().advance_ms(16 * HOUR_MS);
            step("tick", vault.tick(64))?;
            let version = current(&stop)?;
            let message = paths.seal(&stop, version)?;
            if current(&stop)? != version {
                return Err("a key rotated by itself behind a tick".to_owned());
            }
            kept.push(message);
            for _ in 0..SAMPLES {
                let sample = kept.get(dice.below(kept.len()));
                sample.map_or(Ok(()), |sample| paths.open(&stop, sample, sample.version > gone))?;
            }
            imported.live(&stop, paths)?;
            if day.is_multiple_of(30) {
                rotate(&stop, paths, &kept)?;
            }
            if day.is_multiple_of(91) {
                almost_delete(&stop, paths, &kept)?;
            }
            if day.is_multiple_of(365) {
                gone = destroy_oldest(&stop, paths, gone)?;
                step("AcceptTime", vault.accept_time(&caller, AcceptTime::default()))?;
            }
            self.sleep(&stop, &mut dice, &mut paths.journey)?;
        }
        let stop = Stop { vault: &vault, caller: &caller, key_id: &key, day: paths.journey.days };
        kept.iter().try_for_each(|message| paths.open(&stop, message, message.version > gone))?;
        imported.open_all(&stop, paths)?;
        let rotations = u64::from(current(&stop)?.saturating_sub(1));
        paths.journey.rotations = paths.journey.rotations.saturating_add(rotations);
        step("closing", vault.close())
    }

    /// Overnight the vault is closed, in order or by a power cut, and the clock may be wrong in the morning.
    fn sleep(&self, stop: &Stop<'_>, dice: &mut Dice, journey: &mut Journey) -> Result<(), String> {
        let vault = stop.vault;
        let clock = vault.platform().manual_clock();
        if dice.below(8) == 0 {
            one_more(&mut journey.power_cuts);
            vault.platform().cut_power();
            step("locking", vault.lock())?;
        } else {
            step("closing", vault.close())?;
        }
        clock.advance_ms(8 * HOUR_MS);
        let right = START_MS.saturating_add(u64::from(stop.day).saturating_mul(DAY_MS));
        let reading = match dice.below(24) {
            0 => None,
            1 => Some(0),
            2 => Some(right.saturating_add(3650 * DAY_MS)),
            _ => Some(right),
        };
        clock.set_wall_ms(reading);
        step("mounting", vault.mount(&mut unlock))?;
        one_more(&mut journey.restarts);
        clock.set_wall_ms(Some(right));
        if reading != Some(right) {
            one_more(&mut journey.clock_faults);
            step("ResetClock", vault.reset_clock(stop.caller, ResetClock))?;
        }
        Ok(())
    }
}

/// The version that encrypts.
pub(super) fn current(stop: &Stop<'_>) -> Result<u32, String> {
    let mut description = [0; 8192];
    let request = strongroom_core::operation::DescribeKey::new(stop.key_id);
    let described = step("DescribeKey", stop.vault.describe_key(stop.caller, request, &mut description))?;
    Ok(described.facts.current_version)
}

/// New material by hand; and the version before it is revoked and brought back.
fn rotate(stop: &Stop<'_>, paths: &mut Paths<'_>, kept: &[Kept]) -> Result<(), String> {
    let (vault, caller, key_id) = (stop.vault, stop.caller, stop.key_id);
    match vault.rotate_key_on_demand(caller, RotateKeyOnDemand { key_id }) {
        // One is due by schedule: next month, then.
        Ok(_) | Err(Error::Conflict) => {}
        Err(error) => return Err(format!("RotateKeyOnDemand: {error}")),
    }
    let newest = current(stop)?;
    let Some(older) = kept.iter().rev().find(|message| message.version < newest) else { return Ok(()) };
    let version = older.version;
    match vault.revoke_key_version(caller, RevokeKeyVersion { key_id, version }) {
        Ok(_) => {}
        // It is on its way out, or gone.
        Err(Error::InvalidState(_)) => return Ok(()),
        Err(error) => return Err(format!("RevokeKeyVersion: {error}")),
    }
    paths.open(stop, older, false)?;
    step("RestoreKeyVersion", vault.restore_key_version(caller, RestoreKeyVersion { key_id, version }))?;
    paths.open(stop, older, true)
}

/// A deletion is scheduled; until it is cancelled nothing opens, and then everything does.
fn almost_delete(stop: &Stop<'_>, paths: &mut Paths<'_>, kept: &[Kept]) -> Result<(), String> {
    let (vault, caller, key_id) = (stop.vault, stop.caller, stop.key_id);
    let Some(last) = kept.last() else { return Ok(()) };
    paths.open(stop, last, true)?;
    let request = ScheduleKeyDeletion { key_id, pending_window_in_days: 7 };
    step("ScheduleKeyDeletion", vault.schedule_key_deletion(caller, request))?;
    paths.open(stop, last, false)?;
    step("CancelKeyDeletion", vault.cancel_key_deletion(caller, CancelKeyDeletion { key_id }))?;
    paths.open(stop, last, false)?;
    step("EnableKey", vault.enable_key(caller, EnableKey { key_id }))?;
    paths.open(stop, last, true)?;
    one_more(&mut paths.journey.cancelled_deletions);
    Ok(())
}

/// The oldest version that is left goes: at the end of its waiting period, with a confirmation.
pub(super) fn destroy_oldest(stop: &Stop<'_>, paths: &mut Paths<'_>, gone: u32) -> Result<u32, String> {
    let (vault, caller, key_id) = (stop.vault, stop.caller, stop.key_id);
    let version = gone.saturating_add(1);
    let request = ScheduleKeyVersionDestruction { key_id, version, pending_window_in_days: 7 };
    step("ScheduleKeyVersionDestruction", vault.schedule_key_version_destruction(caller, request))?;
    vault.platform().manual_clock().advance_ms(8 * DAY_MS);
    step("tick", vault.tick(64))?;
    let confirm = ConfirmKeyVersionDestruction { key_id, version };
    step("ConfirmKeyVersionDestruction", vault.confirm_key_version_destruction(caller, confirm))?;
    one_more(&mut paths.journey.destroyed);
    Ok(version)
}

/// The result, or what failed.
pub(super) fn step<T>(what: &str, result: Result<T, Error>) -> Result<T, String> {
    result.map_err(|error| format!("{what}: {error}"))
}

fn unlock(_slot: &SlotParameters, secret: &mut Secret<32>) -> Result<bool, Error> {
    secret.fill_with(|bytes| bytes.fill(7));
    Ok(true)
}

/// SplitMix64 (Steele, Lea, Flood, *Fast Splittable Pseudorandom Number Generators*): a journey is its seed.
struct Dice(u64);

impl Dice {
    /// Below `bound`, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        let mixed = usize::try_from((mixed ^ mixed >> 31) >> 33).unwrap_or(0);
        mixed.checked_rem(bound).unwrap_or(0)
    }
}
