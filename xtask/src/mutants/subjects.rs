//! What is mutated, and the tests that look at it.

use super::Pass;

/// What is mutated together.
pub(super) struct Subject {
    pub name: &'static str,
    /// Files, or those of a folder with a star.
    pub files: &'static [&'static str],
    /// The quickest first: each gets what those before it let through.
    pub passes: &'static [Pass],
}

/// Where the rules are that decide who may do what, and when.
pub(super) const SUBJECTS: [Subject; 4] = [
    // The evaluator, without the builder and the tables of names.
    Subject {
        name: "policies",
        files: &[
            "core/src/policy/evaluate.rs",
            "core/src/policy/pattern.rs",
            "core/src/policy/variable.rs",
            "core/src/policy/keys.rs",
            "core/src/policy/resource.rs",
            "core/src/policy/principal.rs",
            "core/src/policy/caller.rs",
            "core/src/policy/requested_action.rs",
            "core/src/policy/condition/compare.rs",
            "core/src/policy/condition/truth.rs",
            "core/src/policy/condition/decimal.rs",
            "core/src/policy/condition/instant.rs",
            "core/src/policy/condition/network.rs",
        ],
        passes: &[
            // The decision table alone.
            Pass {
                name: "table",
                packages: &["strongroom-tests"],
                targets: &["--test", "evaluator"],
                filters: &["table::the_evaluator"],
            },
            // The rest of what is said of policies.
            Pass {
                name: "others",
                packages: &["strongroom-core", "strongroom-tests"],
                targets: &["--lib", "--test", "tests"],
                filters: &[
                    "policy::",
                    "policy_json::",
                    "conditions::",
                    "key_policies::",
                    "callers::",
                    "explanations::",
                ],
            },
        ],
    },
    // What a key and a version may do in which state, and how they get from one to the other.
    Subject {
        name: "states",
        files: &[
            "core/src/key/state.rs",
            "core/src/key/lifecycle.rs",
            "core/src/key/deletion.rs",
            "core/src/key/due.rs",
            "core/src/key/imported.rs",
        ],
        passes: &[
            Pass {
                name: "table",
                packages: &["strongroom-core", "strongroom-tests"],
                targets: &["--lib", "--test", "tests"],
                filters: &["key::", "states::", "versions::", "imports::", "deletion::"],
            },
            Pass {
                name: "others",
                packages: &["strongroom-tests"],
                targets: &["--test", "tests"],
                filters: &["operations::", "usage::", "limits::", "rollback::", "grants::"],
            },
        ],
    },
    // The way of a request.
    Subject {
        name: "flow",
        files: &["core/src/flow/*.rs"],
        passes: &[
            Pass {
                name: "requests",
                packages: &["strongroom-core", "strongroom-tests"],
                targets: &["--lib", "--test", "tests"],
                filters: &[
                    "flow::",
                    "operations::",
                    "callers::",
                    "conditions::",
                    "access_keys::",
                    "names::",
                    "macs::",
                    "quotas::",
                    "versions::",
                    "audit::pending",
                    "audit::secrecy",
                    "explanations::",
                ],
            },
            Pass {
                name: "others",
                packages: &["strongroom-tests"],
                targets: &["--test", "tests"],
                filters: &[
                    "grants::",
                    "audit::denials",
                    "audit::model",
                    "imports::",
                    "states::",
                    "usage::",
                    "limits::",
                ],
            },
        ],
    },
    // Where everything lies.
    Subject {
        name: "tree",
        files: &["core/src/tree/*.rs"],
        passes: &[
            Pass {
                name: "tree",
                packages: &["strongroom-core", "strongroom-tests"],
                targets: &["--lib", "--test", "tests"],
                filters: &["tree::", "mount::", "names::", "slots::"],
            },
            Pass {
                name: "others",
                packages: &["strongroom-tests"],
                targets: &["--test", "tests"],
                filters: &["operations::", "rollback::", "power::", "repair::", "tamper::"],
            },
        ],
    },
];
