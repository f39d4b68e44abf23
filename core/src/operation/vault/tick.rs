//! Tick, for callers: whoever embeds the vault calls [`Vault::tick`] and needs no permission for it.

use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Ticked, Vault};

/// Does what has come due, for somebody who may ask for that. Ours.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    /// How many entries are looked at, at most.
    pub steps: u32,
}

impl<P: Platform> Vault<P> {
    /// As [`Vault::tick`], for a caller with `kms:Tick` on the vault. What is done has events of its own, by the vault.
    ///
    /// # Errors
    /// See [`Error`] and [`Vault::tick`].
    pub fn tick_for(&self, caller: &Caller<'_>, request: Tick) -> Result<Ticked, Error> {
        Ok(run(self, caller, request, Buffers::default())?.output)
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for Tick {
    type Output = Ticked;

    fn action(&self) -> Action {
        Action::Tick
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::Tick))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Ticked>, Error> {
        // Each change is a commit of its own: nothing of it waits for this request's event.
        let ticked = scene.vault.tick(self.steps)?;
        Ok(Done { detail: u64::from(ticked.settled), ..Done::with(ticked) })
    }
}
