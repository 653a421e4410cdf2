//! The syntax of a node without what is mere layout, as text: two nodes with the same text mean the same in one place.

use std::fmt::Write;

use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Expr, Paren, RefBracket, Scalar};
use crate::syntax::rego::{Kind, Node};

/// The syntax of `node`. White space, comments, separators, braces of bodies, parentheses that only group, and the ways to write a
/// string, a reference's part or a head's `:=` make no difference.
pub(super) fn shape(node: Node<'_>) -> String {
    let mut out = String::new();
    write_shape(&mut out, node);
    out
}

/// Appends the syntax of `node`.
pub(super) fn write_shape(out: &mut String, node: Node<'_>) {
    let mut open = vec![node];
    while let Some(node) = open.pop() {
        if let Some(inner) = Paren::cast(node).and_then(Paren::expr) {
            open.push(inner.node());
            continue;
        }
        if let Some(name) = part_name(node) {
            part(out, &name);
            continue;
        }
        if let Some(text) = Scalar::cast(node).and_then(string_value) {
            string(out, &text);
            continue;
        }
        // the kind, the tokens and the number of children tell trees apart
        let at = open.len();
        open.extend(node.children());
        let children = open.len() - at;
        open[at..].reverse();
        number(out, node.kind() as usize);
        out.push('/');
        number(out, children);
        for token in node.own_tokens() {
            match token.kind() {
                Kind::Comma | Kind::Semicolon | Kind::LeftBrace | Kind::RightBrace | Kind::LeftParen | Kind::RightParen => {}
                // in a body the two differ
                Kind::Equal if matches!(node.kind(), Kind::Head | Kind::Else) => out.push_str(" :="),
                _ => {
                    out.push(' ');
                    out.push_str(token.text());
                }
            }
        }
        out.push('\n');
    }
}

/// The name of `.name` or `["name"]`.
fn part_name(node: Node<'_>) -> Option<std::borrow::Cow<'_, str>> {
    match node.kind() {
        Kind::RefDot => crate::syntax::rego::ast::RefDot::cast(node)?.name().map(|name| name.text().into()),
        Kind::RefBracket => match RefBracket::cast(node)?.expr()? {
            Expr::Scalar(scalar) => string_value(scalar),
            _ => None,
        },
        _ => None,
    }
}

// writing to a string cannot fail

fn part(out: &mut String, name: &str) {
    _ = writeln!(out, ".{name:?}");
}

fn string(out: &mut String, text: &str) {
    _ = writeln!(out, "{text:?}");
}

fn number(out: &mut String, number: usize) {
    _ = write!(out, "{number}");
}
