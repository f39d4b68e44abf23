//! The log in a file, whose flushes a test looks at.

use std::cell::RefCell;
use std::fmt;

use strongroom_core::platform::{Accepted, AuditSink, LINK_LEN, SinkFailed};
use strongroom_std::AuditFile;

/// Is called before each flush.
type Watch = Box<dyn Fn()>;

pub struct WatchedLog {
    file: AuditFile,
    watch: RefCell<Option<Watch>>,
}

impl WatchedLog {
    pub fn new(file: AuditFile) -> Self {
        WatchedLog { file, watch: RefCell::new(None) }
    }

    /// From now on `watch` is called whenever the log is about to be written.
    pub fn watch(&self, watch: impl Fn() + 'static) {
        *self.watch.borrow_mut() = Some(Box::new(watch));
    }
}

impl fmt::Debug for WatchedLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.file.fmt(f)
    }
}

impl AuditSink for WatchedLog {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        self.file.append(len, write)
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        if let Some(watch) = &*self.watch.borrow() {
            watch();
        }
        self.file.flush(link)
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        self.file.scan(from, visit)
    }
}
