//! GitHub Actions: workflows, the workflows and actions of the same repository that they call.

use std::collections::{BTreeMap, BTreeSet};

use super::{Job, Pipelines, secrets};
use crate::assess::fact::Fact;
use crate::assess::inventory::{Holding, is_cloud_key};
use crate::assess::observe::{Reach, Subject};
use crate::assess::world::is_sample;
use crate::model::document::{Document, DocumentKind};
use crate::model::value::{Node, Origin};

/// Actions inside one another that are followed.
const MAX_ACTIONS: usize = 6;

/// What the repository's own files are called by: `.github/workflows/a.yml`, `.github/actions/deploy`.
struct Local<'a> {
    workflows: BTreeMap<String, &'a Document>,
    actions: BTreeMap<String, &'a Document>,
    /// Workflows whose callers give them the right to ask for tokens.
    granted: BTreeSet<String>,
}

/// A job as it runs.
#[derive(Clone)]
struct Running {
    job: Job,
    /// Whether it may ask for a token of its identity.
    federates: bool,
    /// Whether nothing outside of the files could let it, nor the machine that it runs on.
    sealed: bool,
}

pub(super) fn workflows(pipelines: &mut Pipelines<'_, '_>) {
    let manifests = pipelines.ground.manifests;
    let sources = pipelines.ground.sources;
    let path = |document: &Document| sources.get(sources.outermost(document.source)).path.clone();
    let below_root = |path: &str| path.find(".github/").map_or(path.to_owned(), |at| path[at..].to_owned());
    let of_kind = |kind: DocumentKind| manifests.documents.iter().filter(move |document| document.kind == kind);
    let mut local = Local {
        workflows: of_kind(DocumentKind::Workflow).map(|document| (below_root(&path(document)), document)).collect(),
        actions: of_kind(DocumentKind::Action)
            .map(|document| {
                let path = path(document);
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                (below_root(folder), document)
            })
            .collect(),
        granted: BTreeSet::new(),
    };
    for document in local.workflows.values() {
        for entry in document.root.get("jobs").map_or(&[][..], Node::entries) {
            let called = entry.value.get("uses").and_then(Node::as_str).and_then(|uses| uses.strip_prefix("./"));
            if let Some(called) = called.filter(|_| may_federate(&document.root, &entry.value)) {
                local.granted.insert(called.to_owned());
            }
        }
    }
    for document in of_kind(DocumentKind::Workflow) {
        let path = path(document);
        if is_sample(&path, pipelines.ground.roots) {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(&path).to_owned();
        let root = &*document.root;
        for entry in root.get("jobs").map_or(&[][..], Node::entries) {
            let subject = Subject::new("", "Job", format!("{file}/{}", entry.key));
            let reach = environment(&entry.value).map_or_else(Reach::everywhere, |name| pipelines.reach(Some(name)));
            let states = entry.value.get("permissions").or_else(|| root.get("permissions")).is_some();
            // a called workflow without permissions of its own has its caller's
            let federates = may_federate(root, &entry.value) || !states && local.granted.contains(&below_root(&path));
            let sealed = (states || !is_called(root)) && is_hosted(&entry.value);
            let running = Running { job: Job { subject, reach }, federates, sealed };
            job(pipelines, &local, root, &entry.value, &running, &entry.origin);
        }
    }
}

/// The environment that a job names, where it is no expression.
fn environment(job: &Node) -> Option<&str> {
    let node = job.get("environment")?;
    node.as_str().or_else(|| node.get("name")?.as_str()).filter(|name| !name.contains("${{"))
}

/// Whether the job's token may be exchanged: the job's permissions replace the workflow's.
fn may_federate(workflow: &Node, job: &Node) -> bool {
    let permissions = job.get("permissions").or_else(|| workflow.get("permissions"));
    permissions.is_some_and(|node| node.as_str() == Some("write-all") || node.get("id-token").and_then(Node::as_str) == Some("write"))
}

/// Whether other workflows call this one.
fn is_called(workflow: &Node) -> bool {
    let Some(on) = workflow.get("on").or_else(|| workflow.get("true")) else { return true };
    let is = |node: &Node| node.as_str() == Some("workflow_call");
    is(on) || on.items().iter().any(is) || on.get("workflow_call").is_some()
}

/// Whether a job runs on a machine of GitHub's, which has no identity of its own in a cloud.
fn is_hosted(job: &Node) -> bool {
    let runner = job.get("runs-on").and_then(Node::as_str).unwrap_or("");
    ["ubuntu-", "windows-", "macos-"].iter().any(|prefix| runner.starts_with(prefix))
}

fn job(pipelines: &mut Pipelines<'_, '_>, local: &Local<'_>, workflow: &Node, job: &Node, running: &Running, at: &Origin) {
    if let Some(called) = job.get("uses").and_then(Node::as_str) {
        let own = called.strip_prefix("./").map(|path| path.split('@').next().unwrap_or(path));
        let known = own.is_some_and(|path| local.workflows.contains_key(path));
        if !known && (job.get("secrets").is_some() || running.federates) {
            pipelines.fact(Fact::CiElsewhere, &running.job, at, "calls a workflow of another repository");
        }
        stored(pipelines, job, &running.job);
        return;
    }
    for holder in [workflow, job] {
        variables(pipelines, holder, &running.job);
    }
    for step in job.get("steps").map_or(&[][..], Node::items) {
        self::step(pipelines, local, step, running, 0);
    }
    stored(pipelines, job, &running.job);
}

/// The secrets that a job names.
fn stored(pipelines: &mut Pipelines<'_, '_>, job: &Node, of: &Job) {
    let source = match environment(job) {
        Some(name) => format!("a secret of the environment `{name}`, the repository or organisation"),
        None => "a secret of the repository or organisation".to_owned(),
    };
    let mut names = BTreeSet::new();
    secrets(job, &mut names);
    let all: BTreeSet<String> = names.iter().map(|(name, _)| name.clone()).collect();
    for (name, at) in names {
        // a key pair is one
        let pair = crate::assess::program::paired(&name);
        if (pair == name || !all.contains(&pair)) && !names_identity(&name) {
            pipelines.credential(of, &name, Holding::Stored, &source, &at.0);
        }
    }
}

/// Whether a secret of this name holds who one is, and nothing that proves it: a role, an account, a project.
fn names_identity(name: &str) -> bool {
    let upper = name.to_ascii_uppercase();
    let ends = [
        "_ARN",
        "_ROLE",
        "ROLE_TO_ASSUME",
        "_PROVIDER",
        "SERVICE_ACCOUNT",
        "CLIENT_ID",
        "TENANT_ID",
        "SUBSCRIPTION_ID",
        "ACCOUNT_ID",
        "PROJECT_ID",
        "_PROJECT",
        "_REGION",
        "_USERNAME",
        "_USER",
        "_HOST",
        "_EMAIL",
    ];
    ends.iter().any(|end| upper.ends_with(end))
}

fn variables(pipelines: &mut Pipelines<'_, '_>, holder: &Node, job: &Job) {
    for entry in holder.get("env").map_or(&[][..], Node::entries) {
        let text = entry.value.as_str();
        let is_set = text.is_none_or(|text| !text.trim().is_empty());
        // an output of a step that federated before is no stored key
        let is_short = text.is_some_and(|text| text.contains("steps.") && text.contains(".outputs."));
        if is_cloud_key(&entry.key) && is_set && !is_short {
            pipelines.fact(Fact::CiStaticKey, job, &entry.origin, format!("`{}` in the environment", entry.key));
        }
        if matches!(&*entry.key, "VAULT_TOKEN" | "BAO_TOKEN") && is_set && !is_short {
            pipelines.fact(Fact::StaticManagerToken, job, &entry.origin, "a stored Vault token in the environment");
        }
        if matches!(&*entry.key, "KUBECONFIG" | "KUBE_CONFIG" | "KUBE_CONFIG_DATA" | "KUBECONFIG_DATA")
            && text.is_some_and(|text| text.contains("secrets."))
        {
            pipelines.fact(Fact::CiStoredLogin, job, &entry.origin, format!("`{}`: a stored login to a cluster", entry.key));
        }
        pipelines.literal(job, &entry.key, &entry.value);
    }
}

/// What an action that logs in takes for a stored key, and what for federation.
fn logins(action: &str) -> Option<(&'static [&'static str], &'static [&'static str])> {
    Some(match action {
        "aws-actions/configure-aws-credentials" => (&["aws-access-key-id", "aws-secret-access-key"], &["role-to-assume"]),
        "google-github-actions/auth" => (&["credentials_json"], &["workload_identity_provider"]),
        "google-github-actions/setup-gcloud" => (&["service_account_key"], &["workload_identity_provider"]),
        "azure/login" => (&["creds"], &["client-id"]),
        "docker/login-action" => (&[], &[]),
        "digitalocean/action-doctl" => (&["token"], &[]),
        "aliyun/configure-aliyun-credentials-action" => (&["access-key-id", "access-key-secret"], &["role-to-assume"]),
        "jakejarvis/s3-sync-action" | "einaregilsson/beanstalk-deploy" => (&["aws_access_key", "aws_secret_key"], &[]),
        _ => return None,
    })
}

fn step(pipelines: &mut Pipelines<'_, '_>, local: &Local<'_>, step: &Node, running: &Running, depth: usize) {
    let job = &running.job;
    variables(pipelines, step, job);
    if let Some(run) = step.get("run")
        && let Some(text) = run.as_str()
    {
        commands(pipelines, text, &run.origin, job);
    }
    let Some(uses) = step.get("uses").and_then(Node::as_str) else { return };
    if let Some(path) = uses.strip_prefix("./") {
        let found = local.actions.get(path.trim_end_matches('/'));
        if let Some(action) = found.filter(|_| depth < MAX_ACTIONS) {
            let steps = action.root.path(&["runs", "steps"]).map_or(&[][..], Node::items);
            for inner in steps {
                self::step(pipelines, local, inner, running, depth + 1);
            }
        }
    }
    let Some(with) = step.get("with") else { return };
    let action = uses.split('@').next().unwrap_or(uses).to_ascii_lowercase();
    let given = |key: &str| with.entry(key).filter(|entry| entry.value.as_str().is_none_or(|text| !text.trim().is_empty()));
    if action == "hashicorp/vault-action" {
        let method = with.get("method").and_then(Node::as_str).unwrap_or("token");
        match (method, given("token")) {
            ("token", Some(token)) => {
                pipelines.fact(Fact::StaticManagerToken, job, &token.origin, "a stored Vault token");
            }
            ("jwt" | "github", _) if running.federates => {
                pipelines.credential(job, "Vault login", Holding::Identity, "Vault by the job's identity", &step.origin);
            }
            _ => {}
        }
        return;
    }
    if matches!(action.as_str(), "azure/k8s-set-context" | "tale/kubectl-action" | "steebchen/kubectl")
        && let Some(config) = ["kubeconfig", "base64-kube-config"].iter().find_map(|key| given(key))
    {
        pipelines.fact(Fact::CiStoredLogin, job, &config.origin, format!("`{}` of {action}: a stored login to a cluster", config.key));
    }
    if let Some((stored, federated)) = logins(&action) {
        if let Some(key) = stored.iter().find_map(|key| given(key)) {
            pipelines.fact(Fact::CiStaticKey, job, &key.origin, format!("`{}` of {action}", key.key));
        } else if let Some(role) = federated.iter().find_map(|key| given(key)) {
            if running.federates {
                pipelines.fact(Fact::CiFederated, job, &role.origin, format!("{action} with `id-token: write`"));
                pipelines.credential(job, "cloud identity", Holding::Identity, "federation", &role.origin);
            } else if with.get("role-chaining").is_none() && running.sealed {
                let detail = "the job may not request a token: its permissions do not hold `id-token: write`";
                pipelines.fact(Fact::CiCannotFederate, job, &role.origin, detail);
            } else if with.get("role-chaining").is_none() {
                let detail = "the job may not request a token (`id-token: write`): what it federates with is not visible";
                pipelines.fact(Fact::CiElsewhere, job, &role.origin, detail);
            }
        }
    }
    for entry in with.entries() {
        pipelines.literal(job, &entry.key, &entry.value);
    }
}

/// Logins in scripts.
fn commands(pipelines: &mut Pipelines<'_, '_>, text: &str, at: &Origin, job: &Job) {
    for line in text.lines().filter(|line| !line.trim_start().starts_with('#')) {
        let has = |word: &str| line.contains(word);
        if has("gcloud auth activate-service-account") || has("aws configure set aws_secret_access_key") {
            pipelines.fact(Fact::CiStaticKey, job, at, "a stored cloud key on the command line");
        } else if has("az login") && has("--service-principal") && !has("--federated-token") {
            pipelines.fact(Fact::CiStaticKey, job, at, "a stored client secret on the command line");
        } else if has("secrets.") && has("kubeconfig") && has("base64") {
            pipelines.fact(Fact::CiStoredLogin, job, at, "a stored login to a cluster");
        }
    }
}
