//! What comes out of Vault: its operator, and the volumes of the CSI driver.

use super::{Builder, Delivery, Entry, Held, hours, is_zero};
use crate::assess::inventory::Holding;
use crate::assess::observe::Spot;
use crate::assess::status::Strength;
use crate::assess::world::Placed;
use crate::model::k8s::Object;
use crate::model::value::Node;

impl Builder<'_> {
    /// What the Vault Secrets Operator delivers (its API reference).
    pub(super) fn vault_operator(&self, object: &Object, kind: &str) -> Held {
        let text = |path: &[&str]| object.root.path(path).and_then(Node::as_str);
        let path = format!("{}/{}", text(&["spec", "mount"]).unwrap_or(""), text(&["spec", "path"]).unwrap_or(""));
        let source = format!("{kind} `{path}`");
        match kind {
            "VaultStaticSecret" => {
                let every = text(&["spec", "refreshAfter"]).is_some_and(|every| !is_zero(every));
                let events = object.root.path(&["spec", "syncConfig", "instantUpdates"]).and_then(Node::as_bool) == Some(true);
                if every || events {
                    let (holding, strength) = self.refreshed(self.out.rotators.vault);
                    (holding, strength, source)
                } else {
                    (Holding::Managed, Strength::RENDERED, format!("{source}, never refreshed"))
                }
            }
            "VaultDynamicSecret" if path.contains("static-creds") => (Holding::Rotated, Strength::RENDERED, source),
            _ => {
                let own = text(&["spec", "ttl"]).and_then(hours);
                let role = text(&["spec", "path"]).and_then(|path| path.rsplit('/').next());
                let lease = own.or_else(|| role.and_then(|role| self.out.lease(role)));
                (Holding::Leased(lease), Strength::RENDERED, source)
            }
        }
    }

    pub(super) fn provider_class(&mut self, placed: &Placed, name: String, namespace: Option<String>) {
        let object = &*placed.object;
        let provider = object.root.path(&["spec", "provider"]).and_then(Node::as_str).unwrap_or("unknown");
        let source = format!("SecretProviderClass `{name}` ({provider})");
        let leased = vault_paths(object).find(|path| is_leased_path(path)).map(|path| path.rsplit('/').next().unwrap_or("").to_owned());
        let at_source = match provider {
            "aws" => self.out.rotators.aws.any(),
            "gcp" | "gke" => self.out.rotators.google.any(),
            "azure" => self.out.rotators.azure,
            "vault" => self.out.rotators.vault,
            _ => false,
        };
        let held: Held = match leased {
            Some(role) => (Holding::Leased(self.out.lease(&role)), Strength::RENDERED, source),
            None if self.out.rotators.driver => {
                let (holding, strength) = self.refreshed(at_source);
                (holding, strength, format!("{source}, refreshed by the driver"))
            }
            // a new value reaches new pods alone
            None if at_source => (Holding::Rotated, Strength::WEAK, source),
            None => (Holding::ManagedRotationUnseen, Strength::RENDERED, source),
        };
        for item in object.root.path(&["spec", "secretObjects"]).map_or(&[][..], Node::items) {
            if let Some(target) = item.get("secretName").and_then(Node::as_str) {
                let keys = item.get("data").map_or(&[][..], Node::items);
                let keys = keys.iter().filter_map(|key| key.get("key")?.as_str().map(str::to_owned)).collect();
                self.put(placed, target.to_owned(), namespace.clone(), held.clone(), keys);
            }
        }
        let (holding, strength, source) = held;
        let spot = Some(Spot::of(self.sources, object.kind_at().at));
        let also = self.places(object);
        let delivery = Delivery { holding, strength, source, spot, also, keys: Vec::new(), by_key: super::Keys::new() };
        self.out.classes.entry(name).or_default().push(Entry { environment: placed.environment.clone(), namespace, delivery });
    }
}

/// Whether Vault leases what lies at a path.
pub(in crate::assess::inventory) fn is_leased_path(path: &str) -> bool {
    let engines = ["/creds/", "/issue/", "/sts/", "/token/"];
    let own = ["database/", "aws/", "gcp/", "azure/", "rabbitmq/", "pki", "nomad/", "consul/", "kubernetes/", "mongodbatlas/", "ldap/"];
    let leased =
        path.contains("/creds/") || engines[1..].iter().any(|engine| path.contains(engine)) && own.iter().any(|mount| path.contains(mount));
    leased && !path.contains("static-creds")
}

/// The paths that a SecretProviderClass of Vault reads: they stand in a text.
pub(super) fn vault_paths(object: &Object) -> impl Iterator<Item = &str> {
    let text = object.root.path(&["spec", "parameters", "objects"]).and_then(Node::as_str).unwrap_or("");
    text.lines().filter_map(|line| line.split_once("secretPath:").map(|(_, path)| path.trim().trim_matches('"')))
}
