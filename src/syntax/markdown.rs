//! Fenced code blocks of Markdown, with the containers that they lie in: CommonMark 0.31.2 §4.5, §5.1 and §5.2.
//!
//! Inline markup is not read, but for comments: what stands between `<!--` and `-->` is no fence, wherever the comment begins.

use memchr::memmem;

use crate::text::Span;

/// Containers inside one another; deeper ones are read as text.
const MAX_CONTAINERS: usize = 32;

/// A code block between two fences.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fence {
    /// The info string, without the blanks around it.
    pub info: Span,
    /// From the start of the first content line to the start of the closing fence's line.
    pub whole: Span,
    /// The content, line breaks as `\n`: what a renderer shows.
    pub text: String,
    /// What a content line begins with: blanks, and `>` where it lies in a quote.
    pub prefix: String,
    /// The opening fence: a line that starts with it would end the block.
    pub marker: String,
}

/// The code blocks of `text` whose closing fence is there, in its order.
#[must_use]
pub fn fences(text: &str) -> Vec<Fence> {
    let mut scan = Scan {
        text,
        containers: Vec::new(),
        paragraph: false,
        block: Block::None,
        last_comment_end: memmem::rfind(text.as_bytes(), b"-->").unwrap_or(0),
        out: Vec::new(),
    };
    let mut at = front_matter(text);
    for line in text[at..].split_inclusive('\n') {
        scan.line(at, line);
        at += line.len();
    }
    scan.out
}

/// Where the YAML between `---` lines at the head of a page ends.
fn front_matter(text: &str) -> usize {
    let mark = if text.starts_with('\u{feff}') { 3 } else { 0 };
    let is_marker = |line: &str| line.trim_end() == "---";
    let mut lines = text[mark..].split_inclusive('\n');
    let Some(first) = lines.next().filter(|line| is_marker(line)) else { return mark };
    let mut at = mark + first.len();
    for line in lines {
        at += line.len();
        if is_marker(line) {
            return at;
        }
    }
    mark
}

/// What the line before left open.
enum Block {
    None,
    Fence(Open),
    /// HTML that ends with the line that holds this.
    Html(&'static str),
}

struct Open {
    marker: u8,
    len: usize,
    /// Columns of blanks in front of the opening fence.
    indent: usize,
    info: Span,
    start: usize,
    /// What the opening line begins with, list markers as blanks.
    prefix: String,
    text: String,
    /// What the first content line begins with.
    first: Option<String>,
}

#[derive(Clone, Copy)]
enum Container {
    Quote,
    /// So many columns belong to the list item's marker.
    Item(usize),
}

struct Scan<'t> {
    text: &'t str,
    containers: Vec<Container>,
    paragraph: bool,
    block: Block,
    last_comment_end: usize,
    out: Vec<Fence>,
}

impl Scan<'_> {
    /// `line` with its break stands at `start`.
    fn line(&mut self, start: usize, line: &str) {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let content = content.strip_suffix('\r').unwrap_or(content);
        let mut cursor = Cursor { line: content, at: 0, column: 0 };
        let matched = self.matched(&mut cursor);
        let inside = matched == self.containers.len();
        match std::mem::replace(&mut self.block, Block::None) {
            Block::Fence(open) if inside => return self.in_fence(open, cursor, start),
            Block::Html(end) if inside => {
                if !content.contains(end) {
                    self.block = Block::Html(end);
                }
                return;
            }
            // its container ends, and so does the block
            _ => {}
        }
        let is_lazy = !inside && self.paragraph && !cursor.is_blank() && !starts_block(&cursor);
        if is_lazy {
            return;
        }
        self.containers.truncate(matched);
        self.paragraph &= inside;
        let prefix = self.open_containers(&mut cursor);
        self.leaf(&cursor, start, prefix);
    }

    /// How many of the open containers the line goes on with.
    fn matched(&self, cursor: &mut Cursor<'_>) -> usize {
        for (nr, container) in self.containers.iter().enumerate() {
            let goes_on = match container {
                Container::Quote => cursor.quote(),
                Container::Item(width) if cursor.indent() >= *width => {
                    cursor.take(*width);
                    true
                }
                Container::Item(_) => cursor.is_blank(),
            };
            if !goes_on {
                return nr;
            }
        }
        self.containers.len()
    }

    /// Opens the containers that begin on the line; returns what a line inside them begins with.
    fn open_containers(&mut self, cursor: &mut Cursor<'_>) -> String {
        let mut prefix = cursor.line[..cursor.at].to_owned();
        while self.containers.len() < MAX_CONTAINERS && cursor.indent() < 4 {
            let from = cursor.at;
            if cursor.quote() {
                prefix.push_str(&cursor.line[from..cursor.at]);
                self.containers.push(Container::Quote);
            } else if let Some(width) = cursor.item(self.paragraph) {
                prefix.extend(std::iter::repeat_n(' ', width));
                self.containers.push(Container::Item(width));
            } else {
                break;
            }
            self.paragraph = false;
        }
        prefix
    }

    /// What the line is, its containers aside.
    fn leaf(&mut self, cursor: &Cursor<'_>, start: usize, prefix: String) {
        let indent = cursor.indent();
        let rest = cursor.rest();
        let trimmed = rest.trim_start_matches([' ', '\t']);
        if trimmed.is_empty() || (indent >= 4 && !self.paragraph) {
            self.paragraph = false;
            return;
        }
        let at = cursor.line.len() - trimmed.len();
        if indent < 4 {
            if let Some((marker, len)) = fence(trimmed) {
                let info = &trimmed[len..];
                let skipped = info.len() - info.trim_start().len();
                let info_start = start + at + len + skipped;
                let next = self.text[start..].find('\n').map_or(self.text.len(), |at| start + at + 1);
                self.block = Block::Fence(Open {
                    marker,
                    len,
                    indent,
                    info: span(info_start, info_start + info.trim().len()),
                    start: next,
                    prefix: prefix + &" ".repeat(indent),
                    text: String::new(),
                    first: None,
                });
                self.paragraph = false;
                return;
            }
            if let Some(end) = html(trimmed) {
                self.block = Block::Html(end);
                self.paragraph = false;
                return;
            }
        }
        self.paragraph = !(indent < 4 && (is_heading(trimmed) || is_break(trimmed)));
        if opens_comment(trimmed) && self.last_comment_end > start + at {
            self.block = Block::Html("-->");
        }
    }

    /// A line behind an open fence.
    fn in_fence(&mut self, mut open: Open, mut cursor: Cursor<'_>, start: usize) {
        let rest = cursor.rest().trim_start_matches([' ', '\t']);
        let len = rest.bytes().take_while(|byte| *byte == open.marker).count();
        if cursor.indent() < 4 && len >= open.len && rest[len..].trim_matches([' ', '\t']).is_empty() {
            let marker = char::from(open.marker).to_string().repeat(open.len);
            let prefix = open.first.unwrap_or(open.prefix);
            self.out.push(Fence { info: open.info, whole: span(open.start, start), text: open.text, prefix, marker });
            return;
        }
        cursor.take(open.indent.min(cursor.indent()));
        let is_blank = cursor.is_blank();
        if !is_blank {
            open.first.get_or_insert_with(|| quote_with_blank(&cursor.line[..cursor.at]));
        }
        cursor.write_rest(&mut open.text);
        open.text.push('\n');
        self.block = Block::Fence(open);
    }
}

/// A tab behind a bare `>` would belong to it in part.
fn quote_with_blank(prefix: &str) -> String {
    if prefix.ends_with('>') { format!("{prefix} ") } else { prefix.to_owned() }
}

/// A place in a line; tabs reach to the next column that 4 divides, and may be taken in part.
#[derive(Clone)]
struct Cursor<'l> {
    line: &'l str,
    at: usize,
    column: usize,
}

impl<'l> Cursor<'l> {
    fn rest(&self) -> &'l str {
        &self.line[self.at..]
    }

    fn is_blank(&self) -> bool {
        self.rest().trim_matches([' ', '\t']).is_empty()
    }

    /// The columns of the blanks ahead.
    fn indent(&self) -> usize {
        let mut column = self.column;
        for byte in self.rest().bytes() {
            match byte {
                b' ' => column += 1,
                b'\t' => column += 4 - column % 4,
                _ => break,
            }
        }
        column - self.column
    }

    /// Takes `columns` of blanks, as far as there are so many.
    fn take(&mut self, columns: usize) {
        let end = self.column + columns;
        while self.column < end {
            match self.line.as_bytes().get(self.at) {
                Some(b' ') => {
                    self.at += 1;
                    self.column += 1;
                }
                Some(b'\t') => {
                    let next = self.column + 4 - self.column % 4;
                    self.column = next.min(end);
                    self.at += usize::from(next <= end);
                }
                _ => return,
            }
        }
    }

    /// The rest of the line; what is left of a tab that was taken in part is blanks.
    fn write_rest(&self, out: &mut String) {
        let mut rest = self.rest();
        if !self.column.is_multiple_of(4) && rest.starts_with('\t') && self.is_inside_tab() {
            out.extend(std::iter::repeat_n(' ', 4 - self.column % 4));
            rest = &rest[1..];
        }
        out.push_str(rest);
    }

    /// Whether a part of the tab at the cursor is taken.
    fn is_inside_tab(&self) -> bool {
        let mut column = 0;
        for c in self.line[..self.at].chars() {
            column += if c == '\t' { 4 - column % 4 } else { 1 };
        }
        column < self.column
    }

    /// Takes the mark of a quote, if one is here.
    fn quote(&mut self) -> bool {
        let indent = self.indent();
        let is_quote = indent < 4 && self.rest().trim_start_matches([' ', '\t']).starts_with('>');
        if is_quote {
            self.take(indent);
            self.at += 1;
            self.column += 1;
            self.take(self.indent().min(1));
        }
        is_quote
    }

    /// Takes the marker of a list item, if one is here that may stand where it does; the columns that belong to it.
    fn item(&mut self, paragraph: bool) -> Option<usize> {
        let indent = self.indent();
        let rest = self.rest().trim_start_matches([' ', '\t']);
        let marker = marker(rest)?;
        let mut ahead = self.clone();
        ahead.take(indent);
        ahead.at += marker;
        ahead.column += marker;
        let is_empty = ahead.is_blank();
        if indent >= 4 || is_break(rest) || (!is_empty && ahead.indent() == 0) {
            return None;
        }
        // a paragraph is interrupted by a list that begins, not by a number or a dash in it
        if paragraph && (is_empty || (rest.as_bytes()[0].is_ascii_digit() && !matches!(&rest[..marker], "1." | "1)"))) {
            return None;
        }
        let blanks = match ahead.indent() {
            _ if is_empty => 1,
            blanks @ 1..5 => blanks,
            _ => 1,
        };
        ahead.take(blanks.min(ahead.indent()));
        *self = ahead;
        Some(indent + marker + blanks)
    }
}

/// The length of a list marker.
fn marker(rest: &str) -> Option<usize> {
    let bytes = rest.as_bytes();
    match bytes.first()? {
        b'-' | b'+' | b'*' => Some(1),
        b'0'..=b'9' => {
            let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
            (digits <= 9 && matches!(bytes.get(digits), Some(b'.' | b')'))).then_some(digits + 1)
        }
        _ => None,
    }
}

/// The byte and the length of an opening fence.
fn fence(trimmed: &str) -> Option<(u8, usize)> {
    let marker = *trimmed.as_bytes().first().filter(|byte| matches!(byte, b'`' | b'~'))?;
    let len = trimmed.bytes().take_while(|byte| *byte == marker).count();
    (len >= 3 && !(marker == b'`' && trimmed[len..].contains('`'))).then_some((marker, len))
}

fn is_heading(trimmed: &str) -> bool {
    let level = trimmed.bytes().take_while(|byte| *byte == b'#').count();
    (1..=6).contains(&level) && trimmed[level..].chars().next().is_none_or(|c| c == ' ' || c == '\t')
}

/// Whether the line is a thematic break.
fn is_break(trimmed: &str) -> bool {
    let Some(mark) = trimmed.bytes().next().filter(|byte| matches!(byte, b'-' | b'_' | b'*')) else { return false };
    let mut count = 0;
    trimmed.bytes().all(|byte| {
        count += usize::from(byte == mark);
        byte == mark || byte == b' ' || byte == b'\t'
    }) && count >= 3
}

/// What ends the block of HTML that begins here, if it is of a kind that holds blank lines and does not end on this line.
fn html(trimmed: &str) -> Option<&'static str> {
    if trimmed.starts_with("<!--") {
        return (!trimmed.contains("-->")).then_some("-->");
    }
    let rest = trimmed.strip_prefix('<')?;
    let name = rest.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let end = ["pre", "script", "style", "textarea"].into_iter().position(|tag| name.eq_ignore_ascii_case(tag))?;
    let end = ["</pre>", "</script>", "</style>", "</textarea>"][end];
    (!trimmed.to_ascii_lowercase().contains(end)).then_some(end)
}

/// Whether a comment begins in the line, outside code, and does not end in it.
fn opens_comment(trimmed: &str) -> bool {
    let Some(at) = trimmed.rfind("<!--") else { return false };
    !trimmed[at..].contains("-->") && trimmed[..at].bytes().filter(|byte| *byte == b'`').count() % 2 == 0
}

/// Whether a line behind a paragraph is surely not a part of it.
fn starts_block(cursor: &Cursor<'_>) -> bool {
    let rest = cursor.rest().trim_start_matches([' ', '\t']);
    cursor.indent() < 4
        && (rest.starts_with('>')
            || fence(rest).is_some()
            || is_heading(rest)
            || is_break(rest)
            || html(rest).is_some()
            || cursor.clone().item(true).is_some())
}

fn span(start: usize, end: usize) -> Span {
    let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span::new(offset(start), offset(end))
}
