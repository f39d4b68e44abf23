//! The corpora that are kept: the fewest inputs that reach what all of a run reached.

use std::path::Path;
use std::process::Command;

use crate::{Outcome, fuzz, process};

/// Targets whose inputs may be sealed bytes themselves, and the bits of the first byte one of which says that they are not: they
/// are changes, or there are no seals. What is sealed is not kept: by tomorrow's code it would be a true ciphertext that nothing
/// knows, or none at all.
const SEALED_UNLESS: &[(&str, u8)] =
    &[("audit", 3), ("bundle", 3), ("ciphertext", 1), ("import", 3), ("open", 3), ("peer", 3), ("stream", 3)];
/// No longer inputs are kept: what is short is read, and runs quickly.
const LEN_MAX: u64 = 4096;

/// Makes the corpus of one target anew out of it and what a run found. `cargo_fuzz` is `cargo fuzz`, ready for arguments.
pub(super) fn keep(
    cargo_fuzz: &mut Command,
    sanitizer: &str,
    target: &str,
    found: &Path,
    kept: &Path,
) -> Outcome {
    let wrong = |error: std::io::Error| format!("{}: {error}", kept.display());
    let fewest = found.with_extension("fewest");
    fuzz::empty(&fewest)?;
    std::fs::create_dir_all(&fewest).map_err(wrong)?;
    std::fs::create_dir_all(kept).map_err(wrong)?;
    for folder in [found, kept] {
        drop_sealed(target, folder)?;
    }
    cargo_fuzz.args(["run", "--sanitizer", sanitizer, target]).args([
        &fewest,
        &found.to_owned(),
        &kept.to_owned(),
    ]);
    // The fewest that reach each place; how often they do is not counted.
    process::run(cargo_fuzz.args(["--", "-set_cover_merge=1", "-use_counters=0", "-verbosity=0"]))?;
    fuzz::empty(kept)?;
    std::fs::create_dir_all(kept).map_err(wrong)?;
    let (mut count, mut len) = (0usize, 0u64);
    for entry in std::fs::read_dir(&fewest).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        len = len.saturating_add(std::fs::copy(entry.path(), kept.join(entry.file_name())).map_err(wrong)?);
        count = count.saturating_add(1);
    }
    println!("fuzz: {target}, {count} inputs kept, {len} bytes");
    Ok(())
}

/// Removes inputs that may hold sealed bytes, and long ones.
fn drop_sealed(target: &str, folder: &Path) -> Outcome {
    let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        let bytes = std::fs::read(&path).map_err(wrong)?;
        if may_be_sealed(target, &bytes) || u64::try_from(bytes.len()).map_or(true, |len| len > LEN_MAX) {
            std::fs::remove_file(&path).map_err(wrong)?;
        }
    }
    Ok(())
}

fn may_be_sealed(target: &str, input: &[u8]) -> bool {
    let bit = SEALED_UNLESS.iter().find(|(name, _)| *name == target).map(|(_, bit)| *bit);
    bit.is_some_and(|bit| input.first().is_none_or(|first| first & bit == 0))
}

#[cfg(test)]
mod tests {
    use super::{SEALED_UNLESS, may_be_sealed};
    use crate::fuzz::{CORPORA, targets};
    use crate::tree::Tree;

    #[test]
    fn inputs_that_hold_sealed_bytes_are_known_by_their_mode() {
        assert!(may_be_sealed("open", &[0, 1, 0]) && may_be_sealed("open", &[]));
        assert!(may_be_sealed("ciphertext", &[2]) && may_be_sealed("peer", &[4]));
        assert!(!may_be_sealed("open", &[3, 0, 0]) && !may_be_sealed("open", &[1]));
        assert!(!may_be_sealed("ciphertext", &[1]) && !may_be_sealed("policy", &[0]));
    }

    #[test]
    fn every_target_has_a_corpus_and_none_of_it_is_sealed() {
        let tree = Tree::find().unwrap();
        let targets = targets(&tree, "").unwrap();
        assert!(SEALED_UNLESS.iter().all(|(name, _)| targets.iter().any(|target| target == name)));
        for target in targets {
            let folder = tree.path(CORPORA).join(&target);
            let inputs = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{target}: {error}"));
            let sealed = inputs.filter(|entry| {
                may_be_sealed(&target, &std::fs::read(entry.as_ref().unwrap().path()).unwrap())
            });
            assert_eq!(sealed.count(), 0, "{target}");
        }
    }
}
