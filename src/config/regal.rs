//! Regal's config, which stands in for `[rules]`: levels, ignored files and options, Rego roots and their versions.
//!
//! Regal passes over what it does not know; so do we, with a warning.

use super::check::{self, Checker, describe, shorten};
use super::globs::{self, Base, Globs};
use super::value::{Entry, Kind, Value};
use super::{Capabilities, CapabilitiesFrom, Config, Project, paths, regal_globs, yaml};
use crate::diag::suggest::{list, nearest};
use crate::diag::{Level, RuleMeta, RuleSetting, Severity};
use crate::syntax::rego::{ENGINES, Version};
use crate::text::{SourceFile, Span};

/// Where Regal looks in each folder, in this order.
pub(super) const NAMES: [&str; 2] = [".regal/config.yaml", ".regal.yaml"];

/// Regal's categories; `default` levels of all rules are levels of these.
const CATEGORIES: [&str; 7] = ["bugs", "custom", "idiomatic", "imports", "performance", "style", "testing"];
const LEVELS: &[&str] = &["error", "warning", "ignore"];
const ROOT: [&str; 5] = ["rules", "ignore", "project", "capabilities", "features"];

/// Whether a path names a config of Regal.
pub(super) fn is_config(path: &str) -> bool {
    NAMES.iter().any(|name| path.strip_suffix(name).is_some_and(|dir| dir.ends_with('/')))
}

/// Whether a path that the user names is a config of Regal; ours is TOML.
pub(super) fn is_named_config(path: &str) -> bool {
    is_config(path) || path.ends_with(".yaml") || path.ends_with(".yml")
}

/// The folder that a config's paths are relative to.
pub(super) fn root(path: &str) -> String {
    let dir = paths::parent(path).unwrap_or("/");
    let dir = if dir.ends_with("/.regal") { paths::parent(dir).unwrap_or("/") } else { dir };
    dir.to_owned()
}

/// `under` with what the file sets in place of `[rules]`.
pub(super) fn read(file: &SourceFile, under: Config, base: &Base, checker: &mut Checker<'_>) -> Config {
    let (root, error) = yaml::parse(&file.text);
    let mut reader = Reader { base, checker, settings: Vec::new() };
    let mut config = under;
    if reader.is_map(&root, "a config") {
        reader.known(&root, &ROOT, "a config of Regal");
    }
    if let Some(rules) = root.get("rules") {
        reader.rules(rules);
    }
    config.exclude_rego.extend(reader.ignored(&root));
    if let Some(project) = root.get("project") {
        reader.project(project, &mut config);
    }
    if let Some(features) = root.get("features").filter(|features| reader.is_map(features, "`features`")) {
        // nothing of it is about findings
        reader.known(features, &["remote"], "`features`");
        if let Some(remote) = features.get("remote").filter(|remote| reader.is_map(remote, "`remote`")) {
            reader.known(remote, &["check-version"], "`remote`");
        }
    }
    if let Some(capabilities) = root.get("capabilities") {
        config.capabilities = reader.capabilities(capabilities).or(config.capabilities);
    }
    config.rules.rules = reader.settings;
    checker.broken(file, "YAML", error.into_iter().collect());
    config
}

struct Reader<'a, 'c> {
    base: &'a Base,
    checker: &'a mut Checker<'c>,
    settings: Vec<RuleSetting>,
}

impl Reader<'_, '_> {
    fn warn(&mut self, span: Span, message: String, help: Option<String>) {
        let finding = self.checker.report(span, message);
        finding.severity = Severity::Warning;
        finding.help = help;
    }

    /// Regal takes nothing for an empty map.
    fn is_map(&mut self, value: &Value, what: &str) -> bool {
        match value.kind {
            Kind::Table(_) => true,
            Kind::Other("null") => false,
            _ => {
                self.checker.report(value.span, format!("{what} must be a map, not {}", value.type_name()));
                false
            }
        }
    }

    fn known(&mut self, map: &Value, known: &[&str], what: &str) {
        for entry in map.entries().iter().filter(|entry| !known.contains(&entry.key.as_str())) {
            let help = nearest(&entry.key, known.iter().copied()).map(|name| format!("did you mean `{name}`?"));
            self.warn(entry.key_span, format!("`{}` is no key of {what}", shorten(&entry.key)), help);
        }
    }

    fn rules(&mut self, rules: &Value) {
        if !self.is_map(rules, "`rules`") {
            return;
        }
        if let Some(level) = rules.get("default").and_then(|default| self.default_level(default)) {
            self.settings.extend(CATEGORIES.map(|category| setting(category, Some(level))));
        }
        for category in rules.entries().iter().filter(|entry| entry.key != "default") {
            if !self.is_map(&category.value, &format!("`rules.{}`", shorten(&category.key))) {
                continue;
            }
            if let Some(level) = category.value.get("default").and_then(|default| self.default_level(default)) {
                self.settings.push(setting(&category.key, Some(level)));
            }
            for rule in category.value.entries().iter().filter(|entry| entry.key != "default") {
                self.rule(&category.key, rule);
            }
        }
    }

    fn default_level(&mut self, default: &Value) -> Option<Level> {
        if !self.is_map(default, "`default`") {
            return None;
        }
        self.known(default, &["level"], "`default`");
        default.get("level").and_then(|level| self.level(level))
    }

    fn level(&mut self, value: &Value) -> Option<Level> {
        match value.as_str() {
            Some("error") => Some(Level::On(Severity::Error)),
            Some("warning") => Some(Level::On(Severity::Warning)),
            Some("ignore") => Some(Level::Off),
            _ => {
                self.checker.one_of(value, LEVELS, "level");
                None
            }
        }
    }

    fn rule(&mut self, category: &str, entry: &Entry) {
        let meta = self.checker.rules.iter().find(|meta| meta.id == entry.key).copied();
        let Some(meta) = meta.filter(|meta| meta.group == category) else {
            return self.unknown_rule(category, entry, meta);
        };
        if !self.is_map(&entry.value, &format!("`{}`", shorten(&entry.key))) {
            return;
        }
        let mut setting = setting(meta.id, entry.value.get("level").and_then(|level| self.level(level)));
        let ignored = self.ignored(&entry.value);
        setting.applies = globs::filter(None, ignored);
        for option in entry.value.entries().iter().filter(|option| !matches!(option.key.as_str(), "level" | "ignore")) {
            let Some(declared) = meta.options.iter().find(|declared| declared.name == option.key) else {
                let help = nearest(&option.key, meta.options.iter().map(|declared| declared.name));
                let help = help.map(|name| format!("did you mean `{name}`?"));
                self.warn(option.key_span, format!("`{}` has no option `{}`", meta.id, shorten(&option.key)), help);
                continue;
            };
            match check::option_value(declared, &option.value) {
                Ok(value) => _ = setting.options.insert(declared.name, value),
                Err(what) => {
                    let found = describe(&option.value);
                    let message = format!("`{}` must be {what}, not {found}", option.key);
                    self.checker.report(option.value.span, message).help = Some(declared.doc.to_owned());
                }
            }
        }
        self.settings.push(setting);
    }

    /// A rule that is not ours may be one of the project's own.
    fn unknown_rule(&mut self, category: &str, entry: &Entry, elsewhere: Option<&RuleMeta>) {
        if let Some(meta) = elsewhere {
            let help = format!("move it to `rules.{}`", meta.group);
            return self.warn(entry.key_span, format!("`{}` is no rule of `{}`", shorten(&entry.key), shorten(category)), Some(help));
        }
        let ids = self.checker.rules.iter().filter(|meta| meta.group == category).map(|meta| meta.id);
        if let Some(name) = nearest(&entry.key, ids) {
            let help = format!("did you mean `{name}`?");
            return self.warn(entry.key_span, format!("`{}` is no rule of `{}`", shorten(&entry.key), shorten(category)), Some(help));
        }
        let help = "rules of your own, written in Rego, are not run".to_owned();
        let message = format!("`{}/{}` is no rule of ztctl", shorten(category), shorten(&entry.key));
        self.warn(entry.key_span, message, Some(help));
    }

    /// `ignore.files` of a map.
    fn ignored(&mut self, map: &Value) -> Globs {
        let Some(files) = map.get("ignore").and_then(|ignore| ignore.get("files")) else { return Globs::default() };
        if matches!(files.kind, Kind::Other("null")) {
            return Globs::default();
        }
        if !matches!(files.kind, Kind::List(_)) {
            self.checker.report(files.span, format!("`files` must be a list of patterns, not {}", files.type_name()));
        }
        let mut patterns = Vec::new();
        for item in files.items() {
            match item.as_str().map(|pattern| (pattern, regal_globs::compile(std::iter::once(pattern)))) {
                Some((pattern, Ok(_))) => patterns.push(pattern),
                Some((_, Err(why))) => _ = self.checker.report(item.span, format!("{} is not a pattern: {why}", describe(item))),
                None => _ = self.checker.report(item.span, format!("a pattern must be a string, not {}", item.type_name())),
            }
        }
        match Globs::regal(self.base, patterns.iter().copied()) {
            Ok(globs) => globs,
            Err(why) => {
                self.checker.report(files.span, format!("the patterns cannot be matched: {why}"));
                Globs::default()
            }
        }
    }

    fn project(&mut self, project: &Value, config: &mut Config) {
        if !self.is_map(project, "`project`") {
            return;
        }
        self.known(project, &["roots", "rego-version"], "`project`");
        if let Some(version) = project.get("rego-version") {
            config.rego_version = self.version(version).or(config.rego_version);
        }
        for root in project.get("roots").map(Value::items).unwrap_or_default() {
            let path = root.as_str().or_else(|| root.get("path").and_then(Value::as_str));
            let Some(path) = path else {
                self.checker.report(root.span, "a root must be a path, or a map with `path`");
                continue;
            };
            let version = root.get("rego-version").and_then(|version| self.version(version));
            config.projects.push(Project::new(self.base, path, version));
        }
    }

    fn version(&mut self, value: &Value) -> Option<Version> {
        match value.as_integer() {
            Some(0) => Some(Version::V0),
            Some(1) => Some(Version::V1),
            _ => {
                self.checker.report(value.span, format!("`rego-version` must be `0` or `1`, not {}", describe(value)));
                None
            }
        }
    }

    /// `from`, `plus` and `minus`; `from` is a file, an engine with its version, or an address.
    fn capabilities(&mut self, value: &Value) -> Option<Capabilities> {
        if !self.is_map(value, "`capabilities`") {
            return None;
        }
        self.known(value, &["from", "plus", "minus"], "`capabilities`");
        let mut capabilities = match value.get("from").filter(|from| self.is_map(from, "`from`")) {
            Some(from) => self.capabilities_from(from)?,
            None => CapabilitiesFrom::Current.into(),
        };
        let builtins = |key: &str| value.get(key).and_then(|part| part.get("builtins")).map(Value::items).unwrap_or_default();
        for builtin in builtins("plus").iter().chain(builtins("minus")) {
            if builtin.get("name").and_then(Value::as_str).is_none() {
                self.checker.report(builtin.span, "a builtin must be a map with `name`");
            }
        }
        let name = |builtin: &Value| builtin.get("name").and_then(Value::as_str).map(str::to_owned);
        let arity = |builtin: &Value| builtin.get("decl").and_then(|decl| decl.get("args")).map_or(0, |args| args.items().len());
        capabilities.plus = builtins("plus").iter().filter_map(|builtin| Some((name(builtin)?, arity(builtin)))).collect();
        capabilities.minus = builtins("minus").iter().filter_map(name).collect();
        Some(capabilities)
    }

    fn capabilities_from(&mut self, from: &Value) -> Option<Capabilities> {
        self.known(from, &["engine", "version", "file", "url"], "`from`");
        let text = |key: &str| from.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let text = match (text("file"), text("url"), text("engine"), text("version")) {
            (Some(file), None, None, None) => return Some(CapabilitiesFrom::File(paths::join(&self.base.dir, file)).into()),
            (None, Some(url), None, None) => match url.strip_prefix("regal:///capabilities/").map(|path| path.split_once('/')) {
                Some(Some((engine, version))) => format!("{engine}@{version}"),
                Some(None) if url.ends_with("/default") => return Some(CapabilitiesFrom::Current.into()),
                _ => url.to_owned(),
            },
            (None, None, Some(engine), Some(version)) if ENGINES.contains(&engine) => format!("{engine}@{version}"),
            (None, None, Some(engine), Some(_)) => {
                let help = nearest(engine, ENGINES).map(|name| format!("did you mean `{name}`?"));
                let message = format!("no engine is called `{}`: {} are known", shorten(engine), list(&ENGINES).replace(" or ", " and "));
                self.checker.report(from.span, message).help = help;
                return None;
            }
            (None, None, None, None) => return Some(CapabilitiesFrom::Current.into()),
            (None, None, _, _) => {
                self.checker.report(from.span, "`engine` and `version` go together, and both are strings");
                return None;
            }
            _ => {
                self.checker.report(from.span, "`from` takes a `file`, a `url`, or an `engine` and its `version`, and only one of these");
                return None;
            }
        };
        if let Some(why) = check::capabilities_error(&text) {
            self.checker.report(from.span, why);
            return None;
        }
        Some(Capabilities::parse(&text, &self.base.dir))
    }
}

fn setting(name: &str, level: Option<Level>) -> RuleSetting {
    RuleSetting { name: name.to_owned(), level, options: Default::default(), applies: Default::default() }
}
