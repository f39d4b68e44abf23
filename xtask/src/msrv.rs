//! The oldest Rust that each library builds with: what its manifest says must hold for everything that it is linked with.
//!
//! Whether its own code asks for a newer standard library, the lint `incompatible_msrv` sees. Whether it asks for a newer
//! language, only that compiler tells: it is run where `rustup` has it.

use std::collections::BTreeMap;
use std::process::Command;

use serde_json::Value;

use crate::tree::Tree;
use crate::{Outcome, only_known, process};

/// The libraries, with all of their features that are about code.
const LIBRARIES: &[(&str, &[&str])] = &[
    ("strongroom-core", &["--features", "flash,hpke,device"]),
    ("strongroom-std", &[]),
    ("strongroom-server", &[]),
    ("strongroom", &["--features", "flash,hpke,device"]),
];

/// A version of Rust: two or three numbers.
type Version = Vec<u32>;

/// Checks every library against what its manifest says.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &[], &[])?;
    let wanted = wanted(tree)?;
    let installed = process::output(Command::new("rustup").args(["toolchain", "list"])).unwrap_or_default();
    for (library, features) in LIBRARIES {
        let is_it = |name: &str| name.split(' ').next() == Some(*library);
        let (_, own) = wanted.iter().find(|(name, _)| is_it(name)).ok_or(format!("there is no {library}"))?;
        let own = own.as_ref().ok_or(format!("{library} does not say which Rust it needs"))?;
        let linked = linked(tree, library, features)?;
        let newer = linked.iter().filter(|name| is_newer(wanted.get(*name).and_then(Option::as_ref), own));
        let newer: Vec<&str> = newer.map(String::as_str).collect();
        if !newer.is_empty() {
            return Err(format!(
                "{library} is to build with Rust {}, and these are not: {newer:?}",
                told(own)
            ));
        }
        let built = if installed.lines().any(|line| line.starts_with(&format!("{}-", told(own)))) {
            let toolchain = format!("+{}", told(own));
            let mut cargo = Command::new("cargo");
            // By way of rustup, which the cargo that runs us would pass by.
            cargo.args([&toolchain, "check", "--locked", "--package", library]).args(*features);
            cargo.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN").env("CARGO_TARGET_DIR", "target/msrv");
            process::run(cargo.current_dir(tree.root()))?;
            "built with it".to_owned()
        } else {
            let (name, version) = (library, told(own));
            format!(
                "not built with it: `rustup toolchain install {version} --profile minimal` and `cargo +{version} check -p {name}`"
            )
        };
        println!(
            "msrv: {library}: Rust {}, and none of its {} packages asks for more; {built}",
            told(own),
            linked.len()
        );
    }
    Ok(())
}

/// What every package says of the Rust that it needs, by name and version.
fn wanted(tree: &Tree) -> Result<BTreeMap<String, Option<Version>>, String> {
    let mut cargo = process::cargo();
    cargo.args(["metadata", "--format-version", "1", "--locked"]).current_dir(tree.root());
    let value: Value =
        serde_json::from_str(&process::output(&mut cargo)?).map_err(|error| error.to_string())?;
    let packages =
        value.pointer("/packages").and_then(Value::as_array).ok_or("cargo tells of no packages")?;
    let text = |package: &Value, name: &str| package.get(name).and_then(Value::as_str).map(str::to_owned);
    let entry = |package: &Value| {
        let name = format!("{} v{}", text(package, "name")?, text(package, "version")?);
        Some((name, text(package, "rust_version").as_deref().and_then(version)))
    };
    packages
        .iter()
        .map(|package| entry(package).ok_or("cargo tells of a package without a name".to_owned()))
        .collect()
}

/// The packages that a library is linked with or built by, by name and version.
fn linked(tree: &Tree, library: &str, features: &[&str]) -> Result<Vec<String>, String> {
    let mut cargo = process::cargo();
    cargo.args(["tree", "--locked", "--prefix", "none", "--format", "{p}", "--edges", "normal,build"]);
    cargo.args(["--package", library]).args(features).current_dir(tree.root());
    let output = process::output(&mut cargo)?;
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let mut names: Vec<String> = output.lines().map(name).collect();
    names.sort();
    names.dedup();
    Ok(names)
}

fn version(text: &str) -> Option<Version> {
    text.split('.').map(|part| part.parse().ok()).collect()
}

fn told(version: &Version) -> String {
    version.iter().map(u32::to_string).collect::<Vec<_>>().join(".")
}

/// Whether a package needs more than this; one that does not say is believed to need nothing.
fn is_newer(needs: Option<&Version>, than: &Version) -> bool {
    let whole =
        |version: &Version| (0..3).map(|at| version.get(at).copied().unwrap_or(0)).collect::<Vec<_>>();
    needs.is_some_and(|needs| whole(needs) > whole(than))
}

#[cfg(test)]
mod tests {
    use super::{is_newer, version};

    #[test]
    fn versions_compare_as_numbers() {
        let newer = |one: &str, other: &str| is_newer(version(one).as_ref(), &version(other).unwrap());
        assert!(newer("1.100", "1.88") && newer("1.88.1", "1.88") && newer("2", "1.88"));
        assert!(!newer("1.88.0", "1.88") && !newer("1.9", "1.88") && !newer("1.88", "1.88.0"));
        assert!(!newer("", "1.88") && version("1.x").is_none());
    }
}
