//! OPA's configuration and command line (<https://www.openpolicyagent.org/docs/configuration>,
//! <https://www.openpolicyagent.org/docs/cli#opa-run>).

use super::k8s::{Container, Pod, pod};
use super::part::Part;
use super::shell::{Call, container_call};
use super::value::{Entry, Node, Value};
use crate::text::SourceMap;

/// A bundle that OPA loads.
#[derive(Clone, Copy, Debug)]
pub struct Bundle<'n> {
    /// The key that it stands under: its name, `bundle` or `discovery`.
    pub entry: &'n Entry,
    pub is_discovery: bool,
}

impl<'n> Bundle<'n> {
    /// Its name; where it stands under `bundle`, the one that it has there.
    #[must_use]
    pub fn name(&self) -> &'n str {
        let named = self.entry.value.get("name").and_then(Node::as_str).filter(|_| &*self.entry.key == "bundle");
        named.unwrap_or(&self.entry.key)
    }

    /// Whether it is read from a file of the machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.entry.value.get("resource").and_then(Node::as_str).is_some_and(|resource| resource.starts_with("file:"))
    }

    /// `polling`
    #[must_use]
    pub fn polling(&self) -> Option<&'n Node> {
        self.entry.value.get("polling")
    }
}

/// The bundles of a configuration: those of `bundles`, the one of the older `bundle`, and that of `discovery`.
#[must_use]
pub fn bundles(config: &Node) -> Vec<Bundle<'_>> {
    let is_map = |entry: &&Entry| matches!(entry.value.value, Value::Map(_));
    let mut found: Vec<Bundle<'_>> = Vec::new();
    for key in config.entries() {
        match &*key.key {
            "bundles" => found.extend(key.value.entries().iter().filter(is_map).map(|entry| Bundle { entry, is_discovery: false })),
            "bundle" | "discovery" if is_map(&key) => found.push(Bundle { entry: key, is_discovery: &*key.key == "discovery" }),
            _ => {}
        }
    }
    found
}

/// The services of a configuration, a map by name or a list.
#[must_use]
pub fn services(config: &Node) -> Vec<&Node> {
    let services = config.get("services");
    let named = services.map_or(&[][..], Node::entries).iter().map(|entry| &entry.value);
    named.chain(services.map_or(&[][..], Node::items)).collect()
}

/// The plugin that answers Envoy.
#[must_use]
pub fn envoy_plugin(config: &Node) -> Option<&Node> {
    config.path(&["plugins", "envoy_ext_authz_grpc"])
}

/// The programs that are OPA: itself, and builds with the plugin for Envoy.
const PROGRAMS: [&str; 5] = ["opa", "opa-envoy", "opa-istio", "opa_envoy_linux_amd64", "opa_envoy_linux_arm64"];

/// The calls of `opa run --server` in the containers of a pod, with a shell and without.
#[must_use]
pub fn servers(part: Part<'_>, sources: &SourceMap) -> Vec<Call> {
    match part {
        Part::Document(_) => Vec::new(),
        Part::Object(object) => {
            pod(object).iter().flat_map(Pod::containers).filter_map(|container| server_of_container(&container)).collect()
        }
        Part::Script(script) if sources.holder(script.source).is_some_and(|holder| holder.kind == "container") => {
            PROGRAMS.iter().flat_map(|program| script.calls(program)).map(|(_, call)| call).filter(is_server).collect()
        }
        Part::Script(_) => Vec::new(),
    }
}

fn server_of_container(container: &Container<'_>) -> Option<Call> {
    PROGRAMS.iter().find_map(|program| container_call(container, program)).filter(is_server)
}

fn is_server(call: &Call) -> bool {
    call.operands().next() == Some(Some("run")) && (call.flag("server").is_some() || call.flag("s").is_some())
}
