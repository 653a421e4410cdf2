//! Times: nanoseconds since 1970, shown by the clocks of IANA zones.

mod civil;
mod format;
mod layout;
mod parse;

use civil::{Civil, days_in};
use format::Shown;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::operand::{int, string};
use super::{Builtin, Context, Failure, Outcome, Run};
use crate::eval::value::{Float, Value};
use crate::model::duration;

const fn builtin(name: &'static str, arity: usize, run: Run) -> Builtin {
    Builtin { name, arity, relation: false, run: Some(run) }
}

pub(super) const TABLE: &[Builtin] = &[
    builtin("time.add_date", 4, add_date),
    builtin("time.clock", 1, clock),
    builtin("time.date", 1, date),
    builtin("time.diff", 2, diff),
    builtin("time.format", 1, format_time),
    builtin("time.parse_duration_ns", 1, parse_duration),
    builtin("time.parse_ns", 2, parse_time),
    builtin("time.parse_rfc3339_ns", 1, parse_rfc3339),
    builtin("time.weekday", 1, weekday),
];

const SECOND: i64 = 1_000_000_000;

/// The text that one call may give.
const MAX_TEXT: usize = 64 << 20;

/// A time with a zone and a layout.
struct Moment<'v> {
    seconds: i64,
    nanosecond: i64,
    /// `None`: UTC.
    zone: Option<TimeZone>,
    layout: &'v str,
}

/// Offset from UTC and abbreviation that a zone has at a time.
fn zone_at(zone: Option<&TimeZone>, seconds: i64) -> (i64, String) {
    let Some(zone) = zone else { return (0, "UTC".to_owned()) };
    let time = Timestamp::from_second(seconds).unwrap_or(if seconds < 0 { Timestamp::MIN } else { Timestamp::MAX });
    let info = zone.to_offset_info(time);
    (i64::from(info.offset().seconds()), info.abbreviation().to_owned())
}

impl Moment<'_> {
    fn shown_in(&self, zone: Option<&TimeZone>) -> Shown {
        let (offset, name) = zone_at(zone, self.seconds);
        Shown { civil: Civil::from_seconds(self.seconds + offset, self.nanosecond), offset, zone: name }
    }

    fn shown(&self) -> Shown {
        self.shown_in(self.zone.as_ref())
    }
}

/// Nanoseconds, or an array of them, a zone's name and a layout.
fn moment(value: &Value) -> Result<Moment<'_>, Failure> {
    let (nanoseconds, name, layout) = match value {
        Value::Number(_) => (value, "", ""),
        Value::Array(items) => {
            let nanoseconds = items.first().ok_or(Failure::Undefined)?;
            let text = |index: usize| items.get(index).map_or(Ok(""), string);
            (nanoseconds, text(1)?, text(2)?)
        }
        _ => return Err(Failure::Undefined),
    };
    let Value::Number(number) = nanoseconds else { return Err(Failure::Undefined) };
    let nanoseconds = match number.as_i64() {
        Some(value) => value,
        None => {
            let float = Float::of(number).filter(|float| float.is_int()).ok_or(Failure::Undefined)?;
            i64::try_from(float.trunc()).map_err(|_| Failure::Undefined)?
        }
    };
    Ok(Moment { seconds: nanoseconds.div_euclid(SECOND), nanosecond: nanoseconds.rem_euclid(SECOND), zone: zone(name)?, layout })
}

/// The zone of a name; `None` for UTC.
fn zone(name: &str) -> Result<Option<TimeZone>, Failure> {
    match name {
        "" | "UTC" => Ok(None),
        "Local" => Err(Failure::Halt("the zone `Local` depends on the machine".to_owned())),
        // names are read with regard to case
        name => {
            let zone = TimeZone::get(name).ok().filter(|zone| zone.iana_name() == Some(name));
            zone.map(Some).ok_or(Failure::Undefined)
        }
    }
}

/// The nanoseconds; undefined where they do not fit 64 bits.
fn nanoseconds(seconds: i64, nanosecond: i64) -> Outcome {
    let value = i128::from(seconds) * i128::from(SECOND) + i128::from(nanosecond);
    i64::try_from(value).map(Value::int).map_err(|_| Failure::Undefined)
}

fn parse_time(_: &mut Context, args: &[Value]) -> Outcome {
    let (layout, text) = (string(&args[0])?, string(&args[1])?);
    let (seconds, nanosecond) = parse::parse(layout::named(layout), text).ok_or(Failure::Undefined)?;
    nanoseconds(seconds, nanosecond)
}

fn parse_rfc3339(_: &mut Context, args: &[Value]) -> Outcome {
    let (seconds, nanosecond) = parse::parse(layout::RFC3339, string(&args[0])?).ok_or(Failure::Undefined)?;
    nanoseconds(seconds, nanosecond)
}

fn parse_duration(_: &mut Context, args: &[Value]) -> Outcome {
    duration::parse(string(&args[0])?).map(Value::int).ok_or(Failure::Undefined)
}

fn format_time(_: &mut Context, args: &[Value]) -> Outcome {
    let moment = moment(&args[0])?;
    let layout = if moment.layout.is_empty() { layout::RFC3339_NANO } else { layout::named(moment.layout) };
    if layout.len() > MAX_TEXT / 16 {
        return Err(Failure::Halt("the layout is too large".to_owned()));
    }
    Ok(format::format(&moment.shown(), layout).into())
}

fn numbers(numbers: &[i64]) -> Value {
    numbers.iter().copied().map(Value::int).collect::<Vec<_>>().into()
}

fn date(_: &mut Context, args: &[Value]) -> Outcome {
    let civil = moment(&args[0])?.shown().civil;
    Ok(numbers(&[civil.year, civil.month, civil.day]))
}

fn clock(_: &mut Context, args: &[Value]) -> Outcome {
    let civil = moment(&args[0])?.shown().civil;
    Ok(numbers(&[civil.hour, civil.minute, civil.second]))
}

fn weekday(_: &mut Context, args: &[Value]) -> Outcome {
    let civil = moment(&args[0])?.shown().civil;
    Ok(layout::WEEKDAYS[civil.weekday()].into())
}

/// Beyond so many years, months or days no sum is a time; Go's sums wrap around there.
const MAX_STEP: i64 = 1_000_000_000;

fn add_date(_: &mut Context, args: &[Value]) -> Outcome {
    let moment = moment(&args[0])?;
    let (years, months, days) = (int(&args[1])?, int(&args[2])?, int(&args[3])?);
    if [years, months, days].iter().any(|step| step.unsigned_abs() > MAX_STEP.unsigned_abs()) {
        return Err(Failure::Halt("the numbers are too large".to_owned()));
    }
    let civil = moment.shown().civil;
    let sum = Civil { year: civil.year + years, month: civil.month + months, day: civil.day + days, ..civil };
    let wall = sum.seconds();
    // as Go finds the offset: first as if the clocks showed UTC, then where that leads
    let zone = moment.zone.as_ref();
    let seconds = match zone_at(zone, wall).0 {
        0 => wall,
        offset => wall - zone_at(zone, wall - offset).0,
    };
    nanoseconds(seconds, moment.nanosecond)
}

fn diff(_: &mut Context, args: &[Value]) -> Outcome {
    let (one, other) = (moment(&args[0])?, moment(&args[1])?);
    let zone = one.zone.as_ref();
    let (first, second) = if (one.seconds, one.nanosecond) > (other.seconds, other.nanosecond) { (&other, &one) } else { (&one, &other) };
    let (a, b) = (first.shown_in(zone).civil, second.shown_in(zone).civil);
    let mut parts = [b.year - a.year, b.month - a.month, b.day - a.day, b.hour - a.hour, b.minute - a.minute, b.second - a.second];
    // borrow from the next larger unit
    for (at, unit) in [(5, 60), (4, 60), (3, 24), (2, days_in(a.year, a.month)), (1, 12)] {
        if parts[at] < 0 {
            parts[at] += unit;
            parts[at - 1] -= 1;
        }
    }
    Ok(numbers(&parts))
}
