//! Whom a bundle is from and for, and which offer it answers.

use super::Snapshot;
use super::commit_peers::lend_peers;
use super::identity::lend_identity;
use super::offers::find_offer;
use crate::error::{Error, Reason};
use crate::format::manifest::Timers;
use crate::limits::PEER_NAME_LEN_MAX;
use crate::peer::{ENCAPSULATED_LEN, Parties, PeerCryptography, VaultIdentity};
use crate::platform::{Address, Platform};
use crate::secret::Secret;

/// Whether a bundle comes from a pinned vault and is for this one; answers what the source is called here.
///
/// # Errors
/// [`Reason::NotPinned`], [`Reason::OtherVault`].
pub(super) fn check_parties<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    parties: &Parties,
    cryptography: &dyn PeerCryptography,
) -> Result<heapless::String<PEER_NAME_LEN_MAX>, Error> {
    let name = lend_peers(platform, snapshot, |peers| {
        let pinned = peers.peers.iter().find(|peer| peer.fingerprint == parties.source.fingerprint);
        let pinned = pinned.ok_or(Error::Exchange(Reason::NotPinned))?;
        heapless::String::try_from(pinned.name).map_err(|_| Error::Bug)
    })?;
    let own = lend_identity(platform, snapshot, |identity| {
        let public_key = cryptography.public_key(&identity.seed);
        VaultIdentity::new::<P::Primitives>(snapshot.vault_id, public_key)
    })?;
    let is_for_this =
        own.is_some_and(|own| own.vault_id == parties.target_id && own.fingerprint == parties.target);
    if is_for_this { Ok(name) } else { Err(Error::Exchange(Reason::OtherVault)) }
}

/// Finds the offer that a bundle answers, and with its private half the secret that source and target share; answers where it is.
///
/// # Errors
/// [`Reason::NoSuchOffer`].
pub(super) fn answered_offer<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    parties: &Parties,
    timers: &Timers,
    (encapsulated, cryptography): (&[u8; ENCAPSULATED_LEN], &dyn PeerCryptography),
    shared: &mut Secret<32>,
) -> Result<Address, Error> {
    let found = find_offer(platform, snapshot, |address, offer| {
        let offer = offer.filter(|offer| {
            offer.nonce == parties.nonce
                && offer.source == parties.source.fingerprint
                && !offer.is_expired(timers)
        })?;
        cryptography.decapsulate(&offer.seed, encapsulated, shared);
        Some(address)
    })?;
    found.ok_or(Error::Exchange(Reason::NoSuchOffer))
}
