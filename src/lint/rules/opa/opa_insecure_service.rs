use crate::lint::rules::prelude::*;
use crate::model::envoy::{is_loopback_host, is_true};
use crate::model::opa::{servers, services};
use crate::model::otel::host;
use crate::model::shell::Call;
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
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        for service in services(&document.root) {
            judge(service, cx);
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        servers(part, cx.sources()).iter().for_each(|call| command_line(call, cx));
    }
}

/// A server that is configured on its command line: `--set=services.policies.url=http://…`.
fn command_line(call: &Call, cx: &mut ManifestCx<'_>) {
    for (arg, value) in call.option(&["set"]) {
        for (key, value) in value.into_iter().flat_map(|value| value.split(',')).filter_map(|pair| pair.split_once('=')) {
            let Some((_, field)) = key.strip_prefix("services.").and_then(|rest| rest.split_once('.')) else { continue };
            let (message, help) = match field {
                "url" if is_plain(value) => match exposed(value) {
                    Some(true) => (in_the_clear(host(value)), USE_TLS),
                    Some(false) => continue,
                    None => {
                        cx.withhold();
                        continue;
                    }
                },
                "allow_insecure_tls" if value == "true" => (UNVERIFIED.to_owned(), VERIFY),
                "credentials.bearer.token" if is_written(value) => (TOKEN.to_owned(), REVOKE),
                _ => continue,
            };
            if let Some(report) = cx.report_line(&arg.at, message) {
                report.help(help);
            }
        }
    }
}

const USE_TLS: &str = "use `https`";
const UNVERIFIED: &str = "the service's certificate is not verified";
const VERIFY: &str = "remove `allow_insecure_tls`; name the service's authority with `tls.ca_cert`";
const TOKEN: &str = "a bearer token is written here";
const REVOKE: &str = "revoke it; use `${VARIABLE}` or `token_path`";

fn in_the_clear(host: &str) -> String {
    format!("the service at `{host}` is used in the clear")
}

fn is_plain(url: &str) -> bool {
    url.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
}

/// Whether a URL leads to another machine; `None` where that is not known.
fn exposed(url: &str) -> Option<bool> {
    let host = host(url);
    (!is_opaque(host) && !host.is_empty()).then(|| !is_loopback_host(host))
}

fn is_written(token: &str) -> bool {
    token.len() >= 8 && !is_opaque(token) && !(token.starts_with('<') && token.ends_with('>'))
}

fn judge(service: &Value, cx: &mut ManifestCx<'_>) {
    if let Some(entry) = service.entry("url")
        && let Some(url) = entry.value.as_str()
        && is_plain(url)
    {
        let exposed = exposed(url);
        if exposed.is_none() {
            cx.withhold();
        } else if exposed == Some(true)
            && let Some(report) = cx.report_line(&entry.origin, in_the_clear(host(url)))
        {
            report.help(USE_TLS);
        }
    }
    if let Some(entry) = service.entry("allow_insecure_tls") {
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        if is_true(&entry.value)
            && let Some(report) = cx.report_line(&entry.origin, UNVERIFIED)
        {
            report.help(VERIFY);
        }
    }
    if let Some(entry) = service.entry_at(&["credentials", "bearer", "token"])
        && entry.value.as_str().is_some_and(is_written)
        && let Some(report) = cx.report_line(&entry.origin, TOKEN)
    {
        report.help(REVOKE);
    }
}
