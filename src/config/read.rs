//! From a checked file to what it means. What is wrong has been reported and is passed over.

use super::check::{self, is_version};
use super::globs::{self, Base, Globs};
use super::value::{Entry, Kind, Value};
use super::{Assess, Capabilities, Class, Config, Environment, FailOn, Part, PlainSecret, Project, paths};
use crate::diag::{Level, Preset, Product, Release, RuleMeta, RuleSetting, Severity};
use crate::syntax::rego::Version;

/// `config` with what `root` sets on top: lists replace, but `exclude`, projects, rules and environments add up.
pub(super) fn apply(mut config: Config, root: &Value, base: &Base, rules: &[&'static RuleMeta]) -> Config {
    let text = |table: &str, key: &str| root.get(table).and_then(|table| table.get(key)).and_then(Value::as_str).map(str::to_owned);
    let under = |table: &str, key: &str| root.get(table).and_then(|table| table.get(key));
    if let Some(preset) = root.get("preset").and_then(Value::as_str).and_then(preset) {
        config.rules.preset = preset;
    }
    if let Some(level) = root.get("fail-level").and_then(Value::as_str).and_then(Severity::parse) {
        config.fail_level = level;
    }
    if let Some(exclude) = root.get("exclude") {
        config.exclude.extend(Globs::new(base, exclude.strings()));
    }
    if let Some(version) = root.get("rego-version").and_then(Value::as_str) {
        config.rego_version = rego_version(version);
    }
    if let Some(capabilities) = root.get("capabilities").and_then(Value::as_str) {
        config.capabilities = Some(Capabilities::parse(capabilities, &base.dir));
    }
    for product in Product::ALL {
        let release = text("target", product.key()).filter(|text| is_version(text)).as_deref().and_then(Release::parse);
        if let Some(release) = release {
            config.rules.check.target.set(product, release);
        }
    }
    if let Some(projects) = root.get("project") {
        config.projects.extend(projects.items().iter().filter_map(|item| project(item, base)));
    }
    if let Some(entries) = root.get("rules") {
        let read = |entry: &Entry| setting(entry, base, rules);
        config.rules.rules.extend(entries.entries().iter().filter_map(read));
    }
    if let Some(folders) = under("lint", "custom-rules") {
        config.custom_rules = folders.strings().map(|path| paths::join(&base.dir, path)).collect();
    }
    if let Some(path) = text("lint", "schemas").filter(|path| !path.is_empty()) {
        config.schemas = Some(paths::join(&base.dir, &path));
    }
    if let Some(namespaces) = under("check", "system-namespaces") {
        config.rules.check.system_namespaces = Some(namespaces.strings().map(str::to_owned).collect());
    }
    if let Some(root) = text("check", "mesh-root-namespace").filter(|name| !name.is_empty()) {
        config.rules.check.mesh_root_namespace = Some(root);
    }
    for entry in root.get("environments").map(Value::entries).unwrap_or_default() {
        let environment = environment(entry, base);
        config.environments.retain(|known| known.name != environment.name);
        config.environments.push(environment);
    }
    if let Some(fixtures) = under("test", "fixtures") {
        config.test_fixtures = Globs::new(base, fixtures.strings());
    }
    assess(&mut config.assess, root.get("assess"), base);
    if let Some(run) = under("verify", "run") {
        config.verify = run.strings().filter_map(Part::parse).collect();
    }
    if let Some(required) = under("suppress", "require-reason").and_then(Value::as_bool) {
        config.rules.suppress.require_reason = required;
    }
    if let Some(days) = under("suppress", "max-days").and_then(Value::as_integer) {
        config.rules.suppress.max_days = u32::try_from(days).ok().filter(|days| *days > 0).or(config.rules.suppress.max_days);
    }
    config
}

fn preset(name: &str) -> Option<Preset> {
    match name {
        "recommended" => Some(Preset::Recommended),
        "regal" => Some(Preset::Regal),
        "all" => Some(Preset::All),
        _ => None,
    }
}

/// `None` is `auto`.
fn rego_version(name: &str) -> Option<Version> {
    match name {
        "v0" => Some(Version::V0),
        "v1" => Some(Version::V1),
        _ => None,
    }
}

fn project(item: &Value, base: &Base) -> Option<Project> {
    let path = item.get("path").and_then(Value::as_str)?;
    let rego_version = item.get("rego-version").and_then(Value::as_str).and_then(rego_version);
    Some(Project::new(base, path, rego_version))
}

/// An entry of `[rules]`; `None` where its name is unknown or its level is not one.
fn setting(entry: &Entry, base: &Base, rules: &[&'static RuleMeta]) -> Option<RuleSetting> {
    let meta = rules.iter().find(|meta| meta.id == entry.key);
    if meta.is_none() && !rules.iter().any(|meta| meta.group == entry.key) {
        return None;
    }
    let mut setting = RuleSetting { name: entry.key.clone(), level: None, options: Default::default(), applies: Default::default() };
    if let Kind::String(level) = &entry.value.kind {
        setting.level = Some(self::level(level)?);
        return Some(setting);
    }
    setting.level = entry.value.get("severity").and_then(Value::as_str).and_then(level);
    for option in entry.value.entries() {
        let Some(declared) = meta.and_then(|meta| meta.options.iter().find(|declared| declared.name == option.key)) else { continue };
        if let Ok(value) = check::option_value(declared, &option.value) {
            setting.options.insert(declared.name, value);
        }
    }
    let patterns = |key: &str| entry.value.get(key).map(|value| Globs::new(base, value.strings()));
    setting.applies = globs::filter(patterns("include"), patterns("exclude").unwrap_or_default());
    Some(setting)
}

fn level(name: &str) -> Option<Level> {
    if name == "off" { Some(Level::Off) } else { Severity::parse(name).map(Level::On) }
}

fn environment(entry: &Entry, base: &Base) -> Environment {
    let strings = |key: &str| entry.value.get(key).map(|value| value.strings().map(str::to_owned).collect());
    Environment {
        name: entry.key.clone(),
        class: match entry.value.get("class").and_then(Value::as_str) {
            Some("production") => Some(Class::Production),
            Some("non-production") => Some(Class::NonProduction),
            _ => None,
        },
        paths: entry.value.get("paths").map(|value| Globs::new(base, value.strings())).unwrap_or_default(),
        namespaces: strings("namespaces").unwrap_or_default(),
    }
}

fn assess(assess: &mut Assess, table: Option<&Value>, base: &Base) {
    let get = |key: &str| table.and_then(|table| table.get(key));
    if let Some(level) = get("min-level").and_then(Value::as_integer) {
        assess.min_level = u8::try_from(level).ok().filter(|level| *level <= 5).or(assess.min_level);
    }
    if let Some(profile) = get("profile").and_then(Value::as_str) {
        assess.profile = Some(profile.to_owned());
    }
    assess.k8s_plain_secret = match get("k8s-plain-secret").and_then(Value::as_str) {
        Some("cap0") => PlainSecret::Cap0,
        Some("cap1") => PlainSecret::Cap1,
        Some("warn") => PlainSecret::Warn,
        _ => assess.k8s_plain_secret,
    };
    if let Some(services) = get("static-by-nature") {
        assess.static_by_nature = services.strings().map(str::to_owned).collect();
    }
    for entry in get("min-domain").map(Value::entries).unwrap_or_default() {
        let level = entry.value.as_integer().and_then(|level| u8::try_from(level).ok()).filter(|level| *level <= 5);
        assess.min_domain.extend(level.map(|level| (entry.key.clone(), level)));
    }
    if let Some(what) = get("fail-on") {
        assess.fail_on = what.strings().filter_map(FailOn::parse).collect();
    }
    let flag = |key: &str| get(key).and_then(Value::as_bool);
    let text = |key: &str| get(key).and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned);
    let path = |key: &str| text(key).map(|path| paths::join(&base.dir, &path));
    let texts = |key: &str| get(key).map(|found| found.strings().map(str::to_owned).collect());
    assess.no_regress = flag("no-regress").unwrap_or(assess.no_regress);
    assess.accept_attestations = flag("accept-attestations").unwrap_or(assess.accept_attestations);
    assess.baseline = path("baseline").or(assess.baseline.take());
    assess.history_file = path("history-file").or(assess.history_file.take());
    let most = get("max-hidden-percent").and_then(Value::as_integer).and_then(|most| u32::try_from(most).ok()).filter(|most| *most <= 100);
    assess.max_hidden = most.or(assess.max_hidden);
    assess.name = text("name").or(assess.name.take());
    assess.owner = text("owner").or(assess.owner.take());
    assess.tier = text("tier").or(assess.tier.take());
    assess.tags = texts("tags").unwrap_or_else(|| std::mem::take(&mut assess.tags));
    assess.links = texts("links").unwrap_or_else(|| std::mem::take(&mut assess.links));
}
