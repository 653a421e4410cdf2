use std::collections::BTreeMap;
use std::sync::Arc;

use super::{OptionValue, Severity};

/// What a rule's findings count as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    Off,
    On(Severity),
}

/// A named set of rules and levels.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Preset {
    /// Every rule whose finding a maintainer would act on.
    #[default]
    Recommended,
    /// Regal's set and levels, its behaviour to the letter.
    Regal,
    All,
}

/// One entry of a config's `[rules]`.
#[derive(Clone, Debug)]
pub struct RuleSetting {
    /// A rule's id, or a group.
    pub name: String,
    /// `None`: the entry sets options only.
    pub level: Option<Level>,
    /// Validated against the rule's `OptionMeta`.
    pub options: BTreeMap<&'static str, OptionValue>,
    /// Which paths (relative to the working directory, with `/`) the rule or group judges: `include` and `exclude` of the entry.
    /// On all others it is off, whatever selects it.
    pub applies: PathFilter,
}

/// Tells which paths are meant; the default means every path.
#[derive(Clone, Default)]
pub struct PathFilter(Option<Arc<Matches>>);

type Matches = dyn Fn(&str) -> bool + Send + Sync;

impl PathFilter {
    #[must_use]
    pub fn new(matches: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(matches)))
    }

    /// Whether the filter lets every path pass.
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    #[must_use]
    pub fn matches(&self, path: &str) -> bool {
        self.0.as_ref().is_none_or(|matches| matches(path))
    }
}

impl std::fmt::Debug for PathFilter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "PathFilter(..)" } else { "PathFilter(all)" })
    }
}

/// What one config says about rules; groups first, then rules, later entries win.
#[derive(Clone, Debug, Default)]
pub struct RuleSettings {
    pub preset: Preset,
    pub rules: Vec<RuleSetting>,
    pub suppress: SuppressSettings,
}

/// `[suppress]`: what a suppression must have to be valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SuppressSettings {
    pub require_reason: bool,
    /// The longest time from the day of the run to the `until` date; set, it makes the date mandatory.
    pub max_days: Option<u32>,
}
