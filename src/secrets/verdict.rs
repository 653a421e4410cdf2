use super::found::{Check, Class, Secret};

/// Where a value stands (docs/assess.md, values in files).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Place {
    /// C1: deployed, or source; of production or of no known environment.
    Deployable,
    /// C2: of an environment that is not production.
    NonProduction,
    /// C3: tests, fixtures, documents, examples, local composition.
    Sample,
    /// C4: in the history only.
    History,
}

/// What a finding does to the level.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Verdict {
    /// Holds the level at 0: of its environment, for [`Class::Provider`] of all.
    Cap0,
    /// Holds the level at 1.
    Cap1,
    /// It was live once, and is in the history (DQ.SEC.3).
    Leaked,
    /// To be looked at; caps nothing.
    Review,
    /// To be known.
    Info,
}

/// The verdict table of docs/assess.md; `None`: nothing to report.
#[must_use]
pub fn verdict(secret: &Secret, place: Place) -> Option<Verdict> {
    let weak = [Check::Expired, Check::Test, Check::Encrypted].iter().any(|check| secret.checks.has(*check));
    match (secret.class, place) {
        (Class::Public, Place::History) => None,
        (Class::Public, _) => Some(Verdict::Info),
        // what opens nothing by itself, or nothing any more
        (Class::Provider, Place::Deployable | Place::NonProduction) if weak => Some(Verdict::Review),
        (Class::Provider, _) if weak => Some(Verdict::Info),
        (Class::Provider, Place::Deployable | Place::NonProduction) => Some(Verdict::Cap0),
        (Class::Provider, Place::Sample) if secret.checks.has(Check::Checksum) => Some(Verdict::Cap0),
        (Class::Provider, Place::Sample) => Some(Verdict::Review),
        (Class::Provider, Place::History) => Some(Verdict::Leaked),
        (Class::Random | Class::Password, Place::Deployable | Place::NonProduction) => Some(Verdict::Cap0),
        (Class::Random, Place::Sample) => Some(Verdict::Review),
        (Class::Random, Place::History) => Some(Verdict::Info),
        (Class::Password, Place::Sample) => Some(Verdict::Info),
        (Class::Password, Place::History) => None,
        (Class::Default, Place::Deployable) => Some(Verdict::Cap1),
        (Class::Default, Place::NonProduction) => Some(Verdict::Info),
        (Class::Default, Place::Sample | Place::History) => None,
    }
}
