//! Versions of keys, and how much they are used.

use serde::Deserialize;
use strongroom_std::key::{VersionCause, VersionState};
use strongroom_std::operation::{
    CancelKeyVersionDestruction, ConfirmKeyVersionDestruction, CreateKeyVersion, GetKeyLastUsage,
    ListKeyVersions, PutUsageBudget, RestoreKeyVersion, RetireCheck, RevokeKeyVersion,
    ScheduleKeyVersionDestruction, VersionMarker,
};
use strongroom_std::usage::{BudgetEnd, UsageBudget};
use strongroom_std::{Action, Destruction};

use super::answers::{Key, LastUse, Usage, Version};
use super::asked::{Answer, Asked};
use super::endpoint::{End, Moment, garbled, hex, key_id, marker, ms, page};
use super::keys::destruction;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Page<'a> {
    #[serde(borrow)]
    versions: Vec<Entry<'a>>,
    next_marker: Option<&'a str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry<'a> {
    version: u32,
    current: bool,
    version_state: &'a str,
    cause: &'a str,
    current_since: Option<Moment>,
    valid_to: Option<Moment>,
    destruction_date: Option<Moment>,
    #[serde(flatten)]
    end: End,
    has_material: bool,
    key_material_id: &'a str,
    key_material_description: String,
}

impl Entry<'_> {
    fn version(self) -> Answer<Version> {
        Ok(Version {
            version: self.version,
            is_current: self.current,
            state: match self.version_state {
                "Usable" => VersionState::Usable,
                "Revoked" => VersionState::Revoked,
                "PendingDestruction" => VersionState::PendingDestruction,
                "Destroyed" => VersionState::Destroyed,
                _ => return Err(garbled()),
            },
            cause: match self.cause {
                "First" => VersionCause::First,
                "OnDemand" => VersionCause::OnDemand,
                "Automatic" => VersionCause::Automatic,
                "Created" => VersionCause::Created,
                "Imported" => VersionCause::Imported,
                _ => return Err(garbled()),
            },
            current_since_ms: ms(self.current_since),
            expires_ms: ms(self.valid_to),
            destruction: self.end.at(self.destruction_date),
            has_material: self.has_material,
            key_material_id: hex(self.key_material_id)?,
            description: self.key_material_description,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Checked<'a> {
    key_id: &'a str,
    version: u32,
    in_use: bool,
    last_operation: Option<&'a str>,
    last_used: Option<Moment>,
    last_request_id: Option<&'a str>,
    not_later_than: Option<Moment>,
    sealings_at_least: u64,
    sealings_at_most: u64,
    openings_at_least: u64,
    openings_at_most: u64,
    tracked: bool,
}

impl Checked<'_> {
    fn usage(&self) -> Answer<Usage> {
        let last_use = match (self.last_operation, self.last_request_id) {
            (Some(name), Some(id)) => {
                Some(LastUse { operation: used_by(name)?, time_ms: ms(self.last_used), request_id: hex(id)? })
            }
            _ => None,
        };
        Ok(Usage {
            key_id: key_id(self.key_id)?,
            version: self.version,
            is_in_use: self.in_use,
            last_use,
            not_later_than_ms: ms(self.not_later_than),
            sealings_at_least: self.sealings_at_least,
            sealings_at_most: self.sealings_at_most,
            openings_at_least: self.openings_at_least,
            openings_at_most: self.openings_at_most,
            is_tracked: self.tracked,
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Used<'a> {
    #[serde(borrow)]
    facts: Option<Budget<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Budget<'a> {
    sealings: u64,
    then: &'a str,
}

const ENDS: [(&str, BudgetEnd); 2] = [("ROTATE", BudgetEnd::Rotate), ("REFUSE", BudgetEnd::Refuse)];

/// The operation that used a version. ReEncrypt has no action of its own.
fn used_by(name: &str) -> Answer<Action> {
    Action::all().chain([Action::ReEncrypt]).find(|action| action.name() == name).ok_or_else(garbled)
}

impl Asked<'_> {
    pub(crate) fn create_key_version(&self, request: CreateKeyVersion<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.create_key_version(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("CreateKeyVersion", request.key_id, |_| ()),
        }
    }

    /// Versions, oldest first, and where to go on.
    pub(crate) fn list_key_versions(
        &self,
        request: ListKeyVersions<'_>,
    ) -> Answer<(Vec<Version>, Option<VersionMarker>)> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => {
                let page = vault.list_key_versions(caller, request)?;
                return Ok((page.versions.into_iter().map(Version::of).collect(), page.next_marker));
            }
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("ListKeyVersions", |arguments| {
            arguments.text("KeyId", request.key_id);
            page(arguments, request.limit, request.marker.map(|marker| marker.0.as_slice()));
        })?;
        let page: Page<'_> = answered.read()?;
        let next = marker(page.next_marker)?.map(VersionMarker);
        Ok((page.versions.into_iter().map(Entry::version).collect::<Answer<_>>()?, next))
    }

    pub(crate) fn revoke_key_version(&self, request: RevokeKeyVersion<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.revoke_key_version(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("RevokeKeyVersion", request.key_id, |arguments| {
                arguments.number("Version", request.version);
            }),
        }
    }

    pub(crate) fn restore_key_version(&self, request: RestoreKeyVersion<'_>) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => Ok(Key::of(vault, vault.restore_key_version(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint.key("RestoreKeyVersion", request.key_id, |arguments| {
                arguments.number("Version", request.version);
            }),
        }
    }

    pub(crate) fn schedule_key_version_destruction(
        &self,
        request: ScheduleKeyVersionDestruction<'_>,
    ) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => {
                Ok(Key::of(vault, vault.schedule_key_version_destruction(caller, request)?))
            }
            Asked::Endpoint(endpoint) => {
                endpoint.key("ScheduleKeyVersionDestruction", request.key_id, |arguments| {
                    arguments.number("Version", request.version);
                    arguments.number("PendingWindowInDays", request.pending_window_in_days);
                })
            }
        }
    }

    pub(crate) fn cancel_key_version_destruction(
        &self,
        request: CancelKeyVersionDestruction<'_>,
    ) -> Answer<Key> {
        match self {
            Asked::Vault(vault, caller) => {
                Ok(Key::of(vault, vault.cancel_key_version_destruction(caller, request)?))
            }
            Asked::Endpoint(endpoint) => {
                endpoint.key("CancelKeyVersionDestruction", request.key_id, |arguments| {
                    arguments.number("Version", request.version);
                })
            }
        }
    }

    pub(crate) fn confirm_key_version_destruction(
        &self,
        request: ConfirmKeyVersionDestruction<'_>,
    ) -> Answer<Destruction> {
        match self {
            Asked::Vault(vault, caller) => Ok(vault.confirm_key_version_destruction(caller, request)?),
            Asked::Endpoint(endpoint) => {
                let answered = endpoint.ask("ConfirmKeyVersionDestruction", |arguments| {
                    arguments.text("KeyId", request.key_id);
                    arguments.number("Version", request.version);
                })?;
                destruction(&answered)
            }
        }
    }

    pub(crate) fn retire_check(&self, request: RetireCheck<'_>) -> Answer<Usage> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(Usage::of(&vault.retire_check(caller, request)?)),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("RetireCheck", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.number("Version", request.version);
            arguments.number("WithinDays", request.within_days);
        })?;
        answered.read::<Checked<'_>>()?.usage()
    }

    /// The budget of each version of a key, as GetKeyLastUsage tells it.
    pub(crate) fn usage_budget(&self, request: GetKeyLastUsage<'_>) -> Answer<Option<UsageBudget>> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.get_key_last_usage(caller, request)?.budget),
            Asked::Endpoint(endpoint) => endpoint,
        };
        let answered = endpoint.ask("GetKeyLastUsage", |arguments| {
            arguments.text("KeyId", request.key_id);
            arguments.truth("Facts", true);
        })?;
        let Some(Budget { sealings, then }) = answered.read::<Used<'_>>()?.facts else { return Ok(None) };
        let (_, end) = ENDS.into_iter().find(|(name, _)| *name == then).ok_or_else(garbled)?;
        Ok(Some(UsageBudget { sealings, end }))
    }

    pub(crate) fn put_usage_budget(&self, request: PutUsageBudget<'_>) -> Answer<()> {
        let endpoint = match self {
            Asked::Vault(vault, caller) => return Ok(vault.put_usage_budget(caller, request)?),
            Asked::Endpoint(endpoint) => endpoint,
        };
        endpoint.ask("PutUsageBudget", |arguments| {
            arguments.text("KeyId", request.key_id);
            if let Some(budget) = request.budget {
                arguments.number("Sealings", i64::try_from(budget.sealings).unwrap_or(i64::MAX));
                let end = ENDS.iter().find(|(_, end)| *end == budget.end).map(|(name, _)| *name);
                arguments.text_if("Then", end);
            }
        })?;
        Ok(())
    }
}
