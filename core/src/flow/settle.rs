//! Between permission and execution: what time has done to the keys meanwhile is done first, in trips of their own.

use super::authorize::{Denied, Permit};
use crate::key::{KeyFacts, has_dates};
use crate::platform::Platform;
use crate::vault::Vault;

/// Settles what is due on the keys of a permit, and has the permit say what they are now. A dry run changes nothing.
#[expect(clippy::result_large_err, reason = "a denial carries its audit event and is built once a request")]
pub(crate) fn settle<'a, P: Platform, O>(
    vault: &Vault<P>,
    permit: Permit<'a, O>,
) -> Result<Permit<'a, O>, Denied<'a>> {
    let is_dry_run = permit.event.dry_run;
    let settled = |facts: Option<KeyFacts>| match facts.filter(has_dates) {
        None => Ok(facts),
        Some(_) if is_dry_run => Ok(facts),
        Some(facts) => vault.settle_due(facts).map(Some),
    };
    match settled(permit.source_key).and_then(|source_key| Ok((source_key, settled(permit.key)?))) {
        Ok((source_key, key)) => Ok(Permit { key, source_key, ..permit }),
        Err(error) => Err(Denied::new(permit.event, permit.reasons, error)),
    }
}
