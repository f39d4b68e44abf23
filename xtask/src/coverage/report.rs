//! What `llvm-cov export` tells: how many regions each file has, and how many of them ran.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::Value;

/// Regions of code, and how many of them ran.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Regions {
    pub regions: usize,
    pub covered: usize,
}

impl Regions {
    /// Of a hundred, rounded down; nothing of nothing.
    pub(super) fn percent(self) -> Option<usize> {
        self.covered.saturating_mul(100).checked_div(self.regions)
    }
}

/// The files of the tree that are in the programs.
#[derive(Debug)]
pub(super) struct Report(BTreeMap<String, Regions>);

impl Report {
    /// Reads the summary; files outside the tree are passed over.
    pub(super) fn read(json: &str, root: &Path) -> Result<Self, String> {
        let value: Value = serde_json::from_str(json).map_err(|error| format!("llvm-cov: {error}"))?;
        let files =
            value.pointer("/data/0/files").and_then(Value::as_array).ok_or("llvm-cov tells of no files")?;
        let mut found = BTreeMap::new();
        for file in files {
            let name = file
                .get("filename")
                .and_then(Value::as_str)
                .ok_or("llvm-cov tells of a file without a name")?;
            let Ok(name) = Path::new(name).strip_prefix(root) else { continue };
            let number = |what: &str| {
                let number = file.pointer(&format!("/summary/regions/{what}")).and_then(Value::as_u64);
                number
                    .and_then(|number| usize::try_from(number).ok())
                    .ok_or(format!("llvm-cov does not tell the {what}"))
            };
            let regions = Regions { regions: number("count")?, covered: number("covered")? };
            found.insert(name.display().to_string(), regions);
        }
        Ok(Report(found))
    }

    /// The files whose paths begin so.
    pub(super) fn files(&self, places: &[&str]) -> impl Iterator<Item = (&str, Regions)> {
        let is_there = move |file: &str| places.iter().any(|place| file.starts_with(place));
        self.0.iter().filter(move |(file, _)| is_there(file)).map(|(file, regions)| (file.as_str(), *regions))
    }

    /// All of them together.
    pub(super) fn sum(&self, places: &[&str]) -> Regions {
        self.files(places).fold(Regions::default(), |sum, (_, one)| Regions {
            regions: sum.regions.saturating_add(one.regions),
            covered: sum.covered.saturating_add(one.covered),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{Regions, Report};

    #[test]
    fn files_of_the_tree_are_summed() {
        let file = |name: &str, count: u32, covered: u32| {
            format!(
                r#"{{"filename":"{name}","summary":{{"regions":{{"count":{count},"covered":{covered}}}}}}}"#
            )
        };
        let files = [file("/t/core/a.rs", 10, 9), file("/t/core/b.rs", 5, 1), file("/other/core/a.rs", 7, 7)];
        let report =
            Report::read(&format!(r#"{{"data":[{{"files":[{}]}}]}}"#, files.join(",")), Path::new("/t"))
                .unwrap();
        assert_eq!(report.sum(&["core/"]), Regions { regions: 15, covered: 10 });
        assert_eq!(report.sum(&["core/"]).percent(), Some(66));
        assert_eq!(report.sum(&["core/a", "core/b"]), report.sum(&["core/"]));
        assert_eq!(report.sum(&["server/"]).percent(), None);
        assert!(Report::read("{}", Path::new("/t")).is_err());
    }
}
