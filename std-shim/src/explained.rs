//! Denials with their explanation, for those who may see it.

use std::fmt;
use std::sync::Mutex;

use strongroom_core::Error;
use strongroom_core::policy::Caller;

/// A request that failed and, if it was denied and the caller may see why, the explanation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExplainedError {
    /// What the vault answered.
    pub error: Error,
    /// The statement that denied it, or the nearest one and what in it did not match, in one line; `None` for whoever is
    /// not the root user of the vault's own account.
    pub because: Option<String>,
}

impl fmt::Display for ExplainedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.because {
            Some(because) => f.write_str(because),
            None => self.error.fmt(f),
        }
    }
}

impl std::error::Error for ExplainedError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}

/// Asks in the name of `caller`, and explains a denial; see [`Caller::explain_to`].
///
/// # Examples
/// ```no_run
/// # use strongroom_std::{Caller, ExplainedError, Vault, explained, operation::Encrypt};
/// # fn ask(vault: &Vault, root: &Caller<'_>) -> Result<(), ExplainedError> {
/// let sealed = explained(root, |root| vault.encrypt(root, Encrypt::new("1234abcd-…", b"hello")))?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// That of the request, explained. The state is as after the request alone.
pub fn explained<T>(
    caller: &Caller<'_>,
    ask: impl FnOnce(&Caller<'_>) -> Result<T, Error>,
) -> Result<T, ExplainedError> {
    let heard = Mutex::new(None);
    let listener = |denial: &strongroom_core::policy::Denial<'_>| {
        if let Ok(mut heard) = heard.lock() {
            *heard = Some(denial.to_string());
        }
    };
    let answer = ask(&caller.explain_to(&listener));
    let because = heard.lock().ok().and_then(|mut heard| heard.take());
    answer.map_err(|error| ExplainedError { error, because })
}
