//! Changing keys: the key's record, a new version's, and the event, in one commit.

use zeroize::Zeroizing;

use super::Vault;
use super::commit::NewRecord;
use super::state::Mounted;
use crate::crypto::sr1;
use crate::error::{Error, Part};
use crate::format::audit_entry::{Event, Touched};
use crate::format::key_record::{self, BACKING_KEY_RECORD_LEN, BackingKeyRecord, KeyRecord};
use crate::key::{KeyFacts, KeyId, KeyState, permits};
use crate::platform::{Address, Cache, Entropy, Platform};
use crate::policy::{Action, DEFAULT_POLICY_LEN_MAX, default_key_policy};
use crate::secret::Secret;
use crate::tree::{Names, Plan, View};

/// What becomes of a key.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KeyChange<'a> {
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
}

impl KeyChange<'_> {
    pub(super) fn existing_key(&self) -> Option<&KeyId> {
        match self {
            KeyChange::Create { .. } => None,
            KeyChange::SetState(key_id, _) | KeyChange::Rotate(key_id) | KeyChange::SetPolicy(key_id, _) => {
                Some(key_id)
            }
        }
    }

    fn key_id(&self) -> &KeyId {
        match self {
            KeyChange::Create { facts, .. } => &facts.key_id,
            KeyChange::SetState(key_id, _) | KeyChange::Rotate(key_id) | KeyChange::SetPolicy(key_id, _) => {
                key_id
            }
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
        let platform = &self.platform;
        let vault_id = mounted.manifest.vault_id;
        let names = Names::<P::Primitives>::new(&mounted.manifest.name_key);
        let owner = names.owner(change.key_id());
        let key_address = names.key(&owner);
        let mut top_key = Secret::zeroed();
        top_key.set_from(&mounted.manifest.top_key);
        let view = View::<P::Primitives, _>::new(platform.storage(), &vault_id, &top_key);

        // Read: what the key is now, and every node on the way.
        let room = scratch.len();
        let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
        let (facts, key_len) = match change {
            KeyChange::Create { facts, description, policy } => {
                let mut default = [0; DEFAULT_POLICY_LEN_MAX];
                let policy = match policy {
                    Some(policy) => policy,
                    None => default_key_policy(&mounted.manifest.realm, &mut default)?,
                };
                let record = KeyRecord { facts: *facts, description, policy };
                (*facts, record.write(body).map_err(|_| Error::Capacity)?)
            }
            KeyChange::SetPolicy(_, policy) => {
                let plaintext = view.record(&key_address, scratch)?.ok_or(Error::NotFound)?;
                let record = KeyRecord::read(plaintext).map_err(|_| Error::Damaged(Part::Record))?;
                let facts = record.facts;
                let body = scratch.get_mut(sr1::HEAD_LEN..).ok_or(Error::Capacity)?;
                (facts, key_record::replace_policy(body, policy)?)
            }
            KeyChange::SetState(..) | KeyChange::Rotate(_) => {
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
            KeyChange::Create { .. } | KeyChange::Rotate(_) => {
                let address = names.backing_key(&owner, facts.current_version);
                plan.put(&view, &address, platform.entropy())?;
                Some(NewVersion::draw(&facts, address, event.time_ms, platform.entropy())?)
            }
            KeyChange::SetState(..) | KeyChange::SetPolicy(..) => None,
        };
        let touched = Touched { key_id: facts.key_id, version: facts.current_version };
        self.add_pending(mounted, &Event { key: Some(touched), ..*event })?;

        // Write: one commit.
        let mut sealed_version = Zeroizing::new([0; BACKING_KEY_RECORD_LEN + sr1::OVERHEAD]);
        let key_record = NewRecord { address: key_address, buffer: scratch, len: key_len };
        match &version {
            Some(NewVersion { address, number, created_ms, material }) => {
                let body = sealed_version.get_mut(sr1::HEAD_LEN..).ok_or(Error::Bug)?;
                let len = BackingKeyRecord::write(body, &facts.key_id, *number, *created_ms, material)?;
                let version_record = NewRecord { address: *address, buffer: &mut *sealed_version, len };
                self.land_plan(mounted, &mut plan, &mut [key_record, version_record])?;
            }
            None => self.land_plan(mounted, &mut plan, &mut [key_record])?,
        }
        if let Err(error) = platform.cache().forget(&facts.key_id, mounted.manifest.revision) {
            // Somebody may go on with what the key was: nothing is answered before the vault is mounted again.
            self.end(mounted)?;
            return Err(error);
        }
        Ok(facts)
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
fn applied(change: &KeyChange<'_>, facts: KeyFacts) -> Result<KeyFacts, Error> {
    match change {
        KeyChange::Create { .. } | KeyChange::SetPolicy(..) => Err(Error::Bug),
        KeyChange::SetState(_, state) => Ok(KeyFacts { state: *state, ..facts }),
        KeyChange::Rotate(_) => {
            permits(Action::RotateKeyOnDemand, facts.state)?;
            Ok(KeyFacts {
                current_version: facts.current_version.checked_add(1).ok_or(Error::LimitExceeded)?,
                on_demand_rotations: facts.on_demand_rotations.saturating_add(1),
                ..facts
            })
        }
    }
}
