//! Offers to receive: the private half of a one-time key each, in a record of its own, for one bundle and one day.

use core::cell::Cell;
use core::fmt;

use zeroize::{Zeroize, Zeroizing};

use super::commit::NewRecord;
use super::commit_peers::lend_peers;
use super::one_time_place::{Held, OneTimePlace};
use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part, Reason};
use crate::format::audit_entry::Event;
use crate::format::manifest::Timers;
use crate::format::offer_record::{OFFER_RECORD_LEN, OfferRecord};
use crate::limits::OFFERS_MAX;
use crate::peer::Fingerprint;
use crate::platform::{Address, Platform};
use crate::secret::Secret;
use crate::tree::Plan;

const ROOM: usize = OFFER_RECORD_LEN + sr1::OVERHEAD;

/// An offer to be kept.
#[derive(Clone, Copy)]
pub(crate) struct NewOffer<'a> {
    pub(crate) nonce: [u8; 16],
    pub(crate) source: Fingerprint,
    pub(crate) expires_ms: u64,
    pub(crate) expires_at_observed_ms: u64,
    /// Cells, since the operation fills them and the commit reads them; their owner wipes them.
    pub(crate) seed: &'a [Cell<u8>],
}

impl fmt::Debug for NewOffer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewOffer").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Shows each place where an offer can be, and what it holds, until one is found.
pub(super) fn find_offer<P: Platform, R>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    mut look: impl FnMut(Address, Option<OfferRecord>) -> Option<R>,
) -> Result<Option<R>, Error> {
    let view = snapshot.view(platform.storage());
    for place in (0u8..).take(OFFERS_MAX) {
        let address = snapshot.keys.names.offer(place);
        let mut buffer = Zeroizing::new([0; ROOM]);
        let record = match view.record(&address, &mut *buffer)? {
            None => None,
            Some(plaintext) => Some(OfferRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?),
        };
        let found = look(address, record);
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

impl<P: Platform> Vault<P> {
    /// Keeps an offer in a free place, or in that of the one that ends first; what has expired goes.
    #[inline(never)]
    pub(super) fn apply_offer(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        new: &NewOffer<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::take(platform)?;
        // Whom it is for may have been taken out since.
        if !lend_peers(platform, &snapshot, |peers| Ok(peers.has(&new.source)))? {
            return Err(Error::Exchange(Reason::NotPinned));
        }
        let view = snapshot.view(platform.storage());
        let timers = mounted.timer_base.now(Reading::take(platform));
        let mut plan = Plan::new();
        plan.start(&view)?;
        let mut place = OneTimePlace::<OFFERS_MAX>::new();
        find_offer(platform, &snapshot, |address, record| {
            let held = record.map_or(Held::Nothing, |record| match record.is_expired(&timers) {
                true => Held::Expired,
                false => Held::Until(record.expires_ms),
            });
            place.look(address, &held);
            None::<()>
        })?;
        let address = place.take(&mut plan, &view, platform.entropy())?;
        let NewOffer { nonce, source, expires_ms, expires_at_observed_ms, seed: cells } = *new;
        let mut record =
            OfferRecord { nonce, source, seed: Secret::zeroed(), expires_ms, expires_at_observed_ms };
        record.seed.fill_with(|seed| {
            for (to, from) in seed.iter_mut().zip(cells) {
                *to = from.get();
            }
        });
        let mut buffer = Zeroizing::new([0; ROOM]);
        let len = record.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        self.add_pending(mounted, event)?;
        self.land_plan(mounted, &mut plan, &mut [NewRecord { address, buffer: &mut *buffer, len }])
    }

    /// Takes out the offers that have expired, in one commit, and answers how many.
    pub(super) fn end_offers(&self) -> Result<u32, Error> {
        let platform = &self.platform;
        self.lend_writer(|writer, scratch| {
            let ended = writer.usable().and_then(|mounted| {
                let snapshot = Snapshot::take(platform)?;
                let timers = mounted.timer_base.now(Reading::take(platform));
                let expired = expired_offers(platform, &snapshot, &timers)?;
                if expired.is_empty() {
                    return Ok(0);
                }
                self.settle_pending(mounted)?;
                let snapshot = Snapshot::take(platform)?;
                let view = snapshot.view(platform.storage());
                let mut plan = Plan::new();
                plan.start(&view)?;
                for address in &expired {
                    plan.remove(&view, address)?;
                }
                self.land_plan(mounted, &mut plan, &mut [])?;
                u32::try_from(expired.len()).map_err(|_| Error::Bug)
            });
            scratch.zeroize();
            ended
        })?
    }
}

fn expired_offers<P: Platform>(
    platform: &P,
    snapshot: &Snapshot<P::Primitives>,
    timers: &Timers,
) -> Result<heapless::Vec<Address, OFFERS_MAX>, Error> {
    let mut expired = heapless::Vec::new();
    find_offer(platform, snapshot, |address, record| {
        if record.is_some_and(|record| record.is_expired(timers)) {
            // There is room for every place.
            let _ = expired.push(address);
        }
        None::<()>
    })?;
    Ok(expired)
}
