//! What devices leave out, and what happens to requests for it.

use super::PlantedBug;

const CHECK: &str = "test -p strongroom-core --no-default-features --lib vault::features";

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "grants are made where they allow nothing",
        file: "core/src/vault/commit.rs",
        find: "Change::Grant(facts, change) if cfg!(feature = \"grants\") => {",
        replace: "Change::Grant(facts, change) => {",
        check: CHECK,
    },
    PlantedBug {
        name: "wrapping keys are made where nothing is imported",
        file: "core/src/vault/commit.rs",
        find: "Change::Import(key_id, change) if cfg!(feature = \"imports\") => {",
        replace: "Change::Import(key_id, change) => {",
        check: CHECK,
    },
    PlantedBug {
        name: "aliases change where a host provisions",
        file: "core/src/vault/commit.rs",
        find: "Change::Alias(change) if cfg!(feature = \"provisioning\") => {",
        replace: "Change::Alias(change) => {",
        check: CHECK,
    },
    PlantedBug {
        name: "peers are pinned without the feature for it",
        file: "core/src/vault/commit.rs",
        find: "Change::Peer(change) if cfg!(feature = \"peers\") => {",
        replace: "Change::Peer(change) => {",
        check: CHECK,
    },
    PlantedBug {
        name: "MACs are made where their hashes are not tested",
        file: "core/src/operation/macs/message_mac.rs",
        find: "if !cfg!(feature = \"macs\") {",
        replace: "if false {",
        check: CHECK,
    },
    PlantedBug {
        name: "grants allow nothing anywhere",
        file: "core/src/grant/allow.rs",
        find: "if !cfg!(feature = \"grants\") || !is_grantable(asked.action) {",
        replace: "if cfg!(feature = \"grants\") || !is_grantable(asked.action) {",
        check: "test -p strongroom-core --lib vault::features",
    },
];
