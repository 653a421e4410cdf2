//! The credentials that workloads, jobs and tools consume, and how each is held.

mod ci;
mod cloud;
mod compose;
mod expression;
mod injected;
mod leaks;
mod pods;
mod programs;
mod rotation;
pub(super) mod secrets;
mod stores;
pub(super) mod terraform;
mod values;

use std::collections::BTreeMap;

use super::fact::Fact;
use super::observe::{Observer, Reach, Spot, Subject};
use super::parts::{self, Guard};
use super::settings::Settings;
use super::status::Strength;
use super::waivers::anchored;
use super::world::{Ground, World};
use super::{Leaks, SkippedFile};
use crate::model::value::Origin;
use crate::secrets::Place;
use crate::text::Anchor;

pub use stores::{Delivery, Stores};
pub use values::{Value, classify, classify_literal, is_credential_name};

/// How a credential is held.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Holding {
    /// A value in a file.
    Literal,
    /// Set by hand, or a well-known default.
    Manual,
    /// A platform store.
    Stored,
    /// A manager without rotation.
    Managed,
    /// A manager; whether it rotates is not in sight.
    ManagedRotationUnseen,
    /// A manager whose store is not in sight.
    StoreUnseen,
    /// A manager, refreshed or rotated.
    Rotated,
    /// Rotated, of a service that knows no other kind.
    StaticByNature,
    /// Leased for so many hours; `None`: not in sight.
    Leased(Option<u32>),
    /// Nothing is stored.
    Identity,
    /// A template decides.
    Templated,
    /// A reference, whose name a template decides.
    TemplatedReference,
}

impl Holding {
    /// The rung, 0 to 4; `None` where it is open.
    #[must_use]
    pub fn rung(self) -> Option<u8> {
        match self {
            Self::Literal => Some(0),
            Self::Manual => Some(1),
            Self::Stored | Self::Managed | Self::ManagedRotationUnseen | Self::StoreUnseen => Some(2),
            Self::Rotated | Self::StaticByNature => Some(3),
            Self::Leased(Some(hours)) if hours >= MAX_LEASE_HOURS => Some(3),
            Self::Leased(_) | Self::Identity => Some(4),
            Self::Templated | Self::TemplatedReference => None,
        }
    }

    /// The fact that it is.
    #[must_use]
    pub fn fact(self) -> Fact {
        match self {
            Self::Literal => Fact::CredentialLiteral,
            Self::Manual => Fact::CredentialManual,
            Self::Stored => Fact::CredentialStored,
            Self::Managed => Fact::CredentialManaged,
            Self::ManagedRotationUnseen => Fact::CredentialManagedRotationUnseen,
            Self::StoreUnseen => Fact::CredentialStoreUnseen,
            Self::StaticByNature => Fact::CredentialStaticByNature,
            Self::Leased(None) => Fact::CredentialLeasedTtlUnseen,
            Self::Leased(Some(hours)) if hours <= 24 => Fact::CredentialLeased,
            Self::Leased(Some(hours)) if hours < MAX_LEASE_HOURS => Fact::CredentialLeasedLong,
            // a lease of a month is a rotation
            Self::Rotated | Self::Leased(Some(_)) => Fact::CredentialRotated,
            Self::Identity => Fact::CredentialIdentity,
            Self::Templated => Fact::CredentialTemplated,
            Self::TemplatedReference => Fact::CredentialReferenceTemplated,
        }
    }
}

/// A lease of this length is none.
const MAX_LEASE_HOURS: u32 = 720;

/// Who uses a credential.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Consumer {
    Workload,
    Pipeline,
    /// The platform and its tools: listed, and no criterion's subject.
    Tool,
}

/// One credential of one consumer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Credential {
    pub consumer: Consumer,
    /// The consumer, with the credential's name as its part.
    pub subject: Subject,
    pub reach: Reach,
    pub holding: Holding,
    /// Where it comes from, in words; never a value.
    pub source: String,
    pub strength: Strength,
    pub spots: Vec<Spot>,
    /// A Secret's `namespace/name`, where it is one.
    pub secret: Option<(String, String)>,
}

/// What a finding of a value in a file does.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Effect {
    /// Holds the level at 0.
    Cap0,
    /// Holds the level at 1.
    Cap1,
    /// Was live once, and stands in the history.
    Leaked,
    /// To be looked at.
    Review,
    /// To be known.
    Info,
}

impl Effect {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cap0 | Self::Cap1 => "cap",
            Self::Leaked => "leaked",
            Self::Review => "review",
            Self::Info => "info",
        }
    }

    /// The level that it holds at.
    #[must_use]
    pub fn cap(self) -> Option<u8> {
        match self {
            Self::Cap0 => Some(0),
            Self::Cap1 => Some(1),
            Self::Leaked => Some(2),
            Self::Review | Self::Info => None,
        }
    }
}

/// A value in a file that is a credential, or looks like one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// What kind of place holds it.
    pub rule: &'static str,
    pub value: Value,
    /// Whether it lies in tests, documents or examples.
    pub is_sample: bool,
    pub effect: Effect,
    pub subject: Subject,
    /// The first of `reaches`.
    pub reach: Reach,
    /// The scopes that it speaks for.
    pub reaches: Vec<Reach>,
    pub spot: Spot,
    /// Characters of the value; the value itself is never kept.
    pub length: usize,
    pub is_private_key: bool,
    /// The class of the place, C1 to C4 (docs/assess.md).
    pub place: Place,
    /// What recognised it.
    pub detector: &'static str,
    /// What it is, in words.
    pub title: &'static str,
    /// In hundredths of a bit for each character.
    pub entropy: u16,
    /// The same for equal values; empty where the value could be guessed.
    pub digest: String,
    /// Names it across runs, as JSON reports give it; set when all is found.
    pub id: String,
    /// So many places hold the value.
    pub places: usize,
    /// The mark beside it that allows it.
    pub allowed: Option<&'static str>,
    /// The commit that brought it, for what is in the history only.
    pub commit: Option<String>,
}

impl Finding {
    /// Gives it its name across runs: by its fact, its file from the project's folder, its subject and its value's digest.
    fn sign(&mut self, anchor: &Anchor) {
        let fact = self.fact().unwrap_or(Fact::SecretInFile);
        self.id = anchored(anchor, fact, &self.spot.path, &format!("{}{}", self.subject, self.digest));
    }

    /// `C1` to `C4`.
    #[must_use]
    pub fn context(&self) -> &'static str {
        match self.place {
            Place::Deployable => "C1",
            Place::NonProduction => "C2",
            Place::Sample => "C3",
            Place::History => "C4",
        }
    }

    /// What it tells the criteria; `None` where it tells nothing.
    #[must_use]
    pub fn fact(&self) -> Option<Fact> {
        match self.effect {
            Effect::Cap0 => Some(Fact::SecretInFile),
            Effect::Cap1 => Some(Fact::DefaultPasswordInFile),
            Effect::Leaked => Some(Fact::SecretInHistory),
            Effect::Review => Some(Fact::SecretToReview),
            Effect::Info => None,
        }
    }
}

/// All credentials and findings of a run.
#[derive(Clone, Default, Debug)]
pub struct Inventory {
    pub credentials: Vec<Credential>,
    pub findings: Vec<Finding>,
    /// Service accounts, by namespace and name, that a cloud's side binds to an identity: which, and where that is said.
    bound: BTreeMap<(String, String), (String, Origin)>,
}

/// Variables that hold a cloud's long-lived key, or the name that one goes by.
#[must_use]
pub(super) fn is_cloud_key(name: &str) -> bool {
    matches!(
        name,
        "AWS_SECRET_ACCESS_KEY"
            | "AWS_ACCESS_KEY_ID"
            | "AZURE_CREDENTIALS"
            | "AZURE_CLIENT_SECRET"
            | "ARM_CLIENT_SECRET"
            | "GOOGLE_CREDENTIALS"
            | "GCP_CREDENTIALS"
            | "GOOGLE_APPLICATION_CREDENTIALS_JSON"
            | "GCP_SA_KEY"
            | "GCP_SERVICE_ACCOUNT_KEY"
            | "GCLOUD_SERVICE_KEY"
            | "ALICLOUD_SECRET_KEY"
            | "DIGITALOCEAN_ACCESS_TOKEN"
    )
}

/// Variables that hold a login of a secret manager that does not end by itself.
#[must_use]
pub(super) fn is_manager_token(name: &str) -> bool {
    matches!(
        name,
        "VAULT_TOKEN"
            | "BAO_TOKEN"
            | "VAULT_ROOT_TOKEN"
            | "DOPPLER_TOKEN"
            | "INFISICAL_TOKEN"
            | "OP_CONNECT_TOKEN"
            | "OP_SERVICE_ACCOUNT_TOKEN"
            | "BWS_ACCESS_TOKEN"
    )
}

/// How a value of a class in a file is held.
#[must_use]
fn held_as(class: Value) -> Holding {
    if class == Value::Default { Holding::Manual } else { Holding::Literal }
}

impl Inventory {
    /// Finds the credentials of a run.
    #[must_use]
    pub(super) fn new(guard: &mut Guard<'_>, observer: &mut Observer<'_>, world: &World, ground: &Ground<'_>, found: &Leaks<'_>) -> Self {
        let mut this = Self::default();
        let settings = ground.settings;
        let stores = guard.run(&parts::STORES, || Stores::new(world, ground)).unwrap_or_default();
        guard.run(&parts::BINDINGS, || cloud::bindings(&mut this, ground));
        guard.run(&parts::PODS, || pods::credentials(&mut this, observer, world, &stores, settings));
        guard.run(&parts::PIPELINES, || ci::credentials(&mut this, observer, world, ground));
        guard.run(&parts::COMPOSE, || compose::credentials(&mut this, observer, world, ground));
        guard.run(&parts::CLOUDS, || cloud::credentials(&mut this, observer, world, ground));
        let rotators = || rotation::rotators(world, ground);
        guard.run(&parts::PROGRAMS, || programs::credentials(&mut this, observer, world, ground, &rotators()));
        guard.run(&parts::VALUES, || leaks::find(&mut this, observer.sources, world, found, settings, ground.roots));
        this.settle(settings);
        this.observe(observer, world, found.unscanned);
        this
    }

    /// Sorts, and merges what is seen twice.
    fn settle(&mut self, settings: &Settings) {
        for credential in &mut self.credentials {
            let by_nature = |text: &str| settings.static_by_nature.iter().any(|service| values::has_word(text, service));
            let named = by_nature(&credential.subject.part) || by_nature(&credential.source);
            if credential.holding == Holding::Rotated && named {
                credential.holding = Holding::StaticByNature;
            }
        }
        self.credentials.sort_by(|a, b| (&a.subject, &a.reach, a.holding, &a.spots).cmp(&(&b.subject, &b.reach, b.holding, &b.spots)));
        self.credentials.dedup_by(|a, b| a.subject == b.subject && a.reach == b.reach && a.holding == b.holding && a.source == b.source);
        self.findings.sort_by(|a, b| (&a.spot, &a.subject, a.rule, &a.reach).cmp(&(&b.spot, &b.subject, b.rule, &b.reach)));
        self.findings.dedup();
    }

    /// What pipelines hold speaks for the repository where no workload holds anything: then it is all that is consumed. Whose workloads
    /// hold credentials is judged by these; a pipeline's access to clouds has a criterion of its own.
    fn observe_pipelines(&self, observer: &mut Observer<'_>) {
        if self.credentials.iter().any(|credential| credential.consumer == Consumer::Workload) {
            return;
        }
        let own = || self.credentials.iter().filter(|credential| credential.consumer == Consumer::Pipeline);
        // identities alone stand on the highest rung; beside a stored credential they lift nothing above it
        let by_identity = own().all(|credential| credential.holding == Holding::Identity);
        for credential in own() {
            let fact = match credential.holding {
                Holding::Literal | Holding::Manual => credential.holding.fact(),
                Holding::Identity if by_identity => Fact::CredentialIdentity,
                Holding::Templated => continue,
                _ => Fact::PipelineCredentialStored,
            };
            let observation = observer.add(fact, credential.subject.clone(), &credential.reach, None, credential.source.clone());
            observation.strength = credential.strength;
            observation.spot = credential.spots.first().cloned();
        }
    }

    /// Tells the criteria.
    fn observe(&self, observer: &mut Observer<'_>, world: &World, unscanned: &[SkippedFile]) {
        for credential in self.credentials.iter().filter(|credential| credential.consumer == Consumer::Workload) {
            let observation =
                observer.add(credential.holding.fact(), credential.subject.clone(), &credential.reach, None, credential.source.clone());
            observation.strength = credential.strength;
            observation.spot = credential.spots.first().cloned();
            observation.also = credential.spots.iter().skip(1).cloned().collect();
        }
        if !world.scopes.is_empty() {
            self.observe_pipelines(observer);
        }
        for finding in &self.findings {
            let Some(fact) = finding.fact() else { continue };
            for reach in &finding.reaches {
                let detail = format!("{} ({} characters)", finding.title, finding.length);
                let observation = observer.add(fact, finding.subject.clone(), reach, None, detail);
                observation.spot = Some(finding.spot.clone());
                observation.stands = finding.value == Value::Provider && finding.place == Place::Deployable;
                observation.strength = if finding.value == Value::Password { Strength::INFERRED } else { Strength::RENDERED };
            }
        }
        // a scope is clean if nothing that holds the level at 0 speaks for it
        let capping = || self.findings.iter().filter(|finding| finding.effect == Effect::Cap0);
        let mut clean: Vec<Reach> = Vec::new();
        for scope in &world.scopes {
            let covers = |finding: &Finding| finding.reaches.iter().any(|reach| reach.covers(&scope.environment, &scope.namespace));
            if !capping().any(covers) {
                clean.push(Reach { environment: Some(scope.environment.clone()), namespace: Some(scope.namespace.clone()) });
            }
        }
        let works =
            self.credentials.iter().any(|credential| credential.consumer == Consumer::Workload) || world.services().next().is_some();
        if world.scopes.is_empty() && works && capping().next().is_none() {
            clean.push(Reach::everywhere());
        }
        for reach in clean {
            let subject = Subject::new("", "Files", "all");
            let strength = if unscanned.is_empty() { Strength::PARSED } else { Strength::WEAK };
            observer.add(Fact::FilesScanned, subject, &reach, None, "no file holds a credential value").strength = strength;
            for file in unscanned {
                let subject = Subject::new("", "File", file.path.clone());
                observer.note(Fact::FileNotScanned, subject, &reach, None, file.reason.clone());
            }
        }
    }
}
