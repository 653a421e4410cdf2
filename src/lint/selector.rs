//! Which rules a command line or directive names: ids, groups, globs.

use std::fmt;

use globset::{Glob, GlobMatcher};

use super::registry;
use crate::diag::RuleMeta;

/// One name on a command line.
#[derive(Clone, Debug)]
pub enum Selector {
    Id(&'static str),
    Group(&'static str),
    Glob(GlobMatcher),
}

/// A selector that selects nothing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnknownSelector {
    pub selector: String,
    /// A rule or group that was probably meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnknownSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no rule or group is called `{}`", self.selector)?;
        if let Some(suggestion) = &self.suggestion {
            write!(f, "; did you mean `{suggestion}`?")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownSelector {}

impl Selector {
    /// Reads a rule's id, a group's name, or a glob over ids.
    ///
    /// # Errors
    /// [`UnknownSelector`] where no rule is selected.
    pub fn parse(text: &str) -> Result<Self, UnknownSelector> {
        let unknown = || UnknownSelector { selector: text.to_owned(), suggestion: suggest(text) };
        if let Some(meta) = registry::meta(text) {
            return Ok(Self::Id(meta.id));
        }
        if let Some(group) = registry::groups().iter().find(|group| **group == text) {
            return Ok(Self::Group(group));
        }
        if text.contains(['*', '?', '[', '{']) {
            let matcher = Glob::new(text).map_err(|_| unknown())?.compile_matcher();
            if registry::metas().any(|meta| matcher.is_match(meta.id)) {
                return Ok(Self::Glob(matcher));
            }
        }
        Err(unknown())
    }

    /// Whether it names the rule.
    #[must_use]
    pub fn selects(&self, meta: &RuleMeta) -> bool {
        match self {
            Self::Id(id) => meta.id == *id,
            Self::Group(group) => meta.group == *group,
            Self::Glob(glob) => glob.is_match(meta.id),
        }
    }
}

/// The closest rule or group; `style/opa-fmt`, as Regal writes it, suggests `opa-fmt`.
pub(super) fn suggest(text: &str) -> Option<String> {
    let names = || registry::metas().map(|meta| meta.id).chain(registry::groups().iter().copied());
    let wanted = text.rsplit('/').next().unwrap_or(text).to_ascii_lowercase().replace('_', "-");
    // hostile names are long; the distance is quadratic
    if wanted.len() > 64 {
        return None;
    }
    names()
        .map(|name| (strsim::damerau_levenshtein(&wanted, name), name))
        .min()
        .filter(|(distance, name)| *distance <= 1 + name.len().min(wanted.len()) / 4)
        .map(|(_, name)| name.to_owned())
}

/// `--select`, `--extend-select` and `--ignore`.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Replaces the default set where not empty.
    pub select: Vec<Selector>,
    pub extend: Vec<Selector>,
    /// Taken away last.
    pub ignore: Vec<Selector>,
}

impl Selection {
    /// Whether a rule may be on: neither left out by what is selected nor ignored.
    #[must_use]
    pub fn may_select(&self, meta: &RuleMeta) -> bool {
        let names = |selectors: &[Selector]| selectors.iter().any(|selector| selector.selects(meta));
        (self.select.is_empty() || names(&self.select) || names(&self.extend)) && !names(&self.ignore)
    }

    /// Reads the arguments of the three options; each may hold several selectors with commas between them.
    ///
    /// # Errors
    /// The first [`UnknownSelector`]: a usage error.
    pub fn parse<S: AsRef<str>>(select: &[S], extend: &[S], ignore: &[S]) -> Result<Self, UnknownSelector> {
        Ok(Self { select: list(select)?, extend: list(extend)?, ignore: list(ignore)? })
    }
}

fn list<S: AsRef<str>>(arguments: &[S]) -> Result<Vec<Selector>, UnknownSelector> {
    arguments
        .iter()
        .flat_map(|argument| argument.as_ref().split(','))
        .map(str::trim)
        .filter(|text| !text.is_empty())
        .map(Selector::parse)
        .collect()
}
