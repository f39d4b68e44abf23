//! The command: what a person at a terminal relies on.

use super::PlantedBug;

pub(crate) const PLANTED_BUGS: &[PlantedBug] = &[
    PlantedBug {
        name: "output is written while the vault is still open",
        file: "cli/src/session.rs",
        find: "        session.close()?;\n",
        replace: "        std::mem::forget(session.vault);\n",
        check: "test -p strongroom-cli transcripts::the_first_ten_minutes",
    },
    PlantedBug {
        name: "suggestions are the root user's",
        file: "cli/src/kms/nearest.rs",
        find: "let Ok(page) = kms.ask(|asked| asked.list_aliases(list)) else { break };",
        replace: "let Kms::File(session) = kms else { break };\n        let root = session.root();\n        let Ok(root) = strongroom_std::Caller::new(&root) else { break };\n        let Ok(page) = session.vault().list_aliases(&root, list) else { break };",
        check: "test -p strongroom-cli transcripts::callers",
    },
    PlantedBug {
        name: "a rekey drops slots that nobody gave up",
        file: "cli/src/slot.rs",
        find: "if !preview.dropped().is_empty() && !arguments.drop_others {",
        replace: "if false && !preview.dropped().is_empty() && !arguments.drop_others {",
        check: "test -p strongroom-cli transcripts::what_opens_the_vault",
    },
    PlantedBug {
        name: "a caller takes another's place unasked",
        file: "cli/src/caller.rs",
        find: "if !arguments.replace && describe(kms, name).is_ok() {",
        replace: "if false && !arguments.replace && describe(kms, name).is_ok() {",
        check: "test -p strongroom-cli transcripts::callers",
    },
    PlantedBug {
        name: "a passphrase is typed once only",
        file: "cli/src/secrets.rs",
        find: "if *passphrase != *prompt(\"The same again: \")? {",
        replace: "if *passphrase == *prompt(\"The same again: \")? && passphrase.is_empty() {",
        check: "test -p strongroom-cli terminal::a_passphrase",
    },
    PlantedBug {
        name: "an empty passphrase makes a vault",
        file: "cli/src/secrets.rs",
        find: "if passphrase.is_empty() {",
        replace: "if false && passphrase.is_empty() {",
        check: "test -p strongroom-cli terminal::an_empty",
    },
    PlantedBug {
        name: "a failed write ends well",
        file: "cli/src/main.rs",
        find: "    output.flush()?;\n    Ok(answer)",
        replace: "    let _ = output.flush();\n    Ok(answer)",
        check: "test -p strongroom-cli transcripts::mistakes",
    },
    PlantedBug {
        name: "damage that was found ends well",
        file: "cli/src/exit.rs",
        find: "Kind::Damaged => 7,",
        replace: "Kind::Damaged => 0,",
        check: "test -p strongroom-cli transcripts::mistakes",
    },
    PlantedBug {
        name: "colours although somebody said no to them",
        file: "cli/src/output/style.rs",
        find: "Style { is_on: is_terminal && !no_color && !is_dumb }",
        replace: "Style { is_on: is_terminal || !no_color && !is_dumb }",
        check: "test -p strongroom-cli terminal::a_terminal",
    },
    PlantedBug {
        name: "a key file that opens nothing is left behind",
        file: "cli/src/new_secret.rs",
        find: "            let _ = fs::remove_file(path);",
        replace: "            let _ = path;",
        check: "test -p strongroom-cli --test command transcripts::what_opens",
    },
];
