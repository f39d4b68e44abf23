//! Grant tokens: checked wherever they are taken, and worth nothing by themselves.

use strongroom_core::error::Parameter;
use strongroom_core::grant::GrantToken;
use strongroom_core::operation::{
    CreateGrant, Decrypt, DescribeKey, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncrypt,
};
use strongroom_core::policy::{Action, Caller};
use strongroom_core::{Error, ciphertext_len};

use super::{ALICE, BOB, Hall, denied};
use crate::world::{World, caller, root};

/// Every operation that takes tokens, with these.
fn all_with(hall: &Hall<'_>, caller: &Caller<'_>, tokens: &[GrantToken]) -> Vec<Result<(), Error>> {
    let (vault, id) = (&hall.vault, hall.id.as_str());
    let (mut plain, mut sealed) = ([0; 64], [0; ciphertext_len(64)]);
    let data_key = GenerateDataKey { grant_tokens: tokens, ..GenerateDataKey::aes_256(id) };
    let moved = ReEncrypt { grant_tokens: tokens, ..ReEncrypt::new(&hall.ciphertext, id) };
    let opened = Decrypt { grant_tokens: tokens, ..Decrypt::new(&hall.ciphertext) };
    let made = CreateGrant { grant_tokens: tokens, ..CreateGrant::new(id, BOB, &[Action::Decrypt]) };
    vec![
        vault
            .encrypt(caller, Encrypt { grant_tokens: tokens, ..Encrypt::new(id, b"x") }, &mut sealed)
            .map(drop),
        vault.decrypt(caller, opened, &mut plain).map(drop),
        vault.re_encrypt(caller, moved, &mut sealed).map(drop),
        vault.generate_data_key(caller, data_key, &mut plain, &mut sealed).map(drop),
        vault
            .generate_data_key_without_plaintext(
                caller,
                GenerateDataKeyWithoutPlaintext(data_key),
                &mut sealed,
            )
            .map(drop),
        vault
            .describe_key(caller, DescribeKey { grant_tokens: tokens, ..DescribeKey::new(id) }, &mut plain)
            .map(drop),
        vault.create_grant(caller, made).map(drop),
    ]
}

#[test]
fn genuine_tokens_are_taken_up_to_ten() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let token = hall.grant(ALICE, &[Action::Decrypt]).grant_token;
    for count in [0, 1, 10] {
        let answers = all_with(&hall, &root(), &vec![token; count]);
        assert!(answers.iter().all(Result::is_ok), "{count}: {answers:?}");
    }
    let refused = Err(Error::Validation(Parameter::GrantTokens));
    assert!(all_with(&hall, &root(), &[token; 11]).iter().all(|answer| *answer == refused));
}

#[test]
fn a_garbled_foreign_or_revoked_token_is_refused_everywhere() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let good = hall.grant(ALICE, &[Action::Decrypt]);
    let gone = hall.grant(ALICE, &[Action::Decrypt]);
    hall.revoke(&gone.grant_id).unwrap();
    let request = CreateGrant::new(&hall.other, ALICE, &[Action::Decrypt]);
    let of_other_key = hall.make(request).grant_token;
    let elsewhere = World::new(2);
    let of_other_vault = Hall::new(&elsewhere).grant(ALICE, &[Action::Decrypt]).grant_token;
    let mut flipped = *good.grant_token.as_bytes();
    flipped[63] ^= 1;
    let flipped = GrantToken::from_bytes(&flipped).unwrap();
    for bad in [gone.grant_token, of_other_key, of_other_vault, flipped] {
        for tokens in [vec![bad], vec![good.grant_token, bad]] {
            let answers = all_with(&hall, &root(), &tokens);
            let refused = Err(Error::InvalidGrantToken);
            assert!(answers.iter().all(|answer| *answer == refused), "{answers:?}");
            world.log.last(|event| assert_eq!(event.error_code, Some("InvalidGrantTokenException")));
        }
    }
    // Either key of a ReEncrypt will do.
    let mut out = [0; ciphertext_len(4)];
    let tokens = [of_other_key, good.grant_token];
    let request = ReEncrypt { grant_tokens: &tokens, ..ReEncrypt::new(&hall.ciphertext, &hall.other) };
    assert!(hall.vault.re_encrypt(&root(), request, &mut out).is_ok());
}

#[test]
fn a_token_gives_no_right() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let tokens = [hall.grant(ALICE, &[Action::Decrypt, Action::DescribeKey]).grant_token];
    assert!(all_with(&hall, &caller(BOB), &tokens).iter().all(denied), "not the grantee");
    let answers = all_with(&hall, &caller(ALICE), &tokens);
    let allowed: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(allowed, [false, true, false, false, false, true, false], "what the grant lists: {answers:?}");
    // And nobody without a right learns whether a token is good.
    let garbled = [GrantToken::from_bytes(&[7; 64]).unwrap()];
    assert!(all_with(&hall, &caller(BOB), &garbled).iter().all(denied));
}

#[test]
fn a_grant_counts_without_its_token() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    hall.grant(ALICE, &[Action::Decrypt]);
    assert!(hall.decrypt_as(ALICE).is_ok());
}

#[test]
fn a_token_reads_as_it_prints() {
    let world = World::new(1);
    let hall = Hall::new(&world);
    let token = hall.grant(ALICE, &[Action::Decrypt]).grant_token;
    let text = token.to_string();
    assert_eq!((text.len(), GrantToken::parse(&text)), (88, Ok(token)));
    for wrong in ["A", "AAAA", text.trim_end_matches('='), &text[4..], &format!("{text}AAAA"), "=", "\u{e9}"]
    {
        assert_eq!(GrantToken::parse(wrong), Err(Error::InvalidGrantToken), "{wrong}");
    }
    for len in [0, 63, 65] {
        assert_eq!(GrantToken::from_bytes(&vec![0; len]), Err(Error::InvalidGrantToken));
    }
    assert_eq!(format!("{token:?}"), "GrantToken", "logs that print requests do not collect tokens");
}
