//! The expressions of templates: pipelines, the functions that charts use, values, and named templates.

use super::MAX_DEPTH;
use super::template::Template;
use crate::model::tri::Tri;
use crate::model::value::{Node, Scalar, Value};

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

impl<'r> Template<'r> {
    pub(super) fn condition(&self, text: &str, at: u32) -> Tri {
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
