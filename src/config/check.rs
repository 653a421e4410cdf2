//! Holds a config against the table of keys; every mistake is a finding at its place.

use std::borrow::Cow;
use std::collections::HashSet;

use regex::Regex;

use super::globs;
use super::keys::{self, Key, Kind};
use super::value::{self, Entry, SyntaxError, Value};
use crate::diag::suggest::{list, nearest};
use crate::diag::{Diagnostic, OptionKind, OptionMeta, OptionTable, OptionValue, Place, RuleMeta, Severity};
use crate::syntax::rego::{Capabilities, ENGINES};
use crate::text::{Location, SourceFile, SourceId, Span};

/// More mistakes in one file are counted, not listed.
const MAX_FINDINGS: usize = 100;

/// Collects what is wrong with one file.
pub(super) struct Checker<'a> {
    pub(super) source: SourceId,
    pub(super) rules: &'a [&'static RuleMeta],
    pub(super) findings: Vec<Diagnostic>,
}

impl<'a> Checker<'a> {
    pub(super) fn new(source: SourceId, rules: &'a [&'static RuleMeta]) -> Self {
        Self { source, rules, findings: Vec::new() }
    }

    pub(super) fn report(&mut self, span: Span, message: impl Into<String>) -> &mut Diagnostic {
        let at = Place::At(Location { source: self.source, span });
        self.findings.push(config_error(at, message));
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// Reports what is not TOML or YAML, and forgets what else is said of those lines: it was made up to go on reading.
    pub(super) fn broken(&mut self, file: &SourceFile, language: &str, errors: Vec<SyntaxError>) {
        let lines: HashSet<usize> = errors.iter().map(|error| file.line(error.span.start)).collect();
        self.findings.retain(|finding| match finding.place {
            Place::At(at) => !lines.contains(&file.line(at.span.start)),
            _ => true,
        });
        for error in errors {
            self.report(error.span, format!("not {language}: {}", error.message));
        }
    }

    /// The findings in the order of the file.
    pub(super) fn finish(mut self) -> Vec<Diagnostic> {
        self.findings.sort_by_key(|finding| finding.place);
        if self.findings.len() > MAX_FINDINGS {
            let more = self.findings.len() - MAX_FINDINGS;
            self.findings.truncate(MAX_FINDINGS);
            self.findings.push(config_error(Place::File(self.source), format!("{more} more mistakes")));
        }
        self.findings
    }

    /// A whole `ztctl.toml`.
    pub(super) fn file(&mut self, root: &Value) {
        self.table(root, keys::ROOT, "");
    }

    fn table(&mut self, table: &Value, keys: &'static [Key], path: &str) {
        for entry in table.entries() {
            match keys.iter().find(|key| key.name == entry.key) {
                Some(key) => self.value(&entry.value, key.kind, &join(path, &entry.key)),
                None => self.unknown_key(entry, keys, path),
            }
        }
        for key in keys.iter().filter(|key| key.required && table.get(key.name).is_none()) {
            self.report(table.span, format!("`{path}` has no `{}`", key.name)).help = Some(format!("write `{} = …`", key.name));
        }
    }

    fn unknown_key(&mut self, entry: &Entry, keys: &[Key], path: &str) {
        let within = if path.is_empty() { String::new() } else { format!(" of `{path}`") };
        let help = match nearest(&entry.key, keys.iter().map(|key| key.name)) {
            Some(name) => format!("did you mean `{name}`?"),
            None => match self.home(&entry.key) {
                Some(table) => format!("it belongs in `[{table}]`"),
                None => {
                    format!("the keys here are {}", list(&keys.iter().map(|key| key.name).collect::<Vec<_>>()).replace(" or ", " and "))
                }
            },
        };
        self.report(entry.key_span, format!("`{}` is no key{within}", shorten(&entry.key))).help = Some(help);
    }

    /// The table that a misplaced key belongs in.
    fn home(&self, key: &str) -> Option<String> {
        let all = keys::all();
        let found = all.iter().find(|(path, _)| !path.contains('*') && path.rsplit_once('.').is_some_and(|(_, name)| name == key));
        if let Some((path, _)) = found {
            return path.rsplit_once('.').map(|(table, _)| table.to_owned());
        }
        self.rules.iter().any(|meta| meta.id == key || meta.group == key).then(|| "rules".to_owned())
    }

    fn value(&mut self, value: &Value, kind: Kind, path: &str) {
        match kind {
            Kind::Bool => self.expect(value, value.as_bool().is_some(), path, "`true` or `false`"),
            Kind::Integer { min, max } => {
                let fits = value.as_integer().is_some_and(|number| (min..=max).contains(&number));
                self.expect(value, fits, path, &format!("an integer from {min} to {max}"));
            }
            Kind::String | Kind::Path => {
                let fits = value.as_str().is_some_and(|text| !text.trim().is_empty() && !text.contains('\0'));
                self.expect(value, fits, path, if matches!(kind, Kind::Path) { "a path" } else { "a string" });
            }
            Kind::OneOf(allowed) => self.one_of(value, allowed, path),
            Kind::Strings | Kind::Paths | Kind::Globs | Kind::SomeOf(_) => self.list(value, kind, path),
            Kind::Version => {
                let fits = value.as_str().is_some_and(is_version);
                self.expect(value, fits, path, "a version such as `\"1.33\"`");
            }
            Kind::Capabilities => self.capabilities(value, path),
            Kind::Table(keys) => {
                if self.is_table(value, path) {
                    self.table(value, keys, path);
                }
            }
            Kind::Named(keys) => {
                if self.is_table(value, path) {
                    for entry in value.entries() {
                        let path = join(path, &entry.key);
                        if self.is_table(&entry.value, &path) {
                            self.table(&entry.value, keys, &path);
                        }
                    }
                }
            }
            Kind::Tables(keys) => match &value.kind {
                value::Kind::List(items) => {
                    for item in items {
                        if self.is_table(item, path) {
                            self.table(item, keys, path);
                        }
                    }
                }
                _ => {
                    let help = format!("write `[[{path}]]`");
                    self.report(value.span, format!("`{path}` must be a list of tables, not {}", value.type_name())).help = Some(help);
                }
            },
            Kind::Rules => {
                if self.is_table(value, path) {
                    for entry in value.entries() {
                        self.rule(entry, path);
                    }
                }
            }
        }
    }

    fn is_table(&mut self, value: &Value, path: &str) -> bool {
        let fits = matches!(value.kind, value::Kind::Table(_));
        self.expect(value, fits, path, "a table");
        fits
    }

    fn expect(&mut self, value: &Value, fits: bool, path: &str, what: &str) {
        if !fits {
            self.report(value.span, format!("`{path}` must be {what}, not {}", describe(value)));
        }
    }

    fn expect_string(&mut self, item: &Value, fits: bool, path: &str) {
        if !fits {
            self.report(item.span, format!("`{path}` must hold strings, not {}", describe(item)));
        }
    }

    pub(super) fn one_of(&mut self, value: &Value, allowed: &'static [&'static str], path: &str) {
        let found = value.as_str();
        if found.is_some_and(|text| allowed.contains(&text)) {
            return;
        }
        let suggestion = found.and_then(|text| nearest(text, allowed.iter().copied()));
        let message = format!("`{path}` must be {}, not {}", list(allowed), describe(value));
        self.report(value.span, message).help = suggestion.map(|name| format!("did you mean `{name}`?"));
    }

    fn list(&mut self, value: &Value, kind: Kind, path: &str) {
        let value::Kind::List(items) = &value.kind else {
            let help = value.as_str().map(|text| format!("write `[\"{}\"]`", shorten(text)));
            self.report(value.span, format!("`{path}` must be a list of strings, not {}", value.type_name())).help = help;
            return;
        };
        for (at, item) in items.iter().enumerate() {
            match kind {
                Kind::SomeOf(allowed) => {
                    self.one_of(item, allowed, path);
                    if items[..at].iter().any(|before| before.as_str().is_some() && before.as_str() == item.as_str()) {
                        self.report(item.span, format!("{} is in `{path}` twice", describe(item)));
                    }
                }
                Kind::Globs => match item.as_str().map(globs::check) {
                    Some(Ok(())) => {}
                    Some(Err(why)) => _ = self.report(item.span, format!("{} is not a pattern: {why}", describe(item))),
                    None => self.expect_string(item, false, path),
                },
                _ => self.expect_string(item, item.as_str().is_some_and(|text| !text.trim().is_empty()), path),
            }
        }
        if let (Kind::Globs, Err(why)) = (kind, globs::check_all(value.strings())) {
            self.report(value.span, format!("`{path}` cannot be matched: {}", shorten(&why)));
        }
    }

    fn capabilities(&mut self, value: &Value, path: &str) {
        let what = "a file, or `opa@` and a version";
        let Some(text) = value.as_str().filter(|text| !text.trim().is_empty()) else {
            return self.expect(value, false, path, what);
        };
        if let Some(why) = capabilities_error(text) {
            self.report(value.span, format!("`{path}`: {why}"));
        }
    }

    /// An entry of `[rules]`.
    fn rule(&mut self, entry: &Entry, path: &str) {
        let path = join(path, &entry.key);
        let meta = self.rules.iter().find(|meta| meta.id == entry.key).copied();
        if meta.is_none() && !self.rules.iter().any(|meta| meta.group == entry.key) {
            return self.unknown_rule(entry);
        }
        if !matches!(entry.value.kind, value::Kind::Table(_)) {
            if entry.value.as_str().is_none() {
                let message = format!("`{path}` must be a level or a table, not {}", entry.value.type_name());
                self.report(entry.value.span, message).help =
                    Some(format!("the levels are {}", list(keys::LEVELS).replace(" or ", " and ")));
                return;
            }
            return self.one_of(&entry.value, keys::LEVELS, &path);
        }
        for option in entry.value.entries() {
            let declared = meta.and_then(|meta| meta.options.iter().find(|declared| declared.name == option.key));
            match (keys::RULE.iter().find(|key| key.name == option.key), declared) {
                (Some(key), _) => self.value(&option.value, key.kind, &join(&path, &option.key)),
                (None, Some(declared)) => {
                    if let Err(what) = option_value(declared, &option.value) {
                        self.option(declared, option, &join(&path, &option.key), &what);
                    }
                }
                (None, None) => {
                    let own = meta.map_or(&[][..], |meta| meta.options).iter().map(|option| option.name);
                    let names: Vec<&str> = keys::RULE.iter().map(|key| key.name).chain(own).collect();
                    let help = match nearest(&option.key, names.iter().copied()) {
                        Some(name) => format!("did you mean `{name}`?"),
                        None => format!("it takes {}", list(&names).replace(" or ", " and ")),
                    };
                    let message = format!("`{}` has no option `{}`", entry.key, shorten(&option.key));
                    self.report(option.key_span, message).help = Some(help);
                }
            }
        }
    }

    fn option(&mut self, declared: &OptionMeta, option: &Entry, path: &str, what: &str) {
        if let OptionKind::OneOf(allowed) = declared.kind {
            return self.one_of(&option.value, allowed, path);
        }
        let message = match (declared.kind, option.value.as_str()) {
            (OptionKind::Regex, Some(_)) => format!("`{path}` is not a regular expression: {what}"),
            _ => format!("`{path}` must be {what}, not {}", describe(&option.value)),
        };
        self.report(option.value.span, message).help = Some(declared.doc.to_owned());
    }

    fn unknown_rule(&mut self, entry: &Entry) {
        // Regal writes `style/opa-fmt`
        let name = entry.key.rsplit('/').next().unwrap_or_default();
        let names = self.rules.iter().map(|meta| meta.id).chain(self.rules.iter().map(|meta| meta.group));
        let help = match nearest(name, names) {
            Some(name) => format!("did you mean `{name}`?"),
            None => "`ztctl rules` lists rules and groups".to_owned(),
        };
        self.report(entry.key_span, format!("no rule or group is called `{}`", shorten(&entry.key))).help = Some(help);
    }
}

/// A mistake in a config.
pub(super) fn config_error(place: Place, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new("config-error", "config", Severity::Error, place, message)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { shorten(key).into_owned() } else { format!("{path}.{}", shorten(key)) }
}

/// What was found, for messages.
pub(super) fn describe(value: &Value) -> String {
    match &value.kind {
        value::Kind::String(text) if text.trim().is_empty() => "an empty string".to_owned(),
        value::Kind::String(text) => format!("`\"{}\"`", shorten(text)),
        value::Kind::Integer(number) => format!("`{number}`"),
        value::Kind::Bool(value) => format!("`{value}`"),
        _ => value.type_name().to_owned(),
    }
}

/// Hostile names are long.
pub(super) fn shorten(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(60) {
        Some((at, _)) => Cow::Owned(format!("{}…", &text[..at])),
        None => Cow::Borrowed(text),
    }
}

/// What is wrong with a text that names capabilities.
pub(super) fn capabilities_error(text: &str) -> Option<String> {
    if text.starts_with("http://") || text.starts_with("https://") {
        return Some(format!("`{}` is not fetched: ztctl does not use the network, save it to a file", shorten(text)));
    }
    let (engine, version) = text.split_once('@')?;
    if !ENGINES.contains(&engine) {
        return None;
    }
    Capabilities::release(engine, version).err()
}

/// `1.33` or `1.33.2`.
pub(super) fn is_version(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    (2..=3).contains(&parts.len()) && parts.iter().all(|part| (1..=4).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}

/// The value of a rule's option.
///
/// # Errors
/// What it must be; for a regular expression that is none, why.
pub(super) fn option_value(declared: &OptionMeta, value: &Value) -> Result<OptionValue, String> {
    let owned = |text: &str| Cow::Owned(text.to_owned());
    match declared.kind {
        OptionKind::Bool => value.as_bool().map(OptionValue::Bool).ok_or_else(|| "`true` or `false`".to_owned()),
        OptionKind::Integer { min, max } => {
            let number = value.as_integer().filter(|number| (min..=max).contains(number));
            number.map(OptionValue::Integer).ok_or_else(|| format!("an integer from {min} to {max}"))
        }
        OptionKind::String => value.as_str().map(|text| OptionValue::String(owned(text))).ok_or_else(|| "a string".to_owned()),
        OptionKind::Regex => {
            let text = value.as_str().ok_or("a regular expression")?;
            Regex::new(text).map_err(|error| regex_error(&error))?;
            Ok(OptionValue::String(owned(text)))
        }
        OptionKind::StringList => {
            let all = matches!(value.kind, value::Kind::List(_)) && value.items().iter().all(|item| item.as_str().is_some());
            all.then(|| OptionValue::StringList(value.strings().map(owned).collect())).ok_or_else(|| "a list of strings".to_owned())
        }
        OptionKind::OneOf(allowed) => {
            let text = value.as_str().filter(|text| allowed.contains(text));
            text.map(|text| OptionValue::String(owned(text))).ok_or_else(|| list(allowed))
        }
        OptionKind::Tables(options) => {
            let value::Kind::List(items) = &value.kind else { return Err("a list of tables".to_owned()) };
            items.iter().map(|item| option_table(options, item)).collect::<Result<_, _>>().map(OptionValue::Tables)
        }
    }
}

fn option_table(options: &'static [OptionMeta], value: &Value) -> Result<OptionTable, String> {
    if !matches!(value.kind, value::Kind::Table(_)) {
        return Err("a list of tables".to_owned());
    }
    let names: Vec<&str> = options.iter().map(|option| option.name).collect();
    let entry = |entry: &Entry| {
        let declared = options.iter().find(|option| option.name == entry.key);
        let declared = declared.ok_or_else(|| format!("a list of tables with {}", list(&names).replace(" or ", " and ")))?;
        let value = option_value(declared, &entry.value).map_err(|what| match (declared.kind, entry.value.as_str()) {
            (OptionKind::Regex, Some(_)) => format!("a list of tables whose `{}` is a regular expression ({what})", declared.name),
            _ => format!("a list of tables whose `{}` is {what}", declared.name),
        })?;
        Ok((declared.name, value))
    };
    value.entries().iter().map(entry).collect()
}

/// The last line says what is wrong, those above show where.
fn regex_error(error: &regex::Error) -> String {
    let text = error.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim().trim_start_matches("error: ").to_lowercase()
}
