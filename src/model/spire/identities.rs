//! Who can have an identity: trust domains and registrations of a workspace.

use std::collections::{BTreeMap, BTreeSet};

use super::{Template, federated, field, hides_options, is_opaque, line_of_container, lines_of_script, registers, trust_domain};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::{Object, ServiceAccount, pod};
use crate::model::manifests::Manifests;
use crate::model::mesh::MeshSettings;
use crate::model::shell::Call;
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

/// The trust domain of a mesh whose configuration names none.
const MESH_DEFAULT: &str = "cluster.local";

/// What the manifests and scripts of a workspace say of identities.
#[derive(Debug, Default)]
pub struct Identities {
    /// The trust domains that SPIRE, meshes and federations declare, each with a place that does; `None` for what has no place.
    domains: BTreeMap<String, Option<Origin>>,
    /// A declaration cannot be known.
    open_domains: bool,
    /// IDs that registrations write out.
    registered: BTreeSet<String>,
    /// What templates give: texts, with a gap between each two that every pod fills by itself.
    patterns: Vec<Vec<Option<String>>>,
    /// A registration cannot be known.
    open_registrations: bool,
    /// The service accounts of each namespace that the files describe.
    accounts: BTreeMap<String, Accounts>,
    /// Objects that may bring accounts to any namespace.
    adrift: bool,
}

#[derive(Debug, Default)]
struct Accounts {
    names: BTreeSet<String>,
    described: bool,
    open: bool,
}

impl Identities {
    /// Reads everything once.
    #[must_use]
    pub fn new(manifests: &Manifests) -> Self {
        let mut this = Self::default();
        let mesh = this.mesh(manifests.mesh_settings());
        for document in &manifests.documents {
            match document.kind {
                DocumentKind::Spire => this.spire(document),
                DocumentKind::Registrations => {
                    for entry in document.root.get("entries").map_or(&[][..], Node::items) {
                        match entry.get("spiffe_id").and_then(Node::as_str) {
                            Some(id) => this.register(id),
                            None => this.open_registrations = true,
                        }
                    }
                }
                DocumentKind::ChartValues => this.declare(document.root.path(&["global", "spire", "trustDomain"])),
                _ => {}
            }
        }
        for unit in manifests.applied() {
            this.adrift |= !unit.gaps.is_empty();
            let cluster = unit.cluster();
            this.adrift |= cluster.adrift.iter().any(|object| pod(object).is_some() || object.is("", "ServiceAccount"));
            for space in cluster.namespaces() {
                let accounts = this.accounts.entry(space.name.to_string()).or_default();
                accounts.described |= space.is_described();
                for object in &space.objects {
                    accounts.add(object);
                }
            }
            unit.objects.iter().for_each(|object| this.object(object));
        }
        for script in &manifests.scripts {
            lines_of_script(script, "spiffeID").for_each(|call| this.line(&call));
        }
        if mesh {
            this.domains.entry(MESH_DEFAULT.to_owned()).or_default();
        }
        this
    }

    fn spire(&mut self, document: &Document) {
        let root = &document.root;
        for block in ["server", "agent"].iter().flat_map(|key| root.blocks(key)) {
            self.declare(field(block, "trust_domain").map(|entry| &entry.value));
            for (domain, _, _) in federated(block) {
                self.domain(domain, None);
            }
        }
    }

    /// Whether something of a mesh's configuration was there.
    fn mesh(&mut self, settings: &[MeshSettings]) -> bool {
        for settings in settings {
            self.open_domains |= settings.open;
            for domain in settings.trust_domain.iter().chain(&settings.trust_domain_aliases) {
                self.domain(domain, None);
            }
        }
        !settings.is_empty()
    }

    fn declare(&mut self, node: Option<&Node>) {
        match node {
            None => {}
            Some(node) => match node.as_str() {
                Some(text) => self.domain(text, Some(&node.origin)),
                None => self.open_domains |= node.unknown().is_some(),
            },
        }
    }

    fn domain(&mut self, text: &str, at: Option<&Origin>) {
        if text.is_empty() {
            return;
        }
        if is_opaque(text) || text.contains('*') {
            self.open_domains = true;
            return;
        }
        let name = text.strip_prefix("spiffe://").unwrap_or(text).trim_end_matches('/');
        let place = self.domains.entry(name.to_owned()).or_default();
        if place.is_none() {
            *place = at.cloned();
        }
    }

    fn object(&mut self, object: &Object) {
        if &*object.group == "spire.spiffe.io" {
            let spec = |key: &str| object.spec().and_then(|spec| spec.value.get(key));
            match &*object.kind {
                "ClusterFederatedTrustDomain" => self.declare(spec("trustDomain")),
                "ControllerManagerConfig" => self.declare(object.root.get("trustDomain")),
                "ClusterStaticEntry" => match spec("spiffeID").and_then(Node::as_str) {
                    Some(id) => self.register(id),
                    None => self.open_registrations = true,
                },
                "ClusterSPIFFEID" => match spec("spiffeIDTemplate").and_then(Node::as_str) {
                    Some(template) if template.contains("{{") => {
                        let own = self.domains.len() == 1;
                        let domain = own.then(|| self.domains.keys().next().cloned()).flatten();
                        self.patterns.push(Template::new(template).pattern(domain.as_deref()));
                    }
                    Some(id) => self.register(id),
                    None => self.open_registrations = true,
                },
                _ => {}
            }
            return;
        }
        for container in pod(object).iter().flat_map(|pod| pod.containers()) {
            if let Some(call) = line_of_container(&container, "spiffeID") {
                self.line(&call);
            }
        }
    }

    fn line(&mut self, call: &Call) {
        if !registers(call) {
            return;
        }
        self.open_registrations |= hides_options(call);
        for (_, id) in call.option(&["spiffeID"]) {
            match id {
                Some(id) => self.register(id),
                None => self.open_registrations = true,
            }
        }
    }

    fn register(&mut self, id: &str) {
        if is_opaque(id) {
            self.open_registrations = true;
        } else {
            self.registered.insert(id.to_owned());
        }
    }

    /// Whether a trust domain is none of those that are declared, and one that is, with its place; unknown where nothing is declared
    /// or something cannot be known.
    #[must_use]
    pub fn is_foreign(&self, domain: &str) -> Tri {
        if self.domains.contains_key(domain) {
            return Tri::No;
        }
        if self.open_domains || self.domains.is_empty() { Tri::Unknown } else { Tri::Yes }
    }

    /// Whether anything is declared: without that nothing is withheld either.
    #[must_use]
    pub fn declares_domains(&self) -> bool {
        !self.domains.is_empty()
    }

    /// The trust domains that are declared, in order.
    pub fn domains(&self) -> impl Iterator<Item = (&str, Option<&Origin>)> {
        self.domains.iter().map(|(name, at)| (name.as_str(), at.as_ref()))
    }

    /// Whether nothing in the workspace can give a workload this ID. Unknown where the workspace does not describe whose it is.
    #[must_use]
    pub fn is_unregistered(&self, id: &str) -> Tri {
        let Some(domain) = trust_domain(id) else { return Tri::No };
        let path = &id["spiffe://".len() + domain.len()..];
        // of servers and agents, and of the trust domain itself
        if path.is_empty() || path.starts_with("/spire/") || self.registered.contains(id) {
            return Tri::No;
        }
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        if let ["ns", namespace, "sa", account] = segments[..] {
            return self.lacks(namespace, account);
        }
        if self.patterns.iter().any(|pattern| fits(pattern, id)) {
            return Tri::No;
        }
        let is_here = self.registered.iter().any(|other| trust_domain(other) == Some(domain));
        if is_here && !self.open_registrations { Tri::Yes } else { Tri::Unknown }
    }

    /// Whether a described namespace surely has no service account of this name.
    fn lacks(&self, namespace: &str, account: &str) -> Tri {
        match self.accounts.get(namespace) {
            Some(accounts) if accounts.names.contains(account) || account == "default" => Tri::No,
            Some(accounts) if accounts.described && !accounts.open && !self.adrift => Tri::Yes,
            _ => Tri::Unknown,
        }
    }
}

impl Accounts {
    fn add(&mut self, object: &Object) {
        if object.is("", "ServiceAccount") {
            match object.name() {
                Some(name) => drop(self.names.insert(name.to_owned())),
                None => self.open = true,
            }
        }
        match pod(object).map(|pod| pod.service_account()) {
            Some(ServiceAccount::Named(name, _)) => drop(self.names.insert(name.to_owned())),
            Some(ServiceAccount::Unknown) => self.open = true,
            Some(ServiceAccount::Default) | None => {}
        }
    }
}

/// Whether a text has the texts of a pattern in their order, with something in each gap.
fn fits(pattern: &[Option<String>], text: &str) -> bool {
    let mut rest = text;
    let mut gap = false;
    for (at, part) in pattern.iter().enumerate() {
        let Some(part) = part else {
            gap = true;
            continue;
        };
        if part.is_empty() {
            continue;
        }
        if !gap {
            let Some(behind) = rest.strip_prefix(part.as_str()) else { return false };
            rest = behind;
        } else if at + 1 == pattern.len() {
            return rest.len() > part.len() && rest.ends_with(part.as_str());
        } else {
            let Some(found) = rest.get(1..).and_then(|behind| behind.find(part.as_str())) else { return false };
            rest = &rest[1 + found + part.len()..];
        }
        gap = false;
    }
    if gap { !rest.is_empty() } else { rest.is_empty() }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn templates_fit_what_they_give() {
        let pattern = |parts: &[Option<&str>]| parts.iter().map(|part| part.map(str::to_owned)).collect::<Vec<_>>();
        let ids = pattern(&[Some("spiffe://"), None, Some("/app/"), None, Some("")]);
        assert!(fits(&ids, "spiffe://shop.example/app/web"));
        assert!(!fits(&ids, "spiffe://shop.example/app/"));
        assert!(!fits(&ids, "spiffe://shop.example/web"));
        let ended = pattern(&[Some("spiffe://shop.example/"), None, Some("/v1")]);
        assert!(fits(&ended, "spiffe://shop.example/web/v1") && !fits(&ended, "spiffe://shop.example//v1x"));
        assert!(fits(&pattern(&[Some("a")]), "a") && !fits(&pattern(&[Some("a")]), "ab"));
    }
}
