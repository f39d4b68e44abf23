//! A whole vault on a flash, its eraser cells included: whatever the power does, what was acknowledged holds.

use std::cell::RefCell;

use strongroom_core::crypto::RustCrypto;
use strongroom_core::error::Reason;
use strongroom_core::flash::{FlashArea, FlashEraser, FlashStorage, SharedFlash};
use strongroom_core::key::{KeyId, KeyState};
use strongroom_core::operation::CreateKey;
use strongroom_core::platform::Platform;
use strongroom_core::ram::{ManualClock, RamCache, RamSink, RamState, SeededEntropy};
use strongroom_core::{Destruction, Error, Vault};
use strongroom_std::faults::flash::{Cut, MockFlash};

use crate::world::{
    confirm_deletion, create, create_key, decrypt, describe, disable, enable, encrypt, mount, root, rotate,
    schedule_deletion,
};

type Chip = MockFlash<8, 1024>;
type Part<'a> = SharedFlash<'a, Chip>;

const CELLS: FlashArea = FlashArea { start: 0, segment_len: 1024 };
const STORE: FlashArea = FlashArea { start: 2048, segment_len: 20 * 1024 };
const SECTORS: usize = 42;

const DAY: u64 = 24 * 3_600_000;
/// Some day.
const START: u64 = 20_000 * DAY;

/// A small computer between two power cycles.
#[derive(Debug)]
struct Device<'a> {
    entropy: SeededEntropy,
    clock: ManualClock,
    storage: FlashStorage<Part<'a>, 64>,
    eraser: FlashEraser<Part<'a>>,
    sink: RamSink<65_536>,
    cache: RamCache<RustCrypto, 4>,
    state: RamState<RustCrypto>,
}

impl<'a> Device<'a> {
    fn with(chip: &'a RefCell<Chip>, storage: FlashStorage<Part<'a>, 64>, seed: u64) -> Self {
        let clock = ManualClock::new();
        clock.set_wall_ms(Some(START));
        Device {
            entropy: SeededEntropy::new(seed),
            clock,
            storage,
            eraser: FlashEraser::new(SharedFlash::new(chip), CELLS).unwrap(),
            sink: RamSink::new(),
            cache: RamCache::new(),
            state: RamState::new(),
        }
    }

    fn boot(chip: &'a RefCell<Chip>, seed: u64) -> Option<Self> {
        let storage = FlashStorage::mount(SharedFlash::new(chip), STORE).ok()?;
        let device = Device::with(chip, storage, seed);
        device.clock.set_wall_ms(Some(START + 8 * DAY));
        Some(device)
    }
}

impl<'a> Platform for Device<'a> {
    type Primitives = RustCrypto;
    type Entropy = SeededEntropy;
    type Clock = ManualClock;
    type Storage = FlashStorage<Part<'a>, 64>;
    type AuditSink = RamSink<65_536>;
    type Cache = RamCache<RustCrypto, 4>;
    type State = RamState<RustCrypto>;
    type Freshness = ();
    type Eraser = FlashEraser<Part<'a>>;

    fn entropy(&self) -> &Self::Entropy {
        &self.entropy
    }
    fn clock(&self) -> &Self::Clock {
        &self.clock
    }
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }
    fn audit_sink(&self) -> &Self::AuditSink {
        &self.sink
    }
    fn cache(&self) -> &Self::Cache {
        &self.cache
    }
    fn state(&self) -> &Self::State {
        &self.state
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &Self::Eraser {
        &self.eraser
    }
    fn usage_block(&self) -> u64 {
        0
    }
}

/// What is done to one of the keys.
#[derive(Clone, Copy, Debug)]
enum Act {
    Rotate,
    Disable,
    Enable,
    Destroy,
}

/// What a session does: to the key with this number.
const SESSION: [(usize, Act); 6] = [
    (0, Act::Rotate),
    (1, Act::Disable),
    (2, Act::Destroy),
    (1, Act::Enable),
    (0, Act::Rotate),
    (1, Act::Rotate),
];

/// A key: how it is, which version is its current one, and what was encrypted under it.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    id: KeyId,
    state: Option<KeyState>,
    version: u32,
    ciphertexts: Vec<Vec<u8>>,
}

impl Act {
    /// Does it; what is encrypted afterwards is new.
    fn run(self, vault: &Vault<&Device<'_>>, key: &Key) -> Result<Key, Error> {
        let mut after = self.outcome(key);
        match self {
            Act::Rotate => {
                rotate(vault, key.id)?;
                after.ciphertexts.push(encrypt(vault, key.id, b"under the newest version")?);
            }
            Act::Disable => drop(disable(vault, key.id)?),
            Act::Enable => drop(enable(vault, key.id)?),
            Act::Destroy => assert_eq!(confirm_deletion(vault, key.id)?, Destruction::Erased),
        }
        Ok(after)
    }

    fn outcome(self, key: &Key) -> Key {
        let mut after = key.clone();
        match self {
            Act::Rotate => after.version += 1,
            Act::Disable => after.state = Some(KeyState::Disabled),
            Act::Enable => after.state = Some(KeyState::Enabled),
            Act::Destroy => after.state = None,
        }
        after
    }
}

/// A vault with three keys, the last of which is due for destruction.
fn prepared() -> (RefCell<Chip>, Vec<Key>) {
    let chip = RefCell::new(Chip::new(SECTORS));
    let storage = FlashStorage::format(SharedFlash::new(&chip), STORE).unwrap();
    let device = Device::with(&chip, storage, 1);
    let vault = create(&device);
    let mut keys = Vec::new();
    for _ in 0..3 {
        let id = create_key(&vault);
        let ciphertexts = vec![encrypt(&vault, id, b"under the first version").unwrap()];
        keys.push(Key { id, state: Some(KeyState::Enabled), version: 1, ciphertexts });
    }
    schedule_deletion(&vault, keys[2].id, 7).unwrap();
    device.clock.advance_ms(7 * DAY + DAY / 24);
    let due = describe(&vault, keys[2].id).unwrap().deletion.unwrap();
    assert!(due.destroy_at_observed_ms.is_some());
    keys[2].state = Some(KeyState::PendingDeletion);
    vault.close().unwrap();
    drop(device);
    (chip, keys)
}

/// Runs the session until the power goes. Returns what was acknowledged, and what was under way.
fn run_session(chip: &RefCell<Chip>, keys: &[Key], seed: u64) -> (Vec<Key>, Option<(usize, Act)>) {
    let mut keys = keys.to_vec();
    let Some(device) = Device::boot(chip, seed) else { return (keys, None) };
    let Ok(vault) = mount(&device) else { return (keys, None) };
    for (number, act) in SESSION {
        match act.run(&vault, &keys[number]) {
            Ok(after) => keys[number] = after,
            Err(error) => {
                assert!(!chip.borrow().has_power(), "{act:?}: {error} with power on");
                return (keys, Some((number, act)));
            }
        }
    }
    vault.close().ok();
    (keys, None)
}

/// Mounts, compares, and uses the vault.
fn check(chip: &RefCell<Chip>, keys: &[Key], under_way: Option<(usize, Act)>, label: &str) {
    chip.borrow_mut().power_up();
    let device = Device::boot(chip, 77).unwrap_or_else(|| panic!("{label}: the store does not open"));
    let vault = mount(&device).unwrap_or_else(|error| panic!("{label}: {error}"));
    for (number, key) in keys.iter().enumerate() {
        let (state, version) = match describe(&vault, key.id) {
            Ok(facts) => (Some(facts.state), facts.current_version),
            Err(Error::AccessDenied(Reason::NoSuchKey)) | Err(Error::NotFound) => (None, key.version),
            Err(error) => panic!("{label}: {error}"),
        };
        let outcome = under_way.filter(|(at, _)| *at == number).map(|(_, act)| act.outcome(key));
        let is_allowed = |key: &Key| (key.state, key.version) == (state, version);
        assert!(
            is_allowed(key) || outcome.as_ref().is_some_and(is_allowed),
            "{label}: key {number} is {state:?} at version {version}; known {key:?}"
        );
        for ciphertext in &key.ciphertexts {
            let opened = decrypt(&vault, ciphertext);
            assert_eq!(opened.is_ok(), state == Some(KeyState::Enabled), "{label}: {opened:?}");
        }
    }
    let verified = vault.verify().unwrap();
    assert_eq!((verified.damaged, verified.damaged_copies), (0, 0), "{label}");
    let new = create_key(&vault);
    let sealed = encrypt(&vault, new, b"goes on").unwrap();
    drop(device);

    chip.borrow_mut().power_up();
    let device = Device::boot(chip, 78).unwrap_or_else(|| panic!("{label}: not a second time"));
    let vault = mount(&device).unwrap_or_else(|error| panic!("{label}: {error} at the second mount"));
    assert_eq!(decrypt(&vault, &sealed).unwrap(), b"goes on", "{label}");
    assert_eq!(device.storage.health().unwrap().damaged_frames, 0);
    assert_eq!(chip.borrow().written_over(), 0);
}

/// Cuts the session at every `stride`th step, and a recovery at some step of its own.
fn cut_vaults(stride: usize) -> (usize, usize) {
    let (chip, keys) = prepared();
    let whole = RefCell::new(chip.borrow().clone());
    let (after, under_way) = run_session(&whole, &keys, 5);
    assert!(under_way.is_none() && after.iter().filter(|key| key.state.is_none()).count() == 1);
    let (from, to) = (chip.borrow().steps(), whole.borrow().steps());
    check(&whole, &after, None, "no cut");
    let (mut single, mut double) = (0, 0);
    for step in (from..to).step_by(stride) {
        let cut = Cut::ALL[usize::try_from(step).unwrap() / stride % Cut::ALL.len()];
        let label = format!("{cut:?} at step {step} of {from}..{to}");
        let torn = RefCell::new(chip.borrow().clone());
        torn.borrow_mut().cut_at(step, cut, step);
        let (keys, under_way) = run_session(&torn, &keys, 5);
        assert!(!torn.borrow().has_power());
        let again = RefCell::new(torn.borrow().clone());
        check(&torn, &keys, under_way, &label);
        single += 1;
        // The recovery is cut, too: at any step of its first few thousand.
        let steps = torn.borrow().steps() - step;
        let second = step.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
        again.borrow_mut().power_up();
        again.borrow_mut().cut_at(step + 1 + second % steps, Cut::ALL[second as usize % 5], second);
        if let Some(device) = Device::boot(&again, 79) {
            // A new key takes the recovery through a commit of its own.
            mount(&device).and_then(|vault| vault.create_key(&root(), CreateKey::default())).ok();
        }
        check(&again, &keys, under_way, &format!("{label}, and again after {}", second % steps));
        double += 1;
    }
    println!("a vault of words of 8: {single} cuts of {}, {double} cuts again", to - from);
    (single, double)
}

#[test]
fn a_vault_on_flash_holds_what_it_acknowledged_whenever_the_power_goes() {
    let asked = std::env::var("STRONGROOM_FLASH_VAULT_STRIDE").ok().and_then(|text| text.parse().ok());
    let (single, double) = cut_vaults(asked.unwrap_or(29));
    assert!(single > 100 && double > 100 || asked.is_some());
}
