//! Why a command could not be carried out: what went wrong, why, and what to do next.

use std::borrow::Cow;
use std::fmt;
use std::io;
use std::path::Path;

use serde::Serialize;
use strongroom_std::{Error, ExplainedError, OpenError};

use crate::advice;
use crate::exit::Kind;

/// A message for whoever called, and how the command ends.
#[derive(Debug)]
pub(crate) struct CommandError {
    pub(crate) kind: Kind,
    /// The exception of the KMS API, where the vault refused.
    code: Option<Cow<'static, str>>,
    message: String,
    /// Why, where more is known than the message says.
    why: Option<String>,
    /// What to do next.
    next: Option<String>,
    /// Whether nobody listens any more, so that there is nothing to say.
    is_closed: bool,
}

/// An error as scripts read it.
#[derive(Serialize)]
struct InJson<'a> {
    error: &'static str,
    exit_status: u8,
    code: Option<&'a str>,
    message: &'a str,
    why: Option<&'a str>,
    next: Option<&'a str>,
}

impl CommandError {
    pub(crate) fn of(kind: Kind, message: impl fmt::Display) -> Self {
        let message = message.to_string();
        CommandError { kind, code: None, message, why: None, next: None, is_closed: false }
    }

    /// Wrong usage, in the words of the argument parser.
    pub(crate) fn usage(message: &str) -> Self {
        let message = message.trim_end();
        CommandError::of(Kind::Usage, message.strip_prefix("error: ").unwrap_or(message))
    }

    /// Something else that is wrong with what was given.
    pub(crate) fn new(message: impl fmt::Display) -> Self {
        CommandError::of(Kind::Usage, message)
    }

    /// A file that is to be read and cannot be.
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        CommandError::new(format_args!("{}: {error}", path.display()))
    }

    /// A file that cannot be written.
    pub(crate) fn written(path: &Path, error: &io::Error) -> Self {
        CommandError::of(Kind::Other, format_args!("{}: {error}", path.display()))
            .next("check the folder, its permissions and the room on the disk")
    }

    /// Says which of several things it is about.
    pub(crate) fn about(self, name: &str) -> Self {
        CommandError { message: format!("{name}: {}", self.message), ..self }
    }

    /// Says why, where more is known.
    pub(crate) fn why(self, why: impl Into<String>) -> Self {
        CommandError { why: Some(why.into()), ..self }
    }

    /// Says at what it went wrong.
    pub(crate) fn at(self, what: impl fmt::Display) -> Self {
        CommandError { message: format!("{what}: {}", self.message), ..self }
    }

    /// Names the exception of the KMS API.
    pub(crate) fn code(self, code: String) -> Self {
        CommandError { code: Some(Cow::Owned(code)), ..self }
    }

    /// Says it in other words.
    pub(crate) fn in_words(self, message: String) -> Self {
        CommandError { message, ..self }
    }

    /// Says what to do next.
    pub(crate) fn next(self, next: impl Into<String>) -> Self {
        CommandError { next: Some(next.into()), ..self }
    }

    /// Whether it is this exception of the KMS API.
    pub(crate) fn is_coded(&self, code: &str) -> bool {
        self.code.as_deref() == Some(code)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.is_closed
    }

    /// What, why and what next, for people: a label and a text each.
    pub(crate) fn told(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let more = [("why", self.why.as_deref()), ("next", self.next.as_deref())];
        let more = more.into_iter().filter_map(|(label, text)| Some((label, text?)));
        std::iter::once(("error", self.message.as_str())).chain(more)
    }

    /// The same for scripts: one line.
    pub(crate) fn json(&self) -> String {
        let told = InJson {
            error: self.kind.name(),
            exit_status: self.kind.status(),
            code: self.code.as_deref(),
            message: &self.message,
            why: self.why.as_deref(),
            next: self.next.as_deref(),
        };
        serde_json::to_string(&told).unwrap_or_default()
    }
}

impl From<Error> for CommandError {
    fn from(error: Error) -> Self {
        let next = advice::next(&error).map(str::to_owned);
        CommandError {
            code: Some(Cow::Borrowed(error.code())),
            next,
            ..CommandError::of(Kind::of(&error), advice::message(&error))
        }
    }
}

impl From<ExplainedError> for CommandError {
    fn from(explained: ExplainedError) -> Self {
        CommandError { why: explained.because, ..CommandError::from(explained.error) }
    }
}

impl From<OpenError> for CommandError {
    fn from(error: OpenError) -> Self {
        // The message of an OpenError is what went wrong and what to do, in this order.
        let text = error.to_string();
        let told = |kind| match text.split_once("; ") {
            Some((what, next)) => CommandError::of(kind, what).next(next),
            None => CommandError::of(kind, &text),
        };
        match error {
            OpenError::Vault(error) => CommandError::from(error),
            OpenError::Io(error) => CommandError::of(Kind::Other, error),
            OpenError::NotFound(path) => CommandError::of(
                Kind::NotFound,
                format_args!("there is no vault at `{}`", path.display()),
            )
            .next("make one with `strongroom init`, or name another with --vault or STRONGROOM_VAULT"),
            OpenError::AlreadyExists(_) => told(Kind::InvalidState),
            OpenError::InUse(path) => CommandError::of(
                Kind::Busy,
                format_args!("`{}` is open in another process", path.display()),
            )
            .next("close it there, or give --wait SECONDS"),
            OpenError::WrongSecret => CommandError::of(Kind::WrongSecret, "this secret opens no slot of the vault")
                .next("try again; `strongroom help slots` says what can open a vault"),
            OpenError::TooManyAttempts { .. } => told(Kind::Busy),
            OpenError::Damaged(path) => CommandError::of(
                Kind::Damaged,
                format_args!("`{}` is damaged", path.display()),
            )
            .next("keep the file as it is, and bring what it holds into a new one: `strongroom salvage FILE NEW`"),
            OpenError::NotAVault(path) => CommandError::of(
                Kind::Damaged,
                format_args!("`{}` is not a vault, or it is cut short", path.display()),
            )
            .next("check the path; of a vault that was cut short, try `strongroom salvage FILE NEW`"),
            _ => told(Kind::Other),
        }
    }
}

/// Of standard input or output: files have [`CommandError::file`] and [`CommandError::written`].
impl From<io::Error> for CommandError {
    fn from(error: io::Error) -> Self {
        let is_closed = error.kind() == io::ErrorKind::BrokenPipe;
        let message = format!("standard input or output: {error}");
        CommandError { is_closed, ..CommandError::of(Kind::Other, message) }
    }
}
