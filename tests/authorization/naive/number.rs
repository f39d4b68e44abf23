//! Decimal numbers, compared by sign, by where the point stands, and by their digits.

use std::cmp::Ordering;

/// `0.DIGITS` with the point moved right by so many places; the digits begin and end with one that is not zero.
struct Decimal {
    is_negative: bool,
    point: i64,
    digits: String,
}

/// Optional sign, digits, optional fraction, optional exponent.
pub(in super::super) fn is_number(text: &str) -> bool {
    read(text).is_some()
}

/// How two numbers compare; `None` if one is none.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (read(left)?, read(right)?);
    // Digits without zeros behind them compare as text: `12` before `123` before `13`.
    let magnitude = (left.point, &left.digits).cmp(&(right.point, &right.digits));
    Some(match (sign(&left), sign(&right)) {
        (1, 1) => magnitude,
        (-1, -1) => magnitude.reverse(),
        (left, right) => left.cmp(&right),
    })
}

fn sign(number: &Decimal) -> i8 {
    match (number.digits.is_empty(), number.is_negative) {
        (true, _) => 0,
        (false, true) => -1,
        (false, false) => 1,
    }
}

fn read(text: &str) -> Option<Decimal> {
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, read_exponent(exponent)?),
        None => (unsigned, 0),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) if is_digits(fraction) => (whole, fraction),
        Some(_) => return None,
        None => (mantissa, ""),
    };
    if !is_digits(whole) {
        return None;
    }
    let written = format!("{whole}{fraction}");
    let digits = written.trim_start_matches('0');
    let point = exponent + whole.len() as i64 - (written.len() - digits.len()) as i64;
    Some(Decimal { is_negative, point, digits: digits.trim_end_matches('0').to_string() })
}

/// Of nine digits at most.
fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) || digits.len() > 9 {
        return None;
    }
    text.parse().ok()
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_digit())
}

#[test]
fn numbers_compare_as_decimals() {
    for (left, right, expected) in [
        ("90", "90.0", Ordering::Equal),
        ("9e1", "90", Ordering::Equal),
        ("-0", "0", Ordering::Equal),
        ("+1", "1", Ordering::Equal),
        ("007", "7", Ordering::Equal),
        ("0.1e-2", "0.001", Ordering::Equal),
        ("1.5E+3", "1500", Ordering::Equal),
        ("9007199254740993", "9007199254740992", Ordering::Greater),
        ("-2", "-1", Ordering::Less),
        ("-1", "1", Ordering::Less),
        ("1e-400", "0", Ordering::Greater),
        ("0e9", "0", Ordering::Equal),
        ("1e999999999", "9e999999998", Ordering::Greater),
        ("-1e-999999999", "0", Ordering::Less),
        ("12", "13", Ordering::Less),
        ("12", "123", Ordering::Less),
        ("0.12", "0.123", Ordering::Less),
    ] {
        assert_eq!(compare(left, right), Some(expected), "{left} {right}");
        assert_eq!(compare(right, left), Some(expected.reverse()), "{right} {left}");
    }
    for not in [
        "",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "0x1",
        " 1",
        "1 ",
        "1_0",
        "--1",
        "+-1",
        "NaN",
        "1.2.3",
        "١",
        "1e1234567890",
    ] {
        assert!(!is_number(not), "{not}");
    }
}
