//! GetVaultIdentity: who the vault is to other vaults.

use core::fmt;

use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::keyring::with_snapshot;
use crate::operation::Operation;
use crate::peer::{PeerCryptography, VaultIdentity};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, Vault, lend_identity};

impl<P: Platform> Vault<P> {
    /// Who this vault is to other vaults: the public half, and the fingerprint that they pin. It is made, durably,
    /// the first time that it is asked for, and stays the same as long as there is the vault. A vault that is restored from a
    /// backup is another one, and gets its own.
    ///
    /// # Errors
    /// [`Error::Damaged`]: its record does not open. [`Error::UnsupportedOperation`]: this build of core leaves exchanges out. Others:
    /// see [`Error`].
    pub fn identity(
        &self,
        caller: &Caller<'_>,
        cryptography: &dyn PeerCryptography,
    ) -> Result<VaultIdentity, Error> {
        let ask = || run(self, caller, GetVaultIdentity { cryptography }, Buffers::default());
        match ask() {
            // The trip before this one made it.
            Ok(released) if released.output.is_none() => ask()?.output.ok_or(Error::Bug),
            Err(Error::Conflict) => ask()?.output.ok_or(Error::Bug),
            released => released?.output.ok_or(Error::Bug),
        }
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct GetVaultIdentity<'a> {
    cryptography: &'a dyn PeerCryptography,
}

impl fmt::Debug for GetVaultIdentity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GetVaultIdentity")
    }
}

impl<'a> Operation<'a> for GetVaultIdentity<'a> {
    type Output = Option<VaultIdentity>;

    fn action(&self) -> Action {
        Action::GetVaultIdentity
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::GetVaultIdentity))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let platform = scene.vault.platform();
        let found = with_snapshot(platform, |snapshot| {
            lend_identity(platform, snapshot, |identity| {
                let public_key = self.cryptography.public_key(&identity.seed);
                VaultIdentity::new::<P::Primitives>(snapshot.vault_id, public_key)
            })
        })?;
        let change = found.is_none().then_some(Change::Identity);
        Ok(Done { change, ..Done::with(found) })
    }
}
