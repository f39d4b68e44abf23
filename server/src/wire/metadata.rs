//! KeyMetadata: what a key is, as CreateKey and DescribeKey tell it.

use strongroom_std::Vault;
use strongroom_std::key::{KeyFacts, KeyOrigin, KeyState};
use strongroom_std::operation::ExpirationModel;

use crate::object::Object;

/// Writes the members of KeyMetadata.
pub(super) fn metadata(
    vault: &Vault,
    facts: &KeyFacts,
    material_id: Option<[u8; 32]>,
    description: &str,
    reply: &mut Object,
) {
    reply.text("AWSAccountId", vault.realm().account());
    reply.text("KeyId", &facts.key_id.to_string());
    reply.text("Arn", &vault.arn(facts.key_id));
    reply.moment("CreationDate", facts.created_ms);
    reply.truth("Enabled", facts.state == KeyState::Enabled);
    reply.text("Description", description);
    reply.text("KeyUsage", facts.usage.name());
    reply.text("KeyState", facts.state.name());
    reply.moment("DeletionDate", facts.deletion.map(|deletion| deletion.due_ms));
    reply.text("Origin", facts.origin.name());
    // Only a key that has its material says whether that expires.
    if facts.origin == KeyOrigin::External && facts.current_version != 0 && facts.missing_materials == 0 {
        reply.moment("ValidTo", facts.expires_ms);
        reply.text("ExpirationModel", expiration_model(facts.expires_ms).name());
    }
    reply.text("KeyManager", "CUSTOMER");
    reply.text("CustomerMasterKeySpec", facts.spec.name());
    reply.text("KeySpec", facts.spec.name());
    if let Some(algorithm) = facts.spec.encryption_algorithm() {
        reply.texts("EncryptionAlgorithms", [algorithm]);
    }
    if let Some(algorithm) = facts.spec.mac_algorithm() {
        reply.texts("MacAlgorithms", [algorithm.name()]);
    }
    reply.truth("MultiRegion", false);
    if let Some(id) = material_id.filter(|_| facts.spec.mac_algorithm().is_none()) {
        reply.hex("CurrentKeyMaterialId", &id);
    }
}

/// Whether imported material expires.
pub(super) const fn expiration_model(expires_ms: Option<u64>) -> ExpirationModel {
    match expires_ms {
        Some(_) => ExpirationModel::KeyMaterialExpires,
        None => ExpirationModel::KeyMaterialDoesNotExpire,
    }
}
