//! HCL2 as Terraform reads it, through `hcl-edit`. What is no literal is unknown, with its text.

use hcl_edit::expr::{Expression, ObjectKey, UnaryOperator};
use hcl_edit::structure::{Block, BlockLabel, Body, Structure};
use hcl_edit::template::{Element, Template};
use hcl_edit::{Ident, Span as _};

use crate::diag::Diagnostic;
use crate::syntax::data::{Errors, Key, Kind, Node, Stream, offset, span};
use crate::text::{SourceId, Span};

/// Reads a text; with a syntax error nothing of it is there.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    // a byte order mark is no part of the text
    let base = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let mut errors = Errors::new(source);
    let root = match hcl_edit::parser::parse_body(&text[base..]) {
        Ok(body) => {
            let whole = span(base, text.len());
            let entries = Reader { text, base }.body(&body, whole);
            (!entries.is_empty()).then_some(Node { span: whole, kind: Kind::Map(entries) })
        }
        Err(error) => {
            let mut at = (base + error.location().offset()).min(text.len());
            while !text.is_char_boundary(at) {
                at -= 1;
            }
            let width = text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
            let message: Vec<&str> = error.message().split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
            let message = if message.is_empty() { "invalid HCL".to_owned() } else { message.join("; ") };
            let place = errors.at(span(at, at + width));
            errors.push(Diagnostic::syntax(place, message));
            errors.complete = false;
            None
        }
    };
    Stream::of(text, root, errors)
}

struct Reader<'t> {
    text: &'t str,
    /// What `hcl-edit`'s offsets count from.
    base: usize,
}

impl Reader<'_> {
    fn span(&self, range: Option<std::ops::Range<usize>>, outer: Span) -> Span {
        range.map_or(outer, |range| span(self.base + range.start, self.base + range.end))
    }

    /// An expression's range. That of a heredoc ends where its closing name does.
    fn expression_span(&self, expression: &Expression, outer: Span) -> Span {
        let at = self.span(expression.span(), outer);
        let written = self.slice(at).trim_end().len();
        Span::new(at.start, at.start + offset(written))
    }

    fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }

    fn body(&self, body: &Body, outer: Span) -> Vec<(Key, Node)> {
        let mut entries = Vec::with_capacity(body.len());
        for structure in body {
            entries.push(match structure {
                Structure::Attribute(attribute) => {
                    (self.ident(&attribute.key, attribute.key.span(), outer), self.value(&attribute.value, outer))
                }
                Structure::Block(block) => self.block(block, outer),
            });
        }
        entries
    }

    fn ident(&self, ident: &Ident, range: Option<std::ops::Range<usize>>, outer: Span) -> Key {
        Key { text: ident.as_str().into(), span: self.span(range, outer) }
    }

    fn block(&self, block: &Block, outer: Span) -> (Key, Node) {
        let whole = self.span(block.span(), outer);
        let whole = Span::new(whole.start, whole.start + offset(self.slice(whole).trim_end().len()));
        let list = |map: Kind| Node { span: whole, kind: Kind::List(vec![Node { span: whole, kind: map }]) };
        let mut value = list(Kind::Map(self.body(&block.body, whole)));
        for label in block.labels.iter().rev() {
            let range = match label {
                BlockLabel::Ident(ident) => ident.span(),
                BlockLabel::String(text) => text.span(),
            };
            let label = Key { text: label.as_str().into(), span: self.span(range, whole) };
            value = list(Kind::Map(vec![(label, value)]));
        }
        (self.ident(&block.ident, block.ident.span(), whole), value)
    }

    fn value(&self, expression: &Expression, outer: Span) -> Node {
        let at = self.expression_span(expression, outer);
        let unknown = || Kind::Unknown(self.slice(at).into());
        let kind = match expression {
            Expression::Null(_) => Kind::Null,
            Expression::Bool(value) => Kind::Bool(*value.value()),
            Expression::Number(number) => Kind::Number(number.value().to_string().into()),
            Expression::String(text) => Kind::String(text.as_str().into()),
            Expression::StringTemplate(template) => literal(template).map_or_else(unknown, |text| Kind::String(text.into())),
            Expression::HeredocTemplate(template) => literal(&template.template).map_or_else(unknown, |text| Kind::String(text.into())),
            Expression::Array(array) => Kind::List(array.iter().map(|item| self.value(item, at)).collect()),
            Expression::Object(object) => {
                Kind::Map(object.iter().map(|(key, value)| (self.object_key(key, at), self.value(value.expr(), at))).collect())
            }
            Expression::Parenthesis(inner) => match self.value(inner.inner(), at).kind {
                Kind::Unknown(_) => unknown(),
                known => known,
            },
            Expression::UnaryOp(operation) if operation.operator.value() == &UnaryOperator::Neg => match &operation.expr {
                Expression::Number(number) => Kind::Number(format!("-{}", number.value()).into()),
                _ => unknown(),
            },
            _ => unknown(),
        };
        Node { span: at, kind }
    }

    /// A key's text; of a computed key the expression.
    fn object_key(&self, key: &ObjectKey, outer: Span) -> Key {
        match key {
            ObjectKey::Ident(ident) => self.ident(ident, ident.span(), outer),
            ObjectKey::Expression(expression) => {
                let value = self.value(expression, outer);
                let text = match value.kind {
                    Kind::String(text) | Kind::Number(text) => text,
                    _ => self.slice(value.span).into(),
                };
                Key { text, span: value.span }
            }
        }
    }
}

/// The text of a template that interpolates nothing.
fn literal(template: &Template) -> Option<String> {
    template.iter().map(|element| if let Element::Literal(text) = element { Some(text.as_str()) } else { None }).collect()
}
