//! What the rules about network policies share.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::insert::append_document;
use super::prelude::*;
use crate::model::k8s::{Cluster, Labels, Space};
use crate::model::network::Direction;
use crate::model::tri::Tri;
use crate::model::value::Node as Value;
use crate::text::{Location, SourceMap};

/// Services times workloads that are looked at.
const MAX_PAIRS: usize = 10_000;

/// What lets traffic from outside of the cluster in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Entrance {
    /// Services of type LoadBalancer or NodePort.
    Services,
    /// As well Services that an Ingress or a route of a Gateway names.
    Routes,
}

/// Whether pods of a namespace that `selects` selects are reached from outside of the cluster, surely.
pub(super) fn is_exposed(space: &Space, entrance: Entrance, selects: impl Fn(&Labels<'_>) -> Tri) -> bool {
    if space.services.len().saturating_mul(space.workloads.len()) > MAX_PAIRS {
        return false;
    }
    let routed = match entrance {
        Entrance::Services => FxHashSet::default(),
        Entrance::Routes => routed_services(space),
    };
    let is_public = |service: &Object| {
        let kind = service.root.path(&["spec", "type"]).and_then(Value::as_str);
        matches!(kind, Some("LoadBalancer" | "NodePort")) || service.name().is_some_and(|name| routed.contains(name))
    };
    // without such Services there is no need to look at pods
    space.services.iter().any(|service| is_public(service))
        && space.pods().any(|pod| {
            let labels: Labels<'_> = pod.labels();
            selects(&labels) == Tri::Yes && space.services_of(&labels).any(|(service, answer)| answer.is_yes() && is_public(service))
        })
}

/// The Services of a namespace that its Ingresses and routes send traffic to.
fn routed_services(space: &Space) -> FxHashSet<&str> {
    let mut out = FxHashSet::default();
    for object in &space.objects {
        let Some(spec) = object.root.get("spec") else { continue };
        match (&*object.group, &*object.kind) {
            ("networking.k8s.io" | "extensions", "Ingress") => {
                let rules = spec.get("rules").map_or(&[][..], Value::items).iter();
                let paths = rules.flat_map(|rule| rule.path(&["http", "paths"]).map_or(&[][..], Value::items));
                let backends = paths.filter_map(|path| path.get("backend")).chain(spec.get("defaultBackend")).chain(spec.get("backend"));
                let names = backends.filter_map(|backend| backend.path(&["service", "name"]).or_else(|| backend.get("serviceName")));
                out.extend(names.filter_map(Value::as_str));
            }
            ("gateway.networking.k8s.io", kind) if kind.ends_with("Route") => {
                let rules = spec.get("rules").map_or(&[][..], Value::items).iter();
                let backends = rules.flat_map(|rule| rule.get("backendRefs").map_or(&[][..], Value::items));
                out.extend(backends.filter_map(|backend| backend.get("name")?.as_str()));
            }
            _ => {}
        }
    }
    out
}

/// Labels that the control plane or an admission webhook gives to pods: a template does not show them.
const GIVEN_LABELS: [&str; 14] = [
    "pod-template-hash",
    "pod-template-generation",
    "controller-revision-hash",
    "controller-uid",
    "job-name",
    "batch.kubernetes.io/job-name",
    "batch.kubernetes.io/controller-uid",
    "batch.kubernetes.io/job-completion-index",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
    "istio.io/rev",
    "security.istio.io/tlsMode",
    "service.istio.io/canonical-name",
    "service.istio.io/canonical-revision",
];

/// Whether a LabelSelector names a label that a pod gets after its template: by the control plane, or by a controller of
/// certificates or gateways whose pods no file shows.
pub(super) fn names_given_label(selector: &Value) -> bool {
    let labels = selector.get("matchLabels").map_or(&[][..], Value::entries).iter().map(|entry| &*entry.key);
    let expressions = selector.get("matchExpressions").map_or(&[][..], Value::items).iter();
    labels
        .chain(expressions.filter_map(|item| item.get("key")?.as_str()))
        .any(|key| GIVEN_LABELS.contains(&key) || key.starts_with("acme.cert-manager.io/") || key.starts_with("gateway.networking.k8s.io/"))
}

/// Whether a selector that selects none of a namespace's pods selects nothing, as far as the files tell: there are workloads, and
/// nothing else that makes pods.
pub(super) fn selects_no_pod(cluster: &Cluster, space: &Space, selector: &Value, selects: impl Fn(&Labels<'_>) -> Tri) -> Tri {
    if space.workloads.is_empty() {
        return Tri::No;
    }
    let mut pods = 0;
    let mut some = Tri::No;
    for pod in space.pods() {
        pods += 1;
        some = some.or(selects(&pod.labels()));
        if some.is_yes() {
            return Tri::No;
        }
    }
    let hidden = pods < space.workloads.len()
        || space.is_partial()
        || names_given_label(selector)
        || space.objects.iter().any(|object| makes_pods(object))
        || is_deployed_to(cluster, &space.name);
    if hidden { Tri::Unknown } else { !some }
}

/// Whether another unit has a pod in a namespace that `fits`, surely or perhaps: what lies in one folder may be for workloads of
/// another.
pub(super) fn is_elsewhere(cx: &ManifestCx<'_>, unit: &Unit, namespace: &str, fits: impl Fn(&Labels<'_>) -> Tri) -> bool {
    other_spaces(cx, unit, namespace).any(|(_, space)| space.pods().any(|pod| !fits(&pod.labels()).is_no()))
}

/// The other units that have something in a namespace, with what they have in it.
pub(super) fn other_spaces<'u>(cx: &ManifestCx<'u>, unit: &Unit, namespace: &str) -> impl Iterator<Item = (&'u Unit, &'u Space)> {
    let others = cx.manifests().applied().filter(move |other| !std::ptr::eq(*other, unit));
    others.filter_map(move |other| Some((other, other.cluster().namespace(namespace)?)))
}

/// API groups, or what they end with, whose objects make no pods.
const PLAIN_GROUPS: [&str; 34] = [
    "",
    "k8s.io",
    "apps",
    "batch",
    "extensions",
    "policy",
    "autoscaling",
    "cilium.io",
    "projectcalico.org",
    "istio.io",
    "external-secrets.io",
    "cert-manager.io",
    "gatekeeper.sh",
    "kyverno.io",
    "monitoring.coreos.com",
    "grafana.integreatly.org",
    "bitnami.com",
    "linkerd.io",
    "keda.sh",
    "traefik.io",
    "traefik.containo.us",
    "projectcontour.io",
    "isindir.github.com",
    "secrets.hashicorp.com",
    "spire.spiffe.io",
    "security.openshift.io",
    "route.openshift.io",
    "notification.toolkit.fluxcd.io",
    "source.toolkit.fluxcd.io",
    "image.toolkit.fluxcd.io",
    "gke.io",
    "cloud.google.com",
    "konghq.com",
    "secrets-store.csi.x-k8s.io",
];

/// Whether an object may be one that an operator makes pods of: its kind is none of those that surely make none or show theirs.
fn makes_pods(object: &Object) -> bool {
    let group = &*object.group;
    if group == "install.istio.io" {
        return true;
    }
    if group == "gateway.networking.k8s.io" {
        return &*object.kind == "Gateway";
    }
    let plain = PLAIN_GROUPS.iter().any(|known| group.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    !plain && crate::model::k8s::pod(object).is_none()
}

/// Whether a release or an application brings objects into a namespace that the files do not show.
fn is_deployed_to(cluster: &Cluster, namespace: &str) -> bool {
    let kinds = [
        ("helm.toolkit.fluxcd.io", "HelmRelease", &["spec", "targetNamespace"][..]),
        ("argoproj.io", "Application", &["spec", "destination", "namespace"][..]),
        ("helm.cattle.io", "HelmChart", &["spec", "targetNamespace"][..]),
    ];
    kinds.iter().any(|(group, kind, path)| {
        cluster
            .of_kind(group, kind)
            .iter()
            .any(|object| object.root.path(path).is_some_and(|node| node.as_str().is_none_or(|to| to == namespace)))
    })
}

/// Reports the namespaces of a unit whose pods are not denied by default in a direction. Only a namespace that the unit describes
/// can lack something.
pub(super) fn missing_default_deny(unit: &Unit, direction: Direction, cx: &mut ManifestCx<'_>) {
    let cluster = unit.cluster();
    for space in cluster.namespaces().filter(|space| space.is_described()) {
        let Some(at) = space.anchor() else { continue };
        if cx.is_system_namespace(&space.name, at) {
            continue;
        }
        let found = unit.network().namespace(space, direction);
        let default_deny = found.default_deny.answer;
        if default_deny.is_yes() || found.only_host_network.is_yes() {
            continue;
        }
        let unknown = !unit.is_complete() || default_deny.is_unknown() || found.only_host_network.is_unknown();
        if unknown || covered_elsewhere(unit, space, direction, cx) {
            cx.withhold();
            continue;
        }
        let (name, way) = (&space.name, direction.key());
        let selected = !found.every_workload.is_no();
        let message = if selected {
            format!("namespace `{name}` has no default deny for {way}: policies select each of its workloads, but no other pod")
        } else {
            format!("namespace `{name}` has no default deny for {way}")
        };
        let severity = if selected { Severity::Info } else { Severity::Warning };
        let help = format!("add a NetworkPolicy with `podSelector: {{}}` and `policyTypes: [{}]`", direction.policy_type());
        let is_taken = |object: &Object| object.kind.ends_with("NetworkPolicy") && object.name() == Some(default_deny_name(direction));
        let fix = match space.declared.first() {
            Some(declared) if !space.objects.iter().any(|object| is_taken(object)) => default_deny_fix(declared, direction, cx),
            _ => None,
        };
        if let Some(report) = cx.report_as(severity, at, message) {
            let mut report = report.help(help);
            for object in space.deciders() {
                report = report.decided_by(object.kind_at());
            }
            if let Some(edit) = fix {
                report.fix(format!("deny {way} that no policy allows"), Applicability::Unsafe, [edit]);
            }
        }
    }
}

/// The name of the policy that a fix adds.
fn default_deny_name(direction: Direction) -> &'static str {
    match direction {
        Direction::Ingress => "default-deny-ingress",
        Direction::Egress => "default-deny-egress",
    }
}

/// The edit that appends a policy for the namespace to the file that declares it. `None` where the file has no room for it, or the
/// namespace has another name there than it has when it is applied.
fn default_deny_fix(declared: &Object, direction: Direction, cx: &ManifestCx<'_>) -> Option<(Location, String)> {
    let name = declared.root.path(&["metadata", "name"])?;
    let written = cx.sources().get(name.origin.at.source).slice(name.span());
    if declared.partial || name.as_str() != Some(written.trim_matches(['"', '\''])) {
        return None;
    }
    let (own, kind) = (default_deny_name(direction), direction.policy_type());
    let head = "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata:\n";
    let document = format!("{head}  name: {own}\n  namespace: {written}\nspec:\n  podSelector: {{}}\n  policyTypes:\n  - {kind}\n");
    append_document(cx.sources(), declared, Some(name), &document)
}

/// Whether another unit, which complements this one, denies the namespace by default. Units that hold the same object are variants
/// of one another, for clusters of their own.
fn covered_elsewhere(unit: &Unit, space: &Space, direction: Direction, cx: &ManifestCx<'_>) -> bool {
    let mut own: Option<BTreeSet<String>> = None;
    cx.manifests().applied().filter(|other| !std::ptr::eq(*other, unit)).any(|other| {
        let cluster = other.cluster();
        let empty = Space { name: space.name.clone(), ..Space::default() };
        let there = cluster.namespace(&space.name).unwrap_or(&empty);
        if !other.is_complete() || other.network().namespace(there, direction).default_deny.answer != Tri::Yes {
            return false;
        }
        let ids = |space: &Space| space.objects.iter().chain(&space.declared).map(|object| object.id()).collect::<BTreeSet<_>>();
        own.get_or_insert_with(|| ids(space)).is_disjoint(&ids(there))
    })
}

/// Whether an item of a list of an object has the keys that were read and no others. In a template that was read around its actions
/// it has where no action that stands alone on a line, in it or right behind it, writes something.
pub(super) fn is_whole(sources: &SourceMap, object: &Object, item: &Value) -> bool {
    if !object.partial {
        return true;
    }
    let text = &*sources.get(item.origin.at.source).text;
    // what is cut off is no template
    if !text.contains("{{") {
        return false;
    }
    let span = item.span().range();
    let mut at = span.start;
    for (nr, line) in text.get(span.start..).unwrap_or("").split_inclusive('\n').enumerate() {
        let is_within = at < span.end;
        at += line.len();
        match line.trim().strip_prefix("{{") {
            Some(action) if nr > 0 && writes(action) => return false,
            None if nr > 0 && !is_within && !line.trim().is_empty() => break,
            _ => {}
        }
    }
    true
}

/// Whether a template action, given behind its braces, puts text where it stands.
fn writes(action: &str) -> bool {
    let words = action.trim_start_matches('-').trim_start();
    let first = words.split(|c: char| !c.is_ascii_alphanumeric() && c != '$' && c != '/').next().unwrap_or("");
    let is_set = first.starts_with('$') && (words.contains(":=") || words.contains(" = "));
    !is_set && !first.starts_with("/") && !["if", "else", "end", "with", "range", "break", "continue", "define"].contains(&first)
}
