//! The handle that programs share.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use strongroom_core::audit::{Entry, RecordedEvent, split_event};
use strongroom_core::key::Arn;
use strongroom_core::platform::{AuditSink, Clock, Platform};
use strongroom_core::{Error, NewSlot, Posture, Realm, Unlock, Verified};

use crate::attempts::Guess;
use crate::cryptography::UnlockSecret;
use crate::desktop::DesktopPlatform;
use crate::error::OpenError;
use crate::file::{AuditDurability, SealedFile};
use crate::threads::{ClearsStack, SystemClock, soil_stack, with_clear_stack};

/// Between two flushes of the audit log.
const AUDIT_WINDOW: Duration = Duration::from_millis(100);
/// Between two looks at what has come due.
const TICK_EVERY: Duration = Duration::from_secs(3600);
/// How much of what is due is done at one go, so that flushing does not wait for long.
const TICK_STEPS: u32 = 64;

/// What a vault's memory and disk habits are, in this process. Nothing of it is stored.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Settings {
    /// Opened keys held in memory, and as many opened versions; default 100,000.
    pub opened_keys_max: usize,
    /// Pages of the file held in memory, in bytes; default 64 MiB.
    pub file_cache_bytes: usize,
    /// Pay with larger commits for opening fast after a crash; default yes.
    pub quick_repair: bool,
    /// When audit events are durable; default batched.
    pub audit: AuditDurability,
    /// Uses of a version that are counted beforehand in one commit; default 2^20. 0: uses are not counted, and the first use
    /// of a version in a session costs no commit. A key with a budget is counted in any case.
    pub usage_block: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            opened_keys_max: 100_000,
            file_cache_bytes: 64 << 20,
            quick_repair: true,
            audit: AuditDurability::Batched,
            usage_block: 1 << 20,
        }
    }
}

/// What a new vault is to be.
#[derive(Clone, Debug, Default)]
pub struct NewVault {
    /// Partition, account and Region, fixed for ever; default `aws`, `000000000000`, `us-east-1`.
    pub realm: Realm,
}

/// An open vault in a file: `Clone + Send + Sync`, all clones one vault. It is closed when the last one is dropped;
/// [`Vault::close`] does it now and says whether it went well.
#[derive(Clone, Debug)]
pub struct Vault {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    core: Arc<CoreVault>,
    realm: Realm,
    wake: Arc<Wake>,
    flusher: Option<JoinHandle<()>>,
}

pub(crate) type CoreVault = strongroom_core::Vault<DesktopPlatform>;

/// Tells the flusher that the vault is gone.
#[derive(Debug, Default)]
struct Wake {
    is_over: Mutex<bool>,
    changed: Condvar,
}

impl Drop for Inner {
    fn drop(&mut self) {
        *self.wake.is_over.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.changed.notify_all();
        // The flusher shares the file; waiting for it is what makes the file free when this returns.
        let _ = self.flusher.take().map(JoinHandle::join);
        // Whoever wants to know calls `close`. What is not flushed now is appended at the next opening if it changed
        // something, and lost within the stated window otherwise.
        let _ = with_clear_stack(|| self.core.close());
    }
}

/// Flushes the audit log every window, and does what has come due, until the vault is gone.
fn keep_house(core: &CoreVault, wake: &Wake) {
    let (mut last_tick, mut pause) = (Instant::now(), Duration::ZERO);
    loop {
        let is_over = wake.is_over.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = wake.changed.wait_timeout_while(is_over, AUDIT_WINDOW, |is_over| !*is_over);
        if *waited.unwrap_or_else(PoisonError::into_inner).0 {
            return;
        }
        // While flushing fails, every operation tries for itself and is refused.
        let _ = with_clear_stack(|| {
            // The key of the log is at hand also where there is nothing to write.
            soil_stack();
            core.flush_audit_in_time()
        });
        if last_tick.elapsed() >= pause {
            // What fails now is still due in an hour, and before a key is used.
            let is_more_due =
                with_clear_stack(|| core.tick(TICK_STEPS)).is_ok_and(|ticked| ticked.is_more_due);
            pause = if is_more_due { AUDIT_WINDOW } else { TICK_EVERY };
            last_tick = Instant::now();
        }
    }
}

impl Vault {
    /// Makes a vault in a new file and opens it.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that could not be made a vault is removed.
    pub fn create(path: &Path, new: &NewVault, secret: &UnlockSecret) -> Result<Self, OpenError> {
        Self::create_with(path, new, secret, &Settings::default())
    }

    /// Makes a vault in a new file and opens it, with settings.
    ///
    /// # Errors
    /// See [`OpenError`]. A file that could not be made a vault is removed.
    pub fn create_with(
        path: &Path,
        new: &NewVault,
        secret: &UnlockSecret,
        settings: &Settings,
    ) -> Result<Self, OpenError> {
        let kind = secret.new_slot().map_err(OpenError::Vault)?;
        let file = SealedFile::create(path, settings)?;
        let core = CoreVault::new(DesktopPlatform::new(file, settings));
        let description = strongroom_core::NewVault { realm: new.realm.clone(), slots: &[NewSlot { kind }] };
        let created =
            with_clear_stack(|| core.create(&description, &mut |slot, out| secret.stretch(slot, out)));
        if let Err(error) = created {
            drop(core);
            // Ours, and not a vault.
            let _ = std::fs::remove_file(path);
            return Err(OpenError::Vault(error));
        }
        Self::start(path, core)
    }

    /// Opens a vault.
    ///
    /// # Errors
    /// See [`OpenError`]. The vault in the file has not changed.
    pub fn open(path: &Path, secret: &UnlockSecret) -> Result<Self, OpenError> {
        Self::open_with(path, secret, &Settings::default())
    }

    /// Opens a vault, with settings.
    ///
    /// # Errors
    /// See [`OpenError`]. The vault in the file has not changed; if it was closed in order, not one byte has.
    pub fn open_with(path: &Path, secret: &UnlockSecret, settings: &Settings) -> Result<Self, OpenError> {
        Self::open_at(path, secret, settings, SystemClock::new().wall_ms())
    }

    /// Opens a vault at a time of the wall clock, in milliseconds since 1970: what failed attempts are slowed down by.
    /// Where nobody knows the time, they are not.
    ///
    /// # Errors
    /// As [`Vault::open_with`].
    pub fn open_at(
        path: &Path,
        secret: &UnlockSecret,
        settings: &Settings,
        wall_ms: Option<u64>,
    ) -> Result<Self, OpenError> {
        let guess = Guess::new(path, wall_ms);
        let opened = Self::unlock(path, settings, &mut guess.unlock(secret));
        guess.end(opened)
    }

    fn unlock(path: &Path, settings: &Settings, unlock: &mut Unlock<'_>) -> Result<Self, OpenError> {
        // The engine writes into a file as soon as it opens it for writing: look first.
        if let Some(file) = SealedFile::open_read_only(path, settings)? {
            let core = CoreVault::new(DesktopPlatform::new(file, settings));
            with_clear_stack(|| core.check_unlock(unlock)).map_err(|error| refused(path, error))?;
        }
        let file = SealedFile::open(path, settings)?;
        let core = CoreVault::new(DesktopPlatform::new(file, settings));
        with_clear_stack(|| core.mount(unlock)).map_err(|error| refused(path, error))?;
        Self::start(path, core)
    }

    pub(crate) fn start(path: &Path, core: CoreVault) -> Result<Self, OpenError> {
        let realm = core.realm().map_err(|error| refused(path, error))?;
        let (core, wake) = (Arc::new(core), Arc::new(Wake::default()));
        let (its_core, its_wake) = (Arc::clone(&core), Arc::clone(&wake));
        let flusher = thread::Builder::new().name("strongroom-house".to_owned());
        let flusher = flusher.spawn(move || keep_house(&its_core, &its_wake))?;
        Ok(Vault { inner: Arc::new(Inner { core, realm, wake, flusher: Some(flusher) }) })
    }

    /// Flushes the audit log, marks the vault as closed, and wipes every key from memory. Other clones of this handle
    /// answer [`Error::Locked`] from then on; the file is free once the last one is dropped.
    ///
    /// # Errors
    /// [`Error::Audit`], [`Error::Storage`]: the last audit events may be missing; keys are wiped all the same.
    pub fn close(self) -> Result<(), Error> {
        with_clear_stack(|| self.inner.core.close())
    }

    /// Partition, account and Region.
    #[must_use]
    pub fn realm(&self) -> &Realm {
        &self.inner.realm
    }

    /// The ARN of a key.
    #[must_use]
    pub fn arn(&self, key_id: strongroom_core::key::KeyId) -> String {
        Arn { realm: &self.inner.realm, key_id }.to_string()
    }

    /// Whether the vault has a key with this id: for whoever routes requests to one vault of several.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::holds_key`].
    pub fn holds_key(&self, key_id: strongroom_core::key::KeyId) -> Result<bool, Error> {
        self.core().holds_key(&key_id)
    }

    /// The key that has an alias now, if any: for whoever puts errors about keys into words.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::key_of_alias`].
    pub fn key_of_alias(&self, name: &str) -> Result<Option<strongroom_core::key::KeyId>, Error> {
        self.core().key_of_alias(name)
    }

    /// What is protected here and what is not.
    ///
    /// # Errors
    /// None on this platform.
    pub fn posture(&self) -> Result<Posture, Error> {
        self.inner.core.posture()
    }

    /// Opens every record once.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::verify`].
    pub fn verify(&self) -> Result<Verified, Error> {
        with_clear_stack(|| self.inner.core.verify())
    }

    /// Makes the audit log durable now, and shows its events from the entry `from` on, in order.
    ///
    /// # Errors
    /// [`Error::Audit`]: the log could not be flushed, or an entry cannot be read.
    pub fn audit_events(
        &self,
        from: u64,
        mut show: impl FnMut(u64, &RecordedEvent<'_>),
    ) -> Result<(), Error> {
        with_clear_stack(|| self.inner.core.flush_audit())?;
        let mut readable = true;
        let scanned = self.inner.core.platform().audit_sink().scan(from, &mut |bytes| {
            readable = show_entry(bytes, &mut show).is_ok();
            readable
        });
        if scanned.is_err() || !readable { Err(Error::Audit) } else { Ok(()) }
    }

    /// The vault itself, for the operations that stand in a file of their own. When the call is over, so are its traces on the
    /// stack.
    pub(crate) fn core(&self) -> ClearsStack<'_, CoreVault> {
        ClearsStack(&self.inner.core)
    }
}

fn show_entry(
    bytes: &[u8],
    show: &mut impl FnMut(u64, &RecordedEvent<'_>),
) -> Result<(), strongroom_core::Malformed> {
    let entry = Entry::read(bytes)?;
    let mut left = entry.events;
    while let Some((event, rest)) = split_event(left) {
        show(entry.sequence, &RecordedEvent::read(event)?);
        left = rest;
    }
    Ok(())
}

/// What the vault's refusal to open means to a person.
pub(crate) fn refused(path: &Path, error: Error) -> OpenError {
    match error {
        Error::NotAVault => OpenError::NotAVault(path.to_owned()),
        Error::FromTheFuture { .. } => OpenError::FromTheFuture(path.to_owned()),
        Error::WrongSecret => OpenError::WrongSecret,
        Error::Damaged(_) => OpenError::Damaged(path.to_owned()),
        other => OpenError::Vault(other),
    }
}
