use crate::lint::rules::prelude::*;
use crate::model::embedded::text_in;
use crate::model::value::{Entry, Origin};
use crate::secrets::value::{Verdict, connection_password, has_private_key, is_setting, names_secret, secret_lines, verdict};
use crate::text::{EmbeddedIn, Location};

declare_rule! {
    K8sConfigmapSecret {
        id: "k8s-configmap-secret",
        group: "k8s",
        summary: "a credential in a ConfigMap",
        why: "ConfigMaps are not for secrets: everyone who may read configuration reads them, they are not encrypted at rest, they show in \
              dashboards and diffs, and their manifests lie in the repository. Keep the value in a secret store and mount it from there.\n\n\
              Reported are values under names of credentials, connection strings with a password, private keys, and in values of \
              several lines each line that sets one. `changeme` and its like are a warning. References, placeholders in brackets, \
              certificates, names of files and settings of credentials are not reported. Values are never printed.",
        bad: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  DB_HOST: db.shop.svc\n  DB_PASSWORD: correct-horse-7\n"),
        good: yaml("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\ndata:\n  DB_HOST: db.shop.svc\n  DB_PASSWORD_FILE: /run/secrets/db/password\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://kubernetes.io/docs/concepts/configuration/configmap/",
        peers: &["trivy KSV-0109", "trivy KSV-01010", "kubescape C-0012"],
    }
}

impl Rule for K8sConfigmapSecret {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("", "ConfigMap") || object.root.get("sops").is_some() {
            return;
        }
        for entry in object.root.get("data").map_or(&[][..], |data| data.entries()) {
            match entry.value.as_str() {
                // Knative's documentation of its own settings
                Some(_) if &*entry.key == "_example" => {}
                // a key as a whole is the value, of whatever lines
                Some(text) if text.trim_end().contains('\n') && !text.trim_start().starts_with("-----BEGIN ") => inside(entry, text, cx),
                Some(text) => {
                    if let Some((severity, what)) = judge(&entry.key, text)
                        && let Some(severity) = cx.weigh(&entry.value.origin, severity)
                    {
                        report(severity, &entry.origin, &format!("the value of `{}` is {what}", entry.key), cx);
                    }
                }
                None if entry.value.unknown().is_some() && names_secret(&entry.key) => cx.withhold(),
                None => {}
            }
        }
    }
}

fn judge(key: &str, text: &str) -> Option<(Severity, &'static str)> {
    let (secret, what) = match connection_password(text) {
        Some(password) => (password, "a connection string with a password"),
        None if has_private_key(text) => (text, "a private key"),
        None if names_secret(key) && !is_setting(key, text) => (text, "a credential"),
        None => return None,
    };
    match verdict(secret) {
        Verdict::Value => Some((Severity::Error, what)),
        Verdict::Default => Some((Severity::Warning, "a default that works until someone changes it")),
        Verdict::Nothing | Verdict::Reference | Verdict::Placeholder | Verdict::Public => None,
    }
}

/// No text is looked at beyond so many bytes, and no more findings are made of one.
const MAX: usize = 1 << 20;
const MAX_LINES: usize = 200;

/// The lines of a value that set a credential.
fn inside(entry: &Entry, text: &str, cx: &mut ManifestCx<'_>) {
    if text.len() > MAX {
        return;
    }
    let found: Vec<(usize, usize)> = secret_lines(text).take(MAX_LINES).collect();
    if found.is_empty() {
        return;
    }
    let at = entry.value.origin.at;
    let holder = EmbeddedIn { kind: "configmap", object: String::new(), key: entry.key.to_string() };
    let taken = text_in(cx.sources().get(at.source), &entry.value, holder);
    for (start, end) in found {
        let span = |start: usize, end: usize| Some(Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?));
        let Some(inner) = span(start, end) else { continue };
        let origin = match taken.as_ref().and_then(|taken| taken.mapping.as_ref()) {
            // places inside folded texts are not exact
            Some(mapping) if !mapping.segments.is_empty() => {
                Origin { at: Location { source: mapping.outer, span: mapping.to_outer(inner) }, via: entry.value.origin.via.clone() }
            }
            _ => entry.origin.clone(),
        };
        let Some(severity) = cx.weigh(&origin, Severity::Error) else { continue };
        report(severity, &origin, &format!("a line of `{}` sets a credential", entry.key), cx);
    }
}

fn report(severity: Severity, at: &Origin, message: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line_as(severity, at, message) {
        report.help("keep it in a secret store, mount it from there, and change it where it is in use");
    }
}
