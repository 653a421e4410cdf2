use super::{Diagnostic, Place};
use crate::text::{SourceMap, Span};

/// Sorts findings for output: by file, by place in the outermost file (those without a place first), by rule and message.
/// The order does not depend on the one they came in, but for findings that are equal in all of that.
pub fn sort(sources: &SourceMap, findings: &mut Vec<Diagnostic>) {
    let keys: Vec<(&str, Option<Span>)> = findings.iter().map(|finding| place(sources, finding.place)).collect();
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by(|&a, &b| {
        let (left, right) = (&findings[a], &findings[b]);
        keys[a].cmp(&keys[b]).then_with(|| rest(left).cmp(&rest(right)))
    });
    let mut taken: Vec<Option<Diagnostic>> = std::mem::take(findings).into_iter().map(Some).collect();
    findings.extend(order.into_iter().filter_map(|at| taken[at].take()));
}

fn rest(finding: &Diagnostic) -> (&str, &str, &str, &[String]) {
    (&finding.rule, &finding.message, &finding.subject, &finding.variants)
}

fn place(sources: &SourceMap, place: Place) -> (&str, Option<Span>) {
    match place {
        Place::Run => ("", None),
        Place::File(id) => (&sources.get(id).path, None),
        Place::At(at) => {
            let outer = sources.outer(at);
            (&sources.get(outer.source).path, Some(outer.span))
        }
    }
}
