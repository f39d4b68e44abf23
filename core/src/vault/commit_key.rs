//! Changing keys: the key's record, one version's, and the event, in one commit.

use super::Vault;
use super::commit::{NewRecord, VersionBuffer, version_buffer};
use super::due_index::{self, Filed};
use super::import_records::{expiry, first_expiry};
use super::state::Mounted;
use super::timers::Reading;
use crate::crypto::Primitives;
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::{Event, Touched};
use crate::format::due_record::DueRecord;
use crate::format::key_record::{self, KeyRecord, KeyTexts, Section};
use crate::format::version_record::VersionRecord;
use crate::key::{
    FactsChange, KeyFacts, KeyId, KeyOrigin, VersionCause, VersionChange, VersionFacts, VersionState,
    permits, with_new_version,
};
use crate::keyring::open_material;
use crate::limits::MATERIAL_LEN_MAX;
use crate::platform::{Address, Cache, Entropy, Platform};
use crate::policy::{Action, DEFAULT_POLICY_LEN_MAX, default_key_policy};
use crate::quota::check_one_more;
use crate::secret::Secret;
use crate::tree::{Names, Owner, Plan, View};

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyChange<'a> {
    /// A new key, with its first version unless its material is to be imported. An empty policy is the default one.
    Create { facts: KeyFacts, texts: KeyTexts<'a>, tags: &'a [(&'a str, &'a str)] },
    /// Its facts alone.
    Facts(KeyId, FactsChange),
    /// Another text.
    Text(KeyId, Section, &'a [u8]),
    /// Tags, new or with another value.
    Tag(KeyId, &'a [(&'a str, &'a str)]),
    /// The tags with these names are gone.
    Untag(KeyId, &'a [&'a str]),
    /// A new version becomes the current one.
    NewVersion(KeyId, VersionCause),
    /// One version that there is.
    Version(KeyId, u32, VersionChange),
}

impl KeyChange<'_> {
    pub(super) fn existing_key(&self) -> Option<&KeyId> {
        match self {
            KeyChange::Create { .. } => None,
            KeyChange::Facts(..)
            | KeyChange::Text(..)
            | KeyChange::Tag(..)
            | KeyChange::Untag(..)
            | KeyChange::NewVersion(..)
            | KeyChange::Version(..) => Some(self.key_id()),
        }
    }

    /// Whether it takes material out of the vault for good.
    pub(super) const fn destroys(&self) -> bool {
        matches!(self, KeyChange::Version(_, _, VersionChange::ConfirmDestruction | VersionChange::Destroy))
    }

    fn key_id(&self) -> &KeyId {
        match self {
            KeyChange::Create { facts, .. } => &facts.key_id,
            KeyChange::Facts(key_id, _)
            | KeyChange::Text(key_id, ..)
            | KeyChange::Tag(key_id, _)
            | KeyChange::Untag(key_id, _)
            | KeyChange::NewVersion(key_id, _)
            | KeyChange::Version(key_id, ..) => key_id,
        }
    }
}

impl<P: Platform> Vault<P> {
    pub(super) fn apply_to_key(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &KeyChange<'_>,
        event: &Event<'_>,
    ) -> Result<KeyFacts, Error> {
        let facts = self.land_key(mounted, scratch, change, event)?;
        self.forget_key(mounted, &facts.key_id)?;
        Ok(facts)
    }

    // Its plan is large: it is gone from the stack before the copies of the key are collected, which needs another.
    #[inline(never)]
    fn land_key(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &KeyChange<'_>,
        event: &Event<'_>,
    ) -> Result<KeyFacts, Error> {
        let platform = &self.platform;
        let vault_id = mounted.manifest.vault_id;
        let names = Names::<P::Primitives>::new(&mounted.manifest.name_key);
        let owner = names.owner(change.key_id());
        let key_address = names.key(&owner);
        let mut top_key = Secret::zeroed();
        top_key.set_from(&mounted.manifest.top_key);
        let view = View::<P::Primitives, _>::new(platform.storage(), &vault_id, &top_key)
            .with_staged(mounted.staged.has_changes());
        let damaged = Error::Damaged(Part::Record);
        let timers = mounted.timer_base.now(Reading::take(platform));

        // Read: what the key and the version are now, and every node on the way.
        let room = scratch.len();
        let mut version_buffer = version_buffer();
        let mut version: Option<(Address, usize)> = None;
        let mut before: Option<KeyFacts> = None;
        let mut day_of_version: Option<u32> = None;
        let (facts, key_len) = if let KeyChange::Create { facts, texts, tags } = change {
            // Since the id was drawn or chosen somebody may have taken it.
            if view.is_taken(&owner)? {
                return Err(Error::AlreadyExists);
            }
            let mut default = [0; DEFAULT_POLICY_LEN_MAX];
            let policy = match texts.policy {
                [] => default_key_policy(&mounted.manifest.realm, &mut default)?,
                policy => policy,
            };
            let record = KeyRecord { facts: *facts, texts: KeyTexts { policy, ..*texts } };
            let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
            record.write(body).map_err(|_| Error::Capacity)?;
            (*facts, set_tags(mounted, body, tags)?)
        } else {
            let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
            let now = KeyRecord::read(plaintext).map_err(|_| damaged)?.facts;
            before = Some(now);
            let facts = match change {
                KeyChange::Facts(_, change) => change.apply(now, &timers)?,
                KeyChange::NewVersion(_, cause) => with_new_version(now, *cause, &timers)?,
                KeyChange::Version(_, number, change) => {
                    let address = names.backing_key(&owner, *number);
                    let judge = |version| change.apply(now, version, &timers);
                    let (facts, of_version, len) =
                        self.rewrite_version(&view, &address, *number, now, judge, &mut version_buffer)?;
                    version = Some((address, len));
                    day_of_version = due_index::day_of_version(&of_version, &timers);
                    match of_version.state {
                        // Its date goes with it.
                        VersionState::Destroyed if now.expires_ms.is_some() => {
                            let read = |number| self.expiry_of(&view, &names, &owner, now.key_id, number);
                            let expires_ms = first_expiry(&now, Some((*number, None)), read)?;
                            KeyFacts { expires_ms, ..facts }
                        }
                        _ => facts,
                    }
                }
                KeyChange::Text(_, section, _) => permits(section.written_by(), &now).map(|()| now)?,
                KeyChange::Tag(..) => permits(Action::TagResource, &now).map(|()| now)?,
                KeyChange::Untag(..) => permits(Action::UntagResource, &now).map(|()| now)?,
                KeyChange::Create { .. } => now,
            };
            // However it came about.
            if facts.on_demand_rotations > now.on_demand_rotations {
                let quota = mounted.settings?.quotas.on_demand_rotations_per_key;
                check_one_more(quota, now.on_demand_rotations)?;
            }
            key_record::replace_facts(plaintext, &facts)?;
            let len = plaintext.len();
            let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
            match change {
                KeyChange::Text(_, section, text) => (facts, key_record::replace_text(body, *section, text)?),
                KeyChange::Tag(_, tags) => (facts, set_tags(mounted, body, tags)?),
                KeyChange::Untag(_, names) => (facts, key_record::remove_tags(body, names)?),
                _ => (facts, len),
            }
        };
        if sr1::OVERHEAD.saturating_add(key_len) > room {
            return Err(Error::Capacity);
        }
        let cause = match change {
            KeyChange::Create { facts, .. } if facts.origin == KeyOrigin::AwsKms => Some(VersionCause::First),
            KeyChange::NewVersion(_, cause) => Some(*cause),
            _ => None,
        };
        if let Some(cause) = cause {
            let body = version_buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
            let len = draw_version::<P::Primitives>(&facts, cause, event.time_ms, platform.entropy(), body)?;
            version = Some((names.backing_key(&owner, facts.current_version), len));
        }
        let mut plan = Plan::new();
        plan.start(&view)?;
        plan.put(&view, &key_address, platform.entropy())?;
        if let Some((address, _)) = &version {
            plan.put(&view, address, platform.entropy())?;
        }
        let mut counted = match change {
            KeyChange::Create { .. } => self.count_key(mounted, &mut plan, true)?,
            _ => None,
        };
        let number = match change {
            KeyChange::Version(_, number, _) => *number,
            _ => facts.current_version,
        };
        let key_id = facts.key_id;
        let mut filed = heapless::Vec::<Filed, 2>::new();
        let day_of_key = due_index::new_day_of_key(before.as_ref(), &facts, &timers);
        for (day, version) in
            day_of_key.map(|day| (day, 0)).into_iter().chain(day_of_version.map(|day| (day, number)))
        {
            let entry = Filed::new(&names, day, mounted.manifest.due_day, DueRecord { key_id, version })?;
            plan.put(&view, &entry.address, platform.entropy())?;
            filed.push(entry).map_err(|_| Error::Bug)?;
        }
        let touched = Touched { key_id, version: number };
        self.add_pending(mounted, &Event { key: Some(touched), ..*event })?;

        // Write: one commit.
        let mut records = heapless::Vec::<NewRecord<'_>, 5>::new();
        let fits = |pushed: Result<(), NewRecord<'_>>| pushed.map_err(|_| Error::Bug);
        fits(records.push(NewRecord { address: key_address, buffer: scratch, len: key_len }))?;
        if let Some((address, len)) = version {
            fits(records.push(NewRecord { address, buffer: &mut *version_buffer, len }))?;
        }
        for entry in &mut filed {
            fits(records.push(entry.record()))?;
        }
        if let Some((_, settings)) = &mut counted {
            fits(records.push(settings.as_new()))?;
        }
        let has_begun = |facts: &KeyFacts| facts.deletion.is_some_and(|deletion| deletion.has_begun());
        if has_begun(&facts) && !before.is_some_and(|before| has_begun(&before)) {
            mounted.note_begun();
        }
        if change.destroys() {
            self.land_destruction(mounted, &mut plan, &mut records)?;
        } else {
            self.land_plan(mounted, &mut plan, &mut records)?;
        }
        drop(records);
        if let Some((settings, _)) = counted {
            mounted.settings = Ok(settings);
        }
        Ok(facts)
    }

    /// After a change nobody goes on with what a key was. What copies of its versions have left of their blocks comes back;
    /// what is lost stays counted. Where the change is only staged, that waits until it has landed.
    pub(super) fn forget_key(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        key_id: &KeyId,
    ) -> Result<(), Error> {
        if mounted.staged.is_joining() {
            return mounted.staged.note_key(key_id);
        }
        let collected = self.collect_rests(mounted, Some(key_id));
        let forgotten =
            collected.and_then(|()| self.platform.cache().forget(key_id, mounted.manifest.revision));
        if forgotten.is_err() {
            // Somebody may go on with what the key was: nothing is answered before the vault is mounted again.
            self.end(mounted)?;
        }
        forgotten
    }

    /// When a version's material expires.
    fn expiry_of(
        &self,
        view: &View<'_, P::Primitives, P::Storage>,
        names: &Names<P::Primitives>,
        owner: &Owner,
        key_id: KeyId,
        number: u32,
    ) -> Result<Option<u64>, Error> {
        let mut buffer = version_buffer();
        let Some(plaintext) = view.record(&names.backing_key(owner, number), &mut *buffer)? else {
            return Ok(None);
        };
        let record = VersionRecord::read_of(plaintext, &key_id, number);
        record.map(|record| expiry(&record.facts)).map_err(|_| Error::Damaged(Part::Record))
    }

    /// Reads a version's record, and writes in its place what becomes of it.
    fn rewrite_version(
        &self,
        view: &View<'_, P::Primitives, P::Storage>,
        address: &Address,
        number: u32,
        facts: KeyFacts,
        judge: impl FnOnce(VersionFacts) -> Result<(KeyFacts, VersionFacts), Error>,
        buffer: &mut VersionBuffer,
    ) -> Result<(KeyFacts, VersionFacts, usize), Error> {
        let damaged = Error::Damaged(Part::Record);
        let mut old = version_buffer();
        let plaintext = view.record(address, &mut *old)?.ok_or(Error::NotFound)?;
        let record = VersionRecord::read_of(plaintext, &facts.key_id, number).map_err(|_| damaged)?;
        let (facts, version) = judge(record.facts)?;
        let material = if version.has_material { record.material } else { &[] };
        let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
        let len = VersionRecord { facts: version, material, ..record }.write(body)?;
        Ok((facts, version, len))
    }
}

/// Sets tags in a plaintext of a key record, as far as the quota allows more of them, and answers the new length.
fn set_tags<C: Primitives>(
    mounted: &Mounted<C>,
    body: &mut [u8],
    tags: &[(&str, &str)],
) -> Result<usize, Error> {
    let count = |body: &[u8]| -> Result<u32, Error> {
        u32::try_from(key_record::strings(body, Section::Tags)?.pairs().count()).map_err(|_| Error::Bug)
    };
    let before = count(body)?;
    let len = key_record::set_tags(body, tags)?;
    match count(body)? {
        after if after > before => {
            check_one_more(mounted.settings?.quotas.tags_per_key, after.saturating_sub(1))?;
        }
        _ => {}
    }
    Ok(len)
}

/// Draws the material of a key's current version, and writes its record.
fn draw_version<C: Primitives>(
    facts: &KeyFacts,
    cause: VersionCause,
    current_since_ms: Option<u64>,
    entropy: &impl Entropy,
    body: &mut [u8],
) -> Result<usize, Error> {
    let mut material = Secret::<MATERIAL_LEN_MAX>::zeroed();
    material.draw(entropy)?;
    material.expose(|material| {
        let material = material.get(..facts.spec.material_len()).ok_or(Error::Bug)?;
        let version = facts.current_version;
        let (_, kcv) = open_material::<C>(facts.spec, &facts.key_id, version, material)?;
        let facts_of_version = VersionFacts {
            version,
            spec: facts.spec,
            state: VersionState::Usable,
            cause,
            current_since_ms,
            expires_ms: None,
            destruction: None,
            has_material: true,
            kcv,
        };
        VersionRecord { key_id: facts.key_id, facts: facts_of_version, description: "", material }.write(body)
    })
}
