//! The text of one suppressing comment.

use super::registry;
use super::selector::{Selector, suggest};
use crate::diag::{Date, SuppressSettings};
use crate::text::Span;

/// What a directive is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Its line, or the one below its comment block.
    Line,
    File,
    /// Its line and the next one, as Regal has it.
    Regal,
}

/// One name in the brackets.
#[derive(Clone, Debug)]
pub(super) struct Name {
    pub(super) text: String,
    pub(super) span: Span,
    /// `None` for what ztctl does not know; only Regal's directives keep such names.
    pub(super) selector: Option<Selector>,
}

/// Why a directive does not do what it says.
#[derive(Clone, Debug)]
pub(super) struct Problem {
    pub(super) rule: &'static str,
    pub(super) span: Span,
    pub(super) message: String,
    pub(super) help: String,
}

/// One directive.
#[derive(Clone, Debug)]
pub(super) struct Directive {
    /// The whole comment.
    pub(super) span: Span,
    pub(super) reach: Reach,
    pub(super) names: Vec<Name>,
    /// The text between the brackets.
    pub(super) list: Span,
    /// What removing the directive takes away.
    pub(super) removal: Span,
    until: Option<(Date, Span)>,
    has_reason: bool,
    /// It silences nothing.
    pub(super) disabled: bool,
    pub(super) problems: Vec<Problem>,
}

const INVALID: &str = "invalid-suppression";
const FORM: &str = "write `ztctl: ignore[rule, rule] until=YYYY-MM-DD reason`; the date and the reason may be left out";

/// Reads the directives of a comment that starts at `start`; `at_head`: only comments stand before it.
pub(super) fn read(comment: &str, start: u32, at_head: bool) -> Vec<Directive> {
    let mut out = Vec::new();
    if let Some(at) = marker(comment) {
        out.extend(read_ours(comment, at, start, at_head));
    }
    if let Some(at) = comment.rfind("regal ignore:") {
        out.push(read_regal(comment, at + "regal ignore:".len(), start));
    }
    out
}

/// The offset behind `ztctl:` at the start of a comment, or behind a further `#` in it.
fn marker(comment: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = comment[from..].find("ztctl:") {
        let at = from + found;
        let before = comment[..at].trim_end_matches([' ', '\t']);
        if before.ends_with(['#', '/']) {
            return Some(at + "ztctl:".len());
        }
        from = at + 1;
    }
    None
}

fn span(start: u32, from: usize, to: usize) -> Span {
    Span::new(start + from as u32, start + to as u32)
}

fn read_ours(comment: &str, at: usize, start: u32, at_head: bool) -> Option<Directive> {
    let whole = span(start, 0, comment.len());
    let word_start = at + comment[at..].len() - comment[at..].trim_start_matches([' ', '\t']).len();
    let rest = &comment[word_start..];
    let word_len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let word = &rest[..word_len];
    let word_span = span(start, word_start, word_start + word_len);
    let mut directive = Directive {
        span: whole,
        reach: Reach::Line,
        names: Vec::new(),
        list: Span::at(whole.end),
        removal: whole,
        until: None,
        has_reason: false,
        disabled: false,
        problems: Vec::new(),
    };
    let mut problem = |span, message: String, help: &str| {
        directive.problems.push(Problem { rule: INVALID, span, message, help: help.to_owned() });
    };
    match word {
        // the head of a module is the head of a document
        "ignore" if at_head => directive.reach = Reach::File,
        "ignore" => {}
        "ignore-file" => {
            directive.reach = Reach::File;
            if !at_head {
                directive.disabled = true;
                problem(word_span, "`ignore-file` is not at the head of the file".to_owned(), "move it above the package clause");
            }
        }
        // prose about ztctl is no directive, a slip of the pen is
        _ if rest[word_len..].starts_with('[') || (word.len() < 20 && strsim::damerau_levenshtein(word, "ignore") <= 2) => {
            problem(word_span, format!("`{word}` is no directive"), FORM);
            directive.disabled = true;
            return Some(directive);
        }
        _ => return None,
    }
    let open = word_start + word_len;
    if !comment[open..].starts_with('[') {
        problem(word_span, format!("`{word}` does not name rules"), FORM);
        directive.disabled = true;
        return Some(directive);
    }
    let Some(close) = comment[open..].find(']').map(|close| open + close) else {
        problem(span(start, open, comment.len()), "`[` is not closed".to_owned(), FORM);
        directive.disabled = true;
        return Some(directive);
    };
    directive.list = span(start, open + 1, close);
    let mut from = open + 1;
    for part in comment[open + 1..close].split(',') {
        let text = part.trim();
        let at = from + part.len() - part.trim_start().len();
        from += part.len() + 1;
        let name_span = span(start, at, at + text.len());
        match (text.is_empty(), Selector::parse(text)) {
            (true, _) => problem(directive.list, "a rule's name is missing".to_owned(), FORM),
            (_, Ok(selector)) => directive.names.push(Name { text: text.to_owned(), span: name_span, selector: Some(selector) }),
            (_, Err(unknown)) => {
                let help = match unknown.suggestion.or_else(|| suggest(text)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => "`ztctl rules` lists the rules".to_owned(),
                };
                problem(name_span, format!("no rule or group is called `{text}`"), &help);
            }
        }
    }
    let mut offset = close + 1;
    for word in comment[offset..].split_inclusive(char::is_whitespace) {
        let text = word.trim();
        let word_span = span(start, offset, offset + text.len());
        offset += word.len();
        match text.strip_prefix("until=").map(Date::parse) {
            Some(Some(date)) => directive.until = Some((date, word_span)),
            Some(None) => {
                problem(word_span, format!("`{text}` is not a date"), "write `until=YYYY-MM-DD`");
                directive.disabled = true;
            }
            None => directive.has_reason |= text.chars().any(char::is_alphanumeric),
        }
    }
    Some(directive)
}

/// `a,b` or `a, b`; Regal takes the rest of the comment as the last name, we take a name's first word.
fn read_regal(comment: &str, at: usize, start: u32) -> Directive {
    let whole = span(start, 0, comment.len());
    let names = comment[at..]
        .split(',')
        .filter_map(|part| part.split_whitespace().next())
        .map(|name| Name { text: name.to_owned(), span: whole, selector: registry::meta(name).map(|meta| Selector::Id(meta.id)) })
        .collect();
    Directive {
        span: whole,
        reach: Reach::Regal,
        names,
        list: whole,
        removal: whole,
        until: None,
        has_reason: true,
        disabled: false,
        problems: Vec::new(),
    }
}

impl Directive {
    /// Adds what `[suppress]` and the day of the run have against it.
    pub(super) fn hold_against(&mut self, settings: &SuppressSettings, as_of: Date) {
        if self.reach == Reach::Regal || self.disabled {
            return;
        }
        let mut problem = |rule, span, message, help: &str| {
            self.problems.push(Problem { rule, span, message, help: help.to_owned() });
            self.disabled = true;
        };
        if settings.require_reason && !self.has_reason {
            problem(
                INVALID,
                self.span,
                "the suppression gives no reason".to_owned(),
                "say why the finding does not matter, behind the brackets",
            );
        }
        match self.until {
            Some((until, span)) if until < as_of => {
                problem(
                    "expired-suppression",
                    span,
                    format!("the suppression expired on {until}"),
                    "mend the finding, or decide anew how long it may stay",
                );
            }
            Some((until, span)) => {
                if let Some(max) = settings.max_days.filter(|max| until.days() - as_of.days() > i64::from(*max)) {
                    problem(INVALID, span, format!("the suppression lasts longer than {max} days"), "choose an earlier date");
                }
            }
            None => {
                if let Some(max) = settings.max_days {
                    problem(
                        INVALID,
                        self.span,
                        "the suppression has no end".to_owned(),
                        &format!("add `until=` and a date at most {max} days away"),
                    );
                }
            }
        }
    }
}
