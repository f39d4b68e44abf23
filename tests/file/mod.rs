//! The vault in a file: what a person meets who opens the wrong one, and what many threads meet.

mod attempts;
mod audit;
mod backup;
mod bad_input;
mod contracts;
mod grants;
mod policy_json;
mod salvage;
mod shares;
mod slots;
mod threads;

use std::path::PathBuf;

use strongroom_std::{Caller, NewVault, Stretching, UnlockSecret, Vault};
use tempfile::TempDir;

pub const ROOT: &str = "arn:aws:iam::000000000000:root";

pub fn root() -> Caller<'static> {
    Caller::new(ROOT).unwrap()
}

pub fn secret(passphrase: &str) -> UnlockSecret {
    UnlockSecret::passphrase(passphrase).with_stretching(Stretching::Minimum)
}

/// A vault in a folder of its own, which goes with it.
pub fn new_vault() -> (TempDir, PathBuf, Vault) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.vault");
    let vault = Vault::create(&path, &NewVault::default(), &secret("right")).unwrap();
    (folder, path, vault)
}
