//! Callers that the vault keeps: who may change them, what they bring along, and when they are out of date.

use strongroom_core::error::{Parameter, Reason};
use strongroom_core::limits::CALLER_RECORD_LEN_MAX;
use strongroom_core::operation::{
    CallerMarker, CreateKey, DeleteCaller, DescribeCaller, GenerateRandom, ListCallers, PutCaller,
};
use strongroom_core::policy::{
    Caller, Condition, Effect, Language, Operator, PolicyBuilder, PolicyKind, Statement,
};
use strongroom_core::{Error, Vault};

use crate::world::{FOREIGNER, ROOT, STRANGER, World, caller, create, list, mount, root};

const ALICE: &str = "arn:aws:iam::000000000000:user/team/alice";
const ROLE: &str = "arn:aws:iam::000000000000:role/team/App";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/one";

fn identity(statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = vec![0; 4000];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    statements.iter().for_each(|statement| builder.statement(statement).unwrap());
    builder.finish().to_vec()
}

fn allowing(actions: &[&str]) -> Vec<u8> {
    identity(&[Statement::allow(&[], actions)])
}

const PLAIN: PutCaller<'_> = PutCaller { name: "alice", principal: ALICE, tags: &[], identity_policies: &[] };

fn room() -> Vec<u8> {
    vec![0; CALLER_RECORD_LEN_MAX]
}

fn draw(vault: &Vault<&World>, caller: &Caller<'_>) -> Result<(), Error> {
    vault.generate_random(caller, GenerateRandom { number_of_bytes: 8 }, &mut [0; 8]).map(drop)
}

#[test]
fn a_kept_caller_is_read_back_with_its_tags_and_policies_also_after_reopening() {
    let world = World::new(1);
    let vault = create(&world);
    let policies = [allowing(&["kms:Decrypt"]), allowing(&["kms:GenerateRandom"])];
    let policies: Vec<&[u8]> = policies.iter().map(Vec::as_slice).collect();
    let tags = [("Team", "blue"), ("Level", "")];
    vault.put_caller(&root(), PutCaller { tags: &tags, identity_policies: &policies, ..PLAIN }).unwrap();
    let check = |vault: &Vault<&World>| {
        let (mut first, mut second) = (room(), room());
        let described = vault.describe_caller(&root(), DescribeCaller { name: "alice" }, &mut first).unwrap();
        let stored = vault.caller("alice", &mut second).unwrap();
        for read in [&described, &stored] {
            assert_eq!((read.name, read.principal), ("alice", ALICE));
            assert_eq!(&read.tags[..], &tags[..]);
            assert_eq!(&read.identity_policies[..], &policies[..]);
        }
        assert_eq!(draw(vault, &stored.as_caller().unwrap()), Ok(()));
    };
    check(&vault);
    vault.close().unwrap();
    check(&mount(&world).unwrap());
}

#[test]
fn a_caller_that_changed_since_it_was_read_is_refused_until_it_is_read_again() {
    let world = World::new(1);
    let vault = create(&world);
    let policy = allowing(&["kms:GenerateRandom"]);
    let put = PutCaller { identity_policies: &[&policy], ..PLAIN };
    vault.put_caller(&root(), put).unwrap();
    assert_eq!(world.log.last(|event| event.subject.to_owned()), "alice");
    let mut buffer = room();
    let before = vault.caller("alice", &mut buffer).unwrap();
    assert_eq!(draw(&vault, &before.as_caller().unwrap()), Ok(()));
    // What has nothing to do with callers does not outdate them.
    vault.create_key(&root(), CreateKey::default()).unwrap();
    assert_eq!(draw(&vault, &before.as_caller().unwrap()), Ok(()));

    vault.put_caller(&root(), PLAIN).unwrap();
    let outdated = Err(Error::AccessDenied(Reason::Withheld));
    assert_eq!(draw(&vault, &before.as_caller().unwrap()), outdated);
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::CallerOutdated));
    let mut buffer = room();
    let after = vault.caller("alice", &mut buffer).unwrap();
    assert_eq!(draw(&vault, &after.as_caller().unwrap()), outdated);
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::NoIdentityPolicyAllows));

    vault.put_caller(&root(), put).unwrap();
    let mut buffer = room();
    let again = vault.caller("alice", &mut buffer).unwrap();
    vault.delete_caller(&root(), DeleteCaller { name: "alice" }).unwrap();
    assert_eq!(draw(&vault, &again.as_caller().unwrap()), outdated);
    assert_eq!(vault.caller("alice", &mut room()).err(), Some(Error::NotFound));
    // A caller that was read in an earlier session is outdated too.
    vault.put_caller(&root(), put).unwrap();
    let mut buffer = room();
    let earlier = vault.caller("alice", &mut buffer).unwrap();
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    assert_eq!(draw(&vault, &earlier.as_caller().unwrap()), outdated);
}

#[test]
fn a_session_has_the_tags_and_policies_of_its_role_and_no_other_session_has() {
    let world = World::new(1);
    let vault = create(&world);
    let policy = allowing(&["kms:GenerateRandom"]);
    let role = PutCaller { name: "app", principal: ROLE, tags: &[], identity_policies: &[&policy] };
    vault.put_caller(&root(), role).unwrap();
    let mut buffer = room();
    let stored = vault.caller("app", &mut buffer).unwrap();
    assert_eq!(draw(&vault, &stored.as_session(SESSION).unwrap()), Ok(()));
    for other in [
        "arn:aws:sts::000000000000:assumed-role/App2/one",
        "arn:aws:sts::111122223333:assumed-role/App/one",
        "arn:aws-cn:sts::000000000000:assumed-role/App/one",
        "arn:aws:sts::000000000000:federated-user/App",
        ROLE,
        ALICE,
        ROOT,
    ] {
        assert_eq!(stored.as_session(other).err(), Some(Error::InvalidCaller), "{other}");
    }
    vault.put_caller(&root(), PLAIN).unwrap();
    let mut buffer = room();
    let user = vault.caller("alice", &mut buffer).unwrap();
    assert_eq!(user.as_session(SESSION).err(), Some(Error::InvalidCaller));
}

#[test]
fn only_whom_root_or_a_policy_for_the_vault_allows_it_changes_callers() {
    let world = World::new(1);
    let vault = create(&world);
    vault.put_caller(&root(), PLAIN).unwrap();
    let attempts = |caller: &Caller<'_>| {
        [
            vault.put_caller(caller, PLAIN),
            vault.describe_caller(caller, DescribeCaller { name: "alice" }, &mut room()).map(drop),
            vault.list_callers(caller, ListCallers { limit: 5, marker: None }, &mut room()).map(drop),
            vault.delete_caller(caller, DeleteCaller { name: "nobody" }),
        ]
    };
    let denied = Err(Error::AccessDenied(Reason::Withheld));
    for stranger in [STRANGER, FOREIGNER, ALICE, "s3.amazonaws.com"] {
        assert_eq!(attempts(&caller(stranger)), [denied; 4], "{stranger}");
    }
    let on = |resource: &str, effect| {
        let resources = [resource];
        let statement = Statement { effect, resources: &resources, ..Statement::allow(&[], &["kms:*"]) };
        identity(&[statement])
    };
    let allowed = [Ok(()), Ok(()), Ok(()), Err(Error::NotFound)];
    for (resource, expected) in [
        ("*", allowed),
        ("arn:aws:kms:us-east-1:000000000000:vault/*", allowed),
        ("arn:aws:kms:us-east-1:000000000000:key/*", [denied; 4]),
        ("arn:aws:kms:us-east-1:111122223333:vault/*", [denied; 4]),
    ] {
        let policy = on(resource, Effect::Allow);
        let policies = [&policy[..]];
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        assert_eq!(attempts(&alice), expected, "{resource}");
    }
    // A policy of another account's caller counts for nothing here.
    let everything = on("*", Effect::Allow);
    let policies = [&everything[..]];
    let theirs = caller("arn:aws:iam::111122223333:user/alice").with_identity_policies(&policies).unwrap();
    assert_eq!(attempts(&theirs), [denied; 4]);
    let denying = on("*", Effect::Deny);
    let policies = [&everything[..], &denying[..]];
    assert_eq!(attempts(&caller(ALICE).with_identity_policies(&policies).unwrap()), [denied; 4]);
}

#[test]
fn what_cannot_be_a_caller_of_this_vault_is_not_kept() {
    let world = World::new(1);
    let vault = create(&world);
    let put = |request: PutCaller<'_>| vault.put_caller(&root(), request);
    let long = "n".repeat(65);
    for name in ["", "a b", "a/b", "a:b", "é", &long] {
        let refused = Err(Error::Validation(Parameter::CallerName));
        assert_eq!(put(PutCaller { name, ..PLAIN }), refused, "{name}");
        assert_eq!(vault.delete_caller(&root(), DeleteCaller { name }), refused);
        assert_eq!(vault.caller(name, &mut room()).err(), refused.err());
    }
    for principal in [
        "",
        "alice",
        "*",
        ROOT,
        SESSION,
        "s3.amazonaws.com",
        "arn:aws:iam::111122223333:user/alice",
        "arn:aws-cn:iam::000000000000:user/alice",
    ] {
        assert_eq!(put(PutCaller { principal, ..PLAIN }), Err(Error::InvalidCaller), "{principal}");
    }
    let (name, value) = ("k".repeat(129), "v".repeat(257));
    let names: Vec<String> = (0..51).map(|number| format!("t{number}")).collect();
    let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    let (long_name, long_value) = ([(name.as_str(), "v")], [("k", value.as_str())]);
    for tags in [&[("", "v")][..], &long_name, &long_value, &[("k", "1"), ("K", "2")], &many] {
        assert_eq!(put(PutCaller { tags, ..PLAIN }), Err(Error::Validation(Parameter::Tags)), "{tags:?}");
    }
    let good = allowing(&["kms:*"]);
    let by_key = {
        let mut buffer = [0; 200];
        strongroom_core::policy::default_key_policy(&strongroom_core::Realm::default(), &mut buffer)
            .unwrap()
            .to_vec()
    };
    for policy in [&[][..], &good[..good.len() - 1], &by_key] {
        let policies = [&good[..], policy];
        assert_eq!(
            put(PutCaller { identity_policies: &policies, ..PLAIN }),
            Err(Error::MalformedPolicyDocument)
        );
        assert_eq!(
            caller(ALICE).with_identity_policies(&[policy]).err(),
            Some(Error::MalformedPolicyDocument)
        );
    }
    let most = vec![&good[..]; 256];
    assert!(caller(ALICE).with_identity_policies(&most).is_ok());
    let too_many = vec![&good[..]; 257];
    assert_eq!(caller(ALICE).with_identity_policies(&too_many).err(), Some(Error::LimitExceeded));
    let eleven = vec![&good[..]; 11];
    assert_eq!(put(PutCaller { identity_policies: &eleven, ..PLAIN }), Err(Error::LimitExceeded));
    let huge = identity(&vec![Statement::allow(&[], &["kms:GenerateRandom"]); 45]);
    let ten = vec![&huge[..]; 10];
    let too_much = put(PutCaller { identity_policies: &ten, ..PLAIN }).unwrap_err();
    assert_eq!(too_much.code(), "LimitExceededException");
    assert_eq!(
        vault
            .list_callers(&root(), ListCallers { limit: 9, marker: None }, &mut room())
            .unwrap()
            .names()
            .count(),
        0
    );
    assert_eq!(put(PutCaller { tags: &many[..50], identity_policies: &eleven[..10], ..PLAIN }), Ok(()));
}

#[test]
fn callers_are_listed_in_pages_and_no_marker_can_be_forged() {
    let world = World::new(1);
    let vault = create(&world);
    let names: Vec<String> = (0..25).map(|number| format!("caller-{number}")).collect();
    for name in &names {
        vault.put_caller(&root(), PutCaller { name, ..PLAIN }).unwrap();
    }
    for (limit, room) in [(1, 100), (7, 1000), (25, 1000), (1000, 1000), (1000, 40)] {
        let (mut found, mut marker): (Vec<String>, Option<CallerMarker>) = (Vec::new(), None);
        loop {
            let mut buffer = vec![0; room];
            let request = ListCallers { limit, marker: marker.as_ref() };
            let listed = vault.list_callers(&root(), request, &mut buffer).unwrap();
            assert!(listed.names().count() <= limit);
            found.extend(listed.names().map(str::to_owned));
            marker = listed.next_marker;
            let Some(marker) = &marker else { break };
            for bit in 0..31 * 8 {
                let mut forged = *marker;
                forged.0[bit / 8] ^= 1 << (bit % 8);
                let request = ListCallers { limit, marker: Some(&forged) };
                let refused = vault.list_callers(&root(), request, &mut [0; 100]).err();
                assert_eq!(refused, Some(Error::InvalidMarker));
            }
        }
        found.sort();
        let mut expected = names.clone();
        expected.sort();
        assert_eq!(found, expected, "pages of {limit} in {room} bytes");
    }
    let too_small = vault.list_callers(&root(), ListCallers { limit: 5, marker: None }, &mut [0; 3]).err();
    assert!(matches!(too_small, Some(Error::BufferTooSmall { .. })));
    // Callers are no keys.
    assert!(list(&vault, 10).unwrap().is_empty());
}

#[test]
fn a_caller_that_cannot_be_read_is_damage_and_can_be_replaced_or_taken_out() {
    let world = World::new(1);
    let vault = create(&world);
    vault.put_caller(&root(), PLAIN).unwrap();
    let image = world.storage.image();
    let records: Vec<_> = image.blobs.keys().filter(|address| address.0[23] == 48).copied().collect();
    let [address] = records[..] else { panic!("{records:?}") };
    let flip = || {
        world.storage.alter(|blobs| {
            let blob = blobs.get_mut(&address).unwrap();
            let mut altered = blob.to_vec();
            altered[100] ^= 1;
            *blob = altered.into();
        })
    };
    flip();
    assert!(matches!(vault.caller("alice", &mut room()), Err(Error::Damaged(_))));
    assert_eq!(vault.verify().unwrap().damaged, 1);
    vault.put_caller(&root(), PLAIN).unwrap();
    assert_eq!(vault.caller("alice", &mut room()).unwrap().principal, ALICE);
    flip();
    vault.delete_caller(&root(), DeleteCaller { name: "alice" }).unwrap();
    assert_eq!(vault.caller("alice", &mut room()).err(), Some(Error::NotFound));
    assert_eq!(vault.verify().unwrap().damaged, 0);
}

#[test]
fn tags_and_session_keys_are_what_conditions_see() {
    let world = World::new(1);
    let vault = create(&world);
    let when = |operator, key: &str, value: &str| {
        let values = [value];
        let conditions = [Condition::new(operator, key, &values)];
        identity(&[Statement { conditions: &conditions, ..Statement::allow(&[], &["kms:GenerateRandom"]) }])
    };
    let by_tag = when(Operator::StringEquals, "aws:PrincipalTag/team", "blue");
    let by_address = when(Operator::IpAddress, "aws:SourceIp", "10.0.0.0/8");
    for (policy, tags, session, expected) in [
        (&by_tag, &[("Team", "blue")][..], &[][..], true),
        (&by_tag, &[("Team", "red")], &[], false),
        (&by_tag, &[], &[("aws:PrincipalTag/team", "blue")], true),
        (&by_tag, &[], &[], false),
        (&by_address, &[], &[("aws:sourceip", "10.1.2.3")], true),
        (&by_address, &[], &[("aws:SourceIp", "11.1.2.3")], false),
        (&by_address, &[], &[("aws:SourceIp", "10.1.2.3"), ("AWS:SourceIp", "10.1.2.3")], false),
    ] {
        let policies = [&policy[..]];
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        let answer = draw(&vault, &alice.with_tags(tags).with_session(session));
        assert_eq!(answer.is_ok(), expected, "{tags:?} {session:?}");
    }
    // What the vault knows itself, no session key says otherwise.
    let by_user = when(Operator::StringEquals, "aws:username", "alice");
    let policies = [&by_user[..]];
    let session = [("aws:username", "alice")];
    let bob = caller("arn:aws:iam::000000000000:user/bob").with_identity_policies(&policies).unwrap();
    assert!(draw(&vault, &bob.with_session(&session)).is_err());
    assert!(draw(&vault, &caller(ALICE).with_identity_policies(&policies).unwrap()).is_ok());
}

#[test]
fn a_session_of_a_kept_role_is_known_by_the_roles_whole_arn() {
    let world = World::new(1);
    let vault = create(&world);
    let conditions = [Condition::new(Operator::ArnLike, "aws:PrincipalArn", &["arn:aws:iam::*:role/team/*"])];
    let all = Statement::allow(&[], &["kms:GenerateRandom"]);
    let denied = Statement { effect: Effect::Deny, conditions: &conditions, ..all };
    let policy = identity(&[all, denied]);
    let role = PutCaller { name: "app", principal: ROLE, tags: &[], identity_policies: &[&policy] };
    vault.put_caller(&root(), role).unwrap();
    let mut buffer = room();
    let stored = vault.caller("app", &mut buffer).unwrap();
    assert!(draw(&vault, &stored.as_session(SESSION).unwrap()).is_err());
    // Where the vault does not know the role, its path is nobody's to tell.
    let policies = [&policy[..]];
    let session = caller(SESSION).with_identity_policies(&policies).unwrap();
    assert!(draw(&vault, &session).is_ok());
}
