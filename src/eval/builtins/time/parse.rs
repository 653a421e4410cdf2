//! Reads times by layouts, as Go's `time.Parse` does on a machine whose zone is UTC.

use super::civil::{Civil, days_in};
use super::layout::{MONTHS, Offset, Piece, WEEKDAYS, next};

/// What has been read so far.
struct Reading {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    /// `PM` has been read, or `AM`.
    afternoon: Option<bool>,
    utc: bool,
    /// Seconds east of UTC; Go's mark for none is -1.
    offset: i64,
}

/// Seconds since 1970-01-01 UTC and nanoseconds; `None` where the text does not fit the layout.
pub(super) fn parse(layout: &str, text: &str) -> Option<(i64, i64)> {
    let mut reading = Reading {
        year: 0,
        month: None,
        day: None,
        year_day: None,
        hour: 0,
        minute: 0,
        second: 0,
        nanosecond: 0,
        afternoon: None,
        utc: false,
        offset: -1,
    };
    let (mut layout, mut rest) = (layout, text.as_bytes());
    loop {
        let (literal, piece, after) = next(layout);
        rest = skip(rest, literal.as_bytes())?;
        let Some(piece) = piece else { break };
        layout = after;
        rest = reading.piece(piece, layout, rest)?;
    }
    if rest.is_empty() { reading.finish() } else { None }
}

/// Skips a literal; blanks match any number of blanks.
fn skip<'t>(mut text: &'t [u8], mut literal: &[u8]) -> Option<&'t [u8]> {
    while let Some(first) = literal.first() {
        if *first == b' ' {
            if text.first().is_some_and(|b| *b != b' ') {
                return None;
            }
            literal = cut_blanks(literal);
            text = cut_blanks(text);
            continue;
        }
        text = text.strip_prefix(std::slice::from_ref(first))?;
        literal = &literal[1..];
    }
    Some(text)
}

fn cut_blanks(text: &[u8]) -> &[u8] {
    &text[text.iter().take_while(|b| **b == b' ').count()..]
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_digit()).count()
}

/// At most nine digits; a text of more must be cut before.
fn value(digits: &[u8]) -> i64 {
    digits.iter().fold(0, |value, digit| value * 10 + i64::from(digit - b'0'))
}

/// A number of one or two digits.
fn two(text: &[u8], fixed: bool) -> Option<(i64, &[u8])> {
    let count = digits(text).min(2);
    if count == 0 || fixed && count == 1 {
        return None;
    }
    Some((value(&text[..count]), &text[count..]))
}

/// All of the text as a number that may have a sign.
fn signed(text: &[u8]) -> Option<i64> {
    let (negative, magnitude) = match text {
        [sign @ (b'-' | b'+'), rest @ ..] => (*sign == b'-', rest),
        _ => (false, text),
    };
    if digits(magnitude) < magnitude.len() {
        return None;
    }
    Some(if negative { -value(magnitude) } else { value(magnitude) })
}

/// A name without regard to case; `short`: its first three letters.
fn name<'t>(names: &[&str], short: bool, text: &'t [u8]) -> Option<(i64, &'t [u8])> {
    for (index, name) in names.iter().enumerate() {
        let name = if short { &name[..3] } else { name }.as_bytes();
        if text.len() >= name.len() && text[..name.len()].eq_ignore_ascii_case(name) {
            return Some((i64::try_from(index).ok()?, &text[name.len()..]));
        }
    }
    None
}

/// The nanoseconds in a separator and digits.
fn fraction(text: &[u8]) -> Option<i64> {
    if !matches!(text.first(), Some(b'.' | b',')) {
        return None;
    }
    let text = &text[1..text.len().min(10)];
    let nanoseconds = signed(text)?;
    let scale = 10i64.pow(9 - u32::try_from(text.len()).ok()?);
    (nanoseconds >= 0).then_some(nanoseconds * scale)
}

/// The length of what looks like a zone's abbreviation.
fn zone_length(text: &[u8]) -> Option<usize> {
    if text.len() < 3 {
        return None;
    }
    if text.starts_with(b"ChST") || text.starts_with(b"MeST") {
        return Some(4);
    }
    if let Some(after) = text.strip_prefix(b"GMT") {
        return Some(3 + hours_length(after).unwrap_or(0));
    }
    if matches!(text[0], b'+' | b'-') {
        return hours_length(text);
    }
    match text.iter().take(6).take_while(|b| b.is_ascii_uppercase()).count() {
        3 => Some(3),
        4 if text[3] == b'T' || text.starts_with(b"WITA") => Some(4),
        5 if text[4] == b'T' => Some(5),
        _ => None,
    }
}

/// The length of a sign and hours up to 23.
fn hours_length(text: &[u8]) -> Option<usize> {
    if !matches!(text.first(), Some(b'+' | b'-')) {
        return None;
    }
    let count = digits(&text[1..]);
    let significant = text[1..=count].iter().skip_while(|b| **b == b'0').count();
    (count > 0 && significant <= 2 && value(&text[1 + count - significant..=count]) <= 23).then_some(count + 1)
}

impl Reading {
    /// Reads a piece of the layout, which goes on with `layout`.
    fn piece<'t>(&mut self, piece: Piece, layout: &str, text: &'t [u8]) -> Option<&'t [u8]> {
        match piece {
            Piece::Year => {
                let year = signed(text.get(..2)?)?;
                self.year = if year >= 69 { year + 1900 } else { year + 2000 };
                Some(&text[2..])
            }
            Piece::LongYear => {
                let digits = text.get(..4).filter(|digits| digits[0].is_ascii_digit())?;
                self.year = signed(digits)?;
                Some(&text[4..])
            }
            Piece::LongMonth | Piece::Month => {
                let (month, rest) = name(&MONTHS, piece == Piece::Month, text)?;
                self.month = Some(month + 1);
                Some(rest)
            }
            Piece::NumMonth | Piece::ZeroMonth => {
                let (month, rest) = two(text, piece == Piece::ZeroMonth)?;
                self.month = Some(month).filter(|month| (1..=12).contains(month));
                self.month.map(|_| rest)
            }
            Piece::LongWeekday | Piece::Weekday => Some(name(&WEEKDAYS, piece == Piece::Weekday, text)?.1),
            Piece::Day | Piece::UnderDay | Piece::ZeroDay => {
                let blank = piece == Piece::UnderDay && text.first() == Some(&b' ');
                let (day, rest) = two(&text[usize::from(blank)..], piece == Piece::ZeroDay)?;
                self.day = Some(day);
                Some(rest)
            }
            Piece::UnderYearDay | Piece::ZeroYearDay => {
                let under = piece == Piece::UnderYearDay;
                let blanks = if under { text.iter().take(2).take_while(|b| **b == b' ').count() } else { 0 };
                let text = &text[blanks..];
                let count = digits(text).min(3);
                if count == 0 || !under && count < 3 {
                    return None;
                }
                self.year_day = Some(value(&text[..count]));
                Some(&text[count..])
            }
            Piece::Hour => clock(text, false, 23, &mut self.hour),
            Piece::Hour12 | Piece::ZeroHour12 => clock(text, piece == Piece::ZeroHour12, 12, &mut self.hour),
            Piece::Minute | Piece::ZeroMinute => clock(text, piece == Piece::ZeroMinute, 59, &mut self.minute),
            Piece::Second | Piece::ZeroSecond => {
                let rest = clock(text, piece == Piece::ZeroSecond, 59, &mut self.second)?;
                // a fraction may follow that the layout does not have
                let count = if matches!(rest.first(), Some(b'.' | b',')) { digits(&rest[1..]) } else { 0 };
                if count == 0 || matches!(next(layout).1, Some(Piece::Fraction { .. })) {
                    return Some(rest);
                }
                self.nanosecond = fraction(&rest[..=count])?;
                Some(&rest[count + 1..])
            }
            Piece::Half { upper } => {
                let text = text.split_at_checked(2)?;
                self.afternoon = Some(match (text.0, upper) {
                    (b"PM", true) | (b"pm", false) => true,
                    // both may be read; Go then prefers the afternoon
                    (b"AM", true) | (b"am", false) => self.afternoon.unwrap_or(false),
                    _ => return None,
                });
                Some(text.1)
            }
            Piece::ZoneName => {
                if let Some(rest) = text.strip_prefix(b"UTC") {
                    self.utc = true;
                    return Some(rest);
                }
                // other abbreviations, `GMT+3` too, leave the time as UTC's clocks show it
                text.get(zone_length(text)?..)
            }
            Piece::Offset(style) => self.read_offset(style, text),
            Piece::Fraction { digits, trim: false, .. } => {
                let (read, rest) = text.split_at_checked(digits + 1)?;
                self.nanosecond = fraction(read)?;
                Some(rest)
            }
            Piece::Fraction { .. } => {
                let count = if matches!(text.first(), Some(b'.' | b',')) { digits(&text[1..]) } else { 0 };
                if count == 0 {
                    return Some(text);
                }
                self.nanosecond = fraction(&text[..=count])?;
                Some(&text[count + 1..])
            }
        }
    }

    fn read_offset<'t>(&mut self, style: Offset, text: &'t [u8]) -> Option<&'t [u8]> {
        if style.z
            && let Some(rest) = text.strip_prefix(b"Z")
        {
            self.utc = true;
            return Some(rest);
        }
        let (sign, mut rest) = text.split_first()?;
        let mut seconds = 0;
        let parts = [(true, 3600, 24), (style.minutes, 60, 60), (style.seconds, 1, 60)];
        for (index, (present, unit, limit)) in parts.into_iter().enumerate() {
            if !present {
                continue;
            }
            if index > 0 && style.colon {
                rest = rest.strip_prefix(b":")?;
            }
            let (part, after) = two(rest, true)?;
            // 24 hours, 60 minutes and 60 seconds are taken
            if part > limit {
                return None;
            }
            seconds += part * unit;
            rest = after;
        }
        self.offset = match sign {
            b'+' => seconds,
            b'-' => -seconds,
            _ => return None,
        };
        Some(rest)
    }

    fn finish(self) -> Option<(i64, i64)> {
        let hour = match self.afternoon {
            Some(true) if self.hour < 12 => self.hour + 12,
            Some(false) if self.hour == 12 => 0,
            _ => self.hour,
        };
        let (month, day) = match self.year_day {
            None => (self.month.unwrap_or(1), self.day.unwrap_or(1)),
            Some(year_day) => {
                let mut left = year_day;
                let mut month = 1;
                while month < 12 && left > days_in(self.year, month) {
                    left -= days_in(self.year, month);
                    month += 1;
                }
                if self.month.is_some_and(|seen| seen != month) || self.day.is_some_and(|seen| seen != left) {
                    return None;
                }
                (month, left)
            }
        };
        if day < 1 || day > days_in(self.year, month) {
            return None;
        }
        let civil = Civil { year: self.year, month, day, hour, minute: self.minute, second: self.second, nanosecond: self.nanosecond };
        let mut seconds = civil.seconds();
        if !self.utc && self.offset != -1 {
            seconds -= self.offset;
        }
        Some((seconds, self.nanosecond))
    }
}

fn clock<'t>(text: &'t [u8], fixed: bool, limit: i64, out: &mut i64) -> Option<&'t [u8]> {
    let (read, rest) = two(text, fixed)?;
    *out = read;
    (read <= limit).then_some(rest)
}
