//! The fields of a case, and the files that they name.

use super::{Case, CasePlace, Expect, Reader, to_value};
use crate::eval::{Value, from_json};
use crate::model::value::{self, Entry, Node};
use crate::syntax::yaml;
use crate::text::{SourceId, Span};

/// All fields of a case.
const FIELDS: [&str; 10] = ["name", "query", "input", "input_file", "data", "data_file", "expect", "undefined", "skip", "todo"];

/// What people write instead, and what it is called here.
const OTHER_NAMES: [(&str, &str); 12] = [
    ("expected", "expect"),
    ("want", "expect"),
    ("result", "expect"),
    ("want_result", "expect"),
    ("note", "name"),
    ("description", "name"),
    ("title", "name"),
    ("inputFile", "input_file"),
    ("input-file", "input_file"),
    ("dataFile", "data_file"),
    ("data-file", "data_file"),
    ("rule", "query"),
];

impl Reader<'_> {
    /// Reads one case; with a mistake it is reported and left out.
    pub(super) fn case(&mut self, node: &Node, place: CasePlace) {
        let value::Value::Map(entries) = &node.value else {
            let message = format!("found a {}, expected a case", node.type_name());
            self.error(node.span(), message, Some("a case is a map with `name`, `query` and `expect`".to_owned()));
            return;
        };
        let before = self.found.len();
        for entry in entries.iter().filter(|entry| !FIELDS.contains(&&*entry.key)) {
            self.unknown(entry);
        }
        let name = self.text(node, "name");
        let query = self.text(node, "query");
        let skip = self.reason(node, "skip");
        let todo = self.reason(node, "todo");
        let mut files = Vec::new();
        let input = self.value_or_file(node, "input", "input_file", &mut files);
        let data = self.value_or_file(node, "data", "data_file", &mut files);
        if let (Some(data), Some(at)) = (&data, node.get("data").or_else(|| node.get("data_file")))
            && !matches!(data, Value::Object(_))
        {
            self.error(at.span(), format!("the data are a {}, expected a map", type_name(data)), None);
        }
        let (expect, expect_at) = self.expectation(node);
        let (Some((name, name_span)), Some((query, query_span))) = (name, query) else { return };
        if self.found.len() > before {
            return;
        }
        let at = node.span();
        let case = Case { name, at, name_span, query, query_span, input, data, expect, expect_at, skip, todo, files, place };
        self.cases.push(case);
    }

    fn unknown(&mut self, entry: &Entry) {
        let key = &*entry.key;
        let other = OTHER_NAMES.iter().find(|(name, _)| *name == key).map(|(_, field)| *field);
        let near = || {
            let scored = FIELDS.iter().map(|field| (strsim::jaro_winkler(key, field), *field));
            scored.filter(|(score, _)| *score > 0.8).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, field)| field)
        };
        let help = match other.or_else(near) {
            Some(field) => format!("did you mean `{field}`?"),
            None => format!("the keys of a case are `{}`", FIELDS.join("`, `")),
        };
        self.error(entry.origin.at.span, format!("unknown key `{key}` in a case"), Some(help));
    }

    /// A required text that is not blank.
    fn text(&mut self, case: &Node, field: &str) -> Option<(String, Span)> {
        let Some(node) = case.get(field) else {
            let start = case.span().start;
            let span = case.entries().first().map_or(Span::at(start), |entry| entry.origin.at.span);
            let help = match field {
                "query" => "add `query`, such as `query: data.authz.allow`",
                _ => "add `name`: what the case shows",
            };
            self.error(span, format!("a case without `{field}`"), Some(help.to_owned()));
            return None;
        };
        match node.as_str() {
            Some(text) if !text.trim().is_empty() => Some((text.to_owned(), node.span())),
            Some(_) => {
                self.error(node.span(), format!("`{field}` is empty"), None);
                None
            }
            None => {
                let help = matches!(node.value, value::Value::Scalar(_)).then(|| "put it in quotes".to_owned());
                self.error(node.span(), format!("`{field}` is a {}, expected a string", node.type_name()), help);
                None
            }
        }
    }

    /// `skip` and `todo`: `true`, or a reason.
    fn reason(&mut self, case: &Node, field: &str) -> Option<String> {
        let node = case.get(field)?;
        match (node.as_bool(), node.as_str()) {
            (Some(true), _) => Some(String::new()),
            (Some(false), _) => None,
            (_, Some(reason)) => Some(reason.to_owned()),
            _ => {
                self.error(node.span(), format!("`{field}` is a {}, expected `true` or a reason", node.type_name()), None);
                None
            }
        }
    }

    fn expectation(&mut self, case: &Node) -> (Expect, Option<Span>) {
        let undefined = case.get("undefined");
        if let Some(node) = undefined
            && node.as_bool() != Some(true)
        {
            self.error(node.span(), "`undefined` can only be `true`", Some("write `expect` for a value".to_owned()));
        }
        match (case.get("expect"), undefined) {
            (Some(node), None) => (to_value(node).map_or(Expect::Unrecorded, Expect::Value), Some(node.span())),
            (None, Some(node)) => (Expect::Undefined, Some(node.span())),
            (None, None) => (Expect::Unrecorded, None),
            (Some(_), Some(node)) => {
                self.error(node.span(), "both `expect` and `undefined`", Some("keep one of them".to_owned()));
                (Expect::Unrecorded, None)
            }
        }
    }

    fn value_or_file(&mut self, case: &Node, inline: &str, file: &str, files: &mut Vec<String>) -> Option<Value> {
        let Some(node) = case.get(file) else { return case.get(inline).and_then(to_value) };
        if case.get(inline).is_some() {
            self.error(node.span(), format!("both `{inline}` and `{file}`"), Some("keep one of them".to_owned()));
            return None;
        }
        let Some(written) = node.as_str() else {
            self.error(node.span(), format!("`{file}` is a {}, expected a path", node.type_name()), None);
            return None;
        };
        let Some(path) = beside(self.path, written) else {
            let help = "name a file by its path relative to the case file, with `/`, inside the workspace".to_owned();
            self.error(node.span(), format!("`{written}` leads out of the workspace"), Some(help));
            return None;
        };
        files.push(path.clone());
        let Some(text) = (self.files)(&path) else {
            let help = "the path is relative to the case file".to_owned();
            self.error(node.span(), format!("`{path}` cannot be read"), Some(help));
            return None;
        };
        match read_value(&path, &text) {
            Ok(value) => Some(value),
            Err(reason) => {
                self.error(node.span(), format!("`{path}`: {reason}"), None);
                None
            }
        }
    }
}

fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Array(_) => "list",
        other => other.type_name(),
    }
}

/// The path `written` in the file at `path`; `None` where it is absolute or climbs above the start of `path`.
fn beside(path: &str, written: &str) -> Option<String> {
    if written.is_empty() || written.starts_with('/') || written.contains(['\\', '\0']) || written.as_bytes().get(1) == Some(&b':') {
        return None;
    }
    let (start, rest) = match path.strip_prefix('/') {
        Some(rest) => ("/", rest),
        None => ("", path),
    };
    let folder = rest.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').filter(|part| !matches!(*part, "" | ".")) {
        parts.push(part);
    }
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.pop() {
                None | Some("..") => return None,
                Some(_) => {}
            },
            part => parts.push(part),
        }
    }
    Some(format!("{start}{}", parts.join("/")))
}

/// The one value of a JSON or YAML file.
fn read_value(path: &str, text: &str) -> Result<Value, String> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("json") => from_json(text).map_err(|error| format!("line {}: {}", line(text, error.at), error.message)),
        Some("yaml" | "yml") => {
            let source = SourceId(0);
            let stream = yaml::read(source, text);
            if let Some(found) = stream.diagnostics.first() {
                let at = match found.place {
                    crate::diag::Place::At(at) => at.span.start as usize,
                    _ => 0,
                };
                return Err(format!("line {}: {}", line(text, at), found.message));
            }
            let [document] = &*stream.documents else {
                return Err(match stream.documents.len() {
                    0 => "the file is empty".to_owned(),
                    count => format!("{count} documents, expected one"),
                });
            };
            let (root, problems) = value::from_yaml(source, document);
            if let Some(problem) = problems.first() {
                return Err(format!("line {}: {}", line(text, problem.at.start as usize), problem.message));
            }
            root.as_ref().and_then(to_value).ok_or_else(|| "the file is empty".to_owned())
        }
        _ => Err("the name must end in `.json`, `.yaml` or `.yml`".to_owned()),
    }
}

fn line(text: &str, at: usize) -> usize {
    1 + text.as_bytes()[..at.min(text.len())].iter().filter(|b| **b == b'\n').count()
}
