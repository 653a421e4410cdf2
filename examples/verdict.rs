//! Reads JSON lines `{"id":…,"mode":"parse-v0"|"parse-v1"|"check-v0"|"check-v1","text":…}` and answers
//! `{"id":…,"ok":…,"errors":[…],"tree":…}`; `files`, a mapping of paths to texts, may stand for `text`; `schemas` maps names
//! (`schema.a`) to JSON.
//!
//! For comparing verdicts with other parsers and compilers of Rego; `ZTCTL_TREE=1` adds the tree.

use std::io::{BufRead, Write};

use serde_json::{Value, json};
use ztctl::eval::{Options, Source};
use ztctl::model::rego::{Schemas, compile_errors};
use ztctl::syntax::rego::{Node, Parse, Version, parse};

fn main() {
    let with_tree = std::env::var_os("ZTCTL_TREE").is_some();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let Ok(line) = line else { return };
        let Ok(question) = serde_json::from_str::<Value>(&line) else { continue };
        let mode = question["mode"].as_str().unwrap_or_default();
        let version = if mode.ends_with("v0") { Version::V0 } else { Version::V1 };
        let files: Vec<(&str, &str)> = match &question["files"] {
            Value::Object(files) => files.iter().map(|(path, text)| (path.as_str(), text.as_str().unwrap_or_default())).collect(),
            _ => vec![("f.rego", question["text"].as_str().unwrap_or_default())],
        };
        let parses: Vec<Parse> = files.iter().map(|(_, text)| parse(*text, version)).collect();
        let mut errors: Vec<Value> = Vec::new();
        for error in parses.iter().flat_map(|parse| &parse.errors) {
            let (start, end) = (error.span.start, error.span.end);
            errors.push(json!({"code": "parse", "start": start, "end": end, "message": error.message, "help": error.help}));
        }
        let schemas = question["schemas"].as_object().map(|named| {
            let mut schemas = Schemas::default();
            for (name, text) in named {
                let path = name.split('.').skip(1).map(str::to_owned).collect();
                schemas.insert(path, serde_json::from_str(text.as_str().unwrap_or_default()).unwrap_or_default());
            }
            schemas
        });
        if errors.is_empty() && mode.starts_with("check") {
            let sources: Vec<Source<'_>> = files.iter().zip(&parses).map(|((path, _), parse)| Source { path, parse }).collect();
            for error in compile_errors(&sources, &Options::default(), schemas.as_ref()).err().into_iter().flatten() {
                let span = error.place();
                errors.push(
                    json!({"code": error.code, "start": span.start, "end": span.end, "message": error.words(), "help": error.advice(),
                    "opa": error.message, "class": format!("{:?}", error.class)}),
                );
            }
        }
        let parse = &parses[0];
        let lossless = parse.tree.text() == files[0].1;
        let mut answer = json!({"id": question["id"], "ok": errors.is_empty(), "errors": errors, "lossless": lossless});
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
