use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::envoy::is_true;
use crate::model::opa::{envoy_plugin, servers};
use crate::model::shell::Call;

declare_rule! {
    OpaEnvoyPluginDryRun {
        id: "opa-envoy-plugin-dry-run",
        group: "opa",
        summary: "an OPA beside Envoy that decides and lets everything through",
        why: "With `dry-run: true` OPA's Envoy plugin evaluates the policy, writes the decision to its log, and allows the request \
              whatever the decision was.",
        bad: yaml("plugins:\n  envoy_ext_authz_grpc:\n    addr: :9191\n    path: envoy/authz/allow\n    dry-run: true\ndecision_logs:\n  console: true\n"),
        good: yaml("plugins:\n  envoy_ext_authz_grpc:\n    addr: :9191\n    path: envoy/authz/allow\ndecision_logs:\n  console: true\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Requests that the policy denies are refused then.",
        source: "https://www.openpolicyagent.org/docs/envoy#configuration",
    }
}

const MESSAGE: &str = "the decision is logged and not enforced: every request is let through";
const HELP: &str = "set `dry-run` to `false` once the policy decides as it should";

impl Rule for OpaEnvoyPluginDryRun {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Opa {
            return;
        }
        let Some(entry) = envoy_plugin(&document.root).and_then(|plugin| plugin.entry("dry-run")) else { return };
        if entry.value.unknown().is_some() {
            cx.withhold();
        }
        if !is_true(&entry.value) {
            return;
        }
        let edit = replace_bool(cx.sources(), &entry.value, false);
        let Some(report) = cx.report(&entry.origin, MESSAGE) else { return };
        let report = report.help(HELP);
        if let Some(edit) = edit {
            report.fix("enforce decisions", Applicability::Unsafe, [edit]);
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        servers(part, cx.sources()).iter().for_each(|call| judge(call, cx));
    }
}

/// A server that is configured on its command line.
fn judge(call: &Call, cx: &mut ManifestCx<'_>) {
    for (arg, value) in call.option(&["set"]) {
        if value == Some("plugins.envoy_ext_authz_grpc.dry-run=true")
            && let Some(report) = cx.report(&arg.at, MESSAGE)
        {
            report.help(HELP);
        }
    }
}
