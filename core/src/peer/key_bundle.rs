use heapless::Vec;

use super::{ENCAPSULATED_LEN, Fingerprint, Parties, SIGNATURE_LEN};
use crate::crypto::sr1::{OVERHEAD, SUITE};
use crate::crypto::{Primitives, labels};
use crate::error::Error;
use crate::format::bytes::{Malformed, Reader, Writer};
use crate::format::key_record::{UNKNOWN_TIME, time};
use crate::key::{KeyId, KeySpec, KeyUsage, VersionCause, VersionState};
use crate::limits::{BUNDLE_VERSIONS_MAX, MATERIAL_LEN_MAX};

const FORMAT: u8 = 1;
/// The only purpose of format 1: the key is the same key in both vaults.
const REPLICATE: u8 = 1;
/// How long a header is without its versions.
const HEADER_FIXED_LEN: usize = 196;
/// What the header says of one version.
const VERSION_LEN: usize = 20;
/// Longest header.
pub(crate) const HEADER_LEN_MAX: usize = HEADER_FIXED_LEN + BUNDLE_VERSIONS_MAX * VERSION_LEN;
/// Longest material of all versions together.
pub(crate) const MATERIALS_LEN_MAX: usize = BUNDLE_VERSIONS_MAX * MATERIAL_LEN_MAX;
/// Longest bundle with a key, in bytes.
pub const KEY_BUNDLE_LEN_MAX: usize =
    HEADER_LEN_MAX + ENCAPSULATED_LEN + OVERHEAD + MATERIALS_LEN_MAX + SIGNATURE_LEN;

/// What a bundle says of one version; the first is version 1, and none is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SentVersion {
    pub(crate) state: VersionState,
    pub(crate) cause: VersionCause,
    /// Of its material in what is sealed; 0 where it has none.
    pub(crate) material_len: u16,
    pub(crate) kcv: [u8; 8],
    pub(crate) current_since_ms: Option<u64>,
}

/// Everything that a bundle binds, and nothing secret.
#[derive(Clone, Debug)]
pub(crate) struct KeyBundleHeader {
    pub(crate) parties: Parties,
    pub(crate) key_id: KeyId,
    pub(crate) spec: KeySpec,
    /// The identity of the vault that drew the key.
    pub(crate) lineage: Fingerprint,
    /// Of the source, when it was made.
    pub(crate) revision: u64,
    pub(crate) created_ms: Option<u64>,
    /// From version 1 to the key's current one, which is its newest.
    pub(crate) versions: Vec<SentVersion, BUNDLE_VERSIONS_MAX>,
}

/// A bundle, taken apart. Nothing in it is believed yet.
pub(crate) struct KeyBundle<'a> {
    pub(crate) header: KeyBundleHeader,
    /// The header and the encapsulated key: what the sealed part is bound to.
    pub(crate) transcript: &'a [u8],
    pub(crate) encapsulated: &'a [u8; ENCAPSULATED_LEN],
    pub(crate) sealed: &'a [u8],
    /// All of it before the signature.
    pub(crate) stated: &'a [u8],
    pub(crate) signature: &'a [u8; SIGNATURE_LEN],
}

impl KeyBundleHeader {
    /// How long a header with so many versions is.
    pub(crate) const fn len_with(versions: usize) -> usize {
        HEADER_FIXED_LEN.saturating_add(versions.saturating_mul(VERSION_LEN))
    }

    /// How long all materials are together, in bytes.
    pub(crate) fn materials_len(&self) -> usize {
        self.versions.iter().fold(0, |len, version| len.saturating_add(usize::from(version.material_len)))
    }

    /// Writes the header to the front of `buffer`, and answers how long it is.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut writer = Writer::new(buffer);
        writer.put(labels::KEY_BUNDLE);
        writer.put(&[FORMAT, SUITE, REPLICATE, 0]);
        self.parties.write(&mut writer);
        writer.put(self.key_id.as_bytes());
        writer.put(&[self.spec.number(), self.spec.usage().number(), 0, 0]);
        writer.put(self.lineage.as_bytes());
        writer.u64(self.revision);
        writer.u64(self.created_ms.unwrap_or(UNKNOWN_TIME));
        let newest = u32::try_from(self.versions.len()).map_err(|_| Error::Bug)?;
        writer.u32(newest);
        writer.u32(newest);
        for version in &self.versions {
            writer.put(&[version.state.number(), version.cause.number()]);
            writer.u16(version.material_len);
            writer.put(&version.kcv);
            writer.u64(version.current_since_ms.unwrap_or(UNKNOWN_TIME));
        }
        writer.finish()
    }

    fn read<C: Primitives>(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        if reader.array()? != *labels::KEY_BUNDLE || reader.array()? != [FORMAT, SUITE, REPLICATE, 0] {
            return Err(Malformed);
        }
        let parties = Parties::read::<C>(reader)?;
        let key_id = KeyId::from_bytes(reader.array()?);
        let [spec, usage, 0, 0] = reader.array()? else { return Err(Malformed) };
        let spec = KeySpec::from_number(spec).ok_or(Malformed)?;
        if KeyUsage::from_number(usage) != Some(spec.usage()) {
            return Err(Malformed);
        }
        let lineage = Fingerprint::from_bytes(reader.array()?);
        let (revision, created_ms) = (reader.u64()?, time(reader.u64()?));
        let (current, newest) = (reader.u32()?, reader.u32()?);
        if current == 0 || current != newest {
            return Err(Malformed);
        }
        let mut versions = Vec::new();
        for _ in 0..newest {
            versions.push(SentVersion::read(reader, spec)?).map_err(|_| Malformed)?;
        }
        let header = KeyBundleHeader { parties, key_id, spec, lineage, revision, created_ms, versions };
        // Without its current version the key could do nothing.
        let is_usable = |version: &SentVersion| version.state == VersionState::Usable;
        if header.versions.last().is_some_and(is_usable) { Ok(header) } else { Err(Malformed) }
    }
}

impl SentVersion {
    fn read(reader: &mut Reader<'_>, spec: KeySpec) -> Result<Self, Malformed> {
        let state = VersionState::from_number(reader.u8()?).ok_or(Malformed)?;
        let cause = VersionCause::from_number(reader.u8()?).ok_or(Malformed)?;
        let material_len = reader.u16()?;
        let (kcv, current_since_ms) = (reader.array()?, time(reader.u64()?));
        let expected = match state {
            VersionState::Usable | VersionState::Revoked => spec.material_len(),
            VersionState::Destroyed => 0,
            VersionState::PendingDestruction => return Err(Malformed),
        };
        if usize::from(material_len) == expected {
            Ok(SentVersion { state, cause, material_len, kcv, current_since_ms })
        } else {
            Err(Malformed)
        }
    }
}

impl<'a> KeyBundle<'a> {
    /// Takes a bundle apart.
    pub(crate) fn read<C: Primitives>(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let (stated, signature) = bytes.split_last_chunk::<SIGNATURE_LEN>().ok_or(Malformed)?;
        let mut reader = Reader::new(stated);
        let header = KeyBundleHeader::read::<C>(&mut reader)?;
        let (encapsulated, sealed) = reader.rest().split_first_chunk().ok_or(Malformed)?;
        if sealed.len() != header.materials_len().saturating_add(OVERHEAD) {
            return Err(Malformed);
        }
        let transcript_len = stated.len().checked_sub(sealed.len()).ok_or(Malformed)?;
        let transcript = stated.get(..transcript_len).ok_or(Malformed)?;
        Ok(KeyBundle { header, transcript, encapsulated, sealed, stated, signature })
    }
}
