//! Who a workload is to the others: its service account, and the SPIFFE IDs that meshes and SPIRE make of it.

use std::sync::Arc;

use super::attached::Workload;
use crate::model::k8s::{Cluster, Labels, Object, ServiceAccount, Space, selector};
use crate::model::mesh::{DEFAULT_TRUST_DOMAIN, MeshSettings};
use crate::model::tri::Tri;
use crate::model::value::{Node, Origin};

/// The trust domains that a mesh's configurations name.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TrustDomains {
    /// Trust domains and aliases, in their order; empty where none is configured.
    pub named: Vec<Arc<str>>,
    /// Others whose certificates the mesh verifies.
    pub foreign: Vec<Arc<str>>,
    /// A mesh configuration is in sight, so that others are none of the mesh's.
    pub configured: bool,
    /// Something in the configurations cannot be known.
    pub open: bool,
}

impl TrustDomains {
    /// What mesh configurations say.
    #[must_use]
    pub fn new<'s>(settings: impl IntoIterator<Item = &'s MeshSettings>) -> Self {
        let mut this = Self::default();
        for settings in settings.into_iter().filter(|settings| settings.is_config) {
            this.configured = true;
            this.open |= settings.open;
            this.foreign.extend(settings.foreign_trust_domains.iter().cloned());
            this.named.extend(settings.trust_domain.iter().chain(&settings.trust_domain_aliases).cloned());
        }
        this.foreign.sort();
        this.named.sort();
        this.named.dedup();
        this
    }

    /// Whether the mesh knows identities of this trust domain. `cluster.local` always stands for it
    /// (`pilot/pkg/security/trustdomain/bundle.go`). Unknown without a mesh configuration.
    #[must_use]
    pub fn has(&self, domain: &str) -> Tri {
        if domain == DEFAULT_TRUST_DOMAIN || self.named.iter().chain(&self.foreign).any(|named| &**named == domain) {
            return Tri::Yes;
        }
        if self.configured && !self.open { Tri::No } else { Tri::Unknown }
    }

    /// The one trust domain in which workloads get their identities, where that can be told.
    #[must_use]
    pub fn only(&self) -> Option<&str> {
        match &self.named[..] {
            _ if self.open => None,
            [] => Some(DEFAULT_TRUST_DOMAIN),
            [one] => Some(one),
            _ => None,
        }
    }
}

/// Who a workload is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    pub namespace: Arc<str>,
    /// The service account; `None` where it cannot be known.
    pub account: Option<Arc<str>>,
    /// Where the account is named; `None` for the account `default`.
    pub at: Option<Origin>,
}

impl Identity {
    /// The identity of a workload's pods; `None` for what runs none.
    #[must_use]
    pub fn of(workload: &Workload) -> Option<Self> {
        let namespace = workload.namespace.clone();
        let pod = workload.pod()?;
        let (account, at) = match pod.service_account() {
            ServiceAccount::Named(name, entry) => (Some(Arc::from(name)), Some(entry.origin.clone())),
            ServiceAccount::Default => (Some(Arc::from("default")), None),
            ServiceAccount::Unknown => (None, None),
        };
        Some(Self { namespace, account, at })
    }

    /// As Istio's policies name it: `<trust domain>/ns/<namespace>/sa/<account>`.
    #[must_use]
    pub fn istio_principal(&self, trust_domain: &str) -> Option<String> {
        Some(format!("{trust_domain}/ns/{}/sa/{}", self.namespace, self.account.as_deref()?))
    }

    /// As Linkerd names it in the cluster's identity domain
    /// (<https://linkerd.io/2/features/automatic-mtls/#how-does-it-work>).
    #[must_use]
    pub fn linkerd_name(&self, domain: &str) -> Option<String> {
        Some(format!("{}.{}.serviceaccount.identity.linkerd.{domain}", self.account.as_deref()?, self.namespace))
    }
}

/// The SPIFFE IDs that ClusterSPIFFEIDs of SPIRE's controller manager give a workload, with the template that says so; `None` for
/// one whose template or selectors cannot be followed
/// (<https://github.com/spiffe/spire-controller-manager/blob/main/docs/clusterspiffeid-crd.md>).
#[must_use]
pub fn spire_ids<'c>(
    identity: &Identity,
    labels: &Labels<'_>,
    space: &Space,
    cluster: &'c Cluster,
    trust_domain: Option<&str>,
) -> Vec<(Option<String>, &'c Origin)> {
    let mut found = Vec::new();
    for object in cluster.of_kind("spire.spiffe.io", "ClusterSPIFFEID") {
        let Some(template) = object.root.entry_at(&["spec", "spiffeIDTemplate"]) else { continue };
        match selects(object, labels, space) {
            Tri::No => {}
            Tri::Unknown => found.push((None, &template.origin)),
            Tri::Yes => found.push((filled(&template.value, identity, trust_domain), &template.origin)),
        }
    }
    found
}

fn selects(object: &Object, labels: &Labels<'_>, space: &Space) -> Tri {
    let of = |key: &str| object.root.path(&["spec", key]);
    selector::selects(of("namespaceSelector"), &space.labels()).and(selector::selects(of("podSelector"), labels))
}

/// A template with what stands for the workload put in; `None` where it asks for anything else.
fn filled(template: &Node, identity: &Identity, trust_domain: Option<&str>) -> Option<String> {
    let mut rest = template.as_str()?;
    let mut out = String::with_capacity(rest.len());
    while let Some((before, action)) = rest.split_once("{{") {
        let (action, after) = action.split_once("}}")?;
        out.push_str(before);
        out.push_str(match action.trim_matches('-').trim() {
            ".TrustDomain" => trust_domain?,
            ".PodMeta.Namespace" => &identity.namespace,
            ".PodSpec.ServiceAccountName" => identity.account.as_deref()?,
            _ => return None,
        });
        rest = after;
    }
    out.push_str(rest);
    Some(out)
}
