use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::shell::{Call, container_call};
use crate::model::value::{Entry, Node as ValueNode, Origin};

declare_rule! {
    IstioDemoProfile {
        id: "istio-demo-profile",
        group: "istio",
        summary: "a mesh installed for a demonstration, or with mTLS switched off",
        why: "The profile `demo` is made to show features on a laptop: it traces every request, logs all traffic, starts an egress gateway \
              and asks for few resources; Istio's documentation says not to use it in production. `enableAutoMtls: false` makes sidecars \
              speak plain text to each other unless a DestinationRule says otherwise, and `values.global.mtls` is a setting of Istio's \
              first releases that no longer protects anything.\n\n\
              Commands in documentation are not looked at.",
        bad: yaml("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata:\n  name: mesh\nspec:\n  profile: demo\n"),
        good: yaml("apiVersion: install.istio.io/v1alpha1\nkind: IstioOperator\nmetadata:\n  name: mesh\nspec:\n  profile: default\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/setup/additional-setup/config-profiles/",
    }
}

const HELP: &str = "install the profile `default`, with your own settings on top";

/// What is wrong with a setting of the installation.
enum Wrong {
    Demo,
    NoMtls,
    OldMtls,
}

impl Rule for IstioDemoProfile {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        let root = &document.root;
        match document.kind {
            DocumentKind::MeshConfig => mesh_config(root, cx),
            DocumentKind::ChartValues => {
                // a chart's values, or those of a chart that has Istio's as a part
                let parts = root.entries().iter().map(|entry| &entry.value);
                std::iter::once(&**root).chain(parts).filter_map(|values| values.get("meshConfig")).for_each(|mesh| mesh_config(mesh, cx));
            }
            _ => {}
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("install.istio.io", "IstioOperator") || object.is("sailoperator.io", "Istio") {
            let Some(spec) = object.root.get("spec") else { return };
            if let Some(entry) = spec.entry("profile") {
                match entry.value.as_str() {
                    Some("demo") => report(&entry.origin, &Wrong::Demo, cx),
                    None if entry.value.unknown().is_some() => cx.withhold(),
                    _ => {}
                }
            }
            let values = spec.get("values");
            for holder in [Some(spec), values].into_iter().flatten() {
                if let Some(mesh) = holder.get("meshConfig") {
                    mesh_config(mesh, cx);
                }
            }
            let mtls = values.and_then(|values| values.get("global")).and_then(|global| global.entry("mtls"));
            if let Some(mtls) = mtls.filter(|mtls| !mtls.value.entries().is_empty()) {
                report(&mtls.origin, &Wrong::OldMtls, cx);
            }
            return;
        }
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            if let Some(call) = container_call(&container, "istioctl") {
                judge(&call, cx);
            }
        }
    }

    fn script(&self, script: &Script, cx: &mut ManifestCx<'_>) {
        for (_, call) in script.calls("istioctl") {
            judge(&call, cx);
        }
        for (_, call) in script.calls("helm") {
            if call.args.iter().any(|arg| arg.word.text.contains("istio")) {
                judge_settings(&call, &["set", "set-string"], cx);
            }
        }
    }
}

/// A call of `istioctl` that installs, or writes what is to be installed.
fn judge(call: &Call, cx: &mut ManifestCx<'_>) {
    let words: Vec<&str> = call.args.iter().map(|arg| arg.word.prefix()).filter(|word| !word.starts_with('-')).take(2).collect();
    if matches!(words[..], ["install" | "apply" | "upgrade", ..] | ["manifest", "install" | "apply" | "generate"]) {
        judge_settings(call, &["set", "s"], cx);
    }
}

fn judge_settings(call: &Call, names: &[&str], cx: &mut ManifestCx<'_>) {
    for (arg, value) in call.option(names) {
        // an unknown value may be any
        let Some(settings) = value else {
            if arg.word.prefix().contains("profile=") {
                cx.withhold();
            }
            continue;
        };
        for setting in settings.split(',') {
            let wrong = match setting.split_once('=') {
                Some(("profile", "demo")) => Wrong::Demo,
                Some((key, "false")) if key.ends_with("meshConfig.enableAutoMtls") => Wrong::NoMtls,
                Some((key, _)) if key.starts_with("values.global.mtls") || key.starts_with("global.mtls") => Wrong::OldMtls,
                _ => continue,
            };
            report(&arg.at, &wrong, cx);
        }
    }
}

fn mesh_config(mesh: &ValueNode, cx: &mut ManifestCx<'_>) {
    let Some(Entry { origin, value, .. }) = mesh.entry("enableAutoMtls") else { return };
    if value.unknown().is_some() {
        cx.withhold();
    } else if value.as_bool() == Some(false) {
        report(origin, &Wrong::NoMtls, cx);
    }
}

fn report(at: &Origin, wrong: &Wrong, cx: &mut ManifestCx<'_>) {
    let (message, help) = match wrong {
        Wrong::Demo => ("the profile `demo` is made for demonstrations, not for production", HELP),
        Wrong::NoMtls => {
            ("`enableAutoMtls: false` makes workloads of the mesh speak plain text to each other", "leave it at its default, `true`")
        }
        Wrong::OldMtls => {
            ("`global.mtls` is a setting of Istio's first releases and protects nothing today", "demand mTLS with a PeerAuthentication")
        }
    };
    if let Some(report) = cx.report_line(at, message) {
        report.help(help);
    }
}
