use std::sync::atomic::{AtomicUsize, Ordering};

use strongroom_core::crypto::Primitives;
use strongroom_core::platform::State;
use strongroom_core::{Error, Published, Writer};

use super::lent::Lent;
use super::sharded::Sharded;

/// Largest sealed record of this platform in bytes: the longest policy and description, and what surrounds them.
pub(super) const RECORD_BLOB_LEN: usize = 80 * 1024;

/// The vault's state: the writer's half behind one lock, the published half in a copy for each shard of threads.
#[derive(Debug)]
pub struct ThreadedState<C: Primitives> {
    writer: Lent<(Writer<C>, Box<[u8]>)>,
    /// How many threads wait for the writer.
    waiting: AtomicUsize,
    published: Sharded<Published<C>>,
}

impl<C: Primitives> ThreadedState<C> {
    /// A closed vault's.
    #[must_use]
    pub fn new() -> Self {
        Self::with_record_len(RECORD_BLOB_LEN)
    }

    /// A closed vault's, that writes no longer records than this.
    pub(crate) fn with_record_len(len: usize) -> Self {
        ThreadedState {
            writer: Lent::new((Writer::new(), vec![0; len].into_boxed_slice())),
            waiting: AtomicUsize::new(0),
            published: Sharded::new(Published::new),
        }
    }
}

impl<C: Primitives> Default for ThreadedState<C> {
    fn default() -> Self {
        Self::new()
    }
}

impl<C: Primitives> State<C> for ThreadedState<C> {
    fn lend_writer<R>(&self, write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R) -> Result<R, Error> {
        // Relaxed: a hint, that comes early or late at no harm.
        self.waiting.fetch_add(1, Ordering::Relaxed);
        let mut is_waiting = true;
        let lent = self.writer.with(|(writer, scratch)| {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
            is_waiting = false;
            write(writer, scratch)
        });
        if is_waiting {
            self.waiting.fetch_sub(1, Ordering::Relaxed);
        }
        lent
    }

    fn lend_published<R>(&self, read: impl FnOnce(&Published<C>) -> R) -> Result<R, Error> {
        self.published.mine(|published| read(published))
    }

    fn publish(&self, change: impl Fn(&mut Published<C>)) -> Result<(), Error> {
        self.published.all(change)
    }

    fn is_awaited(&self) -> bool {
        self.waiting.load(Ordering::Relaxed) > 0
    }

    fn lend_writer_last<R>(
        &self,
        is_over: impl Fn(&Writer<C>) -> bool,
        write: impl FnOnce(&mut Writer<C>, &mut [u8]) -> R,
    ) -> Result<R, Error> {
        let is_mine = |(writer, _): &(Writer<C>, Box<[u8]>)| !self.is_awaited() || is_over(writer);
        self.writer.with_last(is_mine, |(writer, scratch)| write(writer, scratch))
    }
}
