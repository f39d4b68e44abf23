//! ReceiveKey: what a peer sealed to an offer becomes a key here, or goes on where it stood.

use core::fmt;

use crate::crypto::labels;
use crate::error::{Error, Reason};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::key::KeyFacts;
use crate::operation::Operation;
use crate::peer::{KeyBundle, PeerCryptography, check};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, ReceivedBundle, Vault};

/// Takes a key out of a bundle.
#[derive(Clone, Copy)]
pub struct ReceiveKey<'a> {
    /// What a peer made for an offer of this vault.
    pub bundle: &'a [u8],
}

impl fmt::Debug for ReceiveKey<'_> {
    /// Logs that print requests do not collect bundles.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiveKey")
    }
}

impl<P: Platform> Vault<P> {
    /// Takes a key out of a bundle, durably and at once: a key that is new here gets the default key policy, one that came from
    /// the same vault before gets the versions that it lacks, and its newest one becomes the current one. What this vault
    /// says of versions that it has stays. The private half of the offer is gone afterwards, also where the bundle is
    /// refused, unless somebody else than its peer made it.
    ///
    /// # Errors
    /// [`Error::Exchange`], whose reason says what is wrong. [`Error::AlreadyExists`]: the key's place in the tree is taken.
    /// [`Error::InvalidState`]: the key is pending deletion here. [`Error::LimitExceeded`]: there are as many keys as there may
    /// be; the offer is still good. Others: see [`Error`].
    pub fn receive_key(
        &self,
        caller: &Caller<'_>,
        request: ReceiveKey<'_>,
        cryptography: &dyn PeerCryptography,
    ) -> Result<KeyFacts, Error> {
        run(self, caller, Receiving { request, cryptography }, Buffers::default())?.changed.ok_or(Error::Bug)
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Receiving<'a> {
    request: ReceiveKey<'a>,
    cryptography: &'a dyn PeerCryptography,
}

impl fmt::Debug for Receiving<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl<'a> Operation<'a> for Receiving<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::ReceiveKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::ReceiveKey))
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let Receiving { request: ReceiveKey { bundle: bytes }, cryptography } = self;
        let unread = Error::Exchange(Reason::NotABundle);
        let bundle = KeyBundle::read::<P::Primitives>(bytes).map_err(|_| unread)?;
        let (public_key, signature) = (&bundle.header.parties.source.public_key, bundle.signature);
        let label = labels::KEY_BUNDLE_SIGNATURE;
        check::<P::Primitives>(cryptography, public_key, label, bundle.stated, signature)?;
        // Everything else is judged under the writer's lock, where the offer is used up in the same commit.
        let change = Change::Receive(ReceivedBundle { bytes, cryptography });
        Ok(Done { change: Some(change), ..Done::with(()) })
    }
}
