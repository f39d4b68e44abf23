//! Opening a bundle that a peer sealed to this vault, and using its offer up: each a commit with its event.

use core::cell::Cell;
use core::fmt;

use super::parties::{answered_offer, check_parties};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::backup::PeerHeader;
use crate::error::Error;
use crate::format::audit_entry::Event;
use crate::operation::sealed_bundle_name;
use crate::peer::PeerCryptography;
use crate::platform::Platform;
use crate::secret::Secret;
use crate::tree::Plan;

/// A bundle whose signature is that of the identity it names.
#[derive(Clone, Copy)]
pub(crate) struct SealedBundle<'a> {
    pub(crate) header: &'a PeerHeader,
    pub(crate) cryptography: &'a dyn PeerCryptography,
    pub(crate) step: SealedStep<'a>,
}

/// What becomes of it.
#[derive(Clone, Copy)]
pub(crate) enum SealedStep<'a> {
    /// Its key goes into these cells, whose owner wipes them; the offer stays, for the bundle may not be whole.
    Open(&'a [Cell<u8>]),
    /// It was read to its end, and is to be a vault: the offer goes.
    UseUp,
}

impl fmt::Debug for SealedBundle<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealedBundle")
    }
}

impl<P: Platform> Vault<P> {
    #[inline(never)]
    pub(super) fn apply_to_sealed(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        bundle: &SealedBundle<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let SealedBundle { header, cryptography, step } = *bundle;
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        let parties = &header.parties;
        let peer = check_parties(platform, &snapshot, parties, cryptography)?;
        let name = sealed_bundle_name(&header.facts.bundle_id, &peer);
        let timers = mounted.timer_base.now(Reading::take(platform));
        let mut shared = Secret::zeroed();
        let seal = (header.encapsulated()?, cryptography);
        let offer = answered_offer(platform, &snapshot, parties, &timers, seal, &mut shared)?;

        let detail = match step {
            SealedStep::Open(_) => 0,
            SealedStep::UseUp => header.facts.revision,
        };
        self.add_pending(mounted, &Event { subject: &name, detail, ..*event })?;
        match step {
            SealedStep::Open(cells) => {
                self.land(mounted, &mut |_, _| Ok(()))?;
                let mut key = Secret::zeroed();
                header.key::<P::Primitives>(&shared, &mut key)?;
                key.expose(|key| {
                    for (to, from) in cells.iter().zip(key) {
                        to.set(*from);
                    }
                });
                Ok(())
            }
            SealedStep::UseUp => {
                let view = snapshot.view(platform.storage());
                let mut plan = Plan::new();
                plan.start(&view)?;
                plan.remove(&view, &offer)?;
                self.land_plan(mounted, &mut plan, &mut [])
            }
        }
    }
}
