//! Pinning peers, and taking them out: the one record of all of them and the event, in one commit.

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::Event;
use crate::format::peers_record::{PEERS_RECORD_LEN, PeersRecord, PinnedPeer};
use crate::peer::Fingerprint;
use crate::platform::Platform;
use crate::tree::Plan;

const ROOM: usize = PEERS_RECORD_LEN + sr1::OVERHEAD;

/// What becomes of the peers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PeerChange<'a> {
    /// One more.
    Pin(&'a str, Fingerprint),
    /// The one of this name is none any more.
    Remove(&'a str),
}

/// Lends the pinned peers.
pub(crate) fn lend_peers<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    read: impl FnOnce(&PeersRecord<'_>) -> Result<R, Error>,
) -> Result<R, Error> {
    let mut buffer = [0; ROOM];
    let view = snapshot.view(platform.storage());
    match view.record(&snapshot.keys.names.peers(), &mut buffer)? {
        None => read(&PeersRecord::default()),
        Some(plaintext) => read(&PeersRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?),
    }
}

impl<P: Platform> Vault<P> {
    #[inline(never)]
    pub(super) fn apply_to_peers(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        change: &PeerChange<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let mut buffer = [0; ROOM];
        let len = lend_peers(platform, &snapshot, |record| {
            let mut peers = record.peers.clone();
            match *change {
                PeerChange::Pin(name, fingerprint) => {
                    if record.named(name).is_some() || record.has(&fingerprint) {
                        return Err(Error::AlreadyExists);
                    }
                    let peer = PinnedPeer { name, fingerprint, pinned_ms: event.time_ms };
                    peers.push(peer).map_err(|_| Error::LimitExceeded)?;
                }
                PeerChange::Remove(name) => {
                    record.named(name).ok_or(Error::NotFound)?;
                    peers.retain(|peer| peer.name != name);
                }
            }
            PeersRecord { peers }.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)
        })?;
        let view = snapshot.view(platform.storage());
        let address = snapshot.keys.names.peers();
        let mut plan = Plan::new();
        plan.start(&view)?;
        plan.put(&view, &address, platform.entropy())?;
        self.add_pending(mounted, event)?;
        self.land_plan(mounted, &mut plan, &mut [NewRecord { address, buffer: &mut buffer, len }])
    }
}
