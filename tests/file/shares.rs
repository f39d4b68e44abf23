//! Recovery shares: what so many people can do together, and what each mistake of theirs is called.

use strongroom_std::operation::{CreateKey, Decrypt, Encrypt};
use strongroom_std::{
    OpenError, RecoveryShare, ShareError, SlotKind, UnlockSecret, Vault, make_recovery_shares,
};

use super::{new_vault, root};

fn words(shares: &[RecoveryShare], numbers: &[usize]) -> Vec<String> {
    numbers.iter().map(|number| shares[number - 1].words().to_owned()).collect()
}

fn combine(shares: &[String]) -> Result<UnlockSecret, ShareError> {
    UnlockSecret::recovery_shares(&shares.iter().map(String::as_str).collect::<Vec<_>>())
}

fn error(shares: &[String]) -> ShareError {
    combine(shares).map(|_| ()).unwrap_err()
}

/// The words with one of them, counted from 1, replaced.
fn with_word(share: &str, position: usize, word: &str) -> String {
    let mut words: Vec<_> = share.split(' ').collect();
    words[position - 1] = word;
    words.join(" ")
}

#[test]
fn any_three_of_five_people_open_the_vault_and_other_shares_do_not() {
    let (_folder, path, vault) = new_vault();
    let key = vault.create_key(&root(), CreateKey::default()).unwrap();
    let sealed = vault.encrypt(&root(), Encrypt::new(&key.key_id.to_string(), b"kept")).unwrap();
    let (secret, shares) = make_recovery_shares(3, 5).unwrap();
    assert_eq!(vault.add_slot(&root(), &secret), Ok(1));
    drop(secret);
    assert_eq!(vault.list_slots(&root()).unwrap()[1].kind, Some(SlotKind::RecoveryShares));
    vault.close().unwrap();
    assert_eq!(shares.iter().map(RecoveryShare::number).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);

    for numbers in [&[1, 2, 3][..], &[5, 4, 1], &[2, 3, 5], &[5, 3, 2, 1], &[1, 2, 3, 4, 5]] {
        let vault = Vault::open(&path, &combine(&words(&shares, numbers)).unwrap()).unwrap();
        let opened = vault.decrypt(&root(), Decrypt::new(&sealed.ciphertext)).unwrap();
        assert_eq!(opened.plaintext.as_bytes(), b"kept");
        vault.close().unwrap();
    }
    let (_, others) = make_recovery_shares(3, 5).unwrap();
    let other = combine(&words(&others, &[1, 2, 3])).unwrap();
    assert!(matches!(Vault::open(&path, &other), Err(OpenError::WrongSecret)));
}

#[test]
fn every_number_of_shares_gives_the_secret_that_its_threshold_says() {
    for (threshold, count) in [(2, 2), (2, 255), (16, 16), (255, 255)] {
        let (_folder, path, vault) = new_vault();
        let (secret, shares) = make_recovery_shares(threshold, count).unwrap();
        vault.add_slot(&root(), &secret).unwrap();
        vault.close().unwrap();
        let last: Vec<_> = (1 + usize::from(count - threshold)..=usize::from(count)).collect();
        Vault::open(&path, &combine(&words(&shares, &last)).unwrap()).unwrap().close().unwrap();
        let needed = threshold;
        let given = last.len() - 1;
        assert_eq!(error(&words(&shares, &last[1..])), ShareError::TooFew { given, needed });
    }
    for (threshold, count) in [(0, 0), (0, 5), (1, 5), (3, 2)] {
        assert_eq!(make_recovery_shares(threshold, count).map(|_| ()), Err(ShareError::Threshold));
    }
}

#[test]
fn each_mistake_has_a_name_of_its_own_and_tells_no_word() {
    let (_, shares) = make_recovery_shares(2, 3).unwrap();
    let (_, others) = make_recovery_shares(2, 3).unwrap();
    let (_, other_threshold) = make_recovery_shares(3, 3).unwrap();
    let good = words(&shares, &[1, 2]);
    assert!(combine(&good).is_ok());
    assert_eq!(error(&[]), ShareError::TooFew { given: 0, needed: 2 });
    assert_eq!(error(&good[..1]), ShareError::TooFew { given: 1, needed: 2 });
    assert_eq!(error(&words(&shares, &[1, 1])), ShareError::Duplicate { number: 1 });
    assert_eq!(error(&words(&shares, &[1, 2, 1])), ShareError::Duplicate { number: 1 });
    for other in [&others, &other_threshold] {
        let mixed = [good[0].clone(), other[1].words().to_owned()];
        assert_eq!(error(&mixed), ShareError::DifferentSets);
    }
    let short = good[1].rsplit_once(' ').unwrap().0.to_owned();
    assert_eq!(error(&[good[0].clone(), short]), ShareError::WordCount { found: 31 });
    let long = format!("{} zoo", good[1]);
    assert_eq!(error(&[good[0].clone(), long]), ShareError::WordCount { found: 33 });
    for position in 1..=32 {
        let misspelt = with_word(&good[1], position, "strongroom");
        let refused = error(&[good[0].clone(), misspelt]);
        assert_eq!(refused, ShareError::UnknownWord { position });
        assert!(!refused.to_string().contains("strongroom"));
        let replacement = if good[1].split(' ').nth(position - 1) == Some("zoo") { "abandon" } else { "zoo" };
        let wrong = with_word(&good[1], position, replacement);
        assert_eq!(error(&[good[0].clone(), wrong]), ShareError::Checksum, "word {position}");
    }
    let mut exchanged: Vec<_> = good[1].split(' ').collect();
    let other = (2..32).find(|other| exchanged[*other] != exchanged[1]).unwrap();
    exchanged.swap(1, other);
    assert_eq!(error(&[good[0].clone(), exchanged.join(" ")]), ShareError::Checksum);
}

#[test]
fn shares_are_typed_in_any_case_and_spacing() {
    let (_folder, path, vault) = new_vault();
    let (secret, shares) = make_recovery_shares(2, 2).unwrap();
    vault.add_slot(&root(), &secret).unwrap();
    vault.close().unwrap();
    let typed = [shares[0].words().to_uppercase(), format!("  {}\n", shares[1].words().replace(' ', "\r\n"))];
    Vault::open(&path, &combine(&typed).unwrap()).unwrap().close().unwrap();
}

#[test]
fn nothing_of_a_share_or_a_secret_is_printed() {
    let (secret, shares) = make_recovery_shares(2, 2).unwrap();
    assert_eq!(format!("{secret:?}"), "UnlockSecret(recovery shares)");
    assert_eq!(format!("{:?}", shares[1]), "RecoveryShare(2)");
}
