//! Which crate may be named where.

use crate::Outcome;
use crate::source::{code_only, lines_with};
use crate::tree::Tree;

/// Crates that compute something cryptographic, by the name that code uses. `zeroize` and `rand_core` compute nothing.
const CRYPTOGRAPHIC: &[&str] = &[
    "aead",
    "aes",
    "aes_gcm",
    "aes_kw",
    "argon2",
    "blake2",
    "chacha20",
    "chacha20poly1305",
    "cipher",
    "crypto_common",
    "ctr",
    "digest",
    "ed25519_dalek",
    "ghash",
    "hkdf",
    "hmac",
    "hpke",
    "k256",
    "ml_kem",
    "p256",
    "p384",
    "p521",
    "polyval",
    "rsa",
    "sha1",
    "sha2",
    "sha3",
    "signature",
    "subtle",
    "universal_hash",
    "x25519_dalek",
];

/// Where they may be named, and which.
const ALLOWED: &[(&str, &[&str])] = &[
    ("core/src/crypto/", CRYPTOGRAPHIC),
    ("std-shim/src/cryptography/", CRYPTOGRAPHIC),
    // The generator behind `Entropy`: it is not the vault's cryptography.
    ("std-shim/src/threads/entropy.rs", &["chacha20"]),
];

/// The packages of the vault, and which of them each may depend on: arrows point one way.
const ARROWS: &[(&str, &[&str])] = &[
    ("core/Cargo.toml", &[]),
    ("std-shim/Cargo.toml", &["strongroom-core"]),
    ("server/Cargo.toml", &["strongroom-core", "strongroom-std"]),
    ("cli/Cargo.toml", &["strongroom-core", "strongroom-server", "strongroom-std"]),
];

/// Where the sources of the packages of the vault lie.
const SOURCES: &[&str] = &["core/src/", "std-shim/src/", "server/src/", "cli/src/", "src/"];

/// Checks them all.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let mut wrong = Vec::new();
    let files = tree.files_ending(".rs")?;
    let ours = files.iter().filter(|file| SOURCES.iter().any(|folder| file.starts_with(folder)));
    let mut count = 0usize;
    for file in ours {
        count = count.saturating_add(1);
        let code = code_only(&tree.read(file)?);
        check_cryptography(file, &code, &mut wrong);
        if file.starts_with("core/src/") {
            check_no_system(file, &code, &mut wrong);
        }
    }
    for (manifest, may) in ARROWS {
        check_arrows(manifest, may, &tree.read(manifest)?, &mut wrong);
    }
    if wrong.is_empty() {
        println!("layering: {count} files, every import in its layer");
        Ok(())
    } else {
        Err(format!("{} wrong\n  {}", wrong.len(), wrong.join("\n  ")))
    }
}

fn check_cryptography(file: &str, code: &str, wrong: &mut Vec<String>) {
    for name in CRYPTOGRAPHIC {
        let is_allowed = ALLOWED.iter().any(|(place, names)| file.starts_with(place) && names.contains(name));
        if is_allowed || is_module_of_ours(code, name) {
            continue;
        }
        for (number, line) in (1usize..).zip(code.lines()) {
            if names_crate(line, name) {
                wrong.push(format!("{file}:{number} names the cryptographic crate `{name}`"));
            }
        }
    }
}

fn check_no_system(file: &str, code: &str, wrong: &mut Vec<String>) {
    for (number, line) in (1usize..).zip(code.lines()) {
        for name in ["std", "alloc"] {
            if names_crate(line, name) {
                wrong.push(format!("{file}:{number} names `{name}`, and core has neither"));
            }
        }
    }
}

fn check_arrows(manifest: &str, may: &[&str], text: &str, wrong: &mut Vec<String>) {
    for line in text.lines().map(str::trim_start) {
        let depends = line.starts_with("strongroom") && line.contains(['=', '.']);
        if depends && !may.iter().any(|name| line.starts_with(name)) {
            wrong.push(format!("{manifest} depends on {line}"));
        }
    }
}

/// Whether a name stands for a module of ours in this file: `use crate::limits::argon2`.
fn is_module_of_ours(code: &str, name: &str) -> bool {
    let imports =
        code.split(';').filter_map(|statement| statement.split_once("use ").map(|(_, import)| import));
    let mut ours = imports.filter(|import| {
        ["crate::", "super::", "self::", "strongroom_core::"].iter().any(|root| import.starts_with(root))
    });
    ours.any(|import| !lines_with(import, name).is_empty())
}

/// Whether a line of code names a crate: `name::…`, `use name…`, or `extern crate name`; not `self::name::…`.
fn names_crate(line: &str, name: &str) -> bool {
    let is_part = |each: char| each.is_alphanumeric() || each == '_';
    line.match_indices(name).any(|(at, found)| {
        let (before, rest) = line.split_at(at);
        let after = rest.strip_prefix(found).unwrap_or_default();
        if before.ends_with(is_part) || after.starts_with(is_part) {
            return false;
        }
        let inside_path = before.ends_with("::")
            && !before.trim_end_matches("::").trim_end().is_empty()
            && before.trim_end_matches("::").ends_with(is_part);
        let imported = before.trim_end().ends_with("use") || before.trim_end().ends_with("extern crate");
        !inside_path && (after.trim_start().starts_with("::") || imported)
    })
}

#[cfg(test)]
mod tests {
    use super::names_crate;

    #[test]
    fn crates_are_told_from_modules_and_words() {
        for line in
            ["use aes::Aes256;", "let x = aes::f();", "pub use aes;", "extern crate aes;", "::aes::f()"]
        {
            assert!(names_crate(line, "aes"), "{line}");
        }
        for line in ["use aes_gcm::A;", "crate::aes::f()", "let aes = 1;", "self::aes::f()", "maes::f()"] {
            assert!(!names_crate(line, "aes"), "{line}");
        }
    }
}
