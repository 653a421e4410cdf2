//! METADATA comment blocks: where they are, their YAML, what they belong to, and whether opa takes them.
//!
//! A block starts at a comment in the first column whose text starts with `METADATA`, and goes on over the comments in the
//! first column of the lines right below it. It belongs to the first statement that starts on a line below its first.

mod fields;
mod plain;
mod url;

use super::{Kind, SyntaxError, Token, Tree};
use crate::text::Span;

/// One METADATA block.
#[derive(Clone, Debug)]
pub struct Metadata {
    /// From the comment `# METADATA` to the end of the last comment of the block.
    pub span: Span,
    /// The comment `# METADATA`.
    pub header: Span,
    /// For each line of [`Metadata::yaml`] the part of the text that it comes from.
    pub lines: Vec<Span>,
    /// The comments without `#` and without one blank after it, one line each.
    pub yaml: String,
    /// What the YAML says; `None` where it is broken.
    pub value: Option<serde_yaml::Value>,
    /// The id of the package, import or rule that the block stands above.
    pub target: Option<u32>,
}

impl Metadata {
    /// The place in the text of an offset in [`Metadata::yaml`].
    #[must_use]
    pub fn outer(&self, offset: u32) -> u32 {
        let mut start = 0;
        for line in &self.lines {
            if offset <= start + line.len() {
                return line.start + (offset - start);
            }
            start += line.len() + 1;
        }
        self.span.end
    }
}

/// Finds the METADATA blocks of a tree in order, and appends to `errors` what opa refuses in them.
pub(super) fn find(tree: &Tree, errors: &mut Vec<SyntaxError>) -> Vec<Metadata> {
    let text = tree.text();
    // most texts have none, and few have the word elsewhere
    if memchr::memmem::find(text.as_bytes(), b"METADATA").is_none() {
        return Vec::new();
    }
    let mut blocks: Vec<Metadata> = Vec::new();
    let mut open: Option<Metadata> = None;
    let mut previous_line_end = u32::MAX;
    for token in tree.tokens().filter(|token| token.kind() == Kind::Comment) {
        let span = token.span();
        let comment = comment_text(token);
        let first_column = span.start == 0 || text.as_bytes()[span.start as usize - 1] == b'\n';
        let header = first_column && comment.trim().starts_with("METADATA");
        let follows = first_column && span.start == previous_line_end;
        if header || !follows {
            blocks.extend(open.take());
        }
        if header {
            open = Some(Metadata { span, header: span, lines: Vec::new(), yaml: String::new(), value: None, target: None });
        } else if let Some(block) = &mut open {
            let line = comment.strip_prefix(' ').unwrap_or(comment);
            let start = span.start + 1 + (comment.len() - line.len()) as u32;
            block.lines.push(Span::new(start, start + line.len() as u32));
            block.yaml.push_str(line);
            block.yaml.push('\n');
            block.span.end = span.end;
        }
        previous_line_end = line_end(text, span.end);
    }
    blocks.extend(open.take());
    let statements = statements(tree);
    for block in &mut blocks {
        let below = line_end(text, block.header.end);
        let target = statements.get(statements.partition_point(|statement| statement.0 < below));
        block.target = target.map(|(_, id, _)| *id);
        fields::read(block, target.map(|(_, _, kind)| *kind), errors);
    }
    blocks
}

/// Starts, ids and kinds of what a block may stand above. A chained body is a rule of its own to opa.
fn statements(tree: &Tree) -> Vec<(u32, u32, Kind)> {
    let mut statements = Vec::new();
    for node in tree.root().children() {
        if !matches!(node.kind(), Kind::Package | Kind::Import | Kind::Rule) {
            continue;
        }
        statements.push((node.span().start, node.id(), node.kind()));
        if node.kind() == Kind::Rule {
            let chained = node.children().filter(|child| child.kind() == Kind::Body).skip(1);
            statements.extend(chained.map(|body| (body.span().start, node.id(), Kind::Rule)));
        }
    }
    statements
}

/// What stands after the `#`, trailing carriage returns left out.
fn comment_text(token: Token<'_>) -> &str {
    token.text()[1..].trim_end_matches('\r')
}

/// The start of the line after `offset`, which is the end of a comment.
fn line_end(text: &str, offset: u32) -> u32 {
    let rest = &text.as_bytes()[offset as usize..];
    memchr::memchr(b'\n', rest).map_or(u32::MAX, |len| offset + len as u32 + 1)
}
