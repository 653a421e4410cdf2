//! The types of YAML scalars.

use std::sync::Arc;

use super::Scalar;

/// Whose types plain scalars have. Both are the 1.2 core schema plus `_` in numbers, `0b`, and octal with a leading zero.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Schema {
    /// OPA's (`go.yaml.in/yaml/v3`): `yes`, `no`, `on`, `off` are strings.
    Opa,
    /// Kubernetes' (`sigs.k8s.io/yaml`, that is `go.yaml.in/yaml/v2`): `yes`, `no`, `on`, `off`, `y` and `n` are booleans, as in
    /// YAML 1.1; a merge key overrides the keys before it.
    Kubernetes,
}

/// The value of an untagged plain scalar, as OPA reads it.
///
/// # Errors
/// For `.inf` and `.nan`, which JSON lacks.
pub fn plain_scalar(text: &str) -> Result<Scalar, String> {
    typed_plain(&text.into(), Schema::Opa)
}

/// The value of an untagged plain scalar.
///
/// # Errors
/// For `.inf` and `.nan`, which JSON lacks.
pub(super) fn typed_plain(text: &Arc<str>, schema: Schema) -> Result<Scalar, String> {
    // most scalars begin with a letter that begins nothing but strings
    match text.as_bytes().first() {
        Some(b'+' | b'-' | b'.' | b'0'..=b'9' | b'~') | None => {}
        Some(b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'y' | b'Y' | b'o' | b'O') if text.len() <= 5 => {}
        _ => return Ok(Scalar::String(text.clone())),
    }
    Ok(match &**text {
        "" | "~" | "null" | "Null" | "NULL" => Scalar::Null,
        "true" | "True" | "TRUE" => Scalar::Bool(true),
        "false" | "False" | "FALSE" => Scalar::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" | "-.inf" | "-.Inf" | "-.INF" | ".nan" | ".NaN" | ".NAN" => {
            return Err(format!("`{text}` has no counterpart in JSON"));
        }
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" if schema == Schema::Kubernetes => Scalar::Bool(true),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" if schema == Schema::Kubernetes => Scalar::Bool(false),
        _ if is_plain_integer(text) => Scalar::Number(text.clone()),
        _ if schema == Schema::Kubernetes => {
            go_number(text).map_or_else(|| Scalar::String(text.clone()), |number| Scalar::Number(number.into()))
        }
        _ => number(text, schema).map_or_else(|| Scalar::String(text.clone()), |number| Scalar::Number(number.into())),
    })
}

/// Whether a text is an integer in the one spelling that all share.
fn is_plain_integer(text: &str) -> bool {
    let digits = text.as_bytes();
    (1..=18).contains(&digits.len()) && digits.iter().all(u8::is_ascii_digit) && (digits[0] != b'0' || digits.len() == 1)
}

/// The number that a plain scalar spells as Go's JSON encoder writes it: an integer of 64 bits or a float.
fn go_number(text: &str) -> Option<String> {
    let text = number(text, Schema::Kubernetes)?;
    match text.parse::<i128>() {
        Ok(value) if i64::try_from(value).is_ok() || u64::try_from(value).is_ok() => Some(text),
        _ => text.parse().ok().map(float_text),
    }
}

/// The JSON number that a plain scalar spells, if it spells one.
fn number(text: &str, schema: Schema) -> Option<String> {
    let first = *text.as_bytes().first()?;
    if !matches!(first, b'+' | b'-' | b'.' | b'0'..=b'9') {
        return None;
    }
    if is_json_number(text) {
        // beyond the range of a float it stays a string
        return text.parse::<f64>().is_ok_and(f64::is_finite).then(|| text.to_owned());
    }
    let plain: String = if first == b'.' { text.to_owned() } else { text.chars().filter(|c| *c != '_').collect() };
    integer(&plain, schema).or_else(|| {
        let value: f64 = is_float(&plain).then(|| plain.parse().ok())??;
        value.is_finite().then(|| float_text(value))
    })
}

fn integer(text: &str, schema: Schema) -> Option<String> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, &*lower),
    };
    if digits.starts_with(['+', '-']) {
        // `0b-1` is a number to go-yaml, with the prefix in lower case and no other sign
        return (text.starts_with("0b") || (text.starts_with("0o") && schema == Schema::Opa))
            .then(|| i64::from_str_radix(digits, radix).ok())?
            .map(|value| value.to_string());
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    // 64 bits, signed or not; a sign keeps it to signed ones
    let fits = i64::try_from(value).is_ok() || (u64::try_from(value).is_ok() && !text.starts_with('+'));
    fits.then(|| value.to_string())
}

/// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|e| {
            let e = e.strip_prefix(['-', '+']).unwrap_or(e);
            !e.is_empty() && digits(e)
        })
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?`, which YAML reads in the same way; `-0` aside, an integer to YAML.
fn is_json_number(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let whole = digits.bytes().take_while(u8::is_ascii_digit).count();
    text != "-0" && (whole == 1 || (whole > 1 && !digits.starts_with('0'))) && !digits[whole..].starts_with(".e") && {
        let rest = &digits[whole..];
        !(rest == "." || rest.starts_with(".E")) && is_float(text)
    }
}

/// A finite float as Go's JSON encoder writes it.
#[must_use]
pub fn float_text(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    if (1e-6..1e21).contains(&value.abs()) {
        return format!("{value}");
    }
    let text = format!("{value:e}");
    match text.split_once('e') {
        Some((mantissa, exponent)) if !exponent.starts_with('-') => format!("{mantissa}e+{exponent}"),
        _ => text,
    }
}

/// A float as a map's key: the shortest text of its 32-bit value, as `sigs.k8s.io/yaml` makes it.
pub(super) fn float_key(text: &str) -> String {
    let value: f32 = text.parse().unwrap_or(0.0);
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let power: i32 = exponent.parse().unwrap_or(0);
    if value != 0.0 && !(-4..6).contains(&power) {
        let sign = if power < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{:02}", power.abs());
    }
    format!("{value}")
}
