//! What the libraries show to other programs: a committed listing of each, and which other crates' types are in it.
//!
//! `rustdoc` describes a crate in JSON on a nightly toolchain only, so it is told to be one; nothing else is.

mod foreign;

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use public_api::{Builder, MINIMUM_NIGHTLY_RUST_VERSION};

use crate::tree::Tree;
use crate::{Outcome, only_known, process};

/// Where the listings are, one file for each library.
const FOLDER: &str = "xtask/public_api";

/// A library, and which of its features the listing is of.
struct Library {
    package: &'static str,
    features: &'static [&'static str],
    /// Other crates that its listing names.
    foreign: &'static [&'static str],
}

/// The libraries that other programs are linked with. The facade only hands on what these show.
const LIBRARIES: &[Library] = &[
    Library {
        package: "strongroom-core",
        features: &["--features", "flash,hpke,device"],
        // `sha2` is in a bound that a derive wrote, and in no type.
        foreign: &["embedded_storage", "heapless", "rand_core", "serde_core", "sha2", "zeroize"],
    },
    Library { package: "strongroom-std", features: &[], foreign: &["embedded_storage", "zeroize"] },
    Library {
        package: "strongroom-server",
        features: &[],
        foreign: &["bytes", "http", "rustls", "rustls_pki_types", "zeroize"],
    },
];

/// Compares every library with its listing, or with `--update` writes them.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--update"], &[])?;
    let is_update = !arguments.is_empty();
    let rustdoc = rustdoc(&folder(tree))?;
    let (mut count, mut wrong) = (0usize, Vec::new());
    for library in LIBRARIES {
        let listing = listing(tree, library, &rustdoc)?;
        count = count.saturating_add(listing.lines().count());
        let file = format!("{FOLDER}/{}.txt", library.package);
        for name in foreign::crates(&listing).iter().filter(|name| !library.foreign.contains(&name.as_str()))
        {
            wrong.push(format!("{} shows something of the crate `{name}`", library.package));
        }
        if is_update {
            std::fs::write(tree.path(&file), &listing).map_err(|error| format!("{file}: {error}"))?;
        } else {
            wrong.extend(differences(&tree.read(&file)?, &listing).map(|line| format!("{file}: {line}")));
        }
    }
    if wrong.is_empty() {
        println!("public-api: {} libraries, {count} lines, as listed", LIBRARIES.len());
        Ok(())
    } else {
        let advice = "what is meant: `cargo xtask public-api --update`, and a line in CHANGELOG.md";
        Err(format!("{} differences; {advice}\n  {}", wrong.len(), wrong.join("\n  ")))
    }
}

/// Where builds go.
fn folder(tree: &Tree) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| tree.path("target"), |folder| tree.root().join(folder))
}

/// A `rustdoc` that takes itself for a nightly one. If all of cargo did, build scripts would see it, and everything were
/// built anew each time.
fn rustdoc(folder: &Path) -> Result<PathBuf, String> {
    let script = folder.join("rustdoc-json.sh");
    let wrong = |error: std::io::Error| format!("{}: {error}", script.display());
    std::fs::create_dir_all(folder).map_err(wrong)?;
    std::fs::write(&script, "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc \"$@\"\n").map_err(wrong)?;
    std::fs::set_permissions(&script, Permissions::from_mode(0o755)).map_err(wrong)?;
    Ok(script)
}

/// The items of a library, one a line, sorted; without what every type has.
fn listing(tree: &Tree, library: &Library, rustdoc: &Path) -> Result<String, String> {
    let mut cargo = process::cargo();
    cargo
        .args(["rustdoc", "--locked", "--quiet", "--lib", "--package", library.package])
        .args(library.features);
    cargo.args(["--", "-Zunstable-options", "--output-format=json", "--cap-lints=allow"]);
    process::run(cargo.current_dir(tree.root()).env("RUSTDOC", rustdoc).env_remove("RUSTDOCFLAGS"))?;
    let name = library.package.replace('-', "_");
    let json = folder(tree).join("doc").join(name).with_extension("json");
    let api = Builder::from_rustdoc_json(&json).omit_blanket_impls(true).omit_auto_trait_impls(true).build();
    let api = api.map_err(|error| {
        format!(
            "{error}\nthe crate `public-api` reads the JSON of {MINIMUM_NIGHTLY_RUST_VERSION} and later; \
             after a change of the compiler, take the version of it that fits (docs/dependencies.md)"
        )
    })?;
    Ok(api.items().map(|item| format!("{item}\n")).collect())
}

/// Lines that were there and are gone, and lines that are new.
fn differences<'a>(listed: &'a str, now: &'a str) -> impl Iterator<Item = String> + 'a {
    let missing = move |one: &'a str, other: &'a str, mark: char| {
        one.lines()
            .filter(move |line| !other.lines().any(|known| known == *line))
            .map(move |line| format!("{mark} {line}"))
    };
    missing(listed, now, '-').chain(missing(now, listed, '+'))
}

#[cfg(test)]
mod tests {
    use super::differences;

    #[test]
    fn what_came_and_what_went_is_told() {
        let told: Vec<_> = differences("a\nb\nc\n", "a\nc\nd\n").collect();
        assert_eq!(told, ["- b", "+ d"]);
        assert_eq!(differences("a\n", "a\n").count(), 0);
    }
}
