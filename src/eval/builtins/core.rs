//! Comparison, arithmetic, bits, ranges, types.

use num_bigint::{BigInt, Sign};

use super::operand::{bigint, int, number, string};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::{Float, Number, Value};

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "equal" => |_, a| Ok(Value::Bool(a[0] == a[1])),
        "neq" => |_, a| Ok(Value::Bool(a[0] != a[1])),
        "lt" => |_, a| Ok(Value::Bool(a[0] < a[1])),
        "lte" => |_, a| Ok(Value::Bool(a[0] <= a[1])),
        "gt" => |_, a| Ok(Value::Bool(a[0] > a[1])),
        "gte" => |_, a| Ok(Value::Bool(a[0] >= a[1])),
        "plus" => |_, a| arithmetic(&a[0], &a[1], |x, y| x + y, |x, y| Some(x.add(y))),
        "minus" => minus,
        "mul" => |_, a| arithmetic(&a[0], &a[1], |x, y| x * y, Float::mul),
        "div" => div,
        "rem" => rem,
        "abs" => |_, a| rounded(&a[0], |x| x.abs(), |x| Some(x.abs().to_number())),
        "round" => |_, a| rounded(&a[0], |x| x, round),
        "ceil" => |_, a| rounded(&a[0], |x| x, |x| Some(towards(x, false))),
        "floor" => |_, a| rounded(&a[0], |x| x, |x| Some(towards(x, true))),
        "bits.and" => |_, a| bits(a, |x, y| Ok(x & y)),
        "bits.or" => |_, a| bits(a, |x, y| Ok(x | y)),
        "bits.xor" => |_, a| bits(a, |x, y| Ok(x ^ y)),
        "bits.lsh" => |_, a| bits(a, |x, y| Ok(x << shift(&y, LARGEST_SHIFT)?)),
        "bits.rsh" => |_, a| bits(a, |x, y| Ok(x >> shift(&y, u64::MAX)?)),
        "bits.negate" => |_, a| Ok(Value::Number(Number::from(-(bigint(&a[0])? + 1i32)))),
        "numbers.range" => |context, a| range(context, &bigint(&a[0])?, &bigint(&a[1])?, &BigInt::from(1)),
        "numbers.range_step" => |context, a| {
            let step = bigint(&a[2])?;
            if step.sign() == Sign::Plus { range(context, &bigint(&a[0])?, &bigint(&a[1])?, &step) } else { Err(Failure::Undefined) }
        },
        "rand.intn" => rand_intn,
        "time.now_ns" => |context, _| Ok(Value::from(context.now_ns)),
        "is_array" => |_, a| is(&a[0], "array"),
        "is_boolean" => |_, a| is(&a[0], "boolean"),
        "is_null" => |_, a| is(&a[0], "null"),
        "is_number" => |_, a| is(&a[0], "number"),
        "is_object" => |_, a| is(&a[0], "object"),
        "is_set" => |_, a| is(&a[0], "set"),
        "is_string" => |_, a| is(&a[0], "string"),
        "type_name" => |_, a| Ok(Value::from(a[0].type_name())),
        "to_number" => to_number,
        "cast_boolean" => |_, a| cast(&a[0], "boolean"),
        "cast_null" => |_, a| cast(&a[0], "null"),
        "cast_object" => |_, a| cast(&a[0], "object"),
        "cast_string" => |_, a| cast(&a[0], "string"),
        "cast_array" => |_, a| Ok(Value::array(super::operand::items(&a[0])?.into_iter().cloned().collect())),
        "cast_set" => |_, a| Ok(Value::set(super::operand::items(&a[0])?.into_iter().cloned().collect())),
        _ => return None,
    })
}

fn is(value: &Value, name: &str) -> Outcome {
    Ok(Value::Bool(value.type_name() == name))
}

fn cast(value: &Value, name: &str) -> Outcome {
    if value.type_name() == name { Ok(value.clone()) } else { Err(Failure::Undefined) }
}

fn float(number: &Number) -> Result<Float, Failure> {
    Float::of(number).ok_or_else(too_large)
}

fn too_large() -> Failure {
    Failure::Halt("a number whose exponent is too large to compute with".to_owned())
}

/// Integers exactly, whatever their size, everything else with 64-bit mantissas.
fn arithmetic(a: &Value, b: &Value, exact: fn(BigInt, BigInt) -> BigInt, float_op: fn(Float, Float) -> Option<Float>) -> Outcome {
    let (a, b) = (number(a)?, number(b)?);
    if let (Some(x), Some(y)) = (a.as_bigint(), b.as_bigint()) {
        return Ok(Value::Number(exact(x, y).into()));
    }
    let result = float_op(float(a)?, float(b)?).ok_or_else(too_large)?;
    Ok(Value::Number(result.to_number()))
}

fn minus(_: &mut Context, a: &[Value]) -> Outcome {
    match (&a[0], &a[1]) {
        (Value::Set(x), Value::Set(y)) => Ok(Value::set(x.difference(y).cloned().collect())),
        (x, y) => arithmetic(x, y, |x, y| x - y, |x, y| Some(x.sub(y))),
    }
}

/// Exact only where both are small and the quotient is an integer; else a float quotient.
fn div(_: &mut Context, a: &[Value]) -> Outcome {
    let (x, y) = (number(&a[0])?, number(&a[1])?);
    if let (Some(i), Some(j)) = (small(x), small(y)) {
        if j == 0 {
            return Err(Failure::Undefined);
        }
        if i != 0 && i % j == 0 {
            return Ok(Value::int(i / j));
        }
    }
    let divisor = float(y)?;
    if divisor.is_zero() {
        return Err(Failure::Undefined);
    }
    Ok(Value::Number(float(x)?.div(divisor).ok_or_else(too_large)?.to_number()))
}

fn small(number: &Number) -> Option<i64> {
    number.as_i64().filter(|value| i32::try_from(*value).is_ok())
}

fn rem(_: &mut Context, a: &[Value]) -> Outcome {
    let (x, y) = (number(&a[0])?, number(&a[1])?);
    match (x.as_bigint(), y.as_bigint()) {
        (Some(x), Some(y)) if y.sign() != Sign::NoSign => Ok(Value::Number((x % y).into())),
        _ => Err(Failure::Undefined),
    }
}

fn rounded(value: &Value, exact: fn(i64) -> i64, other: fn(Float) -> Option<Number>) -> Outcome {
    let value = number(value)?;
    match small(value) {
        Some(small) => Ok(Value::int(exact(small))),
        None => Ok(Value::Number(other(float(value)?).ok_or_else(too_large)?)),
    }
}

/// Half away from zero.
fn round(x: Float) -> Option<Number> {
    let half = Float::of(&Number::new("0.5"))?;
    let moved = if x.is_negative() { x.sub(half) } else { x.add(half) };
    Some(moved.trunc().into())
}

/// Down (`floor`) or up, as OPA does it from the integer part.
fn towards(x: Float, down: bool) -> Number {
    let whole = x.trunc();
    if x.is_int() {
        return whole.into();
    }
    // OPA looks at the integer part's sign, and zero has none
    match (down, whole.sign() == Sign::Minus) {
        (true, true) => Number::from(whole - 1i32),
        (false, false) => Number::from(whole + 1i32),
        _ => whole.into(),
    }
}

fn bits(a: &[Value], op: fn(BigInt, BigInt) -> Result<BigInt, Failure>) -> Outcome {
    Ok(Value::Number(op(bigint(&a[0])?, bigint(&a[1])?)?.into()))
}

/// Larger shifts would only fill memory.
const LARGEST_SHIFT: u64 = 1 << 24;

fn shift(by: &BigInt, largest: u64) -> Result<u64, Failure> {
    if by.sign() == Sign::Minus {
        return Err(Failure::Undefined);
    }
    // only the low 64 bits count
    let low = by.iter_u64_digits().next().unwrap_or(0);
    if low > largest { Err(Failure::Halt(format!("a shift by {low} bits"))) } else { Ok(low) }
}

fn range(context: &mut Context, from: &BigInt, to: &BigInt, step: &BigInt) -> Outcome {
    let mut out = Vec::new();
    let (mut at, up) = (from.clone(), from <= to);
    while if up { at <= *to } else { at >= *to } {
        out.push(Value::Number(at.clone().into()));
        if out.len().is_multiple_of(1024) {
            context.check_time()?;
        }
        if up {
            at += step;
        } else {
            at -= step;
        }
    }
    Ok(Value::array(out))
}

fn rand_intn(context: &mut Context, a: &[Value]) -> Outcome {
    let (key, n) = (string(&a[0])?, int(&a[1])?);
    if n == 0 {
        return Ok(Value::int(0));
    }
    let n = n.unsigned_abs();
    Ok(context.remembered(&format!("rand.intn {key} {n}"), |context| Value::int((context.random() % n).cast_signed())))
}

fn to_number(_: &mut Context, a: &[Value]) -> Outcome {
    Ok(match &a[0] {
        Value::Null | Value::Bool(false) => Value::int(0),
        Value::Bool(true) => Value::int(1),
        Value::Number(_) => a[0].clone(),
        Value::String(text) => Value::Number(parse_number(text)?),
        _ => return Err(Failure::Undefined),
    })
}

/// What Go's `ParseFloat` takes, kept as it is spelled.
fn parse_number(text: &str) -> Result<Number, Failure> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).map_or((unsigned, None), |(m, e)| (m, Some(e)));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|e| {
        let e = e.strip_prefix(['+', '-']).unwrap_or(e);
        !e.is_empty() && digits(e)
    });
    if mantissa.starts_with("0x") || mantissa.starts_with("0X") {
        return Err(Failure::Halt("hexadecimal floating point".to_owned()));
    }
    if !digits(whole) || !digits(fraction) || whole.len() + fraction.len() == 0 || !exponent_fits {
        return Err(Failure::Undefined);
    }
    // a value beyond the range of 64-bit floats is an error
    let value: f64 = text.parse().map_err(|_| Failure::Undefined)?;
    if value.is_infinite() {
        return Err(Failure::Undefined);
    }
    Ok(Number::new(text))
}
