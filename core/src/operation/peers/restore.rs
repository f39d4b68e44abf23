//! Restoring what a peer sealed to this vault: as another vault, once, or for practice.

use core::cell::Cell;
use core::fmt;

use zeroize::Zeroizing;

use crate::backup::{BundleReader, BundleSource, BundleSummary, PeerHeader, drill_opened, hexadecimal};
use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::operation::Operation;
use crate::peer::PeerCryptography;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{Change, NewSlot, SealedBundle, SealedStep, Unlock, Vault};

impl<P: Platform> Vault<P> {
    /// Makes a vault of a bundle that a peer sealed to an offer of this one, in the empty storage of `new`, and opens it: another
    /// vault, as after [`Vault::restore`]. This vault's log has an event, durably, before the bundle is opened, and another one as
    /// its offer is used up: that is once all of the bundle was read and written, right before it becomes a vault. So a bundle that
    /// is not whole uses nothing up, and no bundle becomes two vaults.
    ///
    /// `unlock` is asked for the secret of each new slot.
    ///
    /// # Errors
    /// [`Error::Exchange`], whose reason says what is wrong. [`Error::Bundle`]. Others: as of [`Vault::restore`], and of any request to
    /// this vault. There is no new vault then. Where the last commit failed, the offer is used up all the same.
    pub fn restore_from_peer<N: Platform>(
        &self,
        caller: &Caller<'_>,
        source: &mut BundleSource<'_>,
        cryptography: &dyn PeerCryptography,
        new: &Vault<N>,
        slots: &[NewSlot],
        unlock: &mut Unlock<'_>,
    ) -> Result<BundleSummary, Error> {
        new.check_empty()?;
        let mut used = None;
        let opened = BundleReader::<N::Primitives>::open_for_peer(source, |header, key| {
            self.open_sealed(caller, header, cryptography, key)?;
            used = Some(header.clone());
            Ok(())
        })?;
        let header = used.ok_or(Error::Bug)?;
        new.restore_opened(slots, unlock, opened, &mut || {
            self.ask_of_sealed(caller, &header, cryptography, SealedStep::UseUp)
        })
    }

    /// Reads a bundle that a peer sealed to an offer of this vault to its end as a restore would, and opens the material of every
    /// version in it. The offer stays. `buffer` takes one record at a time, so it is as large as the largest sealed record, and is
    /// wiped.
    ///
    /// # Errors
    /// As of [`Vault::restore_from_peer`].
    pub fn drill_from_peer(
        &self,
        caller: &Caller<'_>,
        source: &mut BundleSource<'_>,
        cryptography: &dyn PeerCryptography,
        buffer: &mut [u8],
    ) -> Result<BundleSummary, Error> {
        let opened = BundleReader::<P::Primitives>::open_for_peer(source, |header, key| {
            self.open_sealed(caller, header, cryptography, key)
        });
        drill_opened(opened, buffer)
    }

    /// Answers the key of a bundle.
    fn open_sealed(
        &self,
        caller: &Caller<'_>,
        header: &PeerHeader,
        cryptography: &dyn PeerCryptography,
        key: &mut Secret<32>,
    ) -> Result<(), Error> {
        let mut cells = Zeroizing::new([0; 32]);
        let step = SealedStep::Open(Cell::from_mut(&mut cells[..]).as_slice_of_cells());
        self.ask_of_sealed(caller, header, cryptography, step)?;
        key.fill_with(|key| key.copy_from_slice(&cells[..]));
        Ok(())
    }

    fn ask_of_sealed(
        &self,
        caller: &Caller<'_>,
        header: &PeerHeader,
        cryptography: &dyn PeerCryptography,
        step: SealedStep<'_>,
    ) -> Result<(), Error> {
        let name = hexadecimal(&header.facts.bundle_id);
        let bundle = SealedBundle { header, cryptography, step };
        run(self, caller, Opening { bundle, name: &name }, Buffers::default()).map(|_| ())
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Opening<'a> {
    bundle: SealedBundle<'a>,
    name: &'a str,
}

impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening").field("name", &self.name).finish_non_exhaustive()
    }
}

impl<'a> Operation<'a> for Opening<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::Restore
    }

    /// Whoever may make bundles of a vault may open those that are sealed to it: either way it is every key of a vault.
    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::Backup) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let Opening { bundle, .. } = self;
        bundle.header.check_signature::<P::Primitives>(bundle.cryptography)?;
        // Everything else is judged under the writer's lock.
        Ok(Done { change: Some(Change::Sealed(bundle)), ..Done::with(()) })
    }
}
