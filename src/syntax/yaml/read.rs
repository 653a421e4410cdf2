use granit_parser::{Event, Parser, ScalarStyle, ScanError, StructureStyle, Tag};

use super::{Document, Kind, Node, Stream, Style};
use crate::diag::Diagnostic;
use crate::text::{Location, SourceId, Span};

/// Collections nested deeper than this are an error, in flow and in block style each.
pub(super) const MAX_DEPTH: usize = 255;

/// Reads all documents of `text`; after a syntax error the next document is read.
#[must_use]
pub fn read(source: SourceId, text: &str) -> Stream {
    let options = granit_parser::options! {
        emit_unresolved_aliases: true,
        emit_anchor_events: true,
        emit_comments: false,
        flow_nesting_limit: MAX_DEPTH,
        block_nesting_limit: MAX_DEPTH,
    };
    let mut parser = Parser::new_from_str_with_options(text, options);
    let mut builder = Builder { source, text, stream: Stream::default(), open: Vec::new(), root: None, in_document: false, last_end: 0 };
    let mut last_error = None;
    while let Some(next) = parser.next_event() {
        let error = match next {
            Ok((event, span)) => {
                let opens =
                    matches!(event, Event::SequenceStart(StructureStyle::Block, ..) | Event::MappingStart(StructureStyle::Block, ..));
                let span = builder.span(&span);
                builder.event(event, span);
                builder.last_end = builder.last_end.max(if opens { span.start } else { span.end });
                continue;
            }
            Err(error) => error,
        };
        let at = builder.error(&error);
        builder.end_document(false);
        // every recovery must get further, or a text could keep the reader busy for ever
        if last_error.is_some_and(|last| at <= last) || !matches!(parser.proceed_next_document(), Ok(true)) {
            break;
        }
        last_error = Some(at);
    }
    builder.end_document(false);
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
    stream: Stream,
    open: Vec<Open>,
    root: Option<Node>,
    in_document: bool,
    /// Where the last token ended that was read.
    last_end: u32,
}

impl Builder<'_> {
    fn span(&self, span: &granit_parser::Span) -> Span {
        let len = self.text.len();
        let clamp = |at: Option<usize>| u32::try_from(at.unwrap_or(len).min(len)).unwrap_or(u32::MAX);
        Span::new(clamp(span.start.byte_offset()), clamp(span.end.byte_offset()))
    }

    fn error(&mut self, error: &ScanError) -> u32 {
        let mut at = error.marker().byte_offset().unwrap_or(self.text.len()).min(self.text.len());
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
                // nothing written comes as `~`
                let text = if style == Style::Plain && span.is_empty() { "" } else { text.as_ref() };
                self.add(node(span, tag.as_deref(), Kind::Scalar { text: text.into(), style }));
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
            Event::Anchor(id, _) => self.anchor(id, span),
            _ => {}
        }
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
        Span::new(start, start + u32::try_from(written.trim_end().len()).unwrap_or(0))
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
            entries.push((key, self::node(Span::at(at), None, Kind::Scalar { text: "".into(), style: Style::Plain })));
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
        self.add(node);
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
        self.stream.documents.push(Document { root, complete });
    }
}

fn node(span: Span, tag: Option<&Tag>, kind: Kind) -> Node {
    let tag = tag.map(|tag| format!("{}{}", tag.handle(), tag.suffix()).into());
    Node { span, start: span.start, tag, anchor: None, kind }
}
