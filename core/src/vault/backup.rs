//! Writing a bundle: every record of the vault as one revision has it.
//!
//! A key comes first, then its versions in order, then what else lies below its owner; callers, access keys, aliases and settings stand
//! between keys. What leads to something and can be found out again is not written: due records, what retiring principals
//! find grants by, counts. Wrapping keys of imports stay behind: they are of this vault only.

use zeroize::{Zeroize, Zeroizing};

use super::state::Mounted;
use super::timers::Reading;
use super::{Snapshot, Vault, vault_time};
use crate::backup::{
    BundleFacts, BundleSink, BundleSummary, Follower, HEADER_LEN_MAX, PEER_HEADER_LEN, SegmentKind, Segments,
    VaultFacts,
};
use crate::crypto::Primitives;
use crate::crypto::sr1::{HEAD_LEN, OVERHEAD};
use crate::error::{Error, Part};
use crate::format::access_key_record::ACCESS_KEY;
use crate::format::alias_record::{ALIAS, ALIAS_RECORD_LEN};
use crate::format::caller_record::CALLER;
use crate::format::grant_record::GRANT;
use crate::format::key_record::{KeyRecord, record_type};
use crate::format::settings_record::SETTINGS;
use crate::format::trust_record::TRUST;
use crate::format::usage_record::USAGE;
use crate::key::{Alias, KeyFacts};
use crate::limits::PADDING;
use crate::platform::{Address, Platform};
use crate::secret::Secret;
use crate::tree::{Names, Owner, View, behind, owner_of};

/// Room for a segment that is not a record.
const SMALL: usize = 4 * PADDING + OVERHEAD;

/// Room for a header of either kind.
const FRONT_LEN_MAX: usize = if HEADER_LEN_MAX > PEER_HEADER_LEN { HEADER_LEN_MAX } else { PEER_HEADER_LEN };

/// Writes the header of a bundle to the front of a buffer, and its key; answers how long the header is.
pub(crate) type Front<'f, C> =
    dyn FnMut(&Snapshot<C>, &BundleFacts, &mut [u8], &mut Secret<32>) -> Result<usize, Error> + 'f;

/// A bundle on its way out.
struct Bundle<'b, 's, P: Platform> {
    platform: &'b P,
    segments: Segments<P::Primitives>,
    follower: Follower,
    sink: &'b mut BundleSink<'s>,
    /// As large as the largest sealed record.
    scratch: &'b mut [u8],
}

impl<P: Platform> Vault<P> {
    /// Writes a bundle with this id to its end. Changes wait meanwhile; reading goes on.
    ///
    /// # Errors
    /// [`Error::Damaged`]: a record does not open, or is not what it should be. What the sink answers. The bundle has no end
    /// mark then.
    pub(crate) fn write_bundle(
        &self,
        bundle_id: [u8; 16],
        front: &mut Front<'_, P::Primitives>,
        sink: &mut BundleSink<'_>,
    ) -> Result<BundleSummary, Error> {
        self.lend_writer(|writer, scratch| {
            let written =
                writer.usable().and_then(|mounted| self.write_all(mounted, bundle_id, front, sink, scratch));
            scratch.zeroize();
            written
        })?
    }

    fn write_all(
        &self,
        mounted: &Mounted<P::Primitives>,
        bundle_id: [u8; 16],
        front: &mut Front<'_, P::Primitives>,
        sink: &mut BundleSink<'_>,
        scratch: &mut [u8],
    ) -> Result<BundleSummary, Error> {
        let (platform, manifest) = (&self.platform, &mounted.manifest);
        let snapshot = Snapshot::take(platform)?;
        let (names, view) = (&snapshot.keys.names, snapshot.view(platform.storage()));
        let facts = BundleFacts {
            bundle_id,
            vault_id: manifest.vault_id,
            revision: manifest.revision,
            made_ms: vault_time(platform, manifest.clock_mark_ms),
        };
        let (mut bytes, mut key) = ([0; FRONT_LEN_MAX], Secret::zeroed());
        let len = front(&snapshot, &facts, &mut bytes, &mut key)?;
        let bytes = bytes.get(..len).ok_or(Error::Bug)?;
        sink(bytes)?;
        let hash = P::Primitives::sha256(core::iter::once(bytes));
        let segments = Segments::new(&key, &bundle_id, hash);
        let mut bundle = Bundle { platform, segments, follower: Follower::new(&facts), sink, scratch };

        let timers = mounted.timer_base.now(Reading::take(platform));
        bundle.write_small(SegmentKind::Vault, |body| VaultFacts::write_of(manifest, &timers, body))?;
        let mut after: Option<Address> = None;
        let mut owner: Option<Owner> = None;
        while let Some(next) = view.next_record(after.as_ref())? {
            after = Some(next);
            let its_owner = owner_of(&next);
            if owner != Some(its_owner) {
                owner = Some(its_owner);
                if !bundle.write_key(&view, names, &its_owner)? {
                    bundle.follower.summary.left_out = bundle.follower.summary.left_out.saturating_add(1);
                    after = Some(behind(&its_owner));
                    continue;
                }
            }
            if next != names.key(&its_owner) {
                bundle.write_other(&view, names, &next)?;
            }
        }
        let mark = bundle.follower.summary.end_mark();
        bundle.follower.end(&mark)?;
        bundle.write_small(SegmentKind::End, |body| mark.write(body))?;
        Ok(bundle.follower.summary)
    }
}

impl<P: Platform> Bundle<'_, '_, P> {
    fn write_small(
        &mut self,
        kind: SegmentKind,
        write: impl FnOnce(&mut [u8]) -> Result<usize, Error>,
    ) -> Result<(), Error> {
        let mut buffer = Zeroizing::new([0; SMALL]);
        let len = write(buffer.get_mut(HEAD_LEN..).ok_or(Error::Bug)?)?;
        self.segments.write(kind, &mut *buffer, len, self.platform.entropy(), self.sink)
    }

    /// Writes the record whose plaintext lies in the scratch buffer, once it is judged to be right.
    fn write_record(&mut self, len: usize) -> Result<(), Error> {
        let body = self.scratch.get(HEAD_LEN..).and_then(|body| body.get(..len)).ok_or(Error::Bug)?;
        self.follower.take::<P::Primitives>(body).map_err(|_| Error::Damaged(Part::Record))?;
        self.segments.write(SegmentKind::Record, self.scratch, len, self.platform.entropy(), self.sink)
    }

    /// The facts of the key of an owner, and how long its record is, which lies in the scratch buffer then.
    fn read_key(
        &mut self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        owner: &Owner,
    ) -> Result<Option<(KeyFacts, usize)>, Error> {
        let Some(plaintext) = view.record(&names.key(owner), self.scratch)? else { return Ok(None) };
        let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
        Ok(Some((record.facts, plaintext.len())))
    }

    /// Writes the key of an owner, if it has one, and its versions; `false` if the key is on its way out for good.
    fn write_key(
        &mut self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        owner: &Owner,
    ) -> Result<bool, Error> {
        let Some((facts, len)) = self.read_key(view, names, owner)? else { return Ok(true) };
        if facts.deletion.is_some_and(|deletion| deletion.has_begun()) {
            return Ok(false);
        }
        self.write_record(len)?;
        for version in 1..=facts.newest_version {
            let address = names.backing_key(owner, version);
            let plaintext = view.record(&address, self.scratch)?.ok_or(Error::Damaged(Part::Record))?;
            let len = plaintext.len();
            self.write_record(len)?;
        }
        Ok(true)
    }

    /// Writes what is neither a key nor a version, if it belongs into a bundle.
    fn write_other(
        &mut self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        address: &Address,
    ) -> Result<(), Error> {
        let damaged = Error::Damaged(Part::Record);
        let plaintext = view.record(address, self.scratch)?.ok_or(damaged)?;
        let len = plaintext.len();
        match record_type(plaintext).map_err(|_| damaged)? {
            GRANT | CALLER | USAGE | ACCESS_KEY | TRUST => self.write_record(len),
            SETTINGS if *address == names.settings() => self.write_record(len),
            ALIAS => {
                let mut alias = [0; ALIAS_RECORD_LEN];
                let alias = alias.get_mut(..len).ok_or(damaged)?;
                alias.copy_from_slice(plaintext);
                let target = Alias::read(alias).map_err(|_| damaged)?.target_key_id;
                // An alias of a key that is left out leads nowhere.
                let leads_to = self.read_key(view, names, &names.owner(&target))?;
                if leads_to.is_none_or(|(facts, _)| facts.deletion.is_some_and(|end| end.has_begun())) {
                    return Ok(());
                }
                let body = self.scratch.get_mut(HEAD_LEN..).and_then(|body| body.get_mut(..len));
                body.ok_or(Error::Capacity)?.copy_from_slice(alias);
                self.write_record(len)
            }
            _ => Ok(()),
        }
    }
}
