//! What shows how far each attacker gets, in `SECURITY.md`.

use super::Proof;

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        promise: "reads the medium",
        commands: &["memory", "simulate", "torture"],
        planted: &["are sealed under", "a removed blob is still in the flash store", "is the beginning of"],
    },
    Proof {
        promise: "writes the medium, also while the vault is open",
        commands: &["bits", "fuzz --only open"],
        planted: &["tamper::", "repair::", "salvage"],
    },
    Proof {
        promise: "puts back one older record",
        commands: &["fuzz --only open"],
        planted: &["a replaced record keeps its key", "tamper::"],
    },
    Proof {
        promise: "puts back a whole older image",
        commands: &["torture"],
        planted: &["rollback::", "an image older than the counter opens", "the counter is not advanced"],
    },
    Proof {
        promise: "reads old pages after something was removed, with the root key in hand",
        commands: &["torture"],
        planted: &["deletion::destruction", "flash::eraser::", "the old cell is not erased"],
    },
    Proof {
        promise: "calls without permission",
        commands: &["policies", "model"],
        planted: &["authorization::table", "a stranger is told", "audit::denials"],
    },
    Proof {
        promise: "hands in crafted ciphertexts, policies or bundles",
        commands: &["fuzz", "coverage", "bits"],
        planted: &["backup::damage", "bytes are written as JSON unchecked", "bits::"],
    },
    Proof {
        promise: "has a bundle (a backup) without its secret",
        commands: &["fuzz --only bundle", "bits"],
        planted: &["backup::damage", "vectors::bundles"],
    },
    Proof {
        promise: "has an offer or a bundle between vaults",
        commands: &["bits", "fuzz --only peer"],
        planted: &["strongroom-tests peers::", "strongroom-core --lib peer::"],
    },
    Proof {
        promise: "floods with denied requests",
        commands: &["simulate"],
        planted: &["audit::denials", "fill the log"],
    },
    Proof {
        promise: "rewrites the audit log",
        commands: &["bits", "fuzz --only audit"],
        planted: &["a verifier", "the audit key", "an end that was cut off looks whole", "audit::ahead"],
    },
    Proof { promise: "sets the clock", commands: &["simulate"], planted: &["strongroom-tests time::"] },
    Proof {
        promise: "cuts the power at any moment, twice",
        commands: &["torture", "hammer"],
        planted: &["power::", "a commit is not synced", "test processes hammer::"],
    },
    Proof {
        promise: "takes the memory after the vault was locked",
        commands: &["memory"],
        planted: &["test processes memory::"],
    },
    Proof {
        promise: "measures time",
        commands: &["constant-time", "dudect"],
        planted: &["xtask -- constant-time", "dudect::"],
    },
    Proof {
        promise: "forks or snapshots the process",
        commands: &["hammer"],
        planted: &["a generator that repeats its block", "the suite of generators", "after a fork"],
    },
    Proof {
        promise: "guesses the passphrase through the program",
        commands: &[],
        planted: &[
            "a wrong passphrase is not counted",
            "the wait for a passphrase",
            "a clock set back keeps",
        ],
    },
    Proof {
        promise: "guesses the passphrase with the image in hand",
        commands: &[],
        planted: &["the bounds of Argon2", "a slot asks for stretching", "plaintext can be read by everyone"],
    },
];
