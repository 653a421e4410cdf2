//! Criteria of the network: exposure, segmentation, default deny, edges that are left.

use ztctl::assess::{Assessment, Settings};

use super::{assessed, status};

const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";

fn pod(name: &str, image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n    spec:\n      serviceAccountName: {name}\n      containers: [{{name: {name}, image: '{image}'}}]\n"
    )
}

fn shop(more: &[&str]) -> Assessment {
    let mut documents =
        vec![SPACE.to_owned(), pod("web", "registry.example/web:1"), pod("api", "registry.example/api:1"), pod("db", "postgres:16")];
    documents.extend(more.iter().map(|text| (*text).to_owned()));
    assessed(&[("k8s/shop.yaml", documents.join("---\n"))], &Settings::default())
}

fn policy(kind: &str, name: &str, spec: &str) -> String {
    let version = match kind {
        "NetworkPolicy" => "networking.k8s.io/v1",
        "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy" => "cilium.io/v2",
        "GlobalNetworkPolicy" => "projectcalico.org/v3",
        _ => "policy.networking.k8s.io/v1alpha1",
    };
    format!("apiVersion: {version}\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec: {spec}\n")
}

/// The statuses of L2, L3 and L4, and whether DQ.NET.1 holds.
fn of(policies: &[String]) -> (&'static str, &'static str, &'static str, bool) {
    let assessment = shop(&policies.iter().map(String::as_str).collect::<Vec<_>>());
    let held = assessment.scopes.iter().any(|scope| scope.caps.iter().any(|cap| cap.disqualifier == "DQ.NET.1"));
    (status(&assessment, "L2.NET.1"), status(&assessment, "L3.NET.1"), status(&assessment, "L4.NET.1"), held)
}

const BOTH: &str = "{podSelector: {}, policyTypes: [Ingress, Egress]}";

#[test]
fn default_deny_is_what_a_policy_does_not_what_it_is_called() {
    let np = |name: &str, spec: &str| policy("NetworkPolicy", name, spec);
    type Expected<'e> = (&'e str, &'e str, &'e str, bool);
    let cases: &[(&[String], Expected<'_>)] = &[
        (&[], ("not_met", "not_met", "not_met", false)),
        (&[np("deny", "{podSelector: {}}")], ("met", "met", "not_met", false)),
        (&[np("deny", BOTH)], ("met", "met", "met", false)),
        // called default-deny, and lets everyone in
        (&[np("default-deny", "{podSelector: {}, ingress: [{}]}")], ("not_met", "not_met", "not_met", true)),
        (&[policy("CiliumNetworkPolicy", "allow", "{endpointSelector: {}, ingress: [{}]}")], ("met", "met", "not_met", false)),
        (
            &[policy("CiliumNetworkPolicy", "a", "{endpointSelector: {}, ingress: [{fromEntities: [all]}]}")],
            ("not_met", "not_met", "not_met", true),
        ),
        // the world on a declared port is no allow-all
        (
            &[policy(
                "CiliumNetworkPolicy",
                "a",
                "{endpointSelector: {matchLabels: {app: web}}, ingress: [{fromEntities: [world], toPorts: [{ports: [{port: '443', protocol: TCP}]}]}]}",
            )],
            ("met", "not_met", "not_met", false),
        ),
        // one that selects some is no default
        (&[np("db", "{podSelector: {matchLabels: {app: db}}}")], ("met", "not_met", "not_met", false)),
        // a default deny that another policy takes back for all
        (&[np("deny", "{podSelector: {}}"), np("open", "{podSelector: {}, ingress: [{}]}")], ("partial", "not_met", "not_met", true)),
        // egress alone is opened again, against a deny
        (
            &[
                np("deny", BOTH),
                np(
                    "web",
                    "{podSelector: {matchLabels: {app: web}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 80}]}], egress: [{}], policyTypes: [Ingress, Egress]}",
                ),
            ],
            ("met", "met", "not_met", true),
        ),
        // name resolution needs no peer
        (
            &[
                np("deny", BOTH),
                np("dns", "{podSelector: {}, egress: [{ports: [{port: 53, protocol: UDP}, {port: 53}]}], policyTypes: [Egress]}"),
            ],
            ("met", "met", "met", false),
        ),
        (
            &[np("deny", BOTH), np("out", "{podSelector: {}, egress: [{ports: [{port: 443}]}], policyTypes: [Egress]}")],
            ("met", "met", "not_met", false),
        ),
        (
            &[
                np("deny", BOTH),
                np(
                    "out",
                    "{podSelector: {}, egress: [{to: [{ipBlock: {cidr: 203.0.113.0/24}}], ports: [{port: 443}]}], policyTypes: [Egress]}",
                ),
            ],
            ("met", "met", "met", false),
        ),
        (&[np("deny", BOTH), np("in", "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}")], ("met", "met", "not_met", false)),
        // policies for all namespaces
        (&[policy("GlobalNetworkPolicy", "deny", "{types: [Ingress, Egress]}")], ("met", "met", "met", false)),
        (
            &[policy("GlobalNetworkPolicy", "other", "{namespaceSelector: \"projectcalico.org/name == 'other'\", types: [Ingress]}")],
            ("not_met", "not_met", "not_met", false),
        ),
        (
            &[policy("GlobalNetworkPolicy", "first", "{order: 10, types: [Ingress], ingress: [{action: Allow}, {action: Deny}]}")],
            ("not_met", "not_met", "not_met", true),
        ),
        (
            &[policy(
                "AdminNetworkPolicy",
                "deny",
                "{priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}",
            )],
            ("met", "met", "not_met", false),
        ),
        (
            &[policy(
                "AdminNetworkPolicy",
                "open",
                "{priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}",
            )],
            ("not_met", "not_met", "not_met", true),
        ),
        (
            &[policy("CiliumClusterwideNetworkPolicy", "deny", "{endpointSelector: {}, ingress: [{}], egress: [{}]}")],
            ("met", "met", "met", false),
        ),
        // a template decides
        (&[np("t", "{podSelector: {}, policyTypes: '${TYPES}'}")], ("unknown", "unknown", "unknown", false)),
    ];
    let mut wrong = Vec::new();
    for (policies, expected) in cases {
        let found = of(policies);
        if found != *expected {
            wrong.push(format!("found {found:?}, want {expected:?}:\n{}", policies.concat()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_namespace_needs_its_deny() {
    let other = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: x, namespace: other}\nspec: {template: {metadata: {labels: {app: x}}, spec: {containers: [{name: x, image: 'x:1'}]}}}\n";
    let assessment = shop(&[&policy("NetworkPolicy", "deny", BOTH), other]);
    assert_eq!((status(&assessment, "L3.NET.1"), status(&assessment, "L4.NET.1")), ("partial", "partial"));
    assert_eq!(assessment.verdict("L3.NET.1").expect("one").coverage(), (1, 2));
}

#[test]
fn datastores_are_not_for_everyone() {
    let service = |more: &str| {
        format!(
            "apiVersion: v1\nkind: Service\nmetadata: {{name: db, namespace: shop{more}}}\nspec: {{TYPE, selector: {{app: db}}, ports: [{{port: 15432, targetPort: 5432}}]}}\n"
        )
    };
    let of = |text: &str| status(&shop(&[text]), "L1.NET.1");
    assert_eq!(of(&service("").replace("TYPE", "type: ClusterIP")), "met");
    assert_eq!(of(&service("").replace("TYPE", "type: NodePort")), "partial");
    assert_eq!(of(&service("").replace("TYPE", "externalIPs: [203.0.113.7]")), "partial");
    assert_eq!(
        of(&service(", annotations: {networking.gke.io/load-balancer-type: Internal}").replace("TYPE", "type: LoadBalancer")),
        "met"
    );
    let ranged = service("").replace("TYPE", "type: LoadBalancer, loadBalancerSourceRanges: [203.0.113.0/24]");
    assert_eq!(of(&ranged), "met");
    // a web service may have a load balancer
    assert_eq!(
        of(
            "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443}]}\n"
        ),
        "met"
    );
    let store = pod("cache", "redis:7").replace("image: 'redis:7'", "image: 'redis:7', ports: [{containerPort: 6379, hostPort: 6379}]");
    assert_eq!(of(&store), "partial");
}

#[test]
fn compose_binds_datastores_to_loopback() {
    let of = |port: &str| {
        let text = format!("services:\n  web: {{image: 'web:1', ports: ['80:80']}}\n  db: {{image: 'postgres:16', ports: ['{port}']}}\n");
        status(&assessed(&[("compose.yaml", text)], &Settings::default()), "L1.NET.1")
    };
    assert_eq!(of("5432:5432"), "partial");
    assert_eq!(of("127.0.0.1:5432:5432"), "met");
    let apart = "services:\n  web: {image: 'web:1', networks: [front]}\n  api: {image: 'api:1', networks: [front, back]}\n  db: {image: 'postgres:16', networks: [back]}\nnetworks: {front: {}, back: {}}\n";
    assert_eq!(status(&assessed(&[("compose.yaml", apart)], &Settings::default()), "L2.NET.1"), "met");
    let together = apart.replace("networks: [front]", "networks: [back]");
    assert_eq!(status(&assessed(&[("compose.yaml", together)], &Settings::default()), "L2.NET.1"), "not_met");
}

/// What may come in where, all named.
fn guarded() -> Vec<String> {
    let allow = |to: &str, from: &str, port: u16| {
        policy(
            "NetworkPolicy",
            to,
            &format!(
                "{{podSelector: {{matchLabels: {{app: {to}}}}}, ingress: [{{from: [{{podSelector: {{matchLabels: {{app: {from}}}}}}}], ports: [{{port: {port}}}]}}]}}"
            ),
        )
    };
    vec![policy("NetworkPolicy", "deny", BOTH), allow("api", "web", 8080), allow("db", "api", 5432)]
}

#[test]
fn lateral_movement_is_measured() {
    let of = |policies: &[String]| {
        let assessment = shop(&policies.iter().map(String::as_str).collect::<Vec<_>>());
        let verdict = assessment.verdict("L5.NET.1").expect("one");
        let facts: Vec<&str> = verdict.evidence.iter().map(|evidence| evidence.observation.fact.as_str()).collect();
        (verdict.status.as_str(), facts.join(" "))
    };
    assert_eq!(of(&guarded()).0, "met");
    let (found, facts) = of(&[]);
    assert_eq!(found, "not_met");
    for fact in ["edge_implicit", "edges_not_reduced", "datastore_open"] {
        assert!(facts.contains(fact), "{facts}");
    }
    // the whole namespace reaches the datastore: a named peer, and no declared client
    let mut policies = guarded();
    policies[2] = policy(
        "NetworkPolicy",
        "db",
        "{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {}}], ports: [{port: 5432}]}]}",
    );
    policies[0] = policy("NetworkPolicy", "deny", "{podSelector: {}}");
    let (found, facts) = of(&policies);
    assert_eq!(found, "partial");
    assert!(facts.contains("datastore_open") && !facts.contains("edge_implicit"), "{facts}");
    // a rule without a port
    let mut policies = guarded();
    policies[0] = policy("NetworkPolicy", "deny", "{podSelector: {}}");
    policies[1] = policy(
        "NetworkPolicy",
        "api",
        "{podSelector: {matchLabels: {app: api}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}",
    );
    let (found, facts) = of(&policies);
    assert_eq!(found, "partial");
    assert!(facts.contains("edge_implicit"), "{facts}");
}

#[test]
fn the_graph_is_in_the_report() {
    let policies = guarded();
    let assessment = shop(&policies.iter().map(String::as_str).collect::<Vec<_>>());
    let text = ztctl::report::assess::json(&assessment, &ztctl::report::assess::About::default());
    let value: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let reach = &value["reachability"];
    // default deny both ways, and nobody may call: no edge passes both ends
    assert_eq!((reach["workloads"].as_u64(), reach["flat"].as_u64(), reach["edges"].as_u64()), (Some(3), Some(6), Some(0)));
    assert_eq!(reach["reduction_percent"].as_u64(), Some(100));
    let environment = &reach["environments"][0];
    assert_eq!(environment["nodes"][1]["id"], "shop/Deployment/db");
    assert_eq!(environment["nodes"][1]["datastore"], "postgres");
}
