//! What a source does with an offer, whatever it seals to it.

use crate::crypto::{Primitives, labels};
use crate::error::{Error, Reason};
use crate::peer::{ENCAPSULATED_LEN, Offer, Parties, PeerCryptography, VaultIdentity, check};
use crate::platform::Platform;
use crate::secret::Secret;
use crate::vault::{Snapshot, lend_identity, lend_peers};

/// Reads an offer whose signature is that of the identity it names.
///
/// # Errors
/// [`Reason::NotABundle`], [`Reason::OtherSignature`].
pub(super) fn read_offer<'a, C: Primitives>(
    offer: &'a [u8],
    cryptography: &dyn PeerCryptography,
) -> Result<Offer<'a>, Error> {
    let unread = Error::Exchange(Reason::NotABundle);
    let (offer, stated, signature) = Offer::read::<C>(offer).map_err(|_| unread)?;
    let public_key = &offer.target.public_key;
    check::<C>(cryptography, public_key, labels::OFFER_SIGNATURE, stated, signature)?;
    Ok(offer)
}

/// Draws a secret that only whoever made the offer will share, and answers what it is told by.
///
/// # Errors
/// [`Error::Entropy`]. [`Reason::NotABundle`]: its key is none.
pub(super) fn encapsulate<P: Platform>(
    platform: &P,
    offer: &Offer<'_>,
    cryptography: &dyn PeerCryptography,
    shared: &mut Secret<32>,
) -> Result<[u8; ENCAPSULATED_LEN], Error> {
    let mut randomness = Secret::zeroed();
    randomness.draw(platform.entropy())?;
    cryptography.encapsulate(offer.sealing_key, &randomness, shared)
}

/// Whom a bundle goes between that answers an offer, if that is one of this peer, for this vault.
///
/// # Errors
/// [`Reason::NotPinned`], [`Reason::NoIdentity`], [`Reason::OtherVault`].
pub(super) fn parties<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    (peer, offer): (&str, &Offer<'_>),
    cryptography: &dyn PeerCryptography,
) -> Result<Parties, Error> {
    let pinned = lend_peers(platform, snapshot, |peers| {
        Ok(peers.named(peer).is_some_and(|peer| peer.fingerprint == offer.target.fingerprint))
    })?;
    if !pinned {
        return Err(Error::Exchange(Reason::NotPinned));
    }
    let source = lend_identity(platform, snapshot, |identity| {
        let public_key = cryptography.public_key(&identity.seed);
        VaultIdentity::new::<P::Primitives>(snapshot.vault_id, public_key)
    })?;
    let source = source.ok_or(Error::Exchange(Reason::NoIdentity))?;
    if offer.source != source.fingerprint {
        return Err(Error::Exchange(Reason::OtherVault));
    }
    let VaultIdentity { vault_id: target_id, fingerprint: target, .. } = offer.target;
    Ok(Parties { source, target_id, target, nonce: offer.nonce })
}
