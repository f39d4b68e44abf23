//! The source tree: where it is, and which files belong to it.

use std::path::{Path, PathBuf};

use crate::process;

/// A source tree, by its root.
pub(crate) struct Tree {
    root: PathBuf,
}

impl Tree {
    /// The tree that the current directory lies in. Not the one this program was built from: planted bugs are looked
    /// for in a copy.
    pub(crate) fn find() -> Result<Self, String> {
        let here = std::env::current_dir().map_err(|error| format!("no current directory: {error}"))?;
        here.ancestors()
            .find(|folder| folder.join("xtask/src/planted_bugs.rs").is_file())
            .map(|root| Tree { root: root.to_owned() })
            .ok_or(format!("{} is not in the source tree", here.display()))
    }

    /// A tree somewhere else.
    pub(crate) fn at(root: PathBuf) -> Self {
        Tree { root }
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    pub(crate) fn read(&self, relative: &str) -> Result<String, String> {
        let path = self.path(relative);
        std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))
    }

    /// Every file that is or could be committed, from the root, sorted: tracked or new, not ignored, and still there.
    pub(crate) fn files(&self) -> Result<Vec<String>, String> {
        // A copy of the tree has no repository of its own, and must not be answered for by one around it.
        let listed = if self.path(".git").exists() {
            let arguments = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
            let output =
                process::output(std::process::Command::new("git").args(arguments).current_dir(&self.root))?;
            output.split('\0').filter(|name| !name.is_empty()).map(str::to_owned).collect()
        } else {
            let mut found = Vec::new();
            walk(&self.root, "", &mut found)?;
            found
        };
        let mut files: Vec<String> =
            listed.into_iter().filter(|name: &String| self.path(name).is_file()).collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// Every file whose name ends so.
    pub(crate) fn files_ending(&self, end: &str) -> Result<Vec<String>, String> {
        Ok(self.files()?.into_iter().filter(|name| name.ends_with(end)).collect())
    }
}

fn walk(root: &Path, prefix: &str, found: &mut Vec<String>) -> Result<(), String> {
    let folder = root.join(prefix);
    let entries = std::fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let entry = entry.map_err(|error| format!("{}: {error}", folder.display()))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let relative = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        if entry.path().is_dir() {
            if name != "target" {
                walk(root, &relative, found)?;
            }
        } else {
            found.push(relative);
        }
    }
    Ok(())
}
