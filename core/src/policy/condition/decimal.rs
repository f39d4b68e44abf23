//! Decimal numbers, compared as they are written: exact, and without floating point.

use core::cmp::Ordering;

/// A number in its own digits: `whole fraction` with the point behind `whole`, moved right by `exponent`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal<'a> {
    is_negative: bool,
    whole: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

/// Longest exponent, in digits: more is no number that anyone means.
const EXPONENT_DIGITS_MAX: usize = 9;

impl<'a> Decimal<'a> {
    /// Reads an optional sign, digits, an optional fraction and an optional exponent, and nothing else.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (is_negative, unsigned) = take_sign(text);
        let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
            None => (unsigned, 0),
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            None => (mantissa, None),
            Some((whole, fraction)) => (whole, Some(fraction)),
        };
        if !is_digits(whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
            return None;
        }
        let fraction = fraction.unwrap_or_default().as_bytes();
        Some(Decimal { is_negative, whole: whole.as_bytes(), fraction, exponent })
    }

    /// The digits from the first that is not zero on.
    fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.whole.iter().chain(self.fraction).copied().skip_while(|digit| *digit == b'0')
    }

    /// How many digits stand before the point once it is `0.d1 d2 …`; zero has none.
    fn magnitude(&self) -> Option<i64> {
        let zeros = self.whole.iter().chain(self.fraction).take_while(|digit| **digit == b'0').count();
        self.digits().next()?;
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        Some(count(self.whole.len()).saturating_sub(count(zeros)).saturating_add(self.exponent))
    }

    fn compare_unsigned(&self, other: &Self) -> Ordering {
        self.magnitude()
            .cmp(&other.magnitude())
            .then_with(|| compare_fractions(self.digits(), other.digits()))
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.magnitude(), number.is_negative) {
            (None, _) => 0i8,
            (Some(_), true) => -1,
            (Some(_), false) => 1,
        };
        sign(self).cmp(&sign(other)).then_with(|| {
            if self.is_negative { other.compare_unsigned(self) } else { self.compare_unsigned(other) }
        })
    }
}

/// Compares `0.left` with `0.right`: missing digits are zeros.
pub(super) fn compare_fractions(
    mut left: impl Iterator<Item = u8>,
    mut right: impl Iterator<Item = u8>,
) -> Ordering {
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        match a.unwrap_or(b'0').cmp(&b.unwrap_or(b'0')) {
            Ordering::Equal => {}
            unequal => return unequal,
        }
    }
}

pub(super) fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn take_sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(unsigned) => (true, unsigned),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let (is_negative, digits) = take_sign(text);
    if !is_digits(digits) || digits.len() > EXPONENT_DIGITS_MAX {
        return None;
    }
    let value: i64 = digits.parse().ok()?;
    Some(if is_negative { value.saturating_neg() } else { value })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_by_value_not_by_text() {
        let ascending = [
            "-1e3",
            "-90.5",
            "-90",
            "-0.1",
            "0",
            "1e-999999999",
            "0.001",
            "0.1",
            "1",
            "89.99",
            "90",
            "90.01",
            "1e2",
            "1e12",
            "1e999999999",
        ];
        for (i, left) in ascending.iter().enumerate() {
            for (j, right) in ascending.iter().enumerate() {
                let compared = Decimal::parse(left).unwrap().compare(&Decimal::parse(right).unwrap());
                assert_eq!(compared, i.cmp(&j), "{left} against {right}");
            }
        }
    }

    #[test]
    fn one_value_has_many_texts() {
        for same in [
            &["90", "90.0", "090", "+90", "9e1", "9E+1", "900e-1", "0.90e2"][..],
            &["0", "-0", "0.00", "0e9"],
            &["0e999999999", "-0e-999999999"],
        ] {
            for (left, right) in same.iter().flat_map(|left| same.iter().map(move |right| (left, right))) {
                let compared = Decimal::parse(left).unwrap().compare(&Decimal::parse(right).unwrap());
                assert_eq!(compared, Ordering::Equal, "{left} against {right}");
            }
        }
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1.2.3",
            "1e",
            "1e1.5",
            "0x10",
            " 1",
            "1 ",
            "--1",
            "1e9999999999",
            "1e++5",
            "NaN",
        ] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
    }
}
