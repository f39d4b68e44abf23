//! `docs/evidence.md`: each promise of the documents beside the commands that show it, what these said last, and the planted
//! bugs that they catch.
//!
//! Nothing on the page is written by hand. The promises are read from where they stand ([`promises`]), what shows each of them is
//! in [`proofs`], the bugs are the rows of `planted_bugs`, the figures are what `cargo xtask record` kept ([`figures`]).

pub(crate) mod figures;
mod page;
mod promises;
pub(crate) mod proofs;

use crate::tree::Tree;
use crate::{Outcome, only_known};

/// Where the page is.
const PAGE: &str = "docs/evidence.md";

/// Writes the page, or with `--check` compares it with what it would be now.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    only_known(arguments, &["--check"], &[])?;
    let made = page::Page::of(tree)?;
    if arguments.is_empty() {
        std::fs::write(tree.path(PAGE), &made.text).map_err(|error| format!("{PAGE}: {error}"))?;
    } else if tree.read(PAGE)? != made.text {
        return Err(format!("{PAGE} is not what it would be now: make it again with `cargo xtask evidence`"));
    }
    println!(
        "evidence: {} promises, each with what shows it; {} planted bugs beside them, {} figures",
        made.promises, made.bugs, made.figures
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::tree::Tree;

    #[test]
    fn the_page_is_what_it_would_be_now() {
        assert_eq!(run(&Tree::find().unwrap(), &["--check".to_owned()]), Ok(()));
    }
}
