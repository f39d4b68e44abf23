//! Account B's role uses account A's key, as long as it shows the external id that the two agreed on, and as long as A
//! wants it to. Two vaults, one an account: B's says what B's role may do, A's decides.

use strongroom_core::error::Reason;
use strongroom_core::limits::CALLER_RECORD_LEN_MAX;
use strongroom_core::operation::{CreateKey, Decrypt, Encrypt, PutCaller, PutKeyPolicy};
use strongroom_core::policy::{Caller, Condition, Operator, PolicyKind, PrincipalEntry, Statement};
use strongroom_core::{Error, NewSlot, NewVault, Realm, SlotKind, Vault, ciphertext_len};

use super::compiled;
use crate::world::{SECRET, World, caller, secret_of};

const A_ROOT: &str = "arn:aws:iam::111111111111:root";
const B_ROOT: &str = "arn:aws:iam::222222222222:root";
const B_ROLE: &str = "arn:aws:iam::222222222222:role/Backup";
const B_SESSION: &str = "arn:aws:sts::222222222222:assumed-role/Backup/nightly";

fn vault_of<'w>(world: &'w World, account: &str) -> Vault<&'w World> {
    let vault = Vault::new(world);
    let realm = Realm::new("aws", account, "us-east-1").unwrap();
    let new = NewVault { realm, slots: &[NewSlot { kind: SlotKind::KeyFile }] };
    vault.create(&new, &mut secret_of(SECRET)).unwrap();
    vault
}

#[test]
fn a_role_of_another_account_uses_a_key_until_its_owner_says_otherwise() {
    let (world_a, world_b) = (World::new(1), World::new(2));
    let (vault_a, vault_b) = (vault_of(&world_a, "111111111111"), vault_of(&world_b, "222222222222"));
    let (a_root, b_root) = (caller(A_ROOT), caller(B_ROOT));

    // A lets B's role use the key with the external id "k7".
    let agreed = [Condition::new(Operator::StringEquals, "sts:ExternalId", &["k7"])];
    let ours = Statement::allow(&[PrincipalEntry::Account("111111111111")], &["kms:*"]);
    let theirs = Statement {
        sid: Some("BackupOfB"),
        conditions: &agreed,
        ..Statement::allow(&[PrincipalEntry::Arn(B_ROLE)], &["kms:Encrypt", "kms:Decrypt"])
    };
    let shared = compiled(PolicyKind::Key, &[ours, theirs]);
    let private = compiled(PolicyKind::Key, &[ours]);
    let request = CreateKey { policy: Some(&shared), ..CreateKey::default() };
    let key = vault_a.create_key(&a_root, request).unwrap().key_id;
    let id = key.to_string();

    // B keeps the role, and what it may do.
    let may = compiled(PolicyKind::Identity, &[Statement::allow(&[], &["kms:Encrypt", "kms:Decrypt"])]);
    let role = PutCaller { name: "backup", principal: B_ROLE, tags: &[], identity_policies: &[&may] };
    vault_b.put_caller(&b_root, role).unwrap();
    let mut buffer = vec![0; CALLER_RECORD_LEN_MAX];
    let stored = vault_b.caller("backup", &mut buffer).unwrap();
    let session = stored.as_session(B_SESSION).unwrap();
    let with_id = session.with_session(&[("sts:ExternalId", "k7")]);

    let encrypt = |asking: &Caller<'_>| {
        let mut out = [0; ciphertext_len(6)];
        // No denial before it is known: it is not counted.
        vault_a.flush_audit().unwrap();
        let done = vault_a.encrypt(asking, Encrypt::new(&id, b"backup"), &mut out)?;
        Ok::<_, Error>(done.ciphertext.to_vec())
    };
    let sealed = encrypt(&with_id).unwrap();
    assert_eq!(world_a.log.last(|event| (event.principal.to_owned(), event.sid.to_owned())).0, B_SESSION);

    // Without the external id, or with another one, the log says what was missing; the caller is not told.
    for (asking, found) in [(session, "nothing"), (session.with_session(&[("sts:ExternalId", "k8")]), "k8")] {
        assert_eq!(encrypt(&asking), Err(Error::AccessDenied(Reason::Withheld)));
        world_a.log.last(|event| {
            let mismatch = event.mismatch.unwrap();
            assert_eq!((event.sid, mismatch.element), ("BackupOfB", "Condition"));
            assert_eq!((mismatch.expected, mismatch.found), ("StringEquals sts:ExternalId = k7", found));
        });
    }
    // Without a policy of B's own the role may not, whatever A says, nor may B's other users.
    let bare = Caller::new(B_SESSION).unwrap().with_session(&[("sts:ExternalId", "k7")]);
    assert_eq!(encrypt(&bare), Err(Error::AccessDenied(Reason::Withheld)));
    assert_eq!(world_a.log.last(|event| event.reason), Some(Reason::NoIdentityPolicyAllows));

    // A revokes: at once, also for what is already encrypted.
    let decrypt = |asking: &Caller<'_>| {
        vault_a.decrypt(asking, Decrypt::new(&sealed), &mut [0; 6]).map(|opened| opened.plaintext.to_vec())
    };
    assert_eq!(decrypt(&with_id).unwrap(), b"backup");
    vault_a.put_key_policy(&a_root, PutKeyPolicy::new(&id, &private)).unwrap();
    assert_eq!(decrypt(&with_id), Err(Error::AccessDenied(Reason::Withheld)));
    world_a.log.last(|event| {
        assert_eq!(
            (event.error_code, event.reason),
            (Some("AccessDeniedException"), Some(Reason::NoStatementAllows))
        );
        let mismatch = event.mismatch.unwrap();
        assert_eq!(
            (mismatch.element, mismatch.expected, mismatch.found),
            ("Principal", "111111111111", B_SESSION)
        );
    });

    // And restores.
    vault_a.put_key_policy(&a_root, PutKeyPolicy::new(&id, &shared)).unwrap();
    assert_eq!(decrypt(&with_id).unwrap(), b"backup");
    // Administration is never theirs, whatever a policy says.
    let everything =
        Statement { conditions: &[], ..Statement::allow(&[PrincipalEntry::Arn(B_ROLE)], &["kms:*"]) };
    let generous = compiled(PolicyKind::Key, &[ours, everything]);
    vault_a.put_key_policy(&a_root, PutKeyPolicy::new(&id, &generous)).unwrap();
    let denied = vault_a.put_key_policy(&with_id, PutKeyPolicy::new(&id, &private)).err();
    assert_eq!(denied, Some(Error::AccessDenied(Reason::Withheld)));
    assert_eq!(world_a.log.last(|event| event.reason), Some(Reason::OtherAccount));
}
