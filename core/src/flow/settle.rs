//! Between permission and execution: what time has done to the keys meanwhile is done first, in trips of their own.

use super::authorize::{Denied, Permit};
use crate::error::Error;
use crate::key::{KeyFacts, has_dates};
use crate::platform::Platform;
use crate::policy::Action;
use crate::vault::Vault;

/// Settles what is due on the keys of a permit, and has the permit say what they are now. A dry run changes nothing.
pub(crate) fn settle<'t, 'a, P: Platform, O>(
    vault: &Vault<P>,
    permit: Permit<'t, 'a, O>,
) -> Result<Permit<'t, 'a, O>, Denied<'t, 'a>> {
    match settled(vault, permit.trip.event.dry_run, (permit.source_key, permit.key)) {
        Ok((source_key, key)) => Ok(Permit { key, source_key, ..permit }),
        Err(Error::Damaged(_)) if needs_no_material(permit.trip.event.action) => Ok(permit),
        Err(error) => Err(Denied::new(permit.trip, error)),
    }
}

/// The source key and the key as they are then.
fn settled<P: Platform>(
    vault: &Vault<P>,
    is_dry_run: bool,
    (source_key, key): (Option<KeyFacts>, Option<KeyFacts>),
) -> Result<(Option<KeyFacts>, Option<KeyFacts>), Error> {
    let settle = |facts: Option<KeyFacts>| match facts.filter(has_dates) {
        None => Ok(facts),
        // It says what the request would meet.
        Some(facts) if is_dry_run => vault.foresee_expiry(facts).map(Some),
        Some(facts) => vault.settle_due(facts).map(Some),
    };
    Ok((settle(source_key)?, settle(key)?))
}

/// What goes on although nobody can say what has expired, since a record of the key is damaged: looking at it, and its end.
const fn needs_no_material(action: Action) -> bool {
    matches!(
        action,
        Action::DescribeKey | Action::DisableKey | Action::ScheduleKeyDeletion | Action::ConfirmKeyDeletion
    )
}
