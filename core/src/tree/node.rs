//! One node: up to sixteen children, each with the key that opens it.
//!
//! `u16 bitmap`, then for each child in nibble order: `level (1) ‖ key (32) ‖ skipped address bytes`, zero-padded to a
//! multiple of 64. A node's level is the number of nibbles of its prefix; a child more than one level down has the
//! bytes between written out, since absence needs the child's whole prefix.

use heapless::Vec;

use super::address::{NIBBLES, RECORD_LEVEL, nibble, node_address};
use crate::crypto::sr1;
use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::limits::{NODE_LEN_MAX, PADDING};
use crate::platform::Address;
use crate::secret::Secret;

/// A sealed node fits in this many bytes.
pub(super) const NODE_BLOB_LEN: usize = NODE_LEN_MAX + sr1::OVERHEAD;

/// A node or record below a node.
pub(super) struct Child {
    pub(super) address: Address,
    pub(super) key: Secret<32>,
}

/// A node, taken apart in order to be changed.
pub(super) struct Node {
    /// Prefix, zero-padded, and level.
    pub(super) address: Address,
    /// In nibble order.
    pub(super) children: Vec<Child, 16>,
}

impl Child {
    pub(super) fn level(&self) -> u8 {
        self.address.0[23]
    }

    /// Whether a record with this address would be the child or lie below it.
    pub(super) fn covers(&self, address: &Address) -> bool {
        covers(&self.address, address)
    }
}

pub(super) fn covers(node: &Address, address: &Address) -> bool {
    let level = node.0[23];
    if level == RECORD_LEVEL { node == address } else { node_address(address, level) == *node }
}

/// The bytes of a child's address that its parent writes out.
fn skipped(parent_level: u8, child_level: u8) -> core::ops::Range<usize> {
    let start = usize::from(parent_level.saturating_add(1) >> 1);
    if child_level <= parent_level.saturating_add(1) {
        return start..start;
    }
    start..usize::from(child_level.min(NIBBLES).saturating_add(1) >> 1)
}

/// The children in a node's plaintext, in nibble order: position, address and key.
pub(super) fn children<'a>(
    node: &'a Address,
    plaintext: &'a [u8],
) -> Result<impl Iterator<Item = Result<(Address, &'a [u8; 32]), Malformed>> + 'a, Malformed> {
    let mut reader = Reader::new(plaintext);
    let bitmap = reader.u16()?;
    let level = node.0[23];
    Ok((0u8..16).filter(move |position| bitmap >> position & 1 != 0).map(move |position| {
        let child_level = reader.u8()?;
        let key = reader.take(32)?.try_into().map_err(|_| Malformed)?;
        let mut address = Address(node.0);
        if let Some(byte) = address.0.get_mut(usize::from(level >> 1)) {
            *byte = if level & 1 == 0 { position << 4 } else { *byte & 0xf0 | position };
        }
        let written = skipped(level, child_level);
        let bytes = reader.take(written.len())?;
        address.0.get_mut(written).ok_or(Malformed)?.copy_from_slice(bytes);
        address.0[23] = child_level;
        let parent_prefix = node_address(&address, level);
        let is_level = child_level > level && child_level < NIBBLES || child_level == RECORD_LEVEL;
        let is_canonical = child_level == RECORD_LEVEL || node_address(&address, child_level) == address;
        if parent_prefix != *node || nibble(&address, level) != position || !is_level || !is_canonical {
            return Err(Malformed);
        }
        Ok((address, key))
    }))
}

impl Node {
    pub(super) fn empty(address: Address) -> Self {
        Node { address, children: Vec::new() }
    }

    pub(super) fn level(&self) -> u8 {
        self.address.0[23]
    }

    pub(super) fn read(address: &Address, plaintext: &[u8]) -> Result<Self, Malformed> {
        let mut node = Node::empty(*address);
        let mut len = 2usize;
        for child in children(address, plaintext)? {
            let (address, key) = child?;
            let mut child = Child { address, key: Secret::zeroed() };
            child.key.fill_with(|slot| *slot = *key);
            len = len.saturating_add(33).saturating_add(skipped(node.level(), child.level()).len());
            node.children.push(child).map_err(|_| Malformed)?;
        }
        Reader::new(plaintext.get(len..).ok_or(Malformed)?).end_padded()?;
        Ok(node)
    }

    pub(super) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        let level = self.level();
        let bitmap = self.children.iter().fold(0u16, |bits, child| bits | 1 << nibble(&child.address, level));
        writer.u16(bitmap);
        for child in &self.children {
            writer.u8(child.level());
            child.key.expose(|key| writer.put(key));
            writer.put(child.address.0.get(skipped(level, child.level())).ok_or(Error::Bug)?);
        }
        writer.pad(PADDING);
        writer.finish()
    }

    /// The child whose nibble is that of `address`.
    pub(super) fn child_towards(&self, address: &Address) -> Option<&Child> {
        let level = self.level();
        self.children.iter().find(|child| nibble(&child.address, level) == nibble(address, level))
    }

    /// The child with exactly this address.
    pub(super) fn child_mut(&mut self, address: &Address) -> Option<&mut Child> {
        self.children.iter_mut().find(|child| child.address == *address)
    }

    /// Takes a child in at its place; there is none with its nibble.
    pub(super) fn insert(&mut self, child: Child) -> Result<(), Error> {
        let level = self.level();
        let place = nibble(&child.address, level);
        let index = self.children.iter().position(|other| nibble(&other.address, level) > place);
        self.children.insert(index.unwrap_or(self.children.len()), child).map_err(|_| Error::Bug)
    }
}
