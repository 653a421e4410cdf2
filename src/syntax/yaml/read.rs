use std::borrow::Cow;

use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};

use super::plain;
use super::split::split;
use super::texts::Texts;
use super::{Document, Kind, Node, Stream, Style};
use crate::diag::Diagnostic;
use crate::text::{Location, Mapping, SourceId, Span};

/// Collections nested deeper than this are an error, in flow and in block style each.
pub(super) const MAX_DEPTH: usize = 255;
/// So many bytes are read again to join lines of quoted scalars.
const REPAIR_BUDGET: usize = 4 << 20;

/// Reads all documents of `text`. A syntax error ends its document, not the ones behind it.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    let mut builder = Builder {
        source,
        text,
        whole: Span::default(),
        stream: Stream::default(),
        texts: Texts::take(),
        open: Vec::new(),
        root: None,
        in_document: false,
        has_anchors: false,
        joined: Vec::new(),
        last_end: 0,
    };
    for whole in split(text) {
        builder.whole = whole;
        builder.last_end = whole.start;
        builder.document();
    }
    builder.texts.keep();
    builder.stream
}

/// A collection whose end has not been seen.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<Node>,
    /// Where the search for a list's first dash begins: the parser's start is behind it where the list is not indented.
    from: u32,
}

struct Builder<'t> {
    source: SourceId,
    text: &'t str,
    /// The document that is being read.
    whole: Span,
    stream: Stream,
    texts: Texts,
    open: Vec<Open>,
    root: Option<Node>,
    in_document: bool,
    has_anchors: bool,
    /// Where the quoted scalars begin whose lines were joined for the parser.
    joined: Vec<u32>,
    /// Where the last token ended that was read.
    last_end: u32,
}

impl<'t> Builder<'t> {
    fn document(&mut self) {
        let text: &'t str = &self.text[self.whole.range()];
        if let Some(root) = plain::read(text, self.whole.start, &mut self.texts) {
            self.stream.documents.push(Document { root: Some(root), complete: true, has_anchors: false, span: self.whole });
            return;
        }
        let (told, known) = (self.stream.diagnostics.len(), self.stream.documents.len());
        let mut text = Cow::Borrowed(text);
        let mut attempts = (REPAIR_BUDGET / text.len().max(1)).clamp(2, 200);
        while let Some(broken) = self.events(&text) {
            attempts -= 1;
            if attempts == 0 || !self.repair(text.to_mut(), broken) {
                break;
            }
            self.stream.diagnostics.truncate(told);
            self.stream.documents.truncate(known);
            self.open.clear();
            self.root = None;
            self.in_document = false;
            self.has_anchors = false;
            self.last_end = self.whole.start;
        }
        self.end_document(false);
        self.joined.clear();
        // what follows a document that had ended is a part of it
        if self.stream.documents.len() > known + 1 {
            self.stream.documents.truncate(known + 1);
            self.stream.documents[known].complete = false;
        }
    }

    /// Builds the document from the parser's events. Returns where a quoted scalar goes on in a line that is indented too little for
    /// YAML 1.2: libyaml and its kin take it.
    fn events(&mut self, text: &str) -> Option<u32> {
        let options = granit_parser::options! {
            emit_unresolved_aliases: true,
            emit_anchor_events: true,
            emit_comments: false,
            flow_nesting_limit: MAX_DEPTH,
            block_nesting_limit: MAX_DEPTH,
        };
        let mut parser = Parser::new_from_str_with_options(text, options);
        while let Some(next) = parser.next_event() {
            match next {
                Ok((event, span)) => {
                    let opens =
                        matches!(event, Event::SequenceStart(StructureStyle::Block, ..) | Event::MappingStart(StructureStyle::Block, ..));
                    let span = self.span(&span);
                    // an implicit start stands where the first token does
                    let starts = matches!(event, Event::StreamStart | Event::DocumentStart(..));
                    self.event(event, span);
                    if !starts {
                        self.last_end = self.last_end.max(if opens { span.start } else { span.end });
                    }
                }
                Err(error) => {
                    let at = self.error(&error);
                    // an error before anything was read is a document, too
                    self.in_document = true;
                    return error.info().starts_with("invalid indentation in multiline quoted").then_some(at);
                }
            }
        }
        None
    }

    /// Joins the lines of the quoted scalar that goes on at `broken`; its value is taken from the text as it is.
    fn repair(&mut self, text: &mut String, broken: u32) -> bool {
        let mut from = self.last_end;
        while let Some(start) = self.first_of(&['"', '\''], from, broken) {
            let quote = self.text.as_bytes()[start as usize];
            let rest = &self.text.as_bytes()[start as usize + 1..self.whole.end as usize];
            let mut at = 0;
            while at < rest.len() {
                match rest[at] {
                    b'\\' if quote == b'"' => at += 1,
                    b'\'' if quote == b'\'' && rest.get(at + 1) == Some(&b'\'') => at += 1,
                    byte if byte == quote => break,
                    _ => {}
                }
                at += 1;
            }
            if at >= rest.len() {
                return false;
            }
            let end = start + 2 + u32::try_from(at).unwrap_or(0);
            if end > broken {
                let range = (start - self.whole.start) as usize..(end - self.whole.start) as usize;
                let joined = text[range.clone()].replace(['\n', '\r'], " ");
                text.replace_range(range, &joined);
                self.joined.push(start);
                return true;
            }
            from = end;
        }
        false
    }

    /// An offset in the document as one in the text.
    fn offset(&self, at: Option<usize>) -> u32 {
        let len = self.whole.len();
        self.whole.start + at.map_or(len, |at| u32::try_from(at).map_or(len, |at| at.min(len)))
    }

    fn span(&self, span: &granit_parser::Span) -> Span {
        Span::new(self.offset(span.start.byte_offset()), self.offset(span.end.byte_offset()))
    }

    fn error(&mut self, error: &ScanError) -> u32 {
        let mut at = self.offset(error.marker().byte_offset()) as usize;
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let width = self.text[at..].chars().next().filter(|c| !c.is_control()).map_or(0, char::len_utf8);
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let span = Span::new(start, u32::try_from(at + width).unwrap_or(u32::MAX));
        let message = error.info();
        let message = message.lines().next().unwrap_or("invalid YAML").trim_end_matches('.').to_owned();
        self.stream.diagnostics.push(Diagnostic::syntax(Location { source: self.source, span }, message));
        start
    }

    fn event(&mut self, event: Event<'_>, span: Span) {
        match event {
            Event::DocumentStart(..) => {
                self.end_document(false);
                self.in_document = true;
            }
            Event::DocumentEnd => self.end_document(true),
            Event::Scalar(text, style, _, tag) => {
                let style = match style {
                    ScalarStyle::Plain => Style::Plain,
                    ScalarStyle::SingleQuoted => Style::Single,
                    ScalarStyle::DoubleQuoted => Style::Double,
                    ScalarStyle::Literal => Style::Literal,
                    ScalarStyle::Folded => Style::Folded,
                };
                let span = self.trimmed(span, style);
                let text = match style {
                    // nothing written comes as `~`
                    Style::Plain if span.is_empty() => Cow::Borrowed(""),
                    Style::Single | Style::Double if !self.joined.is_empty() && self.joined.contains(&span.start) => {
                        Cow::Owned(self.quoted(span, style))
                    }
                    // without a line break at the text's end there is none in the value
                    Style::Literal | Style::Folded
                        if text.ends_with('\n')
                            && self.text.len() - (span.end as usize) < 1000
                            && self.text[span.end as usize..].trim_end_matches([' ', '\t']).is_empty() =>
                    {
                        Cow::Owned(text[..text.len() - 1].to_owned())
                    }
                    _ => text,
                };
                let text = self.texts.get(&text);
                self.add(node(span, tag.as_deref(), Kind::Scalar { text, style }));
            }
            Event::SequenceStart(style, _, tag) => {
                let kind = Kind::List { items: Vec::new(), flow: style == StructureStyle::Flow };
                self.push(node(span, tag.as_deref(), kind));
            }
            Event::MappingStart(style, _, tag) => {
                let kind = Kind::Map { entries: Vec::new(), flow: style == StructureStyle::Flow };
                self.push(node(span, tag.as_deref(), kind));
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(Some(span)),
            Event::Alias(id) => self.add(node(span, None, Kind::Alias(u32::try_from(id).ok()))),
            Event::UnresolvedAlias(name) => {
                let at = Location { source: self.source, span };
                self.stream.diagnostics.push(
                    Diagnostic::syntax(at, format!("no anchor `&{name}` before the alias `*{name}`"))
                        .with_help(format!("define the anchor `&{name}` earlier in the same document")),
                );
                self.add(node(span, None, Kind::Alias(None)));
            }
            Event::Anchor(id, _) => {
                self.has_anchors = true;
                self.anchor(id, span);
            }
            _ => {}
        }
    }

    /// The value of a quoted scalar.
    fn quoted(&self, span: Span, style: Style) -> String {
        let inner = Span::new(span.start + 1, span.end.saturating_sub(1));
        let quoted = if style == Style::Single { Mapping::single_quoted } else { Mapping::double_quoted };
        quoted(self.source, self.text, inner).0
    }

    /// The range of a scalar: without what the scanner reads beyond it, with a block scalar's header.
    fn trimmed(&self, span: Span, style: Style) -> Span {
        if span.is_empty() && style == Style::Plain {
            return span;
        }
        let start = match style {
            Style::Literal | Style::Folded => self.first_of(&['|', '>'], self.last_end, span.start).unwrap_or(span.start),
            _ => span.start,
        };
        let written = self.text.get(Span::new(start, span.end).range()).unwrap_or("");
        Span::new(start, start + u32::try_from(written.trim_end_matches([' ', '\t', '\n', '\r']).len()).unwrap_or(0))
    }

    /// Where one of `marks` stands between two tokens, outside tags, anchors and comments.
    fn first_of(&self, marks: &[char], from: u32, to: u32) -> Option<u32> {
        let between = self.text.get(Span::new(from, to).range())?;
        let mut at = 0;
        while let Some(c) = between[at..].chars().next() {
            let rest = &between[at..];
            at += match c {
                c if marks.contains(&c) => return u32::try_from(at).ok().map(|at| from + at),
                '#' => rest.find('\n').unwrap_or(rest.len()),
                '&' | '!' => rest.find(char::is_whitespace).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
        }
        None
    }

    /// The anchor of the node that the last event began.
    fn anchor(&mut self, id: usize, span: Span) {
        let id = u32::try_from(id).ok();
        let mark = |node: &mut Node| {
            node.anchor = id;
            node.start = node.start.min(span.start);
        };
        let Some(open) = self.open.last_mut() else {
            if let Some(root) = &mut self.root {
                mark(root);
            }
            return;
        };
        match (&mut open.node.kind, &mut open.key) {
            (_, Some(key)) => mark(key),
            (Kind::List { items, .. }, _) if !items.is_empty() => {
                if let Some(item) = items.last_mut() {
                    mark(item);
                }
            }
            (Kind::Map { entries, .. }, _) if !entries.is_empty() => {
                if let Some((_, value)) = entries.last_mut() {
                    mark(value);
                }
            }
            _ => mark(&mut open.node),
        }
    }

    fn push(&mut self, node: Node) {
        let is_value = self.open.last().is_some_and(|parent| parent.key.is_some());
        let from = if is_value { self.last_end } else { node.span.start };
        self.open.push(Open { node, key: None, from });
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { node: parent, key, .. }) => match &mut parent.kind {
                Kind::List { items, .. } => items.push(node),
                Kind::Map { entries, .. } => match key.take() {
                    Some(key) => entries.push((key, node)),
                    None => *key = Some(node),
                },
                _ => {}
            },
        }
    }

    /// Ends the innermost collection; `end` is the place of its closing event, if it was closed.
    fn close(&mut self, end: Option<Span>) {
        let Some(Open { mut node, key, from }) = self.open.pop() else { return };
        if let (Some(key), Kind::Map { entries, .. }) = (key, &mut node.kind) {
            // cut off after a key
            let at = key.span.end;
            entries.push((key, self::node(Span::at(at), None, Kind::Missing)));
        }
        let (first, last) = match &node.kind {
            Kind::List { items, .. } => (items.first().map(|n| n.start), items.last().map(|n| n.span.end)),
            Kind::Map { entries, .. } => (
                entries.first().map(|(key, _)| key.start),
                entries.last().map(|(key, value)| if value.span.is_empty() { key.span.end } else { value.span.end }),
            ),
            _ => (None, None),
        };
        node.span = match end {
            Some(end) if node.is_flow() => Span::new(node.span.start, end.end),
            _ => {
                let first = first.unwrap_or(node.span.start);
                let start = match node.kind {
                    Kind::List { .. } => self.first_of(&['-'], from, first).unwrap_or(node.span.start),
                    _ => first,
                };
                Span::new(start, last.unwrap_or(node.span.end))
            }
        };
        if node.anchor.is_none() {
            node.start = node.span.start;
        }
        if node.is_flow() {
            node = self.flow_colons(node);
        }
        self.add(node);
    }

    /// `[fe80::]`: a colon before a bracket or a comma is part of a plain scalar for libyaml and its kin, as in YAML 1.1.
    fn flow_colons(&self, mut node: Node) -> Node {
        let bytes = self.text.as_bytes();
        let Kind::Map { entries, .. } = &mut node.kind else { return node };
        for (key, value) in &mut *entries {
            let Kind::Scalar { text, style: Style::Plain } = &mut key.kind else { continue };
            let empty = value.span.is_empty() && matches!(&value.kind, Kind::Scalar { style: Style::Plain, .. });
            let end = key.span.end as usize;
            if empty && !key.span.is_empty() && bytes.get(end) == Some(&b':') && matches!(bytes.get(end + 1), Some(b',' | b']' | b'}')) {
                *text = format!("{text}:").into();
                key.span.end += 1;
            }
        }
        match entries.as_mut_slice() {
            // the item of a list, taken for a map without braces
            [(key, _)] if bytes.get(node.span.start as usize) != Some(&b'{') && bytes.get(key.span.end as usize - 1) == Some(&b':') => {
                let missing = self::node(Span::at(0), None, Kind::Missing);
                std::mem::replace(key, missing)
            }
            _ => node,
        }
    }

    fn end_document(&mut self, complete: bool) {
        if !std::mem::take(&mut self.in_document) {
            return;
        }
        while !self.open.is_empty() {
            self.close(None);
        }
        let root = self.root.take().filter(|root| {
            // a document of comments alone is read as an empty plain scalar
            !matches!(&root.kind, Kind::Scalar { style: Style::Plain, text } if text.is_empty() && root.tag.is_none() && root.anchor.is_none())
        });
        self.stream.documents.push(Document { root, complete, has_anchors: std::mem::take(&mut self.has_anchors), span: self.whole });
    }
}

fn node(span: Span, tag: Option<&Tag>, kind: Kind) -> Node {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()).into());
    Node { span, start: span.start, tag, anchor: None, kind }
}
