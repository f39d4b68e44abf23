//! Access keys of kept users.

use sha2::{Digest, Sha256};
use strongroom_core::access_key::{AccessKeyId, SigningScope};
use strongroom_core::error::{Parameter, Reason};
use strongroom_core::limits::CALLER_RECORD_LEN_MAX;
use strongroom_core::operation::{
    AccessKeyFacts, CreateAccessKey, DeleteAccessKey, DeleteCaller, GenerateRandom, ListAccessKeys,
    PutCaller, UpdateAccessKey,
};
use strongroom_core::policy::Caller;
use strongroom_core::{Error, Secret, Vault};

use crate::world::{CommitFate, FOREIGNER, STRANGER, World, caller, create, mount, root};

const ALICE: &str = "arn:aws:iam::000000000000:user/team/alice";
pub const SCOPE: SigningScope<'_> = SigningScope { date: "20260101", region: "us-east-1", service: "kms" };

pub fn keep(vault: &Vault<&World>, name: &str, principal: &str) {
    let put = PutCaller { name, principal, tags: &[], identity_policies: &[] };
    vault.put_caller(&root(), put).unwrap();
}

fn make(vault: &Vault<&World>, name: &str) -> Result<(AccessKeyId, [u8; 40]), Error> {
    let mut secret = Secret::zeroed();
    let made = vault.create_access_key(&root(), CreateAccessKey { caller: name }, &mut secret);
    let secret = secret.expose(|secret| *secret);
    assert!(made.is_ok() || secret == [0; 40]);
    Ok((made?, secret))
}

fn listed(vault: &Vault<&World>, name: &str) -> Vec<AccessKeyFacts> {
    vault.list_access_keys(&root(), ListAccessKeys { caller: name }).unwrap().to_vec()
}

pub fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    let mut block = [0; 64];
    block[..key.len()].copy_from_slice(key);
    let (inner, outer) = (block.map(|byte| byte ^ 0x36), block.map(|byte| byte ^ 0x5c));
    let hash = Sha256::new().chain_update(inner).chain_update(message).finalize();
    Sha256::new().chain_update(outer).chain_update(hash).finalize().into()
}

/// As the AWS General Reference says.
pub fn signing_key(secret: &[u8], scope: &SigningScope<'_>) -> [u8; 32] {
    let first = hmac(&[b"AWS4", secret].concat(), scope.date.as_bytes());
    let second = hmac(&first, scope.region.as_bytes());
    hmac(&hmac(&second, scope.service.as_bytes()), b"aws4_request")
}

fn lent(vault: &Vault<&World>, id: &AccessKeyId) -> Result<(String, [u8; 32]), Error> {
    let mut key = Secret::zeroed();
    let name = vault.signing_key(id, &SCOPE, &mut key)?;
    Ok((name.to_string(), key.expose(|key| *key)))
}

#[test]
fn a_user_signs_with_what_was_shown_once_also_after_reopening() {
    let world = World::new(1);
    world.clock.set_wall_ms(Some(1_800_000_000_000));
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    let (id, secret) = make(&vault, "alice").unwrap();
    assert_eq!(world.log.last(|event| event.subject.to_owned()), "alice");
    assert_eq!(id.account().as_str(), "000000000000");
    assert!(!id.is_temporary());
    assert!(secret.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte)));
    let expected = ("alice".to_owned(), signing_key(&secret, &SCOPE));
    assert_eq!(lent(&vault, &id), Ok(expected.clone()));
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    assert_eq!(lent(&vault, &id), Ok(expected));
    let [facts] = listed(&vault, "alice")[..] else { panic!() };
    assert_eq!((facts.id, facts.is_active), (id, true));
    assert_eq!(facts.created_ms, Some(1_800_000_000_000));
    let unknown = AccessKeyId::parse("AKIAQAAAAAAAAAAAAAAA").unwrap();
    assert_eq!(lent(&vault, &unknown), Err(Error::NotFound));
}

#[test]
fn a_user_has_two_access_keys_at_most_and_others_have_their_own() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    keep(&vault, "bob", "arn:aws:iam::000000000000:user/bob");
    let (first, _) = make(&vault, "alice").unwrap();
    let (second, _) = make(&vault, "alice").unwrap();
    assert_eq!(make(&vault, "alice"), Err(Error::LimitExceeded));
    let (of_bob, _) = make(&vault, "bob").unwrap();
    let mut ids: Vec<_> = listed(&vault, "alice").iter().map(|facts| facts.id.to_string()).collect();
    ids.sort();
    let mut expected = vec![first.to_string(), second.to_string()];
    expected.sort();
    assert_eq!(ids, expected);
    // Nobody's access key is changed under another one's name.
    let delete =
        |caller, access_key_id| vault.delete_access_key(&root(), DeleteAccessKey { caller, access_key_id });
    let disable = UpdateAccessKey { caller: "alice", access_key_id: of_bob, is_active: false };
    assert_eq!(vault.update_access_key(&root(), disable), Err(Error::NotFound));
    assert_eq!(delete("alice", of_bob), Err(Error::NotFound));
    assert!(lent(&vault, &of_bob).is_ok());
    delete("alice", first).unwrap();
    assert_eq!(lent(&vault, &first), Err(Error::NotFound));
    assert_eq!(delete("alice", first), Err(Error::NotFound));
    assert!(make(&vault, "alice").is_ok());
}

#[test]
fn an_inactive_access_key_verifies_nothing_until_it_is_active_again() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    let (id, _) = make(&vault, "alice").unwrap();
    let before = lent(&vault, &id);
    let update = |is_active| {
        let request = UpdateAccessKey { caller: "alice", access_key_id: id, is_active };
        vault.update_access_key(&root(), request).unwrap();
    };
    update(false);
    assert_eq!(lent(&vault, &id), Err(Error::NotFound));
    assert!(!listed(&vault, "alice")[0].is_active);
    update(true);
    assert_eq!(lent(&vault, &id), before);
}

#[test]
fn whoever_was_established_by_an_access_key_is_established_again_when_it_changes() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    let (id, _) = make(&vault, "alice").unwrap();
    let draw = |caller: &Caller<'_>| {
        vault.generate_random(caller, GenerateRandom { number_of_bytes: 8 }, &mut [0; 8]).map(drop)
    };
    let mut buffer = vec![0; CALLER_RECORD_LEN_MAX];
    let stored = vault.caller("alice", &mut buffer).unwrap();
    let why = || world.log.last(|event| event.reason);
    draw(&stored.as_caller().unwrap()).unwrap_err();
    assert_eq!(why(), Some(Reason::NoIdentityPolicyAllows));
    vault.delete_access_key(&root(), DeleteAccessKey { caller: "alice", access_key_id: id }).unwrap();
    draw(&stored.as_caller().unwrap()).unwrap_err();
    assert_eq!(why(), Some(Reason::CallerOutdated));
}

#[test]
fn a_caller_is_not_deleted_before_its_access_keys() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    let (id, _) = make(&vault, "alice").unwrap();
    let delete = || vault.delete_caller(&root(), DeleteCaller { name: "alice" });
    assert_eq!(delete(), Err(Error::DeleteConflict));
    assert_eq!(world.log.last(|event| event.error_code), Some("DeleteConflictException"));
    assert!(lent(&vault, &id).is_ok());
    vault.delete_access_key(&root(), DeleteAccessKey { caller: "alice", access_key_id: id }).unwrap();
    delete().unwrap();
    assert_eq!(make(&vault, "alice"), Err(Error::NotFound));
}

#[test]
fn only_users_have_access_keys_and_only_whom_the_vault_allows_it_makes_them() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "app", "arn:aws:iam::000000000000:role/app");
    assert_eq!(make(&vault, "app"), Err(Error::InvalidCaller));
    assert_eq!(make(&vault, "nobody"), Err(Error::NotFound));
    assert_eq!(make(&vault, "a b"), Err(Error::Validation(Parameter::CallerName)));
    keep(&vault, "alice", ALICE);
    let (id, _) = make(&vault, "alice").unwrap();
    let update = UpdateAccessKey { caller: "alice", access_key_id: id, is_active: false };
    let denied = Err(Error::AccessDenied(Reason::Withheld));
    for stranger in [STRANGER, FOREIGNER, ALICE] {
        let stranger = caller(stranger);
        let mut secret = Secret::zeroed();
        let create = CreateAccessKey { caller: "alice" };
        assert_eq!(vault.create_access_key(&stranger, create, &mut secret).map(drop), denied);
        assert_eq!(secret.expose(|secret| *secret), [0; 40]);
        let list = ListAccessKeys { caller: "alice" };
        assert_eq!(vault.list_access_keys(&stranger, list).map(drop), denied);
        assert_eq!(vault.update_access_key(&stranger, update), denied);
        let delete = DeleteAccessKey { caller: "alice", access_key_id: id };
        assert_eq!(vault.delete_access_key(&stranger, delete), denied);
    }
    assert_eq!(listed(&vault, "alice").len(), 1);
}

#[test]
fn a_secret_that_cannot_be_recorded_is_not_shown_and_not_kept() {
    let world = World::new(1);
    let vault = create(&world);
    keep(&vault, "alice", ALICE);
    world.storage.decide(&[CommitFate::Fails]);
    assert!(make(&vault, "alice").is_err());
    let vault = mount(&world).unwrap();
    assert!(listed(&vault, "alice").is_empty());
}

#[test]
fn a_damaged_access_key_verifies_nothing_and_can_be_taken_out() {
    let world = World::new(1);
    let vault = create(&world);
    let before: Vec<_> = records(&world);
    keep(&vault, "alice", ALICE);
    let kept = records(&world);
    let (id, _) = make(&vault, "alice").unwrap();
    let address = records(&world).into_iter().find(|at| !before.contains(at) && !kept.contains(at)).unwrap();
    world.storage.alter(|blobs| {
        let blob = blobs.get_mut(&address).unwrap();
        let mut altered = blob.to_vec();
        altered[100] ^= 1;
        *blob = altered.into();
    });
    assert!(matches!(lent(&vault, &id), Err(Error::Damaged(_))));
    vault.delete_access_key(&root(), DeleteAccessKey { caller: "alice", access_key_id: id }).unwrap();
    assert_eq!(lent(&vault, &id), Err(Error::NotFound));
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

fn records(world: &World) -> Vec<strongroom_core::platform::Address> {
    world.storage.image().blobs.keys().filter(|address| address.0[23] == 48).copied().collect()
}
