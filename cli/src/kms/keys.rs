//! Keys: making, describing, listing, changing, taking out of use.

use serde::Deserialize;
use strongroom_std::Destruction;
use strongroom_std::KeyDescription;
use strongroom_std::operation::{
    CancelKeyDeletion, ConfirmKeyDeletion, CreateKey, DescribeKey, DisableKey, EnableKey, ListKeys, Marker,
    RotateKeyOnDemand, ScheduleKeyDeletion, ScheduleKeyRotation, UpdateKeyDescription,
};

use super::answers::{Key, Keys};
use super::asked::{Answer, Asked};
use super::endpoint::{Facts, garbled, hex, key_id, marker};
use super::policies::document;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Described<'a> {
    #[serde(borrow)]
    facts: Facts<'a>,
    key_metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Metadata {
    description: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    keys: Vec<Listed<'a>>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Listed<'a> {
    key_id: &'a str,
    key_arn: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Destroyed<'a> {
    destruction: &'a str,
}

/// What a destruction is worth.
pub(super) fn destruction(answered: &super::endpoint::Answered) -> Answer<Destruction> {
    match answered.read::<Destroyed<'_>>()?.destruction {
        "Erased" => Ok(Destruction::Erased),
        "Unlinked" => Ok(Destruction::Unlinked),
        _ => Err(garbled()),
    }
}

impl Asked<'_> {
    pub(crate) fn create_key(&self, request: CreateKey<'_>) -> Answer<Key> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(Key::of(vault, vault.create_key(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let policy = request.policy.map(document).transpose()?;
        endpoint.with_facts("CreateKey", |arguments| {
            arguments.text("Description", request.description);
            arguments.text("KeySpec", request.key_spec.name());
            arguments.text("KeyUsage", request.key_usage.name());
            arguments.text("Origin", request.origin.name());
            arguments.objects("Tags", request.tags, |tag, (name, value)| {
                tag.text("TagKey", name);
                tag.text("TagValue", value);
            });
            arguments.text_if("Policy", policy.as_deref());
            arguments.truth("BypassPolicyLockoutSafetyCheck", request.bypass_policy_lockout_safety_check);
        })
    }

    pub(crate) fn describe_key(&self, request: DescribeKey<'_>) -> Answer<KeyDescription> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.describe_key(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("DescribeKey", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.truth("Facts", true);
            super::endpoint::grant_tokens(arguments, request.grant_tokens);
        })?;
        let Described { facts, key_metadata } = answered.read()?;
        let current_key_material_id = facts.current_key_material_id.map(hex).transpose()?;
        let Key { facts, arn } = facts.key()?;
        Ok(KeyDescription { facts, current_key_material_id, arn, description: key_metadata.description })
    }

    pub(crate) fn list_keys(&self, request: ListKeys<'_>) -> Answer<Keys> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let page = vault.list_keys(caller, request)?;
                let keys = page.keys.into_iter().map(|key_id| (key_id, vault.arn(key_id))).collect();
                return Ok(Keys { keys, next_marker: page.next_marker });
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ListKeys", |arguments| {
            super::endpoint::page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?;
        let page: Page<'_> = answered.read()?;
        let next_marker = marker(page.next_marker)?.map(Marker);
        let keys = page.keys.into_iter().map(|key| Ok((key_id(key.key_id)?, key.key_arn)));
        Ok(Keys { keys: keys.collect::<Answer<_>>()?, next_marker })
    }

    pub(crate) fn enable_key(&self, request: EnableKey<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.enable_key(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("EnableKey", request.key_id, |_| ()),
        }
    }

    pub(crate) fn disable_key(&self, request: DisableKey<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.disable_key(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("DisableKey", request.key_id, |_| ()),
        }
    }

    pub(crate) fn update_key_description(&self, request: UpdateKeyDescription<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.update_key_description(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("UpdateKeyDescription", request.key_id, |arguments| {
                arguments.text("Description", request.description);
            }),
        }
    }

    pub(crate) fn rotate_key_on_demand(&self, request: RotateKeyOnDemand<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.rotate_key_on_demand(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("RotateKeyOnDemand", request.key_id, |_| ()),
        }
    }

    pub(crate) fn schedule_key_rotation(&self, request: ScheduleKeyRotation<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.schedule_key_rotation(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("ScheduleKeyRotation", request.key_id, |arguments| {
                if let Some(days) = request.rotation_period_days {
                    arguments.number("RotationPeriodInDays", days);
                }
            }),
        }
    }

    pub(crate) fn schedule_key_deletion(&self, request: ScheduleKeyDeletion<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.schedule_key_deletion(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("ScheduleKeyDeletion", request.key_id, |arguments| {
                arguments.number("PendingWindowInDays", request.pending_window_in_days);
            }),
        }
    }

    pub(crate) fn cancel_key_deletion(&self, request: CancelKeyDeletion<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.cancel_key_deletion(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("CancelKeyDeletion", request.key_id, |_| ()),
        }
    }

    pub(crate) fn confirm_key_deletion(&self, request: ConfirmKeyDeletion<'_>) -> Answer<Destruction> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.confirm_key_deletion(caller, request)?),
            Asked::Endpoint(endpoint) => {
                let answered = endpoint
                    .ask("ConfirmKeyDeletion", |arguments| arguments.text("KeyId", request.key_id))?;
                destruction(&answered)
            }
        }
    }
}
