//! The tags of a key: kept, replaced, taken off, and asked for by policies.

use strongroom_core::Error;
use strongroom_core::error::Reason;
use strongroom_core::operation::{CreateKey, DisableKey, Encrypt, PutKeyPolicy, TagResource, UntagResource};
use strongroom_core::policy::{
    Caller, Condition, Operator, PolicyKind, PrincipalEntry, Qualifier, Statement,
};

use super::{ALICE, Hall, allowing, compiled, denied, tags_of};
use crate::world::{World, caller, mount, root};

fn owned(tags: &[(&str, &str)]) -> Vec<(String, String)> {
    let mut tags: Vec<_> =
        tags.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    tags.sort();
    tags
}

#[test]
fn tags_are_added_replaced_and_taken_off_by_their_exact_names() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.tag(&[("Team", "blue"), ("Cost", ""), ("team", "red")]).unwrap();
    assert_eq!(hall.tags(), owned(&[("Team", "blue"), ("Cost", ""), ("team", "red")]));
    hall.tag(&[("Team", "a longer value"), ("New", "n"), ("team", "")]).unwrap();
    let now = [("Team", "a longer value"), ("Cost", ""), ("team", ""), ("New", "n")];
    assert_eq!(hall.tags(), owned(&now));
    hall.tag(&[]).unwrap();
    hall.untag(&["Nothing", "cost", "team", "team"]).unwrap();
    assert_eq!(hall.tags(), owned(&[("Team", "a longer value"), ("Cost", ""), ("New", "n")]));
    assert_eq!(tags_of(&hall.vault, &hall.other_id), []);
    hall.vault.close().unwrap();
    let vault = mount(&world).unwrap();
    assert_eq!(tags_of(&vault, &hall.id), owned(&[("Team", "a longer value"), ("Cost", ""), ("New", "n")]));
}

#[test]
fn a_key_is_made_with_tags() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let tags = [("Team", "blue"), ("Cost", "")];
    let request = CreateKey { tags: &tags, description: "d", ..CreateKey::default() };
    let id = hall.vault.create_key(&root(), request).unwrap().key_id.to_string();
    assert_eq!(tags_of(&hall.vault, &id), owned(&tags));
    hall.encrypt_by(&id).unwrap();
}

#[test]
fn a_key_has_fifty_tags_at_most() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let names: Vec<String> = (0..50).map(|number| format!("t{number}")).collect();
    let tags: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
    hall.tag(&tags[..20]).unwrap();
    hall.tag(&tags[10..]).unwrap();
    assert_eq!(hall.tag(&[("one more", "")]), Err(Error::Tag));
    assert_eq!(hall.tag(&[("t7", "another value"), ("one more", "")]), Err(Error::Tag));
    assert_eq!(hall.tags(), owned(&tags));
    hall.tag(&[("t7", "another value")]).unwrap();
    hall.untag(&["t8"]).unwrap();
    hall.tag(&[("one more", "")]).unwrap();
    assert_eq!(hall.tags().len(), 50);
}

/// Alice with an identity policy that allows this under one condition.
fn alice_may(
    actions: &[&str],
    condition: Condition<'_>,
    ask: impl FnOnce(&Caller<'_>) -> Result<(), Error>,
) -> bool {
    let policy = allowing(actions, &["*"], &[condition]);
    let policies = [policy.as_slice()];
    let answer = ask(&caller(ALICE).with_identity_policies(&policies).unwrap());
    assert!(answer.is_ok() || denied(&answer), "{answer:?}");
    answer.is_ok()
}

fn is<'a>(key: &'a str, values: &'a [&'a str]) -> Condition<'a> {
    Condition::new(Operator::StringEquals, key, values)
}

#[test]
fn identity_policies_ask_for_the_tags_of_the_key() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.tag(&[("Team", "blue"), ("Two", "1"), ("two", "2")]).unwrap();
    let encrypt = |asking: &Caller<'_>| {
        hall.vault.encrypt(asking, Encrypt::new(&hall.id, b"x"), &mut [0; 200]).map(drop)
    };
    for (condition, expected) in [
        (is("aws:ResourceTag/Team", &["blue"]), true),
        (is("AWS:resourcetag/TEAM", &["red", "blue"]), true),
        (is("aws:ResourceTag/Team", &["Blue"]), false),
        (is("aws:ResourceTag/Other", &["blue"]), false),
        // In two spellings there is no single value.
        (is("aws:ResourceTag/Two", &["1", "2"]), false),
        (Condition::new(Operator::Null, "aws:ResourceTag/Other", &["true"]), true),
        (Condition::new(Operator::Null, "aws:ResourceTag/Team", &["true"]), false),
        (is("aws:RequestTag/Team", &["blue"]), false),
        (Condition::new(Operator::Null, "aws:TagKeys", &["true"]), true),
    ] {
        assert_eq!(alice_may(&["kms:Encrypt"], condition, encrypt), expected, "{condition:?}");
    }
    let blue = is("aws:ResourceTag/Team", &["blue"]);
    hall.untag(&["Team"]).unwrap();
    assert!(!alice_may(&["kms:Encrypt"], blue, encrypt));
}

#[test]
fn policies_ask_for_the_tags_in_the_request() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let tags = [("Team", "blue"), ("Cost", "7")];
    let any = |values| Condition { qualifier: Qualifier::ForAnyValue, ..is("aws:TagKeys", values) };
    let all = |values| Condition { qualifier: Qualifier::ForAllValues, ..is("aws:TagKeys", values) };
    let create = |asking: &Caller<'_>| {
        hall.vault.create_key(asking, CreateKey { tags: &tags, ..CreateKey::default() }).map(drop)
    };
    let tag =
        |asking: &Caller<'_>| hall.vault.tag_resource(asking, TagResource { key_id: &hall.id, tags: &tags });
    let untag = |asking: &Caller<'_>| {
        let request = UntagResource { key_id: &hall.id, tag_keys: &["Team", "Cost"] };
        hall.vault.untag_resource(asking, request)
    };
    let actions = ["kms:CreateKey", "kms:TagResource", "kms:UntagResource"];
    for (condition, with_values, by_names) in [
        (is("aws:RequestTag/Team", &["blue"]), true, false),
        (is("aws:RequestTag/team", &["blue"]), true, false),
        (is("aws:RequestTag/Team", &["red"]), false, false),
        (is("aws:RequestTag/Other", &["blue"]), false, false),
        (any(&["Cost", "x"]), true, true),
        (any(&["cost"]), false, false),
        (all(&["Cost", "Team", "x"]), true, true),
        (all(&["Cost"]), false, false),
    ] {
        assert_eq!(alice_may(&actions, condition, create), with_values, "{condition:?}");
        assert_eq!(alice_may(&actions, condition, tag), with_values, "{condition:?}");
        assert_eq!(alice_may(&actions, condition, untag), by_names, "{condition:?}");
    }
}

#[test]
fn to_make_a_key_with_tags_one_may_tag() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let create = |actions: &[&str], tags: &[(&str, &str)]| {
        let policy = allowing(actions, &["*"], &[]);
        let policies = [policy.as_slice()];
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        hall.vault.create_key(&alice, CreateKey { tags, ..CreateKey::default() }).map(drop)
    };
    assert_eq!(create(&["kms:CreateKey"], &[]), Ok(()));
    assert!(denied(&create(&["kms:CreateKey"], &[("n", "v")])));
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::NoIdentityPolicyAllows));
    assert!(denied(&create(&["kms:TagResource"], &[("n", "v")])));
    assert_eq!(create(&["kms:CreateKey", "kms:TagResource"], &[("n", "v")]), Ok(()));
}

#[test]
fn the_lockout_check_sees_the_tags_and_aliases_that_the_key_has() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let account = [PrincipalEntry::Account("000000000000")];
    let policy = compiled(PolicyKind::Key, &[Statement::allow(&account, &["kms:*"])]);
    let create =
        compiled(PolicyKind::Identity, &[Statement::allow(&[], &["kms:CreateKey", "kms:TagResource"])]);
    let aliases =
        Condition { qualifier: Qualifier::ForAnyValue, ..is("kms:ResourceAliases", &["alias/app"]) };
    for condition in [is("aws:ResourceTag/Team", &["blue"]), aliases] {
        let put = allowing(&["kms:PutKeyPolicy"], &["*"], &[condition]);
        let policies = [create.as_slice(), put.as_slice()];
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        let replace = || hall.vault.put_key_policy(&alice, PutKeyPolicy::new(&hall.id, &policy)).map(drop);
        assert!(denied(&replace()));
        hall.tag(&[("Team", "blue")]).unwrap();
        hall.alias("alias/app", &hall.id).unwrap();
        assert_eq!(replace(), Ok(()));
        hall.untag(&["Team"]).unwrap();
        hall.remove_alias("alias/app").unwrap();
    }
    let put = allowing(&["kms:PutKeyPolicy"], &["*"], &[is("aws:ResourceTag/Team", &["blue"])]);
    let policies = [create.as_slice(), put.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    for (tags, expected) in [
        (&[("Team", "blue")][..], Ok(())),
        (&[("Team", "red")], Err(Error::PolicyLocksOut)),
        (&[], Err(Error::PolicyLocksOut)),
    ] {
        let request = CreateKey { policy: Some(&policy), tags, ..CreateKey::default() };
        assert_eq!(hall.vault.create_key(&alice, request).map(drop), expected);
    }
}

#[test]
fn what_was_permitted_by_a_tag_is_not_done_once_the_tag_is_gone() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.tag(&[("Team", "blue")]).unwrap();
    let policy = allowing(&["kms:DisableKey"], &["*"], &[is("aws:ResourceTag/Team", &["blue"])]);
    let policies = [policy.as_slice()];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    let disable = DisableKey { key_id: &hall.id };
    for meanwhile in [&[][..], &["Team"]] {
        let answer = super::interrupted(&hall, &alice, disable, || hall.untag(meanwhile).unwrap());
        assert_eq!(answer, Err(Error::Busy));
    }
    assert!(hall.encrypt_by(&hall.id).is_ok());
    assert!(denied(&hall.vault.disable_key(&alice, disable)));
}
