//! Operands of builtins: what is not of the wanted type makes the call undefined.

use std::sync::Arc;

use num_bigint::BigInt;

use super::Failure;
use crate::eval::value::{Number, Object, Set, Value};

pub(super) fn string(value: &Value) -> Result<&str, Failure> {
    value.as_str().ok_or(Failure::Undefined)
}

pub(super) fn number(value: &Value) -> Result<&Number, Failure> {
    match value {
        Value::Number(number) => Ok(number),
        _ => Err(Failure::Undefined),
    }
}

/// An integer of 64 bits, not written with an exponent.
pub(super) fn int(value: &Value) -> Result<i64, Failure> {
    number(value)?.as_i64().ok_or(Failure::Undefined)
}

pub(super) fn bigint(value: &Value) -> Result<BigInt, Failure> {
    number(value)?.as_bigint().ok_or(Failure::Undefined)
}

pub(super) fn array(value: &Value) -> Result<&Arc<Vec<Value>>, Failure> {
    match value {
        Value::Array(items) => Ok(items),
        _ => Err(Failure::Undefined),
    }
}

pub(super) fn set(value: &Value) -> Result<&Arc<Set>, Failure> {
    match value {
        Value::Set(members) => Ok(members),
        _ => Err(Failure::Undefined),
    }
}

pub(super) fn object(value: &Value) -> Result<&Arc<Object>, Failure> {
    match value {
        Value::Object(entries) => Ok(entries),
        _ => Err(Failure::Undefined),
    }
}

/// The items of an array or a set.
pub(super) fn items(value: &Value) -> Result<Vec<&Value>, Failure> {
    match value {
        Value::Array(items) => Ok(items.iter().collect()),
        Value::Set(members) => Ok(members.iter().collect()),
        _ => Err(Failure::Undefined),
    }
}

/// The items of an array or a set of strings.
pub(super) fn strings(value: &Value) -> Result<Vec<&str>, Failure> {
    items(value)?.into_iter().map(string).collect()
}
