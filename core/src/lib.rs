//! The rules of a Strongroom vault: keys that rotate, versions behind one id, policies, sealing, audit. `no_std`, no heap.
//!
//! A [`Vault`] runs on a [`platform::Platform`]; [`ram`] has one that keeps everything in memory, for tests and first
//! steps. Every operation is one trip through [`flow`]: parse, resolve, authorize, execute, record.
//!
//! ```
//! use strongroom_core::operation::{CreateKey, Decrypt, Encrypt};
//! use strongroom_core::policy::Caller;
//! use strongroom_core::ram::RamPlatform;
//! use strongroom_core::{NewSlot, NewVault, SlotKind, Realm, Vault, ciphertext_len};
//!
//! # fn main() -> Result<(), strongroom_core::Error> {
//! // 16 KiB of storage, 4 KiB of audit log, and randomness from a seed: for examples, NOT SECURE.
//! let platform = RamPlatform::<16384, 4096>::new(1);
//! let vault = Vault::new(&platform);
//! let new = NewVault { realm: Realm::default(), slots: &[NewSlot { kind: SlotKind::KeyFile }] };
//! vault.create(&new, &mut |_, secret| {
//!     secret.fill_with(|bytes| bytes.fill(7));
//!     Ok(true)
//! })?;
//!
//! let root = Caller::new("arn:aws:iam::000000000000:root")?;
//! let key = vault.create_key(&root, CreateKey::default())?;
//! let mut id = heapless::String::<36>::new();
//! core::fmt::write(&mut id, format_args!("{}", key.key_id)).ok();
//!
//! let mut sealed = [0; ciphertext_len(5)];
//! let sealed = vault.encrypt(&root, Encrypt::new(&id, b"hello"), &mut sealed)?;
//! let mut opened = [0; 5];
//! let opened = vault.decrypt(&root, Decrypt::new(sealed.ciphertext), &mut opened)?;
//! assert_eq!(opened.plaintext, b"hello");
//! # Ok(())
//! # }
//! ```
//!
//! Where to read on: [`platform`] to bring the vault to a new place, [`Error`] for what can go wrong, [`limits`] for
//! every bound. Key material is lent inside, never returned.
#![no_std]

pub mod access_key;
pub mod audit;
pub mod backup;
pub mod caller;
pub mod crypto;
#[cfg(feature = "device")]
pub mod device;
pub mod error;
#[cfg(feature = "flash")]
pub mod flash;
pub mod flow;
mod format;
pub mod grant;
pub mod import;
pub mod key;
mod keyring;
pub mod limits;
pub mod operation;
pub mod peer;
pub mod platform;
pub mod policy;
pub mod quota;
pub mod ram;
mod realm;
mod reason;
mod secret;
mod short_text;
mod stack;
pub mod stream;
mod time;
mod tree;
pub mod usage;
mod vault;

pub use error::Error;
pub use format::bytes::Malformed;
pub use format::ciphertext::{Ciphertext, Header, ciphertext_len};
pub use format::key_record::is_record;
pub use format::peers_record::PinnedPeer;
pub use format::slot::{SlotKind, SlotParameters};
pub use format::versioned_mac::{VersionedMac, versioned_mac_len};
pub use keyring::BackingKey;
pub use realm::{AccountId, Realm};
pub use secret::Secret;
pub use stack::clear_stack;
pub use vault::{
    Destruction, FoundState, ListedSlot, ListedSlots, NewSlot, NewVault, Posture, Protection, Published,
    RecordKind, Remedy, RepairCounts, RepairItem, SlotState, Snapshot, Ticked, Unlock, Vault, Verified,
    Writer,
};
