//! Fixture cases: `*.ztest.yaml` files that say what a query decides for an input.

mod expect;
mod fields;

use std::sync::Arc;

use crate::diag::{Diagnostic, Place, Severity};
use crate::eval::Value;
use crate::model::value::{self, Node, Scalar};
use crate::syntax::yaml;
use crate::text::{Location, SourceId, Span};

pub(in crate::test) use expect::key_as_string;
pub use expect::{Expect, plain, value_matches};

/// Gives the text of a file by its path, written as the case file's path is; `None` where it cannot be read.
pub type Files<'f> = &'f dyn Fn(&str) -> Option<Arc<str>>;

/// One case.
#[derive(Clone, Debug)]
pub struct Case {
    /// Unique in its file.
    pub name: String,
    /// The whole case.
    pub at: Span,
    pub name_span: Span,
    /// Rego, as in `data.authz.allow`.
    pub query: String,
    pub query_span: Span,
    /// `None` leaves `input` undefined.
    pub input: Option<Value>,
    /// Laid over the data documents of the run.
    pub data: Option<Value>,
    pub expect: Expect,
    /// The expected value, or the `true` of `undefined: true`.
    pub expect_at: Option<Span>,
    /// Why the case is not run; empty where no reason is given.
    pub skip: Option<String>,
    /// Why the case may fail for now; empty where no reason is given.
    pub todo: Option<String>,
    /// The files that `input_file` and `data_file` name, as paths.
    pub files: Vec<String>,
    /// Which document of the file it stands in, and where in that: for recording.
    pub(super) place: CasePlace,
}

/// The way from a file's start to a case.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct CasePlace {
    pub(super) document: usize,
    /// Whether the cases stand under `cases`.
    pub(super) under_key: bool,
    /// The position in a list of cases; `None` for a document that is one case.
    pub(super) item: Option<usize>,
}

/// The endings of files of cases.
const ENDINGS: [&str; 2] = [".ztest.yaml", ".ztest.yml"];

/// Whether a path names a file of cases.
#[must_use]
pub fn is_case_file(path: &str) -> bool {
    ENDINGS.iter().any(|ending| path.ends_with(ending))
}

/// Reads the cases of the file at `path` (relative, with `/`).
///
/// A case with a mistake is left out and the mistake is a `test-case-error`; the other cases are there.
#[must_use]
pub fn read(source: SourceId, path: &str, text: &str, files: Files<'_>) -> (Vec<Case>, Vec<Diagnostic>) {
    let stream = yaml::read(source, text);
    let mut reader = Reader { source, path, files, cases: Vec::new(), found: stream.diagnostics };
    for (number, document) in stream.documents.iter().enumerate() {
        if !document.complete {
            // its syntax error is a finding
            continue;
        }
        let (root, problems) = value::from_yaml(source, document);
        reader.found.extend(problems.iter().map(|problem| problem.diagnostic(source)));
        if let Some(root) = root {
            reader.document(&root, number);
        }
    }
    reader.unique_names();
    let Reader { cases, mut found, .. } = reader;
    found.sort_by_key(|d| match d.place {
        Place::At(at) => at.span,
        _ => Span::default(),
    });
    (cases, found)
}

/// The value of a node as Rego sees it; `None` where a scalar in it is unknown.
#[must_use]
pub fn to_value(node: &Node) -> Option<Value> {
    Some(match &node.value {
        value::Value::Map(entries) => {
            let entries = entries.iter().map(|entry| Some((Value::string(entry.key.clone()), to_value(&entry.value)?)));
            entries.collect::<Option<Vec<_>>>()?.into_iter().collect()
        }
        value::Value::List(items) => Value::array(items.iter().map(to_value).collect::<Option<_>>()?),
        value::Value::Scalar(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Bool(value) => Value::Bool(*value),
            Scalar::Number(text) => Value::Number(crate::eval::Number::new(text)),
            Scalar::String(text) => Value::string(text.clone()),
            Scalar::Unknown(_) => return None,
        },
    })
}

struct Reader<'r> {
    source: SourceId,
    path: &'r str,
    files: Files<'r>,
    cases: Vec<Case>,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn at(&self, span: Span) -> Location {
        Location { source: self.source, span }
    }

    fn error(&mut self, span: Span, message: impl Into<String>, help: Option<String>) {
        let place = Place::At(self.at(span));
        let found = Diagnostic::new("test-case-error", "syntax", Severity::Error, place, message);
        self.found.push(match help {
            Some(help) => found.with_help(help),
            None => found,
        });
    }

    fn document(&mut self, root: &Node, document: usize) {
        match &root.value {
            value::Value::List(items) => self.list(items, CasePlace { document, under_key: false, item: None }),
            value::Value::Map(entries) => {
                let Some(cases) = entries.iter().find(|entry| &*entry.key == "cases") else {
                    self.case(root, CasePlace { document, under_key: false, item: None });
                    return;
                };
                for entry in entries.iter().filter(|entry| &*entry.key != "cases") {
                    let message = format!("unknown key `{}` beside `cases`", entry.key);
                    self.error(entry.origin.at.span, message, Some("put it into each of the cases".to_owned()));
                }
                match &cases.value.value {
                    value::Value::List(items) => self.list(items, CasePlace { document, under_key: true, item: None }),
                    _ => {
                        let message = format!("`cases` is a {}, expected a list of cases", cases.value.type_name());
                        self.error(cases.value.span(), message, None);
                    }
                }
            }
            value::Value::Scalar(_) => {
                let message = format!("found a {}, expected a list of cases", root.type_name());
                self.error(root.span(), message, Some("write cases as `- name: …` with `query` and `expect`".to_owned()));
            }
        }
    }

    fn list(&mut self, items: &[Node], place: CasePlace) {
        for (item, node) in items.iter().enumerate() {
            self.case(node, CasePlace { item: Some(item), ..place });
        }
    }

    fn unique_names(&mut self) {
        let mut seen = std::collections::HashMap::new();
        let mut twice = Vec::new();
        self.cases.retain(|case| match seen.get(&case.name) {
            None => {
                seen.insert(case.name.clone(), case.name_span);
                true
            }
            Some(first) => {
                twice.push((case.name.clone(), case.name_span, *first));
                false
            }
        });
        for (name, span, first) in twice {
            let place = Place::At(self.at(span));
            let message = format!("a second case of the name `{name}`");
            let found = Diagnostic::new("test-case-error", "syntax", Severity::Error, place, message)
                .with_label(self.at(first), "the first one")
                .with_help("give each case of a file its own name");
            self.found.push(found);
        }
    }
}
