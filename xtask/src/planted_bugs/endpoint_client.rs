//! The command at an endpoint: where requests go, what is believed there, and what is not asked of it.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "secrets go over a network in the clear",
        file: "server/src/client/address.rs",
        find: "if !is_secure && !is_here {",
        replace: "if false && !is_secure && !is_here {",
        check: "test -p strongroom-server --lib client::address::tests::an_address_is",
    },
    PlantedBug {
        name: "a name of this machine that leads elsewhere is followed",
        file: "server/src/client/address.rs",
        find: "self.is_secure || place.ip().is_loopback()",
        replace: "self.is_secure || true || place.ip().is_loopback()",
        check: "test -p strongroom-server --lib client::address::tests::a_name_of",
    },
    PlantedBug {
        name: "a body is not signed",
        file: "server/src/signature/signer.rs",
        find: "Received { method: \"POST\", uri, headers, body }",
        replace: "Received { method: \"POST\", uri, headers, body: &body[..0] }",
        check: "test -p strongroom-server --lib signature::signer::tests::what_was_signed",
    },
    PlantedBug {
        name: "the token of a session stands in logs",
        file: "server/src/signature/signer.rs",
        find: "value.set_sensitive(is_secret);",
        replace: "value.set_sensitive(false && is_secret);",
        check: "test -p strongroom-server --lib signature::signer::tests::what_was_signed",
    },
    PlantedBug {
        name: "an endpoint answers without end",
        file: "server/src/client/connection.rs",
        find: "if len > len_max {",
        replace: "if false && len > len_max {",
        check: "test -p strongroom-cli --test command endpoint::who_is_not_there",
    },
    PlantedBug {
        name: "a file without certificates is as good as one with",
        file: "server/src/client/roots.rs",
        find: "if roots.is_empty() {",
        replace: "if false && roots.is_empty() {",
        check: "test -p strongroom-cli --test command endpoint::an_endpoint_behind_tls",
    },
    PlantedBug {
        name: "what SSL_CERT_FILE names need not be there",
        file: "server/src/client/roots.rs",
        find: "Some(error) if is_named || roots.is_empty() =>",
        replace: "Some(error) if false && is_named && roots.is_empty() =>",
        check: "test -p strongroom-cli --test command endpoint::an_endpoint_behind_tls",
    },
    PlantedBug {
        name: "a command that needs the file passes over --endpoint",
        file: "cli/src/main.rs",
        find: "if arguments.endpoint.is_some() && !arguments.command.is_for_endpoints() {",
        replace: "if false && arguments.endpoint.is_some() && !arguments.command.is_for_endpoints() {",
        check: "test -p strongroom-cli --test command endpoint::commands_that_need",
    },
    PlantedBug {
        name: "--as is passed over at an endpoint",
        file: "cli/src/session.rs",
        find: "if endpoint.is_some() && self.caller.is_some() {",
        replace: "if false && endpoint.is_some() && self.caller.is_some() {",
        check: "test -p strongroom-cli --test command endpoint::commands_that_need",
    },
    PlantedBug {
        name: "a signature that is not believed ends like a refusal",
        file: "cli/src/kms/exception.rs",
        find: "Some(error) => (error, true),",
        replace: "Some(error) if code.is_empty() => (error, true),\n        Some(_) => (of_the_vault(&code, \"\"), false),",
        check: "test -p strongroom-cli --test command endpoint::whoever_is_not_believed",
    },
    PlantedBug {
        name: "facts are told to whoever does not ask for them",
        file: "server/src/wire/facts.rs",
        find: "self.arguments.truth(\"Facts\")",
        replace: "true || self.arguments.truth(\"Facts\")",
        check: "test -p strongroom-server --test clients protocol::what_is_known",
    },
    PlantedBug {
        name: "half a budget is no budget",
        file: "server/src/wire/versions.rs",
        find: "        (None, None) => None,",
        replace: "        (None, _) | (_, None) => None,",
        check: "test -p strongroom-server --test clients protocol::what_is_known",
    },
    PlantedBug {
        name: "a file is sealed under a data key that nothing opens",
        file: "std-shim/src/stream/writer.rs",
        find: "let key = data_key_of(&data_key.plaintext)?;",
        replace: "let key = &data_key_of(&data_key.plaintext)?.map(|_| 0);",
        check: "test -p strongroom-cli --test command served::a_file_that_an_endpoint",
    },
    PlantedBug {
        name: "a client that is told to come back later gives up",
        file: "server/src/client/mod.rs",
        find: "if code == THROTTLED => {",
        replace: "if code == THROTTLED && wait.is_zero() => {",
        check: "test -p strongroom-server --test front throttled::",
    },
];
