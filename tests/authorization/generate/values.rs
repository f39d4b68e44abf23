//! Values of few words, as requests and policies have them.

use super::super::dice::Dice;
use super::super::json::Json;
use super::super::naive::number::is_number;

/// What a value is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Values {
    String,
    Numeric,
    Date,
    Bool,
    Ip,
    Arn,
    Id,
    Binary,
}

/// A value of a request.
pub(super) fn requested(dice: &mut Dice, values: Values) -> String {
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
pub(super) fn listed(dice: &mut Dice, values: Values) -> Json {
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
            if is_number(&number) {
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

/// An ARN of these fields.
pub(super) fn arn(dice: &mut Dice, fields: &[&[&str]; 6]) -> String {
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
