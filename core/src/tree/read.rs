//! Reading: from the top key down to a record, nothing believed but what the parent's key opens.

use zeroize::Zeroizing;

use super::address::{OWNER_LEVEL, Owner, behind, copy_of, last_below, nibble, node_address, owner_of};
use super::node::{NODE_BLOB_LEN, Node, children, covers};
use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose, labels};
use crate::error::{Error, Part, StorageError};
use crate::limits::TREE_LEVELS_DOUBLED;
use crate::platform::{Address, Storage};
use crate::secret::Secret;

const FORMAT: u8 = 1;

/// The tree as one revision has it.
pub(crate) struct View<'a, C, S> {
    pub(crate) storage: &'a S,
    pub(crate) vault_id: &'a [u8; 16],
    pub(crate) top_key: &'a Secret<32>,
    /// Whether what is staged is there.
    sees_staged: bool,
    /// Where damage was met last.
    pub(crate) damaged: core::cell::Cell<Option<Address>>,
    primitives: core::marker::PhantomData<C>,
}

/// A child seen on the way: its address and its key.
type Link = (Address, Secret<32>);

pub(crate) fn is_doubled(address: &Address) -> bool {
    address.0[23] < TREE_LEVELS_DOUBLED
}

/// The root node's address.
pub(super) const ROOT: Address = Address([0; 24]);

/// SHA-256(A) of a node or record: `label ‖ format ‖ address`, without the copy bit.
pub(super) fn associated<C: Primitives>(purpose: Purpose, address: &Address) -> [u8; 32] {
    let label = if purpose == Purpose::Node { labels::NODE } else { labels::RECORD };
    C::sha256([&label[..], &[FORMAT], &address.0].into_iter())
}

impl<'a, C: Primitives, S: Storage> View<'a, C, S> {
    pub(crate) fn new(storage: &'a S, vault_id: &'a [u8; 16], top_key: &'a Secret<32>) -> Self {
        View {
            storage,
            vault_id,
            top_key,
            sees_staged: false,
            damaged: core::cell::Cell::new(None),
            primitives: core::marker::PhantomData,
        }
    }

    /// The same tree, with or without what is staged.
    pub(crate) fn with_staged(self, sees_staged: bool) -> Self {
        View { sees_staged, ..self }
    }

    fn read(&self, at: &Address, buffer: &mut [u8]) -> Result<Option<usize>, StorageError> {
        match self.storage.staging() {
            Some(staging) if self.sees_staged => staging.read(at, buffer),
            _ => self.storage.read(at, buffer),
        }
    }

    /// Reads and opens one blob in place.
    fn open<'b>(
        &self,
        purpose: Purpose,
        at: &Address,
        address: &Address,
        key: &Secret<32>,
        buffer: &'b mut [u8],
    ) -> Result<&'b mut [u8], Error> {
        let part = if purpose == Purpose::Node { Part::Node } else { Part::Record };
        let damaged = Error::Damaged(part);
        self.damaged.set(Some(*address));
        let len = match self.read(at, buffer) {
            Ok(len) => len.ok_or(damaged)?,
            // A record larger than this platform's buffers is a fact; a node can only be that large if it was altered.
            Err(StorageError::BufferTooSmall { .. }) if purpose == Purpose::Node => return Err(damaged),
            Err(StorageError::BufferTooSmall { .. }) => return Err(Error::Capacity),
            Err(other) => return Err(Error::Storage(other)),
        };
        let blob = buffer.get_mut(..len).ok_or(damaged)?;
        let key = SealingKey::<C>::open(key, purpose, self.vault_id, 0).0;
        let opened = sr1::open_blob(&key, purpose, &associated::<C>(purpose, address), blob);
        opened.inspect(|_| self.damaged.set(None)).map_err(|_| damaged)
    }

    /// Opens a node, from its second copy if need be, and lends its plaintext.
    fn with_node<R>(
        &self,
        address: &Address,
        key: &Secret<32>,
        read: impl FnOnce(&[u8]) -> Result<R, Error>,
    ) -> Result<R, Error> {
        let mut buffer = Zeroizing::new([0; NODE_BLOB_LEN]);
        match self.open(Purpose::Node, address, address, key, &mut *buffer) {
            Ok(plaintext) => read(plaintext),
            Err(_) if is_doubled(address) => {
                let copy = copy_of(address);
                read(self.open(Purpose::Node, &copy, address, key, &mut *buffer)?)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn node(&self, address: &Address, key: &Secret<32>) -> Result<Node, Error> {
        self.with_node(address, key, |plaintext| {
            Node::read(address, plaintext).map_err(|_| self.malformed(address))
        })
    }

    /// A node that opens and is none.
    fn malformed(&self, node: &Address) -> Error {
        self.damaged.set(Some(*node));
        Error::Damaged(Part::Node)
    }

    /// The child of a node that `pick` chooses.
    fn child(&self, node: &Link, mut pick: impl FnMut(&Address) -> bool) -> Result<Option<Link>, Error> {
        self.with_node(&node.0, &node.1, |plaintext| {
            let malformed = |_| self.malformed(&node.0);
            for child in children(&node.0, plaintext).map_err(malformed)? {
                let (address, key) = child.map_err(malformed)?;
                if pick(&address) {
                    let mut found = (address, Secret::zeroed());
                    found.1.fill_with(|slot| *slot = *key);
                    return Ok(Some(found));
                }
            }
            Ok(None)
        })
    }

    fn root(&self) -> Link {
        let mut key = Secret::zeroed();
        key.set_from(self.top_key);
        (ROOT, key)
    }

    /// The key of the record at `address`, or `None` if the tree says that there is none.
    fn find(&self, address: &Address) -> Result<Option<Secret<32>>, Error> {
        let mut at = self.root();
        loop {
            let level = at.0.0[23];
            let towards = |child: &Address| nibble(child, level) == nibble(address, level);
            match self.child(&at, towards)? {
                Some(child) if child.0 == *address => return Ok(Some(child.1)),
                Some(child) if child.0.0[23] < address.0[23] && covers(&child.0, address) => at = child,
                _ => return Ok(None),
            }
        }
    }

    /// Reads the record at `address` into `buffer` and lends its plaintext there; `None` if the tree says that there is
    /// none.
    pub(crate) fn record<'b>(
        &self,
        address: &Address,
        buffer: &'b mut [u8],
    ) -> Result<Option<&'b mut [u8]>, Error> {
        match self.find(address)? {
            Some(key) => self.open(Purpose::Record, address, address, &key, buffer).map(Some),
            None => Ok(None),
        }
    }

    /// Whether any record of this owner exists. Damage below the owner counts as taken.
    pub(crate) fn is_taken(&self, owner: &Owner) -> Result<bool, Error> {
        let wanted = node_address(&behind(owner), OWNER_LEVEL);
        let mut at = self.root();
        loop {
            let level = at.0.0[23];
            match self.child(&at, |child| nibble(child, level) == nibble(&wanted, level))? {
                Some(child) if child.0.0[23] >= OWNER_LEVEL => return Ok(covers(&wanted, &child.0)),
                Some(child) if covers(&child.0, &wanted) => at = child,
                _ => return Ok(false),
            }
        }
    }

    /// The first record whose address lies behind `after`, or the first of all.
    pub(crate) fn next_record(&self, after: Option<&Address>) -> Result<Option<Address>, Error> {
        self.first_of(self.right_of(after)?)
    }

    /// The first record of an owner whose address lies behind `after`, an address of that owner. Nodes of other owners are not
    /// opened, so that damage to them is not met here.
    pub(crate) fn next_record_of(&self, owner: &Owner, after: &Address) -> Result<Option<Address>, Error> {
        let right = self.right_of(Some(after))?;
        self.first_of(right.filter(|(address, _)| owner_of(address) == *owner))
    }

    /// What lies right of an address, nearest to it: a node or a record, or the root if there is no address.
    fn right_of(&self, after: Option<&Address>) -> Result<Option<Link>, Error> {
        let mut candidate: Option<Link> = None;
        if let Some(after) = after {
            let mut at = self.root();
            // A node that ends at `after` has nothing behind it, and need not open.
            while last_below(&at.0).0.get(..23) > after.0.get(..23) {
                // The deepest child to the right of the path is where the walk goes on from.
                let level = at.0.0[23];
                let right = self.child(&at, |child| nibble(child, level) > nibble(after, level))?;
                candidate = right.or(candidate);
                let straight = self.child(&at, |child| nibble(child, level) == nibble(after, level))?;
                match straight {
                    Some(child) if child.0.0[23] < 48 && covers(&child.0, after) => at = child,
                    // Its nibbles part from `after` below this level: the whole child lies on one side.
                    Some(child) if child.0.0.get(..23) > after.0.get(..23) => {
                        candidate = Some(child);
                        break;
                    }
                    _ => break,
                }
            }
        } else {
            candidate = Some(self.root());
        }
        Ok(candidate)
    }

    /// The first record there.
    fn first_of(&self, link: Option<Link>) -> Result<Option<Address>, Error> {
        let Some(mut at) = link else { return Ok(None) };
        while at.0.0[23] != 48 {
            match self.child(&at, |_| true)? {
                Some(leftmost) => at = leftmost,
                None if at.0 == ROOT => return Ok(None),
                None => return Err(self.malformed(&at.0)),
            }
        }
        Ok(Some(at.0))
    }
}

/// A sealed node, as it is stored.
type SealedNode = [u8; NODE_BLOB_LEN];
/// Is shown where a copy does not open, and the blob of the other one.
type CopyVisit<'v> = dyn FnMut(&Address, Option<&[u8]>) -> Result<(), Error> + 'v;

impl<C: Primitives, S: Storage> View<'_, C, S> {
    /// Opens both copies of every node that has two, and answers how many copies do not open.
    pub(crate) fn damaged_copies(&self) -> Result<u64, Error> {
        let mut count = 0u64;
        self.each_damaged_copy(&mut |_, _| {
            count = count.saturating_add(1);
            Ok(())
        })?;
        Ok(count)
    }

    /// Opens both copies of every node that has two, and shows where one does not open, with the blob of the other one if
    /// that does.
    pub(crate) fn each_damaged_copy(&self, visit: &mut CopyVisit<'_>) -> Result<(), Error> {
        let mut left = heapless::Vec::<Link, 48>::new();
        left.push(self.root()).map_err(|_| Error::Bug)?;
        while let Some((address, key)) = left.pop() {
            let mut sealed: SealedNode = [0; NODE_BLOB_LEN];
            let mut good: Option<usize> = None;
            let mut bad = heapless::Vec::<Address, 2>::new();
            for at in [address, copy_of(&address)] {
                match self.sealed_node(&at, &address, &key, &mut sealed) {
                    Ok(len) => good = Some(len),
                    Err(Error::Damaged(_)) => bad.push(at).map_err(|_| Error::Bug)?,
                    Err(other) => return Err(other),
                }
            }
            let blob = good.and_then(|len| sealed.get(..len));
            for at in &bad {
                visit(at, blob)?;
            }
            // A node whose copies are both lost hides what is below; the walk over all records reports that.
            let Ok(node) = self.node(&address, &key) else { continue };
            for child in node.children.into_iter().filter(|child| is_doubled(&child.address)) {
                left.push((child.address, child.key)).map_err(|_| Error::Bug)?;
            }
        }
        Ok(())
    }

    /// Copies the blob of a node that opens into `sealed`, which is left as it is otherwise.
    fn sealed_node(
        &self,
        at: &Address,
        address: &Address,
        key: &Secret<32>,
        sealed: &mut SealedNode,
    ) -> Result<usize, Error> {
        let damaged = Error::Damaged(Part::Node);
        let mut blob: SealedNode = [0; NODE_BLOB_LEN];
        let len = match self.read(at, &mut blob) {
            Ok(len) => len.ok_or(damaged)?,
            Err(StorageError::BufferTooSmall { .. }) => return Err(damaged),
            Err(other) => return Err(Error::Storage(other)),
        };
        let mut opened = Zeroizing::new(blob);
        let body = opened.get_mut(..len).ok_or(damaged)?;
        let sealing = SealingKey::<C>::open(key, Purpose::Node, self.vault_id, 0).0;
        let associated = associated::<C>(Purpose::Node, address);
        sr1::open_blob(&sealing, Purpose::Node, &associated, body).map_err(|_| damaged)?;
        *sealed = blob;
        Ok(len)
    }

    /// Whether the tree has a record or a node at exactly this address.
    pub(crate) fn holds(&self, address: &Address) -> Result<bool, Error> {
        Ok(*address == ROOT || self.find(address)?.is_some())
    }
}
