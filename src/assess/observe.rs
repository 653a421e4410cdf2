//! Observations: facts about subjects, with the place that shows them.

use std::fmt;

use super::fact::Fact;
use super::status::Strength;
use super::waivers::anchored;
use crate::model::value::Origin;
use crate::text::{Location, SourceMap, Span};

/// A place in a file, for people: 1-based, of the outermost file.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Spot {
    /// As reports name it.
    pub path: String,
    pub line: u32,
    pub column: u32,
    pub end_line: u32,
}

impl Spot {
    /// The outermost place of a location.
    #[must_use]
    pub fn of(sources: &SourceMap, at: Location) -> Self {
        let at = sources.outer(at);
        let file = sources.get(at.source);
        let start = file.line_column(at.span.start);
        let end = file.line_column(at.span.end.max(at.span.start));
        Self { path: file.path.clone(), line: start.line, column: start.column, end_line: end.line }
    }
}

/// What an observation is about: an object, a part of it, a workflow's job, a package.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Subject {
    /// Empty for what lies in none.
    pub namespace: String,
    pub kind: String,
    pub name: String,
    /// A part of the object: the name of a credential, of a port; empty for all of it.
    pub part: String,
}

impl Subject {
    #[must_use]
    pub fn new(namespace: impl Into<String>, kind: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), kind: kind.into(), name: name.into(), part: String::new() }
    }

    #[must_use]
    pub fn with_part(mut self, part: impl Into<String>) -> Self {
        self.part = part.into();
        self
    }
}

impl fmt::Display for Subject {
    /// `namespace/Kind/name`, with `:part` behind it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.namespace.is_empty() {
            write!(f, "{}/", self.namespace)?;
        }
        write!(f, "{}/{}", self.kind, self.name)?;
        if self.part.is_empty() { Ok(()) } else { write!(f, ":{}", self.part) }
    }
}

/// The scopes that an observation speaks for: those of an environment, of a namespace, or all.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct Reach {
    /// `None`: every environment.
    pub environment: Option<String>,
    /// `None`: every namespace.
    pub namespace: Option<String>,
}

impl Reach {
    /// Every scope.
    #[must_use]
    pub fn everywhere() -> Self {
        Self::default()
    }

    /// Whether it speaks for this scope.
    #[must_use]
    pub fn covers(&self, environment: &str, namespace: &str) -> bool {
        self.environment.as_deref().is_none_or(|own| own == environment) && self.namespace.as_deref().is_none_or(|own| own == namespace)
    }
}

/// One fact about one subject.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Observation {
    pub fact: Fact,
    pub subject: Subject,
    pub reach: Reach,
    pub strength: Strength,
    pub spot: Option<Spot>,
    /// Further places that show it: what delivers a credential, what states its lease.
    pub also: Vec<Spot>,
    /// What was found, in lower case; never a secret's value.
    pub detail: String,
    /// Evidence that no waiver takes away: a credential in a provider's format.
    pub stands: bool,
    /// It is about Vault, where the fact does not say so.
    pub vault: bool,
    /// A template that nobody evaluated decides whether it is so: it leaves criteria open, and speaks neither for nor against them.
    pub open: bool,
    /// What to write instead, with the subject's own names; empty where the criterion's own example serves.
    pub patch: String,
    /// Names it across runs, by its fact, its file from the project's folder, and its subject; set when all is observed.
    pub print: String,
}

impl Observation {
    /// Whether it says of one subject and one place what another says, in which scope ever: each overlay sees its base anew.
    #[must_use]
    pub fn is_again(&self, other: &Self) -> bool {
        let same = (&self.subject, &self.spot, self.fact) == (&other.subject, &other.spot, other.fact);
        same && (&self.detail, &self.also, self.open) == (&other.detail, &other.also, other.open)
    }

    /// Every place that shows it, the first one first; one `None` for what is absent.
    pub fn places(&self) -> impl Iterator<Item = Option<&Spot>> {
        std::iter::once(self.spot.as_ref()).chain(self.also.iter().map(Some))
    }
}

/// What probes report to.
pub struct Observer<'a> {
    pub sources: &'a SourceMap,
    pub found: Vec<Observation>,
    /// What templates may leave out, and nobody can tell, sorted.
    undecided: &'a [Undecided],
}

/// A part of a file that a template may leave out.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Undecided {
    pub at: Location,
    /// `None`: in every environment.
    pub environment: Option<String>,
}

impl Undecided {
    /// Whether it holds a place, as a reach sees it.
    fn holds(&self, at: Location, reach: &Reach) -> bool {
        let (own, span) = (self.at.span, at.span);
        let here = self.at.source == at.source && own.start <= span.start && span.start < own.end;
        here && (self.environment.is_none() || reach.environment.is_none() || self.environment == reach.environment)
    }
}

impl<'a> Observer<'a> {
    #[must_use]
    pub fn new(sources: &'a SourceMap, undecided: &'a [Undecided]) -> Self {
        Self { sources, found: Vec::new(), undecided }
    }

    /// Adds what a template would have to be evaluated for.
    pub fn templated(&mut self, fact: Fact, subject: Subject, reach: &Reach, at: Option<&Origin>, detail: impl Into<String>) {
        self.add(fact, subject, reach, at, detail).open = true;
    }

    /// Whether a template may leave out what is written at `at`.
    fn is_undecided(&self, at: Location, reach: &Reach) -> bool {
        let first = self.undecided.partition_point(|part| part.at.source < at.source);
        let own = self.undecided[first..].iter().take_while(|part| part.at.source == at.source);
        own.take_while(|part| part.at.span.start <= at.span.start).any(|part| part.holds(at, reach))
    }

    /// Where the text at `at` names `needle` first; `None` where it does not.
    #[must_use]
    pub fn named(&self, at: Location, needle: &str) -> Option<Spot> {
        let written = self.sources.get(at.source).slice(at.span);
        let start = at.span.start + u32::try_from(written.find(needle)?).ok()?;
        let end = start.checked_add(u32::try_from(needle.len()).ok()?)?;
        Some(Spot::of(self.sources, Location { source: at.source, span: Span::new(start, end) }))
    }

    /// Adds an observation of what is written at `at`, as it is.
    pub fn note(&mut self, fact: Fact, subject: Subject, reach: &Reach, at: Option<&Origin>, detail: impl Into<String>) {
        self.add(fact, subject, reach, at, detail);
    }

    /// Adds an observation of what is written at `at`; the result makes it weaker or moves it.
    pub fn add(&mut self, fact: Fact, subject: Subject, reach: &Reach, at: Option<&Origin>, detail: impl Into<String>) -> &mut Observation {
        let spot = at.map(|origin| Spot::of(self.sources, self.sources.first_line(origin.at)));
        let open = at.is_some_and(|origin| self.is_undecided(origin.at, reach));
        self.found.push(Observation {
            fact,
            subject,
            reach: reach.clone(),
            strength: Strength::RENDERED,
            spot,
            also: Vec::new(),
            detail: detail.into(),
            stands: false,
            vault: false,
            open,
            patch: String::new(),
            print: String::new(),
        });
        let last = self.found.len() - 1;
        &mut self.found[last]
    }

    /// Gives every observation its fingerprint.
    pub fn sign(&mut self) {
        for one in &mut self.found {
            let path = one.spot.as_ref().map_or("", |spot| spot.path.as_str());
            one.print = anchored(&self.sources.anchor, one.fact, path, &one.subject.to_string());
        }
    }
}
