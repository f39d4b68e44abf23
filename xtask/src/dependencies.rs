//! What `cargo deny` would check and needs no database for: licences, sources, bans and duplicates.
//!
//! The licences come from `deny.toml`, so that both ask for the same. Advisories need `cargo deny check advisories`.

use std::collections::BTreeSet;

use crate::tree::Tree;
use crate::{Outcome, process};

/// Packages that must not be part of the vault: it is pure Rust.
const BANNED: &[&str] = &["bindgen", "cc", "cmake", "openssl", "pkg-config"];

/// Checks the packages that are shipped, and core's own tree for duplicates.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let deny = tree.read("deny.toml")?;
    let allowed: BTreeSet<&str> = list(&deny, "allow").filter(|licence| !licence.is_empty()).collect();
    if allowed.is_empty() {
        return Err("deny.toml allows no licence".to_owned());
    }
    let mut wrong = Vec::new();

    let all = cargo_tree(tree, &["--workspace", "--edges", "all", "--target", "all"])?;
    for (package, licence) in &all {
        if !is_allowed(licence, &allowed) {
            wrong.push(format!("{package} has the licence `{licence}`"));
        }
        // A path within the tree, or nothing for the registry; anything else is a repository.
        if package.contains("://") {
            wrong.push(format!("{package} is not from the registry"));
        }
    }
    let shipped = cargo_tree(tree, &["--package", "strongroom", "--edges", "normal,build"])?;
    for (package, _) in &shipped {
        let name = package.split(' ').next().unwrap_or_default();
        if BANNED.contains(&name) || name.ends_with("-sys") {
            wrong.push(format!("{package} is banned: no C in the vault"));
        }
    }
    let core =
        cargo_tree(tree, &["--package", "strongroom-core", "--edges", "normal", "--no-default-features"])?;
    let names: Vec<&str> = core.iter().filter_map(|(package, _)| package.split(' ').next()).collect();
    for pair in names.windows(2).filter(|pair| pair.first() == pair.last()) {
        wrong.push(format!("core has two versions of {pair:?}"));
    }

    if wrong.is_empty() {
        println!("dependencies: {} packages, {} shipped, {} in core", all.len(), shipped.len(), core.len());
        Ok(())
    } else {
        Err(format!("{} wrong\n  {}", wrong.len(), wrong.join("\n  ")))
    }
}

/// Packages and their licences, sorted, each once.
fn cargo_tree(tree: &Tree, arguments: &[&str]) -> Result<Vec<(String, String)>, String> {
    let mut command = process::cargo();
    command.args(["tree", "--locked", "--prefix", "none", "--format", "{p}\t{l}"]).args(arguments);
    let output = process::output(command.current_dir(tree.root()))?;
    let packages: BTreeSet<(String, String)> = output
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .map(|(package, licence)| (package.to_owned(), licence.trim_end_matches(" (*)").to_owned()))
        .collect();
    Ok(packages.into_iter().collect())
}

/// Whether a licence expression can be met: `OR` offers, `AND` demands, `/` is an old `OR`.
fn is_allowed(expression: &str, allowed: &BTreeSet<&str>) -> bool {
    let flat = expression.replace(['(', ')'], " ").replace('/', " OR ");
    let has_both = flat.contains(" AND ") && flat.contains(" OR ");
    if has_both && expression.contains('(') {
        // `(A OR B) AND C`: each bracket and each word between must be met.
        return expression.split(" AND ").all(|part| is_allowed(part.trim_matches(['(', ')', ' ']), allowed));
    }
    flat.split(" OR ").any(|offer| offer.split(" AND ").all(|licence| allowed.contains(licence.trim())))
}

/// The strings of `name = ["a", "b"]`, over one or several lines.
fn list<'a>(toml: &'a str, name: &str) -> impl Iterator<Item = &'a str> {
    let found = toml.split_once(&format!("\n{name} = [")).map_or("", |(_, rest)| rest);
    let body = found.split_once(']').map_or("", |(body, _)| body);
    body.split('"').skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::is_allowed;

    #[test]
    fn licence_expressions() {
        let allowed = BTreeSet::from(["MIT", "Unicode-3.0"]);
        for good in ["MIT", "MIT OR GPL-3.0", "GPL-3.0/MIT", "(MIT OR Apache-2.0) AND Unicode-3.0"] {
            assert!(is_allowed(good, &allowed), "{good}");
        }
        for bad in ["", "GPL-3.0", "MIT AND GPL-3.0", "(MIT OR Apache-2.0) AND GPL-3.0"] {
            assert!(!is_allowed(bad, &allowed), "{bad}");
        }
    }
}
