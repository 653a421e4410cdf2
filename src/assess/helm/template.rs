//! The conditions of a template's text, and the values of its simple actions.

use super::expression::Call;
use super::{MAX_DEPTH, Release};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};
use crate::syntax::yaml::template::{Inline, mask};
use crate::text::Span;

/// The most blocks of one text that are told apart.
const MAX_BLOCKS: usize = 4_096;

/// A part of a text between two actions of a block.
pub(super) struct Branch<'r> {
    pub(super) from: u32,
    pub(super) to: u32,
    /// Whether it is written.
    on: Tri,
    /// What `.` is in it, where it is not the root: `None` where that is not known.
    pub(super) dot: Option<Option<&'r Node>>,
    /// It may be written several times.
    repeats: bool,
}

/// A template's text with what its blocks decide.
pub(in crate::assess) struct Template<'r> {
    pub(super) release: &'r Release,
    pub(super) branches: Vec<Branch<'r>>,
    /// What is surely left out, sorted and disjoint.
    off: Vec<(u32, u32)>,
    has_actions: bool,
    /// Actions that write something.
    writes: Vec<Span>,
}

/// The action that a scalar is, without its braces; `None` where it is more, or none.
pub(super) fn single_action(text: &str) -> Option<&str> {
    let inner = text.trim().strip_prefix("{{")?.strip_suffix("}}")?;
    (!inner.contains("{{") && !inner.contains("}}")).then(|| inner.trim_matches('-').trim())
}

impl<'r> Template<'r> {
    pub(in crate::assess) fn read(text: &str, release: &'r Release) -> Self {
        struct Open<'r> {
            from: u32,
            on: Tri,
            /// No branch before this one was surely taken.
            left: Tri,
            dot: Option<Option<&'r Node>>,
            is_condition: bool,
            repeats: bool,
        }
        impl<'r> Open<'r> {
            fn until(&self, to: u32) -> Branch<'r> {
                Branch { from: self.from, to, on: self.on, dot: self.dot, repeats: self.repeats }
            }
        }
        let mut this = Self { release, branches: Vec::new(), off: Vec::new(), has_actions: false, writes: Vec::new() };
        let Some(masked) = mask(text, Inline::Letters) else { return this };
        this.has_actions = true;
        this.writes = masked.actions.iter().filter(|action| !action.control).map(|action| action.span).collect();
        let mut open: Vec<Open<'r>> = Vec::new();
        for action in masked.actions.iter().filter(|action| action.control).take(MAX_BLOCKS) {
            let written = text.get(action.span.range()).unwrap_or("");
            let inner = written.trim_start_matches("{{").trim_end_matches("}}").trim_matches(|c: char| c == '-' || c.is_whitespace());
            if written.matches("{{").count() != 1 {
                // a whole `define`
                continue;
            }
            let (word, rest) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
            match word {
                "if" => {
                    let on = this.condition(rest.trim(), action.span.start);
                    open.push(Open { from: action.span.end, on, left: !on, dot: None, is_condition: true, repeats: false });
                }
                "with" => {
                    // `with $x := …` too
                    let expression = rest.split_once(":=").map_or(rest, |(_, value)| value).trim();
                    let value = this.evaluate(expression, action.span.start);
                    let on = value.as_ref().map_or(Tri::Unknown, Call::is_true);
                    let dot = Some(if let Some(Call::Node(node)) = value { Some(node) } else { None });
                    open.push(Open { from: action.span.end, on, left: !on, dot, is_condition: true, repeats: false });
                }
                "range" => {
                    let expression = rest.split_once(":=").map_or(rest, |(_, value)| value).trim();
                    let on = this.condition(expression, action.span.start);
                    open.push(Open { from: action.span.end, on, left: !on, dot: Some(None), is_condition: true, repeats: true });
                }
                "block" => {
                    let dot = Some(None);
                    open.push(Open { from: action.span.end, on: Tri::Unknown, left: Tri::No, dot, is_condition: false, repeats: false });
                }
                "else" => {
                    let Some(last) = open.pop() else { continue };
                    this.branches.push(last.until(action.span.start));
                    let rest = rest.trim();
                    let condition = rest.strip_prefix("if").or_else(|| rest.strip_prefix("with")).map(str::trim);
                    let holds = condition.map_or(Tri::Yes, |text| this.condition(text, action.span.start));
                    let left = if last.is_condition { last.left } else { Tri::Unknown };
                    let on = left.and(holds);
                    open.push(Open { from: action.span.end, on, left: left.and(!holds), dot: None, is_condition: true, repeats: false });
                }
                "end" => {
                    let Some(last) = open.pop() else { continue };
                    this.branches.push(last.until(action.span.start));
                }
                _ => {}
            }
        }
        let mut off: Vec<(u32, u32)> =
            this.branches.iter().filter(|branch| branch.on.is_no()).map(|branch| (branch.from, branch.to)).collect();
        off.sort_unstable();
        for (from, to) in off {
            match this.off.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(to),
                _ => this.off.push((from, to)),
            }
        }
        this
    }

    pub(super) fn has_actions(&self) -> bool {
        self.has_actions
    }

    /// Whether the values of an object, as it was read, hold all that its template writes, and its blocks are decided.
    pub(super) fn is_told(&self, root: &Node, text: &str) -> bool {
        let own = root.origin.at.span;
        let open = |branch: &&Branch<'_>| (branch.on.is_unknown() || branch.repeats) && branch.from < own.end && own.start < branch.to;
        if self.branches.iter().any(|branch| open(&branch)) {
            return false;
        }
        self.gaps(root, text).is_some_and(|gaps| gaps.is_empty())
    }

    /// Where the template writes something into an object that none of its values, as it was read, holds; `None` where there is too
    /// much to tell.
    pub(in crate::assess) fn gaps(&self, root: &Node, text: &str) -> Option<Vec<Span>> {
        let own = root.origin.at.span;
        let mut held = Vec::new();
        unknowns(root, &mut held, 0);
        if held.len().saturating_mul(self.writes.len()) > MAX_BLOCKS * MAX_BLOCKS {
            return None;
        }
        // what stands behind the last value is still the object's
        let rest = text.get(own.end as usize..).unwrap_or("");
        let end = own.end.saturating_add(u32::try_from(rest.find("\n---").unwrap_or(rest.len())).unwrap_or(u32::MAX));
        let inside = self.writes.iter().filter(|span| own.start <= span.start && span.start < end && !self.is_off(span.start));
        let is_held = |action: &str| held.iter().any(|written| written.contains(action));
        let unheld = inside.copied().filter(|span| !is_held(text.get(span.range()).unwrap_or("")));
        Some(unheld.filter(|span| !is_value(text, span.start) && !self.writes_nothing(text, *span)).collect())
    }

    /// Whether an action surely leaves nothing behind: `{{ toYaml .Values.nodeSelector }}` of an empty map.
    fn writes_nothing(&self, text: &str, span: Span) -> bool {
        let inner = text.get(span.range()).and_then(single_action);
        inner.and_then(|inner| self.evaluate(inner, span.start)).is_some_and(|value| match &value {
            Call::Node(node) => node.is_null() || value.is_true().is_no() && node.as_bool().is_none() && node.as_str().is_none(),
            Call::Text(text) => text.trim().is_empty(),
            Call::Bool(_) | Call::Nothing => false,
        })
    }

    /// The action that stands for the whole value of a key that ends at `end`, on the lines below it, with its place.
    pub(super) fn below<'t>(&self, text: &'t str, end: u32) -> Option<(&'t str, u32)> {
        let rest = text.get(end as usize..)?;
        let value = rest.trim_start_matches(['"', '\'']).trim_start().strip_prefix(':')?.trim_start();
        let at = u32::try_from(text.len() - value.len()).ok()?;
        let own = self.writes.iter().find(|span| span.start == at)?;
        text.get(own.range()).map(|action| (action, at))
    }

    /// The branches that touch `own` of which it cannot be told whether they are written.
    pub(in crate::assess) fn undecided(&self, own: Span) -> impl Iterator<Item = Span> {
        let open = move |branch: &&Branch<'_>| branch.on.is_unknown() && branch.from < own.end && own.start < branch.to;
        self.branches.iter().filter(open).map(|branch| Span::new(branch.from, branch.to))
    }

    /// Whether what is written at `at` is surely left out.
    pub(super) fn is_off(&self, at: u32) -> bool {
        let next = self.off.partition_point(|(from, _)| *from <= at);
        next > 0 && at < self.off[next - 1].1
    }

    /// Whether what is written at `at` is surely there.
    pub(super) fn is_on(&self, at: u32) -> bool {
        self.branches.iter().all(|branch| !(branch.from <= at && at < branch.to) || branch.on.is_yes())
    }

    /// What of a scalar at `at` its conditions leave: the text of inline conditions that are surely decided.
    pub(super) fn live(&self, written: &str, at: u32) -> String {
        let mut out = String::new();
        // open conditions: whether what they hold is written; `None` where it is not known
        let mut open: Vec<(Option<bool>, Option<bool>)> = Vec::new();
        let mut rest = written;
        while let Some((before, action)) = rest.split_once("{{") {
            let Some((inner, after)) = action.split_once("}}") else { return written.to_owned() };
            let body = inner.trim_matches(|c: char| c == '-' || c.is_whitespace());
            let (word, condition) = body.split_once(char::is_whitespace).unwrap_or((body, ""));
            let on = open.iter().all(|(on, _)| *on == Some(true));
            if on {
                out.push_str(before);
            }
            let decided = |tri: Tri| if tri.is_yes() { Some(true) } else { tri.is_no().then_some(false) };
            match word {
                "if" => {
                    let holds = decided(self.condition(condition.trim(), at));
                    open.push((holds, holds.map(|holds| !holds)));
                }
                "else" => {
                    let Some((_, left)) = open.pop() else { return written.to_owned() };
                    let holds = match condition.trim().strip_prefix("if") {
                        Some(text) => decided(self.condition(text.trim(), at)),
                        None => Some(true),
                    };
                    open.push((left.zip(holds).map(|(left, holds)| left && holds), left.zip(holds).map(|(left, holds)| left && !holds)));
                }
                "end" => drop(open.pop()),
                "with" | "range" | "block" | "define" => return written.to_owned(),
                _ if on => {
                    out.push_str("{{");
                    out.push_str(inner);
                    out.push_str("}}");
                }
                _ => {}
            }
            if open.iter().any(|(on, _)| on.is_none()) {
                return written.to_owned();
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// Whether what stands at `at` is the value of a key: a colon stands before it.
fn is_value(text: &str, at: u32) -> bool {
    text.get(..at as usize).is_some_and(|before| before.trim_end().ends_with(':'))
}

/// The texts of a value that a template has a part in.
fn unknowns<'n>(node: &'n Node, out: &mut Vec<&'n str>, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                out.extend(entry.key.contains("{{").then_some(&*entry.key));
                unknowns(&entry.value, out, depth + 1);
            }
        }
        Value::List(items) => items.iter().for_each(|item| unknowns(item, out, depth + 1)),
        Value::Scalar(Scalar::Unknown(written)) => out.push(written),
        Value::Scalar(_) => {}
    }
}
