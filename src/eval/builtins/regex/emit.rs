//! Writes parsed expressions as the `regex` crate reads them.

use std::fmt::Write as _;

use crate::model::regexp::node::{Assertion, Class, Item, Kind, Node};

/// Matches nothing.
const NEVER: &str = r"[^\x{0}-\x{10FFFF}]";

/// The expression in the `regex` crate's syntax; all groups are unnamed.
pub(super) fn emit(node: &Node) -> String {
    let mut out = String::new();
    write(node, &mut out);
    out
}

fn write(node: &Node, out: &mut String) {
    match &node.kind {
        Kind::Empty => out.push_str("(?:)"),
        Kind::Char(c, fold) => match char::from_u32(*c) {
            None => out.push_str(NEVER),
            Some(c) if c.is_ascii_alphanumeric() && !fold => out.push(c),
            Some(c) => {
                let (open, close) = if *fold { ("(?i:", ")") } else { ("", "") };
                let _ = write!(out, "{open}\\x{{{:x}}}{close}", u32::from(c));
            }
        },
        Kind::Class(class) => write_class(class, out),
        Kind::Any { newline: true } => out.push_str("(?s:.)"),
        Kind::Any { newline: false } => out.push('.'),
        Kind::Assert(kind) => out.push_str(match kind {
            Assertion::TextStart => r"\A",
            Assertion::TextEnd => r"\z",
            Assertion::LineStart => "(?m:^)",
            Assertion::LineEnd => "(?m:$)",
            Assertion::Word => r"(?-u:\b)",
            Assertion::NotWord => r"(?-u:\B)",
        }),
        Kind::Capture(node) => {
            out.push('(');
            write(node, out);
            out.push(')');
        }
        Kind::Concat(nodes) => {
            for node in nodes {
                if matches!(node.kind, Kind::Alternate(_)) { grouped(node, out) } else { write(node, out) }
            }
        }
        Kind::Alternate(nodes) => {
            for (index, node) in nodes.iter().enumerate() {
                if index > 0 {
                    out.push('|');
                }
                write(node, out);
            }
        }
        Kind::Repeat { node, min, max, greedy, .. } => {
            if matches!(node.kind, Kind::Concat(_) | Kind::Alternate(_) | Kind::Repeat { .. }) {
                grouped(node, out);
            } else {
                write(node, out);
            }
            match (min, max) {
                (0, None) => out.push('*'),
                (1, None) => out.push('+'),
                (0, Some(1)) => out.push('?'),
                (min, None) => {
                    let _ = write!(out, "{{{min},}}");
                }
                (min, Some(max)) => {
                    let _ = write!(out, "{{{min},{max}}}");
                }
            }
            if !greedy {
                out.push('?');
            }
        }
    }
}

fn grouped(node: &Node, out: &mut String) {
    out.push_str("(?:");
    write(node, out);
    out.push(')');
}

fn write_class(class: &Class, out: &mut String) {
    if class.fold {
        out.push_str("(?i:");
    }
    out.push_str(if class.negated { "[^" } else { "[" });
    let mut empty = true;
    for item in &class.items {
        match item {
            Item::Range(low, high) => {
                // surrogates are in no text
                for (low, high) in [(*low, (*high).min(0xd7ff)), ((*low).max(0xe000), *high)] {
                    if low <= high {
                        write_range(low, high, out);
                        empty = false;
                    }
                }
            }
            Item::Ascii(ranges, negated) => {
                out.push_str(if *negated { "[^" } else { "[" });
                for (low, high) in *ranges {
                    write_range(u32::from(*low), u32::from(*high), out);
                }
                out.push(']');
                empty = false;
            }
            Item::Property("", false) => {}
            Item::Property("", true) => {
                write_range(0, u32::from(char::MAX), out);
                empty = false;
            }
            Item::Property(name, negated) => {
                let _ = write!(out, "\\{}{{{name}}}", if *negated { 'P' } else { 'p' });
                empty = false;
            }
        }
    }
    if empty {
        out.push_str(NEVER);
    }
    out.push(']');
    if class.fold {
        out.push(')');
    }
}

fn write_range(low: u32, high: u32, out: &mut String) {
    let _ = write!(out, "\\x{{{low:x}}}-\\x{{{high:x}}}");
}
