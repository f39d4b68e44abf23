//! What is protected on this platform and what is not, for machines and for people.

use super::Vault;
use crate::crypto::{Unfit, known_answers};
use crate::error::Error;
use crate::limits::TIMER_TOLERANCE_MS;
use crate::platform::{AuditRoom, AuditSink, Clock, Eraser, Freshness, Platform, State};

/// One line of the posture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Protection {
    /// An older record, or one of another vault, does not open.
    RecordsAuthenticated,
    /// A primitive does not compute what its standard says: no vault opens, and nothing is protected.
    SelfTestFailed(Unfit),
    /// An older image of the whole vault is refused.
    ImageRollbackDetected,
    /// An older image of the whole vault opens unnoticed: the platform has no counter.
    ImageRollbackUndetected,
    /// When the vault was opened its audit log knew a later state than the one that it was opened with: it was rolled back,
    /// or its storage has lost what it had acknowledged. Until the vault is closed; the log keeps it.
    StateBehindLog {
        /// The revision that it was opened with.
        revision: u64,
        /// The revision that the log knew.
        log_revision: u64,
    },
    /// What is destroyed is beyond reach in old pages too.
    DestructionErases,
    /// What is destroyed may survive in old pages of the medium: the platform has no eraser.
    DestructionUnlinks,
    /// Rotations, expiries and deletions come when they are due.
    TimersFollow,
    /// Rotations, expiries and deletions come late, since the vault was closed for so long; a vault that is only ever opened
    /// briefly never gets there. Accepting the time helps.
    TimersBehind {
        /// How far the timers are behind the wall clock, in milliseconds.
        behind_ms: u64,
        /// How much of the 24 hours that opening the vault may add is used up, in milliseconds.
        mounts_added_ms: u64,
    },
    /// There is no clock: rotations, expiries and deletions come when somebody accepts a time.
    TimersByHand,
    /// The vault is not open, so that nothing is known of its timers.
    TimersUnknown,
    /// The audit log has no end in sight.
    AuditEndless,
    /// The audit log is bounded. When it is full, requests are denied.
    AuditDenies {
        /// About how many bytes it still takes.
        left: u32,
    },
    /// The audit log is bounded. When it is full its oldest entries are dropped.
    AuditDropsOldest,
}

impl Protection {
    /// Whether this line is good news.
    #[must_use]
    pub const fn is_protected(self) -> bool {
        match self {
            Protection::RecordsAuthenticated
            | Protection::ImageRollbackDetected
            | Protection::DestructionErases
            | Protection::TimersFollow
            | Protection::AuditEndless
            | Protection::AuditDenies { .. } => true,
            Protection::SelfTestFailed(_)
            | Protection::ImageRollbackUndetected
            | Protection::StateBehindLog { .. }
            | Protection::DestructionUnlinks
            | Protection::TimersBehind { .. }
            | Protection::TimersByHand
            | Protection::TimersUnknown
            | Protection::AuditDropsOldest => false,
        }
    }
}

impl core::fmt::Display for Protection {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Protection::RecordsAuthenticated => "older, exchanged and forged records are detected",
            Protection::SelfTestFailed(unfit) => {
                return write!(f, "the self-test failed ({unfit:?}): no vault opens here");
            }
            Protection::ImageRollbackDetected => "an older copy of the whole vault is refused",
            Protection::ImageRollbackUndetected => {
                "an older copy of the whole vault would open unnoticed (no counter)"
            }
            Protection::StateBehindLog { revision, log_revision } => {
                return write!(
                    f,
                    "the vault was opened at revision {revision}, but its log knew revision {log_revision}: it was \
                     rolled back, or its storage lost changes"
                );
            }
            Protection::DestructionErases => "what is destroyed is beyond reach",
            Protection::DestructionUnlinks => {
                "what is destroyed may survive in old pages of the disk (no eraser)"
            }
            Protection::TimersFollow => "rotations, expiries and deletions come when they are due",
            Protection::TimersBehind { behind_ms, mounts_added_ms } => {
                let minutes = |ms: &u64| ms.checked_div(60_000).unwrap_or(0);
                return write!(
                    f,
                    "rotations, expiries and deletions come {} minutes late until the time is accepted \
                     (opening the vault has added {} minutes of 1440)",
                    minutes(behind_ms),
                    minutes(mounts_added_ms)
                );
            }
            Protection::TimersByHand => {
                "rotations, expiries and deletions come when a time is accepted (no clock)"
            }
            Protection::TimersUnknown => "the vault is not open, so nothing is known of its timers",
            Protection::AuditEndless => "the audit log keeps every entry",
            Protection::AuditDenies { left } => {
                return write!(
                    f,
                    "the audit log keeps every entry; when it is full (about {left} bytes are left) requests are denied"
                );
            }
            Protection::AuditDropsOldest => "the audit log drops its oldest entries when it is full",
        })
    }
}

/// The posture of a vault on its platform.
pub type Posture = [Protection; 5];

impl<P: Platform> Vault<P> {
    /// What is and is not protected here.
    ///
    /// # Errors
    /// [`Error::Anchor`]: the counter cannot be read. [`Error::Audit`]: the log cannot be.
    pub fn posture(&self) -> Result<Posture, Error> {
        let counter = self.platform.freshness().read().map_err(|_| Error::Anchor)?;
        Ok([
            match known_answers::<P::Primitives>() {
                Ok(()) => Protection::RecordsAuthenticated,
                Err(unfit) => Protection::SelfTestFailed(unfit),
            },
            match (self.log_ahead(), counter) {
                (Some((revision, log_revision)), _) => Protection::StateBehindLog { revision, log_revision },
                (None, Some(_)) => Protection::ImageRollbackDetected,
                (None, None) => Protection::ImageRollbackUndetected,
            },
            if self.platform.eraser().is_present() {
                Protection::DestructionErases
            } else {
                Protection::DestructionUnlinks
            },
            self.timers_posture(),
            match self.platform.audit_sink().room().map_err(|_| Error::Audit)? {
                AuditRoom::Endless => Protection::AuditEndless,
                AuditRoom::Left(left) => Protection::AuditDenies { left },
                AuditRoom::DropsOldest | AuditRoom::DropsBefore(_) => Protection::AuditDropsOldest,
            },
        ])
    }

    fn log_ahead(&self) -> Option<(u64, u64)> {
        self.platform.state().lend_published(super::Published::log_ahead).ok().flatten()
    }

    fn timers_posture(&self) -> Protection {
        let Ok(timers) = self.timers() else { return Protection::TimersUnknown };
        let wall_ms = self.platform.clock().wall_ms().filter(|_| !timers.is_epoch);
        let Some(wall_ms) = wall_ms else { return Protection::TimersByHand };
        match wall_ms.saturating_sub(timers.timer_ms) {
            // The two clocks of a session may part by that much.
            behind_ms if behind_ms <= TIMER_TOLERANCE_MS => Protection::TimersFollow,
            behind_ms => Protection::TimersBehind { behind_ms, mounts_added_ms: timers.mounts_added_ms },
        }
    }
}
