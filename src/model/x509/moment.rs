//! UTCTime and GeneralizedTime as Go's certificate parser takes them.

use super::der::Der;

const UTC_TIME: u8 = 23;
const GENERALIZED_TIME: u8 = 24;

/// A second of the calendar, with the distance to UTC it was written with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    /// In minutes east of UTC.
    offset: i64,
}

impl Moment {
    /// Reads either type of element.
    pub(crate) fn read(der: &mut Der) -> Option<Self> {
        let element = der.any()?;
        match element.tag {
            UTC_TIME => Self::parse(element.content, 2, true).or_else(|| Self::parse(element.content, 2, false)),
            GENERALIZED_TIME => Self::parse(element.content, 4, true),
            _ => None,
        }
    }

    fn parse(text: &[u8], year_digits: usize, seconds: bool) -> Option<Self> {
        let mut rest = text;
        let mut number = |digits: usize| {
            let (head, tail) = rest.split_at_checked(digits)?;
            rest = tail;
            head.iter().try_fold(0i64, |value, b| b.is_ascii_digit().then(|| value * 10 + i64::from(b - b'0')))
        };
        let mut year = number(year_digits)?;
        let (month, day, hour, minute) = (number(2)?, number(2)?, number(2)?, number(2)?);
        let second = if seconds { number(2)? } else { 0 };
        if year_digits == 2 {
            // RFC 5280, 4.1.2.5.1
            year += if year >= 50 { 1900 } else { 2000 };
        }
        let offset = match rest {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), digits @ ..] if digits.len() == 4 && digits.iter().all(u8::is_ascii_digit) => {
                let at = |i: usize| i64::from(digits[i] - b'0');
                let (hours, minutes) = (at(0) * 10 + at(1), at(2) * 10 + at(3));
                // no distance is written `Z`, an hour not as 60 minutes; 24 hours have no place in RFC 3339
                if minutes > 59 || hours > 23 || hours + minutes == 0 {
                    return None;
                }
                (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
            }
            _ => return None,
        };
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let days = match month {
            4 | 6 | 9 | 11 => 30,
            2 => 28 + i64::from(leap),
            1..=12 => 31,
            _ => return None,
        };
        let valid = (1..=days).contains(&day) && hour < 24 && minute < 60 && second < 60;
        valid.then_some(Self { year, month, day, hour, minute, second, offset })
    }

    /// Seconds since 1970 in UTC.
    pub(crate) fn unix(&self) -> i64 {
        // days of the proleptic Gregorian calendar, years beginning in March
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let of_era = year.rem_euclid(400);
        let of_year = (153 * ((self.month + 9) % 12) + 2) / 5 + self.day - 1;
        let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
        ((days * 24 + self.hour) * 60 + self.minute - self.offset) * 60 + self.second
    }

    /// As RFC 3339 has it.
    pub(crate) fn text(&self) -> String {
        let Self { year, month, day, hour, minute, second, offset } = self;
        let zone = if *offset == 0 {
            "Z".to_owned()
        } else {
            let sign = if *offset < 0 { '-' } else { '+' };
            format!("{sign}{:02}:{:02}", offset.abs() / 60, offset.abs() % 60)
        };
        format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}")
    }
}
