//! What silences findings: comments `# ztctl: ignore[rule, rule] until=YYYY-MM-DD reason`, `ignore-file[…]`, and Regal's
//! `# regal ignore:rule,rule`; annotations of objects.

mod data;

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

pub(super) use data::Directives;

use super::directive::{Directive, Problem, Reach, Standing, read};
use super::plan::Plan;
use super::selector::Selector;
use crate::diag::{Applicability, Date, Diagnostic, Fix, Place, Preset};
use crate::syntax::rego::ast::is_own_line_comment;
use crate::syntax::rego::{Kind, Parse, Token};
use crate::text::{Edit, Location, SourceFile, SourceId, Span};

/// The directives of one text and which of their names silenced something.
#[derive(Default)]
pub(super) struct Suppressions {
    directives: Vec<Directive>,
    /// Directives that do what they say: neither expired nor against `[suppress]`.
    in_force: Vec<bool>,
    used: Vec<Vec<bool>>,
    /// 0-based line → directives about it.
    by_line: FxHashMap<u32, Vec<u32>>,
    /// Documents and objects by their start, with their end and the directives about them. Neither kind overlaps itself.
    documents: BTreeMap<u32, (u32, Vec<u32>)>,
    objects: BTreeMap<u32, (u32, Vec<u32>)>,
    whole_file: Vec<u32>,
}

/// A comment in any language.
#[derive(Clone, Copy)]
struct Comment {
    span: Span,
    /// Nothing stands in front of it on its line.
    own_line: bool,
    head: Option<Reach>,
    at_start: bool,
}

impl Suppressions {
    /// Reads all directives of a module; `None` where there are none.
    pub(super) fn read(parse: &Parse, file: &SourceFile, plan: &Plan, as_of: Date) -> Option<Self> {
        let text = &*file.text;
        // almost no file has any; a search is cheaper than a walk over the tokens
        let finder = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
        if !finder("ztctl:") && !finder("regal ignore:") {
            return None;
        }
        let head_end = parse.tree.tokens().find(|token| !matches!(token.kind(), Kind::Comment | Kind::Whitespace | Kind::Newline));
        let head_end = head_end.map_or(u32::MAX, |token| token.span().start);
        let comments = parse.tree.tokens().filter(|token| token.kind() == Kind::Comment).map(|token: Token<'_>| {
            let at_start = token.span().start < head_end;
            // the head of a module is the head of a document
            let head = at_start.then_some(Reach::File);
            Comment { span: token.span(), own_line: is_own_line_comment(token), head, at_start }
        });
        Self::of_comments(&comments.collect::<Vec<_>>(), file, plan, as_of, true)
    }

    fn of_comments(comments: &[Comment], file: &SourceFile, plan: &Plan, as_of: Date, regal: bool) -> Option<Self> {
        let mut this = Self::default();
        for (comment, target) in comments.iter().zip(targets(comments, file)) {
            let Comment { span, head, at_start, .. } = *comment;
            let standing = Standing { start: span.start, head, at_start, regal, to_the_letter: plan.preset == Preset::Regal };
            for mut directive in read(file.slice(span), standing) {
                directive.removal = Some(removal_of(&file.text, span));
                this.add(directive, file, target, plan, as_of);
            }
        }
        (!this.directives.is_empty()).then_some(this)
    }

    /// `target` is the line that a directive about a line is about, beside its own and the next one.
    fn add(&mut self, mut directive: Directive, file: &SourceFile, target: u32, plan: &Plan, as_of: Date) -> usize {
        directive.hold_against(&plan.suppress, as_of);
        let at = self.directives.len();
        let nr = at as u32;
        let line = line_of(file, directive.span.start);
        match directive.reach {
            Reach::File => self.whole_file.push(nr),
            Reach::Document(span) => self.documents.entry(span.start).or_insert((span.end, Vec::new())).1.push(nr),
            Reach::Object(span) => self.objects.entry(span.start).or_insert((span.end, Vec::new())).1.push(nr),
            Reach::Regal => {
                for line in [line, line + 1] {
                    self.by_line.entry(line).or_default().push(nr);
                }
            }
            Reach::Line => {
                let mut lines = vec![line, line + 1, target];
                lines.dedup();
                // a comment behind code is about that line alone
                lines.truncate(if target == line { 1 } else { 3 });
                for line in lines {
                    self.by_line.entry(line).or_default().push(nr);
                }
            }
        }
        self.in_force.push(!directive.disabled);
        self.used.push(vec![false; directive.names.len()]);
        self.directives.push(directive);
        at
    }

    /// Whether a directive silences the finding; remembers that it was of use.
    pub(super) fn silences(&mut self, diagnostic: &Diagnostic, file: &SourceFile) -> bool {
        match diagnostic.place {
            Place::At(at) => self.silences_at(&diagnostic.rule, Some(at.span.start), file),
            Place::File(_) => self.silences_at(&diagnostic.rule, None, file),
            Place::Run => false,
        }
    }

    /// As [`Suppressions::silences`], for a finding of `rule` at an offset of the text, or about all of it.
    fn silences_at(&mut self, rule: &str, at: Option<u32>, file: &SourceFile) -> bool {
        let line = at.map(|at| line_of(file, at));
        let here = line.and_then(|line| self.by_line.get(&line)).into_iter().flatten().copied();
        let around = [&self.documents, &self.objects].into_iter().filter_map(|parts| {
            let (_, (end, all)) = parts.range(..=at?).next_back()?;
            (at? < *end).then_some(all)
        });
        let all: Vec<u32> = here.chain(around.flatten().copied()).chain(self.whole_file.iter().copied()).collect();
        let mut silenced = false;
        for nr in all {
            silenced |= self.applies(nr as usize, rule);
        }
        silenced
    }

    /// Whether a directive is in force and names the rule; remembers that it was of use.
    fn applies(&mut self, nr: usize, rule: &str) -> bool {
        let mut applies = false;
        if self.in_force[nr] {
            for (name, used) in self.directives[nr].names.iter().zip(&mut self.used[nr]) {
                let selects = match &name.selector {
                    Some(selector) => super::registry::meta(rule).is_some_and(|meta| selector.selects(meta)),
                    None => name.text == rule,
                };
                *used |= selects;
                applies |= selects;
            }
        }
        applies
    }

    /// Findings about the directives themselves.
    pub(super) fn judge(&self, source: SourceId, plan: &Plan) -> Vec<Diagnostic> {
        let mut out = Vec::new();
        for (directive, used) in self.directives.iter().zip(&self.used) {
            if directive.reach == Reach::Regal {
                continue;
            }
            for problem in &directive.problems {
                report(&mut out, plan, source, problem);
            }
            if !directive.disabled {
                report_unused(&mut out, plan, source, directive, used);
            }
        }
        out
    }
}

fn report(out: &mut Vec<Diagnostic>, plan: &Plan, source: SourceId, problem: &Problem) {
    let Some(active) = plan.active(problem.rule) else {
        return;
    };
    let place = Place::At(Location { source, span: problem.span });
    let meta = active.rule.meta();
    let mut diagnostic = Diagnostic::new(meta.id, meta.group, active.severity, place, problem.message.clone()).with_url(meta.url());
    diagnostic.help = Some(problem.help.clone());
    out.push(diagnostic);
}

fn report_unused(out: &mut Vec<Diagnostic>, plan: &Plan, source: SourceId, directive: &Directive, used: &[bool]) {
    let Some(active) = plan.active("unused-suppression") else {
        return;
    };
    // judged only for rules that ran
    let ran = |selector: &Selector| plan.active.iter().any(|active| selector.selects(active.rule.meta()));
    let unused: Vec<_> = directive
        .names
        .iter()
        .zip(used)
        .filter(|(name, used)| !**used && name.selector.as_ref().is_some_and(&ran))
        .map(|(name, _)| name)
        .collect();
    if unused.is_empty() {
        return;
    }
    let names = unused.iter().map(|name| format!("`{}`", name.text)).collect::<Vec<_>>().join(", ");
    let meta = active.rule.meta();
    let all = unused.len() == directive.names.len();
    let span = if all { directive.span } else { unused[0].span };
    let at = |span| Location { source, span };
    let message = format!("nothing to suppress: no finding of {names} here");
    let mut diagnostic = Diagnostic::new(meta.id, meta.group, active.severity, Place::At(at(span)), message).with_url(meta.url());
    diagnostic.help = Some("remove it, so that it cannot hide a later finding".to_owned());
    let edit = if all {
        directive.removal.map(|removal| Edit::new(at(removal), ""))
    } else {
        let kept = directive.names.iter().zip(used).filter(|(name, _)| !unused.iter().any(|unused| std::ptr::eq(*unused, *name)));
        let kept: Vec<&str> = kept.map(|(name, _)| name.text.as_str()).collect();
        directive.editable.then(|| Edit::new(at(directive.list), kept.join(", ")))
    };
    diagnostic.fix = edit.map(|edit| Fix::new("remove what suppresses nothing", Applicability::Safe, vec![edit]));
    out.push(diagnostic);
}

fn line_of(file: &SourceFile, offset: u32) -> u32 {
    file.line(offset) as u32
}

/// For each comment the line that a directive in it is about: its own behind code, else the first line below that is not a
/// comment of its own.
fn targets(comments: &[Comment], file: &SourceFile) -> Vec<u32> {
    let mut targets = vec![0; comments.len()];
    let mut below: Option<(u32, u32)> = None;
    for (at, comment) in comments.iter().enumerate().rev() {
        let line = line_of(file, comment.span.start);
        if comment.own_line {
            let target = below.filter(|(next, _)| *next == line + 1).map_or(line + 1, |(_, target)| target);
            targets[at] = target;
            below = Some((line, target));
        } else {
            targets[at] = line;
            below = None;
        }
    }
    targets
}

/// The range that removing a comment takes: the whole line if nothing else is on it, else the blanks before it too.
fn removal_of(text: &str, comment: Span) -> Span {
    let bytes = text.as_bytes();
    let mut start = comment.start as usize;
    while start > 0 && matches!(bytes[start - 1], b' ' | b'\t') {
        start -= 1;
    }
    let mut end = comment.end as usize;
    if start == 0 || bytes[start - 1] == b'\n' {
        // the line break goes with a line of its own
        if bytes.get(end) == Some(&b'\r') {
            end += 1;
        }
        if bytes.get(end) == Some(&b'\n') {
            end += 1;
        }
    }
    Span::new(start as u32, end as u32)
}
