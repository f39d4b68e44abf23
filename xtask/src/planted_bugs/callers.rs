//! Callers and key policies in the vault, and what a request says of itself.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "a caller that changed goes on asking",
        file: "core/src/vault/commit_caller.rs",
        find: "if let Err(error) = platform.state().publish(Published::outdate_callers) {",
        replace: "if let Err(error) = platform.state().publish(|_: &mut Published<_>| ()) {",
        check: "test -p strongroom-tests callers::a_caller_that_changed",
    },
    PlantedBug {
        name: "a caller of an earlier session goes on asking",
        file: "core/src/vault/state.rs",
        find: "callers_since: manifest.revision,",
        replace: "callers_since: 0,",
        check: "test -p strongroom-tests callers::a_caller_that_changed",
    },
    PlantedBug {
        name: "any session is a session of any role",
        file: "core/src/caller/stored.rs",
        find: "if principal.session_role().is_none() || !is_of_role {",
        replace: "if principal.session_role().is_none() || false && !is_of_role {",
        check: "test -p strongroom-tests callers::a_session",
    },
    PlantedBug {
        name: "callers of other accounts are kept",
        file: "core/src/caller/mod.rs",
        find: "&& principal.is_of(realm);",
        replace: "&& (true || principal.is_of(realm));",
        check: "test -p strongroom-tests callers::what_cannot_be",
    },
    PlantedBug {
        name: "an identity policy is attached unchecked",
        file: "core/src/policy/principal.rs",
        find: "if read != Ok(PolicyKind::Identity) {",
        replace: "if false && read != Ok(PolicyKind::Identity) {",
        check: "test -p strongroom-tests callers::what_cannot_be",
    },
    PlantedBug {
        name: "a marker of callers is not authenticated",
        file: "core/src/operation/caller.rs",
        find: "if C::equal(&CallerMarker::new(keys, &place).0, &self.0) {",
        replace: "if true || C::equal(&CallerMarker::new(keys, &place).0, &self.0) {",
        check: "test -p strongroom-tests callers::callers_are_listed",
    },
    PlantedBug {
        name: "actions on the vault are on nothing in particular",
        file: "core/src/flow/authorize.rs",
        find: "judge.without_key = Resource::vault(&realm, request.vault_id);",
        replace: "let _ = request.vault_id;",
        check: "test -p strongroom-tests callers::only_whom",
    },
    PlantedBug {
        name: "a new policy keeps the length of the old one",
        file: "core/src/format/key_record.rs",
        find: "length.u32(u32::try_from(content_len).map_err(|_| Error::LimitExceeded)?);",
        replace: "let _ = (&mut length, content_len);",
        check: "test -p strongroom-tests key_policies::a_policy_that_is_put",
    },
    PlantedBug {
        name: "the old policy stays in the cache",
        file: "core/src/vault/commit_key.rs",
        find: "if let Err(error) = platform.cache().forget(&facts.key_id, mounted.manifest.revision) {",
        replace: "if let Err(error) = Ok::<(), Error>(()) {",
        check: "test -p strongroom-tests key_policies::a_policy_that_is_put",
    },
    PlantedBug {
        name: "the source of a ReEncrypt is judged by the destination's context",
        file: "core/src/operation/encrypt.rs",
        find: "source_pairs: source_context.pairs(),",
        replace: "source_pairs: { let _ = &source_context; self.destination_encryption_context },",
        check: "test -p strongroom-tests conditions::each_side",
    },
    PlantedBug {
        name: "an unknown time is an absent one",
        file: "core/src/flow/request_keys.rs",
        find: "let Some(time_ms) = self.time_ms else { return Values::Unknown };",
        replace: "let Some(time_ms) = self.time_ms else { return Values::Absent };",
        check: "test -p strongroom-tests conditions::without_a_clock",
    },
    PlantedBug {
        name: "what a session says replaces what the vault knows",
        file: "core/src/flow/request_keys.rs",
        find: "            Values::Absent => Values::of_pair(self.caller.session(), name),\n            known => known,",
        replace: "            known => match Values::of_pair(self.caller.session(), name) { Values::Absent => known, said => said },",
        check: "test -p strongroom-tests callers::tags_and_session_keys",
    },
    PlantedBug {
        name: "the log does not say what did not match",
        file: "core/src/flow/record.rs",
        find: "let mismatch = executed.mismatch.as_ref();",
        replace: "let mismatch = executed.mismatch.as_ref().filter(|_| false);",
        check: "test -p strongroom-tests key_policies::the_log_names",
    },
];
