//! The one place that writes to standard output and standard error.

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

    /// Writes a line to standard output.
    pub(crate) fn line(&mut self, line: &str) -> io::Result<()> {
        self.text(line)?;
        self.text("\n")
    }

    /// Hands everything to the operating system.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.standard.flush()
    }

    /// Writes a line to standard error.
    pub(crate) fn remark(&mut self, remark: &str) -> io::Result<()> {
        writeln!(io::stderr().lock(), "{remark}")
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
