use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use super::columns::{Columns, Count};
use super::{Anchor, EmbeddedIn, Mapping, Span, offset};

/// So many bytes in front of a place on its line are looked at rather than looked up.
const SHORT: usize = 256;

/// Names a text in a [`SourceMap`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct SourceId(pub u32);

/// A range of one text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Location {
    pub source: SourceId,
    pub span: Span,
}

/// A 1-based line and a 1-based column in Unicode scalar values.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct LineColumn {
    pub line: u32,
    pub column: u32,
}

/// One text, read once.
#[derive(Debug)]
pub struct SourceFile {
    /// Relative to the working directory, with `/`, without leading `./`; for an embedded text the outer file's path.
    pub path: String,
    pub text: Arc<str>,
    /// Where this text lies in another one; `None` for a file.
    pub mapping: Option<Mapping>,
    /// What holds an embedded text.
    pub embedded: Option<EmbeddedIn>,
    /// Secrets in it, which nothing that shows it may show; sorted.
    pub hidden: Vec<Span>,
    lines: OnceLock<Box<[u32]>>,
    columns: OnceLock<Columns>,
}

impl SourceFile {
    #[must_use]
    pub fn new(path: impl Into<String>, text: impl Into<Arc<str>>) -> Self {
        Self {
            path: path.into(),
            text: text.into(),
            mapping: None,
            embedded: None,
            hidden: Vec::new(),
            lines: OnceLock::new(),
            columns: OnceLock::new(),
        }
    }

    /// A text that lies in another one, which must already be in the map.
    #[must_use]
    pub fn embedded(path: impl Into<String>, text: impl Into<Arc<str>>, mapping: Mapping, holder: EmbeddedIn) -> Self {
        Self { mapping: Some(mapping), embedded: Some(holder), ..Self::new(path, text) }
    }

    /// Byte offsets at which lines start; never empty. Lines end after `\n`.
    #[must_use]
    pub fn line_starts(&self) -> &[u32] {
        self.lines.get_or_init(|| {
            let mut starts = vec![0];
            starts.extend(memchr::memchr_iter(b'\n', self.text.as_bytes()).map(|at| offset(at + 1)));
            starts.into_boxed_slice()
        })
    }

    /// Line and column of a byte offset; an offset past the end gives the end, one inside a character its start. A byte order mark
    /// at the text's start has no column.
    #[must_use]
    pub fn line_column(&self, at: u32) -> LineColumn {
        let (line, before) = self.in_line(at);
        LineColumn { line: offset(line + 1), column: before.chars + 1 }
    }

    /// As [`SourceFile::line_column`], with the column in UTF-16 units, as SARIF viewers and editors count.
    #[must_use]
    pub fn line_column_utf16(&self, at: u32) -> LineColumn {
        let (line, before) = self.in_line(at);
        LineColumn { line: offset(line + 1), column: before.chars + before.wide + 1 }
    }

    /// The 0-based line of an offset and what lies before it on that line.
    fn in_line(&self, at: u32) -> (usize, Count) {
        let mut at = (at as usize).min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        let line = self.line(offset(at));
        let before = &self.text.as_bytes()[self.line_starts()[line] as usize..at];
        if before.len() <= SHORT && before.is_ascii() {
            return (line, Count { chars: offset(before.len()), wide: 0 });
        }
        let columns = self.columns.get_or_init(|| Columns::new(&self.text));
        let start = columns.before(&self.text, self.line_starts()[line] as usize);
        let here = columns.before(&self.text, at);
        // a byte order mark is a sign of the encoding, not a character of the text
        let mark = u32::from(line == 0 && at > 0 && self.text.starts_with('\u{feff}'));
        (line, Count { chars: here.chars - start.chars - mark, wide: here.wide - start.wide })
    }

    /// 0-based line of a byte offset.
    #[must_use]
    pub fn line(&self, at: u32) -> usize {
        self.line_starts().partition_point(|start| *start <= at) - 1
    }

    /// The range of a 0-based line without its line break; `None` past the last line.
    #[must_use]
    pub fn line_span(&self, line: usize) -> Option<Span> {
        let starts = self.line_starts();
        let start = *starts.get(line)?;
        let end = starts.get(line + 1).map_or(self.text.len(), |next| *next as usize - 1);
        let end = if self.text[start as usize..end].ends_with('\r') { end - 1 } else { end };
        Some(Span::new(start, offset(end)))
    }

    /// As [`SourceFile::slice`], with a `*` for each byte that is not to be shown.
    #[must_use]
    pub fn shown(&self, span: Span) -> Cow<'_, str> {
        let text = self.slice(span);
        let hidden = &self.hidden[self.hidden.partition_point(|hidden| hidden.end <= span.start)..];
        let mut hidden = hidden.iter().take_while(|hidden| hidden.start < span.end).peekable();
        if hidden.peek().is_none() {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            let at = span.start + offset(at);
            while hidden.next_if(|hidden| hidden.end <= at).is_some() {}
            match hidden.peek() {
                Some(hidden) if hidden.start <= at && c != '\n' => out.extend(std::iter::repeat_n('*', c.len_utf8())),
                _ => out.push(c),
            }
        }
        Cow::Owned(out)
    }

    /// The values that are not to be shown, but for those that are too short to be told from other words.
    pub fn hidden_values(&self) -> impl Iterator<Item = &str> {
        self.hidden.iter().map(|span| self.slice(*span).trim()).filter(|value| value.len() >= 6)
    }

    /// The text of `span`, empty where it is not a range of this text.
    #[must_use]
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or("")
    }
}

/// All texts of a run, in the order in which they were added.
#[derive(Debug, Default)]
pub struct SourceMap {
    files: Vec<SourceFile>,
    /// How fingerprints name files.
    pub anchor: Anchor,
}

impl SourceMap {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    pub fn add(&mut self, file: SourceFile) -> SourceId {
        let id = SourceId(offset(self.files.len()));
        self.files.push(file);
        id
    }

    /// Has places of a text hidden wherever it is shown; `spans` are sorted.
    pub fn hide(&mut self, id: SourceId, spans: Vec<Span>) {
        if let Some(file) = self.files.get_mut(id.0 as usize) {
            file.hidden = spans;
        }
    }

    /// The text that `id` names.
    ///
    /// # Panics
    /// If `id` is not of this map.
    #[must_use]
    pub fn get(&self, id: SourceId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn iter(&self) -> impl Iterator<Item = (SourceId, &SourceFile)> {
        self.files.iter().enumerate().map(|(at, file)| (SourceId(offset(at)), file))
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.files.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// Where `at` lies in the outermost file, through any number of embedding levels.
    #[must_use]
    pub fn outer(&self, at: Location) -> Location {
        let mut at = at;
        while let Some(mapping) = self.mapping(at.source) {
            at = Location { source: mapping.outer, span: mapping.to_outer(at.span) };
        }
        at
    }

    /// The part of a place that lies on its first line, without the blanks that end it.
    #[must_use]
    pub fn first_line(&self, at: Location) -> Location {
        let length = self.get(at.source).slice(at.span).lines().next().map_or(0, |line| line.trim_end().len());
        Location { source: at.source, span: Span::new(at.span.start, at.span.start + offset(length)) }
    }

    /// The file that a text lies in: itself, where it is not embedded.
    #[must_use]
    pub fn outermost(&self, id: SourceId) -> SourceId {
        let mut id = id;
        while let Some(mapping) = self.mapping(id) {
            id = mapping.outer;
        }
        id
    }

    /// What holds an embedded text in its file: of several levels, the outermost.
    #[must_use]
    pub fn holder(&self, id: SourceId) -> Option<&EmbeddedIn> {
        let mut id = id;
        let mut holder = None;
        while let Some(mapping) = self.mapping(id) {
            holder = self.get(id).embedded.as_ref().or(holder);
            id = mapping.outer;
        }
        holder
    }

    /// How `id` lies in a text that was added before it; the order is what keeps walks outwards from going in a circle.
    pub(super) fn mapping(&self, id: SourceId) -> Option<&Mapping> {
        self.get(id).mapping.as_ref().filter(|mapping| mapping.outer < id)
    }
}
