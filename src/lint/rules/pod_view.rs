//! What rules about pods share.

use crate::lint::manifest::ManifestCx;
use crate::model::k8s::pods::ContainerKind;
use crate::model::k8s::{Container, Object, Pod, pod};
use crate::model::value::{Entry, Origin};
use crate::text::SourceId;

/// The pod of an object whose rights are judged: node agents, which cannot do without, are not.
pub(super) fn judged(object: &Object) -> Option<Pod<'_>> {
    pod(object).filter(|pod| !pod.is_node_agent())
}

/// Whether what a pod lacks is not reported, because its namespace is one of the platform's.
pub(super) fn is_platform(pod: &Pod<'_>, cx: &ManifestCx<'_>) -> bool {
    pod.namespace().is_some_and(|name| cx.is_system_namespace(name, pod.object.kind_at()))
}

/// A container as messages name it.
pub(super) fn named(container: &Container<'_>) -> String {
    let kind = match container.kind {
        ContainerKind::Init => "init container",
        ContainerKind::Main => "container",
        ContainerKind::Ephemeral => "ephemeral container",
    };
    match container.name() {
        Some(name) => format!("{kind} `{name}`"),
        None => format!("the {kind} without a name"),
    }
}

/// The lines that a rule has findings on already: flow style puts several things on one.
#[derive(Default)]
pub(super) struct Lines(Vec<(SourceId, usize)>);

impl Lines {
    /// Whether nothing was reported on the line of `at` yet; from now on something is.
    pub(super) fn is_new(&mut self, at: &Origin, cx: &ManifestCx<'_>) -> bool {
        let outer = cx.sources().outer(at.at);
        let line = (outer.source, cx.sources().get(outer.source).line(outer.span.start));
        let is_new = !self.0.contains(&line);
        if is_new {
            self.0.push(line);
        }
        is_new
    }
}

/// The boolean that an entry holds; `None` for a value of another type, which the API server refuses.
pub(super) fn flag(entry: &Entry) -> Option<bool> {
    entry.value.as_bool()
}
