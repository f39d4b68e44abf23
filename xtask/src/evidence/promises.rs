//! The promises, read from the documents that make them.

use crate::tree::Tree;

/// A promise, word for word.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Promise {
    /// The file it stands in, from the repository's root.
    pub file: &'static str,
    /// The heading it stands under.
    pub heading: String,
    /// What it is about: the first cell of its row, or nothing for a sentence.
    pub about: String,
    pub text: String,
}

impl Promise {
    /// Whether it is known by these words: the first cell of its row, or the first words of a sentence.
    pub(crate) fn is_known_by(&self, words: &str) -> bool {
        if self.about.is_empty() {
            self.text.strip_prefix(words).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        } else {
            self.about == words
        }
    }
}

/// In which form a section makes promises.
enum Form {
    /// Every row whose second cell says something, of the table whose head begins so; but for these.
    Rows { head: &'static str, but: &'static [&'static str] },
    /// Every sentence of the paragraphs that begin so.
    Sentences(&'static str),
}

/// Every section that promises something. A document that begins to promise gets its line here.
const SECTIONS: &[(&str, &str, Form)] = &[
    ("README.md", "# Strongroom", Form::Sentences("Strongroom is ")),
    ("README.md", "## What it does, and what it does not do yet", Form::Rows { head: "", but: &["not yet"] }),
    ("SECURITY.md", "## Five boundaries", Form::Sentences("*Mitigations.* ")),
    ("SECURITY.md", "## Who gets how far", Form::Rows { head: "attacker", but: &[] }),
];

/// All promises, in the order in which they stand.
pub(crate) fn promises(tree: &Tree) -> Result<Vec<Promise>, String> {
    let mut all = Vec::new();
    for (file, heading, form) in SECTIONS {
        let text = tree.read(file)?;
        let section = section(&text, heading).ok_or(format!("{file} has no section `{heading}`"))?;
        let found = read(file, heading, section, form);
        if found.is_empty() {
            return Err(format!("{file}: nothing is promised under `{heading}` any more"));
        }
        all.extend(found);
    }
    Ok(all)
}

/// What stands under a heading, up to the next of its rank or above.
fn section<'a>(text: &'a str, heading: &str) -> Option<&'a str> {
    let rank = heading.split(' ').next()?.len();
    let is_end = |line: &str| {
        let hashes = line.chars().take_while(|each| *each == '#').count();
        (1..=rank).contains(&hashes) && line.chars().nth(hashes) == Some(' ')
    };
    let (_, rest) = text.split_once(&format!("{heading}\n"))?;
    let mut len = 0usize;
    for line in rest.split_inclusive('\n') {
        if is_end(line) {
            break;
        }
        len = len.saturating_add(line.len());
    }
    rest.get(..len)
}

fn read(file: &'static str, heading: &str, section: &str, form: &Form) -> Vec<Promise> {
    let mut under = heading.trim_start_matches('#').trim().to_owned();
    let mut found = Vec::new();
    for paragraph in section.split("\n\n").map(str::trim) {
        if let Some(name) = paragraph.strip_prefix("### ") {
            name.lines().next().unwrap_or_default().clone_into(&mut under);
        }
        let promise = |about: &str, text: &str| Promise {
            file,
            heading: under.clone(),
            about: about.to_owned(),
            text: text.to_owned(),
        };
        match form {
            Form::Rows { head, but } => {
                let mut rows = paragraph.lines().filter(|line| line.starts_with('|')).map(|line| {
                    let mut cells = line.split('|').skip(1).map(str::trim);
                    (cells.next().unwrap_or_default(), cells.next().unwrap_or_default())
                });
                if rows.next().is_some_and(|(first, _)| first == *head) {
                    let promising =
                        rows.skip(1).filter(|(about, text)| !text.is_empty() && !but.contains(about));
                    found.extend(promising.map(|(about, text)| promise(about, text)));
                }
            }
            Form::Sentences(start) if paragraph.starts_with(start) => {
                // What begins with a word of the promise keeps it; a mark in front is none of it.
                let text = if start.starts_with('*') {
                    paragraph.replacen(start, "", 1)
                } else {
                    paragraph.to_owned()
                };
                found.extend(sentences(&text).iter().map(|sentence| promise("", sentence)));
            }
            Form::Sentences(_) => {}
        }
    }
    found
}

/// The sentences of a paragraph, each on one line.
fn sentences(paragraph: &str) -> Vec<String> {
    let flat = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    let mut rest = flat.as_str();
    while !rest.is_empty() {
        let ends = rest.match_indices(". ").map(|(at, _)| at.saturating_add(1));
        let is_end = |at: &usize| {
            rest.get(*at..)
                .is_some_and(|next| next.trim_start().starts_with(|c: char| c.is_uppercase() || c == '`'))
        };
        let (sentence, next) =
            ends.into_iter().find(is_end).and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        found.push(sentence.trim().to_owned());
        rest = next.trim_start();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Form, read, section, sentences};

    #[test]
    fn a_paragraph_is_its_sentences() {
        let text = "Bytes are read,\nby `core`. `core` has none. A file, e.g. this one, opens. So it is.";
        let told =
            ["Bytes are read, by `core`.", "`core` has none.", "A file, e.g. this one, opens.", "So it is."];
        assert_eq!(sentences(text), told);
    }

    #[test]
    fn a_section_ends_where_the_next_of_its_rank_begins() {
        let text = "# A\none\n## B\ntwo\n### C\nthree\n#hash\n## D\nfour\n";
        assert_eq!(section(text, "## B"), Some("two\n### C\nthree\n#hash\n"));
        assert_eq!(section(text, "## D"), Some("four\n"));
        assert_eq!(section(text, "## E"), None);
    }

    #[test]
    fn rows_that_promise_nothing_are_none() {
        let text = "| who | what |\n|---|---|\n| a thief | nothing | |\n| a king | | all |\n| a cat | milk |\n\n| x | y |\n|---|---|\n| a | b |";
        let found = read("F", "## H", text, &Form::Rows { head: "who", but: &["a cat"] });
        let told: Vec<_> =
            found.iter().map(|promise| (promise.about.as_str(), promise.text.as_str())).collect();
        assert_eq!(told, [("a thief", "nothing")]);
        assert!(found[0].is_known_by("a thief") && !found[0].is_known_by("a"));
    }

    #[test]
    fn sentences_are_under_the_heading_next_above() {
        let text = "### 1. One\n\n*Mitigations.* It holds. It\nstays.\n\n*Not a finding.* It is loud.\n";
        let found = read("F", "## H", text, &Form::Sentences("*Mitigations.* "));
        let told: Vec<_> =
            found.iter().map(|promise| (promise.heading.as_str(), promise.text.as_str())).collect();
        assert_eq!(told, [("1. One", "It holds."), ("1. One", "It stays.")]);
        assert!(
            found[0].is_known_by("It holds")
                && found[0].is_known_by("It")
                && !found[0].is_known_by("It hold")
        );
    }
}
