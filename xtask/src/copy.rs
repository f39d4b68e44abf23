//! A copy of the tree that bugs are planted in. It is kept between runs, with its build, so that each bug rebuilds only
//! what it changed.

use std::fs::File;
use std::path::{Path, PathBuf};

use crate::Outcome;
use crate::planted_bugs::PlantedBug;
use crate::tree::Tree;

/// A copy of the tree, and a folder for what is built from it.
pub(crate) struct Copy {
    folder: PathBuf,
    /// Held while this lives: two runs in one copy would see each other's bugs.
    _lock: File,
}

impl Copy {
    /// Brings the copy for one purpose up to date; files that are the same keep their time stamps.
    pub(crate) fn of(tree: &Tree, purpose: &str) -> Result<Self, String> {
        let folder = std::env::temp_dir().join(format!("strongroom-{purpose}"));
        let wrong = |error: std::io::Error| format!("{}: {error}", folder.display());
        std::fs::create_dir_all(folder.join("tree")).map_err(wrong)?;
        let lock = File::create(folder.join("lock")).map_err(wrong)?;
        if lock.try_lock().is_err() {
            println!("waiting for another run in {}", folder.display());
            lock.lock().map_err(wrong)?;
        }
        let copy = Copy { folder, _lock: lock };

        let wanted = tree.files()?;
        let present = Tree::at(copy.tree()).files()?;
        for gone in present.iter().filter(|file| !wanted.contains(file)) {
            std::fs::remove_file(copy.tree().join(gone)).map_err(|error| format!("{gone}: {error}"))?;
        }
        for file in &wanted {
            copy.refresh(tree, file)?;
        }
        Ok(copy)
    }

    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// Whether a row's text stands in its file exactly once, and its bug changes anything.
    pub(crate) fn has_place_for(&self, row: &PlantedBug) -> Result<bool, String> {
        Ok(row.has_place_in(&self.text(row)?))
    }

    /// Puts a bug in.
    pub(crate) fn plant(&self, row: &PlantedBug) -> Outcome {
        write(&self.tree().join(row.file), self.text(row)?.replacen(row.find, row.replace, 1).as_bytes())
    }

    fn text(&self, row: &PlantedBug) -> Result<String, String> {
        std::fs::read_to_string(self.tree().join(row.file)).map_err(|error| format!("{}: {error}", row.file))
    }

    /// Takes a bug out.
    pub(crate) fn restore(&self, tree: &Tree, row: &PlantedBug) -> Outcome {
        self.refresh(tree, row.file)
    }

    fn refresh(&self, tree: &Tree, file: &str) -> Outcome {
        let (from, to) = (tree.path(file), self.tree().join(file));
        let content = std::fs::read(&from).map_err(|error| format!("{file}: {error}"))?;
        if std::fs::read(&to).is_ok_and(|present| present == content) {
            return Ok(());
        }
        if let Some(folder) = to.parent() {
            std::fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        }
        // With its permissions: tests may run scripts.
        std::fs::copy(&from, &to).map_err(|error| format!("{file}: {error}"))?;
        write(&to, &content)
    }
}

fn write(path: &Path, content: &[u8]) -> Outcome {
    std::fs::write(path, content).map_err(|error| format!("{}: {error}", path.display()))
}
