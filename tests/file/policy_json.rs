use strongroom_std::operation::{CreateKey, DescribeKey, DisableKey, Encrypt};
use strongroom_std::{Caller, Error, compile_key_policy};

use super::{new_vault, root};

fn statement(members: &str) -> String {
    format!(r#"{{"Version":"2012-10-17","Statement":[{{{members}}}]}}"#)
}

#[test]
fn a_policy_admits_whom_it_names_and_nobody_else() {
    let (_folder, _path, vault) = new_vault();
    let policy = r#"{"Statement":[
        {"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"kms:*","Resource":"*"},
        {"Effect":"Allow","Principal":{"AWS":["arn:aws:iam::000000000000:user/alice","arn:aws:iam::000000000000:role/app"]},
         "Action":["kms:Enc*","kms:DescribeKey"],"Resource":"*"},
        {"Effect":"Deny","Principal":"*","Action":"kms:DisableKey","Resource":"*"}]}"#;
    let policy = compile_key_policy(policy).unwrap();
    let key = vault.create_key(&root(), CreateKey { policy: Some(&policy), ..CreateKey::default() }).unwrap();
    let id = key.key_id.to_string();
    let may = |who: &str| vault.encrypt(&Caller::new(who).unwrap(), Encrypt::new(&id, b"x")).is_ok();
    assert!(may("arn:aws:iam::000000000000:user/alice"));
    assert!(may("arn:aws:sts::000000000000:assumed-role/app/session"));
    assert!(!may("arn:aws:iam::000000000000:user/bob"));
    assert!(!may("arn:aws:iam::111122223333:user/alice"));
    assert!(!may("s3.amazonaws.com"));
    let alice = Caller::new("arn:aws:iam::000000000000:user/alice").unwrap();
    assert!(vault.describe_key(&alice, DescribeKey::new(&id)).is_ok());
    let denied = vault.disable_key(&root(), DisableKey { key_id: &id });
    assert_eq!(denied.unwrap_err().code(), "AccessDeniedException");
}

#[test]
fn a_single_value_and_a_list_of_one_mean_the_same() {
    let one = r#""Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"kms:*","Resource":"*""#;
    let list = r#""Resource":["*"],"Action":["kms:*"],"Principal":{"AWS":["000000000000"]},"Effect":"Allow""#;
    let single = format!(r#"{{"Version":"2012-10-17","Statement":{{{one}}}}}"#);
    assert_eq!(compile_key_policy(&statement(one)), compile_key_policy(&statement(list)));
    assert_eq!(compile_key_policy(&statement(one)), compile_key_policy(&single));
}

#[test]
fn a_policy_that_locks_its_maker_out_is_refused_unless_he_insists() {
    let (_folder, _path, vault) = new_vault();
    let policy = statement(
        r#""Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"},"Action":"kms:*","Resource":"*""#,
    );
    let policy = compile_key_policy(&policy).unwrap();
    let create = CreateKey { policy: Some(&policy), ..CreateKey::default() };
    assert_eq!(vault.create_key(&root(), create).unwrap_err(), Error::PolicyLocksOut);
    let create = CreateKey { bypass_policy_lockout_safety_check: true, ..create };
    let key = vault.create_key(&root(), create).unwrap();
    // Even the root user is bound by the key's policy.
    let denied = vault.encrypt(&root(), Encrypt::new(&key.key_id.to_string(), b"x"));
    assert_eq!(denied.unwrap_err().code(), "AccessDeniedException");
}
