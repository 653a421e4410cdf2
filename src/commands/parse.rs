//! `ztctl parse`: the tree, for people who debug a policy or a rule.

use std::fmt::Write;

use super::discover::FileKind;
use super::input::Content;
use super::session::Session;
use super::{Error, Outcome, output};
use crate::cli::{Format, ParseArgs};
use crate::lint;
use crate::report::{Report, Summary};
use crate::syntax::rego::{Element, Node};

pub(super) fn run(args: &ParseArgs) -> Result<Outcome, Error> {
    let session = Session::new(&args.common)?;
    let versions = session.versions(&args.rego)?;
    let files = session.load(&[FileKind::Rego])?;
    if files.files.is_empty() {
        session.nothing("no Rego file found")?;
    }
    let sources = files.sources();
    let mut findings = Vec::new();
    let mut out = String::new();
    for ((id, source), file) in sources.iter().zip(&files.files) {
        if let Content::NotUtf8 { valid, why } = &file.content {
            findings.push(super::input::not_utf8(id, valid, why));
            continue;
        }
        let tree = versions.parse(&file.file, &source.text);
        findings.extend(super::findings::syntax_errors(id, &tree));
        if files.files.len() > 1 {
            // writing to a String cannot fail
            let _ = writeln!(out, "# {}", crate::report::visible(&source.path));
        }
        dump(tree.tree.root(), &mut out);
    }
    let failed = !findings.is_empty();
    if session.output.is_text() {
        session.output.report(out.as_bytes())?;
    }
    if failed || !session.output.is_text() {
        let mut summary = Summary { files: files.files.len(), skipped: files.skipped, ..Summary::default() };
        summary.count(&sources, &findings);
        let rules: Vec<_> = lint::metas().collect();
        let report = Report { command: "parse", sources: &sources, findings: &findings, rules: &rules, summary: &summary, tests: None };
        let text = super::session::render(&session.output, &report)?;
        if matches!(session.output.format, Format::Pretty | Format::Concise) {
            output::print_error(&text);
        } else {
            session.output.report(&text)?;
        }
    }
    Ok(if failed { Outcome::Findings } else { Outcome::Clean })
}

/// One line a node or token: kind, place, and the text of tokens.
fn dump(root: Node<'_>, out: &mut String) {
    // a stack of its own: trees may be as deep as the parser lets them
    let mut stack = vec![(0, Element::Node(root))];
    while let Some((depth, element)) = stack.pop() {
        let _ = match element {
            Element::Node(node) => {
                let children: Vec<_> = node.elements().collect();
                stack.extend(children.into_iter().rev().map(|child| (depth + 1, child)));
                writeln!(out, "{:indent$}{:?} {}..{}", "", node.kind(), node.span().start, node.span().end, indent = depth * 2)
            }
            Element::Token(token) => {
                let (kind, span) = (token.kind(), token.span());
                writeln!(out, "{:indent$}{kind:?} {}..{} {:?}", "", span.start, span.end, token.text(), indent = depth * 2)
            }
        };
    }
}
