//! GetKeyLastUsage, RetireCheck, PutUsageBudget: how much keys and versions are used, and how much they may be.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::key::{KeyId, KeyOrigin, permits};
use crate::limits::SEALINGS_PER_VERSION_MAX;
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::time::DAY_MS;
use crate::usage::{BudgetEnd, LastUse, UsageBudget, UsageLine};
use crate::vault::{Change, Vault};

/// Tells when a key was last used (AWS KMS API Reference, *GetKeyLastUsage*).
#[derive(Clone, Copy, Debug)]
pub struct GetKeyLastUsage<'a> {
    /// A key id or key ARN; no alias.
    pub key_id: &'a str,
}

/// When a key was last used (AWS KMS API Reference, *GetKeyLastUsage*).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct KeyLastUsage {
    /// The key.
    pub key_id: KeyId,
    /// The last use that is known, or `None` for none.
    pub key_last_usage: Option<LastUse>,
    /// After a crash there may have been later ones, but not later than this: milliseconds since 1970, `u64::MAX` where
    /// nobody knows. `None`: what is known is exact.
    pub not_later_than_ms: Option<u64>,
    /// Whether uses are counted on this platform: [`crate::platform::Platform::usage_block`].
    pub is_tracked: bool,
    /// Since when they are: from the key's creation on. Milliseconds since 1970, or `None` where the vault had no clock.
    pub tracking_start_ms: Option<u64>,
    /// When the key was made, likewise.
    pub key_creation_ms: Option<u64>,
    /// Ours: how often each version may seal, or `None` for the compiled-in bound alone.
    pub budget: Option<UsageBudget>,
}

/// Asks whether a version is still in use: ours.
#[derive(Clone, Copy, Debug)]
pub struct RetireCheck<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The version, from 1.
    pub version: u32,
    /// A version counts as in use if it was used within so many days.
    pub within_days: u16,
}

/// How much a version is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct VersionUsage {
    /// The key.
    pub key_id: KeyId,
    /// The version.
    pub version: u32,
    /// Whether it is the key's current version, was used within the days asked about, or may have been.
    pub is_in_use: bool,
    /// The last use that is known, or `None` for none.
    pub last_use: Option<LastUse>,
    /// After a crash there may have been later ones, but not later than this: milliseconds since 1970, `u64::MAX` where
    /// nobody knows. `None`: what is known is exact.
    pub not_later_than_ms: Option<u64>,
    /// How many ciphertexts or MACs it made, at least.
    pub sealings_at_least: u64,
    /// And at most: the two differ where a crash has lost the exact number.
    pub sealings_at_most: u64,
    /// How many ciphertexts it opened and MACs it verified, at least.
    pub openings_at_least: u64,
    /// And at most.
    pub openings_at_most: u64,
    /// Whether uses are counted on this platform; if not, every version counts as in use, and the numbers are those of uses
    /// under a budget.
    pub is_tracked: bool,
}

/// Bounds how often each version of a key may seal: ours.
#[derive(Clone, Copy, Debug)]
pub struct PutUsageBudget<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// The budget of each version, or `None` for the compiled-in one alone.
    pub budget: Option<UsageBudget>,
}

impl<P: Platform> Vault<P> {
    /// Tells when a key was last used.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn get_key_last_usage(
        &self,
        caller: &Caller<'_>,
        request: GetKeyLastUsage<'_>,
    ) -> Result<KeyLastUsage, Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }

    /// Tells whether a version is still in use, when it was last used, and how often.
    ///
    /// # Errors
    /// [`Error::NotFound`]: the key has no such version. Others: see [`Error`].
    pub fn retire_check(&self, caller: &Caller<'_>, request: RetireCheck<'_>) -> Result<VersionUsage, Error> {
        run(self, caller, request, Buffers::default()).map(|released| released.output)
    }

    /// Bounds how often each version of a key may seal, durably. It holds for the versions there are, too.
    ///
    /// # Errors
    /// [`Error::UnsupportedOperation`]: imported material cannot be rotated by the vault. Others: see [`Error`].
    pub fn put_usage_budget(&self, caller: &Caller<'_>, request: PutUsageBudget<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }
}

/// Until when there may have been uses that are not known.
fn not_later_than(line: &UsageLine, now_ms: Option<u64>) -> Option<u64> {
    line.is_unsure().then_some(line.until_ms.min(now_ms.unwrap_or(u64::MAX)))
}

/// When it was last used at the latest; `None` where it never was, the largest number where nobody knows when.
pub(crate) fn last_moment(line: &UsageLine, now_ms: Option<u64>) -> Option<u64> {
    let known = line.last.map(|last| last.time_ms.unwrap_or(u64::MAX));
    known.max(not_later_than(line, now_ms))
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GetKeyLastUsage<'a> {
    type Output = KeyLastUsage;

    fn action(&self) -> Action {
        Action::GetKeyLastUsage
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on(Named::text(Action::GetKeyLastUsage, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let facts = scene.key()?;
        permits(Action::GetKeyLastUsage, &facts)?;
        let line = scene.vault.usage(&facts.key_id, 0)?;
        Ok(Done::with(KeyLastUsage {
            key_id: facts.key_id,
            key_last_usage: line.last,
            not_later_than_ms: not_later_than(&line, scene.time_ms),
            is_tracked: scene.vault.tracks_usage(),
            tracking_start_ms: facts.created_ms,
            key_creation_ms: facts.created_ms,
            budget: line.budget,
        }))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RetireCheck<'a> {
    type Output = VersionUsage;

    fn action(&self) -> Action {
        Action::RetireCheck
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.version == 0 {
            return Err(Error::Validation(Parameter::Version));
        }
        Ok(Parsed::on(Named::text(Action::RetireCheck, self.key_id)?))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let facts = scene.key()?;
        permits(Action::RetireCheck, &facts)?;
        if self.version > facts.newest_version {
            return Err(Error::NotFound);
        }
        let line = scene.vault.usage(&facts.key_id, self.version)?;
        let is_tracked = scene.vault.tracks_usage();
        let is_recent = match (last_moment(&line, scene.time_ms), scene.time_ms) {
            (None, _) => false,
            (Some(last), Some(now)) => {
                now.saturating_sub(last) <= u64::from(self.within_days).saturating_mul(DAY_MS)
            }
            (Some(_), None) => true,
        };
        let usage = VersionUsage {
            key_id: facts.key_id,
            version: self.version,
            is_in_use: !is_tracked || is_recent || self.version == facts.current_version,
            last_use: line.last,
            not_later_than_ms: not_later_than(&line, scene.time_ms),
            sealings_at_least: line.sealing.most.saturating_sub(line.sealing.unsure),
            sealings_at_most: line.sealing.most,
            openings_at_least: line.opening.most.saturating_sub(line.opening.unsure),
            openings_at_most: line.opening.most,
            is_tracked,
        };
        Ok(Done { version: self.version, ..Done::with(usage) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PutUsageBudget<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::PutUsageBudget
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.budget.is_some_and(|budget| !(1..=SEALINGS_PER_VERSION_MAX).contains(&budget.sealings)) {
            return Err(Error::Validation(Parameter::UsageBudget));
        }
        Ok(Parsed::on(Named::text(Action::PutUsageBudget, self.key_id)?))
    }

    fn execute<P: Platform>(self, scene: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let facts = scene.key()?;
        permits(Action::PutUsageBudget, &facts)?;
        let rotates = self.budget.is_some_and(|budget| budget.end == BudgetEnd::Rotate);
        if rotates && facts.origin != KeyOrigin::AwsKms {
            return Err(Error::UnsupportedOperation);
        }
        let change = Some(Change::Budget(facts, self.budget));
        Ok(Done { change, version: facts.current_version, ..Done::with(()) })
    }
}
