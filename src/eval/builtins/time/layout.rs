//! Go's time layouts: a text in which pieces of the reference time stand for what they show.
//!
//! Source of the rules: the documentation of Go's `time` package.

/// A piece of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    LongMonth,
    Month,
    NumMonth,
    ZeroMonth,
    LongWeekday,
    Weekday,
    Day,
    UnderDay,
    ZeroDay,
    UnderYearDay,
    ZeroYearDay,
    Hour,
    Hour12,
    ZeroHour12,
    Minute,
    ZeroMinute,
    Second,
    ZeroSecond,
    LongYear,
    Year,
    /// `PM` or `pm`.
    Half {
        upper: bool,
    },
    ZoneName,
    Offset(Offset),
    Fraction {
        digits: usize,
        comma: bool,
        /// Zeros at the end are left out.
        trim: bool,
    },
}

/// How an offset from UTC is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offset {
    /// `Z` stands for UTC.
    pub(super) z: bool,
    pub(super) colon: bool,
    pub(super) minutes: bool,
    pub(super) seconds: bool,
}

/// The layout that a name stands for, or the layout itself.
pub(super) fn named(layout: &str) -> &str {
    match layout {
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" => RFC3339,
        "RFC3339Nano" => RFC3339_NANO,
        other => other,
    }
}

pub(super) const RFC3339: &str = "2006-01-02T15:04:05Z07:00";
pub(super) const RFC3339_NANO: &str = "2006-01-02T15:04:05.999999999Z07:00";

pub(super) const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
pub(super) const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// Offsets, the longer ones before those that begin as they do.
const OFFSETS: [(&str, bool, bool, bool); 5] = [
    ("070000", false, true, true),
    ("07:00:00", true, true, true),
    ("0700", false, true, false),
    ("07:00", true, true, false),
    ("07", false, false, false),
];

/// The first piece: the text before it, the piece, and what follows it.
pub(super) fn next(layout: &str) -> (&str, Option<Piece>, &str) {
    for (at, byte) in layout.bytes().enumerate() {
        if !byte.is_ascii() || !layout.is_char_boundary(at) {
            continue;
        }
        if let Some((piece, skip, length)) = piece(&layout[at..]) {
            return (&layout[..at + skip], Some(piece), &layout[at + skip + length..]);
        }
    }
    (layout, None, "")
}

/// A piece that starts here: how many bytes before it are literal, and its length.
fn piece(rest: &str) -> Option<(Piece, usize, usize)> {
    let lower_at = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_lowercase);
    let found = |piece, length| Some((piece, 0, length));
    match rest.as_bytes() {
        [b'J', ..] if rest.starts_with("January") => found(Piece::LongMonth, 7),
        [b'J', ..] if rest.starts_with("Jan") && !lower_at(3) => found(Piece::Month, 3),
        [b'M', ..] if rest.starts_with("Monday") => found(Piece::LongWeekday, 6),
        [b'M', ..] if rest.starts_with("Mon") && !lower_at(3) => found(Piece::Weekday, 3),
        [b'M', b'S', b'T', ..] => found(Piece::ZoneName, 3),
        [b'0', b'1', ..] => found(Piece::ZeroMonth, 2),
        [b'0', b'2', ..] => found(Piece::ZeroDay, 2),
        [b'0', b'3', ..] => found(Piece::ZeroHour12, 2),
        [b'0', b'4', ..] => found(Piece::ZeroMinute, 2),
        [b'0', b'5', ..] => found(Piece::ZeroSecond, 2),
        [b'0', b'6', ..] => found(Piece::Year, 2),
        [b'0', b'0', b'2', ..] => found(Piece::ZeroYearDay, 3),
        [b'1', b'5', ..] => found(Piece::Hour, 2),
        [b'1', ..] => found(Piece::NumMonth, 1),
        [b'2', b'0', b'0', b'6', ..] => found(Piece::LongYear, 4),
        [b'2', ..] => found(Piece::Day, 1),
        // a literal `_` and the year
        [b'_', b'2', b'0', b'0', b'6', ..] => Some((Piece::LongYear, 1, 4)),
        [b'_', b'2', ..] => found(Piece::UnderDay, 2),
        [b'_', b'_', b'2', ..] => found(Piece::UnderYearDay, 3),
        [b'3', ..] => found(Piece::Hour12, 1),
        [b'4', ..] => found(Piece::Minute, 1),
        [b'5', ..] => found(Piece::Second, 1),
        [b'P', b'M', ..] => found(Piece::Half { upper: true }, 2),
        [b'p', b'm', ..] => found(Piece::Half { upper: false }, 2),
        [sign @ (b'-' | b'Z'), ..] => {
            let (text, colon, minutes, seconds) = OFFSETS.into_iter().find(|(text, ..)| rest[1..].starts_with(text))?;
            found(Piece::Offset(Offset { z: *sign == b'Z', colon, minutes, seconds }), text.len() + 1)
        }
        [separator @ (b'.' | b','), digit @ (b'0' | b'9'), ..] => {
            let count = rest.bytes().skip(1).take_while(|b| b == digit).count();
            let ends = !rest.as_bytes().get(count + 1).is_some_and(u8::is_ascii_digit);
            // Go keeps twelve bits of the number
            let piece = Piece::Fraction { digits: count & 0xfff, comma: *separator == b',', trim: *digit == b'9' };
            ends.then_some((piece, 0, count + 1))
        }
        _ => None,
    }
}
