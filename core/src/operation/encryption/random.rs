//! GenerateRandom: random bytes, no key.

use crate::error::{Error, Parameter};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::limits::RANDOM_LEN_MAX;
use crate::operation::Operation;
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::vault::Vault;

/// Draws 1 to 1024 random bytes (AWS KMS API Reference, *GenerateRandom*).
#[derive(Clone, Copy, Debug)]
pub struct GenerateRandom {
    /// How many.
    pub number_of_bytes: usize,
}

impl<P: Platform> Vault<P> {
    /// Draws random bytes into `out`.
    ///
    /// # Errors
    /// See [`Error`]: nothing has changed after any of them, and `out` is wiped.
    pub fn generate_random<'o>(
        &self,
        caller: &Caller<'_>,
        request: GenerateRandom,
        out: &'o mut [u8],
    ) -> Result<&'o [u8], Error> {
        Ok(run(self, caller, request, Buffers::plaintext(out))?.into_plaintext())
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for GenerateRandom {
    type Output = ();

    fn action(&self) -> Action {
        Action::GenerateRandom
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        if self.number_of_bytes == 0 || self.number_of_bytes > RANDOM_LEN_MAX {
            return Err(Error::Validation(Parameter::NumberOfBytes));
        }
        Ok(Parsed::keyless(&[Action::GenerateRandom]))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let needed = self.number_of_bytes;
        let out = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        scene.vault.platform().entropy().fill(out).map_err(|_| Error::Entropy)?;
        buffers.plaintext_len = needed;
        Ok(Done::with(()))
    }
}
