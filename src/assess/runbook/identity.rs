//! Who the workload is, and which tokens it carries.

use std::sync::Arc;

use super::{Desk, Line, Section, id_of, told};
use crate::assess::fact::Fact;
use crate::model::effective::{Identity, Plane, TrustDomains, injection, spire_ids};
use crate::model::k8s::{Labels, Object};
use crate::model::tri::Tri;
use crate::model::value::Node;

/// Annotations of service accounts that name an identity at a cloud.
pub(super) const CLOUD: [(&str, &str); 3] = [
    ("eks.amazonaws.com/role-arn", "AWS role"),
    ("iam.gke.io/gcp-service-account", "Google service account"),
    ("azure.workload.identity/client-id", "Azure identity"),
];

/// The ServiceAccount objects that the workload runs as.
pub(super) fn accounts(desk: &Desk<'_>) -> Vec<Arc<Object>> {
    let Some(name) = desk.workload.account.as_deref() else { return Vec::new() };
    let Some(space) = desk.unit.cluster().namespace(&desk.workload.namespace) else { return Vec::new() };
    space.objects.iter().filter(|object| object.is("", "ServiceAccount") && object.name() == Some(name)).cloned().collect()
}

/// The workload as what is in force sees it.
pub(super) fn effective<'d>(desk: &'d Desk<'_>) -> Option<&'d crate::model::effective::Workload> {
    let own = |workload: &&crate::model::effective::Workload| Arc::ptr_eq(&workload.object, &desk.workload.object);
    desk.unit.effective(&desk.world.mesh_root).workloads_of(&desk.workload.namespace).iter().find(own)
}

/// The workload's Istio principal, where its account and the trust domain are known.
pub(super) fn principal(desk: &Desk<'_>) -> Option<String> {
    let domains = TrustDomains::new(desk.input.manifests.mesh_settings());
    Identity::of(effective(desk)?)?.istio_principal(domains.only()?)
}

pub(super) fn labels<'d>(desk: &'d Desk<'_>) -> Option<Labels<'d>> {
    desk.workload.pod().map(|pod| pod.labels())
}

pub(super) fn identity(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    let pod = desk.workload.pod();
    let named = pod.as_ref().and_then(|pod| ["serviceAccountName", "serviceAccount"].iter().find_map(|key| pod.spec.value.entry(key)));
    match (&desk.workload.account, named) {
        (Some(name), entry) => {
            let shared: Vec<String> = desk
                .world
                .workloads
                .iter()
                .filter(|other| {
                    other.environment == desk.workload.environment
                        && other.namespace == desk.workload.namespace
                        && other.account.as_deref() == Some(name)
                        && other.subject != desk.workload.subject
                })
                .map(|other| other.subject.to_string())
                .collect();
            let with = if shared.is_empty() { String::new() } else { format!(", shared with {}", some(&shared)) };
            let text = format!("service account `{name}`{with}");
            lines.push(desk.line(text, entry.map(|entry| &entry.origin)));
        }
        (None, entry) => lines.push(desk.line("service account: a template decides", entry.map(|entry| &entry.origin))),
    }
    for account in accounts(desk) {
        lines.push(desk.line(format!("declared as {}", id_of(&account)), Some(account.kind_at())));
        for entry in account.root.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let Some((_, what)) = CLOUD.iter().find(|(key, _)| *key == &*entry.key) else { continue };
            let value = entry.value.as_str().unwrap_or("a template decides");
            lines.push(desk.line(format!("{what} `{value}`"), Some(&entry.origin)));
        }
    }
    if let (Some(pod), Some(space)) = (&pod, desk.unit.cluster().namespace(&desk.workload.namespace)) {
        let member = injection(pod, space);
        let plane = match member.plane {
            Some(Plane::Linkerd) => "Linkerd",
            Some(_) => "Istio",
            None => "a mesh",
        };
        match member.joined {
            Tri::Yes => lines.push(desk.line(format!("in the mesh ({plane})"), member.at.as_ref())),
            Tri::Unknown => lines.push(Line { perhaps: true, ..desk.line(format!("perhaps in {plane}"), member.at.as_ref()) }),
            Tri::No => lines.push(desk.line("not in a mesh, as far as these files say", member.at.as_ref())),
        }
        if member.joined.is_yes()
            && plane == "Istio"
            && let Some(principal) = principal(desk)
        {
            lines.push(desk.line(format!("SPIFFE ID `spiffe://{principal}`"), named.map(|entry| &entry.origin)));
        }
        if let Some(own) = effective(desk).and_then(Identity::of) {
            let domains = TrustDomains::new(desk.input.manifests.mesh_settings());
            for (id, at) in spire_ids(&own, &pod.labels(), space, desk.unit.cluster(), domains.only()) {
                let text = id.map_or_else(|| "a SPIFFE ID of SPIRE that cannot be followed here".to_owned(), |id| format!("SPIRE: `{id}`"));
                lines.push(desk.line(text, Some(at)));
            }
        }
    }
    let mut seen: Vec<Line> = desk
        .about()
        .filter(|one| {
            matches!(one.fact, Fact::WorkloadIdentity | Fact::StaticCloudKey | Fact::StaticManagerToken | Fact::StoredManagerLogin)
        })
        .map(|one| told(one.detail.clone(), one.spot.as_ref()))
        .collect();
    seen.retain(|line| !lines.iter().any(|known| known.spot == line.spot));
    lines.extend(seen);
    Section { id: "identity", title: "Identity", lines, empty: "none that these files declare" }
}

pub(super) fn tokens(desk: &Desk<'_>) -> Section {
    let mut lines = Vec::new();
    if let Some(pod) = desk.workload.pod() {
        let own = pod.spec.value.entry("automountServiceAccountToken");
        let by_account = accounts(desk).iter().find_map(|account| account.root.get("automountServiceAccountToken").cloned());
        match (own.and_then(|entry| entry.value.as_bool()), by_account.as_ref().and_then(Node::as_bool)) {
            (Some(false), _) => lines.push(desk.line("the API server's token is not mounted", own.map(|entry| &entry.origin))),
            (None, Some(false)) => lines
                .push(desk.line("the API server's token is not mounted (by the account)", by_account.as_ref().map(|node| &node.origin))),
            (explicit, _) => {
                let why = if explicit.is_some() { "" } else { " (the default)" };
                lines.push(desk.line(
                    format!("the API server's token is mounted{why}; it is bound to the pod and is renewed hourly"),
                    own.map(|entry| &entry.origin),
                ));
            }
        }
        for volume in pod.volumes() {
            let name = volume.get("name").and_then(Node::as_str).unwrap_or("?");
            for source in volume.path(&["projected", "sources"]).map_or(&[][..], Node::items) {
                let Some(token) = source.get("serviceAccountToken") else { continue };
                let audience = token.get("audience").and_then(Node::as_str).map_or("the API server", |text| text);
                let seconds = token.get("expirationSeconds").and_then(number);
                let expiry = seconds.map_or_else(|| "3600 s (the default)".to_owned(), |seconds| format!("{seconds} s"));
                lines.push(desk.line(
                    format!("projected token in volume `{name}`: audience `{audience}`, expires after {expiry}"),
                    Some(&token.origin),
                ));
            }
            if matches!(volume.path(&["csi", "driver"]).and_then(Node::as_str), Some("csi.spiffe.io" | "spiffe.csi.cert-manager.io")) {
                lines.push(desk.line(format!("SPIFFE certificates in volume `{name}`, renewed by the agent"), Some(&volume.origin)));
            }
        }
    }
    Section { id: "tokens", title: "Tokens", lines, empty: "none that these files declare" }
}

fn number(node: &Node) -> Option<u64> {
    match &node.value {
        crate::model::value::Value::Scalar(crate::model::value::Scalar::Number(text)) => text.parse().ok(),
        _ => None,
    }
}

/// The first few of a list.
pub(super) fn some(names: &[String]) -> String {
    let shown = names.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if names.len() > 3 { format!("{shown} and {} more", names.len() - 3) } else { shown }
}
