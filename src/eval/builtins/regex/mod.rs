//! Regular expressions: Go's syntax and semantics on the `regex` crate.

mod emit;
mod globs;
mod template;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::operand::{int, string};
use super::{Builtin, Context, Failure, Outcome};
use crate::eval::value::Value;
use crate::model::regexp;

const fn builtin(name: &'static str, arity: usize, run: super::Run) -> Builtin {
    Builtin { name, arity, relation: false, run: Some(run) }
}

pub(super) const TABLE: &[Builtin] = &[
    builtin("re_match", 2, matches),
    builtin("regex.find_all_string_submatch_n", 3, find_submatches),
    builtin("regex.find_n", 3, find),
    builtin("regex.globs_match", 2, globs_match),
    builtin("regex.is_valid", 1, is_valid),
    builtin("regex.match", 2, matches),
    builtin("regex.replace", 3, replace),
    builtin("regex.split", 2, split),
    builtin("regex.template_match", 4, template_match),
];

/// The memory that one compiled expression may take.
const MAX_COMPILED: usize = 64 << 20;
/// Nested groups: Go's own limit is 1000, and each level may be written as two or three.
const MAX_NESTING: u32 = 5000;
/// The product of an expression's size and a text's that is searched: searches take time in proportion, and do not stop.
const MAX_WORK: u64 = 20_000_000_000;
/// The text that one call may give.
const MAX_TEXT: usize = 256 << 20;
/// What the cache holds at most, in Go's instructions.
const CACHE_SIZE: u64 = 200_000;

struct Compiled {
    regex: regex::Regex,
    names: Vec<String>,
    /// In Go's instructions, roughly.
    size: u64,
}

#[derive(Default)]
struct Cache {
    entries: HashMap<String, Rc<Compiled>>,
    size: u64,
}

thread_local! {
    // expressions mean the same in every query, so the cache outlives them
    static CACHE: RefCell<Cache> = RefCell::default();
}

/// The expression, compiled to search `text`: undefined where Go refuses it, an error where only this program does.
fn compiled(pattern: &str, text: &str) -> Result<Rc<Compiled>, Failure> {
    let entry = cached(pattern)?;
    if entry.size.saturating_mul(text.len() as u64) > MAX_WORK {
        return Err(Failure::Halt("the regular expression and the text are too large".to_owned()));
    }
    Ok(entry)
}

fn cached(pattern: &str) -> Result<Rc<Compiled>, Failure> {
    if let Some(known) = CACHE.with_borrow(|cache| cache.entries.get(pattern).cloned()) {
        return Ok(known);
    }
    let parsed = regexp::parse(pattern).map_err(|_| Failure::Undefined)?;
    let regex = regex::RegexBuilder::new(&emit::emit(&parsed.root))
        .size_limit(MAX_COMPILED)
        .nest_limit(MAX_NESTING)
        .build()
        .map_err(|_| Failure::Halt("the regular expression is too large".to_owned()))?;
    // properties are large
    let size = parsed.root.size + pattern.len() as u64 + 500 * pattern.to_ascii_lowercase().matches("\\p").count() as u64;
    let entry = Rc::new(Compiled { regex, names: parsed.names, size });
    CACHE.with_borrow_mut(|cache| {
        if cache.size + size > CACHE_SIZE {
            *cache = Cache::default();
        }
        cache.size += size;
        cache.entries.insert(pattern.to_owned(), Rc::clone(&entry));
    });
    Ok(entry)
}

/// Quotes what has a meaning in expressions.
fn quote_meta(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn is_valid(_: &mut Context, args: &[Value]) -> Outcome {
    Ok(args[0].as_str().is_some_and(|pattern| regexp::parse(pattern).is_ok()).into())
}

fn matches(_: &mut Context, args: &[Value]) -> Outcome {
    let (pattern, text) = (string(&args[0])?, string(&args[1])?);
    Ok(compiled(pattern, text)?.regex.is_match(text).into())
}

/// How many matches are asked for: all where the number is negative.
fn count(value: &Value) -> Result<usize, Failure> {
    Ok(usize::try_from(int(value)?).unwrap_or(usize::MAX))
}

fn find(_: &mut Context, args: &[Value]) -> Outcome {
    let (pattern, text, n) = (string(&args[0])?, string(&args[1])?, count(&args[2])?);
    let expression = compiled(pattern, text)?;
    let found: Vec<Value> = expression.regex.find_iter(text).take(n).map(|m| m.as_str().into()).collect();
    Ok(found.into())
}

fn find_submatches(_: &mut Context, args: &[Value]) -> Outcome {
    let (pattern, text, n) = (string(&args[0])?, string(&args[1])?, count(&args[2])?);
    let expression = compiled(pattern, text)?;
    let mut found = Vec::new();
    let mut cells = 0usize;
    for captures in expression.regex.captures_iter(text).take(n) {
        cells += expression.names.len();
        if cells > MAX_TEXT / 64 {
            return Err(Failure::Halt("too many groups".to_owned()));
        }
        let groups: Vec<Value> = (0..expression.names.len()).map(|group| captures.get(group).map_or("", |m| m.as_str()).into()).collect();
        found.push(groups.into());
    }
    Ok(Value::array(found))
}

fn split(_: &mut Context, args: &[Value]) -> Outcome {
    let (pattern, text) = (string(&args[0])?, string(&args[1])?);
    let expression = compiled(pattern, text)?;
    if !pattern.is_empty() && text.is_empty() {
        return Ok(vec![Value::from("")].into());
    }
    let mut parts: Vec<Value> = Vec::new();
    let (mut start, mut end) = (0, 0);
    for found in expression.regex.find_iter(text) {
        end = found.start();
        if found.end() != 0 {
            parts.push(text[start..end].into());
        }
        start = found.end();
    }
    if end != text.len() {
        parts.push(text[start..].into());
    }
    Ok(parts.into())
}

fn replace(_: &mut Context, args: &[Value]) -> Outcome {
    let (text, pattern, template) = (string(&args[0])?, string(&args[1])?, string(&args[2])?);
    let expression = compiled(pattern, text)?;
    let template = template::parse(template, &expression.names);
    let mut out = String::new();
    let mut last = 0;
    for captures in expression.regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[last..whole.start()]);
        last = whole.end();
        for part in &template {
            match part {
                template::Part::Text(text) => out.push_str(text),
                template::Part::Groups(groups) => {
                    out.push_str(groups.iter().find_map(|group| captures.get(*group)).map_or("", |m| m.as_str()));
                }
            }
            if out.len() > MAX_TEXT {
                return Err(Failure::Halt("the text is too large".to_owned()));
            }
        }
    }
    out.push_str(&text[last..]);
    Ok(out.into())
}

fn globs_match(_: &mut Context, args: &[Value]) -> Outcome {
    let (one, other) = (string(&args[0])?, string(&args[1])?);
    globs::intersect(one, other).map(Value::from)
}

fn template_match(_: &mut Context, args: &[Value]) -> Outcome {
    let (pattern, text) = (string(&args[0])?, string(&args[1])?);
    let (&[open], &[close]) = (string(&args[2])?.as_bytes(), string(&args[3])?.as_bytes()) else {
        return Err(Failure::Undefined);
    };
    let mut out = "^".to_owned();
    let (mut level, mut start, mut last) = (0usize, 0, 0);
    for (index, byte) in pattern.bytes().enumerate() {
        if byte == open {
            level += 1;
            if level == 1 {
                start = index;
            }
        } else if byte == close {
            level = level.checked_sub(1).ok_or(Failure::Undefined)?;
            if level == 0 {
                let inner = &pattern[start + 1..index];
                regexp::parse(&format!("^{inner}$")).map_err(|_| Failure::Undefined)?;
                out.push_str(&quote_meta(&pattern[last..start]));
                out.push('(');
                out.push_str(inner);
                out.push(')');
                last = index + 1;
            }
        }
    }
    if level != 0 {
        return Err(Failure::Undefined);
    }
    out.push_str(&quote_meta(&pattern[last..]));
    out.push('$');
    Ok(compiled(&out, text)?.regex.is_match(text).into())
}
