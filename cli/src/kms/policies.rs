//! Policies of keys: compiled here, and in JSON on the line.

use serde::Deserialize;
use strongroom_std::compile_key_policy;
use strongroom_std::operation::{GetKeyPolicy, PutKeyPolicy};
use strongroom_std::policy_json::to_json;

use super::answers::Key;
use super::asked::{Answer, Asked, Refused};
use super::endpoint::garbled;
use crate::error::CommandError;
use crate::exit::Kind;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Found {
    policy: String,
}

/// A compiled policy as a document.
pub(super) fn document(compiled: &[u8]) -> Answer<String> {
    to_json(compiled).map_err(|error| Refused::from(CommandError::of(Kind::Usage, error)))
}

impl Asked<'_> {
    /// The policy, compiled.
    pub(crate) fn get_key_policy(&self, request: GetKeyPolicy<'_>) -> Answer<Vec<u8>> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.get_key_policy(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("GetKeyPolicy", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.text("PolicyName", request.policy_name);
            // As it was put: accounts are not made root users.
            arguments.truth("Facts", true);
        })?;
        compile_key_policy(&answered.read::<Found>()?.policy).map_err(|_| garbled())
    }

    pub(crate) fn put_key_policy(&self, request: PutKeyPolicy<'_>) -> Answer<Key> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(Key::of(vault, vault.put_key_policy(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let policy = document(request.policy)?;
        endpoint.key("PutKeyPolicy", request.key_id, |arguments| {
            arguments.text("PolicyName", request.policy_name);
            arguments.text("Policy", &policy);
            arguments.truth("BypassPolicyLockoutSafetyCheck", request.bypass_policy_lockout_safety_check);
        })
    }
}
