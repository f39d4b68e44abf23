//! PinPeer, ListPeers, RemovePeer: which vaults this one takes keys from and gives keys to.

use crate::caller::check_name;
use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::flow::{Buffers, Done, Parsed, Scene, run};
use crate::format::peers_record::{PEERS_RECORD_LEN, PeersRecord, PinnedPeer};
use crate::keyring::with_snapshot;
use crate::limits::PEERS_MAX;
use crate::operation::Operation;
use crate::peer::Fingerprint;
use crate::platform::Platform;
use crate::policy::{Action, Caller};
use crate::vault::{Change, PeerChange, Vault};

/// Pins another vault: keys may come from it and go to it from now on.
#[derive(Clone, Copy, Debug)]
pub struct PinPeer<'a> {
    /// What it is called here: 1 to 64 letters, digits and `+=,.@_-`.
    pub name: &'a str,
    /// Its identity's fingerprint, as whoever looks after it has told over another way than this exchange.
    pub fingerprint: Fingerprint,
}

/// Lists the pinned peers.
#[derive(Clone, Copy, Debug)]
pub struct ListPeers;

/// Takes a peer out: nothing more comes from it or goes to it.
#[derive(Clone, Copy, Debug)]
pub struct RemovePeer<'a> {
    /// What it is called here.
    pub name: &'a str,
}

impl<P: Platform> Vault<P> {
    /// Pins a peer, durably.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`]: there is one of this name or with this fingerprint. [`Error::LimitExceeded`]: there are
    /// [`PEERS_MAX`]. Others: see [`Error`].
    pub fn pin_peer(&self, caller: &Caller<'_>, request: PinPeer<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }

    /// Lists all peers into `buffer`; [`crate::limits::PEERS_LEN_MAX`] bytes are always enough.
    ///
    /// # Errors
    /// [`Error::Damaged`]: their record does not open. Others: see [`Error`].
    pub fn list_peers<'o>(
        &self,
        caller: &Caller<'_>,
        request: ListPeers,
        buffer: &'o mut [u8],
    ) -> Result<heapless::Vec<PinnedPeer<'o>, PEERS_MAX>, Error> {
        match run(self, caller, request, Buffers::plaintext(buffer))?.into_plaintext() {
            [] => Ok(heapless::Vec::new()),
            plaintext => PeersRecord::read(plaintext).map(|record| record.peers).map_err(|_| Error::Bug),
        }
    }

    /// Takes a peer out, durably. What was received from it stays.
    ///
    /// # Errors
    /// [`Error::NotFound`]: there is none of this name. Others: see [`Error`].
    pub fn remove_peer(&self, caller: &Caller<'_>, request: RemovePeer<'_>) -> Result<(), Error> {
        run(self, caller, request, Buffers::default()).map(|_| ())
    }
}

/// Peers have names as callers have.
pub(in crate::operation) fn check_peer_name(name: &str) -> Result<(), Error> {
    check_name(name).map_err(|_| Error::Validation(Parameter::PeerName))
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for PinPeer<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::PinPeer
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_peer_name(self.name)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::PinPeer) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        let change = PeerChange::Pin(self.name, self.fingerprint);
        Ok(Done { change: Some(Change::Peer(change)), ..Done::with(()) })
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for ListPeers {
    type Output = ();

    fn action(&self) -> Action {
        Action::ListPeers
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        Ok(Parsed::on_vault(Action::ListPeers))
    }

    fn execute<P: Platform>(
        self,
        scene: &Scene<'_, P>,
        buffers: &mut Buffers<'_>,
    ) -> Result<Done<'a, ()>, Error> {
        let platform = scene.vault.platform();
        let mut buffer = [0; PEERS_RECORD_LEN + sr1::OVERHEAD];
        buffers.plaintext_len = with_snapshot(platform, |snapshot| {
            let view = snapshot.view(platform.storage());
            let Some(plaintext) = view.record(&snapshot.keys.names.peers(), &mut buffer)? else {
                return Ok(0);
            };
            PeersRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
            let needed = plaintext.len();
            let room = buffers.plaintext.get_mut(..needed).ok_or(Error::BufferTooSmall { needed })?;
            room.copy_from_slice(plaintext);
            Ok(needed)
        })?;
        Ok(Done::with(()))
    }
}

#[expect(private_interfaces, reason = "sealed trait")]
impl<'a> Operation<'a> for RemovePeer<'a> {
    type Output = ();

    fn action(&self) -> Action {
        Action::RemovePeer
    }

    fn parse(&self) -> Result<Parsed<'a>, Error> {
        check_peer_name(self.name)?;
        Ok(Parsed { subject: self.name, ..Parsed::on_vault(Action::RemovePeer) })
    }

    fn execute<P: Platform>(self, _: &Scene<'_, P>, _: &mut Buffers<'_>) -> Result<Done<'a, ()>, Error> {
        Ok(Done { change: Some(Change::Peer(PeerChange::Remove(self.name))), ..Done::with(()) })
    }
}
