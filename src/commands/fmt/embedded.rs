//! Rego inside other files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rayon::prelude::*;

use super::Judged;
use super::text::{Formatted, Text, Wanted, format_all, refused};
use crate::cli::MigrateArg;
use crate::commands::discover::FileKind;
use crate::commands::input::{self, Content, Loaded};
use crate::commands::session::{Files, Versions};
use crate::diag::{Diagnostic, Severity};
use crate::format::embedded::{Change, Found, Group, Kind, Problem, Put, find, for_gatekeeper, may_hold_rego, put};
use crate::report::Skipped;
use crate::report::migration::State;
use crate::syntax::rego::{Parse, Version};
use crate::text::{SourceFile, SourceId, SourceMap, Span};

/// A file that holds Rego, and the texts in it.
pub(super) struct Host {
    id: SourceId,
    kind: Kind,
    found: Found,
    /// Those of the texts.
    ids: Vec<SourceId>,
}

/// What formatting the texts of a host gave.
pub(super) struct Hosted {
    texts: Vec<Formatted>,
    new: Option<String>,
    findings: Vec<Diagnostic>,
}

/// How a file may hold Rego; `None`: it is Rego itself, or of another kind.
pub(super) fn kind_of(file: &Loaded) -> Option<Kind> {
    match file.file.kind {
        FileKind::Data if file.file.name.to_ascii_lowercase().ends_with(".json") => Some(Kind::Json),
        FileKind::Data => Some(Kind::Yaml),
        FileKind::Markdown => Some(Kind::Markdown),
        _ => None,
    }
}

/// The hosts among `files`; their texts are added to `sources`. Named files that are none are added to what is skipped.
pub(super) fn hosts(files: &mut Files, sources: &mut SourceMap) -> Vec<Host> {
    let ids: Vec<SourceId> = sources.iter().map(|(id, _)| id).collect();
    let map = &*sources;
    let found: Vec<Option<Host>> = files
        .files
        .par_iter()
        .zip(ids)
        .map(|(file, id)| {
            let kind = kind_of(file).filter(|_| file.file.reported && matches!(file.content, Content::Text(_)))?;
            let found = find(id, map.get(id), kind);
            (!found.texts.is_empty() || !found.findings.is_empty()).then(|| Host { id, kind, found, ids: Vec::new() })
        })
        .collect();
    for (file, host) in files.files.iter().zip(&found) {
        let is_text = matches!(file.content, Content::Text(_));
        if host.is_none() && is_text && file.file.named && file.file.reported && kind_of(file).is_some() {
            files.skipped.push(Skipped { path: file.file.name.clone(), reason: "it holds no Rego".to_owned() });
        }
    }
    files.skipped.sort();
    let mut hosts: Vec<Host> = found.into_iter().flatten().collect();
    for host in &mut hosts {
        let copy = |file: &SourceFile| {
            Some(SourceFile::embedded(file.path.clone(), Arc::clone(&file.text), file.mapping.clone()?, file.embedded.clone()?))
        };
        host.ids = host.found.texts.iter().filter_map(|text| copy(&text.file)).map(|file| sources.add(file)).collect();
    }
    hosts
}

/// Formats what all hosts hold.
pub(super) fn format_hosts(
    hosts: &[Host],
    files: &Files,
    sources: &SourceMap,
    wanted: Wanted,
    versions: &Versions,
) -> BTreeMap<SourceId, Hosted> {
    let hosted = |host: &Host| {
        let file = files.files.get(host.id.0 as usize)?;
        Some((host.id, host.format(file, sources, wanted, versions)))
    };
    hosts.par_iter().filter_map(hosted).collect()
}

impl<'f> Judged<'f> {
    /// A file that is no Rego itself; `hosted` is `None` where no Rego is found in it.
    pub(super) fn host(file: &'f Loaded, id: SourceId, kind: Kind, hosted: Option<Hosted>) -> Self {
        let mut judged = Self::untouched(file, id);
        match (&file.content, hosted) {
            (Content::NotUtf8 { valid, why }, _) if may_hold_rego(valid, kind) => {
                judged.findings.push(input::not_utf8(id, valid, why));
                judged.refused = true;
            }
            (_, Some(Hosted { texts, new, findings })) => {
                judged.refused = findings.iter().any(|finding| finding.severity == Severity::Error);
                (judged.texts, judged.new, judged.findings) = (texts, new, findings);
            }
            _ => judged.passed_over = true,
        }
        judged
    }
}

impl Host {
    /// Formats all texts of the file that can be.
    fn format(&self, file: &Loaded, sources: &SourceMap, wanted: Wanted, versions: &Versions) -> Hosted {
        let Found { texts, groups, findings } = &self.found;
        let mut change = Change { texts: vec![None; texts.len()], raise: vec![false; groups.len()], together: wanted.migrate.is_some() };
        let mut results: BTreeMap<usize, Formatted> = BTreeMap::new();
        let mut held = BTreeSet::new();
        for (nr, group) in groups.iter().enumerate() {
            let formatted = self.group(group, file, wanted, versions);
            let all = formatted.iter().all(|text| !text.is_refused());
            for (text, formatted) in group.texts.iter().zip(&formatted) {
                if all || wanted.migrate.is_none() {
                    change.texts[*text].clone_from(&formatted.new);
                }
            }
            let is_v0 = group.texts.iter().any(|text| texts[*text].version == Some(Version::V0));
            change.raise[nr] = all && is_v0 && !self.is_left_alone(group) && group.is_template && wanted.migrate == Some(MigrateArg::V1);
            if !all && wanted.migrate.is_some() {
                held.extend(group.texts.iter().zip(&formatted).filter(|(_, text)| text.new.is_some()).map(|(at, _)| *at));
            }
            results.extend(group.texts.iter().copied().zip(formatted));
        }
        let to_raise = change.raise.clone();
        let Put { text, change, problems } = put(sources.get(self.id), self.kind, change);
        let mut findings = findings.clone();
        for problem in problems {
            let finding = self.problem(&problem);
            match problem.text.and_then(|text| results.get_mut(&text)) {
                Some(result) => {
                    result.state = if problem.is_defect { State::Defect } else { State::Manual };
                    result.findings.push(finding);
                }
                None => findings.push(finding),
            }
        }
        for (at, result) in &mut results {
            let is_put = change.texts.get(*at).is_some_and(Option::is_some);
            let group = texts[*at].group;
            if !is_put && !result.is_refused() {
                // what is the same but for the breaks at its end is as it should be
                let is_raised = change.raise.get(group).copied().unwrap_or_default();
                result.state = match (to_raise[group], is_raised) {
                    (true, true) => State::Formatted,
                    (true, false) => State::Held,
                    _ if held.contains(at) => State::Held,
                    _ => State::Unchanged,
                };
            }
            findings.extend(result.findings.iter().cloned());
        }
        Hosted { texts: results.into_values().collect(), new: text, findings }
    }

    fn is_left_alone(&self, group: &Group) -> bool {
        group.texts.iter().any(|text| self.found.texts[*text].left_alone)
    }

    /// Formats the texts of a group, which are one workspace.
    fn group(&self, group: &Group, file: &Loaded, wanted: Wanted, versions: &Versions) -> Vec<Formatted> {
        let is_v1 = group.is_template && group.texts.iter().all(|text| self.found.texts[*text].version == Some(Version::V1));
        // what is v1 in a ConstraintTemplate stays that: Gatekeeper takes no `import rego.v1`
        let stays = (is_v1 && wanted.migrate == Some(MigrateArg::Both)) || self.is_left_alone(group);
        let wanted = Wanted { migrate: wanted.migrate.filter(|_| !stays), ..wanted };
        let texts: Vec<Text<'_>> = group
            .texts
            .iter()
            .map(|text| Text {
                id: self.ids[*text],
                text: Arc::clone(&self.found.texts[*text].file.text),
                file: &file.file,
                writable: true,
                said_v1: is_v1,
            })
            .collect();
        let formatted = format_all(&texts, wanted, &|text| self.parse(text, versions));
        let mut formatted: Vec<Formatted> = formatted.into_iter().flatten().collect();
        for (text, result) in group.texts.iter().zip(&mut formatted) {
            let content = &*self.found.texts[*text].file.text;
            if holds_actions(content, result.state == State::SyntaxError) {
                result.findings = vec![self.note(*text, "left alone: its text holds template actions")];
                (result.new, result.state) = (None, State::SyntaxError);
            } else if group.is_template && wanted.migrate == Some(MigrateArg::Both) && !result.is_refused() {
                self.accept(*text, content, result);
            }
        }
        formatted
    }

    /// Makes what both versions accept what Gatekeeper accepts as well.
    fn accept(&self, text: usize, content: &str, result: &mut Formatted) {
        match for_gatekeeper(content, result.new.as_deref().unwrap_or(content)) {
            Ok(new) => result.new = Some(new).filter(|new| *new != *content),
            Err(_) => {
                let message = "not migrated: Gatekeeper refuses `import rego.v1`, and this text needs it";
                let finding = refused(self.ids[text], Some(Span::at(0)), message.to_owned());
                result.findings.push(finding.with_help("migrate with `--migrate v1`"));
                result.state = State::Manual;
                result.new = None;
            }
        }
    }

    fn parse(&self, text: &Text<'_>, versions: &Versions) -> Parse {
        // the texts of a host were added one behind the other
        let at = self.ids.first().map_or(0, |first| text.id.0 - first.0) as usize;
        match self.found.texts.get(at).and_then(|text| text.version) {
            Some(version) => versions.parse_syntax_as(&text.text, version),
            None => versions.parse_syntax(text.file, &text.text),
        }
    }

    fn note(&self, text: usize, message: &str) -> Diagnostic {
        Diagnostic { severity: Severity::Info, ..refused(self.ids[text], Some(Span::at(0)), message.to_owned()) }
    }

    fn problem(&self, problem: &Problem) -> Diagnostic {
        let finding = match problem.text {
            Some(text) => refused(self.ids[text], Some(Span::at(0)), problem.message.clone()),
            None => refused(self.id, None, problem.message.clone()),
        };
        finding.with_help(problem.help.clone())
    }
}

/// Whether a template engine writes a part of the text. `{{` begins a set in Rego as well; what is no Rego is an action then.
fn holds_actions(text: &str, is_broken: bool) -> bool {
    let pairs = [("{{", "}}"), ("{%", "%}")];
    if !pairs.iter().any(|(open, close)| text.find(open).is_some_and(|at| text[at..].contains(close))) {
        return false;
    }
    is_broken || text.contains("{%") || text.match_indices("{{").any(|(at, _)| is_action(&text[at + 2..]))
}

/// Whether what follows `{{` cannot be a set: a field, a variable, a comment or a word of Go's templates.
fn is_action(inside: &str) -> bool {
    const WORDS: [&str; 12] = ["if", "else", "end", "range", "with", "define", "include", "template", "block", "tpl", "toYaml", "toJson"];
    let inside = inside.strip_prefix('-').filter(|inside| inside.starts_with([' ', '\n'])).unwrap_or(inside).trim_start();
    let word = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    inside.starts_with(['.', '$']) || inside.starts_with("/*") || WORDS.contains(&word)
}
