//! Dates of the proleptic Gregorian calendar.

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: i64,
    pub(super) day: i64,
    pub(super) hour: i64,
    pub(super) minute: i64,
    pub(super) second: i64,
    pub(super) nanosecond: i64,
}

pub(super) const DAY: i64 = 86_400;

/// Days from 1970-01-01; months may lie outside of 1..=12.
pub(super) fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    // years that start in March
    let (shifted, since_march) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = shifted.div_euclid(400);
    let of_era = shifted.rem_euclid(400);
    let of_year = (153 * since_march + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Civil {
    /// The date and time that lies so many nanoseconds after 1970-01-01, on the wall clock.
    pub(super) fn from_seconds(seconds: i64, nanosecond: i64) -> Self {
        let days = seconds.div_euclid(DAY);
        let of_day = seconds.rem_euclid(DAY);
        let shifted = days + 719_468;
        let era = shifted.div_euclid(146_097);
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let since_march = (5 * of_year + 2) / 153;
        let month = if since_march < 10 { since_march + 3 } else { since_march - 9 };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * since_march + 2) / 5 + 1,
            hour: of_day / 3600,
            minute: of_day / 60 % 60,
            second: of_day % 60,
            nanosecond,
        }
    }

    /// Seconds on the wall clock after 1970-01-01.
    pub(super) fn seconds(&self) -> i64 {
        days_from(self.year, self.month, self.day) * DAY + self.hour * 3600 + self.minute * 60 + self.second
    }

    /// The day of the year, from 1.
    pub(super) fn year_day(&self) -> i64 {
        days_from(self.year, self.month, self.day) - days_from(self.year, 1, 1) + 1
    }

    /// The day of the week: 0 for Sunday.
    pub(super) fn weekday(&self) -> usize {
        let day = (days_from(self.year, self.month, self.day) + 4).rem_euclid(7);
        usize::try_from(day).unwrap_or(0)
    }
}

/// The length of a month in 1..=12.
pub(super) fn days_in(year: i64, month: i64) -> i64 {
    days_from(year, month + 1, 1) - days_from(year, month, 1)
}
