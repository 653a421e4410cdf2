//! What several rules need to know about Rego texts.

use std::collections::BTreeMap;

use crate::format::Refusal;
use crate::lint::context::FileCx;
use crate::syntax::rego::ast::{Body, Literal};
use crate::syntax::rego::{Kind, Node, Token};
use crate::text::Span;

/// An opt-in keyword of v0.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Keyword {
    If,
    Contains,
}

impl Keyword {
    fn is_on(self, cx: &FileCx<'_>) -> bool {
        let keywords = cx.parse().keywords;
        match self {
            Self::If => keywords.r#if,
            Self::Contains => keywords.contains,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::Contains => "contains",
        }
    }
}

/// The edit that imports those of `keywords` that are not on; `None` where all are, or where there is no package clause to put
/// imports behind.
pub(super) fn import_keywords(cx: &FileCx<'_>, keywords: &[Keyword]) -> Option<(Span, String)> {
    let missing: Vec<&str> = keywords.iter().filter(|keyword| !keyword.is_on(cx)).map(|keyword| keyword.name()).collect();
    if missing.is_empty() {
        return None;
    }
    let lines: Vec<String> = missing.iter().map(|name| format!("import future.keywords.{name}")).collect();
    let module = cx.module();
    if let Some(first) = module.imports.first() {
        let text = lines.iter().map(|line| format!("{line}\n")).collect();
        return Some((Span::at(first.import.span().start), text));
    }
    let line = cx.file().line(module.package_clause?.span().end);
    let end = cx.file().line_span(line)?.end;
    Some((Span::at(end), format!("\n\n{}", lines.join("\n"))))
}

/// Whether a comment lies in the range.
pub(super) fn has_comment(cx: &FileCx<'_>, span: Span) -> bool {
    let comments = cx.comments();
    let at = comments.partition_point(|comment| comment.span().start < span.start);
    comments.get(at).is_some_and(|comment| comment.span().start < span.end)
}

/// Whether the node lies in an `else` branch without braces, which Regal does not look into.
pub(super) fn is_hidden_from_regal(node: Node<'_>) -> bool {
    std::iter::once(node).chain(node.ancestors()).any(|node| {
        node.parent().is_some_and(|parent| parent.kind() == Kind::Else) && Body::cast(node).is_some_and(|body| body.open_token().is_none())
    })
}

/// The text of a node on one line, shortened for messages.
pub(super) fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::new();
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
        if out.chars().count() > LONGEST {
            let cut = out.char_indices().nth(LONGEST - 1).map_or(out.len(), |(at, _)| at);
            out.truncate(cut);
            out.push('…');
            break;
        }
    }
    out
}

/// Whether the token is a comparison operator.
pub(super) fn is_comparison(token: Token<'_>) -> bool {
    matches!(token.kind(), Kind::EqualEqual | Kind::NotEqual | Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual)
}

/// The line that holds the offset, and the offset's place in it counted in characters from 1.
pub(super) fn offset_of_column(cx: &FileCx<'_>, line: usize, column: usize) -> u32 {
    let Some(span) = cx.file().line_span(line) else {
        return 0;
    };
    let text = cx.file().slice(span);
    let at = text.char_indices().nth(column - 1).map_or(text.len(), |(at, _)| at);
    span.start + at as u32
}

/// Why the formatter refused a module.
pub(super) fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Syntax => "the module does not parse".to_owned(),
        Refusal::Unsupported { reason, .. } | Refusal::Proof { reason } => reason.clone(),
        Refusal::Migration { message, .. } => message.clone(),
    }
}

/// What the formatter made of `old`, with `old`'s byte order mark and line ends; `None` where a raw string holds carriage returns,
/// which would have to stay as they are.
pub(super) fn rewritten(old: &str, new: &str) -> Option<String> {
    let mark = if old.starts_with('\u{feff}') { "\u{feff}" } else { "" };
    let breaks = memchr::memchr_iter(b'\n', old.as_bytes()).count();
    if !old.contains('\r') {
        Some(format!("{mark}{new}"))
    } else if new.contains('\r') {
        None
    } else if breaks == old.matches("\r\n").count() {
        Some(format!("{mark}{}", new.replace('\n', "\r\n")))
    } else {
        Some(format!("{mark}{new}"))
    }
}

/// The range that removing an import takes: its line, and the blank line below where one stands above too; the import alone
/// where something else is on its line.
pub(super) fn import_removal(cx: &FileCx<'_>, span: Span) -> Span {
    let file = cx.file();
    let line = file.line(span.start);
    let whole = file.line_span(line).unwrap_or(span);
    let next = file.line_span(line + 1).map_or(whole.end, |next| next.start);
    if file.slice(whole).trim() != file.slice(span) || next == whole.end {
        // a comment behind it moves to its place
        let behind = file.slice(Span::new(span.end, whole.end));
        let blanks = if behind.trim_start().starts_with('#') { behind.len() - behind.trim_start().len() } else { 0 };
        return Span::new(span.start, span.end + blanks as u32);
    }
    let blank = |line: Option<usize>| line.and_then(|line| file.line_span(line)).is_some_and(|span| file.slice(span).trim().is_empty());
    let both = blank(line.checked_sub(1)) && blank(Some(line + 1));
    let end = if both { file.line_span(line + 2).map_or(next, |next| next.start) } else { next };
    Span::new(whole.start, end)
}

/// The range that removing a statement takes: its lines if nothing else is on them, else it and the semicolon between it and a
/// neighbour. A comment behind it stays. `None` where it is the only one, or where a comment would go too.
pub(super) fn statement_removal(cx: &FileCx<'_>, literal: Literal<'_>) -> Option<Span> {
    let (file, span) = (cx.file(), literal.span());
    let body = literal.node().parent().and_then(Body::cast)?;
    let all: Vec<Span> = body.literals().map(Literal::span).collect();
    let at = all.iter().position(|other| *other == span)?;
    if all.len() < 2 {
        return None;
    }
    let (first, last) = (file.line(span.start), file.line(span.end));
    let lines = Span::new(file.line_span(first)?.start, file.line_span(last)?.end);
    let starts = file.slice(Span::new(lines.start, span.start)).trim().is_empty();
    let behind = file.slice(Span::new(span.end, lines.end));
    let next_line = file.line_span(last + 1).map(|next| next.start);
    let removal = if let Some(end) = next_line.filter(|_| starts && behind.trim().is_empty()) {
        Span::new(lines.start, end)
    } else if starts && behind.trim_start().starts_with('#') {
        Span::new(span.start, span.end + (behind.len() - behind.trim_start().len()) as u32)
    } else if let Some(next) = all.get(at + 1) {
        Span::new(span.start, next.start)
    } else {
        Span::new(all[at - 1].end, span.end)
    };
    (!has_comment(cx, removal)).then_some(removal)
}

/// A comment and where it stands.
#[derive(Clone, Copy, Debug)]
pub(in crate::lint) struct BlockComment<'t> {
    pub(in crate::lint) span: Span,
    pub(in crate::lint) text: &'t str,
    /// From 0.
    pub(in crate::lint) line: usize,
    /// In characters, from 1.
    pub(in crate::lint) column: u32,
}

/// Comments on lines that follow each other and in the same column, as Regal groups them.
pub(in crate::lint) fn comment_blocks<'t>(cx: &FileCx<'t>) -> Vec<Vec<BlockComment<'t>>> {
    let mut blocks = Vec::new();
    let mut lines: BTreeMap<u32, Vec<BlockComment<'t>>> = BTreeMap::new();
    let mut last = usize::MAX;
    for comment in cx.comments() {
        let (span, at) = (comment.span(), cx.file().line_column(comment.span().start));
        let line = at.line as usize - 1;
        if last != usize::MAX && line != last + 1 {
            blocks.extend(std::mem::take(&mut lines).into_values());
        }
        last = line;
        lines.entry(at.column).or_default().push(BlockComment { span, text: comment.text(), line, column: at.column });
    }
    blocks.extend(lines.into_values());
    blocks
}

/// The fields of METADATA: what OPA reads, and `compile`, which Regal adds.
pub(super) const METADATA_FIELDS: [&str; 11] = [
    "scope",
    "title",
    "description",
    "labels",
    "related_resources",
    "authors",
    "organizations",
    "schemas",
    "entrypoint",
    "custom",
    "compile",
];
