//! Section 4 of `docs/format.md` a second time: the tree is computed from the set of its addresses, not grown.

use std::collections::BTreeMap;

use super::model::{Sealed, cat, drawn, padded, seal, string};

/// Every node's address with the addresses of its children, in nibble order.
pub struct Tree {
    pub nodes: BTreeMap<[u8; 24], Vec<[u8; 24]>>,
}

pub fn nibble(address: &[u8; 24], position: usize) -> u8 {
    let byte = address[position / 2];
    if position.is_multiple_of(2) { byte >> 4 } else { byte & 15 }
}

pub fn node_at(address: &[u8; 24], level: usize) -> [u8; 24] {
    let mut node = [0; 24];
    for position in 0..level {
        let value = nibble(address, position);
        node[position / 2] |= if position.is_multiple_of(2) { value << 4 } else { value };
    }
    node[23] = u8::try_from(level).unwrap();
    node
}

impl Tree {
    pub fn of<'a>(records: impl IntoIterator<Item = &'a [u8; 24]>) -> Tree {
        let mut tree = Tree { nodes: BTreeMap::new() };
        let records: Vec<[u8; 24]> = records.into_iter().copied().collect();
        tree.grow([0; 24], &records);
        tree
    }

    fn grow(&mut self, node: [u8; 24], below: &[[u8; 24]]) {
        let level = usize::from(node[23]);
        let mut children = Vec::new();
        for value in 0..16 {
            let group: Vec<_> =
                below.iter().copied().filter(|address| nibble(address, level) == value).collect();
            match group.as_slice() {
                [] => {}
                [record] => children.push(*record),
                [first, others @ ..] => {
                    let same = |position| {
                        others.iter().all(|other| nibble(other, position) == nibble(first, position))
                    };
                    let shared = (0..46).take_while(|position| same(*position)).count();
                    let child = node_at(first, shared);
                    children.push(child);
                    self.grow(child, &group);
                }
            }
        }
        self.nodes.insert(node, children);
    }
}

/// The key of the node or record at an address, in forged vaults.
pub fn node_key(address: &[u8; 24]) -> [u8; 32] {
    drawn(&format!("key of {address:?}"))
}

pub fn skipped(level: u8, child: &[u8; 24]) -> Vec<u8> {
    if child[23] == level + 1 {
        return Vec::new();
    }
    let end = usize::from(if child[23] == 48 { 46 } else { child[23] });
    child[usize::from(level).div_ceil(2)..end.div_ceil(2)].to_vec()
}

/// One child as its parent writes it.
pub fn entry(level: u8, child: &[u8; 24]) -> Vec<u8> {
    cat(&[&[child[23]], &node_key(child), &skipped(level, child)])
}

/// A node's plaintext, with a bitmap and entries of one's own.
pub fn node_with(bitmap: u16, entries: &[Vec<u8>]) -> Vec<u8> {
    padded(cat(&[&bitmap.to_be_bytes(), &entries.concat()]))
}

pub fn bitmap(level: u8, children: &[[u8; 24]]) -> u16 {
    children.iter().fold(0, |bits, child| bits | 1 << nibble(child, usize::from(level)))
}

pub fn node_plaintext(address: &[u8; 24], children: &[[u8; 24]]) -> Vec<u8> {
    let level = address[23];
    let entries: Vec<_> = children.iter().map(|child| entry(level, child)).collect();
    node_with(bitmap(level, children), &entries)
}

pub fn associated(label: &[u8; 4], address: &[u8; 24]) -> Vec<u8> {
    cat(&[label, &[1], address])
}

pub fn seal_node(vault_id: &[u8; 16], address: &[u8; 24], plaintext: &[u8]) -> Sealed {
    let name = format!("node {address:?}");
    seal(&name, &node_key(address), 3, vault_id, 0, &associated(b"SRtn", address), plaintext)
}

pub fn seal_record(vault_id: &[u8; 16], address: &[u8; 24], plaintext: &[u8]) -> Sealed {
    let name = format!("record {address:?}");
    seal(&name, &node_key(address), 2, vault_id, 0, &associated(b"SRrc", address), plaintext)
}

pub const CREATED: u64 = 1_700_000_000_000;

/// `u32 length ‖ content`, padded.
pub fn record(content: &[u8]) -> Vec<u8> {
    padded(cat(&[&u32::try_from(content.len()).unwrap().to_be_bytes(), content]))
}

/// What a grant record says in vectors.
pub struct GrantFields<'a> {
    pub operations: &'a [u8],
    pub constraint: u8,
    pub grantee: &'a str,
    pub retiring: &'a str,
    pub name: &'a str,
    /// Canonical.
    pub pairs: &'a [u8],
}

pub fn grant_content(key_id: &[u8; 16], grant_id: &[u8; 32], fields: &GrantFields<'_>) -> Vec<u8> {
    let bits = fields.operations.iter().fold(0u128, |bits, number| bits | 1 << number).to_le_bytes();
    let GrantFields { constraint, grantee, retiring, name, pairs, .. } = fields;
    let texts = [grantee, retiring, name].map(|text| string(text.as_bytes())).concat();
    let (created, account) = (CREATED.to_be_bytes(), b"000000000000");
    cat(&[&[3, 1], key_id, grant_id, &created, &bits, &[*constraint, 0], account, &texts, pairs])
}

pub fn retirable_content(key_id: &[u8; 16], grant_id: &[u8; 32]) -> Vec<u8> {
    cat(&[&[4, 1], key_id, grant_id])
}
