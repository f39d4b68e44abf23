use super::{KEY_POLICY, Ran, file, folder, run};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1";

fn explain(principal: &str, action: &str, more: &[&str]) -> Ran {
    explain_with(KEY_POLICY, principal, action, more)
}

fn explain_with(policy: &str, principal: &str, action: &str, more: &[&str]) -> Ran {
    let folder = folder();
    let policy = file(&folder, "key.json", policy);
    let policy = policy.to_str().unwrap();
    let arguments = [
        "policy",
        "explain",
        "--key-policy",
        policy,
        "--principal",
        principal,
        "--action",
        action,
        "--resource",
        KEY,
    ];
    run(&[&arguments, more].concat(), b"")
}

const BACKUP: &str = "arn:aws:sts::111122223333:assumed-role/Backup/nightly";

#[test]
fn an_allowed_request_names_its_statement() {
    let ran = explain(BACKUP, "kms:Decrypt", &["--context", "kms:EncryptionContext:purpose=backup"]);
    assert_eq!((ran.status, ran.err.as_str()), (0, ""));
    assert!(
        ran.out.starts_with("Allow: allowed by statement 1 of the key policy (\"the backup job\")\n"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("key.json\n  statement  1 (Sid \"the backup job\")"), "{}", ran.out);
}

#[test]
fn a_denied_request_names_what_did_not_match() {
    // Without the account's statement, the role's own is all there is.
    let only = KEY_POLICY.replacen("kms:*", "kms:PutKeyPolicy", 1);
    let context = ["--context", "kms:EncryptionContext:purpose=restore"];
    let ran = explain_with(&only, BACKUP, "kms:Decrypt", &context);
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    for words in [
        "ImplicitDeny: ",
        "expected   backup\n",
        "found      restore\n",
        "StringEquals kms:EncryptionContext:purpose\n",
    ] {
        assert!(ran.out.contains(words), "{words}\n{}", ran.out);
    }
    let ran = explain("arn:aws:iam::444455556666:user/mallory", "kms:Decrypt", &[]);
    assert_eq!(ran.status, 1);
    assert!(ran.out.contains("Principal") && ran.out.contains("mallory"), "{}", ran.out);
}

#[test]
fn identity_policies_and_lists_take_part() {
    let folder = folder();
    let mine = file(
        &folder,
        "mine.json",
        r#"{"Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"a:b":"y"}}}}"#,
    );
    let mine = mine.to_str().unwrap();
    let alice = "arn:aws:iam::111122223333:user/alice";
    for (context, status) in [
        (&["--context", "a:b=x", "--context", "a:b=y"][..], 0),
        (&["--context", "a:b[]=y"], 0),
        (&["--context", "a:b=x"], 1),
        (&[], 1),
    ] {
        let ran = explain(alice, "kms:Encrypt", &[&["--identity-policy", mine], context].concat());
        assert_eq!(ran.status, status, "{context:?} {}{}", ran.out, ran.err);
    }
    let root = "arn:aws:iam::111122223333:root";
    let ran = run(&["policy", "explain", "--principal", root, "--action", "kms:ListKeys"], b"");
    assert_eq!(ran.status, 0, "{}{}", ran.out, ran.err);
}

#[test]
fn wrong_arguments_are_no_denial() {
    for (principal, action, more, words) in [
        ("me", "kms:Decrypt", &[][..], "--principal"),
        (BACKUP, "Decrypt", &[], "--action"),
        (BACKUP, "kms:Decrypt", &["--context", "novalue"], "NAME=VALUE"),
        (BACKUP, "kms:Decrypt", &["--identity-policy", "no/such/file"], "no/such/file"),
    ] {
        let ran = explain(principal, action, more);
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{}", ran.err);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}
