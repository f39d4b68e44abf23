//! Keys between vaults: who a vault is, whom it knows, and what it takes from them.

pub mod forge;
mod identity;
mod offers;
mod pinned;
mod refused;
mod sent;
pub mod sites;
pub mod whole;
mod whole_refused;

use strongroom_core::operation::PinPeer;
use strongroom_core::peer::{Fingerprint, VaultIdentity};
use strongroom_core::policy::{Language, PolicyBuilder, PolicyKind, Statement};
use strongroom_core::{Error, Vault};
use strongroom_std::PeerExchange;

use crate::world::{World, root};

pub fn identity(vault: &Vault<&World>) -> VaultIdentity {
    vault.identity(&root(), &PeerExchange).unwrap()
}

pub fn pin(vault: &Vault<&World>, name: &str, fingerprint: Fingerprint) -> Result<(), Error> {
    vault.pin_peer(&root(), PinPeer { name, fingerprint })
}

/// An identity policy that allows these actions on these resources.
pub fn allowing(actions: &[&str], resource: &str) -> Vec<u8> {
    let mut buffer = vec![0; 600];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    let resources = [resource];
    let statement = Statement { resources: &resources, ..Statement::allow(&[], actions) };
    builder.statement(&statement).unwrap();
    builder.finish().to_vec()
}
