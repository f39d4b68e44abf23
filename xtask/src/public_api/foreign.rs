//! Which other crates a listing shows something of.

use std::collections::BTreeSet;

/// Crates that are no news in any listing: those that come with the language, and our own.
const KNOWN: [&str; 7] =
    ["core", "std", "alloc", "strongroom", "strongroom_core", "strongroom_std", "strongroom_server"];

/// The crates that paths in a listing begin with, but for those that every listing may name.
pub(super) fn crates(listing: &str) -> BTreeSet<String> {
    listing.lines().flat_map(roots).filter(|name| !KNOWN.contains(name)).map(str::to_owned).collect()
}

/// The first name of every path in a line: what stands before `::`, and nothing of a path before it. Parameters of types begin with
/// a capital letter, and are no crates.
fn roots(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |each: char| each.is_alphanumeric() || each == '_';
    line.match_indices("::").filter_map(move |(at, _)| {
        let before = line.get(..at)?;
        let name = before.rsplit(|each| !is_part(each)).next()?;
        let ahead = before.strip_suffix(name)?;
        let is_root = !ahead.ends_with(':') && !ahead.ends_with('>');
        (is_root && name.starts_with(|first: char| first.is_lowercase() || first == '_')).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::crates;

    #[test]
    fn crates_are_what_paths_begin_with() {
        let listing = "pub fn strongroom_core::a::b(&self, c: &zeroize::Zeroizing<[u8]>) -> core::option::Option<Self::T>\n\
                       impl<P: strongroom_core::P> rand_core::R for strongroom_core::X<P> where <P as serde::S>::E: aes::Aes\n";
        assert_eq!(crates(listing).into_iter().collect::<Vec<_>>(), ["aes", "rand_core", "serde", "zeroize"]);
        assert!(crates("pub const strongroom::a: usize = 1\n").is_empty());
    }
}
