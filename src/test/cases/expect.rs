//! What a case expects, and whether a decision is that.

use crate::eval::{Number, Value, to_json};

/// What a case expects of its query.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expect {
    Value(Value),
    /// `undefined: true`.
    Undefined,
    /// Nothing yet: `--update` records the decision.
    Unrecorded,
}

impl Expect {
    /// Whether `decision`, `None` for undefined, is what is expected; nothing is where nothing is recorded.
    #[must_use]
    pub fn matches(&self, decision: Option<&Value>) -> bool {
        match (self, decision) {
            (Self::Value(expected), Some(actual)) => value_matches(expected, actual),
            (Self::Undefined, None) => true,
            _ => false,
        }
    }
}

/// Comparisons of members that hold sets themselves, beyond which a list must be in the order of its set.
const MAX_PAIRS: usize = 20_000;

/// Whether a decision is what YAML can say of it: a set is a list in any order, an object's keys are strings.
#[must_use]
pub fn value_matches(expected: &Value, actual: &Value) -> bool {
    Matcher { pairs: 0 }.matches(expected, actual)
}

struct Matcher {
    pairs: usize,
}

impl Matcher {
    fn matches(&mut self, expected: &Value, actual: &Value) -> bool {
        match (expected, actual) {
            (Value::Array(wanted), Value::Set(members)) => {
                let mut seen = std::collections::BTreeSet::new();
                // an item written again is for a member that looks the same as a list, or for none
                let (mut left, mut again): (Vec<&Value>, Vec<&Value>) = (Vec::new(), Vec::new());
                for item in wanted.iter() {
                    if !seen.insert(item) {
                        again.push(item);
                    } else if !members.contains(item) {
                        left.push(item);
                    }
                }
                let mut open: Vec<&Value> = members.iter().filter(|member| !seen.contains(member)).collect();
                if left.len() > open.len() || open.len() > left.len() + again.len() {
                    return false;
                }
                let mut take = |item: &Value| {
                    let found = open.iter().position(|member| {
                        self.pairs += 1;
                        self.pairs <= MAX_PAIRS && self.matches(item, member)
                    });
                    found.is_some_and(|at| {
                        open.remove(at);
                        true
                    })
                };
                if !left.into_iter().all(&mut take) {
                    return false;
                }
                for item in again {
                    take(item);
                }
                open.is_empty()
            }
            (Value::Array(wanted), Value::Array(items)) => {
                wanted.len() == items.len() && wanted.iter().zip(items.iter()).all(|(w, i)| self.matches(w, i))
            }
            (Value::Object(wanted), Value::Object(entries)) => {
                wanted.len() == entries.len()
                    && entries.iter().all(|(key, value)| {
                        let wanted = wanted.get(key).or_else(|| wanted.get(&key_as_string(key)));
                        wanted.is_some_and(|wanted| self.matches(wanted, value))
                    })
            }
            _ => expected == actual,
        }
    }
}

/// An object's key as JSON has it.
pub(in crate::test) fn key_as_string(key: &Value) -> Value {
    match key {
        Value::String(_) => key.clone(),
        other => Value::string(to_json(other)),
    }
}

/// A decision as YAML can say it: sets are lists in order, keys are strings, numbers begin with a digit.
#[must_use]
pub fn plain(value: &Value) -> Value {
    match value {
        Value::Array(items) => Value::array(items.iter().map(plain).collect()),
        Value::Set(members) => Value::array(members.iter().map(plain).collect()),
        Value::Object(entries) => entries.iter().map(|(key, value)| (key_as_string(key), plain(value))).collect(),
        Value::Number(number) if number.text().starts_with(['.']) || number.text().starts_with("-.") => {
            Value::Number(Number::new(&to_json(value)))
        }
        other => other.clone(),
    }
}
