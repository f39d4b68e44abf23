//! The one place that writes to standard output and standard error.

use std::borrow::Cow;
use std::io::{self, BufWriter, IsTerminal, Stdout, Write};

use crate::error::CommandError;

/// Standard output, collected and written in large pieces, and standard error, written at once.
pub(crate) struct Output {
    standard: BufWriter<Stdout>,
    is_terminal: bool,
}

impl Output {
    pub(crate) fn new() -> Self {
        let standard = io::stdout();
        let is_terminal = standard.is_terminal();
        Output { standard: BufWriter::with_capacity(1 << 16, standard), is_terminal }
    }

    /// Whether people read standard output as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Writes to standard output.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.standard.write_all(bytes)
    }

    /// Writes a text to standard output.
    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.bytes(text.as_bytes())
    }

    /// Writes a line, or several, for people to standard output.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.text(&harmless(line))?;
        self.text("\n")
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.standard.flush()
    }

    /// Writes a line to standard error.
    pub(crate) fn remark(&mut self, remark: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{}", harmless(remark))
    }

    /// Says why a command ended early. What was written before comes first.
    pub(crate) fn complain(&mut self, error: &CommandError) {
        let flushed = self.flush();
        // If standard error is closed, too, the exit status is all there is.
        if flushed.is_ok() && !error.is_closed() {
            let _ = self.remark(&error.to_string());
        }
    }
}

/// A text in which no character of a document moves the cursor: control characters are written out, but for line ends.
fn harmless(text: &str) -> Cow<'_, str> {
    let is_harmful = |c: char| c.is_control() && c != '\n';
    if !text.chars().any(is_harmful) {
        return Cow::Borrowed(text);
    }
    let write_out = |text: String, c: char| {
        if is_harmful(c) { text + &c.escape_unicode().to_string() } else { text + c.encode_utf8(&mut [0; 4]) }
    };
    Cow::Owned(text.chars().fold(String::new(), write_out))
}

#[cfg(test)]
mod tests {
    use super::harmless;

    #[test]
    fn control_characters_are_written_out() {
        assert_eq!(harmless("plain, \u{e9}"), "plain, \u{e9}");
        assert_eq!(harmless("a\r\n\u{9b}2J\u{1b}"), "a\\u{d}\n\\u{9b}2J\\u{1b}");
    }
}
