//! Where objects, workflows and pipelines hold scripts.

use crate::model::k8s::{Container, Object, pod};
use crate::model::value::{Node, Value};

use super::{is_c, is_shell, is_wanted};

/// Whether the value under a ConfigMap's key is a script: by the key, or by the text's first line.
#[must_use]
pub fn is_shell_key(key: &str, text: &str) -> bool {
    let by_name = [".sh", ".bash"].iter().any(|suffix| key.len() > suffix.len() && key.ends_with(suffix));
    (by_name || has_shebang(text)) && is_wanted(text)
}

/// Whether a text begins with the line that names a shell.
#[must_use]
pub fn has_shebang(text: &str) -> bool {
    text.strip_prefix("#!").and_then(|rest| rest.lines().next()).is_some_and(|line| line.split_whitespace().any(is_shell))
}

/// The scripts that a pod's containers give to a shell, with their paths.
#[must_use]
pub fn in_container(object: &Object) -> Vec<(String, &Node)> {
    let mut out = Vec::new();
    let Some(pod) = pod(object) else { return out };
    for container in pod.containers() {
        if let Some(script) = container_script(&container) {
            out.push((format!("{}.command", container.name().unwrap_or("")), script));
        }
    }
    out
}

/// The script that a container gives to a shell, if it may run something that is judged.
#[must_use]
pub fn container_script<'o>(container: &Container<'o>) -> Option<&'o Node> {
    let words: Vec<&Node> = container.words().collect();
    if !words.first().and_then(|word| word.as_str()).is_some_and(is_shell) {
        return None;
    }
    let at = words.iter().position(|word| word.as_str().is_some_and(is_c))?;
    words.get(at + 1).copied().filter(|script| script.as_str().is_some_and(is_wanted))
}

/// The `run:` blocks of a GitHub workflow that a POSIX shell or bash runs, with their paths.
#[must_use]
pub fn in_workflow(root: &Node) -> Vec<(String, &Node)> {
    let mut out = Vec::new();
    let shell = |node: &Node| node.path(&["defaults", "run", "shell"]).and_then(Node::as_str).map(str::to_owned);
    let of_all = shell(root);
    let other = |shell: &str| !is_shell(shell.split_whitespace().next().unwrap_or(""));
    for job in root.get("jobs").map_or(&[][..], Node::entries) {
        let of_job = shell(&job.value).or_else(|| of_all.clone());
        for (at, step) in job.value.get("steps").map_or(&[][..], Node::items).iter().enumerate() {
            let Some(run) = step.get("run").filter(|run| run.as_str().is_some_and(is_wanted)) else { continue };
            let shell = step.get("shell").and_then(Node::as_str).map(str::to_owned).or_else(|| of_job.clone());
            if !shell.as_deref().is_some_and(other) {
                out.push((format!("jobs.{}.steps[{at}].run", job.key), run));
            }
        }
    }
    out
}

/// The scripts of a pipeline of GitLab CI, with their paths.
#[must_use]
pub fn in_gitlab(root: &Node) -> Vec<(String, &Node)> {
    let mut out = Vec::new();
    scripts(root, "", &mut out);
    for job in root.entries() {
        scripts(&job.value, &format!("{}.", job.key), &mut out);
    }
    out
}

fn scripts<'d>(job: &'d Node, path: &str, out: &mut Vec<(String, &'d Node)>) {
    for key in ["before_script", "script", "after_script"] {
        let Some(lines) = job.get(key) else { continue };
        collect(lines, &format!("{path}{key}"), 0, out);
    }
}

/// The lines of a `script:`: a text, or a list of texts and of such lists.
fn collect<'d>(lines: &'d Node, path: &str, depth: usize, out: &mut Vec<(String, &'d Node)>) {
    match &lines.value {
        Value::List(items) if depth < 8 => {
            for (at, item) in items.iter().enumerate() {
                collect(item, &format!("{path}[{at}]"), depth + 1, out);
            }
        }
        _ if lines.as_str().is_some_and(is_wanted) => out.push((path.to_owned(), lines)),
        _ => {}
    }
}
