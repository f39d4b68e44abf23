//! The record of the vaults that this one exchanges keys with.

use heapless::Vec;

use super::bytes::{Malformed, Writer};
use super::key_record::{UNKNOWN_TIME, content, time, write_padded};
use crate::error::Error;
use crate::limits::{PADDING, PEER_NAME_LEN_MAX, PEERS_LEN_MAX, PEERS_MAX};
use crate::peer::Fingerprint;

/// The type of the record of peers.
pub(crate) const PEERS: u8 = 14;
const FORMAT: u8 = 1;

/// Longest plaintext, padded.
pub(crate) const PEERS_RECORD_LEN: usize =
    (4 + 3 + PEERS_MAX * (32 + 8 + 2 + PEER_NAME_LEN_MAX)).next_multiple_of(PADDING);

const _: () = assert!(PEERS_RECORD_LEN == PEERS_LEN_MAX);

/// A vault that keys may come from and go to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PinnedPeer<'a> {
    /// What it is called here.
    pub name: &'a str,
    /// Its identity's fingerprint.
    pub fingerprint: Fingerprint,
    /// When it was pinned, or `None` where the vault had no clock.
    pub pinned_ms: Option<u64>,
}

/// All pinned peers, in the order in which they were pinned; borrowed from the buffer that they were read into.
#[derive(Clone, Debug, Default)]
pub(crate) struct PeersRecord<'a> {
    pub(crate) peers: Vec<PinnedPeer<'a>, PEERS_MAX>,
}

impl<'a> PeersRecord<'a> {
    /// Writes `u32 length ‖ content ‖ zeros`.
    pub(crate) fn write(&self, buffer: &mut [u8]) -> Result<usize, Error> {
        write_padded(buffer, &|writer: &mut Writer<'_>| {
            writer.put(&[PEERS, FORMAT]);
            writer.u8(u8::try_from(self.peers.len()).map_err(|_| Error::Bug)?);
            self.peers.iter().try_for_each(|peer| {
                writer.put(peer.fingerprint.as_bytes());
                writer.u64(peer.pinned_ms.unwrap_or(UNKNOWN_TIME));
                writer.string(peer.name.as_bytes())
            })
        })
    }

    pub(crate) fn read(plaintext: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = content(plaintext)?;
        if reader.array()? != [PEERS, FORMAT] {
            return Err(Malformed);
        }
        let mut record = PeersRecord::default();
        for _ in 0..reader.u8()? {
            let (fingerprint, pinned_ms) = (Fingerprint::from_bytes(reader.array()?), time(reader.u64()?));
            let name = reader.text()?;
            if name.len() > PEER_NAME_LEN_MAX || record.named(name).is_some() || record.has(&fingerprint) {
                return Err(Malformed);
            }
            record.peers.push(PinnedPeer { name, fingerprint, pinned_ms }).map_err(|_| Malformed)?;
        }
        reader.end()?;
        Ok(record)
    }

    /// The peer of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&PinnedPeer<'a>> {
        self.peers.iter().find(|peer| peer.name == name)
    }

    /// Whether a peer has this fingerprint.
    pub(crate) fn has(&self, fingerprint: &Fingerprint) -> bool {
        self.peers.iter().any(|peer| peer.fingerprint == *fingerprint)
    }
}
