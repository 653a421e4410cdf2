//! One node type for all data formats, with the place of every key, item and scalar.

mod data;
mod places;
mod read;
mod resolve;
mod scalar;
mod template;

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::text::{Location, SourceId, Span};

use places::Places;

pub use read::{Document, Format, Read, read};
pub use resolve::from_yaml;
pub use scalar::{Schema, float_text, plain_scalar};

/// Where a key, item or scalar comes from.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Origin {
    /// Where it is written.
    pub at: Location,
    /// The aliases it came through, outermost first; later also patches, generators and transformers.
    pub via: Arc<[Location]>,
}

/// A value with its origin.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Node {
    pub value: Value,
    pub origin: Origin,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Value {
    /// In the order written; keys are unique.
    Map(Vec<Entry>),
    List(Vec<Node>),
    Scalar(Scalar),
}

/// A key and its value; a key is a string, as in JSON.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub key: Arc<str>,
    pub origin: Origin,
    pub value: Node,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Scalar {
    Null,
    Bool(bool),
    /// A JSON number, spelled as in the text where the text spells it as JSON does.
    Number(Arc<str>),
    String(Arc<str>),
    /// A value that cannot be known, and why.
    Unknown(Arc<str>),
}

/// What is wrong with a document that could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    pub kind: ProblemKind,
    pub at: Span,
    /// Lower case, without a final stop.
    pub message: String,
    /// The place that explains it: a duplicate's first occurrence.
    pub first: Option<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ProblemKind {
    /// A key stands twice in a map; the last one's value is kept.
    DuplicateKey,
    /// A key that is no string, number or boolean, a scalar that its tag does not fit, an alias that cannot be followed.
    Value,
}

impl Problem {
    /// The problem as a `syntax-error`.
    #[must_use]
    pub fn diagnostic(&self, source: SourceId) -> Diagnostic {
        let found = Diagnostic::syntax(Location { source, span: self.at }, self.message.clone());
        match self.first {
            Some(span) => found.with_label(Location { source, span }, "first written here").with_help("remove one of them"),
            None => found,
        }
    }
}

impl Entry {
    /// Where a finding about the value points: the key, or where the value is written if another file brings it. An alias behind the
    /// key is followed by whoever reports.
    #[must_use]
    pub fn place(&self) -> &Origin {
        let brought = self.value.origin.via.len() > self.origin.via.len() && self.value.origin.at.source != self.origin.at.source;
        if brought { &self.value.origin } else { &self.origin }
    }
}

/// The texts among a list's items; none where there is no list.
pub fn texts(node: Option<&Node>) -> impl Iterator<Item = &str> {
    node.map_or(&[][..], Node::items).iter().filter_map(Node::as_str)
}

impl Node {
    /// Whether two values are equal wherever they come from, and in whatever order keys are written.
    #[must_use]
    pub fn is_same_value(&self, other: &Self) -> bool {
        match (&self.value, &other.value) {
            (Value::Map(a), Value::Map(b)) => {
                let sorted = |entries: &'_ [Entry]| -> Vec<usize> {
                    let mut order: Vec<usize> = (0..entries.len()).collect();
                    order.sort_by(|x, y| entries[*x].key.cmp(&entries[*y].key));
                    order
                };
                let mut pairs = sorted(a).into_iter().zip(sorted(b));
                a.len() == b.len() && pairs.all(|(x, y)| a[x].key == b[y].key && a[x].value.is_same_value(&b[y].value))
            }
            (Value::List(a), Value::List(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.is_same_value(b)),
            (Value::Scalar(a), Value::Scalar(b)) => a == b,
            _ => false,
        }
    }

    /// The value of `key` in a map.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().find(|entry| &*entry.key == key).map(|entry| &entry.value)
    }

    /// The entry of `key` in a map: the value with the key's own place.
    #[must_use]
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    /// The value that `keys` lead to through nested maps.
    #[must_use]
    pub fn path(&self, keys: &[&str]) -> Option<&Node> {
        keys.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The last entry that `keys` lead to through nested maps.
    #[must_use]
    pub fn entry_at(&self, keys: &[&str]) -> Option<&Entry> {
        let (last, parents) = keys.split_last()?;
        self.path(parents)?.entry(last)
    }

    /// Why the value cannot be known, if it cannot.
    #[must_use]
    pub fn unknown(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::Unknown(why)) => Some(why),
            _ => None,
        }
    }

    /// Whether the value is text in which a variable stands that something fills in before the file is applied: `${NAME}`, `$(NAME)`.
    #[must_use]
    pub fn has_variable(&self) -> bool {
        self.as_str().is_some_and(|text| ["${", "$(", "{{", "<%"].iter().any(|start| text.contains(start)))
    }

    /// Whether the value is `null`.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }

    /// Whether the value or anything inside it cannot be known.
    #[must_use]
    pub fn has_unknown(&self) -> bool {
        match &self.value {
            Value::Map(entries) => entries.iter().any(|entry| entry.value.has_unknown()),
            Value::List(items) => items.iter().any(Self::has_unknown),
            Value::Scalar(scalar) => matches!(scalar, Scalar::Unknown(_)),
        }
    }

    /// Makes every text inside unknown that something else puts together, as `is_open` tells.
    pub(crate) fn open_texts(&mut self, is_open: fn(&str) -> bool) {
        match &mut self.value {
            Value::Map(entries) => entries.iter_mut().for_each(|entry| entry.value.open_texts(is_open)),
            Value::List(items) => items.iter_mut().for_each(|item| item.open_texts(is_open)),
            Value::Scalar(scalar) => {
                if let Scalar::String(text) = scalar
                    && is_open(text)
                {
                    *scalar = Scalar::Unknown(Arc::clone(text));
                }
            }
        }
    }

    /// A map's entries; none for anything else.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// A list's items; none for anything else.
    #[must_use]
    pub fn items(&self) -> &[Node] {
        match &self.value {
            Value::List(items) => items,
            _ => &[],
        }
    }

    /// The maps under `key`, where one map and a list of maps say the same: the blocks of that type in HCL, in either of its forms.
    pub fn blocks(&self, key: &str) -> impl Iterator<Item = &Node> {
        let found = self.get(key);
        let one = found.filter(|node| matches!(node.value, Value::Map(_)));
        one.into_iter().chain(found.into_iter().flat_map(Node::items).filter(|node| matches!(node.value, Value::Map(_))))
    }

    /// The bodies of a block of HCL: a list's items, or the one that it is.
    #[must_use]
    pub fn bodies(&self) -> &[Self] {
        match &self.value {
            Value::List(items) => items,
            Value::Map(_) | Value::Scalar(_) => std::slice::from_ref(self),
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::String(text)) => Some(text),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self.value {
            Value::Scalar(Scalar::Bool(value)) => Some(value),
            _ => None,
        }
    }

    /// `map`, `list`, `null`, `boolean`, `number`, `string` or `unknown value`.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match &self.value {
            Value::Map(_) => "map",
            Value::List(_) => "list",
            Value::Scalar(Scalar::Null) => "null",
            Value::Scalar(Scalar::Bool(_)) => "boolean",
            Value::Scalar(Scalar::Number(_)) => "number",
            Value::Scalar(Scalar::String(_)) => "string",
            Value::Scalar(Scalar::Unknown(_)) => "unknown value",
        }
    }

    /// Where the value is written.
    #[must_use]
    pub fn span(&self) -> Span {
        self.origin.at.span
    }
}

/// The start of a text, for a message.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
