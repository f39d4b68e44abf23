//! Bundles of a vault that are sealed to another one: written, restored into a new file, and drilled.

use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

use strongroom_core::backup::BundleSummary;
use strongroom_core::limits::BUNDLE_SEGMENT_LEN_MAX;
use strongroom_core::operation::BackupToPeer;
use strongroom_core::policy::Caller;

use crate::backup::{BackupError, Kept, read_some};
use crate::cryptography::{PeerExchange, UnlockSecret};
use crate::vault::{Settings, Vault};

impl Vault {
    /// Writes everything that the vault holds into a bundle, sealed to the offer of a peer, which restores it while its offer
    /// lasts, and once. While the bundle is written, changes of the vault wait and reading goes on; `to` must not use the vault.
    ///
    /// # Errors
    /// [`BackupError::Io`], [`BackupError::Vault`], see [`strongroom_core::Vault::backup_to_peer`]. What was written has no end
    /// mark, and nothing will take it for a bundle.
    pub fn backup_to_peer(
        &self,
        caller: &Caller<'_>,
        request: BackupToPeer<'_>,
        to: &mut dyn Write,
    ) -> Result<BundleSummary, BackupError> {
        let (mut to, mut kept) = (BufWriter::new(to), Kept::default());
        let sink = &mut |bytes: &[u8]| kept.keep(to.write_all(bytes));
        match self.core().backup_to_peer(caller, request, &PeerExchange, sink) {
            Ok(summary) => to.flush().map(|()| summary).map_err(BackupError::Io),
            Err(error) => Err(kept.tell(error)),
        }
    }

    /// Makes another vault of a bundle that a peer sealed to this one, in a new file that `secret` opens, and opens it. The offer
    /// is used up.
    ///
    /// # Errors
    /// [`BackupError`], see [`strongroom_core::Vault::restore_from_peer`]; there is no new file then.
    pub fn restore_from_peer(
        &self,
        caller: &Caller<'_>,
        from: &mut dyn Read,
        path: &Path,
        secret: &UnlockSecret,
    ) -> Result<(Vault, BundleSummary), BackupError> {
        let (mut from, mut kept) = (BufReader::new(from), Kept::default());
        let source = &mut |buffer: &mut [u8]| kept.keep(read_some(&mut from, buffer));
        let restored = Vault::restored_into(path, secret, &Settings::default(), |new, slots, unlock| {
            self.core().restore_from_peer(caller, source, &PeerExchange, new, slots, unlock)
        });
        restored?.map_err(|error| kept.tell(error))
    }

    /// Reads a bundle that a peer sealed to this vault to its end as a restore would, and opens the material of every version in
    /// it. No file is made, and the offer stays.
    ///
    /// # Errors
    /// [`BackupError`]: a restore would fail the same way.
    pub fn drill_from_peer(
        &self,
        caller: &Caller<'_>,
        from: &mut dyn Read,
    ) -> Result<BundleSummary, BackupError> {
        let mut buffer = vec![0; BUNDLE_SEGMENT_LEN_MAX];
        let (mut from, mut kept) = (BufReader::new(from), Kept::default());
        let source = &mut |buffer: &mut [u8]| kept.keep(read_some(&mut from, buffer));
        let drilled = self.core().drill_from_peer(caller, source, &PeerExchange, &mut buffer);
        drilled.map_err(|error| kept.tell(error))
    }
}
