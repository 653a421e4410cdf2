//! Writes times by layouts.

use std::fmt::Write as _;

use super::civil::Civil;
use super::layout::{MONTHS, Offset, Piece, WEEKDAYS, next};

/// A time as a zone's clocks show it.
pub(super) struct Shown {
    pub(super) civil: Civil,
    /// Seconds east of UTC.
    pub(super) offset: i64,
    pub(super) zone: String,
}

pub(super) fn month_name(month: i64) -> &'static str {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or("")
}

/// The time as the layout shows it.
pub(super) fn format(time: &Shown, mut layout: &str) -> String {
    let mut out = String::new();
    let civil = &time.civil;
    let half_day = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    loop {
        let (text, piece, rest) = next(layout);
        out.push_str(text);
        let Some(piece) = piece else { return out };
        layout = rest;
        let _ = match piece {
            Piece::LongMonth => write!(out, "{}", month_name(civil.month)),
            Piece::Month => write!(out, "{}", &month_name(civil.month)[..3]),
            Piece::NumMonth => write!(out, "{}", civil.month),
            Piece::ZeroMonth => write!(out, "{:02}", civil.month),
            Piece::LongWeekday => write!(out, "{}", WEEKDAYS[civil.weekday()]),
            Piece::Weekday => write!(out, "{}", &WEEKDAYS[civil.weekday()][..3]),
            Piece::Day => write!(out, "{}", civil.day),
            Piece::UnderDay => write!(out, "{:2}", civil.day),
            Piece::ZeroDay => write!(out, "{:02}", civil.day),
            Piece::UnderYearDay => write!(out, "{:3}", civil.year_day()),
            Piece::ZeroYearDay => write!(out, "{:03}", civil.year_day()),
            Piece::Hour => write!(out, "{:02}", civil.hour),
            Piece::Hour12 => write!(out, "{half_day}"),
            Piece::ZeroHour12 => write!(out, "{half_day:02}"),
            Piece::Minute => write!(out, "{}", civil.minute),
            Piece::ZeroMinute => write!(out, "{:02}", civil.minute),
            Piece::Second => write!(out, "{}", civil.second),
            Piece::ZeroSecond => write!(out, "{:02}", civil.second),
            Piece::LongYear => write!(out, "{:04}", civil.year),
            Piece::Year => write!(out, "{:02}", civil.year.rem_euclid(100)),
            Piece::Half { upper } => {
                let text = if civil.hour >= 12 { "pm" } else { "am" };
                if upper { write!(out, "{}", text.to_uppercase()) } else { write!(out, "{text}") }
            }
            Piece::ZoneName => write!(out, "{}", time.zone),
            Piece::Offset(style) => {
                offset(time.offset, style, &mut out);
                Ok(())
            }
            Piece::Fraction { digits, comma, trim } => {
                fraction(civil.nanosecond, digits, comma, trim, &mut out);
                Ok(())
            }
        };
    }
}

fn offset(offset: i64, style: Offset, out: &mut String) {
    if style.z && offset == 0 {
        out.push('Z');
        return;
    }
    // the sign of whole minutes
    let minutes = offset / 60;
    out.push(if minutes < 0 { '-' } else { '+' });
    // where whole minutes are 0 the seconds keep their sign
    let seconds = if minutes < 0 { -offset } else { offset } % 60;
    let minutes = minutes.abs();
    let colon = if style.colon { ":" } else { "" };
    let _ = write!(out, "{:02}", minutes / 60);
    if style.minutes {
        let _ = write!(out, "{colon}{:02}", minutes % 60);
    }
    if style.seconds {
        let _ = write!(out, "{colon}{}{:02}", if seconds < 0 { "-" } else { "" }, seconds.abs());
    }
}

fn fraction(nanosecond: i64, digits: usize, comma: bool, trim: bool, out: &mut String) {
    let mut text = format!("{nanosecond:09}");
    text.truncate(digits);
    if trim {
        text.truncate(text.trim_end_matches('0').len());
        if text.is_empty() {
            return;
        }
    }
    out.push(if comma { ',' } else { '.' });
    out.push_str(&text);
}
