//! How much a client may take of a server.

use std::time::Duration;

/// Limits of connections, headers, bodies and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time. One more is cut at once.
    pub connections: usize,
    /// Bytes of a request's head, 8,192 at least.
    pub head_len: usize,
    /// Bytes of a body.
    pub body_len: usize,
    /// For the TLS handshake, and for each head from the end of the request before: an idle connection is closed then.
    pub head_time: Duration,
    /// For a body, once its head has come.
    pub body_time: Duration,
    /// For a connection on which nothing is asked and nothing is read.
    pub idle_time: Duration,
    /// For requests that are under way when the server is to end.
    pub drain_time: Duration,
}

impl Default for Limits {
    /// 4096 connections, 32 KiB of head, 1 MiB of body; 20 s for a head and for a body, 60 s idle, 30 s to end.
    fn default() -> Self {
        Limits {
            connections: 4096,
            head_len: 32 * 1024,
            body_len: 1 << 20,
            head_time: Duration::from_secs(20),
            body_time: Duration::from_secs(20),
            idle_time: Duration::from_secs(60),
            drain_time: Duration::from_secs(30),
        }
    }
}
