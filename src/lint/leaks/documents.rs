//! Secrets that the structure of a document shows and its text does not: a name and a value on lines of their own, the values of
//! Secrets as they are built, defaults of Terraform's variables.

use data_encoding::{BASE64, BASE64_NOPAD};
use rustc_hash::FxHashMap;

use super::{is_encrypted, shown};
use crate::model::document::DocumentKind;
use crate::model::k8s::Object;
use crate::model::manifests::Manifests;
use crate::model::value::{Entry, Node, Origin};
use crate::secrets::{Leak, Scanner, Secret};
use crate::text::{Location, SourceId, SourceMap, Span};

/// Values nest no deeper, and none is looked at beyond so many bytes.
const MAX_DEPTH: usize = 200;
const MAX_LEN: usize = 1 << 20;

/// Keys beside which the value of a named thing stands: containers of Kubernetes and ECS, Helm's parameters.
const PAIRS: [(&str, &str); 3] = [("name", "value"), ("Name", "Value"), ("key", "value")];

/// Adds what documents and objects show, and gives leaks inside their values the place of the entry.
pub(super) fn complete(sources: &SourceMap, manifests: &Manifests, scanner: &Scanner, leaks: &mut Vec<Leak>) {
    let mut known: FxHashMap<SourceId, Vec<Span>> = FxHashMap::default();
    for leak in leaks.iter() {
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
        pass.walk(&object.root, 0);
    }
    // what generators and patches make of Secrets
    for object in manifests.applied().flat_map(|unit| &unit.objects).filter(|object| object.is("", "Secret")) {
        pass.secret(object);
    }
    for document in &manifests.documents {
        if document.kind == DocumentKind::Terraform {
            pass.variables(&document.root);
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
                let Some(written) = entry.value.as_str().filter(|text| text.len() <= MAX_LEN) else { continue };
                if is_sealed && written.starts_with("ENC[") || self.is_known(&entry.value.origin) {
                    continue;
                }
                let judged = if is_coded {
                    let packed: Vec<u8> = written.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
                    let decoded = BASE64.decode(&packed).or_else(|_| BASE64_NOPAD.decode(&packed));
                    decoded.ok().and_then(|bytes| self.scanner.judge_secret(&entry.key, &bytes))
                } else {
                    self.scanner.judge_secret(&entry.key, written.as_bytes())
                };
                if let Some(secret) = judged {
                    self.add(entry.place(), &entry.value.origin, &entry.key, secret);
                }
            }
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
        let Some(text) = entry.value.as_str().filter(|text| text.len() <= MAX_LEN) else { return };
        if self.is_known(&entry.value.origin) {
            return;
        }
        if let Some(secret) = self.scanner.judge(&[name], text) {
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
