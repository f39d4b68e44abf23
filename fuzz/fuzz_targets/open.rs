//! Hostile storage: a vault that is mounted on the input's bytes, or on a real image that the input alters before and
//! while it is open.
//!
//! Input: mode (bit 0: primitives without seals, so that altered bytes reach the decoders; bit 1: a real image; bit 2: its
//! log, which is empty otherwise), then blobs or changes, and changes to the log.
#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use strongroom_core::crypto::{Primitives, RustCrypto};
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    AddSlot, CancelKeyDeletion, ChangeSlot, ConfirmKeyDeletion, ConfirmKeyVersionDestruction, CreateAlias,
    CreateGrant, CreateKey, CreateKeyVersion, Decrypt, DeleteAlias, DescribeKey, DescribeQuotas, DisableKey,
    EnableKey, EnableKeyRotation, Encrypt, GetKeyLastUsage, KeptSlot, ListAliases, ListGrants,
    ListKeyVersions, ListKeys, ListResourceTags, ListRetirableGrants, ListSlots, PutQuotas, Rekey,
    RemoveSlot, RestoreKeyVersion, RetireCheck, RetireGrant, RetiredGrant, RevokeGrant, RevokeKeyVersion,
    RotateKeyOnDemand, ScheduleKeyDeletion, ScheduleKeyVersionDestruction, TagResource, UntagResource,
    UpdateAlias,
};
use strongroom_core::platform::Address;
use strongroom_core::policy::{Action, Caller};
use strongroom_core::quota::Quotas;
use strongroom_core::{SlotKind, Vault};
use strongroom_fuzz::changed::changed;
use strongroom_fuzz::furnished;
use strongroom_fuzz::image::{Image, PLAINTEXT};
use strongroom_fuzz::input::Input;
use strongroom_fuzz::storage::{Blobs, HostileStorage, KeptLog, Line};
use strongroom_fuzz::transparent::Transparent;
use strongroom_fuzz::world::{ROOT, World, no_bug, root, unlock};

/// A vault's image, and its log.
type Made = (Image, Vec<Line>);

static SEALED: OnceLock<Made> = OnceLock::new();
static OPEN: OnceLock<Made> = OnceLock::new();

fuzz_target!(|data: &[u8]| {
    let mut input = Input(data);
    let mode = input.byte();
    if mode & 1 == 0 {
        live::<RustCrypto>(SEALED.get_or_init(make::<RustCrypto>), mode, &mut input, true);
    } else {
        live::<Transparent>(OPEN.get_or_init(make::<Transparent>), mode, &mut input, false);
    }
});

fn make<C: Primitives>() -> Made {
    let (vault, image) = Image::make::<C, KeptLog>().expect("a vault");
    (image, vault.platform().sink.entries())
}

/// The fixed addresses, from `docs/format.md`: slot area and manifest, each with its copy.
fn fixed() -> [Address; 4] {
    let at = |byte, level| {
        let mut address = Address([byte; 24]);
        address.0[23] = level;
        address
    };
    [at(0, 0x41), at(0xff, 0xc1), at(0, 0x40), at(0xff, 0xc0)]
}

fn live<C: Primitives>((image, log): &Made, mode: u8, input: &mut Input<'_>, is_sealed: bool) {
    let storage = if mode & 2 == 0 {
        from_bytes(input)
    } else {
        let storage = HostileStorage::new(image.blobs.clone(), Vec::new());
        for _ in 0..input.byte() % 8 {
            storage.mutate(input, &image.older);
        }
        storage
    };
    let mut world = World::<C, KeptLog>::new(2, storage);
    if mode & 4 != 0 {
        world.sink = KeptLog::new(altered(log, input));
    }
    let vault = Vault::new(world);
    if vault.mount(&mut unlock).map_err(no_bug).is_err() {
        return;
    }
    let root = root();
    operate(&vault, &root, image, is_sealed);
    for _ in 0..2 {
        for _ in 0..input.byte() % 8 {
            vault.platform().storage.mutate(input, &image.older);
        }
        operate(&vault, &root, image, is_sealed);
    }
    let _ = vault.verify().map_err(no_bug);
    let _ = vault.close().map_err(no_bug);
}

/// Blobs `u16 length ‖ bytes`: four for the fixed addresses, the rest for whatever else is asked for.
fn from_bytes(input: &mut Input<'_>) -> HostileStorage {
    let mut blobs = Blobs::new();
    for address in fixed() {
        let len = input.number();
        blobs.insert(address, Some(input.bytes(len).to_vec()));
    }
    let mut fallback = Vec::new();
    while !input.is_empty() && fallback.len() < 8 {
        let len = input.number();
        fallback.push(input.bytes(len).to_vec());
    }
    HostileStorage::new(blobs, fallback)
}

/// The log, up to seven times changed as the input says: entries altered, left out, cut off at the end.
fn altered(log: &[Line], input: &mut Input<'_>) -> Vec<Line> {
    let mut log = log.to_vec();
    for _ in 0..input.byte() % 8 {
        let (what, at) = (input.byte(), usize::from(input.byte()) % log.len().max(1));
        match (what % 4, log.get_mut(at)) {
            (0, Some((_, entry))) => *entry = changed(entry, &mut Input(input.bytes(4))),
            (1, Some(_)) => drop(log.remove(at)),
            (2, _) => log.truncate(at),
            (_, Some(line)) => {
                let line = line.clone();
                log.push(line);
            }
            _ => {}
        }
    }
    log
}

/// Every kind of operation; all may fail, none may panic, and what opens is right.
fn operate<C: Primitives>(
    vault: &Vault<World<C, KeptLog>>,
    root: &Caller<'_>,
    image: &Image,
    is_sealed: bool,
) {
    let mut buffer = [0; 4096];
    for ciphertext in [&image.plain, &image.in_context] {
        if let Ok(opened) = vault.decrypt(root, Decrypt::new(ciphertext), &mut buffer).map_err(no_bug) {
            assert!(!is_sealed || opened.plaintext == PLAINTEXT, "a wrong plaintext");
        }
    }
    for key in &image.keys {
        let _ = vault.encrypt(root, Encrypt::new(key, PLAINTEXT), &mut buffer).map_err(no_bug);
        let _ = vault.describe_key(root, DescribeKey::new(key), &mut buffer).map_err(no_bug);
        let _ = vault.rotate_key_on_demand(root, RotateKeyOnDemand { key_id: key }).map_err(no_bug);
        let _ = vault.enable_key(root, EnableKey { key_id: key }).map_err(no_bug);
        let _ = vault.disable_key(root, DisableKey { key_id: key }).map_err(no_bug);
    }
    let _ = vault.create_key(root, CreateKey::default()).map_err(no_bug);
    for key in &image.keys {
        operate_on_grants(vault, root, key);
        operate_on_names(vault, root, key);
        operate_on_versions(vault, root, key);
        operate_on_ends(vault, root, key);
    }
    furnished::look(vault, &image.macs);
    let quotas = PutQuotas { quotas: Quotas::aws() };
    let _ = vault.put_quotas(root, quotas).map_err(no_bug);
    let _ = vault.describe_quotas(root, DescribeQuotas).map_err(no_bug);
    let _ = vault.tick(16).map_err(no_bug);
    operate_on_slots(vault, root);
    let mut page = [KeyId::from_bytes([0; 16]); 3];
    let _ = vault.list_keys(root, ListKeys { limit: 3, marker: None }, &mut page).map_err(no_bug);
}

fn operate_on_grants<C: Primitives>(vault: &Vault<World<C, KeptLog>>, root: &Caller<'_>, key: &str) {
    let request = CreateGrant {
        retiring_principal: Some(ROOT),
        name: Some("fuzz"),
        ..CreateGrant::new(key, ROOT, &[Action::Decrypt, Action::RetireGrant])
    };
    let made = vault.create_grant(root, request).map_err(no_bug);
    let mut page = [0; 2048];
    let all = ListGrants { key_id: key, grant_id: None, grantee_principal: None, limit: 3, marker: None };
    let _ = vault.list_grants(root, all, &mut page).map(|listed| listed.iter().count()).map_err(no_bug);
    let request = ListRetirableGrants { retiring_principal: ROOT, limit: 3, marker: None };
    let _ = vault.list_retirable_grants(root, request, &mut page).map(drop).map_err(no_bug);
    // Somebody whom only a grant could admit.
    let user = Caller::new("arn:aws:iam::000000000000:user/fuzz").expect("a user is a principal");
    let _ = vault.describe_key(&user, DescribeKey::new(key), &mut page).map(drop).map_err(no_bug);
    if let Ok(made) = made {
        let retire = RetireGrant { grant: RetiredGrant::Token(&made.grant_token), dry_run: false };
        let _ = vault.retire_grant(root, retire).map_err(no_bug);
        let grant_id = made.grant_id.to_string();
        let revoke = RevokeGrant { key_id: key, grant_id: &grant_id, dry_run: false };
        let _ = vault.revoke_grant(root, revoke).map_err(no_bug);
    }
}

fn operate_on_names<C: Primitives>(vault: &Vault<World<C, KeptLog>>, root: &Caller<'_>, key: &str) {
    let mut page = [0; 2048];
    let alias_name = "alias/fuzz";
    let _ = vault.create_alias(root, CreateAlias { alias_name, target_key_id: key }).map_err(no_bug);
    let _ = vault.encrypt(root, Encrypt::new(alias_name, PLAINTEXT), &mut page).map(drop).map_err(no_bug);
    let _ = vault.update_alias(root, UpdateAlias { alias_name, target_key_id: key }).map_err(no_bug);
    let all = ListAliases { key_id: None, limit: 3, marker: None };
    let _ = vault.list_aliases(root, all, &mut page).map(|listed| listed.iter().count()).map_err(no_bug);
    let _ = vault.delete_alias(root, DeleteAlias { alias_name }).map_err(no_bug);
    let tags = &[("team", "fuzz")];
    let _ = vault.tag_resource(root, TagResource { key_id: key, tags }).map_err(no_bug);
    let all = ListResourceTags { key_id: key, limit: 3, marker: None };
    let _ =
        vault.list_resource_tags(root, all, &mut page).map(|listed| listed.iter().count()).map_err(no_bug);
    let _ = vault.untag_resource(root, UntagResource { key_id: key, tag_keys: &["team"] }).map_err(no_bug);
}

fn operate_on_versions<C: Primitives>(vault: &Vault<World<C, KeptLog>>, root: &Caller<'_>, key: &str) {
    let mut page = [0; 2048];
    let _ = vault.create_key_version(root, CreateKeyVersion { key_id: key }).map_err(no_bug);
    let all = ListKeyVersions { key_id: key, limit: 3, marker: None };
    let _ = vault.list_key_versions(root, all, &mut page).map(|listed| listed.iter().count()).map_err(no_bug);
    let version = 1;
    let _ = vault.revoke_key_version(root, RevokeKeyVersion { key_id: key, version }).map_err(no_bug);
    let _ = vault.restore_key_version(root, RestoreKeyVersion { key_id: key, version }).map_err(no_bug);
    let _ = vault.retire_check(root, RetireCheck { key_id: key, version, within_days: 1 }).map_err(no_bug);
    let _ = vault.get_key_last_usage(root, GetKeyLastUsage { key_id: key }).map_err(no_bug);
    let rotation = EnableKeyRotation { key_id: key, rotation_period_days: Some(90) };
    let _ = vault.enable_key_rotation(root, rotation).map_err(no_bug);
    let end = ScheduleKeyVersionDestruction { key_id: key, version, pending_window_in_days: 7 };
    let _ = vault.schedule_key_version_destruction(root, end).map_err(no_bug);
    let end = ConfirmKeyVersionDestruction { key_id: key, version };
    let _ = vault.confirm_key_version_destruction(root, end).map(drop).map_err(no_bug);
}

fn operate_on_slots<C: Primitives>(vault: &Vault<World<C, KeptLog>>, root: &Caller<'_>) {
    let kind = SlotKind::KeyFile;
    let _ = vault.list_slots(root, ListSlots).map(drop).map_err(no_bug);
    let _ = vault.change_slot(root, ChangeSlot { slot_id: 1, kind }, &mut unlock).map(drop).map_err(no_bug);
    let _ = vault.add_slot(root, AddSlot { kind }, &mut unlock).map(drop).map_err(no_bug);
    let _ = vault.remove_slot(root, RemoveSlot { slot_id: 0 }).map(drop).map_err(no_bug);
    let keep = &[KeptSlot { slot_id: 1, kind }];
    let _ = vault.rekey(root, Rekey { keep }, &mut unlock).map(drop).map_err(no_bug);
}

fn operate_on_ends<C: Primitives>(vault: &Vault<World<C, KeptLog>>, root: &Caller<'_>, key: &str) {
    let end = ScheduleKeyDeletion { key_id: key, pending_window_in_days: 7 };
    let _ = vault.schedule_key_deletion(root, end).map_err(no_bug);
    let _ = vault.confirm_key_deletion(root, ConfirmKeyDeletion { key_id: key }).map(drop).map_err(no_bug);
    let _ = vault.cancel_key_deletion(root, CancelKeyDeletion { key_id: key }).map_err(no_bug);
    let _ = vault.enable_key(root, EnableKey { key_id: key }).map_err(no_bug);
}
