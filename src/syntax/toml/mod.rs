//! TOML with the place of every value.

mod comments;

use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::data::{Errors, Key, Kind, Node, Stream, span};
use crate::diag::Diagnostic;
use crate::text::{SourceId, Span};

pub use comments::comments;

/// Reads a text; after a syntax error the rest is read as far as possible. Dates are strings; `inf` and `nan` are unknown, since JSON
/// lacks them. A table's span goes from its header or brace to where the parser saw it end.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    let base = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let text_behind = &text[base..];
    let (table, mistakes) = DeTable::parse_recoverable(text_behind);
    let mut errors = Errors::new(source);
    let mut broken = Vec::new();
    for mistake in mistakes {
        let at = errors.at(place(text_behind, base, mistake.span().unwrap_or(0..0)));
        broken.push(at.span);
        errors.complete = false;
        errors.push(Diagnostic::syntax(at, mistake.message().trim_end_matches('.').to_owned()));
    }
    let entries = Reader { text, base, broken }.entries(table.get_ref());
    let root = (!entries.is_empty()).then(|| Node { span: span(base, text.len()), kind: Kind::Map(entries) });
    Stream::of(text, root, errors)
}

fn place(text: &str, base: usize, range: std::ops::Range<usize>) -> Span {
    let boundary = |at: usize| text.floor_char_boundary(at.min(text.len()));
    span(base + boundary(range.start), base + boundary(range.end))
}

struct Reader<'t> {
    text: &'t str,
    /// What the parser's offsets count from.
    base: usize,
    /// Where the errors are: the parser makes up values there.
    broken: Vec<Span>,
}

impl Reader<'_> {
    fn entries(&self, table: &DeTable<'_>) -> Vec<(Key, Node)> {
        let entry = |(key, value): (&Spanned<std::borrow::Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
            (Key { text: key.get_ref().as_ref().into(), span: self.span(&key.span()) }, self.node(value))
        };
        let mut entries: Vec<(Key, Node)> = table.iter().map(entry).collect();
        // the parser's maps are sorted by key
        entries.sort_by_key(|(key, _)| key.span);
        entries
    }

    fn span(&self, range: &std::ops::Range<usize>) -> Span {
        span(self.base + range.start, self.base + range.end)
    }

    fn node(&self, value: &Spanned<DeValue<'_>>) -> Node {
        let span = self.span(&value.span());
        let unknown = || Kind::Unknown(Arc::from(self.text.get(span.range()).unwrap_or("")));
        let number = |text: Option<String>| text.map_or_else(unknown, |text| Kind::Number(text.into()));
        let kind = match value.get_ref() {
            DeValue::Array(items) => Kind::List(items.iter().map(|item| self.node(item)).collect()),
            DeValue::Table(table) => Kind::Map(self.entries(table)),
            _ if self.broken.iter().any(|error| error.start <= span.end && span.start <= error.end) => unknown(),
            DeValue::String(text) => Kind::String(text.as_ref().into()),
            DeValue::Boolean(value) => Kind::Bool(*value),
            DeValue::Integer(integer) => {
                number(i128::from_str_radix(integer.as_str(), integer.radix()).ok().map(|value| value.to_string()))
            }
            DeValue::Float(float) => {
                let value = float.as_str().parse::<f64>().ok().filter(|value| value.is_finite());
                number(value.map(|value| value.to_string()))
            }
            DeValue::Datetime(time) => Kind::String(time.to_string().into()),
        };
        Node { span, kind }
    }
}
