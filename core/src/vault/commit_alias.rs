//! Changing aliases: the alias, what its keys know of it, and the event, in one commit.

use super::commit::NewRecord;
use super::state::Mounted;
use super::{Snapshot, Vault, read_alias};
use crate::crypto::sr1;
use crate::error::{Error, Parameter, Part};
use crate::format::alias_record::ALIAS_RECORD_LEN;
use crate::format::audit_entry::Event;
use crate::format::key_record::{self, KeyRecord, Section};
use crate::key::{Alias, KeyFacts, KeyId, permits};
use crate::platform::{Address, Platform};
use crate::policy::Action;
use crate::quota::check_one_more;
use crate::tree::{Plan, View};

/// What becomes of an alias.
#[derive(Clone, Copy, Debug)]
pub(crate) enum AliasChange<'a> {
    /// A new one.
    Create {
        /// Its name.
        name: &'a str,
        /// The key that gets it.
        key_id: KeyId,
    },
    /// Another key gets it.
    Move {
        /// Its name.
        name: &'a str,
        /// The key that had it when that was permitted.
        from: KeyId,
        /// The key that gets it.
        to: KeyId,
    },
    /// Gone.
    Remove {
        /// Its name.
        name: &'a str,
        /// The key that had it when that was permitted.
        key_id: KeyId,
    },
}

impl AliasChange<'_> {
    /// The keys that it is about.
    pub(super) fn keys(&self) -> [Option<&KeyId>; 2] {
        match self {
            AliasChange::Create { key_id, .. } | AliasChange::Remove { key_id, .. } => [Some(key_id), None],
            AliasChange::Move { from, to, .. } => [Some(from), Some(to)],
        }
    }

    fn name(&self) -> &str {
        match self {
            AliasChange::Create { name, .. }
            | AliasChange::Move { name, .. }
            | AliasChange::Remove { name, .. } => name,
        }
    }
}

/// A key's record, opened in a buffer of its own, and changed there.
struct OpenedKey<'s> {
    facts: KeyFacts,
    address: Address,
    buffer: &'s mut [u8],
    len: usize,
}

impl<'s> OpenedKey<'s> {
    fn read<P: Platform>(
        view: &View<'_, P::Primitives, P::Storage>,
        snapshot: &Snapshot<P::Primitives>,
        key_id: &KeyId,
        buffer: &'s mut [u8],
    ) -> Result<Self, Error> {
        let address = snapshot.keys.names.key(&snapshot.keys.names.owner(key_id));
        let plaintext = view.record(&address, buffer)?.ok_or(Error::NotFound)?;
        let facts = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?.facts;
        if facts.key_id != *key_id {
            return Err(Error::Damaged(Part::Record));
        }
        let len = plaintext.len();
        Ok(OpenedKey { facts, address, buffer, len })
    }

    fn body(&mut self) -> Result<&mut [u8], Error> {
        self.buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)
    }

    fn add(&mut self, name: &str, quota: Option<u32>) -> Result<(), Error> {
        let body = self.body()?;
        let count = key_record::strings(body, Section::Aliases)?.iter().count();
        check_one_more(quota, u32::try_from(count).map_err(|_| Error::Bug)?)?;
        self.len = key_record::add_alias(body, name)?;
        if sr1::OVERHEAD.saturating_add(self.len) > self.buffer.len() {
            return Err(Error::Capacity);
        }
        Ok(())
    }

    fn remove(&mut self, name: &str) -> Result<(), Error> {
        self.len = key_record::remove_alias(self.body()?, name)?;
        Ok(())
    }

    fn into_record(self) -> NewRecord<'s> {
        NewRecord { address: self.address, buffer: self.buffer, len: self.len }
    }
}

impl<P: Platform> Vault<P> {
    /// Judges the change again on what is there under the lock, and applies it.
    #[inline(never)]
    pub(super) fn apply_to_aliases(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &AliasChange<'_>,
        event: &Event<'_>,
    ) -> Result<(), Error> {
        let platform = self.platform();
        let snapshot = Snapshot::staged(platform, mounted)?;
        let view = snapshot.view(platform.storage());
        let name = change.name();
        let address = snapshot.keys.names.alias(name);

        // Read: what is there now, and every node on the way.
        let mut alias_buffer = [0; ALIAS_RECORD_LEN + sr1::OVERHEAD];
        let now = read_alias(&view, &snapshot.keys.names, name, &mut alias_buffer)?;
        let now = now.map(|alias| (alias.target_key_id, alias.created_ms));
        let mut plan = Plan::new();
        plan.start(&view)?;
        let mut keys: [Option<OpenedKey<'_>>; 2] = [None, None];
        let mut put = None;
        match *change {
            AliasChange::Create { key_id, .. } => {
                if now.is_some() {
                    return Err(Error::AlreadyExists);
                }
                let mut key = OpenedKey::read::<P>(&view, &snapshot, &key_id, scratch)?;
                permits(Action::CreateAlias, &key.facts)?;
                key.add(name, mounted.settings?.quotas.aliases_per_key)?;
                keys = [Some(key), None];
                put = Some((key_id, event.time_ms));
            }
            AliasChange::Move { from, to, .. } => {
                let (key_id, created_ms) = now.ok_or(Error::NotFound)?;
                if key_id != from {
                    // It was moved since this was permitted.
                    return Err(Error::Busy);
                }
                let mut old = OpenedKey::read::<P>(&view, &snapshot, &from, scratch)?;
                if from == to {
                    permits(Action::UpdateAlias, &old.facts)?;
                } else {
                    old.remove(name)?;
                    let used = sr1::OVERHEAD.saturating_add(old.len);
                    let OpenedKey { facts, address, buffer, len } = old;
                    let (buffer, rest) = buffer.split_at_mut_checked(used).ok_or(Error::Bug)?;
                    let mut new = OpenedKey::read::<P>(&view, &snapshot, &to, rest)?;
                    permits(Action::UpdateAlias, &new.facts)?;
                    // Each usage goes with one type of key.
                    if facts.usage != new.facts.usage {
                        return Err(Error::Validation(Parameter::AliasTarget));
                    }
                    new.add(name, mounted.settings?.quotas.aliases_per_key)?;
                    keys = [Some(OpenedKey { facts, address, buffer, len }), Some(new)];
                }
                put = Some((to, created_ms));
            }
            AliasChange::Remove { key_id, .. } => {
                if now.ok_or(Error::NotFound)?.0 != key_id {
                    return Err(Error::Busy);
                }
                let mut key = OpenedKey::read::<P>(&view, &snapshot, &key_id, scratch)?;
                permits(Action::DeleteAlias, &key.facts)?;
                key.remove(name)?;
                keys = [Some(key), None];
            }
        }
        for key in keys.iter().flatten() {
            plan.put(&view, &key.address, platform.entropy())?;
        }
        let mut records: heapless::Vec<NewRecord<'_>, 3> = heapless::Vec::new();
        match put {
            Some((target_key_id, created_ms)) => {
                plan.put(&view, &address, platform.entropy())?;
                let alias = Alias { name, target_key_id, created_ms, last_updated_ms: event.time_ms };
                let len = alias.write(alias_buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?)?;
                let record = NewRecord { address, buffer: &mut alias_buffer, len };
                records.push(record).map_err(|_| Error::Bug)?;
            }
            None => {
                plan.remove(&view, &address)?;
            }
        }
        for key in keys.into_iter().flatten() {
            records.push(key.into_record()).map_err(|_| Error::Bug)?;
        }
        self.add_pending(mounted, event)?;

        // Write: one commit.
        self.land_plan(mounted, &mut plan, &mut records)?;
        for key_id in change.keys().into_iter().flatten() {
            self.forget_key(mounted, key_id)?;
        }
        Ok(())
    }
}
