//! The platform: what the vault on this device runs on.

use strongroom_core::Vault;
use strongroom_core::flash::{AuditRules, FlashAudit, FlashEraser, FlashError, FlashStorage};
use strongroom_core::platform::Platform;
use strongroom_core::ram::{RamCache, RamState};

use crate::board::{Alone, Flash, Once};
use crate::clock::HostSet;
use crate::entropy::HostSeeded;
use crate::layout::{AUDIT, AUDIT_BUFFER, CELLS, INDEX, OPEN_KEYS, RECORD_LEN, STORE};
use crate::primitives::Crypto;

/// Opened keys and the vault's state. They stay where they are made.
static CACHE: Alone<RamCache<Crypto, OPEN_KEYS, RECORD_LEN>> = Alone::new(RamCache::new());
static STATE: Alone<RamState<Crypto, RECORD_LEN>> = Alone::new(RamState::new());
static ENTROPY: Alone<HostSeeded> = Alone::new(HostSeeded::new());
static CLOCK: Alone<HostSet> = Alone::new(HostSet::new());
static VAULT: Alone<Once<Vault<Device>>> = Alone::new(Once::new());

/// What lies in the flash of this device; the rest is where it is made.
#[derive(Debug)]
pub struct Device {
    storage: FlashStorage<Flash, INDEX>,
    audit: FlashAudit<Flash, AUDIT_BUFFER>,
    eraser: FlashEraser<Flash>,
}

impl Device {
    /// Opens what is in the flash, and formats the store of a blank one.
    ///
    /// # Errors
    /// As [`FlashStorage::mount`]: the flash is left alone.
    fn open() -> Result<Self, FlashError> {
        let storage = match FlashStorage::mount(Flash::new(), STORE) {
            Err(FlashError::Blank) => FlashStorage::format(Flash::new(), STORE)?,
            mounted => mounted?,
        };
        let audit = FlashAudit::mount(Flash::new(), AUDIT, AuditRules::default())?;
        let eraser = FlashEraser::new(Flash::new(), CELLS).ok_or(FlashError::Geometry)?;
        Ok(Device { storage, audit, eraser })
    }
}

/// The generator, to be seeded.
pub fn entropy() -> &'static HostSeeded {
    &ENTROPY
}

/// The clock, to be set.
pub fn clock() -> &'static HostSet {
    &CLOCK
}

/// The vault, closed until it is mounted.
///
/// # Errors
/// As [`Device::open`], at the first call.
pub fn vault() -> Result<&'static Vault<Device>, FlashError> {
    match VAULT.get() {
        Some(vault) => Ok(vault),
        None => Ok(VAULT.get_or_keep(Vault::new(Device::open()?))),
    }
}

impl Platform for Device {
    type Primitives = Crypto;
    type Entropy = HostSeeded;
    type Clock = HostSet;
    type Storage = FlashStorage<Flash, INDEX>;
    type AuditSink = FlashAudit<Flash, AUDIT_BUFFER>;
    type Cache = RamCache<Crypto, OPEN_KEYS, RECORD_LEN>;
    type State = RamState<Crypto, RECORD_LEN>;
    type Freshness = ();
    type Eraser = FlashEraser<Flash>;

    fn entropy(&self) -> &HostSeeded {
        &ENTROPY
    }
    fn clock(&self) -> &HostSet {
        &CLOCK
    }
    fn storage(&self) -> &Self::Storage {
        &self.storage
    }
    fn audit_sink(&self) -> &Self::AuditSink {
        &self.audit
    }
    fn cache(&self) -> &Self::Cache {
        &CACHE
    }
    fn state(&self) -> &Self::State {
        &STATE
    }
    fn freshness(&self) -> &() {
        &()
    }
    fn eraser(&self) -> &Self::Eraser {
        &self.eraser
    }
}
