//! A denial is explained to the root user of the vault's own account, and to nobody else.

use std::sync::Mutex;

use strongroom_core::audit::RecordedMismatch;
use strongroom_core::error::Reason;
use strongroom_core::key::KeyId;
use strongroom_core::operation::{CreateKey, Decrypt, Encrypt};
use strongroom_core::policy::{
    Caller, Condition, Denial, Effect, Language, Operator, PolicyBuilder, PolicyKind, PrincipalEntry,
    Statement,
};
use strongroom_core::{Error, Vault, ciphertext_len};
use strongroom_std::explained;
use tempfile::TempDir;

use crate::file::new_vault;
use crate::world::{FOREIGNER, ROOT, STRANGER, World, caller, create, root};

const SESSION: &str = "arn:aws:sts::000000000000:assumed-role/App/one";
const SECRET_TEXT: &[u8] = b"the combination is 12-34-56";

/// A key whose policy lets its root user administer it, and use it only with `app` = `pay` and not for `blocked`.
fn guarded_key(vault: &Vault<&World>) -> KeyId {
    let pays = [Condition::new(Operator::StringEquals, "kms:EncryptionContext:app", &["pay", "bill"])];
    let blocked = [Condition::new(Operator::StringEquals, "kms:EncryptionContext:tenant", &["blocked"])];
    let everyone = [PrincipalEntry::Everyone];
    let statements = [
        Statement {
            sid: Some("Administer"),
            ..Statement::allow(&[PrincipalEntry::Arn(ROOT)], &["kms:PutKeyPolicy"])
        },
        Statement {
            sid: Some("Pays"),
            conditions: &pays,
            ..Statement::allow(&everyone, &["kms:Encrypt", "kms:Decrypt"])
        },
        Statement {
            effect: Effect::Deny,
            sid: Some("NoBlockedTenants"),
            conditions: &blocked,
            ..Statement::allow(&everyone, &["kms:*"])
        },
    ];
    let mut buffer = vec![0; 8000];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    statements.iter().for_each(|statement| builder.statement(statement).unwrap());
    let policy = builder.finish();
    vault.create_key(&root(), CreateKey { policy: Some(policy), ..CreateKey::default() }).unwrap().key_id
}

fn encrypt(
    vault: &Vault<&World>,
    asking: &Caller<'_>,
    id: &str,
    pairs: &[(&str, &str)],
) -> Result<(), Error> {
    let request = Encrypt { encryption_context: pairs, ..Encrypt::new(id, SECRET_TEXT) };
    vault.encrypt(asking, request, &mut [0; ciphertext_len(SECRET_TEXT.len())]).map(drop)
}

/// What a listener was told, in words and in parts.
#[derive(Debug, PartialEq, Eq)]
struct Heard {
    words: String,
    reason: Reason,
    statement: Option<(PolicyKind, u8, u16)>,
    sid: String,
    mismatch: Option<(String, String, String)>,
}

impl Heard {
    fn of(denial: &Denial<'_>) -> Self {
        let parts = |mismatch: RecordedMismatch<'_>| {
            (mismatch.element.to_owned(), mismatch.expected.to_owned(), mismatch.found.to_owned())
        };
        Heard {
            words: denial.to_string(),
            reason: denial.reason,
            statement: denial.statement.map(|decider| (decider.policy, decider.document, decider.statement)),
            sid: denial.sid.to_owned(),
            mismatch: denial.mismatch.map(parts),
        }
    }
}

/// Asks as `principal` with a listener, and answers what it heard.
fn listening(
    principal: &str,
    ask: impl FnOnce(&Caller<'_>) -> Result<(), Error>,
) -> (Result<(), Error>, Vec<Heard>) {
    let heard = Mutex::new(Vec::new());
    let listener = |denial: &Denial<'_>| heard.lock().unwrap().push(Heard::of(denial));
    let answer = ask(&caller(principal).explain_to(&listener));
    (answer, heard.into_inner().unwrap())
}

#[test]
fn the_root_user_is_told_the_nearest_statement_and_what_in_it_did_not_match() {
    let world = World::new(1);
    let vault = create(&world);
    let id = guarded_key(&vault).to_string();
    let (answer, heard) = listening(ROOT, |root| encrypt(&vault, root, &id, &[("app", "mail")]));
    assert_eq!(answer, Err(Error::AccessDenied(Reason::NoStatementAllows)));
    let expected = "StringEquals kms:EncryptionContext:app = pay, bill";
    let told = Heard {
        words: format!(
            "not allowed: no statement of the key policy allows it; nearest is statement 1 of the key policy \
             (\"Pays\"): Condition {expected}, the request has mail"
        ),
        reason: Reason::NoStatementAllows,
        statement: Some((PolicyKind::Key, 0, 1)),
        sid: "Pays".to_owned(),
        mismatch: Some(("Condition".to_owned(), expected.to_owned(), "mail".to_owned())),
    };
    assert_eq!(heard, [told]);
}

#[test]
fn the_root_user_is_told_the_statement_that_denies() {
    let world = World::new(1);
    let vault = create(&world);
    let id = guarded_key(&vault).to_string();
    let pairs = [("app", "pay"), ("tenant", "blocked")];
    let (answer, heard) = listening(ROOT, |root| encrypt(&vault, root, &id, &pairs));
    assert_eq!(answer, Err(Error::AccessDenied(Reason::StatementDenies)));
    let told = Heard {
        words: "denied by statement 2 of the key policy (\"NoBlockedTenants\")".to_owned(),
        reason: Reason::StatementDenies,
        statement: Some((PolicyKind::Key, 0, 2)),
        sid: "NoBlockedTenants".to_owned(),
        mismatch: None,
    };
    assert_eq!(heard, [told]);
}

#[test]
fn nobody_else_hears_anything() {
    let world = World::new(1);
    let vault = create(&world);
    let id = guarded_key(&vault).to_string();
    for principal in [STRANGER, FOREIGNER, SESSION, "s3.amazonaws.com"] {
        for pairs in [&[("app", "mail")][..], &[("tenant", "blocked")]] {
            let (answer, heard) = listening(principal, |asking| encrypt(&vault, asking, &id, pairs));
            assert_eq!(answer, Err(Error::AccessDenied(Reason::Withheld)), "{principal}");
            assert_eq!(heard, [], "{principal}");
        }
    }
}

#[test]
fn what_is_no_denial_is_not_told() {
    let world = World::new(1);
    let vault = create(&world);
    let id = guarded_key(&vault).to_string();
    let (answer, heard) = listening(ROOT, |root| encrypt(&vault, root, &id, &[("app", "pay")]));
    assert_eq!((answer, heard.len()), (Ok(()), 0));
    let (answer, heard) =
        listening(ROOT, |root| vault.decrypt(root, Decrypt::new(&[0; 80]), &mut [0; 80]).map(drop));
    assert_eq!((answer, heard.len()), (Err(Error::InvalidCiphertext(Reason::NotOurs)), 0));
}

#[test]
fn an_explanation_holds_no_secret() {
    let world = World::new(1);
    let vault = create(&world);
    let id = guarded_key(&vault).to_string();
    let secret = std::str::from_utf8(SECRET_TEXT).unwrap();
    for pairs in [&[("app", "mail")][..], &[("app", "pay"), ("tenant", "blocked")]] {
        let (_, heard) = listening(ROOT, |root| encrypt(&vault, root, &id, pairs));
        assert_eq!(heard.len(), 1);
        assert!(!format!("{heard:?}").contains(secret));
    }
}

/// A vault in a file, with a key that its root user may only administer.
fn file_vault() -> (TempDir, strongroom_std::Vault, String) {
    let (folder, _path, vault) = new_vault();
    let mut buffer = vec![0; 8000];
    let mut builder = PolicyBuilder::new(&mut buffer, PolicyKind::Key, Language::Version2012, "").unwrap();
    let statement = Statement {
        sid: Some("Administer"),
        ..Statement::allow(&[PrincipalEntry::Arn(ROOT)], &["kms:PutKeyPolicy"])
    };
    builder.statement(&statement).unwrap();
    let request = CreateKey { policy: Some(builder.finish()), ..CreateKey::default() };
    let id = vault.create_key(&root(), request).unwrap().key_id.to_string();
    (folder, vault, id)
}

#[test]
fn the_listener_may_use_the_vault_and_finds_the_denial_in_its_log() {
    let (_folder, vault, id) = file_vault();
    let logged = Mutex::new(None);
    let listener = |_: &Denial<'_>| {
        let mut logged = logged.lock().unwrap();
        vault.audit_events(0, |_, event| *logged = event.reason).unwrap();
    };
    vault.encrypt(&root().explain_to(&listener), Encrypt::new(&id, b"x")).unwrap_err();
    assert_eq!(*logged.lock().unwrap(), Some(Reason::NoStatementAllows));
}

#[test]
fn a_denial_in_a_file_vault_displays_why() {
    let (_folder, vault, id) = file_vault();
    let ask = |asking: &Caller<'_>| {
        explained(asking, |asking| vault.encrypt(asking, Encrypt::new(&id, b"x"))).map(drop)
    };
    let denied = ask(&root()).unwrap_err();
    assert_eq!(denied.error, Error::AccessDenied(Reason::NoStatementAllows));
    assert_eq!(
        denied.to_string(),
        "not allowed: no statement of the key policy allows it; nearest is statement 0 of the key policy \
         (\"Administer\"): Action is kms:PutKeyPolicy, the request has kms:Encrypt"
    );
    let denied = ask(&caller(STRANGER)).unwrap_err();
    assert_eq!((denied.error, denied.because), (Error::AccessDenied(Reason::Withheld), None));
}
