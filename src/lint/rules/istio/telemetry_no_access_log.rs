use crate::lint::rules::prelude::*;
use crate::model::mesh::{is_in_force, is_mesh_config_map, mesh_configs, mesh_configs_in};
use crate::model::value::{Node as Value, Origin, Scalar, Value as Kinds};

declare_rule! {
    TelemetryNoAccessLog {
        id: "telemetry-no-access-log",
        group: "istio",
        summary: "a mesh whose proxies do not record who called whom",
        why: "Without access logs nobody can tell afterwards which workload made a request that was allowed, or how often another was \
              refused. Istio's default is to write none: `accessLogFile` of the mesh configuration, `defaultProviders.accessLogging`, or a \
              Telemetry object with `accessLogging` switches them on. A mesh that has one of them anywhere in the workspace is not \
              reported, nor is a workspace without a mesh configuration.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    rootNamespace: istio-system\n    trustDomain: cluster.local\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: istio\n  namespace: istio-system\ndata:\n  mesh: |\n    rootNamespace: istio-system\n    accessLogFile: /dev/stdout\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/tasks/observability/logs/access-log/",
    }
}

impl Rule for TelemetryNoAccessLog {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        match document.kind {
            DocumentKind::MeshConfig => {
                let holder = cx.sources().holder(document.source);
                let read = is_in_force(document, cx.sources());
                let first = document.root.entries().first().map(|entry| &entry.origin);
                // a patch may take the place of the whole text
                let replaced = || holder.is_some_and(|holder| installed_logs(Some(&holder.object), cx));
                if let Some(at) = first.filter(|_| read && !replaced()) {
                    judge(&document.root, at, document.partial, cx);
                }
            }
            DocumentKind::ChartValues => {
                for config in mesh_configs_in(&document.root) {
                    // a values file is laid over others
                    if let Some(at) = key_of(&document.root, config, 0) {
                        judge(config, at, document.partial || others_log(document, cx), cx);
                    }
                }
            }
            _ => {}
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let configs = mesh_configs(object);
        // the profile logs to the standard output
        if configs.is_empty() || object.root.path(&["spec", "profile"]).and_then(Value::as_str) == Some("demo") {
            return;
        }
        // what an installation's input leaves open, the mesh configuration that was made of it may say
        if installed_logs(None, cx) {
            return;
        }
        for config in configs {
            if let Some(at) = key_of(&object.root, config, 0) {
                judge(config, at, object.partial, cx);
            }
        }
    }
}

fn judge(config: &Value, at: &Origin, partial: bool, cx: &mut ManifestCx<'_>) {
    let Some(at) = silent(config, at) else { return };
    if partial {
        return cx.withhold();
    }
    let telemetry = cx.manifests().objects.iter().any(|object| {
        object.is("telemetry.istio.io", "Telemetry")
            && object.root.path(&["spec", "accessLogging"]).is_some_and(|node| node.items().iter().any(|item| !is_disabled(item)))
    });
    if telemetry {
        return;
    }
    if let Some(report) = cx.report(at, "the mesh writes no access logs") {
        report.help("set `accessLogFile: /dev/stdout`, or add a Telemetry with `accessLogging` to the root namespace");
    }
}

/// Whether an item of `accessLogging` switches logs off.
fn is_disabled(item: &Value) -> bool {
    item.get("disabled").is_some_and(|node| matches!(node.value, Kinds::Scalar(Scalar::Bool(true))))
}

/// Whether the workspace has a mesh configuration that switches access logs on in the ConfigMap `object`, or in any.
fn installed_logs(object: Option<&str>, cx: &ManifestCx<'_>) -> bool {
    cx.manifests().documents.iter().filter(|document| document.kind == DocumentKind::MeshConfig).any(|document| {
        let Some(holder) = cx.sources().holder(document.source).filter(|holder| holder.kind == "configmap") else { return false };
        let name = holder.object.rsplit('/').next().unwrap_or_default();
        is_mesh_config_map(name)
            && object.is_none_or(|object| *object == *holder.object)
            && silent(&document.root, &document.root.origin).is_none()
    })
}

/// Where it is said, or at `at` where it is not, that a mesh configuration asks for no access logs.
fn silent<'n>(config: &'n Value, at: &'n Origin) -> Option<&'n Origin> {
    let on = |node: Option<&Value>| match node.map(|node| &node.value) {
        None | Some(Kinds::Scalar(Scalar::Null | Scalar::Bool(false))) => false,
        Some(Kinds::Scalar(Scalar::String(text))) => !text.is_empty(),
        Some(Kinds::List(items)) => !items.is_empty(),
        Some(_) => true,
    };
    let logs = on(config.get("accessLogFile"))
        || on(config.get("enableEnvoyAccessLogService"))
        || on(config.path(&["defaultProviders", "accessLogging"]));
    (!logs).then(|| config.entry("accessLogFile").map_or(at, |entry| &entry.origin))
}

/// The key that a mesh configuration stands under.
fn key_of<'n>(node: &'n Value, config: &Value, depth: usize) -> Option<&'n Origin> {
    if depth > 8 {
        return None;
    }
    let here = node.entries().iter().find(|entry| std::ptr::eq(&raw const entry.value, config)).map(|entry| &entry.origin);
    here.or_else(|| node.entries().iter().find_map(|entry| key_of(&entry.value, config, depth + 1)))
        .or_else(|| node.items().iter().find_map(|item| key_of(item, config, depth + 1)))
}

/// Whether another values file of the workspace switches access logs on.
fn others_log(document: &Document, cx: &ManifestCx<'_>) -> bool {
    let values = cx.manifests().documents.iter().filter(|other| other.kind == DocumentKind::ChartValues && other.source != document.source);
    values.flat_map(|other| mesh_configs_in(&other.root)).any(|config| silent(config, &config.origin).is_none())
}
