use crate::lint::rules::pod_view::named;
use crate::lint::rules::prelude::*;
use crate::model::k8s::{Field, pod};

declare_rule! {
    K8sImageUnpinned {
        id: "k8s-image-unpinned",
        group: "k8s",
        summary: "an image that may be another one tomorrow",
        why: "Without a tag, or with `latest`, each node runs what the registry had when it asked: nobody knows which program runs, and who \
              can write to the registry changes it. That is a warning. A tag can be moved as well; only a digest (`@sha256:…`) names one \
              image for ever, so a tag alone is an `info`. The rule is off by default since tags are common.\n\n\
              Images that a tool fills in (`auto` of Istio's injection, `ko://`) and templates are not reported.",
        bad: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: registry.example/web:latest\n"),
        good: yaml("apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n  - name: web\n    image: registry.example/web@sha256:9b2fa1b5c0d3e4f5a6b7c8d9e0f1a2b3c4d5e6f7a8b9c0d1e2f3a4b5c6d7e8f9\n"),
        severity: Severity::Info,
        source: "https://kubernetes.io/docs/concepts/containers/images/#image-names",
        peers: &["kube-linter latest-tag", "kube-score container-image-tag", "checkov CKV_K8S_14", "checkov CKV_K8S_43", "trivy KSV-0013"],
    }
}

impl Rule for K8sImageUnpinned {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            let entry = match pod.field_of(&container, &["image"]) {
                Field::Set(entry) => entry,
                Field::Unknown => {
                    cx.withhold();
                    continue;
                }
                Field::Absent(_) => continue,
            };
            let Some(image) = entry.value.as_str().map(str::trim) else { continue };
            if image.contains(['$', '{', '<', '@']) || image.contains("://") || matches!(image, "" | "auto") {
                continue;
            }
            let last = image.rsplit('/').next().unwrap_or(image);
            let (severity, what) = match last.split_once(':') {
                None => (Severity::Warning, "no tag, which means `latest`"),
                Some((_, "latest")) => (Severity::Warning, "the tag `latest`"),
                Some(_) => (Severity::Info, "a tag and no digest"),
            };
            if let Some(report) = cx.report_line_as(severity, &entry.origin, format!("the image of {} has {what}", named(&container))) {
                report.help("name the image by its digest: `name:tag@sha256:…`");
            }
        }
    }
}
