//! No unsafe code: every package forbids it, and a search agrees.

use crate::tree::Tree;
use crate::{Outcome, source};

/// Files that may hold unsafe code, each with the reason. None does yet; the firmware's start-up will.
const ALLOWED: &[(&str, &str)] = &[];

/// Lists how each package forbids unsafe code, and looks for the word in every source file.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let mut wrong = Vec::new();
    let workspace = tree.read("Cargo.toml")?;
    for manifest in tree.files_ending("Cargo.toml")? {
        let text = tree.read(&manifest)?;
        if !text.lines().any(|line| line.trim() == "[package]") {
            continue;
        }
        match forbids(&text, &workspace) {
            Some(how) => println!("{manifest:<34} {how}"),
            None => wrong.push(format!("{manifest} does not forbid unsafe code")),
        }
    }
    let files = tree.files_ending(".rs")?;
    for file in &files {
        if ALLOWED.iter().any(|(allowed, _)| allowed == file) {
            continue;
        }
        let code = source::code_only(&tree.read(file)?);
        for line in source::lines_with(&code, "unsafe") {
            wrong.push(format!("{file}:{line} has unsafe code"));
        }
    }
    if wrong.is_empty() {
        println!("unsafe-check: {} files without unsafe code, {} exceptions", files.len(), ALLOWED.len());
        Ok(())
    } else {
        Err(format!("{} wrong\n  {}", wrong.len(), wrong.join("\n  ")))
    }
}

/// How a manifest forbids unsafe code, if it does.
fn forbids(manifest: &str, workspace: &str) -> Option<&'static str> {
    let forbidden = |text: &str, table: &str| {
        section(text, table).any(|line| line.replace(' ', "") == "unsafe_code=\"forbid\"")
    };
    if forbidden(manifest, "[lints.rust]") {
        Some("forbids it itself")
    } else if section(manifest, "[lints]").any(|line| line.replace(' ', "") == "workspace=true")
        && forbidden(workspace, "[workspace.lints.rust]")
    {
        Some("forbids it with the workspace")
    } else {
        None
    }
}

/// The lines of one table of a manifest.
fn section<'a>(text: &'a str, table: &str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .map(str::trim)
        .skip_while(move |line| *line != table)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}
