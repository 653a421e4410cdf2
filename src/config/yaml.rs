use std::collections::HashMap;

use granit_parser::{Event, Parser, ScalarStyle};

use super::value::{Entry, Kind, SyntaxError, Value};
use crate::text::Span;

/// Aliases may repeat what they name, up to this many nodes in all.
const MAX_NODES: usize = 100_000;

/// Reads the first document of a YAML file; what could be read comes back whatever the error.
pub(super) fn parse(text: &str) -> (Value, Option<SyntaxError>) {
    let mut builder = Builder { open: Vec::new(), root: None, anchors: HashMap::new(), nodes: 0, last: Span::at(0) };
    let mut error = None;
    for event in Parser::new_from_str(text) {
        match event {
            Ok((Event::DocumentEnd, _)) => break,
            Ok((event, place)) => {
                if let Err(found) = builder.event(event, span(text, &place)) {
                    error = Some(found);
                    break;
                }
            }
            Err(found) => {
                let at = found.marker().byte_offset().map_or(builder.last.end, offset);
                error = Some(SyntaxError { span: Span::at(at), message: found.info().to_lowercase() });
                break;
            }
        }
    }
    let empty = Value { span: Span::at(0), kind: Kind::Table(Vec::new()) };
    (builder.finish().unwrap_or(empty), error)
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

fn span(text: &str, span: &granit_parser::Span) -> Span {
    span.byte_range().map_or(Span::at(0), |range| {
        let trimmed = text.get(range.clone()).map_or(range.end, |t| range.start + t.trim_end().len());
        Span::new(offset(range.start), offset(trimmed))
    })
}

fn error(span: Span, message: &str) -> SyntaxError {
    SyntaxError { span, message: message.to_owned() }
}

struct Builder {
    open: Vec<Open>,
    root: Option<Value>,
    anchors: HashMap<usize, Value>,
    nodes: usize,
    last: Span,
}

struct Open {
    value: Value,
    anchor: usize,
    /// A mapping's key that waits for its value.
    key: Option<Value>,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), SyntaxError> {
        self.last = span;
        match event {
            Event::Scalar(text, style, anchor, _) => {
                let value = Value { span, kind: scalar(&text, style) };
                self.add(value, anchor)
            }
            Event::SequenceStart(_, anchor, _) => self.start(Kind::List(Vec::new()), span, anchor),
            Event::MappingStart(_, anchor, _) => self.start(Kind::Table(Vec::new()), span, anchor),
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => {
                // an alias inside what it names is not there yet
                let named = self.anchors.get(&id).cloned();
                let mut value = named.unwrap_or(Value { span, kind: Kind::Other("null") });
                self.nodes += size(&value);
                value.span = span;
                self.add(value, 0)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, kind: Kind, span: Span, anchor: usize) -> Result<(), SyntaxError> {
        self.open.push(Open { value: Value { span, kind }, anchor, key: None });
        Ok(())
    }

    fn end(&mut self, span: Span) -> Result<(), SyntaxError> {
        let Some(mut open) = self.open.pop() else { return Ok(()) };
        open.value.span = open.value.span.cover(span);
        self.add(open.value, open.anchor)
    }

    fn add(&mut self, value: Value, anchor: usize) -> Result<(), SyntaxError> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err(error(value.span, "too many values"));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, value.clone());
            self.nodes += size(&value);
        }
        let Some(open) = self.open.last_mut() else {
            self.root.get_or_insert(value);
            return Ok(());
        };
        match (&mut open.value.kind, open.key.take()) {
            (Kind::List(items), _) => items.push(value),
            (Kind::Table(entries), Some(key)) => {
                let name = match &key.kind {
                    Kind::String(text) => text.clone(),
                    Kind::Integer(number) => number.to_string(),
                    Kind::Bool(value) => value.to_string(),
                    _ => return Err(error(key.span, "a key must be a string")),
                };
                if entries.iter().any(|entry| entry.key == name) {
                    return Err(error(key.span, "the key is there already"));
                }
                entries.push(Entry { key: name, key_span: key.span, value });
            }
            (_, None) => open.key = Some(value),
            _ => {}
        }
        Ok(())
    }

    /// The document; what is still open at an error is closed.
    fn finish(mut self) -> Option<Value> {
        while !self.open.is_empty() {
            let at = self.last;
            if self.end(at).is_err() {
                break;
            }
        }
        self.root
    }
}

fn size(value: &Value) -> usize {
    match &value.kind {
        Kind::Table(entries) => 1 + entries.iter().map(|entry| size(&entry.value)).sum::<usize>(),
        Kind::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        _ => 1,
    }
}

/// Plain scalars by YAML 1.2's core schema.
fn scalar(text: &str, style: ScalarStyle) -> Kind {
    if style != ScalarStyle::Plain {
        return Kind::String(text.to_owned());
    }
    match text {
        "true" | "True" | "TRUE" => Kind::Bool(true),
        "false" | "False" | "FALSE" => Kind::Bool(false),
        "" | "~" | "null" | "Null" | "NULL" => Kind::Other("null"),
        _ => match text.parse::<i64>() {
            Ok(number) => Kind::Integer(number),
            Err(_) if text.parse::<f64>().is_ok() && text.contains(|c: char| c.is_ascii_digit()) => Kind::Other("a float"),
            Err(_) => Kind::String(text.to_owned()),
        },
    }
}
