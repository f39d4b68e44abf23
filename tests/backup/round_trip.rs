//! What a restored vault is: the same to whoever uses it, another one to whoever attacks it.

use strongroom_core::access_key::SigningScope;
use strongroom_core::audit::RecordedEvent;
use strongroom_core::error::Reason;
use strongroom_core::key::{KeyId, KeySpec, KeyState};
use strongroom_core::limits::ROLE_TRUST_LEN_MAX;
use strongroom_core::operation::{
    ConfirmKeyVersionDestruction, CreateAccessKey, CreateAlias, CreateGrant, CreateKey, Decrypt, DescribeKey,
    DescribeQuotas, DescribeRoleTrust, ExpirationModel, GenerateMac, ImportKeyMaterial, ListAccessKeys,
    ListRetirableGrants, PutCaller, PutQuotas, PutRoleTrust, ScheduleKeyVersionDestruction, TagResource,
    VerifyMac,
};
use strongroom_core::platform::Address;
use strongroom_core::policy::{Action, Caller};
use strongroom_core::quota::Quotas;
use strongroom_core::{Error, Secret, Vault, Verified};

use super::{BUNDLE_SECRET, backup, drilled, restore};
use crate::deletion::{DAY, HOUR, START, world};
use crate::imports::external;
use crate::macs::{MESSAGE, create_mac_key};
use crate::world::{
    PlainWrapping, SECRET, World, caller, create, create_key, decrypt, describe, encrypt, import,
    import_token, list, mount, root, rotate, schedule_deletion, secret_of,
};

const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const BOB: &str = "arn:aws:iam::000000000000:user/bob";

fn decrypt_as(vault: &Vault<&World>, caller: &Caller<'_>, request: Decrypt<'_>) -> Result<Vec<u8>, Error> {
    let mut out = [0; 64];
    vault.decrypt(caller, request, &mut out).map(|opened| opened.plaintext.to_vec())
}

fn current_material(vault: &Vault<&World>, key: KeyId) -> [u8; 32] {
    let id = key.to_string();
    let mut text = [0; 64];
    vault.describe_key(&root(), DescribeKey::new(&id), &mut text).unwrap().current_key_material_id.unwrap()
}

fn events(world: &World) -> Vec<(Action, String, u64)> {
    let events = world.log.events();
    let read = events.iter().map(|event| RecordedEvent::read(event).unwrap());
    read.map(|event| (event.action, event.subject.to_owned(), event.detail)).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn old_ciphertexts_open_old_macs_verify_and_the_log_says_where_the_vault_came_from() {
    let (first, second) = (world(1), world(2));
    let vault = create(&first);
    let key = create_key(&vault);
    let old = encrypt(&vault, key, b"old").unwrap();
    rotate(&vault, key).unwrap();
    let new = encrypt(&vault, key, b"new").unwrap();
    let mac_key = create_mac_key(&vault, KeySpec::Hmac256);
    let (id, algorithm) = (mac_key.to_string(), KeySpec::Hmac256.mac_algorithm().unwrap());
    let mut room = [0; 64];
    let request = GenerateMac::new(&id, algorithm, MESSAGE);
    let mac = vault.generate_mac(&root(), request, &mut room).unwrap().mac.to_vec();
    let material = current_material(&vault, key);

    let (bundle, summary) = backup(&vault);
    assert_eq!((summary.keys, summary.versions, summary.opened), (2, 3, 3));
    assert_eq!((summary.records, summary.left_out), (5, 0));
    assert_eq!(summary.made_ms, Some(START));
    assert_eq!(drilled(&bundle), Ok(summary));
    let named = hexadecimal(&summary.bundle_id);
    assert_eq!(events(&first).last(), Some(&(Action::Backup, named, 0)));

    // More happens in the vault; the bundle does not know.
    let later = create_key(&vault);
    let (restored, read) = restore(&second, &bundle).unwrap();
    assert_eq!(read, summary);
    assert_eq!(decrypt(&restored, &old).unwrap(), b"old");
    assert_eq!(decrypt(&restored, &new).unwrap(), b"new");
    restored.verify_mac(&root(), VerifyMac::new(&id, algorithm, MESSAGE, &mac)).unwrap();
    assert_eq!(current_material(&restored, key), material);
    assert_eq!(describe(&restored, key), describe(&vault, key));
    assert_eq!(describe(&restored, later), Err(Error::NotFound));

    let mut whole = Verified::default();
    whole.records = summary.records;
    assert_eq!(restored.verify(), Ok(whole));
    let log = events(&second);
    assert_eq!(log[0], (Action::Restore, hexadecimal(&summary.vault_id), summary.revision));
    assert_eq!(log[1].0, Action::Mount);
    // It goes on as any vault does.
    rotate(&restored, key).unwrap();
    restored.close().unwrap();
    let again = mount(&second).unwrap();
    assert_eq!(decrypt(&again, &old).unwrap(), b"old");
}

#[test]
fn a_restored_vault_has_an_id_a_root_key_slots_and_addresses_of_its_own() {
    let (first, second) = (World::new(1), World::new(2).with_cells().with_counter(5));
    let vault = create(&first);
    let key = create_key(&vault);
    let (bundle, summary) = backup(&vault);
    let (restored, _) = restore(&second, &bundle).unwrap();
    let slots = |world: &World| {
        let mut address = [0; 24];
        address[23] = 0x41;
        world.storage.image().blobs[&Address(address)].to_vec()
    };
    assert_eq!(slots(&first)[8..24], summary.vault_id);
    assert_ne!(slots(&second)[8..24], summary.vault_id);
    let (old, new) = (first.storage.image(), second.storage.image());
    let record = |address: &&Address| address.0[23] == 48;
    assert!(old.blobs.keys().filter(record).all(|address| !new.blobs.contains_key(address)));
    // The secrets of the bundle and of the old vault open neither.
    restored.close().unwrap();
    let opens = |byte| Vault::new(&second).check_unlock(&mut secret_of(byte));
    assert_eq!(opens(SECRET), Ok(()));
    assert_eq!(opens(BUNDLE_SECRET), Err(Error::WrongSecret));
    let restored = mount(&second).unwrap();
    assert!(describe(&restored, key).is_ok());
    assert_eq!(Vault::new(&second).mount(&mut secret_of(SECRET)), Err(Error::Busy));
}

#[test]
fn grants_callers_aliases_tags_and_quotas_come_along_and_tokens_do_not() {
    let (first, second) = (World::new(1), World::new(2));
    let vault = create(&first);
    let request = CreateKey { description: "for invoices", ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    let sealed = encrypt(&vault, key, b"text").unwrap();
    let request =
        CreateGrant { retiring_principal: Some(BOB), ..CreateGrant::new(&id, ALICE, &[Action::Decrypt]) };
    let granted = vault.create_grant(&root(), request).unwrap();
    vault.create_alias(&root(), CreateAlias { alias_name: "alias/app", target_key_id: &id }).unwrap();
    vault.tag_resource(&root(), TagResource { key_id: &id, tags: &[("team", "blue")] }).unwrap();
    let put = PutCaller { name: "bob", principal: BOB, tags: &[("level", "2")], identity_policies: &[] };
    vault.put_caller(&root(), put).unwrap();
    let mut secret = Secret::zeroed();
    let access_key =
        vault.create_access_key(&root(), CreateAccessKey { caller: "bob" }, &mut secret).unwrap();
    let role = "arn:aws:iam::000000000000:role/App";
    let put = PutCaller { name: "App", principal: role, tags: &[], identity_policies: &[] };
    vault.put_caller(&root(), put).unwrap();
    let trust = PutRoleTrust { role: "App", principals: &[BOB], external_id: Some("ab") };
    vault.put_role_trust(&root(), trust).unwrap();
    let quotas = Quotas { keys: Some(3), grants_per_key: Some(2), ..Quotas::default() };
    vault.put_quotas(&root(), PutQuotas { quotas }).unwrap();
    let waiting = external(&vault, KeySpec::SymmetricDefault);
    let token = import_token(&vault, waiting).unwrap();

    let (bundle, summary) = backup(&vault);
    assert_eq!((summary.grants, summary.aliases, summary.callers), (1, 1, 2));
    let (restored, _) = restore(&second, &bundle).unwrap();
    assert_eq!(decrypt_as(&restored, &caller(ALICE), Decrypt::new(&sealed)).unwrap(), b"text");
    assert!(decrypt_as(&restored, &caller(BOB), Decrypt::new(&sealed)).is_err());
    let mut text = [0; 64];
    let described = restored.describe_key(&root(), DescribeKey::new("alias/app"), &mut text).unwrap();
    assert_eq!((described.facts.key_id, described.description), (key, "for invoices"));
    let mut room = vec![0; 40_000];
    let stored = restored.caller("bob", &mut room).unwrap();
    assert_eq!((stored.principal, &stored.tags[..]), (BOB, &[("level", "2")][..]));
    // Access keys go on as they are, and are found by their caller.
    let scope = SigningScope { date: "20260101", region: "us-east-1", service: "kms" };
    let (mut old, mut new) = (Secret::zeroed(), Secret::zeroed());
    vault.signing_key(&access_key, &scope, &mut old).unwrap();
    assert_eq!(restored.signing_key(&access_key, &scope, &mut new).unwrap(), "bob");
    assert_eq!(old.expose(|key| *key), new.expose(|key| *key));
    let listed = restored.list_access_keys(&root(), ListAccessKeys { caller: "bob" }).unwrap();
    assert_eq!(listed.iter().map(|facts| facts.id).collect::<Vec<_>>(), [access_key]);
    let mut trust = [0; ROLE_TRUST_LEN_MAX];
    let trust = restored.describe_role_trust(&root(), DescribeRoleTrust { role: "App" }, &mut trust).unwrap();
    assert_eq!((&trust.principals[..], trust.external_id), (&[BOB][..], Some("ab")));
    assert_eq!(restored.describe_quotas(&root(), DescribeQuotas), Ok(quotas));
    // Keys are counted on: two there are, a third may be made.
    create_key(&restored);
    assert_eq!(restored.create_key(&root(), CreateKey::default()), Err(Error::LimitExceeded));
    // Grants too: one there is.
    let one_more =
        |grantee| restored.create_grant(&root(), CreateGrant::new(&id, grantee, &[Action::Encrypt]));
    assert!(one_more(BOB).is_ok());
    assert_eq!(one_more(ALICE).map(drop), Err(Error::LimitExceeded));

    let mut room = vec![0; 40_000];
    let request = ListRetirableGrants { retiring_principal: BOB, limit: 10, marker: None };
    let listed = restored.list_retirable_grants(&root(), request, &mut room).unwrap();
    let moved: Vec<_> = listed.iter().map(|grant| grant.grant_id).collect();
    assert_eq!(moved.len(), 1);
    assert_ne!(moved[0], granted.grant_id);
    assert_eq!(moved[0].as_bytes()[7..], granted.grant_id.as_bytes()[7..]);
    let tokens = [granted.grant_token];
    let with_token = Decrypt { grant_tokens: &tokens, ..Decrypt::new(&sealed) };
    assert_eq!(decrypt_as(&restored, &caller(ALICE), with_token), Err(Error::InvalidGrantToken));
    let imported = ImportKeyMaterial {
        key_id: &waiting.to_string(),
        import_token: &token,
        encrypted_key_material: &[1; 64],
        expiration_model: Some(ExpirationModel::KeyMaterialDoesNotExpire),
        valid_to_ms: None,
        import_type: None,
        key_material_description: None,
        key_material_id: None,
    };
    let refused = restored.import_key_material(&root(), imported, &PlainWrapping::default());
    assert_eq!(refused.map(drop), Err(Error::InvalidImportToken));
    // Another token does.
    import(&restored, waiting, &[9; 32]).unwrap();
}

#[test]
fn what_was_destroyed_stays_destroyed_and_what_waits_for_its_end_goes_on_waiting() {
    let (first, second) = (world(1), world(2));
    let vault = create(&first);
    let (key, doomed) = (create_key(&vault), create_key(&vault));
    let id = &key.to_string();
    let old = encrypt(&vault, key, b"old").unwrap();
    rotate(&vault, key).unwrap();
    let waiting = encrypt(&vault, key, b"waiting").unwrap();
    rotate(&vault, key).unwrap();
    let schedule = |version| {
        let request = ScheduleKeyVersionDestruction { key_id: id, version, pending_window_in_days: 7 };
        vault.schedule_key_version_destruction(&root(), request).unwrap();
    };
    schedule(1);
    schedule_deletion(&vault, doomed, 9).unwrap();
    first.clock.advance_ms(7 * DAY + HOUR);
    while vault.tick(8).unwrap().is_more_due {}
    let confirm = ConfirmKeyVersionDestruction { key_id: id, version: 1 };
    vault.confirm_key_version_destruction(&root(), confirm).unwrap();
    schedule(2);

    let (bundle, summary) = backup(&vault);
    assert_eq!((summary.versions, summary.opened, summary.without_material), (4, 3, 1));
    second.clock.set_wall_ms(Some(START + 7 * DAY + HOUR));
    let (restored, _) = restore(&second, &bundle).unwrap();
    let destroyed = Err(Error::InvalidCiphertext(Reason::DestroyedVersion));
    assert_eq!(decrypt(&restored, &old), destroyed);
    assert_eq!(decrypt(&restored, &waiting), Err(Error::InvalidCiphertext(Reason::RevokedVersion)));
    assert_eq!(describe(&restored, doomed).unwrap().state, KeyState::PendingDeletion);
    // The first day brings the key's end near, the seventh the version's; a tick finds both by their dates.
    second.clock.advance_ms(2 * DAY);
    assert_eq!(restored.tick(100).unwrap().settled, 1);
    second.clock.advance_ms(DAY);
    assert_eq!(restored.tick(100).unwrap().settled, 1);
    assert_eq!(list(&restored, 10).unwrap(), [key]);
    second.clock.advance_ms(4 * DAY);
    assert_eq!(restored.tick(100).unwrap().settled, 1);
    second.clock.advance_ms(DAY);
    assert_eq!(restored.tick(100).unwrap().settled, 1);
    assert_eq!(decrypt(&restored, &waiting), destroyed);
}

#[test]
fn the_timers_go_on_and_add_a_day_at_most_until_the_time_is_accepted() {
    let (first, second) = (world(1), world(2));
    let vault = create(&first);
    let doomed = create_key(&vault);
    schedule_deletion(&vault, doomed, 7).unwrap();
    let (bundle, _) = backup(&vault);
    second.clock.set_wall_ms(Some(START + 3000 * DAY));
    let (restored, _) = restore(&second, &bundle).unwrap();
    assert_eq!(restored.tick(100).unwrap().settled, 0);
    second.clock.advance_ms(6 * DAY - HOUR);
    assert_eq!(restored.tick(100).unwrap().settled, 0);
    second.clock.advance_ms(2 * HOUR);
    assert_eq!(restored.tick(100).unwrap().settled, 1, "it was found to be due");
}

#[test]
fn a_key_whose_destruction_has_begun_is_left_out_with_its_aliases() {
    let first = world(1);
    let vault = create(&first);
    let kept = create_key(&vault);
    let doomed = create_key(&vault);
    let id = &doomed.to_string();
    vault.create_alias(&root(), CreateAlias { alias_name: "alias/doomed", target_key_id: id }).unwrap();
    // More than one commit takes out.
    for number in 0..40 {
        let grantee = format!("arn:aws:iam::000000000000:user/grantee-{number}");
        vault.create_grant(&root(), CreateGrant::new(id, &grantee, &[Action::Decrypt])).unwrap();
    }
    (0..30).for_each(|_| assert!(rotate(&vault, doomed).is_ok()));
    schedule_deletion(&vault, doomed, 7).unwrap();
    first.clock.advance_ms(7 * DAY + HOUR);
    assert_eq!(vault.tick(8).unwrap().settled, 1);
    first.clock.advance_ms(DAY);
    assert!(vault.tick(1).unwrap().is_more_due, "the destruction has begun and is not over");

    let (bundle, summary) = backup(&vault);
    assert_eq!((summary.keys, summary.left_out, summary.aliases, summary.grants), (1, 1, 0, 0));
    let second = world(2);
    let (restored, read) = restore(&second, &bundle).unwrap();
    assert_eq!(read, summary);
    assert_eq!(list(&restored, 10).unwrap(), [kept]);
    assert_eq!(describe(&restored, doomed), Err(Error::NotFound));
}
