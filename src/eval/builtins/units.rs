//! Amounts with units: `10Gi`, `1.5 MB` without the blank, `200m`.

use num_bigint::{BigInt, Sign};

use super::operand::string;
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::{Float, Number, Value};

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "units.parse", arity: 1, relation: false, run: Some(parse) },
    Builtin { name: "units.parse_bytes", arity: 1, relation: false, run: Some(parse_bytes) },
];

/// Digits and powers of ten that are computed with.
const MAX_DIGITS: usize = 10_000;
/// More digits in an exponent are refused, as OPA does.
const MAX_EXPONENT_DIGITS: usize = 6;

fn too_large() -> Failure {
    Failure::Halt("the number is too large".to_owned())
}

/// Lower case as Go makes it: one character for each.
fn lower(text: &str) -> String {
    text.chars().map(|c| if c == '\u{130}' { 'i' } else { c.to_lowercase().next().unwrap_or(c) }).collect()
}

/// The number and the unit in a text; undefined where there is no number or a blank.
fn number_and_unit(text: &str) -> Result<(&str, &str), Failure> {
    if text.contains(' ') {
        return Err(Failure::Undefined);
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let sign = |at: usize| matches!(bytes.get(at), Some(b'+' | b'-'));
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'0'..=b'9' | b'.' | b'+' | b'-' => {}
            // an exponent, or a unit
            b'e' | b'E' if digit(at + 1) || sign(at + 1) => {
                at += usize::from(sign(at + 1));
                if bytes[at + 1..].iter().take_while(|b| b.is_ascii_digit()).count() > MAX_EXPONENT_DIGITS {
                    return Err(Failure::Undefined);
                }
            }
            _ => break,
        }
        at += 1;
    }
    if at == 0 { Err(Failure::Undefined) } else { Ok(text.split_at(at)) }
}

/// A decimal number's digits as an integer and the power of ten that it is multiplied with.
fn decimal(text: &str) -> Result<(BigInt, i64), Failure> {
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let exponent: i64 = match exponent {
        None => 0,
        Some(exponent) => exponent.parse().map_err(|_| Failure::Undefined)?,
    };
    let digits = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return Err(Failure::Undefined);
    }
    if all.len() > MAX_DIGITS || exponent.unsigned_abs() > MAX_DIGITS as u64 {
        return Err(too_large());
    }
    let sign = if mantissa.starts_with('-') { Sign::Minus } else { Sign::Plus };
    let value = BigInt::parse_bytes(all.as_bytes(), 10).ok_or(Failure::Undefined)?;
    let value = if sign == Sign::Minus { -value } else { value };
    Ok((value, exponent - i64::try_from(fraction.len()).map_err(|_| too_large())?))
}

fn power(exponent: i64) -> BigInt {
    BigInt::from(10u32).pow(u32::try_from(exponent.unsigned_abs()).unwrap_or(0))
}

fn parse(_: &mut Context, args: &[Value]) -> Outcome {
    let text = string(&args[0])?.replace('"', "");
    let (number, unit) = number_and_unit(&text)?;
    // `m` and `M` differ, the rest of a unit does not
    let mut chars = unit.chars();
    let unit = chars.next().map_or(String::new(), |first| {
        let rest = chars.as_str();
        if first.is_ascii() { format!("{first}{}", lower(rest)) } else { unit.to_owned() }
    });
    let kilo = BigInt::from(1000u32);
    let one = || BigInt::from(1u32);
    let (factor, divisor) = match unit.as_str() {
        // the nearest double to 0.001, exactly
        "m" => (BigInt::from(1_152_921_504_606_847u64), one() << 60u32),
        "" => (one(), one()),
        "k" | "K" => (kilo, one()),
        "M" => (kilo.pow(2), one()),
        "g" | "G" => (kilo.pow(3), one()),
        "t" | "T" => (kilo.pow(4), one()),
        "p" | "P" => (kilo.pow(5), one()),
        "e" | "E" => (kilo.pow(6), one()),
        "ki" | "Ki" => (one() << 10u32, one()),
        "mi" | "Mi" => (one() << 20u32, one()),
        "gi" | "Gi" => (one() << 30u32, one()),
        "ti" | "Ti" => (one() << 40u32, one()),
        "pi" | "Pi" => (one() << 50u32, one()),
        "ei" | "Ei" => (one() << 60u32, one()),
        _ => return Err(Failure::Undefined),
    };
    let (digits, exponent) = decimal(number)?;
    let (mut numerator, mut denominator) = (digits * factor, divisor);
    if exponent >= 0 {
        numerator *= power(exponent);
    } else {
        denominator *= power(exponent);
    }
    let whole = &numerator / &denominator;
    if &whole * &denominator == numerator {
        return Ok(Value::Number(whole.into()));
    }
    // ten decimals, halves away from zero
    let negative = numerator.sign() == Sign::Minus;
    let scaled = numerator.magnitude() * power(10).magnitude();
    let mut rounded = &scaled / denominator.magnitude();
    let rest = scaled - &rounded * denominator.magnitude();
    if rest * 2u32 >= *denominator.magnitude() {
        rounded += 1u32;
    }
    let text = format!("{:0>11}", rounded.to_string());
    let (whole, decimals) = text.split_at(text.len() - 10);
    Ok(Value::Number(Number::new(&format!("{}{whole}.{decimals}", if negative { "-" } else { "" }))))
}

fn parse_bytes(_: &mut Context, args: &[Value]) -> Outcome {
    let text = lower(string(&args[0])?).replace('"', "");
    let (number, unit) = number_and_unit(&text)?;
    let factor: u64 = match unit {
        "" => 1,
        "kb" | "k" => 1000,
        "mb" | "m" => 1000u64.pow(2),
        "gb" | "g" => 1000u64.pow(3),
        "tb" | "t" => 1000u64.pow(4),
        "pb" | "p" => 1000u64.pow(5),
        "eb" | "e" => 1000u64.pow(6),
        "kib" | "ki" => 1 << 10,
        "mib" | "mi" => 1 << 20,
        "gib" | "gi" => 1 << 30,
        "tib" | "ti" => 1 << 40,
        "pib" | "pi" => 1 << 50,
        "eib" | "ei" => 1 << 60,
        _ => return Err(Failure::Undefined),
    };
    // checks the number's form
    decimal(number)?;
    let amount = Float::of(&Number::new(number)).ok_or_else(too_large)?;
    let factor = Float::of(&Number::new(&factor.to_string())).ok_or_else(too_large)?;
    let product = amount.mul(factor).ok_or_else(too_large)?;
    Ok(Value::Number(product.trunc().into()))
}
