//! Instants, by counting days in a plain loop.

use std::cmp::Ordering;

/// Seconds since 1970, and the digits of the fraction without trailing zeros.
type Instant = (i64, String);

/// Whether the text is an instant.
pub(super) fn is_instant(text: &str) -> bool {
    read(text).is_some()
}

/// How two instants compare; `None` if one is none.
pub(super) fn compare(left: &str, right: &str) -> Option<Ordering> {
    // The fraction always counts upward, before 1970 too: -1 second and .5 is half a second before midnight.
    Some(read(left)?.cmp(&read(right)?))
}

fn read(text: &str) -> Option<Instant> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit()) {
        return Some((text.parse().ok()?, String::new()));
    }
    let (date, time) = match text.split_once('T') {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let midnight = days_since_1970(date)? * 86_400;
    match time {
        None => Some((midnight, String::new())),
        Some(time) => {
            let (seconds, fraction) = read_time(time)?;
            Some((midnight + seconds, fraction))
        }
    }
}

fn days_since_1970(date: &str) -> Option<i64> {
    let [year, month, day] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let (year, month, day) = (fixed(year, 4)?, fixed(month, 2)?, fixed(day, 2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_of(year, month) {
        return None;
    }
    let mut days = day - 1;
    for earlier in 1..month {
        days += days_of(year, earlier);
    }
    for earlier in 1970..year {
        days += days_of_year(earlier);
    }
    for later in year..1970 {
        days -= days_of_year(later);
    }
    Some(days)
}

fn days_of_year(year: i64) -> i64 {
    (1..=12).map(|month| days_of(year, month)).sum()
}

fn days_of(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// `hh:mm[:ss[.fraction]]` and `Z` or `±hh:mm`: seconds of the day in UTC, which may be before or after it.
fn read_time(text: &str) -> Option<Instant> {
    let (clock, offset) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let sign_at = text.find(['+', '-'])?;
            let sign = if text[sign_at..].starts_with('+') { 1 } else { -1 };
            let (hours, minutes) = text[sign_at + 1..].split_once(':')?;
            (&text[..sign_at], sign * (bounded(hours, 23)? * 3600 + bounded(minutes, 59)? * 60))
        }
    };
    let mut parts = clock.split(':');
    let (hours, minutes) = (bounded(parts.next()?, 23)?, bounded(parts.next()?, 59)?);
    let (seconds, fraction) = match parts.next() {
        None => (0, ""),
        Some(seconds) => match seconds.split_once('.') {
            None => (bounded(seconds, 59)?, ""),
            Some((_, "")) => return None,
            Some((seconds, fraction)) => (bounded(seconds, 59)?, fraction),
        },
    };
    if parts.next().is_some() || !fraction.chars().all(|c| c.is_ascii_digit()) {
        return None;
    }
    Some((hours * 3600 + minutes * 60 + seconds - offset, fraction.trim_end_matches('0').to_string()))
}

fn bounded(text: &str, max: i64) -> Option<i64> {
    fixed(text, 2).filter(|value| *value <= max)
}

/// A number of exactly so many digits.
fn fixed(text: &str, digits: usize) -> Option<i64> {
    let is_fixed = text.len() == digits && text.chars().all(|c| c.is_ascii_digit());
    if is_fixed { text.parse().ok() } else { None }
}

#[test]
fn instants_are_read_in_every_form() {
    for (text, seconds) in [
        ("1970-01-01", 0),
        ("1970-01-01T00:00Z", 0),
        ("1969-12-31", -86_400),
        ("2000-02-29", 951_782_400),
        ("2026-03-01T10:00:00Z", 1_772_359_200),
        ("2026-03-01T12:00+02:00", 1_772_359_200),
        ("2026-03-01T09:30-00:30", 1_772_359_200),
        ("2026-02-28T23:00-11:00", 1_772_359_200),
        ("1772359200", 1_772_359_200),
        ("-86400", -86_400),
    ] {
        assert_eq!(read(text), Some((seconds, String::new())), "{text}");
    }
    assert_eq!(compare("2026-03-01T10:00:00.50Z", "2026-03-01T10:00:00.5Z"), Some(Ordering::Equal));
    assert_eq!(compare("2026-03-01T10:00:00.5Z", "1772359200"), Some(Ordering::Greater));
    assert_eq!(compare("1969-12-31T23:59:59.5Z", "-1"), Some(Ordering::Greater));
    assert_eq!(compare("1969-12-31T23:59:59.5Z", "0"), Some(Ordering::Less));
    for not in [
        "",
        "-",
        "2026-3-1",
        "2026-02-29",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-04-31",
        "1900-02-29",
        "2026-03-01T10:00",
        "2026-03-01T10Z",
        "2026-03-01t10:00Z",
        "2026-03-01T10:00z",
        "2026-03-01T24:00Z",
        "2026-03-01T10:60Z",
        "2026-03-01T10:00:60Z",
        "2026-03-01T10:00:00.Z",
        "2026-03-01T10:00+24:00",
        "2026-03-01T10:00+0200",
        "2026-03-01 10:00Z",
        "+5",
        "1.5",
        "1e3",
        "2026-03-01Z",
        "2026-03-01T10:00:00Z ",
        "2026-03-01T10:00:00:00Z",
        "2026-03-01T10:00.5Z",
    ] {
        assert_eq!(read(not), None, "{not}");
    }
}
