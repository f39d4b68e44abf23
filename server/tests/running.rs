//! A server for a test, over a folder that vanishes.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use strongroom_core::AccountId;
use strongroom_server::{Mode, Seed, Server, Settings};

/// A running server.
pub(crate) struct Running {
    server: Option<Server>,
    _folder: tempfile::TempDir,
}

impl Running {
    /// Starts `--dev` over an empty folder.
    pub(crate) fn dev() -> Self {
        Self::seeded(None)
    }

    /// The same, with something from the start.
    pub(crate) fn seeded(seed: Option<Seed>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mode = Mode::Dev { account: AccountId::parse("000000000000").unwrap(), seed };
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let server = Server::start(Settings::new(folder.path().join("data"), listen, mode)).unwrap();
        Running { server: Some(server), _folder: folder }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.as_ref().unwrap().address()
    }

    /// The same as clients are told it.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address())
    }
}

impl Running {
    /// Tells a program where to find the server, and nothing of what this machine has configured for AWS.
    pub(crate) fn tell(&self, command: &mut Command) {
        for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
            command.env_remove(name);
        }
        command
            .env("AWS_CONFIG_FILE", "/nonexistent")
            .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("STRONGROOM_URL", self.url());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(server) = self.server.take() {
            let stopped = server.stop();
            assert!(std::thread::panicking() || stopped.is_ok(), "{stopped:?}");
        }
    }
}
