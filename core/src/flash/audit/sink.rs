use core::cell::RefCell;

use embedded_storage::nor_flash::NorFlash;

use super::super::FlashError;
use super::area::{AuditArea, Blocks};
use super::cell::Front;
use super::ring::{FRAMES_START, Refused, Ring, frame_len};
use crate::limits::PENDING_AUDIT_LEN;
use crate::platform::{Accepted, AuditRoom, AuditSink, LINK_LEN, SinkFailed};

/// What a frame holds in front of the entry: the hash of the chain before it.
const HASH_LEN: usize = 32;

/// When events of operations that change nothing are durable. Changes are always durable with their event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuditDurability {
    /// Before the operation answers: an entry for each.
    #[default]
    Strict,
    /// When the buffer is full, or with [`Vault::flush_audit`](crate::Vault::flush_audit), whichever comes first: what
    /// waits is what a reset can lose.
    Batched,
}

/// What becomes of a request for which the log has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenFull {
    /// It is denied, until [`FlashAudit::release`] makes room.
    #[default]
    Deny,
    /// The oldest block is erased for it. The vault says so in the log before, so that an auditor can tell.
    DropOldest,
}

/// The rules of one log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuditRules {
    /// When events are durable.
    pub durability: AuditDurability,
    /// What happens when there is no room.
    pub when_full: WhenFull,
}

/// What a log knows of its flash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditHealth {
    /// Blocks that hold nothing, and are used next.
    pub free_blocks: u32,
    /// Bytes left in the block that is written now.
    pub rest: u32,
}

/// The audit log in a ring of blocks of a NOR flash, in sectors of its own. There is no allocation.
///
/// `BUFFER` is the length of its one buffer in bytes, at least 1752: it holds the events of one flush, and 88 bytes besides. A
/// request whose event is longer is denied. Scanning takes as much of the stack.
///
/// Every entry is a frame of cells of 32 bytes, and one cell at its end makes it count. Nothing is written where a power cut
/// may have left something, and a last entry that may read otherwise tomorrow is written again before it is shown. Blocks
/// are erased in turn, so that all wear the same.
#[derive(Debug)]
pub struct FlashAudit<F: NorFlash, const BUFFER: usize> {
    log: RefCell<Log<F, BUFFER>>,
    rules: AuditRules,
}

#[derive(Debug)]
struct Log<F, const BUFFER: usize> {
    ring: Ring<F>,
    /// The content of the next frame: room for the hash before the entry and for its link, then the events taken, each behind
    /// its length of two bytes.
    buffer: [u8; BUFFER],
    /// Where the events end.
    end: usize,
}

/// What stands in front of the events.
const FRONT_LEN: usize = HASH_LEN.saturating_add(LINK_LEN);

impl<F: NorFlash, const BUFFER: usize> FlashAudit<F, BUFFER> {
    /// Opens the log in an area of a flash; an erased area is an empty log. It may write, to make certain what it found
    /// after a power cut.
    ///
    /// # Errors
    /// [`FlashError::Geometry`]: the area does not fit the flash or the log in it, a block does not hold two of the longest
    /// entries, or an entry in the log is longer than this buffer. [`FlashError::FromTheFuture`]. [`FlashError::Medium`]: the
    /// flash failed; trying again may help.
    pub fn mount(flash: F, area: AuditArea, rules: AuditRules) -> Result<Self, FlashError> {
        const { assert!(BUFFER >= FRONT_LEN + PENDING_AUDIT_LEN) };
        let twice = frame_len(BUFFER).saturating_mul(2);
        if area.block_len < twice.saturating_add(FRAMES_START) {
            return Err(FlashError::Geometry);
        }
        let mut ring = find(flash, area)?;
        let mut buffer = [0; BUFFER];
        let longest = u32::try_from(BUFFER).unwrap_or(u32::MAX);
        if ring.last().is_some_and(|last| last.len > longest) {
            return Err(FlashError::Geometry);
        }
        match ring.make_certain(&mut buffer, rules.when_full == WhenFull::DropOldest) {
            // Room was kept for it; after many cuts in a row it stays as it is.
            Ok(()) | Err(Refused::Full) => {}
            Err(Refused::Failed) => return Err(FlashError::Medium),
        }
        Ok(FlashAudit { log: RefCell::new(Log { ring, buffer, end: FRONT_LEN }), rules })
    }

    /// How much room there is.
    ///
    /// # Errors
    /// [`SinkFailed`]: the log is in use.
    pub fn health(&self) -> Result<AuditHealth, SinkFailed> {
        let log = self.log.try_borrow().map_err(|_| SinkFailed)?;
        Ok(AuditHealth { free_blocks: log.ring.free(), rest: log.ring.rest() })
    }

    /// Visits durable entries in order, each with the hash of the chain before it, until `visit` answers `false`: what
    /// [`Verifier::follow_behind`](crate::audit::Verifier::follow_behind) takes.
    ///
    /// # Errors
    /// [`SinkFailed`]: the visit ended early.
    pub fn walk(&self, visit: &mut dyn FnMut(&[u8; 32], &[u8]) -> bool) -> Result<(), SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        walk::<F, BUFFER>(&mut log.ring, 0, visit)
    }

    /// Erases the blocks all of whose entries stand before the number `before`, and answers how many. An auditor who has not
    /// got these entries from elsewhere will miss them.
    ///
    /// # Errors
    /// [`SinkFailed`]: the flash failed, or the log is in use.
    pub fn release(&self, before: u64) -> Result<u32, SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        let mut released = 0u32;
        while log.ring.release(before)? {
            released = released.saturating_add(1);
        }
        Ok(released)
    }

    fn drops(&self) -> bool {
        self.rules.when_full == WhenFull::DropOldest
    }
}

/// Visits the entries of a log in a flash that no vault has open, as [`FlashAudit::walk`] does. Writes nothing.
///
/// # Errors
/// See [`FlashAudit::mount`]. [`FlashError::Geometry`] also if an entry is longer than the buffer, behind those visited.
pub fn walk_audit_log<F: NorFlash, const BUFFER: usize>(
    flash: F,
    area: AuditArea,
    visit: &mut dyn FnMut(&[u8; 32], &[u8]) -> bool,
) -> Result<(), FlashError> {
    let mut ring = find(flash, area)?;
    walk::<F, BUFFER>(&mut ring, 0, visit).map_err(|SinkFailed| FlashError::Geometry)
}

fn find<F: NorFlash>(flash: F, area: AuditArea) -> Result<Ring<F>, FlashError> {
    let blocks = Blocks::new(flash, area).ok_or(FlashError::Geometry)?;
    Ring::find(blocks).map_err(|front| match front {
        Some(Front::Newer { format }) => FlashError::FromTheFuture { format },
        Some(_) => FlashError::Geometry,
        None => FlashError::Medium,
    })
}

fn walk<F: NorFlash, const BUFFER: usize>(
    ring: &mut Ring<F>,
    from: u64,
    visit: &mut dyn FnMut(&[u8; 32], &[u8]) -> bool,
) -> Result<(), SinkFailed> {
    let mut buffer = [0; BUFFER];
    let mut frame = ring.next(None, from)?;
    while let Some(at) = frame {
        let content = ring.read(&at, &mut buffer)?.ok_or(SinkFailed)?;
        let (hash, entry) = content.split_first_chunk::<HASH_LEN>().ok_or(SinkFailed)?;
        if !visit(hash, entry) {
            break;
        }
        frame = ring.next(Some(&at), from)?;
    }
    Ok(())
}

impl<F: NorFlash, const BUFFER: usize> Log<F, BUFFER> {
    /// Whether one more frame of this length fits, and could be written a second time after a power cut.
    fn has_room(&self, len: u32) -> bool {
        let (rest, free) = (self.ring.rest(), self.ring.free());
        match (rest.checked_div(len), free) {
            (Some(0) | None, 0) | (Some(1), 0) => false,
            (Some(0) | None, free) => free >= 1,
            _ => true,
        }
    }
}

impl<F: NorFlash, const BUFFER: usize> AuditSink for FlashAudit<F, BUFFER> {
    fn append(&self, len: usize, write: &dyn Fn(&mut [u8])) -> Result<Accepted, SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        let prefix = u16::try_from(len).map_err(|_| SinkFailed)?.to_be_bytes();
        let (start, end) = (log.end, log.end.saturating_add(2).saturating_add(len));
        if !self.drops() && !log.has_room(frame_len(end)) {
            return Err(SinkFailed);
        }
        let place = log.buffer.get_mut(start..end).ok_or(SinkFailed)?;
        let (length, event) = place.split_first_chunk_mut::<2>().ok_or(SinkFailed)?;
        *length = prefix;
        write(event);
        log.end = end;
        let is_strict = self.rules.durability == AuditDurability::Strict;
        // What the vault still has to hand over must fit whatever waits here.
        let is_full = BUFFER.saturating_sub(end) < PENDING_AUDIT_LEN;
        Ok(if is_strict || is_full { Accepted::FlushDue } else { Accepted::Batched })
    }

    fn flush(&self, link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN]) -> Result<(), SinkFailed> {
        self.flush_behind(&[0; HASH_LEN], link)
    }

    fn flush_behind(
        &self,
        hash: &[u8; HASH_LEN],
        link: &mut dyn FnMut(&[u8]) -> [u8; LINK_LEN],
    ) -> Result<(), SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        let Log { ring, buffer, end } = &mut *log;
        if *end == FRONT_LEN {
            return Ok(());
        }
        let content = buffer.get_mut(..*end).ok_or(SinkFailed)?;
        let (hash_place, entry) = content.split_first_chunk_mut::<HASH_LEN>().ok_or(SinkFailed)?;
        let (link_place, events) = entry.split_first_chunk_mut::<LINK_LEN>().ok_or(SinkFailed)?;
        (*hash_place, *link_place) = (*hash, link(events));
        let sequence = link_place.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).ok_or(SinkFailed)?;
        ring.append(sequence, content, self.drops()).map_err(|_| SinkFailed)?;
        *end = FRONT_LEN;
        Ok(())
    }

    fn scan(&self, from: u64, visit: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        walk::<F, BUFFER>(&mut log.ring, from, &mut |_, entry| visit(entry))
    }

    fn room(&self) -> Result<AuditRoom, SinkFailed> {
        let mut log = self.log.try_borrow_mut().map_err(|_| SinkFailed)?;
        let free = log.ring.free();
        if self.drops() {
            let next = if free == 0 { log.ring.next_to_drop()? } else { None };
            return Ok(next.map_or(AuditRoom::DropsOldest, AuditRoom::DropsBefore));
        }
        let in_blocks = free.saturating_mul(log.ring.blocks.area.block_len.saturating_sub(FRAMES_START));
        Ok(AuditRoom::Left(in_blocks.saturating_add(log.ring.rest())))
    }
}
