use std::cell::OnceCell;

use crate::lint::rules::mesh_view::{MeshSpace, companions_of, mesh_spaces};
use crate::lint::rules::prelude::*;
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
        source: "https://istio.io/latest/docs/concepts/security/#peer-authentication",
    }
}

impl Rule for IstioMissingStrictMtls {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn unit(&self, _unit: &Unit, cx: &mut ManifestCx<'_>) {
        let Some(unit) = cx.unit() else { return };
        let companions = OnceCell::new();
        for MeshSpace { space, root, anchor } in mesh_spaces(unit, cx) {
            let (mode, at) = unit.mesh().mtls_mode(&space.name, root);
            if mode == MtlsMode::Strict {
                continue;
            }
            // what another part of the workspace says of the same namespace, or of the whole mesh
            let elsewhere = || {
                let others = companions.get_or_init(|| companions_of(unit, cx));
                let said = |other: &Unit, name: &str| other.mesh().own_mtls_mode(name).is_some_and(|(mode, _)| mode != MtlsMode::Unset);
                others.iter().any(|other| said(other, &space.name) || said(other, root))
            };
            let decided_here = unit.mesh().own_mtls_mode(&space.name).is_some_and(|(mode, _)| mode != MtlsMode::Unset);
            if mode == MtlsMode::Unknown || !unit.is_complete() || (!decided_here && elsewhere()) {
                cx.withhold();
                continue;
            }
            let name = &space.name;
            let message = match at {
                Some(_) => format!("the namespace `{name}` accepts plaintext: its mode of mutual TLS is `{}`", mode.as_str()),
                None => format!("the namespace `{name}` accepts plaintext: no PeerAuthentication makes mutual TLS strict"),
            };
            let Some(report) = cx.report(anchor, message) else { continue };
            let report = report.help(format!("add a PeerAuthentication with `mode: STRICT` to `{name}` or to the root namespace `{root}`"));
            if let Some(at) = at {
                report.label(at, "the mode is set here");
            }
        }
    }
}
