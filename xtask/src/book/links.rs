//! Links within the tree, and the summary of the book.

use super::page::Page;
use crate::tree::Tree;

const SUMMARY: &str = "docs/SUMMARY.md";

/// Links that lead to no file, or to no heading of a page.
pub(crate) fn dead(tree: &Tree, pages: &[Page]) -> Result<Vec<String>, String> {
    let mut dead = Vec::new();
    for page in pages {
        for (line, target) in page.links() {
            if target.contains("://") || target.starts_with("mailto:") {
                continue;
            }
            let (path, anchor) = target.split_once('#').unwrap_or((&target, ""));
            let file = if path.is_empty() { page.name.clone() } else { beside(&page.name, path) };
            let linked = pages.iter().find(|other| other.name == file);
            if linked.is_none() && !tree.path(&file).exists() {
                dead.push(format!("{}:{line}: no file {file}", page.name));
            } else if !anchor.is_empty()
                && linked.is_some_and(|other| !other.anchors.iter().any(|known| known == anchor))
            {
                dead.push(format!("{}:{line}: no heading #{anchor} in {file}", page.name));
            }
        }
    }
    Ok(dead)
}

/// Pages in `docs/` that the summary does not have exactly once.
pub(crate) fn not_in_the_summary(pages: &[Page]) -> Vec<String> {
    let links = pages.iter().find(|page| page.name == SUMMARY).map(Page::links).unwrap_or_default();
    let listed: Vec<String> = links.into_iter().map(|(_, target)| beside(SUMMARY, &target)).collect();
    let of_the_book = pages.iter().filter(|page| page.name.starts_with("docs/") && page.name != SUMMARY);
    let counted =
        of_the_book.map(|page| (&page.name, listed.iter().filter(|name| **name == page.name).count()));
    counted
        .filter(|(_, times)| *times != 1)
        .map(|(name, times)| format!("{name} is {times} times in the summary, not once"))
        .collect()
}

/// A path that is meant from the folder of a page.
fn beside(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." => drop(parts.pop()),
            "." | "" => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}
