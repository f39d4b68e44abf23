//! Vault time in words.

use core::fmt;

/// A moment, in milliseconds since 1970; as text `YYYY-MM-DDThh:mm:ssZ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Timestamp {
    seconds: u64,
}

const SECONDS_PER_DAY: u64 = 86_400;
/// A day in milliseconds.
pub(crate) const DAY_MS: u64 = 86_400_000;
/// The last moment that has a year of four digits.
const LAST_SECOND: u64 = 253_402_300_799;

impl Timestamp {
    /// Cut to whole seconds; what lies behind the year 9999 is its last second.
    pub(crate) fn from_ms(ms: u64) -> Self {
        Timestamp { seconds: ms.checked_div(1000).unwrap_or(0).min(LAST_SECOND) }
    }

    /// Whole seconds since 1970.
    pub(crate) fn seconds(&self) -> u64 {
        self.seconds
    }

    /// Year, month and day.
    fn date(&self) -> (u64, usize, u64) {
        let is_leap =
            |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let mut days = self.seconds.checked_div(SECONDS_PER_DAY).unwrap_or(0);
        let mut year = 1970u64;
        loop {
            let february = if is_leap(year) { 29 } else { 28 };
            let months = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
            for (month, length) in (1..).zip(months) {
                match days.checked_sub(length) {
                    Some(left) => days = left,
                    None => return (year, month, days.saturating_add(1)),
                }
            }
            year = year.saturating_add(1);
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.date();
        let second = self.seconds.checked_rem(SECONDS_PER_DAY).unwrap_or(0);
        let part =
            |unit: u64, bound: u64| second.checked_div(unit).and_then(|n| n.checked_rem(bound)).unwrap_or(0);
        let (hour, minute, second) = (part(3600, 24), part(60, 60), part(1, 60));
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_written_as_people_read_them() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_825_600_999, "2000-02-29T12:00:00Z"),
            (1_772_323_199_999, "2026-02-28T23:59:59Z"),
            (1_772_323_200_000, "2026-03-01T00:00:00Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00Z"),
            (u64::MAX, "9999-12-31T23:59:59Z"),
        ] {
            let mut written = heapless::String::<24>::new();
            fmt::write(&mut written, format_args!("{}", Timestamp::from_ms(ms))).unwrap();
            assert_eq!(written, text);
        }
    }
}
