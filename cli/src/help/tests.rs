//! Every command is explained, completed, in the manual, and in the documentation.
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]

use std::path::Path;
use std::process::Command as Program;

use clap::{Command, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man as Page;

use super::topics;
use crate::arguments::Arguments;

const DOCUMENTATION: &str = include_str!("../../../docs/command.md");

/// The words of every command that can be given, such as `key import material`.
fn commands() -> Vec<String> {
    let mut command = Arguments::command();
    command.build();
    let mut found = Vec::new();
    collect(&command, "", &mut found);
    assert!(found.len() > 60, "{found:?}");
    found
}

fn collect(command: &Command, before: &str, found: &mut Vec<String>) {
    for next in command.get_subcommands() {
        let words = format!("{before} {}", next.get_name()).trim().to_owned();
        if next.has_subcommands() {
            collect(next, &words, found);
        } else {
            found.push(words);
        }
    }
}

/// The commands that the table of the documentation names: in a row, a first word holds for those behind it.
fn documented() -> Vec<String> {
    let known = commands();
    let table = DOCUMENTATION.split("## Commands").nth(1).unwrap().split("\n## ").next().unwrap();
    let mut found = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let cell = row.split(" | ").next().unwrap();
        let mut family = String::new();
        for words in cell.split('`').skip(1).step_by(2) {
            let inherited = format!("{family} {words}").trim().to_owned();
            let words = if known.contains(&inherited) { inherited } else { words.to_owned() };
            family = words.rsplit_once(' ').map_or_else(String::new, |(family, _)| family.to_owned());
            found.push(words);
        }
    }
    found
}

#[test]
fn every_command_has_its_place_in_the_documentation_and_no_other_has() {
    let (mut there, mut told) = (commands(), documented());
    there.sort();
    told.sort();
    assert_eq!(told, there);
}

#[test]
fn every_command_and_every_option_says_what_it_is() {
    fn check(command: &Command) {
        for next in command.get_subcommands() {
            assert!(next.get_about().is_some(), "{}", next.get_name());
            let unexplained = next.get_arguments().find(|argument| argument.get_help().is_none());
            assert!(unexplained.is_none(), "{}: {unexplained:?}", next.get_name());
            check(next);
        }
    }
    check(&Arguments::command());
}

#[test]
fn every_topic_is_named_in_the_help_and_no_line_is_too_long_for_a_terminal() {
    let after = Arguments::command().get_after_help().unwrap().to_string();
    let after = after.split_whitespace().collect::<Vec<_>>().join(" ");
    let list = after.split("says more: ").nth(1).unwrap().trim_end_matches('.');
    assert_eq!(list.split(", ").collect::<Vec<_>>(), topics::names().collect::<Vec<_>>());
    for name in topics::names() {
        let text = topics::text(name).unwrap();
        assert!(text.ends_with('\n') && text.lines().all(|line| line.chars().count() <= 100), "{name}");
    }
}

fn completions(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "strongroom", &mut script);
    String::from_utf8(script).unwrap()
}

#[test]
fn completions_name_every_command() {
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let script = completions(shell);
        for command in commands() {
            for word in command.split(' ') {
                let is_there = script.contains(&format!(" {word} "))
                    || ["'", "\"", "(", ")", "\n", ":", ","]
                        .iter()
                        .any(|end| script.contains(&format!("{word}{end}")));
                assert!(is_there, "{shell} does not complete `{command}`");
            }
        }
    }
}

/// Shells that are there read their script without complaint.
#[test]
fn completions_are_scripts_of_their_shells() {
    let folder = tempfile::tempdir().unwrap();
    for shell in [Shell::Bash, Shell::Zsh, Shell::Fish] {
        let path = folder.path().join(shell.to_string());
        std::fs::write(&path, completions(shell)).unwrap();
        match Program::new(shell.to_string()).arg("-n").arg(&path).output() {
            Ok(read) => {
                assert!(
                    read.status.success() && read.stderr.is_empty(),
                    "{shell}: {}",
                    String::from_utf8_lossy(&read.stderr)
                );
            }
            Err(_) => println!("SKIPPED: {shell} cannot be had"),
        }
    }
}

#[test]
fn there_is_a_manual_page_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    clap_mangen::generate_to(Arguments::command(), folder.path()).unwrap();
    for command in commands() {
        let name = format!("strongroom-{}", command.replace(' ', "-"));
        let page = std::fs::read_to_string(folder.path().join(format!("{name}.1"))).unwrap_or_default();
        assert!(page.contains(".TH ") && page.contains("SYNOPSIS"), "no page for `{command}`");
        assert!(page.contains(".SH DESCRIPTION"), "`{command}` is not described");
    }
    let mut page = Vec::new();
    Page::new(Arguments::command()).render(&mut page).unwrap();
    let page = String::from_utf8(page).unwrap();
    for command in Arguments::command().get_subcommands() {
        let name = format!("strongroom\\-{}(1)", command.get_name().replace('-', "\\-"));
        assert!(page.contains(&name), "the manual page does not name `{}`", command.get_name());
    }
    renders(&folder.path().join("strongroom.1"));
}

/// With groff, where it is there.
fn renders(page: &Path) {
    match Program::new("groff").args(["-man", "-Tutf8", "-ww"]).arg(page).output() {
        Ok(shown) => {
            let said = String::from_utf8_lossy(&shown.stderr).into_owned();
            assert!(shown.status.success() && said.is_empty(), "{said}");
            assert!(String::from_utf8_lossy(&shown.stdout).contains("backup"));
        }
        Err(_) => println!("SKIPPED: groff cannot be had"),
    }
}
