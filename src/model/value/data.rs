//! JSON, TOML and HCL → nodes.

use std::sync::Arc;

use super::{Entry, Node, Origin, Places, Problem, ProblemKind, Scalar, Value, shortened};
use crate::syntax::data::{self, Key, Kind};
use crate::text::{Location, SourceId, Span};

/// What a key that stands twice in a map means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeated {
    /// The last value counts, and it is a problem (JSON).
    Problem,
    /// Lists, and so blocks, are joined; of anything else the last value counts (HCL).
    Join,
}

/// The value of a tree, with its problems in text order.
pub(super) fn from_data(source: SourceId, root: &data::Node, repeated: Repeated) -> (Node, Vec<Problem>) {
    let mut reader = Reader { source, via: Arc::from([]), repeated, problems: Vec::new() };
    let node = reader.node(root);
    reader.problems.sort_by_key(|problem| problem.at);
    (node, reader.problems)
}

struct Reader {
    source: SourceId,
    via: Arc<[Location]>,
    repeated: Repeated,
    problems: Vec<Problem>,
}

impl Reader {
    fn origin(&self, span: Span) -> Origin {
        Origin { at: Location { source: self.source, span }, via: self.via.clone() }
    }

    /// The trees are not deep: their readers see to it.
    fn node(&mut self, node: &data::Node) -> Node {
        let scalar = match &node.kind {
            Kind::List(items) => {
                let items = items.iter().map(|item| self.node(item)).collect();
                return Node { value: Value::List(items), origin: self.origin(node.span) };
            }
            Kind::Map(entries) => return Node { value: Value::Map(self.map(entries)), origin: self.origin(node.span) },
            Kind::Null => Scalar::Null,
            Kind::Bool(value) => Scalar::Bool(*value),
            Kind::Number(text) => Scalar::Number(text.clone()),
            Kind::String(text) => Scalar::String(text.clone()),
            Kind::Unknown(text) => Scalar::Unknown(text.clone()),
        };
        Node { value: Value::Scalar(scalar), origin: self.origin(node.span) }
    }

    fn map(&mut self, entries: &[(Key, data::Node)]) -> Vec<Entry> {
        let mut out: Vec<Entry> = Vec::with_capacity(entries.len());
        let mut places = Places::default();
        for (key, value) in entries {
            let value = self.node(value);
            let entry = Entry { key: key.text.clone(), origin: self.origin(key.span), value };
            let Some(place) = places.find(&out, &entry.key) else {
                places.push(&mut out, entry);
                continue;
            };
            let first = &mut out[place];
            if self.repeated == Repeated::Join {
                match (&mut first.value.value, entry.value.value) {
                    (Value::List(items), Value::List(more)) => {
                        items.extend(more);
                        first.value.origin.at.span = first.value.origin.at.span.cover(entry.value.origin.at.span);
                    }
                    (Value::List(items), value) => items.push(Node { value, origin: entry.value.origin }),
                    (_, value) => *first = Entry { value: Node { value, origin: entry.value.origin }, ..entry },
                }
                continue;
            }
            self.problems.push(Problem {
                kind: ProblemKind::DuplicateKey,
                at: key.span,
                message: format!("the key `{}` stands twice in this map", shortened(&key.text)),
                first: Some(first.origin.at.span),
            });
            *first = entry;
        }
        out
    }
}
