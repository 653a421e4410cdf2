//! Which rules run on a file, at which level and with which options.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use regex::Regex;

use super::engine::{Commands, RunOptions};
use super::needs;
use super::registry::{self, is_rego_group};
use super::rule::Rule;
use crate::diag::{
    CheckSettings, Layout, Level, OptionKind, OptionMeta, OptionValue, Preset, RuleMeta, RuleSettings, Severity, SuppressSettings,
};
use crate::syntax::rego::{Capabilities, Kind};
use crate::text::SourceFile;

/// A rule that is on, with what the file's config says about it.
pub(super) struct Active {
    pub(super) rule: &'static dyn Rule,
    pub(super) severity: Severity,
    /// The config gives the severity: a finding that is worse or better than the rule's others has it too.
    pub(super) is_configured: bool,
    options: Options,
}

/// The values that a rule's options have; those of a table in a list of tables too.
pub struct Options {
    declared: &'static [OptionMeta],
    states: Vec<OptionState>,
}

struct OptionState {
    value: OptionValue,
    regex: OnceLock<Option<Regex>>,
    /// Of kind `Tables`.
    tables: Vec<Options>,
}

impl Active {
    /// Whether a finding of the rule is worse than what a fix of another mends: Regal's levels say that of every rule.
    pub(super) fn is_harm(&self, preset: Preset) -> bool {
        let meta = self.rule.meta();
        let matters = preset != Preset::Regal || matches!(meta.group, "syntax" | "compile" | "strict" | "bugs");
        self.severity == Severity::Error && matters
    }

    /// The value of an option of the rule: configured, else its default.
    pub(super) fn option(&self, name: &str) -> &OptionValue {
        self.options.value(name)
    }

    /// The pattern of an option of kind `Regex`; `None` where it is unset.
    pub(super) fn regex(&self, name: &str) -> Option<&Regex> {
        self.options.regex(name)
    }

    /// The items of an option of kind `Tables`.
    pub(super) fn tables(&self, name: &str) -> &[Options] {
        self.options.state(name).map_or(&[], |state| &state.tables)
    }
}

impl Options {
    /// What `configured` does not name has its default.
    fn new(declared: &'static [OptionMeta], configured: &BTreeMap<&str, &OptionValue>) -> Self {
        let state = |option: &'static OptionMeta| {
            let value = configured.get(option.name).map_or(&option.default, |value| *value);
            let tables = match (value, option.kind) {
                (OptionValue::Tables(tables), OptionKind::Tables(keys)) => {
                    tables.iter().map(|table| Self::new(keys, &table.iter().map(|(name, value)| (*name, value)).collect())).collect()
                }
                _ => Vec::new(),
            };
            OptionState { value: value.clone(), regex: OnceLock::new(), tables }
        };
        Self { declared, states: declared.iter().map(state).collect() }
    }

    fn state(&self, name: &str) -> Option<&OptionState> {
        let at = self.declared.iter().position(|option| option.name == name)?;
        self.states.get(at)
    }

    fn value(&self, name: &str) -> &OptionValue {
        self.state(name).map_or(&OptionValue::Unset, |state| &state.value)
    }

    /// The pattern of an option of kind `Regex`; `None` where it is unset.
    #[must_use]
    pub fn regex(&self, name: &str) -> Option<&Regex> {
        let state = self.state(name)?;
        state
            .regex
            .get_or_init(|| match &state.value {
                // config refuses what does not compile
                OptionValue::String(pattern) => Regex::new(pattern).ok(),
                _ => None,
            })
            .as_ref()
    }

    /// The texts of an option of kind `StringList`; empty where it is unset.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Cow<'static, str>] {
        match self.value(name) {
            OptionValue::StringList(list) => list,
            _ => &[],
        }
    }

    /// The text of an option of kind `String`, `Regex` or `OneOf`; `None` where it is unset.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            OptionValue::String(text) => Some(text),
            _ => None,
        }
    }
}

/// Where a text lies.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(super) enum Home {
    File,
    /// In a manifest.
    Object,
    /// In a code block of a page.
    Page,
}

impl Home {
    pub(super) fn of(file: &SourceFile) -> Self {
        match &file.embedded {
            Some(holder) if holder.kind == "markdown" => Self::Page,
            _ if file.mapping.is_some() => Self::Object,
            _ => Self::File,
        }
    }

    /// Whether the rule says anything about such texts. What a page shows is a part of something: it has no place in a folder, no
    /// tests beside it, and does not define all that it uses. So rules that see all files do not see it.
    fn judges(self, rule: &dyn Rule, preset: Preset) -> bool {
        let meta = rule.meta();
        match self {
            Self::File => true,
            // Regal reads `.rego` files alone
            _ if preset == Preset::Regal => meta.group == "syntax",
            Self::Object => true,
            Self::Page => rule.facts().is_none() && !NOT_FOR_PAGES.contains(&meta.id),
        }
    }
}

/// Rules that are about files, or about whole modules.
const NOT_FOR_PAGES: [&str; 9] = [
    "directory-package-mismatch",
    "file-length",
    "file-missing-test-suffix",
    "missing-metadata",
    "no-defined-entrypoint",
    "prefer-package-imports",
    "test-outside-test-package",
    "unresolved-import",
    "unresolved-reference",
];

/// The rules of a file.
pub(super) struct Plan {
    pub(super) preset: Preset,
    pub(super) suppress: SuppressSettings,
    pub(super) check: CheckSettings,
    pub(super) layout: Layout,
    pub(super) capabilities: Option<Arc<Capabilities>>,
    /// Why rules that the config turns on are off.
    pub(super) notices: Vec<String>,
    /// In registry order.
    pub(super) active: Vec<Active>,
    /// Index in the registry → index in `active`.
    position: Vec<Option<u16>>,
    /// Node kind → indexes in `active`.
    by_kind: Vec<Vec<u16>>,
}

impl Plan {
    /// `applies` tells, for each entry of `settings.rules`, whether it judges the file's path.
    pub(super) fn new(settings: &RuleSettings, applies: &[bool], home: Home, options: &RunOptions) -> Self {
        let preset = options.preset.unwrap_or(settings.preset);
        let rules = registry::registry();
        let mut active = Vec::new();
        let mut notices = Vec::new();
        let mut position = vec![None; rules.len()];
        for (at, rule) in rules.iter().enumerate().filter(|(_, rule)| home.judges(**rule, preset)) {
            let Level::On(severity) = level(rule.meta(), preset, settings, applies, options) else {
                continue;
            };
            if let Some(why) = options.capabilities.as_ref().and_then(|target| needs::unmet(rule.meta().id, target)) {
                notices.push(format!("`{}` is off: {why}", rule.meta().id));
                continue;
            }
            position[at] = u16::try_from(active.len()).ok();
            let is_configured = is_configured(rule.meta(), settings);
            active.push(Active { rule: *rule, severity, is_configured, options: options_of(rule.meta(), settings, applies) });
        }
        let mut by_kind = vec![Vec::new(); Kind::Error as usize + 1];
        for (at, rule) in active.iter().enumerate() {
            for kind in rule.rule.kinds() {
                by_kind[*kind as usize].push(at as u16);
            }
        }
        let (check, capabilities, layout) = (settings.check.clone(), options.capabilities.clone(), settings.layout.clone());
        Self { preset, suppress: settings.suppress, check, layout, capabilities, notices, active, position, by_kind }
    }

    /// The rules that want nodes of `kind`, as indexes in `active`.
    pub(super) fn for_kind(&self, kind: Kind) -> &[u16] {
        self.by_kind.get(kind as usize).map_or(&[], Vec::as_slice)
    }

    /// The rule's place in `active`, if it is on.
    pub(super) fn active(&self, id: &str) -> Option<&Active> {
        let at = registry::index(id)?;
        self.position[at].map(|at| &self.active[usize::from(at)])
    }
}

/// The level of a rule for a file: preset, then the config's groups, then its rules, then the command line.
fn level(meta: &RuleMeta, preset: Preset, settings: &RuleSettings, applies: &[bool], options: &RunOptions) -> Level {
    let mut level = preset_level(meta, preset);
    let mut excluded = false;
    let entries = || settings.rules.iter().zip(applies);
    // groups first, then rules
    for named in [meta.group, meta.id] {
        for (entry, applies) in entries().filter(|(entry, _)| entry.name == named) {
            excluded |= !applies;
            level = entry.level.unwrap_or(level);
        }
    }
    let named = |selectors: &[super::selector::Selector]| selectors.iter().any(|selector| selector.selects(meta));
    let configured = match level {
        Level::On(severity) => severity,
        Level::Off => meta.severity,
    };
    let always = meta.id == "syntax-error";
    if !options.selection.select.is_empty() {
        level = if named(&options.selection.select) || always { Level::On(configured) } else { Level::Off };
    } else if !in_command(meta, options.commands) {
        level = Level::Off;
    }
    if named(&options.selection.extend) {
        level = Level::On(configured);
    }
    if excluded || named(&options.selection.ignore) {
        level = Level::Off;
    }
    level
}

/// Whether the config names a severity for the rule or its group.
fn is_configured(meta: &RuleMeta, settings: &RuleSettings) -> bool {
    let names = |name: &str| name == meta.id || name == meta.group;
    settings.rules.iter().any(|entry| names(&entry.name) && matches!(entry.level, Some(Level::On(_))))
}

fn preset_level(meta: &RuleMeta, preset: Preset) -> Level {
    match preset {
        Preset::Recommended if meta.recommended => Level::On(meta.severity),
        Preset::All => Level::On(meta.severity),
        Preset::Regal if meta.group == "syntax" => Level::On(meta.severity),
        Preset::Regal => meta.regal.map_or(Level::Off, Level::On),
        Preset::Recommended => Level::Off,
    }
}

/// Whether the command judges the rule's group unless told otherwise.
fn in_command(meta: &RuleMeta, commands: Commands) -> bool {
    // broken input and suppressions are everyone's business
    let shared = matches!(meta.group, "syntax" | "meta");
    match commands {
        Commands::Verify => true,
        Commands::Lint => shared || is_rego_group(meta.group),
        Commands::Check => shared || !is_rego_group(meta.group) || meta.group == "authz",
    }
}

fn options_of(meta: &'static RuleMeta, settings: &RuleSettings, applies: &[bool]) -> Options {
    let mut configured: BTreeMap<&str, &OptionValue> = BTreeMap::new();
    for (entry, applies) in settings.rules.iter().zip(applies) {
        if *applies && entry.name == meta.id {
            configured.extend(entry.options.iter().map(|(name, value)| (*name, value)));
        }
    }
    Options::new(meta.options, &configured)
}
