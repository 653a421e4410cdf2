use std::collections::BTreeMap;

use crate::lint::context::WorkspaceCx;
use crate::lint::rules::exports::is_lost;
use crate::lint::rules::prelude::*;
use crate::model::rego::{FactKinds, Facts, Sight};
use crate::text::{Location, SourceId};

declare_rule! {
    CircularImport {
        id: "circular-import",
        group: "imports",
        summary: "packages that refer to each other in a circle",
        why: "OPA allows it as long as no rule depends on itself. But none of the packages can be understood, tested, or moved without the others. What they share is better off in a package of its own.",
        bad: rego("package play\n\nimport data.play\n\nallow if play.ready\n\nready if input.ready\n"),
        good: rego("package play\n\nallow if ready\n\nready if input.ready\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/circular-import",
        peers: &["regal imports/circular-import"],
    }
}

/// Where a package refers to another one.
type Edges<'w> = BTreeMap<&'w str, BTreeMap<&'w str, (SourceId, Span)>>;

impl Rule for CircularImport {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { links: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let modules = || workspace.modules().iter().filter(|facts| cx.is_on(facts.source));
        let is_regal = modules().any(|facts| cx.is_regal(facts.source));
        if is_regal && workspace.modules().len() < 2 {
            return;
        }
        let mut edges: Edges<'_> = BTreeMap::new();
        for facts in modules().filter(|facts| !(is_regal && is_lost(facts))) {
            let from = facts.package.as_str();
            for (to, span) in references(cx, facts, is_regal) {
                let known = edges.entry(from).or_default().entry(to);
                let better = |at: &mut (SourceId, Span)| {
                    if at.0 == facts.source && is_regal && place(cx, facts.source, span) < place(cx, at.0, at.1) {
                        at.1 = span;
                    }
                };
                known.and_modify(better).or_insert((facts.source, span));
            }
        }
        let found: Vec<(Vec<&str>, (SourceId, Span))> = circles(&edges)
            .into_iter()
            .filter_map(|group| {
                let first = group.iter().flat_map(|to| group.iter().map(move |from| (from, to)));
                let at = first.filter_map(|(from, to)| edges.get(from)?.get(to)).next().copied()?;
                Some((group, at))
            })
            .collect();
        for (group, (source, span)) in found {
            let message = match group[..] {
                [package] => format!("package `{package}` imports itself"),
                _ => format!("packages refer to each other in a circle: `{}`", group.join("`, `")),
            };
            if let Some(report) = cx.report(Location { source, span }, message) {
                report.help("put what they share into a package of its own");
            }
        }
    }
}

/// The packages that a module refers to, and where. To Regal that is who names a package and nothing in it; a package that refers to
/// its own rules by their full path is no circle to anyone.
fn references<'w>(cx: &WorkspaceCx<'w>, facts: &'w Facts, is_regal: bool) -> Vec<(&'w str, Span)> {
    let workspace = cx.workspace();
    let mut out = Vec::new();
    let mut add = |path: &str, span: Span| {
        let package = workspace.package_of(path).filter(|package| *package == path || (!is_regal && *package != facts.package));
        out.extend(package.map(|package| (package, span)));
    };
    for import in facts.imports.iter().filter(|import| import.path.starts_with("data")) {
        add(&import.path, import.span);
    }
    for link in &facts.links.references {
        // an import counts where it stands
        if link.import.is_none()
            && link.sight != if is_regal { Sight::NotRegal } else { Sight::OnlyRegal }
            && (link.is_constant || !is_regal)
        {
            add(facts.links.path(link), link.span);
        }
    }
    out
}

/// Regal takes the least of several places, comparing them as texts.
fn place(cx: &WorkspaceCx<'_>, source: SourceId, span: Span) -> String {
    let at = cx.sources().get(source).line_column(span.start);
    format!("{}:{}:", at.line, at.column)
}

/// The groups of packages that can be reached from each other, each sorted, in the order of their first ones.
fn circles<'w>(edges: &Edges<'w>) -> Vec<Vec<&'w str>> {
    let names: Vec<&str> = edges.keys().copied().collect();
    let index = |name: &str| names.binary_search(&name).ok();
    let next: Vec<Vec<usize>> = edges.values().map(|to| to.keys().filter_map(|name| index(name)).collect()).collect();
    // Tarjan's algorithm with a stack of its own
    let mut number = vec![usize::MAX; names.len()];
    let mut low = vec![0; names.len()];
    let mut on_path = vec![false; names.len()];
    let (mut path, mut count, mut out) = (Vec::new(), 0, Vec::new());
    for start in 0..names.len() {
        if number[start] != usize::MAX {
            continue;
        }
        let mut work = vec![(start, 0)];
        while let Some((node, step)) = work.pop() {
            if step == 0 {
                (number[node], low[node]) = (count, count);
                count += 1;
                path.push(node);
                on_path[node] = true;
            }
            if let Some(to) = next[node].get(step) {
                work.push((node, step + 1));
                if number[*to] == usize::MAX {
                    work.push((*to, 0));
                } else if on_path[*to] {
                    low[node] = low[node].min(number[*to]);
                }
                continue;
            }
            if let Some((parent, _)) = work.last() {
                low[*parent] = low[*parent].min(low[node]);
            }
            if low[node] == number[node] {
                let at = path.iter().rposition(|on| *on == node).unwrap_or_default();
                let mut group = path.split_off(at);
                group.iter().for_each(|member| on_path[*member] = false);
                group.sort_unstable();
                if group.len() > 1 || next[node].contains(&node) {
                    out.push(group.into_iter().map(|member| names[member]).collect::<Vec<_>>());
                }
            }
        }
    }
    out.sort_unstable();
    out
}
