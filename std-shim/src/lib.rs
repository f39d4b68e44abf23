//! A Strongroom vault in a sealed file on a desktop or server: for many threads, and a million keys.
//!
//! [`Vault`] is a handle to share: `Clone + Send + Sync`. It adds files, threads, passphrases and JSON to the rules of
//! [`strongroom_core`], and no rule of its own.
//!
//! ```
//! use strongroom_std::operation::{CreateKey, Decrypt, Encrypt};
//! use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("app.vault");
//! // A real vault leaves the stretching at its default of about half a second.
//! let secret = UnlockSecret::passphrase("correct horse battery staple").with_stretching(Stretching::Minimum);
//! let vault = Vault::create(&path, &NewVault::default(), &secret)?;
//!
//! let root = Caller::new("arn:aws:iam::000000000000:root")?;
//! let key = vault.create_key(&root, CreateKey { description: "settings", ..CreateKey::default() })?;
//! let sealed = vault.encrypt(&root, Encrypt::new(&key.key_id.to_string(), b"hello"))?;
//! vault.close()?;
//!
//! let vault = Vault::open(&path, &secret)?;
//! let opened = vault.decrypt(&root, Decrypt::new(&sealed.ciphertext))?;
//! assert_eq!(opened.plaintext.as_bytes(), b"hello");
//! # Ok(())
//! # }
//! ```

mod access_keys;
mod attempts;
mod audit_log;
mod authorization;
mod backup;
mod backup_to_peer;
mod counts;
mod cryptography;
mod deletion;
mod desktop;
pub mod device;
mod error;
mod explained;
pub mod faults;
mod file;
mod flash_image;
mod gathered;
mod grants;
mod imports;
pub mod keys_as_code;
mod macs;
mod names;
mod operations;
mod output;
mod peers;
pub mod policy_json;
mod repair;
mod salvage;
mod slots;
pub mod stream;
mod threads;
pub mod time_machine;
mod vault;
mod versions;

pub use access_keys::{AssumedRole, CreatedAccessKey, RoleTrust};
pub use attempts::{FailedAttempts, failed_attempts};
pub use audit_log::{AuditFork, AuditReport, find_audit_fork, verify_audit_log, verify_flash_audit_log};
pub use authorization::CallerPage;
pub use backup::{BackupError, drill};
pub use cryptography::{
    PeerExchange, RecoveryShare, ShareError, Stretching, UnlockSecret, generate_key_file,
    make_recovery_shares,
};
pub use desktop::DesktopPlatform;
pub use error::{OpenError, PolicyError};
pub use explained::{ExplainedError, explained};
pub use file::{AuditDurability, AuditFile, FileStorage, SealedFile};
pub use names::{AliasListEntry, AliasPage, TagPage};
pub use output::{
    DataKey, DecryptOutput, EncryptOutput, GrantListEntry, GrantPage, ImportParameters, KeyDescription,
    KeyPage, KeyVersionEntry, MacOutput, ReEncryptOutput, SecretBytes, VersionPage,
};
pub use peers::{ExportedKey, Peer, ReceiveOffer};
pub use policy_json::compile_key_policy;
pub use repair::RepairReport;
pub use salvage::{Salvaged, salvage};
pub use strongroom_core::backup::BundleSummary;
pub use strongroom_core::policy::{Action, Caller};
pub use strongroom_core::{
    Destruction, Error, ListedSlot, Posture, Protection, Realm, RecordKind, Remedy, RepairCounts, RepairItem,
    Secret, SlotKind, SlotState, Ticked, Verified, access_key, audit, caller, grant, import, key, operation,
    peer, policy, quota, usage,
};
pub use threads::{OsEntropy, SystemClock, ThreadedCache, ThreadedState};
pub use vault::{NewVault, Settings, Vault};
