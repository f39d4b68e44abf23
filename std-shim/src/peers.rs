//! Keys between vaults, with answers that own their bytes.

use strongroom_core::Error;
use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::limits::PEERS_LEN_MAX;
use strongroom_core::operation::{CreateReceiveOffer, ExportKey, ListPeers, PinPeer, ReceiveKey, RemovePeer};
use strongroom_core::peer::{Fingerprint, KEY_BUNDLE_LEN_MAX, OFFER_LEN, VaultIdentity};
use strongroom_core::policy::Caller;

use crate::cryptography::PeerExchange;
use crate::vault::Vault;

/// A vault that keys may come from and go to.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Peer {
    /// What it is called here.
    pub name: String,
    /// Its identity's fingerprint.
    pub fingerprint: Fingerprint,
    /// When it was pinned, in milliseconds since 1970, or `None` where the vault had no clock.
    pub pinned_ms: Option<u64>,
}

/// An offer to receive a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceiveOffer {
    /// What the peer gets. Not a secret.
    pub offer: Vec<u8>,
    /// Until when a bundle can answer it; `None` where the vault has no clock, and it is a day from now.
    pub valid_to_ms: Option<u64>,
}

/// A key on its way to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExportedKey {
    /// The key.
    pub key_id: KeyId,
    /// How many versions it has, all of which are in the bundle.
    pub versions: u32,
    /// The bundle. Nobody but the peer opens it, and the peer once.
    pub bundle: Vec<u8>,
}

impl Vault {
    /// Who this vault is to other vaults. The first call makes the identity, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::identity`].
    pub fn identity(&self, caller: &Caller<'_>) -> Result<VaultIdentity, Error> {
        self.core().identity(caller, &PeerExchange)
    }

    /// Pins a peer, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::pin_peer`].
    pub fn pin_peer(&self, caller: &Caller<'_>, request: PinPeer<'_>) -> Result<(), Error> {
        self.core().pin_peer(caller, request)
    }

    /// Lists all peers, in the order in which they were pinned.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::list_peers`].
    pub fn list_peers(&self, caller: &Caller<'_>) -> Result<Vec<Peer>, Error> {
        let mut buffer = vec![0; PEERS_LEN_MAX];
        let listed = self.core().list_peers(caller, ListPeers, &mut buffer)?;
        let owned = |peer: &strongroom_core::PinnedPeer<'_>| Peer {
            name: peer.name.to_owned(),
            fingerprint: peer.fingerprint,
            pinned_ms: peer.pinned_ms,
        };
        Ok(listed.iter().map(owned).collect())
    }

    /// Takes a peer out, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::remove_peer`].
    pub fn remove_peer(&self, caller: &Caller<'_>, request: RemovePeer<'_>) -> Result<(), Error> {
        self.core().remove_peer(caller, request)
    }

    /// Makes an offer to receive one key from a peer, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::create_receive_offer`].
    pub fn create_receive_offer(
        &self,
        caller: &Caller<'_>,
        request: CreateReceiveOffer<'_>,
    ) -> Result<ReceiveOffer, Error> {
        let mut buffer = vec![0; OFFER_LEN];
        let made = self.core().create_receive_offer(caller, request, &PeerExchange, &mut buffer)?;
        Ok(ReceiveOffer { offer: made.offer.to_vec(), valid_to_ms: made.valid_to_ms })
    }

    /// Seals a key with all its versions to the offer of a peer.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::export_key`].
    pub fn export_key(&self, caller: &Caller<'_>, request: ExportKey<'_>) -> Result<ExportedKey, Error> {
        let mut buffer = vec![0; KEY_BUNDLE_LEN_MAX];
        let exported = self.core().export_key(caller, request, &PeerExchange, &mut buffer)?;
        let (key_id, versions) = (exported.key_id, exported.versions);
        Ok(ExportedKey { key_id, versions, bundle: exported.bundle.to_vec() })
    }

    /// Takes a key out of a bundle, durably.
    ///
    /// # Errors
    /// See [`strongroom_core::Vault::receive_key`].
    pub fn receive_key(&self, caller: &Caller<'_>, request: ReceiveKey<'_>) -> Result<KeyFacts, Error> {
        self.core().receive_key(caller, request, &PeerExchange)
    }
}
