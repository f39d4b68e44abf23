//! The one place that writes to standard output and standard error: text for people, JSON for scripts, and secrets,
//! which pass through no buffer that is not wiped.

mod columns;
mod style;

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};

use base64ct::{Base64, Encoding};
use serde::Serialize;
use zeroize::Zeroizing;

use self::style::Style;
pub(crate) use self::style::Tone;
use crate::error::CommandError;

/// Standard output, collected and written in large pieces, and standard error, written at once.
pub(crate) struct Output {
    standard: BufWriter<Raw>,
    is_terminal: bool,
    is_json: bool,
    styles: Style,
    error_styles: Style,
}

/// Standard output without the buffer of the standard library.
pub(crate) enum Raw {
    Direct(File),
    Standard(io::Stdout),
}

impl Write for Raw {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Raw::Direct(file) => file.write(bytes),
            Raw::Standard(standard) => standard.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Raw::Direct(file) => file.flush(),
            Raw::Standard(standard) => standard.flush(),
        }
    }
}

#[cfg(unix)]
fn direct() -> io::Result<File> {
    use std::os::fd::AsFd;
    Ok(io::stdout().as_fd().try_clone_to_owned()?.into())
}

#[cfg(not(unix))]
fn direct() -> io::Result<File> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Standard output for bytes that nothing else goes between.
pub(crate) fn raw() -> Raw {
    direct().map_or_else(|_| Raw::Standard(io::stdout()), Raw::Direct)
}

impl Output {
    /// Where the command writes to, as JSON if that is asked for.
    pub(crate) fn new(is_json: bool) -> Self {
        let is_terminal = io::stdout().is_terminal();
        Output {
            standard: BufWriter::with_capacity(1 << 16, raw()),
            is_terminal,
            is_json,
            styles: Style::for_stream(is_terminal),
            error_styles: Style::for_stream(io::stderr().is_terminal()),
        }
    }

    /// Whether people read standard output as it comes.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Whether scripts read it.
    pub(crate) fn is_json(&self) -> bool {
        self.is_json
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

    /// Writes a line of a difference, behind its mark and so many blanks.
    pub(crate) fn difference(&mut self, indent: usize, tone: Tone, line: &str) -> io::Result<()> {
        let line = format!("{} {}", tone.mark(), harmless(line));
        let line = self.styles.toned(tone, &line);
        self.text(&format!("{:indent$}{line}\n", ""))
    }

    /// Writes a value as one line of JSON.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), CommandError> {
        serde_json::to_writer(&mut self.standard, value).map_err(io::Error::from)?;
        Ok(self.text("\n")?)
    }

    /// Writes labels and what they say, one a line.
    pub(crate) fn facts(&mut self, facts: &[(&str, String)]) -> io::Result<()> {
        let width = facts.iter().map(|(label, _)| label.chars().count()).max().unwrap_or(0);
        for (label, text) in facts {
            let label = self.styles.label(&format!("{label:width$}"));
            self.text(&format!("{label}  {}\n", harmless(text)))?;
        }
        Ok(())
    }

    /// Writes rows under their headings.
    pub(crate) fn table<const N: usize>(
        &mut self,
        headings: [&str; N],
        rows: &[[String; N]],
    ) -> io::Result<()> {
        let rows: Vec<[String; N]> =
            rows.iter().map(|row| row.each_ref().map(|cell| harmless(cell).replace('\n', " "))).collect();
        let widths = columns::widths(headings, &rows);
        let heading = columns::line(&headings.map(str::to_owned), &widths);
        self.text(&format!("{}\n", self.styles.label(&heading)))?;
        rows.iter().try_for_each(|row| self.text(&format!("{}\n", columns::line(row, &widths))))
    }

    /// Writes secret bytes at once.
    pub(crate) fn secret(&mut self, secret: &[u8]) -> io::Result<()> {
        self.standard.flush()?;
        let raw = self.standard.get_mut();
        raw.write_all(secret)?;
        raw.flush()
    }

    /// Writes a value that holds secrets as one line of JSON, `len` bytes of it at most.
    pub(crate) fn secret_json(&mut self, value: &impl Serialize, len: usize) -> Result<(), CommandError> {
        // Room for all of it, so that nothing is left behind where it grew.
        let mut text = Zeroizing::new(Vec::with_capacity(len.saturating_add(4096)));
        serde_json::to_writer(&mut *text, value).map_err(io::Error::from)?;
        text.push(b'\n');
        Ok(self.secret(&text)?)
    }

    /// Writes bytes that may be secret: as they are, or as a line of base64.
    pub(crate) fn blob(&mut self, bytes: &[u8], as_base64: bool) -> io::Result<()> {
        if !as_base64 {
            return self.secret(bytes);
        }
        let mut text = base64(bytes);
        text.push('\n');
        self.secret(text.as_bytes())
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
        if error.is_closed() || flushed.is_err_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
            return;
        }
        let text = if self.is_json {
            error.json()
        } else {
            let told = error.told().map(|(label, text)| match label {
                "error" => format!("{} {}", self.error_styles.error("error:"), harmless(text)),
                _ => format!("  {}  {}", self.error_styles.label(&format!("{label:4}")), harmless(text)),
            });
            told.collect::<Vec<_>>().join("\n")
        };
        // If standard error is closed, too, the exit status is all there is.
        let _ = writeln!(io::stderr().lock(), "{text}");
    }
}

/// Base64 (RFC 4648, section 4, padded), in constant time; wiped on drop, with room for a line end.
pub(crate) fn base64(bytes: &[u8]) -> Zeroizing<String> {
    let mut buffer = Zeroizing::new(vec![0; Base64::encoded_len(bytes)]);
    let mut text = Zeroizing::new(String::with_capacity(buffer.len().saturating_add(1)));
    if let Ok(encoded) = Base64::encode(bytes, &mut buffer) {
        text.push_str(encoded);
    }
    text
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A text in which no character of a document moves the cursor: control characters are written out, but for line ends.
pub(crate) fn harmless(text: &str) -> Cow<'_, str> {
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
