//! The conditions of a template's text, and the values of its simple actions.

use super::{MAX_DEPTH, Release};
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};
use crate::syntax::yaml::template::{Inline, mask};
use crate::text::Span;

/// The most blocks of one text that are told apart.
const MAX_BLOCKS: usize = 4_096;

/// A part of a text between two actions of a block.
struct Branch<'r> {
    from: u32,
    to: u32,
    /// Whether it is written.
    on: Tri,
    /// What `.` is in it, where it is not the root: `None` where that is not known.
    dot: Option<Option<&'r Node>>,
    /// It may be written several times.
    repeats: bool,
}

/// A template's text with what its blocks decide.
pub(in crate::assess) struct Template<'r> {
    release: &'r Release,
    branches: Vec<Branch<'r>>,
    /// What is surely left out, sorted and disjoint.
    off: Vec<(u32, u32)>,
    has_actions: bool,
    /// Actions that write something.
    writes: Vec<Span>,
}

/// Variables of a named template, with their texts.
type Variables = [(String, String)];

/// What an expression gives.
#[derive(Clone, Debug)]
pub(super) enum Call<'r> {
    Node(&'r Node),
    Text(String),
    Bool(bool),
    /// Absent, or null.
    Nothing,
}

impl Call<'_> {
    /// As an action writes it; `None` for maps and lists.
    pub(super) fn into_text(self) -> Option<String> {
        match self {
            Self::Text(text) => Some(text),
            Self::Bool(value) => Some(value.to_string()),
            Self::Nothing => Some(String::new()),
            Self::Node(node) => match &node.value {
                Value::Scalar(Scalar::String(text) | Scalar::Number(text)) if !text.contains("{{") => Some(text.to_string()),
                Value::Scalar(Scalar::Bool(value)) => Some(value.to_string()),
                Value::Scalar(Scalar::Null) => Some(String::new()),
                _ => None,
            },
        }
    }

    /// Whether a condition on it holds.
    pub(super) fn is_true(&self) -> Tri {
        match self {
            Self::Text(text) => (!text.is_empty()).into(),
            Self::Bool(value) => (*value).into(),
            Self::Nothing => Tri::No,
            Self::Node(node) => match &node.value {
                Value::Map(entries) => (!entries.is_empty()).into(),
                Value::List(items) => (!items.is_empty()).into(),
                Value::Scalar(Scalar::Null) => Tri::No,
                Value::Scalar(Scalar::Bool(value)) => (*value).into(),
                Value::Scalar(Scalar::Number(text)) => (&**text != "0").into(),
                Value::Scalar(Scalar::String(text)) => (!text.is_empty()).into(),
                Value::Scalar(Scalar::Unknown(_)) => Tri::Unknown,
            },
        }
    }
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
                    this.branches.push(Branch {
                        from: last.from,
                        to: action.span.start,
                        on: last.on,
                        dot: last.dot,
                        repeats: last.repeats,
                    });
                    let rest = rest.trim();
                    let condition = rest.strip_prefix("if").or_else(|| rest.strip_prefix("with")).map(str::trim);
                    let holds = condition.map_or(Tri::Yes, |text| this.condition(text, action.span.start));
                    let left = if last.is_condition { last.left } else { Tri::Unknown };
                    let on = left.and(holds);
                    open.push(Open { from: action.span.end, on, left: left.and(!holds), dot: None, is_condition: true, repeats: false });
                }
                "end" => {
                    let Some(last) = open.pop() else { continue };
                    this.branches.push(Branch {
                        from: last.from,
                        to: action.span.start,
                        on: last.on,
                        dot: last.dot,
                        repeats: last.repeats,
                    });
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

    fn condition(&self, text: &str, at: u32) -> Tri {
        self.evaluate(text, at).map_or(Tri::Unknown, |value| value.is_true())
    }

    /// The value of an expression, a pipeline, that stands at `at`; `None` where it is not understood.
    pub(super) fn evaluate(&self, text: &str, at: u32) -> Option<Call<'r>> {
        self.pipeline(text, at, &[], 0)
    }

    /// The value of an expression of a named template.
    pub(super) fn evaluate_with(&self, text: &str, variables: &Variables, depth: usize) -> Option<Call<'r>> {
        self.pipeline(text, 0, variables, depth)
    }

    fn pipeline(&self, text: &str, at: u32, variables: &Variables, depth: usize) -> Option<Call<'r>> {
        if depth > 16 || text.len() > 4_096 {
            return None;
        }
        let mut value: Option<Call<'r>> = None;
        for stage in split(text, '|')? {
            let words = split(stage.trim(), ' ')?;
            let words: Vec<&str> = words.into_iter().map(str::trim).filter(|word| !word.is_empty()).collect();
            value = Some(self.call(&words, value, at, variables, depth)?);
        }
        value
    }

    /// A call with its arguments, the last one from the pipe.
    fn call(&self, words: &[&str], piped: Option<Call<'r>>, at: u32, variables: &Variables, depth: usize) -> Option<Call<'r>> {
        let (name, arguments) = words.split_first()?;
        let mut values = Vec::with_capacity(arguments.len() + 1);
        if matches!(*name, "include" | "template") {
            return self.include(arguments.first()?, arguments.get(1).copied(), at, depth);
        }
        if arguments.is_empty() && piped.is_none() {
            return self.operand(name, at, variables, depth);
        }
        for word in arguments {
            values.push(self.operand(word, at, variables, depth)?);
        }
        values.extend(piped);
        let text = |at: usize| values.get(at).cloned().and_then(Call::into_text);
        let last = || values.last().cloned();
        let last_text = || last().and_then(Call::into_text);
        let is_absent = matches!(values.last(), Some(Call::Nothing));
        match *name {
            "quote" | "squote" | "toString" | "trim" | "toYaml" | "nindent" | "indent" if is_absent => Some(Call::Nothing),
            "quote" | "squote" | "toString" | "trim" | "int" | "int64" | "b64enc" | "tpl" if *name != "tpl" => {
                let text = last_text()?;
                Some(Call::Text(if *name == "b64enc" { data_encoding::BASE64.encode(text.as_bytes()) } else { text.trim().to_owned() }))
            }
            "tpl" => {
                let text = text(0)?;
                (!text.contains("{{")).then_some(Call::Text(text))
            }
            "lower" => Some(Call::Text(last_text()?.to_lowercase())),
            "upper" => Some(Call::Text(last_text()?.to_uppercase())),
            "trunc" => {
                let count: usize = text(0)?.parse().ok()?;
                Some(Call::Text(last_text()?.chars().take(count).collect()))
            }
            "trimSuffix" => {
                let (suffix, whole) = (text(0)?, last_text()?);
                Some(Call::Text(whole.strip_suffix(&suffix).unwrap_or(&whole).to_owned()))
            }
            "replace" => Some(Call::Text(last_text()?.replace(&text(0)?, &text(1)?))),
            "trimPrefix" => {
                let (prefix, whole) = (text(0)?, last_text()?);
                Some(Call::Text(whole.strip_prefix(&prefix).unwrap_or(&whole).to_owned()))
            }
            // the cluster serves what the chart is written for
            ".Capabilities.APIVersions.Has" => Some(Call::Bool(true)),
            "contains" => Some(Call::Bool(last_text()?.contains(&text(0)?))),
            "hasPrefix" => Some(Call::Bool(last_text()?.starts_with(&text(0)?))),
            "hasSuffix" => Some(Call::Bool(last_text()?.ends_with(&text(0)?))),
            "required" => last(),
            "default" => {
                let own = last()?;
                match own.is_true() {
                    Tri::Yes => Some(own),
                    Tri::No => values.first().cloned(),
                    Tri::Unknown => None,
                }
            }
            // the first value that is true
            "coalesce" | "or" => {
                for value in &values {
                    match value.is_true() {
                        Tri::Yes => return Some(value.clone()),
                        Tri::No => {}
                        Tri::Unknown => return None,
                    }
                }
                Some(Call::Nothing)
            }
            "ternary" => {
                let holds = last()?.is_true();
                if holds.is_yes() { values.first().cloned() } else { holds.is_no().then(|| values.get(1).cloned())? }
            }
            "printf" => {
                let mut format = text(0)?;
                for at in 1..values.len() {
                    let value = text(at)?;
                    let mark = ["%s", "%v", "%d", "%q"].iter().filter_map(|mark| format.find(mark)).min()?;
                    format.replace_range(mark..mark + 2, &value);
                }
                Some(Call::Text(format))
            }
            "not" | "empty" => decided(!last()?.is_true()),
            "and" => decided(values.iter().fold(Tri::Yes, |all, value| all.and(value.is_true()))),
            "eq" => {
                let first = text(0)?;
                let mut any = false;
                for at in 1..values.len() {
                    any |= text(at)? == first;
                }
                Some(Call::Bool(any))
            }
            "ne" => Some(Call::Bool(text(0)? != text(1)?)),
            "hasKey" => match values.first()? {
                Call::Node(node) => Some(Call::Bool(node.get(&text(1)?).is_some())),
                _ => None,
            },
            "toYaml" | "nindent" | "indent" | "fromYaml" => match last()? {
                Call::Node(node) => Some(Call::Node(node)),
                other if *name != "fromYaml" => Some(other),
                _ => None,
            },
            _ => None,
        }
    }

    /// A literal, a field, a call in parentheses.
    fn operand(&self, word: &str, at: u32, variables: &Variables, depth: usize) -> Option<Call<'r>> {
        if let Some(inner) = word.strip_prefix('(') {
            return self.pipeline(inner.strip_suffix(')')?, at, variables, depth + 1);
        }
        if let Some((_, text)) = variables.iter().rev().find(|(name, _)| name == word) {
            return Some(Call::Text(text.clone()));
        }
        for quote in ['"', '`'] {
            if let Some(text) = word.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)) {
                return Some(Call::Text(text.to_owned()));
            }
        }
        match word {
            "true" => return Some(Call::Bool(true)),
            "false" => return Some(Call::Bool(false)),
            "nil" => return Some(Call::Nothing),
            _ if word.bytes().all(|b| b.is_ascii_digit()) => return Some(Call::Text(word.to_owned())),
            _ => {}
        }
        let path = word.strip_prefix('$').unwrap_or(word);
        if let Some(rest) = path.strip_prefix(".Values") {
            return self.field(&self.release.values, rest);
        }
        match path {
            ".Release.Name" | ".Chart.Name" => return Some(Call::Text(self.release.name.clone())),
            ".Release.Namespace" => return Some(Call::Text(self.release.namespace.clone().unwrap_or_else(|| "default".to_owned()))),
            ".Release.Service" => return Some(Call::Text("Helm".to_owned())),
            _ if word.starts_with('$')
                || path.starts_with(".Release")
                || path.starts_with(".Chart")
                || path.starts_with(".Capabilities") =>
            {
                return None;
            }
            _ => {}
        }
        // `.` and what is below it, in the innermost block that sets it
        let inside = self.branches.iter().filter(|branch| branch.dot.is_some() && branch.from <= at && at < branch.to);
        let innermost = inside.min_by_key(|branch| branch.to - branch.from)?;
        let node = innermost.dot.flatten()?;
        if path == "." { Some(Call::Node(node)) } else { self.field(node, path) }
    }

    /// `.a.b` below a value.
    fn field(&self, node: &'r Node, path: &str) -> Option<Call<'r>> {
        let mut node = node;
        for (depth, key) in path.split('.').skip(1).enumerate() {
            if depth > MAX_DEPTH || key.is_empty() || key.contains(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-')) {
                return None;
            }
            match node.get(key) {
                Some(inner) => node = inner,
                None if node.has_unknown() && node.unknown().is_some() => return None,
                None => return Some(Call::Nothing),
            }
        }
        if path.is_empty() || path.starts_with('.') { Some(Call::Node(node)) } else { None }
    }

    /// What a named template makes: by its definition, else by what `helm create` writes under such a name.
    fn include(&self, name: &str, context: Option<&str>, at: u32, depth: usize) -> Option<Call<'r>> {
        let name = name.trim_matches(['"', '`']);
        let mut blocks = self.branches.iter().filter(|branch| branch.dot.is_some() && branch.from <= at && at < branch.to);
        let is_root = context == Some("$") || context == Some(".") && blocks.next().is_none();
        if let Some(made) = self.release.helper(self, name, depth).filter(|_| is_root) {
            return Some(Call::Text(made));
        }
        let value = |path: &[&str]| {
            let text = self.release.values.path(path).and_then(Node::as_str).filter(|text| !text.is_empty())?;
            Some(text.to_owned())
        };
        let full = || value(&["fullnameOverride"]).unwrap_or_else(|| self.release.name.clone());
        let body = self.release.helpers.get(name);
        // one of several parts of a chart is not called as the chart is
        if body.is_some() && name.matches('.').count() > 1 {
            return None;
        }
        match name.rsplit('.').next()?.to_ascii_lowercase().as_str() {
            "fullname" => Some(Call::Text(full())),
            "name" => Some(Call::Text(value(&["nameOverride"]).unwrap_or_else(|| self.release.name.clone()))),
            "chart" => Some(Call::Text(self.release.name.clone())),
            "namespace" => Some(Call::Text(self.release.namespace.clone().unwrap_or_else(|| "default".to_owned()))),
            "serviceaccountname" => {
                // whose account it is lies in other values
                let account = self
                    .release
                    .values
                    .get("serviceAccount")
                    .filter(|_| body.is_none_or(|body| body.contains(".Values.serviceAccount")))?;
                let create = account.get("create").and_then(Node::as_bool).unwrap_or(true);
                let named = value(&["serviceAccount", "name"]);
                Some(Call::Text(named.unwrap_or_else(|| if create { full() } else { "default".to_owned() })))
            }
            _ => None,
        }
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

fn decided<'r>(tri: Tri) -> Option<Call<'r>> {
    match tri {
        Tri::Yes => Some(Call::Bool(true)),
        Tri::No => Some(Call::Bool(false)),
        Tri::Unknown => None,
    }
}

/// The parts of a text between `mark`, those inside quotes and parentheses left whole; `None` where these do not close.
fn split(text: &str, mark: char) -> Option<Vec<&str>> {
    let mut out = Vec::new();
    let (mut start, mut depth, mut quote) = (0, 0i32, None);
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some('"') if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None => match c {
                '"' | '`' => quote = Some(c),
                '(' => depth += 1,
                ')' => depth -= 1,
                _ if c == mark && depth == 0 => {
                    out.push(&text[start..at]);
                    start = at + c.len_utf8();
                }
                _ => {}
            },
        }
    }
    (quote.is_none() && depth == 0).then(|| {
        out.push(&text[start..]);
        out
    })
}
