//! The book in `docs/` is whole: every page is in its summary, no link is dead, and what it says that shows something is there.
//!
//! `mdbook` is not needed for that. Blocks of commands are typed in by the tests of `strongroom-cli`.

mod backing;
mod links;
mod page;

use self::page::Page;
use crate::Outcome;
use crate::tree::Tree;

/// Checks all pages, those beside `docs/` too.
pub(crate) fn run(tree: &Tree, arguments: &[String]) -> Outcome {
    crate::only_known(arguments, &[], &[])?;
    let pages = pages(tree)?;
    let mut wrong = links::dead(tree, &pages)?;
    wrong.extend(links::not_in_the_summary(&pages));
    wrong.extend(backing::missing(tree, &pages)?);
    if !wrong.is_empty() {
        return Err(format!("the book is not whole\n  {}", wrong.join("\n  ")));
    }
    println!("book: {} pages; links, summary, tests and commands are there", pages.len());
    Ok(())
}

fn pages(tree: &Tree) -> Result<Vec<Page>, String> {
    let of_the_book = |name: &String| name.starts_with("docs/") || !name.contains('/');
    let names = tree.files_ending(".md")?.into_iter().filter(of_the_book);
    names.map(|name| tree.read(&name).map(|text| Page::new(name, &text))).collect()
}

#[cfg(test)]
mod tests {
    use super::page::Page;
    use super::{backing, links, run};
    use crate::tree::Tree;

    #[test]
    fn the_book_is_whole() {
        assert_eq!(run(&Tree::find().unwrap(), &[]), Ok(()));
    }

    fn wrong_of(pages: &[(&str, &str)]) -> Vec<String> {
        let pages: Vec<Page> = pages.iter().map(|(name, text)| Page::new((*name).to_owned(), text)).collect();
        let tree = Tree::find().unwrap();
        let mut wrong = links::dead(&tree, &pages).unwrap();
        wrong.extend(links::not_in_the_summary(&pages));
        wrong.extend(backing::missing(&tree, &pages).unwrap());
        wrong
    }

    #[test]
    fn dead_links_and_anchors_are_found_and_what_is_code_is_no_link() {
        let text = "# A `page`, here\n\n[a](keys.md) [b](no.md) [c](#a-page-here) [d](#gone) [e](time.md#nowhere)\n\
                    `[f](none.md)`\n```text\n[g](none.md)\n```\n[h](https://example.com/x)\n";
        let time = ("docs/time.md", "# Time\n");
        let summary = ("docs/SUMMARY.md", "- [x](x.md)\n- [t](time.md)\n");
        assert_eq!(
            wrong_of(&[("docs/x.md", text), time, summary]),
            [
                "docs/x.md:3: no file docs/no.md",
                "docs/x.md:3: no heading #gone in docs/x.md",
                "docs/x.md:3: no heading #nowhere in docs/time.md"
            ]
        );
    }

    #[test]
    fn a_page_outside_the_summary_or_in_it_twice_is_found() {
        let pages = [
            ("docs/keys.md", "# Keys\n"),
            ("docs/time.md", "# Time\n"),
            ("docs/SUMMARY.md", "- [Time](time.md)\n- [Time](time.md)\n"),
            ("README.md", "# It\n"),
        ];
        assert_eq!(
            wrong_of(&pages),
            [
                "docs/keys.md is 0 times in the summary, not once",
                "docs/time.md is 2 times in the summary, not once"
            ]
        );
    }

    #[test]
    fn what_is_said_to_show_something_must_be_there() {
        let text = "# Threats\n\n## Reads the medium\n\n*Shown by.* `xtask/src/book.rs::the_book_is_whole`,\n`cargo xtask bits`, \
                    `xtask/src/book.rs::run`, `xtask/src/no.rs::x`,\n`cargo xtask bite` and `cargo xtask bits --slow`.\n\n\
                    ## Writes the medium\n\n*Holds.* It does.\n\n## Sets the clock\n\n*Shown by.* Nothing in `particular`.\n";
        let pages = [("docs/threat-model.md", text), ("docs/SUMMARY.md", "- [T](threat-model.md)\n")];
        assert_eq!(
            wrong_of(&pages),
            [
                "docs/threat-model.md:7: there is no command `cargo xtask bite`",
                "docs/threat-model.md:7: `cargo xtask bits` has no option --slow",
                "docs/threat-model.md: `xtask/src/book.rs::run` is no test",
                "docs/threat-model.md: `xtask/src/no.rs::x` is no test",
                "docs/threat-model.md: nothing shows \"Writes the medium\"",
                "docs/threat-model.md: nothing shows \"Sets the clock\"",
            ]
        );
    }
}
