//! The vault's identity: made in a commit of its own the first time that somebody asks for it.

use zeroize::Zeroizing;

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::Event;
use crate::format::identity_record::{IDENTITY_RECORD_LEN, IdentityRecord};
use crate::platform::Platform;
use crate::secret::Secret;
use crate::tree::Plan;

const ROOM: usize = IDENTITY_RECORD_LEN + sr1::OVERHEAD;

/// Lends the identity; `None` before anybody asked for it.
pub(crate) fn lend_identity<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    read: impl FnOnce(&IdentityRecord) -> R,
) -> Result<Option<R>, Error> {
    let mut buffer = Zeroizing::new([0; ROOM]);
    let view = snapshot.view(platform.storage());
    let Some(plaintext) = view.record(&snapshot.keys.names.identity(), &mut *buffer)? else {
        return Ok(None);
    };
    let record = IdentityRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
    Ok(Some(read(&record)))
}

impl<P: Platform> Vault<P> {
    /// Draws the identity. One that there is stays.
    #[inline(never)]
    pub(super) fn apply_identity(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let view = snapshot.view(platform.storage());
        let address = snapshot.keys.names.identity();
        if view.holds(&address)? {
            // Somebody else was faster.
            return Err(Error::Conflict);
        }
        let mut record = IdentityRecord { made_ms: event.time_ms, seed: Secret::zeroed() };
        record.seed.draw(platform.entropy())?;
        let mut buffer = Zeroizing::new([0; ROOM]);
        let len = record.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        let mut plan = Plan::new();
        plan.start(&view)?;
        plan.put(&view, &address, platform.entropy())?;
        self.add_pending(mounted, event)?;
        self.land_plan(mounted, &mut plan, &mut [NewRecord { address, buffer: &mut *buffer, len }])
    }
}
