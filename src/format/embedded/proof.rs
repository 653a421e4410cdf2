//! Whether a file that was written again says what it should.

use std::collections::BTreeMap;

use super::data::Reading;
use super::raise::Raised;
use crate::model::value::{Entry, Node, Value};
use crate::text::Span;

/// What may differ.
#[derive(Default)]
pub(super) struct Expected<'e> {
    /// The new texts of scalars, by their old spans.
    pub(super) texts: BTreeMap<Span, &'e str>,
    /// What moves, by the old spans of the maps that it moves in.
    pub(super) raised: BTreeMap<Span, Raised>,
}

/// Whether `after` is `before` but for what is expected.
pub(super) fn same(before: &Reading, after: &Reading, expected: &Expected<'_>) -> bool {
    before.documents.len() == after.documents.len()
        && before.documents.iter().zip(&after.documents).all(|(before, after)| {
            let roots = match (&before.root, &after.root) {
                (Some(before), Some(after)) => expected.same(before, after),
                (None, None) => true,
                _ => false,
            };
            roots && before.complete == after.complete && before.templated == after.templated
        })
}

impl Expected<'_> {
    fn same(&self, before: &Node, after: &Node) -> bool {
        // a list has the span of its only item
        if let Some(raised) = self.raised.get(&before.span()).filter(|_| matches!(before.value, Value::Map(_))) {
            return self.same_as(raised, before, after);
        }
        match (&before.value, &after.value) {
            (Value::Map(before), Value::Map(after)) => {
                before.len() == after.len()
                    && before.iter().zip(after).all(|(before, after)| before.key == after.key && self.same(&before.value, &after.value))
            }
            (Value::List(before), Value::List(after)) => {
                before.len() == after.len() && before.iter().zip(after).all(|(before, after)| self.same(before, after))
            }
            (Value::Scalar(scalar), Value::Scalar(new)) => match self.texts.get(&before.span()) {
                Some(text) if before.as_str().is_some() => after.as_str() == Some(text),
                _ => scalar == new,
            },
            _ => false,
        }
    }

    /// Whether the map `before` became what `raised` says.
    fn same_as(&self, raised: &Raised, before: &Node, after: &Node) -> bool {
        let is_version = |entry: &&Entry| &*entry.key == "version";
        let is_moved = |entry: &&Entry| matches!(&*entry.key, "rego" | "libs");
        match raised {
            Raised::Version => {
                let others = |node: &'_ Node| node.entries().iter().filter(|entry| !is_version(entry)).cloned().collect::<Vec<_>>();
                let version = after.get("version").and_then(Node::as_str);
                version == Some("v1") && self.same_entries(&others(before), &others(after))
            }
            Raised::Legacy => {
                let kept = |node: &'_ Node| {
                    let kept = node.entries().iter().filter(|entry| !is_moved(entry) && &*entry.key != "code");
                    kept.cloned().collect::<Vec<_>>()
                };
                let moved: Vec<Entry> = before.entries().iter().filter(is_moved).cloned().collect();
                let (old, new) = (before.get("code").map_or(&[][..], Node::items), after.get("code").map_or(&[][..], Node::items));
                let Some((last, others)) = new.split_last() else { return false };
                let source = last.get("source");
                let source_moved: Vec<Entry> =
                    source.map_or(&[][..], Node::entries).iter().filter(|entry| !is_version(entry)).cloned().collect();
                after.entries().iter().filter(is_moved).count() == 0
                    && self.same_entries(&kept(before), &kept(after))
                    && old.len() == others.len()
                    && old.iter().zip(others).all(|(old, new)| self.same(old, new))
                    && last.entries().len() == 2
                    && last.get("engine").and_then(Node::as_str) == Some("Rego")
                    && source.and_then(|source| source.get("version")).and_then(Node::as_str) == Some("v1")
                    && self.same_entries(&moved, &source_moved)
            }
        }
    }

    /// Whether the entries are the same in any order; they are those of one target.
    fn same_entries(&self, before: &[Entry], after: &[Entry]) -> bool {
        let new: BTreeMap<&str, &Node> = after.iter().map(|entry| (&*entry.key, &entry.value)).collect();
        before.len() == after.len() && before.iter().all(|entry| new.get(&*entry.key).is_some_and(|new| self.same(&entry.value, new)))
    }
}
