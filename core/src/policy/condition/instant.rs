//! Instants: ISO 8601 in the profile of the W3C (*Date and Time Formats*), or whole seconds since 1970.

use core::cmp::Ordering;

use super::decimal::{compare_fractions, is_digits};

/// A moment: whole seconds since 1970, and the digits of a fraction of a second.
#[derive(Clone, Copy, Debug)]
pub(super) struct Instant<'a> {
    seconds: i64,
    fraction: &'a [u8],
}

const SECONDS_PER_DAY: i64 = 86_400;
/// Days from the year 0 to 1970 in the calendar of today.
const DAYS_TO_1970: i64 = 719_528;
/// Days before each month of a year that is no leap year.
const DAYS_BEFORE_MONTH: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];

impl<'a> Instant<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        if is_digits(text.strip_prefix('-').unwrap_or(text)) {
            return Some(Instant { seconds: text.parse().ok()?, fraction: &[] });
        }
        // Every field has its place: `YYYY-MM-DD`, `Thh:mm`, `:ss`, a fraction, an offset.
        let (date, time) = text.split_at_checked(10)?;
        let midnight = parse_date(date.as_bytes())?.saturating_mul(SECONDS_PER_DAY);
        if time.is_empty() {
            return Some(Instant { seconds: midnight, fraction: &[] });
        }
        let (minutes, rest) = time.split_at_checked(6)?;
        let [b'T', h1, h2, b':', m1, m2] = *minutes.as_bytes() else { return None };
        let (hour, minute) = (two_digits([h1, h2], 23)?, two_digits([m1, m2], 59)?);
        let (second, rest) = match *rest.as_bytes() {
            [b':', s1, s2, ..] => (two_digits([s1, s2], 59)?, rest.get(3..)?),
            _ => (0, rest),
        };
        let has_seconds = time.as_bytes().get(6) == Some(&b':');
        let (fraction, offset) = match rest.strip_prefix('.').filter(|_| has_seconds) {
            Some(rest) => rest.split_at_checked(rest.bytes().take_while(u8::is_ascii_digit).count())?,
            None => ("", rest),
        };
        if rest.starts_with('.') && fraction.is_empty() {
            return None;
        }
        let seconds = midnight
            .saturating_add(hour.saturating_mul(3600))
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second)
            .saturating_sub(parse_offset(offset.as_bytes())?);
        Some(Instant { seconds, fraction: fraction.as_bytes() })
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let digits = |instant: &Self| instant.fraction.iter().copied();
        self.seconds.cmp(&other.seconds).then_with(|| compare_fractions(digits(self), digits(other)))
    }
}

/// The value of two digits, up to a bound.
fn two_digits(digits: [u8; 2], max: i64) -> Option<i64> {
    let [tens, ones] =
        digits.map(|digit| i64::from(digit).checked_sub(48).filter(|value| (0..=9).contains(value)));
    Some(tens?.saturating_mul(10).saturating_add(ones?)).filter(|value| *value <= max)
}

/// Days since 1970 of `YYYY-MM-DD`.
fn parse_date(text: &[u8]) -> Option<i64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *text else { return None };
    let year = two_digits([y1, y2], 99)?.saturating_mul(100).saturating_add(two_digits([y3, y4], 99)?);
    let (month, day) = (two_digits([m1, m2], 12)?, two_digits([d1, d2], 31)?);
    if month == 0 {
        return None;
    }
    let is_leap = year.checked_rem(4)? == 0 && (year.checked_rem(100)? != 0 || year.checked_rem(400)? == 0);
    let days_in_month = match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day < 1 || day > days_in_month {
        return None;
    }
    let before = DAYS_BEFORE_MONTH.get(usize::try_from(month.saturating_sub(1)).ok()?)?;
    // Leap days of the years before this one, the year 0 included.
    let leap_days = match year.checked_sub(1)? {
        -1 => 0,
        last => last
            .checked_div(4)?
            .saturating_sub(last.checked_div(100)?)
            .saturating_add(last.checked_div(400)?)
            .saturating_add(1),
    };
    let this_year = i64::from(is_leap && month > 2);
    Some(
        year.saturating_mul(365)
            .saturating_add(leap_days)
            .saturating_add(*before)
            .saturating_add(this_year)
            .saturating_add(day)
            .saturating_sub(1)
            .saturating_sub(DAYS_TO_1970),
    )
}

/// How far `Z` or `±hh:mm` is ahead of UTC, in seconds.
fn parse_offset(text: &[u8]) -> Option<i64> {
    let [sign, h1, h2, b':', m1, m2] = *text else { return (text == b"Z").then_some(0) };
    let seconds = two_digits([h1, h2], 23)?
        .saturating_mul(3600)
        .saturating_add(two_digits([m1, m2], 59)?.saturating_mul(60));
    match sign {
        b'+' => Some(seconds),
        b'-' => Some(seconds.saturating_neg()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_of_one_moment_are_equal() {
        // RFC 3339 and `date -u -d` agree on these.
        for (text, seconds) in [
            ("1970-01-01", 0),
            ("1969-12-31T23:59:59Z", -1),
            ("2000-02-29T12:00Z", 951_825_600),
            ("2026-03-01", 1_772_323_200),
            ("2026-03-01T00:00:00Z", 1_772_323_200),
            ("2026-03-01T02:00:00+02:00", 1_772_323_200),
            ("2026-02-28T18:30:00-05:30", 1_772_323_200),
            ("2026-03-01T00:00:00.000Z", 1_772_323_200),
            ("2001-01-01", 978_307_200),
            ("2023-12-31", 1_703_980_800),
            ("2024-03-01", 1_709_251_200),
            ("2100-03-01", 4_107_542_400),
            ("1772323200", 1_772_323_200),
            ("-1", -1),
            ("0000-01-01", -62_167_219_200),
            ("9999-12-31T23:59:59Z", 253_402_300_799),
        ] {
            let instant = Instant::parse(text).unwrap();
            assert_eq!(instant.seconds, seconds, "{text}");
        }
    }

    #[test]
    fn fractions_count() {
        let at = |text| Instant::parse(text).unwrap();
        let (half, more) = (at("2026-03-01T10:00:00.5Z"), at("2026-03-01T10:00:00.5000001Z"));
        assert_eq!(half.compare(&more), Ordering::Less);
        assert_eq!(half.compare(&at("2026-03-01T10:00:00.500Z")), Ordering::Equal);
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        for text in [
            "",
            "-",
            "2026",
            "2026-3-1",
            "2026-13-01",
            "2026-02-29",
            "1900-02-29",
            "2026-04-31",
            "2026-03-00",
            "2026-03-01T",
            "2026-03-01T10Z",
            "2026-03-01T10:00",
            "2026-03-01T24:00Z",
            "2026-03-01T10:60Z",
            "2026-03-01T10:00:60Z",
            "2026-03-01T10:00.5Z",
            "2026-03-01T10:00:00.Z",
            "2026-03-01T10:00:00+2:00",
            "2026-03-01T10:00:00+24:00",
            "2026-03-01t10:00z",
            "2026-03-01 10:00Z",
            "1.5",
            "+5",
        ] {
            if text == "2026" {
                // Digits alone are seconds.
                assert_eq!(Instant::parse(text).unwrap().seconds, 2026);
            } else {
                assert!(Instant::parse(text).is_none(), "{text}");
            }
        }
    }
}
