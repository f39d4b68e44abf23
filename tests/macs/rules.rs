//! Who may make MACs with what, and what the log says of it.

use strongroom_core::Error;
use strongroom_core::error::{Parameter, StateConflict};
use strongroom_core::key::{KeySpec, MacAlgorithm};
use strongroom_core::operation::{CreateGrant, CreateKey, GenerateMac, PutKeyPolicy, VerifyMac};
use strongroom_core::policy::{
    Action, Condition, Language, Operator, PolicyBuilder, PolicyKind, PrincipalEntry, Statement,
};

use super::{MESSAGE, Mint};
use crate::world::{World, caller, disable, enable, encrypt, root};

const ALICE: &str = "arn:aws:iam::000000000000:user/alice";

#[test]
fn messages_and_macs_have_their_limits() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mac = mint.mac(MESSAGE).unwrap();
    let message = Err(Error::Validation(Parameter::Message));
    for len in [1, 4096] {
        let message = vec![7; len];
        assert_eq!(mint.verify(&message, &mint.mac(&message).unwrap()), Ok(1));
    }
    for len in [0, 4097] {
        assert_eq!(mint.mac(&vec![7; len]).map(drop), message);
        assert_eq!(mint.verify(&vec![7; len], &mac).map(drop), message);
    }
    for len in [1, 6144] {
        assert_eq!(mint.verify(MESSAGE, &vec![7; len]), Err(Error::InvalidMac));
    }
    for len in [0, 6145] {
        assert_eq!(mint.verify(MESSAGE, &vec![7; len]), Err(Error::Validation(Parameter::Mac)));
    }
    let mut out = [0xaa; 31];
    let request = GenerateMac::new(&mint.id, mint.algorithm, MESSAGE);
    let too_small = mint.vault.generate_mac(&root(), request, &mut out).map(drop);
    assert_eq!(too_small, Err(Error::BufferTooSmall { needed: 32 }));
    assert_eq!(out, [0; 31]);
}

#[test]
fn a_key_does_what_its_usage_and_algorithm_say_and_nothing_else() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mac = mint.mac(MESSAGE).unwrap();
    assert_eq!(encrypt(&mint.vault, mint.key, b"x").map(drop), Err(Error::InvalidKeyUsage));
    for algorithm in [MacAlgorithm::HmacSha224, MacAlgorithm::HmacSha384, MacAlgorithm::HmacSha512] {
        let request = GenerateMac::new(&mint.id, algorithm, MESSAGE);
        let made = mint.vault.generate_mac(&root(), request, &mut [0; 64]).map(drop);
        assert_eq!(made, Err(Error::InvalidKeyUsage), "{}", algorithm.name());
        let request = VerifyMac::new(&mint.id, algorithm, MESSAGE, &mac);
        assert_eq!(mint.vault.verify_mac(&root(), request).map(drop), Err(Error::InvalidKeyUsage));
    }
    let symmetric = mint.vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    for algorithm in MacAlgorithm::ALL {
        let request = GenerateMac::new(&symmetric, algorithm, MESSAGE);
        let made = mint.vault.generate_mac(&root(), request, &mut [0; 64]).map(drop);
        assert_eq!(made, Err(Error::InvalidKeyUsage));
        let request = VerifyMac::new(&symmetric, algorithm, MESSAGE, &mac);
        assert_eq!(mint.vault.verify_mac(&root(), request).map(drop), Err(Error::InvalidKeyUsage));
    }
    disable(&mint.vault, mint.key).unwrap();
    assert_eq!(mint.mac(MESSAGE).map(drop), Err(Error::Disabled));
    assert_eq!(mint.verify(MESSAGE, &mac), Err(Error::Disabled));
    assert_eq!(mint.versioned_mac(MESSAGE).map(drop), Err(Error::Disabled));
    enable(&mint.vault, mint.key).unwrap();
    assert_eq!(mint.verify(MESSAGE, &mac), Ok(1));
    assert_ne!(Error::InvalidState(StateConflict::Version).code(), Error::InvalidMac.code());
}

#[test]
fn a_dry_run_checks_everything_and_releases_nothing() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac512);
    let mac = mint.mac(MESSAGE).unwrap();
    let mut out = [0xaa; 64];
    let request = GenerateMac { dry_run: true, ..GenerateMac::new(&mint.id, mint.algorithm, MESSAGE) };
    assert_eq!(mint.vault.generate_mac(&root(), request, &mut out).map(drop), Err(Error::DryRun));
    assert_eq!(out, [0; 64]);
    let dry = |mac| VerifyMac { dry_run: true, ..VerifyMac::new(&mint.id, mint.algorithm, MESSAGE, mac) };
    assert_eq!(mint.vault.verify_mac(&root(), dry(&mac)).map(drop), Err(Error::DryRun));
    assert_eq!(mint.vault.verify_mac(&root(), dry(&mac[1..])).map(drop), Err(Error::InvalidMac));
}

#[test]
fn grants_and_their_tokens_go_with_macs() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mac = mint.mac(MESSAGE).unwrap();
    let verify = VerifyMac::new(&mint.id, mint.algorithm, MESSAGE, &mac);
    assert!(mint.vault.verify_mac(&caller(ALICE), verify).is_err());
    let request = CreateGrant::new(&mint.id, ALICE, &[Action::VerifyMac]);
    let grant = mint.vault.create_grant(&root(), request).unwrap();
    let tokens = [grant.grant_token];
    let verify = VerifyMac { grant_tokens: &tokens, ..verify };
    assert_eq!(mint.vault.verify_mac(&caller(ALICE), verify).unwrap().version, 1);
    world.log.last(|event| assert_eq!(event.deciding_grant, Some(grant.grant_id)));
    let generate = GenerateMac::new(&mint.id, mint.algorithm, MESSAGE);
    assert!(mint.vault.generate_mac(&caller(ALICE), generate, &mut [0; 64]).is_err());
    // A token of another vault's is none.
    let elsewhere = World::new(2);
    let other = Mint::new(&elsewhere, KeySpec::Hmac256);
    let request = CreateGrant::new(&other.id, ALICE, &[Action::VerifyMac]);
    let foreign = [other.vault.create_grant(&root(), request).unwrap().grant_token];
    let verify = VerifyMac { grant_tokens: &foreign, ..verify };
    assert_eq!(mint.vault.verify_mac(&root(), verify).map(drop), Err(Error::InvalidGrantToken));
    let many = [grant.grant_token; 11];
    let verify = VerifyMac { grant_tokens: &many, ..verify };
    let too_many = Err(Error::Validation(Parameter::GrantTokens));
    assert_eq!(mint.vault.verify_mac(&root(), verify).map(drop), too_many);
}

#[test]
fn policies_see_the_algorithm() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mut buffer = [0; 1000];
    let policy = |algorithm: &str, buffer: &mut [u8]| {
        let mut builder = PolicyBuilder::new(buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
        let account = [PrincipalEntry::Account("000000000000")];
        builder.statement(&Statement::allow(&account, &["kms:*"])).unwrap();
        let alice = [PrincipalEntry::Arn(ALICE)];
        let values = [algorithm];
        let conditions = [Condition::new(Operator::StringEquals, "kms:MacAlgorithm", &values)];
        let allow = Statement::allow(&alice, &["kms:GenerateMac", "kms:VerifyMac"]);
        builder.statement(&Statement { conditions: &conditions, ..allow }).unwrap();
        builder.finish().to_vec()
    };
    for (algorithm, is_allowed) in [("HMAC_SHA_256", true), ("HMAC_SHA_512", false)] {
        let policy = policy(algorithm, &mut buffer);
        mint.vault.put_key_policy(&root(), PutKeyPolicy::new(&mint.id, &policy)).unwrap();
        let request = GenerateMac::new(&mint.id, mint.algorithm, MESSAGE);
        let made = mint.vault.generate_mac(&caller(ALICE), request, &mut [0; 64]).map(drop);
        assert_eq!(made.is_ok(), is_allowed, "{algorithm}");
    }
}

#[test]
fn the_log_names_key_version_and_outcome() {
    let world = World::new(1);
    let mint = Mint::new(&world, KeySpec::Hmac256);
    let mac = mint.mac(MESSAGE).unwrap();
    world.log.last(|event| {
        assert_eq!((event.action, event.error_code), (Action::GenerateMac, None));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((mint.key, 1)));
    });
    mint.verify(MESSAGE, &mac).unwrap();
    world.log.last(|event| {
        assert_eq!((event.action, event.error_code), (Action::VerifyMac, None));
        assert_eq!(event.key.map(|key| (key.key_id, key.version)), Some((mint.key, 1)));
    });
    mint.verify(MESSAGE, &mac[1..]).unwrap_err();
    world.log.last(|event| assert_eq!(event.error_code, Some("KMSInvalidMacException")));
    // Neither the message nor the MAC.
    for event in world.log.events() {
        assert!(!event.windows(MESSAGE.len()).any(|window| window == MESSAGE));
        assert!(!event.windows(8).any(|window| window == &mac[..8]));
    }
}
