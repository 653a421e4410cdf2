use crate::lint::rules::insert::replace_bool;
use crate::lint::rules::prelude::*;
use crate::model::spire::{self, Bool};
use crate::model::value::{Scalar, Value};

declare_rule! {
    SpireSkipKubeletVerification {
        id: "spire-skip-kubelet-verification",
        group: "spire",
        summary: "a SPIRE agent that asks the kubelet about pods without checking whom it asks, or who it is",
        why: "The Kubernetes workload attestor asks the kubelet which pod a process belongs to, and the answer decides which identity \
              the process gets. `skip_kubelet_verification` takes the answer from whoever listens on the port; \
              `kubelet_read_only_port` asks over plain HTTP; `use_anonymous_authentication` needs a kubelet that answers anyone. Let \
              the agent verify the kubelet's certificate (`kubelet_ca_path`, by default the cluster's CA) and use its token.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  WorkloadAttestor \"k8s\" {\n    plugin_data {\n      skip_kubelet_verification = true\n    }\n  }\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n}\nplugins {\n  WorkloadAttestor \"k8s\" {\n    plugin_data {\n      kubelet_ca_path = \"/run/spire/kubelet-ca.pem\"\n    }\n  }\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches the check on: an agent whose kubelet has a certificate of another CA, or does not take its token, attests nothing then.",
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_agent_workloadattestor_k8s.md",
    }
}

impl Rule for SpireSkipKubeletVerification {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        let plugins = spire::plugins(&document.root);
        for plugin in plugins.iter().filter(|plugin| (plugin.kind, plugin.name) == ("WorkloadAttestor", "k8s")) {
            for (key, what) in [
                ("skip_kubelet_verification", "the agent does not verify the kubelet's certificate"),
                ("use_anonymous_authentication", "the agent does not authenticate to the kubelet, which has to answer anyone"),
            ] {
                for entry in plugin.fields(key) {
                    let message = match spire::boolean(&entry.value) {
                        Bool::Value(true) => format!("`{key}`: {what}"),
                        Bool::Value(false) => continue,
                        Bool::Refused(found) => format!("`{key}` is a {found}, not a boolean: SPIRE refuses the configuration"),
                        Bool::Unknown => {
                            cx.withhold();
                            continue;
                        }
                    };
                    let edit = replace_bool(cx.sources(), &entry.value, false);
                    let Some(report) = cx.report(&entry.origin, message) else { continue };
                    let report =
                        report.help(format!("remove `{key}`; name the kubelet's CA with `kubelet_ca_path` if it is not the cluster's"));
                    if let Some(edit) = edit {
                        report.fix(format!("switch `{key}` off"), Applicability::Unsafe, [edit]);
                    }
                }
            }
            for entry in plugin.fields("kubelet_read_only_port") {
                match &entry.value.value {
                    Value::Scalar(Scalar::Number(port)) if &**port != "0" => {}
                    // HCL1 reads numbers in quotes
                    Value::Scalar(Scalar::String(text)) if text.parse::<u32>().is_ok_and(|port| port != 0) => {}
                    Value::Scalar(Scalar::Unknown(_)) => {
                        cx.withhold();
                        continue;
                    }
                    _ => continue,
                }
                let message = "`kubelet_read_only_port`: the agent asks the kubelet over plain HTTP";
                if let Some(report) = cx.report(&entry.origin, message) {
                    report.help("remove it: the agent uses the kubelet's secure port then");
                }
            }
        }
    }
}
