//! Times as people and scripts read them: UTC, RFC 3339.

use std::fmt;

use serde::{Serialize, Serializer};

const DAY_MS: u64 = 86_400_000;

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(pub(crate) u64);

impl Instant {
    /// Reads `YYYY-MM-DD` or `YYYY-MM-DDThh:mm:ssZ`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let wrong = || "expected a date such as 2027-03-01, or 2027-03-01T10:00:00Z".to_owned();
        let (date, time) = match text.split_once('T') {
            Some((date, time)) => (date, time.strip_suffix('Z').ok_or_else(wrong)?),
            None => (text, "00:00:00"),
        };
        let [year, month, day] = numbers(date, '-', [4, 2, 2]).ok_or_else(wrong)?;
        let [hour, minute, second] = numbers(time, ':', [2, 2, 2]).ok_or_else(wrong)?;
        let is_time = hour < 24 && minute < 60 && second < 60;
        let days = (0..).map_while(|at| 1970u64.checked_add(at).filter(|at| *at < year)).map(days_of_year);
        let days = days.fold(0u64, u64::saturating_add);
        let months = (1..month).map(|month| days_of_month(year, month)).fold(0u64, u64::saturating_add);
        if year < 1970
            || !(1..=12).contains(&month)
            || day == 0
            || day > days_of_month(year, month)
            || !is_time
        {
            return Err(wrong());
        }
        let days = days.saturating_add(months).saturating_add(day.saturating_sub(1));
        let seconds =
            hour.saturating_mul(3600).saturating_add(minute.saturating_mul(60)).saturating_add(second);
        Ok(Instant(days.saturating_mul(DAY_MS).saturating_add(seconds.saturating_mul(1000))))
    }
}

/// Numbers of so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[u64; 3]> {
    let mut parts = text.split(between);
    let mut next = |digits: usize| {
        let part = parts.next()?;
        let fits = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        if fits { part.parse().ok() } else { None }
    };
    let [first, second, third] = digits;
    let numbers = [next(first)?, next(second)?, next(third)?];
    parts.next().is_none().then_some(numbers)
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_of_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_of_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Years beyond these are said in milliseconds: nobody waits for them.
        if self.0 >= 253_402_300_800_000 {
            return write!(f, "{} ms", self.0);
        }
        let (mut days, ms) = (self.0.div_euclid(DAY_MS), self.0.rem_euclid(DAY_MS));
        let mut year = 1970u64;
        while days >= days_of_year(year) {
            days = days.saturating_sub(days_of_year(year));
            year = year.saturating_add(1);
        }
        let mut month = 1u64;
        while days >= days_of_month(year, month) {
            days = days.saturating_sub(days_of_month(year, month));
            month = month.saturating_add(1);
        }
        let day = days.saturating_add(1);
        let second = ms.div_euclid(1000);
        let (hour, minute) = (second.div_euclid(3600), second.div_euclid(60).rem_euclid(60));
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}Z", second.rem_euclid(60))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A time, or a dash where the vault has none.
pub(crate) fn or_dash(time_ms: Option<u64>) -> String {
    time_ms.map_or_else(|| "-".to_owned(), |time_ms| Instant(time_ms).to_string())
}

#[cfg(test)]
mod tests {
    use super::Instant;

    #[test]
    fn a_time_reads_as_it_prints() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400_000, "2000-02-29T00:00:00Z"),
            (951_868_799_000, "2000-02-29T23:59:59Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (1_795_276_800_000, "2026-11-21T16:00:00Z"),
        ] {
            assert_eq!(Instant(ms).to_string(), text);
            assert_eq!(Instant::parse(text), Ok(Instant(ms)));
        }
        assert_eq!(Instant::parse("2000-03-01").unwrap().to_string(), "2000-03-01T00:00:00Z");
    }

    #[test]
    fn other_spellings_are_no_times() {
        for text in ["", "2026", "2026-13-01", "2026-02-29", "2026-2-1", "1969-12-31", "2026-01-01T24:00:00Z"]
        {
            assert!(Instant::parse(text).is_err(), "{text}");
        }
        assert!(Instant::parse("2026-01-01T00:00:00").is_err());
    }
}
