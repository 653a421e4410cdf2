use std::time::{Duration, UNIX_EPOCH};

use proptest::prelude::*;
use ztctl::diag::Date;

#[test]
fn reads_full_dates_only() {
    for good in ["0001-01-01", "1970-01-01", "2000-02-29", "2024-02-29", "2026-11-30", "9999-12-31"] {
        assert_eq!(Date::parse(good).map(|d| d.to_string()).as_deref(), Some(good));
    }
    for bad in [
        "",
        "2026",
        "2026-1-01",
        "2026-01-1",
        "26-01-01",
        "2026-13-01",
        "2026-00-01",
        "2026-01-00",
        "2026-01-32",
        "2026-02-29",
        "1900-02-29",
        "2026-04-31",
        "2026/01/01",
        "2026-01-01 ",
        " 2026-01-01",
        "2026-01-01T00:00:00Z",
        "+026-01-01",
        "0000-01-01",
        "２０２６-01",
        "2026-0１-1",
        "-026-01-01",
    ] {
        assert_eq!(Date::parse(bad), None, "{bad}");
    }
}

#[test]
fn orders_and_counts_days() {
    let day = |text| Date::parse(text).expect("a date");
    assert!(day("2025-12-31") < day("2026-01-01"));
    assert!(day("2026-02-28") < day("2026-03-01"));
    assert_eq!(day("1970-01-01").days(), 0);
    assert_eq!(day("2000-03-01").days(), 11_017);
    assert_eq!(day("2024-03-01").days() - day("2024-02-28").days(), 2);
    assert_eq!(Date::of(UNIX_EPOCH + Duration::from_secs(86_399)), day("1970-01-01"));
    assert_eq!(Date::of(UNIX_EPOCH + Duration::from_secs(86_400)), day("1970-01-02"));
    assert_eq!(Date::of(UNIX_EPOCH - Duration::from_secs(1)), day("1969-12-31"));
    assert_eq!(Date::of(UNIX_EPOCH - Duration::from_secs(86_400)), day("1969-12-31"));
    assert_eq!(Date::of(UNIX_EPOCH + Duration::from_secs(u64::MAX >> 2)), day("9999-12-31"));
}

#[test]
fn every_day_is_followed_by_the_next() {
    let mut last = Date::new(1, 1, 1).expect("a date");
    for days in last.days() + 1..=Date::new(9999, 12, 31).expect("a date").days() {
        let day = Date::from_days(days);
        assert!(last < day && day.days() == days, "{day}");
        last = day;
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,12}") {
        if let Some(date) = Date::parse(&text) {
            prop_assert_eq!(date.to_string(), text);
        }
    }
}
