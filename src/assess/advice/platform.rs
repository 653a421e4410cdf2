//! What the files say of the platform that they are deployed to, so that advice fits it.

use std::collections::BTreeMap;

use super::questions::Seen;
use crate::assess::inventory::terraform;
use crate::model::document::DocumentKind;
use crate::model::value::Node;

/// Whose cloud.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Cloud {
    Aws,
    Google,
    Azure,
}

/// What carries workloads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Runtime {
    Kubernetes,
    Compose,
    /// Virtual machines or functions, by Terraform.
    Cloud,
    Unseen,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Mesh {
    Istio,
    Linkerd,
    Cilium,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Delivery {
    Argo,
    Flux,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Ci {
    GitHub,
    GitLab,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Admission {
    Gatekeeper,
    Kyverno,
    BuiltIn,
}

/// The platform, as far as it shows.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Platform {
    pub runtime: Runtime,
    pub cloud: Option<Cloud>,
    pub mesh: Option<Mesh>,
    pub delivery: Option<Delivery>,
    pub ci: Option<Ci>,
    pub admission: Option<Admission>,
    /// External Secrets or the Secrets Store driver is in use.
    pub synchronises: bool,
    pub vault: bool,
    /// Cilium's network policies are in use.
    pub cilium_policies: bool,
}

impl Platform {
    /// Reads it off objects, Terraform and pipelines that are deployed.
    #[must_use]
    pub(super) fn of(seen: &Seen<'_>) -> Self {
        let mut clouds: BTreeMap<Cloud, usize> = BTreeMap::new();
        let mut vote = |cloud: Option<Cloud>, weight: usize| {
            if let Some(cloud) = cloud {
                *clouds.entry(cloud).or_default() += weight;
            }
        };
        let mut this = Self {
            runtime: Runtime::Unseen,
            cloud: None,
            mesh: None,
            delivery: None,
            ci: None,
            admission: None,
            synchronises: false,
            vault: seen.uses_vault(),
            cilium_policies: false,
        };
        for placed in seen.world.deployed() {
            let object = &*placed.object;
            match (&*object.group, &*object.kind) {
                ("argoproj.io", "Application" | "ApplicationSet") => this.delivery = Some(Delivery::Argo),
                ("kustomize.toolkit.fluxcd.io" | "helm.toolkit.fluxcd.io", _) => this.delivery = this.delivery.or(Some(Delivery::Flux)),
                ("security.istio.io" | "networking.istio.io" | "install.istio.io" | "telemetry.istio.io", _) => {
                    this.mesh = Some(Mesh::Istio)
                }
                ("policy.linkerd.io" | "linkerd.io", _) => this.mesh = this.mesh.or(Some(Mesh::Linkerd)),
                ("cilium.io", _) => this.cilium_policies = true,
                ("external-secrets.io" | "secrets-store.csi.x-k8s.io", _) => this.synchronises = true,
                ("templates.gatekeeper.sh" | "constraints.gatekeeper.sh", _) => this.admission = Some(Admission::Gatekeeper),
                ("kyverno.io", _) => this.admission = this.admission.or(Some(Admission::Kyverno)),
                ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy" | "ValidatingAdmissionPolicyBinding") => {
                    this.admission = this.admission.or(Some(Admission::BuiltIn));
                }
                ("networking.gke.io" | "cloud.google.com" | "iam.cnrm.cloud.google.com", _) => vote(Some(Cloud::Google), 3),
                ("elbv2.k8s.aws" | "vpcresources.k8s.aws" | "karpenter.k8s.aws", _) => vote(Some(Cloud::Aws), 3),
                ("aadpodidentity.k8s.io", _) => vote(Some(Cloud::Azure), 3),
                ("storage.k8s.io", "StorageClass") => vote(object.root.get("provisioner").and_then(Node::as_str).and_then(by_word), 2),
                _ => {}
            }
            for provider in object.root.path(&["spec", "provider"]).map_or(&[][..], Node::entries) {
                vote(
                    match &*provider.key {
                        "aws" => Some(Cloud::Aws),
                        "gcpsm" => Some(Cloud::Google),
                        "azurekv" => Some(Cloud::Azure),
                        _ => None,
                    },
                    3,
                );
            }
            for list in ["annotations", "labels"] {
                for entry in object.root.path(&["metadata", list]).map_or(&[][..], Node::entries) {
                    vote(by_word(&entry.key), 3);
                    let on = entry.value.as_str();
                    match &*entry.key {
                        "istio-injection" | "istio.io/dataplane-mode" | "istio.io/rev" | "sidecar.istio.io/inject"
                            if on != Some("disabled") =>
                        {
                            this.mesh = this.mesh.or(Some(Mesh::Istio));
                        }
                        "linkerd.io/inject" => this.mesh = this.mesh.or(Some(Mesh::Linkerd)),
                        _ => {}
                    }
                }
            }
        }
        for document in seen.terraform() {
            for block in terraform::resources(&document.root) {
                let prefix = block.kind.split('_').next().unwrap_or("");
                let weight = if block.kind.contains("_cluster") { 3 } else { 1 };
                vote(
                    match prefix {
                        "aws" => Some(Cloud::Aws),
                        "google" => Some(Cloud::Google),
                        "azurerm" => Some(Cloud::Azure),
                        _ => None,
                    },
                    weight,
                );
                if this.runtime == Runtime::Unseen {
                    this.runtime = Runtime::Cloud;
                }
            }
        }
        if seen.documents(DocumentKind::Compose).next().is_some() {
            this.runtime = Runtime::Compose;
        }
        if seen.world.subjects().next().is_some() {
            this.runtime = Runtime::Kubernetes;
        }
        // workflows lie in a hidden folder and are never samples
        if seen.documents(DocumentKind::GitlabCi).next().is_some() {
            this.ci = Some(Ci::GitLab);
        }
        for document in seen.documents(DocumentKind::Workflow) {
            this.ci = Some(Ci::GitHub);
            let steps = document.root.get("jobs").map_or(&[][..], Node::entries).iter();
            for step in steps.flat_map(|job| job.value.get("steps").map_or(&[][..], Node::items)) {
                vote(step.get("uses").and_then(Node::as_str).and_then(by_action), 1);
            }
        }
        let most = clouds.values().copied().max().unwrap_or(0);
        let mut leading = clouds.iter().filter(|(_, votes)| **votes == most && most > 0).map(|(cloud, _)| *cloud);
        this.cloud = leading.next().filter(|_| leading.next().is_none());
        this
    }
}

/// A cloud by the name of an annotation, a label or a provisioner.
fn by_word(text: &str) -> Option<Cloud> {
    let has = |marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    if has(&["eks.amazonaws.com", "aws-load-balancer", "alb.ingress.kubernetes.io", "ebs.csi.aws.com", "kubernetes.io/aws-ebs"]) {
        Some(Cloud::Aws)
    } else if has(&["iam.gke.io", "cloud.google.com/", "networking.gke.io", "pd.csi.storage.gke.io", "kubernetes.io/gce-pd"]) {
        Some(Cloud::Google)
    } else if has(&["azure.workload.identity", "azure-load-balancer", "disk.csi.azure.com", "file.csi.azure.com", "appgw.ingress"]) {
        Some(Cloud::Azure)
    } else {
        None
    }
}

fn by_action(uses: &str) -> Option<Cloud> {
    let uses = uses.to_ascii_lowercase();
    if uses.starts_with("aws-actions/") {
        Some(Cloud::Aws)
    } else if uses.starts_with("google-github-actions/") {
        Some(Cloud::Google)
    } else if uses.starts_with("azure/") {
        Some(Cloud::Azure)
    } else {
        None
    }
}
