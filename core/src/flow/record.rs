//! Step 5: the audit event first, then the output. A change and its event land in one commit.

use super::execute::{Buffers, Executed};
use crate::error::Error;
use crate::format::audit_entry::MismatchText;
use crate::key::{KeyFacts, KeyId};
use crate::platform::Platform;
use crate::policy::Denial;
use crate::vault::{Destruction, Vault};

/// A recorded operation's output.
pub struct Released<'o, T> {
    /// What the operation answers besides bytes.
    pub output: T,
    /// The key as a change left it.
    pub changed: Option<KeyFacts>,
    /// The version whose material a change was about, and the material's id.
    pub(crate) material: Option<(u32, [u8; 32])>,
    /// How thoroughly a change destroyed something.
    pub(crate) destruction: Option<Destruction>,
    buffers: Buffers<'o>,
}

impl<T> core::fmt::Debug for Released<'_, T> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Released").field("changed", &self.changed).finish_non_exhaustive()
    }
}

impl<'o, T> Released<'o, T> {
    /// The plaintext.
    #[must_use]
    pub fn into_plaintext(self) -> &'o [u8] {
        self.into_both().0
    }

    /// The ciphertext.
    #[must_use]
    pub fn into_ciphertext(self) -> &'o [u8] {
        self.into_both().1
    }

    /// Plaintext and ciphertext.
    #[must_use]
    pub fn into_both(mut self) -> (&'o [u8], &'o [u8]) {
        let Buffers { plaintext_len, ciphertext_len, .. } = self.buffers;
        let plaintext = core::mem::take(&mut self.buffers.plaintext);
        let ciphertext = core::mem::take(&mut self.buffers.ciphertext);
        (
            plaintext.get(..plaintext_len).unwrap_or_default(),
            ciphertext.get(..ciphertext_len).unwrap_or_default(),
        )
    }

    /// The listed keys.
    #[must_use]
    pub fn into_keys(mut self) -> &'o [KeyId] {
        let keys_len = self.buffers.keys_len;
        core::mem::take(&mut self.buffers.keys).get(..keys_len).unwrap_or_default()
    }
}

/// Records what happened, and only then hands out what the operation made.
///
/// # Errors
/// The operation's own error, without its reason unless the caller may see it; [`Error::DryRun`] for a dry run that
/// would have succeeded; [`Error::Audit`] if the event could not be kept: the output is wiped.
pub fn record<'o, P: Platform, T>(
    vault: &Vault<P>,
    mut executed: Executed<'_, '_, 'o, T>,
) -> Result<Released<'o, T>, Error> {
    if let Err(error) = executed.done {
        executed.fail(error);
    } else if executed.trip.event.dry_run {
        executed.fail(Error::DryRun);
    }
    let (mut changed, mut material, mut destruction, mut committed) = (None, None, None, false);
    if executed.done.is_ok()
        && let Some(change) = &executed.trip.change
    {
        match vault.commit_change(change, &executed.trip.event) {
            Ok(applied) => {
                (changed, material, committed) = (applied.facts, applied.material, true);
                destruction = applied.destruction;
                if let Err(error) = applied.outcome {
                    executed.fail(error);
                }
            }
            Err(error) => executed.fail(error),
        }
    }
    if !committed && executed.recorded {
        executed.trip.event.outcome = executed.done.as_ref().map(|_| ()).map_err(|error| *error);
        if let Err(error) = vault.append(&executed.trip.event) {
            // A refusal is the better answer; what was made is not handed out, nor what a dry run found.
            if matches!(executed.done, Ok(_) | Err(Error::DryRun)) {
                executed.fail(error);
            }
        }
    }
    let Executed { trip, done, mut buffers, .. } = executed;
    buffers.is_released = true;
    match done {
        Ok(output) => Ok(Released { output, changed, material, destruction, buffers }),
        Err(error) => Err(trip.reasons().answer(error, |reason| Denial {
            reason,
            statement: trip.event.decider,
            sid: trip.event.sid.as_str(),
            mismatch: trip.event.mismatch.as_ref().and_then(MismatchText::recorded),
        })),
    }
}
