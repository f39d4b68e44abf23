//! The AWS KMS protocol over Strongroom vaults. It translates: requests into what a vault can be asked, answers and errors
//! into what clients of AWS KMS expect. The vaults decide.
//!
//! A vault is one account in one Region. A [`Directory`] finds it: `DIR/<account>/<region>.vault`. `strongroom serve` runs a
//! [`Server`] over one; [`wire::answer`] is the whole protocol without a network. [`client`] is the other side, as far as the
//! command needs it.

pub mod client;
mod clock;
mod connection;
mod credentials;
mod directory;
mod endpoint;
mod error;
mod http;
mod known;
mod limits;
mod metrics;
mod notify;
mod object;
mod server;
mod settings;
mod signals;
pub mod signature;
mod sts;
mod tls;
mod who;
pub mod wire;

pub use directory::{Directory, DirectoryError};
pub use error::ServeError;
pub use limits::Limits;
pub use server::Server;
pub use settings::{Listen, Mode, Seed, Settings};
pub use signals::Signals;
pub use tls::{TlsError, TlsFiles};
pub use who::{KeptCaller, Policies, Who};
