//! Where things lie. Addresses are keyed hashes, so a stolen image lists no names.

use crate::access_key::AccessKeyId;
use crate::crypto::{Primitives, labels};
use crate::format::{
    access_key_record, alias_record, caller_record, due_record, grant_record, identity_record, key_record,
    lineage_record, offer_record, peers_record, settings_record, trust_record, usage_record, version_record,
    wrapping_key_record,
};
use crate::grant::GrantId;
use crate::key::KeyId;
use crate::platform::Address;
use crate::secret::Secret;

/// The level of a record; nodes have lower ones.
pub(crate) const RECORD_LEVEL: u8 = 48;
/// Where an owner's records part from all others at the latest.
pub(super) const OWNER_LEVEL: u8 = 16;
/// How many nibbles of an address are hash: all but the level byte.
pub(super) const NIBBLES: u8 = 46;

/// The slot area, which is read before any key is known.
pub(crate) const SLOTS: Address = fixed(0x41);
/// The manifest.
pub(crate) const MANIFEST: Address = fixed(0x40);

/// The first eight bytes of an address: all records of one key lie together.
pub(crate) type Owner = [u8; 8];

const fn fixed(level: u8) -> Address {
    let mut address = [0; 24];
    address[23] = level;
    Address(address)
}

/// Where the second copy lies: far away, with the top bit of the level set.
pub(crate) fn copy_of(address: &Address) -> Address {
    let mut copy = address.0.map(|byte| !byte);
    copy[23] = address.0[23] | 0x80;
    Address(copy)
}

/// Whether something of the tree can lie there, and where its first copy does.
pub(crate) fn first_in_tree(address: &Address) -> Option<Address> {
    let level = address.0[23] & !0x80;
    let is_of_tree = level < NIBBLES || level == RECORD_LEVEL;
    let mut first = *address;
    if address.0[23] != level {
        first = Address(address.0.map(|byte| !byte));
        first.0[23] = level;
    }
    is_of_tree.then_some(first)
}

/// Whether everything hangs below this node.
pub(crate) fn is_root(address: &Address) -> bool {
    address.0[23] == 0
}

/// Whether a record or a node lies below an owner, so that nothing of another owner is there too.
pub(crate) fn is_below(owner: &Owner, address: &Address) -> bool {
    let level = address.0[23];
    (OWNER_LEVEL..=RECORD_LEVEL).contains(&level) && owner_of(address) == *owner
}

/// The nibble at a position, high half first.
pub(super) fn nibble(address: &Address, position: u8) -> u8 {
    let byte = address.0.get(usize::from(position >> 1)).copied().unwrap_or(0);
    if position & 1 == 0 { byte >> 4 } else { byte & 0x0f }
}

/// The address of the node with the first `level` nibbles of `address` as prefix.
pub(super) fn node_address(address: &Address, level: u8) -> Address {
    let mut node = Address([0; 24]);
    let whole = usize::from(level >> 1);
    for (to, from) in node.0.iter_mut().zip(address.0).take(whole) {
        *to = from;
    }
    if let Some(byte) = node.0.get_mut(whole).filter(|_| level & 1 == 1) {
        *byte = nibble(address, level.saturating_sub(1)) << 4;
    }
    node.0[23] = level;
    node
}

/// The position of the first nibble in which two addresses differ; `NIBBLES` if none does.
pub(super) fn divergence(left: &Address, right: &Address) -> u8 {
    (0..NIBBLES).find(|position| nibble(left, *position) != nibble(right, *position)).unwrap_or(NIBBLES)
}

/// Derives addresses from names.
pub(crate) struct Names<C: Primitives>(C::MacKey);

impl<C: Primitives> Clone for Names<C> {
    fn clone(&self) -> Self {
        Names(self.0.clone())
    }
}

impl<C: Primitives> Names<C> {
    pub(crate) fn new(name_key: &Secret<32>) -> Self {
        Names(name_key.expose(C::mac_key))
    }

    /// `HMAC(name key, "SRno" ‖ type ‖ id)[0..8]`.
    pub(crate) fn owner(&self, key_id: &KeyId) -> Owner {
        self.owner_of(key_record::KEY, key_id.as_bytes())
    }

    /// The owner of the records by which a retiring principal finds its grants.
    pub(crate) fn retiring(&self, principal: &str) -> Owner {
        self.owner_of(grant_record::RETIRABLE, principal.as_bytes())
    }

    fn owner_of(&self, record_type: u8, name: &[u8]) -> Owner {
        let mut hash = [0; 32];
        C::mac(&self.0, &[labels::OWNER, &[record_type], name], &mut hash);
        let [a, b, c, d, e, f, g, h, ..] = hash;
        [a, b, c, d, e, f, g, h]
    }

    /// `owner ‖ HMAC(name key, "SRnn" ‖ owner ‖ type ‖ name)[0..15] ‖ 48`.
    fn record(&self, owner: &Owner, record_type: u8, name: &[u8]) -> Address {
        let mut hash = [0; 32];
        C::mac(&self.0, &[labels::NAME, owner, &[record_type], name], &mut hash);
        let mut address = Address([0; 24]);
        for (to, from) in address.0.iter_mut().zip(owner.iter().chain(hash.iter().take(15))) {
            *to = *from;
        }
        address.0[23] = RECORD_LEVEL;
        address
    }

    /// The key record of an owner: found from the owner alone, so that listing needs no names.
    pub(crate) fn key(&self, owner: &Owner) -> Address {
        self.record(owner, key_record::KEY, &[])
    }

    /// `HMAC(name key, "SRng" ‖ owner ‖ grantee)[0..7]`: how the addresses of one grantee's grants go on behind the owner,
    /// and how their ids begin.
    pub(crate) fn grantee(&self, owner: &Owner, grantee: &str) -> [u8; 7] {
        let mut hash = [0; 32];
        C::mac(&self.0, &[labels::GRANTEE, owner, grantee.as_bytes()], &mut hash);
        let [a, b, c, d, e, f, g, ..] = hash;
        [a, b, c, d, e, f, g]
    }

    /// The owner of all named callers, so that they can be listed.
    pub(crate) fn callers(&self) -> Owner {
        self.owner_of(caller_record::CALLER, &[])
    }

    /// A named caller's record.
    pub(crate) fn caller(&self, name: &str) -> Address {
        self.record(&self.callers(), caller_record::CALLER, name.as_bytes())
    }

    /// The owner of the access keys of some callers.
    pub(crate) fn access_keys(&self, bucket: u16) -> Owner {
        self.owner_of(access_key_record::ACCESS_KEY, &bucket.to_be_bytes())
    }

    /// An access key's record.
    pub(crate) fn access_key(&self, id: &AccessKeyId) -> Address {
        let owner = self.access_keys(id.bucket());
        self.record(&owner, access_key_record::ACCESS_KEY, id.as_str().as_bytes())
    }

    /// The record of whom a role trusts.
    pub(crate) fn trust(&self, name: &str) -> Address {
        self.record(&self.owner_of(trust_record::TRUST, &[]), trust_record::TRUST, name.as_bytes())
    }

    /// The owner of what comes due on a day.
    pub(crate) fn due_day(&self, day: u32) -> Owner {
        self.owner_of(due_record::DUE, &day.to_be_bytes())
    }

    /// The record of a day by which a key, or one of its versions, is found.
    pub(crate) fn due(&self, day: &Owner, key_id: &KeyId, version: u32) -> Address {
        let mut name = [0; 20];
        for (to, from) in name.iter_mut().zip(key_id.as_bytes().iter().chain(&version.to_be_bytes())) {
            *to = *from;
        }
        self.record(day, due_record::DUE, &name)
    }

    /// The owner of all aliases, so that they can be listed.
    pub(crate) fn aliases(&self) -> Owner {
        self.owner_of(alias_record::ALIAS, &[])
    }

    /// An alias's record.
    pub(crate) fn alias(&self, name: &str) -> Address {
        self.record(&self.aliases(), alias_record::ALIAS, name.as_bytes())
    }

    /// The vault's settings.
    pub(crate) fn settings(&self) -> Address {
        self.record(&self.owner_of(settings_record::SETTINGS, &[]), settings_record::SETTINGS, &[])
    }

    /// The vault's identity.
    pub(crate) fn identity(&self) -> Address {
        self.record(&self.owner_of(identity_record::IDENTITY, &[]), identity_record::IDENTITY, &[])
    }

    /// The vault's peers.
    pub(crate) fn peers(&self) -> Address {
        self.record(&self.owner_of(peers_record::PEERS, &[]), peers_record::PEERS, &[])
    }

    /// The record of an offer to receive: the vault has a few places.
    pub(crate) fn offer(&self, place: u8) -> Address {
        self.record(&self.owner_of(offer_record::OFFER, &[]), offer_record::OFFER, &[place])
    }

    /// Where a received key comes from.
    pub(crate) fn lineage(&self, owner: &Owner) -> Address {
        self.record(owner, lineage_record::LINEAGE, &[])
    }

    /// The count of a key's grants.
    pub(crate) fn grant_count(&self, owner: &Owner) -> Address {
        self.record(owner, settings_record::SETTINGS, &[])
    }

    /// A line of the usage ledger: one version's, or with 0 the key's own.
    pub(crate) fn usage(&self, owner: &Owner, version: u32) -> Address {
        self.record(owner, usage_record::USAGE, &version.to_be_bytes())
    }

    /// One version's record.
    pub(crate) fn backing_key(&self, owner: &Owner, version: u32) -> Address {
        self.record(owner, version_record::VERSION, &version.to_be_bytes())
    }

    /// The record of a wrapping key: each key has a few places.
    pub(crate) fn wrapping_key(&self, owner: &Owner, place: u8) -> Address {
        self.record(owner, wrapping_key_record::WRAPPING_KEY, &[place])
    }
}

/// The record of a grant, below its key's owner or its retiring principal's: the id says where.
pub(crate) fn grant(owner: &Owner, grant_id: &GrantId) -> Address {
    within(owner, &grant_id.place())
}

/// The record of an owner with these bytes of a name, or, where they are fewer than 15, a place before all of those that
/// begin with them.
pub(crate) fn within(owner: &Owner, name: &[u8]) -> Address {
    let mut address = Address([0; 24]);
    for (to, from) in address.0.iter_mut().zip(owner.iter().chain(name.iter().take(15))) {
        *to = *from;
    }
    address.0[23] = RECORD_LEVEL;
    address
}

/// The first address at or behind an owner's records, as a place to start a listing from.
pub(crate) fn behind(owner: &Owner) -> Address {
    let mut address = Address([0xff; 24]);
    for (to, from) in address.0.iter_mut().zip(owner) {
        *to = *from;
    }
    address
}

/// The last address that lies below a node; for a record, its own.
pub(crate) fn last_below(address: &Address) -> Address {
    let level = address.0[23];
    let mut last = *address;
    for (position, byte) in (0u8..23).zip(last.0.iter_mut()) {
        let (high, low) = (position.saturating_mul(2), position.saturating_mul(2).saturating_add(1));
        if level != RECORD_LEVEL && high >= level {
            *byte |= 0xf0;
        }
        if level != RECORD_LEVEL && low >= level {
            *byte |= 0x0f;
        }
    }
    last.0[23] = 0xff;
    last
}

/// The part of a record's address that comes from its name.
pub(crate) fn name_of(address: &Address) -> [u8; 15] {
    let mut name = [0; 15];
    for (to, from) in name.iter_mut().zip(address.0.iter().skip(8)) {
        *to = *from;
    }
    name
}

pub(crate) fn owner_of(address: &Address) -> Owner {
    let [a, b, c, d, e, f, g, h, ..] = address.0;
    [a, b, c, d, e, f, g, h]
}
