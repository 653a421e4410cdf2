use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::model::mesh::{PolicyScope, Target, scope_of, target};
use crate::model::units::UnitKind;
use crate::model::value::{Node as ValueNode, Origin};

declare_rule! {
    IstioPeerauthDuplicate {
        id: "istio-peerauth-duplicate",
        group: "istio",
        summary: "two PeerAuthentications for the same workloads",
        why: "Of several PeerAuthentications for one namespace, or for one workload, Istio takes the oldest and ignores the others. Which is \
              the oldest no file says: it depends on the order in which they were once applied, and changes when one is deleted and \
              made again.\n\n\
              Two policies select the same workload where their labels are equal, or where both select a workload that the files show. \
              A policy for a namespace and one for some of its workloads do not compete, and neither do two files that hold the same \
              object. Plain files of different folders side by side are taken for different examples.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: migration\n  namespace: shop\nspec:\n  mtls:\n    mode: PERMISSIVE\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/peer_authentication/",
    }
}

/// So many policies of one namespace are compared.
const MAX_POLICIES: usize = 200;

impl Rule for IstioPeerauthDuplicate {
    fn unit(&self, _unit: &Unit, cx: &mut ManifestCx<'_>) {
        let Some(unit) = cx.unit() else { return };
        let mut whole: BTreeMap<&str, &Object> = BTreeMap::new();
        let mut narrow: BTreeMap<&str, Vec<(&Object, &ValueNode)>> = BTreeMap::new();
        for object in unit.mesh().peer_authentications.iter().filter(|object| !object.partial) {
            let root = cx.mesh_root(object.kind_at());
            match (scope_of(object, root), target(object)) {
                (PolicyScope::Mesh, _) => duplicate(&mut whole, root, object, cx),
                (PolicyScope::Namespace(name), _) => duplicate(&mut whole, name, object, cx),
                (PolicyScope::Workloads(name), Target::Labels(labels)) if name != root && !labels.has_unknown() => {
                    narrow.entry(name).or_default().push((object, labels));
                }
                _ => {}
            }
        }
        for policies in narrow.values().filter(|policies| policies.len() > 1) {
            for (at, (later, labels)) in policies.iter().enumerate().take(MAX_POLICIES) {
                let mut earlier = policies[..at].iter().filter(|(object, _)| object.name() != later.name() && are_near(object, later, cx));
                if let Some((first, _)) = earlier.find(|(object, other)| labels.is_same_value(other) || share(unit, object, later, cx)) {
                    let message = format!("{} selects workloads that {} selects as well: the older one counts", name(later), name(first));
                    report(later.kind_at(), first.kind_at(), message, cx);
                }
            }
        }
    }
}

fn name(object: &Object) -> String {
    object.name().map_or_else(|| "the policy".to_owned(), |name| format!("`{name}`"))
}

fn duplicate<'o>(seen: &mut BTreeMap<&'o str, &'o Object>, namespace: &'o str, object: &'o Object, cx: &mut ManifestCx<'_>) {
    let Some(first) = seen.get(namespace) else {
        seen.insert(namespace, object);
        return;
    };
    // the same object twice is another matter
    if first.name().is_some() && first.name() == object.name() || !are_near(first, object, cx) {
        return;
    }
    let message = format!("{} is for all of `{namespace}`, as {} is: the older one counts", name(object), name(first));
    report(object.kind_at(), first.kind_at(), message, cx);
}

fn report(at: &Origin, first: &Origin, message: String, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report(at, message) {
        report.help("keep one of them").label(first, "the other one").decided_by(first);
    }
}

/// Whether two objects are meant to be applied together: files of a kustomization are, plain ones of a folder and of those above it.
fn are_near(a: &Object, b: &Object, cx: &ManifestCx<'_>) -> bool {
    let sources = cx.sources();
    let folder = |object: &Object| {
        let path = &*sources.get(sources.outermost(object.source)).path;
        path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned()
    };
    let plain = cx.unit().is_some_and(|unit| unit.kind == UnitKind::Plain);
    let (a, b) = (folder(a), folder(b));
    let above = |outer: &str, inner: &str| {
        outer.is_empty() || inner.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    !plain || above(&a, &b) || above(&b, &a)
}

/// Whether a workload in sight is selected by both.
fn share(unit: &Unit, a: &Object, b: &Object, cx: &ManifestCx<'_>) -> bool {
    let effective = unit.effective(cx.mesh_root(a.kind_at()));
    let sure = |object: &Object| effective.selected(object).into_iter().filter(|(_, selected)| selected.is_yes()).map(|(at, _)| at);
    let of_a: Vec<usize> = sure(a).collect();
    sure(b).any(|at| of_a.binary_search(&at).is_ok())
}
