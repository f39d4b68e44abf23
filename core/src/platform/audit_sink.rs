/// What stands in front of an event in the log: sequence number (8), mount id (16), MAC (32).
pub const LINK_LEN: usize = 56;

/// The sink could not take or keep an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SinkFailed;

/// What became of an appended event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// Kept in memory, within the sink's stated loss window.
    Batched,
    /// A flush is due before anything is released: the sink is strict, or its window is full.
    FlushDue,
}

/// How much more a sink takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditRoom {
    /// No end is in sight.
    Endless,
    /// About so many bytes of its medium; without room it refuses.
    Left(u32),
    /// When it is full it goes on over its oldest entries. None is about to go.
    DropsOldest,
    /// It is full, and goes on over its oldest entries: those before this number are next.
    DropsBefore(u64),
}

/// Keeps the audit log.
///
/// # Contract
/// An event that was appended and is lost within the process, or a flush that returns before its entries are durable,
/// makes an operation invisible to the auditor. Entries that are altered, cut out or reordered later are noticed by
/// whoever verifies the log. A sink that fails stops the vault: nothing is released without a record.
pub trait AuditSink {
    /// Takes one event of `len` bytes, which `write` brings into a buffer of that length.
    ///
    /// # Errors
    /// [`SinkFailed`]: the event is not kept.
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed>;

    /// Gathers the events taken so far, each behind its length of two bytes, into one or more entries, asks `link` for
    /// the chain link of each entry in turn, and makes `link ‖ events` durable. Sequence numbers tell where an entry
    /// belongs; one that exists already is replaced.
    ///
    /// # Errors
    /// [`SinkFailed`]: the events are still taken, and the next flush links them again from the start.
    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed>;

    /// As [`AuditSink::flush`], and told the hash of the chain before the first of these entries. A sink that may lose its
    /// oldest entries keeps it, so that those behind can still be followed; others need not.
    ///
    /// # Errors
    /// As [`AuditSink::flush`].
    fn flush_behind(
        &self,
        hash: &[u8; 32],
        link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN],
    ) -> Result<(), SinkFailed> {
        let _ = hash;
        self.flush(link)
    }

    /// How much more it takes. The vault keeps some of what is left for those who administer it, and says in the log which
    /// entries are about to be dropped.
    ///
    /// # Errors
    /// [`SinkFailed`]: that cannot be told.
    fn room(&self) -> Result<AuditRoom, SinkFailed> {
        Ok(AuditRoom::Endless)
    }

    /// Visits durable entries in order, from the sequence number `from` on, until `visit` answers `false`.
    ///
    /// # Errors
    /// [`SinkFailed`]: the visit ended early.
    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed>;
}
