//! Semantic versions, as OPA compares them.

use std::cmp::Ordering;

use super::operand::string;
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::Value;

pub(super) const TABLE: &[Builtin] = &[
    Builtin { name: "semver.compare", arity: 2, relation: false, run: Some(compare) },
    Builtin { name: "semver.is_valid", arity: 1, relation: false, run: Some(is_valid) },
];

struct Version<'t> {
    numbers: [i64; 3],
    pre_release: &'t str,
}

/// A version, also one with a `v` before it.
fn parse(text: &str) -> Option<Version<'_>> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, metadata) = text.split_once('+').map_or((text, None), |(text, metadata)| (text, Some(metadata)));
    if metadata.is_some_and(|metadata| !metadata.split('.').all(is_identifier)) {
        return None;
    }
    let (text, pre_release) = text.split_once('-').map_or((text, None), |(text, pre)| (text, Some(pre)));
    if pre_release.is_some_and(|pre| !pre.split('.').all(|id| is_identifier(id) && !has_leading_zero(id))) {
        return None;
    }
    let mut parts = text.split('.');
    let numbers = [parts.next()?, parts.next()?, parts.next()?].map(number);
    let [Some(major), Some(minor), Some(patch)] = numbers else { return None };
    parts.next().is_none().then(|| Version { numbers: [major, minor, patch], pre_release: pre_release.unwrap_or("") })
}

fn is_identifier(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b == b'-' || b.is_ascii_alphanumeric())
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn has_leading_zero(text: &str) -> bool {
    text.len() > 1 && text.starts_with('0') && is_number(text)
}

fn number(text: &str) -> Option<i64> {
    if !is_number(text) || has_leading_zero(text) { None } else { text.parse().ok() }
}

fn order(one: &Version<'_>, other: &Version<'_>) -> Ordering {
    one.numbers.cmp(&other.numbers).then_with(|| match (one.pre_release, other.pre_release) {
        (a, b) if a == b => Ordering::Equal,
        ("", _) => Ordering::Greater,
        (_, "") => Ordering::Less,
        (a, b) => pre_releases(a, b),
    })
}

fn pre_releases(one: &str, other: &str) -> Ordering {
    let (mut ones, mut others) = (one.split('.'), other.split('.'));
    loop {
        let order = match (ones.next(), others.next()) {
            (None, None) => return Ordering::Equal,
            (Some(_), None) => Ordering::Greater,
            (None, Some(_)) => Ordering::Less,
            (Some(a), Some(b)) => match (is_number(a), is_number(b)) {
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                (false, false) => a.cmp(b),
                // larger numbers all count as the largest one
                (true, true) => a.parse().unwrap_or(i64::MAX).cmp(&b.parse().unwrap_or(i64::MAX)),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare(_: &mut Context, args: &[Value]) -> Outcome {
    let (one, other) = (string(&args[0])?, string(&args[1])?);
    let (Some(one), Some(other)) = (parse(one), parse(other)) else { return Err(Failure::Undefined) };
    Ok(Value::int(order(&one, &other) as i64))
}

fn is_valid(_: &mut Context, args: &[Value]) -> Outcome {
    Ok(args[0].as_str().and_then(parse).is_some().into())
}
