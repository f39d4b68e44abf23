//! ExportKey: one key with all its versions, sealed to a peer's offer.

use core::fmt;

use super::answer::{encapsulate, parties, read_offer};
use super::peer::check_peer_name;
use crate::crypto::sr1::{self, HEAD_LEN, OVERHEAD};
use crate::crypto::{Primitives, Purpose, labels};
use crate::error::{Error, Part, StateConflict};
use crate::flow::{Buffers, Done, Named, Parsed, Scene, run};
use crate::format::version_record::{VERSION_RECORD_LEN, VersionRecord};
use crate::key::{KeyFacts, KeyId, VersionFacts, VersionState, permits};
use crate::keyring::{lend_key, with_snapshot};
use crate::limits::BUNDLE_VERSIONS_MAX;
use crate::operation::Operation;
use crate::peer::{
    ENCAPSULATED_LEN, KEY_BUNDLE_LEN_MAX, KeyBundleHeader, Offer, PeerCryptography, SIGNATURE_LEN,
    SentVersion, bundle_key, sign,
};
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::secret::Secret;
use crate::vault::{Snapshot, Vault, lend_identity};

/// Seals a key to a peer.
#[derive(Clone, Copy)]
pub struct ExportKey<'a> {
    /// A key id or key ARN.
    pub key_id: &'a str,
    /// What the peer is called here.
    pub peer: &'a str,
    /// The offer that the peer made.
    pub offer: &'a [u8],
}

impl fmt::Debug for ExportKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ExportKey");
        shown.field("key_id", &self.key_id).field("peer", &self.peer).finish_non_exhaustive()
    }
}

/// A key on its way to a peer.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ExportedKey<'o> {
    /// The key.
    pub key_id: KeyId,
    /// How many versions it has, all of which are in the bundle.
    pub versions: u32,
    /// The bundle. Nobody but the peer opens it, and the peer once.
    pub bundle: &'o [u8],
}

impl<P: Platform> Vault<P> {
    /// Seals a key with all its versions to the offer of a peer. Policy, grants, aliases, tags, description and schedule stay
    /// behind: they are each vault's own. `bundle` needs [`KEY_BUNDLE_LEN_MAX`] bytes.
    ///
    /// # Errors
    /// [`Error::Exchange`]: the offer is none, is not that of this peer, or is not for this vault. [`Error::UnsupportedOperation`]:
    /// the key's material is imported, or the key was itself received. [`Error::InvalidState`]: a version waits for its
    /// destruction. [`Error::LimitExceeded`]: it has more than [`BUNDLE_VERSIONS_MAX`] versions. Others: see [`Error`].
    pub fn export_key<'o>(
        &self,
        caller: &Caller<'_>,
        request: ExportKey<'_>,
        cryptography: &dyn PeerCryptography,
        bundle: &'o mut [u8],
    ) -> Result<ExportedKey<'o>, Error> {
        let exporting = Exporting { request, cryptography };
        let released = run(self, caller, exporting, Buffers::ciphertext(bundle))?;
        let (key_id, versions) = released.output;
        Ok(ExportedKey { key_id, versions, bundle: released.into_ciphertext() })
    }
}

/// The request, and what it is carried out with.
#[derive(Clone, Copy)]
pub(in crate::operation) struct Exporting<'a> {
    request: ExportKey<'a>,
    cryptography: &'a dyn PeerCryptography,
}

impl fmt::Debug for Exporting<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl<'a> Operation<'a> for Exporting<'a> {
    type Output = (KeyId, u32);

    fn action(&self) -> Action {
        Action::ExportKey
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        let ExportKey { key_id, peer, .. } = self.request;
        check_peer_name(peer)?;
        Ok(Parsed { subject: peer, ..Parsed::on(Named::text(Action::ExportKey, key_id)?) })
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, Self::Output>, Error> {
        if !cfg!(feature = "peers") {
            return Err(Error::UnsupportedOperation);
        }
        let Exporting { request, cryptography } = self;
        let platform = scene.vault.platform();
        let key_id = scene.key()?.key_id;
        let needed = KEY_BUNDLE_LEN_MAX;
        let room = buffers.ciphertext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
        let offer = read_offer::<P::Primitives>(request.offer, cryptography)?;
        let mut shared = Secret::zeroed();
        let encapsulated = encapsulate(platform, &offer, cryptography, &mut shared)?;
        let sealing = Sealing { platform, cryptography, offer, encapsulated: &encapsulated, shared: &shared };
        let (len, header) = with_snapshot(platform, |snapshot| {
            let header = sealing.header(snapshot, request.peer, &key_id)?;
            room.fill(0);
            sealing.write(snapshot, header, room)
        })?;
        buffers.ciphertext_len = len;
        let versions = u32::try_from(header.versions.len()).map_err(|_| Error::Bug)?;
        Ok(Done { version: versions, detail: header.revision, ..Done::with((key_id, versions)) })
    }
}

/// A bundle in the making.
struct Sealing<'s, P: Platform> {
    platform: &'s P,
    cryptography: &'s dyn PeerCryptography,
    offer: Offer<'s>,
    encapsulated: &'s [u8; ENCAPSULATED_LEN],
    shared: &'s Secret<32>,
}

impl<P: Platform> Sealing<'_, P> {
    /// What the bundle binds, but its versions: whether the offer is that of this peer and for this vault, and the key one
    /// that can be sent, is judged here.
    fn header(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        peer: &str,
        key_id: &KeyId,
    ) -> Result<(KeyBundleHeader, KeyFacts), Error> {
        let Sealing { platform, cryptography, offer, .. } = self;
        let parties = parties(*platform, snapshot, (peer, offer), *cryptography)?;
        let facts = lend_key(*platform, key_id, |facts, _| *facts)?.ok_or(Error::NotFound)?;
        permits(Action::ExportKey, &facts)?;
        let names = &snapshot.keys.names;
        // Where it was drawn, there it is sent from.
        if snapshot.view(platform.storage()).holds(&names.lineage(&names.owner(key_id)))? {
            return Err(Error::UnsupportedOperation);
        }
        let header = KeyBundleHeader {
            parties,
            key_id: *key_id,
            spec: facts.spec,
            lineage: parties.source.fingerprint,
            revision: snapshot.revision,
            created_ms: facts.created_ms,
            versions: heapless::Vec::new(),
        };
        Ok((header, facts))
    }

    /// Writes, seals and signs the bundle, and answers its length.
    fn write(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        (mut header, facts): (KeyBundleHeader, KeyFacts),
        room: &mut [u8],
    ) -> Result<(usize, KeyBundleHeader), Error> {
        let newest = usize::try_from(facts.newest_version).map_err(|_| Error::Bug)?;
        if newest > BUNDLE_VERSIONS_MAX {
            return Err(Error::LimitExceeded);
        }
        let header_len = KeyBundleHeader::len_with(newest);
        let stated_len = header_len.saturating_add(ENCAPSULATED_LEN);
        let (stated, sealed) = room.split_at_mut_checked(stated_len).ok_or(Error::Bug)?;
        let mut materials_len = 0usize;
        for version in 1..=facts.newest_version {
            let place = HEAD_LEN.saturating_add(materials_len);
            let material = sealed.get_mut(place..).ok_or(Error::Bug)?;
            let sent = self.read_version(snapshot, &facts.key_id, version, material)?;
            materials_len = materials_len.saturating_add(usize::from(sent.material_len));
            header.versions.push(sent).map_err(|_| Error::Bug)?;
        }
        let (header_room, encapsulated_room) = stated.split_at_mut_checked(header_len).ok_or(Error::Bug)?;
        header.write(header_room)?;
        encapsulated_room.copy_from_slice(self.encapsulated);
        let transcript = P::Primitives::sha256(core::iter::once(&*stated));
        let key = bundle_key::<P::Primitives>(self.shared, &transcript, &facts.key_id);
        let entropy = self.platform.entropy();
        let sealed_len =
            sr1::seal_blob(&key, Purpose::KeyBundle, &transcript, entropy, sealed, materials_len)?;

        let signed_len = stated_len.saturating_add(sealed_len);
        let (signed, behind) = room.split_at_mut_checked(signed_len).ok_or(Error::Bug)?;
        let signature = lend_identity(self.platform, snapshot, |identity| {
            sign::<P::Primitives>(self.cryptography, &identity.seed, labels::KEY_BUNDLE_SIGNATURE, signed)
        })?;
        let place = behind.first_chunk_mut::<SIGNATURE_LEN>().ok_or(Error::Bug)?;
        *place = signature.ok_or(Error::Bug)?;
        Ok((signed_len.saturating_add(SIGNATURE_LEN), header))
    }

    /// What is said of a version; its material goes to the front of `to`.
    fn read_version(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        version: u32,
        to: &mut [u8],
    ) -> Result<SentVersion, Error> {
        let damaged = Error::Damaged(Part::Record);
        let names = &snapshot.keys.names;
        let address = names.backing_key(&names.owner(key_id), version);
        let mut buffer = zeroize::Zeroizing::new([0; VERSION_RECORD_LEN + OVERHEAD]);
        let view = snapshot.view(self.platform.storage());
        let plaintext = view.record(&address, &mut *buffer)?.ok_or(damaged)?;
        let record = VersionRecord::read_of(plaintext, key_id, version).map_err(|_| damaged)?;
        let VersionFacts { state, cause, kcv, current_since_ms, .. } = record.facts;
        if state == VersionState::PendingDestruction {
            return Err(Error::InvalidState(StateConflict::Version));
        }
        let material_len = u16::try_from(record.material.len()).map_err(|_| Error::Bug)?;
        to.get_mut(..record.material.len()).ok_or(Error::Bug)?.copy_from_slice(record.material);
        Ok(SentVersion { state, cause, material_len, kcv, current_since_ms })
    }
}
