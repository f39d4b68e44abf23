use strongroom_core::policy::PolicyKind;
use strongroom_std::policy_json::{compile_policy, compile_policy_bytes};
use strongroom_std::{Error, PolicyError};

use super::{key_statement, with_members};

/// Compiles a document in which `§` stands before what is wrong, and sees that the error is there.
fn refused_at_mark(marked: &str, kind: PolicyKind, words: &str) {
    let document = marked.replacen('§', "", 1);
    let before = marked.split('§').next().unwrap();
    assert!(before.len() < marked.len(), "no mark in {marked}");
    let line = 1 + before.matches('\n').count();
    let column = 1 + before.rsplit('\n').next().unwrap().chars().count();
    let refused = compile_policy(&document, kind).expect_err(&document);
    assert!(refused.message.contains(words), "{marked}\n  {refused}\n  lacks: {words}");
    assert_eq!((refused.line, refused.column), (line, column), "{marked}\n  {refused}");
    assert_eq!(refused.error, Error::MalformedPolicyDocument, "{marked}");
    assert_eq!(refused.to_string(), format!("line {line}, column {column}: {}", refused.message));
}

/// Members of an otherwise good statement of a key policy.
fn key(members: &[(&str, &str)]) {
    for (marked, words) in members {
        refused_at_mark(&with_members(marked), PolicyKind::Key, words);
    }
}

#[test]
fn what_is_no_json_is_refused_where_it_stops_being_json() {
    for (marked, words) in [
        ("§", "EOF"),
        ("§   ", "EOF"),
        ("nul§", "EOF"),
        ("nu§x", "expected ident"),
        (r#"{"Statement":[{"Effect":"Allow"§"#, "EOF"),
        (r#"{"Statement":[{"Effect":"Allow"}§}"#, "expected `,` or `]`"),
        (r#"{"Statement":[],§}"#, "trailing comma"),
        (r#"{"Statement" §[]}"#, "expected `:`"),
        (r#"{§Statement:[]}"#, "key must be a string"),
        (r#"{"Statement":[0§1]}"#, "invalid number"),
        ("{\"Statement\":[]}\n§x", "trailing characters"),
        ("{\"Id\":\"a§\nb\"}", "control character"),
        (r#"{"Id":"\§x"}"#, "invalid escape"),
    ] {
        refused_at_mark(marked, PolicyKind::Key, words);
    }
}

#[test]
fn wrong_members_of_a_document_are_refused_where_they_stand() {
    let good = key_statement();
    for (marked, words) in [
        ("§[]".to_owned(), "expected a policy"),
        ("§7".to_owned(), "expected a policy"),
        ("§null".to_owned(), "expected a policy"),
        (r#"  §{"Version":"2012-10-17"}"#.to_owned(), "`Statement` is missing"),
        (
            format!(r#"{{"Version":§"2012-10-18","Statement":{good}}}"#),
            "expected `2012-10-17` or `2008-10-17`",
        ),
        (format!(r#"{{"Version":§20121017,"Statement":{good}}}"#), "integer `20121017`, expected a version"),
        (format!(r#"{{"Version":§null,"Statement":{good}}}"#), "null, expected a version"),
        (format!(r#"{{"Version":§["2012-10-17"],"Statement":{good}}}"#), "sequence, expected a version"),
        (format!(r#"{{"Id":§{{}},"Statement":{good}}}"#), "map, expected a text"),
        (format!(r#"{{"Id":§"\u2603","Statement":{good}}}"#), "U+00FF"),
        (format!(r#"{{"Id":"§☃","Statement":{good}}}"#), "U+2603"),
        (format!(r#"{{"Statement":{good}, §"Statement" : {good}}}"#), "`Statement` is given twice"),
        (
            format!(r#"{{§"statement":{good}}}"#),
            "`statement` is not a member of a policy; did you mean `Statement`?",
        ),
        (
            format!(r#"{{"Statement":{good},"\u0056ersion":"2012-10-17",§"Version":"2012-10-17"}}"#),
            "`Version` is given twice",
        ),
        (format!(r#"{{"Statement":{good},§"Extra":1}}"#), "expected `Version`, `Id` or `Statement`"),
        (r#"{"Statement":§[]}"#.to_owned(), "at least one statement"),
        (r#"{"Statement":§"all"}"#.to_owned(), "expected a statement"),
        (r#"{"Statement":§null}"#.to_owned(), "expected a statement"),
        (format!(r#"{{"Statement":[{good},§[{good}]]}}"#), "expected a statement"),
        (format!(r#"{{"Statement":[{good}, §false]}}"#), "expected a statement"),
    ] {
        refused_at_mark(&marked, PolicyKind::Key, words);
    }
}

#[test]
fn wrong_members_of_a_statement_are_refused_where_they_stand() {
    key(&[
        (r#"§"Effect":"Deny""#, "`Effect` is given twice"),
        (r#"§"Resources":"*""#, "did you mean `Resource`?"),
        (r#"§"Why":"because""#, "`Why` is not a member of a statement"),
        (r#""Sid":§7"#, "expected a text"),
        (r#""Sid":§"a/b""#, "Sid"),
        (r#""Sid":§null"#, "null"),
        (r#"§"NotAction":"kms:Decrypt""#, "`NotAction` stands beside `Action`"),
        (r#"§"NotResource":"*""#, "`NotResource` stands beside `Resource`"),
        (r#"§"NotPrincipal":"*""#, "`NotPrincipal` is accepted with `Deny` only"),
        ("\n\n  §\"condition\":{}", "did you mean `Condition`?"),
    ]);
    let statement = |members: &str| format!("{{\"Statement\":[\n  {members}\n]}}");
    for (marked, words) in [
        (r#"§{"Principal":"*","Action":"kms:*","Resource":"*"}"#, "`Effect` is missing"),
        (r#"§{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#, "`Principal` is missing"),
        (r#"{"Effect":§"allow","Principal":"*"}"#, "`allow` is not an effect; expected `Allow` or `Deny`"),
        (r#"{"Effect":§["Allow"],"Principal":"*"}"#, "expected an effect"),
        (r#"{"NotPrincipal":"*","Effect":§"Allow"}"#, "`NotPrincipal` is accepted with `Deny` only"),
        (
            r#"{"Effect":"Deny","NotPrincipal":"*",§"Principal":"*"}"#,
            "`Principal` stands beside `NotPrincipal`",
        ),
        (r#"{"Effect":"Deny","Principal":"*","Action":§[]}"#, "the list is empty; expected an action"),
        (r#"{"Effect":"Deny","Principal":"*","Action":§{}}"#, "expected an action"),
        (r#"{"Effect":"Deny","Principal":"*","Action":§"Decrypt"}"#, "service:name"),
        (r#"{"Effect":"Deny","Principal":"*","Action":["kms:*", §"k*:Decrypt"]}"#, "`k*:Decrypt`"),
        (r#"{"Effect":"Deny","Principal":"*","Action":["kms:*", §["kms:*"]]}"#, "expected an action"),
        (r#"{"Effect":"Deny","Principal":"*","Action":["kms:*", §null]}"#, "null"),
        (r#"{"Effect":"Deny","Principal":"*","Resource":§"arn:aws:kms:key"}"#, "ARN"),
        (r#"{"Effect":"Deny","Principal":"*","Resource":["*",§""]}"#, "ARN"),
        (r#"{"Effect":"Deny","Principal":"*","Resource":§null}"#, "null"),
        (r#"{"Effect":"Deny","Principal":"*","Resource":§[ ]}"#, "the list is empty"),
    ] {
        refused_at_mark(&statement(marked), PolicyKind::Key, words);
    }
    let twice = format!(r#"{{"Statement":[{},{}]}}"#, with_sid(r#""a""#), with_sid(r#"§"a""#));
    refused_at_mark(&twice, PolicyKind::Key, "another statement has the `Sid` `a`");
}

fn with_sid(sid: &str) -> String {
    format!(r#"{{"Sid":{sid},"Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}"#)
}

#[test]
fn wrong_principals_are_refused_where_they_stand() {
    let statement = |principal: &str| format!(r#"{{"Statement":{{"Effect":"Deny",{principal}}}}}"#);
    for (marked, words) in [
        (r#""Principal":§"me""#, r#"{"AWS": `me`}"#),
        (r#""Principal":§["*"]"#, "expected `*`, or an object"),
        (r#""Principal":§{}"#, "names no principal"),
        (r#""NotPrincipal":§{}"#, "names no principal"),
        (r#""Principal":{"AWS":§[]}"#, "the list is empty"),
        (r#""Principal":{"AWS":§"user/*"}"#, "invalid principal `user/*`"),
        (r#""Principal":{"AWS":["111122223333",§"1111"]}"#, "invalid principal `1111`"),
        (r#""Principal":{"AWS":§{"a":1}}"#, "expected the ARN"),
        (r#""Principal":{"AWS":"*",§"AWS":"*"}"#, "`AWS` is given twice"),
        (r#""Principal":{§"aws":"*"}"#, "did you mean `AWS`?"),
        (r#""Principal":{§"Federated":"x"}"#, "`Federated` are not supported"),
        (r#""Principal":{§"CanonicalUser":"x"}"#, "`CanonicalUser` are not supported"),
        (r#""Principal":{"Service":§"Somebody"}"#, "invalid principal `Somebody`"),
    ] {
        refused_at_mark(&statement(marked), PolicyKind::Key, words);
    }
}

#[test]
fn wrong_conditions_are_refused_where_they_stand() {
    key(&[
        (r#""Condition":§null"#, "expected an object of condition operators"),
        (r#""Condition":§[]"#, "expected an object of condition operators"),
        (r#""Condition":{§"StringLikes":{}}"#, "did you mean `StringLike`?"),
        (r#""Condition":{§"stringequals":{}}"#, "did you mean `StringEquals`?"),
        (r#""Condition":{§"StringEqualIfExists":{}}"#, "did you mean `StringEqualsIfExists`?"),
        (r#""Condition":{§"ForAnyValues:StringLike":{}}"#, "did you mean `ForAnyValue:StringLike`?"),
        (r#""Condition":{§"NullIfExists":{}}"#, "is not a condition operator"),
        (r#""Condition":{§"Whatever":{}}"#, "expected one such as"),
        (r#""Condition":{"Bool":§"true"}"#, "expected an object of condition keys"),
        (r#""Condition":{"Null":{},§"Null":{}}"#, "`Null` is given twice"),
        (r#""Condition":{"Null":{"a:b":true,§"a:b":true}}"#, "`a:b` is given twice"),
        (r#""Condition":{"Null":{"a:b":§{}}}"#, "an object is no value"),
        (r#""Condition":{"Null":{"a:b":[true,§{}]}}"#, "an object is no value"),
        (r#""Condition":{"Null":{"a:b":§[ ]}}"#, "the list is empty"),
        (r#""Condition":{"Null":{"a:b":[true, §[true]]}}"#, "a list inside a list"),
        (r#""Condition":{"Null":{"a:b":§null}}"#, "`null` is no value"),
        (r#""Condition":{"Null":{"a:b":§"yes"}}"#, "`yes`"),
        (r#""Condition":{"Null":{"a:b":["true",§"\u0079es"]}}"#, "`yes`"),
        (r#""Condition":{"StringLike":{"a:b":["x", §"\u2603"]}}"#, "U+00FF"),
        (r#""Condition":{"StringLike":{§"a:\u2603":"x"}}"#, "U+00FF"),
        (r#""Condition":{"NumericLessThan":{"a:b":§"many"}}"#, "`many`"),
        (r#""Condition":{"StringLike":{§"aws:ResourceTag/a":"x"}}"#, "`aws:ResourceTag/a`"),
        (r#""Condition":{"StringLike":{§"KMS:resourcealiases":"x"}}"#, "`KMS:resourcealiases`"),
        (
            r#""Condition":{"ForAllValues:StringLike":{§"kms:EncryptionContext:a":"x"}}"#,
            "`kms:EncryptionContext:a`",
        ),
    ]);
}

#[test]
fn identity_policies_have_rules_of_their_own() {
    let good = r#"{"Effect":"Allow","Action":"kms:*","Resource":"*"}"#;
    compile_policy(&format!(r#"{{"Statement":{good}}}"#), PolicyKind::Identity).unwrap();
    for (marked, words) in [
        (format!(r#"{{§"Id":"x","Statement":{good}}}"#), "`Id` is not allowed in an identity policy"),
        (
            r#"{"Statement":{§"Principal":"*"}}"#.to_owned(),
            "`Principal` is not allowed in an identity policy",
        ),
        (
            r#"{"Statement":{§"NotPrincipal":"*"}}"#.to_owned(),
            "`NotPrincipal` is not allowed in an identity policy",
        ),
        (r#"{"Statement":§{"Effect":"Deny","Resource":"*"}}"#.to_owned(), "`Action` is missing"),
        (r#"{"Statement":§{"Effect":"Deny","Action":"*"}}"#.to_owned(), "`Resource` is missing"),
        (good.replacen('{', r#"{"Statement":{"Sid":§"a b","#, 1) + "}", "`a b`"),
    ] {
        refused_at_mark(&marked, PolicyKind::Identity, words);
    }
}

#[test]
fn lines_and_columns_count_characters_from_one() {
    let refused = |document: &str| compile_policy(document, PolicyKind::Key).unwrap_err();
    let PolicyError { line, column, .. } =
        refused("{\n  \"Statement\": [\n    { \"Effect\": \"Maybe\" } ] }");
    assert_eq!((line, column), (3, 17));
    let PolicyError { line, column, .. } = refused("{\r\n\"Id\":\"éé\",\"Statement\":0}");
    assert_eq!((line, column), (2, 23));
}

#[test]
fn a_text_that_looks_like_a_position_is_none() {
    let error = compile_policy(r#"{"Statement":{"Effect":"x at line 900 column 900"}}"#, PolicyKind::Key)
        .unwrap_err();
    assert_eq!((error.line, error.column), (1, 24));
    let error = compile_policy(r#"{" at line 9 column 9":0}"#, PolicyKind::Key).unwrap_err();
    assert_eq!((error.line, error.column), (1, 2));
}

#[test]
fn bytes_that_are_not_utf_8_are_named_by_their_place() {
    let error = compile_policy_bytes(b"{\n \"Id\": \"a\xff\"}", PolicyKind::Key).unwrap_err();
    assert_eq!((error.line, error.column, error.error), (2, 10, Error::MalformedPolicyDocument));
    assert!(error.message.contains("UTF-8"));
    let error = compile_policy_bytes(
        "{\"Id\":\"é\"".as_bytes().split_last().unwrap().1.split_last().unwrap().1,
        PolicyKind::Key,
    );
    assert_eq!(error.unwrap_err().column, 8);
}

#[test]
fn too_large_documents_are_refused_as_such() {
    let document = format!(r#"{{"Statement":{}}}"#, key_statement());
    let padded = |len: usize| format!("{document}{}", " ".repeat(len - document.len()));
    compile_policy(&padded(32_768), PolicyKind::Key).unwrap();
    let error = compile_policy(&padded(32_769), PolicyKind::Key).unwrap_err();
    assert_eq!((error.error, error.line), (Error::LimitExceeded, 0));
    assert!(error.message.contains("32769"), "{error}");

    let identity = |sid_len: usize| {
        format!(
            r#"{{"Statement":{{"Sid":"{}","Effect":"Deny","Action":"*","Resource":"*"}}}}"#,
            "a".repeat(sid_len)
        )
    };
    let fixed = identity(0).len();
    // White space does not count.
    let largest = identity(10_240 - fixed).replacen(':', ": \n\t ", 3);
    compile_policy(&largest, PolicyKind::Identity).unwrap();
    let error = compile_policy(&identity(10_241 - fixed), PolicyKind::Identity).unwrap_err();
    assert_eq!(error.error, Error::LimitExceeded);
}

#[test]
fn deep_nesting_is_refused_without_a_deep_stack() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let depth = 5_000;
        let nested = format!("{}0{}", open.repeat(depth), close.repeat(depth));
        let unclosed = open.repeat(depth);
        for member in ["Version", "Id", "Statement", "Other"] {
            for nested in [&nested, &unclosed] {
                compile_policy(&format!("{{\"{member}\":{nested}}}"), PolicyKind::Key).unwrap_err();
            }
        }
        for member in ["Sid", "Action", "Resource", "Condition"] {
            let document = with_members(&format!("\"{member}\":{nested}"));
            compile_policy(&document, PolicyKind::Key).unwrap_err();
        }
        let document = with_members(&format!(r#""Condition":{{"Bool":{{"a:b":{nested}}}}}"#));
        compile_policy(&document, PolicyKind::Key).unwrap_err();
    }
}

#[test]
fn a_message_repeats_neither_long_nor_dangerous_texts() {
    let document = with_members(&format!("\"Sid\":\"\\u009b31m{}\"", "a/".repeat(300)));
    let error = compile_policy(&document, PolicyKind::Key).unwrap_err();
    assert!(error.message.len() < 300, "{error}");
    assert!(!error.message.chars().any(char::is_control), "{error:?}");
}

#[test]
fn every_prefix_of_a_policy_is_refused() {
    let document = with_members(
        r#""Sid":"a","Condition":{"StringLike":{"aws:PrincipalTag/a":["x",7]},"Bool":{"kms:MultiRegion":true}}"#,
    );
    compile_policy(&document, PolicyKind::Key).unwrap();
    for end in 0..document.len() {
        let error = compile_policy(&document[..end], PolicyKind::Key).unwrap_err();
        assert_eq!(error.error, Error::MalformedPolicyDocument);
        assert!(error.line == 1 && error.column <= end + 1, "{end}: {error}");
    }
}
