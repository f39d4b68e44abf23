use std::sync::atomic::{AtomicBool, Ordering};

use strongroom_std::grant::{ConstraintKind, GrantToken};
use strongroom_std::operation::{
    CreateGrant, CreateKey, Decrypt, Encrypt, GrantConstraints, ListGrants, ListRetirableGrants, RetireGrant,
    RetiredGrant, RevokeGrant,
};
use strongroom_std::{Action, Caller, Error, Vault};

use super::{new_vault, root, secret};

const ALICE: &str = "arn:aws:iam::000000000000:user/alice";
const BOB: &str = "arn:aws:iam::000000000000:user/bob";

#[test]
fn a_grant_is_made_listed_used_and_retired_across_openings() {
    let (_folder, path, vault) = new_vault();
    let id = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    let pairs = [("app", "pay")];
    let request = CreateGrant {
        retiring_principal: Some(BOB),
        constraints: Some(GrantConstraints::EncryptionContextSubset(&pairs)),
        name: Some("for-alice"),
        ..CreateGrant::new(&id, ALICE, &[Action::Encrypt, Action::Decrypt])
    };
    let made = vault.create_grant(&root(), request).unwrap();
    vault.close().unwrap();

    let vault = Vault::open(&path, &secret("right")).unwrap();
    assert_eq!(vault.create_grant(&root(), request), Ok(made));
    let all = ListGrants { key_id: &id, grant_id: None, grantee_principal: None, limit: 100, marker: None };
    let listed = vault.list_grants(&root(), all).unwrap();
    let [entry] = listed.grants.as_slice() else { panic!("{listed:?}") };
    assert_eq!(
        (entry.grant_id, entry.key_id.to_string(), entry.name.as_str()),
        (made.grant_id, id.clone(), "for-alice")
    );
    assert_eq!((entry.grantee_principal.as_str(), entry.retiring_principal.as_deref()), (ALICE, Some(BOB)));
    assert_eq!(entry.operations, [Action::Decrypt, Action::Encrypt]);
    let expected = (ConstraintKind::EncryptionContextSubset, vec![("app".to_owned(), "pay".to_owned())]);
    assert_eq!(entry.constraints, Some(expected));
    assert_eq!((entry.issuing_account.as_str(), listed.next_marker), ("000000000000", None));
    let request = ListRetirableGrants { retiring_principal: BOB, limit: 100, marker: None };
    assert_eq!(vault.list_retirable_grants(&root(), request).unwrap().grants, listed.grants);

    let alice = Caller::new(ALICE).unwrap();
    let text = made.grant_token.to_string();
    let tokens = [GrantToken::parse(&text).unwrap()];
    let request = Encrypt { encryption_context: &pairs, grant_tokens: &tokens, ..Encrypt::new(&id, b"text") };
    let sealed = vault.encrypt(&alice, request).unwrap();
    let request = Decrypt { encryption_context: &pairs, ..Decrypt::new(&sealed.ciphertext) };
    assert_eq!(vault.decrypt(&alice, request).unwrap().plaintext.as_bytes(), b"text");
    assert!(vault.decrypt(&alice, Decrypt::new(&sealed.ciphertext)).is_err());

    let retire = RetireGrant { grant: RetiredGrant::Token(&made.grant_token), dry_run: false };
    assert!(matches!(vault.retire_grant(&alice, retire), Err(Error::AccessDenied(_))));
    assert_eq!(vault.retire_grant(&Caller::new(BOB).unwrap(), retire), Ok(()));
    assert!(matches!(vault.decrypt(&alice, request).map(drop), Err(Error::AccessDenied(_))));
    assert!(vault.list_grants(&root(), all).unwrap().grants.is_empty());
    let grant_id = made.grant_id.to_string();
    let revoke = RevokeGrant { key_id: &id, grant_id: &grant_id, dry_run: false };
    assert_eq!(vault.revoke_grant(&root(), revoke), Err(Error::NotFound));
}

#[test]
fn many_threads_with_one_name_make_one_grant_and_a_revoked_one_ends_for_all() {
    let (_folder, _path, vault) = new_vault();
    let id = vault.create_key(&root(), CreateKey::default()).unwrap().key_id.to_string();
    let names: Vec<String> = (0..10).map(|number| format!("name-{number}")).collect();
    let create = |name: &str| loop {
        let request = CreateGrant { name: Some(name), ..CreateGrant::new(&id, ALICE, &[Action::Encrypt]) };
        match vault.create_grant(&root(), request) {
            Ok(made) => return made.grant_id,
            Err(error) => assert_eq!(error, Error::Busy),
        }
    };
    let create_all = || names.iter().map(|name| create(name)).collect::<Vec<_>>();
    let made: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(create_all)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(made.iter().all(|ids| *ids == made[0]), "{made:?}");
    for grant_id in &made[0][1..] {
        let grant_id = &grant_id.to_string();
        vault.revoke_grant(&root(), RevokeGrant { key_id: &id, grant_id, dry_run: false }).unwrap();
    }
    let revoked = AtomicBool::new(false);
    let grant_id = made[0][0].to_string();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let alice = Caller::new(ALICE).unwrap();
                loop {
                    let was_revoked = revoked.load(Ordering::SeqCst);
                    match vault.encrypt(&alice, Encrypt::new(&id, b"x")) {
                        Ok(_) => assert!(!was_revoked, "it went on after RevokeGrant had answered"),
                        Err(Error::AccessDenied(_)) => return,
                        Err(error) => assert_eq!(error, Error::Busy),
                    }
                }
            });
        }
        // Other changes land meanwhile.
        for _ in 0..5 {
            vault.create_grant(&root(), CreateGrant::new(&id, BOB, &[Action::Encrypt])).unwrap();
        }
        let request = RevokeGrant { key_id: &id, grant_id: &grant_id, dry_run: false };
        vault.revoke_grant(&root(), request).unwrap();
        revoked.store(true, Ordering::SeqCst);
    });
}
