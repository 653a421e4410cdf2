//! The credentials that workloads, jobs and tools consume, and how each is held.

mod ci;
mod compose;
mod pods;
pub(super) mod secrets;
pub(super) mod terraform;
mod values;

use super::fact::Fact;
use super::observe::{Observer, Reach, Spot, Subject};
use super::settings::Settings;
use super::status::Strength;
use super::world::World;
use crate::model::manifests::Manifests;

pub use secrets::{Delivery, Stores};
pub use values::{Value, classify, is_credential_name};

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
            Self::Templated => None,
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
    /// To be looked at.
    Review,
}

impl Effect {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cap0 | Self::Cap1 => "cap",
            Self::Review => "review",
        }
    }

    /// The level that it holds at.
    #[must_use]
    pub fn cap(self) -> Option<u8> {
        match self {
            Self::Cap0 => Some(0),
            Self::Cap1 => Some(1),
            Self::Review => None,
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
    pub reach: Reach,
    pub spot: Spot,
    /// Characters of the value; the value itself is never kept.
    pub length: usize,
    pub is_private_key: bool,
}

impl Finding {
    /// A value outside of samples that is no private key; of `text` the length is kept alone.
    fn new(rule: &'static str, text: &str, value: Value, effect: Effect, subject: Subject, reach: Reach, spot: Spot) -> Self {
        let length = text.chars().count();
        Self { rule, value, is_sample: false, effect, subject, reach, spot, length, is_private_key: false }
    }
}

/// All credentials and findings of a run.
#[derive(Clone, Default, Debug)]
pub struct Inventory {
    pub credentials: Vec<Credential>,
    pub findings: Vec<Finding>,
}

impl Inventory {
    /// Finds the credentials of a run.
    #[must_use]
    pub fn new(observer: &mut Observer<'_>, world: &World, manifests: &Manifests, settings: &Settings, roots: &[String]) -> Self {
        let mut this = Self::default();
        let stores = Stores::new(observer.sources, world, manifests, settings);
        secrets::values(&mut this, observer.sources, world, settings);
        pods::credentials(&mut this, observer, world, &stores, settings);
        ci::credentials(&mut this, observer, manifests);
        compose::credentials(&mut this, observer.sources, world, manifests, roots);
        terraform::credentials(&mut this, observer, manifests, roots);
        this.settle(settings);
        this.observe(observer, world);
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

    /// Tells the criteria.
    fn observe(&self, observer: &mut Observer<'_>, world: &World) {
        for credential in self.credentials.iter().filter(|credential| credential.consumer == Consumer::Workload) {
            let observation =
                observer.add(credential.holding.fact(), credential.subject.clone(), &credential.reach, None, credential.source.clone());
            observation.strength = credential.strength;
            observation.spot = credential.spots.first().cloned();
        }
        for finding in &self.findings {
            let fact = match finding.effect {
                Effect::Cap0 => Fact::SecretInFile,
                Effect::Cap1 => Fact::DefaultPasswordInFile,
                Effect::Review => Fact::SecretToReview,
            };
            let detail = format!("{} ({} characters)", finding.value.describe(), finding.length);
            let observation = observer.add(fact, finding.subject.clone(), &finding.reach, None, detail);
            observation.spot = Some(finding.spot.clone());
            observation.stands = finding.value == Value::Provider && !finding.is_sample;
            observation.strength = if finding.value == Value::Password { Strength::INFERRED } else { Strength::RENDERED };
        }
        // a scope is clean if nothing that holds the level at 0 speaks for it
        let capping = || self.findings.iter().filter(|finding| finding.effect == Effect::Cap0);
        let mut clean: Vec<Reach> = Vec::new();
        for scope in &world.scopes {
            if !capping().any(|finding| finding.reach.covers(&scope.environment, &scope.namespace)) {
                clean.push(Reach { environment: Some(scope.environment.clone()), namespace: Some(scope.namespace.clone()) });
            }
        }
        let works = self.credentials.iter().any(|credential| credential.consumer == Consumer::Workload);
        if world.scopes.is_empty() && works && capping().next().is_none() {
            clean.push(Reach::everywhere());
        }
        for reach in clean {
            let subject = Subject::new("", "Files", "manifests");
            observer.add(Fact::FilesScanned, subject, &reach, None, "manifests hold no credential value").strength = Strength::WEAK;
        }
    }
}
