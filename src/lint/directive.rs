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
    /// A document of a text.
    Document(Span),
    /// An object, where it is written; an empty range for one that is made elsewhere.
    Object(Span),
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
    /// What removing the directive takes away; `None` where that is not known.
    pub(super) removal: Option<Span>,
    /// The names can be replaced where they stand.
    pub(super) editable: bool,
    until: Option<(Date, Span)>,
    has_reason: bool,
    /// It silences nothing.
    pub(super) disabled: bool,
    pub(super) problems: Vec<Problem>,
}

const INVALID: &str = "invalid-suppression";
const FORM: &str = "write `ztctl: ignore[rule, rule] until=YYYY-MM-DD reason`; the date and the reason may be left out";

/// Where a comment stands.
#[derive(Clone, Copy)]
pub(super) struct Standing {
    pub(super) start: u32,
    /// What a directive that names no file is about, where the comment stands at the head of something.
    pub(super) head: Option<Reach>,
    /// Only comments stand before it in its file.
    pub(super) at_start: bool,
    /// Regal's directives count.
    pub(super) regal: bool,
    /// And are read as Regal reads them.
    pub(super) to_the_letter: bool,
}

const ANNOTATION_FORM: &str = "write `rule, rule until=YYYY-MM-DD reason`; the date and the reason may be left out";

/// Reads the directives of a comment.
pub(super) fn read(comment: &str, standing: Standing) -> Vec<Directive> {
    let mut out = Vec::new();
    let start = standing.start;
    if let Some(at) = marker(comment) {
        out.extend(read_ours(comment, at, standing));
    }
    if let Some(at) = comment.rfind("regal ignore:").filter(|_| standing.regal) {
        let at = at + "regal ignore:".len();
        out.push(if standing.to_the_letter { read_as_regal(comment, at, start) } else { read_regal(comment, at, start) });
    }
    out
}

/// Reads the value of the annotation `ztctl.dev/ignore`: `rule, rule until=YYYY-MM-DD reason`. `start` is the offset of its first
/// character, `None` where the text is not written as it reads; `whole` is its place.
pub(super) fn read_annotation(value: &str, start: Option<u32>, whole: Span, reach: Reach) -> Directive {
    let mut directive = Directive { editable: start.is_some(), ..Directive::new(whole, reach) };
    let span = |from: usize, to: usize| start.map_or(whole, |start| span(start, from, to));
    let mut end = 0;
    // a name goes on the list as long as there is a comma behind it or in front of the next one
    let mut goes_on = true;
    let mut at = 0;
    for word in value.split_inclusive(char::is_whitespace) {
        let text = word.trim_end();
        if !(goes_on || text.starts_with(',')) {
            break;
        }
        at += word.len();
        if !text.is_empty() {
            end = at - word.len() + text.len();
            goes_on = text.ends_with(',');
        }
    }
    directive.list = span(0, end);
    directive.names(value, 0..end, &span, ANNOTATION_FORM);
    directive.rest(value, end, &span);
    if directive.names.is_empty() && directive.problems.is_empty() {
        directive.problem(whole, "the annotation names no rules".to_owned(), ANNOTATION_FORM);
    }
    directive
}

/// The directive of an annotation whose value is no text.
pub(super) fn no_annotation(whole: Span, reach: Reach, found: &str) -> Directive {
    let mut directive = Directive { disabled: true, ..Directive::new(whole, reach) };
    directive.problem(whole, format!("the annotation is a {found}, not a text"), ANNOTATION_FORM);
    directive
}

/// The offset behind `ztctl:` at the start of a comment, or behind a further `#` in it.
fn marker(comment: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(found) = comment[from..].find("ztctl:") {
        let at = from + found;
        let before = comment[..at].trim_end_matches([' ', '\t']);
        if before.ends_with(['#', '/', ';']) || ["/*", "<!--", "--"].iter().any(|start| before.ends_with(start)) {
            return Some(at + "ztctl:".len());
        }
        from = at + 1;
    }
    None
}

fn span(start: u32, from: usize, to: usize) -> Span {
    Span::new(start + from as u32, start + to as u32)
}

fn read_ours(comment: &str, at: usize, standing: Standing) -> Option<Directive> {
    let Standing { start, head, at_start, .. } = standing;
    let span = |from: usize, to: usize| span(start, from, to);
    let word_start = at + comment[at..].len() - comment[at..].trim_start_matches([' ', '\t']).len();
    let rest = &comment[word_start..];
    let word_len = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '-').unwrap_or(rest.len());
    let word = &rest[..word_len];
    let word_span = span(word_start, word_start + word_len);
    let mut directive = Directive { editable: true, ..Directive::new(span(0, comment.len()), Reach::Line) };
    match word {
        "ignore" => directive.reach = head.unwrap_or(Reach::Line),
        "ignore-file" => {
            directive.reach = Reach::File;
            if !at_start {
                directive.disabled = true;
                let help = if standing.regal { "move it above the package clause" } else { "move it to the top of the file" };
                directive.problem(word_span, "`ignore-file` is not at the head of the file".to_owned(), help);
            }
        }
        // prose about ztctl is no directive, a slip of the pen is
        _ if rest[word_len..].starts_with('[') || (word.len() < 20 && strsim::damerau_levenshtein(word, "ignore") <= 2) => {
            directive.problem(word_span, format!("`{word}` is no directive"), FORM);
            directive.disabled = true;
            return Some(directive);
        }
        _ => return None,
    }
    let open = word_start + word_len;
    if !comment[open..].starts_with('[') {
        directive.problem(word_span, format!("`{word}` does not name rules"), FORM);
        directive.disabled = true;
        return Some(directive);
    }
    let Some(close) = comment[open..].find(']').map(|close| open + close) else {
        directive.problem(span(open, comment.len()), "`[` is not closed".to_owned(), FORM);
        directive.disabled = true;
        return Some(directive);
    };
    directive.list = span(open + 1, close);
    directive.names(comment, open + 1..close, &span, FORM);
    directive.rest(comment, close + 1, &span);
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
    Directive { names, list: whole, has_reason: true, ..Directive::new(whole, Reach::Regal) }
}

/// Regal splits at commas and blanks behind them, and takes what is left for names: `a, b reason` silences `a` alone.
fn read_as_regal(comment: &str, at: usize, start: u32) -> Directive {
    let whole = span(start, 0, comment.len());
    let list = comment[at..].trim();
    let name = |(at, name): (usize, &str)| {
        let text = if at == 0 { name } else { name.trim_start() };
        Name { text: text.to_owned(), span: whole, selector: registry::meta(text).map(|meta| Selector::Id(meta.id)) }
    };
    let names = list.split(',').enumerate().map(name).collect();
    Directive { names, list: whole, has_reason: true, ..Directive::new(whole, Reach::Regal) }
}

impl Directive {
    fn new(whole: Span, reach: Reach) -> Self {
        Self {
            span: whole,
            reach,
            names: Vec::new(),
            list: Span::at(whole.end),
            removal: None,
            editable: false,
            until: None,
            has_reason: false,
            disabled: false,
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, span: Span, message: String, help: &str) {
        self.problems.push(Problem { rule: INVALID, span, message, help: help.to_owned() });
    }

    /// Reads the names in a range of `text`.
    fn names(&mut self, text: &str, range: std::ops::Range<usize>, span: &dyn Fn(usize, usize) -> Span, form: &str) {
        let mut from = range.start;
        for part in text[range].split(',') {
            let name = part.trim();
            let at = from + part.len() - part.trim_start().len();
            from += part.len() + 1;
            let name_span = span(at, at + name.len());
            match (name.is_empty(), Selector::parse(name)) {
                (true, _) => self.problem(self.list, "a rule's name is missing".to_owned(), form),
                (_, Ok(selector)) => self.names.push(Name { text: name.to_owned(), span: name_span, selector: Some(selector) }),
                (_, Err(unknown)) => {
                    let help = match unknown.suggestion.or_else(|| suggest(name)) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None => "`ztctl rules` lists the rules".to_owned(),
                    };
                    self.problem(name_span, format!("no rule or group is called `{name}`"), &help);
                }
            }
        }
    }

    /// Reads the date and the reason behind the names.
    fn rest(&mut self, text: &str, from: usize, span: &dyn Fn(usize, usize) -> Span) {
        let mut offset = from;
        for word in text[from..].split_inclusive(char::is_whitespace) {
            let text = word.trim();
            let word_span = span(offset, offset + text.len());
            offset += word.len();
            match text.strip_prefix("until=").map(Date::parse) {
                Some(Some(date)) => self.until = Some((date, word_span)),
                Some(None) => {
                    self.problem(word_span, format!("`{text}` is not a date"), "write `until=YYYY-MM-DD`");
                    self.disabled = true;
                }
                None => self.has_reason |= text.chars().any(char::is_alphanumeric),
            }
        }
    }

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
