use crate::lint::rules::prelude::*;
use crate::lint::rules::words;
use crate::model::envoy::is_loopback_host;
use crate::model::k8s::pod;
use crate::model::opa::server_flags;
use crate::model::otel::host;
use crate::model::spire::{Flag, is_opaque};

declare_rule! {
    OpaServerNoAuthz {
        id: "opa-server-no-authz",
        group: "opa",
        summary: "an OPA server that anyone in the network may ask, and tell what to decide",
        why: "Whoever reaches OPA's API can read all data, replace policies and ask for decisions. A server on an address that others \
              reach needs `--authentication=token` or `tls` to know the caller, and `--authorization=basic` to decide about it. The \
              default address since OPA 1.0 is `localhost:8181`. Addresses of the Envoy plugin and of `--diagnostic-addr` serve no API \
              and are not reported.",
        bad: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: opa\nspec:\n  selector:\n    matchLabels: {app: opa}\n  template:\n    metadata:\n      labels: {app: opa}\n    spec:\n      containers:\n      - name: opa\n        image: openpolicyagent/opa:1.4.2\n        args:\n        - run\n        - --server\n        - --addr=0.0.0.0:8181\n"),
        good: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: opa\nspec:\n  selector:\n    matchLabels: {app: opa}\n  template:\n    metadata:\n      labels: {app: opa}\n    spec:\n      containers:\n      - name: opa\n        image: openpolicyagent/opa:1.4.2\n        args:\n        - run\n        - --server\n        - --addr=localhost:8181\n        - --diagnostic-addr=0.0.0.0:8282\n"),
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/security",
    }
}

impl Rule for OpaServerNoAuthz {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            if let Some(flags) = server_flags(&container) {
                judge(&flags, cx);
            }
        }
    }
}

fn judge(flags: &[Flag<'_>], cx: &mut ManifestCx<'_>) {
    let set = |name: &str| flags.iter().rev().find(|flag| flag.name == name).and_then(|flag| flag.value.as_deref());
    let authenticated = set("authentication").unwrap_or("off");
    let authorized = set("authorization").unwrap_or("off");
    if is_opaque(authenticated) || is_opaque(authorized) {
        return cx.withhold();
    }
    if authenticated != "off" && authorized != "off" {
        return;
    }
    for flag in flags.iter().filter(|flag| matches!(&*flag.name, "addr" | "a")) {
        for address in flag.value.as_deref().unwrap_or("").split(',').filter(|address| !address.is_empty()) {
            if address.starts_with("unix:") || is_loopback_host(host(address)) {
                continue;
            }
            if is_opaque(address) {
                cx.withhold();
                continue;
            }
            let lacking = match (authenticated, authorized) {
                ("off", "off") => "without authentication and authorization",
                ("off", _) => "without authentication",
                _ => "without authorization",
            };
            let at = words::place(flag.value_at, address, cx);
            if let Some(report) = cx.report(&at, format!("OPA's API is served at `{address}` {lacking}")) {
                report.help("listen on `localhost:8181`, or set `--authentication=token` and `--authorization=basic`");
            }
            break;
        }
    }
}
