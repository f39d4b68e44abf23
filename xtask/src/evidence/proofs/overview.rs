//! What shows the promises of `README.md`.

use super::Proof;

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        promise: "Strongroom is a key vault",
        commands: &["probe", "layering", "clients"],
        planted: &["xtask probe", "xtask layering"],
    },
    Proof {
        promise: "Keys live in one sealed file",
        commands: &["model", "simulate"],
        planted: &[
            "a revoked version decrypts",
            "the failure of the sink is ignored",
            "what was not released is not wiped",
            "a refusal is not recorded",
        ],
    },
    Proof {
        promise: "The same rules and the same bytes",
        commands: &["portable", "firmware"],
        planted: &["vectors::", "device_image::"],
    },
    Proof { promise: "operations", commands: &["model", "clients"], planted: &["boto3::", "limits::"] },
    Proof {
        promise: "keys",
        commands: &["versions", "model"],
        planted: &["strongroom-tests versions::", "imports::", "macs::"],
    },
    Proof {
        promise: "authorization",
        commands: &["policies", "mutants", "decisions"],
        planted: &["authorization::table", "conditions::", "grants::", "explanations::"],
    },
    Proof {
        promise: "unlocking",
        commands: &["fuzz --only open"],
        planted: &["strongroom-tests slots::", "of a share", "shares of different sets", "fewer shares"],
    },
    Proof {
        promise: "storage",
        commands: &["bits", "torture"],
        planted: &["tamper::", "flash::store::", "rollback::"],
    },
    Proof {
        promise: "audit",
        commands: &["bits", "simulate"],
        planted: &["audit::", "an audit entry's MAC"],
    },
    Proof { promise: "damage", commands: &["bits"], planted: &["repair::", "salvage"] },
    Proof { promise: "backup", commands: &["fuzz --only bundle"], planted: &["strongroom-tests backup::"] },
    Proof { promise: "other vaults", commands: &["bits"], planted: &["strongroom-tests peers::"] },
    Proof { promise: "keys as code", commands: &["declared"], planted: &["keys_as_code"] },
    Proof {
        promise: "endpoint",
        commands: &["clients", "endpoint", "fuzz --only request"],
        planted: &["boto3::", "test front signatures::"],
    },
    Proof {
        promise: "microcontrollers",
        commands: &["firmware", "probe"],
        planted: &["xtask probe", "device_image::"],
    },
];
