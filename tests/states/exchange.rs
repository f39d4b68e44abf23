//! What goes between the vault of the scene and its peers.

use strongroom_core::key::KeyId;

use super::kind::{Kind, Material};
use super::stage::NOW;
use crate::backup::{backup, restore};
use crate::peers::forge::Liar;
use crate::peers::identity;
use crate::peers::sites::{Site, Sites};
use crate::world::{World, create_key};

/// Where the id of the key stands in a bundle.
const KEY_ID: std::ops::Range<usize> = 120..136;

/// What the vault of the scene is asked with.
#[derive(Clone)]
pub struct Exchange {
    /// Of the peer called `a`, for this vault.
    pub offer: Vec<u8>,
    /// Of the key, for an offer that this vault made.
    pub bundle: Vec<u8>,
}

/// Who has the key besides the vault of the scene, which is called `b`.
pub struct Peers<'s, 'w> {
    sites: &'s Sites<'w>,
    key: KeyId,
    sender: Sender<'w>,
}

enum Sender<'w> {
    /// It drew the key.
    Source,
    /// A vault that was restored from a backup has the same key, and is another vault.
    Twin(Box<Site<'w>>),
    /// Nobody sends a key whose material is imported, but who lies can name it.
    Liar,
}

impl<'s, 'w> Peers<'s, 'w> {
    /// As long as the key is enabled.
    pub fn new(sites: &'s Sites<'w>, key: KeyId, kind: Kind, third: &'w World) -> Self {
        let sender = match kind.material {
            Material::Received => Sender::Source,
            Material::Imported => Sender::Liar,
            Material::DrawnHere => {
                third.clock.set_wall_ms(NOW);
                let (vault, _) = restore(third, &backup(&sites.b.vault).0).unwrap();
                let identity = identity(&vault);
                let twin = Site { world: third, vault, identity };
                sites.b.pin("twin", &twin);
                // As a backup has them, it knows this vault's peers; not this vault.
                twin.pin("b", &sites.b);
                Sender::Twin(Box::new(twin))
            }
        };
        Peers { sites, key, sender }
    }

    /// Once the key is in its state.
    pub fn exchange(&self) -> Exchange {
        let Sites { a, b } = self.sites;
        let bundle = match &self.sender {
            Sender::Source => a.export(self.key, "b", &b.offer("a").unwrap()).unwrap(),
            Sender::Twin(twin) => twin.export(self.key, "b", &b.offer("twin").unwrap()).unwrap(),
            Sender::Liar => {
                let mut bundle = a.export(create_key(&a.vault), "b", &b.offer("a").unwrap()).unwrap();
                bundle[KEY_ID].copy_from_slice(self.key.as_bytes());
                Liar::of(a, "b").sign(&mut bundle);
                bundle
            }
        };
        Exchange { offer: a.offer("b").unwrap(), bundle }
    }
}
