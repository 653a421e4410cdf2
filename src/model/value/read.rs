//! A text in a data format → the values of its documents.

use super::data::{Repeated, from_data};
use super::{Node, Problem, ProblemKind, from_yaml};
use crate::diag::Diagnostic;
use crate::syntax::{data, hcl, json, toml, yaml};
use crate::text::{SourceId, Span};

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

/// Reads all documents of `text`. Reading cannot fail: what cannot be read is told in the diagnostics.
///
/// YAML scalars are typed as Kubernetes types them. JSON may hold several values. In HCL blocks are lists of maps, as
/// [`crate::syntax::hcl`] says; [`Node::blocks`] reads them and their JSON form alike.
#[must_use]
pub fn read(source: SourceId, text: &str, format: Format) -> Read {
    match format {
        Format::Yaml => read_yaml(source, text),
        Format::Json => from_stream(source, &json::read(source, text), Repeated::Problem),
        Format::Toml => from_stream(source, &toml::read(source, text), Repeated::Problem),
        Format::Hcl => from_stream(source, &hcl::read_hcl1(source, text), Repeated::Join),
        Format::Terraform => from_stream(source, &hcl::read_hcl2(source, text), Repeated::Join),
    }
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

fn read_yaml(source: SourceId, text: &str) -> Read {
    let stream = yaml::read(source, text);
    let mut read = Read { diagnostics: stream.diagnostics, ..Read::default() };
    for document in &stream.documents {
        let (root, problems) = from_yaml(source, document);
        for problem in problems {
            match problem.kind {
                ProblemKind::DuplicateKey => read.duplicates.push(problem),
                ProblemKind::Value => read.diagnostics.push(problem.diagnostic(source)),
            }
        }
        let span = document.root.as_ref().map_or(Span::default(), |root| root.span);
        read.documents.push(Document { root, complete: document.complete, templated: false, span });
    }
    read
}
