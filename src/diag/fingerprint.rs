use std::fmt;

use rustc_hash::FxHashMap;

use super::{Diagnostic, Place};
use crate::text::{SourceId, SourceMap};

/// Names a finding across runs: the same while its rule, file, subject and line's text stay, wherever the line moves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Fingerprint(u128);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The fingerprint of each finding. Equal ones are told apart by their order, so `findings` must be sorted.
#[must_use]
pub fn fingerprints(sources: &SourceMap, findings: &[Diagnostic]) -> Vec<Fingerprint> {
    let mut lines = FxHashMap::default();
    let mut seen: FxHashMap<u128, u64> = FxHashMap::default();
    let fingerprint = |finding: &Diagnostic| {
        let (path, line) = match finding.place {
            Place::Run => ("", None),
            Place::File(id) => (sources.get(id).path.as_str(), None),
            Place::At(at) => {
                let source = sources.get(at.source);
                let line = source.line(at.span.start.min(super::offset(source.text.len())));
                (source.path.as_str(), Some((at.source, line)).filter(|_| !is_exact(finding)))
            }
        };
        let line = line.map_or(0, |(id, line)| *lines.entry((id, line)).or_insert_with(|| line_hash(sources, id, line)));
        let path = sources.anchor.name(path);
        let all = [finding.rule.as_bytes(), path.as_bytes(), finding.subject.as_bytes(), &line.to_be_bytes()];
        let base = all.iter().fold(BASIS, |hash, part| field(hash, part));
        let ordinal = seen.entry(base).or_default();
        *ordinal += 1;
        Fingerprint(field(base, &(*ordinal - 1).to_be_bytes()))
    };
    findings.iter().map(fingerprint).collect()
}

/// A hash of a line with a secret would let it be guessed.
fn is_exact(finding: &Diagnostic) -> bool {
    finding.subject_is_exact || finding.is_secret
}

fn line_hash(sources: &SourceMap, id: SourceId, line: usize) -> u128 {
    let source = sources.get(id);
    let line = source.line_span(line).map_or("", |span| source.slice(span));
    field(BASIS, line.trim().as_bytes())
}

/// FNV-1a, 128 bits (IETF draft-eastlake-fnv): stable across releases and platforms. The field's length goes first, so that
/// no two lists of fields run together.
fn field(hash: u128, bytes: &[u8]) -> u128 {
    let length = (bytes.len() as u64).to_be_bytes();
    length.iter().chain(bytes).fold(hash, |hash, byte| (hash ^ u128::from(*byte)).wrapping_mul(PRIME))
}

const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0100_0000_0000_0000_0000_013b;
