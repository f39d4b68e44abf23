//! Condition keys on their way through a vault: each is present where the specification says, with the value of the
//! request, and absent elsewhere (`policy-evaluation`, section 10).

mod cross_account;

use strongroom_core::error::Reason;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{
    CreateKey, Decrypt, DescribeKey, DisableKey, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext,
    GenerateRandom, GetKeyPolicy, PutKeyPolicy, ReEncrypt,
};
use strongroom_core::policy::{
    Caller, Condition, Effect, Language, Operator, PolicyBuilder, PolicyKind, PrincipalEntry, Qualifier,
    Statement,
};
use strongroom_core::{Error, Vault};

use crate::world::{World, caller, create, root};

const ALICE: &str = "arn:aws:iam::000000000000:user/team/alice";
const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/one";
const SERVICE: &str = "s3.amazonaws.com";
const HERE: PrincipalEntry<'_> = PrincipalEntry::Account("000000000000");
const CONTEXT: &[(&str, &str)] = &[("App", "pay"), ("tenant", "blue")];

fn compiled(kind: PolicyKind, statements: &[Statement<'_>]) -> Vec<u8> {
    let mut buffer = vec![0; 8000];
    let mut builder = PolicyBuilder::new(&mut buffer, kind, Language::Version2012, "").unwrap();
    statements.iter().for_each(|statement| builder.statement(statement).unwrap());
    builder.finish().to_vec()
}

/// A vault with a key that lets its root user administer it, and everyone do anything under a condition.
struct Room {
    world: &'static World,
    vault: Vault<&'static World>,
    key: KeyId,
    sealed: Vec<u8>,
}

impl Room {
    fn new() -> Self {
        let world: &'static World = Box::leak(Box::new(World::new(1)));
        world.clock.set_wall_ms(Some(1_772_323_200_000));
        let vault = create(world);
        let key = vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
        let mut out = [0; 200];
        let id = key.to_string();
        let request = Encrypt { encryption_context: CONTEXT, ..Encrypt::new(&id, b"x") };
        let sealed = vault.encrypt(&root(), request, &mut out).unwrap().ciphertext.to_vec();
        Room { world, vault, key, sealed }
    }

    fn allow_when(&self, conditions: &[Condition<'_>]) {
        let everyone = [PrincipalEntry::Everyone, PrincipalEntry::Service(SERVICE)];
        let policy = compiled(
            PolicyKind::Key,
            &[
                Statement::allow(&[PrincipalEntry::Arn(crate::world::ROOT)], &["kms:*"]),
                Statement { conditions, ..Statement::allow(&everyone, &["kms:*"]) },
                // The root user administers, and is otherwise judged by the condition like everyone.
            ],
        );
        self.vault.put_key_policy(&root(), PutKeyPolicy::new(&self.key.to_string(), &policy)).unwrap();
    }

    /// Whether the operation is allowed to somebody under this condition.
    fn admits(&self, operation: &str, asking: &Caller<'_>, condition: Condition<'_>) -> bool {
        self.allow_when(&[condition]);
        self.try_one(operation, asking).is_ok()
    }

    fn try_one(&self, operation: &str, asking: &Caller<'_>) -> Result<(), Error> {
        let (id, out, other) = (self.key.to_string(), &mut [0; 9000], &mut [0; 200]);
        let vault = &self.vault;
        match operation {
            "Encrypt" => {
                let request = Encrypt { encryption_context: CONTEXT, ..Encrypt::new(&id, b"x") };
                vault.encrypt(asking, request, out).map(drop)
            }
            "Decrypt" => {
                let request = Decrypt { encryption_context: CONTEXT, ..Decrypt::new(&self.sealed) };
                vault.decrypt(asking, request, out).map(drop)
            }
            "GenerateDataKey" => {
                let request =
                    GenerateDataKey { encryption_context: CONTEXT, ..GenerateDataKey::aes_256(&id) };
                vault.generate_data_key(asking, request, out, other).map(drop)
            }
            "GenerateDataKeyWithoutPlaintext" => {
                let request =
                    GenerateDataKey { encryption_context: CONTEXT, ..GenerateDataKey::aes_256(&id) };
                let request = GenerateDataKeyWithoutPlaintext(request);
                vault.generate_data_key_without_plaintext(asking, request, out).map(drop)
            }
            "ReEncrypt" => {
                let request = ReEncrypt {
                    source_encryption_context: CONTEXT,
                    destination_encryption_context: &[("App", "mail")],
                    ..ReEncrypt::new(&self.sealed, &id)
                };
                vault.re_encrypt(asking, request, out).map(drop)
            }
            "DescribeKey" => vault.describe_key(asking, DescribeKey::new(&id), out).map(drop),
            "GetKeyPolicy" => vault.get_key_policy(asking, GetKeyPolicy::new(&id), out).map(drop),
            other => panic!("{other}"),
        }
    }
}

const CRYPTOGRAPHIC: [&str; 4] = ["Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext"];
const OTHERS: [&str; 2] = ["DescribeKey", "GetKeyPolicy"];

fn is<'a>(key: &'a str, values: &'a [&'a str]) -> Condition<'a> {
    Condition::new(Operator::StringEquals, key, values)
}

#[test]
fn the_encryption_context_is_there_for_cryptographic_operations_and_for_no_other() {
    let room = Room::new();
    let alice = caller(ALICE);
    let all = Qualifier::ForAllValues;
    let names = |qualifier, values| Condition { qualifier, ..is("kms:EncryptionContextKeys", values) };
    for (condition, expected) in [
        (is("kms:EncryptionContext:App", &["pay"]), true),
        (is("KMS:encryptioncontext:APP", &["pay"]), true),
        (is("kms:EncryptionContext:App", &["Pay"]), false),
        (is("kms:EncryptionContext:nothing", &["pay"]), false),
        (names(Qualifier::ForAnyValue, &["tenant"]), true),
        (names(Qualifier::ForAnyValue, &["TENANT"]), false),
        (names(all, &["tenant"]), false),
        (names(all, &["tenant", "App", "more"]), true),
        (names(Qualifier::None, &["tenant", "App"]), false),
        (is("kms:EncryptionAlgorithm", &["SYMMETRIC_DEFAULT"]), true),
    ] {
        for operation in CRYPTOGRAPHIC {
            assert_eq!(room.admits(operation, &alice, condition), expected, "{operation} {condition:?}");
        }
    }
    let absent = |key| Condition::new(Operator::Null, key, &["true"]);
    for key in ["kms:EncryptionContext:App", "kms:EncryptionContextKeys", "kms:EncryptionAlgorithm"] {
        for operation in OTHERS {
            assert!(room.admits(operation, &alice, absent(key)), "{operation} {key}");
        }
        assert!(!room.admits("Encrypt", &alice, absent(key)), "{key}");
    }
}

#[test]
fn each_side_of_a_reencrypt_is_judged_by_its_own_context() {
    let room = Room::new();
    let alice = caller(ALICE);
    let both = is("kms:EncryptionContext:App", &["pay", "mail"]);
    assert!(room.admits("ReEncrypt", &alice, both));
    assert!(!room.admits("ReEncrypt", &alice, is("kms:EncryptionContext:App", &["pay"])));
    assert!(!room.admits("ReEncrypt", &alice, is("kms:EncryptionContext:App", &["mail"])));
    let same = |value| Condition::new(Operator::Bool, "kms:ReEncryptOnSameKey", value);
    assert!(room.admits("ReEncrypt", &alice, same(&["true"])));
    assert!(!room.admits("ReEncrypt", &alice, same(&["false"])));
    assert!(!room.admits("Encrypt", &alice, same(&["true"])));
}

#[test]
fn facts_of_the_key_and_the_caller_are_there_for_every_operation_on_a_key() {
    let room = Room::new();
    let alice = caller(ALICE);
    for (key, value) in [
        ("kms:CallerAccount", "000000000000"),
        ("kms:KeySpec", "SYMMETRIC_DEFAULT"),
        ("kms:CustomerMasterKeySpec", "SYMMETRIC_DEFAULT"),
        ("kms:KeyUsage", "ENCRYPT_DECRYPT"),
        ("kms:CustomerMasterKeyUsage", "ENCRYPT_DECRYPT"),
        ("kms:KeyOrigin", "AWS_KMS"),
        ("kms:MultiRegion", "false"),
        ("aws:PrincipalArn", ALICE),
        ("aws:PrincipalAccount", "000000000000"),
        ("aws:PrincipalType", "User"),
        ("aws:PrincipalIsAWSService", "false"),
        ("aws:username", "alice"),
        ("aws:RequestedRegion", "us-east-1"),
        ("aws:CurrentTime", "2026-03-01T00:00:00Z"),
        ("aws:EpochTime", "1772323200"),
    ] {
        for operation in CRYPTOGRAPHIC.iter().chain(&OTHERS) {
            assert!(room.admits(operation, &alice, is(key, &[value])), "{operation} {key}");
            assert!(!room.admits(operation, &alice, is(key, &["x"])), "{operation} {key}");
        }
    }
    for key in
        ["kms:ViaService", "aws:SourceIp", "kms:RequestAlias", "aws:PrincipalServiceName", "kms:Unheard"]
    {
        assert!(room.admits("Encrypt", &alice, Condition::new(Operator::Null, key, &["true"])), "{key}");
    }
}

#[test]
fn a_session_is_known_by_its_role_and_a_service_by_its_name() {
    let room = Room::new();
    let role = "arn:aws:iam::000000000000:role/App";
    for (principal, key, value) in [
        (SESSION, "aws:PrincipalArn", role),
        (SESSION, "aws:PrincipalType", "AssumedRole"),
        (crate::world::FOREIGNER, "aws:PrincipalType", "Account"),
        ("arn:aws:sts::000000000000:federated-user/carol", "aws:PrincipalType", "FederatedUser"),
        (SERVICE, "aws:PrincipalIsAWSService", "true"),
        (SERVICE, "aws:PrincipalServiceName", SERVICE),
    ] {
        assert!(room.admits("Encrypt", &caller(principal), is(key, &[value])), "{principal} {key}");
        assert!(!room.admits("Encrypt", &caller(principal), is(key, &["x"])), "{principal} {key}");
    }
    for (principal, key) in [
        (SESSION, "aws:username"),
        (SERVICE, "aws:PrincipalArn"),
        (SERVICE, "aws:PrincipalAccount"),
        (SERVICE, "kms:CallerAccount"),
    ] {
        let absent = Condition::new(Operator::Null, key, &["true"]);
        assert!(room.admits("Encrypt", &caller(principal), absent), "{principal} {key}");
    }
}

#[test]
fn a_key_that_is_to_be_made_is_judged_by_what_it_will_be() {
    let room = Room::new();
    let create = |condition: Condition<'_>| {
        let conditions = [condition];
        let statement = Statement { conditions: &conditions, ..Statement::allow(&[], &["kms:CreateKey"]) };
        let policy = compiled(PolicyKind::Identity, &[statement]);
        let policies = [&policy[..]];
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        room.vault.create_key(&alice, CreateKey::default()).is_ok()
    };
    assert!(create(is("kms:KeySpec", &["SYMMETRIC_DEFAULT"])));
    assert!(!create(is("kms:KeySpec", &["RSA_2048"])));
    assert!(create(is("kms:KeyUsage", &["ENCRYPT_DECRYPT"])));
    assert!(create(Condition::new(Operator::Bool, "kms:MultiRegion", &["false"])));
    assert!(create(Condition::new(Operator::Null, "kms:CallerAccount", &["true"])));
    assert!(create(Condition::new(Operator::Null, "kms:BypassPolicyLockoutSafetyCheck", &["true"])));
}

#[test]
fn without_a_clock_a_condition_on_time_denies_whatever_its_effect() {
    let room = Room::new();
    let alice = caller(ALICE);
    let past = Condition::new(Operator::DateGreaterThan, "aws:CurrentTime", &["2020-01-01"]);
    let future = Condition::new(Operator::DateGreaterThan, "aws:CurrentTime", &["2030-01-01"]);
    assert!(room.admits("Encrypt", &alice, past));
    assert!(!room.admits("Encrypt", &alice, future));
    let deny_in = |condition: Condition<'_>| {
        let conditions = [condition];
        let denying = Statement {
            effect: Effect::Deny,
            conditions: &conditions,
            ..Statement::allow(&[PrincipalEntry::Arn(ALICE)], &["kms:Encrypt"])
        };
        let all = Statement::allow(&[HERE, PrincipalEntry::Arn(ALICE)], &["kms:*"]);
        let policy = compiled(PolicyKind::Key, &[all, denying]);
        room.vault.put_key_policy(&root(), PutKeyPolicy::new(&room.key.to_string(), &policy)).unwrap();
        // No denial before it is known: it is not counted.
        room.vault.flush_audit().unwrap();
        room.try_one("Encrypt", &alice)
    };
    assert!(deny_in(past).is_err());
    assert!(deny_in(future).is_ok());
    room.world.clock.set_wall_ms(None);
    for key in ["aws:CurrentTime", "aws:EpochTime"] {
        for condition in [
            Condition { key, ..past },
            Condition { key, ..future },
            Condition::new(Operator::DateNotEquals, key, &["2020-01-01"]),
            Condition { if_exists: true, ..Condition::new(Operator::DateLessThan, key, &["2020-01-01"]) },
            Condition::new(Operator::Null, key, &["true"]),
            Condition::new(Operator::Null, key, &["false"]),
            Condition::new(Operator::StringNotEquals, key, &["x"]),
        ] {
            assert!(!room.admits("Encrypt", &alice, condition), "{condition:?}");
            assert!(deny_in(condition).is_err(), "{condition:?}");
        }
    }
    assert_eq!(room.world.log.last(|event| event.reason), Some(Reason::StatementDenies));
}

#[test]
fn a_variable_stands_for_the_callers_own_value() {
    let room = Room::new();
    let own = is("kms:EncryptionContext:tenant", &["${aws:PrincipalTag/team}"]);
    assert!(room.admits("Encrypt", &caller(ALICE).with_tags(&[("Team", "blue")]), own));
    assert!(!room.admits("Encrypt", &caller(ALICE).with_tags(&[("Team", "red")]), own));
    assert!(!room.admits("Encrypt", &caller(ALICE).with_tags(&[("Team", "*")]), own));
    assert!(!room.admits("Encrypt", &caller(ALICE), own));
}

#[test]
fn identity_policies_allow_what_the_keys_policy_delegates_and_no_more() {
    let room = Room::new();
    let identity = |effect, actions: &[&str]| {
        compiled(PolicyKind::Identity, &[Statement { effect, ..Statement::allow(&[], actions) }])
    };
    let all = identity(Effect::Allow, &["*"]);
    let policies = [&all[..]];
    let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
    let set = |actions: &[&str]| {
        let root_only = Statement::allow(&[PrincipalEntry::Arn(crate::world::ROOT)], &["kms:GetKeyPolicy"]);
        let delegating = Statement::allow(&[HERE], actions);
        let policy = compiled(PolicyKind::Key, &[delegating, root_only]);
        let id = room.key.to_string();
        room.vault.put_key_policy(&root(), PutKeyPolicy::new(&id, &policy)).unwrap();
    };
    set(&["kms:Encrypt", "kms:PutKeyPolicy"]);
    assert_eq!(room.try_one("Encrypt", &alice), Ok(()));
    assert!(room.try_one("Encrypt", &caller(ALICE)).is_err());
    assert!(room.try_one("Decrypt", &alice).is_err());
    // A deny in any of the caller's documents needs no delegation and beats everything.
    let deny = identity(Effect::Deny, &["kms:Enc*"]);
    for policies in [[&all[..], &deny[..]], [&deny[..], &all[..]]] {
        let alice = caller(ALICE).with_identity_policies(&policies).unwrap();
        assert!(room.try_one("Encrypt", &alice).is_err());
        assert_eq!(room.world.log.last(|event| event.reason), Some(Reason::StatementDenies));
    }
    // Actions without a key need nothing but the caller's own.
    let random = |caller: &Caller<'_>| {
        let request = GenerateRandom { number_of_bytes: 4 };
        room.vault.generate_random(caller, request, &mut [0; 4]).map(drop)
    };
    assert_eq!(random(&alice), Ok(()));
    assert!(random(&caller(ALICE)).is_err());
    // Root users and services have none.
    for principal in [crate::world::ROOT, SERVICE] {
        assert_eq!(caller(principal).with_identity_policies(&policies).err(), Some(Error::InvalidCaller));
    }
    let disable = room.vault.disable_key(&alice, DisableKey { key_id: &room.key.to_string() });
    assert!(disable.is_err());
}
