//! A person at a shell, line by line: what is typed stands behind `$ `, what comes back below it. The files are next to
//! this one; `SNAPSHOTS=overwrite` writes them anew.

use std::path::Path;
use std::process::Command;

use snapbox::Data;
use snapbox::assert_data_eq;

use super::folder;

/// Types the lines of a transcript in an empty folder, and compares what comes back.
fn type_in(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/transcripts").join(name);
    let transcript = std::fs::read_to_string(&path).unwrap();
    let folder = folder();
    if transcript.contains("python3") && Command::new("python3").arg("--version").output().is_err() {
        assert!(std::env::var_os("STRONGROOM_REQUIRE_EXTERNAL").is_none(), "python3 cannot be had");
        println!("SKIPPED: python3 cannot be had");
        return;
    }
    let mut typed = String::new();
    let mut names = Names::default();
    for line in transcript.lines().filter(|line| line.starts_with("$ ") || line.starts_with('#')) {
        typed.push_str(line);
        typed.push('\n');
        let Some(command) = line.strip_prefix("$ ") else { continue };
        let (output, status) = at_shell(folder.path(), command);
        let output = names.replace(&output.replace(folder.path().to_str().unwrap(), "~"));
        typed.extend(output.lines().map(|line| steady(line) + "\n"));
        if status != 0 {
            typed.push_str(&format!("[exit status {status}]\n"));
        }
        typed.push('\n');
    }
    assert_data_eq!(typed.trim_end().to_owned() + "\n", Data::read_from(&path, None).raw());
}

/// Both streams as a terminal shows them, and the exit status.
fn at_shell(folder: &Path, command: &str) -> (String, i32) {
    let bin = Path::new(env!("CARGO_BIN_EXE_strongroom")).parent().unwrap();
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let ran = Command::new("bash")
        .args(["-c", &format!("exec 2>&1; {command}")])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .env("LC_ALL", "C")
        .env("DAMAGE", Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command/damage.py"))
        .env("STRONGROOM_KEY_FILE", if command.contains("--passphrase-fd") { "" } else { "app.key" })
        .output()
        .unwrap();
    (String::from_utf8_lossy(&ran.stdout).into_owned(), ran.status.code().unwrap_or(-1))
}

/// What is another in every run, by the order in which it turns up.
#[derive(Default)]
pub(super) struct Names {
    seen: Vec<String>,
}

impl Names {
    pub(super) fn replace(&mut self, text: &str) -> String {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-:+/=".contains(c);
        let mut replaced = String::new();
        let mut rest = text;
        while let Some(start) = rest.find(is_part) {
            let (before, word) = rest.split_at(start);
            let end = word.find(|c| !is_part(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            replaced.push_str(before);
            replaced.push_str(&self.word(word));
            rest = after;
        }
        replaced + rest
    }

    fn word(&mut self, word: &str) -> String {
        for (at, _) in word.char_indices() {
            let (before, part) = word.split_at(at);
            if let Some(id) = part.get(..36).filter(|id| is_uuid(id)) {
                let number = self.seen.iter().position(|known| known == id).unwrap_or_else(|| {
                    self.seen.push(id.to_owned());
                    self.seen.len() - 1
                });
                return format!("{before}KEY-{}{}", number + 1, &part[36..]);
            }
        }
        if word.len() == 20 && word.starts_with("AKIA") {
            return "ACCESS-KEY-ID".to_owned();
        }
        let is_time = word.len() == 20 && word.ends_with('Z') && word[10..].starts_with('T');
        let is_hex = word.len() >= 32 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_blob = word.len() >= 40 && !word.contains("--") && !word.contains(':');
        match (is_time, is_hex, is_blob) {
            (true, ..) => "TIME".to_owned(),
            (_, true, _) => "HEX".to_owned(),
            (_, _, true) => "BASE64".to_owned(),
            _ => word.to_owned(),
        }
    }
}

/// Without the numbers that depend on how slow the machine is: how many commits and entries there are.
pub(super) fn steady(line: &str) -> String {
    let mut steady = String::new();
    let mut rest = line;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (before, number) = rest.split_at(start);
        let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
        let (number, after) = number.split_at(end);
        let is_count = ["revision ", "revision  ", "entry  ", "next entry  ", "before entry ", "fresh  "]
            .iter()
            .chain(&["revision\":", "sequence\":", "entries\":", "first\":", "last\":", "fresh\":"])
            .any(|name| before.trim_end().ends_with(name.trim_end()))
            || [" records", " entries", " audit"].iter().any(|name| after.starts_with(name))
            || before.is_empty() && steady.is_empty() && after.trim_start().starts_with("TIME  ");
        steady.push_str(before);
        steady.push_str(if is_count { "N" } else { number });
        rest = after;
    }
    (steady + rest).trim_end().to_owned()
}

fn is_uuid(text: &str) -> bool {
    text.char_indices().all(|(at, c)| match at {
        8 | 13 | 18 | 23 => c == '-',
        _ => c.is_ascii_digit() || ('a'..='f').contains(&c),
    })
}

#[test]
fn the_first_ten_minutes() {
    type_in("first-ten-minutes.txt");
}

#[test]
fn the_life_of_a_key() {
    type_in("life-of-a-key.txt");
}

#[test]
fn callers_policies_and_grants() {
    type_in("callers.txt");
}

#[test]
fn mistakes_and_what_comes_of_them() {
    type_in("mistakes.txt");
}

#[test]
fn the_log_and_its_auditor() {
    type_in("audit.txt");
}

#[test]
fn what_opens_the_vault() {
    type_in("slots.txt");
}

#[test]
fn a_bundle_is_made_drilled_and_restored() {
    type_in("backup.txt");
}

#[test]
fn a_key_goes_from_one_vault_to_another() {
    type_in("peers.txt");
}

#[test]
fn damage_is_found_put_right_and_destroyed() {
    type_in("repair.txt");
}

#[test]
fn keys_as_code() {
    type_in("keys-as-code.txt");
}

#[test]
fn files_of_any_size() {
    type_in("files.txt");
}
