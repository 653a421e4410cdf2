//! What Spring Boot's configuration says about bearer tokens: `spring.security.oauth2.resourceserver.jwt`.
//! <https://docs.spring.io/spring-security/reference/servlet/oauth2/resource-server/jwt.html>

use crate::model::value::{Node, Origin, Value};
use crate::syntax::source::properties;
use crate::text::{Location, SourceId, SourceMap};

const PREFIX: [&str; 5] = ["spring", "security", "oauth2", "resourceserver", "jwt"];

/// The decoder of bearer tokens that a configuration makes.
#[derive(Clone, Debug)]
pub struct Decoder {
    /// The map that its settings are in, or the first of them.
    pub at: Origin,
    pub has_issuer: bool,
    pub has_audiences: bool,
}

/// Settings of the decoder by their last names, as relaxed binding takes them: `issuer-uri`, `issuerUri`, `ISSUER_URI`.
#[derive(Default)]
struct Found {
    keys: Option<Origin>,
    issuer: bool,
    audiences: bool,
    others: bool,
    map: Option<Origin>,
}

impl Found {
    fn add(&mut self, name: &str, at: Origin) {
        let name = relaxed(name);
        let name = name.split('[').next().unwrap_or("");
        let known = match name {
            "issueruri" => {
                self.issuer = true;
                true
            }
            "audiences" => {
                self.audiences = true;
                false
            }
            "jwkseturi" | "publickeylocation" => {
                self.others = true;
                true
            }
            _ => false,
        };
        if known && self.keys.is_none() {
            self.keys = Some(at);
        }
    }

    fn decoder(self) -> Option<Decoder> {
        (self.issuer || self.others || self.audiences).then_some(())?;
        let at = self.map.or(self.keys)?;
        Some(Decoder { at, has_issuer: self.issuer, has_audiences: self.audiences })
    }
}

fn relaxed(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// Whether a document of this name is a configuration of Spring Boot.
#[must_use]
pub fn is_config(root: &Node, name: &str) -> bool {
    let named =
        ["application", "bootstrap"].iter().any(|word| name.starts_with(word)) && (name.ends_with(".yml") || name.ends_with(".yaml"));
    named && root.entries().iter().any(|entry| &*entry.key == "spring" || entry.key.starts_with("spring."))
}

/// The decoder in a document.
#[must_use]
pub fn decoder(root: &Node) -> Option<Decoder> {
    let mut found = Found::default();
    collect(root, &PREFIX, &mut found);
    found.decoder()
}

/// Follows what is left of the prefix; keys may hold several names, with dots between them.
fn collect(node: &Node, rest: &[&str], found: &mut Found) {
    for entry in node.entries() {
        let mut rest = rest;
        let mut names = entry.key.split('.').peekable();
        while let Some(name) = names.peek().filter(|_| !rest.is_empty()) {
            if relaxed(name) != rest[0] {
                break;
            }
            rest = &rest[1..];
            names.next();
        }
        match names.next() {
            // below the prefix: a setting
            Some(name)
                if rest.is_empty() && !entry.value.is_null() && !matches!(&entry.value.value, Value::List(items) if items.is_empty()) =>
            {
                found.add(name, entry.origin.clone());
            }
            Some(_) => {}
            None if rest.is_empty() => {
                found.map.get_or_insert_with(|| entry.origin.clone());
                for setting in entry.value.entries() {
                    if !setting.value.is_null() && setting.value.as_str() != Some("") {
                        found.add(setting.key.split('.').next().unwrap_or(""), setting.origin.clone());
                    }
                }
            }
            // each step takes a name away
            None if rest.len() < PREFIX.len() => collect(&entry.value, rest, found),
            None => {}
        }
    }
}

/// The decoder in properties.
#[must_use]
pub fn decoder_of_properties(source: SourceId, text: &str) -> Option<Decoder> {
    let mut found = Found::default();
    for property in properties::read(text) {
        let mut names = property.key.split('.');
        let below = PREFIX.iter().all(|part| names.next().is_some_and(|name| relaxed(name) == *part));
        if let Some(name) = names.next().filter(|_| below && !property.value.is_empty()) {
            found.add(name, Origin { at: Location { source, span: property.at }, via: std::sync::Arc::from([]) });
        }
    }
    found.decoder()
}

/// Whether something else decides what the application of a configuration checks: Java code that makes a decoder or a validator, in
/// its module or in one without a configuration of its own, or another configuration that lists audiences.
#[must_use]
pub fn is_decided_elsewhere(sources: &SourceMap, config: SourceId) -> bool {
    const WORDS: [&str; 6] =
        ["OAuth2TokenValidator", "JwtClaimValidator", "NimbusJwtDecoder", "NimbusReactiveJwtDecoder", "JwtDecoders", "JwtDecoder "];
    let own = &sources.get(sources.outermost(config)).path;
    let module = |path: &str| path.find("src/main/").map(|at| path[..at].to_owned());
    let own_module = module(own);
    let is_config = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        ["application", "bootstrap"].iter().any(|word| name.starts_with(word))
            && [".yml", ".yaml", ".properties"].iter().any(|end| name.ends_with(end))
    };
    let configured: Vec<Option<String>> =
        sources.iter().filter(|(_, file)| is_config(&file.path)).map(|(_, file)| module(&file.path)).collect();
    let has = |text: &str, word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    sources.iter().any(|(source, file)| {
        if source == config || file.mapping.is_some() {
            return false;
        }
        if file.path.ends_with(".java") {
            let theirs = module(&file.path);
            let near = own_module.is_none() || theirs == own_module || !configured.contains(&theirs);
            return near && WORDS.iter().any(|word| has(&file.text, word));
        }
        is_config(&file.path) && folder(&file.path) == folder(own) && has(&file.text, "audiences")
    })
}
