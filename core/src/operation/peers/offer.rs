//! CreateReceiveOffer: a one-time key and a nonce, for one bundle from one peer.

use core::cell::Cell;
use core::fmt;

use zeroize::Zeroizing;

use super::peer::check_peer_name;
use crate::crypto::labels;
use crate::error::{Error, Reason};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::keyring::with_snapshot;
use crate::limits::OFFER_LIFE_MS;
use crate::operation::Operation;
use crate::peer::{OFFER_LEN, OFFER_STATED_LEN, Offer, PeerCryptography, VaultIdentity, sign};
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{Change, NewOffer, Vault, lend_identity, lend_peers};

/// Makes an offer to receive one key from a peer.
#[derive(Clone, Copy, Debug)]
pub struct CreateReceiveOffer<'a> {
    /// What the peer is called here.
    pub peer: &'a str,
}

/// An offer that was made.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReceiveOffer<'o> {
    /// What the peer gets. Not a secret.
    pub offer: &'o [u8],
    /// Until when a bundle can answer it, in wall time; `None` where the vault has no clock, and it is a day from now.
    pub valid_to_ms: Option<u64>,
}

impl<P: Platform> Vault<P> {
    /// Makes an offer, durably: good for one bundle of this peer within a day, whatever comes of it. `offer` needs
    /// [`OFFER_LEN`] bytes. A vault has at most [`crate::limits::OFFERS_MAX`] of them: one more takes the place of the one
    /// that ends first.
    ///
    /// # Errors
    /// [`Error::Exchange`]: no peer has this name, or the vault has no identity yet, see [`Vault::identity`]. Others: see
    /// [`Error`].
    pub fn create_receive_offer<'o>(
        &self,
        caller: &Caller<'_>,
        request: CreateReceiveOffer<'_>,
        cryptography: &dyn PeerCryptography,
        offer: &'o mut [u8],
    ) -> Result<ReceiveOffer<'o>, Error> {
        let mut seed = Zeroizing::new([0; 32]);
        let seed = Cell::from_mut(&mut seed[..]).as_slice_of_cells();
        let released =
            run(self, caller, Offering { request, cryptography, seed }, Buffers::ciphertext(offer))?;
        let valid_to_ms = released.output;
        Ok(ReceiveOffer { offer: released.into_ciphertext(), valid_to_ms })
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Offering<'a> {
    request: CreateReceiveOffer<'a>,
    cryptography: &'a dyn PeerCryptography,
    seed: &'a [Cell<u8>],
}

impl fmt::Debug for Offering<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl<'a> Operation<'a> for Offering<'a> {
    type Output = Option<u64>;

    fn action(&self) -> Action {
        Action::CreateReceiveOffer
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_peer_name(self.request.peer)?;
        Ok(Parsed { subject: self.request.peer, ..Parsed::on_vault(Action::CreateReceiveOffer) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        let Offering { request, cryptography, seed: cells } = self;
        let platform = scene.vault.platform();
        let needed = OFFER_LEN;
        let room = buffers.ciphertext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let (stated, signature) = room.split_first_chunk_mut::<OFFER_STATED_LEN>().ok_or(Error::Bug)?;

        let (mut seed, mut nonce) = (Secret::zeroed(), [0; 16]);
        seed.draw(platform.entropy())?;
        platform.entropy().fill(&mut nonce).map_err(|_| Error::Entropy)?;
        let sealing_key = cryptography.sealing_key(&seed);
        let source = with_snapshot(platform, |snapshot| {
            let source = lend_peers(platform, snapshot, |peers| {
                let peer = peers.named(request.peer).ok_or(Error::Exchange(Reason::NotPinned))?;
                Ok(peer.fingerprint)
            })?;
            let signed = lend_identity(platform, snapshot, |identity| {
                let public_key = cryptography.public_key(&identity.seed);
                let target = VaultIdentity::new::<P::Primitives>(snapshot.vault_id, public_key);
                Offer { target, source, nonce, sealing_key: &sealing_key }.write(stated)?;
                signature.copy_from_slice(&sign::<P::Primitives>(
                    cryptography,
                    &identity.seed,
                    labels::OFFER_SIGNATURE,
                    stated,
                ));
                Ok::<_, Error>(())
            })?;
            signed.ok_or(Error::Exchange(Reason::NoIdentity))??;
            Ok(source)
        })?;
        buffers.ciphertext_len = needed;
        seed.expose(|seed| {
            for (to, from) in cells.iter().zip(seed) {
                to.set(*from);
            }
        });
        let timers = scene.vault.timers()?;
        let offer = NewOffer {
            nonce,
            source,
            expires_ms: timers.timer_ms.saturating_add(OFFER_LIFE_MS),
            expires_at_observed_ms: timers.observed_ms.saturating_add(OFFER_LIFE_MS),
            seed: cells,
        };
        let valid_to_ms = scene.time_ms.map(|now_ms| now_ms.saturating_add(OFFER_LIFE_MS));
        Ok(Done { change: Some(Change::Offer(offer)), ..Done::with(valid_to_ms) })
    }
}
