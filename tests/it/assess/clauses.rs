//! Clauses of the criteria of authentication, authorization and encryption, each as a small tree.

use ztctl::assess::remedy::remedies;
use ztctl::assess::{Assessment, Settings};

use super::{assessed, status};

const SPACE: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: enabled}}\n";
const POD: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      serviceAccountName: web\n      containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]\n";
const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n";

fn of(documents: &[&str]) -> Assessment {
    assessed(&[("a.yaml", documents.join("---\n"))], &Settings::default())
}

/// Each case: what it is, further documents, the status.
fn hold(criterion: &str, base: &[&str], cases: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (name, more, expected) in cases {
        let mut documents = base.to_vec();
        documents.extend((!more.is_empty()).then_some(*more));
        let found = of(&documents);
        if status(&found, criterion) != *expected {
            let evidence = &found.verdict(criterion).expect("a criterion").evidence;
            let said: Vec<String> =
                evidence.iter().map(|one| format!("{} {}", one.observation.fact.as_str(), one.observation.detail)).collect();
            wrong.push(format!("{criterion} {name}: {} for {expected}: {said:?}", status(&found, criterion)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn peer(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

fn policy(name: &str, namespace: &str, spec: &str) -> String {
    format!(
        "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {spec}\n"
    )
}

#[test]
fn strict_mutual_tls_is_what_is_in_force_on_served_ports() {
    let strict = peer("default", "istio-system", "{mtls: {mode: STRICT}}");
    let two = |other: String| format!("{strict}---\n{other}");
    let rule = |host: &str, mode: &str| {
        format!(
            "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {{name: d, namespace: shop}}\nspec: {{host: {host}, trafficPolicy: {{tls: {{mode: {mode}}}}}}}\n"
        )
    };
    let mesh = "apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata: {name: m, namespace: mesh}\nspec: {meshConfig: {rootNamespace: mesh}}\n";
    hold(
        "L5.ENC.1",
        &[SPACE, POD, SERVICE],
        &[
            ("nothing", "", "unknown"),
            ("mesh-wide", &strict, "met"),
            ("namespace", &peer("d", "shop", "{mtls: {mode: STRICT}}"), "met"),
            ("permissive", &peer("d", "shop", "{mtls: {mode: PERMISSIVE}}"), "not_met"),
            (
                "a selector is not the namespace",
                &peer("d", "shop", "{selector: {matchLabels: {app: other}}, mtls: {mode: STRICT}}"),
                "not_met",
            ),
            ("another namespace", &peer("d", "other", "{mtls: {mode: STRICT}}"), "not_met"),
            ("workload wins", &two(peer("w", "shop", "{selector: {matchLabels: {app: web}}, mtls: {mode: PERMISSIVE}}")), "not_met"),
            ("unset inherits", &two(peer("w", "shop", "{mtls: {mode: UNSET}}")), "met"),
            (
                "a served port is off",
                &two(peer("w", "shop", "{selector: {matchLabels: {app: web}}, portLevelMtls: {8080: {mode: DISABLE}}}")),
                "not_met",
            ),
            (
                "a port that nobody serves",
                &two(peer("w", "shop", "{selector: {matchLabels: {app: web}}, portLevelMtls: {9999: {mode: DISABLE}}}")),
                "met",
            ),
            ("root namespace of the configuration", &format!("{mesh}---\n{}", peer("d", "mesh", "{mtls: {mode: STRICT}}")), "met"),
            ("not the default one then", &two(mesh.to_owned()), "not_met"),
            ("clients speak plain text", &two(rule("web", "DISABLE")), "partial"),
            ("clients speak plain text to all", &two(rule("'*.shop.svc.cluster.local'", "DISABLE")), "partial"),
            ("clients use the mesh", &two(rule("web", "ISTIO_MUTUAL")), "met"),
            ("a host that is not in the mesh", &two(rule("kubernetes.default.svc.cluster.local", "DISABLE")), "met"),
        ],
    );
}

#[test]
fn membership_is_of_sidecars_ambient_linkerd_spire_and_cilium() {
    let bare = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    let space = |meta: &str| format!("apiVersion: v1\nkind: Namespace\nmetadata: {{name: shop, {meta}}}\n");
    let spire = POD.replace("      containers:", "      volumes: [{name: spiffe, csi: {driver: csi.spiffe.io}}]\n      containers:");
    let out = POD.replace("labels: {app: web}}\n    spec", "labels: {app: web, sidecar.istio.io/inject: 'false'}}\n    spec");
    let cases: Vec<(&str, String, String, &str, &str)> = vec![
        ("bare", bare.to_owned(), POD.to_owned(), "not_met", "not_met"),
        ("sidecar", SPACE.to_owned(), POD.to_owned(), "met", "met"),
        ("revision", space("labels: {istio.io/rev: stable}"), POD.to_owned(), "met", "met"),
        ("ambient", space("labels: {istio.io/dataplane-mode: ambient}"), POD.to_owned(), "met", "met"),
        ("linkerd", space("annotations: {linkerd.io/inject: enabled}"), POD.to_owned(), "met", "met"),
        ("opted out", SPACE.to_owned(), out, "not_met", "not_met"),
        ("spire", bare.to_owned(), spire, "met", "unknown"),
        ("default account", SPACE.to_owned(), POD.replace("      serviceAccountName: web\n", ""), "not_met", "met"),
    ];
    let mut wrong = Vec::new();
    for (name, space, pod, identity, transport) in &cases {
        let found = of(&[space, pod, SERVICE]);
        let is = (status(&found, "L5.AUT.1"), status(&found, "L4.ENC.1"));
        if is != (*identity, *transport) {
            wrong.push(format!("{name}: {is:?}"));
        }
    }
    let cilium = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: c, namespace: shop}\nspec:\n  endpointSelector: {matchLabels: {app: web}}\n  ingress: [{fromEndpoints: [{matchLabels: {app: x}}], authentication: {mode: required}}]\n";
    let found = of(&[bare, POD, cilium]);
    if status(&found, "L5.AUT.1") != "met" || status(&found, "L4.AUZ.1") != "met" {
        wrong.push(format!("cilium: {} {}", status(&found, "L5.AUT.1"), status(&found, "L4.AUZ.1")));
    }
    let linkerd = space("annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: all-authenticated}");
    if status(&of(&[&linkerd, POD, SERVICE]), "L5.ENC.1") != "met" {
        wrong.push("linkerd: strict".to_owned());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_workload_needs_an_explicit_allow_where_the_rest_is_denied() {
    let deny = policy("deny-all", "shop", "{}");
    let with = |spec: &str| format!("{deny}---\n{}", policy("web", "shop", spec));
    let rules = |rules: &str| with(&format!("{{selector: {{matchLabels: {{app: web}}}}, rules: {rules}}}"));
    hold(
        "L5.AUZ.1",
        &[SPACE, POD, SERVICE],
        &[
            ("nothing", "", "not_met"),
            ("deny alone", &deny, "not_met"),
            ("named", &rules("[{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}]"), "met"),
            ("any principal", &rules("[{from: [{source: {principals: ['*']}}]}]"), "not_met"),
            ("a whole trust domain", &rules("[{from: [{source: {principals: ['cluster.local/*']}}]}]"), "not_met"),
            ("a namespace", &rules("[{from: [{source: {namespaces: [a]}}]}]"), "met"),
            ("all but one", &rules("[{from: [{source: {notPrincipals: [cluster.local/ns/a/sa/b]}}]}]"), "not_met"),
            ("everyone", &rules("[{}]"), "not_met"),
            ("a path for anyone", &rules("[{to: [{operation: {paths: [/orders]}}]}]"), "not_met"),
            (
                "a probe for anyone beside",
                &rules("[{from: [{source: {principals: [cluster.local/ns/a/sa/b]}}]}, {to: [{operation: {paths: [/healthz]}}]}]"),
                "met",
            ),
            ("another workload", &with("{selector: {matchLabels: {app: x}}, rules: [{from: [{source: {namespaces: [a]}}]}]}"), "not_met"),
            (
                "no default deny",
                &policy("web", "shop", "{selector: {matchLabels: {app: web}}, rules: [{from: [{source: {namespaces: [a]}}]}]}"),
                "not_met",
            ),
            ("denials only", &policy("d", "shop", "{action: DENY, rules: [{from: [{source: {namespaces: [x]}}]}]}"), "not_met"),
            ("audit", &with("{action: AUDIT, rules: [{from: [{source: {namespaces: [a]}}]}]}"), "not_met"),
        ],
    );
}

#[test]
fn policies_bind_to_identities() {
    let one = |source: &str| policy("p", "shop", &format!("{{rules: [{{from: [{{source: {source}}}]}}]}}"));
    hold(
        "L4.AUZ.1",
        &[SPACE, POD],
        &[
            ("nothing", "", "not_met"),
            ("principals", &one("{principals: [cluster.local/ns/a/sa/b]}"), "met"),
            ("tokens", &one("{requestPrincipals: ['https://login.example/*']}"), "met"),
            ("addresses", &one("{ipBlocks: [10.0.0.0/8]}"), "not_met"),
            ("anyone with a certificate", &one("{principals: ['*']}"), "not_met"),
            ("a claim", &policy("p", "shop", "{rules: [{when: [{key: 'request.auth.claims[role]', values: [admin]}]}]}"), "met"),
        ],
    );
}

#[test]
fn exposed_endpoints_authenticate_and_serve_tls() {
    let ingress = |annotations: &str, tls: &str| {
        format!(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: web, namespace: shop, annotations: {{{annotations}}}}}\nspec:\n  rules: [{{host: shop.example, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]\n{tls}"
        )
    };
    let tls = "  tls: [{hosts: [shop.example], secretName: web-tls}]\n";
    let bare = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n";
    hold(
        "L1.ENC.1",
        &[bare, POD, SERVICE],
        &[
            ("nothing exposed", "", "not_applicable"),
            ("plain", &ingress("", ""), "not_met"),
            ("tls", &ingress("", tls), "met"),
            ("no redirect", &ingress("nginx.ingress.kubernetes.io/ssl-redirect: 'false'", tls), "not_met"),
            ("a certificate of the cloud", &ingress("alb.ingress.kubernetes.io/certificate-arn: arn:aws:acm:x", ""), "met"),
            (
                "both ports and no redirect",
                &ingress("alb.ingress.kubernetes.io/listen-ports: '[{\"HTTP\": 80}, {\"HTTPS\": 443}]'", ""),
                "not_met",
            ),
            (
                "redirected",
                &ingress(
                    "alb.ingress.kubernetes.io/listen-ports: '[{\"HTTP\": 80}, {\"HTTPS\": 443}]', alb.ingress.kubernetes.io/ssl-redirect: '443'",
                    "",
                ),
                "met",
            ),
        ],
    );
    let token = "apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: t, namespace: shop}\nspec: {jwtRules: [{issuer: https://login.example, audiences: [shop]}]}\n";
    let demanded = policy("d", "shop", "{action: DENY, rules: [{from: [{source: {notRequestPrincipals: ['*']}}]}]}");
    let kong = |kind: &str| {
        format!(
            "{}---\napiVersion: configuration.konghq.com/v1\nkind: KongPlugin\nmetadata: {{name: p, namespace: shop}}\nplugin: {kind}\n",
            ingress("konghq.com/plugins: p", tls)
        )
    };
    let middleware = |spec: &str| {
        format!(
            "{}---\napiVersion: traefik.io/v1alpha1\nkind: Middleware\nmetadata: {{name: m, namespace: shop}}\nspec: {{{spec}: {{address: http://a}}}}\n",
            ingress("traefik.ingress.kubernetes.io/router.middlewares: shop-m@kubernetescrd", tls)
        )
    };
    hold(
        "L1.AUT.1",
        &[bare, POD, SERVICE],
        &[
            ("nothing exposed", "", "not_applicable"),
            ("nothing seen", &ingress("", tls), "unknown"),
            ("nginx", &ingress("nginx.ingress.kubernetes.io/auth-url: https://auth.example/check", tls), "met"),
            ("load balancer", &ingress("alb.ingress.kubernetes.io/auth-type: oidc", tls), "met"),
            ("load balancer without", &ingress("alb.ingress.kubernetes.io/auth-type: none", tls), "unknown"),
            ("a token is optional", &format!("{}---\n{token}", ingress("", tls)), "not_met"),
            ("a token is demanded", &format!("{}---\n{token}---\n{demanded}", ingress("", tls)), "met"),
            ("a plugin that authenticates", &kong("jwt"), "met"),
            ("a plugin that does not", &kong("rate-limiting"), "unknown"),
            ("a middleware that authenticates", &middleware("forwardAuth"), "met"),
            ("a middleware that does not", &middleware("compress"), "unknown"),
        ],
    );
    hold(
        "L3.AUT.1",
        &[SPACE, POD, SERVICE],
        &[
            ("nothing", "", "not_applicable"),
            ("issuer and audience", token, "met"),
            ("no audience", &token.replace(", audiences: [shop]", ""), "not_met"),
            (
                "a policy checks the audience",
                &format!(
                    "{}---\n{}",
                    token.replace(", audiences: [shop]", ""),
                    policy("a", "shop", "{rules: [{when: [{key: 'request.auth.audiences', values: [shop]}]}]}")
                ),
                "met",
            ),
        ],
    );
}

#[test]
fn central_policy_denies_by_default() {
    let of = |files: &[(&str, &str)]| {
        let mut all = vec![("a.yaml", POD)];
        all.extend(files);
        status(&assessed(&all, &Settings::default()), "L3.AUZ.1")
    };
    assert_eq!(of(&[]), "not_met");
    assert_eq!(of(&[("p.rego", "package p\n\ndefault allow := false\n\nallow if input.x\n")]), "met");
    assert_eq!(of(&[("p.rego", "package p\n\ndefault allow := true\n\nallow := false if input.x\n")]), "not_met");
    // denials that nobody asks for deny nothing
    let denials = "package main\n\ndeny contains \"x\" if input.x\n";
    assert_eq!(of(&[("policy/p.rego", denials)]), "not_met");
    let ci = "on: [push]\njobs:\n  t:\n    runs-on: x\n    steps:\n      - run: conftest test deploy\n";
    assert_eq!(of(&[("policy/p.rego", denials), (".github/workflows/ci.yml", ci)]), "met");
    assert_eq!(of(&[("p.cedar", "permit(principal == User::\"a\", action, resource);\n")]), "met");
    assert_eq!(of(&[("p.cedar", "permit(principal, action, resource);\n")]), "not_met");
    assert_eq!(of(&[("m.fga", "model\n  schema 1.1\ntype user\ntype doc\n  relations\n    define viewer: [user]\n")]), "met");
    assert_eq!(of(&[("z.yaml", &policy("deny", "shop", "{}"))]), "met");
    assert_eq!(of(&[("z.yaml", &policy("deny", "istio-system", "{}"))]), "met");
    assert_eq!(of(&[("z.yaml", &policy("deny", "other", "{}"))]), "not_met");
}

#[test]
fn patches_have_the_subjects_own_names_and_only_for_what_fails() {
    let found = of(&[SPACE, POD, SERVICE, &peer("d", "shop", "{mtls: {mode: PERMISSIVE}}")]);
    let text = |id: &str| -> String {
        let verdict = found.verdict(id).expect("a criterion");
        remedies(verdict).into_iter().map(|remedy| remedy.text).collect::<Vec<_>>().join("\n")
    };
    assert!(text("L5.ENC.1").contains("namespace: shop") && text("L5.ENC.1").contains("mode: STRICT"), "{}", text("L5.ENC.1"));
    // what still speaks plain text is looked at first
    assert!(text("L5.ENC.1").starts_with("# once"), "{}", text("L5.ENC.1"));
    assert!(text("L5.AUZ.1").contains("matchLabels: {app: web}") && text("L5.AUZ.1").contains("namespace: shop"), "{}", text("L5.AUZ.1"));
    assert_eq!(text("L2.AUT.1"), "", "what passes gets no advice");
    let evil = of(&[SPACE, &POD.replace("name: web,", "name: \"a: b\\n- c\","), SERVICE]);
    let verdict = evil.verdict("L2.AUT.1").expect("a criterion");
    assert!(remedies(verdict).iter().all(|remedy| !remedy.text.contains("\n- c")));
}
