//! Charts: which of their files are applied, and with which values, where helm did not render them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::delivery::Delivery;
use super::environment::{by_config, by_path, by_segment, clean, in_folder, is_sample};
use super::{Ground, Site, World, in_namespace};
use crate::assess::helm::{Helpers, Release, Template};
use crate::assess::observe::Undecided;
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::Object;
use crate::model::manifests::Manifests;
use crate::model::units::Unit;
use crate::model::units::rendered::HELM;
use crate::model::value::Node;
use crate::text::{Location, SourceId, SourceMap, Span};

impl World {
    /// Places the objects of a chart that helm did not render: once for each set of values that the files hold.
    pub(super) fn chart(
        &mut self,
        ground: &Ground<'_>,
        unit: &Unit,
        delivered: &[Delivery],
        label: &dyn Fn(Option<&str>) -> Option<String>,
    ) {
        let sources = ground.sources;
        for (environment, release) in releases(ground, unit, delivered) {
            let mut read: Option<(SourceId, Template<'_>)> = None;
            for object in &unit.objects {
                let path = &sources.get(sources.outermost(object.source)).path;
                let template = match read.take() {
                    Some((source, template)) if source == object.source => template,
                    _ => Template::read(&sources.get(object.source).text, &release),
                };
                let text = &sources.get(object.source).text;
                let filled = release.object(&template, text, object);
                if filled.is_some() {
                    let own = object.root.origin.at.span;
                    // one behind the object's last value counts as at its end
                    let inside = |span: Span| Span::new(span.start.min(own.end.saturating_sub(1)), span.end.max(own.end));
                    let gaps = template.gaps(&object.root, text).unwrap_or_else(|| vec![own]);
                    self.gaps.extend(gaps.into_iter().map(|span| Location { source: object.source, span: inside(span) }));
                    let parts = template.undecided(own);
                    let part = |span| Undecided { at: Location { source: object.source, span }, environment: environment.clone() };
                    self.undecided.extend(parts.map(part));
                }
                read = Some((object.source, template));
                let Some(filled) = filled else { continue };
                // where nothing says the release's namespace all of it lies in one
                let filled = in_namespace(&Arc::new(filled), release.namespace.as_deref().or(Some("default")));
                // values for an environment say more than the chart's place
                let decided = environment.clone();
                self.place(ground, filled, Site { unit: unit.kind, path, folder: &unit.name, label, decided, fallback: None });
            }
        }
    }
}

/// The folders with a `Chart.yaml`.
pub(super) fn folders_of_charts(sources: &SourceMap, manifests: &Manifests) -> BTreeSet<String> {
    let charts = manifests.documents.iter().filter(|document| document.kind == DocumentKind::Chart);
    charts
        .map(|document| clean(sources.get(sources.outermost(document.source)).path.rsplit_once('/').map_or("", |(folder, _)| folder)))
        .collect()
}

/// Whether a file lies in the `files/` of a chart: its templates may read it, helm does not apply it.
pub(super) fn is_data_of_chart(charts: &BTreeSet<String>, path: &str) -> bool {
    let path = clean(path);
    path.match_indices("files/").any(|(at, _)| {
        let folder = path[..at].strip_suffix('/').or(Some("").filter(|_| at == 0));
        folder.is_some_and(|folder| charts.contains(folder))
    })
}

/// Whether helm rendered the unit's templates.
pub(super) fn is_rendered(sources: &SourceMap, unit: &Unit) -> bool {
    let of_helm = |object: &Arc<Object>| sources.get(object.source).embedded.as_ref().is_some_and(|holder| holder.kind == HELM);
    unit.objects.iter().any(of_helm)
}

/// Whether an object of a chart is made for `helm test` alone.
pub(super) fn is_helm_test(object: &Object) -> bool {
    object.annotation("helm.sh/hook").is_some_and(|hooks| hooks.split(',').any(|hook| hook.trim().starts_with("test")))
}

/// What a chart is installed with, by environment: as Argo CD and Flux deploy it, else by its files of values for environments, else
/// once with its own values.
fn releases(ground: &Ground<'_>, unit: &Unit, delivered: &[Delivery]) -> Vec<(Option<String>, Release)> {
    let Ground { sources, manifests, settings, roots, .. } = *ground;
    let folder = unit.name.as_str();
    let path_of = |document: &Document| clean(&sources.get(sources.outermost(document.source)).path);
    let all: BTreeMap<String, &Node> = manifests
        .documents
        .iter()
        .filter(|document| document.kind == DocumentKind::ChartValues && document.index == 0)
        .map(|document| (path_of(document), &*document.root))
        .collect();
    let own = clean(&format!("{folder}/values.yaml"));
    let base = all.get(&own).or_else(|| all.get(&clean(&format!("{folder}/values.yml")))).copied();
    let name = clean(folder).rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or(ground.target).to_owned();
    let templates = clean(&format!("{folder}/templates"));
    let own_helpers = ground.texts.iter().filter(|text| !text.helpers.is_empty() && in_folder(&clean(&text.path), &templates));
    let helpers: Arc<Helpers> = Arc::new(own_helpers.flat_map(|text| text.helpers.iter().cloned()).collect());
    let release = |namespace: Option<String>, over: &[&Node]| {
        let values: Vec<&Node> = base.into_iter().chain(over.iter().copied()).collect();
        Release::new(name.clone(), namespace, &values, Arc::clone(&helpers))
    };
    let mut out: Vec<(Option<String>, Release)> = Vec::new();
    for delivery in delivered.iter().filter(|delivery| clean(&delivery.folder) == clean(folder)) {
        let mut over: Vec<&Node> = delivery.values.iter().filter_map(|path| all.get(path).copied()).collect();
        over.extend(&delivery.inline);
        let environment = delivery.environment.clone().or_else(|| by_path(folder, roots));
        if out.iter().all(|(known, release)| *known != environment || release.namespace != delivery.namespace) {
            out.push((environment, release(delivery.namespace.clone(), &over)));
        }
    }
    if !out.is_empty() {
        return out;
    }
    let charts = manifests.documents.iter().filter(|document| document.kind == DocumentKind::Chart).count();
    for (path, values) in &all {
        let beside = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        let inside = in_folder(beside, &clean(folder)) || clean(folder).is_empty();
        let below_chart = path.strip_prefix(&clean(folder)).unwrap_or(path).trim_start_matches('/');
        let part_of_chart = ["templates/", "charts/", "ci/", "tests/"].iter().any(|part| below_chart.starts_with(part));
        // of values elsewhere it is clear whose they are where there is one chart
        if *path == own || part_of_chart || !(inside || charts == 1) || is_sample(path, roots) {
            continue;
        }
        let named = || {
            let name = path.rsplit('/').next().and_then(by_segment).map(str::to_owned);
            name.or_else(|| if inside { by_path(below_chart, &[]) } else { by_path(path, roots) })
        };
        if let Some(environment) = by_config(settings, path, path, None).or_else(named) {
            let known = out.iter().any(|(known, _)| known.as_ref() == Some(&environment));
            if !known {
                out.push((Some(environment), release(None, &[values])));
            }
        }
    }
    // a chart that lies in an environment's folder has no others
    if out.is_empty() || by_path(folder, roots).is_some() {
        return vec![(None, release(None, &[]))];
    }
    out
}
