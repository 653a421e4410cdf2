//! What rules about Vault ask of scripts, pipelines and pods alike.

use super::prelude::*;
use crate::model::k8s::pod;
use crate::model::shell::Word;
use crate::model::value::{Entry, Node as ValueNode, Origin};
use crate::model::vault::{Form, Role, Setting};
use crate::text::Location;

/// An environment variable that is given a value.
pub(super) struct Variable<'a> {
    /// Where its value is written.
    pub(super) at: Origin,
    /// `None` where it is not known.
    pub(super) value: Option<&'a str>,
    /// The value, where data holds it.
    pub(super) node: Option<&'a ValueNode>,
}

/// Commands that take `NAME=value` for the environment of what they run, or of the shell.
const SETTERS: [&str; 11] = ["export", "declare", "typeset", "readonly", "local", "env", "sudo", "docker", "podman", "kubectl", "oc"];

/// Where a script gives the environment variable `name` a value.
pub(super) fn in_script<'s>(script: &'s Script, name: &str) -> Vec<Variable<'s>> {
    let mut out = Vec::new();
    for command in &script.commands {
        for assignment in command.assignments.iter().filter(|assignment| assignment.name == name) {
            out.push(Variable { at: script.origin(assignment.value.span), value: assignment.value.known(), node: None });
        }
        if command.words.first().is_some_and(|word| SETTERS.contains(&word.prefix().rsplit('/').next().unwrap_or(""))) {
            let set = |word: &'s Word| {
                let (key, value) = word.key_value()?;
                let key = key.rsplit('=').next().unwrap_or(key).trim_start_matches("-e");
                (key == name).then(|| Variable { at: script.origin(word.span), value, node: None })
            };
            out.extend(command.words[1..].iter().filter_map(set));
        }
    }
    out
}

/// Where a pod, a ConfigMap or a Secret gives the environment variable `name` a value.
pub(super) fn in_object<'o>(object: &'o Object, name: &str) -> Vec<Variable<'o>> {
    if object.is("", "ConfigMap") || object.is("", "Secret") {
        let key = if *object.kind == *"Secret" { "stringData" } else { "data" };
        return object.root.get(key).and_then(|data| data.entry(name)).map(variable).into_iter().collect();
    }
    let Some(pod) = pod(object) else { return Vec::new() };
    let all = pod.containers().flat_map(|container| container.env());
    let named = all.filter(|item| item.get("name").and_then(ValueNode::as_str) == Some(name));
    named.filter_map(|item| item.entry("value")).map(variable).collect()
}

/// Where a workflow or a pipeline gives the environment variable `name` a value.
pub(super) fn in_pipeline<'d>(document: &'d Document, name: &str) -> Vec<Variable<'d>> {
    let root = &document.root;
    let mut out = Vec::new();
    let mut add = |node: &'d ValueNode, key: &str| out.extend(node.get(key).and_then(|env| env.entry(name)).map(variable));
    match document.kind {
        DocumentKind::Workflow => {
            add(root, "env");
            for job in root.get("jobs").map_or(&[][..], ValueNode::entries) {
                add(&job.value, "env");
                job.value.get("steps").map_or(&[][..], ValueNode::items).iter().for_each(|step| add(step, "env"));
            }
        }
        DocumentKind::GitlabCi => {
            add(root, "variables");
            root.entries().iter().for_each(|job| add(&job.value, "variables"));
        }
        _ => {}
    }
    out
}

fn variable(entry: &Entry) -> Variable<'_> {
    Variable { at: entry.origin.clone(), value: scalar_text(&entry.value), node: Some(&entry.value) }
}

/// The text of a scalar, whatever its type.
fn scalar_text(node: &ValueNode) -> Option<&str> {
    use crate::model::value::{Scalar, Value};
    match &node.value {
        Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => Some(text),
        Value::Scalar(Scalar::Bool(true)) => Some("true"),
        Value::Scalar(Scalar::Bool(false)) => Some("false"),
        Value::Scalar(Scalar::Null) => Some(""),
        _ => None,
    }
}

/// The edit that gives a role `key=value` behind the first of the settings `beside` that it has.
pub(super) fn add_setting(cx: &ManifestCx<'_>, role: &Role, beside: &[&str], key: &str, value: &str) -> Option<(Location, String)> {
    let setting: &Setting = beside.iter().find_map(|key| role.get(key))?;
    let at = setting.at.at;
    match setting.form {
        Form::Arguments => Some((Location { span: Span::at(at.span.end), ..at }, format!(" {key}={value}"))),
        Form::Terraform => {
            let file = cx.sources().get(at.source);
            let line = file.line_span(file.line(at.span.start))?;
            let indent = file.slice(Span::new(line.start, at.span.start));
            let is_list = key.ends_with('s');
            let written = if is_list { format!("[\"{value}\"]") } else { format!("\"{value}\"") };
            let line_break = if file.text.contains("\r\n") { "\r\n" } else { "\n" };
            indent
                .bytes()
                .all(|byte| matches!(byte, b' ' | b'\t'))
                .then(|| (Location { span: Span::at(at.span.start), ..at }, format!("{key} = {written}{line_break}{indent}")))
        }
        Form::Json | Form::Object => None,
    }
}
