//! A file that declares keys: what is planned, what is done, and what a second run finds.

mod drift;
mod files;

use std::time::Instant;

use strongroom_std::keys_as_code::{Applied, Declaration, DeclarationError, Export, Plan};
use strongroom_std::operation::{
    CreateAlias, CreateKey, DescribeKey, DisableKey, ListKeys, TagResource, UpdateKeyDescription,
};
use strongroom_std::{NewVault, Vault};

use crate::file::{root, secret};

/// A file with something of everything.
const FILE: &str = r#"
    [keys.payments]
    description = "card numbers"
    rotation_days = 180
    aliases = ["alias/cards"]
    policy = "policies/payments.json"
    tags = { team = "pay", tier = "1" }

    [keys.payments.grants.worker]
    grantee = "arn:aws:iam::000000000000:user/worker"
    operations = ["Decrypt", "Encrypt"]
    context_subset = { app = "pay" }

    [keys."logs/mac"]
    spec = "HMAC_256"
    enabled = false

    [callers.worker]
    principal = "arn:aws:iam::000000000000:user/worker"
    tags = { team = "pay" }
    policies = ["policies/worker.json"]
"#;

const KEY_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Sid": "root", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:root" },
      "Action": "kms:*", "Resource": "*" },
    { "Sid": "worker", "Effect": "Allow", "Principal": { "AWS": "arn:aws:iam::000000000000:user/worker" },
      "Action": "kms:Encrypt", "Resource": "*" } ] }"#;
const CALLER_POLICY: &str = r#"{ "Version": "2012-10-17", "Statement": [
    { "Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*" } ] }"#;

struct Desk {
    vault: Vault,
    _folder: tempfile::TempDir,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.vault");
        let vault = Vault::create(&path, &NewVault::default(), &secret("right")).unwrap();
        Desk { vault, _folder: folder }
    }

    fn plan(&self, file: &str) -> Plan {
        Plan::of(&self.vault, &root(), &declare(file).unwrap()).unwrap()
    }

    fn lines(&self, file: &str) -> Vec<String> {
        self.plan(file).steps.iter().map(ToString::to_string).collect()
    }

    fn apply(&self, file: &str) -> Applied {
        self.plan(file).apply(&self.vault, &root(), false, |_| {}).unwrap()
    }

    fn keys(&self) -> usize {
        self.vault.list_keys(&root(), ListKeys { limit: 1000, marker: None }).unwrap().keys.len()
    }
}

fn declare(file: &str) -> Result<Declaration, DeclarationError> {
    Declaration::parse(file, |path| match path.to_str().unwrap() {
        "policies/payments.json" => Ok(KEY_POLICY.to_owned()),
        "policies/worker.json" => Ok(CALLER_POLICY.to_owned()),
        _ => Err(DeclarationError::Io(path.to_owned(), std::io::ErrorKind::NotFound.into())),
    })
}

#[test]
fn a_file_makes_what_it_declares_and_a_second_run_changes_nothing() {
    let desk = Desk::new();
    assert_eq!(
        desk.lines(FILE),
        [
            "caller worker: keep it: arn:aws:iam::000000000000:user/worker",
            "key logs/mac: make it, HMAC_256: the vault has none",
            "key logs/mac: give it alias/logs/mac",
            "key logs/mac: disable it: it is declared disabled",
            "key payments: make it, SYMMETRIC_DEFAULT: the vault has none",
            "key payments: give it alias/cards",
            "key payments: give it alias/payments",
            "key payments: automatic rotation: off becomes every 180 days",
            "key payments: grant worker: arn:aws:iam::000000000000:user/worker may Decrypt, Encrypt if the context has app=pay",
        ]
    );
    assert_eq!(desk.keys(), 0, "a plan changes nothing");
    assert_eq!(desk.apply(FILE), Applied { done: 9, left: 0 });
    assert_eq!(desk.lines(FILE), [""; 0]);
    assert_eq!(desk.apply(FILE), Applied { done: 0, left: 0 });
    assert_eq!(desk.keys(), 2);
    let described = desk.vault.describe_key(&root(), DescribeKey::new("alias/cards")).unwrap();
    assert_eq!(described.description, "card numbers");
    assert_eq!(described.facts.rotation.unwrap().period_days, 180);
}

#[test]
fn an_interrupted_run_goes_on_where_it_was() {
    let steps = Desk::new().plan(FILE).steps.len();
    for done in 0..steps {
        let desk = Desk::new();
        let mut plan = desk.plan(FILE);
        plan.steps.truncate(done);
        plan.apply(&desk.vault, &root(), false, |_| {}).unwrap();
        desk.apply(FILE);
        assert_eq!(desk.lines(FILE), [""; 0], "after {done} steps");
        assert_eq!(desk.keys(), 2, "after {done} steps");
    }
}

#[test]
fn an_export_declares_the_vault_as_it_is() {
    let desk = Desk::new();
    desk.apply(FILE);
    let nameless = desk.vault.create_key(&root(), CreateKey::default()).unwrap();
    let export = Export::of(&desk.vault, &root()).unwrap();
    assert!(export.toml.contains(&nameless.key_id.to_string()), "{}", export.toml);
    assert_eq!(export.policies.len(), 2);
    let read = |text: &str| {
        let policies = |path: &std::path::Path| Ok(export.policies[path].clone());
        Plan::of(&desk.vault, &root(), &Declaration::parse(text, policies).unwrap()).unwrap()
    };
    assert_eq!(read(&export.toml).steps, []);

    // In another vault it makes the same, as far as names go.
    let other = Desk::new();
    let portable: String = export.toml.replace(&format!("id = \"{}\"\n", nameless.key_id), "");
    let declaration = Declaration::parse(&portable, |path| Ok(export.policies[path].clone())).unwrap();
    Plan::of(&other.vault, &root(), &declaration)
        .unwrap()
        .apply(&other.vault, &root(), false, |_| {})
        .unwrap();
    assert_eq!(Plan::of(&other.vault, &root(), &declaration).unwrap().steps, []);
    assert_eq!(other.keys(), 3);
}

/// As many as `STRONGROOM_KEYS` says: `cargo xtask declared` takes a thousand.
#[test]
fn many_keys_come_from_one_file_and_a_hand_made_drift_is_shown_exactly() {
    let count: usize = std::env::var("STRONGROOM_KEYS").map_or(100, |count| count.parse().unwrap());
    let file: String = (0..count).map(|number| format!("[keys.key-{number:04}]\n")).collect();
    let desk = Desk::new();
    let begun = Instant::now();
    assert_eq!(desk.apply(&file), Applied { done: 2 * count, left: 0 });
    let applied = begun.elapsed();
    assert_eq!(desk.keys(), count.min(1000));
    let begun = Instant::now();
    assert_eq!(desk.apply(&file), Applied { done: 0, left: 0 }, "a second run changes nothing");
    println!(
        "{count} keys: applied in {:.1} s, planned again in {:.1} s",
        applied.as_secs_f64(),
        begun.elapsed().as_secs_f64()
    );

    // The first, one in the middle and the last are changed by hand, and one more comes.
    let key = |number: usize| format!("alias/key-{number:04}");
    let id = |number| {
        let described = desk.vault.describe_key(&root(), DescribeKey::new(&key(number))).unwrap();
        described.facts.key_id.to_string()
    };
    let (first, middle, last) = (id(0), id(count / 2), id(count - 1));
    let request = UpdateKeyDescription { key_id: &first, description: "mine" };
    desk.vault.update_key_description(&root(), request).unwrap();
    desk.vault.disable_key(&root(), DisableKey { key_id: &middle }).unwrap();
    desk.vault.tag_resource(&root(), TagResource { key_id: &last, tags: &[("owner", "me")] }).unwrap();
    let more = desk.vault.create_key(&root(), CreateKey::default()).unwrap().key_id;
    let expected = [
        "key key-0000: description: \"mine\" becomes \"\"".to_owned(),
        format!("key key-{:04}: enable it: it is disabled", count / 2),
        format!("key key-{:04}: take the tag owner off, \"me\": it is not declared", count - 1),
        format!("key {more}: schedule its deletion in 30 days: it is not declared"),
    ];
    assert_eq!(desk.lines(&file), expected);
    assert_eq!(desk.apply(&file), Applied { done: 3, left: 1 });
    assert_eq!(desk.lines(&file), expected[3..]);
}

#[test]
fn a_key_that_has_the_alias_already_is_taken_for_the_declared_one() {
    let desk = Desk::new();
    let key = desk.vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    let alias = CreateAlias { alias_name: "alias/payments", target_key_id: &key };
    desk.vault.create_alias(&root(), alias).unwrap();
    assert_eq!(desk.lines("[keys.payments]"), [""; 0]);
    assert_eq!(desk.lines(&format!("[keys.x]\nid = \"{key}\"\naliases = [\"alias/payments\"]")), [""; 0]);
}
