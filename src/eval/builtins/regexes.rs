//! Regular expressions and globs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Captures, Regex, RegexBuilder};

use super::go_regex::translate;
use super::operand::{array, int, string};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::Value;

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
        "regex.match" | "re_match" => |_, a| {
            let (pattern, text) = (string(&a[0])?, string(&a[1])?);
            Ok(Value::Bool(compiled(pattern, text)?.is_match(text)))
        },
        "regex.is_valid" => |_, a| Ok(Value::Bool(a[0].as_str().is_some_and(|pattern| translate(pattern).is_ok()))),
        "regex.split" => split,
        "regex.find_n" => |_, a| {
            let (pattern, text, n) = (string(&a[0])?, string(&a[1])?, int(&a[2])?);
            let regex = compiled(pattern, text)?;
            Ok(Value::array(regex.find_iter(text).take(limit(n)).map(|found| Value::from(found.as_str())).collect()))
        },
        "regex.find_all_string_submatch_n" => |_, a| {
            let (pattern, text, n) = (string(&a[0])?, string(&a[1])?, int(&a[2])?);
            let regex = compiled(pattern, text)?;
            let groups = |captures: Captures<'_>| {
                Value::array(captures.iter().map(|group| Value::from(group.map_or("", |group| group.as_str()))).collect())
            };
            Ok(Value::array(regex.captures_iter(text).take(limit(n)).map(groups).collect()))
        },
        "regex.replace" => replace,
        "regex.template_match" => template_match,
        "regex.globs_match" => |_, a| super::globs::non_empty(string(&a[0])?, string(&a[1])?).map(Value::Bool),
        "glob.match" => glob_match,
        "glob.quote_meta" => |_, a| {
            let mut out = String::new();
            for c in string(&a[0])?.chars() {
                if "*?\\[]{}".contains(c) {
                    out.push('\\');
                }
                out.push(c);
            }
            Ok(Value::from(out))
        },
        _ => return None,
    })
}

/// A negative number of matches means all.
fn limit(n: i64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

/// A compiled pattern, or what is wrong with it.
#[derive(Clone)]
enum Compiled {
    Ready(Rc<Regex>, bool),
    Refused,
    TooLarge,
}

thread_local! {
    static CACHE: RefCell<HashMap<String, Compiled>> = RefCell::default();
}

/// Compiled patterns that a thread keeps.
const CACHED: usize = 512;

/// The pattern as Go would compile it, to be used on `text`.
fn compiled(pattern: &str, text: &str) -> Result<Rc<Regex>, Failure> {
    let known = CACHE.with_borrow(|cache| cache.get(pattern).cloned());
    let regex = known.unwrap_or_else(|| {
        let regex = match translate(pattern) {
            Ok((translated, ascii_only)) => build(&translated, ascii_only),
            Err(_) => Compiled::Refused,
        };
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(pattern.to_owned(), regex.clone());
        });
        regex
    });
    match regex {
        Compiled::Ready(_, true) if !text.is_ascii() => Err(Failure::Halt("`\\B` on text beyond ASCII is not supported here".to_owned())),
        Compiled::Ready(regex, _) => Ok(regex),
        Compiled::Refused => Err(Failure::Undefined),
        Compiled::TooLarge => Err(Failure::Halt("the regular expression is too large".to_owned())),
    }
}

fn build(translated: &str, ascii_only: bool) -> Compiled {
    match RegexBuilder::new(translated).size_limit(64 << 20).dfa_size_limit(16 << 20).nest_limit(2048).build() {
        Ok(regex) => Compiled::Ready(Rc::new(regex), ascii_only),
        Err(regex::Error::CompiledTooBig(_)) => Compiled::TooLarge,
        Err(_) => Compiled::Refused,
    }
}

fn split(_: &mut Context, a: &[Value]) -> Outcome {
    let (pattern, text) = (string(&a[0])?, string(&a[1])?);
    let regex = compiled(pattern, text)?;
    if !pattern.is_empty() && text.is_empty() {
        return Ok(Value::array(vec![Value::from("")]));
    }
    let mut out = Vec::new();
    let (mut begin, mut end) = (0, 0);
    for found in regex.find_iter(text) {
        end = found.start();
        if found.end() != 0 {
            out.push(Value::from(&text[begin..end]));
        }
        begin = found.end();
    }
    if end != text.len() {
        out.push(Value::from(&text[begin..]));
    }
    Ok(Value::array(out))
}

fn replace(_: &mut Context, a: &[Value]) -> Outcome {
    let (text, pattern, template) = (string(&a[0])?, string(&a[1])?, string(&a[2])?);
    let regex = compiled(pattern, text)?;
    let mut out = String::with_capacity(text.len());
    let mut last = 0;
    for captures in regex.captures_iter(text) {
        let Some(whole) = captures.get(0) else { continue };
        out.push_str(&text[last..whole.start()]);
        expand(template, &regex, &captures, &mut out);
        last = whole.end();
    }
    out.push_str(&text[last..]);
    Ok(Value::from(out))
}

/// `$1`, `${name}`, `$$`, as Go expands them; what is no such thing stands for itself.
fn expand(template: &str, regex: &Regex, captures: &Captures<'_>, out: &mut String) {
    let mut rest = template;
    while let Some(at) = rest.find('$') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            continue;
        }
        let (name, after) = match rest.strip_prefix('{') {
            Some(inner) => match inner.find('}') {
                Some(end) => (&inner[..end], &inner[end + 1..]),
                None => ("", rest),
            },
            None => {
                let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
                (&rest[..end], &rest[end..])
            }
        };
        if name.is_empty() || !name.chars().all(|c| c.is_alphanumeric() || c == '_') {
            out.push('$');
            continue;
        }
        rest = after;
        let index = if name.bytes().all(|b| b.is_ascii_digit()) && !(name.len() > 1 && name.starts_with('0')) {
            name.parse().ok()
        } else {
            // names carry a number in front, see the translation
            regex.capture_names().position(|own| own.and_then(|own| own.split_once('_')).is_some_and(|(_, own)| own == name))
        };
        if let Some(group) = index.and_then(|index: usize| captures.get(index)) {
            out.push_str(group.as_str());
        }
    }
    out.push_str(rest);
}

/// Text with patterns in delimiters.
fn template_match(_: &mut Context, a: &[Value]) -> Outcome {
    let (template, text) = (string(&a[0])?, string(&a[1])?);
    let delimiter = |value: &Value| match string(value)?.as_bytes() {
        [one] => Ok(*one),
        _ => Err(Failure::Undefined),
    };
    let (start, end) = (delimiter(&a[2])?, delimiter(&a[3])?);
    let mut pattern = String::from("^");
    let (mut level, mut opened, mut last) = (0i32, 0, 0);
    for (index, byte) in template.bytes().enumerate() {
        if byte == start {
            level += 1;
            if level == 1 {
                opened = index;
            }
        } else if byte == end {
            level -= 1;
            if level == 0 {
                let inner = &template[opened + 1..index];
                translate(&format!("^{inner}$")).map_err(|_| Failure::Undefined)?;
                pattern.push_str(&quote_meta(&template[last..opened]));
                pattern.push_str(&format!("({inner})"));
                last = index + 1;
            } else if level < 0 {
                return Err(Failure::Undefined);
            }
        }
    }
    if level != 0 {
        return Err(Failure::Undefined);
    }
    pattern.push_str(&quote_meta(&template[last..]));
    pattern.push('$');
    Ok(Value::Bool(compiled(&pattern, text)?.is_match(text)))
}

/// Escapes what Go's syntax gives a meaning.
fn quote_meta(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\.+*?()|[]{}^$".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn glob_match(_: &mut Context, a: &[Value]) -> Outcome {
    let (pattern, text) = (string(&a[0])?, string(&a[2])?);
    let delimiters: Vec<char> = match &a[1] {
        Value::Null => Vec::new(),
        Value::Array(items) if items.is_empty() => vec!['.'],
        other => array(other)?
            .iter()
            .map(|item| {
                let mut chars = string(item)?.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => Ok(c),
                    _ => Err(Failure::Undefined),
                }
            })
            .collect::<Result<_, Failure>>()?,
    };
    let key: String = std::iter::once('\0').chain(delimiters.iter().copied()).chain(['\0']).chain(pattern.chars()).collect();
    let known = CACHE.with_borrow(|cache| cache.get(&key).cloned());
    let regex = known.unwrap_or_else(|| {
        let regex = super::globs::to_regex(pattern, &delimiters).map_or(Compiled::Refused, |regex| build(&regex, false));
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(key, regex.clone());
        });
        regex
    });
    match regex {
        Compiled::Ready(regex, _) => Ok(Value::Bool(regex.is_match(text))),
        Compiled::Refused => Err(Failure::Undefined),
        Compiled::TooLarge => Err(Failure::Halt("the glob is too large".to_owned())),
    }
}
