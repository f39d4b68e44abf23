//! Two vaults that know each other, and what goes between them.

use strongroom_core::key::{KeyFacts, KeyId};
use strongroom_core::operation::{
    ConfirmKeyVersionDestruction, CreateReceiveOffer, ExportKey, ReceiveKey, ScheduleKeyVersionDestruction,
};
use strongroom_core::peer::{KEY_BUNDLE_LEN_MAX, OFFER_LEN, VaultIdentity};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Vault};
use strongroom_std::PeerExchange;

use super::{identity, pin};
use crate::world::{World, create, root};

pub const NOW: u64 = 1_772_323_200_000;

/// A vault with an identity.
pub struct Site<'w> {
    pub world: &'w World,
    pub vault: Vault<&'w World>,
    pub identity: VaultIdentity,
}

impl<'w> Site<'w> {
    pub fn new(world: &'w World) -> Self {
        Self::at(world, Some(NOW))
    }

    /// Made at this time, or without a clock.
    pub fn at(world: &'w World, wall_ms: Option<u64>) -> Self {
        world.clock.set_wall_ms(wall_ms);
        let vault = create(world);
        let identity = identity(&vault);
        Site { world, vault, identity }
    }

    pub fn pin(&self, name: &str, other: &Site<'_>) {
        pin(&self.vault, name, other.identity.fingerprint).unwrap();
    }

    pub fn offer(&self, peer: &str) -> Result<Vec<u8>, Error> {
        self.offer_as(&root(), peer)
    }

    pub fn offer_as(&self, caller: &Caller<'_>, peer: &str) -> Result<Vec<u8>, Error> {
        let mut offer = [0; OFFER_LEN];
        let request = CreateReceiveOffer { peer };
        let made = self.vault.create_receive_offer(caller, request, &PeerExchange, &mut offer)?;
        Ok(made.offer.to_vec())
    }

    pub fn export(&self, key: KeyId, peer: &str, offer: &[u8]) -> Result<Vec<u8>, Error> {
        self.export_as(&root(), key, peer, offer)
    }

    pub fn export_as(
        &self,
        caller: &Caller<'_>,
        key: KeyId,
        peer: &str,
        offer: &[u8],
    ) -> Result<Vec<u8>, Error> {
        let mut bundle = vec![0xaa; KEY_BUNDLE_LEN_MAX];
        let id = key.to_string();
        let request = ExportKey { key_id: &id, peer, offer };
        let exported = self.vault.export_key(caller, request, &PeerExchange, &mut bundle).map(|exported| {
            assert_eq!(exported.key_id, key);
            exported.bundle.to_vec()
        });
        if exported.is_err() {
            assert!(bundle.iter().all(|byte| *byte == 0), "what is refused leaves nothing behind");
        }
        exported
    }

    pub fn receive(&self, bundle: &[u8]) -> Result<KeyFacts, Error> {
        self.receive_as(&root(), bundle)
    }

    pub fn receive_as(&self, caller: &Caller<'_>, bundle: &[u8]) -> Result<KeyFacts, Error> {
        self.vault.receive_key(caller, ReceiveKey { bundle }, &PeerExchange)
    }
}

/// A source called `a` and a target called `b`, each pinned by the other.
pub struct Sites<'w> {
    pub a: Site<'w>,
    pub b: Site<'w>,
}

impl<'w> Sites<'w> {
    pub fn new(worlds: &'w [World; 2]) -> Self {
        Self::between(Site::new(&worlds[0]), Site::new(&worlds[1]))
    }

    pub fn between(a: Site<'w>, b: Site<'w>) -> Self {
        a.pin("b", &b);
        b.pin("a", &a);
        Sites { a, b }
    }

    /// A bundle with the key as it is, for an offer of its own.
    pub fn bundle(&self, key: KeyId) -> Vec<u8> {
        self.a.export(key, "b", &self.b.offer("a").unwrap()).unwrap()
    }

    /// Sends the key as it is.
    pub fn send(&self, key: KeyId) -> Result<KeyFacts, Error> {
        self.b.receive(&self.bundle(key))
    }
}

pub fn worlds() -> [World; 2] {
    [World::new(1), World::new(2)]
}

/// Destroys the first version of a key that has another.
pub fn destroy_first(site: &Site<'_>, key: KeyId) {
    let key_id = &key.to_string();
    let request = ScheduleKeyVersionDestruction { key_id, version: 1, pending_window_in_days: 7 };
    site.vault.schedule_key_version_destruction(&root(), request).unwrap();
    site.world.clock.advance_ms(8 * 86_400_000);
    let request = ConfirmKeyVersionDestruction { key_id, version: 1 };
    site.vault.confirm_key_version_destruction(&root(), request).unwrap();
}
