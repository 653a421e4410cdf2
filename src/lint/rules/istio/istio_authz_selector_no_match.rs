use crate::lint::rules::authz_view::policy;
use crate::lint::rules::mesh_view::makes_workloads_unseen;
use crate::lint::rules::prelude::*;
use crate::model::effective::Effective;
use crate::model::k8s::{Labels, pod};
use crate::model::mesh::{Target, namespace_of, target};
use crate::model::value::Node as ValueNode;

declare_rule! {
    IstioAuthzSelectorNoMatch {
        id: "istio-authz-selector-no-match",
        group: "istio",
        summary: "an AuthorizationPolicy whose selector matches no workload",
        why: "A policy whose labels no workload has protects nothing: the ALLOW policy that was to make a workload refuse the rest leaves it \
              open, and the DENY policy denies nothing. Selectors see the labels of pods, not those of the Deployment that makes them.\n\n\
              The workloads of the policy's namespace are looked at, of all namespaces for one in the mesh's root namespace: pod templates \
              of every kind, WorkloadEntry and WorkloadGroup. Where the files show no workload of the namespace, or where something \
              there makes workloads that no file shows (a Helm release, a Gateway), nothing is said; nor about gateways that are \
              installed elsewhere, nor where a workload that names no namespace has the labels.",
        bad: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: orders\n  template:\n    metadata:\n      labels:\n        app: orders\n    spec:\n      containers:\n      - name: orders\n        image: orders:1.4.0\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: order\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        good: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: orders\n  template:\n    metadata:\n      labels:\n        app: orders\n    spec:\n      containers:\n      - name: orders\n        image: orders:1.4.0\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  selector:\n    matchLabels:\n      app: orders\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/type/workload-selector/",
        peers: &["istioctl analyze IST0127 (live pods only)"],
    }
}

impl Rule for IstioAuthzSelectorNoMatch {
    fn names_deciders(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if policy(object).is_none() {
            return;
        }
        let Target::Labels(labels) = target(object) else { return };
        let Some(selector) = object.spec().and_then(|spec| spec.value.entry("selector")) else { return };
        let (Some(unit), Some(namespace)) = (cx.unit(), namespace_of(object)) else { return };
        let root = cx.mesh_root(object.kind_at());
        let everywhere = namespace == root;
        let effective = unit.effective(root);
        let described = |effective: &Effective| {
            let here = effective.workloads_of(namespace);
            !here.is_empty() || (everywhere && !effective.workloads().is_empty() && !names_gateway(labels))
        };
        if !described(effective) || !effective.selected(object).is_empty() {
            return;
        }
        let unseen = |unit: &Unit| {
            let mut spaces = unit.cluster().namespaces().filter(|space| everywhere || &*space.name == namespace);
            spaces.any(|space| space.objects.iter().any(|object| makes_workloads_unseen(object)))
                || unit.cluster().adrift.iter().any(|object| pod(object).is_some())
        };
        // what another part of the workspace runs there
        let mut others = cx.manifests().applied().filter(|other| !std::ptr::eq(*other, unit));
        let elsewhere = others.any(|other| {
            let open = other.cluster().adrift.iter().any(|object| pod(object).is_some());
            open || !other.effective(root).selected(object).is_empty()
                || other
                    .cluster()
                    .namespace(namespace)
                    .is_some_and(|space| space.objects.iter().any(|object| makes_workloads_unseen(object)))
        });
        // plain files may be applied to a namespace that they do not name
        let is_placed = |object: &Object| object.root.path(&["metadata", "namespace"]).is_some();
        let adrift = || {
            let placed = is_placed(object);
            let mut others = effective.workloads().iter().filter(|workload| !placed || !is_placed(&workload.object));
            others.any(|workload| !workload.labels().has_all(Some(labels)).is_no())
        };
        if adrift()
            || unit.may_lack(&["Deployment", "StatefulSet", "DaemonSet", "Pod", "CronJob", "Job", "Rollout"])
            || unseen(unit)
            || elsewhere
        {
            cx.withhold();
            return;
        }
        let wanted: Vec<String> =
            Labels::new(Some(labels), false).iter().map(|(key, value)| format!("{key}={}", value.unwrap_or("?"))).collect();
        let wanted = wanted.join(",");
        let message = if everywhere {
            format!("no workload has the labels `{wanted}`: the policy applies to nothing")
        } else {
            format!("no workload in the namespace `{namespace}` has the labels `{wanted}`: the policy applies to nothing")
        };
        if let Some(report) = cx.report(&selector.origin, message) {
            let mut report = report.help("select labels of the pod template (`spec.template.metadata.labels`)");
            for workload in effective.workloads_of(namespace) {
                report = report.decided_by(workload.object.kind_at());
            }
        }
    }
}

/// Whether labels are those of a gateway, which is often installed apart from what is behind it.
fn names_gateway(labels: &ValueNode) -> bool {
    Labels::new(Some(labels), false).iter().any(|(key, value)| {
        key == "istio" || [Some(key), value].into_iter().flatten().any(|text| text.contains("gateway") || text.contains("ingress"))
    })
}
