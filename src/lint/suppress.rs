//! Comments that silence findings: `# ztctl: ignore[rule, rule] until=YYYY-MM-DD reason`, `ignore-file[…]`, and Regal's
//! `# regal ignore:rule,rule`.

use rustc_hash::FxHashMap;

use super::directive::{Directive, Problem, Reach, read};
use super::plan::Plan;
use super::selector::Selector;
use crate::diag::{Applicability, Date, Diagnostic, Fix, Place};
use crate::syntax::rego::ast::is_own_line_comment;
use crate::syntax::rego::{Kind, Parse, Token};
use crate::text::{Edit, Location, SourceFile, SourceId, Span};

/// The directives of one file and which of their names silenced something.
pub(super) struct Suppressions {
    directives: Vec<Directive>,
    /// Directives that do what they say: neither expired nor against `[suppress]`.
    in_force: Vec<bool>,
    used: Vec<Vec<bool>>,
    /// 0-based line → directives about it.
    by_line: FxHashMap<u32, Vec<u32>>,
    whole_file: Vec<u32>,
}

impl Suppressions {
    /// Reads all directives of a file; `None` where there are none.
    pub(super) fn read(parse: &Parse, file: &SourceFile, plan: &Plan, as_of: Date) -> Option<Self> {
        let text = &*file.text;
        // almost no file has any; a search is cheaper than a walk over the tokens
        let finder = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
        if !finder("ztctl:") && !finder("regal ignore:") {
            return None;
        }
        let comments: Vec<Token<'_>> = parse.tree.tokens().filter(|token| token.kind() == Kind::Comment).collect();
        let head_end = parse.tree.tokens().find(|token| !matches!(token.kind(), Kind::Comment | Kind::Whitespace | Kind::Newline));
        let head_end = head_end.map_or(u32::MAX, |token| token.span().start);
        let targets = targets(&comments, file);
        let mut this =
            Self { directives: Vec::new(), in_force: Vec::new(), used: Vec::new(), by_line: FxHashMap::default(), whole_file: Vec::new() };
        for (comment, target) in comments.iter().zip(targets) {
            for directive in read(comment.text(), comment.span().start, comment.span().start < head_end) {
                this.add(directive, file, target, plan, as_of);
            }
        }
        (!this.directives.is_empty()).then_some(this)
    }

    fn add(&mut self, mut directive: Directive, file: &SourceFile, target: u32, plan: &Plan, as_of: Date) {
        directive.hold_against(&plan.suppress, as_of);
        directive.removal = removal_of(&file.text, directive.span);
        let at = self.directives.len() as u32;
        let line = line_of(file, directive.span.start);
        match directive.reach {
            Reach::File => self.whole_file.push(at),
            Reach::Regal => {
                for line in [line, line + 1] {
                    self.by_line.entry(line).or_default().push(at);
                }
            }
            Reach::Line => {
                let mut lines = vec![line, line + 1, target];
                lines.dedup();
                // a comment behind code is about that line alone
                lines.truncate(if target == line { 1 } else { 3 });
                for line in lines {
                    self.by_line.entry(line).or_default().push(at);
                }
            }
        }
        self.in_force.push(!directive.disabled);
        self.used.push(vec![false; directive.names.len()]);
        self.directives.push(directive);
    }

    /// Whether a directive silences the finding; remembers that it was of use.
    pub(super) fn silences(&mut self, diagnostic: &Diagnostic, file: &SourceFile) -> bool {
        let line = match diagnostic.place {
            Place::At(at) => Some(line_of(file, at.span.start)),
            Place::File(_) => None,
            Place::Run => return false,
        };
        let here = line.and_then(|line| self.by_line.get(&line)).into_iter().flatten();
        let mut silenced = false;
        for at in here.chain(&self.whole_file) {
            let at = *at as usize;
            if !self.in_force[at] {
                continue;
            }
            for (name, used) in self.directives[at].names.iter().zip(&mut self.used[at]) {
                let selects = match &name.selector {
                    Some(selector) => super::registry::meta(&diagnostic.rule).is_some_and(|meta| selector.selects(meta)),
                    None => name.text == diagnostic.rule,
                };
                if selects {
                    *used = true;
                    silenced = true;
                }
            }
        }
        silenced
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
        Edit::new(at(directive.removal), "")
    } else {
        let kept: Vec<&str> =
            directive.names.iter().filter(|name| !unused.iter().any(|u| u.span == name.span)).map(|name| name.text.as_str()).collect();
        Edit::new(at(directive.list), kept.join(", "))
    };
    diagnostic.fix = Some(Fix::new("remove what suppresses nothing", Applicability::Safe, vec![edit]));
    out.push(diagnostic);
}

fn line_of(file: &SourceFile, offset: u32) -> u32 {
    file.line(offset) as u32
}

/// For each comment the line that a directive in it is about: its own behind code, else the first line below that is not a
/// comment of its own.
fn targets(comments: &[Token<'_>], file: &SourceFile) -> Vec<u32> {
    let mut targets = vec![0; comments.len()];
    let mut below: Option<(u32, u32)> = None;
    for (at, comment) in comments.iter().enumerate().rev() {
        let line = line_of(file, comment.span().start);
        if is_own_line_comment(*comment) {
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
