//! Sessions of kept roles: whom a role trusts, what a session token is good for, and when it ends.

use std::cell::Cell;

use strongroom_core::access_key::{AccessKeyId, SESSION_TOKEN_LEN_MAX};
use strongroom_core::error::{Parameter, Reason};
use strongroom_core::limits::{CALLER_RECORD_LEN_MAX, ROLE_TRUST_LEN_MAX};
use strongroom_core::operation::{
    AssumeRole, DeleteCaller, DescribeRoleTrust, GenerateRandom, PutCaller, PutRoleTrust,
};
use strongroom_core::policy::{Caller, Language, PolicyBuilder, PolicyKind, Statement};
use strongroom_core::{Error, Secret, Vault};

use super::keys::{SCOPE, keep, signing_key};
use crate::world::{ROOT, STRANGER, World, caller, create, mount, root};

const ROLE: &str = "arn:aws:iam::000000000000:role/team/App";
const CAROL: &str = "arn:aws:iam::111122223333:user/carol";
const THEIR_ACCOUNT: &str = "arn:aws:iam::111122223333:root";
const START: u64 = 1_800_000_000_000;

const ASSUME: AssumeRole<'_> =
    AssumeRole { role_arn: ROLE, session_name: "one", duration_seconds: 900, external_id: None };

struct Made {
    id: AccessKeyId,
    secret: [u8; 40],
    token: Vec<u8>,
    expires_ms: u64,
}

fn assume(vault: &Vault<&World>, by: &Caller<'_>, request: AssumeRole<'_>) -> Result<Made, Error> {
    let (mut secret, mut token) = (Secret::zeroed(), [0; SESSION_TOKEN_LEN_MAX]);
    let made = vault.assume_role(by, request, &mut secret, &mut token);
    let secret = secret.expose(|secret| *secret);
    let (id, expires_ms, token) = match made {
        Ok(made) => (made.access_key_id, made.expires_ms, made.token.to_vec()),
        Err(error) => {
            assert_eq!((secret, token), ([0; 40], [0; SESSION_TOKEN_LEN_MAX]));
            return Err(error);
        }
    };
    Ok(Made { id, secret, token, expires_ms })
}

/// Role and name of a session, if its access key and token go together.
fn opened(
    vault: &Vault<&World>,
    id: &AccessKeyId,
    token: &[u8],
) -> Result<(String, String, [u8; 32]), Error> {
    let mut key = Secret::zeroed();
    let session = vault.session_signing_key(id, token, &SCOPE, &mut key);
    let key = key.expose(|key| *key);
    assert!(session.is_ok() || key == [0; 32]);
    session.map(|session| (session.role.to_owned(), session.name.to_owned(), key))
}

fn trusting<'w>(world: &'w World, principals: &[&str], external_id: Option<&str>) -> Vault<&'w World> {
    world.clock.set_wall_ms(Some(START));
    let vault = create(world);
    keep(&vault, "App", ROLE);
    trust(&vault, principals, external_id);
    vault
}

fn trust(vault: &Vault<&World>, principals: &[&str], external_id: Option<&str>) {
    vault.put_role_trust(&root(), PutRoleTrust { role: "App", principals, external_id }).unwrap();
}

const DENIED: Option<Error> = Some(Error::AccessDenied(Reason::Withheld));

#[test]
fn whom_a_role_trusts_signs_as_a_session_of_it_until_the_session_is_over() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    let made = assume(&vault, &caller(CAROL), ASSUME).unwrap();
    assert_eq!(world.log.last(|event| event.subject.to_owned()), "App");
    assert_eq!(world.log.last(|event| event.principal.to_owned()), CAROL);
    assert!(made.id.is_temporary());
    assert_eq!((made.id.account().as_str(), made.expires_ms), ("000000000000", START + 900_000));
    let expected = ("App".to_owned(), "one".to_owned(), signing_key(&made.secret, &SCOPE));
    assert_eq!(opened(&vault, &made.id, &made.token), Ok(expected.clone()));
    vault.close().unwrap();
    let vault = mount(&world).unwrap();
    assert_eq!(opened(&vault, &made.id, &made.token), Ok(expected));
    world.clock.set_wall_ms(Some(START + 899_999));
    assert!(opened(&vault, &made.id, &made.token).is_ok());
    world.clock.set_wall_ms(Some(START + 900_000));
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::ExpiredToken));
    world.clock.set_wall_ms(None);
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::ExpiredToken));
    assert_eq!(assume(&vault, &caller(CAROL), ASSUME).err(), Some(Error::UnsupportedOperation));
}

#[test]
fn a_session_asks_with_the_policies_of_its_role() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    let policy = allowing(&["kms:GenerateRandom"]);
    let role = PutCaller { name: "App", principal: ROLE, tags: &[], identity_policies: &[&policy] };
    vault.put_caller(&root(), role).unwrap();
    let made = assume(&vault, &caller(CAROL), ASSUME).unwrap();
    let (role, name, _) = opened(&vault, &made.id, &made.token).unwrap();
    let mut buffer = vec![0; CALLER_RECORD_LEN_MAX];
    let stored = vault.caller(&role, &mut buffer).unwrap();
    let arn = format!("arn:aws:sts::000000000000:assumed-role/App/{name}");
    let session = stored.as_session(&arn).unwrap();
    let draw =
        || vault.generate_random(&session, GenerateRandom { number_of_bytes: 8 }, &mut [0; 8]).map(drop);
    assert_eq!(draw(), Ok(()));
    // Putting the trust ends the sessions.
    trust(&vault, &[CAROL], None);
    assert_eq!(draw().err(), DENIED);
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::NotFound));
}

fn allowing(actions: &[&str]) -> Vec<u8> {
    identity(&Statement::allow(&[], actions))
}

fn identity(statement: &Statement<'_>) -> Vec<u8> {
    let mut buffer = [0; 400];
    let mut builder =
        PolicyBuilder::new(&mut buffer, PolicyKind::Identity, Language::Version2012, "").unwrap();
    builder.statement(statement).unwrap();
    builder.finish().to_vec()
}

#[test]
fn no_bit_of_a_session_token_can_be_another_and_no_other_access_key_goes_with_it() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    let made = assume(&vault, &caller(CAROL), ASSUME).unwrap();
    let other = assume(&vault, &caller(CAROL), ASSUME).unwrap();
    for bit in 0..made.token.len() * 8 {
        let mut forged = made.token.clone();
        forged[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(opened(&vault, &made.id, &forged), Err(Error::NotFound), "bit {bit}");
    }
    for len in 0..made.token.len() {
        assert_eq!(opened(&vault, &made.id, &made.token[..len]), Err(Error::NotFound));
    }
    let longer = [&made.token[..], &[0; 300]].concat();
    assert_eq!(opened(&vault, &made.id, &longer), Err(Error::NotFound));
    assert_ne!((made.id, &made.secret), (other.id, &other.secret));
    assert_eq!(opened(&vault, &other.id, &made.token), Err(Error::NotFound));
    // Another vault made none of it.
    let world = World::new(2);
    let vault = trusting(&world, &[CAROL], None);
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::NotFound));
}

#[test]
fn a_role_is_assumed_by_whom_it_trusts_and_by_nobody_else() {
    let ours = "arn:aws:iam::000000000000:user/alice";
    let other_role = "arn:aws:iam::000000000000:role/Deploy";
    let session = "arn:aws:sts::000000000000:assumed-role/Deploy/x";
    for (trusted, asking, expected) in [
        (&[CAROL][..], CAROL, true),
        (&[CAROL], "arn:aws:iam::111122223333:user/mallory", false),
        (&[CAROL], "arn:aws:iam::444455556666:user/carol", false),
        (&[CAROL], "arn:aws-cn:iam::111122223333:user/carol", false),
        (&[CAROL, ours], ours, true),
        (&[CAROL], ours, false),
        (&[THEIR_ACCOUNT], CAROL, true),
        (&[THEIR_ACCOUNT], ours, false),
        (&[other_role], session, true),
        (&[other_role], "arn:aws:sts::000000000000:assumed-role/Deploy2/x", false),
        (&[session], session, true),
        (&[session], "arn:aws:sts::000000000000:assumed-role/Deploy/y", false),
        // Root users never may, whoever is trusted.
        (&[ROOT], ROOT, false),
        (&[THEIR_ACCOUNT], THEIR_ACCOUNT, false),
        (&[CAROL], "s3.amazonaws.com", false),
        // Of its own account, an identity policy has to allow it too.
        (&[ROOT], ours, false),
    ] {
        let world = World::new(1);
        let vault = trusting(&world, trusted, None);
        let made = assume(&vault, &caller(asking), ASSUME);
        assert_eq!(made.is_ok(), expected, "{trusted:?} {asking}");
    }
    let world = World::new(1);
    let vault = trusting(&world, &[ROOT], None);
    let policy = allowing(&["kms:AssumeRole"]);
    let policies = [&policy[..]];
    let allowed = caller(ours).with_identity_policies(&policies).unwrap();
    assert!(assume(&vault, &allowed, ASSUME).is_ok());
    trust(&vault, &[ours], None);
    let denying = identity(&Statement {
        effect: strongroom_core::policy::Effect::Deny,
        ..Statement::allow(&[], &["kms:AssumeRole"])
    });
    let policies = [&denying[..]];
    let denied = caller(ours).with_identity_policies(&policies).unwrap();
    assert_eq!(assume(&vault, &denied, ASSUME).err(), DENIED);
    assert_eq!(world.log.last(|event| event.reason), Some(Reason::StatementDenies));
}

#[test]
fn a_role_that_asks_for_an_external_id_is_assumed_with_that_one_only() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], Some("tenant:4711"));
    for (external_id, expected) in [
        (None, DENIED),
        (Some("tenant:4712"), DENIED),
        (Some("tenant:471"), DENIED),
        (Some("TENANT:4711"), DENIED),
        (Some("tenant:4711"), None),
    ] {
        let request = AssumeRole { external_id, ..ASSUME };
        assert_eq!(assume(&vault, &caller(CAROL), request).err(), expected, "{external_id:?}");
    }
    // Where none is asked for, one that is named does no harm.
    trust(&vault, &[CAROL], None);
    let request = AssumeRole { external_id: Some("tenant:4711"), ..ASSUME };
    assert!(assume(&vault, &caller(CAROL), request).is_ok());
}

#[test]
fn unknown_roles_and_roles_that_trust_nobody_answer_alike() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    keep(&vault, "Idle", "arn:aws:iam::000000000000:role/Idle");
    for role_arn in [
        "arn:aws:iam::000000000000:role/Idle",
        "arn:aws:iam::000000000000:role/Nobody",
        "arn:aws:iam::000000000000:role/App",
        "arn:aws:iam::000000000000:role/other/App",
        "arn:aws:iam::111122223333:role/team/App",
    ] {
        assert_eq!(assume(&vault, &caller(CAROL), AssumeRole { role_arn, ..ASSUME }).err(), DENIED);
        assert_eq!(world.log.last(|event| event.reason), Some(Reason::NotTrusted), "{role_arn}");
    }
}

#[test]
fn a_session_ends_with_its_role_also_if_another_one_takes_the_name() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    let made = assume(&vault, &caller(CAROL), ASSUME).unwrap();
    vault.delete_caller(&root(), DeleteCaller { name: "App" }).unwrap();
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::NotFound));
    keep(&vault, "App", ROLE);
    let describe = DescribeRoleTrust { role: "App" };
    let described = vault.describe_role_trust(&root(), describe, &mut [0; ROLE_TRUST_LEN_MAX]).map(drop);
    assert_eq!(described, Err(Error::NotFound));
    assert_eq!(assume(&vault, &caller(CAROL), ASSUME).err(), DENIED);
    trust(&vault, &[CAROL], None);
    assert_eq!(opened(&vault, &made.id, &made.token), Err(Error::NotFound));
    assert!(assume(&vault, &caller(CAROL), ASSUME).is_ok());
}

#[test]
fn a_trust_that_is_put_while_a_role_is_assumed_gives_no_session_under_the_new_one() {
    let world = Box::leak(Box::new(World::new(1)));
    let vault: &'static Vault<&World> = Box::leak(Box::new(trusting(world, &[CAROL], None)));
    // At each read of the storage in turn: once it was put, a session that was made is one of the trust before.
    for skipped in 0..40 {
        trust(vault, &[CAROL], None);
        let was_put: &'static Cell<bool> = Box::leak(Box::new(Cell::new(false)));
        world.storage.before_read(skipped, move || {
            let request = PutRoleTrust { role: "App", principals: &[STRANGER], external_id: None };
            was_put.set(vault.put_role_trust(&root(), request).is_ok());
        });
        let made = assume(vault, &caller(CAROL), ASSUME);
        if let (Ok(made), true) = (made, was_put.get()) {
            assert_eq!(opened(vault, &made.id, &made.token), Err(Error::NotFound));
        }
    }
}

#[test]
fn what_is_no_role_session_or_duration_is_refused() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL], None);
    let long = "n".repeat(65);
    for (request, parameter) in [
        (AssumeRole { role_arn: "App", ..ASSUME }, Parameter::Role),
        (AssumeRole { role_arn: CAROL, ..ASSUME }, Parameter::Role),
        (AssumeRole { role_arn: ROOT, ..ASSUME }, Parameter::Role),
        (AssumeRole { session_name: "x", ..ASSUME }, Parameter::SessionName),
        (AssumeRole { session_name: &long, ..ASSUME }, Parameter::SessionName),
        (AssumeRole { session_name: "a/b", ..ASSUME }, Parameter::SessionName),
        (AssumeRole { external_id: Some("x"), ..ASSUME }, Parameter::ExternalId),
        (AssumeRole { external_id: Some("a b"), ..ASSUME }, Parameter::ExternalId),
        (AssumeRole { duration_seconds: 899, ..ASSUME }, Parameter::DurationSeconds),
        (AssumeRole { duration_seconds: 43_201, ..ASSUME }, Parameter::DurationSeconds),
    ] {
        let refused = assume(&vault, &caller(CAROL), request).err();
        assert_eq!(refused, Some(Error::Validation(parameter)), "{request:?}");
    }
    // From a session to another role it is an hour at most.
    let session = "arn:aws:sts::111122223333:assumed-role/Deploy/x";
    trust(&vault, &[session], None);
    let lasting = |duration_seconds| {
        assume(&vault, &caller(session), AssumeRole { duration_seconds, ..ASSUME }).map(drop)
    };
    assert_eq!(lasting(3601), Err(Error::Validation(Parameter::DurationSeconds)));
    assert_eq!(lasting(3600), Ok(()));
}

#[test]
fn whom_a_role_trusts_is_put_and_read_by_whoever_administers_the_vault() {
    let world = World::new(1);
    let vault = trusting(&world, &[CAROL, THEIR_ACCOUNT], Some("ab"));
    let mut buffer = [0; ROLE_TRUST_LEN_MAX];
    let described =
        vault.describe_role_trust(&root(), DescribeRoleTrust { role: "App" }, &mut buffer).unwrap();
    assert_eq!(&described.principals[..], [CAROL, THEIR_ACCOUNT]);
    assert_eq!((described.external_id, described.written_ms), (Some("ab"), Some(START)));
    keep(&vault, "alice", "arn:aws:iam::000000000000:user/alice");
    keep(&vault, "other", ROLE);
    let long = format!("arn:aws:iam::111122223333:user/{}", "n".repeat(230));
    let put = |role, principals: &[&str]| {
        vault.put_role_trust(&root(), PutRoleTrust { role, principals, external_id: None })
    };
    for (role, principals, expected) in [
        ("alice", &[CAROL][..], Error::Validation(Parameter::Role)),
        ("other", &[CAROL], Error::Validation(Parameter::Role)),
        ("nobody", &[CAROL], Error::NotFound),
        ("App", &["carol"], Error::Validation(Parameter::TrustedPrincipals)),
        ("App", &["s3.amazonaws.com"], Error::Validation(Parameter::TrustedPrincipals)),
        ("App", &[&long], Error::Validation(Parameter::TrustedPrincipals)),
        ("App", &[CAROL; 11], Error::Validation(Parameter::TrustedPrincipals)),
    ] {
        assert_eq!(put(role, principals), Err(expected), "{role} {principals:?}");
    }
    assert_eq!(put("App", &[CAROL; 10]), Ok(()));
    assert_eq!(put("App", &[]), Ok(()));
    assert_eq!(put("App", &[]), Err(Error::NotFound));
    let request = PutRoleTrust { role: "App", principals: &[STRANGER], external_id: None };
    assert_eq!(vault.put_role_trust(&caller(STRANGER), request).err(), DENIED);
    let describe = DescribeRoleTrust { role: "App" };
    let mut room = [0; ROLE_TRUST_LEN_MAX];
    let described = vault.describe_role_trust(&caller(STRANGER), describe, &mut room);
    assert_eq!(described.map(drop).err(), DENIED);
}
