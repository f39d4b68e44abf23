//! Counts by name, as they are committed, and how two of them differ.

use std::fmt::{Display, Formatter, Result};

/// Hundredths of what was committed: more above it is wrong, more below it is said.
const PERCENT_MAX: u64 = 2;

/// What each request takes, counted with one compiler.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub compiler: String,
    requests: Vec<(String, u64)>,
}

impl Counts {
    pub(super) const fn new(compiler: String) -> Self {
        Counts { compiler, requests: Vec::new() }
    }

    pub(super) fn add(&mut self, name: &str, count: u64) {
        self.requests.push((name.to_owned(), count));
    }

    /// What a file says: lines of remarks, the compiler, and a line for each request.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let mut counts = Counts::new(lines.next()?.strip_prefix("compiler: ")?.to_owned());
        for line in lines {
            let (name, count) = line.rsplit_once(' ')?;
            counts.add(name.trim_end(), count.parse().ok()?);
        }
        Some(counts)
    }

    pub(super) fn to_text(&self) -> String {
        let Counts { compiler, .. } = self;
        format!(
            "# Instructions of each request on a vault in memory, with the portable primitives: `cargo xtask instructions`.\n\
             compiler: {compiler}\n\n{self}\n"
        )
    }

    fn of(&self, name: &str) -> Option<u64> {
        self.requests.iter().find(|(known, _)| known == name).map(|(_, count)| *count)
    }

    /// Each request that is in either of them.
    pub(super) fn beside(&self, committed: &Self) -> Vec<Difference> {
        let gone = committed.requests.iter().filter(|(name, _)| self.of(name).is_none());
        let all = self.requests.iter().chain(gone);
        all.map(|(name, _)| Difference {
            name: name.clone(),
            counted: self.of(name),
            committed: committed.of(name),
        })
        .collect()
    }
}

impl Display for Counts {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let lines: Vec<String> =
            self.requests.iter().map(|(name, count)| format!("{name:<24}{count:>12}")).collect();
        f.write_str(&lines.join("\n"))
    }
}

/// One request, counted now and before.
#[derive(Debug)]
pub(super) struct Difference {
    pub name: String,
    counted: Option<u64>,
    committed: Option<u64>,
}

impl Difference {
    /// Only one of both knows it.
    pub(super) fn is_unknown(&self) -> bool {
        self.counted.is_none() || self.committed.is_none()
    }

    /// It takes more than it may.
    pub(super) fn is_above(&self) -> bool {
        self.both().is_some_and(|(counted, committed)| is_more(counted, committed))
    }

    /// It takes so much less that what was committed says too little.
    pub(super) fn is_below(&self) -> bool {
        self.both().is_some_and(|(counted, committed)| is_more(committed, counted))
    }

    /// How much more it takes, for eyes only: whole numbers are judged.
    pub(super) fn percent(&self) -> Option<f64> {
        let size = |count: u64| f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        self.both().map(|(counted, committed)| (size(counted) / size(committed) - 1.0) * 100.0)
    }

    fn both(&self) -> Option<(u64, u64)> {
        self.counted.zip(self.committed)
    }
}

/// Whether one count is more than the allowance above another.
fn is_more(one: u64, other: u64) -> bool {
    let allowed = other.saturating_add(other.saturating_mul(PERCENT_MAX).div_euclid(100));
    one > allowed
}

impl Display for Difference {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        let Difference { name, counted, committed } = self;
        let shown = |count: &Option<u64>| count.map_or_else(|| "-".to_owned(), |count| count.to_string());
        write!(f, "{name:<24}{:>12}  committed{:>12}", shown(counted), shown(committed))?;
        if let Some(percent) = self.percent() {
            write!(f, "{percent:>+9.2} %")?;
        }
        Ok(())
    }
}

/// How many instructions valgrind counted in all: `==7== I   refs:      1,234,567`, with or without blanks between.
pub(super) fn total(said: &str) -> Option<u64> {
    let line =
        said.lines().find_map(|line| line.split_once("refs:").filter(|(front, _)| ends_in_i(front)))?;
    line.1.trim().replace(',', "").parse().ok()
}

fn ends_in_i(front: &str) -> bool {
    front.split_whitespace().next_back() == Some("I")
}

#[cfg(test)]
mod tests {
    use super::{Counts, Difference, total};

    fn counts(requests: &[(&str, u64)]) -> Counts {
        let mut counts = Counts::new("rustc 1.0.0".to_owned());
        requests.iter().for_each(|(name, count)| counts.add(name, *count));
        counts
    }

    #[test]
    fn a_file_is_read_as_it_was_written() {
        let written = counts(&[("Encrypt 32 B", 61_234), ("a mount", 7)]);
        assert_eq!(Counts::read(&written.to_text()), Some(written));
        assert_eq!(Counts::read("compiler: rustc\nEncrypt\n"), None);
        assert_eq!(Counts::read("Encrypt 7\n"), None);
        assert_eq!(Counts::read(""), None);
    }

    #[test]
    fn two_percent_pass_in_both_directions_and_no_more() {
        let before = counts(&[("a", 100_000)]);
        let judged = |count: u64| {
            let differences = counts(&[("a", count)]).beside(&before);
            let [one] = &differences[..] else { panic!("{differences:?}") };
            (one.is_above(), one.is_below())
        };
        assert_eq!(judged(102_000), (false, false));
        assert_eq!(judged(102_001), (true, false));
        assert_eq!(judged(98_040), (false, false));
        assert_eq!(judged(98_039), (false, true));
    }

    #[test]
    fn what_only_one_of_them_has_is_told() {
        let differences = counts(&[("a", 1), ("new", 1)]).beside(&counts(&[("a", 1), ("gone", 1)]));
        let unknown: Vec<&str> =
            differences.iter().filter(|one| one.is_unknown()).map(|one| one.name.as_str()).collect();
        assert_eq!(unknown, ["new", "gone"]);
        assert!(!differences.iter().any(Difference::is_above));
    }

    #[test]
    fn the_total_is_that_of_instructions() {
        let with_caches =
            "==7== \n==7== I   refs:      1,234,567\n==7== I1  misses:  0\n==7== D   refs:  9\n";
        assert_eq!(total(with_caches), Some(1_234_567));
        assert_eq!(total("==7== I refs:        42\n"), Some(42));
        assert_eq!(total("==7== D   refs:  9\n"), None);
    }
}
