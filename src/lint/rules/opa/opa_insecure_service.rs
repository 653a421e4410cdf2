use crate::lint::rules::lines::Lines;
use crate::lint::rules::prelude::*;
use crate::model::envoy::{is_loopback_host, is_true};
use crate::model::opa::services;
use crate::model::otel::host;
use crate::model::spire::is_opaque;
use crate::model::value::Node as Value;

declare_rule! {
    OpaInsecureService {
        id: "opa-insecure-service",
        group: "opa",
        summary: "a service that OPA talks to in the clear, without checking who it is, or with a token that is written out",
        why: "Policy comes from OPA's services, and decision logs with what was asked go there. Over HTTP, and over TLS that is not \
              verified (`allow_insecure_tls`), anyone on the way can replace the policy. A token in the configuration is in version \
              control. Services on a loopback address, and tokens from the environment (`${TOKEN}`), are not reported.",
        bad: yaml("services:\n  policies:\n    url: http://policies.example.com\nbundles:\n  authz:\n    service: policies\n    resource: authz.tar.gz\n"),
        good: yaml("services:\n  policies:\n    url: https://policies.example.com\n    credentials:\n      bearer:\n        token: \"${POLICIES_TOKEN}\"\nbundles:\n  authz:\n    service: policies\n    resource: authz.tar.gz\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://www.openpolicyagent.org/docs/configuration#services",
    }
}

impl Rule for OpaInsecureService {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        let mut lines = Lines::default();
        for service in services(&document.root) {
            judge(service, &mut lines, cx);
        }
    }
}

fn judge(service: &Value, lines: &mut Lines, cx: &mut ManifestCx<'_>) {
    if let Some(entry) = service.entry("url")
        && let Some(url) = entry.value.as_str()
        && url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
    {
        let host = host(url);
        if is_opaque(host) || host.is_empty() {
            cx.withhold();
        } else if !is_loopback_host(host)
            && lines.is_new(cx, &entry.origin)
            && let Some(report) = cx.report(&entry.origin, format!("the service at `{host}` is used in the clear"))
        {
            report.help("use `https`");
        }
    }
    if let Some(entry) = service.entry("allow_insecure_tls") {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        if is_true(&entry.value)
            && lines.is_new(cx, &entry.origin)
            && let Some(report) = cx.report(&entry.origin, "the service's certificate is not verified")
        {
            report.help("remove `allow_insecure_tls`; name the service's authority with `tls.ca_cert`");
        }
    }
    if let Some(entry) = service.entry_at(&["credentials", "bearer", "token"])
        && entry
            .value
            .as_str()
            .is_some_and(|token| token.len() >= 8 && !is_opaque(token) && !(token.starts_with('<') && token.ends_with('>')))
        && lines.is_new(cx, &entry.origin)
        && let Some(report) = cx.report(&entry.origin, "a bearer token is written here")
    {
        report.help("revoke it; use `${VARIABLE}` or `token_path`");
    }
}
