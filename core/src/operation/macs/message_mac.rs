//! The MAC of a message under one version, for whoever makes or verifies one.

use crate::crypto::{MacMaterial, Primitives};
use crate::error::{Error, Parameter};
use crate::flow::{Named, Parameters, Parsed};
use crate::grant::{GrantToken, check_token_count};
use crate::key::{KeyFacts, MacAlgorithm, VersionState, permits};
use crate::keyring::{BackingKey, Material};
use crate::limits::MESSAGE_LEN_MAX;
use crate::policy::Action;
use crate::secret::Secret;

/// What both requests have in common, within its limits.
pub(super) fn parse<'a>(
    action: Action,
    key_id: &'a str,
    message: &[u8],
    grant_tokens: &[GrantToken],
) -> Result<Parsed<'a>, Error> {
    if message.is_empty() || message.len() > MESSAGE_LEN_MAX {
        return Err(Error::Validation(Parameter::Message));
    }
    check_token_count(grant_tokens)?;
    Ok(Parsed::on(Named::text(action, key_id)?))
}

/// What policies can ask of them.
pub(super) fn parameters(algorithm: MacAlgorithm) -> Parameters<'static> {
    Parameters { mac_algorithm: Some(algorithm), ..Parameters::NONE }
}

/// Whether the key makes MACs, with this algorithm, and then whether its state lets it.
pub(super) fn check_key(action: Action, facts: &KeyFacts, algorithm: MacAlgorithm) -> Result<(), Error> {
    if facts.spec.mac_algorithm() != Some(algorithm) {
        return Err(Error::InvalidKeyUsage);
    }
    if !cfg!(feature = "macs") {
        return Err(Error::UnsupportedOperation);
    }
    permits(action, facts)
}

/// The material, if it may be used.
pub(super) fn usable<C: Primitives>(key: &BackingKey<C>) -> Option<&MacMaterial> {
    match (key.state, &key.material) {
        (VersionState::Usable, Material::Mac(material)) => Some(material),
        _ => None,
    }
}

/// Lends the MAC of a message.
pub(super) fn with_mac<C: Primitives, R>(
    material: &MacMaterial,
    algorithm: MacAlgorithm,
    message: &[u8],
    read: impl FnOnce(&[u8]) -> R,
) -> R {
    let mut mac = Secret::zeroed();
    material.expose(|material| C::message_mac(algorithm, material, message, &mut mac));
    mac.expose(|mac| read(mac.get(..algorithm.mac_len()).unwrap_or_default()))
}
