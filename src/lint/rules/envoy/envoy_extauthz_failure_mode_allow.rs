use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::envoy::{self, Message, field, field_path, is_true};
use crate::model::value::{Node as Value, Scalar, Value as Kinds};

declare_rule! {
    EnvoyExtauthzFailureModeAllow {
        id: "envoy-extauthz-failure-mode-allow",
        group: "envoy",
        summary: "an Envoy filter that lets requests through while its authorizer cannot be reached",
        why: "With `failure_mode_allow: true` a request is let through when the authorization service fails, times out or cannot be \
              reached. An attacker who can take the service down has taken authorization down. The default is to refuse.\n\n\
              The same holds for an external processor that decides about requests (warning), and for a filter that runtime switches off \
              for a part of the requests (`filter_enabled` below 100 %) without `deny_at_disable` (warning).",
        bad: yaml("static_resources:\n  listeners:\n  - name: ingress\n    filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz\n          stat_prefix: ext_authz\n          failure_mode_allow: true\n"),
        good: yaml("static_resources:\n  listeners:\n  - name: ingress\n    filter_chains:\n    - filters:\n      - name: ext_authz\n        typed_config:\n          \"@type\": type.googleapis.com/envoy.extensions.filters.network.ext_authz.v3.ExtAuthz\n          stat_prefix: ext_authz\n          failure_mode_allow: false\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "While the service cannot be reached, requests are refused that were allowed before.",
        source: "https://www.envoyproxy.io/docs/envoy/latest/api-v3/extensions/filters/http/ext_authz/v3/ext_authz.proto",
    }
}

impl Rule for EnvoyExtauthzFailureModeAllow {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        for message in envoy::of_document(document) {
            judge(message, cx);
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        for message in envoy::of_object(object) {
            judge(message, cx);
        }
    }
}

fn judge(message: Message<'_>, cx: &mut ManifestCx<'_>) {
    if message.is("ext_authz", "ExtAuthz") {
        let kind = if message.is_network() { "connection" } else { "request" };
        let what = format!("lets every {kind} through while the authorization service cannot be reached");
        let help = "remove `failure_mode_allow`, and run enough replicas of the service";
        allowing(message.node, Severity::Error, &what, help, cx);
        switched_off(message.node, cx);
    } else if message.is("ext_proc", "ExternalProcessor") || message.is("ext_proc", "NetworkExternalProcessor") {
        processor(message.node, cx);
    } else if message.is("ext_proc", "ExtProcPerRoute")
        && let Some(overrides) = message.field("overrides")
    {
        processor(&overrides.value, cx);
    }
}

fn processor(node: &Value, cx: &mut ManifestCx<'_>) {
    let what = "lets requests through unprocessed while the external processor cannot be reached";
    allowing(node, Severity::Warning, what, "remove `failure_mode_allow` if the processor decides about requests", cx);
}

/// `failure_mode_allow` of a filter.
fn allowing(filter: &Value, severity: Severity, what: &str, help: &str, cx: &mut ManifestCx<'_>) {
    let Some(flag) = field(filter, "failure_mode_allow") else { return };
    if flag.value.unknown().is_some() {
        cx.withhold();
    }
    if !is_true(&flag.value) {
        return;
    }
    let edit = replace_bool(cx.sources(), &flag.value, false);
    let Some(report) = cx.report_as(severity, &flag.origin, format!("`{}` {what}", flag.key)) else { return };
    let report = report.help(help);
    if let Some(edit) = edit {
        report.fix("refuse while the service cannot be reached", Applicability::Unsafe, [edit]);
    }
}

/// `filter_enabled` below 100 % without `deny_at_disable`: the rest of the requests is let through.
fn switched_off(filter: &Value, cx: &mut ManifestCx<'_>) {
    let Some(enabled) = field(filter, "filter_enabled") else { return };
    let denies = field(filter, "deny_at_disable").map(|entry| field_path(&entry.value, &["default_value"]));
    let denies = denies.flatten();
    if enabled.value.has_unknown() || denies.is_some_and(|node| node.unknown().is_some()) {
        cx.withhold();
        return;
    }
    let Some(percent) = fraction(&enabled.value).filter(|percent| *percent < 100.0) else { return };
    if denies.is_some_and(is_true) {
        return;
    }
    let message = format!("the filter runs for {percent} % of the requests and lets the others through");
    if let Some(report) = cx.report_as(Severity::Warning, &enabled.origin, message) {
        report.help("remove `filter_enabled`, or set `deny_at_disable` so that requests are refused while the filter is off");
    }
}

/// The percentage of a `RuntimeFractionalPercent`; `None` where it is of a wrong shape. An absent numerator is 0, an absent
/// denominator 100.
fn fraction(node: &Value) -> Option<f64> {
    let default = &field(node, "default_value")?.value;
    if !matches!(default.value, Kinds::Map(_)) {
        return None;
    }
    let numerator: f64 = match field(default, "numerator").map(|entry| &entry.value.value) {
        None | Some(Kinds::Scalar(Scalar::Null)) => 0.0,
        Some(Kinds::Scalar(Scalar::Number(text) | Scalar::String(text))) => text.parse().ok()?,
        Some(_) => return None,
    };
    let denominator = match field(default, "denominator").map(|entry| &entry.value.value) {
        None | Some(Kinds::Scalar(Scalar::Null)) => 100.0,
        Some(Kinds::Scalar(Scalar::Number(text) | Scalar::String(text))) => match &**text {
            "HUNDRED" | "0" => 100.0,
            "TEN_THOUSAND" | "1" => 10_000.0,
            "MILLION" | "2" => 1_000_000.0,
            _ => return None,
        },
        Some(_) => return None,
    };
    Some(numerator / denominator * 100.0)
}
