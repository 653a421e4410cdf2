//! Pipelines that are objects of a cluster, credentials of what delivers, and pipelines that are read as texts.

use super::{Job, Pipelines};
use crate::assess::fact::Fact;
use crate::assess::inventory::{Consumer, Credential, Holding, is_cloud_key};
use crate::assess::observe::{Reach, Spot, Subject};
use crate::assess::program::{Act, Given, TextKind};
use crate::assess::status::Strength;
use crate::assess::world::{Placed, is_sample, name_of};
use crate::model::k8s::Namespace;
use crate::model::value::{Node, Origin};

/// Argo Workflows and Tekton, and the repositories' credentials of Argo CD and Flux.
pub(super) fn objects(pipelines: &mut Pipelines<'_, '_>) {
    for placed in pipelines.world.deployed() {
        let object = &*placed.object;
        match (&*object.group, &*object.kind) {
            ("argoproj.io", "Workflow" | "WorkflowTemplate" | "ClusterWorkflowTemplate" | "CronWorkflow")
            | ("tekton.dev", "Task" | "Pipeline" | "TaskRun" | "PipelineRun" | "ClusterTask") => steps(pipelines, placed),
            ("source.toolkit.fluxcd.io", _) | ("image.toolkit.fluxcd.io", "ImageRepository" | "ImageUpdateAutomation") => {
                tool(pipelines, placed, &["spec", "secretRef", "name"], "Flux");
            }
            ("kustomize.toolkit.fluxcd.io", "Kustomization") => {
                tool(pipelines, placed, &["spec", "decryption", "secretRef", "name"], "Flux");
                tool(pipelines, placed, &["spec", "kubeConfig", "secretRef", "name"], "Flux");
            }
            ("notification.toolkit.fluxcd.io", "Provider" | "Receiver") => tool(pipelines, placed, &["spec", "secretRef", "name"], "Flux"),
            ("monitoring.coreos.com", "ServiceMonitor" | "PodMonitor" | "ScrapeConfig") => monitors(pipelines, placed),
            _ => {}
        }
        let kind = object.labels().and_then(|labels| labels.get("argocd.argoproj.io/secret-type")).and_then(Node::as_str);
        if let Some(kind) = kind {
            let what = format!("Argo CD's {kind}");
            used_by_tool(pipelines, placed, &name_of(object), &what, object.kind_at());
        }
    }
}

fn subject(placed: &Placed) -> Subject {
    let namespace = match placed.object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    Subject::new(namespace, &*placed.object.kind, name_of(&placed.object))
}

fn steps(pipelines: &mut Pipelines<'_, '_>, placed: &Placed) {
    let job = Job { subject: subject(placed), reach: Reach { environment: placed.environment.clone(), namespace: None } };
    let mut waiting: Vec<(&Node, usize)> = vec![(&placed.object.root, 0)];
    let mut found: Vec<(String, &Origin)> = Vec::new();
    while let Some((node, depth)) = waiting.pop() {
        if depth > 32 {
            continue;
        }
        if let Some(reference) = node.path(&["valueFrom", "secretKeyRef", "name"]) {
            let name = node.get("name").and_then(Node::as_str).unwrap_or("secret");
            found.push((name.to_owned(), &reference.origin));
        }
        waiting.extend(node.entries().iter().map(|entry| (&entry.value, depth + 1)));
        waiting.extend(node.items().iter().map(|item| (item, depth + 1)));
    }
    for (name, at) in found {
        if is_cloud_key(&name) && !name.ends_with("_ID") {
            pipelines.fact(Fact::CiStaticKey, &job, at, format!("`{name}` from a Secret"));
        }
        pipelines.credential(&job, &name, Holding::Stored, "a Secret of the cluster", at);
    }
}

fn tool(pipelines: &mut Pipelines<'_, '_>, placed: &Placed, path: &[&str], who: &str) {
    if let Some(node) = placed.object.root.path(path)
        && let Some(name) = node.as_str()
    {
        used_by_tool(pipelines, placed, name, who, &node.origin);
    }
}

fn monitors(pipelines: &mut Pipelines<'_, '_>, placed: &Placed) {
    for endpoint in placed.object.root.path(&["spec", "endpoints"]).map_or(&[][..], Node::items) {
        for path in [&["basicAuth", "password", "name"][..], &["bearerTokenSecret", "name"], &["authorization", "credentials", "name"]] {
            if let Some(node) = endpoint.path(path)
                && let Some(name) = node.as_str()
            {
                used_by_tool(pipelines, placed, name, "Prometheus", &node.origin);
            }
        }
    }
}

/// A credential of a tool: listed, and no criterion's subject.
fn used_by_tool(pipelines: &mut Pipelines<'_, '_>, placed: &Placed, name: &str, who: &str, at: &Origin) {
    let spots = vec![Spot::of(pipelines.observer.sources, at.at)];
    pipelines.out.credentials.push(Credential {
        consumer: Consumer::Tool,
        subject: subject(placed).with_part(name),
        reach: Reach { environment: placed.environment.clone(), namespace: None },
        holding: Holding::Stored,
        source: format!("Secret `{name}` of {who}"),
        strength: Strength::PARSED,
        spots,
        secret: None,
    });
}

/// Jenkins, Azure, CircleCI, Cloud Build and others.
pub(super) fn texts(pipelines: &mut Pipelines<'_, '_>) {
    let all = pipelines.ground.texts;
    for text in all.iter().filter(|text| text.kind == TextKind::Pipeline && !is_sample(&text.path, pipelines.ground.roots)) {
        let file = text.path.rsplit('/').next().unwrap_or(&text.path);
        let job = Job { subject: Subject::new("", "Job", file), reach: Reach::everywhere() };
        let spot = |line: u32| Spot { path: text.path.clone(), line, column: 1, end_line: line };
        let is_static = text.does(Act::StaticKey).is_some();
        for done in &text.acts {
            let fact = match done.act {
                Act::StaticKey => Fact::CiStaticKey,
                Act::Federates if !is_static => Fact::CiFederated,
                Act::Connection => Fact::CiElsewhere,
                _ => continue,
            };
            let observation = pipelines.observer.add(fact, job.subject.clone(), &job.reach, None, done.what.clone());
            observation.spot = Some(spot(done.line));
            observation.strength = Strength::UNKNOWN;
            if fact == Fact::CiFederated {
                pipelines.credential_at(&job, "cloud identity", Holding::Identity, "federation", Strength::UNKNOWN, spot(done.line));
            }
        }
        for name in text.names.iter().filter(|name| matches!(name.given, Given::Store)) {
            pipelines.credential_at(&job, &name.name, Holding::Stored, "the pipeline's store", Strength::UNKNOWN, spot(name.line));
        }
    }
}
