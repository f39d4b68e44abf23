//! GetKeyPolicy, PutKeyPolicy, ListKeyPolicies, and who is told why.

use strongroom_core::error::{Parameter, Reason};
use strongroom_core::key::KeyId;
use strongroom_core::limits::POLICY_LEN_MAX;
use strongroom_core::operation::{CreateKey, Encrypt, GetKeyPolicy, ListKeyPolicies, PutKeyPolicy};
use strongroom_core::policy::{
    Administrator, Caller, Condition, Effect, Language, Operator, Policy, PolicyBuilder, PolicyKind,
    PrincipalEntry, Statement, default_key_policy,
};
use strongroom_core::{Error, Realm, Vault, ciphertext_len};

use strongroom_core::flow::{self, Buffers};
use strongroom_core::operation::{CreateGrant, Operation, PutCaller};

use crate::world::{
    ROOT, STRANGER, World, caller, create, create_key, decrypt, describe, disable, encrypt, mount, root,
    rotate,
};

const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const HERE: PrincipalEntry<'_> = PrincipalEntry::Account("000000000000");

fn compiled(kind: PolicyKind, statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = vec![0; 30_000];
    let mut builder = PolicyBuilder::new(&mut buffer, kind, Language::Version2012, "").unwrap();
    statements.iter().for_each(|statement| builder.statement(statement).unwrap());
    builder.finish().to_vec()
}

fn key_policy(statements: &[Statement<'_>]) -> Vec<u8> {
    compiled(PolicyKind::Key, statements)
}

fn get(vault: &Vault<&World>, asking: &Caller<'_>, key: KeyId) -> Result<Vec<u8>, Error> {
    let id = key.to_string();
    vault.get_key_policy(asking, GetKeyPolicy::new(&id), &mut vec![0; POLICY_LEN_MAX]).map(<[u8]>::to_vec)
}

fn put(vault: &Vault<&World>, asking: &Caller<'_>, key: KeyId, policy: &[u8]) -> Result<(), Error> {
    vault.put_key_policy(asking, PutKeyPolicy::new(&key.to_string(), policy)).map(drop)
}

fn encrypt_as(vault: &Vault<&World>, asking: &Caller<'_>, key: KeyId) -> Result<(), Error> {
    let mut out = vec![0; ciphertext_len(1)];
    vault.encrypt(asking, Encrypt::new(&key.to_string(), b"x"), &mut out).map(drop)
}

#[test]
fn a_policy_that_is_put_is_read_back_and_holds_from_then_on_also_after_reopening() {
    let world = World::new(1);
    let vault = create(&world);
    let description = CreateKey { description: "for bills", ..CreateKey::default() };
    let key = vault.create_key(&root(), description).unwrap().key_id;
    let sealed = encrypt(&vault, key, b"x").unwrap();
    let mut buffer = [0; 200];
    let default = default_key_policy(&Realm::default(), &mut buffer).unwrap();
    assert_eq!(get(&vault, &root(), key).unwrap(), default);
    assert!(encrypt_as(&vault, &caller(ALICE), key).is_err());

    // Longer, then shorter than what was there.
    let alice = PrincipalEntry::Arn(ALICE);
    let many = ["kms:Encrypt", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey*", "kms:ReEncrypt*"];
    let long = key_policy(&[Statement::allow(&[HERE], &["kms:*"]), Statement::allow(&[alice], &many)]);
    let short = key_policy(&[Statement::allow(&[HERE], &["*"])]);
    assert!(short.len() < default.len() && default.len() < long.len());
    for (policy, alice_may) in [(&long, true), (&short, false), (&long, true)] {
        let before = describe(&vault, key).unwrap();
        put(&vault, &root(), key, policy).unwrap();
        assert_eq!(get(&vault, &root(), key).unwrap(), *policy);
        assert_eq!(encrypt_as(&vault, &caller(ALICE), key).is_ok(), alice_may);
        assert_eq!(describe(&vault, key).unwrap(), before);
        let mut text = [0; 100];
        let id = key.to_string();
        let request = strongroom_core::operation::DescribeKey::new(&id);
        assert_eq!(vault.describe_key(&root(), request, &mut text).unwrap().description, "for bills");
        assert_eq!(decrypt(&vault, &sealed).unwrap(), b"x");
        rotate(&vault, key).unwrap();
        assert_eq!(get(&vault, &root(), key).unwrap(), *policy);
    }
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    assert_eq!(get(&vault, &root(), key).unwrap(), long);
    assert_eq!(encrypt_as(&vault, &caller(ALICE), key), Ok(()));
    // A disabled key's policy can be read and changed.
    disable(&vault, key).unwrap();
    put(&vault, &root(), key, &short).unwrap();
    assert_eq!(get(&vault, &root(), key).unwrap(), short);
}

#[test]
fn a_policy_under_which_its_writer_could_not_change_it_again_needs_the_bypass() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let before = get(&vault, &root(), key).unwrap();
    let alone = [Statement::allow(&[PrincipalEntry::Arn(ALICE)], &["kms:*"])];
    let locked_out = key_policy(&alone);
    assert_eq!(put(&vault, &root(), key, &locked_out), Err(Error::PolicyLocksOut));
    assert_eq!(Error::PolicyLocksOut.code(), "MalformedPolicyDocumentException");
    assert_eq!(get(&vault, &root(), key).unwrap(), before);
    // The refusal goes with an answer to who could.
    let could: Vec<_> = Policy::read(&locked_out).unwrap().administrators().collect();
    assert_eq!(could, [Administrator { principal: PrincipalEntry::Arn(ALICE), is_conditional: false }]);

    // Somebody whose own policies allow it passes the check through the account's statement, others do not.
    let delegating = key_policy(&[Statement::allow(&[HERE], &["kms:*"])]);
    let own = compiled(PolicyKind::Identity, &[Statement::allow(&[], &["kms:PutKeyPolicy"])]);
    let policies = [&own[..]];
    let bob = caller("arn:aws:iam::000000000000:user/bob");
    let allowed = bob.with_identity_policies(&policies).unwrap();
    assert!(matches!(put(&vault, &bob, key, &delegating), Err(Error::AccessDenied(_))));
    assert_eq!(put(&vault, &allowed, key, &delegating), Ok(()));
    assert_eq!(put(&vault, &allowed, key, &locked_out), Err(Error::PolicyLocksOut));

    let id = key.to_string();
    let bypassing =
        PutKeyPolicy { bypass_policy_lockout_safety_check: true, ..PutKeyPolicy::new(&id, &locked_out) };
    vault.put_key_policy(&root(), bypassing).unwrap();
    assert_eq!(world.log.last(|event| event.detail), 1);
    assert!(matches!(put(&vault, &root(), key, &delegating), Err(Error::AccessDenied(_))));
    assert_eq!(put(&vault, &caller(ALICE), key, &delegating), Err(Error::PolicyLocksOut));
    let both = [Statement::allow(&[HERE, PrincipalEntry::Arn(ALICE)], &["kms:*"])];
    assert_eq!(put(&vault, &caller(ALICE), key, &key_policy(&both)), Ok(()));
}

#[test]
fn the_bypass_can_be_forbidden_by_a_condition() {
    let world = World::new(1);
    let vault = create(&world);
    let conditions = [Condition::new(Operator::Bool, "kms:BypassPolicyLockoutSafetyCheck", &["true"])];
    let no_bypass = Statement {
        effect: Effect::Deny,
        conditions: &conditions,
        ..Statement::allow(&[HERE], &["kms:PutKeyPolicy"])
    };
    let policy = key_policy(&[Statement::allow(&[HERE], &["kms:*"]), no_bypass]);
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    let bypassing =
        PutKeyPolicy { bypass_policy_lockout_safety_check: true, ..PutKeyPolicy::new(&id, &policy) };
    let denied = vault.put_key_policy(&root(), bypassing).unwrap_err();
    assert_eq!(denied, Error::AccessDenied(Reason::StatementDenies));
    assert_eq!(put(&vault, &root(), key, &policy), Ok(()));
}

#[test]
fn administrators_are_those_whom_a_statement_lets_put_a_policy() {
    let allow = |principals, actions| Statement::allow(principals, actions);
    let conditions = [Condition::new(Operator::Bool, "aws:MultiFactorAuthPresent", &["true"])];
    let (alice, bob) =
        (PrincipalEntry::Arn(ALICE), PrincipalEntry::Arn("arn:aws:iam::000000000000:user/bob"));
    let policy = key_policy(&[
        allow(&[HERE], &["kms:Decrypt"]),
        allow(&[alice], &["kms:Put*"]),
        Statement { not_action: true, conditions: &conditions, ..allow(&[bob], &["kms:Decrypt"]) },
        Statement { not_action: true, ..allow(&[HERE], &["kms:PutKeyPolicy"]) },
        Statement { effect: Effect::Deny, ..allow(&[HERE], &["kms:*"]) },
        Statement { resources: &[], ..allow(&[HERE], &["kms:*"]) },
    ]);
    let named = |principal, is_conditional| Administrator { principal, is_conditional };
    let found: Vec<_> = Policy::read(&policy).unwrap().administrators().collect();
    assert_eq!(found, [named(alice, false), named(bob, true)]);
}

#[test]
fn policies_have_one_name_and_limits() {
    let world = World::new(1);
    let vault = create(&world);
    let key = create_key(&vault);
    let id = key.to_string();
    let names = |limit| vault.list_key_policies(&root(), ListKeyPolicies { key_id: &id, limit });
    assert_eq!(names(1).unwrap(), ["default"]);
    for limit in [0, 1001] {
        assert_eq!(names(limit), Err(Error::Validation(Parameter::Limit)));
    }
    let other = GetKeyPolicy { policy_name: "other", ..GetKeyPolicy::new(&id) };
    assert_eq!(vault.get_key_policy(&root(), other, &mut [0; 500]), Err(Error::NotFound));
    let mut small = [0; 10];
    let small = vault.get_key_policy(&root(), GetKeyPolicy::new(&id), &mut small);
    assert!(matches!(small, Err(Error::BufferTooSmall { needed }) if needed > 10));
    let policy = key_policy(&[Statement::allow(&[HERE], &["kms:*"])]);
    let other = PutKeyPolicy { policy_name: "other", ..PutKeyPolicy::new(&id, &policy) };
    assert_eq!(vault.put_key_policy(&root(), other).err(), Some(Error::Validation(Parameter::PolicyName)));
    assert_eq!(put(&vault, &root(), key, &vec![1; POLICY_LEN_MAX + 1]), Err(Error::LimitExceeded));
    for malformed in [&policy[..policy.len() - 1], &[]] {
        assert_eq!(put(&vault, &root(), key, malformed), Err(Error::MalformedPolicyDocument));
    }
    let identity = compiled(PolicyKind::Identity, &[Statement::allow(&[], &["kms:*"])]);
    assert_eq!(put(&vault, &root(), key, &identity), Err(Error::MalformedPolicyDocument));
    for stranger in [STRANGER, "s3.amazonaws.com"] {
        assert!(matches!(get(&vault, &caller(stranger), key), Err(Error::AccessDenied(_))));
        let listed = vault.list_key_policies(&caller(stranger), ListKeyPolicies { key_id: &id, limit: 1 });
        assert!(matches!(listed, Err(Error::AccessDenied(_))));
    }
}

/// Which statement decided: policy, document and position.
type Position = (PolicyKind, u8, u16);
/// What did not match: element, expected, found.
type Mismatch = (String, String, String);

/// What the log says of the last request: the statement, its Sid, and what did not match.
fn because(world: &World) -> (Option<Position>, String, Option<Mismatch>) {
    world.log.last(|event| {
        let decider = event.decider.map(|decider| (decider.policy, decider.document, decider.statement));
        let mismatch = event.mismatch.map(|mismatch| {
            (mismatch.element.to_owned(), mismatch.expected.to_owned(), mismatch.found.to_owned())
        });
        (decider, event.sid.to_owned(), mismatch)
    })
}

#[test]
fn the_log_names_the_statement_and_the_first_element_that_did_not_match() {
    let world = World::new(1);
    let vault = create(&world);
    let conditions = [Condition::new(Operator::StringEquals, "kms:EncryptionContext:app", &["pay", "bill"])];
    let alice = [PrincipalEntry::Arn(ALICE)];
    let policy = key_policy(&[
        Statement { sid: Some("Root"), ..Statement::allow(&[HERE], &["kms:*"]) },
        Statement { sid: Some("Reads"), ..Statement::allow(&alice, &["kms:DescribeKey"]) },
        Statement {
            sid: Some("Pays"),
            conditions: &conditions,
            ..Statement::allow(&alice, &["kms:Encrypt"])
        },
    ]);
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    let encrypt = |principal: &str, pairs: &[(&str, &str)]| {
        let request = Encrypt { encryption_context: pairs, ..Encrypt::new(&id, b"x") };
        // No denial before it is known: it is not counted.
        vault.flush_audit().unwrap();
        let done = vault.encrypt(&caller(principal), request, &mut [0; ciphertext_len(1)]).map(drop);
        (done.is_ok(), because(&world))
    };
    let key_policy = |statement| Some((PolicyKind::Key, 0, statement));
    let why = |element: &str, expected: &str, found: &str| {
        Some((element.to_owned(), expected.to_owned(), found.to_owned()))
    };
    assert_eq!(encrypt(ROOT, &[]), (true, (key_policy(0), "Root".into(), None)));
    assert_eq!(encrypt(ALICE, &[("app", "pay")]), (true, (key_policy(2), "Pays".into(), None)));
    let pays = "StringEquals kms:EncryptionContext:app = pay, bill";
    for (pairs, found) in [
        (&[("app", "mail")][..], "mail"),
        (&[], "nothing"),
        (&[("App", "pay"), ("app", "pay")], "several, in different spellings"),
    ] {
        let expected = (key_policy(2), "Pays".into(), why("Condition", pays, found));
        assert_eq!(encrypt(ALICE, pairs), (false, expected), "{pairs:?}");
    }
    // A stranger is delegated to by the account's statement, and has no policy of his own that could be nearer.
    assert_eq!(encrypt(STRANGER, &[]), (false, (key_policy(0), "Root".into(), None)));
    let own = compiled(
        PolicyKind::Identity,
        &[Statement { sid: Some("Mine"), ..Statement::allow(&[], &["kms:Decrypt"]) }],
    );
    let denying = Statement { effect: Effect::Deny, ..Statement::allow(&[], &["s3:*"]) };
    let none = compiled(PolicyKind::Identity, &[denying]);
    let policies = [&none[..], &own[..]];
    let stranger = caller(STRANGER).with_identity_policies(&policies).unwrap();
    let denied = vault.encrypt(&stranger, Encrypt::new(&id, b"x"), &mut [0; ciphertext_len(1)]).map(drop);
    assert_eq!(denied, Err(Error::AccessDenied(Reason::Withheld)));
    let expected = why("Action", "kms:Decrypt", "kms:Encrypt");
    assert_eq!(because(&world), (Some((PolicyKind::Identity, 1, 0)), "Mine".into(), expected));
    // Nothing of the key's policy is told of a key that does not exist.
    let nobodys = "0123abcd-4567-4e89-8abc-def012345678";
    vault.encrypt(&stranger, Encrypt::new(nobodys, b"x"), &mut [0; ciphertext_len(1)]).unwrap_err();
    assert_eq!(because(&world), (None, String::new(), None));
    // A caller of another account meets the account's statement by its principal.
    let foreigner = "arn:aws:iam::111122223333:user/eve";
    let expected = (key_policy(0), "Root".into(), why("Principal", "000000000000", foreigner));
    assert_eq!(encrypt(foreigner, &[]), (false, expected));
}

#[test]
fn a_text_in_the_log_is_cut_at_its_bound() {
    let world = World::new(1);
    let vault = create(&world);
    let (sid, value) = ("S".repeat(100), "v".repeat(200));
    let values = [value.as_str()];
    let conditions = [Condition::new(Operator::StringEquals, "kms:ViaService", &values)];
    let statement = Statement {
        sid: Some(&sid),
        conditions: &conditions,
        ..Statement::allow(&[PrincipalEntry::Arn(ALICE)], &["kms:Encrypt"])
    };
    let policy =
        key_policy(&[statement, Statement::allow(&[PrincipalEntry::Arn(ROOT)], &["kms:PutKeyPolicy"])]);
    let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    encrypt_as(&vault, &caller(ALICE), key).unwrap_err();
    let (_, sid, mismatch) = because(&world);
    let (_, expected, found) = mismatch.unwrap();
    assert_eq!((sid.len(), sid.ends_with('…')), (64, true));
    assert_eq!((expected.len(), expected.ends_with('…')), (96, true));
    assert_eq!(found, "nothing");
}

/// Runs a request up to the point where it is permitted and done, lets something happen, and records it then.
fn interrupted<'a, O: Operation<'a>>(
    vault: &Vault<&World>,
    asking: &'a Caller<'a>,
    request: O,
    meanwhile: impl FnOnce(),
) -> Result<(), Error> {
    let mut out = [0; 500];
    let mut trip = flow::Trip::new();
    let parsed = flow::parse(vault, asking, request, &mut trip).ok().unwrap();
    let permit = flow::authorize(vault, flow::resolve(vault, parsed)).ok().unwrap();
    let executed = flow::execute(vault, permit, Buffers::plaintext(&mut out));
    meanwhile();
    flow::record(vault, executed).map(|_| ())
}

#[test]
fn a_change_whose_permission_was_taken_back_before_it_landed_does_not_land() {
    let world = World::new(1);
    let vault = create(&world);
    let both = key_policy(&[Statement::allow(&[HERE, PrincipalEntry::Arn(ALICE)], &["kms:*"])]);
    let without_alice = key_policy(&[Statement::allow(&[HERE], &["kms:*"])]);
    let request = CreateKey { policy: Some(&both), ..CreateKey::default() };
    let key = vault.create_key(&root(), request).unwrap().key_id;
    let id = key.to_string();
    let alice = caller(ALICE);
    let evict = || put(&vault, &root(), key, &without_alice).unwrap();
    let restore = || put(&vault, &root(), key, &both).unwrap();

    assert_eq!(interrupted(&vault, &alice, PutKeyPolicy::new(&id, &both), evict), Err(Error::Busy));
    assert_eq!(get(&vault, &root(), key).unwrap(), without_alice);
    restore();
    let grant = CreateGrant {
        key_id: &id,
        grantee_principal: ALICE,
        retiring_principal: None,
        operations: &[strongroom_core::policy::Action::Decrypt],
        constraints: None,
        name: None,
        grant_tokens: &[],
        dry_run: false,
    };
    assert_eq!(interrupted(&vault, &alice, grant, evict), Err(Error::Busy));
    restore();
    let disable = strongroom_core::operation::DisableKey { key_id: &id };
    assert_eq!(interrupted(&vault, &alice, disable, evict), Err(Error::Busy));
    assert_eq!(describe(&vault, key).unwrap().state.name(), "Enabled");
    restore();
    // What has nothing to do with the key or with callers does not get in the way.
    let elsewhere = || {
        let other = create_key(&vault);
        put(&vault, &root(), other, &both).unwrap();
    };
    assert_eq!(interrupted(&vault, &alice, disable, elsewhere), Ok(()));

    // Of callers likewise: whoever was judged before a caller changed asks again.
    let kept = PutCaller { name: "alice", principal: ALICE, tags: &[], identity_policies: &[] };
    let change_callers = || vault.put_caller(&root(), kept).unwrap();
    assert_eq!(interrupted(&vault, &root(), kept, change_callers), Err(Error::Busy));
    assert_eq!(vault.put_caller(&root(), kept), Ok(()));
}

#[test]
fn patterns_that_would_take_for_ever_deny_after_a_bounded_number_of_steps() {
    let world = World::new(1);
    let vault = create(&world);
    let slow = format!("*{}b", "a".repeat(600));
    let values = [slow.as_str()];
    let conditions = [Condition::new(Operator::StringLike, "kms:EncryptionContext:x", &values)];
    let alice = [PrincipalEntry::Arn(ALICE)];
    let text = "a".repeat(7000);
    for (effect, others, reason) in [
        (Effect::Allow, &[][..], Reason::NoIdentityPolicyAllows),
        (Effect::Deny, &["kms:Encrypt"][..], Reason::StatementDenies),
    ] {
        let statement =
            Statement { effect, conditions: &conditions, ..Statement::allow(&alice, &["kms:Encrypt"]) };
        let administered = Statement::allow(&[PrincipalEntry::Arn(ROOT)], &["kms:*"]);
        let policy = key_policy(&[statement, administered, Statement::allow(&alice, others)]);
        let request = CreateKey { policy: Some(&policy), ..CreateKey::default() };
        let key = vault.create_key(&root(), request).unwrap().key_id;
        let (id, pairs) = (key.to_string(), [("x", text.as_str())]);
        let request = Encrypt { encryption_context: &pairs, ..Encrypt::new(&id, b"x") };
        vault.encrypt(&caller(ALICE), request, &mut [0; ciphertext_len(1)]).unwrap_err();
        assert_eq!(world.log.last(|event| event.reason), Some(reason));
    }
}
