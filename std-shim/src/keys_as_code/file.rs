//! The file itself: TOML as people write it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) keys: BTreeMap<String, KeyTable>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) callers: BTreeMap<String, CallerTable>,
}

/// What is left out is as in a new key.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct KeyTable {
    /// Which key it is, where no alias says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) id: Option<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub(super) description: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spec: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rotation_days: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) enabled: Option<bool>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) aliases: Vec<String>,
    /// A file with a key policy, beside this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<PathBuf>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) grants: BTreeMap<String, GrantTable>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GrantTable {
    pub(super) grantee: String,
    pub(super) operations: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retiring: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context_subset: Option<BTreeMap<String, String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) context_equals: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallerTable {
    pub(super) principal: String,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    /// Files with identity policies, beside this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) policies: Vec<PathBuf>,
}
