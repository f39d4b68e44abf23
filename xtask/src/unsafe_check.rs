//! No unsafe code: every package forbids it, and a search agrees.

use crate::tree::Tree;
use crate::{Outcome, source};

/// Files that may hold unsafe code, each with the reason.
const ALLOWED: &[(&str, &str)] = &[
    ("firmware/src/board/alone.rs", "statics of a program with one thread"),
    ("firmware/src/board/arm.rs", "start-up, and which addresses are whose"),
    ("firmware/src/board/registers.rs", "registers are reached by their addresses"),
    ("firmware/src/board/riscv.rs", "start-up, and which addresses are whose"),
    ("firmware/src/board/stack.rs", "paints the stack, and looks at it"),
];
/// The package whose start-up they are: it denies unsafe code, and each of these files says that it expects some.
const WITH_EXCEPTIONS: &str = "firmware/Cargo.toml";

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
        let how = if manifest == WITH_EXCEPTIONS { denies(&text) } else { forbids(&text, &workspace) };
        match how {
            Some(how) => println!("{manifest:<34} {how}"),
            None => wrong.push(format!("{manifest} does not forbid unsafe code")),
        }
    }
    let files = tree.files_ending(".rs")?;
    for file in &files {
        let code = source::code_only(&tree.read(file)?);
        if let Some((_, reason)) = ALLOWED.iter().find(|(allowed, _)| allowed == file) {
            println!("{file:<34} exempt: {reason}");
            if source::lines_with(&code, "unsafe").is_empty() {
                wrong.push(format!("{file} is exempt, and has no unsafe code"));
            }
            continue;
        }
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

/// How the manifest of a package with exceptions denies unsafe code elsewhere, if it does.
fn denies(manifest: &str) -> Option<&'static str> {
    section(manifest, "[lints.rust]")
        .any(|line| line.replace(' ', "") == "unsafe_code=\"deny\"")
        .then_some("denies it, but for the files below")
}

/// The lines of one table of a manifest.
fn section<'a>(text: &'a str, table: &str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .map(str::trim)
        .skip_while(move |line| *line != table)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
}
