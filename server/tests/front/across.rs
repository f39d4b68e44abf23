//! ReEncrypt from a key of one account to a key of another: two vaults, two policies, two logs.

use std::collections::BTreeMap;

use base64ct::{Base64, Encoding};
use serde_json::{Value, json};
use strongroom_server::Server;
use strongroom_std::operation::{CreateGrant, CreateKey, Decrypt};
use strongroom_std::{Action, Caller, Vault, compile_key_policy};

use super::kept::{ACCOUNT, Kept, OTHER_ACCOUNT, REGION, path, root, secret};
use super::raw::{Answer, Sent, hex};
use super::recorded::request_id;

/// Keys of the other account.
struct Theirs {
    /// Alice may move data to it and away from it.
    open: String,
    /// She may not.
    closed: String,
    /// She may not, but for a grant to move data to it.
    granted: String,
    token: String,
}

fn theirs(kept: &Kept) -> Theirs {
    let vault = their_vault(kept);
    let (root, alice) = (root(OTHER_ACCOUNT), format!("arn:aws:iam::{ACCOUNT}:user/alice"));
    let root = Caller::new(&root).unwrap();
    let policy = format!(
        r#"{{"Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{OTHER_ACCOUNT}"}},"Action":"kms:*","Resource":"*"}},
            {{"Effect":"Allow","Principal":{{"AWS":"{alice}"}},"Action":"kms:ReEncrypt*","Resource":"*"}}]}}"#
    );
    let policy = compile_key_policy(&policy).unwrap();
    let make = |policy| vault.create_key(&root, CreateKey { policy, ..CreateKey::default() }).unwrap().key_id;
    let (open, closed, granted) = (make(Some(&policy)), make(None), make(None));
    let key_id = granted.to_string();
    let operations = [Action::ReEncryptTo];
    let grant = vault.create_grant(&root, CreateGrant::new(&key_id, &alice, &operations)).unwrap();
    let (open, closed, granted) = (vault.arn(open), vault.arn(closed), vault.arn(granted));
    vault.close().unwrap();
    Theirs { open, closed, granted, token: grant.grant_token.to_string() }
}

fn their_vault(kept: &Kept) -> Vault {
    Vault::open(&path(kept.folder.path(), OTHER_ACCOUNT, REGION), &secret()).unwrap()
}

fn ask(kept: &Kept, operation: &str, body: &Value) -> (Answer, Value) {
    let answer = Sent::by(&kept.alice, operation, &body.to_string()).send(kept.address());
    let value = serde_json::from_str(&answer.body).unwrap_or_default();
    (answer, value)
}

/// What the log of a vault says of each ReEncrypt: whether the source key and the key are named, and how it ended.
type Told = BTreeMap<String, (bool, bool, Option<&'static str>)>;

fn told(vault: &Vault) -> Told {
    let mut told = Told::new();
    vault
        .audit_events(0, |_, event| {
            if event.action == Action::ReEncrypt {
                let how = (event.source_key.is_some(), event.key.is_some(), event.error_code);
                assert_eq!(told.insert(hex(&event.request_id), how), None);
            }
        })
        .unwrap();
    told
}

#[test]
fn data_moves_to_a_key_of_another_account_where_both_policies_allow_it_and_both_logs_say_so() {
    let mut kept = Kept::idle();
    let theirs = theirs(&kept);
    kept.server = Some(Server::start(kept.settings()).unwrap());
    let own = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{}", kept.key_id);
    let sealed = |key: &str| {
        let (_, made) = ask(
            &kept,
            "Encrypt",
            &json!({ "KeyId": key, "Plaintext": Base64::encode_string(b"hello"), "EncryptionContext": { "a": "1" } }),
        );
        made["CiphertextBlob"].clone()
    };
    let blob = sealed(&own);
    let request = |to: &str| {
        json!({ "CiphertextBlob": blob, "SourceEncryptionContext": { "a": "1" }, "DestinationKeyId": to,
            "DestinationEncryptionContext": { "b": "2" } })
    };
    let with = |to: &str, more: Value| {
        let mut request = request(to);
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        ask(&kept, "ReEncrypt", &request)
    };
    // Moved, and it opens there and nowhere else.
    let (there, moved) = with(&theirs.open, json!({}));
    assert_eq!((&moved["KeyId"], &moved["SourceKeyId"]), (&json!(theirs.open), &json!(own)), "{moved}");
    assert_ne!(moved["SourceKeyMaterialId"], moved["DestinationKeyMaterialId"]);
    // And back: the source is found by the ciphertext.
    let back = json!({ "CiphertextBlob": moved["CiphertextBlob"], "SourceEncryptionContext": { "b": "2" },
        "DestinationKeyId": own });
    let (home, returned) = ask(&kept, "ReEncrypt", &back);
    assert_eq!(returned["SourceKeyId"], json!(theirs.open), "{returned}");
    let (_, opened) = ask(&kept, "Decrypt", &json!({ "CiphertextBlob": returned["CiphertextBlob"] }));
    assert_eq!(opened["Plaintext"], json!(Base64::encode_string(b"hello")), "{opened}");
    // To a key that does not allow it, and by a grant on it, whose token the other vault does not know.
    let (closed, _) = with(&theirs.closed, json!({}));
    assert_eq!(closed.exception(), "AccessDeniedException");
    let (_, granted) = with(&theirs.granted, json!({ "GrantTokens": [theirs.token] }));
    assert_eq!(granted["KeyId"], json!(theirs.granted), "{granted}");
    let foreign = with(&theirs.open, json!({ "GrantTokens": [theirs.token] }));
    assert_eq!(foreign.0.exception(), "InvalidGrantTokenException");
    // From a key that does not.
    let away = json!({ "CiphertextBlob": granted["CiphertextBlob"], "SourceEncryptionContext": { "b": "2" },
        "DestinationKeyId": own });
    assert_eq!(ask(&kept, "ReEncrypt", &away).0.exception(), "AccessDeniedException");
    // The rest as within one account.
    let (wrong, _) = with(&theirs.open, json!({ "SourceEncryptionContext": { "a": "2" } }));
    assert_eq!(wrong.exception(), "InvalidCiphertextException");
    let dry = with(&theirs.open, json!({ "DryRun": true }));
    assert_eq!(dry.0.exception(), "DryRunOperationException");
    assert_eq!(
        with(&theirs.closed, json!({ "DryRun": true })).0.exception(),
        "AccessDeniedException",
        "the destination is asked too"
    );
    let algorithm = json!({ "DestinationEncryptionAlgorithm": "RSAES_OAEP_SHA_256" });
    assert_eq!(with(&theirs.open, algorithm).0.exception(), "InvalidKeyUsageException");

    let vault = kept.vault();
    let (own, others) = (told(&vault), told(&their_vault(&kept)));
    let in_both = |answer: &Answer| {
        let id = request_id(answer);
        (own.get(&id).copied(), others.get(&id).copied())
    };
    let (source, destination) = ((true, false, None), (false, true, None));
    assert_eq!(in_both(&there), (Some(source), Some(destination)));
    assert_eq!(in_both(&home), (Some(destination), Some(source)));
    // What the destination refused was allowed by the source; what the source refused the destination never heard of.
    let refused = (false, true, Some("AccessDeniedException"));
    assert_eq!(in_both(&closed), (Some(source), Some(refused)));
    assert_eq!(in_both(&wrong), (Some((true, false, Some("InvalidCiphertextException"))), None));

    let root = root(OTHER_ACCOUNT);
    let blob = Base64::decode_vec(moved["CiphertextBlob"].as_str().unwrap()).unwrap();
    let context = [("b", "2")];
    let request = Decrypt { encryption_context: &context, ..Decrypt::new(&blob) };
    let theirs = their_vault(&kept);
    assert_eq!(theirs.decrypt(&Caller::new(&root).unwrap(), request).unwrap().plaintext.as_bytes(), b"hello");
}
