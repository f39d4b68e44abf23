//! Bytes that leave memory: `docs/format.md` in code, a file for each layout.

pub(crate) mod access_key_record;
pub(crate) mod alias_record;
pub(crate) mod audit_chain;
pub(crate) mod audit_entry;
pub(crate) mod bytes;
pub(crate) mod caller_record;
pub(crate) mod ciphertext;
pub(crate) mod context;
pub(crate) mod due_record;
pub(crate) mod grant_record;
pub(crate) mod identity_record;
pub(crate) mod key_record;
pub(crate) mod lineage_record;
pub(crate) mod manifest;
pub(crate) mod offer_record;
pub(crate) mod peers_record;
pub(crate) mod settings_record;
pub(crate) mod slot;
pub(crate) mod stream;
pub(crate) mod strings;
pub(crate) mod trust_record;
pub(crate) mod usage_record;
pub(crate) mod version_record;
pub(crate) mod versioned_mac;
pub(crate) mod wrapping_key_record;
