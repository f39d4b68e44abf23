//! What a server is to be.

use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;

use strongroom_core::AccountId;
use strongroom_std::UnlockSecret;
use strongroom_std::keys_as_code::Declaration;

use crate::limits::Limits;
use crate::tls::TlsFiles;

/// What a server serves, where, and how strictly.
#[derive(Debug)]
pub struct Settings {
    /// The folder of the vaults: `DIR/<account>/<region>.vault`.
    pub data: PathBuf,
    /// Where to listen. Port 0 takes a free one.
    pub listen: Listen,
    /// For real, or for tests.
    pub mode: Mode,
    /// Certificates; without them, what clients send and get can be read on its way.
    pub tls: Option<TlsFiles>,
    /// Where the counters are told, with `/metrics`, to anybody who asks. Port 0 takes a free one.
    pub metrics: Option<SocketAddr>,
    /// How much a client may take.
    pub limits: Limits,
}

impl Settings {
    /// Without certificates and counters, with the limits that are usual.
    #[must_use]
    pub fn new(data: PathBuf, listen: SocketAddr, mode: Mode) -> Self {
        let (listen, tls, metrics, limits) = (Listen::On(listen), None, None, Limits::default());
        Settings { data, listen, mode, tls, metrics, limits }
    }
}

/// Where to listen.
#[derive(Debug)]
pub enum Listen {
    /// There. Port 0 takes a free one.
    On(SocketAddr),
    /// On a socket that somebody else has opened: systemd, for one.
    Given(TcpListener),
}

/// For real, or for tests.
#[derive(Debug)]
pub enum Mode {
    /// Vaults that there are, opened with this secret.
    Real {
        /// What opens every vault of the folder.
        secret: UnlockSecret,
    },
    /// For tests on a laptop: vaults are made when they are first asked, any access key is the root user of its account, and
    /// signatures are not looked at. Anybody can open these vaults, and no others are opened.
    Dev {
        /// The account of an access key that is not twelve digits itself.
        account: AccountId,
        /// What there is from the start.
        seed: Option<Seed>,
    },
}

/// Keys as code that a vault for tests starts from. A key that is declared by an id is made with that id.
#[derive(Debug)]
pub struct Seed {
    /// The Region of the vault, which is that of [`Mode::Dev`]'s account.
    pub region: String,
    /// What is declared.
    pub declaration: Declaration,
}

impl Mode {
    /// Whether this is for tests.
    #[must_use]
    pub const fn is_dev(&self) -> bool {
        matches!(self, Mode::Dev { .. })
    }
}
