//! What `--dev` may and may not.

use std::net::SocketAddr;

use strongroom_core::AccountId;
use strongroom_server::{Directory, DirectoryError, Mode, Seed, ServeError, Server, Settings, Who, wire};
use strongroom_std::key::KeyId;
use strongroom_std::keys_as_code::Declaration;
use strongroom_std::operation::{CreateKey, DescribeQuotas, PutQuotas, SeedKey};
use strongroom_std::quota::{Quotas, RequestRates};
use strongroom_std::{Caller, Error, NewVault, Realm, UnlockSecret, Vault};

fn account() -> AccountId {
    AccountId::parse("111122223333").unwrap()
}

fn dev() -> Mode {
    Mode::Dev { account: account(), seed: None }
}

fn real(byte: u8) -> Mode {
    Mode::Real { secret: UnlockSecret::key_file(&[byte; 32]).unwrap() }
}

/// Makes a vault as an administrator would.
fn make_vault(folder: &std::path::Path, region: &str, byte: u8) {
    let path = folder.join(account().as_str());
    std::fs::create_dir_all(&path).unwrap();
    let realm = Realm::new("aws", account().as_str(), region).unwrap();
    let secret = UnlockSecret::key_file(&[byte; 32]).unwrap();
    Vault::create(&path.join("us-east-1.vault"), &NewVault { realm }, &secret).unwrap().close().unwrap();
}

#[test]
fn dev_opens_no_vault_that_was_not_made_by_it() {
    let folder = tempfile::tempdir().unwrap();
    make_vault(folder.path(), "us-east-1", 7);
    let directory = Directory::new(folder.path(), dev()).unwrap();
    let refused = directory.vault(account(), "us-east-1");
    assert!(matches!(refused, Err(DirectoryError::NotDev(_))), "{refused:?}");
    assert!(directory.vault(account(), "us-east-2").is_ok());
}

#[test]
fn a_vault_made_by_dev_is_not_served_for_real() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path(), dev()).unwrap();
    directory.vault(account(), "us-east-1").unwrap();
    directory.close().unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let started = Server::start(Settings::new(folder.path().to_owned(), listen, real(7)));
    assert!(matches!(started, Err(ServeError::Directory(DirectoryError::Open(..)))), "{started:?}");
}

#[test]
fn for_real_no_vault_is_made() {
    let folder = tempfile::tempdir().unwrap();
    make_vault(folder.path(), "us-east-1", 7);
    let directory = Directory::new(folder.path(), real(7)).unwrap();
    assert_eq!(directory.open_all().unwrap(), 1);
    assert!(matches!(directory.vault(account(), "us-east-2"), Err(DirectoryError::NoVault)));
    assert!(matches!(Directory::new(&folder.path().join("none"), real(7)), Err(DirectoryError::Io(..))));
}

#[test]
fn a_vault_without_quotas_is_given_those_of_aws() {
    let folder = tempfile::tempdir().unwrap();
    make_vault(folder.path(), "us-east-1", 7);
    let root = Caller::new("arn:aws:iam::111122223333:root").unwrap();
    let quotas = |directory: &Directory| {
        let vault = directory.vault(account(), "us-east-1").unwrap();
        vault.describe_quotas(&root, DescribeQuotas).unwrap()
    };
    let directory = Directory::new(folder.path(), real(7)).unwrap();
    assert_eq!(quotas(&directory), Quotas { request_rates: RequestRates::aws(), ..Quotas::aws() });
    // What somebody has set stays.
    let own = Quotas { keys: Some(7), ..Quotas::default() };
    let vault = directory.vault(account(), "us-east-1").unwrap();
    vault.put_quotas(&root, PutQuotas { quotas: own }).unwrap();
    drop(vault);
    directory.close().unwrap();
    drop(directory);
    assert_eq!(quotas(&Directory::new(folder.path(), real(7)).unwrap()), own);
}

#[test]
fn a_vault_in_the_place_of_another_is_not_served() {
    let folder = tempfile::tempdir().unwrap();
    make_vault(folder.path(), "eu-west-1", 7);
    let directory = Directory::new(folder.path(), real(7)).unwrap();
    let refused = directory.vault(account(), "us-east-1");
    assert!(matches!(refused, Err(DirectoryError::Elsewhere(_))), "{refused:?}");
}

#[test]
fn dev_listens_on_loopback_only() {
    let folder = tempfile::tempdir().unwrap();
    let listen = SocketAddr::from(([0, 0, 0, 0], 0));
    let started = Server::start(Settings::new(folder.path().to_owned(), listen, dev()));
    assert!(matches!(started, Err(ServeError::NotLoopback(_))), "{started:?}");
}

#[test]
fn what_dev_has_made_is_there_again() {
    let folder = tempfile::tempdir().unwrap();
    let directory = Directory::new(folder.path(), dev()).unwrap();
    let path = folder.path().join("111122223333/us-east-1.vault");
    assert!(!path.exists(), "not before it is asked for");
    directory.vault(account(), "us-east-1").unwrap();
    directory.close().unwrap();
    drop(directory);
    let directory = Directory::new(folder.path(), dev()).unwrap();
    assert!(directory.existing(account(), "us-east-1").is_ok() && path.exists());
    assert!(matches!(directory.existing(account(), "us-east-2"), Err(DirectoryError::NoVault)));
}

const KEY: &str = "11111111-2222-4333-8444-555555555555";

fn seeded(folder: &std::path::Path, description: &str) -> Directory {
    let file = format!(
        "[keys.orders]\nid = \"{KEY}\"\ndescription = \"{description}\"\naliases = [\"alias/orders\"]\n"
    );
    let declaration = Declaration::parse(&file, |_| panic!("no policy is named")).unwrap();
    let seed = Some(Seed { region: "us-east-1".to_owned(), declaration });
    let directory = Directory::new(folder, Mode::Dev { account: account(), seed }).unwrap();
    directory.plant_seed().unwrap();
    directory
}

/// What an operation answers.
fn answer(directory: &Directory, operation: &str, body: &str) -> serde_json::Value {
    let who = Who::root(account(), "us-east-1");
    let answer = wire::answer(directory, &who, operation, body.as_bytes());
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

#[test]
fn no_key_is_made_over_another() {
    let folder = tempfile::tempdir().unwrap();
    let directory = seeded(folder.path(), "first");
    let vault = directory.existing(account(), "us-east-1").unwrap();
    let root = Caller::new("arn:aws:iam::111122223333:root").unwrap();
    let seed = |key_id: &str| {
        let key_id = KeyId::parse(key_id).unwrap();
        vault.seed_key(&root, SeedKey { key_id, key: CreateKey::default() }).map(|_| ())
    };
    assert_eq!(seed(KEY), Err(Error::AlreadyExists));
    let described = answer(&directory, "DescribeKey", &format!(r#"{{"KeyId":"{KEY}"}}"#));
    assert_eq!(described["KeyMetadata"]["Description"], "first");
    assert_eq!(seed("aaaaaaaa-2222-4333-8444-555555555555"), Ok(()));
}

#[test]
fn a_seed_brings_keys_with_fixed_ids() {
    let folder = tempfile::tempdir().unwrap();
    let directory = seeded(folder.path(), "first");
    let sealed = answer(&directory, "Encrypt", r#"{"KeyId":"alias/orders","Plaintext":"YQ=="}"#);
    assert!(sealed["KeyId"].as_str().unwrap().ends_with(KEY), "{sealed}");
    directory.close().unwrap();
    drop(directory);

    // The next start finds them, and changes what is declared otherwise.
    let directory = seeded(folder.path(), "second");
    let described = answer(&directory, "DescribeKey", &format!(r#"{{"KeyId":"{KEY}"}}"#));
    assert_eq!(described["KeyMetadata"]["Description"], "second");
    let blob = sealed["CiphertextBlob"].as_str().unwrap();
    let opened = answer(&directory, "Decrypt", &format!(r#"{{"CiphertextBlob":"{blob}"}}"#));
    assert_eq!(opened["Plaintext"], "YQ==");
    assert_eq!(answer(&directory, "ListKeys", "{}")["Keys"].as_array().unwrap().len(), 1);
}

#[test]
fn a_marker_or_token_that_no_vault_made_is_refused_and_recorded() {
    let folder = tempfile::tempdir().unwrap();
    let directory = seeded(folder.path(), "first");
    let vault = directory.existing(account(), "us-east-1").unwrap();
    let recorded = || {
        let mut count = 0;
        vault.audit_events(0, |_, _| count += 1).unwrap();
        count
    };
    for (operation, body, exception) in [
        ("ListKeys", r#"{"Marker":"none"}"#, "InvalidMarkerException"),
        ("ListGrants", r#"{"KeyId":"KEY","Marker":"AAAA"}"#, "InvalidMarkerException"),
        (
            "Encrypt",
            r#"{"KeyId":"KEY","Plaintext":"YQ==","GrantTokens":["none"]}"#,
            "InvalidGrantTokenException",
        ),
        ("RetireGrant", r#"{"GrantToken":"none"}"#, "InvalidGrantTokenException"),
        ("PutKeyPolicy", r#"{"KeyId":"KEY","Policy":"none"}"#, "MalformedPolicyDocumentException"),
        ("DescribeKey", r#"{"KeyId":"none"}"#, "NotFoundException"),
    ] {
        let before = recorded();
        let answered = answer(&directory, operation, &body.replace("KEY", KEY));
        assert_eq!(answered["__type"], exception, "{operation}: {answered}");
        assert_eq!(recorded(), before + 1, "{operation}");
    }
}
