//! Backup to a peer: the whole vault in one stream, sealed to an offer of another vault.

use core::fmt;

use super::answer::{encapsulate, parties, read_offer};
use super::peer::check_peer_name;
use crate::backup::{
    BundleFacts, BundleSink, BundleSummary, PEER_HEADER_LEN, PeerHeader, STATED_LEN, hexadecimal, stated_key,
};
use crate::crypto::labels;
use crate::error::Error;
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::keyring::with_snapshot;
use crate::limits::PEER_NAME_LEN_MAX;
use crate::operation::Operation;
use crate::peer::{ENCAPSULATED_LEN, Parties, PeerCryptography, sign};
use crate::platform::{Entropy, Platform};
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{AuditChange, Change, Snapshot, Vault, lend_identity};

/// Writes everything that the vault holds into a bundle that one peer can restore, once.
#[derive(Clone, Copy)]
pub struct BackupToPeer<'a> {
    /// What the peer is called here.
    pub peer: &'a str,
    /// The offer that the peer made.
    pub offer: &'a [u8],
}

impl fmt::Debug for BackupToPeer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupToPeer").field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// The id of a bundle in hexadecimal digits, a space, and what the peer is called.
pub(crate) type SealedBundleName = heapless::String<{ 33 + PEER_NAME_LEN_MAX }>;

impl<P: Platform> Vault<P> {
    /// Writes a bundle of the vault, sealed to the offer of a peer and signed. Before the first byte leaves, the event is in the
    /// log, durably, with the id of the bundle and the name of the peer: it says that the bundle was begun. While it is written,
    /// changes wait and reading goes on; `sink` must not call the vault.
    ///
    /// The peer restores it while its offer lasts, and once: [`Vault::restore_from_peer`].
    ///
    /// # Errors
    /// [`Error::Exchange`]: the offer is none, is not that of this peer, or is not for this vault; no byte has left.
    /// [`Error::Damaged`]: a record does not open; a vault that is damaged gives no bundle. What `sink` answers, and
    /// [`Error::Storage`], [`Error::Entropy`]: what has left has no end mark, and nothing will take it for a bundle. Others:
    /// see [`Error`]. The vault is as it was.
    pub fn backup_to_peer(
        &self,
        caller: &Caller<'_>,
        request: BackupToPeer<'_>,
        cryptography: &dyn PeerCryptography,
        sink: &mut BundleSink<'_>,
    ) -> Result<BundleSummary, Error> {
        let mut bundle_id = [0; 16];
        self.platform().entropy().fill(&mut bundle_id).map_err(|_| Error::Entropy)?;
        let name = sealed_bundle_name(&bundle_id, request.peer);
        let mut shared = Secret::zeroed();
        let sealing = SealingVault { request, cryptography, name: &name, shared: &mut shared };
        let (parties, encapsulated) = run(self, caller, sealing, Buffers::default())?.output;
        let front = &mut |snapshot: &Snapshot<P::Primitives>,
                          facts: &BundleFacts,
                          buffer: &mut [u8],
                          key: &mut Secret<32>| {
            let header = buffer.first_chunk_mut::<PEER_HEADER_LEN>().ok_or(Error::Bug)?;
            let (stated, signature) = header.split_first_chunk_mut::<STATED_LEN>().ok_or(Error::Bug)?;
            PeerHeader::write(facts, &parties, &encapsulated, stated)?;
            let signed = lend_identity(self.platform(), snapshot, |identity| {
                sign::<P::Primitives>(
                    cryptography,
                    &identity.seed,
                    labels::VAULT_BUNDLE_SIGNATURE,
                    &stated[..],
                )
            })?;
            signature.copy_from_slice(&signed.ok_or(Error::Bug)?);
            stated_key::<P::Primitives>(stated, &shared, key);
            Ok(PEER_HEADER_LEN)
        };
        self.write_bundle(bundle_id, front, sink)
    }
}

/// How the audit logs of both vaults name a bundle that goes between them.
pub(crate) fn sealed_bundle_name(bundle_id: &[u8; 16], peer: &str) -> SealedBundleName {
    let mut name = SealedBundleName::new();
    // A name that is longer than it may be is refused before it is used.
    let _ = core::fmt::write(&mut name, format_args!("{} {peer}", hexadecimal(bundle_id)));
    name
}

/// The request, and what it is carried out with.
pub(in crate::operation) struct SealingVault<'a, 'd> {
    request: BackupToPeer<'a>,
    cryptography: &'a dyn PeerCryptography,
    name: &'a str,
    shared: &'d mut Secret<32>,
}

impl<'a> Operation<'a> for SealingVault<'a, '_> {
    type Output = (Parties, [u8; ENCAPSULATED_LEN]);

    fn action(&self) -> Action {
        Action::Backup
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_peer_name(self.request.peer)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::Backup) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        _: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        if !cfg!(feature = "peers") {
            return Err(Error::UnsupportedOperation);
        }
        let SealingVault { request: BackupToPeer { peer, offer }, cryptography, shared, .. } = self;
        let platform = scene.vault.platform();
        let offer = read_offer::<P::Primitives>(offer, cryptography)?;
        let parties =
            with_snapshot(platform, |snapshot| parties(platform, snapshot, (peer, &offer), cryptography))?;
        let encapsulated = encapsulate(platform, &offer, cryptography, shared)?;
        // Durable, and part of the vault's own history, before anything leaves.
        let change = Some(Change::Audit(AuditChange::Note));
        Ok(Done { change, ..Done::with((parties, encapsulated)) })
    }
}
