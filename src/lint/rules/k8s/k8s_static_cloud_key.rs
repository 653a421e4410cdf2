use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, Pod, base_name, pod};
use crate::model::value::{Entry, Node as Value, Origin};
use crate::secrets::Class;
use crate::secrets::value::{Verdict, verdict};

declare_rule! {
    K8sStaticCloudKey {
        id: "k8s-static-cloud-key",
        group: "k8s",
        summary: "a cloud's key that lives until someone deletes it",
        why: "An access key of AWS, the key file of a Google service account and the client secret of an Azure application work from \
              anywhere, for ever, for whoever has them. A pod does not need one: with IRSA or EKS Pod Identity \
              (`eks.amazonaws.com/role-arn`), GKE's Workload Identity (`iam.gke.io/gcp-service-account`) or Azure's \
              (`azure.workload.identity/use`) its service account is its identity, and its tokens live for an hour.\n\n\
              Reported are `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and `AZURE_CLIENT_SECRET` in the environment, from a Secret or \
              not, and `GOOGLE_APPLICATION_CREDENTIALS` where it leads into a mounted Secret. Keys of MinIO, LocalStack and other \
              endpoints that are not the cloud's are not reported, nor is a configuration of workload identity federation that holds no key.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: backup\nspec:\n  containers:\n  - name: backup\n    image: backup:1\n    env:\n    - name: AWS_SECRET_ACCESS_KEY\n      valueFrom:\n        secretKeyRef:\n          name: aws\n          key: secret\n"),
        good: yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: backup\n  annotations:\n    eks.amazonaws.com/role-arn: arn:aws:iam::111122223333:role/backup\n---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: backup\nspec:\n  serviceAccountName: backup\n  containers:\n  - name: backup\n    image: backup:1\n    env:\n    - name: AWS_REGION\n      value: eu-central-1\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html",
        peers: &["kubescape C-0012", "gitleaks"],
    }
}

impl Rule for K8sStaticCloudKey {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            for item in container.env() {
                let Some(name) = item.get("name").and_then(Value::as_str) else { continue };
                let instead = match name {
                    "AWS_ACCESS_KEY_ID" | "AWS_SECRET_ACCESS_KEY" => "a role for the service account (IRSA, EKS Pod Identity)",
                    "AZURE_CLIENT_SECRET" => "Azure Workload Identity",
                    "GOOGLE_APPLICATION_CREDENTIALS" => "GKE Workload Identity",
                    _ => continue,
                };
                let (at, leak) = match held(item) {
                    Held::Nothing => continue,
                    Held::Unknown => {
                        cx.withhold();
                        continue;
                    }
                    Held::Literal(text, entry) if name == "GOOGLE_APPLICATION_CREDENTIALS" => {
                        if !leads_into_secret(&pod, &container, text) {
                            continue;
                        }
                        (&entry.origin, None)
                    }
                    // whether it is a key, and how bad that is here, is the detection's verdict
                    Held::Literal(_, entry) => {
                        let leak = cx.leak_in(&entry.value.origin);
                        let Some(leak) = leak.filter(|(_, leak)| leak.allowed.is_none() && leak.secret.class < Class::Default) else {
                            continue;
                        };
                        (entry.place(), Some(leak))
                    }
                    Held::Secret(at) => (at, None),
                };
                if name.starts_with("AWS_") && is_elsewhere(&pod, &container, item) {
                    continue;
                }
                let (message, help) =
                    (format!("`{name}` is a key that never expires"), format!("use {instead} in its place, and delete the key"));
                match leak {
                    Some((severity, leak)) => {
                        cx.report_as(severity, at, message).map(|report| report.about(leak).help(help));
                    }
                    None => {
                        cx.report_line(at, message).map(|report| report.help(help));
                    }
                }
            }
        }
    }
}

enum Held<'o> {
    Nothing,
    Unknown,
    Literal(&'o str, &'o Entry),
    Secret(&'o Origin),
}

/// Where a variable's value comes from.
fn held(item: &Value) -> Held<'_> {
    if let Some(entry) = item.entry("value") {
        return match entry.value.as_str() {
            None if entry.value.unknown().is_some() => Held::Unknown,
            None => Held::Nothing,
            Some(text) => match verdict(text) {
                Verdict::Reference => Held::Unknown,
                Verdict::Value | Verdict::Default => Held::Literal(text, entry),
                Verdict::Nothing | Verdict::Placeholder | Verdict::Public => Held::Nothing,
            },
        };
    }
    match item.get("valueFrom") {
        Some(from) if from.unknown().is_some() => Held::Unknown,
        Some(from) => {
            let reference = ["secretKeyRef", "configMapKeyRef"].iter().find_map(|key| from.entry(key));
            reference.filter(|entry| !entry.value.entries().is_empty()).map_or(Held::Nothing, |entry| Held::Secret(&entry.origin))
        }
        None => Held::Nothing,
    }
}

/// Whether a path lies in a volume that a Secret fills.
fn leads_into_secret(pod: &Pod<'_>, container: &Container<'_>, path: &str) -> bool {
    let holding = container.mounts().iter().filter_map(|mount| {
        let folder = mount.get("mountPath").and_then(Value::as_str)?.trim_end_matches('/');
        let rest = path.strip_prefix(folder)?;
        ((rest.is_empty() || rest.starts_with('/')) && !folder.is_empty())
            .then_some((folder.len(), mount.get("name").and_then(Value::as_str)?))
    });
    let Some((_, volume)) = holding.max_by_key(|(length, _)| *length) else { return false };
    let mut volumes = pod.volumes().iter().filter(|node| node.get("name").and_then(Value::as_str) == Some(volume));
    volumes.any(|node| {
        let projected = node.path(&["projected", "sources"]).map_or(&[][..], Value::items);
        node.get("secret").is_some_and(|secret| !secret.entries().is_empty())
            || projected.iter().any(|source| source.get("secret").is_some())
    })
}

/// Programs that speak the cloud's protocol and are none of its services.
const STAND_INS: [&str; 8] = ["minio", "localstack", "moto", "seaweedfs", "ceph", "rook", "garage", "zenko"];

/// Whether a container's keys are for something else than the cloud: it runs it, or names its endpoint.
fn is_elsewhere(pod: &Pod<'_>, container: &Container<'_>, item: &Value) -> bool {
    let stands_in = |text: &str| {
        let lower = text.to_ascii_lowercase();
        STAND_INS
            .iter()
            .any(|name| lower.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| word == *name || word.starts_with("minio")))
    };
    let secret = item.path(&["valueFrom", "secretKeyRef", "name"]).and_then(Value::as_str);
    let is_endpoint = |name: &str, value: &str| {
        let upper = name.to_ascii_uppercase();
        upper.contains("ENDPOINT")
            && !value.is_empty()
            && !value.contains("amazonaws.com")
            && !value.contains("OTEL")
            && !upper.starts_with("OTEL")
            && ["S3", "AWS", "MINIO", "BUCKET", "STORAGE", "OBJECT", "BLOB"].iter().any(|word| upper.contains(word))
    };
    let variable = |other: &Value| {
        let name = other.get("name").and_then(Value::as_str).unwrap_or("");
        match other.get("value").and_then(Value::as_str) {
            Some(value) => stands_in(value) || is_endpoint(name, value),
            None => other.get("valueFrom").is_some() && is_endpoint(name, "elsewhere"),
        }
    };
    secret.is_some_and(stands_in)
        || pod.object.name().is_some_and(stands_in)
        || pod.containers().any(|other| other.image().is_some_and(|image| stands_in(base_name(image)) || stands_in(image)))
        || container.env().iter().any(variable)
        || container
            .words()
            .filter_map(Value::as_str)
            .any(|word| stands_in(word) || word.starts_with("--endpoint-url") && !word.contains("amazonaws.com"))
}
