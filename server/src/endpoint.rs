//! What all connections share: the vaults, the limits, the counters, and whether it is over.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http_body_util::Full;
use hyper::{Method, Response};

use crate::directory::Directory;
use crate::http::text;
use crate::limits::Limits;
use crate::metrics::Metrics;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Endpoint {
    pub(crate) directory: Arc<Directory>,
    pub(crate) limits: Limits,
    pub(crate) metrics: Metrics,
    is_over: AtomicBool,
}

impl Endpoint {
    pub(crate) fn new(directory: Arc<Directory>, limits: Limits) -> Self {
        Endpoint { directory, limits, metrics: Metrics::default(), is_over: AtomicBool::new(false) }
    }

    /// From here on it is not ready for more.
    pub(crate) fn end(&self) {
        self.is_over.store(true, Ordering::Relaxed);
    }

    /// `/healthz`: the process runs. `/readyz`: it has vaults, and takes requests.
    pub(crate) fn about_itself(&self, method: &Method, path: &str) -> Option<Response<Full<Bytes>>> {
        let is_ready = !self.is_over.load(Ordering::Relaxed) && self.directory.is_open();
        match (method, path) {
            (&Method::GET, "/healthz") => Some(text(200, "ok\n".to_owned())),
            (&Method::GET, "/readyz") if is_ready => Some(text(200, "ok\n".to_owned())),
            (&Method::GET, "/readyz") => Some(text(503, "not ready\n".to_owned())),
            _ => None,
        }
    }
}
