//! Conditions (section 5), in three values: an unreadable request value is neither a match nor none.

use std::cmp::Ordering;

use super::super::json::Json;
use super::context::{Context, Found};
use super::text::{Piece, base64, expand, fold, literally, matches};
use super::{address, date, number};

/// The order makes "and" the minimum and "or" the maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Truth {
    False,
    Error,
    True,
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Truth::True } else { Truth::False }
    }
}

/// Every operator, and whether it is negated.
pub(super) const OPERATORS: [(&str, bool); 27] = [
    ("StringEquals", false),
    ("StringNotEquals", true),
    ("StringEqualsIgnoreCase", false),
    ("StringNotEqualsIgnoreCase", true),
    ("StringLike", false),
    ("StringNotLike", true),
    ("NumericEquals", false),
    ("NumericNotEquals", true),
    ("NumericLessThan", false),
    ("NumericLessThanEquals", false),
    ("NumericGreaterThan", false),
    ("NumericGreaterThanEquals", false),
    ("DateEquals", false),
    ("DateNotEquals", true),
    ("DateLessThan", false),
    ("DateLessThanEquals", false),
    ("DateGreaterThan", false),
    ("DateGreaterThanEquals", false),
    ("Bool", false),
    ("BinaryEquals", false),
    ("IpAddress", false),
    ("NotIpAddress", true),
    ("ArnEquals", false),
    ("ArnLike", false),
    ("ArnNotEquals", true),
    ("ArnNotLike", true),
    ("Null", false),
];

/// An operator's name, taken apart: qualifier, operator, `IfExists`.
pub(super) fn take_apart(spelled: &str) -> Option<(&str, &str, bool)> {
    let (qualifier, rest) = match spelled.split_once(':') {
        Some((qualifier @ ("ForAllValues" | "ForAnyValue"), rest)) => (qualifier, rest),
        Some(_) => return None,
        None => ("", spelled),
    };
    let (operator, if_exists) = match rest.strip_suffix("IfExists") {
        Some(operator) => (operator, true),
        None => (rest, false),
    };
    let is_known = OPERATORS.iter().any(|(name, _)| *name == operator);
    let is_plain = qualifier.is_empty() && !if_exists;
    (is_known && (operator != "Null" || is_plain)).then_some((qualifier, operator, if_exists))
}

/// Whether all conditions of a statement hold.
pub(super) fn holds(condition: &Json, context: &Context, has_variables: bool) -> Truth {
    let mut all = Truth::True;
    for (spelled, keys) in condition.members() {
        for (key, values) in keys.members() {
            let values: Vec<String> =
                values.one_or_many().iter().map(|value| value.scalar().unwrap()).collect();
            all = all.min(pair(spelled, &context.find(key), &values, context, has_variables));
        }
    }
    all
}

fn pair(spelled: &str, found: &Found, values: &[String], context: &Context, has_variables: bool) -> Truth {
    let (qualifier, operator, if_exists) = take_apart(spelled).unwrap();
    if operator == "Null" {
        let is_absent = matches!(found, Found::Absent);
        return values.iter().any(|value| (value == "true") == is_absent).into();
    }
    let is_negated = OPERATORS.iter().any(|(name, is_negated)| *name == operator && *is_negated);
    let test = |value: &String| {
        if !is_readable(operator, value) {
            return Truth::Error;
        }
        let is_listed = values.iter().any(|wanted| listed(operator, value, wanted, context, has_variables));
        (is_listed != is_negated).into()
    };
    match (qualifier, found) {
        ("ForAllValues", Found::Absent) => Truth::True,
        ("ForAnyValue", Found::Absent) => Truth::False,
        (_, Found::Absent) => (if_exists || is_negated).into(),
        (_, Found::Ambiguous) => is_negated.into(),
        ("ForAllValues", Found::Many(values)) => values.iter().map(test).min().unwrap(),
        ("ForAnyValue", Found::Many(values)) => values.iter().map(test).max().unwrap(),
        (_, Found::Many(_)) => Truth::False,
        (_, Found::One(value)) => test(value),
    }
}

/// Whether the operator can read the request's value.
fn is_readable(operator: &str, value: &str) -> bool {
    match family(operator) {
        "Numeric" => number::is_number(value),
        "Date" => date::is_instant(value),
        "Bool" => value == "true" || value == "false",
        "Ip" => address::is_address(value),
        _ => true,
    }
}

/// Whether the operator can read a value of the policy.
pub(super) fn is_value(operator: &str, value: &str) -> bool {
    match family(operator) {
        "Bool" | "Null" => value == "true" || value == "false",
        "Ip" => address::is_range(value),
        "Binary" => base64(value).is_some(),
        _ => is_readable(operator, value),
    }
}

fn family(operator: &str) -> &str {
    match operator {
        "IpAddress" | "NotIpAddress" => "Ip",
        other => ["String", "Numeric", "Date", "Binary", "Bool", "Arn", "Null"]
            .into_iter()
            .find(|family| other.starts_with(family))
            .unwrap(),
    }
}

/// Whether one value of the request matches one of the policy, negation aside.
fn listed(operator: &str, value: &str, wanted: &str, context: &Context, has_variables: bool) -> bool {
    let expanded = || expand(wanted, context, has_variables);
    match operator {
        "StringEquals" | "StringNotEquals" => expanded().is_some_and(|wanted| literally(&wanted) == value),
        "StringEqualsIgnoreCase" | "StringNotEqualsIgnoreCase" => {
            expanded().is_some_and(|wanted| fold(&literally(&wanted)) == fold(value))
        }
        "StringLike" | "StringNotLike" => expanded().is_some_and(|wanted| matches(&wanted, value)),
        "Bool" => wanted == value,
        "BinaryEquals" => base64(wanted).unwrap() == value.as_bytes(),
        "IpAddress" | "NotIpAddress" => address::contains(wanted, value),
        "ArnEquals" | "ArnLike" | "ArnNotEquals" | "ArnNotLike" => {
            expanded().is_some_and(|wanted| arn_matches(&wanted, value))
        }
        _ => {
            let order = match family(operator) {
                "Numeric" => number::compare(value, wanted),
                _ => date::compare(value, wanted),
            };
            let order = order.unwrap();
            match operator.trim_start_matches("Numeric").trim_start_matches("Date") {
                "Equals" | "NotEquals" => order == Ordering::Equal,
                "LessThan" => order == Ordering::Less,
                "LessThanEquals" => order != Ordering::Greater,
                "GreaterThan" => order == Ordering::Greater,
                "GreaterThanEquals" => order != Ordering::Less,
                other => panic!("{other}"),
            }
        }
    }
}

fn arn_matches(wanted: &[Piece], value: &str) -> bool {
    let values: Vec<&str> = value.splitn(6, ':').collect();
    let wanted: Vec<&[Piece]> = wanted.splitn(6, |piece| *piece == Piece::Is(':')).collect();
    let is_arn = values.len() == 6 && values[0] == "arn";
    is_arn && wanted.len() == 6 && wanted.iter().zip(values).all(|(wanted, value)| matches(wanted, value))
}
