//! Data formats with spans: YAML, JSON, TOML, HCL.

mod hcl;
mod helm;
mod json;
mod peers;
mod terraform;
mod toml;
mod yaml;
mod yaml_plain;

use ztctl::diag::Place;
use ztctl::model::value::{Format, Node, Read, Scalar, Value, read};
use ztctl::text::SourceId;

pub(crate) fn parse(format: Format, text: &str) -> Read {
    let read = read(SourceId(0), text, format);
    for document in &read.documents {
        assert!(document.span.end as usize <= text.len());
        if let Some(root) = &document.root {
            check_spans(text, root);
        }
    }
    for found in &read.diagnostics {
        let Place::At(at) = found.place else { panic!("{found:?} has no place") };
        assert!(text.get(at.span.range()).is_some(), "{found:?} in {text:?}");
        assert!(!found.message.ends_with('.') && !found.message.starts_with(char::is_uppercase), "{:?}", found.message);
    }
    read
}

/// Every span is a range of the text, and an unquoted scalar's text is its value.
fn check_spans(text: &str, node: &Node) {
    assert!(text.get(node.span().range()).is_some(), "{node:?} in {text:?}");
    for entry in node.entries() {
        let written = text.get(entry.origin.at.span.range()).unwrap_or_else(|| panic!("{entry:?} in {text:?}"));
        if !written.starts_with(['"', '\'', '(', '!'])
            && !matches!(&*entry.key, "true" | "false")
            && !written.contains("\"'\\")
            // lines fold to blanks
            && !written.contains(['\n', '\r'])
            && entry.value.origin.via.is_empty()
        {
            assert!(written.contains(&*entry.key) || written.starts_with(|c: char| !c.is_alphabetic()), "{written:?} for {:?}", entry.key);
        }
        check_spans(text, &entry.value);
    }
    for item in node.items() {
        check_spans(text, item);
    }
}

/// The value as text: JSON, with `?…?` for what is unknown.
pub(crate) fn show(node: &Node) -> String {
    match &node.value {
        Value::Map(entries) => {
            let entries: Vec<String> = entries.iter().map(|entry| format!("{:?}:{}", entry.key, show(&entry.value))).collect();
            format!("{{{}}}", entries.join(","))
        }
        Value::List(items) => format!("[{}]", items.iter().map(show).collect::<Vec<_>>().join(",")),
        Value::Scalar(scalar) => match scalar {
            Scalar::Null => "null".to_owned(),
            Scalar::Bool(value) => value.to_string(),
            Scalar::Number(text) => text.to_string(),
            Scalar::String(text) => format!("{text:?}"),
            Scalar::Unknown(text) => format!("?{text}?"),
        },
    }
}

/// The only document's value.
pub(crate) fn value(format: Format, text: &str) -> String {
    let read = parse(format, text);
    assert_eq!(read.documents.len(), 1, "{text:?}");
    read.documents[0].root.as_ref().map_or_else(|| "-".to_owned(), show)
}

/// The value of a text that is right.
pub(crate) fn right(format: Format, text: &str) -> String {
    let read = parse(format, text);
    assert!(read.diagnostics.is_empty(), "{text:?}: {:?}", messages(&read, text));
    assert!(read.documents.iter().all(|document| document.complete), "{text:?}");
    value(format, text)
}

/// Each error with the text it points at.
pub(crate) fn messages(read: &Read, text: &str) -> Vec<String> {
    let message = |found: &ztctl::diag::Diagnostic| {
        let Place::At(at) = found.place else { unreachable!() };
        format!("{}..{} {:?}: {}", at.span.start, at.span.end, &text[at.span.range()], found.message)
    };
    read.diagnostics.iter().map(message).collect()
}

pub(crate) fn wrong(format: Format, text: &str) -> Vec<String> {
    let read = parse(format, text);
    assert!(!read.diagnostics.is_empty(), "{text:?} gives no error");
    messages(&read, text)
}

/// The text under the value at `path`, whose parts are keys and indexes.
pub(crate) fn under<'t>(format: Format, text: &'t str, path: &str) -> &'t str {
    let read = parse(format, text);
    let mut node = read.documents[0].root.as_ref().expect("a value");
    for part in path.split('/').filter(|part| !part.is_empty()) {
        node = match part.parse::<usize>() {
            Ok(at) if !node.items().is_empty() => &node.items()[at],
            _ => node.get(part).unwrap_or_else(|| panic!("no `{part}` in {}", show(node))),
        };
    }
    &text[node.span().range()]
}
