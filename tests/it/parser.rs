//! The Rego front end.

mod fixtures;
mod limits;
mod metadata;
mod peer;
mod properties;
mod trees;
mod version;

use std::fmt::Write;

use ztctl::syntax::rego::{Kind, Node, Parse};

/// `line:column`, from 1, in characters.
fn place(text: &str, offset: u32) -> String {
    let before = &text[..offset as usize];
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    format!("{line}:{column}")
}

/// The errors of a parse, one on two lines.
fn said(parse: &Parse) -> String {
    let text = parse.tree.text();
    let mut out = String::new();
    for error in &parse.errors {
        let part = &text[error.span.range()];
        let _ = writeln!(out, "{} {part:?}: {}", place(text, error.span.start), error.message);
        if let Some(help) = &error.help {
            let _ = writeln!(out, "    help: {help}");
        }
    }
    out
}

/// The nodes of a tree, indented; nodes without children with their text.
fn outline(node: Node<'_>) -> String {
    fn write(node: Node<'_>, depth: usize, out: &mut String) {
        let _ = write!(out, "{:indent$}{:?}", "", node.kind(), indent = depth * 2);
        let tokens: Vec<_> = node.own_tokens().map(|token| token.text()).collect();
        if !tokens.is_empty() && node.kind() != Kind::Module {
            let _ = write!(out, " {}", tokens.join(" "));
        }
        out.push('\n');
        for child in node.children() {
            write(child, depth + 1, out);
        }
    }
    let mut out = String::new();
    write(node, 0, &mut out);
    out
}
