use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::value::{Entry, Kind, SyntaxError, Value};
use crate::text::Span;

/// Reads TOML 1.1; what could be read comes back whatever the errors.
pub(super) fn parse(text: &str) -> (Value, Vec<SyntaxError>) {
    // the reader leaves a byte order mark to its caller
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let shift = text.len() - body.len();
    let (table, errors) = DeTable::parse_recoverable(body);
    let whole = span(0..body.len(), shift);
    let errors = errors.into_iter().map(|error| {
        let span = error.span().map_or(Span::at(0), |range| span(range, shift));
        SyntaxError { span, message: error.message().to_owned() }
    });
    let mut errors: Vec<SyntaxError> = errors.collect();
    errors.sort_by_key(|error| error.span);
    (Value { span: whole, kind: self::table(table.get_ref(), shift) }, errors)
}

fn span(range: std::ops::Range<usize>, shift: usize) -> Span {
    let offset = |at: usize| u32::try_from(at + shift).unwrap_or(u32::MAX);
    Span::new(offset(range.start), offset(range.end))
}

fn table(table: &DeTable<'_>, shift: usize) -> Kind {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry { key: key.get_ref().to_string(), key_span: span(key.span(), shift), value: self::value(value, shift) })
        .collect();
    entries.sort_by_key(|entry| entry.key_span);
    Kind::Table(entries)
}

fn value(value: &Spanned<DeValue<'_>>, shift: usize) -> Value {
    let kind = match value.get_ref() {
        DeValue::String(text) => Kind::String(text.to_string()),
        DeValue::Integer(integer) => match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(integer) => Kind::Integer(integer),
            Err(_) => Kind::Other("an integer out of range"),
        },
        DeValue::Float(_) => Kind::Other("a float"),
        DeValue::Boolean(value) => Kind::Bool(*value),
        DeValue::Datetime(_) => Kind::Other("a date"),
        DeValue::Array(items) => Kind::List(items.iter().map(|item| self::value(item, shift)).collect()),
        DeValue::Table(table) => self::table(table, shift),
    };
    Value { span: span(value.span(), shift), kind }
}
