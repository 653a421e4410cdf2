//! Credentials of GitHub workflows, and how their jobs reach clouds.

use std::collections::BTreeSet;

use super::secrets::effect;
use super::values::classify;
use super::{Consumer, Credential, Finding, Holding, Inventory};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::{Class, Strength};
use crate::model::document::DocumentKind;
use crate::model::manifests::Manifests;
use crate::model::value::{Node, Origin};

/// Variables that hold a cloud's key.
const CLOUD_KEYS: [&str; 5] =
    ["AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID", "AZURE_CREDENTIALS", "AZURE_CLIENT_SECRET", "GOOGLE_CREDENTIALS"];

pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, manifests: &Manifests) {
    for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Workflow) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        let file = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let root = &*document.root;
        for entry in root.get("jobs").map_or(&[][..], Node::entries) {
            let subject = Subject::new("", "Job", format!("{file}/{}", entry.key));
            job(out, observer, root, &entry.value, &subject, &entry.origin);
        }
    }
}

/// Whether the job's token may be exchanged: the job's permissions replace the workflow's.
fn may_federate(workflow: &Node, job: &Node) -> bool {
    let permissions = job.get("permissions").or_else(|| workflow.get("permissions"));
    permissions.is_some_and(|node| node.as_str() == Some("write-all") || node.get("id-token").and_then(Node::as_str) == Some("write"))
}

fn job(out: &mut Inventory, observer: &mut Observer<'_>, workflow: &Node, job: &Node, subject: &Subject, at: &Origin) {
    let everywhere = Reach::everywhere();
    let federates = may_federate(workflow, job);
    if let Some(called) = job.get("uses").and_then(Node::as_str) {
        if !called.starts_with("./") && (job.get("secrets").is_some() || federates) {
            observer.add(Fact::CiElsewhere, subject.clone(), &everywhere, Some(at), "calls a workflow of another repository");
        }
        return;
    }
    let steps = job.get("steps").map_or(&[][..], Node::items);
    for holder in [workflow, job].into_iter().chain(steps) {
        for entry in holder.get("env").map_or(&[][..], Node::entries) {
            let is_set = entry.value.as_str().is_none_or(|text| !text.trim().is_empty());
            if CLOUD_KEYS.contains(&&*entry.key) && is_set {
                observer.add(
                    Fact::CiStaticKey,
                    subject.clone(),
                    &everywhere,
                    Some(&entry.origin),
                    format!("`{}` in the environment", entry.key),
                );
            }
            literal(out, observer, subject, &entry.key, &entry.value);
        }
    }
    for step in steps {
        let (Some(uses), Some(with)) = (step.get("uses").and_then(Node::as_str), step.get("with")) else { continue };
        let action = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
        let given = |key: &str| with.entry(key).filter(|entry| entry.value.as_str().is_none_or(|text| !text.trim().is_empty()));
        let (stored, federated): (&[&str], &[&str]) = match action.as_str() {
            "aws-actions/configure-aws-credentials" => (&["aws-access-key-id", "aws-secret-access-key"], &["role-to-assume"]),
            "google-github-actions/auth" => (&["credentials_json"], &["workload_identity_provider"]),
            "azure/login" => (&["creds"], &["client-id"]),
            "hashicorp/vault-action" => {
                if let Some(token) = given("token") {
                    observer.add(Fact::CiStaticKey, subject.clone(), &everywhere, Some(&token.origin), "a stored Vault token");
                }
                continue;
            }
            _ => continue,
        };
        if let Some(key) = stored.iter().find_map(|key| given(key)) {
            observer.add(Fact::CiStaticKey, subject.clone(), &everywhere, Some(&key.origin), format!("`{}` of {action}", key.key));
        } else if let Some(role) = federated.iter().find_map(|key| given(key)) {
            if federates {
                observer.add(
                    Fact::CiFederated,
                    subject.clone(),
                    &everywhere,
                    Some(&role.origin),
                    format!("{action} with `id-token: write`"),
                );
                let part = subject.clone().with_part("cloud identity");
                credential(out, observer, part, Holding::Identity, "federation", &role.origin);
            } else {
                let detail = "the job may not request a token (`id-token: write`): what it federates with is not visible";
                observer.add(Fact::CiElsewhere, subject.clone(), &everywhere, Some(&role.origin), detail);
            }
        }
        for entry in with.entries() {
            literal(out, observer, subject, &entry.key, &entry.value);
        }
    }
    let mut names = BTreeSet::new();
    secrets(job, &mut names, 0);
    for (name, at) in names {
        let part = subject.clone().with_part(name);
        credential(out, observer, part, Holding::Stored, "a secret of the repository or organisation", &at.0);
    }
}

fn credential(out: &mut Inventory, observer: &Observer<'_>, subject: Subject, holding: Holding, source: &str, at: &Origin) {
    let (consumer, reach, strength) = (Consumer::Pipeline, Reach::everywhere(), Strength::PARSED);
    let spots = vec![Spot::of(observer.sources, at.at)];
    out.credentials.push(Credential { consumer, subject, reach, holding, source: source.to_owned(), strength, spots, secret: None });
}

/// A value that stands in the workflow.
fn literal(out: &mut Inventory, observer: &Observer<'_>, subject: &Subject, key: &str, node: &Node) {
    let Some(text) = node.as_str() else { return };
    let value = classify(key, text);
    let Some(effect) = effect(value, false, Class::Unclassified) else { return };
    let (subject, spot) = (subject.clone().with_part(key), Spot::of(observer.sources, node.origin.at));
    out.findings.push(Finding::new("ci-literal-credential", text, value, effect, subject, Reach::everywhere(), spot));
}

/// An origin ordered by its place.
#[derive(PartialEq, Eq)]
struct At(Origin);

impl PartialOrd for At {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for At {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.at.cmp(&other.0.at)
    }
}

/// The names in `${{ secrets.NAME }}` below a node, but for the job's own token.
fn secrets(node: &Node, names: &mut BTreeSet<(String, At)>, depth: usize) {
    if depth > 64 {
        return;
    }
    if let Some(text) = node.as_str() {
        for (at, _) in text.match_indices("secrets.") {
            let name: String = text[at + 8..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            let known = names.iter().any(|(own, _)| *own == name);
            if !name.is_empty() && name != "GITHUB_TOKEN" && text[..at].contains("${{") && !known {
                names.insert((name, At(node.origin.clone())));
            }
        }
    }
    node.items().iter().for_each(|item| secrets(item, names, depth + 1));
    node.entries().iter().for_each(|entry| secrets(&entry.value, names, depth + 1));
}
