//! Writing: gather the nodes on the way to what changes, change them in memory, then seal them all under fresh keys.
//!
//! All reads come first and all writes after, so that a commit only streams.

use heapless::Vec;
use zeroize::Zeroizing;

use super::address::{OWNER_LEVEL, Owner, RECORD_LEVEL, behind, copy_of, divergence, node_address};
use super::node::{Child, NODE_BLOB_LEN, Node, covers};
use super::read::{ROOT, View, associated, is_doubled};
use crate::crypto::sr1::{self, SealingKey};
use crate::crypto::{Primitives, Purpose};
use crate::error::Error;
use crate::limits::TREE_NODES_PER_COMMIT;
use crate::platform::{Address, Entropy, Storage, Transaction};
use crate::secret::Secret;

/// The nodes that one commit rewrites; the root is first. It is large: whoever makes one has a frame of its own
/// (`#[inline(never)]`), for the compiler would make room for it in those of its callers too.
pub(crate) struct Plan<const NODES: usize = TREE_NODES_PER_COMMIT> {
    nodes: Vec<Node, NODES>,
    /// Records that were removed, and nodes that fell away with them.
    fallen: Vec<Address, NODES>,
}

impl Plan {
    /// A plan for a tree that does not exist yet.
    pub(crate) fn for_empty_tree() -> Self {
        let mut nodes = Vec::new();
        // Room for one is always there.
        let _ = nodes.push(Node::empty(ROOT));
        Plan { nodes, fallen: Vec::new() }
    }
}

impl<const NODES: usize> Plan<NODES> {
    /// A plan of nothing, to be started: it is large, and made where it stays.
    pub(crate) const fn new() -> Self {
        Plan { nodes: Vec::new(), fallen: Vec::new() }
    }

    /// Forgets what was planned; from here on the plan changes the tree of `view`.
    pub(crate) fn start<C: Primitives, S: Storage>(&mut self, view: &View<'_, C, S>) -> Result<(), Error> {
        self.nodes.clear();
        self.fallen.clear();
        self.nodes.push(view.node(&ROOT, view.top_key)?).map_err(|_| Error::Capacity)
    }

    /// Draws a fresh key for the record at `address`, new or replaced, and gathers the nodes above it.
    pub(crate) fn put<C: Primitives, S: Storage>(
        &mut self,
        view: &View<'_, C, S>,
        address: &Address,
        entropy: &impl Entropy,
    ) -> Result<(), Error> {
        let mut key = Secret::zeroed();
        key.draw(entropy)?;
        let child = Child { address: *address, key };

        let parent = self.gather(view, address, RECORD_LEVEL)?;
        let node = self.nodes.get_mut(parent).ok_or(Error::Bug)?;
        let Some(towards) = node.child_towards(address).map(|towards| towards.address) else {
            return node.insert(child);
        };
        let neighbour = node.child_mut(&towards).ok_or(Error::Bug)?;
        if towards == *address {
            *neighbour = child;
            return Ok(());
        }
        // The neighbour goes below a new node, at the first nibble in which the two part.
        let split = node_address(address, divergence(&towards, address));
        let placeholder = Child { address: split, key: Secret::zeroed() };
        let neighbour = core::mem::replace(neighbour, placeholder);
        let mut between = Node::empty(split);
        between.insert(neighbour)?;
        between.insert(child)?;
        self.nodes.push(between).map_err(|_| Error::Capacity)
    }

    /// Takes the record at `address` out of the tree and gathers the nodes above it; `false` if there is none.
    ///
    /// A node other than the root that is left with one child goes too, and the child takes its place in the parent: the
    /// tree is then the one that the remaining records make in any order. The child itself is not opened.
    ///
    /// After [`Error::Capacity`] and [`Error::Damaged`] the plan holds what it held before, and can still be landed.
    pub(crate) fn remove<C: Primitives, S: Storage>(
        &mut self,
        view: &View<'_, C, S>,
        address: &Address,
    ) -> Result<bool, Error> {
        let at = self.gather(view, address, RECORD_LEVEL)?;
        self.take_out(at, |child| child.address == *address)
    }

    /// Takes everything that an owner has out of the tree, at the one place that leads there; `false` if there is nothing.
    /// What lies below is not opened, so that what is damaged goes too; its blobs stay behind, and nothing opens them.
    /// The plan has touched no record of the owner before.
    pub(crate) fn remove_owner<C: Primitives, S: Storage>(
        &mut self,
        view: &View<'_, C, S>,
        owner: &Owner,
    ) -> Result<bool, Error> {
        let place = node_address(&behind(owner), OWNER_LEVEL);
        let at = self.gather(view, &place, OWNER_LEVEL)?;
        self.take_out(at, |child| child.level() >= OWNER_LEVEL && covers(&place, &child.address))
    }

    /// Takes a node out of the tree with everything that hangs below it, none of which is opened; `false` if it is not there.
    pub(crate) fn cut<C: Primitives, S: Storage>(
        &mut self,
        view: &View<'_, C, S>,
        node: &Address,
    ) -> Result<bool, Error> {
        let at = self.gather(view, node, node.0[23])?;
        self.take_out(at, |child| child.address == *node)
    }

    /// Has a blob removed that nothing refers to any more; `false` if there is no room for more of them.
    pub(crate) fn sweep(&mut self, address: &Address) -> bool {
        self.fall(*address).is_ok()
    }

    /// Takes one child out of a node, and the node too if it is left with one.
    fn take_out(&mut self, at: usize, is_meant: impl Fn(&Child) -> bool) -> Result<bool, Error> {
        let node = self.nodes.get_mut(at).ok_or(Error::Bug)?;
        let Some(index) = node.children.iter().position(is_meant) else { return Ok(false) };
        if self.fallen.capacity().saturating_sub(self.fallen.len()) < 2 {
            return Err(Error::Capacity);
        }
        // Children stay in nibble order.
        let taken = node.children.remove(index).address;
        self.fall(taken)?;
        let node = self.nodes.get(at).ok_or(Error::Bug)?;
        if node.address == ROOT || node.children.len() > 1 {
            return Ok(true);
        }
        let mut fallen = self.nodes.swap_remove(at);
        let last = fallen.children.pop().ok_or(Error::Bug)?;
        let mut parents = self.nodes.iter_mut();
        *parents.find_map(|parent| parent.child_mut(&fallen.address)).ok_or(Error::Bug)? = last;
        self.fall(fallen.address)?;
        Ok(true)
    }

    fn fall(&mut self, address: Address) -> Result<(), Error> {
        self.fallen.push(address).map_err(|_| Error::Capacity)
    }

    /// Gathers the path towards `address`, of nodes above `level`, and returns the position of its last node.
    fn gather<C: Primitives, S: Storage>(
        &mut self,
        view: &View<'_, C, S>,
        address: &Address,
        level: u8,
    ) -> Result<usize, Error> {
        let mut at = 0;
        loop {
            let node = self.nodes.get(at).ok_or(Error::Bug)?;
            let next = match node.child_towards(address) {
                Some(child) if child.level() < level && child.covers(address) => child,
                _ => return Ok(at),
            };
            let next_address = next.address;
            at = match self.nodes.iter().position(|planned| planned.address == next_address) {
                Some(position) => position,
                None => {
                    let opened = view.node(&next_address, &next.key)?;
                    self.nodes.push(opened).map_err(|_| Error::Capacity)?;
                    self.nodes.len().saturating_sub(1)
                }
            };
        }
    }

    /// Lends the key drawn for the record at `address`.
    fn record_key(&self, address: &Address) -> Result<&Secret<32>, Error> {
        let children = self.nodes.iter().flat_map(|node| &node.children);
        children.into_iter().find(|child| child.address == *address).map(|child| &child.key).ok_or(Error::Bug)
    }

    /// Seals a record in place and writes it; its plaintext lies behind `sr1::HEAD_LEN` bytes of `buffer`.
    pub(crate) fn write_record<C: Primitives>(
        &self,
        vault_id: &[u8; 16],
        address: &Address,
        buffer: &mut [u8],
        plaintext_len: usize,
        entropy: &impl Entropy,
        transaction: &mut dyn Transaction,
    ) -> Result<(), Error> {
        let key = SealingKey::<C>::open(self.record_key(address)?, Purpose::Record, vault_id, 0).0;
        let associated = associated::<C>(Purpose::Record, address);
        let len = sr1::seal_blob(&key, Purpose::Record, &associated, entropy, buffer, plaintext_len)?;
        transaction.put(address, buffer.get(..len).ok_or(Error::Bug)?)
    }

    /// Removes the blobs of what fell away, and of its second copies, unless it came back.
    fn write_removals(&self, transaction: &mut dyn Transaction) -> Result<(), Error> {
        for address in &self.fallen {
            let children = self.nodes.iter().flat_map(|node| &node.children);
            if children.into_iter().any(|child| child.address == *address) {
                continue;
            }
            transaction.remove(address)?;
            if is_doubled(address) {
                transaction.remove(&copy_of(address))?;
            }
        }
        Ok(())
    }

    /// Seals every node under a fresh key, children before parents, and brings the root's key to `top_key`. What fell
    /// away is removed.
    pub(crate) fn write_nodes<C: Primitives>(
        &mut self,
        vault_id: &[u8; 16],
        top_key: &mut Secret<32>,
        entropy: &impl Entropy,
        transaction: &mut dyn Transaction,
    ) -> Result<(), Error> {
        self.write_removals(transaction)?;
        self.nodes.sort_unstable_by_key(|node| core::cmp::Reverse(node.level()));
        let mut buffer = Zeroizing::new([0; NODE_BLOB_LEN]);
        for position in 0..self.nodes.len() {
            let mut key = Secret::zeroed();
            key.draw(entropy)?;
            let (address, plaintext_len) = {
                let node = self.nodes.get(position).ok_or(Error::Bug)?;
                let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                (node.address, node.write(body)?)
            };
            let sealing = SealingKey::<C>::open(&key, Purpose::Node, vault_id, 0).0;
            let associated = associated::<C>(Purpose::Node, &address);
            let len =
                sr1::seal_blob(&sealing, Purpose::Node, &associated, entropy, &mut *buffer, plaintext_len)?;
            let blob = buffer.get(..len).ok_or(Error::Bug)?;
            transaction.put(&address, blob)?;
            if is_doubled(&address) {
                transaction.put(&copy_of(&address), blob)?;
            }
            if address == ROOT {
                top_key.set_from(&key);
            } else {
                let mut parents = self.nodes.iter_mut();
                let entry = parents.find_map(|parent| parent.child_mut(&address)).ok_or(Error::Bug)?;
                entry.key.set_from(&key);
            }
        }
        Ok(())
    }
}
