use std::fmt;

/// A day of the Gregorian calendar: what `until=` dates and `--as-of` are compared as.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date {
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The date written as `YYYY-MM-DD`; `None` for any other form and for days that do not exist.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        let number = |range: std::ops::Range<usize>| -> Option<u16> {
            bytes[range].iter().try_fold(0u16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u16::from(byte - b'0')))
        };
        let (year, month, day) = (number(0..4)?, number(5..7)?, number(8..10)?);
        let (month, day) = (u8::try_from(month).ok()?, u8::try_from(day).ok()?);
        ((1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)).then_some(Self { year, month, day })
    }

    /// Days since 1970-01-01, negative before it.
    #[must_use]
    pub fn days(self) -> i64 {
        let before = i64::from(self.year) - 1;
        let years = before * 365 + before.div_euclid(4) - before.div_euclid(100) + before.div_euclid(400);
        let months: i64 = (1..self.month).map(|month| i64::from(days_in(self.year, month))).sum();
        years + months + i64::from(self.day) - 1 - 719_162
    }

    /// The inverse of [`Date::days`]; the years 0 to 9999 bound the result.
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        let days = days.clamp(-719_528, 2_932_896);
        // 400 years are 146,097 days
        let mut year = (days + 719_528).div_euclid(146_097) * 400;
        let mut left = (days + 719_528).rem_euclid(146_097);
        let mut length = |year: i64| -> i64 { if is_leap(u16::try_from(year).unwrap_or(0)) { 366 } else { 365 } };
        while left >= length(year) {
            left -= length(year);
            year += 1;
        }
        let year = u16::try_from(year).unwrap_or(9999);
        let mut month = 1;
        while left >= i64::from(days_in(year, month)) {
            left -= i64::from(days_in(year, month));
            month += 1;
        }
        Self { year, month, day: u8::try_from(left + 1).unwrap_or(1) }
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

fn is_leap(year: u16) -> bool {
    (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400)
}

fn days_in(year: u16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}
