//! OPA's configuration and command line (<https://www.openpolicyagent.org/docs/configuration>,
//! <https://www.openpolicyagent.org/docs/cli#opa-run>).

use super::k8s::Container;
use super::spire::{Flag, flags};
use super::value::{Entry, Node, Value};

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

/// The flags of `opa run --server` in a container; `None` where it runs something else.
#[must_use]
pub fn server_flags<'o>(container: &Container<'o>) -> Option<Vec<Flag<'o>>> {
    let base = |word: &str| word.rsplit('/').next().unwrap_or("").split([':', '@']).next().unwrap_or("").to_owned();
    let is_opa =
        |name: &str| name == "opa" || name.starts_with("opa-envoy") || name.starts_with("opa-istio") || name == "opa_envoy_linux_amd64";
    let words: Vec<&str> = container.words().filter_map(Node::as_str).flat_map(str::split_whitespace).collect();
    let command = words.iter().any(|word| is_opa(&base(word.trim_matches(['"', '\'']))));
    if !words.contains(&"run") || !(command || container.image().is_some_and(|image| is_opa(&base(image)))) {
        return None;
    }
    let flags = flags(container.words());
    flags.iter().any(|flag| matches!(&*flag.name, "server" | "s")).then_some(flags)
}
