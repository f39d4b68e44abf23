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
        let (date, time) = match text.split_once('T') {
            None => (text, None),
            Some((date, time)) => (date, Some(time)),
        };
        let midnight = parse_date(date)?.saturating_mul(SECONDS_PER_DAY);
        let Some(time) = time else { return Some(Instant { seconds: midnight, fraction: &[] }) };
        let (local, offset_seconds) = split_offset(time)?;
        let (whole, fraction) = match local.split_once('.') {
            None => (local, None),
            Some((whole, fraction)) => (whole, Some(fraction)),
        };
        let mut fields = whole.split(':');
        let (hour, minute) = (bounded(fields.next()?, 23)?, bounded(fields.next()?, 59)?);
        let second = fields.next();
        if fields.next().is_some()
            || fraction.is_some_and(|fraction| second.is_none() || !is_digits(fraction))
        {
            return None;
        }
        let second = second.map_or(Some(0), |second| bounded(second, 59))?;
        let seconds = midnight
            .saturating_add(hour.saturating_mul(3600))
            .saturating_add(minute.saturating_mul(60))
            .saturating_add(second)
            .saturating_sub(offset_seconds);
        Some(Instant { seconds, fraction: fraction.unwrap_or_default().as_bytes() })
    }

    pub(super) fn compare(&self, other: &Self) -> Ordering {
        let digits = |instant: &Self| instant.fraction.iter().copied();
        self.seconds.cmp(&other.seconds).then_with(|| compare_fractions(digits(self), digits(other)))
    }
}

/// Exactly two digits, up to a bound.
fn bounded(text: &str, max: i64) -> Option<i64> {
    number(text, 2).filter(|value| *value <= max)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    if text.len() != digits || !is_digits(text) { None } else { text.parse().ok() }
}

/// Days since 1970 of `YYYY-MM-DD`.
fn parse_date(text: &str) -> Option<i64> {
    let mut fields = text.split('-');
    let (year, month, day) = (fields.next()?, fields.next()?, fields.next()?);
    let (year, month, day) = (number(year, 4)?, number(month, 2)?, number(day, 2)?);
    if fields.next().is_some() || !(1..=12).contains(&month) {
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

/// The local time, and how far it is ahead of UTC in seconds.
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(local) = time.strip_suffix('Z') {
        return Some((local, 0));
    }
    let (local, offset) = time.split_at_checked(time.rfind(['+', '-'])?)?;
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds =
        bounded(hours, 23)?.saturating_mul(3600).saturating_add(bounded(minutes, 59)?.saturating_mul(60));
    Some((local, if offset.starts_with('-') { seconds.saturating_neg() } else { seconds }))
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
