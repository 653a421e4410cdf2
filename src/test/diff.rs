//! Where a decision differs from what a case expects.

use std::fmt::Write as _;

use crate::eval::{Value, to_json};

use super::cases::{Expect, key_as_string, value_matches};

/// One place where they differ.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// From the root given: `deny[2].msg`.
    pub path: String,
    /// What was expected there, as JSON on one line, cut where it is long; `None` where nothing was.
    pub expected: Option<String>,
    /// What is there; `None` where nothing is.
    pub actual: Option<String>,
}

/// The differences, the first ones where there are many.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Diff {
    pub changes: Vec<Change>,
    /// More than `changes` shows.
    pub more: bool,
}

/// So many changes are listed.
const MAX_CHANGES: usize = 50;
/// A value is shown with so many characters.
const MAX_TEXT: usize = 200;
/// What undefined is called.
const UNDEFINED: &str = "undefined";

/// Compares a decision, `None` for undefined, with what is expected; `root` is what paths begin with.
///
/// Empty where [`Expect::matches`] holds, or where nothing is recorded. Takes time in the size of both.
#[must_use]
pub fn diff(root: &str, expect: &Expect, decision: Option<&Value>) -> Diff {
    let mut differ = Differ { path: root.to_owned(), out: Diff::default() };
    match (expect, decision) {
        (Expect::Unrecorded, _) | (Expect::Undefined, None) => {}
        (Expect::Undefined, Some(actual)) => differ.push(Some(UNDEFINED.to_owned()), Some(shown(actual))),
        (Expect::Value(expected), None) => differ.push(Some(shown(expected)), Some(UNDEFINED.to_owned())),
        (Expect::Value(expected), Some(actual)) => {
            if !value_matches(expected, actual) {
                differ.values(expected, actual);
                if differ.out.changes.is_empty() {
                    differ.push(Some(shown(expected)), Some(shown(actual)));
                }
            }
        }
    }
    differ.out
}

impl std::fmt::Display for Diff {
    /// A line with each path, then `-` what was expected and `+` what is there.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for change in &self.changes {
            writeln!(f, "{}", change.path)?;
            if let Some(expected) = &change.expected {
                writeln!(f, "  - {expected}")?;
            }
            if let Some(actual) = &change.actual {
                writeln!(f, "  + {actual}")?;
            }
        }
        if self.more {
            writeln!(f, "…and more")?;
        }
        Ok(())
    }
}

struct Differ {
    path: String,
    out: Diff,
}

impl Differ {
    fn full(&mut self) -> bool {
        self.out.more |= self.out.changes.len() >= MAX_CHANGES;
        self.out.more
    }

    fn push(&mut self, expected: Option<String>, actual: Option<String>) {
        if !self.full() {
            self.out.changes.push(Change { path: self.path.clone(), expected, actual });
        }
    }

    fn inside(&mut self, step: &str, then: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        self.path.push_str(step);
        then(self);
        self.path.truncate(length);
    }

    fn values(&mut self, expected: &Value, actual: &Value) {
        match (expected, actual) {
            (Value::Array(wanted), Value::Array(items)) => self.arrays(wanted, items),
            (Value::Array(wanted), Value::Set(members)) => self.sets(wanted, members),
            (Value::Object(wanted), Value::Object(entries)) => self.objects(wanted, entries),
            _ if value_matches(expected, actual) => {}
            _ => self.push(Some(shown(expected)), Some(shown(actual))),
        }
    }

    /// Items that both begin and end with are left out; what lies between is compared by position.
    fn arrays(&mut self, wanted: &[Value], items: &[Value]) {
        let same = |(w, i): &(&Value, &Value)| value_matches(w, i);
        let front = wanted.iter().zip(items).take_while(same).count();
        let (left, right) = (&wanted[front..], &items[front..]);
        let back = if left.len() == right.len() { 0 } else { left.iter().rev().zip(right.iter().rev()).take_while(same).count() };
        let (left, right) = (&left[..left.len() - back], &right[..right.len() - back]);
        for at in 0..left.len().max(right.len()) {
            if self.out.more {
                return;
            }
            let step = format!("[{}]", front + at);
            self.inside(&step, |this| match (left.get(at), right.get(at)) {
                (Some(expected), Some(actual)) => this.values(expected, actual),
                (expected, actual) => this.push(expected.map(shown), actual.map(shown)),
            });
        }
    }

    /// Members that are missing, and those too many.
    fn sets(&mut self, wanted: &[Value], members: &std::collections::BTreeSet<Value>) {
        let asked: std::collections::BTreeSet<&Value> = wanted.iter().collect();
        let mut missing: Vec<&Value> = asked.iter().copied().filter(|item| !members.contains(item)).collect();
        let mut extra: Vec<&Value> = members.iter().filter(|member| !asked.contains(member)).collect();
        // members with sets inside are written as lists: few enough of them are matched one by one
        if missing.len() * extra.len() <= MAX_CHANGES * MAX_CHANGES {
            missing.retain(|item| match extra.iter().position(|member| value_matches(item, member)) {
                Some(at) => {
                    extra.remove(at);
                    false
                }
                None => true,
            });
        }
        // a single one on both sides is shown by its parts
        if let ([expected], [actual]) = (&*missing, &*extra)
            && matches!((expected, actual), (Value::Object(_), Value::Object(_)))
        {
            self.inside("[_]", |this| this.values(expected, actual));
            return;
        }
        for item in missing {
            if self.full() {
                return;
            }
            self.push(Some(shown(item)), None);
        }
        for member in extra {
            if self.full() {
                return;
            }
            self.push(None, Some(shown(member)));
        }
    }

    fn objects(&mut self, wanted: &std::collections::BTreeMap<Value, Value>, entries: &std::collections::BTreeMap<Value, Value>) {
        let actual: std::collections::BTreeMap<Value, &Value> = entries.iter().map(|(key, value)| (key_as_string(key), value)).collect();
        let wanted: std::collections::BTreeMap<Value, &Value> = wanted.iter().map(|(key, value)| (key_as_string(key), value)).collect();
        let keys: std::collections::BTreeSet<&Value> = wanted.keys().chain(actual.keys()).collect();
        for key in keys {
            if self.out.more {
                return;
            }
            self.inside(&step(key), |this| match (wanted.get(key), actual.get(key)) {
                (Some(expected), Some(actual)) => this.values(expected, actual),
                (expected, actual) => this.push(expected.map(|v| shown(v)), actual.map(|v| shown(v))),
            });
        }
    }
}

/// A key as a step of a path: `.name`, `["a key"]`.
fn step(key: &Value) -> String {
    match key.as_str() {
        Some(name)
            if !name.is_empty()
                && !name.starts_with(|c: char| c.is_ascii_digit())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
                && name.len() <= MAX_TEXT =>
        {
            format!(".{name}")
        }
        _ => format!("[{}]", shown(key)),
    }
}

/// The value as JSON, cut where it is long.
fn shown(value: &Value) -> String {
    let text = to_json(value);
    match text.char_indices().nth(MAX_TEXT) {
        Some((at, _)) => {
            let mut out = text[..at].to_owned();
            let _ = write!(out, "… ({} bytes)", text.len());
            out
        }
        None => text,
    }
}
