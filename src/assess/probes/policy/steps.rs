//! Jobs of pipelines that run policy tests: of GitHub, GitLab, Tekton, Argo, and other systems line by line.

use globset::{GlobBuilder, GlobMatcher};

use super::super::Scene;
use super::commands::{Helpers, Runs, join, yaml};
use crate::assess::observe::{Observer, Spot};
use crate::assess::world::is_sample;
use crate::model::document::DocumentKind;
use crate::model::value::{Node, Origin};

/// A job that runs policy tests.
pub(super) struct Job {
    /// `file/job`
    pub(super) name: String,
    pub(super) spot: Option<Spot>,
    pub(super) runs: Runs,
    /// What starts it.
    pub(super) trigger: Trigger,
}

/// When a job is started.
pub(super) enum Trigger {
    /// On changes; where filters are named, on those of these files.
    Change(Vec<Filter>),
    /// Only by hand, or by a release.
    Hand,
}

/// A filter of one event; a file passes where one of the patterns holds and none of those left out.
#[derive(Default)]
pub(super) struct Filter {
    paths: Vec<(bool, GlobMatcher)>,
    ignored: Vec<GlobMatcher>,
}

impl Filter {
    fn passes(&self, path: &str) -> bool {
        // of several the last that matches decides
        let named = self.paths.iter().rev().find(|(_, glob)| glob.is_match(path)).map(|(admits, _)| *admits);
        (self.paths.is_empty() || named == Some(true)) && !self.ignored.iter().any(|glob| glob.is_match(path))
    }
}

impl Trigger {
    /// Whether a change of the file starts the job.
    pub(super) fn covers(&self, path: &str) -> bool {
        match self {
            Self::Change(filters) => filters.iter().any(|filter| filter.passes(path)),
            Self::Hand => false,
        }
    }
}

/// Every job that runs policy tests, in the order of files.
pub(super) fn jobs(scene: &Scene<'_>, observer: &Observer<'_>) -> Vec<Job> {
    let mut out = Vec::new();
    let root = scene.roots.first().map_or(".", String::as_str);
    let helpers = Helpers::new(scene.texts, root);
    for document in &scene.manifests.documents {
        let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
        if is_sample(path, scene.roots) {
            continue;
        }
        let file = path.rsplit('/').next().unwrap_or(path);
        let spot = |at: &Origin| Some(Spot::of(observer.sources, observer.sources.first_line(at.at)));
        match document.kind {
            DocumentKind::Workflow => {
                let trigger = || github_trigger(&document.root);
                for entry in document.root.get("jobs").map_or(&[][..], Node::entries) {
                    let runs = github_job(scene, observer, &helpers, &document.root, &entry.value, 0);
                    if !runs.is_empty() {
                        let swallows = runs.at.map(|at| Spot::of(observer.sources, observer.sources.first_line(at)));
                        let spot = swallows.or_else(|| spot(&entry.origin));
                        out.push(Job { name: format!("{file}/{}", entry.key), spot, runs, trigger: trigger() });
                    }
                }
            }
            DocumentKind::GitlabCi => {
                for entry in document.root.entries().iter().filter(|entry| !entry.key.starts_with('.')) {
                    if let Some((runs, trigger)) = gitlab_job(&helpers, &document.root, &entry.value) {
                        let swallows = runs.at.map(|at| Spot::of(observer.sources, observer.sources.first_line(at)));
                        let spot = swallows.or_else(|| spot(&entry.origin));
                        out.push(Job { name: format!("{file}/{}", entry.key), spot, runs, trigger });
                    }
                }
            }
            _ => {}
        }
    }
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        let is_pipeline = object.group.ends_with("tekton.dev") || &*object.group == "argoproj.io" && object.kind.contains("Workflow");
        if is_pipeline {
            let mut runs = Runs::default();
            steps_of(&helpers, &object.root, &mut runs, 0);
            if !runs.is_empty() {
                let name = format!("{}/{}", object.kind, object.name().unwrap_or("?"));
                let spot = spot_of(observer, object.kind_at());
                out.push(Job { name, spot, runs, trigger: Trigger::Change(vec![Filter::default()]) });
            }
        }
    }
    others(scene, &helpers, &mut out);
    out
}

/// A pipeline that holds files against policies by conftest.
pub(super) fn conftest(scene: &Scene<'_>, observer: &Observer<'_>) -> Option<String> {
    scene.manifests.documents.iter().find_map(|document| {
        let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
        if document.kind != DocumentKind::Workflow || is_sample(path, scene.roots) {
            return None;
        }
        document.root.get("jobs").map_or(&[][..], Node::entries).iter().find_map(|job| {
            let steps = job.value.get("steps").map_or(&[][..], Node::items);
            let asks = |step: &Node| {
                let run = step.get("run").and_then(Node::as_str).unwrap_or("");
                run.lines().any(|line| line.contains("conftest test") && !line.trim_start().starts_with('#') && !line.contains("|| true"))
            };
            (!is_never(job.value.get("if")) && steps.iter().any(asks))
                .then(|| format!("{}/{}", path.rsplit('/').next().unwrap_or(path), job.key))
        })
    })
}

fn spot_of(observer: &Observer<'_>, at: &Origin) -> Option<Spot> {
    Some(Spot::of(observer.sources, observer.sources.first_line(at.at)))
}

/// Whether a condition is never true.
fn is_never(node: Option<&Node>) -> bool {
    let text = node.and_then(Node::as_str).map(|text| text.trim().trim_start_matches("${{").trim_end_matches("}}").trim().to_owned());
    node.and_then(Node::as_bool) == Some(false) || text.as_deref() == Some("false")
}

/// What a workflow's `on` starts it for. YAML reads `on` as a boolean where it is of the old kind.
fn github_trigger(workflow: &Node) -> Trigger {
    let Some(on) = workflow.get("on").or_else(|| workflow.get("true")) else { return Trigger::Change(vec![Filter::default()]) };
    let events = ["push", "pull_request", "pull_request_target", "merge_group", "schedule", "workflow_call"];
    let mut filters = Vec::new();
    if on.as_str().is_some_and(|name| events.contains(&name))
        || on.items().iter().any(|item| item.as_str().is_some_and(|name| events.contains(&name)))
    {
        filters.push(Filter::default());
    }
    for entry in on.entries().iter().filter(|entry| events.contains(&&*entry.key)) {
        // a push of tags alone is a release
        let tags_only = &*entry.key == "push" && entry.value.get("tags").is_some() && entry.value.get("branches").is_none();
        if !tags_only {
            filters.push(Filter {
                paths: patterns(entry.value.get("paths")),
                ignored: patterns(entry.value.get("paths-ignore")).into_iter().map(|(_, glob)| glob).collect(),
            });
        }
    }
    if filters.is_empty() { Trigger::Hand } else { Trigger::Change(filters) }
}

fn patterns(node: Option<&Node>) -> Vec<(bool, GlobMatcher)> {
    let items = node.map_or(&[][..], |node| if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() });
    let texts = items.iter().filter_map(Node::as_str);
    texts
        .filter_map(|text| {
            let (admits, pattern) = text.strip_prefix('!').map_or((true, text), |rest| (false, rest));
            // `**.rego`: two stars of GitHub's cross folders wherever they stand
            let crosses = pattern.replace("**/", "").replace("/**", "").contains("**");
            let glob = GlobBuilder::new(pattern).literal_separator(!crosses).build().ok()?;
            Some((admits, glob.compile_matcher()))
        })
        .collect()
}

fn github_job(scene: &Scene<'_>, observer: &Observer<'_>, helpers: &Helpers<'_>, workflow: &Node, job: &Node, depth: usize) -> Runs {
    let mut out = Runs::default();
    if is_never(job.get("if")) || depth > 4 {
        return out;
    }
    if let Some(called) = job.get("uses").and_then(Node::as_str).and_then(|uses| uses.strip_prefix("./")) {
        for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Workflow) {
            let path = &observer.sources.get(observer.sources.outermost(document.source)).path;
            if path == called || path.ends_with(&format!("/{called}")) {
                for entry in document.root.get("jobs").map_or(&[][..], Node::entries) {
                    let found = github_job(scene, observer, helpers, &document.root, &entry.value, depth + 1);
                    out.firm.extend(found.firm);
                    out.lax.extend(found.lax);
                }
            }
        }
        return out;
    }
    let default = |key: &str| {
        let of = |node: &Node| node.path(&["defaults", "run", key]).and_then(Node::as_str).map(str::to_owned);
        of(job).or_else(|| of(workflow))
    };
    let (folder, shell) = (default("working-directory").unwrap_or_default(), default("shell"));
    out = steps(helpers, job.get("steps"), &folder, shell.as_deref(), depth);
    if let Some(entry) = job.entry("continue-on-error").filter(|entry| entry.value.as_bool() == Some(true)) {
        out.swallow();
        out.at = Some(entry.origin.at);
    }
    out
}

/// The steps of a job or of a composite action.
fn steps(helpers: &Helpers<'_>, list: Option<&Node>, folder: &str, shell: Option<&str>, depth: usize) -> Runs {
    let mut out = Runs::default();
    for step in list.map_or(&[][..], Node::items) {
        if is_never(step.get("if")) {
            continue;
        }
        let text = |key: &str| step.get(key).and_then(Node::as_str);
        let mut found = Runs::default();
        if let Some(run) = text("run") {
            let dir = join(text("working-directory").unwrap_or(folder), "");
            // GitHub's default shell stops at failures, and asks no pipe about its first command
            let pipes = text("shell").or(shell) == Some("bash");
            found = helpers.script(&dir, run, pipes, 0);
        } else if let Some(uses) = text("uses") {
            if let Some(local) = uses.strip_prefix("./") {
                let names = ["action.yml", "action.yaml"];
                let action = names.iter().find_map(|name| helpers.get(&join(local, name))).and_then(yaml).filter(|_| depth < 4);
                if let Some(action) = action {
                    found = steps(helpers, action.path(&["runs", "steps"]), "", None, depth + 1);
                }
            } else if uses.starts_with("pre-commit/action") {
                found = helpers.pre_commit("", 0);
            } else if uses.split('@').next().is_some_and(|name| name.ends_with("/ztctl") || name.ends_with("/ztctl-action")) {
                found.firm.push(String::new());
            }
        }
        let goes_on = step.entry("continue-on-error").filter(|entry| entry.value.as_bool() == Some(true));
        if goes_on.is_some() {
            found.swallow();
        }
        if !found.lax.is_empty() {
            let at = goes_on.map(|entry| entry.origin.at).or_else(|| step.get("run").map(|node| node.origin.at));
            out.at = out.at.or(found.at).or(at.filter(|_| depth == 0));
        }
        out.firm.extend(found.firm);
        out.lax.extend(found.lax);
    }
    out
}

/// A job of GitLab CI with what it extends.
fn gitlab_job(helpers: &Helpers<'_>, root: &Node, job: &Node) -> Option<(Runs, Trigger)> {
    let mut chain = vec![job];
    while let Some(name) =
        chain.last().and_then(|job| job.get("extends")).and_then(|node| node.as_str().or_else(|| node.items().last()?.as_str()))
    {
        match root.get(name) {
            Some(base) if chain.len() < 8 => chain.push(base),
            _ => break,
        }
    }
    let field = |key: &str| chain.iter().find_map(|job| job.get(key));
    let mut script = String::new();
    for key in ["before_script", "script"] {
        let node = field(key).or_else(|| root.get("default").and_then(|node| node.get(key)).filter(|_| key == "before_script"));
        let Some(node) = node else { continue };
        for line in if node.items().is_empty() { std::slice::from_ref(node) } else { node.items() } {
            script.push_str(line.as_str().unwrap_or(""));
            script.push('\n');
        }
    }
    let mut runs = helpers.script("", &script, true, 0);
    if runs.is_empty() {
        return None;
    }
    let allowed = chain.iter().find_map(|job| job.entry("allow_failure")).filter(|entry| entry.value.as_bool() == Some(true));
    if let Some(entry) = allowed {
        runs.swallow();
        runs.at = Some(entry.origin.at);
    }
    let by_hand = |node: &Node| matches!(node.get("when").and_then(Node::as_str), Some("manual" | "never"));
    let rules = field("rules").map_or(&[][..], Node::items);
    if field("when").and_then(Node::as_str) == Some("manual") || (!rules.is_empty() && rules.iter().all(by_hand)) {
        return Some((runs, Trigger::Hand));
    }
    let changes = |node: &Node| -> Filter {
        let named = node.get("changes").map(|changes| changes.get("paths").unwrap_or(changes));
        Filter { paths: patterns(named), ignored: Vec::new() }
    };
    let filters: Vec<Filter> = match (rules.is_empty(), field("only")) {
        (false, _) => rules.iter().filter(|rule| !by_hand(rule)).map(changes).collect(),
        (true, Some(only)) => vec![changes(only)],
        (true, None) => vec![Filter::default()],
    };
    Some((runs, Trigger::Change(filters)))
}

/// Scripts and commands of Tekton's and Argo's steps.
fn steps_of(helpers: &Helpers<'_>, node: &Node, out: &mut Runs, depth: usize) {
    if depth > 32 {
        return;
    }
    let words = |key: &str| node.get(key).map_or(&[][..], Node::items).iter().filter_map(Node::as_str).collect::<Vec<_>>();
    let mut texts: Vec<String> = ["script", "source"].iter().filter_map(|key| node.get(key)?.as_str().map(str::to_owned)).collect();
    let (command, args) = (words("command"), words("args"));
    match command[..] {
        [] => {}
        [.., "-c" | "-ec" | "-euc" | "-euo"] => texts.extend(args.first().map(|text| (*text).to_owned())),
        _ => texts.push([command, args].concat().join(" ")),
    }
    for text in texts {
        let found = helpers.script("", &text, false, 0);
        out.firm.extend(found.firm);
        out.lax.extend(found.lax);
    }
    node.entries().iter().for_each(|entry| steps_of(helpers, &entry.value, out, depth + 1));
    node.items().iter().for_each(|item| steps_of(helpers, item, out, depth + 1));
}

/// Pipelines of other systems: each line may be a command, behind what their format puts in front.
fn others(scene: &Scene<'_>, helpers: &Helpers<'_>, out: &mut Vec<Job>) {
    for file in scene.texts.iter().filter(|file| !is_sample(&file.path, scene.roots)) {
        let name = file.path.rsplit('/').next().unwrap_or(&file.path).to_ascii_lowercase();
        let known = ["jenkinsfile", "azure-pipelines.yml", "bitbucket-pipelines.yml", "earthfile"].contains(&name.as_str())
            || [".circleci/", ".buildkite/", ".woodpecker"].iter().any(|folder| file.path.contains(folder));
        if !known {
            continue;
        }
        let mut runs = Runs::default();
        let mut line_of = None;
        for (nr, line) in file.text.lines().take(20_000).enumerate() {
            let mut command = line.trim();
            if command.starts_with(['#', '/', '*']) {
                continue;
            }
            for prefix in ["- ", "RUN ", "sh ", "bat ", "run: ", "script: ", "bash: ", "command: ", "pwsh: "] {
                command = command.strip_prefix(prefix).map_or(command, str::trim);
            }
            let command = command.trim_matches(['\'', '"', '(', ')']);
            let found = helpers.script("", command, false, 0);
            if !found.is_empty() {
                line_of = line_of.or(u32::try_from(nr + 1).ok());
                runs.firm.extend(found.firm);
                runs.lax.extend(found.lax);
            }
        }
        if let Some(line) = line_of {
            let spot = Spot { path: file.path.clone(), line, column: 1, end_line: line };
            out.push(Job { name, spot: Some(spot), runs, trigger: Trigger::Change(vec![Filter::default()]) });
        }
    }
}
