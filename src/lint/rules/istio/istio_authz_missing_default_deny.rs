use std::cell::OnceCell;

use crate::lint::rules::insert::append_document;
use crate::lint::rules::mesh_view::{MeshSpace, companions_of, has_named, mesh_spaces};
use crate::lint::rules::prelude::*;
use crate::model::mesh::DefaultDeny;

declare_rule! {
    IstioAuthzMissingDefaultDeny {
        id: "istio-authz-missing-default-deny",
        group: "istio",
        summary: "a namespace of the mesh in which what no policy allows is let through",
        why: "A workload that no ALLOW policy applies to takes every request: whatever is deployed without a policy of its own is open to \
              the whole mesh, and a policy that is deleted by mistake opens what it protected. An AuthorizationPolicy without rules and \
              without selector, in the namespace or in the mesh's root namespace, refuses what nothing allows.\n\n\
              A policy of the whole namespace with rules does as well, for what its rules do not allow is refused. A policy with a \
              selector does not, nor does one that denies some requests or that is only tried (`istio.io/dry-run`). Namespaces are \
              judged where a Namespace object or a workload shows that they are in the mesh; those of `[check] system-namespaces` are \
              not.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: allow-nothing\n  namespace: shop\nspec: {}\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Appends an AuthorizationPolicy that allows nothing to the file of the Namespace or workload that the finding points at. What no other policy allows is refused then.",
        source: "https://istio.io/latest/docs/ops/best-practices/security/#use-default-deny-patterns",
    }
}

impl Rule for IstioAuthzMissingDefaultDeny {
    fn unit(&self, _unit: &Unit, cx: &mut ManifestCx<'_>) {
        let Some(unit) = cx.unit() else { return };
        let companions = OnceCell::new();
        for place in mesh_spaces(unit, cx) {
            let MeshSpace { space, root, anchor } = place;
            let found = unit.mesh().default_deny(&space.name, root);
            if found == DefaultDeny::Yes {
                continue;
            }
            // what another part of the workspace gives the same namespace, or the whole mesh
            let elsewhere = || {
                let others = companions.get_or_init(|| companions_of(unit, cx));
                others.iter().any(|other| [&*space.name, root].iter().any(|name| other.mesh().default_deny_of(name) != DefaultDeny::No))
            };
            if found == DefaultDeny::Unknown || unit.may_lack(&["AuthorizationPolicy"]) || elsewhere() {
                cx.withhold();
                continue;
            }
            let name = &space.name;
            let (severity, message) = if found == DefaultDeny::External {
                (
                    Severity::Info,
                    format!(
                        "the namespace `{name}` leaves every decision to an external authorizer: nothing in the mesh refuses by default"
                    ),
                )
            } else {
                (
                    Severity::Warning,
                    format!("the namespace `{name}` has no default deny: what no AuthorizationPolicy allows is let through"),
                )
            };
            let policy = format!(
                "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: allow-nothing\n  namespace: {name}\nspec: {{}}\n"
            );
            let holder = place.anchor_object().filter(|_| !has_named(space, "AuthorizationPolicy", "allow-nothing"));
            let edit = holder.and_then(|(object, name)| append_document(cx.sources(), object, name, &policy));
            if let Some(report) = cx.report_as(severity, anchor, message) {
                let help = format!("add an AuthorizationPolicy with `spec: {{}}` to `{name}`, and allow what is needed beside it");
                let mut report = report.help(help);
                for object in space.deciders() {
                    report = report.decided_by(object.kind_at());
                }
                if let Some(edit) = edit {
                    report.fix("refuse what no policy allows", Applicability::Unsafe, [edit]);
                }
            }
        }
    }
}
