//! The vault's file: a `redb` database with sealed blobs and audit entries, fenced, since redb panics on damaged files.

mod audit;
mod sealed_file;
mod staging;
mod storage;

pub use audit::{AuditDurability, AuditFile};
pub use sealed_file::SealedFile;
pub use storage::FileStorage;
