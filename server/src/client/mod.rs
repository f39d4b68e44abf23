//! Asking an endpoint: one request after the other, signed, over a connection that is kept.
//!
//! `connection` sends and receives, `address` says where, `roots` whom to believe that it is there. Bodies are wiped here; what
//! the layers below hold of them, HTTP and TLS, is freed and not wiped, as in the server.

mod address;
mod connection;
mod roots;

use std::cell::RefCell;
use std::fmt;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use hyper::StatusCode;
use hyper::body::Bytes;
use serde::Deserialize;
use tokio::runtime::{Builder, Runtime};
use zeroize::Zeroizing;

pub use self::address::{Address, AddressError};
use self::connection::Connection;
pub use self::roots::Roots;
pub use crate::object::Object;
use crate::signature::Signer;
use crate::tls::TlsError;

/// How long a connection may take to be there, handshake included.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long an answer may take.
const ANSWER_TIME: Duration = Duration::from_secs(60);
/// Longest answer that is read, in bytes: no page of any listing comes near it.
const ANSWER_LEN_MAX: usize = 8 << 20;

/// What a request is refused with that may come again later; nothing was done.
const THROTTLED: &str = "ThrottlingException";
/// How long a client waits before it asks again, each time that it is told to come back later.
const WAITS: [Duration; 4] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2)];

/// Whom to ask, in whose name, and for which Region.
#[derive(Debug)]
pub struct Client {
    runtime: Runtime,
    address: Address,
    signer: Signer,
    region: String,
    roots: Option<Roots>,
    connection: RefCell<Option<Connection>>,
}

/// Why there is no answer, or none that was hoped for.
#[derive(Debug)]
#[non_exhaustive]
pub enum ClientError {
    /// Nobody is there, or the connection was cut.
    Unreachable(io::Error),
    /// It took too long.
    TimedOut,
    /// Whoever is there is not who was asked for.
    Untrusted(String),
    /// Certificates that are to be believed cannot be read.
    Roots(TlsError),
    /// The request cannot be signed: the access key, the token or the Region is no text for a header.
    Unsignable,
    /// What answers is no endpoint of AWS KMS. The status of HTTP.
    NotAnEndpoint(u16),
    /// The endpoint refused.
    Refused {
        /// The name of the exception.
        code: String,
        /// Its message, if it has one.
        message: Option<String>,
    },
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClientError::Unreachable(error) => write!(f, "the endpoint cannot be reached: {error}"),
            ClientError::TimedOut => f.write_str("the endpoint did not answer in time"),
            ClientError::Untrusted(why) => {
                write!(f, "the certificate of the endpoint is not believed: {why}")
            }
            ClientError::Roots(error) => error.fmt(f),
            ClientError::Unsignable => f.write_str("the access key, the token or the Region cannot be right"),
            ClientError::NotAnEndpoint(status) => {
                write!(f, "what answers there is no endpoint of AWS KMS (status {status})")
            }
            ClientError::Refused { code, message: None } => f.write_str(code),
            ClientError::Refused { code, message: Some(message) } => write!(f, "{code}: {message}"),
        }
    }
}

impl std::error::Error for ClientError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            ClientError::Unreachable(error) => Some(error),
            ClientError::Roots(error) => Some(error),
            _ => None,
        }
    }
}

/// An exception as it comes.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "__type")]
    code: String,
    message: Option<String>,
}

impl Client {
    /// A client. Nothing is sent yet. `certificates` is a file in PEM: whoever has one that they lead to is believed; without it
    /// those are that the platform believes.
    ///
    /// # Errors
    /// [`ClientError::Roots`]; [`ClientError::Unreachable`]: the operating system gives nothing to connect with.
    pub fn new(
        address: Address,
        signer: Signer,
        region: String,
        certificates: Option<PathBuf>,
    ) -> Result<Self, ClientError> {
        let roots = if address.is_secure() {
            Some(Roots::load(certificates).map_err(ClientError::Roots)?)
        } else {
            None
        };
        let runtime = Builder::new_current_thread().enable_all().build().map_err(ClientError::Unreachable)?;
        Ok(Client { runtime, address, signer, region, roots, connection: RefCell::new(None) })
    }

    /// Asks for an operation, and waits for its answer. Where there are too many requests, it asks again, for some four seconds in
    /// all.
    ///
    /// # Errors
    /// [`ClientError`]. After one that is not [`ClientError::Refused`] nobody knows whether it was done.
    pub fn ask(&self, operation: &str, arguments: Object) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        let body = arguments.into_body();
        for wait in WAITS {
            match self.ask_once(operation, body.clone()) {
                // Meanwhile the connection is heard, should it end.
                Err(ClientError::Refused { code, .. }) if code == THROTTLED => {
                    self.runtime.block_on(async { tokio::time::sleep(wait).await });
                }
                answered => return answered,
            }
        }
        self.ask_once(operation, body)
    }

    fn ask_once(&self, operation: &str, body: Bytes) -> Result<Zeroizing<Vec<u8>>, ClientError> {
        // Nobody else has it: a client is asked by one thread, for one thing at a time.
        let mut kept = self.connection.borrow_mut();
        let asked = self.runtime.block_on(async {
            let mut connection = match kept.take().filter(Connection::is_open) {
                Some(connection) => connection,
                None => within(CONNECT_TIME, Connection::open(&self.address, self.roots.as_ref())).await?,
            };
            let request = connection::request(&self.address, (&self.signer, &self.region), operation, body)?;
            let answer = within(ANSWER_TIME, connection.exchange(request, ANSWER_LEN_MAX)).await?;
            *kept = Some(connection);
            Ok::<_, ClientError>(answer)
        });
        let (status, body) = asked?;
        if status == StatusCode::OK {
            return Ok(body);
        }
        match serde_json::from_slice::<Exception>(&body) {
            Ok(Exception { code, message }) => Err(ClientError::Refused { code, message }),
            Err(_) => Err(ClientError::NotAnEndpoint(status.as_u16())),
        }
    }
}

async fn within<T>(
    time: Duration,
    work: impl Future<Output = Result<T, ClientError>>,
) -> Result<T, ClientError> {
    tokio::time::timeout(time, work).await.unwrap_or(Err(ClientError::TimedOut))
}
