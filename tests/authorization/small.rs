//! A small domain, all of it: every combination of a few callers, entries, actions, conditions and identity policies.

use super::json::Json;
use super::line::{Decision, Line};
use super::{naive, real};

const CALLERS: [&str; 11] = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:role/team/App",
    "arn:aws:sts::111122223333:assumed-role/App/one",
    "arn:aws:sts::111122223333:assumed-role/App/two",
    "arn:aws:sts::111122223333:assumed-role/App2/one",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:sts::444455556666:assumed-role/App/one",
    "arn:aws-cn:iam::111122223333:user/alice",
    "s3.amazonaws.com",
];

/// Values of `Principal`.
const ENTRIES: [&str; 10] = [
    r#""*""#,
    r#"{"AWS":"111122223333"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:root"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#,
    r#"{"AWS":"arn:aws:iam::111122223333:role/team/App"}"#,
    r#"{"AWS":"arn:aws:sts::111122223333:assumed-role/App/one"}"#,
    r#"{"AWS":["arn:aws:iam::444455556666:root","arn:aws:iam::111122223333:user/alice"]}"#,
    r#"{"AWS":["arn:aws:iam::111122223333:root","arn:aws:iam::111122223333:user/alice"]}"#,
    r#"{"AWS":"arn:aws:iam::444455556666:user/alice"}"#,
    r#"{"Service":"s3.amazonaws.com","AWS":"arn:aws:iam::444455556666:role/App"}"#,
];

const REQUESTED_ACTIONS: [&str; 3] = ["kms:Decrypt", "kms:Encrypt", "kms:PutKeyPolicy"];
const ACTION_ELEMENTS: [&str; 4] = [
    r#""Action":"*""#,
    r#""Action":"kms:Decrypt""#,
    r#""NotAction":"kms:Decrypt""#,
    r#""Action":["kms:P*","kms:?ncrypt"]"#,
];

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

/// Values of `Condition`: absent, one that may be true, false or an error, one that is true of an absent key.
const CONDITIONS: [&str; 5] = [
    "{}",
    r#"{"NumericLessThan":{"aws:x":"2"}}"#,
    r#"{"NumericNotEquals":{"aws:x":"1"}}"#,
    r#"{"NumericLessThan":{"aws:x":"2"},"StringEqualsIfExists":{"aws:y":"a"}}"#,
    r#"{"ForAllValues:StringEquals":{"aws:x":["1","2"]}}"#,
];

const CONTEXTS: [&str; 5] = [
    "{}",
    r#"{"aws:x":"1"}"#,
    r#"{"aws:x":"x","aws:y":"b"}"#,
    r#"{"aws:x":"3"}"#,
    r#"{"aws:x":["1"],"AWS:y":"a"}"#,
];

/// Lists of identity policies.
const IDENTITY_POLICIES: [&str; 6] = [
    "[]",
    r#"[{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}]"#,
    r#"[{"Statement":{"Effect":"Allow","Action":"kms:Encrypt","Resource":"*"}}]"#,
    r#"[{"Statement":{"Effect":"Deny","Action":"kms:Encrypt","Resource":"*"}}]"#,
    r#"[{"Statement":{"Effect":"Allow","NotAction":"kms:Encrypt","Resource":"arn:aws:kms:*:111122223333:*"}},{"Statement":{"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"aws:y":"true"}}}}]"#,
    r#"[{"Statement":[{"Effect":"Deny","Action":"*","NotResource":"arn:aws:kms:*:*:key/*"},{"Effect":"Allow","Action":"*","Resource":"*"}]}]"#,
];

/// A statement of a key policy.
fn statement(effect: &str, principal: &str, entry: &str, action: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect":"{effect}","{principal}":{entry},{action},"Resource":"*","Condition":{condition}}}"#
    )
}

fn key_policy(statements: &[&str]) -> Json {
    Json::parse(&format!(r#"{{"Version":"2012-10-17","Statement":[{}]}}"#, statements.join(","))).unwrap()
}

/// Both evaluators on every request to these documents. Returns how many requests there were, and how many allowed.
fn compare(
    key_policy: Option<Json>,
    actions: &[&str],
    contexts: &[&str],
    identity: &[&str],
) -> (usize, usize) {
    let (mut asked, mut allowed) = (0, 0);
    for identity in identity {
        let mut line = Line {
            id: "small".to_string(),
            key_policy: key_policy.clone(),
            identity_policies: Json::parse(identity).unwrap().one_or_many().into_iter().cloned().collect(),
            principal: String::new(),
            action: String::new(),
            resource: if key_policy.is_some() { KEY } else { "*" }.to_string(),
            context: Vec::new(),
        };
        let compiled = real::compile(&line).unwrap();
        for context in contexts {
            line.context = Json::parse(context).unwrap().members().to_vec();
            for caller in CALLERS {
                line.principal = caller.to_string();
                for action in actions {
                    line.action = action.to_string();
                    let (real, naive) = (compiled.answer(&line), naive::answer_request(&line));
                    assert_eq!(real, naive, "\n{}", line.with(naive));
                    asked += 1;
                    allowed += usize::from(real.decision == Decision::Allow);
                }
            }
        }
    }
    (asked, allowed)
}

#[test]
fn the_evaluators_agree_on_every_key_policy_of_one_statement() {
    let (mut asked, mut allowed) = (0, 0);
    for (effect, principal) in [("Allow", "Principal"), ("Deny", "Principal"), ("Deny", "NotPrincipal")] {
        for entry in ENTRIES {
            for action in ACTION_ELEMENTS {
                let statement = statement(effect, principal, entry, action, "{}");
                let answers = compare(
                    Some(key_policy(&[&statement])),
                    &REQUESTED_ACTIONS,
                    &CONTEXTS[..1],
                    &IDENTITY_POLICIES,
                );
                (asked, allowed) = (asked + answers.0, allowed + answers.1);
            }
            for condition in CONDITIONS {
                let statement = statement(effect, principal, entry, ACTION_ELEMENTS[1], condition);
                let answers = compare(
                    Some(key_policy(&[&statement])),
                    &REQUESTED_ACTIONS[..2],
                    &CONTEXTS,
                    &IDENTITY_POLICIES[..2],
                );
                (asked, allowed) = (asked + answers.0, allowed + answers.1);
            }
        }
    }
    assert!(asked > 50_000 && allowed > 1_500, "{asked} {allowed}");
}

#[test]
fn the_evaluators_agree_on_every_key_policy_of_two_statements() {
    let mut statements = Vec::new();
    for (effect, principal) in [("Allow", "Principal"), ("Deny", "Principal"), ("Deny", "NotPrincipal")] {
        for entry in [0, 1, 3, 4, 6, 9] {
            for condition in [0, 1] {
                statements.push(statement(
                    effect,
                    principal,
                    ENTRIES[entry],
                    ACTION_ELEMENTS[1],
                    CONDITIONS[condition],
                ));
            }
        }
    }
    let (mut asked, mut allowed) = (0, 0);
    for first in &statements {
        for second in &statements {
            let answers = compare(
                Some(key_policy(&[first, second])),
                &REQUESTED_ACTIONS[..1],
                &CONTEXTS[1..3],
                &IDENTITY_POLICIES[..2],
            );
            (asked, allowed) = (asked + answers.0, allowed + answers.1);
        }
    }
    assert!(asked > 50_000 && allowed > 4_000, "{asked} {allowed}");
}

#[test]
fn the_evaluators_agree_without_a_key() {
    let (asked, allowed) = compare(None, &["kms:CreateKey", "kms:ListKeys"], &CONTEXTS, &IDENTITY_POLICIES);
    assert!(asked > 600 && allowed > 100, "{asked} {allowed}");
}
