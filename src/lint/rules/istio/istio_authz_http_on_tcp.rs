use crate::lint::rules::authz_view::{effective_at, filled, fills_any, is_for_gateway, policy};
use crate::lint::rules::prelude::*;
use crate::model::effective::Effective;
use crate::model::k8s::Cluster;
use crate::model::mesh::{Action, Target, operations, sources, target};
use crate::model::value::{Node as ValueNode, Scalar, Value};

declare_rule! {
    IstioAuthzHttpOnTcp {
        id: "istio-authz-http-on-tcp",
        group: "istio",
        summary: "an AuthorizationPolicy that asks TCP traffic about HTTP",
        why: "On a port that is not HTTP, Istio cannot look at paths, methods, hosts or tokens. In a DENY rule it leaves out what it cannot \
              see, so that the rule denies all of the port's traffic; istiod warns of a rule without `ports` for that reason. In an ALLOW \
              rule it cannot see a match, so that the rule allows nothing there.\n\n\
              A DENY rule about HTTP without `ports` is reported unless every Service of its workloads that the files show speaks HTTP; \
              one that is about tokens alone, and an ALLOW rule, only where a port is declared as TCP (by its name's prefix or \
              `appProtocol`).",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-delete\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        methods: [DELETE]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: no-delete\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - to:\n    - operation:\n        methods: [DELETE]\n        ports: ['8080']\n"),
        recommended: true,
        source: "https://istio.io/latest/docs/tasks/security/authorization/authz-tcp/",
        peers: &["istioctl validate (warning, DENY only)"],
    }
}

const HTTP: [&str; 6] = ["paths", "notPaths", "methods", "notMethods", "hosts", "notHosts"];
const PORTS: [&str; 2] = ["ports", "notPorts"];
/// What of a source TCP traffic has as well.
const TCP_SOURCES: [&str; 10] = [
    "principals",
    "notPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "ipBlocks",
    "notIpBlocks",
    "remoteIpBlocks",
    "notRemoteIpBlocks",
];

impl Rule for IstioAuthzHttpOnTcp {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object).filter(|policy| !policy.is_dry_run()) else { return };
        if !matches!(policy.action, Action::Allow | Action::Deny) || policy.rules().is_empty() {
            return;
        }
        let http = |rule: &ValueNode| operations(rule).any(|operation| fills_any(operation, &HTTP)) || sources(rule).any(asks_token);
        if !policy.rules().iter().any(http) {
            return;
        }
        let Some((unit, effective)) = effective_at(object, cx) else { return };
        // a waypoint speaks HTTP
        if matches!(target(object), Target::Refs(_)) || is_for_gateway(object, Some(effective)) {
            return;
        }
        let served = Served::of(object, effective, unit.cluster());
        for rule in policy.rules().iter().filter(|rule| http(rule)) {
            match policy.action {
                Action::Deny => deny(rule, &served, cx),
                _ => allow(rule, &served, cx),
            }
        }
    }
}

fn asks_token(source: &ValueNode) -> bool {
    fills_any(source, &["requestPrincipals", "notRequestPrincipals"])
}

fn deny(rule: &ValueNode, served: &Served, cx: &mut ManifestCx<'_>) {
    let has_ports = operations(rule).any(|operation| fills_any(operation, &PORTS));
    let in_to = operations(rule).next().is_some();
    // as istiod's validation has it
    let about_http = if in_to { !has_ports } else { !sources(rule).any(|source| fills_any(source, &TCP_SOURCES)) };
    if !about_http {
        return;
    }
    let harmful = if in_to { !served.all_http } else { !served.tcp.is_empty() };
    if !harmful {
        return;
    }
    // what TCP shows of the caller still counts
    let whose = if sources(rule).any(|source| fills_any(source, &TCP_SOURCES)) { "traffic of these callers to" } else { "traffic of" };
    let message = match served.tcp.first() {
        Some(port) => format!("a DENY rule about HTTP without `ports` denies all {whose} the TCP port {port}"),
        None => format!("a DENY rule about HTTP without `ports` denies all {whose} TCP ports"),
    };
    if let Some(report) = cx.report_line(&rule.origin, message) {
        report.help("name the HTTP ports of the workload under `ports`");
    }
}

fn allow(rule: &ValueNode, served: &Served, cx: &mut ManifestCx<'_>) {
    let mut ports = Vec::new();
    // every alternative has to ask about HTTP
    let token = sources(rule).next().is_some() && sources(rule).all(asks_token);
    if !token && operations(rule).next().is_none() {
        return;
    }
    for operation in operations(rule) {
        if !fills_any(operation, &HTTP) && !token {
            return;
        }
        match filled(operation, "ports") {
            Some(list) => ports.extend(list.value.items().iter().filter_map(ValueNode::as_str)),
            // all that it has
            None if served.all_tcp => ports.extend(served.tcp.iter().map(String::as_str)),
            None => return,
        }
    }
    if operations(rule).next().is_none() && served.all_tcp {
        ports.extend(served.tcp.iter().map(String::as_str));
    }
    ports.sort_unstable();
    ports.dedup();
    let tcp: Vec<&str> = ports.iter().copied().filter(|port| served.tcp.iter().any(|known| known == port)).collect();
    if tcp.is_empty() || tcp.len() < ports.len() {
        return;
    }
    let message = format!("the rule never matches: port {} is TCP, and the rule asks about HTTP", tcp.join(", "));
    if let Some(report) = cx.report_line(&rule.origin, message) {
        report.help("ask for principals, namespaces or addresses there, or declare the port as HTTP");
    }
}

/// What the Services of a policy's workloads declare.
struct Served {
    /// Ports of workloads, as numbers, that are TCP.
    tcp: Vec<String>,
    /// There are Services, and all their ports are HTTP.
    all_http: bool,
    /// There are Services, and all their ports are TCP.
    all_tcp: bool,
}

impl Served {
    fn of(object: &Object, effective: &Effective, cluster: &Cluster) -> Self {
        let mut this = Self { tcp: Vec::new(), all_http: true, all_tcp: true };
        let mut some = false;
        for (at, _) in effective.selected(object) {
            let workload = &effective.workloads()[at];
            let Some(space) = cluster.namespace(&workload.namespace) else { continue };
            let labels = workload.labels();
            for (service, selected) in space.services_of(&labels) {
                for port in service.root.path(&["spec", "ports"]).map_or(&[][..], ValueNode::items) {
                    some = true;
                    match protocol(port) {
                        Protocol::Http => this.all_tcp = false,
                        Protocol::Tcp if selected.is_yes() => {
                            this.all_http = false;
                            this.tcp.extend(number(port.get("targetPort")).or_else(|| number(port.get("port"))));
                        }
                        Protocol::Tcp | Protocol::Unsaid => {
                            this.all_http = false;
                            this.all_tcp = false;
                        }
                    }
                }
            }
        }
        this.all_http &= some;
        this.all_tcp &= some;
        this.tcp.sort();
        this.tcp.dedup();
        this
    }
}

enum Protocol {
    Http,
    Tcp,
    Unsaid,
}

/// What a Service says of a port (<https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/>).
fn protocol(port: &ValueNode) -> Protocol {
    let said = port.get("appProtocol").and_then(ValueNode::as_str).map(str::to_ascii_lowercase);
    let named = || port.get("name").and_then(ValueNode::as_str).map(|name| name.split('-').next().unwrap_or(name).to_ascii_lowercase());
    match said.or_else(named).as_deref() {
        Some("http" | "http2" | "grpc" | "grpc-web" | "kubernetes.io/h2c" | "kubernetes.io/ws" | "ws") => Protocol::Http,
        Some("tcp" | "tls" | "https" | "mongo" | "mysql" | "redis" | "postgres" | "postgresql") => Protocol::Tcp,
        _ => Protocol::Unsaid,
    }
}

fn number(node: Option<&ValueNode>) -> Option<String> {
    match &node?.value {
        Value::Scalar(Scalar::Number(text)) => Some(text.to_string()),
        Value::Scalar(Scalar::String(text)) if text.parse::<u16>().is_ok() => Some(text.to_string()),
        _ => None,
    }
}
