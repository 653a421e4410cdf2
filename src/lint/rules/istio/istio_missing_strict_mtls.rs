use std::cell::OnceCell;

use crate::lint::rules::insert::append_document;
use crate::lint::rules::mesh_view::{MeshSpace, companions_of, has_named, mesh_spaces};
use crate::lint::rules::prelude::*;
use crate::model::effective::Mode;
use crate::model::mesh::MtlsMode;

declare_rule! {
    IstioMissingStrictMtls {
        id: "istio-missing-strict-mtls",
        group: "istio",
        summary: "a namespace of the mesh whose workloads accept plaintext",
        why: "Where no PeerAuthentication says `STRICT`, workloads take plaintext beside mutual TLS. A plaintext caller has no identity, so \
              policies about principals and namespaces cannot tell it from any other, and what it sends can be read and changed on the \
              way. A policy without selector in the namespace counts, else one in the mesh's root namespace; one with a selector covers \
              the workloads that it selects and no others.",
        bad: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n"),
        good: yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n  labels:\n    istio-injection: enabled\n---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: shop\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Appends a PeerAuthentication for the namespace to the file of the Namespace or workload that the finding points at. Callers without a sidecar are refused then.",
        source: "https://istio.io/latest/docs/concepts/security/#peer-authentication",
    }
}

impl Rule for IstioMissingStrictMtls {
    fn unit(&self, _unit: &Unit, cx: &mut ManifestCx<'_>) {
        let Some(unit) = cx.unit() else { return };
        let companions = OnceCell::new();
        for found in mesh_spaces(unit, cx) {
            let MeshSpace { space, root, anchor } = found;
            let Mode { mode, at } = unit.effective(root).namespace_mtls(&space.name);
            if mode == MtlsMode::Strict {
                continue;
            }
            // what another part of the workspace says of the same namespace, or of the whole mesh
            let elsewhere = || {
                let others = companions.get_or_init(|| companions_of(unit, cx));
                others.iter().any(|other| other.mesh().sets_mtls(&space.name) || other.mesh().sets_mtls(root))
            };
            let decided_here = unit.mesh().sets_mtls(&space.name);
            if mode == MtlsMode::Unknown || unit.may_lack(&["PeerAuthentication"]) || (!decided_here && elsewhere()) {
                cx.withhold();
                continue;
            }
            let name = &space.name;
            let message = match &at {
                Some(_) => format!("the namespace `{name}` accepts plaintext: its mode of mutual TLS is `{}`", mode.as_str()),
                None => format!("the namespace `{name}` accepts plaintext: no PeerAuthentication makes mutual TLS strict"),
            };
            let policy = format!(
                "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\n  namespace: {name}\nspec:\n  mtls:\n    \
                 mode: STRICT\n"
            );
            let holder = found.anchor_object().filter(|_| at.is_none() && !has_named(space, "PeerAuthentication", "default"));
            let edit = holder.and_then(|(object, name)| append_document(cx.sources(), object, name, &policy));
            let Some(report) = cx.report(anchor, message) else { continue };
            let mut report =
                report.help(format!("add a PeerAuthentication with `mode: STRICT` to `{name}` or to the root namespace `{root}`"));
            for object in space.deciders().chain(space.objects.iter().filter(|object| &*object.kind == "PeerAuthentication")) {
                report = report.decided_by(object.kind_at());
            }
            if let Some(at) = &at {
                report.label(at, "the mode is set here").decided_by(at);
            } else if let Some(edit) = edit {
                report.fix("require mutual TLS in the namespace", Applicability::Unsafe, [edit]);
            }
        }
    }
}
