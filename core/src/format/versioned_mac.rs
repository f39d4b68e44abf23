//! A MAC that names the version that made it: a header like a ciphertext's, and the MAC.

use super::bytes::{Malformed, Reader, Writer};
use super::ciphertext::HEADER_LEN;
use crate::crypto::sr1::KeyCheckValue;
use crate::key::{KeyId, MacAlgorithm};

/// The only format of this version.
const FORMAT: u8 = 1;

/// How long a versioned MAC is, in bytes.
#[must_use]
pub const fn versioned_mac_len(algorithm: MacAlgorithm) -> usize {
    HEADER_LEN.saturating_add(algorithm.mac_len())
}

/// A parsed versioned MAC, borrowed. The header only says where to look: the MAC is over the message alone, and whoever
/// alters the header makes it the MAC of another key.
#[derive(Clone, Copy, Debug)]
pub struct VersionedMac<'a> {
    /// How it was made.
    pub algorithm: MacAlgorithm,
    /// The key that made it.
    pub key_id: KeyId,
    /// The version of the key that made it.
    pub version: u32,
    /// Which material that version had.
    pub kcv: KeyCheckValue,
    /// What GenerateMac answers without a header.
    pub mac: &'a [u8],
}

impl<'a> VersionedMac<'a> {
    /// Parses any byte string; total, in constant memory.
    ///
    /// # Errors
    /// [`Malformed`]: not a versioned MAC of format 1, or not of the length that its algorithm has.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        let [format, suite, flags, zero] = reader.array()?;
        let algorithm = MacAlgorithm::from_suite(suite).ok_or(Malformed)?;
        // Flags: bit 0 would be multi-Region, which no key of this version is; all others must be zero.
        if [format, flags, zero] != [FORMAT, 0, 0] {
            return Err(Malformed);
        }
        let (key_id, version, kcv) = (KeyId::from_bytes(reader.array()?), reader.u32()?, reader.array()?);
        let mac = reader.take(algorithm.mac_len())?;
        reader.end()?;
        Ok(VersionedMac { algorithm, key_id, version, kcv, mac })
    }

    /// The bytes in front of the MAC.
    pub(crate) fn header(
        algorithm: MacAlgorithm,
        key_id: &KeyId,
        version: u32,
        kcv: &KeyCheckValue,
    ) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let mut writer = Writer::new(&mut bytes);
        writer.put(&[FORMAT, algorithm.suite(), 0, 0]);
        writer.put(key_id.as_bytes());
        writer.u32(version);
        writer.put(kcv);
        bytes
    }
}
