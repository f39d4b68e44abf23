//! What an open vault keeps in memory: one half for the writer, one for readers.

use super::derived_keys::DerivedKeys;
use super::group::{Groups, Staged};
use super::rests::Rests;
use super::rights::RightsChanges;
use super::tick::Sweep;
use super::timers::TimerBase;
use crate::audit::denials::Denials;
use crate::crypto::Primitives;
use crate::crypto::sr1::SealingKey;
use crate::error::Error;
use crate::format::manifest::Manifest;
use crate::format::settings_record::Settings;
use crate::platform::{Cell, Platform, State};
use crate::quota::{Buckets, Leases, RequestClass, RequestRates};
use crate::realm::Realm;
use crate::secret::Secret;
use crate::tree::View;

/// The writer's half: the manifest and what seals it. Opaque to platforms, which only give it a home.
pub struct Writer<C: Primitives> {
    pub(crate) mounted: Option<Mounted<C>>,
    pub(crate) groups: Groups,
}

/// An open vault, as its writer knows it.
pub(crate) struct Mounted<C: Primitives> {
    pub(crate) manifest: Manifest,
    pub(crate) manifest_key: SealingKey<C>,
    pub(crate) root_key: Secret<32>,
    /// The eraser cell that the manifest key depends on.
    pub(crate) cell: Option<Cell>,
    /// A commit failed: nothing more is answered.
    pub(crate) ended: bool,
    /// When the vault was opened its log knew a later revision than its state: the state's, and the log's.
    pub(crate) log_ahead: Option<(u64, u64)>,
    /// How much of the pending audit record the sink has taken, in bytes; not yet durable there.
    pub(crate) pending_taken: usize,
    /// The last flush failed: the next change waits for one that does not.
    pub(crate) is_log_behind: bool,
    /// When and where the audit head was last committed, in monotonic milliseconds and sequence numbers.
    pub(crate) head_committed: (u64, u64),
    /// In this session the log has said that the entries before this number are dropped.
    pub(crate) log_dropped: u64,
    pub(crate) rights: RightsChanges,
    pub(crate) timer_base: TimerBase,
    pub(crate) sweep: Sweep,
    /// How many keys are on their way out for good, and not gone yet.
    pub(crate) begun: u32,
    /// Counted uses that came back and are not written yet.
    pub(crate) rests: Rests,
    /// When the freshness counter was last moved, in monotonic milliseconds, and how many commits have not moved it since.
    pub(crate) fresh_moved: (u64, u32),
    /// Changes that wait for their commit.
    pub(crate) staged: Staged,
    /// The vault's settings, or why they cannot be read.
    pub(crate) settings: Result<Settings, Error>,
    /// What is left of the request rates.
    pub(crate) buckets: Buckets,
}

impl<C: Primitives> Mounted<C> {
    /// A session that begins with this manifest, at this monotonic time.
    pub(super) fn begin(
        manifest: Manifest,
        manifest_key: SealingKey<C>,
        root_key: Secret<32>,
        cell: Option<Cell>,
        timer_base: TimerBase,
        now_ms: u64,
    ) -> Self {
        Mounted {
            manifest,
            manifest_key,
            root_key,
            cell,
            ended: false,
            log_ahead: None,
            pending_taken: 0,
            is_log_behind: false,
            head_committed: (now_ms, 0),
            log_dropped: 0,
            rights: RightsChanges::default(),
            timer_base,
            sweep: Sweep::default(),
            begun: 0,
            rests: Rests::default(),
            fresh_moved: (now_ms, 0),
            staged: Staged::default(),
            settings: Ok(Settings::default()),
            buckets: Buckets::default(),
        }
    }
}

/// The readers' half: what a walk through the tree starts from. Opaque to platforms, which only give it a home.
pub struct Published<C: Primitives> {
    open: Option<Open<C>>,
    ended: bool,
}

struct Open<C: Primitives> {
    realm: Realm,
    vault_id: [u8; 16],
    keys: DerivedKeys<C>,
    top_key: Secret<32>,
    revision: u64,
    clock_mark_ms: u64,
    timer_base: TimerBase,
    /// Callers read before this revision are outdated.
    callers_since: u64,
    /// Whether any request rate is bounded.
    has_rates: bool,
    /// Tokens of the request rates. There in any case: the room of an absent one would keep what the stack had there.
    leases: Leases,
    /// What was denied lately.
    denials: Denials,
    /// When the vault was opened its log knew a later revision than its state: the state's, and the log's.
    log_ahead: Option<(u64, u64)>,
    /// Odd from before a storage commit until the new top key is in place.
    sequence: u64,
}

/// What a request is told of the open vault.
pub(crate) struct Opened {
    pub(crate) vault_id: [u8; 16],
    pub(crate) callers_since: u64,
    pub(crate) realm: Realm,
    pub(crate) revision: u64,
    pub(crate) clock_mark_ms: u64,
    /// Whether any request rate is bounded.
    pub(crate) has_rates: bool,
}

/// The tree at one moment, copied out so that no lock is held while it is read. Wiped on drop.
pub struct Snapshot<C: Primitives> {
    pub(crate) vault_id: [u8; 16],
    pub(crate) keys: DerivedKeys<C>,
    pub(crate) top_key: Secret<32>,
    pub(crate) revision: u64,
    sequence: u64,
    sees_staged: bool,
}

impl<C: Primitives> Writer<C> {
    /// A closed vault's.
    #[must_use]
    pub const fn new() -> Self {
        Writer { mounted: None, groups: Groups::new() }
    }

    /// The open vault, if it is open and its session has not ended.
    pub(crate) fn usable(&mut self) -> Result<&mut Mounted<C>, Error> {
        match &mut self.mounted {
            None => Err(Error::Locked),
            Some(mounted) if mounted.ended => Err(Error::SessionEnded),
            Some(mounted) => Ok(mounted),
        }
    }
}

impl<C: Primitives> Default for Writer<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives> Published<C> {
    /// A closed vault's.
    #[must_use]
    pub const fn new() -> Self {
        Published { open: None, ended: false }
    }

    pub(crate) fn clear(&mut self) {
        *self = Published::new();
    }

    pub(crate) fn end(&mut self) {
        self.ended = true;
    }

    /// A commit is about to land.
    pub(crate) fn begin(&mut self) {
        if let Some(open) = &mut self.open {
            open.sequence = open.sequence.wrapping_add(1) | 1;
        }
    }

    /// A commit has landed.
    pub(crate) fn land(&mut self, manifest: &Manifest) {
        if let Some(open) = &mut self.open {
            open.top_key.set_from(&manifest.top_key);
            open.revision = manifest.revision;
            open.clock_mark_ms = manifest.clock_mark_ms;
            open.sequence = open.sequence.wrapping_add(1) & !1;
        }
    }

    /// A caller has changed: whoever asks as one that was read before must read again.
    pub(crate) fn outdate_callers(&mut self) {
        if let Some(open) = &mut self.open {
            open.callers_since = open.revision;
        }
    }

    /// A time was accepted.
    pub(crate) fn set_timers(&mut self, timer_base: TimerBase) {
        if let Some(open) = &mut self.open {
            open.timer_base = timer_base;
        }
    }

    /// A vault was created or mounted, and its first operation may come.
    pub(crate) fn open(&mut self, manifest: &Manifest, timer_base: TimerBase) {
        let mut top_key = Secret::zeroed();
        top_key.set_from(&manifest.top_key);
        self.ended = false;
        self.open = Some(Open {
            realm: manifest.realm.clone(),
            vault_id: manifest.vault_id,
            keys: DerivedKeys::new(manifest),
            top_key,
            revision: manifest.revision,
            callers_since: manifest.revision,
            clock_mark_ms: manifest.clock_mark_ms,
            timer_base,
            has_rates: false,
            leases: Leases::default(),
            denials: Denials::default(),
            log_ahead: None,
            sequence: 0,
        });
    }

    /// The log knew more than the state when the vault was opened.
    pub(crate) fn set_log_ahead(&mut self, log_ahead: Option<(u64, u64)>) {
        if let Some(open) = &mut self.open {
            open.log_ahead = log_ahead;
        }
    }

    /// What the log knew more than the state, if it did: the state's revision, and the log's.
    pub(crate) fn log_ahead(&self) -> Option<(u64, u64)> {
        self.open.as_ref().and_then(|open| open.log_ahead)
    }

    /// Request rates were put, or the vault was opened with some.
    pub(crate) fn set_rates(&mut self, rates: &RequestRates) {
        if let Some(open) = &mut self.open {
            (open.has_rates, open.leases) = (!rates.is_unlimited(), Leases::default());
        }
    }

    /// Uses a token of those that were taken, if there is one left, or no rate at all.
    pub(crate) fn use_token(&self, class: RequestClass, now_ms: u64) -> bool {
        self.open.as_ref().is_none_or(|open| !open.has_rates || open.leases.use_one(class, now_ms))
    }

    /// Keeps tokens that were taken out of the bucket.
    pub(crate) fn put_tokens(&self, class: RequestClass, tokens: u64, now_ms: u64) {
        if let Some(open) = self.open.as_ref().filter(|open| open.has_rates) {
            open.leases.put(class, tokens, now_ms);
        }
    }

    /// What this copy knows of denials, also where the session has ended.
    pub(crate) fn denials(&self) -> Option<&Denials> {
        self.open.as_ref().map(|open| &open.denials)
    }

    pub(crate) fn check_open(&self) -> Result<(), Error> {
        self.usable().map(|_| ())
    }

    fn usable(&self) -> Result<&Open<C>, Error> {
        if self.ended { Err(Error::SessionEnded) } else { self.open.as_ref().ok_or(Error::Locked) }
    }

    /// What the timers are counted from.
    pub(crate) fn timer_base(&self) -> Result<TimerBase, Error> {
        self.usable().map(|open| open.timer_base)
    }

    /// The highest wall time ever committed.
    pub(crate) fn clock_mark_ms(&self) -> Result<u64, Error> {
        self.usable().map(|open| open.clock_mark_ms)
    }

    /// What a request starts from.
    pub(crate) fn opened(&self) -> Result<Opened, Error> {
        let Open { realm, vault_id, revision, clock_mark_ms, callers_since, has_rates, .. } =
            self.usable()?;
        Ok(Opened {
            vault_id: *vault_id,
            callers_since: *callers_since,
            realm: realm.clone(),
            revision: *revision,
            clock_mark_ms: *clock_mark_ms,
            has_rates: *has_rates,
        })
    }
}

impl<C: Primitives> Default for Published<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives> Snapshot<C> {
    pub(crate) fn take<P: Platform<Primitives = C>>(platform: &P) -> Result<Self, Error> {
        platform.state().lend_published(|published| {
            let open = published.usable()?;
            let mut top_key = Secret::zeroed();
            top_key.set_from(&open.top_key);
            Ok(Snapshot {
                vault_id: open.vault_id,
                keys: open.keys.clone(),
                top_key,
                revision: open.revision,
                sequence: open.sequence,
                sees_staged: false,
            })
        })?
    }

    /// The tree as the writer has it, with what is staged.
    pub(crate) fn staged<P: Platform<Primitives = C>>(
        platform: &P,
        mounted: &Mounted<C>,
    ) -> Result<Self, Error> {
        let mut snapshot = Self::take(platform)?;
        snapshot.top_key.set_from(&mounted.manifest.top_key);
        snapshot.sees_staged = mounted.staged.has_changes();
        Ok(snapshot)
    }

    pub(crate) fn view<'a, S>(&'a self, storage: &'a S) -> View<'a, C, S>
    where
        S: crate::platform::Storage,
    {
        View::new(storage, &self.vault_id, &self.top_key).with_staged(self.sees_staged)
    }

    /// No commit was landing when it was taken.
    pub(crate) fn is_still(&self) -> bool {
        self.sequence & 1 == 0
    }

    pub(crate) fn is_same_as(&self, later: &Self) -> bool {
        self.sequence == later.sequence
    }
}

macro_rules! opaque_debug {
    ($($name:ident),*) => {$(
        impl<C: Primitives> core::fmt::Debug for $name<C> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    )*};
}
opaque_debug!(Writer, Published, Snapshot);
