//! The OpenTelemetry collector's configuration (<https://opentelemetry.io/docs/collector/configuration/>).

use super::document::{Document, DocumentKind};
use super::k8s::Object;
use super::part::Part;
use super::value::{Entry, Node, Value};

/// A collector's configuration.
#[derive(Clone, Copy, Debug)]
pub struct Collector<'n> {
    pub root: &'n Node,
    /// Nothing can be said to be absent.
    pub partial: bool,
}

/// The type of a component: what stands before the slash in `otlp/backend`.
#[must_use]
pub fn component_type(id: &str) -> &str {
    id.split('/').next().unwrap_or(id)
}

/// The configuration that a part is or holds, as [`of_document`] and [`of_object`] read it.
#[must_use]
pub fn of(part: Part<'_>) -> Option<Collector<'_>> {
    match part {
        Part::Document(document) => of_document(document),
        Part::Object(object) => of_object(object),
        Part::Script(_) => None,
    }
}

/// The configuration that a document is.
#[must_use]
pub fn of_document(document: &Document) -> Option<Collector<'_>> {
    (document.kind == DocumentKind::Otel).then(|| Collector { root: &document.root, partial: document.partial })
}

/// The configuration that an OpenTelemetryCollector holds as values; those that it holds as text are documents.
#[must_use]
pub fn of_object(object: &Object) -> Option<Collector<'_>> {
    if !object.is("opentelemetry.io", "OpenTelemetryCollector") {
        return None;
    }
    let root = object.root.path(&["spec", "config"]).filter(|node| matches!(node.value, Value::Map(_)))?;
    Some(Collector { root, partial: object.partial })
}

/// A protocol of an OTLP receiver.
#[derive(Clone, Copy, Debug)]
pub struct Protocol<'n> {
    pub receiver: &'n str,
    /// `grpc` or `http`.
    pub entry: &'n Entry,
}

impl<'n> Collector<'n> {
    /// The components of a section: `receivers`, `exporters`, `extensions`.
    #[must_use]
    pub fn components(&self, section: &str) -> &'n [Entry] {
        self.root.get(section).map_or(&[], Node::entries)
    }

    /// The protocols that OTLP receivers listen for, `null` ones included.
    pub fn otlp_protocols(&self) -> impl Iterator<Item = Protocol<'n>> {
        let receivers = self.components("receivers").iter().filter(|entry| component_type(&entry.key) == "otlp");
        receivers.flat_map(|receiver| {
            let protocols = receiver.value.get("protocols").map_or(&[][..], Node::entries);
            let known = protocols.iter().filter(|entry| matches!(&*entry.key, "grpc" | "http"));
            known.map(|entry| Protocol { receiver: &receiver.key, entry })
        })
    }

    /// The pipelines, by name.
    #[must_use]
    pub fn pipelines(&self) -> &'n [Entry] {
        self.root.path(&["service", "pipelines"]).map_or(&[], Node::entries)
    }

    /// The places where pipelines name a component in their list `role`; the collector takes one name for a list.
    pub fn uses(&self, role: &str, id: &str) -> impl Iterator<Item = (&'n Entry, &'n Node)> {
        self.pipelines().iter().flat_map(move |pipeline| {
            let named = pipeline.value.get(role);
            let items = named.map_or(&[][..], Node::items).iter().chain(named.filter(|node| node.as_str().is_some()));
            items.filter(move |item| item.as_str() == Some(id)).map(move |item| (pipeline, item))
        })
    }
}

/// The host of `host:port` or of a URL; empty where an address names none, which is all interfaces.
#[must_use]
pub fn host(endpoint: &str) -> &str {
    let rest = endpoint.split_once("://").map_or(endpoint, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let authority = authority.rsplit('@').next().unwrap_or(authority);
    if let Some(end) = authority.strip_prefix('[').and_then(|inner| inner.find(']')) {
        return &authority[1..=end];
    }
    match authority.rsplit_once(':') {
        // an address of version 6 without brackets
        Some((host, _)) if host.contains(':') => authority,
        Some((host, _)) => host,
        None => authority,
    }
}
