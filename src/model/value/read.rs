//! A text in a data format → the values of its documents.

use std::sync::Arc;

use super::data::{Repeated, from_data};
use super::resolve::{COLLECTION_AS_KEY, resolve};
use super::template::Template;
use super::{Node, Origin, Problem, ProblemKind, Scalar, Schema, Value};
use crate::diag::{Diagnostic, Place};
use crate::syntax::yaml::template::{Action, Inline, Masked, is_engine_template, mask};
use crate::syntax::{data, hcl, json, toml, yaml};
use crate::text::{Location, SourceId, Span};

/// A data format.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Format {
    Yaml,
    Json,
    Toml,
    /// HCL1, as SPIRE and Vault read it.
    Hcl,
    /// HCL2, as Terraform reads it.
    Terraform,
    /// No data: the one value is the whole text as a string.
    Text,
}

/// One document of a text.
#[derive(Debug)]
pub struct Document {
    /// `None` where it is empty.
    pub root: Option<Node>,
    /// `false` where a syntax error cut it off: what came before is there, and nothing can be said to be absent.
    pub complete: bool,
    /// Read around template actions: nothing can be said to be absent.
    pub templated: bool,
    /// Where the document lies in its text.
    pub span: Span,
}

/// What a text holds.
#[derive(Debug, Default)]
pub struct Read {
    pub documents: Vec<Document>,
    /// Syntax errors and values that cannot be what they are written as, in text order.
    pub diagnostics: Vec<Diagnostic>,
    /// Keys that stand twice in a map, in text order: no reader of manifests refuses them, so they are no syntax errors.
    pub duplicates: Vec<Problem>,
    /// Why nothing of the text could be read, where that is no mistake: a template that only its engine can read.
    pub skipped: Option<&'static str>,
}

const ENGINE: &str = "a template that only its engine can read";

/// Reads all documents of `text`. Reading cannot fail: what cannot be read is told in the diagnostics.
///
/// YAML scalars are typed as Kubernetes types them. JSON may hold several values. In HCL blocks are lists of maps, as
/// [`crate::syntax::hcl`] says; [`Node::blocks`] reads them and their JSON form alike.
#[must_use]
pub fn read(source: SourceId, text: &str, format: Format) -> Read {
    match format {
        Format::Yaml => read_yaml(source, text),
        Format::Json => read_json(source, text),
        Format::Toml => from_stream(source, &toml::read(source, text), Repeated::Problem),
        Format::Hcl => read_hcl(source, text),
        // Terraform's JSON: a body never begins with a brace
        Format::Terraform if text.trim_start_matches('\u{feff}').trim_start().starts_with('{') => read_terraform_json(source, text),
        Format::Terraform => from_stream(source, &hcl::read_hcl2(source, text), Repeated::Join),
        Format::Text => whole(source, text),
    }
}

fn whole(source: SourceId, text: &str) -> Read {
    let span = Span::new(0, u32::try_from(text.len()).unwrap_or(u32::MAX));
    let origin = Origin { at: Location { source, span }, via: Arc::default() };
    let root = Node { value: Value::Scalar(Scalar::String(text.into())), origin };
    Read { documents: vec![Document { root: Some(root), complete: true, templated: false, span }], ..Read::default() }
}

fn from_stream(source: SourceId, stream: &data::Stream, repeated: Repeated) -> Read {
    let mut read = Read { diagnostics: stream.diagnostics.clone(), ..Read::default() };
    for document in &stream.documents {
        let root = document.root.as_ref().map(|root| {
            let (node, problems) = from_data(source, root, repeated);
            read.duplicates.extend(problems);
            node
        });
        read.documents.push(Document { root, complete: document.complete, templated: false, span: document.span });
    }
    read
}

fn read_json(source: SourceId, text: &str) -> Read {
    let mut read = from_stream(source, &json::read(source, text), Repeated::Problem);
    let Some(Place::At(at)) = read.diagnostics.first().map(|found| found.place) else { return read };
    let Some(masked) = mask(text, Inline::Letters) else { return read };
    if is_engine_template(text) || masked.actions.iter().any(|action| action.span.contains(at.span.start)) {
        // what comes before the first action is there
        for document in &mut read.documents {
            document.templated = true;
        }
        read.diagnostics.clear();
        read.duplicates.clear();
        read.skipped = Some(ENGINE);
    }
    read
}

/// Terraform's JSON syntax: its strings are templates, so what they interpolate is unknown.
fn read_terraform_json(source: SourceId, text: &str) -> Read {
    let mut read = from_stream(source, &json::read(source, text), Repeated::Problem);
    read.documents
        .iter_mut()
        .filter_map(|document| document.root.as_mut())
        .for_each(|root| root.open_texts(|text| text.contains("${") || text.contains("%{")));
    read
}

fn read_hcl(source: SourceId, text: &str) -> Read {
    let read = from_stream(source, &hcl::read_hcl1(source, text), Repeated::Join);
    if read.diagnostics.is_empty() {
        return read;
    }
    let Some(masked) = mask(text, Inline::Letters) else { return read };
    let mut around = from_stream(source, &hcl::read_hcl1(source, &as_strings(masked)), Repeated::Join);
    if !around.diagnostics.is_empty() && !is_engine_template(text) {
        return read;
    }
    for document in &mut around.documents {
        document.templated = true;
    }
    around.diagnostics.clear();
    around.duplicates.clear();
    around
}

/// A masked text with a string in the place of each action that writes something; in it are the braces that tell that it is not known.
/// An action inside a string keeps its braces.
fn as_strings(masked: Masked) -> String {
    let mut bytes = masked.text.into_bytes();
    for action in &masked.actions {
        let range = action.span.range();
        // what is blanked writes nothing
        if range.len() < 4 || bytes[range.clone()].iter().any(|byte| *byte != b'x') {
            continue;
        }
        let line = memchr::memrchr(b'\n', &bytes[..range.start]).map_or(0, |at| at + 1);
        let inside = bytes[line..range.start].iter().filter(|byte| **byte == b'"').count() % 2 == 1;
        let part = &mut bytes[range];
        let last = part.len() - 1;
        part.fill(b'_');
        if inside {
            part[..2].copy_from_slice(b"{{");
        } else {
            part[..3].copy_from_slice(b"\"{{");
            part[last] = b'"';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn read_yaml(source: SourceId, text: &str) -> Read {
    let read = read_stream(source, &yaml::read(source, text), None);
    let suspicious = |document: &Document| {
        let written = text.get(document.span.range()).unwrap_or("");
        (!document.complete || document.templated) && (written.contains("{{") || written.contains("{%"))
    };
    if !read.documents.iter().any(suspicious) {
        return plain(read);
    }
    read_template(source, text).unwrap_or_else(|| plain(read))
}

/// What was read, where it turned out to be no template.
fn plain(mut read: Read) -> Read {
    for document in &mut read.documents {
        document.templated = false;
    }
    read
}

/// The text read around template actions, `None` where these are not what keeps it from being YAML.
fn read_template(source: SourceId, text: &str) -> Option<Read> {
    let attempt = |inline: Inline| {
        let masked = mask(text, inline)?;
        let stream = yaml::read(source, &masked.text);
        let errors = stream.documents.iter().filter(|document| !document.complete).count();
        let template = Template { original: text, masked: &masked };
        let mut read = read_stream(source, &stream, Some(&template));
        // a document is whole where no action lies in it and no block is open around it
        let mut actions = masked.actions.iter().peekable();
        let mut open = 0;
        for document in &mut read.documents {
            while let Some(action) = actions.next_if(|action| action.span.end <= document.span.start) {
                open += opens(text, action);
            }
            document.templated = open != 0 || actions.peek().is_some_and(|action| action.span.start < document.span.end);
        }
        Some((errors, read))
    };
    let (errors, read) = attempt(Inline::Letters)?;
    let (errors, mut read) = match errors {
        0 => (0, read),
        _ => match attempt(Inline::Blanks)? {
            (fewer, better) if fewer < errors => (fewer, better),
            _ => (errors, read),
        },
    };
    if errors > 0 && !is_engine_template(text) {
        return None;
    }
    read.diagnostics.clear();
    read.duplicates.clear();
    if read.documents.iter().all(|document| document.root.is_none()) {
        read.skipped = Some(ENGINE);
    }
    Some(read)
}

/// By how much an action of a template opens or closes blocks.
fn opens(text: &str, action: &Action) -> i32 {
    let written = text.get(action.span.range()).unwrap_or("").trim_start_matches(['{', '%', '-', ' ', '\t', '\r', '\n']);
    match written.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("") {
        _ if !action.control => 0,
        "if" | "with" | "range" | "block" | "for" => 1,
        word if word.starts_with("end") => -1,
        _ => 0,
    }
}

/// The values of a stream. A document is marked as templated where a key of it is `{{ … }}`, which YAML reads as maps in maps.
fn read_stream(source: SourceId, stream: &yaml::Stream, template: Option<&Template<'_>>) -> Read {
    let mut read = Read { diagnostics: stream.diagnostics.clone(), ..Read::default() };
    for document in &stream.documents {
        let (root, problems) = resolve(source, document, Schema::Kubernetes, template);
        let mut templated = false;
        for problem in problems {
            match problem.kind {
                ProblemKind::DuplicateKey => read.duplicates.push(problem),
                ProblemKind::Value => {
                    templated |= problem.message == COLLECTION_AS_KEY;
                    read.diagnostics.push(problem.diagnostic(source));
                }
            }
        }
        read.documents.push(Document { root, complete: document.complete, templated, span: document.span });
    }
    read.diagnostics.sort_by_key(|found| if let Place::At(at) = found.place { at.span } else { Span::default() });
    read
}
