//! Requests that whoever embeds the vault refuses before the vault could judge them.

use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::Vault;

/// Records that a request was refused for its form, which whoever embeds the vault reads. It leaves an event, as any other request
/// does, and nothing else.
#[derive(Clone, Copy, Debug)]
pub struct RecordRefusal {
    /// What was asked for.
    pub action: Action,
    /// What the caller is told: [`Error::Validation`] or [`Error::UnsupportedOperation`].
    pub error: Error,
}

impl<P: Platform> Vault<P> {
    /// Records a refusal, and answers what the caller is to be told: that, or what stands before it, such as
    /// [`Error::Throttling`].
    pub fn record_refusal(&self, caller: &Caller<'_>, refusal: RecordRefusal) -> Error {
        match run(self, caller, refusal, Buffers::default()) {
            Ok(_) => Error::Bug,
            Err(error) => error,
        }
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RecordRefusal {
    type Output = ();

    fn action(&self) -> Action {
        self.action
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Err(self.error)
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Err(Error::Bug)
    }
}
