//! The vault's settings: read when it is opened, changed in one commit with their event, and what is counted because of
//! them.

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::Event;
use crate::format::key_record::KeyRecord;
use crate::format::settings_record::{GRANT_COUNT_LEN, GrantCount, SETTINGS_RECORD_LEN, Settings};
use crate::grant::count_grants;
use crate::key::KeyId;
use crate::platform::{Clock, Platform, State};
use crate::quota::{Quotas, RequestClass, check_one_more};
use crate::tree::{Names, Owner, Plan, View, behind, owner_of};

const SETTINGS_BLOB_LEN: usize = SETTINGS_RECORD_LEN + sr1::OVERHEAD;

/// A sealed record in the making, with room for settings or for a count.
pub(super) struct SmallRecord {
    address: crate::platform::Address,
    buffer: [u8; SETTINGS_BLOB_LEN],
    len: usize,
}

impl SmallRecord {
    pub(super) fn as_new(&mut self) -> NewRecord<'_> {
        NewRecord { address: self.address, buffer: &mut self.buffer, len: self.len }
    }
}

impl<P: Platform> Vault<P> {
    /// Reads the settings of a vault that is being opened. Settings that do not open bound everything: nothing is made that a
    /// quota is for, until they are put anew.
    pub(super) fn read_settings(&self, mounted: &Mounted<P::Primitives>) -> Result<Settings, Error> {
        let manifest = &mounted.manifest;
        let view =
            View::<P::Primitives, _>::new(self.platform.storage(), &manifest.vault_id, &manifest.top_key)
                .with_staged(mounted.staged.has_changes());
        let names = Names::<P::Primitives>::new(&manifest.name_key);
        let mut buffer = [0; SETTINGS_BLOB_LEN];
        match view.record(&names.settings(), &mut buffer)? {
            Some(plaintext) => Settings::read(plaintext).map_err(|_| Error::Damaged(Part::Record)),
            None => Ok(Settings::default()),
        }
    }

    /// Looks again at settings that did not open: a read that failed once binds nobody for the rest of the session.
    pub(super) fn read_settings_again(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        if mounted.settings.is_ok() {
            return Ok(());
        }
        mounted.settings = self.read_settings(mounted);
        let Ok(settings) = mounted.settings else { return Ok(()) };
        let rates = settings.quotas.request_rates;
        self.platform.state().publish(|published| published.set_rates(&rates))
    }

    /// The quotas of the open vault.
    ///
    /// # Errors
    /// [`Error::Damaged`]: the settings do not open; putting them anew helps.
    pub(crate) fn quotas(&self) -> Result<Quotas, Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            self.read_settings_again(mounted)?;
            Ok(mounted.settings?.quotas)
        })?
    }

    /// Puts quotas. Keys are counted once, by a walk, when their number is bounded for the first time.
    #[inline(never)]
    pub(super) fn apply_quotas(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        quotas: &Quotas,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let snapshot = Snapshot::take(&self.platform)?;
        let before = mounted.settings.unwrap_or_default();
        let mut settings = Settings { quotas: *quotas, ..before };
        if quotas.keys.is_some() && (before.quotas.keys.is_none() || mounted.settings.is_err()) {
            settings.keys = self.count_keys(&snapshot, scratch)?;
        }
        if quotas.grants_per_key.is_some()
            && (before.quotas.grants_per_key.is_none() || mounted.settings.is_err())
        {
            // Counts of before are of no use: nobody kept them.
            settings.grants_since = snapshot.revision.saturating_add(1);
        }
        let mut plan = Plan::new();
        plan.start(&snapshot.view(self.platform.storage()))?;
        let mut record = self.settings_record(&snapshot, &mut plan, &settings)?;
        self.add_pending(mounted, event)?;
        self.land_plan(mounted, &mut plan, &mut [record.as_new()])?;
        mounted.settings = Ok(settings);
        let published = self.platform.state().publish(|published| published.set_rates(&quotas.request_rates));
        if published.is_err() {
            self.end(mounted)?;
        }
        published
    }

    pub(super) fn settings_record<const NODES: usize>(
        &self,
        snapshot: &Snapshot<P::Primitives>,
        plan: &mut Plan<NODES>,
        settings: &Settings,
    ) -> Result<SmallRecord, Error> {
        let view = snapshot.view(self.platform.storage());
        self.plan_settings(&view, &snapshot.keys.names, plan, settings)
    }

    /// The settings as a record, with its place in the plan.
    pub(super) fn plan_settings<const NODES: usize>(
        &self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        plan: &mut Plan<NODES>,
        settings: &Settings,
    ) -> Result<SmallRecord, Error> {
        let address = names.settings();
        let mut buffer = [0; SETTINGS_BLOB_LEN];
        let len = settings.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        plan.put(view, &address, self.platform.entropy())?;
        Ok(SmallRecord { address, buffer, len })
    }

    /// Where keys are counted: the settings with one more or one less, as a record for the commit that makes or destroys the
    /// key; the caller keeps the settings once that has landed.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]: there are as many keys as there may be.
    pub(super) fn count_key<const NODES: usize>(
        &self,
        mounted: &Mounted<P::Primitives>,
        plan: &mut Plan<NODES>,
        is_new: bool,
    ) -> Result<Option<(Settings, SmallRecord)>, Error> {
        // A key's end is never refused.
        let settings = match mounted.settings {
            Err(error) if is_new => return Err(error),
            settings => settings.unwrap_or_default(),
        };
        if settings.quotas.keys.is_none() {
            return Ok(None);
        }
        let keys = if is_new {
            check_one_more(settings.quotas.keys, settings.keys)?;
            settings.keys.saturating_add(1)
        } else {
            settings.keys.saturating_sub(1)
        };
        let settings = Settings { keys, ..settings };
        let snapshot = Snapshot::staged(&self.platform, mounted)?;
        let record = self.settings_record(&snapshot, plan, &settings)?;
        Ok(Some((settings, record)))
    }

    /// The same for a grant of a key: the record that counts them, with one more or one less. They are counted by a walk when
    /// the first grant is made since their number is bounded.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]: the key has as many grants as it may have.
    pub(super) fn count_grant(
        &self,
        mounted: &Mounted<P::Primitives>,
        snapshot: &Snapshot<P::Primitives>,
        plan: &mut Plan,
        key_id: &KeyId,
        is_new: bool,
    ) -> Result<Option<SmallRecord>, Error> {
        // Taking a grant away is never refused.
        let settings = match mounted.settings {
            Err(error) if is_new => return Err(error),
            settings => settings.unwrap_or_default(),
        };
        if settings.quotas.grants_per_key.is_none() {
            return Ok(None);
        }
        let names = &snapshot.keys.names;
        let address = names.grant_count(&names.owner(key_id));
        let mut buffer = [0; SETTINGS_BLOB_LEN];
        let view = snapshot.view(self.platform.storage());
        let stored = view.record(&address, &mut buffer[..GRANT_COUNT_LEN + sr1::OVERHEAD])?;
        let stored = stored.map(|plaintext| GrantCount::read(plaintext)).transpose();
        let stored = stored.map_err(|_| Error::Damaged(Part::Record))?;
        let kept = stored.filter(|count| count.key_id == *key_id && count.since == settings.grants_since);
        let now = match kept {
            Some(count) => count.grants,
            None if is_new => count_grants(&self.platform, snapshot, key_id)?,
            None => return Ok(None),
        };
        let grants = if is_new {
            check_one_more(settings.quotas.grants_per_key, now)?;
            now.saturating_add(1)
        } else {
            now.saturating_sub(1)
        };
        let count = GrantCount { key_id: *key_id, since: settings.grants_since, grants };
        buffer.fill(0);
        let len = count.write(buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
        plan.put(&view, &address, self.platform.entropy())?;
        Ok(Some(SmallRecord { address, buffer, len }))
    }

    /// Whether a key may have one more grant: for a dry run, which counts nothing.
    ///
    /// # Errors
    /// [`Error::LimitExceeded`]: it has as many as it may have.
    #[inline(never)]
    pub(crate) fn check_grant_quota(&self, key_id: &KeyId) -> Result<(), Error> {
        self.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            self.read_settings_again(mounted)?;
            let snapshot = Snapshot::take(&self.platform)?;
            let mut plan = Plan::new();
            plan.start(&snapshot.view(self.platform.storage()))?;
            self.count_grant(mounted, &snapshot, &mut plan, key_id, true).map(drop)
        })?
    }

    /// Counts the keys, one by one.
    fn count_keys(&self, snapshot: &Snapshot<P::Primitives>, scratch: &mut [u8]) -> Result<u32, Error> {
        let view = snapshot.view(self.platform.storage());
        let names = &snapshot.keys.names;
        let mut after: Option<crate::platform::Address> = None;
        let mut count = 0u32;
        while let Some(next) = view.next_record(after.as_ref())? {
            let owner: Owner = owner_of(&next);
            after = Some(behind(&owner));
            let is_key = match view.record(&names.key(&owner), scratch) {
                Ok(found) => found.is_some_and(|plaintext| KeyRecord::read(plaintext).is_ok()),
                // It is there, whatever is in it.
                Err(Error::Damaged(Part::Record)) => true,
                Err(other) => return Err(other),
            };
            count = count.saturating_add(u32::from(is_key));
        }
        Ok(count)
    }

    /// Lets a request pass if its class has a token left: from those that this thread's copy has taken, or from the bucket.
    ///
    /// # Errors
    /// [`Error::Throttling`].
    pub(crate) fn throttle(&self, class: RequestClass) -> Result<(), Error> {
        let state = self.platform.state();
        let now_ms = self.platform.clock().monotonic_ms();
        if state.lend_published(|published| published.use_token(class, now_ms))? {
            return Ok(());
        }
        let taken = state.lend_writer(|writer, _| {
            let mounted = writer.usable()?;
            let rates = mounted.settings.unwrap_or_default().quotas.request_rates;
            Ok::<_, Error>(mounted.buckets.take(&rates, class, now_ms))
        })??;
        let left = taken.checked_sub(1).ok_or(Error::Throttling)?;
        state.lend_published(|published| published.put_tokens(class, left, now_ms))
    }
}
