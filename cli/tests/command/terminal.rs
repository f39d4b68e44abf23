//! A real terminal, by Python's `pty`: what a prompt shows and what it does not, colours, and Ctrl-C.

use std::path::Path;
use std::process::Command;

use super::folder;

/// What one conversation left: everything that the terminal showed, and the exit status; negative for a signal.
struct Conversation {
    shown: String,
    status: i32,
}

/// Runs the command in a terminal. Each answer is typed once the terminal shows the words before it.
fn converse(
    folder: &Path,
    arguments: &[&str],
    answers: &[(&str, &str)],
    environment: &[(&str, &str)],
) -> Option<Conversation> {
    let mut command = Command::new("python3");
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/terminal.py"));
    command
        .arg(serde_json::to_string(answers).unwrap())
        .arg(env!("CARGO_BIN_EXE_strongroom"))
        .args(arguments);
    command.current_dir(folder).env_clear().env("PATH", std::env::var("PATH").unwrap()).env("HOME", folder);
    command.env("TERM", "xterm").envs(environment.iter().copied());
    let ran = match command.output() {
        Ok(ran) => ran,
        Err(error) => {
            assert!(std::env::var_os("STRONGROOM_REQUIRE_EXTERNAL").is_none(), "{error}");
            println!("SKIPPED: python3 cannot be had: {error}");
            return None;
        }
    };
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    let told: serde_json::Value = serde_json::from_slice(&ran.stdout).unwrap();
    let status = i32::try_from(told["status"].as_i64().unwrap()).unwrap();
    Some(Conversation { shown: told["shown"].as_str().unwrap().to_owned(), status })
}

const PASSPHRASE: &str = "correct horse battery staple";

#[test]
fn a_passphrase_is_asked_for_twice_and_never_shown() {
    let folder = folder();
    let at = |arguments: &[&str], answers: &[(&str, &str)]| converse(folder.path(), arguments, answers, &[]);
    let init = ["init", "--vault", "app.vault"];
    let twice = |second| [("new vault: ", PASSPHRASE), ("again: ", second)];
    let Some(slip) = at(&init, &twice("correct horse")) else { return };
    assert_eq!(slip.status, 2, "{}", slip.shown);
    assert!(slip.shown.contains("not the same") && !folder.path().join("app.vault").exists());
    let made = at(&init, &twice(PASSPHRASE)).unwrap();
    assert_eq!(made.status, 0, "{}", made.shown);
    let opened = at(&["status", "--vault", "app.vault"], &[("app.vault: ", PASSPHRASE)]).unwrap();
    assert_eq!(opened.status, 0, "{}", opened.shown);
    assert!(opened.shown.contains("0: passphrase"), "{}", opened.shown);
    let wrong = at(&["status", "--vault", "app.vault"], &[("app.vault: ", "correct hors")]).unwrap();
    assert_eq!(wrong.status, 6, "{}", wrong.shown);
    for conversation in [&slip, &made, &opened, &wrong] {
        assert!(!conversation.shown.contains("correct"), "{}", conversation.shown);
    }
}

#[test]
fn an_empty_passphrase_makes_no_vault() {
    let folder = folder();
    let init = ["init", "--vault", "app.vault"];
    let Some(empty) = converse(folder.path(), &init, &[("new vault: ", "")], &[]) else { return };
    assert_eq!(empty.status, 2, "{}", empty.shown);
    assert!(!folder.path().join("app.vault").exists());
}

#[test]
fn ctrl_c_at_a_prompt_ends_the_command_and_leaves_nothing() {
    let folder = folder();
    let init = ["init", "--vault", "app.vault"];
    let Some(ended) = converse(folder.path(), &init, &[("new vault: ", "\u{3}")], &[]) else { return };
    assert_ne!(ended.status, 0, "{}", ended.shown);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}

#[test]
fn a_terminal_gets_text_and_colours_unless_somebody_says_no_to_them() {
    let folder = folder();
    let key_file = ("STRONGROOM_KEY_FILE", "app.key");
    let at = |arguments: &[&str], answers: &[(&str, &str)], more: &[(&str, &str)]| {
        converse(folder.path(), arguments, answers, &[&[key_file], more].concat())
    };
    let vault = ["--vault", "app.vault"];
    let with = |arguments: &[&'static str]| [arguments, &vault[..]].concat();
    let Some(made) = at(&with(&["init", "--make-key-file"]), &[], &[]) else { return };
    assert_eq!(made.status, 0, "{}", made.shown);
    assert_eq!(at(&with(&["key", "create", "--alias", "alias/a"]), &[], &[]).unwrap().status, 0);

    let denied = with(&["key", "describe", "alias/b"]);
    assert!(at(&denied, &[], &[]).unwrap().shown.contains('\u{1b}'));
    for quiet in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        assert!(!at(&denied, &[], &[quiet]).unwrap().shown.contains('\u{1b}'));
    }
    // A secret is typed without an echo, and a ciphertext comes as text.
    let sealed = at(&with(&["encrypt", "--key", "alias/a"]), &[("Secret", "hunter2")], &[]).unwrap();
    assert_eq!(sealed.status, 0, "{}", sealed.shown);
    assert!(!sealed.shown.contains("hunter2"));
    let ciphertext = sealed.shown.trim().lines().last().unwrap().to_owned();
    let opened = at(&with(&["decrypt", "--base64"]), &[("Ciphertext", &ciphertext)], &[]).unwrap();
    assert_eq!(opened.status, 0, "{}", opened.shown);
    assert!(opened.shown.trim().ends_with("hunter2"), "{}", opened.shown);
}

#[test]
fn a_plan_has_colours_and_is_applied_after_a_yes_only() {
    let folder = folder();
    let environment = [("STRONGROOM_KEY_FILE", "app.key"), ("STRONGROOM_VAULT", "app.vault")];
    let at = |arguments: &[&str], answers: &[(&str, &str)], more: &[(&str, &str)]| {
        converse(folder.path(), arguments, answers, &[&environment, more].concat())
    };
    let Some(made) = at(&["init", "--make-key-file"], &[], &[]) else { return };
    assert_eq!(made.status, 0, "{}", made.shown);
    std::fs::write(folder.path().join("keys.toml"), "[keys.a]\nrotation_days = 90\n").unwrap();

    let plan = at(&["plan", "keys.toml"], &[], &[]).unwrap();
    assert!(plan.shown.contains("\u{1b}[32m+ key a: make it"), "{}", plan.shown);
    assert!(plan.shown.contains("\u{1b}[33m~ key a: automatic rotation"), "{}", plan.shown);
    let plain = at(&["plan", "keys.toml"], &[], &[("NO_COLOR", "1")]).unwrap();
    assert!(plain.shown.contains("+ key a: make it") && !plain.shown.contains('\u{1b}'), "{}", plain.shown);

    let apply = ["apply", "keys.toml"];
    let declined = at(&apply, &[("Do 3 of these 3? (yes/no) ", "y")], &[]).unwrap();
    assert!(declined.status == 1 && declined.shown.contains("nothing has changed"), "{}", declined.shown);
    assert_eq!(at(&["plan", "keys.toml"], &[], &[]).unwrap().status, 1, "and nothing has");
    let done = at(&apply, &[("(yes/no) ", "yes")], &[]).unwrap();
    assert!(done.status == 0 && done.shown.contains("3 done"), "{}", done.shown);
    assert_eq!(at(&apply, &[], &[]).unwrap().status, 0, "nothing is asked where there is nothing to do");
}

#[test]
fn the_passphrase_of_a_bundle_is_asked_for_twice_and_never_shown() {
    let folder = folder();
    let environment = [("STRONGROOM_KEY_FILE", "app.key"), ("STRONGROOM_VAULT", "app.vault")];
    let at = |arguments: &[&str], answers: &[(&str, &str)]| {
        converse(folder.path(), arguments, answers, &environment)
    };
    let Some(made) = at(&["init", "--make-key-file"], &[]) else { return };
    assert_eq!(made.status, 0, "{}", made.shown);
    let twice = |second| [("for the bundle: ", PASSPHRASE), ("again: ", second)];
    let slip = at(&["backup", "app.bundle"], &twice("correct horse")).unwrap();
    assert!(slip.status == 2 && !folder.path().join("app.bundle").exists(), "{}", slip.shown);
    let written = at(&["backup", "app.bundle"], &twice(PASSPHRASE)).unwrap();
    assert_eq!(written.status, 0, "{}", written.shown);
    let drill = ["restore", "app.bundle", "--drill"];
    let drilled = at(&drill, &[("of app.bundle: ", PASSPHRASE)]).unwrap();
    assert_eq!(drilled.status, 0, "{}", drilled.shown);
    let wrong = at(&drill, &[("of app.bundle: ", "correct hors")]).unwrap();
    assert_eq!(wrong.status, 6, "{}", wrong.shown);
    for conversation in [&slip, &written, &drilled, &wrong] {
        assert!(!conversation.shown.contains("correct"), "{}", conversation.shown);
    }
    // Ctrl-C leaves nothing behind.
    let ended = at(&["backup", "more.bundle"], &[("for the bundle: ", "\u{3}")]).unwrap();
    assert_ne!(ended.status, 0, "{}", ended.shown);
    let mut names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["app.bundle", "app.key", "app.vault"]);
}

/// A vault in this folder with a key `alias/a`, and a file of this length.
fn with_a_file(folder: &Path, len: u64) -> Option<()> {
    let at = |arguments: &[&str]| converse(folder, arguments, &[], &IN_FOLDER);
    assert_eq!(at(&["init", "--make-key-file"])?.status, 0);
    assert_eq!(at(&["key", "create", "--alias", "alias/a"])?.status, 0);
    std::fs::File::create(folder.join("zeros")).unwrap().set_len(len).unwrap();
    Some(())
}

const IN_FOLDER: [(&str, &str); 2] = [("STRONGROOM_KEY_FILE", "app.key"), ("STRONGROOM_VAULT", "app.vault")];

#[test]
fn a_bar_on_a_terminal_shows_how_far_a_file_is() {
    let folder = folder();
    let Some(()) = with_a_file(folder.path(), 8 << 20) else { return };
    let encrypt = ["file", "encrypt", "zeros", "--key", "alias/a"];
    let drawn = converse(folder.path(), &encrypt, &[], &IN_FOLDER).unwrap();
    assert_eq!(drawn.status, 0, "{}", drawn.shown);
    assert!(drawn.shown.contains("zeros  [") && drawn.shown.contains("of 8.00 MiB"), "{}", drawn.shown);
    assert!(drawn.shown.contains("zeros.sealed: 8388608 bytes"), "{}", drawn.shown);
    let opened = ["file", "decrypt", "zeros.sealed", "-o", "again"];
    let drawn = converse(folder.path(), &opened, &[], &IN_FOLDER).unwrap();
    assert!(
        drawn.shown.contains("zeros.sealed  [") && drawn.shown.contains("of 8.00 MiB"),
        "{}",
        drawn.shown
    );
    for silent in ["--quiet", "--json"] {
        let encrypt = [&encrypt[..], &["--force", silent]].concat();
        let drawn = converse(folder.path(), &encrypt, &[], &IN_FOLDER).unwrap();
        assert_eq!(drawn.status, 0, "{}", drawn.shown);
        assert!(!drawn.shown.contains("MiB"), "{}", drawn.shown);
    }
}

#[test]
fn ctrl_c_in_the_middle_of_a_file_leaves_nothing() {
    let folder = folder();
    // Longer than anybody waits for, and takes no room.
    let Some(()) = with_a_file(folder.path(), 100 << 30) else { return };
    let encrypt = ["file", "encrypt", "zeros", "--key", "alias/a"];
    for environment in [&IN_FOLDER[..], &[&IN_FOLDER[..], &[("STRONGROOM_NAMED_TEMPORARY", "1")]].concat()] {
        let ended = converse(folder.path(), &encrypt, &[("of 100.00 GiB", "\u{3}")], environment).unwrap();
        assert_eq!(ended.status, -2, "ended by the signal\n{}", ended.shown);
        let mut left: Vec<_> =
            std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["app.key", "app.vault", "zeros"]);
    }
}

#[test]
fn no_bytes_go_to_a_terminal_or_come_from_one() {
    let folder = folder();
    let Some(()) = with_a_file(folder.path(), 10) else { return };
    for arguments in [
        ["file", "encrypt", "zeros", "-o", "-", "--key", "alias/a"],
        ["file", "encrypt", "-", "-o", "x", "--key", "alias/a"],
    ] {
        let refused = converse(folder.path(), &arguments, &[], &IN_FOLDER).unwrap();
        assert_eq!(refused.status, 2, "{}", refused.shown);
        assert!(refused.shown.contains("is a terminal"), "{}", refused.shown);
    }
    assert!(!folder.path().join("x").exists());
}
