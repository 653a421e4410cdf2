//! Edits of Rego that several fixes are made of: removing statements, moving rules, naming things otherwise.

use super::support::has_comment;
use crate::lint::context::FileCx;
use crate::model::rego::Name;
use crate::syntax::rego::ast::{ArrayComprehension, Body, Expr, Literal};
use crate::syntax::rego::{Kind, Node};
use crate::text::Span;

pub(super) type Edits = Vec<(Span, String)>;

/// The break that the text's lines end with: that of its first line.
pub(super) fn line_break(cx: &FileCx<'_>) -> &'static str {
    let text = cx.text().as_bytes();
    match memchr::memchr(b'\n', text) {
        Some(at) if at > 0 && text[at - 1] == b'\r' => "\r\n",
        _ => "\n",
    }
}

/// Whether a text can take the place of another at the start of a statement: after a line break, a sign would join it to the
/// statement above, and a brace would open a body.
pub(super) fn may_start_statement(text: &str) -> bool {
    !text.starts_with(['-', '{'])
}

/// Whether an operand needs no parentheses beside any operator.
pub(super) fn is_atom(expr: Expr<'_>) -> bool {
    !matches!(expr, Expr::Infix(_) | Expr::Membership(_) | Expr::Logical(_) | Expr::Negative(_))
}

/// Whether it matters how often the statement at `node` holds: arrays count it.
pub(super) fn is_counted(node: Node<'_>) -> bool {
    node.ancestors().any(|node| ArrayComprehension::cast(node).is_some())
}

/// What to cut out so that a statement is gone from a body that has others; `None` where it is alone, or where a comment in it would
/// go too. A comment behind it stays.
pub(super) fn statement_removal(cx: &FileCx<'_>, literal: Literal<'_>) -> Option<Span> {
    let body = literal.node().parent().and_then(Body::cast)?;
    let span = literal.span();
    if !cx.spend(body.literals().count()) {
        return None;
    }
    let mut previous = None;
    let mut next = None;
    for other in body.literals().filter(|other| *other != literal) {
        if other.span().end <= span.start {
            previous = Some(other.span());
        } else if next.is_none() {
            next = Some(other.span());
        }
    }
    if (previous.is_none() && next.is_none()) || has_comment(cx, span) {
        return None;
    }
    let same_line = |a: u32, b: u32| !cx.file().slice(Span::new(a, b)).contains(['\n', '#']);
    if let Some(next) = next.filter(|next| same_line(span.end, next.start)) {
        Some(Span::new(span.start, next.start))
    } else if let Some(previous) = previous.filter(|previous| same_line(previous.end, span.start)) {
        Some(Span::new(previous.end, span.end))
    } else {
        whole_lines(cx, span)
    }
}

/// The lines of a statement that shares them with nothing else; a comment behind it stays.
fn whole_lines(cx: &FileCx<'_>, span: Span) -> Option<Span> {
    let file = cx.file();
    let first = file.line_span(file.line(span.start))?;
    let last_line = file.line(span.end);
    let last = file.line_span(last_line)?;
    let before = file.slice(Span::new(first.start, span.start));
    let behind = file.slice(Span::new(span.end, last.end));
    let after = behind.trim();
    if !before.trim().is_empty() {
        return None;
    }
    if after.starts_with('#') {
        let blanks = behind.len() - behind.trim_start().len();
        return Some(Span::new(span.start, span.end + blanks as u32));
    }
    (after.is_empty() || after == ";").then(|| Span::new(first.start, file.line_span(last_line + 1).map_or(last.end, |next| next.start)))
}

/// Whole lines at the top level: an import or a rule, with the comments directly above it and behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Block {
    /// From the first line's start to the last line's end, its break left out.
    pub(super) lines: Span,
    last: usize,
}

impl Block {
    /// The block of what stands at `span`; `None` where it shares a line with something else.
    pub(super) fn of(cx: &FileCx<'_>, span: Span) -> Option<Self> {
        let file = cx.file();
        let (mut first, last) = (file.line(span.start), file.line(span.end));
        let (start, end) = (file.line_span(first)?, file.line_span(last)?);
        let behind = file.slice(Span::new(span.end, end.end)).trim_start();
        // a byte order mark is part of the first line
        if !file.slice(Span::new(start.start, span.start)).trim().is_empty() || !(behind.is_empty() || behind.starts_with('#')) {
            return None;
        }
        let is_comment = |line: usize| file.line_span(line).is_some_and(|span| file.slice(span).trim_start().starts_with('#'));
        while first > 0 && is_comment(first - 1) {
            first -= 1;
        }
        let comments = file.line(span.start) - first;
        cx.spend(comments + 1).then_some(Self { lines: Span::new(file.line_span(first)?.start, end.end), last })
    }

    pub(super) fn text<'t>(&self, cx: &FileCx<'t>) -> &'t str {
        cx.file().slice(self.lines)
    }

    /// Whether METADATA stands above it.
    pub(super) fn has_metadata(&self, cx: &FileCx<'_>) -> bool {
        let blocks = &cx.parse().metadata;
        let at = blocks.partition_point(|block| block.span.start < self.lines.start);
        blocks.get(at).is_some_and(|block| self.lines.covers(block.span))
    }

    /// The lines with the blank ones that would be left over: those below it.
    pub(super) fn removal(&self, cx: &FileCx<'_>) -> Span {
        let file = cx.file();
        let is_blank = |line: usize| file.line_span(line).is_some_and(|span| file.slice(span).trim().is_empty());
        let lines = file.line_starts().len();
        let mut next = self.last + 1;
        while next < lines && is_blank(next) {
            next += 1;
        }
        if let Some(span) = file.line_span(next).filter(|_| next < lines) {
            return Span::new(self.lines.start, span.start);
        }
        tidy_end(cx, Span::new(self.lines.start, file.text.len() as u32))
    }
}

/// What to cut out where `removal`, whole lines, is: if nothing follows, the blank lines above it too.
pub(super) fn tidy_end(cx: &FileCx<'_>, removal: Span) -> Span {
    let file = cx.file();
    if (removal.end as usize) < file.text.len() {
        return removal;
    }
    let mut first = file.line(removal.start);
    while first > 0 && file.line_span(first - 1).is_some_and(|span| file.slice(span).trim().is_empty()) {
        first -= 1;
    }
    Span::new(file.line_span(first).map_or(removal.start, |span| span.start), removal.end)
}

/// Whether a statement denies: what is a part of an argument is evaluated outside of the `not`, and an argument is not.
pub(super) fn is_negated(node: Node<'_>) -> bool {
    let statements = node.ancestors().take_while(|node| node.kind() != Kind::Body);
    std::iter::once(node).chain(statements).filter_map(Literal::cast).any(|literal| literal.not_token().is_some())
}

/// Whether some name in the text is `name`, as far as that can be found out.
pub(super) fn has_name(cx: &FileCx<'_>, name: &str) -> bool {
    let tree = &cx.parse().tree;
    cx.text().contains(name)
        && (!cx.spend(tree.node_count()) || tree.tokens().any(|token| token.kind() == Kind::Ident && token.text() == name))
}

/// Whether the name means something else than a built-in function in the module, as far as that can be found out.
pub(super) fn is_taken(cx: &FileCx<'_>, name: &str) -> bool {
    let module = cx.module();
    module.rule_named(name).is_some()
        || module.import_named(name).is_some()
        || !cx.spend(cx.scopes().bindings.len())
        || cx.scopes().bindings.iter().any(|binding| binding.name == name)
}

/// The edits that write `instead` for each use of the import `at`; `None` where a variable called `root`, the first name of
/// `instead`, would be meant.
pub(super) fn replace_import(cx: &FileCx<'_>, at: usize, instead: &str, root: &str) -> Option<Edits> {
    let name = cx.module().imports.get(at)?.name()?;
    if name == instead {
        return Some(Vec::new());
    }
    let tree = &cx.parse().tree;
    let scopes = cx.scopes();
    if !cx.spend(tree.node_count() + scopes.bindings.len()) {
        return None;
    }
    let vars = tree.root().descendants().filter(|node| node.kind() == Kind::Var);
    let uses: Edits =
        vars.filter(|var| scopes.name(*var) == Some(Name::Import(at as u32))).map(|var| (var.span(), instead.to_owned())).collect();
    (uses.is_empty() || !scopes.bindings.iter().any(|binding| binding.name == root)).then_some(uses)
}
