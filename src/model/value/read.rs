//! A text in a data format → the values of its documents.

use super::{Node, from_yaml};
use crate::diag::Diagnostic;
use crate::syntax::yaml;
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
    /// What is wrong with it, in text order.
    pub diagnostics: Vec<Diagnostic>,
}

/// Reads all documents of `text`. Reading cannot fail: what cannot be read is told in the diagnostics.
#[must_use]
pub fn read(source: SourceId, text: &str, format: Format) -> Read {
    match format {
        Format::Yaml | Format::Json => read_yaml(source, text),
        Format::Toml | Format::Hcl | Format::Terraform => Read::default(),
    }
}

fn read_yaml(source: SourceId, text: &str) -> Read {
    let stream = yaml::read(source, text);
    let mut diagnostics = stream.diagnostics;
    let mut documents = Vec::with_capacity(stream.documents.len());
    for document in &stream.documents {
        let (root, problems) = from_yaml(source, document);
        diagnostics.extend(problems.iter().map(|problem| problem.diagnostic(source)));
        let span = document.root.as_ref().map_or(Span::default(), |root| root.span);
        documents.push(Document { root, complete: document.complete, templated: false, span });
    }
    Read { documents, diagnostics }
}
