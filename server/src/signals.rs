//! By what a process is asked to end, or to read its files again.

use std::io;

/// What was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asked {
    /// SIGINT, SIGTERM.
    End,
    /// SIGHUP.
    Reload,
}

/// The signals that are heard from now on: one that came before would have ended the process as it stood.
#[cfg(unix)]
#[derive(Debug)]
pub struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// Hears them, in a runtime.
    pub(crate) fn hear() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    /// Waits for the next.
    pub(crate) async fn next(&mut self) -> io::Result<Asked> {
        tokio::select! {
            _ = self.interrupt.recv() => Ok(Asked::End),
            _ = self.terminate.recv() => Ok(Asked::End),
            _ = self.hang_up.recv() => Ok(Asked::Reload),
        }
    }
}

/// Ctrl-C is all there is.
#[cfg(not(unix))]
#[derive(Debug)]
pub struct Signals;

#[cfg(not(unix))]
impl Signals {
    /// Nothing is to be done before.
    pub(crate) fn hear() -> io::Result<Self> {
        Ok(Signals)
    }

    /// Waits for it.
    pub(crate) async fn next(&mut self) -> io::Result<Asked> {
        tokio::signal::ctrl_c().await.map(|()| Asked::End)
    }
}
