//! Strings.

use super::operand::{array, bigint, int, number, object, string, strings};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::{Float, Value, to_text};

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "concat" => |_, a| {
            let (separator, parts) = (string(&a[0])?, strings(&a[1])?);
            Ok(Value::from(parts.join(separator)))
        },
        "contains" => |_, a| Ok(Value::Bool(string(&a[0])?.contains(string(&a[1])?))),
        "startswith" => |_, a| Ok(Value::Bool(string(&a[0])?.starts_with(string(&a[1])?))),
        "endswith" => |_, a| Ok(Value::Bool(string(&a[0])?.ends_with(string(&a[1])?))),
        "format_int" => format_int,
        "indexof" => |_, a| {
            let found = positions(string(&a[0])?, string(&a[1])?)?.next();
            Ok(found.map_or(Value::int(-1), Value::from))
        },
        "indexof_n" => |_, a| Ok(Value::array(positions(string(&a[0])?, string(&a[1])?)?.map(Value::from).collect())),
        "lower" => |_, a| Ok(Value::from(string(&a[0])?.chars().map(lower).collect::<String>())),
        "upper" => |_, a| Ok(Value::from(string(&a[0])?.chars().map(upper).collect::<String>())),
        "replace" => |_, a| {
            let (text, old, new) = (string(&a[0])?, string(&a[1])?, string(&a[2])?);
            replace_all(text, &[(old, new)])
        },
        "split" => |_, a| Ok(Value::array(split(string(&a[0])?, string(&a[1])?).into_iter().map(Value::from).collect())),
        "sprintf" => |_, a| Ok(Value::from(super::format::sprintf(string(&a[0])?, array(&a[1])?))),
        "strings.any_prefix_match" => |_, a| any_match(a, |text, base| text.starts_with(base)),
        "strings.any_suffix_match" => |_, a| any_match(a, |text, base| text.ends_with(base)),
        "strings.count" => |_, a| {
            let (text, part) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(if part.is_empty() { text.chars().count() + 1 } else { text.matches(part).count() }))
        },
        "strings.replace_n" => |_, a| {
            let patterns = object(&a[0])?;
            let text = string(&a[1])?;
            let pairs: Vec<(&str, &str)> =
                patterns.iter().map(|(old, new)| Ok((string(old)?, string(new)?))).collect::<Result<_, Failure>>()?;
            replace_all(text, &pairs)
        },
        "strings.reverse" => |_, a| Ok(Value::from(string(&a[0])?.chars().rev().collect::<String>())),
        "strings.split_n" => split_n,
        "substring" => substring,
        "trim" => |_, a| {
            let (text, cut) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(text.trim_matches(|c| cut.contains(c))))
        },
        "trim_left" => |_, a| {
            let (text, cut) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(text.trim_start_matches(|c| cut.contains(c))))
        },
        "trim_right" => |_, a| {
            let (text, cut) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(text.trim_end_matches(|c| cut.contains(c))))
        },
        "trim_prefix" => |_, a| {
            let (text, part) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(text.strip_prefix(part).unwrap_or(text)))
        },
        "trim_suffix" => |_, a| {
            let (text, part) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::from(text.strip_suffix(part).unwrap_or(text)))
        },
        "trim_space" => |_, a| Ok(Value::from(string(&a[0])?.trim())),
        "internal.print" => print,
        "internal.template_string" => template,
        "internal.test_case" => |context, a| {
            context.cases.push(a[0].clone());
            Ok(Value::Bool(true))
        },
        "trace" => |_, a| string(&a[0]).map(|_| Value::Bool(true)),
        _ => return None,
    })
}

/// One character to one, as Go maps case.
fn lower(c: char) -> char {
    let mut mapped = c.to_lowercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        // `İ`: Go has the simple mapping
        _ if c == '\u{130}' => 'i',
        _ => c,
    }
}

fn upper(c: char) -> char {
    let mut mapped = c.to_uppercase();
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => one,
        _ => simple_upper(c),
    }
}

/// The simple uppercase mapping of characters whose full one is longer.
fn simple_upper(c: char) -> char {
    match c {
        'ᾀ'..='ᾇ' | 'ᾐ'..='ᾗ' | 'ᾠ'..='ᾧ' => char::from_u32(u32::from(c) + 8).unwrap_or(c),
        'ᾳ' => 'ᾼ',
        'ῃ' => 'ῌ',
        'ῳ' => 'ῼ',
        _ => c,
    }
}

fn format_int(_: &mut Context, a: &[Value]) -> Outcome {
    let input = number(&a[0])?;
    let radix = match number(&a[1])?.text().as_ref() {
        "2" => 2,
        "8" => 8,
        "10" => 10,
        "16" => 16,
        _ => return Err(Failure::Undefined),
    };
    // integers written plainly are exact, others go through a float
    let value = if input.text().bytes().all(|b| b.is_ascii_digit() || b == b'-') {
        bigint(&a[0])?
    } else {
        Float::of(input).ok_or_else(|| Failure::Halt("a number whose exponent is too large".to_owned()))?.trunc()
    };
    Ok(Value::from(value.to_str_radix(radix)))
}

/// The character positions at which `part` starts in `text`, overlapping ones too.
fn positions<'t>(text: &'t str, part: &'t str) -> Result<impl Iterator<Item = usize> + 't, Failure> {
    if part.is_empty() {
        return Err(Failure::Undefined);
    }
    Ok(text.char_indices().enumerate().filter(move |(_, (at, _))| text[*at..].starts_with(part)).map(|(index, _)| index))
}

fn split<'t>(text: &'t str, separator: &str) -> Vec<&'t str> {
    if separator.is_empty() {
        return text.char_indices().map(|(at, c)| &text[at..at + c.len_utf8()]).collect();
    }
    text.split(separator).collect()
}

fn split_n(_: &mut Context, a: &[Value]) -> Outcome {
    let (text, separator, n) = (string(&a[0])?, string(&a[1])?, int(&a[2])?);
    let parts = split(text, separator);
    let kept: Vec<&str> = match usize::try_from(n) {
        // the part after the last separator that counts is left out
        Ok(n) => parts.into_iter().take(n).collect(),
        Err(_) => {
            let keep = usize::try_from(n.unsigned_abs()).unwrap_or(usize::MAX);
            let start = parts.len().saturating_sub(keep);
            parts[start..].to_vec()
        }
    };
    Ok(Value::array(kept.into_iter().map(Value::from).collect()))
}

/// Replaces at each position the first of `pairs` that matches, as Go's `strings.Replacer` does.
fn replace_all(text: &str, pairs: &[(&str, &str)]) -> Outcome {
    let inserts = pairs.iter().any(|(old, _)| old.is_empty());
    let mut out = String::with_capacity(text.len());
    let (mut at, mut last_was_empty) = (0, false);
    loop {
        let rest = &text[at..];
        let hit = pairs.iter().find(|(old, _)| rest.starts_with(old) && !(old.is_empty() && last_was_empty));
        last_was_empty = hit.is_some_and(|(old, _)| old.is_empty());
        if let Some((old, new)) = hit {
            out.push_str(new);
            at += old.len();
            continue;
        }
        let Some(c) = rest.chars().next() else { return Ok(Value::from(out)) };
        if inserts && !c.is_ascii() {
            // Go inserts between bytes
            return Err(Failure::Halt("replacing nothing inside a character gives bytes that are no text".to_owned()));
        }
        out.push(c);
        at += c.len_utf8();
    }
}

fn any_match(a: &[Value], matches: fn(&str, &str) -> bool) -> Outcome {
    fn list(value: &Value) -> Result<Vec<&str>, Failure> {
        match value {
            Value::String(text) => Ok(vec![text]),
            other => strings(other),
        }
    }
    let (texts, bases) = (list(&a[0])?, list(&a[1])?);
    Ok(Value::Bool(texts.iter().any(|text| bases.iter().any(|base| matches(text, base)))))
}

fn substring(_: &mut Context, a: &[Value]) -> Outcome {
    let (text, start, length) = (string(&a[0])?, int(&a[1])?, int(&a[2])?);
    let start = usize::try_from(start).map_err(|_| Failure::Undefined)?;
    let rest = text.chars().skip(start);
    Ok(Value::from(match usize::try_from(length) {
        Ok(length) => rest.take(length).collect::<String>(),
        Err(_) => rest.collect(),
    }))
}

/// A line for each combination of the operands' values.
fn print(context: &mut Context, a: &[Value]) -> Outcome {
    let mut lines = vec![String::new()];
    for (index, part) in array(&a[0])?.iter().enumerate() {
        let texts = alternatives(part)?;
        let gap = if index > 0 { " " } else { "" };
        lines = lines.iter().flat_map(|line| texts.iter().map(move |text| format!("{line}{gap}{text}"))).collect();
    }
    for line in lines {
        context.print(&line);
    }
    Ok(Value::Bool(true))
}

/// The texts of a part of `print` or of a template: those of a set's members, or `<undefined>`.
fn alternatives(part: &Value) -> Result<Vec<String>, Failure> {
    let text = |value: &Value| match value {
        Value::String(text) => text.to_string(),
        other => to_text(other),
    };
    Ok(match part {
        Value::Set(members) if members.is_empty() => vec!["<undefined>".to_owned()],
        Value::Set(members) => members.iter().map(text).collect(),
        Value::Array(_) | Value::Object(_) => return Err(Failure::Halt(format!("illegal argument type: {}", part.type_name()))),
        scalar => vec![text(scalar)],
    })
}

fn template(_: &mut Context, a: &[Value]) -> Outcome {
    let mut out = String::new();
    for part in array(&a[0])?.iter() {
        match alternatives(part)?.as_slice() {
            [one] => out.push_str(one),
            _ => return Err(Failure::Halt("template-strings must not produce multiple outputs".to_owned())),
        }
    }
    Ok(Value::from(out))
}
