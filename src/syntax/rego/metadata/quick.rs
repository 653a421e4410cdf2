//! Reads plain YAML with the reader of manifests, several times faster than the one that decides.

use std::sync::Arc;

use serde_yaml::{Mapping, Value};

use crate::syntax::yaml::{self, Kind, Node, Style};
use crate::text::SourceId;

/// Blocks are nested less deep than this, or not plain.
const MAX_DEPTH: usize = 32;

/// The value of a block that is one document, a map of plain collections and scalars; `None` where the other reader has to decide: on
/// errors, anchors, tags, several documents, keys that are no text or are repeated, and scalars whose type needs a look.
pub(super) fn read(text: &str) -> Option<Value> {
    // readers of YAML disagree on these
    let is_odd =
        |c: char| c < ' ' && c != '\n' || matches!(c, '%' | '\u{7f}'..='\u{a0}' | '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{fffe}'..);
    if text.chars().any(is_odd) {
        return None;
    }
    let stream = yaml::read(SourceId(0), text);
    let [document] = stream.documents.as_slice() else { return None };
    if !stream.diagnostics.is_empty() || !document.complete {
        return None;
    }
    value(document.root.as_ref()?, 0).filter(Value::is_mapping)
}

fn value(node: &Node, depth: usize) -> Option<Value> {
    if depth > MAX_DEPTH || node.tag.is_some() || node.anchor.is_some() {
        return None;
    }
    match &node.kind {
        Kind::Scalar { text, style } => scalar(text, *style),
        Kind::List { items, .. } => items.iter().map(|item| value(item, depth + 1)).collect::<Option<Vec<_>>>().map(Value::Sequence),
        Kind::Map { entries, .. } => {
            let mut map = Mapping::with_capacity(entries.len());
            for (key, entry) in entries {
                let Value::String(key) = value(key, depth + 1)? else { return None };
                if key == "<<" || map.insert(Value::String(key), value(entry, depth + 1)?).is_some() {
                    return None;
                }
            }
            Some(Value::Mapping(map))
        }
        Kind::Alias(_) | Kind::Missing => None,
    }
}

fn scalar(text: &Arc<str>, style: Style) -> Option<Value> {
    if style != Style::Plain {
        return Some(Value::String(text.as_ref().to_owned()));
    }
    Some(match text.as_ref() {
        "" => Value::Null,
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        // numbers, `null` and other spellings of truth
        other if !other.starts_with(|c: char| c.is_ascii_alphabetic()) || other.len() <= 5 && is_word(other) => return None,
        other => Value::String(other.to_owned()),
    })
}

/// Whether the text may be a keyword of YAML.
fn is_word(text: &str) -> bool {
    ["null", "true", "false", "yes", "no", "on", "off", "y", "n"].iter().any(|word| word.eq_ignore_ascii_case(text))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[test]
    fn both_readers_agree() {
        let plain = [
            "title: a\n",
            "title: a: b\n",
            "title: 'it''s'\ndescription: \"tab\\there\"\nscope: rule\n",
            "description: |\n  one\n\n  two é `x` *y* &z\n\nauthors:\n- A <a@b.c>\n- name: B\n  email: b@c.d\n",
            "description: >-\n  one\n  two\n",
            "custom: {a: [x, y], b: {c: d}}\nentrypoint: true\nempty:\n",
            "custom:\n  on: x\n",
            "custom:\n  a: 1\n",
            "custom:\n  a: ~\n  b: yes\n  c: Null\n  d: 0x1f\n  e: .inf\n",
            "a: &x b\nc: *x\n",
            "a: !!str 1\n",
            "a: b\na: c\n",
            "a: b\n---\nc: d\n",
            "- a\n",
            "plain\n",
            "a: [\n",
            "a: b: c\n",
            "a:\n\tb: c\n",
            "? a\n: b\n",
            "<<: {a: b}\n",
        ];
        let read_plainly = |text: &str| Value::deserialize(serde_yaml::Deserializer::from_str(text).next()?).ok();
        let mut decided = 0;
        for text in plain {
            let Some(value) = read(text) else { continue };
            decided += 1;
            assert_eq!(read_plainly(text).as_ref(), Some(&value), "{text}");
        }
        assert!(decided >= 5, "only {decided} texts were read");
    }
}
