//! Durations as Go's `time.ParseDuration` reads them, and days, weeks and years as OPA adds them.

/// The nanoseconds of a duration as OPA reads it: Go's, and days, weeks and years; `None` where the text is none.
#[must_use]
pub fn parse(text: &str) -> Option<i64> {
    if text.contains(['d', 'w', 'y']) { standard(&in_hours(text)?) } else { standard(text) }
}

/// Days, weeks and years written as hours.
fn in_hours(text: &str) -> Option<String> {
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut out = text[..text.len() - rest.len()].to_owned();
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        let first = after.chars().next()?;
        let length =
            ["ms", "us", "\u{b5}s", "ns"].iter().find(|unit| after.starts_with(**unit)).map_or(first.len_utf8(), |unit| unit.len());
        let (unit, after) = after.split_at(length);
        if digits.is_empty() || length == 1 && !first.is_ascii_lowercase() || length != unit.len() || !first.is_lowercase() {
            return None;
        }
        let hours = match unit {
            "d" => Some(24.0),
            "w" => Some(168.0),
            "y" => Some(8760.0),
            _ => None,
        };
        match hours {
            Some(hours) => {
                let value: f64 = digits.parse().ok().filter(|value: &f64| value.is_finite())?;
                out.push_str(&format!("{}h", value * hours));
            }
            None => {
                out.push_str(digits);
                out.push_str(unit);
            }
        }
        rest = after;
    }
    Some(out)
}

/// Where sums of magnitudes end.
const LIMIT: u64 = 1 << 63;

/// The nanoseconds of a duration as Go reads it: `1h30m`; `None` where the text is none.
#[must_use]
pub fn standard(text: &str) -> Option<i64> {
    let negative = text.starts_with('-');
    let mut rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0u64;
    while !rest.is_empty() {
        let (whole, after) = split_digits(rest);
        let mut value = leading_int(whole)?;
        let mut after = after;
        let (mut fraction, mut scale, mut digits) = (0, 1.0, whole.len());
        if let Some(decimals) = after.strip_prefix('.') {
            let (decimals, tail) = split_digits(decimals);
            (fraction, scale) = leading_fraction(decimals);
            digits += decimals.len();
            after = tail;
        }
        if digits == 0 {
            return None;
        }
        let end = after.find(|c: char| c == '.' || c.is_ascii_digit()).unwrap_or(after.len());
        let (unit, tail) = after.split_at(end);
        let unit: u64 = match unit {
            "ns" => 1,
            "us" | "\u{b5}s" | "\u{3bc}s" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        if value > LIMIT / unit {
            return None;
        }
        value *= unit;
        if fraction > 0 {
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "as Go computes")]
            let part = (fraction as f64 * (unit as f64 / scale)) as u64;
            value = value.wrapping_add(part);
            if value > LIMIT {
                return None;
            }
        }
        total = total.wrapping_add(value);
        if total > LIMIT {
            return None;
        }
        rest = tail;
    }
    if negative { Some(0i64.wrapping_sub_unsigned(total)) } else { i64::try_from(total).ok() }
}

fn split_digits(text: &str) -> (&str, &str) {
    text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()))
}

fn leading_int(digits: &str) -> Option<u64> {
    let mut value = 0u64;
    for digit in digits.bytes() {
        if value > LIMIT / 10 {
            return None;
        }
        value = value * 10 + u64::from(digit - b'0');
        if value > LIMIT {
            return None;
        }
    }
    Some(value)
}

/// The digits that fit, and the power of ten that they are divided by.
fn leading_fraction(digits: &str) -> (u64, f64) {
    let (mut value, mut scale) = (0u64, 1.0);
    for digit in digits.bytes() {
        if value > (LIMIT - 1) / 10 {
            break;
        }
        let next = value * 10 + u64::from(digit - b'0');
        if next > LIMIT {
            break;
        }
        value = next;
        scale *= 10.0;
    }
    (value, scale)
}
