//! Texts inside objects: Rego of ConstraintTemplates, configurations that ConfigMaps hold.

use std::sync::Arc;

use super::document::{DocumentKind, is_surely_recognised, may_be_recognised};
use super::gatekeeper::{self, Source};
use super::k8s::{Namespace, Object, list};
use super::releases;
use super::shell;
use super::value::{Entry, Format, Node};
use super::vault;
use crate::syntax::rego::Version;
use crate::text::{EmbeddedIn, Mapping, SourceFile, Span, TextStyle};

/// What an embedded text is to be read as.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Language {
    /// Rego of this version; `None`: what the text says.
    Rego(Option<Version>),
    /// Data, judged only if it is recognised.
    Data(Format),
    /// A shell script.
    Shell,
}

/// A text inside an object.
#[derive(Clone, Debug)]
pub struct Embedded<'o> {
    pub language: Language,
    /// The scalar that holds it.
    pub node: &'o Node,
    pub holder: EmbeddedIn,
}

/// Lists of objects inside one another.
const MAX_LISTS: usize = 8;

/// The objects of a document: itself, or the items of a list of objects. `partial` and `document` are as in [`Object`].
#[must_use]
pub fn objects(root: Node, partial: bool, document: usize) -> Vec<Object> {
    let mut out = Vec::new();
    add_objects(root, partial, document, 0, &mut out);
    out
}

fn add_objects(root: Node, partial: bool, document: usize, depth: usize, out: &mut Vec<Object>) {
    match list::items(root) {
        Ok(items) if depth < MAX_LISTS => items.into_iter().for_each(|item| add_objects(item, partial, document, depth + 1, out)),
        Ok(_) => {}
        Err(root) => out.extend(Object::new(Arc::new(root), partial, document)),
    }
}

/// The texts inside an object, in its order.
#[must_use]
pub fn texts(object: &Object) -> Vec<Embedded<'_>> {
    let mut out = Vec::new();
    if object.is("", "ConfigMap") || object.is("", "Secret") {
        let key = if object.is("", "Secret") { "stringData" } else { "data" };
        for entry in object.root.get(key).map_or(&[][..], Node::entries) {
            let known = entry.value.as_str().and_then(|text| language(&entry.key, text));
            if let Some(language) = known.or_else(|| of_template(entry)) {
                let kind = if object.is("", "Secret") { "secret" } else { "configmap" };
                out.push(Embedded { language, node: &entry.value, holder: holder(object, kind, entry.key.to_string()) });
            }
        }
    } else if gatekeeper::is_template(object) {
        template(object, &mut out);
    } else if let Some((kind, path)) = text_field(object)
        && let Some(node) = object.root.path(path).filter(|node| node.as_str().is_some())
    {
        out.push(Embedded { language: Language::Data(Format::Yaml), node, holder: holder(object, kind, path.join(".")) });
    } else {
        let values = |(path, node)| Embedded { language: Language::Data(Format::Yaml), node, holder: holder(object, VALUES_TEXT, path) };
        out.extend(releases::texts(object).into_iter().map(values));
        let script = |(key, node)| Embedded { language: Language::Shell, node, holder: holder(object, "container", key) };
        out.extend(shell::in_container(object).into_iter().map(script));
        if holds_vault(object) {
            let mut found = Vec::new();
            vault_texts(&object.root, 0, &mut found);
            let text =
                |node| Embedded { language: Language::Data(Format::Hcl), node, holder: holder(object, "resource", VAULT_KEY.to_owned()) };
            out.extend(found.into_iter().map(text));
        }
    }
    out
}

/// What a text is that a template has parts in, if it can be read around them.
fn of_template(entry: &Entry) -> Option<Language> {
    let written = entry.value.unknown().filter(|written| written.starts_with('|'))?;
    let text = written.split_once('\n')?.1;
    language(&entry.key, text).filter(|language| matches!(language, Language::Data(Format::Hcl | Format::Yaml)))
}

/// The kind of a holder of a chart's values as text.
pub(super) const VALUES_TEXT: &str = "values-text";

/// What Vault's policies and configurations are called where no key names them.
const VAULT_KEY: &str = "vault.hcl";

/// Whether objects of this kind may hold policies or configurations of Vault: those of Vault's operators, and what sets a chart's values.
fn holds_vault(object: &Object) -> bool {
    object.group.contains("vault")
        || matches!((&*object.group, &*object.kind), ("redhatcop.redhat.io", _) | ("helm.toolkit.fluxcd.io", "HelmRelease"))
        || object.is("argoproj.io", "Application")
}

/// The texts in a value that look like policies or configurations of Vault.
fn vault_texts<'o>(node: &'o Node, depth: usize, out: &mut Vec<&'o Node>) {
    if depth > MAX_VALUES {
        return;
    }
    if let Some(text) = node.as_str() {
        if is_vault_text(text) {
            out.push(node);
        }
        return;
    }
    node.entries().iter().for_each(|entry| vault_texts(&entry.value, depth + 1, out));
    node.items().iter().for_each(|item| vault_texts(item, depth + 1, out));
}

/// So deep values are searched for texts.
const MAX_VALUES: usize = 32;

fn is_vault_text(text: &str) -> bool {
    (text.contains("capabilities") && text.contains("path")) || (text.contains("listener") && text.contains('{') && text.contains("tcp"))
}

/// The texts inside a document that is no object: the scripts of a workflow or a pipeline, Vault's policies in Terraform.
#[must_use]
pub fn texts_of_document(root: &Node, kind: DocumentKind) -> Vec<Embedded<'_>> {
    let (found, holder) = match kind {
        DocumentKind::Workflow => (shell::in_workflow(root), "workflow"),
        DocumentKind::GitlabCi => (shell::in_gitlab(root), "gitlab-ci"),
        DocumentKind::Terraform | DocumentKind::ChartValues => return in_values(root, kind),
        _ => return Vec::new(),
    };
    let script = |(key, node)| {
        let holder = EmbeddedIn { kind: holder, object: String::new(), key };
        Embedded { language: Language::Shell, node, holder }
    };
    found.into_iter().map(script).collect()
}

/// The field of an object that holds a configuration as text, and what reports call such an object.
fn text_field(object: &Object) -> Option<(&'static str, &'static [&'static str])> {
    Some(match (&*object.group, &*object.kind) {
        // `v1alpha1`; later versions hold it as values
        ("opentelemetry.io", "OpenTelemetryCollector") => ("opentelemetrycollector", &["spec", "config"]),
        ("gateway.envoyproxy.io", "EnvoyProxy") => ("envoyproxy", &["spec", "bootstrap", "value"]),
        _ => return None,
    })
}

/// The policies and configurations of Vault inside a Terraform file or a chart's values.
fn in_values(root: &Node, kind: DocumentKind) -> Vec<Embedded<'_>> {
    let mut found = Vec::new();
    let holder = if kind == DocumentKind::Terraform {
        let policies = vault::resources(root).filter(|resource| resource.kind == "vault_policy");
        found.extend(policies.filter_map(|resource| resource.body.get("policy")));
        "terraform"
    } else {
        vault_texts(root, 0, &mut found);
        "values"
    };
    let text = |node| {
        let holder = EmbeddedIn { kind: holder, object: String::new(), key: VAULT_KEY.to_owned() };
        Embedded { language: Language::Data(Format::Hcl), node, holder }
    };
    found.into_iter().map(text).collect()
}

/// The Rego of a ConstraintTemplate: the modules, then their libraries. Where the version is a template's, it is read as v0.
fn template<'o>(object: &'o Object, out: &mut Vec<Embedded<'o>>) {
    let sources = gatekeeper::sources(object);
    let language = |source: &Source<'_>| Language::Rego(Some(source.version.unwrap_or(Version::V0)));
    for source in &sources {
        if let Some(entry) = source.rego() {
            out.push(Embedded {
                language: language(source),
                node: &entry.value,
                holder: holder(object, "constraint-template", format!("{}.rego", source.path)),
            });
        }
    }
    for source in &sources {
        for (at, node) in source.libs() {
            let holder = holder(object, "constraint-template", format!("{}.libs[{at}]", source.path));
            out.push(Embedded { language: language(source), node, holder });
        }
    }
}

pub(crate) fn holder(object: &Object, kind: &'static str, key: String) -> EmbeddedIn {
    let namespace = match object.namespace() {
        Namespace::Named(name) => name,
        Namespace::Cluster | Namespace::Unknown => "",
    };
    EmbeddedIn { kind, object: format!("{namespace}/{}/{}", object.kind, object.name().unwrap_or("")), key }
}

/// What the value under a ConfigMap's key may be; `None` for what is surely nothing that is judged.
pub(super) fn language(key: &str, text: &str) -> Option<Language> {
    if key.len() > 5 && key.ends_with(".rego") {
        return Some(Language::Rego(None));
    }
    if key == "mesh" {
        return Some(Language::Data(Format::Yaml));
    }
    if shell::is_shell_key(key, text) {
        return Some(Language::Shell);
    }
    // `agent.conf.tmpl`: what fills it in is another's
    let key = [".tmpl", ".tpl", ".template"].iter().find_map(|suffix| key.strip_suffix(suffix)).unwrap_or(key);
    let ends = |suffix: &str| key.len() > suffix.len() && key.ends_with(suffix);
    let format = if ends(".conf") || ends(".hcl") {
        if text.trim_start().starts_with('{') { Format::Json } else { Format::Hcl }
    } else if ends(".json") {
        Format::Json
    } else if ends(".yaml") || ends(".yml") || key == "bootstrap" || key.contains("envoy") {
        // JSON is YAML as well
        Format::Yaml
    } else if text.contains("capabilities") && text.contains("path \"") {
        // a policy of Vault under a name of its own
        Format::Hcl
    } else {
        // `relay`, `config`: names of the user's choice
        return (!key.contains('.') && is_surely_recognised(text)).then_some(Language::Data(Format::Yaml));
    };
    let searched = if format == Format::Yaml { Format::Json } else { format };
    let is_spring = key.starts_with("application") && text.contains("resourceserver");
    (is_spring || may_be_recognised(text, searched)).then_some(Language::Data(format))
}

/// The text of a string scalar as a source of its own. `outer` is the text that it is written in.
#[must_use]
pub fn source_of(outer: &SourceFile, embedded: &Embedded<'_>) -> Option<SourceFile> {
    text_in(outer, embedded.node, embedded.holder.clone())
}

/// The text of the string scalar `node`, written in `outer`, as a source of its own; `None` for other values.
#[must_use]
pub fn text_in(outer: &SourceFile, node: &Node, holder: EmbeddedIn) -> Option<SourceFile> {
    if outer.slice(node.origin.at.span).starts_with("<<") {
        let (text, mapping) = heredoc(outer, node)?;
        return Some(SourceFile::embedded(outer.path.clone(), text, mapping, holder));
    }
    if node.unknown().is_some() {
        let (text, mut mapping) = templated_block(outer, node)?;
        // what a template makes of an edit, nobody can prove
        mapping.style = TextStyle::ReadOnly;
        return Some(SourceFile::embedded(outer.path.clone(), text, mapping, holder));
    }
    let value = node.as_str()?;
    let (text, mapping) = take(outer, node, value);
    Some(SourceFile::embedded(outer.path.clone(), text, mapping, holder))
}

fn take(outer: &SourceFile, node: &Node, value: &str) -> (String, Mapping) {
    let id = node.origin.at.source;
    let span = node.origin.at.span;
    let written = outer.slice(span);
    let inside = |span: Span| Span::new(span.start + 1, span.end.saturating_sub(1).max(span.start + 1));
    let taken = match written.as_bytes().first() {
        Some(b'|') => block(outer, node),
        Some(b'"') if written.len() > 1 => Some(Mapping::double_quoted(id, &outer.text, inside(span))),
        Some(b'\'') if written.len() > 1 => Some(Mapping::single_quoted(id, &outer.text, inside(span))),
        Some(b'>') | None => None,
        Some(_) => Some(Mapping::verbatim(id, &outer.text, span)),
    };
    match taken {
        Some((text, mapping)) if text == value => (text, mapping),
        // folded scalars and the like: places inside are not exact
        _ => (value.to_owned(), Mapping { outer: id, segments: Vec::new(), style: TextStyle::ReadOnly, whole: span }),
    }
}

/// A heredoc of HCL, whatever is interpolated in it: the lines between the one with its name and the closing one.
fn heredoc(outer: &SourceFile, node: &Node) -> Option<(String, Mapping)> {
    let span = node.origin.at.span;
    let written = outer.slice(span);
    let start = written.find('\n')? + 1;
    let name = written[2..start].trim_start_matches('-').trim();
    let end = written.trim_end().strip_suffix(name)?.rfind('\n')? + 1;
    let body = written.get(start..end)?;
    let indents = body.lines().filter(|line| !line.trim().is_empty()).map(|line| &line[..line.len() - line.trim_start().len()]);
    let indent = if written.starts_with("<<-") { indents.min_by_key(|indent| indent.len())? } else { "" };
    let offset = |at: usize| span.start + u32::try_from(at).unwrap_or(u32::MAX);
    Some(Mapping::lines(node.origin.at.source, &outer.text, Span::new(offset(start), offset(end)), indent, name))
}

/// A literal block scalar that a template has parts in, as it is written.
fn templated_block(outer: &SourceFile, node: &Node) -> Option<(String, Mapping)> {
    let span = node.origin.at.span;
    let written = outer.slice(span).strip_prefix('|')?;
    let start = span.start as usize + 1 + written.find('\n')? + 1;
    let content = outer.text.get(start..span.end as usize)?;
    let is_action = |line: &&str| line.trim_start().starts_with("{{");
    let first_line = content.lines().find(|line| !line.trim().is_empty() && !is_action(line))?;
    let indent = &first_line[..first_line.len() - first_line.trim_start_matches(' ').len()];
    let whole = Span::new(u32::try_from(start).ok()?, span.end);
    Some(Mapping::block_scalar(node.origin.at.source, &outer.text, whole, indent, false))
}

/// A literal block scalar: its content begins on the line below the header and ends where its chomping says.
fn block(outer: &SourceFile, node: &Node) -> Option<(String, Mapping)> {
    let span = node.origin.at.span;
    let value = node.as_str()?;
    let text = &*outer.text;
    let header_end = span.start as usize + text[span.start as usize..].find('\n')?;
    let header = &text[span.start as usize..header_end];
    let explicit = header.chars().skip(1).take_while(|c| !c.is_whitespace()).any(|c| c.is_ascii_digit());
    let start = header_end + 1;
    let content = text.get(start..)?;
    let first_line = content.lines().find(|line| !line.trim().is_empty())?;
    let lead = first_line.len() - first_line.trim_start_matches(' ').len();
    // under an explicit indicator the value's first lines tell how much of the lead is its own
    let own = if explicit {
        let line = value.lines().find(|line| !line.trim().is_empty())?;
        line.len() - line.trim_start_matches(' ').len()
    } else {
        0
    };
    let indent = " ".repeat(lead.checked_sub(own)?);
    let mut end = (span.end as usize).max(start);
    // the line breaks behind the last content line that belong to the value
    for _ in 0..value.len() - value.trim_end_matches('\n').len() {
        let rest = text.get(end..)?;
        let Some(at) = rest.find('\n').filter(|at| rest[..*at].trim().is_empty()) else { break };
        end += at + 1;
    }
    let whole = Span::new(u32::try_from(start).ok()?, u32::try_from(end).ok()?);
    Some(Mapping::block_scalar(node.origin.at.source, text, whole, &indent, explicit))
}
