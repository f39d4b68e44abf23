//! `policy.txt`: section 8.

use strongroom_core::operation::CreateKey;
use strongroom_core::policy::{
    Condition, Effect, Language, Operator, PolicyBuilder, PolicyKind, PrincipalEntry, Qualifier, Statement,
};
use strongroom_core::{Error, Vault};

use super::file::{Block, golden, hold};
use super::forge::{self, Forge, default_policy};
use super::model::{cat, set, string};

const KEYS: &str = "arn:aws:kms:*:111122223333:key/*";
const BOB: &str = "arn:aws:iam::111122223333:user/Bob";

fn number(len: usize) -> [u8; 4] {
    u32::try_from(len).unwrap().to_be_bytes()
}

fn list(items: &[Vec<u8>]) -> Vec<u8> {
    let bytes = items.concat();
    cat(&[&u16::try_from(items.len()).unwrap().to_be_bytes(), &number(bytes.len()), &bytes])
}

fn text(value: &str) -> Vec<u8> {
    string(value.as_bytes())
}

fn principal(kind: u8, name: &str) -> Vec<u8> {
    cat(&[&[kind], &text(name)])
}

fn resource(pattern: &str) -> Vec<u8> {
    if pattern == "*" {
        return vec![0];
    }
    let fields: Vec<_> = pattern.splitn(6, ':').collect();
    let mut lengths: Vec<u8> = fields[..5].iter().map(|field| u8::try_from(field.len()).unwrap()).collect();
    lengths.extend(u16::try_from(fields[5].len()).unwrap().to_be_bytes());
    cat(&[&[1], &lengths, fields.concat().as_bytes()])
}

/// The first actions as numbers; all of them where there are none.
fn bits(actions: &[u8]) -> [u8; 16] {
    let mut bits = [0; 16];
    let all: Vec<u8> = (0..103).collect();
    for action in if actions.is_empty() { &all } else { actions } {
        bits[usize::from(action / 8)] |= 1 << (action % 8);
    }
    bits
}

fn statement(
    head: [u8; 4],
    bits: [u8; 16],
    actions: &[&str],
    principals: &[Vec<u8>],
    resources: &[Vec<u8>],
    sid: &str,
) -> Vec<u8> {
    conditional(head, bits, actions, principals, resources, sid, &[])
}

fn conditional(
    head: [u8; 4],
    bits: [u8; 16],
    actions: &[&str],
    principals: &[Vec<u8>],
    resources: &[Vec<u8>],
    sid: &str,
    conditions: &[Vec<u8>],
) -> Vec<u8> {
    let actions: Vec<_> = actions.iter().map(|action| text(action)).collect();
    let lists = [list(&actions), list(principals), list(resources)].concat();
    cat(&[&head, &bits, &lists, &text(sid), &list(conditions)])
}

fn condition(operator: u8, flags: u8, key: &str, values: &[&str]) -> Vec<u8> {
    let values: Vec<_> = values.iter().map(|value| text(value)).collect();
    cat(&[&[operator, flags], &text(key), &list(&values)])
}

fn policy(head: [u8; 4], id: &str, statements: &[Vec<u8>]) -> Vec<u8> {
    let bodies: Vec<_> = statements.iter().map(|body| cat(&[&number(body.len()), body])).collect();
    let count = u16::try_from(statements.len()).unwrap().to_be_bytes();
    cat(&[&head, &count, &text(id), &bodies.concat()])
}

fn good(name: &str, bytes: &[u8], kind: u8, id: &str, sids: &[&str], action_bits: &[[u8; 16]]) -> Block {
    Block::new(name, "ok")
        .with("kind", [kind])
        .with("id", id)
        .list("sids", sids)
        .list("action_bits", action_bits)
        .with("policy", bytes)
}

fn default_bytes() -> Vec<u8> {
    let sid = "Enable IAM User Permissions";
    let account = [principal(1, "000000000000")];
    policy(
        [1, 1, 1, 0],
        "key-default-1",
        &[statement([1, 8, 103, 0], bits(&[]), &["kms:*"], &account, &[resource("*")], sid)],
    )
}

/// All flags, all kinds of principals, both kinds of resources.
fn rich_bytes() -> Vec<u8> {
    let all = [principal(0, ""), principal(2, BOB), principal(3, "s3.amazonaws.com")];
    let reads = statement(
        [1, 0, 103, 0],
        bits(&[7, 13]),
        &["kms:Decrypt", "KMS:describekey"],
        &all,
        &[resource(KEYS)],
        "",
    );
    let denies = conditional(
        [2, 7, 103, 0],
        bits(&[41, 42]),
        &["kms:ReEncrypt*", "s3:GetObject"],
        &[principal(1, "111122223333")],
        &[resource("*")],
        "",
        &[
            condition(4, 4, "kms:EncryptionContextKeys", &["app*", "${aws:username}"]),
            condition(8, 1, "kms:RotationPeriodInDays", &["90.5"]),
            condition(26, 0, "kms:ViaService", &["true"]),
        ],
    );
    policy([1, 1, 1, 0], "", &[reads, denies])
}

fn rich_by_builder() -> Vec<u8> {
    let mut buffer = [0; 1024];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    let all =
        [PrincipalEntry::Everyone, PrincipalEntry::Arn(BOB), PrincipalEntry::Service("s3.amazonaws.com")];
    let reads = ["kms:Decrypt", "KMS:describekey"];
    builder.statement(&Statement { resources: &[KEYS], ..Statement::allow(&all, &reads) }).unwrap();
    let account = [PrincipalEntry::Account("111122223333")];
    let denies = Statement::allow(&account, &["kms:ReEncrypt*", "s3:GetObject"]);
    let denies = Statement { effect: Effect::Deny, not_principal: true, not_action: true, ..denies };
    let conditions = [
        Condition {
            qualifier: Qualifier::ForAnyValue,
            ..Condition::new(Operator::StringLike, "kms:EncryptionContextKeys", &["app*", "${aws:username}"])
        },
        Condition {
            if_exists: true,
            ..Condition::new(Operator::NumericLessThan, "kms:RotationPeriodInDays", &["90.5"])
        },
        Condition::new(Operator::Null, "kms:ViaService", &["true"]),
    ];
    builder.statement(&Statement { not_resource: true, conditions: &conditions, ..denies }).unwrap();
    builder.finish().to_vec()
}

fn policy_blocks() -> Vec<Block> {
    let (default, rich) = (default_bytes(), rich_bytes());
    let sid = "Enable IAM User Permissions";
    let is = |name: &str, bytes: &[u8]| Block::new(name, "malformed").with("policy", bytes);
    let at = |name: &str, at: usize, value: u8| is(name, &set(&default, at, value));
    let one = |name: &str, body: &[u8]| is(name, &policy([1, 1, 1, 0], "", &[body.to_vec()]));
    let plain =
        statement([1, 0, 103, 0], bits(&[7]), &["kms:Decrypt"], &[principal(0, "")], &[resource("*")], "");
    let with = |principals: &[Vec<u8>], resources: &[Vec<u8>]| {
        statement([1, 0, 103, 0], bits(&[7]), &["kms:Decrypt"], principals, resources, "")
    };
    let everyone = [principal(0, "")];
    let when = |name: &str, condition: &[u8]| {
        let (actions, resources) = (["kms:Decrypt"], [resource("*")]);
        let conditions = [condition.to_vec()];
        one(name, &conditional([1, 0, 103, 0], bits(&[7]), &actions, &everyone, &resources, "", &conditions))
    };
    let pattern =
        |action| statement([1, 0, 103, 0], [0; 16], &[action], &[principal(0, "")], &[resource("*")], "");
    vec![
        good("the default key policy", &default, 1, "key-default-1", &[sid], &[bits(&[])]),
        good("every part of the language", &rich, 1, "", &["", ""], &[bits(&[7, 13]), bits(&[41, 42])]),
        at("format 0", 0, 0),
        at("format 2", 0, 2),
        at("kind 0", 1, 0),
        at("kind 3", 1, 3),
        at("language 2", 2, 2),
        at("the reserved byte", 3, 1),
        at("a statement more than said", 5, 0),
        at("a statement less than said", 5, 2),
        at("an id that is not UTF-8", 8, 0xff),
        is("a byte behind the end", &cat(&[&default, &[0]])),
        is("cut short", &default[..default.len() - 1]),
        is("a head and no more", &default[..6]),
        is("no byte", b""),
        one("effect 0", &set(&plain, 0, 0)),
        one("effect 3", &set(&plain, 0, 3)),
        one("an unknown flag", &set(&plain, 1, 16)),
        one("the statement's reserved byte", &set(&plain, 3, 1)),
        one("bytes behind no condition", &cat(&[&plain[..plain.len() - 4], &number(1), &[0]])),
        one("a byte behind the statement", &cat(&[&plain, &[0]])),
        one("a statement cut short", &plain[..plain.len() - 1]),
        one("no statement body", b""),
        one("principal kind 4", &with(&[principal(4, "x")], &[resource("*")])),
        one("resource kind 2", &with(&everyone, &[vec![2]])),
        one("a resource that ends outside", &with(&everyone, &[b"\x01\x03\0\0\0\0\0\x01arn".to_vec()])),
        is("of the other kind", &set(&default, 1, 2)),
        is("no statement", &policy([1, 1, 1, 0], "", &[])),
        one("an Allow for everyone but a few", &set(&plain, 1, 1)),
        one("no principal", &with(&[], &[resource("*")])),
        one("an account of 11 digits", &with(&[principal(1, "11112222333")], &[resource("*")])),
        one(
            "an ARN of a group",
            &with(&[principal(2, "arn:aws:iam::111122223333:group/g")], &[resource("*")]),
        ),
        one("a service of another domain", &with(&[principal(3, "s3.example.com")], &[resource("*")])),
        one("104 actions known", &set(&plain, 2, 104)),
        one("a bit more than the patterns say", &set(&plain, 5, 1)),
        one("a bit less than the patterns say", &set(&plain, 4, 0)),
        one("a policy variable too early", &with(&everyone, &[resource("arn:aws:kms:${x}::key/x")])),
        one("a policy variable with a colon", &with(&everyone, &[resource("arn:aws:kms::${x:y}:key/x")])),
        one("a sid with a dash", &{
            let (actions, resources) = (["kms:Decrypt"], [resource("*")]);
            statement([1, 8, 103, 0], bits(&[7]), &actions, &everyone, &resources, "a-b")
        }),
        when("operator 27", &condition(27, 0, "a", &["b"])),
        when("an unknown condition flag", &condition(0, 8, "a", &["b"])),
        when("both qualifiers", &condition(0, 6, "a", &["b"])),
        when("a qualified Null", &condition(26, 1, "a", &["true"])),
        when("a condition without values", &condition(0, 0, "a", &[])),
        when("a number that is none", &condition(6, 0, "a", &["1x"])),
        when("a date that is none", &condition(12, 0, "a", &["2026-02-29"])),
        when("a Boolean that is none", &condition(18, 0, "a", &["True"])),
        when("base64 that is none", &condition(19, 0, "a", &["YQ"])),
        when("an address that is none", &condition(20, 0, "a", &["10.0.0.0/33"])),
        when("a variable in a number", &condition(6, 0, "a", &["${x}"])),
        when("a variable in a condition key", &condition(0, 0, "${x}", &["b"])),
        when("a key about the key's tags", &condition(0, 0, "AWS:resourcetag/a", &["b"])),
        when("a key about the key's aliases", &condition(0, 0, "kms:ResourceAliases", &["b"])),
        when("all values of a single one", &condition(0, 2, "kms:EncryptionContext:a", &["b"])),
        when("a condition cut short", &condition(0, 0, "a", &["b"])[..9]),
        when("a character beyond U+00FF", &condition(0, 0, "a", &["\u{100}"])),
        one("a resource that is no ARN", &with(&everyone, &[resource("urn:aws:kms:::key/x")])),
        one("an action without a service", &pattern("Decrypt")),
        one("a wildcard in the service", &pattern("k*:Decrypt")),
        one("an action without a name", &pattern("kms:")),
        one("an action that is not UTF-8", &set(&plain, 20 + 6 + 2, 0xff)),
        one("an action list that says two", &set(&plain, 21, 2)),
        one("an action list that ends outside", &set(&plain, 22, 1)),
    ]
}

/// Makes a key with the policy; nobody asks who could still change it.
fn policy_answer(block: &Block) -> String {
    let (forge, policy) = (Forge::new(), block.bytes("policy"));
    let platform = forge.platform();
    let vault = Vault::new(&platform);
    forge::mount(&vault, &forge.unlock).unwrap();
    let policy = Some(policy.as_slice());
    let request = CreateKey { policy, bypass_policy_lockout_safety_check: true, ..CreateKey::default() };
    match vault.create_key(&forge::root(), request) {
        Ok(_) => "ok".to_owned(),
        Err(Error::MalformedPolicyDocument) => "malformed".to_owned(),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn policy_vectors_hold() {
    let blocks = golden("policy.txt", "Compiled policies.", &policy_blocks());
    hold("policy.txt", &blocks, policy_answer);
}

#[test]
fn the_builder_writes_what_the_specification_says() {
    assert_eq!(default_policy(), default_bytes());
    assert_eq!(rich_by_builder(), rich_bytes());
}
