//! Changing the vault: one storage commit for the change, its audit event and the manifest.

use zeroize::{Zeroize, Zeroizing};

use super::commit_grant::GrantChange;
use super::manifest_key;
use super::state::Mounted;
use super::{Published, Vault};
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::{Event, Touched};
use crate::format::key_record::{self, BACKING_KEY_RECORD_LEN, BackingKeyRecord, KeyRecord};
use crate::key::{KeyFacts, KeyId, KeyState, permits};
use crate::platform::{Address, Cache, Clock, Entropy, Freshness, Platform, State, Storage, Transaction};
use crate::policy::{Action, DEFAULT_POLICY_LEN_MAX, default_key_policy};
use crate::secret::Secret;
use crate::tree::{Plan, View};

/// A change of one key, staged by `execute` and applied by `record` under the writer's lock.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// A new key with its first version.
    Create {
        facts: KeyFacts,
        description: &'a str,
        /// Compiled; the default policy where there is none.
        policy: Option<&'a [u8]>,
    },
    /// Enable or disable.
    SetState(KeyId, KeyState),
    /// A new version becomes the current one.
    Rotate(KeyId),
    /// Another compiled policy.
    SetPolicy(KeyId, &'a [u8]),
    /// A grant of the key comes or goes; the key stays as it is.
    Grant(KeyFacts, GrantChange<'a>),
}

impl Change<'_> {
    fn key_id(&self) -> &KeyId {
        match self {
            Change::Create { facts, .. } | Change::Grant(facts, _) => &facts.key_id,
            Change::SetState(key_id, _) | Change::Rotate(key_id) | Change::SetPolicy(key_id, _) => key_id,
        }
    }
}

/// Writes one commit's blobs.
pub(super) type Stage<'s, C> = dyn FnMut(&mut Mounted<C>, &mut dyn Transaction) -> Result<(), Error> + 's;

impl<P: Platform> Vault<P> {
    /// Applies a change together with its event. On return it is durable, published and in the pending audit record.
    pub(crate) fn commit_change(&self, change: &Change<'_>, event: &Event<'_>) -> Result<KeyFacts, Error> {
        self.platform.state().lend_writer(|writer, scratch| {
            let changed = writer.usable().and_then(|mounted| self.apply(mounted, scratch, change, event));
            scratch.zeroize();
            changed
        })?
    }

    fn apply(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        scratch: &mut [u8],
        change: &Change<'_>,
        event: &Event<'_>,
    ) -> Result<KeyFacts, Error> {
        let platform = &self.platform;
        // Earlier events that the sink did not take then: no change before it has them.
        self.settle_pending(mounted)?;
        if let Change::Grant(facts, change) = change {
            return self.apply_to_grants(mounted, scratch, facts, change, event);
        }
        {
            let vault_id = mounted.manifest.vault_id;
            let names = crate::tree::Names::<P::Primitives>::new(&mounted.manifest.name_key);
            let owner = names.owner(change.key_id());
            let key_address = names.key(&owner);
            let mut top_key = Secret::zeroed();
            top_key.set_from(&mounted.manifest.top_key);
            let view = View::<P::Primitives, _>::new(platform.storage(), &vault_id, &top_key);

            // Read: what the key is now, and every node on the way.
            let room = scratch.len();
            let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
            let (facts, key_len) = match change {
                Change::Create { facts, description, policy } => {
                    let mut default = [0; DEFAULT_POLICY_LEN_MAX];
                    let policy = match policy {
                        Some(policy) => policy,
                        None => default_key_policy(&mounted.manifest.realm, &mut default)?,
                    };
                    let record = KeyRecord { facts: *facts, description, policy };
                    (*facts, record.write(body).map_err(|_| Error::Capacity)?)
                }
                Change::SetPolicy(_, policy) => {
                    let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
                    let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                    let facts = record.facts;
                    let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
                    (facts, key_record::replace_policy(body, policy)?)
                }
                Change::Grant(..) => return Err(Error::Bug),
                Change::SetState(..) | Change::Rotate(_) => {
                    let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
                    let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                    let facts = applied(change, record.facts)?;
                    key_record::replace_facts(plaintext, &facts)?;
                    (facts, plaintext.len())
                }
            };
            if sr1::OVERHEAD.saturating_add(key_len) > room {
                return Err(Error::Capacity);
            }
            let mut plan = Plan::new(&view)?;
            plan.put(&view, &key_address, platform.entropy())?;
            let version = match change {
                Change::Create { .. } | Change::Rotate(_) => {
                    let address = names.backing_key(&owner, facts.current_version);
                    plan.put(&view, &address, platform.entropy())?;
                    Some(NewVersion::draw(&facts, address, event.time_ms, platform.entropy())?)
                }
                Change::SetState(..) | Change::SetPolicy(..) | Change::Grant(..) => None,
            };
            let touched = Touched { key_id: facts.key_id, version: facts.current_version };
            self.add_pending(mounted, &Event { key: Some(touched), ..*event })?;

            // Write: one commit.
            let landed = self.land(mounted, &mut |mounted, transaction| {
                let entropy = platform.entropy();
                plan.write_record::<P::Primitives>(
                    &vault_id,
                    &key_address,
                    scratch,
                    key_len,
                    entropy,
                    transaction,
                )?;
                if let Some(version) = &version {
                    let mut buffer = Zeroizing::new([0; BACKING_KEY_RECORD_LEN + sr1::OVERHEAD]);
                    let body = buffer.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                    let NewVersion { address, number, created_ms, material } = version;
                    let len = BackingKeyRecord::write(body, &facts.key_id, *number, *created_ms, material)?;
                    plan.write_record::<P::Primitives>(
                        &vault_id,
                        address,
                        &mut *buffer,
                        len,
                        entropy,
                        transaction,
                    )?;
                }
                let top_key = &mut mounted.manifest.top_key;
                plan.write_nodes::<P::Primitives>(&vault_id, top_key, entropy, transaction)
            });
            landed?;
            if let Err(error) = platform.cache().forget(&facts.key_id, mounted.manifest.revision) {
                // Somebody may go on with what the key was: nothing is answered before the vault is mounted again.
                self.end(mounted)?;
                return Err(error);
            }
            // The event is durable in the manifest; if the sink fails now, it is handed over later.
            let _ = self.settle_pending(mounted);
            Ok(facts)
        }
    }

    /// Lands one commit: whatever `stage` writes, and the manifest. Any error from the storage or the counter ends the
    /// session (`protocols`, 1).
    pub(super) fn land(
        &self,
        mounted: &mut Mounted<P::Primitives>,
        stage: &mut Stage<'_, P::Primitives>,
    ) -> Result<(), Error> {
        let platform = &self.platform;
        let expected = mounted.manifest.revision;
        mounted.manifest.revision = expected.checked_add(1).ok_or(Error::Capacity)?;
        mounted.manifest.fresh = mounted.manifest.fresh.checked_add(1).ok_or(Error::Capacity)?;
        if let Some(now) = platform.clock().wall_ms() {
            mounted.manifest.clock_mark_ms = mounted.manifest.clock_mark_ms.max(now);
        }
        platform.state().publish(Published::begin)?;
        let landed = platform.storage().commit(expected, &mut |transaction| {
            stage(mounted, transaction)?;
            manifest_key::write(mounted, platform.entropy(), transaction)
        });
        let advanced = landed.and_then(|()| self.advance_counter(mounted.manifest.fresh));
        let landed =
            advanced.and_then(|()| platform.state().publish(|published| published.land(&mounted.manifest)));
        if landed.is_err() {
            self.end(mounted)?;
        }
        landed
    }

    /// Ends the session: what was released is made durable in the log, and nothing more is answered.
    fn end(&self, mounted: &mut Mounted<P::Primitives>) -> Result<(), Error> {
        mounted.ended = true;
        self.platform.state().publish(Published::end)?;
        // The sink may be what failed; the error that ended the session is the one to tell.
        let _ = self.flush_entries(mounted);
        Ok(())
    }

    fn advance_counter(&self, fresh: u64) -> Result<(), Error> {
        let freshness = self.platform.freshness();
        match freshness.read() {
            Ok(None) => Ok(()),
            Ok(Some(counter)) if counter.checked_add(1) == Some(fresh) => {
                freshness.advance(fresh).map_err(|_| Error::Anchor)
            }
            Ok(Some(_)) | Err(_) => Err(Error::Anchor),
        }
    }
}

/// A version about to be written.
struct NewVersion {
    address: Address,
    number: u32,
    created_ms: Option<u64>,
    material: Secret<32>,
}

impl NewVersion {
    fn draw(
        facts: &KeyFacts,
        address: Address,
        created_ms: Option<u64>,
        entropy: &impl Entropy,
    ) -> Result<Self, Error> {
        let mut material = Secret::zeroed();
        material.draw(entropy)?;
        Ok(NewVersion { address, number: facts.current_version, created_ms, material })
    }
}

/// What a change makes of a key, judged again on the record as it is under the lock: another change may have come
/// between `authorize` and here.
fn applied(change: &Change<'_>, facts: KeyFacts) -> Result<KeyFacts, Error> {
    match change {
        Change::Create { .. } | Change::SetPolicy(..) | Change::Grant(..) => Err(Error::Bug),
        Change::SetState(_, state) => Ok(KeyFacts { state: *state, ..facts }),
        Change::Rotate(_) => {
            permits(Action::RotateKeyOnDemand, facts.state)?;
            Ok(KeyFacts {
                current_version: facts.current_version.checked_add(1).ok_or(Error::LimitExceeded)?,
                on_demand_rotations: facts.on_demand_rotations.saturating_add(1),
                ..facts
            })
        }
    }
}
