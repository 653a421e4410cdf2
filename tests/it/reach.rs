//! Who can talk to whom.

use std::collections::BTreeMap;

use ztctl::model::k8s::Object;
use ztctl::model::tri::Tri;
use ztctl::model::units::{Unit, UnitKind};
use ztctl::reach::{Graph, Options, PROTOCOLS, PortSet, compute, diff};

use crate::netpol::{Golden, goldens};
use crate::support::Sample;

/// The graph of files; every workload counts.
fn graph(files: &[(&str, &str)]) -> Graph {
    let sample = Sample::new(files.iter().copied(), None);
    let objects = sample.texts.manifests.applied().flat_map(|unit| unit.objects.clone()).collect();
    let unit = Unit::new(UnitKind::Plain, String::new(), objects);
    compute(&unit, &sample.texts.sources, &Options { mesh_root: "istio-system", is_counted: &|_: &Object| true })
}

fn pod(namespace: &str, name: &str, more: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers: [{{name: {name}, image: 'registry.example/{name}:1'{more}}}]\n"
    )
}

fn namespace(name: &str) -> String {
    format!("---\napiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}, labels: {{team: {name}, istio-injection: enabled}}}}\n")
}

fn policy(namespace: &str, name: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

/// `from → to` with what passes; `?` before what only perhaps does.
fn edges(graph: &Graph) -> Vec<String> {
    let pairs = graph.pairs(1000).expect("few");
    let name = |at: u32| graph.nodes[at as usize].name.clone();
    pairs
        .into_iter()
        .map(|(from, to, kind)| match kind.answer() {
            Tri::Yes => format!("{} -> {}: {}", name(from), name(to), kind.ports),
            _ => format!("{} -> {}: ? {}", name(from), name(to), kind.perhaps),
        })
        .collect()
}

#[test]
fn sets_of_ports_are_sets() {
    let set = |first, last| PortSet::range(Some("TCP"), first, last);
    let web = set(80, 80).union(&set(443, 443));
    assert_eq!(web.to_string(), "TCP 80, 443");
    assert_eq!(set(80, 90).union(&set(91, 95)).to_string(), "TCP 80-95");
    assert_eq!(PortSet::all().without(&set(80, 80)).intersection(&set(79, 82)).to_string(), "TCP 79, 81-82");
    assert!(PortSet::all().without(&PortSet::all()).is_empty());
    assert!(PortSet::all().is_all() && !web.is_all());
    assert_eq!(PortSet::range(None, 0, 65535), PortSet::all());
    assert_eq!(set(65535, 65535).without(&set(1, 65534)).to_string(), "TCP 65535");
}

#[test]
fn without_policies_the_network_is_flat() {
    let text = [namespace("shop"), pod("shop", "web", ""), pod("shop", "api", ""), pod("shop", "db", "")].concat();
    let graph = graph(&[("a.yaml", &text)]);
    assert_eq!((graph.measures.edges, graph.measures.flat, graph.measures.reduction(false)), (6, 6, Some(0)));
    assert_eq!((graph.measures.blast_radius.median, graph.measures.blast_radius.max), (2, 2));
    // no policy tells them apart
    assert_eq!(graph.groups.len(), 1);
    assert_eq!(graph.measures.implicit, 6);
}

#[test]
fn an_edge_needs_both_ends_and_names_its_rules() {
    let text = [
        namespace("shop"),
        pod("shop", "web", ""),
        pod("shop", "api", ""),
        pod("shop", "db", ", ports: [{name: sql, containerPort: 5432}]"),
        policy("shop", "deny", "{podSelector: {}, policyTypes: [Ingress, Egress]}"),
        policy(
            "shop",
            "api",
            "\n  podSelector: {matchLabels: {app: api}}\n  ingress:\n    - from: [{podSelector: {matchLabels: {app: web}}}]\n      ports: [{port: 8080}]\n  egress:\n    - to: [{podSelector: {matchLabels: {app: db}}}]\n      ports: [{port: sql}]\n  policyTypes: [Ingress, Egress]",
        ),
        policy(
            "shop",
            "db",
            "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: api}}}], ports: [{port: 5432}, {port: 9187}]}]}",
        ),
        // `web` may call anyone, but only `api` lets it in
        policy("shop", "web", "{podSelector: {matchLabels: {app: web}}, egress: [{}], policyTypes: [Egress]}"),
    ]
    .concat();
    let graph = graph(&[("a.yaml", &text)]);
    assert_eq!(edges(&graph), ["api -> db: TCP 5432", "web -> api: TCP 8080"]);
    assert_eq!(graph.measures.reduction(false), Some(66));
    // from `web` through `api` to `db`
    assert_eq!((graph.measures.blast_radius.max, graph.measures.blast_radius.median), (2, 1));
    let at = |name: &str| graph.find(&format!("shop/Deployment/{name}")).expect(name);
    let kind = graph.edge(at("api"), at("db")).expect("an edge");
    assert!(kind.is_explicit() && kind.names_clients);
    let places: Vec<(&str, u32)> = graph.places_of(kind).map(|place| (place.object.as_str(), place.line)).collect();
    let line = |needle: &str| u32::try_from(text.lines().position(|line| line.contains(needle)).expect(needle)).expect("few") + 1;
    assert_eq!(places, [("NetworkPolicy/api", line("- to:")), ("NetworkPolicy/db", line("port: 9187"))]);
}

#[test]
fn what_a_template_decides_is_unknown() {
    let text = [
        namespace("shop"),
        pod("shop", "web", ""),
        pod("shop", "api", ""),
        policy("shop", "api", "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: '${CLIENT}'}}}], ports: [{port: 80}]}]}"),
    ]
    .concat();
    let found = edges(&graph(&[("a.yaml", &text)]));
    assert_eq!(found, ["api -> web: all ports", "web -> api: ? TCP 80"]);
}

#[test]
fn stages_are_asked_in_their_order() {
    let base = [namespace("shop"), pod("shop", "web", ""), pod("shop", "api", "")].concat();
    let of = |more: &str| {
        let text = format!("{base}{more}");
        let graph = graph(&[("a.yaml", &text)]);
        let at = |name: &str| graph.find(&format!("shop/Deployment/{name}")).expect(name);
        graph.edge(at("web"), at("api")).map_or("closed".to_owned(), |kind| kind.ports.to_string())
    };
    let open = policy("shop", "open", "{podSelector: {}, ingress: [{}]}");
    let deny = policy("shop", "deny", "{podSelector: {}}");
    let admin = |name: &str, priority: u8, rule: &str| {
        format!(
            "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{priority: {priority}, subject: {{namespaces: {{}}}}, ingress: [{{action: {rule}, from: [{{namespaces: {{}}}}]}}]}}\n"
        )
    };
    assert_eq!(of(""), "all ports");
    assert_eq!(of(&deny), "closed");
    assert_eq!(of(&format!("{deny}{open}")), "all ports");
    // administrators win over NetworkPolicies, the lower priority first
    assert_eq!(of(&format!("{open}{}", admin("a", 5, "Deny"))), "closed");
    assert_eq!(of(&format!("{deny}{}", admin("a", 5, "Allow"))), "all ports");
    assert_eq!(of(&format!("{open}{}{}", admin("a", 5, "Deny"), admin("b", 4, "Pass"))), "all ports");
    let baseline = "---\napiVersion: policy.networking.k8s.io/v1alpha1\nkind: BaselineAdminNetworkPolicy\nmetadata: {name: default}\nspec: {subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n";
    assert_eq!(of(baseline), "closed");
    assert_eq!(of(&format!("{baseline}{open}")), "all ports");
    // an empty rule of Cilium's selects nobody
    let cilium = |rules: &str| {
        format!(
            "---\napiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {{name: c, namespace: shop}}\nspec: {{endpointSelector: {{}}, {rules}}}\n"
        )
    };
    assert_eq!(of(&cilium("ingress: [{}]")), "closed");
    assert_eq!(of(&cilium("ingress: [{fromEndpoints: [{}]}]")), "all ports");
    assert_eq!(
        of(&cilium(
            "ingress: [{fromEntities: [cluster]}], ingressDeny: [{fromEndpoints: [{matchLabels: {app: web}}], toPorts: [{ports: [{port: '80', protocol: TCP}]}]}]"
        )),
        "TCP 1-79, 81-65535; UDP all ports; SCTP all ports"
    );
    // Calico's rules in order, its policies by `order`
    let calico = |name: &str, order: &str, rules: &str| {
        format!(
            "---\napiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {{name: {name}}}\nspec: {{order: {order}, types: [Ingress], ingress: [{rules}]}}\n"
        )
    };
    assert_eq!(of(&calico("a", "10", "{action: Deny, source: {selector: \"app == 'web'\"}}, {action: Allow}")), "closed");
    assert_eq!(of(&calico("a", "10", "{action: Allow, source: {selector: \"app == 'web'\"}}, {action: Deny}")), "all ports");
    assert_eq!(of(&format!("{}{}", calico("z", "10", "{action: Allow}"), calico("a", "20", "{action: Deny}"))), "all ports");
    // behind NetworkPolicies, which have order 1000
    assert_eq!(of(&format!("{open}{}", calico("a", "2000", "{action: Deny}"))), "all ports");
    assert_eq!(of(&format!("{open}{}", calico("a", "100", "{action: Deny}"))), "closed");
}

#[test]
fn a_mesh_decides_by_identity() {
    let mesh = "---\napiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: istio-system}\nspec: {mtls: {mode: STRICT}}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {}\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: api, namespace: shop}\nspec:\n  selector: {matchLabels: {app: api}}\n  rules:\n    - from: [{source: {principals: [cluster.local/ns/shop/sa/web]}}]\n      to: [{operation: {ports: ['8080'], methods: [GET]}}]\n";
    let outside = "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: legacy}\n";
    let text = [
        namespace("shop"),
        pod("shop", "web", ""),
        pod("shop", "api", ""),
        pod("shop", "db", ""),
        outside.to_owned(),
        pod("legacy", "web", ""),
    ]
    .concat();
    let graph = graph(&[("a.yaml", &text), ("mesh.yaml", mesh)]);
    let at = |id: &str| graph.find(id).expect(id);
    let kind = graph.edge(at("shop/Deployment/web"), at("shop/Deployment/api")).expect("an edge");
    assert_eq!((kind.ports.to_string().as_str(), kind.layer.number()), ("TCP 8080", 7));
    assert!(kind.is_explicit() && kind.names_clients);
    assert!(graph.edge(at("shop/Deployment/db"), at("shop/Deployment/api")).is_none());
    assert!(graph.edge(at("shop/Deployment/web"), at("shop/Deployment/db")).is_none());
    // without a certificate nobody comes in, whatever the account is called
    assert!(graph.edge(at("legacy/Deployment/web"), at("shop/Deployment/api")).is_none());
}

#[test]
fn a_diff_names_what_changed() {
    let base = [namespace("shop"), pod("shop", "web", ""), pod("shop", "api", ""), policy("shop", "deny", "{podSelector: {}}")].concat();
    let more = policy(
        "shop",
        "api",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 80}]}]}",
    );
    let (before, after) = (graph(&[("a.yaml", &base)]), graph(&[("a.yaml", &format!("{base}{more}"))]));
    assert!(diff(&before, &before).is_empty());
    let found = diff(&before, &after);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].from.as_slice(), found[0].to.as_slice()), (&["shop/Deployment/web"][..], &["shop/Deployment/api"][..]));
    assert!(found[0].before.is_none() && found[0].after.is_some_and(|kind| kind.ports.to_string() == "TCP 80"));
}

#[test]
fn many_workloads_stay_small() {
    let mut text = String::new();
    for space in 0..20 {
        text.push_str(&namespace(&format!("ns{space}")));
        for app in 0..100 {
            text.push_str(&pod(&format!("ns{space}"), &format!("app{app}"), ""));
        }
        for nr in 0..25 {
            let spec = format!(
                "{{podSelector: {{matchLabels: {{app: app{nr}}}}}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: app{}}}}}}}], ports: [{{port: 80}}]}}]}}",
                nr + 1
            );
            text.push_str(&policy(&format!("ns{space}"), &format!("p{nr}"), &spec));
        }
    }
    let started = std::time::Instant::now();
    let graph = graph(&[("a.yaml", &text)]);
    eprintln!("2000 workloads, 500 policies: {:?}", started.elapsed());
    assert_eq!((graph.nodes.len(), graph.measures.flat), (2000, 2000 * 1999));
    // 25 groups that a policy selects, one that is named only, and the rest, by namespace
    assert_eq!(graph.groups.len(), 20 * 27);
    assert_eq!(graph.measures.edges, 1500 * 1999 + 500);
    assert!(graph.edges.len() < 200_000);
    assert!(graph.pairs(1000).is_none());
}

#[test]
fn odd_policies_break_nothing() {
    let base = [namespace("shop"), pod("shop", "web", ""), pod("shop", "api", "")].concat();
    for spec in [
        "7",
        "[]",
        "{}",
        "{podSelector: 7, ingress: 3}",
        "{podSelector: {}, ingress: [{from: [7], ports: [{port: 99999}]}]}",
        "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: x/99, except: 7}}]}]}",
    ] {
        for kind in [
            "networking.k8s.io/v1\nkind: NetworkPolicy",
            "cilium.io/v2\nkind: CiliumNetworkPolicy",
            "projectcalico.org/v3\nkind: NetworkPolicy",
            "policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy",
        ] {
            let text = format!("{base}---\napiVersion: {kind}\nmetadata: {{name: a, namespace: shop}}\nspec: {spec}\n");
            assert_eq!(graph(&[("a.yaml", &text)]).nodes.len(), 2);
        }
    }
}

/// As netpol-analyzer writes connections.
fn written(ports: &PortSet) -> String {
    if ports.is_all() {
        return "All Connections".to_owned();
    }
    let order = [2, 0, 1];
    let parts = order.into_iter().filter(|at| !ports.intervals(*at).is_empty()).map(|at| {
        let list: Vec<String> = ports.intervals(at).iter().map(|(a, b)| if a == b { a.to_string() } else { format!("{a}-{b}") }).collect();
        format!("{} {}", PROTOCOLS[at], list.join(","))
    });
    parts.collect::<Vec<_>>().join(",")
}

#[test]
fn edges_are_those_of_netpol_analyzer() {
    let Some(trees) = goldens() else { return };
    let (mut judged, mut compared, mut wrong) = (0, 0, Vec::new());
    for Golden { name, sample, objects, edges } in trees {
        judged += 1;
        let unit = Unit::new(UnitKind::Plain, String::new(), objects);
        let graph = compute(&unit, &sample.texts.sources, &Options { mesh_root: "istio-system", is_counted: &|_: &Object| true });
        let name_of = |at: usize| {
            let node = &graph.nodes[at];
            format!("{}/{}[{}]", node.namespace, node.name, node.kind)
        };
        let known: BTreeMap<String, usize> = (0..graph.nodes.len()).map(|at| (name_of(at), at)).collect();
        let at = |(from, to): &(String, String)| Some((*known.get(from)?, *known.get(to)?));
        let wanted: BTreeMap<(usize, usize), String> = edges.into_iter().filter_map(|(pair, what)| Some((at(&pair)?, what))).collect();
        for from in 0..graph.nodes.len() {
            for to in (0..graph.nodes.len()).filter(|to| *to != from) {
                compared += 1;
                // what depends on the addresses of pods is open here; the analyzer takes no pod for one of a network
                let found = graph.edge(from, to);
                let least = found.map(|kind| kind.ports.clone()).unwrap_or_default();
                let most = found.map(|kind| kind.ports.union(&kind.perhaps)).unwrap_or_default();
                let text = |ports: &PortSet| if ports.is_empty() { String::new() } else { written(ports) };
                let want = wanted.get(&(from, to)).cloned().unwrap_or_default();
                if text(&least) != want && text(&most) != want {
                    wrong.push(format!("{name}: {} => {}: found `{least}`, want `{want}`", name_of(from), name_of(to)));
                }
            }
        }
    }
    eprintln!("{judged} trees, {compared} pairs, {} differ", wrong.len());
    assert!(judged > 50, "only {judged} trees have a golden");
    assert!(wrong.is_empty(), "{} of {compared} pairs differ:\n{}", wrong.len(), wrong[..wrong.len().min(60)].join("\n"));
}
