//! Documents whose places say that a value is secret: Secrets of Kubernetes, the generators of kustomize.

use std::collections::HashMap;

use super::detect::{Pass, Spot};
use super::file::Style;
use super::found::Class;
use super::judge::How;
use super::{kubernetes, shape};
use crate::syntax::yaml::template::{Inline, mask};
use crate::syntax::{data, json, yaml};
use crate::text::{SourceId, Span};

/// No reader reports here: places of its errors are of no interest.
const NOBODY: SourceId = SourceId(0);

/// How deep lists of objects are opened.
const DEPTH: usize = 4;

/// A value of either reader.
#[derive(Clone, Copy)]
enum Node<'t> {
    Yaml(&'t yaml::Node),
    Data(&'t data::Node),
}

impl<'t> Node<'t> {
    fn entries(self) -> Vec<(&'t str, Span, Node<'t>)> {
        match self {
            Self::Yaml(yaml::Node { kind: yaml::Kind::Map { entries, .. }, .. }) => {
                let named = |(key, value): &'t (yaml::Node, yaml::Node)| match &key.kind {
                    yaml::Kind::Scalar { text, .. } => Some((&**text, key.span, Node::Yaml(value))),
                    _ => None,
                };
                entries.iter().filter_map(named).collect()
            }
            Self::Data(data::Node { kind: data::Kind::Map(entries), .. }) => {
                entries.iter().map(|(key, value)| (&*key.text, key.span, Node::Data(value))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn get(self, name: &str) -> Option<Node<'t>> {
        self.entries().into_iter().find(|(key, ..)| *key == name).map(|(.., value)| value)
    }

    fn items(self) -> Vec<Node<'t>> {
        match self {
            Self::Yaml(yaml::Node { kind: yaml::Kind::List { items, .. }, .. }) => items.iter().map(Node::Yaml).collect(),
            Self::Data(data::Node { kind: data::Kind::List(items), .. }) => items.iter().map(Node::Data).collect(),
            _ => Vec::new(),
        }
    }

    fn text(self) -> Option<&'t str> {
        match self {
            Self::Yaml(yaml::Node { kind: yaml::Kind::Scalar { text, .. }, .. }) => Some(text),
            Self::Data(data::Node { kind: data::Kind::String(text), .. }) => Some(text),
            _ => None,
        }
    }

    fn span(self) -> Span {
        match self {
            Self::Yaml(node) => node.span,
            Self::Data(node) => node.span,
        }
    }

    /// The span without quotes.
    fn inner(self, text: &str) -> Span {
        let span = self.span();
        let written = text.get(span.range()).unwrap_or("");
        let quoted = written.len() >= 2 && written.starts_with(['"', '\'']) && written.ends_with(['"', '\'']);
        if quoted { Span::new(span.start + 1, span.end - 1) } else { span }
    }
}

impl Pass<'_> {
    /// Reads a window as a document, where it may hold one that says more than its bytes do.
    pub(super) fn structure(&mut self, bytes: &[u8]) {
        let interesting = |needle: &[u8]| memchr::memmem::find(bytes, needle).is_some();
        if self.is_state() && interesting(b"\"version\"") {
            if let Ok(text) = std::str::from_utf8(bytes) {
                let stream = json::read(NOBODY, text);
                for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
                    self.state(Node::Data(root), text);
                }
            }
            return;
        }
        let secret = matches!(self.kind.style, Style::Yaml | Style::Data | Style::Lines | Style::Prose)
            && (interesting(b"kind") && interesting(b"Secret") || interesting(b"secretGenerator"));
        if !secret {
            return;
        }
        let Ok(text) = std::str::from_utf8(bytes) else { return };
        if matches!(self.kind.style, Style::Prose | Style::Lines) && !is_document(text) {
            return self.islands(text);
        }
        if text.trim_start().starts_with('{') {
            let stream = json::read(NOBODY, text);
            for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
                self.object(Node::Data(root), text, &[], DEPTH);
            }
            return;
        }
        if self.kind.style != Style::Yaml && !text.contains("apiVersion") {
            return;
        }
        let masked = mask(text, Inline::Letters);
        let actions: Vec<Span> = masked.iter().flat_map(|masked| masked.actions.iter().map(|action| action.span)).collect();
        let stream = yaml::read(NOBODY, masked.as_ref().map_or(text, |masked| masked.text.as_str()));
        for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
            self.object(Node::Yaml(root), text, &actions, DEPTH);
        }
    }

    /// Objects in the code blocks of a page and in the here-documents of a script.
    fn islands(&mut self, text: &str) {
        let is_edge = |line: &str| {
            let line = line.trim();
            line.starts_with("```")
                || line.starts_with("~~~")
                || line.starts_with("----")
                || line.contains("<<")
                || !line.is_empty() && line.len() <= 20 && line.bytes().all(|b| b.is_ascii_uppercase() || b == b'_')
        };
        let base = self.base;
        let (mut start, mut at) = (0, 0);
        for line in text.split_inclusive('\n').chain([""]) {
            let last = line.is_empty();
            if last || is_edge(line) {
                let block = &text[start..at];
                if block.contains("kind: Secret") {
                    self.base = base + start;
                    let masked = mask(block, Inline::Letters);
                    let actions: Vec<Span> = masked.iter().flat_map(|masked| masked.actions.iter().map(|action| action.span)).collect();
                    let stream = yaml::read(NOBODY, masked.as_ref().map_or(block, |masked| masked.text.as_str()));
                    for root in stream.documents.iter().filter_map(|document| document.root.as_ref()) {
                        self.object(Node::Yaml(root), block, &actions, DEPTH);
                    }
                }
                start = at + line.len();
            }
            at += line.len();
        }
        self.base = base;
    }

    /// Whether the file is the state of Terraform or OpenTofu.
    fn is_state(&self) -> bool {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or(self.path);
        name.ends_with(".tfstate") || name.ends_with(".tfstate.backup")
    }

    /// What a state says is sensitive: outputs, attributes, the passwords that it made.
    fn state<'t>(&mut self, root: Node<'t>, text: &str) {
        let is_true = |node: Node<'_>| matches!(node, Node::Data(data::Node { kind: data::Kind::Bool(true), .. }));
        for (key, at, output) in root.get("outputs").map(Node::entries).unwrap_or_default() {
            if output.get("sensitive").is_some_and(is_true)
                && let Some(value) = output.get("value")
            {
                self.sensitive(key, at, value, text);
            }
        }
        for resource in root.get("resources").map(Node::items).unwrap_or_default() {
            let made = resource.get("type").and_then(Node::text) == Some("random_password");
            for instance in resource.get("instances").map(Node::items).unwrap_or_default() {
                let Some(attributes) = instance.get("attributes") else { continue };
                let named = |node: Node<'t>| node.entries().into_iter().map(|entry| (entry.0, entry)).collect::<HashMap<_, _>>();
                let all = named(attributes);
                if made && let Some((key, at, value)) = all.get("result") {
                    self.sensitive(key, *at, *value, text);
                }
                for path in instance.get("sensitive_attributes").map(Node::items).unwrap_or_default() {
                    let steps = path.items();
                    let mut names = steps.iter().filter_map(|step| step.get("value").and_then(Node::text));
                    let Some(first) = names.next() else { continue };
                    let found = names.fold(all.get(first).copied(), |found, name| named(found?.2).get(name).copied());
                    if let Some((key, at, value)) = found {
                        self.sensitive(key, at, value, text);
                    }
                }
            }
        }
    }

    /// A value that its document calls sensitive.
    fn sensitive(&mut self, key: &str, at: Span, value: Node<'_>, text: &str) {
        let Some(written) = value.text() else { return };
        // `db` may be its password or its address
        let own = if shape::is_place(written) { key } else { kubernetes::named(key) };
        let Some((judged, shown)) = kubernetes::judge(own, written.as_bytes(), self.now) else { return };
        if own != key && judged.class == Class::Password && !shape::is_password("password", written, How::Code) {
            return;
        }
        let inner = value.inner(text);
        let spot = Spot { start: inner.start as usize, end: inner.end as usize, key: Some((at.start as usize, at.end as usize)) };
        let secret = shown.get(judged.start..judged.end).filter(|secret| !secret.is_empty()).unwrap_or(&shown);
        let detector = if judged.detector.id == "kubernetes-secret" { &super::judge::RANDOM } else { judged.detector };
        let detector = if judged.class == super::found::Class::Password { &super::judge::PASSWORD } else { detector };
        self.add(detector, judged.class, judged.checks, spot, secret.as_bytes());
    }

    fn object(&mut self, object: Node<'_>, text: &str, actions: &[Span], depth: usize) {
        let kind = object.get("kind").and_then(Node::text);
        if kind == Some("Secret") {
            for (field, coded) in [("stringData", false), ("data", true)] {
                let Some(values) = object.get(field) else { continue };
                self.own(values.span());
                for (key, at, value) in values.entries() {
                    self.secret_value(key, at, value, coded, text, actions);
                }
            }
        } else if kind == Some("SealedSecret") {
            if let Some(values) = object.get("spec").and_then(|spec| spec.get("encryptedData")) {
                self.own(values.span());
            }
        } else if matches!(kind, Some("SecretStore" | "ClusterSecretStore")) {
            let data = object.get("spec").and_then(|spec| spec.get("provider")?.get("fake")?.get("data"));
            for item in data.map(Node::items).unwrap_or_default() {
                self.fake(item, text, actions);
            }
        } else if let Some(generators) = object.get("secretGenerator") {
            self.own(generators.span());
            for literal in generators.items().into_iter().filter_map(|item| item.get("literals")).flat_map(Node::items) {
                self.literal(literal, text);
            }
        } else if depth > 0 {
            for item in object.get("items").map(Node::items).unwrap_or_default() {
                self.object(item, text, actions, depth - 1);
            }
        }
    }

    /// A value that a store of External Secrets makes up (`provider.fake.data`): it stands in the file, and is a secret as any.
    fn fake(&mut self, item: Node<'_>, text: &str, actions: &[Span]) {
        let (Some(key), Some(value)) = (item.get("key"), item.get("value")) else { return };
        let name = kubernetes::named(key.text().unwrap_or(""));
        // what is JSON is read by its own keys
        if value.text().is_some_and(|value| !value.trim_start().starts_with('{')) {
            self.own(value.span());
            self.secret_value(name, key.span(), value, false, text, actions);
        }
    }

    /// `password=correct-horse-7` of a generator.
    fn literal(&mut self, node: Node<'_>, text: &str) {
        let Some((key, value)) = node.text().and_then(|text| text.split_once('=')) else { return };
        let Some((judged, shown)) = kubernetes::judge(key, value.as_bytes(), self.now) else { return };
        let inner = node.inner(text);
        let start = inner.start as usize + key.len() + 1;
        let key = (inner.start as usize, inner.start as usize + key.len());
        let secret = shown.get(judged.start..judged.end).unwrap_or(&shown);
        let spot = Spot { start: start.min(inner.end as usize), end: inner.end as usize, key: Some(key) };
        self.add(judged.detector, judged.class, judged.checks, spot, secret.as_bytes());
    }

    fn secret_value(&mut self, key: &str, at: Span, value: Node<'_>, coded: bool, text: &str, actions: &[Span]) {
        let span = value.span();
        // a template's value is not in the text
        let first = actions.partition_point(|action| action.end <= span.start);
        if actions.get(first).is_some_and(|action| action.start < span.end) {
            return;
        }
        let Some(written) = value.text() else { return };
        // no text, but nothing
        if matches!(text.get(span.range()), Some("null" | "Null" | "NULL" | "~")) {
            return;
        }
        if kubernetes::is_reference(written) {
            return;
        }
        let inner = value.inner(text);
        let spot = Spot { start: inner.start as usize, end: inner.end as usize, key: Some((at.start as usize, at.end as usize)) };
        let decoded;
        let bytes = if coded {
            // what is no base 64 is no value: the API server refuses it
            let Some(bytes) = kubernetes::decode(written) else { return };
            decoded = bytes;
            &decoded[..]
        } else {
            written.as_bytes()
        };
        let Some((judged, shown)) = kubernetes::judge(key, bytes, self.now) else { return };
        if coded {
            let judged = kubernetes::encoded(judged);
            let secret = shown.get(judged.start..judged.end).filter(|secret| !secret.is_empty()).unwrap_or(&shown);
            self.add(judged.detector, judged.class, judged.checks, spot, secret.as_bytes());
            return;
        }
        let raw = text.get(span.range()).unwrap_or("");
        for judged in kubernetes::all(key, &shown, judged, self.now) {
            let secret = shown.get(judged.start..judged.end).filter(|secret| !secret.is_empty()).unwrap_or(&shown);
            // on its own line, where it is written as it stands
            let own = if raw.contains('\n') && secret.len() < shown.len() { place(raw, &shown, secret, judged.start) } else { None };
            let spot = own.map_or(spot, |(at, length)| {
                let start = span.start as usize + at;
                Spot { start, end: start + length, ..spot }
            });
            self.add(judged.detector, judged.class, judged.checks, spot, secret.as_bytes());
        }
    }
}

/// Whether a text is a document as a whole, by its first line that is no comment.
fn is_document(text: &str) -> bool {
    const STARTS: [&str; 8] = ["{", "---", "apiVersion:", "kind:", "metadata:", "data:", "stringData:", "items:"];
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#')).unwrap_or("");
    STARTS.iter().any(|start| first.starts_with(start))
}

/// Where the first line of the part `secret` of a text, which starts at `at` of it, stands in the `raw` text that it is read from, and
/// its length.
fn place(raw: &str, text: &str, secret: &str, at: usize) -> Option<(usize, usize)> {
    let line = secret.lines().next().filter(|line| !line.is_empty())?;
    let before = text.get(..at)?.matches(line).count();
    raw.match_indices(line).nth(before).map(|(at, _)| (at, line.len()))
}
