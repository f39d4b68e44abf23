//! Where in a document something stands.
//!
//! The JSON library tells where it was when it met an error: behind the value that was refused. People look for the
//! value's first character.

use serde_json::error::Category;

/// Line and column of a byte, both counted from 1; columns count characters.
pub(super) fn line_and_column(json: &str, offset: usize) -> (usize, usize) {
    let before = json.get(..offset).unwrap_or(json);
    let line = before.matches('\n').count().saturating_add(1);
    let start_of_line = before.rsplit('\n').next().unwrap_or_default();
    (line, start_of_line.chars().count().saturating_add(1))
}

/// The first byte of what an error is about.
pub(super) fn offset_of(json: &str, error: &serde_json::Error) -> usize {
    let reached = reached(json, error);
    match error.classify() {
        Category::Eof => json.trim_end().len(),
        Category::Syntax | Category::Io => reached.saturating_sub(1),
        Category::Data => start_of_value_before(json, reached),
    }
}

/// How many bytes the library had read.
fn reached(json: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    let before: usize = json.split_inclusive('\n').take(lines_before).map(str::len).sum();
    before.saturating_add(error.column()).min(json.len())
}

/// The start of the value or name that ends at `end`, white space not counted; or the bracket that stands there.
fn start_of_value_before(json: &str, end: usize) -> usize {
    let Some(read) = json.as_bytes().get(..end) else { return end };
    let read = read.trim_ascii_end();
    let mut open = Vec::new();
    let mut start = 0usize;
    let mut bytes = read.iter().enumerate().peekable();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                open.push(at);
                start = at;
            }
            b'}' | b']' => start = open.pop().unwrap_or(at),
            b'"' => {
                start = at;
                while let Some((_, inside)) = bytes.next() {
                    match inside {
                        b'\\' => drop(bytes.next()),
                        b'"' => break,
                        _ => {}
                    }
                }
            }
            b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {}
            _ => {
                start = at;
                while bytes
                    .next_if(|(_, byte)| byte.is_ascii_alphanumeric() || b"+-.".contains(byte))
                    .is_some()
                {}
            }
        }
    }
    start
}
