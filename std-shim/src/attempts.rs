//! Failed unlocks, counted beside the vault's file. Wrong passphrases make the next attempt wait, longer each time.
//!
//! A vault cannot write before it is unlocked, so the count lies in a file of its own, `NAME.attempts`. It slows down whoever
//! guesses through this program. Whoever copies the vault, or deletes the count, is not slowed: what holds then is the
//! stretching of the passphrase. Key files and recovery shares cannot be guessed, are not counted and do not wait.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::platform::Clock;
use strongroom_core::{Error, Secret, SlotKind, SlotParameters};

use crate::cryptography::UnlockSecret;
use crate::error::OpenError;
use crate::threads::SystemClock;

/// So many wrong passphrases cost nothing: people mistype.
const FREE: u32 = 3;
/// How long the first one after them waits; each later one waits twice as long,
const FIRST_WAIT_MS: u64 = 1000;
/// but never longer than this: its owner has to get in again some time.
const LONGEST_WAIT_MS: u64 = 15 * 60_000;

const MAGIC: [u8; 4] = *b"SRfu";
const FORMAT: u8 = 1;
/// Magic, format, failures, time, checksum.
const LEN: usize = 4 + 1 + 4 + 8 + 4;

/// What is counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Count {
    failures: u32,
    /// When the last of them was, in milliseconds since 1970.
    last_ms: u64,
}

impl Count {
    /// A clock that was set back makes the wait begin again, and not last until it has caught up.
    fn seen_at(self, now_ms: u64) -> Self {
        Count { last_ms: self.last_ms.min(now_ms), ..self }
    }

    /// How long nobody can try.
    fn wait_ms(self, now_ms: u64) -> u64 {
        let Some(doublings) = self.failures.checked_sub(FREE) else { return 0 };
        let factor = 1u64.checked_shl(doublings).unwrap_or(u64::MAX);
        let wait = FIRST_WAIT_MS.saturating_mul(factor).min(LONGEST_WAIT_MS);
        self.last_ms.saturating_add(wait).saturating_sub(now_ms)
    }

    fn write(self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.push(FORMAT);
        bytes.extend(self.failures.to_be_bytes());
        bytes.extend(self.last_ms.to_be_bytes());
        bytes.extend(checksum(&bytes));
        bytes
    }

    /// What cannot be read counts as nothing: whoever can damage it can delete it.
    fn read(bytes: &[u8]) -> Self {
        let parse = || {
            let (front, sum) = bytes.split_last_chunk::<4>()?;
            let front = front.strip_prefix(&MAGIC)?.strip_prefix(&[FORMAT])?;
            let (failures, last) = front.split_first_chunk::<4>()?;
            let is_whole = bytes.len() == LEN && *sum == checksum(bytes.split_last_chunk::<4>()?.0);
            let last_ms = u64::from_be_bytes(last.try_into().ok()?);
            is_whole.then_some(Count { failures: u32::from_be_bytes(*failures), last_ms })
        };
        parse().unwrap_or_default()
    }
}

fn checksum(bytes: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = RustCrypto::sha256(std::iter::once(bytes));
    [a, b, c, d]
}

/// Wrong passphrases that were tried on a vault's file since the last right one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAttempts {
    /// How many.
    pub failures: u32,
    /// How long no further passphrase is looked at, in milliseconds from now.
    pub wait_ms: u64,
}

/// How many wrong passphrases were tried on a vault's file, which needs not be open. What cannot be read counts as none.
#[must_use]
pub fn failed_attempts(vault: &Path) -> FailedAttempts {
    let guess = Guess::new(vault, SystemClock::new().wall_ms());
    let mut bytes = Vec::new();
    let read = File::open(&guess.path).and_then(|file| file.take(1024).read_to_end(&mut bytes));
    let count = read.map_or_else(|_| Count::default(), |_| Count::read(&bytes));
    let wait_ms = guess.wall_ms.map_or(0, |now_ms| count.seen_at(now_ms).wait_ms(now_ms));
    FailedAttempts { failures: count.failures, wait_ms }
}

/// One attempt to open a vault.
pub(crate) struct Guess {
    path: PathBuf,
    wall_ms: Option<u64>,
    state: Cell<State>,
}

#[derive(Clone, Copy)]
enum State {
    /// No passphrase was tried.
    Idle,
    /// It counts as failed until it is known not to have.
    Counted,
    Refused {
        wait_ms: u64,
    },
}

impl Guess {
    pub(crate) fn new(vault: &Path, wall_ms: Option<u64>) -> Self {
        let mut path = OsString::from(vault);
        path.push(".attempts");
        Guess { path: path.into(), wall_ms, state: Cell::new(State::Idle) }
    }

    /// Before a passphrase is tried: counts the attempt as failed, durably, so that ending the program does not undo it.
    ///
    /// # Errors
    /// [`Error::Throttling`]: it has to wait.
    fn begin(&self) -> Result<(), Error> {
        let now_ms = match (self.state.get(), self.wall_ms) {
            (State::Idle, Some(now_ms)) => now_ms,
            (State::Refused { .. }, _) => return Err(Error::Throttling),
            (State::Idle | State::Counted, _) => return Ok(()),
        };
        let mut wait_ms = 0;
        let counted = self.change(|count| {
            let count = count.seen_at(now_ms);
            wait_ms = count.wait_ms(now_ms);
            let failures = count.failures.saturating_add(u32::from(wait_ms == 0));
            let last_ms = if wait_ms == 0 { now_ms } else { count.last_ms };
            Count { failures, last_ms }
        });
        match counted {
            Ok(()) if wait_ms > 0 => {
                self.state.set(State::Refused { wait_ms });
                Err(Error::Throttling)
            }
            Ok(()) => {
                self.state.set(State::Counted);
                Ok(())
            }
            // Where nothing can be written, nobody is kept out for that.
            Err(_) => Ok(()),
        }
    }

    /// Unlocks with a secret, if it does not have to wait.
    pub(crate) fn unlock(
        &self,
        secret: &UnlockSecret,
    ) -> impl FnMut(&SlotParameters, &mut Secret<32>) -> Result<bool, Error> {
        let mut once = unlock_once(secret);
        move |slot, out| {
            if secret.is_guessable() && matches!(slot.kind, SlotKind::Passphrase { .. }) {
                self.begin()?;
            }
            once(slot, out)
        }
    }

    /// After the attempt: the right passphrase forgets all failures, and what failed for another reason is not counted.
    pub(crate) fn end<T>(self, opened: Result<T, OpenError>) -> Result<T, OpenError> {
        match (self.state.get(), &opened) {
            (State::Refused { wait_ms }, _) => return Err(OpenError::TooManyAttempts { wait_ms }),
            (State::Counted, Ok(_)) => {
                let _ = std::fs::remove_file(&self.path);
            }
            (State::Counted, Err(error)) if !matches!(error, OpenError::WrongSecret) => {
                let _ = self.change(|count| Count { failures: count.failures.saturating_sub(1), ..count });
            }
            (State::Counted | State::Idle, _) => {}
        }
        opened
    }

    /// Replaces the count, under a lock, so that attempts at the same time are all counted.
    fn change(&self, change: impl FnOnce(Count) -> Count) -> io::Result<()> {
        // Nobody is to have us write over what a link in its place leads to.
        if std::fs::symlink_metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file: File = options.open(&self.path)?;
        file.lock()?;
        let mut bytes = Vec::new();
        Read::by_ref(&mut file).take(1024).read_to_end(&mut bytes)?;
        let before = Count::read(&bytes);
        let after = change(before);
        if after != before {
            file.set_len(0)?;
            file.rewind()?;
            file.write_all(&after.write())?;
            file.sync_all()?;
        }
        Ok(())
    }
}

/// Unlocks with a secret. Stretching is slow on purpose: it is done once for each slot, however often it is asked for.
fn unlock_once(secret: &UnlockSecret) -> impl FnMut(&SlotParameters, &mut Secret<32>) -> Result<bool, Error> {
    let mut stretched: Vec<(SlotParameters, bool, Box<Secret<32>>)> = Vec::new();
    move |slot, out| {
        if !stretched.iter().any(|(known, ..)| known == slot) {
            let mut fresh = Box::new(Secret::zeroed());
            let fits = secret.stretch(slot, &mut fresh)?;
            stretched.push((*slot, fits, fresh));
        }
        let known = stretched.iter().find(|(known, ..)| known == slot);
        let (_, fits, kept) = known.ok_or(Error::Bug)?;
        kept.expose(|kept| out.fill_with(|out| *out = *kept));
        Ok(*fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest_and_end_when_they_are_over() {
        let wait = |failures| Count { failures, last_ms: 1000 }.wait_ms(1000);
        assert_eq!([0, 2, 3, 4, 5].map(wait), [0, 0, 1000, 2000, 4000]);
        assert_eq!(
            [12, 13, 63, 67, 68, u32::MAX].map(wait),
            [512_000, LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS, LONGEST_WAIT_MS]
        );
        assert_eq!(Count { failures: 3, last_ms: 1000 }.wait_ms(1999), 1);
        assert_eq!(Count { failures: 3, last_ms: 1000 }.wait_ms(2000), 0);
    }

    #[test]
    fn a_count_is_read_back_and_a_damaged_one_is_nothing() {
        let count = Count { failures: 7, last_ms: 1 << 40 };
        let bytes = count.write();
        assert_eq!((bytes.len(), Count::read(&bytes)), (LEN, count));
        for position in 0..LEN {
            let mut damaged = bytes.clone();
            damaged[position] ^= 1;
            assert_eq!(Count::read(&damaged), Count::default());
            assert_eq!(Count::read(&bytes[..position]), Count::default());
        }
        assert_eq!(Count::read(&[&bytes[..], &[0]].concat()), Count::default());
    }
}
