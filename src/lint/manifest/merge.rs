//! One finding a defect: what several objects and units show of one place is said once.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use super::Found;
use crate::diag::{Applicability, Place};
use crate::lint::engine::Work;
use crate::lint::manifest::Finding;
use crate::model::document::{Document, DocumentKind};
use crate::model::units::Unit;
use crate::text::{Location, SourceId, SourceMap};

/// One finding for each rule and outermost place: that of the first object, or of the worst, where objects share what is written there
/// through an alias, or variants name it differently. Where several units hold what it is about and only some show it, these
/// are its variants, and their kustomizations decide it; and a fix of what several units share is unsafe at best.
pub(super) fn merge(work: &Work<'_>, units: &[&Unit], found: Vec<Found>) -> Vec<Finding> {
    let sources = work.sources;
    let kustomizations = kustomizations(work);
    let holders = holders(sources, units);
    let mut places: FxHashMap<(Cow<'static, str>, Location, Option<Location>), usize> = FxHashMap::default();
    let mut merged: Vec<(Finding, Vec<usize>)> = Vec::new();
    for Found { diagnostic, unit, deciders } in found {
        let Place::At(at) = diagnostic.place else {
            merged.push((Finding { diagnostic, deciders }, Vec::new()));
            continue;
        };
        let key = (diagnostic.rule.clone(), sources.outer(at), diagnostic.value);
        let slot = match places.get(&key) {
            Some(slot) => {
                let known = &mut merged[*slot].0;
                known.deciders.extend(deciders);
                if diagnostic.severity > known.diagnostic.severity {
                    known.diagnostic = diagnostic;
                }
                *slot
            }
            None => {
                places.insert(key, merged.len());
                merged.push((Finding { diagnostic, deciders }, Vec::new()));
                merged.len() - 1
            }
        };
        let seen = &mut merged[slot].1;
        if let Some(unit) = unit.filter(|unit| !seen.contains(unit)) {
            seen.push(unit);
        }
    }
    for (Finding { diagnostic, deciders }, seen) in &mut merged {
        let Place::At(at) = diagnostic.place else { continue };
        let holding = holders.get(&sources.outermost(at.source)).map(Vec::len);
        let shared = holding.unwrap_or(1);
        // only some units show it, or it lies in a patch
        if holding.is_none_or(|all| seen.len() < all) {
            deciders.extend(seen.iter().filter_map(|unit| kustomizations.get(units[*unit].name.as_str())));
        }
        if shared > 1 && seen.len() < shared {
            diagnostic.variants = seen.iter().map(|unit| units[*unit].name.clone()).collect();
        }
        if shared > 1
            && let Some(fix) = &mut diagnostic.fix
        {
            fix.applicability = fix.applicability.min(Applicability::Unsafe);
        }
    }
    one_a_line(sources, merged.into_iter().map(|(finding, _)| finding))
}

/// One finding for each rule and line, the worst: objects that share a value through an alias show one defect, and so do the values
/// of a map in flow style. Secrets are told apart.
fn one_a_line(sources: &SourceMap, findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut lines: FxHashMap<(Cow<'static, str>, SourceId, usize, Option<Location>), usize> = FxHashMap::default();
    let mut out: Vec<Finding> = Vec::new();
    for mut finding in findings {
        let Place::At(at) = finding.diagnostic.place else {
            out.push(finding);
            continue;
        };
        let outer = sources.outer(at);
        let line = sources.get(outer.source).line(outer.span.start);
        let key = (finding.diagnostic.rule.clone(), outer.source, line, finding.diagnostic.value);
        let Some(known) = lines.get(&key).map(|known| &mut out[*known]) else {
            lines.insert(key, out.len());
            out.push(finding);
            continue;
        };
        if finding.diagnostic.severity > known.diagnostic.severity {
            std::mem::swap(known, &mut finding);
        }
        known.deciders.append(&mut finding.deciders);
        known.diagnostic.others += 1 + std::mem::take(&mut finding.diagnostic.others);
        // what all units show is no variant
        match &finding.diagnostic.variants[..] {
            [] => known.diagnostic.variants.clear(),
            others if !known.diagnostic.variants.is_empty() => {
                let new = others.iter().filter(|name| !known.diagnostic.variants.contains(name)).cloned().collect::<Vec<_>>();
                known.diagnostic.variants.extend(new);
            }
            _ => {}
        }
    }
    out
}

/// The kustomizations' files by folder, as units are named.
fn kustomizations<'a>(work: &Work<'a>) -> FxHashMap<&'a str, SourceId> {
    let documents = work.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Kustomization);
    let of =
        |document: &Document| (work.sources.get(document.source).path.rsplit_once('/').map_or(".", |(folder, _)| folder), document.source);
    documents.map(of).collect()
}

/// The units that have objects of each file.
fn holders(sources: &SourceMap, units: &[&Unit]) -> FxHashMap<SourceId, Vec<usize>> {
    let mut out: FxHashMap<_, Vec<usize>> = FxHashMap::default();
    for (at, unit) in units.iter().enumerate() {
        for object in &unit.objects {
            let holders = out.entry(sources.outermost(object.source)).or_default();
            if holders.last() != Some(&at) {
                holders.push(at);
            }
        }
    }
    out
}
