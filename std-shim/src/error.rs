//! What can go wrong around a vault file, with what to do about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use strongroom_core::Error;

/// Why a vault file could not be created or opened. Nothing of the vault in it has changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// There is no file at the path.
    NotFound(PathBuf),
    /// There is a file at the path already; a vault is never created over one.
    AlreadyExists(PathBuf),
    /// Another handle, in this process or another, has the vault open.
    InUse(PathBuf),
    /// The file is not a Strongroom vault, or it is cut short.
    NotAVault(PathBuf),
    /// The file or its container was written by a newer version.
    FromTheFuture(PathBuf),
    /// No key slot opens with the secret given.
    WrongSecret,
    /// Too many wrong passphrases were tried on this file; the secret was not looked at.
    TooManyAttempts {
        /// How long nobody can try, in milliseconds from now.
        wait_ms: u64,
    },
    /// The file is damaged where it cannot be opened at all.
    Damaged(PathBuf),
    /// The operating system refused.
    Io(io::Error),
    /// The vault refused; see its documentation.
    Vault(Error),
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OpenError::NotFound(path) => {
                write!(f, "there is no vault at `{}`; check the path, or create one there", path.display())
            }
            OpenError::AlreadyExists(path) => {
                write!(
                    f,
                    "`{}` exists already; choose another path, a vault is never created over a file",
                    path.display()
                )
            }
            OpenError::InUse(path) => {
                write!(
                    f,
                    "`{}` is open in another process or handle; close it there and try again",
                    path.display()
                )
            }
            OpenError::NotAVault(path) => {
                write!(
                    f,
                    "`{}` is not a vault, or it is cut short; check the path, try to salvage it, or restore a copy",
                    path.display()
                )
            }
            OpenError::FromTheFuture(path) => {
                write!(
                    f,
                    "`{}` was written by a newer version; open it with that version or a later one",
                    path.display()
                )
            }
            OpenError::WrongSecret => f.write_str(
                "the passphrase, key file or recovery shares open no slot of this vault; try others",
            ),
            OpenError::TooManyAttempts { wait_ms } => {
                write!(
                    f,
                    "too many wrong passphrases were tried; try again in {} seconds",
                    wait_ms.div_ceil(1000)
                )
            }
            OpenError::Damaged(path) => {
                write!(
                    f,
                    "`{}` is damaged; keep it as it is, and salvage what it holds into a new file, or restore a copy",
                    path.display()
                )
            }
            OpenError::Io(_) => f.write_str("the operating system refused"),
            OpenError::Vault(_) => f.write_str("the vault refused to open"),
        }
    }
}

impl std::error::Error for OpenError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            OpenError::Io(error) => Some(error),
            OpenError::Vault(error) => Some(error),
            OpenError::NotFound(_)
            | OpenError::AlreadyExists(_)
            | OpenError::InUse(_)
            | OpenError::NotAVault(_)
            | OpenError::FromTheFuture(_)
            | OpenError::WrongSecret
            | OpenError::TooManyAttempts { .. }
            | OpenError::Damaged(_) => None,
        }
    }
}

impl From<io::Error> for OpenError {
    fn from(error: io::Error) -> Self {
        OpenError::Io(error)
    }
}

/// Why a JSON policy does not compile (`MalformedPolicyDocumentException`, or `LimitExceededException` for size).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyError {
    /// What is wrong and what was expected.
    pub message: String,
    /// Where, counted from 1; 0 where the whole document is meant.
    pub line: usize,
    /// The column in that line, in characters, counted from 1: the first character of the value or name that is wrong; 0
    /// where the whole document is meant.
    pub column: usize,
    /// The error the vault would answer.
    pub error: Error,
}

impl fmt::Display for PolicyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => f.write_str(&self.message),
            line => write!(f, "line {line}, column {}: {}", self.column, self.message),
        }
    }
}

impl std::error::Error for PolicyError {}
