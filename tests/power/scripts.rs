use strongroom_core::error::StorageError;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    AcceptTime, AddSlot, CancelKeyVersionDestruction, ChangeSlot, ConfirmKeyVersionDestruction,
    CreateAccessKey, CreateAlias, CreateGrant, CreateKey, CreateKeyVersion, DeleteAccessKey, DeleteAlias,
    DeleteCaller, EnableKeyRotation, KeptSlot, ListAccessKeys, PutCaller, PutKeyPolicy, PutQuotas,
    PutRoleTrust, PutUsageBudget, Rekey, RemoveSlot, RevokeGrant, RevokeKeyVersion,
    ScheduleKeyVersionDestruction, TagResource, UpdateAlias, UpdateKeyDescription,
};
use strongroom_core::platform::Platform;
use strongroom_core::policy::Action;
use strongroom_core::quota::Quotas;
use strongroom_core::ram::ManualClock;
use strongroom_core::usage::{BudgetEnd, UsageBudget};
use strongroom_core::{Error, Secret, SlotKind, Vault};

use super::device::Kind;
use crate::world::{
    SECRET, STRANGER, cancel_deletion, confirm_deletion, disable, enable, encrypt, import, root, rotate,
    schedule_deletion, secret_of,
};

/// What a script has made so far.
#[derive(Clone, Debug, Default)]
pub struct Known {
    pub keys: Vec<KeyId>,
    pub ciphertexts: Vec<Vec<u8>>,
    pub grants: Vec<String>,
}

/// One change.
#[derive(Clone, Copy, Debug)]
pub enum Change {
    Create,
    CreateImported,
    Import(u8),
    Rotate,
    NewVersion,
    Disable,
    Enable,
    Describe(&'static str),
    Alias(&'static str),
    MoveAlias(&'static str),
    DeleteAlias(&'static str),
    Tag(&'static str),
    Grant,
    Revoke,
    Policy,
    Caller,
    DeleteCaller,
    AccessKey,
    DeleteAccessKeys,
    Role,
    Trust,
    RevokeVersion,
    ScheduleVersion,
    CancelVersion,
    DestroyVersion,
    Schedule,
    Cancel,
    FallDue,
    Destroy,
    Automatic,
    RotateWhenDue,
    Budget,
    Quotas,
    AcceptTime,
    Close,
    /// Nothing but uses of the last key.
    Use,
    Flush,
    /// As `Create`; a store without room refuses it, and goes on.
    CreateIfRoom,
    /// The store moves to its other segment, and old blobs are erased.
    Compact,
    AddSlot,
    ReplaceSlot,
    RemoveSlot,
    /// Keeps slot 0 only.
    Rekey,
}

/// So long that a few of it fill a segment.
const LONG: &str = match str::from_utf8(&[b'x'; 1000]) {
    Ok(text) => text,
    Err(_) => "",
};

use Change as C;

/// More keys than a small store has room for.
pub const CREATES: usize = 16;

const DAY_MS: u64 = 86_400_000;

/// What is done to a vault, one power cycle after the other. All but `Create` and the like are about the last key.
pub type Script = Vec<Change>;

/// A script's name, what it runs on, and its changes.
pub fn scripts() -> Vec<(&'static str, Kind, Script)> {
    let mut all: Vec<_> =
        plain_scripts().into_iter().map(|(name, script)| (name, Kind::Plain, script)).collect();
    let describes = |count: usize| (0..count).map(|_| C::Describe(LONG)).collect::<Vec<_>>();
    all.extend([
        (
            "events in batches",
            Kind::Batched,
            vec![C::Create, C::Use, C::Rotate, C::Use, C::Flush, C::Use, C::Close],
        ),
        (
            "a log that wraps",
            Kind::Wrapping,
            [vec![C::Create], vec![C::Use; 9], vec![C::Rotate, C::Use, C::Flush]].concat(),
        ),
        ("a full store", Kind::Small, [vec![C::CreateIfRoom; CREATES], vec![C::Use]].concat()),
        (
            "compaction",
            Kind::Plain,
            [vec![C::Create], describes(3), vec![C::Compact, C::Rotate, C::Compact]].concat(),
        ),
    ]);
    all
}

/// On a device as most are. A restored vault has its rows here too, once there is one.
pub fn plain_scripts() -> Vec<(&'static str, Script)> {
    vec![
        ("create", vec![C::Create, C::Create, C::Create]),
        ("rotate", vec![C::Create, C::Rotate, C::Rotate]),
        ("new version", vec![C::Create, C::NewVersion, C::NewVersion]),
        ("disable and enable", vec![C::Create, C::Disable, C::Enable]),
        ("describe", vec![C::Create, C::Describe("one"), C::Describe("another, longer than the first")]),
        (
            "aliases",
            vec![
                C::Create,
                C::Alias("alias/a"),
                C::Create,
                C::MoveAlias("alias/a"),
                C::DeleteAlias("alias/a"),
            ],
        ),
        ("tags", vec![C::Create, C::Tag("x"), C::Tag("y")]),
        ("grants", vec![C::Create, C::Grant, C::Grant, C::Revoke]),
        ("policy", vec![C::Create, C::Policy]),
        ("callers", vec![C::Caller, C::Caller, C::DeleteCaller]),
        (
            "access keys",
            vec![
                C::Caller,
                C::AccessKey,
                C::AccessKey,
                C::DeleteAccessKeys,
                C::DeleteAccessKeys,
                C::DeleteCaller,
            ],
        ),
        ("roles", vec![C::Role, C::Trust, C::Trust]),
        ("revoke a version", vec![C::Create, C::Rotate, C::RevokeVersion]),
        ("destroy a version", vec![C::Create, C::Rotate, C::ScheduleVersion, C::DestroyVersion]),
        ("keep a version", vec![C::Create, C::Rotate, C::ScheduleVersion, C::CancelVersion]),
        ("destroy a key", vec![C::Create, C::Create, C::Rotate, C::Schedule, C::FallDue, C::Destroy]),
        (
            "destroy a key with all it has",
            vec![C::Create, C::Alias("alias/a"), C::Grant, C::Rotate, C::Schedule, C::FallDue, C::Destroy],
        ),
        ("keep a key", vec![C::Create, C::Schedule, C::Cancel, C::Enable]),
        ("import", vec![C::CreateImported, C::Import(1), C::Import(1)]),
        ("rotate when due", vec![C::Create, C::Automatic, C::RotateWhenDue]),
        ("budget", vec![C::Create, C::Budget]),
        ("quotas", vec![C::Create, C::Quotas]),
        ("time", vec![C::Create, C::AcceptTime]),
        ("audit flush and close", vec![C::Create, C::Close, C::Close]),
        ("slots", vec![C::Create, C::AddSlot, C::ReplaceSlot, C::RemoveSlot]),
        ("rekey", vec![C::Create, C::Rekey, C::Rotate, C::Rekey]),
        ("rekey drops a slot", vec![C::Create, C::AddSlot, C::Rekey, C::AddSlot]),
    ]
}

impl Change {
    /// Whether something is gone for good when it is acknowledged.
    pub const fn destroys(self) -> bool {
        matches!(self, C::Destroy | C::DestroyVersion)
    }

    /// Does it. `known` learns what it made.
    pub fn run<P: Platform<Clock = ManualClock>>(
        self,
        vault: &Vault<P>,
        known: &mut Known,
    ) -> Result<(), Error> {
        let key = known.keys.last().copied();
        let id = key.map(|key| key.to_string()).unwrap_or_default();
        let of_key = || key.ok_or(Error::Bug);
        match self {
            C::Create => {
                let key = vault.create_key(&root(), CreateKey::default())?.key_id;
                known.keys.push(key);
            }
            C::CreateImported => {
                let request =
                    CreateKey { origin: strongroom_core::key::KeyOrigin::External, ..CreateKey::default() };
                known.keys.push(vault.create_key(&root(), request)?.key_id);
                return Ok(());
            }
            C::Import(fill) => drop(import(vault, of_key()?, &[fill; 32])?),
            C::Rotate => drop(rotate(vault, of_key()?)?),
            C::NewVersion => drop(vault.create_key_version(&root(), CreateKeyVersion { key_id: &id })?),
            C::Disable => drop(disable(vault, of_key()?)?),
            C::Enable => drop(enable(vault, of_key()?)?),
            C::Describe(description) => {
                vault.update_key_description(&root(), UpdateKeyDescription { key_id: &id, description })?;
            }
            C::Alias(alias_name) => {
                vault.create_alias(&root(), CreateAlias { alias_name, target_key_id: &id })?;
            }
            C::MoveAlias(alias_name) => {
                vault.update_alias(&root(), UpdateAlias { alias_name, target_key_id: &id })?;
            }
            C::DeleteAlias(alias_name) => vault.delete_alias(&root(), DeleteAlias { alias_name })?,
            C::Tag(value) => {
                let tags = [("tag", value)];
                vault.tag_resource(&root(), TagResource { key_id: &id, tags: &tags })?;
            }
            C::Grant => {
                let request = CreateGrant::new(&id, STRANGER, &[Action::Decrypt]);
                known.grants.push(vault.create_grant(&root(), request)?.grant_id.to_string());
            }
            C::Revoke => {
                let grant_id = known.grants.first().ok_or(Error::Bug)?;
                vault.revoke_grant(&root(), RevokeGrant { key_id: &id, grant_id, dry_run: false })?;
            }
            C::Policy => {
                let mut policy = [0; 600];
                let realm = strongroom_core::Realm::default();
                let len = strongroom_core::policy::default_key_policy(&realm, &mut policy)?.len();
                vault.put_key_policy(&root(), PutKeyPolicy::new(&id, &policy[..len]))?;
            }
            C::Caller => {
                let request = PutCaller {
                    name: "app",
                    principal: STRANGER,
                    tags: &[("a", "b")],
                    identity_policies: &[],
                };
                vault.put_caller(&root(), request)?;
            }
            C::AccessKey => {
                let request = CreateAccessKey { caller: "app" };
                vault.create_access_key(&root(), request, &mut Secret::zeroed())?;
            }
            C::DeleteAccessKeys => {
                let listed = vault.list_access_keys(&root(), ListAccessKeys { caller: "app" })?;
                let access_key_id = listed.first().ok_or(Error::NotFound)?.id;
                vault.delete_access_key(&root(), DeleteAccessKey { caller: "app", access_key_id })?;
            }
            C::Role => {
                let principal = "arn:aws:iam::000000000000:role/App";
                let request = PutCaller { name: "App", principal, tags: &[], identity_policies: &[] };
                vault.put_caller(&root(), request)?;
            }
            C::Trust => {
                let request = PutRoleTrust { role: "App", principals: &[STRANGER], external_id: None };
                vault.put_role_trust(&root(), request)?;
            }
            C::DeleteCaller => vault.delete_caller(&root(), DeleteCaller { name: "app" })?,
            C::RevokeVersion => {
                vault.revoke_key_version(&root(), RevokeKeyVersion { key_id: &id, version: 1 })?;
            }
            C::ScheduleVersion => {
                let request =
                    ScheduleKeyVersionDestruction { key_id: &id, version: 1, pending_window_in_days: 7 };
                vault.schedule_key_version_destruction(&root(), request)?;
            }
            C::CancelVersion => {
                let request = CancelKeyVersionDestruction { key_id: &id, version: 1 };
                vault.cancel_key_version_destruction(&root(), request)?;
            }
            C::DestroyVersion => {
                vault.platform().clock().advance_ms(8 * DAY_MS);
                let request = ConfirmKeyVersionDestruction { key_id: &id, version: 1 };
                vault.confirm_key_version_destruction(&root(), request)?;
            }
            C::Schedule => drop(schedule_deletion(vault, of_key()?, 7)?),
            C::Cancel => drop(cancel_deletion(vault, of_key()?)?),
            C::FallDue => {
                vault.platform().clock().advance_ms(8 * DAY_MS);
                vault.tick(8)?;
                return Ok(());
            }
            C::Destroy => drop(confirm_deletion(vault, of_key()?)?),
            C::Automatic => {
                let request = EnableKeyRotation { key_id: &id, rotation_period_days: Some(90) };
                vault.enable_key_rotation(&root(), request)?;
            }
            C::RotateWhenDue => {
                vault.platform().clock().advance_ms(91 * DAY_MS);
                known.ciphertexts.push(encrypt(vault, of_key()?, b"kept")?);
                return Ok(());
            }
            C::Budget => {
                let budget = Some(UsageBudget { sealings: 1 << 20, end: BudgetEnd::Rotate });
                vault.put_usage_budget(&root(), PutUsageBudget { key_id: &id, budget })?;
            }
            C::Quotas => {
                let quotas = Quotas { keys: Some(9), ..Quotas::default() };
                vault.put_quotas(&root(), PutQuotas { quotas })?;
            }
            C::AcceptTime => drop(vault.accept_time(&root(), AcceptTime::default())?),
            C::Close => return vault.close(),
            C::Use => {
                for _ in 0..4 {
                    encrypt(vault, of_key()?, b"used")?;
                }
                return Ok(());
            }
            C::Flush => return vault.flush_audit(),
            C::CreateIfRoom => match vault.create_key(&root(), CreateKey::default()) {
                Ok(created) => known.keys.push(created.key_id),
                Err(Error::Storage(StorageError::Full)) => return Ok(()),
                Err(other) => return Err(other),
            },
            // Only a store in flash can: whoever has one does it.
            C::Compact => return Err(Error::Bug),
            C::AddSlot => {
                let request = AddSlot { kind: SlotKind::KeyFile };
                vault.add_slot(&root(), request, &mut secret_of(SECRET))?;
            }
            C::ReplaceSlot => {
                let request = ChangeSlot { slot_id: 1, kind: SlotKind::KeyFile };
                vault.change_slot(&root(), request, &mut secret_of(SECRET))?;
            }
            C::RemoveSlot => drop(vault.remove_slot(&root(), RemoveSlot { slot_id: 1 })?),
            C::Rekey => {
                let keep = [KeptSlot { slot_id: 0, kind: SlotKind::KeyFile }];
                vault.rekey(&root(), Rekey { keep: &keep }, &mut secret_of(SECRET))?;
            }
        }
        // What was made with the key as it is now must open as long as its version is there.
        if let Some(key) = known.keys.last()
            && let Ok(ciphertext) = encrypt(vault, *key, b"kept")
        {
            known.ciphertexts.push(ciphertext);
        }
        Ok(())
    }
}
