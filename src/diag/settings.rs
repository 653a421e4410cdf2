use std::collections::BTreeMap;
use std::sync::Arc;

use super::{OptionValue, Severity, Targets};

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
    pub check: CheckSettings,
    pub layout: Layout,
}

/// Where the run and its Rego roots are: absolute paths with `/`.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// What the paths of files are relative to; `""` where that is not known.
    pub working_directory: String,
    /// The roots of the config's projects.
    pub roots: Vec<String>,
}

/// `[check]`: what the repository alone cannot tell about its cluster.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CheckSettings {
    /// Namespaces that belong to the platform; `*` and `?` are patterns. `None`: the usual ones.
    pub system_namespaces: Option<Vec<String>>,
    /// The namespace whose Istio policies are in force everywhere. `None`: what the mesh configuration says.
    pub mesh_root_namespace: Option<String>,
    /// `target`: the releases that the manifests are for.
    pub target: Targets,
}

impl CheckSettings {
    /// Whether a namespace belongs to the platform, so that what it lacks is none of the repository's business. `root` is the mesh's
    /// root namespace.
    #[must_use]
    pub fn is_system_namespace(&self, name: &str, root: &str) -> bool {
        match &self.system_namespaces {
            Some(patterns) => patterns.iter().any(|pattern| wildcard(pattern, name)),
            None => {
                let usual = ["kube-system", "kube-public", "kube-node-lease", "istio-system", "gatekeeper-system", "cert-manager"];
                usual.contains(&name) || name == root
            }
        }
    }
}

/// Whether `text` is what `pattern` means, where `*` is any text and `?` any character.
#[must_use]
pub fn wildcard(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut at, mut pos) = (0, 0);
    // the last `*`, and where the text behind it is tried
    let mut star: Option<(usize, usize)> = None;
    while pos < text.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, pos));
                at += 1;
            }
            Some(c) if *c == '?' || *c == text[pos] => {
                at += 1;
                pos += 1;
            }
            _ => {
                let Some((back, from)) = star else { return false };
                star = Some((back, from + 1));
                at = back + 1;
                pos = from + 1;
            }
        }
    }
    pattern[at..].iter().all(|c| *c == '*')
}

/// `[suppress]`: what a suppression must have to be valid.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SuppressSettings {
    pub require_reason: bool,
    /// The longest time from the day of the run to the `until` date; set, it makes the date mandatory.
    pub max_days: Option<u32>,
}
