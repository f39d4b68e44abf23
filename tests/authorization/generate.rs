//! Random documents and requests, of few words, so that they often match.

use super::dice::Dice;
use super::json::Json;
use super::line::Line;
use super::naive::Kind;

const CALLERS: [&str; 14] = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/team/App",
    "arn:aws:sts::111122223333:assumed-role/App/one",
    "arn:aws:sts::111122223333:assumed-role/App/two",
    "arn:aws:sts::111122223333:assumed-role/App2/one",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:iam::444455556666:root",
    "arn:aws:iam::444455556666:user/alice",
    "arn:aws:sts::444455556666:assumed-role/App/one",
    "arn:aws-cn:iam::111122223333:user/alice",
    "s3.amazonaws.com",
];

const ENTRIES: [&str; 16] = [
    "*",
    "*",
    "111122223333",
    "444455556666",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::444455556666:root",
    "arn:aws-cn:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/alice",
    "arn:aws:iam::111122223333:user/bob",
    "arn:aws:iam::111122223333:role/team/App",
    "arn:aws:iam::111122223333:role/App",
    "arn:aws:iam::111122223333:role/App2",
    "arn:aws:iam::444455556666:role/App",
    "arn:aws:sts::111122223333:assumed-role/App/one",
    "arn:aws:sts::111122223333:federated-user/alice",
    "arn:aws:iam::444455556666:user/alice",
];

const SERVICES: [&str; 2] = ["s3.amazonaws.com", "ec2.amazonaws.com"];

const ACTIONS: [&str; 10] = [
    "kms:Decrypt",
    "kms:Decrypt",
    "kms:Encrypt",
    "kms:DescribeKey",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKeyPairWithoutPlaintext",
    "kms:CreateGrant",
    "kms:PutKeyPolicy",
    "kms:RotateKeyOnDemand",
];

const KEYLESS_ACTIONS: [&str; 3] = ["kms:CreateKey", "kms:ListKeys", "kms:GenerateRandom"];

const ACTION_PATTERNS: [&str; 22] = [
    "*",
    "*",
    "kms:*",
    "kms:*",
    "KMS:decrypt",
    "kms:Decrypt",
    "kms:De*",
    "kms:*crypt",
    "kms:*Key*",
    "kms:ReEncrypt*",
    "kms:Encrypt",
    "kms:?ncrypt",
    "kms:Re*To",
    "kms:*crypt*from",
    "kms:G*Pair*",
    "kms:Decryp",
    "kms:????????*",
    "kms:Create*",
    "kms:Put*",
    "s3:*",
    "kms:??????Grant",
    "kms:*o*",
];

const KEYS: [&str; 4] = [
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:us-east-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab",
    "arn:aws:kms:eu-west-1:444455556666:key/0987dcba-09fe-87dc-65ba-ab0987654321",
];

/// What a field of a resource pattern may be, and its alternatives.
const RESOURCE_FIELDS: [&[&str]; 6] = [
    &["arn"],
    &["aws", "aws", "*", "aws*", "aws-cn", "a?s"],
    &["kms", "kms", "kms", "kms", "kms", "*", "s3", "KMS"],
    &["us-east-1", "us-east-1", "*", "us-*", "us-east-?", "eu-west-1", "u*", ""],
    &[
        "111122223333",
        "111122223333",
        "111122223333",
        "*",
        "*",
        "*",
        "1111*",
        "1111*",
        "444455556666",
        "1111*",
        "*",
        "${",
    ],
    &[
        "*",
        "*",
        "key/*",
        "key/*",
        "key/*",
        "key/1234*",
        "key/mrk-*",
        "key/*ab",
        "key/*-12ab-*",
        "k*/*",
        "key*",
        "**",
        "alias/*",
        "key/${aws:s}*",
        "key/${aws:id}",
        "key/${aws:id, '1234'}*",
        "${aws:kind}/*",
        "key/*${aws:s}",
        "key/${*}",
        "key/${",
        "key/1234abcd-12ab-34cd-56ef-1234567890a?",
        "${aws:whole}",
        "key/?*?",
        "KEY/*",
    ],
];

/// A condition key and the kind of values it mostly has.
const CONDITION_KEYS: [(&str, Values); 10] = [
    ("aws:s", Values::String),
    ("aws:t", Values::String),
    ("aws:n", Values::Numeric),
    ("aws:d", Values::Date),
    ("aws:b", Values::Bool),
    ("aws:i", Values::Ip),
    ("aws:r", Values::Arn),
    ("kms:EncryptionContext:É", Values::String),
    ("aws:id", Values::Id),
    ("aws:y", Values::Binary),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Values {
    String,
    Numeric,
    Date,
    Bool,
    Ip,
    Arn,
    Id,
    Binary,
}

/// Operators by the values they compare.
const OPERATORS: [(Values, &[&str]); 7] = [
    (
        Values::String,
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
            "StringLike",
            "StringNotLike",
        ],
    ),
    (
        Values::Numeric,
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
    ),
    (
        Values::Date,
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
    ),
    (Values::Bool, &["Bool"]),
    (Values::Ip, &["IpAddress", "NotIpAddress"]),
    (Values::Arn, &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike"]),
    (Values::Binary, &["BinaryEquals"]),
];

/// A line with documents and a request.
pub(super) fn line(dice: &mut Dice) -> Line {
    let key_policy = (!dice.percent(10)).then(|| document(dice, Kind::Key));
    let identity_policies = (0..dice.below(3)).map(|_| document(dice, Kind::Identity)).collect();
    let mut line = Line {
        id: "random".to_string(),
        key_policy,
        identity_policies,
        principal: String::new(),
        action: String::new(),
        resource: String::new(),
        context: Vec::new(),
    };
    request(dice, &mut line);
    line
}

/// Another request for the same documents.
pub(super) fn request(dice: &mut Dice, line: &mut Line) {
    line.principal = dice.pick(&CALLERS).to_string();
    (line.action, line.resource) = match line.key_policy {
        Some(_) => (dice.pick(&ACTIONS).to_string(), dice.pick(&KEYS).to_string()),
        None => (dice.pick(&KEYLESS_ACTIONS).to_string(), "*".to_string()),
    };
    line.context = context(dice);
}

fn context(dice: &mut Dice) -> Vec<(String, Json)> {
    let mut context = Vec::new();
    for (key, values) in CONDITION_KEYS {
        let mut add = |dice: &mut Dice| {
            let value = |dice: &mut Dice| {
                let values = if dice.percent(92) { values } else { CONDITION_KEYS[dice.below(10)].1 };
                Json::Text(requested(dice, values))
            };
            let json = match dice.below(10) {
                0 | 1 => Json::List((0..dice.below(4)).map(|_| value(dice)).collect()),
                2 if values == Values::Bool => Json::Bool(dice.percent(50)),
                2 if values == Values::Numeric => {
                    Json::Number(dice.pick(&["1", "1.0", "10e-1", "-2", "12"]).to_string())
                }
                _ => value(dice),
            };
            context.push((spelled(dice, key), json));
        };
        if dice.percent(65) {
            add(dice);
        }
        if dice.percent(3) {
            add(dice);
        }
    }
    if dice.percent(50) {
        context.push(("aws:kind".to_string(), Json::text(dice.pick(&["key", "alias", "*", "k"]))));
    }
    if dice.percent(50) {
        let whole = ["*", "key/*", "key/1234abcd-12ab-34cd-56ef-1234567890ab"];
        context.push(("aws:whole".to_string(), Json::text(dice.pick(&whole))));
    }
    context
}

/// The name of a key, now and then in another case.
fn spelled(dice: &mut Dice, key: &str) -> String {
    match dice.below(6) {
        0 => key.to_uppercase(),
        1 => key.to_lowercase(),
        _ => key.to_string(),
    }
}

/// A value of a request.
fn requested(dice: &mut Dice, values: Values) -> String {
    match values {
        Values::String => match dice.below(4) {
            0 => dice.pick(&["", "a*", "*", "A", "é", "É", "${aws:t}", "a?", "${*}"]).to_string(),
            _ => dice.text("abé", 4),
        },
        Values::Ip => {
            let addresses = [
                "10.0.0.1",
                "10.0.0.2",
                "10.1.0.1",
                "11.0.0.1",
                "0.0.0.0",
                "255.255.255.255",
                "::",
                "::1",
                "2001:db8::1",
                "2001:DB8:0::2",
                "::ffff:10.0.0.1",
                "10.0.0.1/32",
                "1.2.3",
            ];
            dice.pick(&addresses).to_string()
        }
        Values::Arn if dice.percent(5) => "arn:aws:s3::1".to_string(),
        Values::Arn => arn(dice, &ARN_FIELDS),
        Values::Id => {
            dice.pick(&["1234", "1234abcd-12ab-34cd-56ef-1234567890ab", "*", "mrk-", "", "12??"]).to_string()
        }
        Values::Binary => dice.text("aé", 2),
        Values::Numeric => number(dice),
        Values::Date => instant(dice),
        Values::Bool => dice.pick(&["true", "false", "true", "false", "true", "false", "True"]).to_string(),
    }
}

/// A value of a policy.
fn listed(dice: &mut Dice, values: Values) -> Json {
    let text = match values {
        Values::String => match dice.below(10) {
            0..=4 => dice.text("abé*?", 4),
            5 => dice.text("ab", 3),
            6 | 7 => with_variable(dice),
            _ => dice.pick(&["a*", "*", "A", "é", "É", "${aws:t}", "${", "true", "1", "${*}b"]).to_string(),
        },
        Values::Ip => {
            let ranges = [
                "10.0.0.0/8",
                "10.0.0.1",
                "10.0.0.1/32",
                "10.0.0.0/31",
                "0.0.0.0/0",
                "128.0.0.0/1",
                "10.1.2.3/9",
                "::/0",
                "::1",
                "2001:db8::/32",
                "2001:db8::1/127",
                "::ffff:0:0/96",
                "::/1",
            ];
            dice.pick(&ranges).to_string()
        }
        Values::Arn => match dice.below(8) {
            0 => dice.pick(&["*", "arn:*", "*:*:*:*:*:*", "${aws:r}", "arn:aws:${aws:t}:x"]).to_string(),
            1 => arn(dice, &ARN_FIELDS) + &with_variable(dice),
            _ => arn(dice, &ARN_PATTERN_FIELDS),
        },
        Values::Binary => dice.pick(&["YQ==", "", "w6k=", "YWE=", "YcOp", "w6lh", "w6nDqQ=="]).to_string(),
        Values::Bool if dice.percent(50) => return Json::Bool(dice.percent(50)),
        Values::Bool => dice.pick(&["true", "false"]).to_string(),
        Values::Numeric if dice.percent(20) => {
            return Json::Number(dice.pick(&["1", "1.0", "-2", "10e-1"]).to_string());
        }
        Values::Numeric => loop {
            let number = number(dice);
            if super::naive::number::is_number(&number) {
                break number;
            }
        },
        Values::Date => loop {
            let instant = instant(dice);
            if !instant.ends_with('!') {
                break instant;
            }
        },
        Values::Id => dice.pick(&["1234*", "*", "${aws:id}", "mrk-"]).to_string(),
    };
    Json::Text(text)
}

fn with_variable(dice: &mut Dice) -> String {
    let variable = dice.pick(&[
        "${aws:s}",
        "${aws:t}",
        "${AWS:T}",
        "${aws:t, 'a'}",
        "${aws:gone}",
        "${aws:gone, 'b*'}",
        "${*}",
        "${?}",
        "${$}",
        "${aws:t,'a'}",
        "${aws:t",
        "${}",
        "${kms:EncryptionContext:é}",
        "$${aws:t}",
    ]);
    dice.text("ab*", 1) + variable + &dice.text("ab*?", 2)
}

const ARN_FIELDS: [&[&str]; 6] = [
    &["arn", "arn", "arn", "arn", "arn", "ARN"],
    &["aws", "aws", "b"],
    &["s3", "iam"],
    &["", "r"],
    &["", "1"],
    &["x", "x/y", "x:y", ""],
];
const ARN_PATTERN_FIELDS: [&[&str]; 6] = [
    &["arn", "arn", "*", "ar?", "ARN"],
    &["aws", "*", "a*", "?"],
    &["s3", "iam", "*", "s?"],
    &["", "r", "*", "?"],
    &["", "1", "*"],
    &["x", "x/*", "*", "x*y", "x?y", ""],
];

fn arn(dice: &mut Dice, fields: &[&[&str]; 6]) -> String {
    let fields: Vec<&str> = fields.iter().map(|field| dice.pick(field)).collect();
    fields.join(":")
}

/// Mostly a number, in many spellings of few.
fn number(dice: &mut Dice) -> String {
    if dice.percent(5) {
        return dice.pick(&["", "x", "1.", ".5", "1e", "+", "0x1", "1 "]).to_string();
    }
    let sign = dice.pick(&["", "", "", "-", "+"]);
    let digits = dice.pick(&[
        "0",
        "1",
        "01",
        "10",
        "2",
        "100",
        "0.1",
        "1.0",
        "1.10",
        "0.01",
        "1.000000000000000000001",
    ]);
    let exponent = dice.pick(&["", "", "", "e1", "E-1", "e+0", "e2", "e-2", "e30"]);
    format!("{sign}{digits}{exponent}")
}

/// Mostly an instant; one that is none ends in `!`.
fn instant(dice: &mut Dice) -> String {
    if dice.percent(5) {
        return dice.pick(&["!", "2026-02-29T00:00Z!", "2026-03-01T10:00!", "now!"]).to_string();
    }
    if dice.percent(20) {
        return dice.pick(&["1772323200", "1772359200", "1772359201", "0", "-1", "951782400"]).to_string();
    }
    let date = dice.pick(&[
        "2026-03-01",
        "2026-02-28",
        "2024-02-29",
        "1970-01-01",
        "1969-12-31",
        "2000-02-29",
        "0000-12-31",
        "9999-12-31",
    ]);
    if dice.percent(20) {
        return date.to_string();
    }
    let time = dice.pick(&[
        "00:00",
        "10:00",
        "10:00:00",
        "10:00:00.0",
        "10:00:00.5",
        "23:59:59.99",
        "08:00",
        "00:00:01",
    ]);
    let zone = dice.pick(&["Z", "Z", "Z", "+00:00", "-02:00", "+10:00", "-23:59", "+00:01"]);
    format!("{date}T{time}{zone}")
}

/// A document, now and then a malformed one.
pub(super) fn document(dice: &mut Dice, kind: Kind) -> Json {
    let mut members = Vec::new();
    let version = match dice.below(8) {
        0 => None,
        1 => Some("2008-10-17"),
        _ => Some("2012-10-17"),
    };
    members.extend(version.map(|version| ("Version", Json::text(version))));
    let statements = match dice.below(4) {
        0 => statement(dice, kind),
        _ => Json::List((0..=dice.below(4)).map(|_| statement(dice, kind)).collect()),
    };
    members.push(("Statement", statements));
    let document = Json::object(&members);
    if dice.percent(1) { spoil(dice, &document) } else { document }
}

fn statement(dice: &mut Dice, kind: Kind) -> Json {
    let is_deny = dice.percent(22);
    let mut members = vec![("Effect", Json::text(if is_deny { "Deny" } else { "Allow" }))];
    if kind == Kind::Key {
        let name = if is_deny && dice.percent(25) { "NotPrincipal" } else { "Principal" };
        members.push((name, principal(dice)));
    }
    let is_open = dice.percent(50);
    if kind == Kind::Identity || !dice.percent(2) {
        let name = if dice.percent(8) { "NotAction" } else { "Action" };
        let patterns = if is_open { &ACTION_PATTERNS[..4] } else { &ACTION_PATTERNS };
        members.push((name, dice.one_or_many(|dice| Json::text(dice.pick(patterns)))));
    }
    if kind == Kind::Identity || !dice.percent(2) {
        let name = if dice.percent(8) { "NotResource" } else { "Resource" };
        members.push((name, dice.one_or_many(|dice| resource(dice, is_open))));
    }
    if dice.percent(55) {
        members.push(("Condition", condition(dice)));
    }
    let turn = dice.below(members.len());
    members.rotate_left(turn);
    Json::object(&members)
}

fn principal(dice: &mut Dice) -> Json {
    match dice.below(10) {
        0..=2 => Json::text("*"),
        3 => Json::object(&[("Service", dice.one_or_many(|dice| Json::text(dice.pick(&SERVICES))))]),
        4 => Json::object(&[
            ("AWS", dice.one_or_many(|dice| Json::text(dice.pick(&ENTRIES)))),
            ("Service", dice.one_or_many(|dice| Json::text(dice.pick(&SERVICES)))),
        ]),
        _ => Json::object(&[("AWS", dice.one_or_many(|dice| Json::text(dice.pick(&ENTRIES))))]),
    }
}

fn resource(dice: &mut Dice, is_open: bool) -> Json {
    if is_open || dice.percent(30) {
        return Json::text("*");
    }
    Json::Text(arn(dice, &RESOURCE_FIELDS).replace("${:", "1111${:"))
}

fn condition(dice: &mut Dice) -> Json {
    let mut operators: Vec<(String, Vec<(String, Json)>)> = Vec::new();
    for _ in 0..=dice.below(3) {
        let (operator, keys) = operator(dice);
        match operators.iter_mut().find(|(known, _)| *known == operator) {
            Some((_, known)) => {
                for (key, value) in keys {
                    if known.iter().all(|(other, _)| *other != key) {
                        known.push((key, value));
                    }
                }
            }
            None => operators.push((operator, keys)),
        }
    }
    Json::Object(operators.into_iter().map(|(operator, keys)| (operator, Json::Object(keys))).collect())
}

/// An operator with one key.
fn operator(dice: &mut Dice) -> (String, Vec<(String, Json)>) {
    if dice.percent(8) {
        let (key, _) = CONDITION_KEYS[dice.below(10)];
        let value = dice.one_or_many(|dice| Json::Bool(dice.percent(50)));
        return ("Null".to_string(), vec![(spelled(dice, key), value)]);
    }
    // Text is the commonest.
    let (values, names) = OPERATORS[[0, 0, 0, 1, 2, 3, 4, 5, 6][dice.below(9)]];
    let qualifier = dice.pick(&["", "", "", "ForAllValues:", "ForAnyValue:"]);
    let if_exists = if dice.percent(20) { "IfExists" } else { "" };
    let name = format!("{qualifier}{}{if_exists}", dice.pick(names));
    let fitting: Vec<&str> =
        CONDITION_KEYS.iter().filter(|(_, known)| *known == values).map(|(key, _)| *key).collect();
    let key = if dice.percent(90) { dice.pick(&fitting) } else { CONDITION_KEYS[dice.below(10)].0 };
    let key =
        spelled(dice, if qualifier == "ForAllValues:" && key.starts_with("kms:") { "aws:s" } else { key });
    (name, vec![(key, dice.one_or_many(|dice| listed(dice, values)))])
}

/// A document with something small changed, which mostly spoils it.
fn spoil(dice: &mut Dice, document: &Json) -> Json {
    // The first change is `null` as a whole, which in a line means that there is no document.
    let changes = changes(document);
    changes[1 + dice.below(changes.len() - 1)].clone()
}

fn changes(value: &Json) -> Vec<Json> {
    let mut all = vec![
        Json::Null,
        Json::text(""),
        Json::text("${aws:s}"),
        Json::List(Vec::new()),
        Json::Object(Vec::new()),
    ];
    match value {
        Json::List(items) => {
            for (index, item) in items.iter().enumerate() {
                let with = |changed: Json| {
                    let mut items = items.clone();
                    items[index] = changed;
                    Json::List(items)
                };
                all.extend(changes(item).into_iter().map(with));
            }
        }
        Json::Object(members) => {
            for (index, (name, member)) in members.iter().enumerate() {
                let with = |name: String, value: Json| {
                    let mut members = members.clone();
                    members[index] = (name, value);
                    Json::Object(members)
                };
                all.extend(changes(member).into_iter().map(|changed| with(name.clone(), changed)));
                all.push(with(name.to_lowercase(), member.clone()));
                all.push(with(format!("{name}x"), member.clone()));
                let mut members = members.clone();
                let copy = members[index].clone();
                members.push(copy);
                all.push(Json::Object(members.clone()));
                members.pop();
                members.remove(index);
                all.push(Json::Object(members));
            }
        }
        Json::Text(text) => {
            all.push(Json::Text(text.to_lowercase()));
            all.push(Json::Text(format!("{text}x")));
            all.push(Json::Text(format!("{text}☃")));
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
    all
}
