//! The files of vectors: blocks of `name: value` lines, apart by empty lines.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use crate::hex::{hex, unhex};

/// One vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block(Vec<(String, String)>);

impl Block {
    pub fn new(name: &str, expect: &str) -> Self {
        Block(vec![("name".to_owned(), name.to_owned()), ("expect".to_owned(), expect.to_owned())])
    }

    fn put(mut self, field: &str, value: String) -> Self {
        let at = self.0.len() - 1;
        self.0.insert(at, (field.to_owned(), value));
        self
    }

    pub fn with(self, field: &str, bytes: impl AsRef<[u8]>) -> Self {
        self.put(field, hex(bytes.as_ref()))
    }

    pub fn list<T: AsRef<[u8]>>(self, field: &str, items: impl IntoIterator<Item = T>) -> Self {
        let items: Vec<String> = items.into_iter().map(|item| hex(item.as_ref())).collect();
        if items.is_empty() { self } else { self.put(field, items.join(" ")) }
    }

    /// The same vector with one field exchanged, under another name and expectation.
    pub fn but(&self, name: &str, expect: &str, field: &str, bytes: impl AsRef<[u8]>) -> Self {
        let mut block = self.clone();
        for (key, value) in &mut block.0 {
            match key.as_str() {
                "name" => *value = name.to_owned(),
                "expect" => *value = expect.to_owned(),
                key if key == field => *value = hex(bytes.as_ref()),
                _ => {}
            }
        }
        block
    }

    /// Keeps only these fields, beside name and expectation: what does not hold is not printed.
    pub fn only(mut self, fields: &[&str]) -> Self {
        self.0.retain(|(key, _)| key == "name" || key == "expect" || fields.contains(&key.as_str()));
        self
    }

    pub fn find(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == field).map(|(_, value)| value.as_str())
    }

    pub fn text(&self, field: &str) -> &str {
        self.find(field).unwrap_or_else(|| panic!("{self:?} has no {field}"))
    }

    pub fn bytes(&self, field: &str) -> Vec<u8> {
        unhex(self.text(field))
    }

    pub fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field).try_into().unwrap()
    }

    pub fn items(&self, field: &str) -> Vec<Vec<u8>> {
        self.find(field).map(|items| items.split(' ').map(unhex).collect()).unwrap_or_default()
    }
}

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("vectors")
}

fn render(about: &str, blocks: &[Block]) -> String {
    let mut text = format!("# {about}\n# The format of this file: docs/format.md, section 10.\n");
    for block in blocks {
        text.push('\n');
        for (key, value) in &block.0 {
            writeln!(text, "{key}: {value}").unwrap();
        }
    }
    text
}

pub fn parse(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut fields = Vec::new();
    for line in text.lines().filter(|line| !line.starts_with('#')).chain([""]) {
        match line.split_once(": ") {
            Some((key, value)) => fields.push((key.to_owned(), value.to_owned())),
            None if fields.is_empty() => {}
            None => blocks.push(Block(std::mem::take(&mut fields))),
        }
    }
    blocks
}

/// Compares freshly made vectors with the file, or writes the file where `STRONGROOM_BLESS` is set. Answers what stands
/// in the file.
pub fn golden(file: &str, about: &str, blocks: &[Block]) -> Vec<Block> {
    let path = folder().join(file);
    if std::env::var_os("STRONGROOM_BLESS").is_some() {
        // Whole or not at all: other tests read it meanwhile.
        let new = path.with_extension("new");
        std::fs::write(&new, render(about, blocks)).unwrap();
        std::fs::rename(&new, &path).unwrap();
    }
    let stored = parse(&std::fs::read_to_string(&path).unwrap());
    for (made, stored) in blocks.iter().zip(&stored) {
        assert_eq!(made, stored, "{file}: the bytes of format 1 have changed");
    }
    assert_eq!(blocks.len(), stored.len(), "{file}: vectors are missing");
    stored
}

/// Runs the core on every vector of a file and compares its answer with what the vector expects.
pub fn hold(file: &str, blocks: &[Block], answer: impl Fn(&Block) -> String) {
    assert!(!blocks.is_empty());
    for block in blocks {
        assert_eq!(answer(block), block.text("expect"), "{file}: {}", block.text("name"));
    }
}
