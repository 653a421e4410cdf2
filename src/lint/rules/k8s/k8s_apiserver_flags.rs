use crate::lint::rules::prelude::*;
use crate::model::k8s::{base_name, pod};
use crate::model::value::{Entry, Node as Value, Origin, Scalar, Value as Data};

declare_rule! {
    K8sApiserverFlags {
        id: "k8s-apiserver-flags",
        group: "k8s",
        summary: "an API server or kubelet that lets anyone in, keeps no record, or stores secrets in the clear",
        why: "`--anonymous-auth=true` takes requests without identity, `AlwaysAllow` lets every request do everything, a kubelet's \
              `readOnlyPort` tells everyone what runs on its node. Without `--audit-log-path` nobody can say afterwards who did what; \
              without `--encryption-provider-config` Secrets lie readable in etcd; without the plugin `NodeRestriction` a kubelet may \
              change the objects of other nodes.\n\n\
              Read are the static pods of `kube-apiserver`, kubeadm's ClusterConfiguration and KubeletConfiguration. What is missing is \
              reported at the list of flags, once for all of it, as a warning.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\nspec:\n  containers:\n  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.33.1\n    command:\n    - kube-apiserver\n    - --anonymous-auth=true\n    - --authorization-mode=Node,RBAC\n    - --audit-log-path=/var/log/audit.log\n    - --encryption-provider-config=/etc/kubernetes/enc.yaml\n    - --enable-admission-plugins=NodeRestriction\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: kube-apiserver\n  namespace: kube-system\nspec:\n  containers:\n  - name: kube-apiserver\n    image: registry.k8s.io/kube-apiserver:v1.33.1\n    command:\n    - kube-apiserver\n    - --anonymous-auth=false\n    - --authorization-mode=Node,RBAC\n    - --audit-log-path=/var/log/audit.log\n    - --encryption-provider-config=/etc/kubernetes/enc.yaml\n    - --enable-admission-plugins=NodeRestriction\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://kubernetes.io/docs/reference/command-line-tools-reference/kube-apiserver/",
        peers: &["checkov CKV_K8S_68", "checkov CKV_K8S_74", "checkov CKV_K8S_91", "kubescape C-0113"],
    }
}

/// A flag with its value and where it is written.
struct Flag<'o> {
    name: &'o str,
    value: Option<&'o str>,
    at: &'o Origin,
}

impl Rule for K8sApiserverFlags {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        match (&*object.group, &*object.kind) {
            ("kubeadm.k8s.io", "ClusterConfiguration") => {
                let Some(server) = object.root.entry("apiServer") else { return };
                let Some(list) = server.value.entry("extraArgs") else { return };
                if list.value.unknown().is_some() {
                    return cx.withhold();
                }
                let flags = arguments(list);
                judge(&flags, &list.origin, object.partial, true, cx);
            }
            ("kubelet.config.k8s.io", "KubeletConfiguration") => kubelet(&object.root, cx),
            _ => {
                let Some(pod) = pod(object) else { return };
                for container in pod.containers() {
                    let first = container.words().next().and_then(Value::as_str).unwrap_or("");
                    let is_server = first.rsplit('/').next() == Some("kube-apiserver")
                        || container.image().is_some_and(|image| base_name(image) == "kube-apiserver");
                    if !is_server || container.words().next().is_none() {
                        continue;
                    }
                    let flags: Vec<Flag<'_>> = words(container.words());
                    let list = ["args", "command"].iter().filter_map(|key| container.node.entry(key));
                    // the list that has the flags
                    let holder = list.min_by_key(|entry| {
                        !entry.value.items().iter().any(|item| item.as_str().is_some_and(|text| text.starts_with("--")))
                    });
                    let unknown = container.words().any(|word| word.unknown().is_some());
                    judge(&flags, holder.map_or(&container.node.origin, |entry| &entry.origin), object.partial || unknown, false, cx);
                }
            }
        }
    }
}

/// The flags among a program's words: `--name=value`, `--name value`, `--name`.
fn words<'o>(list: impl Iterator<Item = &'o Value>) -> Vec<Flag<'o>> {
    let words: Vec<(&str, &Origin)> = list.filter_map(|node| Some((node.as_str()?, &node.origin))).collect();
    let mut out = Vec::new();
    for (nr, (word, at)) in words.iter().enumerate() {
        let Some(flag) = word.strip_prefix("--") else { continue };
        let (name, value) = match flag.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (flag, words.get(nr + 1).map(|(next, _)| *next).filter(|next| !next.starts_with('-'))),
        };
        out.push(Flag { name, value, at });
    }
    out
}

/// kubeadm's `extraArgs`: a map, or since v1beta4 a list of names and values.
fn arguments(list: &Entry) -> Vec<Flag<'_>> {
    let text = |node: &Value| match &node.value {
        Data::Scalar(Scalar::Bool(value)) => Some(if *value { "true" } else { "false" }),
        _ => None,
    };
    let mut out: Vec<Flag<'_>> = Vec::new();
    for entry in list.value.entries() {
        out.push(Flag { name: &entry.key, value: entry.value.as_str().or_else(|| text(&entry.value)), at: &entry.origin });
    }
    for item in list.value.items() {
        let (Some(name), Some(value)) = (item.get("name").and_then(Value::as_str), item.entry("value")) else { continue };
        out.push(Flag { name, value: value.value.as_str().or_else(|| text(&value.value)), at: &value.origin });
    }
    out
}

fn judge(flags: &[Flag<'_>], list: &Origin, partial: bool, is_kubeadm: bool, cx: &mut ManifestCx<'_>) {
    let mut error = |at: &Origin, message: String, help: &str| {
        if let Some(report) = cx.report_line(at, message) {
            report.help(help);
        }
    };
    for flag in flags {
        match (flag.name, flag.value) {
            ("anonymous-auth", Some("true")) => {
                error(flag.at, "the API server takes requests without identity".to_owned(), "set `--anonymous-auth=false`")
            }
            ("authorization-mode", Some(modes)) if modes.split(',').any(|mode| mode.trim() == "AlwaysAllow") => {
                error(flag.at, "the API server lets every request do everything".to_owned(), "use `--authorization-mode=Node,RBAC`");
            }
            ("enable-admission-plugins", Some(plugins)) if !plugins.split(',').any(|plugin| plugin.trim() == "NodeRestriction") => {
                error(
                    flag.at,
                    "the admission plugin `NodeRestriction` is off: a kubelet may change objects of other nodes".to_owned(),
                    "add `NodeRestriction`",
                );
            }
            _ => {}
        }
    }
    let has = |name: &str| flags.iter().any(|flag| flag.name == name);
    let mut missing = Vec::new();
    if !has("audit-log-path") && !has("audit-webhook-config-file") {
        missing.push("`audit-log-path`");
    }
    if !has("encryption-provider-config") {
        missing.push("`encryption-provider-config`");
    }
    // kubeadm turns the plugin on itself
    if !is_kubeadm && !has("enable-admission-plugins") {
        missing.push("`enable-admission-plugins` with `NodeRestriction`");
    }
    if missing.is_empty() {
        return;
    }
    if partial {
        return cx.withhold();
    }
    if let Some(report) = cx.report_as(Severity::Warning, list, format!("the API server runs without {}", missing.join(", "))) {
        report.help("keep an audit log, and encrypt Secrets in etcd");
    }
}

fn kubelet(root: &Value, cx: &mut ManifestCx<'_>) {
    let mut error = |at: &Origin, message: &str, help: &str| {
        if let Some(report) = cx.report_line(at, message) {
            report.help(help);
        }
    };
    if let Some(entry) = root.entry("readOnlyPort")
        && let Data::Scalar(Scalar::Number(port)) = &entry.value.value
        && port.parse::<f64>().is_ok_and(|port| port > 0.0)
    {
        error(&entry.origin, "the kubelet tells everyone what runs on its node", "set `readOnlyPort: 0`");
    }
    if let Some(entry) = root.entry_at(&["authentication", "anonymous", "enabled"])
        && entry.value.as_bool() == Some(true)
    {
        error(&entry.origin, "the kubelet takes requests without identity", "set `authentication.anonymous.enabled: false`");
    }
    if let Some(entry) = root.entry_at(&["authorization", "mode"])
        && entry.value.as_str() == Some("AlwaysAllow")
    {
        error(&entry.origin, "the kubelet lets every request do everything", "set `authorization.mode: Webhook`");
    }
}
