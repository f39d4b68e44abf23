//! The command as its users meet it: arguments, files and standard input in; text and exit status out.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stdout,
    reason = "a test that is wrong about this fails, and one that is skipped says so"
)]

#[cfg(target_os = "linux")]
#[path = "command/alike.rs"]
mod alike;
#[cfg(target_os = "linux")]
#[path = "command/book.rs"]
mod book;
#[cfg(target_os = "linux")]
#[path = "command/both_sides.rs"]
mod both_sides;
#[path = "command/check.rs"]
mod check;
#[cfg(target_os = "linux")]
#[path = "command/dist.rs"]
mod dist;
#[cfg(target_os = "linux")]
#[path = "command/endpoint.rs"]
mod endpoint;
#[path = "command/evaluate.rs"]
mod evaluate;
#[path = "command/explain.rs"]
mod explain;
#[path = "command/files.rs"]
mod files;
#[cfg(target_os = "linux")]
#[path = "command/interruption.rs"]
mod interruption;
#[cfg(target_os = "linux")]
#[path = "command/kept.rs"]
mod kept;
#[cfg(target_os = "linux")]
#[path = "command/serve.rs"]
mod serve;
#[cfg(target_os = "linux")]
#[path = "command/served.rs"]
mod served;
#[cfg(target_os = "linux")]
#[path = "command/serving.rs"]
mod serving;
#[cfg(unix)]
#[path = "command/terminal.rs"]
mod terminal;
#[cfg(target_os = "linux")]
#[path = "command/transcripts.rs"]
mod transcripts;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// What a run of the command left.
struct Ran {
    status: i32,
    out: String,
    err: String,
    bytes: Vec<u8>,
}

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_strongroom"))
}

/// Runs it with these arguments and this standard input.
fn run(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = command()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Ran {
        status: status.code().unwrap(),
        out: String::from_utf8_lossy(&stdout).into_owned(),
        err: String::from_utf8(stderr).unwrap(),
        bytes: stdout,
    }
}

/// A file with this text, in a folder that goes with the test.
fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// A key policy with nothing to complain about.
const KEY_POLICY: &str = r#"{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Enable IAM User Permissions",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::111122223333:root"
      },
      "Action": "kms:*",
      "Resource": "*"
    },
    {
      "Sid": "the backup job",
      "Effect": "Allow",
      "Principal": {
        "AWS": "arn:aws:iam::111122223333:role/Backup"
      },
      "Action": [
        "kms:Decrypt",
        "kms:GenerateDataKey"
      ],
      "Resource": "*",
      "Condition": {
        "StringEquals": {
          "kms:EncryptionContext:purpose": "backup"
        }
      }
    }
  ]
}
"#;

#[test]
fn help_says_what_there_is_and_wrong_usage_has_status_2() {
    let ran = run(&["--help"], b"");
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(ran.out.contains("policy") && ran.err.is_empty());
    for name in ["evaluate", "check", "compile", "decompile", "explain"] {
        let ran = run(&["policy", name, "--help"], b"");
        assert_eq!(ran.status, 0);
        assert!(ran.out.contains("Example"), "{name} has no example\n{}", ran.out);
    }
    let ran = run(&["policy", "chekc", "x"], b"");
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("'check'") && ran.out.is_empty(), "{}", ran.err);
    assert_eq!(run(&["policy", "check"], b"").status, 2);
    assert_eq!(run(&["policy", "check", "--kind", "grant", "-"], b"").status, 2);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    for command in ["check", "compile", "decompile"] {
        let ran = run(&["policy", command, "no/such/file"], b"");
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{command}");
        assert!(ran.err.contains("no/such/file"), "{}", ran.err);
    }
    let huge = vec![b' '; (1 << 20) + 1];
    let ran = run(&["policy", "check", "-"], &huge);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("standard input") || ran.err.contains('-'), "{}", ran.err);
}

#[test]
fn the_example_of_the_documentation_is_planned_as_it_says_and_applied_once() {
    let text = include_str!("../../docs/keys-as-code.md");
    let block = |kind: &str| text.split(&format!("```{kind}\n")).nth(1).unwrap().split("```").next().unwrap();
    let folder = folder();
    let policy = KEY_POLICY.replace("111122223333", "000000000000");
    let of_caller = r#"{ "Statement": { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" } }"#;
    std::fs::create_dir(folder.path().join("policies")).unwrap();
    for (name, text) in [
        ("keys.toml", block("toml")),
        ("policies/payments.json", &policy),
        ("policies/worker.json", of_caller),
    ] {
        file(&folder, name, text);
    }
    let at = |arguments: &[&str]| {
        let ran = command()
            .args(arguments)
            .env("STRONGROOM_VAULT", "app.vault")
            .env("STRONGROOM_KEY_FILE", "app.key")
            .current_dir(folder.path())
            .output()
            .unwrap();
        let err = String::from_utf8(ran.stderr).unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stdout).unwrap() + &err)
    };
    assert_eq!(at(&["init", "--make-key-file"]).0, 0);
    let shown: Vec<&str> = block("console").lines().filter(|line| !line.starts_with('$')).collect();
    assert_eq!(at(&["plan", "keys.toml"]), (1, shown.join("\n") + "\n"));
    assert_eq!(at(&["apply", "keys.toml", "--yes"]).0, 0);
    let nothing = "nothing to change: the vault is as declared\n".to_owned();
    assert_eq!(at(&["plan", "keys.toml"]), (0, nothing.clone()));
    assert_eq!(at(&["apply", "keys.toml"]), (0, nothing));
}
