//! Why a server does not start or stop.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use crate::directory::DirectoryError;
use crate::tls::TlsError;

/// Why a server does not start, or did not stop in order.
#[derive(Debug)]
#[non_exhaustive]
pub enum ServeError {
    /// Nothing can listen there: taken, or not allowed.
    Listen(SocketAddr, io::Error),
    /// `--dev` looks at no signatures, so it listens on loopback addresses only.
    NotLoopback(SocketAddr),
    /// The certificates cannot be used.
    Tls(TlsError),
    /// A vault cannot be opened, or not be closed in order.
    Directory(DirectoryError),
    /// The operating system refused.
    Io(io::Error),
}

impl fmt::Display for ServeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ServeError::Listen(address, error) => write!(f, "cannot listen on {address}: {error}"),
            ServeError::NotLoopback(address) => {
                write!(f, "--dev looks at no signatures, so it listens on 127.0.0.1 or ::1, not on {address}")
            }
            ServeError::Tls(error) => error.fmt(f),
            ServeError::Directory(error) => error.fmt(f),
            ServeError::Io(error) => write!(f, "the operating system refused: {error}"),
        }
    }
}

impl std::error::Error for ServeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ServeError::Listen(_, error) | ServeError::Io(error) => Some(error),
            ServeError::Tls(error) => Some(error),
            ServeError::Directory(error) => Some(error),
            ServeError::NotLoopback(_) => None,
        }
    }
}

impl From<DirectoryError> for ServeError {
    fn from(error: DirectoryError) -> Self {
        ServeError::Directory(error)
    }
}

impl From<TlsError> for ServeError {
    fn from(error: TlsError) -> Self {
        ServeError::Tls(error)
    }
}

impl From<io::Error> for ServeError {
    fn from(error: io::Error) -> Self {
        ServeError::Io(error)
    }
}
