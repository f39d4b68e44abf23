//! Why a command could not be carried out.

use std::fmt;
use std::io;
use std::path::Path;

/// A message for whoever called; the exit status is 2.
#[derive(Debug)]
pub(crate) struct CommandError {
    message: String,
    /// Whether nobody listens any more, so that there is nothing to say.
    is_closed: bool,
}

impl CommandError {
    /// Wrong usage, in the words of the argument parser, which ends its lines itself.
    pub(crate) fn usage(message: String) -> Self {
        CommandError { message: message.trim_end().to_owned(), is_closed: false }
    }

    /// Something else that is wrong with what was given.
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        CommandError { message: format!("error: {message}"), is_closed: false }
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        CommandError::new(format_args!("{}: {error}", path.display()))
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }
}

impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
        CommandError { message: format!("error: standard input or output: {error}"), is_closed }
    }
}

impl fmt::Display for CommandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}
