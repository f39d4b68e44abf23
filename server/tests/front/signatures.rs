//! Whom the endpoint believes.

use strongroom_std::operation::{DeleteAccessKey, UpdateAccessKey};
use strongroom_std::{Caller, Vault};

use super::kept::{ACCOUNT, Kept, path, root, secret};
use super::raw::Sent;

fn encrypt(key_id: &str) -> String {
    format!(r#"{{"KeyId":"{key_id}","Plaintext":"aGVsbG8="}}"#)
}

#[test]
fn a_request_is_believed_with_the_signature_of_its_access_key_and_with_no_other() {
    let kept = Kept::start();
    let body = encrypt(&kept.key_id);
    let good = Sent::by(&kept.alice, "Encrypt", &body);
    let first = if kept.alice.secret.starts_with('x') { 'y' } else { 'x' };
    let other_secret = format!("{first}{}", &kept.alice.secret[1..]);
    // The first time that anybody names her access key, and again after she has used it herself.
    let forged = Sent { secret: &other_secret, ..good.clone() };
    for _ in 0..2 {
        let answer = forged.send(kept.address());
        assert_eq!((answer.status, answer.exception().as_str()), (400, "InvalidSignatureException"));
    }
    let answer = good.send(kept.address());
    assert_eq!(answer.status, 200, "{}", answer.body);
    let unknown = kept.alice.id.as_str().replace("AKIA", "ASIA");
    let refusals = [
        (forged, "InvalidSignatureException"),
        (Sent { secret: "", ..good.clone() }, "InvalidSignatureException"),
        // Old requests that are sent again, and requests from the future.
        (Sent { age: 16 * 60, ..good.clone() }, "InvalidSignatureException"),
        (Sent { age: -16 * 60, ..good.clone() }, "InvalidSignatureException"),
        (Sent { age: 2 * 86_400, ..good.clone() }, "InvalidSignatureException"),
        (Sent { service: "s3", ..good.clone() }, "InvalidSignatureException"),
        (Sent { unsigned: Some(("x-amz-extra", "1")), ..good.clone() }, "InvalidSignatureException"),
        (Sent { access_key: &unknown, ..good.clone() }, "UnrecognizedClientException"),
        (Sent { access_key: "AKIAQAAAAAAAAAAAAAAA", ..good.clone() }, "UnrecognizedClientException"),
        (Sent { access_key: "111122223333", ..good.clone() }, "UnrecognizedClientException"),
        (Sent { access_key: "../../etc", ..good.clone() }, "UnrecognizedClientException"),
        (Sent { token: Some("AAAA"), ..good.clone() }, "UnrecognizedClientException"),
        (Sent { region: "../../x", ..good.clone() }, "InvalidSignatureException"),
    ];
    for (number, (sent, exception)) in refusals.iter().enumerate() {
        let answer = sent.send(kept.address());
        assert_eq!(
            (answer.status, answer.exception().as_str()),
            (400, *exception),
            "{number}: {}",
            answer.body
        );
    }
    // Another body or operation under the same signature.
    let altered = good.text().replace("aGVsbG8=", "aGVsbG9=");
    let answer = super::raw::exchange(kept.address(), altered.as_bytes());
    assert_eq!(answer.exception(), "InvalidSignatureException");
    let altered = good.text().replace("TrentService.Encrypt", "TrentService.Decrypt");
    assert_eq!(
        super::raw::exchange(kept.address(), altered.as_bytes()).exception(),
        "InvalidSignatureException"
    );
    let without = "POST / HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-amz-json-1.1\r\n\
                   x-amz-target: TrentService.ListKeys\r\ncontent-length: 2\r\n\r\n{}";
    let answer = super::raw::exchange(kept.address(), without.as_bytes());
    assert_eq!((answer.status, answer.exception().as_str()), (400, "MissingAuthenticationTokenException"));
    let incomplete = good.text().replace("Signature=", "Signatur=");
    let answer = super::raw::exchange(kept.address(), incomplete.as_bytes());
    assert_eq!(answer.exception(), "IncompleteSignatureException");
}

#[test]
fn an_access_key_is_good_for_every_region_of_its_account() {
    let kept = Kept::start();
    let sent = Sent { region: "us-east-1", ..Sent::by(&kept.alice, "ListKeys", "{}") };
    let answer = sent.send(kept.address());
    assert_eq!(answer.status, 200, "{}", answer.body);
    assert!(!answer.body.contains(&kept.key_id));
    // Where the account has no vault, nobody is told so.
    let sent = Sent { region: "eu-west-3", ..sent };
    let answer = sent.send(kept.address());
    assert_eq!(answer.exception(), "AccessDeniedException", "{}", answer.body);
}

#[test]
fn an_access_key_that_was_disabled_or_deleted_is_unknown() {
    let mut kept = Kept::start();
    let id = kept.alice.id;
    let own = root(ACCOUNT);
    let own = Caller::new(&own).unwrap();
    let restart = |kept: &mut Kept, change: &dyn Fn(&Vault)| {
        let vault = kept.vault();
        change(&vault);
        vault.close().unwrap();
        kept.server = Some(strongroom_server::Server::start(kept.settings()).unwrap());
        Sent::by(&kept.alice, "ListKeys", "{}").send(kept.address()).exception()
    };
    let update = |is_active| {
        move |vault: &Vault| {
            let request = UpdateAccessKey { caller: "alice", access_key_id: id, is_active };
            vault.update_access_key(&own, request).unwrap();
        }
    };
    assert_eq!(restart(&mut kept, &update(false)), "UnrecognizedClientException");
    assert_eq!(restart(&mut kept, &update(true)), "");
    let own = root(ACCOUNT);
    let own = Caller::new(&own).unwrap();
    let delete = |vault: &Vault| {
        vault.delete_access_key(&own, DeleteAccessKey { caller: "alice", access_key_id: id }).unwrap();
    };
    assert_eq!(restart(&mut kept, &delete), "UnrecognizedClientException");
}

#[test]
fn events_are_those_of_whoever_signed() {
    let mut kept = Kept::start();
    let body = encrypt(&kept.key_id);
    assert_eq!(Sent::by(&kept.alice, "Encrypt", &body).send(kept.address()).status, 200);
    let vault = kept.vault();
    let alice = format!("arn:aws:iam::{ACCOUNT}:user/alice");
    let mut found = false;
    vault
        .audit_events(0, |_, event| {
            found |= event.principal == alice && event.action.name() == "Encrypt";
        })
        .unwrap();
    assert!(found);
    drop(vault);
    assert!(Vault::open(&path(kept.folder.path(), ACCOUNT, "us-east-1"), &secret()).is_ok());
}
