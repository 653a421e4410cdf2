//! The secrets of a run: what the detection found in texts, and what only the structure of a document shows; who allows them.

mod allow;
mod documents;
mod judge;

use rustc_hash::FxHashMap;

use crate::model::manifests::Manifests;
use crate::secrets::{Class, Found, Ignored, Leak, Scanner};
use crate::text::{Location, SourceId, SourceMap, Span};

pub(super) use judge::{Candidates, Taken, candidates, is_near_secret, one_a_value, settle, severity_at};
pub use judge::{describe, rule_of};

/// A name is not shown beyond so many bytes.
const MAX_NAME: usize = 80;

/// The secrets of all texts, by file and place. `found` is what was found in the bytes of files.
pub(super) fn collect(
    sources: &SourceMap,
    manifests: &Manifests,
    scanner: &Scanner,
    ignored: &Ignored,
    found: &FxHashMap<SourceId, Vec<Found>>,
) -> Vec<Leak> {
    let mut leaks: Vec<Leak> = Vec::new();
    for (source, all) in found {
        let file = sources.get(*source);
        let in_encrypted = !all.is_empty() && is_encrypted(&file.text);
        leaks.extend(all.iter().map(|found| Leak {
            at: Location { source: *source, span: found.at },
            key: found.key,
            name: found.key.map(|key| shown(file.slice(key))).unwrap_or_default(),
            secret: found.secret,
            in_encrypted,
            allowed: None,
        }));
    }
    documents::complete(sources, manifests, scanner, &mut leaks);
    leaks.sort_by_key(|leak| (leak.at.source, leak.at.span, leak.secret.class));
    leaks.dedup_by(|a, b| a.at == b.at);
    for leak in &mut leaks {
        let (first, last) = lines(sources, leak);
        let number = |line: usize| u32::try_from(line + 1).unwrap_or(u32::MAX);
        let listed = ignored.has(&sources.get(leak.at.source).path, number(first), number(last)).then_some(Ignored::MARK);
        leak.allowed = allow::mark(sources.get(leak.at.source), leak).or(listed);
    }
    leaks
}

/// A name as it may be shown; empty for what could be a value itself.
#[must_use]
pub fn shown(name: &str) -> String {
    let name = name.trim().trim_matches(['"', '\'']);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | ':' | '@' | '[' | ']');
    if name.len() <= MAX_NAME && name.chars().all(is_name) { name.to_owned() } else { String::new() }
}

/// Whether SOPS encrypted the text: all of it, as far as its rules say (getsops.io, "Encrypting only parts of a file").
fn is_encrypted(text: &str) -> bool {
    let has = |needle: &str| memchr::memmem::find(text.as_bytes(), needle.as_bytes()).is_some();
    has("ENC[AES256_GCM,") && ["\nsops:", "\"sops\":", "\nsops_mac=", "\n[sops]"].iter().any(|mark| has(mark))
}

/// The lines that a leak stands on, 0-based: those of its name and of its value.
fn lines(sources: &SourceMap, leak: &Leak) -> (usize, usize) {
    let file = sources.get(leak.at.source);
    let start = leak.key.map_or(leak.at.span.start, |key| key.start.min(leak.at.span.start));
    let end = Span::new(start, leak.at.span.end.max(start + 1)).end - 1;
    (file.line(start), file.line(end))
}

/// What of each file is not to be shown.
pub(super) fn spans(leaks: &[Leak]) -> Vec<(SourceId, Vec<Span>)> {
    let mut out: Vec<(SourceId, Vec<Span>)> = Vec::new();
    for leak in leaks.iter().filter(|leak| leak.secret.class != Class::Public) {
        match out.last_mut().filter(|(source, _)| *source == leak.at.source) {
            Some((_, spans)) => spans.push(leak.at.span),
            None => out.push((leak.at.source, vec![leak.at.span])),
        }
    }
    out
}
