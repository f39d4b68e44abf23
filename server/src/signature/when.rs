//! When a request says it was signed.

/// A time as signatures have it: `YYYYMMDDThhmmssZ`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignedAt {
    seconds: u64,
}

const SECONDS_PER_DAY: u64 = 86_400;

impl SignedAt {
    /// Of a time in seconds since 1970.
    #[must_use]
    pub const fn of(seconds: u64) -> Self {
        SignedAt { seconds }
    }

    /// Reads exactly that form. What is no date is none, as are years before 1970.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: &[u8; 16] = text.as_bytes().try_into().ok()?;
        let [y0, y1, y2, y3, o0, o1, d0, d1, b'T', h0, h1, m0, m1, s0, s1, b'Z'] = *bytes else {
            return None;
        };
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0u64, |number, digit| {
                let digit = u64::from(digit.checked_sub(b'0').filter(|digit| *digit <= 9)?);
                number.checked_mul(10)?.checked_add(digit)
            })
        };
        let (year, month, day) = (number(&[y0, y1, y2, y3])?, number(&[o0, o1])?, number(&[d0, d1])?);
        let (hour, minute, second) = (number(&[h0, h1])?, number(&[m0, m1])?, number(&[s0, s1])?);
        if hour > 23 || minute > 59 || second > 59 {
            return None;
        }
        let days = days_of(year, month, day)?;
        let in_day = hour.checked_mul(3600)?.checked_add(minute.checked_mul(60)?)?.checked_add(second)?;
        Some(SignedAt { seconds: days.checked_mul(SECONDS_PER_DAY)?.checked_add(in_day)? })
    }

    /// Seconds since 1970.
    #[must_use]
    pub const fn seconds(self) -> u64 {
        self.seconds
    }

    /// `YYYYMMDD`.
    #[must_use]
    pub fn date(self) -> String {
        let (year, month, day) = self.day();
        format!("{year:04}{month:02}{day:02}")
    }

    /// `YYYYMMDDThhmmssZ`.
    #[must_use]
    pub fn text(self) -> String {
        let (hour, minute, second) = self.in_day();
        format!("{}T{hour:02}{minute:02}{second:02}Z", self.date())
    }

    /// `YYYY-MM-DDThh:mm:ssZ`.
    #[must_use]
    pub fn iso(self) -> String {
        let (year, month, day) = self.day();
        let (hour, minute, second) = self.in_day();
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
    }

    fn in_day(self) -> (u64, u64, u64) {
        let rest = self.seconds.checked_rem(SECONDS_PER_DAY).unwrap_or(0);
        let part = |unit: u64| rest.checked_div(unit).unwrap_or(0);
        (part(3600), part(60).checked_rem(60).unwrap_or(0), rest.checked_rem(60).unwrap_or(0))
    }

    /// Year, month and day: the year by estimate, the rest by counting.
    fn day(self) -> (u64, u64, u64) {
        let mut rest = self.seconds.checked_div(SECONDS_PER_DAY).unwrap_or(0);
        let mut year = 1970u64;
        while let Some(left) = rest.checked_sub(days_in_year(year)) {
            (rest, year) = (left, year.saturating_add(1));
        }
        let mut month = 1u64;
        while let Some(left) = rest.checked_sub(days_in_month(year, month)).filter(|_| month < 12) {
            (rest, month) = (left, month.saturating_add(1));
        }
        (year, month, rest.saturating_add(1))
    }
}

const fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

const fn days_in_year(year: u64) -> u64 {
    if is_leap(year) { 366 } else { 365 }
}

const fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to a date of the calendar.
fn days_of(year: u64, month: u64, day: u64) -> Option<u64> {
    if year < 1970 || !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
        return None;
    }
    let years: u64 = (1970..year).map(days_in_year).sum();
    let months: u64 = (1..month).map(|month| days_in_month(year, month)).sum();
    years.checked_add(months)?.checked_add(day.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_and_written_alike() {
        for (text, seconds) in [
            ("19700101T000000Z", 0),
            ("20150830T123600Z", 1_440_938_160),
            ("20000229T235959Z", 951_868_799),
            ("20261122T235959Z", 1_795_391_999),
            ("21001231T000000Z", 4_133_894_400),
        ] {
            let at = SignedAt::parse(text).unwrap();
            assert_eq!((at.seconds(), at.text().as_str()), (seconds, text));
        }
        assert_eq!(SignedAt::of(1_440_938_160).iso(), "2015-08-30T12:36:00Z");
        for text in [
            "",
            "20150830",
            "20150830T123600",
            "20150830t123600Z",
            "20150230T123600Z",
            "20151301T123600Z",
            "20150100T123600Z",
            "20150830T243600Z",
            "20150830T126000Z",
            "20150830T123660Z",
            "19691231T235959Z",
            "2015083xT123600Z",
            "20150830T123600Z ",
        ] {
            assert_eq!(SignedAt::parse(text), None, "{text}");
        }
    }
}
