//! Values on both sides of a limit, and what is to be answered to each.

use super::Limit;
use super::rows::Row;
use super::scene::{NOW, Value};
use crate::world::ROOT;

const DAY_MS: u64 = 86_400_000;
const USER: &str = "arn:aws:iam::000000000000:user/";

type Expected = Result<(), &'static str>;

const OK: Expected = Ok(());
const REFUSED: Expected = Err("ValidationException");

/// One boundary of one parameter.
pub struct Cell {
    pub label: String,
    pub value: Value,
    pub expected: Expected,
}

/// The boundaries of a limit; none for a parameter that requests do not have here.
pub fn cells(row: &Row) -> Vec<Cell> {
    let cell = |label: String, value: Value, expected: Expected| Cell { label, value, expected };
    match row.limit {
        Limit::Length(least, most) => {
            let lengths = [least.checked_sub(1), Some(least), Some(most), Some(most + 1)];
            let cells = lengths.into_iter().flatten().filter_map(|len| {
                let value = value_of_len(row.parameter, len)?;
                Some(cell(format!("of length {len}"), value, at_length(row, len, least, most)))
            });
            cells.collect()
        }
        Limit::Number(least, most) => [(least - 1, REFUSED), (least, OK), (most, OK), (most + 1, REFUSED)]
            .map(|(number, expected)| cell(number.to_string(), Value::Number(number), expected))
            .into(),
        Limit::Count(least, most) if row.parameter == "GrantTokens" => {
            [(least, OK), (most, OK), (most + 1, REFUSED)]
                .map(|(count, expected)| cell(format!("with {count}"), Value::Count(count), expected))
                .into()
        }
        Limit::Count(..) => Vec::new(),
        Limit::Within365Days => {
            [(NOW, REFUSED), (NOW + 1, OK), (NOW + 365 * DAY_MS, OK), (NOW + 365 * DAY_MS + 1, REFUSED)]
                .map(|(at, expected)| cell(format!("at {at}"), Value::Number(at), expected))
                .into()
        }
        Limit::Pattern(_) => {
            let texts = texts(row).into_iter();
            texts.map(|(text, expected)| cell(format!("{text:?}"), Value::Text(text), expected)).collect()
        }
    }
}

/// A value of so many characters or bytes, as right as it can be.
fn value_of_len(parameter: &str, len: usize) -> Option<Value> {
    Some(Value::Text(match parameter {
        // Characters, not bytes.
        "KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId" => "\u{e9}".repeat(len),
        "Description" | "Tags[].TagKey" | "Tags[].TagValue" | "TagKeys[]" => "\u{20ac}".repeat(len),
        "AliasName" => padded("alias/", len),
        "GranteePrincipal" | "RetiringPrincipal" => padded(USER, len),
        "Name" | "PolicyName" | "KeyMaterialDescription" => padded("", len),
        "GrantId" => "0".repeat(len),
        "GrantToken" | "GrantTokens[]" => "A".repeat(len),
        "Policy" => policy_of_len(len),
        "Plaintext" | "Message" | "Mac" | "CiphertextBlob" | "ImportToken" | "EncryptedKeyMaterial" => {
            return Some(Value::Bytes(vec![0; len]));
        }
        _ => return None,
    }))
}

/// A text of so many characters that begins so, if there is room.
fn padded(prefix: &str, len: usize) -> String {
    match len.checked_sub(prefix.len()) {
        Some(rest) => format!("{prefix}{}", "a".repeat(rest)),
        None => "a".repeat(len),
    }
}

/// A key policy of so many characters, or what is too short for one.
pub fn policy_of_len(len: usize) -> String {
    let statement = r#""Effect":"Allow","Action":"kms:*","Resource":"*""#;
    let policy = format!(r#"{{"Statement":{{{statement},"Principal":{{"AWS":"{ROOT}"}}}}}}"#);
    match len.checked_sub(policy.len()) {
        Some(rest) => policy + &" ".repeat(rest),
        None => "{".repeat(len),
    }
}

/// What is to be answered to a value of this length.
fn at_length(row: &Row, len: usize, least: usize, most: usize) -> Expected {
    let is_legal = (least..=most).contains(&len);
    match (row.parameter, is_legal) {
        // What it comes to is said of the document, and of the quota.
        ("Policy", false) if len > most => Err("LimitExceededException"),
        ("Policy", _) if len <= least => Err("MalformedPolicyDocumentException"),
        (_, false) => REFUSED,
        ("KeyId" | "TargetKeyId" | "SourceKeyId" | "DestinationKeyId", true) => Err("NotFoundException"),
        ("CiphertextBlob" | "EncryptedKeyMaterial", true) => Err("InvalidCiphertextException"),
        ("ImportToken", true) => Err("InvalidImportTokenException"),
        // Of another message.
        ("Mac", true) => Err("KMSInvalidMacException"),
        ("Message", true) if row.operation == "VerifyMac" => Err("KMSInvalidMacException"),
        ("GrantToken" | "GrantTokens[]", true) => Err("InvalidGrantTokenException"),
        ("GrantId", true) => Err("InvalidGrantIdException"),
        ("PolicyName", true) => other_policy(row),
        // Within the limit, but no alias and no principal.
        ("AliasName" | "GranteePrincipal" | "RetiringPrincipal", true) if len == least => REFUSED,
        ("AliasName", true) => other_alias(row),
        // Within the limit, but this world keeps records of two kilobytes.
        ("Description", true) if len == most => Err("LimitExceededException"),
        (_, true) => OK,
    }
}

/// What is said of a name that no alias has.
fn other_alias(row: &Row) -> Expected {
    if row.operation == "CreateAlias" { OK } else { Err("NotFoundException") }
}

/// What is said of a name that no policy has: `default` alone can be set.
fn other_policy(row: &Row) -> Expected {
    if row.operation == "PutKeyPolicy" { REFUSED } else { Err("NotFoundException") }
}

/// Texts inside and outside a pattern.
fn texts(row: &Row) -> Vec<(String, Expected)> {
    let outside = |prefix: &str, bad: &[&str]| -> Vec<(String, Expected)> {
        let at_each_end = bad.iter().flat_map(|bad| [format!("{prefix}a{bad}"), format!("{prefix}{bad}a")]);
        at_each_end.map(|text| (text, REFUSED)).collect()
    };
    let (inside, mut texts) = match row.parameter {
        "AliasName" => (
            ("alias/azAZ09/_-".to_owned(), other_alias(row)),
            // The pattern has a colon, which no alias may have.
            outside("alias/", &[" ", ".", "*", ":", "\n", "\u{e9}"]),
        ),
        "GranteePrincipal" | "RetiringPrincipal" => {
            ((format!("{USER}azAZ09_+=,.@-"), OK), outside(USER, &[" ", "#", "*", "\n", "\u{e9}"]))
        }
        "Name" => (("azAZ09:/_-".to_owned(), OK), outside("", &[" ", ".", "*", "\n", "\u{e9}"])),
        "PolicyName" => {
            (("azAZ09_".to_owned(), other_policy(row)), outside("", &[" ", "-", ".", "\n", "\u{e9}"]))
        }
        "KeyMaterialDescription" => {
            (("azAZ09:/_ \t\r\n.-".to_owned(), OK), outside("", &[",", "*", "\0", "\u{e9}", "\u{a0}"]))
        }
        "Policy" => {
            let with = |id: &str| policy_of_len(200).replacen('{', &format!("{{\t\r\n \"Id\":\"{id}\","), 1);
            let malformed = Err("MalformedPolicyDocumentException");
            ((with("\u{ff}"), OK), vec![(with("\u{100}"), malformed), (with("\u{7}"), malformed)])
        }
        _ => return Vec::new(),
    };
    texts.insert(0, inside);
    texts
}
