use crate::lint::rules::prelude::*;
use crate::model::envoy::is_loopback_host;
use crate::model::opa::servers;
use crate::model::otel::host;
use crate::model::shell::Call;
use crate::model::spire::is_opaque;

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
    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        servers(part, cx.sources()).iter().for_each(|call| judge(call, cx));
    }
}

fn judge(call: &Call, cx: &mut ManifestCx<'_>) {
    // the last one counts
    let authenticated = call.option(&["authentication"]).last().map_or(Some("off"), |(_, value)| value);
    let authorized = call.option(&["authorization"]).last().map_or(Some("off"), |(_, value)| value);
    let (Some(authenticated), Some(authorized)) = (authenticated, authorized) else { return cx.withhold() };
    if authenticated != "off" && authorized != "off" {
        return;
    }
    for (arg, value) in call.option(&["addr", "a"]) {
        let Some(value) = value else {
            cx.withhold();
            continue;
        };
        for address in value.split(',').filter(|address| !address.is_empty()) {
            if is_opaque(address) {
                cx.withhold();
                continue;
            }
            if address.starts_with("unix:") || is_loopback_host(host(address)) {
                continue;
            }
            let lacking = match (authenticated, authorized) {
                ("off", "off") => "without authentication and authorization",
                ("off", _) => "without authentication",
                _ => "without authorization",
            };
            if let Some(report) = cx.report(&arg.at, format!("OPA's API is served at `{address}` {lacking}")) {
                report.help("listen on `localhost:8181`, or set `--authentication=token` and `--authorization=basic`");
            }
            break;
        }
    }
}
