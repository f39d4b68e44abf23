//! What an alias stands for, and how it comes, moves and goes.

use strongroom_core::Error;
use strongroom_core::error::Parameter;
use strongroom_core::key::{KeySpec, KeyUsage, MacAlgorithm};
use strongroom_core::operation::{
    CreateAlias, CreateGrant, CreateKey, DeleteAlias, DisableKey, EnableKey, Encrypt, GenerateDataKey,
    GenerateDataKeyWithoutPlaintext, GenerateMac, GetKeyPolicy, ListAliases, ListKeyPolicies,
    ListResourceTags, PutKeyPolicy, PutQuotas, ReEncrypt, RevokeGrant, RotateKeyOnDemand, TagResource,
    UntagResource, UpdateAlias, UpdateKeyDescription, VerifyMac,
};
use strongroom_core::policy::{Action, Caller, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::quota::Quotas;

use super::{ALICE, APP, APP_ARN, Hall, compiled, interrupted};
use crate::grants::list;
use crate::world::{World, mount, root};

#[test]
fn an_alias_stands_for_its_key_in_every_operation_that_uses_a_key() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let vault = &hall.vault;
    for name in [APP, APP_ARN] {
        assert_eq!(hall.named(name), Ok(hall.key));
        let mut out = [0; 300];
        assert_eq!(vault.encrypt(&root(), Encrypt::new(name, b"text"), &mut out).unwrap().key_id, hall.key);
        let sealed = hall.encrypt_by(name).unwrap();
        assert_eq!(hall.decrypt_by(name, &sealed).as_deref(), Ok(&b"text"[..]));
        let (mut plain, mut out) = ([0; 32], [0; 300]);
        let made = vault.generate_data_key(&root(), GenerateDataKey::aes_256(name), &mut plain, &mut out);
        assert_eq!(made.unwrap().key_id, hall.key);
        let request = GenerateDataKeyWithoutPlaintext(GenerateDataKey::aes_256(name));
        let made = vault.generate_data_key_without_plaintext(&root(), request, &mut out);
        assert_eq!(made.unwrap().key_id, hall.key);
        let foreign = hall.encrypt_by(&hall.other_id).unwrap();
        let moved = vault.re_encrypt(&root(), ReEncrypt::new(&foreign, name), &mut out).unwrap();
        assert_eq!((moved.key_id, moved.source_key_id), (hall.key, hall.other));
        let request = ReEncrypt { source_key_id: Some(name), ..ReEncrypt::new(&sealed, &hall.other_id) };
        let moved = vault.re_encrypt(&root(), request, &mut out).unwrap();
        assert_eq!((moved.key_id, moved.source_key_id), (hall.other, hall.key));
    }
    // The log names the key, as for any other name of it.
    hall.encrypt_by(APP).unwrap();
    assert_eq!(world.log.last(|event| event.key.map(|key| key.key_id)), Some(hall.key));
}

#[test]
fn an_alias_stands_for_its_key_in_macs() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let (key_spec, key_usage) = (KeySpec::Hmac256, KeyUsage::GenerateVerifyMac);
    let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
    let id = hall.vault.create_key(&root(), request).unwrap().key_id.to_string();
    hall.alias(APP, &id).unwrap();
    for key_id in [APP, APP_ARN] {
        let mac_algorithm = MacAlgorithm::HmacSha256;
        let request =
            GenerateMac { key_id, message: b"text", mac_algorithm, grant_tokens: &[], dry_run: false };
        let mut mac = [0; 32];
        hall.vault.generate_mac(&root(), request, &mut mac).unwrap();
        for key_id in [key_id, &id] {
            let (mac, grant_tokens) = (&mac[..], &[][..]);
            let request =
                VerifyMac { key_id, message: b"text", mac_algorithm, mac, grant_tokens, dry_run: false };
            hall.vault.verify_mac(&root(), request).unwrap();
        }
    }
}

#[test]
fn other_operations_take_no_alias() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let (vault, root) = (&hall.vault, &root());
    let account = [PrincipalEntry::Account("000000000000")];
    let policy = compiled(PolicyKind::Key, &[Statement::allow(&account, &["kms:*"])]);
    let out = &mut [0; 400];
    for key_id in [APP, APP_ARN] {
        let grant_id = &"0".repeat(64);
        let answers = [
            vault.enable_key(root, EnableKey { key_id }).map(drop),
            vault.disable_key(root, DisableKey { key_id }).map(drop),
            vault.rotate_key_on_demand(root, RotateKeyOnDemand { key_id }).map(drop),
            vault.get_key_policy(root, GetKeyPolicy::new(key_id), out).map(drop),
            vault.put_key_policy(root, PutKeyPolicy::new(key_id, &policy)).map(drop),
            vault.list_key_policies(root, ListKeyPolicies { key_id, limit: 1 }).map(drop),
            vault.create_grant(root, CreateGrant::new(key_id, ALICE, &[Action::Decrypt])).map(drop),
            vault.revoke_grant(root, RevokeGrant { key_id, grant_id, dry_run: false }),
            vault.list_grants(root, list(key_id), out).map(drop),
            vault.tag_resource(root, TagResource { key_id, tags: &[] }),
            vault.untag_resource(root, UntagResource { key_id, tag_keys: &[] }),
            vault.list_resource_tags(root, ListResourceTags::new(key_id), out).map(drop),
            vault.update_key_description(root, UpdateKeyDescription { key_id, description: "" }).map(drop),
            vault.create_alias(root, CreateAlias { alias_name: "alias/two", target_key_id: key_id }),
            vault.update_alias(root, UpdateAlias { alias_name: APP, target_key_id: key_id }),
            hall.aliases(Some(key_id)).map(drop),
        ];
        for (position, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer, Err(Error::NotFound), "{key_id} {position}");
        }
    }
}

#[test]
fn an_alias_that_moves_takes_encryption_along_and_leaves_old_ciphertexts_where_they_were() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    let old = hall.encrypt_by(APP).unwrap();
    hall.move_alias(APP, &hall.other_id).unwrap();
    assert_eq!(hall.named(APP), Ok(hall.other));
    let new = hall.encrypt_by(APP).unwrap();
    assert_eq!(hall.decrypt_by(APP, &old), Err(Error::IncorrectKey));
    assert_eq!(hall.decrypt_by(&hall.id, &old).as_deref(), Ok(&b"text"[..]));
    assert_eq!(hall.decrypt_by(APP, &new).as_deref(), Ok(&b"text"[..]));
    assert_eq!(crate::world::decrypt(&hall.vault, &old).as_deref(), Ok(&b"text"[..]));
    assert_eq!(hall.aliases(Some(&hall.id)), Ok(vec![]));
    assert_eq!(hall.aliases(Some(&hall.other_id)), Ok(vec![APP.to_owned()]));
}

#[test]
fn an_alias_is_one_of_its_kind_until_it_is_deleted() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    for key in [&hall.id, &hall.other_id] {
        assert_eq!(hall.alias(APP, key), Err(Error::AlreadyExists));
    }
    assert_eq!(world.log.last(|event| event.error_code), Some("AlreadyExistsException"));
    hall.alias("alias/App", &hall.other_id).unwrap();
    assert_eq!((hall.named(APP), hall.named("alias/App")), (Ok(hall.key), Ok(hall.other)));
    hall.remove_alias(APP).unwrap();
    assert_eq!(hall.named(APP), Err(Error::NotFound));
    assert_eq!(hall.remove_alias(APP), Err(Error::NotFound));
    assert_eq!(hall.move_alias(APP, &hall.id), Err(Error::NotFound));
    assert_eq!(hall.named(&hall.id), Ok(hall.key), "the key is not concerned");
    hall.alias(APP, &hall.other_id).unwrap();
    assert_eq!(hall.named(APP), Ok(hall.other));
}

#[test]
fn aliases_keep_their_dates_and_are_there_after_reopening() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    hall.alias("alias/two", &hall.id).unwrap();
    world.clock.set_wall_ms(Some(1_700_000_005_000));
    hall.move_alias(APP, &hall.other_id).unwrap();
    hall.vault.close().unwrap();
    let vault = mount(&world).unwrap();
    let mut page = [0; 600];
    let listed = vault.list_aliases(&root(), ListAliases::default(), &mut page).unwrap();
    let mut all: Vec<_> = listed.iter().collect();
    all.sort_by_key(|alias| alias.name);
    let [app, two] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((app.name, app.target_key_id), (APP, hall.other));
    assert_eq!((two.name, two.target_key_id), ("alias/two", hall.key));
    let (then, later) = (Some(1_700_000_000_000), Some(1_700_000_005_000));
    assert_eq!((app.created_ms, app.last_updated_ms), (then, later));
    assert_eq!((two.created_ms, two.last_updated_ms), (then, then));
}

#[test]
fn an_alias_given_to_the_key_that_has_it_changes_its_date_only() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.alias(APP, &hall.id).unwrap();
    world.clock.set_wall_ms(Some(1_700_000_005_000));
    hall.move_alias(APP, &hall.id).unwrap();
    assert_eq!(hall.aliases(Some(&hall.id)), Ok(vec![APP.to_owned()]));
    let mut page = [0; 300];
    let listed = hall.vault.list_aliases(&root(), ListAliases::default(), &mut page).unwrap();
    assert_eq!(listed.iter().next().unwrap().last_updated_ms, Some(1_700_000_005_000));
    hall.remove_alias(APP).unwrap();
    assert_eq!(hall.aliases(None), Ok(vec![]));
}

#[test]
fn an_alias_moves_between_keys_of_one_usage_only() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let hmac = |key_spec| {
        let key_usage = KeyUsage::GenerateVerifyMac;
        let request = CreateKey { key_spec, key_usage, ..CreateKey::default() };
        hall.vault.create_key(&root(), request).unwrap().key_id.to_string()
    };
    let (short, long) = (hmac(KeySpec::Hmac224), hmac(KeySpec::Hmac512));
    hall.alias(APP, &hall.id).unwrap();
    hall.alias("alias/mac", &short).unwrap();
    let refused = Err(Error::Validation(Parameter::AliasTarget));
    assert_eq!(hall.move_alias(APP, &short), refused);
    assert_eq!(hall.move_alias("alias/mac", &hall.id), refused);
    assert_eq!(hall.aliases(Some(&hall.id)), Ok(vec![APP.to_owned()]));
    assert_eq!(hall.move_alias("alias/mac", &long), Ok(()));
    assert_eq!(hall.named("alias/mac").unwrap().to_string(), long);
}

#[test]
fn a_key_has_as_many_aliases_as_the_quota_allows() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.vault.put_quotas(&root(), PutQuotas { quotas: Quotas::aws() }).unwrap();
    for number in 0..50 {
        hall.alias(&format!("alias/{number}"), &hall.id).unwrap();
    }
    hall.alias(APP, &hall.other_id).unwrap();
    assert_eq!(hall.alias("alias/50", &hall.id), Err(Error::LimitExceeded));
    assert_eq!(hall.move_alias(APP, &hall.id), Err(Error::LimitExceeded));
    assert_eq!(hall.move_alias("alias/7", &hall.id), Ok(()), "it has it already");
    assert_eq!((hall.aliases(Some(&hall.id)).unwrap().len(), hall.named(APP)), (50, Ok(hall.other)));
    hall.remove_alias("alias/25").unwrap();
    hall.move_alias(APP, &hall.id).unwrap();
    assert_eq!(hall.aliases(Some(&hall.id)).unwrap().len(), 50);
}

#[test]
fn aliases_of_services_are_not_here() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let reserved = "alias/aws/s3";
    assert_eq!(hall.alias(reserved, &hall.id), Err(Error::InvalidAliasName));
    assert_eq!(world.log.last(|event| event.error_code), Some("InvalidAliasNameException"));
    assert_eq!(hall.move_alias(reserved, &hall.id), Err(Error::NotFound));
    assert_eq!(hall.remove_alias(reserved), Err(Error::NotFound));
    for name in [reserved, "arn:aws:kms:us-east-1:000000000000:alias/aws/s3"] {
        assert_eq!(hall.encrypt_by(name), Err(Error::UnsupportedOperation));
    }
    assert_eq!(hall.alias("alias/aws", &hall.id), Ok(()));
}

#[test]
fn a_change_of_an_alias_that_moved_meanwhile_is_not_made() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let root = &root();
    hall.alias(APP, &hall.id).unwrap();
    let third = crate::world::create_key(&hall.vault);
    let away = || hall.move_alias(APP, &hall.other_id).unwrap();
    let back = || hall.move_alias(APP, &hall.id).unwrap();
    let removed = DeleteAlias { alias_name: APP };
    assert_eq!(interrupted(&hall, root, removed, away), Err(Error::Busy));
    assert_eq!(hall.named(APP), Ok(hall.other));
    back();
    let third = third.to_string();
    let moved = UpdateAlias { alias_name: APP, target_key_id: &third };
    assert_eq!(interrupted(&hall, root, moved, away), Err(Error::Busy));
    assert_eq!(hall.named(APP), Ok(hall.other));
    back();
    let gone = || hall.remove_alias(APP).unwrap();
    assert_eq!(interrupted(&hall, root, moved, gone), Err(Error::Busy));
    let made = CreateAlias { alias_name: APP, target_key_id: &third };
    let there = || hall.alias(APP, &hall.id).unwrap();
    assert_eq!(interrupted(&hall, root, made, there), Err(Error::AlreadyExists));
    assert_eq!(hall.named(APP), Ok(hall.key));
}

#[test]
fn the_log_names_the_alias_and_the_keys() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let last = || {
        let id = |touched: Option<strongroom_core::audit::Touched>| touched.map(|touched| touched.key_id);
        world.log.last(|event| (event.action, event.subject.to_owned(), id(event.key), id(event.source_key)))
    };
    let longest = format!("alias/{}", "n".repeat(250));
    hall.alias(&longest, &hall.id).unwrap();
    assert_eq!(last(), (Action::CreateAlias, longest.clone(), Some(hall.key), None));
    hall.move_alias(&longest, &hall.other_id).unwrap();
    assert_eq!(last(), (Action::UpdateAlias, longest.clone(), Some(hall.other), Some(hall.key)));
    hall.remove_alias(&longest).unwrap();
    assert_eq!(last(), (Action::DeleteAlias, longest.clone(), Some(hall.other), None));
    hall.remove_alias(&longest).unwrap_err();
    assert_eq!(last(), (Action::DeleteAlias, longest, None, None));
    hall.aliases(Some(&hall.id)).unwrap();
    assert_eq!(last(), (Action::ListAliases, String::new(), Some(hall.key), None));
}

#[test]
fn a_caller_of_the_longest_name_can_change_an_alias_of_the_longest_name() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let path = "p".repeat(511 - 64 - "arn:aws:iam::000000000000:user/".len());
    let user = format!("arn:aws:iam::000000000000:user/{path}/{}", "n".repeat(64));
    assert_eq!(user.len(), 512);
    let sid = "S".repeat(64);
    let statement = Statement { sid: Some(&sid), ..Statement::allow(&[], &["kms:*"]) };
    let policy = compiled(PolicyKind::Identity, &[statement]);
    let policies = [policy.as_slice()];
    let user = Caller::new(&user).unwrap().with_identity_policies(&policies).unwrap();
    let longest = format!("alias/{}", "n".repeat(250));
    let request = CreateAlias { alias_name: &longest, target_key_id: &hall.id };
    assert_eq!(hall.vault.create_alias(&user, request), Ok(()));
    assert_eq!(hall.named(&longest), Ok(hall.key));
}
