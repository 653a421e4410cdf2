//! Recording decisions in a file of cases: only the expectation's bytes change, and that is proven by reading again.

mod emit;

use super::cases::{self, Case, CasePlace, Expect, Files, plain};
use crate::eval::Value;
use crate::syntax::yaml::{self, Kind, Node, Style};
use crate::text::{SourceId, Span, apply_edits};

use emit::{block, inline};

/// A decision, `None` for undefined.
pub type Decision = Option<Value>;

/// A file with decisions recorded.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recorded {
    /// The file's new text.
    pub text: String,
    /// The cases that were not recorded (by position in what was given), and why.
    pub refused: Vec<(usize, String)>,
}

type Edits = Vec<(Span, String)>;

/// Records `decisions` for the cases named in the file `text` at `path`.
///
/// The new text reads as the same cases, each given one with its decision; every byte outside the expectations is kept.
/// A case that cannot be recorded so is refused.
#[must_use]
pub fn record(path: &str, text: &str, files: Files<'_>, decisions: &[(String, Decision)]) -> Recorded {
    let source = SourceId(0);
    let (before, _) = cases::read(source, path, text, files);
    let stream = yaml::read(source, text);
    let editor = Editor { text, newline: if first_line_ends_in_crlf(text) { "\r\n" } else { "\n" } };
    let mut refused = Vec::new();
    let mut planned: Vec<(usize, usize, Edits)> = Vec::new();
    let positions: std::collections::HashMap<&str, usize> = before.iter().enumerate().map(|(at, case)| (case.name.as_str(), at)).collect();
    for (number, (name, decision)) in decisions.iter().enumerate() {
        let Some(position) = positions.get(name.as_str()) else {
            refused.push((number, format!("no case of the name `{name}`")));
            continue;
        };
        match find(&stream, before[*position].place).and_then(|node| editor.edits(node, decision.as_ref())) {
            Ok(edits) => planned.push((number, *position, edits)),
            Err(reason) => refused.push((number, reason)),
        }
    }
    let attempt = |planned: &[(usize, usize, Edits)]| -> Option<String> {
        let edits = planned.iter().flat_map(|(_, _, edits)| edits.iter().map(|(span, new)| (*span, new.as_str())));
        let after = apply_edits(text, edits).ok()?;
        let given: Vec<(usize, &Decision)> = planned.iter().map(|(number, at, _)| (*at, &decisions[*number].1)).collect();
        proven(path, &after, files, &before, &given).then_some(after)
    };
    let text = attempt(&planned).unwrap_or_else(|| {
        // halves until the ones that spoil it stand alone
        let mut good = Vec::new();
        let mut waiting = vec![planned];
        while let Some(part) = waiting.pop() {
            if attempt(&part).is_some() {
                good.extend(part);
            } else if part.len() == 1 {
                refused.push((part[0].0, "the file cannot hold the decision without other changes".to_owned()));
            } else {
                let mut left = part;
                let right = left.split_off(left.len() / 2);
                waiting.push(right);
                waiting.push(left);
            }
        }
        attempt(&good).unwrap_or_else(|| {
            refused.extend(good.iter().map(|(number, ..)| (*number, "the file cannot hold these decisions together".to_owned())));
            text.to_owned()
        })
    });
    refused.sort();
    Recorded { text, refused }
}

/// Whether the text reads as the cases `before`, with the decisions `given` by position.
fn proven(path: &str, text: &str, files: Files<'_>, before: &[Case], given: &[(usize, &Decision)]) -> bool {
    let (after, _) = cases::read(SourceId(0), path, text, files);
    let given: std::collections::HashMap<usize, &Decision> = given.iter().copied().collect();
    before.len() == after.len()
        && before.iter().zip(&after).enumerate().all(|(at, (old, new))| {
            let expect = match given.get(&at) {
                None => old.expect.clone(),
                Some(None) => Expect::Undefined,
                Some(Some(value)) => Expect::Value(plain(value)),
            };
            new.expect == expect
                && (&old.name, &old.query, &old.input, &old.data) == (&new.name, &new.query, &new.input, &new.data)
                && (&old.skip, &old.todo, &old.files) == (&new.skip, &new.todo, &new.files)
        })
}

fn first_line_ends_in_crlf(text: &str) -> bool {
    text.find('\n').is_some_and(|at| text[..at].ends_with('\r'))
}

/// The map of a case as it is written.
fn find(stream: &yaml::Stream, place: CasePlace) -> Result<&Node, String> {
    let through = || "the case is written with an alias".to_owned();
    let mut node = stream.documents.get(place.document).and_then(|d| d.root.as_ref()).ok_or_else(through)?;
    if place.under_key {
        let Kind::Map { entries, .. } = &node.kind else { return Err(through()) };
        node = entries.iter().rev().find(|(key, _)| is_key(key, "cases")).map(|(_, value)| value).ok_or_else(through)?;
    }
    if let Some(item) = place.item {
        let Kind::List { items, .. } = &node.kind else { return Err(through()) };
        node = items.get(item).ok_or_else(through)?;
    }
    match node.kind {
        Kind::Map { .. } => Ok(node),
        _ => Err(through()),
    }
}

fn is_key(node: &Node, name: &str) -> bool {
    matches!(&node.kind, Kind::Scalar { text, .. } if &**text == name)
}

struct Editor<'t> {
    text: &'t str,
    newline: &'static str,
}

impl Editor<'_> {
    fn edits(&self, case: &Node, decision: Option<&Value>) -> Result<Edits, String> {
        let Kind::Map { entries, flow } = &case.kind else { return Err("the case is written with an alias".to_owned()) };
        let value = decision.map_or(Value::Bool(true), plain);
        let field = if decision.is_some() { "expect" } else { "undefined" };
        match entries.iter().find(|(key, _)| is_key(key, "expect") || is_key(key, "undefined")) {
            Some((key, old)) => {
                let mut edits = self.replace(key, old, &value, *flow)?;
                if !is_key(key, field) {
                    edits.push((key.span, field.to_owned()));
                }
                Ok(edits)
            }
            None => self.insert(entries, field, &value, *flow),
        }
    }

    fn line_start(&self, at: u32) -> usize {
        self.text[..at as usize].rfind('\n').map_or(0, |newline| newline + 1)
    }

    /// The end of the line without its break.
    fn line_end(&self, at: usize) -> usize {
        let end = self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline);
        if self.text[at..end].ends_with('\r') { end - 1 } else { end }
    }

    /// After the line break that follows `at`, or the text's end.
    fn next_line(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// The columns before `at`, if there are only blanks.
    fn indentation(&self, at: u32) -> Option<usize> {
        let before = &self.text[self.line_start(at)..at as usize];
        before.bytes().all(|b| b == b' ').then_some(before.len())
    }

    fn column(&self, at: u32) -> usize {
        let line = self.line_start(at);
        let line = if self.text[line..].starts_with('\u{feff}') { line + 3 } else { line };
        self.text[line..at as usize].chars().count()
    }

    /// `value` in the lines below a key at `column`.
    fn lines(&self, value: &Value, column: usize) -> String {
        block(value, column, self.newline)
    }

    fn replace(&self, key: &Node, old: &Node, value: &Value, in_flow: bool) -> Result<Edits, String> {
        let in_lines = !in_flow && is_filled(value) && !old.is_flow();
        let whole = Span::new(old.start, old.span.end);
        let colon = self.colon(key)?;
        if matches!(&old.kind, Kind::Scalar { style: Style::Literal | Style::Folded, .. }) {
            return self.replace_block_scalar(key, old, value, in_lines);
        }
        if old.is_block_collection() {
            let start = self.indentation(old.start).ok_or("the expected value starts on its key's line")?;
            if in_lines {
                let least = if matches!(value, Value::Array(_)) { self.column(key.start) } else { self.column(key.start) + 1 };
                let column = if start >= least { start } else { self.column(key.start) + 2 };
                let from = u32::try_from(self.line_start(old.start)).unwrap_or(u32::MAX);
                return Ok(vec![(Span::new(from, whole.end), self.lines(value, column))]);
            }
            // the value's lines go; a comment behind its end stays
            let rest = &self.text[whole.end as usize..self.line_end(whole.end as usize)];
            let gone = if rest.trim().is_empty() {
                Span::new(
                    self.line_start(old.start).try_into().unwrap_or(u32::MAX),
                    self.next_line(whole.end as usize).try_into().unwrap_or(u32::MAX),
                )
            } else {
                let blanks = rest.len() - rest.trim_start().len();
                Span::new(old.start, whole.end + u32::try_from(blanks).unwrap_or(0))
            };
            let mut edits = vec![(Span::at(colon), format!(" {}", inline(value)))];
            edits.push((self.without_last_break(gone), String::new()));
            return Ok(edits);
        }
        let empty = old.start == old.span.end;
        if in_lines {
            return Ok(self.below(key, colon, if empty { Span::at(colon) } else { whole }, value));
        }
        let new = inline(value);
        Ok(vec![if empty { (Span::at(colon), format!(" {new}")) } else { (whole, new) }])
    }

    /// Where the text has no last line break, the edit takes the one before the lines instead.
    fn without_last_break(&self, gone: Span) -> Span {
        let before = &self.text[..gone.start as usize];
        if gone.end as usize == self.text.len() && !self.text.ends_with('\n') && before.ends_with('\n') {
            let kept = before.strip_suffix("\r\n").or_else(|| before.strip_suffix('\n')).map_or(0, str::len);
            return Span::new(u32::try_from(kept).unwrap_or(0), gone.end);
        }
        gone
    }

    /// Takes `old` off its key's line and puts `value` into the lines below.
    fn below(&self, key: &Node, colon: u32, old: Span, value: &Value) -> Edits {
        let end = self.line_end(old.end as usize);
        let comment = self.text[old.end as usize..end].trim();
        let lines = self.lines(value, self.column(key.start) + 2);
        // from the colon on: what stood between may be a comment and line breaks
        let between = self.text[colon as usize..old.start as usize].trim();
        if between.is_empty() && comment.is_empty() {
            let gone = Span::new(colon, u32::try_from(end).unwrap_or(u32::MAX));
            return vec![(gone, format!("{}{lines}", self.newline))];
        }
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        if between.is_empty() {
            return vec![(Span::new(colon, old.end), String::new()), (Span::at(end), format!("{}{lines}", self.newline))];
        }
        let start = self.text[..old.start as usize].trim_end().len();
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        vec![(Span::new(start, old.end), String::new()), (Span::at(end), format!("{}{lines}", self.newline))]
    }

    fn replace_block_scalar(&self, key: &Node, old: &Node, value: &Value, in_lines: bool) -> Result<Edits, String> {
        let start = old.start as usize;
        let header_end = self.line_end(start);
        let header = &self.text[start..header_end];
        let token = header.find(" #").map_or(header, |at| &header[..at]).trim_end().len();
        let header_span = Span::new(old.start, old.start + u32::try_from(token).unwrap_or(0));
        // the lines of the text, up to the last that is not blank
        let content = Span::new(u32::try_from(header_end).unwrap_or(u32::MAX), old.span.end.max(u32::try_from(header_end).unwrap_or(0)));
        if in_lines {
            let lines = self.lines(value, self.column(key.start) + 2);
            let blank = self.text[..start].ends_with(' ');
            let from = if blank && token == header.len() { old.start - 1 } else { old.start };
            return Ok(vec![(Span::new(from, header_span.end), String::new()), (content, format!("{}{lines}", self.newline))]);
        }
        if let Value::String(text) = value
            && let Some(lines) = emit::literal(text, self.column(key.start) + 2, self.newline)
        {
            let mark = if text.ends_with('\n') { "|" } else { "|-" };
            return Ok(vec![(header_span, mark.to_owned()), (content, format!("{}{lines}", self.newline))]);
        }
        Ok(vec![(header_span, inline(value)), (content, String::new())])
    }

    /// After the colon that ends a key.
    fn colon(&self, key: &Node) -> Result<u32, String> {
        let rest = &self.text[key.span.end as usize..];
        let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
        if !rest[blanks..].starts_with(':') {
            return Err("the key of the expectation is written as `? key`".to_owned());
        }
        Ok(key.span.end + u32::try_from(blanks + 1).unwrap_or(u32::MAX))
    }

    fn insert(&self, entries: &[(Node, Node)], field: &str, value: &Value, flow: bool) -> Result<Edits, String> {
        let (Some((first, _)), Some((last_key, last))) = (entries.first(), entries.last()) else {
            return Err("the case is empty".to_owned());
        };
        let end = if last.start == last.span.end { self.colon(last_key)? } else { last.span.end };
        if flow {
            return Ok(vec![(Span::at(end), format!(", {field}: {}", inline(value)))]);
        }
        let column = self.column(first.start);
        let at = u32::try_from(self.line_end(end as usize)).unwrap_or(u32::MAX);
        let text = if is_filled(value) {
            format!("{field}:{}{}", self.newline, self.lines(value, column + 2))
        } else {
            format!("{field}: {}", inline(value))
        };
        Ok(vec![(Span::at(at), format!("{}{}{text}", self.newline, " ".repeat(column)))])
    }
}

/// Whether block style has lines for it.
fn is_filled(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Object(_)) && !value.is_empty_collection()
}
