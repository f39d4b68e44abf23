use strongroom_core::policy::{Language, Policy, PolicyKind};
use strongroom_std::policy_json::{compile_policy, to_json};

use super::{key_statement, with_members};

fn compile(json: &str) -> Vec<u8> {
    compile_policy(json, PolicyKind::Key).unwrap_or_else(|error| panic!("{json}\n{error}"))
}

#[test]
fn order_of_members_and_lists_of_one_are_of_no_importance() {
    let one = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Principal":{"AWS":"111122223333"},
        "Action":"kms:*","Resource":"*","Condition":{"Bool":{"kms:MultiRegion":"true"}}}}"#;
    let other = r#"{"Statement":[{"Condition":{"Bool":{"kms:MultiRegion":[true]}},"Resource":["*"],
        "Action":["kms:*"],"Principal":{"AWS":["111122223333"]},"Effect":"Deny"}],"Version":"2012-10-17"}"#;
    assert_eq!(compile(one), compile(other));
    assert_eq!(compile(&one.replace("kms:*", r"\u006bms:*")), compile(other));
}

#[test]
fn a_version_behind_the_statements_counts() {
    let resource = r#""arn:aws:kms:r:${aws:PrincipalAccount}:key/1""#;
    let statement = key_statement().replace("\"*\"}", &format!("{resource}}}"));
    let behind = |version: &str| format!(r#"{{"Statement":{statement},"Version":"{version}"}}"#);
    compile_policy(&behind("2008-10-17"), PolicyKind::Key).unwrap();
    let error = compile_policy(&behind("2012-10-17"), PolicyKind::Key).unwrap_err();
    assert_eq!(error.column, behind("2012-10-17").find(resource).unwrap() + 1, "{error}");
}

#[test]
fn without_a_version_the_language_is_of_2008() {
    let language = |json: &str| Policy::read(&compile(json)).unwrap().language();
    assert_eq!(language(&format!(r#"{{"Statement":{}}}"#, key_statement())), Language::Version2008);
    assert_eq!(language(&with_members(r#""Sid":"a""#)), Language::Version2012);
}

#[test]
fn numbers_and_booleans_are_compared_by_their_text() {
    let texts = |values: &str| {
        let compiled =
            compile(&with_members(&format!(r#""Condition":{{"StringEquals":{{"a:b":{values}}}}}"#)));
        let policy = Policy::read(&compiled).unwrap();
        let statement = policy.statements().next().unwrap().unwrap();
        let condition = statement.conditions().next().unwrap().unwrap();
        condition.values().map(|value| value.unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(texts("7"), ["7"]);
    assert_eq!(
        texts(r#"[7.0, -1e+3, 123456789012345678901234567890, true, false, "x\ty\\"]"#),
        ["7.0", "-1e+3", "123456789012345678901234567890", "true", "false", "x\ty\\"]
    );
}

#[test]
fn a_statement_without_action_or_resource_is_accepted_in_a_key_policy() {
    for members in [r#""Action":"kms:*""#, r#""Resource":"*""#, r#""Sid":"nothing""#] {
        compile(&format!(r#"{{"Statement":{{"Effect":"Deny","Principal":"*",{members}}}}}"#));
    }
}

#[test]
fn empty_conditions_are_accepted() {
    let without = compile(&with_members(r#""Sid":"a""#));
    assert_eq!(compile(&with_members(r#""Sid":"a","Condition":{}"#)), without);
    assert_eq!(compile(&with_members(r#""Sid":"a","Condition":{"Bool":{}}"#)), without);
}

#[test]
fn empty_sids_are_no_names() {
    let statement = r#"{"Sid":"","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}"#;
    compile(&format!(r#"{{"Statement":[{statement},{statement}]}}"#));
}

#[test]
fn keys_that_differ_by_case_are_two_conditions() {
    let compiled = compile(&with_members(r#""Condition":{"StringLike":{"a:b":"x","A:B":"y"}}"#));
    let policy = Policy::read(&compiled).unwrap();
    assert_eq!(policy.statements().next().unwrap().unwrap().conditions().count(), 2);
}

#[test]
fn a_compiled_policy_reads_as_people_write_it() {
    let json = r#"{
  "Version": "2012-10-17",
  "Id": "a \"b\" \\ é",
  "Statement": [
    {
      "Sid": "the owners",
      "Effect": "Allow",
      "Principal": {
        "AWS": [
          "111122223333",
          "arn:aws:iam::444455556666:role/path/App"
        ],
        "Service": "backup.amazonaws.com"
      },
      "Action": [
        "kms:Enc*",
        "kms:DescribeKey"
      ],
      "Resource": "*",
      "Condition": {
        "ForAnyValue:StringLikeIfExists": {
          "aws:PrincipalTag/Team": [
            "a*",
            "${aws:username}\n"
          ],
          "kms:RequestAlias": "alias/x"
        },
        "Null": {
          "kms:EncryptionContextKeys": "false"
        }
      }
    },
    {
      "Effect": "Deny",
      "NotPrincipal": "*",
      "NotAction": "s3:*",
      "NotResource": "arn:aws:kms:*:111122223333:key/${aws:username}:x"
    },
    {
      "Sid": "",
      "Effect": "Deny",
      "Principal": "*"
    }
  ]
}
"#;
    assert_eq!(to_json(&compile(json)).unwrap(), json);
}

#[test]
fn what_is_no_compiled_policy_is_not_written_as_json() {
    let compiled = compile(&with_members(r#""Condition":{"Bool":{"kms:MultiRegion":true}}"#));
    for end in 0..compiled.len() {
        to_json(&compiled[..end]).unwrap_err();
    }
}

#[test]
fn bytes_that_contradict_themselves_are_not_written_as_json() {
    let mut compiled = compile(&with_members(r#""Sid":"a""#));
    // The first of the bits that say which actions the patterns cover.
    compiled[16] ^= 1;
    to_json(&compiled).unwrap_err();
}

#[test]
fn what_is_written_compiles_to_the_same_bytes() {
    let statement = |principal: &str| {
        format!(r#"{{"Effect":"Deny","Principal":{principal},"Action":"kms:*","Resource":"*"}}"#)
    };
    for version in ["2008-10-17", "2012-10-17"] {
        for principal in
            [r#""*""#, r#"{"AWS":"*","Service":"s3.amazonaws.com"}"#, r#"{"AWS":["*","111122223333"]}"#]
        {
            let compiled =
                compile(&format!(r#"{{"Version":"{version}","Statement":{}}}"#, statement(principal)));
            let json = to_json(&compiled).unwrap();
            assert_eq!(compile(&json), compiled, "{json}");
            assert!(json.contains(version));
        }
    }
}
