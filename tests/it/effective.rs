//! What is in force for workloads: mutual TLS, authorization, injection, identity.

use ztctl::model::effective::{Identity, Injection, Plane, TrustDomains, injection, spire_ids};
use ztctl::model::manifests::{File, Manifests};
use ztctl::model::mesh::MtlsMode;
use ztctl::model::tri::Tri;
use ztctl::model::units::Unit;
use ztctl::model::value::Format;
use ztctl::text::{SourceFile, SourceMap};

fn load(text: &str) -> (SourceMap, Manifests) {
    let mut sources = SourceMap::default();
    let source = sources.add(SourceFile::new("all.yaml", text));
    let manifests = Manifests::load(&mut sources, &[File { source, format: Format::Yaml }]);
    (sources, manifests)
}

fn pod(name: &str, namespace: &str, extra: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: {namespace}\n  labels: {{app: {name}}}\n{extra}spec:\n  containers:\n  - name: {name}\n    image: {name}:1\n"
    )
}

fn peer(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: '{namespace}'}}\nspec: {spec}\n"
    )
}

fn authz(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: '{namespace}'}}\nspec: {spec}\n"
    )
}

fn line(sources: &SourceMap, at: Option<&ztctl::model::value::Origin>) -> Option<usize> {
    at.map(|at| sources.get(at.at.source).line(at.at.span.start) + 1)
}

/// The mode of the first workload of `a`, the line that decided it, and those of its ports.
fn mtls(text: &str) -> (MtlsMode, Option<usize>, Vec<(String, MtlsMode)>) {
    let (sources, manifests) = load(text);
    let effective = manifests.units[0].effective(manifests.mesh_root());
    let found = effective.mtls(&effective.workloads_of("a")[0]);
    let ports = found.ports.iter().map(|(port, mode)| (port.to_string(), mode.mode)).collect();
    (found.mode.mode, line(&sources, found.mode.at.as_ref()), ports)
}

#[test]
fn mutual_tls_is_inherited_from_mesh_to_port() {
    let pod = pod("web", "a", "");
    assert_eq!(mtls(&pod), (MtlsMode::Permissive, None, vec![]));
    let mesh = pod.clone() + &peer("default", "istio-system", "{mtls: {mode: STRICT}}");
    assert_eq!(mtls(&mesh).0, MtlsMode::Strict);
    assert_eq!(mtls(&mesh).1, Some(16));
    let namespace = mesh.clone() + &peer("default", "a", "{mtls: {mode: DISABLE}}");
    assert_eq!(mtls(&namespace).0, MtlsMode::Disable);
    let unset = mesh.clone() + &peer("default", "a", "{mtls: {mode: UNSET}}");
    assert_eq!(mtls(&unset).0, MtlsMode::Strict);
    let own = namespace
        + &peer(
            "web",
            "a",
            "{selector: {matchLabels: {app: web}}, mtls: {mode: PERMISSIVE}, portLevelMtls: {8080: {mode: STRICT}, 9090: {mode: UNSET}}}",
        );
    let ports = vec![("8080".to_owned(), MtlsMode::Strict), ("9090".to_owned(), MtlsMode::Permissive)];
    assert_eq!((mtls(&own).0, mtls(&own).2), (MtlsMode::Permissive, ports));
}

#[test]
fn a_selector_in_the_root_namespace_does_nothing_for_mutual_tls() {
    let text = pod("web", "a", "") + &peer("web", "istio-system", "{selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}}");
    assert_eq!(mtls(&text).0, MtlsMode::Permissive);
    // with another root namespace it is an ordinary one of istio-system
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-config}\ndata:\n  mesh: |\n    rootNamespace: istio-config\n";
    let text = pod("web", "a", "") + config + &peer("default", "istio-config", "{mtls: {mode: STRICT}}");
    assert_eq!(mtls(&text).0, MtlsMode::Strict);
}

#[test]
fn what_cannot_be_read_leaves_the_mode_unknown() {
    let pod = pod("web", "a", "");
    for policies in [
        // which one is the oldest?
        peer("one", "a", "{mtls: {mode: STRICT}}") + &peer("two", "a", "{mtls: {mode: PERMISSIVE}}"),
        peer("default", "a", "{mtls: STRICT}"),
        peer("default", "a", "{mtls: {mode: strict}}"),
        peer("default", "a", "{selector: web, mtls: {mode: STRICT}}"),
        peer("default", "a", "[]"),
        peer("default", "${NAMESPACE}", "{mtls: {mode: STRICT}}"),
        peer("default", "a", "{selector: {matchLabels: {app: '${APP}'}}, mtls: {mode: STRICT}}"),
        peer("default", "a", "{mtls: {mode: STRICT}}").replace("/v1\n", "/v9\n"),
    ] {
        assert_eq!(mtls(&(pod.clone() + &policies)).0, MtlsMode::Unknown, "{policies}");
    }
    // they agree
    let same = pod.clone() + &peer("one", "a", "{mtls: {mode: STRICT}}") + &peer("two", "a", "{mtls: {mode: STRICT}}");
    assert_eq!(mtls(&same).0, MtlsMode::Strict);
    // another namespace's is none of ours
    assert_eq!(mtls(&(pod + &peer("default", "b", "{mtls: STRICT}"))).0, MtlsMode::Permissive);
}

/// Custom, deny, allow, audit, unknown; whether denied by default; whether open.
fn policies(text: &str) -> ([Vec<String>; 5], Tri, Tri) {
    let (_, manifests) = load(text);
    let effective = manifests.units[0].effective(manifests.mesh_root());
    let found = effective.authorization(&effective.workloads_of("a")[0]);
    let names = [&found.custom, &found.deny, &found.allow, &found.audit, &found.unknown]
        .map(|list| list.iter().filter_map(|applied| applied.policy.object.name().map(str::to_owned)).collect());
    (names, found.default_denied().0, found.is_open())
}

#[test]
fn policies_are_attached_by_namespace_root_and_selector() {
    let text = pod("web", "a", "")
        + &authz("nothing", "a", "{}")
        + &authz("ours", "a", "{selector: {matchLabels: {app: web}}, action: DENY, rules: [{to: [{operation: {ports: ['1']}}]}]}")
        + &authz("others", "a", "{selector: {matchLabels: {app: db}}}")
        + &authz("elsewhere", "b", "{}")
        + &authz("mesh", "istio-system", "{action: CUSTOM, provider: {name: x}, rules: [{}]}")
        + &authz("mesh-web", "istio-system", "{selector: {matchLabels: {app: web}}, action: AUDIT}")
        + &authz("odd", "a", "{action: PERMIT}");
    let (names, denied, open) = policies(&text);
    let expected = [vec!["mesh"], vec!["ours"], vec!["nothing"], vec!["mesh-web"], vec!["odd"]];
    assert_eq!(names, expected.map(|list| list.into_iter().map(str::to_owned).collect::<Vec<_>>()));
    assert_eq!((denied, open), (Tri::Yes, Tri::No));
}

#[test]
fn what_is_denied_by_default() {
    let pod = pod("web", "a", "");
    let of = |policy: String| policies(&(pod.clone() + &policy)).1;
    assert_eq!(of(String::new()), Tri::No);
    assert_eq!(of(authz("x", "a", "{}")), Tri::Yes);
    assert_eq!(of(authz("x", "istio-system", "{}")), Tri::Yes);
    assert_eq!(of(authz("x", "a", "{action: DENY, rules: [{}]}")), Tri::Yes);
    assert_eq!(of(authz("x", "a", "{action: DENY, rules: [{to: [{operation: {paths: [/x]}}]}]}")), Tri::No);
    assert_eq!(of(authz("x", "a", "{action: AUDIT}")), Tri::No);
    // perhaps
    assert_eq!(of(authz("x", "a", "{selector: web}")), Tri::Unknown);
    assert_eq!(of(authz("x", "${NS}", "{}")), Tri::Unknown);
    assert_eq!(of(authz("x", "a", "{}").replace("/v1\n", "/v9\n")), Tri::Unknown);
    // only one of the two is applied
    assert_eq!(of(authz("x", "a", "{}") + &authz("x", "a", "{selector: {matchLabels: {app: db}}}")), Tri::Unknown);
    assert_eq!(of(authz("x", "a", "{}") + &authz("x", "a", "{}")), Tri::Yes);
}

#[test]
fn what_lets_everyone_in() {
    let pod = pod("web", "a", "");
    let of = |policy: String| policies(&(pod.clone() + &policy)).2;
    assert_eq!(of(String::new()), Tri::Yes);
    assert_eq!(of(authz("x", "a", "{rules: [{}]}")), Tri::Yes);
    assert_eq!(of(authz("x", "a", "{rules: [{to: [{operation: {ports: ['1']}}]}]}")), Tri::No);
    assert_eq!(of(authz("x", "a", "{action: PERMIT}")), Tri::Unknown);
    assert_eq!(of(authz("x", "a", "{action: AUDIT, rules: [{}]}")), Tri::Yes);
}

fn injected(namespace: &str, extra: &str, spec: &str) -> Injection {
    let namespace = format!("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n{namespace}");
    let text = namespace + &pod("web", "a", extra) + spec;
    let (_, manifests) = load(&text);
    let space = manifests.units[0].cluster().namespace("a").expect("declared");
    let pod = space.pods().next().expect("a pod");
    injection(&pod, space)
}

#[test]
fn injection_is_decided_by_pod_and_namespace() {
    let said = |found: Injection| (found.joined, found.plane);
    let enabled = "  labels: {istio-injection: enabled}\n";
    assert_eq!(said(injected("", "", "")), (Tri::No, None));
    assert_eq!(said(injected(enabled, "", "")), (Tri::Yes, Some(Plane::Sidecar)));
    assert_eq!(said(injected("  labels: {istio.io/rev: stable}\n", "", "")), (Tri::Yes, Some(Plane::Sidecar)));
    assert_eq!(said(injected("  labels: {istio.io/rev: stable, istio-injection: disabled}\n", "", "")), (Tri::No, Some(Plane::Sidecar)));
    let off = "  annotations: {sidecar.istio.io/inject: 'false'}\n";
    assert_eq!(said(injected(enabled, off, "")), (Tri::No, Some(Plane::Sidecar)));
    let on = "  annotations: {sidecar.istio.io/inject: 'true'}\n";
    assert_eq!(said(injected("", on, "")), (Tri::Yes, Some(Plane::Sidecar)));
    assert_eq!(said(injected(enabled, "", "  hostNetwork: true\n")), (Tri::No, Some(Plane::Sidecar)));
    let ambient = "  labels: {istio.io/dataplane-mode: ambient}\n";
    assert_eq!(said(injected(ambient, "", "")), (Tri::Yes, Some(Plane::Ambient)));
    assert_eq!(said(injected(ambient, off, "")), (Tri::Yes, Some(Plane::Ambient)));
    let linkerd = "  annotations: {linkerd.io/inject: enabled}\n";
    assert_eq!(said(injected(linkerd, "", "")), (Tri::Yes, Some(Plane::Linkerd)));
    let out = "  annotations: {linkerd.io/inject: disabled}\n";
    assert_eq!(said(injected(linkerd, out, "")), (Tri::No, Some(Plane::Linkerd)));
}

fn identity(unit: &Unit) -> Identity {
    let effective = unit.effective("istio-system");
    Identity::of(&effective.workloads_of("a")[0]).expect("a pod")
}

#[test]
fn identities_of_a_workload() {
    let spiffe = "---\napiVersion: spire.spiffe.io/v1alpha1\nkind: ClusterSPIFFEID\nmetadata: {name: x}\nspec:\n  spiffeIDTemplate: 'spiffe://{{ .TrustDomain }}/ns/{{ .PodMeta.Namespace }}/sa/{{ .PodSpec.ServiceAccountName }}'\n  podSelector: {matchLabels: {app: web}}\n";
    let other = spiffe.replace("name: x", "name: y").replace("app: web", "app: db");
    let config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n    trustDomain: shop.example\n    trustDomainAliases: [old.example]\n";
    let (_, manifests) = load(&(pod("web", "a", "") + "  serviceAccountName: front\n" + spiffe + &other + config));
    let unit = &manifests.units[0];
    let found = identity(unit);
    assert_eq!(found.istio_principal("shop.example").as_deref(), Some("shop.example/ns/a/sa/front"));
    assert_eq!(found.linkerd_name("cluster.local").as_deref(), Some("front.a.serviceaccount.identity.linkerd.cluster.local"));
    let effective = unit.effective("istio-system");
    let space = unit.cluster().namespace("a").expect("a namespace");
    let ids = spire_ids(&found, &effective.workloads_of("a")[0].labels(), space, unit.cluster(), Some("shop.example"));
    let ids: Vec<_> = ids.into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, [Some("spiffe://shop.example/ns/a/sa/front".to_owned())]);
    let domains = TrustDomains::new(manifests.mesh_settings());
    let has = ["shop.example", "old.example", "cluster.local", "foreign.example"].map(|name| domains.has(name));
    assert_eq!(has, [Tri::Yes, Tri::Yes, Tri::Yes, Tri::No]);
    // without a mesh configuration any may be
    assert_eq!(TrustDomains::new([]).has("foreign.example"), Tri::Unknown);
    assert_eq!(TrustDomains::new([]).only(), Some("cluster.local"));
}

#[test]
fn a_policy_that_cannot_be_parsed_is_missed() {
    let (_, manifests) = load("apiVersion: \"security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default}\n");
    assert!(manifests.units[0].may_lack(&["PeerAuthentication"]));
    assert!(!manifests.units[0].may_lack(&["AuthorizationPolicy"]));
}
