//! Secrets that the structure of a document shows and its text does not: a name and a value on lines of their own, the values of
//! Secrets as they are built, defaults of Terraform's variables.

use data_encoding::{BASE64, BASE64_NOPAD};
use rustc_hash::FxHashMap;

use super::{is_encrypted, shown};
use crate::model::document::DocumentKind;
use crate::model::envoy::{object_holds_messages, secret_sources};
use crate::model::k8s::{Object, pod};
use crate::model::manifests::Manifests;
use crate::model::units::UnitKind;
use crate::model::value::{Entry, Node, Origin};
use crate::secrets::{Check, Leak, Scanner, Secret};
use crate::text::{Location, SourceId, SourceMap, Span};

/// Values nest no deeper, and none is looked at beyond so many bytes.
const MAX_DEPTH: usize = 200;
const MAX_LEN: usize = 1 << 20;

/// Keys beside which the value of a named thing stands: containers of Kubernetes and ECS, Helm's parameters.
const PAIRS: [(&str, &str); 3] = [("name", "value"), ("Name", "Value"), ("key", "value")];

/// Adds what documents and objects show, and gives leaks inside their values the place of the entry.
pub(super) fn complete(sources: &SourceMap, manifests: &Manifests, scanner: &Scanner, leaks: &mut Vec<Leak>) {
    let mut known: FxHashMap<SourceId, Vec<Span>> = FxHashMap::default();
    // a frame without a key says nothing of the place that it fills
    for leak in leaks.iter().filter(|leak| !leak.secret.checks.has(Check::Fake)) {
        known.entry(leak.at.source).or_default().push(leak.at.span);
    }
    for spans in known.values_mut() {
        spans.sort_unstable();
    }
    let mut pass = Pass { sources, scanner, known, found: Vec::new(), entries: FxHashMap::default() };
    for object in &manifests.objects {
        if object.is("", "Secret") {
            pass.secret(object);
        }
        if object_holds_messages(object) {
            pass.messages(&object.root);
        }
        pass.walk(&object.root, 0);
        pass.variables_of(object, |_| true);
    }
    // what generators and patches make
    for object in manifests.applied().filter(|unit| unit.kind != UnitKind::Plain).flat_map(|unit| &unit.objects) {
        if object.is("", "Secret") {
            pass.secret(object);
        }
        pass.brought(object);
    }
    for document in &manifests.documents {
        if document.kind == DocumentKind::Terraform {
            pass.variables(&document.root);
        }
        if document.kind == DocumentKind::Envoy {
            pass.messages(&document.root);
        }
        pass.walk(&document.root, 0);
    }
    let Pass { found, entries, .. } = pass;
    for leak in leaks.iter_mut() {
        let within = entries.get(&leak.at.source).into_iter().flatten().find(|(value, _)| value.covers(leak.at.span));
        if let Some((_, key)) = within {
            leak.key = Some(leak.key.map_or(*key, |own| Span::new(own.start.min(key.start), own.end.max(key.start))));
        }
    }
    leaks.extend(found);
}

struct Pass<'a> {
    sources: &'a SourceMap,
    scanner: &'a Scanner,
    /// The values that were found in texts, sorted.
    known: FxHashMap<SourceId, Vec<Span>>,
    found: Vec<Leak>,
    /// Values of several lines in files with leaks, with their keys.
    entries: FxHashMap<SourceId, Vec<(Span, Span)>>,
}

impl Pass<'_> {
    /// The values of a Secret: their place says that they are secret.
    fn secret(&mut self, object: &Object) {
        let is_sealed = object.root.get("sops").is_some();
        for (field, is_coded) in [("stringData", false), ("data", true)] {
            for entry in object.root.get(field).map_or(&[][..], Node::entries) {
                if !is_sealed || entry.value.as_str().is_none_or(|written| !written.starts_with("ENC[")) {
                    self.value(&entry.key, &entry.key, entry, is_coded);
                }
            }
        }
    }

    /// A value whose place says that it is secret; it is judged under `key`, and shown under `name`.
    fn value(&mut self, key: &str, name: &str, entry: &Entry, is_coded: bool) {
        let Some(written) = entry.value.as_str().filter(|text| text.len() <= MAX_LEN) else { return };
        if self.is_known(&entry.value.origin) {
            return;
        }
        let judged = if is_coded {
            let packed: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
            let decoded = BASE64.decode(&packed).or_else(|_| BASE64_NOPAD.decode(&packed));
            decoded.ok().and_then(|bytes| self.scanner.judge_secret(key, &bytes))
        } else {
            self.scanner.judge_secret(key, written.as_bytes())
        };
        if let Some(secret) = judged {
            self.add(entry.place(), &entry.value.origin, name, secret);
        }
    }

    /// Values of variables and of ConfigMaps that another file brings: a patch names them in a way of its own.
    fn brought(&mut self, object: &Object) {
        self.variables_of(object, |entry| !entry.value.origin.via.is_empty() || entry.value.origin.at.source != entry.origin.at.source);
    }

    /// Variables of containers and values of ConfigMaps: what a program is given as it stands.
    fn variables_of(&mut self, object: &Object, is_wanted: impl Fn(&Entry) -> bool) {
        if object.is("", "ConfigMap") {
            for entry in object.root.get("data").map_or(&[][..], Node::entries).iter().filter(|entry| is_wanted(entry)) {
                let is_line = |text: &str| !text.trim_end().contains('\n');
                self.judged(&entry.key, entry, |scanner, text| is_line(text).then(|| scanner.judge_variable(&entry.key, text)).flatten());
            }
        }
        for item in pod(object).iter().flat_map(|pod| pod.containers()).flat_map(|container| container.env()) {
            let (Some(name), Some(entry)) = (item.get("name").and_then(Node::as_str), item.entry("value")) else { continue };
            if is_wanted(entry) {
                self.judged(name, entry, |scanner, text| scanner.judge_variable(name, text));
            }
        }
    }

    /// What a configuration of Envoy writes out in the fields of secrets.
    fn messages(&mut self, root: &Node) {
        let mut all = Vec::new();
        secret_sources(root, &mut |found| all.push(found));
        for (found, (entry, is_coded)) in all.iter().flat_map(|found| found.inline().map(move |inline| (found, inline))) {
            // the field is called for what it may hold, a default password as well
            self.value(&entry.key, found.field, entry, is_coded);
        }
    }

    /// Defaults of Terraform's variables, whose names stand in the block's label.
    fn variables(&mut self, root: &Node) {
        for block in root.get("variable").map_or(&[][..], Node::entries) {
            let bodies = std::iter::once(&block.value).chain(block.value.items());
            for body in bodies {
                let Some(entry) = body.entry("default") else { continue };
                self.named(&block.key, entry);
            }
        }
    }

    fn walk(&mut self, node: &Node, depth: usize) {
        if depth > MAX_DEPTH {
            return;
        }
        let entries = node.entries();
        if entries.len() >= 2 {
            for (name, value) in PAIRS {
                let (Some(name), Some(entry)) = (node.get(name).and_then(Node::as_str), node.entry(value)) else { continue };
                self.named(name, entry);
                break;
            }
        }
        for entry in entries {
            self.remember(entry);
            self.walk(&entry.value, depth + 1);
        }
        node.items().iter().for_each(|item| self.walk(item, depth + 1));
    }

    /// A value of several lines in a file that leaks: what is inside belongs to its entry.
    fn remember(&mut self, entry: &Entry) {
        let at = entry.value.origin.at;
        if entry.value.as_str().is_none() || at.source != entry.origin.at.source || !self.known.contains_key(&at.source) {
            return;
        }
        if self.sources.get(at.source).slice(at.span).contains('\n') {
            self.entries.entry(at.source).or_default().push((at.span, entry.origin.at.span));
        }
    }

    fn named(&mut self, name: &str, entry: &Entry) {
        self.judged(name, entry, |scanner, text| scanner.judge(&[name], text));
    }

    fn judged(&mut self, name: &str, entry: &Entry, judge: impl Fn(&Scanner, &str) -> Option<Secret>) {
        let Some(text) = entry.value.as_str().filter(|text| text.len() <= MAX_LEN) else { return };
        if self.is_known(&entry.value.origin) {
            return;
        }
        if let Some(secret) = judge(self.scanner, text) {
            self.add(entry.place(), &entry.value.origin, name, secret);
        }
    }

    /// Whether a secret was found in the value's text.
    fn is_known(&self, origin: &Origin) -> bool {
        let outer = self.sources.outer(origin.at);
        let Some(spans) = self.known.get(&outer.source) else { return false };
        let first = spans.partition_point(|span| span.end <= outer.span.start);
        spans.get(first).is_some_and(|span| span.start < outer.span.end)
    }

    fn add(&mut self, key: &Origin, value: &Origin, name: &str, secret: Secret) {
        let at = self.sources.outer(value.at);
        let key = self.sources.outer(key.at);
        let file = self.sources.get(at.source);
        if at.span.is_empty() || file.text.len() < at.span.end as usize {
            return;
        }
        self.found.push(Leak {
            at: unquoted(self.sources, at),
            key: (key.source == at.source).then_some(key.span),
            name: shown(name),
            secret,
            in_encrypted: is_encrypted(&file.text),
            allowed: None,
        });
    }
}

fn unquoted(sources: &SourceMap, at: Location) -> Location {
    let written = sources.get(at.source).slice(at.span);
    let quoted = written.len() > 1 && matches!(written.as_bytes()[0], b'"' | b'\'') && written.ends_with(&written[..1]);
    Location { source: at.source, span: if quoted { Span::new(at.span.start + 1, at.span.end - 1) } else { at.span } }
}
