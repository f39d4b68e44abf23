//! What shows the mitigations at the five boundaries of `SECURITY.md`.

use super::Proof;

pub(crate) const PROOFS: &[Proof] = &[
    Proof {
        promise: "Parsers are total",
        commands: &["fuzz", "coverage"],
        planted: &["padding may hold anything", "limits::", "a list of actions may be empty"],
    },
    Proof {
        promise: "`core` has no `unsafe`",
        commands: &["unsafe-check", "firmware"],
        planted: &["xtask unsafe-check"],
    },
    Proof {
        promise: "Sealing commits to",
        commands: &["bits", "fuzz --only ciphertext"],
        planted: &["commitment", "the message key does not depend on S", "a segment is not bound"],
    },
    Proof {
        promise: "A policy that is malformed or newer denies",
        commands: &["policies", "fuzz --only record"],
        planted: &["in a Deny does not deny", "in an Allow allows", "bytes behind the last statement"],
    },
    Proof {
        promise: "Fuzz targets `ciphertext`, `policy` and `record`",
        commands: &["fuzz --only ciphertext", "fuzz --only policy", "fuzz --only record"],
        planted: &["the last byte of a commitment", "anything may stand behind a policy"],
    },
    Proof {
        promise: "Every trait has a section *Contract*",
        commands: &["torture"],
        planted: &["strongroom-tests contract::"],
    },
    Proof {
        promise: "Every method can fail",
        commands: &["simulate"],
        planted: &["the failure of the sink is ignored", "test simulate"],
    },
    Proof {
        promise: "A failed commit ends the session",
        commands: &["simulate"],
        planted: &["a session goes on after a failed"],
    },
    Proof {
        promise: "Every record is sealed under a fresh random key",
        commands: &["bits"],
        planted: &["tamper::"],
    },
    Proof {
        promise: "So an older, exchanged or forged record",
        commands: &["bits", "fuzz --only open"],
        planted: &["a record that does not open is read as absent", "a missing record is read as absent"],
    },
    Proof {
        promise: "Damage stays with the record",
        commands: &["bits"],
        planted: &["repair::", "a damaged version holds up"],
    },
    Proof {
        promise: "The fuzz target `open` and the tests in",
        commands: &["fuzz --only open"],
        planted: &["tamper::"],
    },
    Proof {
        promise: "One way for every request",
        commands: &["model", "simulate"],
        planted: &["a refusal is not recorded", "a dry run releases"],
    },
    Proof { promise: "The steps are types", commands: &[], planted: &["--doc flow"] },
    Proof {
        promise: "No key material is read before the permit",
        commands: &["policies"],
        planted: &["a disabled key is used"],
    },
    Proof {
        promise: "An error while evaluating denies",
        commands: &["policies"],
        planted: &["in an Allow allows", "in a Deny does not deny", "an unreadable Boolean is false"],
    },
    Proof {
        promise: "An unknown key is answered like a forbidden one",
        commands: &["model"],
        planted: &["a stranger is told that there is no such key", "another account learns which keys"],
    },
    Proof {
        promise: "Denials are recorded",
        commands: &["simulate"],
        planted: &["audit::denials", "a refusal is not recorded"],
    },
    Proof {
        promise: "Output is released after the record is written",
        commands: &["simulate"],
        planted: &["the failure of the sink is ignored", "what was not released is not wiped"],
    },
    Proof {
        promise: "Signatures are verified on keys",
        commands: &["fuzz --only signature", "endpoint"],
        planted: &["test front signatures::", "a signing key of another day", "known::tests::"],
    },
    Proof {
        promise: "They cover the body, the host",
        commands: &["fuzz --only signature"],
        planted: &[
            "the body is not signed",
            "the host is not signed",
            "a header that says what is asked for",
        ],
    },
    Proof {
        promise: "Session tokens carry a MAC",
        commands: &["fuzz --only signature"],
        planted: &["access_keys::sessions::"],
    },
    Proof {
        promise: "TLS by `rustls`",
        commands: &["dependencies"],
        planted: &["endpoint::an_endpoint_behind_tls", "secrets go over a network in the clear"],
    },
    Proof {
        promise: "Connections, heads, bodies and times are bounded",
        commands: &["endpoint"],
        planted: &["test front limits::"],
    },
    Proof {
        promise: "Nothing of a body and no header",
        commands: &["memory"],
        planted: &["the token of a session stands in logs"],
    },
];
