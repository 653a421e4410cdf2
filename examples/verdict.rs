//! Reads JSON lines `{"id":…,"mode":"parse-v0"|"parse-v1","text":…}` and answers `{"id":…,"ok":…,"errors":[…],"tree":…}`.
//!
//! For comparing verdicts with other parsers of Rego; `ZTCTL_TREE=1` adds the tree.

use std::io::{BufRead, Write};

use ztctl::syntax::rego::{Node, Version, parse};

fn main() {
    let with_tree = std::env::var_os("ZTCTL_TREE").is_some();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Ok(question) = serde_json::from_str::<serde_json::Value>(&line) else { continue };
        let text = question["text"].as_str().unwrap_or_default();
        let version = if question["mode"] == "parse-v0" { Version::V0 } else { Version::V1 };
        let parse = parse(text, version);
        let errors: Vec<_> = parse
            .errors
            .iter()
            .map(
                |error| serde_json::json!({"start": error.span.start, "end": error.span.end, "message": error.message, "help": error.help}),
            )
            .collect();
        let mut answer =
            serde_json::json!({"id": question["id"], "ok": errors.is_empty(), "errors": errors, "lossless": parse.tree.text() == text});
        if with_tree {
            let mut tree = String::new();
            print(parse.tree.root(), 0, &mut tree);
            answer["tree"] = tree.into();
        }
        if writeln!(out, "{answer}").is_err() {
            return;
        }
    }
}

fn print(node: Node<'_>, depth: usize, out: &mut String) {
    for _ in 0..depth {
        out.push_str("  ");
    }
    out.push_str(&format!("{:?} {:?}\n", node.kind(), node.text()));
    for child in node.children() {
        print(child, depth + 1, out);
    }
}
