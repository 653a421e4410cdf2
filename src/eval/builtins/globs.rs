//! Globs: `glob.match` (`*`, `**`, `?`, `[a-z]`, `{a,b}`) and `glob.quote_meta`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use super::operand::{array, string};
use super::{Context, Failure, Outcome, Run};
use crate::eval::value::Value;
use crate::model::glob::glob_regex;

pub(super) fn find(name: &str) -> Option<Run> {
    Some(match name {
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

/// A compiled pattern, or what is wrong with it.
#[derive(Clone)]
enum Compiled {
    Ready(Rc<Regex>),
    Refused,
    TooLarge,
}

thread_local! {
    static CACHE: RefCell<HashMap<String, Compiled>> = RefCell::default();
}

/// Compiled patterns that a thread keeps.
const CACHED: usize = 512;

fn build(translated: &str) -> Compiled {
    match RegexBuilder::new(translated).size_limit(64 << 20).dfa_size_limit(16 << 20).nest_limit(2048).build() {
        Ok(regex) => Compiled::Ready(Rc::new(regex)),
        Err(regex::Error::CompiledTooBig(_)) => Compiled::TooLarge,
        Err(_) => Compiled::Refused,
    }
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
        let regex = glob_regex(pattern, &delimiters).map_or(Compiled::Refused, |regex| build(&regex));
        CACHE.with_borrow_mut(|cache| {
            if cache.len() >= CACHED {
                cache.clear();
            }
            cache.insert(key, regex.clone());
        });
        regex
    });
    match regex {
        Compiled::Ready(regex) => Ok(Value::Bool(regex.is_match(text))),
        Compiled::Refused => Err(Failure::Undefined),
        Compiled::TooLarge => Err(Failure::Halt("the glob is too large".to_owned())),
    }
}
