//! Key files: many random bytes, no stretching.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

use strongroom_core::Secret;
use strongroom_core::crypto::{Primitives, RustCrypto};
use zeroize::{Zeroize, Zeroizing};

use crate::error::OpenError;

/// Shortest key file in bytes.
pub(super) const LEN_MIN: usize = 32;

/// SHA-256 of the file; the core extracts the slot's key from it with the slot's salt.
pub(super) fn digest(content: &[u8], out: &mut Secret<32>) {
    let mut digest = RustCrypto::sha256(std::iter::once(content));
    out.fill_with(|out| *out = digest);
    digest.zeroize();
}

/// Writes a new key file of 32 random bytes, readable by its owner only where the system knows owners.
///
/// # Errors
/// [`OpenError::AlreadyExists`], [`OpenError::Io`]: nothing was written.
pub fn generate_key_file(path: &Path) -> Result<(), OpenError> {
    let mut content = Zeroizing::new([0; LEN_MIN]);
    getrandom::fill(&mut *content).map_err(|error| std::io::Error::other(error.to_string()))?;
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => OpenError::AlreadyExists(path.to_owned()),
        _ => OpenError::Io(error),
    })?;
    file.write_all(&*content)?;
    file.sync_all()?;
    Ok(())
}
