//! GitLab CI.

use std::collections::BTreeSet;

use super::{At, Job, Pipelines, texts};
use crate::assess::fact::Fact;
use crate::assess::inventory::{Holding, is_cloud_key};
use crate::assess::observe::Subject;
use crate::assess::program;
use crate::assess::world::is_sample;
use crate::model::document::DocumentKind;
use crate::model::value::{Node, Value};

/// Keys of a pipeline that are no jobs.
const NO_JOBS: [&str; 14] = [
    "default",
    "include",
    "stages",
    "variables",
    "workflow",
    "image",
    "services",
    "cache",
    "before_script",
    "after_script",
    "pages:deploy",
    "spec",
    "types",
    "secrets",
];

pub(super) fn pipelines(pipelines: &mut Pipelines<'_, '_>) {
    for document in pipelines.ground.manifests.documents.iter().filter(|document| document.kind == DocumentKind::GitlabCi) {
        let sources = pipelines.ground.sources;
        let path = sources.get(sources.outermost(document.source)).path.clone();
        if is_sample(&path, pipelines.ground.roots) {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let root = &*document.root;
        let of_all = Job { subject: Subject::new("", "Job", file.clone()), reach: pipelines.reach(None) };
        variables(pipelines, root, &of_all);
        for entry in root.entries() {
            let is_job = matches!(entry.value.value, Value::Map(_)) && !NO_JOBS.contains(&&*entry.key) && !entry.key.starts_with('.');
            if !is_job {
                continue;
            }
            let environment = entry.value.get("environment");
            let name = environment.and_then(|node| node.as_str().or_else(|| node.get("name")?.as_str())).filter(|name| !name.contains('$'));
            let subject = Subject::new("", "Job", format!("{file}/{}", entry.key));
            let reach = pipelines.reach(name);
            job(pipelines, root, &entry.value, &Job { subject, reach });
        }
    }
}

/// A key of a job, its own or that of a template that it extends.
fn own<'n>(root: &'n Node, job: &'n Node, key: &str, depth: usize) -> Option<&'n Node> {
    if let Some(found) = job.get(key) {
        return Some(found);
    }
    let extends = job.get("extends")?;
    let names = extends.as_str().into_iter().chain(extends.items().iter().filter_map(Node::as_str));
    let mut names: Vec<&str> = names.collect();
    names.reverse();
    names.into_iter().filter(|_| depth < 8).find_map(|name| own(root, root.get(name)?, key, depth + 1))
}

fn variables(pipelines: &mut Pipelines<'_, '_>, holder: &Node, job: &Job) {
    for entry in holder.get("variables").map_or(&[][..], Node::entries) {
        // `value` beside `description`
        let value = entry.value.get("value").unwrap_or(&entry.value);
        if is_cloud_key(&entry.key) && value.as_str().is_some_and(|text| !text.is_empty()) {
            pipelines.fact(Fact::CiStaticKey, job, &entry.origin, format!("`{}` in the variables", entry.key));
        }
        pipelines.literal(job, &entry.key, value);
    }
}

fn job(pipelines: &mut Pipelines<'_, '_>, root: &Node, node: &Node, job: &Job) {
    variables(pipelines, node, job);
    let tokens = own(root, node, "id_tokens", 0).or_else(|| root.path(&["default", "id_tokens"]));
    let token_names: Vec<&str> = tokens.map_or(&[][..], Node::entries).iter().map(|entry| &*entry.key).collect();
    for entry in own(root, node, "secrets", 0).map_or(&[][..], Node::entries) {
        let managers = ["vault", "gcp_secret_manager", "azure_key_vault", "aws_secrets_manager", "akeyless"];
        if let Some(manager) = managers.iter().find(|key| entry.value.get(key).is_some()) {
            let path = entry.value.path(&[manager]).and_then(|node| node.as_str().or_else(|| node.path(&["engine", "path"])?.as_str()));
            let leased = path.is_some_and(|path| path.contains("/creds/"));
            let holding = if leased { Holding::Leased(None) } else { Holding::ManagedRotationUnseen };
            let source = format!("{}, read by the job", manager.replace('_', " "));
            pipelines.credential(job, &entry.key, holding, &source, &entry.origin);
        }
    }
    let mut federated = None;
    let mut stored: BTreeSet<(String, At)> = BTreeSet::new();
    let mut facts = Vec::new();
    for key in ["before_script", "script", "after_script"] {
        let Some(script) = own(root, node, key, 0) else { continue };
        texts(
            script,
            &mut |text, at| {
                for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
                    let has = |word: &str| line.contains(word);
                    let exchanges = [
                        "assume-role-with-web-identity",
                        "AWS_WEB_IDENTITY_TOKEN_FILE",
                        "AWS_ROLE_ARN",
                        "create-cred-config",
                        "--federated-token",
                    ];
                    if exchanges.iter().any(|word| has(word)) || token_names.iter().any(|name| has(name)) && !has("vault") {
                        federated.get_or_insert_with(|| at.clone());
                    }
                    if has("activate-service-account")
                        || has("configure set aws_secret_access_key")
                        || has("$AWS_SECRET_ACCESS_KEY")
                        || has("$ARM_CLIENT_SECRET")
                    {
                        facts.push((Fact::CiStaticKey, at.clone(), "a stored cloud key"));
                    } else if has("az login") && has("--service-principal") && !has("--federated-token") {
                        facts.push((Fact::CiStaticKey, at.clone(), "a stored client secret"));
                    } else if has("VAULT_TOKEN=$") && !has("vault write") && !has("login") && !has("$(") {
                        facts.push((Fact::StaticManagerToken, at.clone(), "a stored Vault token"));
                    }
                    for (start, _) in line.match_indices('$') {
                        let rest = line[start + 1..].trim_start_matches('{');
                        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                        let name = &rest[..end];
                        // `CI_JOB_TOKEN` and others are the pipeline's own
                        let is_own = name.starts_with("CI_") || token_names.contains(&name);
                        if name.len() > 3 && !is_own && program::is_credential(name) && name.bytes().all(|b| !b.is_ascii_lowercase()) {
                            stored.insert((name.to_owned(), At(at.clone())));
                        }
                    }
                }
            },
            0,
        );
    }
    let is_static = facts.iter().any(|(fact, ..)| *fact == Fact::CiStaticKey);
    for (fact, at, detail) in facts {
        pipelines.fact(fact, job, &at, detail);
    }
    if let Some(at) = federated.filter(|_| !token_names.is_empty() && !is_static) {
        pipelines.fact(Fact::CiFederated, job, &at, "the job's `id_tokens` are exchanged");
        pipelines.credential(job, "cloud identity", Holding::Identity, "federation", &at);
    }
    let mut seen = BTreeSet::new();
    for (name, at) in stored {
        if seen.insert(program::paired(&name)) {
            pipelines.credential(job, &name, Holding::Stored, "a variable of the project or group", &at.0);
        }
    }
}
