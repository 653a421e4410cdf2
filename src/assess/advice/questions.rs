//! The five questions by which a team can tell where it stands: whether tokens hold all permissions, a database password is shared,
//! secrets are or were in Git, long-lived cloud keys are in use, one Vault admin token is shared.

use super::Point;
use crate::assess::Input;
use crate::assess::fact::Fact;
use crate::assess::inventory::{Credential, Finding, terraform};
use crate::assess::observe::{Observation, Spot, Subject};
use crate::assess::world::{Placed, World, is_sample, name_of};
use crate::model::document::{Document, DocumentKind};
use crate::model::k8s::{Namespace, Object, pod};
use crate::model::value::{Node, Origin};

/// What the files answer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Answer {
    /// The smell is there.
    Yes,
    /// The files show that it is not.
    No,
    /// The files do not tell; the question's `unseen` says why.
    CannotTell,
}

impl Answer {
    /// `yes`, `no` or `cannot_tell`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot_tell",
        }
    }

    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::No => "no",
            Self::CannotTell => "cannot tell",
        }
    }
}

/// A question with its answer. `yes` is always the bad answer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Question {
    /// Stable.
    pub id: &'static str,
    /// The question, with its mark.
    pub text: &'static str,
    pub answer: Answer,
    /// The answer in a sentence without full stop.
    pub because: String,
    /// What shows it: for `yes` the places of the smell, for `no` what speaks against it, else what is in sight.
    pub evidence: Vec<Point>,
    /// What the files do not show, without full stops; the reasons of a `cannot tell`, the limits of the others.
    pub unseen: Vec<String>,
    /// The criteria that it is about.
    pub criteria: &'static [&'static str],
    /// What to do about it; empty unless the answer is `yes`.
    pub advice: &'static str,
}

/// What the answers are drawn from: everything that was observed, in every environment.
#[derive(Clone, Copy)]
pub(in crate::assess) struct Seen<'a> {
    pub(in crate::assess) input: &'a Input<'a>,
    pub(in crate::assess) world: &'a World,
    pub(in crate::assess) found: &'a [Observation],
    pub(in crate::assess) credentials: &'a [Credential],
    pub(in crate::assess) values: &'a [Finding],
}

impl<'a> Seen<'a> {
    /// What was observed of some facts.
    pub(super) fn facts(&self, facts: &[Fact]) -> Vec<Point> {
        self.points(|one| facts.contains(&one.fact))
    }

    /// What was observed of some facts about Vault.
    pub(super) fn of_vault(&self, facts: &[Fact]) -> Vec<Point> {
        self.points(|one| one.vault && facts.contains(&one.fact))
    }

    fn points(&self, is_wanted: impl Fn(&Observation) -> bool) -> Vec<Point> {
        let mut out: Vec<Point> = self.found.iter().filter(|one| !one.open && is_wanted(one)).map(Point::of).collect();
        out.sort();
        out.dedup();
        out
    }

    /// What some rules of the checks found.
    pub(super) fn checked(&self, rules: &[&str]) -> Vec<Point> {
        let found = self.input.findings.iter().filter(|one| rules.contains(&one.rule.as_str()) && self.is_deployed(&one.spot.path));
        found.map(|one| Point { spot: Some(one.spot.clone()), subject: one.rule.clone(), detail: one.message.clone() }).collect()
    }

    /// Whether a file lies neither in tests nor in documents nor in examples.
    pub(super) fn is_deployed(&self, path: &str) -> bool {
        !is_sample(path, self.input.roots)
    }

    pub(super) fn spot(&self, at: &Origin) -> Spot {
        Spot::of(self.input.sources, at.at)
    }

    /// A place in an object.
    pub(super) fn point(&self, object: &Object, node: &Node, detail: String) -> Point {
        let namespace = match object.namespace() {
            Namespace::Named(name) => name,
            Namespace::Cluster | Namespace::Unknown => "",
        };
        let subject = Subject::new(namespace, &*object.kind, name_of(object)).to_string();
        Point { spot: Some(self.spot(&node.origin)), subject, detail }
    }

    /// A place in a file.
    pub(super) fn place(&self, node: &Node, subject: &str, detail: &str) -> Point {
        Point { spot: Some(self.spot(&node.origin)), subject: subject.to_owned(), detail: detail.to_owned() }
    }

    /// The deployed documents of a kind.
    pub(super) fn documents(&self, kind: DocumentKind) -> impl Iterator<Item = &'a Document> {
        let (sources, roots) = (self.input.sources, self.input.roots);
        let documents = self.input.manifests.documents.iter().filter(move |document| document.kind == kind);
        documents.filter(move |document| !is_sample(&sources.get(sources.outermost(document.source)).path, roots))
    }

    /// The deployed files of Terraform.
    pub(super) fn terraform(&self) -> impl Iterator<Item = &'a Document> {
        let (sources, roots) = (self.input.sources, self.input.roots);
        let documents = self.input.manifests.terraform().iter();
        documents.filter(move |document| !is_sample(&sources.get(sources.outermost(document.source)).path, roots))
    }

    /// The bodies of Terraform's resources of a kind.
    pub(super) fn resources(&self, kind: &'static str) -> impl Iterator<Item = &'a Node> {
        self.terraform().flat_map(move |document| {
            terraform::resources(&document.root).into_iter().filter(move |one| one.kind == kind).map(|one| one.body)
        })
    }

    /// Whether all of the repository's history was searched, too.
    pub(super) fn history(&self) -> bool {
        self.input.leaks.history.is_none()
    }

    /// Whether something here is of Vault.
    pub(super) fn uses_vault(&self) -> bool {
        let is_mark = |key: &str| {
            ["vault.hashicorp.com/", "vault.security.banzaicloud.io/", "secrets-webhook.security.bank-vaults.io/"]
                .iter()
                .any(|prefix| key.starts_with(prefix))
        };
        let is_vault = |placed: &Placed| {
            let object = &placed.object;
            let annotations = pod(object).and_then(|pod| pod.template.path(&["metadata", "annotations"]));
            &*object.group == "secrets.hashicorp.com"
                || object.root.path(&["spec", "provider", "vault"]).is_some()
                || object.root.path(&["spec", "provider"]).and_then(Node::as_str) == Some("vault")
                || object.root.path(&["spec", "vault"]).is_some()
                || annotations.is_some_and(|node| node.entries().iter().any(|entry| is_mark(&entry.key)))
        };
        let logs_in = |document: &Document| {
            let jobs = document.root.get("jobs").map_or(&[][..], Node::entries).iter();
            let mut steps = jobs.flat_map(|job| job.value.get("steps").map_or(&[][..], Node::items));
            steps
                .any(|step| step.get("uses").and_then(Node::as_str).is_some_and(|uses| uses.to_lowercase().starts_with("hashicorp/vault-")))
        };
        let mut terraform = self.terraform().flat_map(|document| terraform::resources(&document.root));
        self.world.deployed().any(is_vault)
            || self.documents(DocumentKind::Vault).next().is_some()
            || self.documents(DocumentKind::Workflow).any(logs_in)
            || terraform.any(|resource| resource.kind.starts_with("vault_"))
    }
}
