//! Putting new texts back, with proof.

use std::collections::{BTreeMap, BTreeSet};

use super::data::{self, Reading};
use super::proof::{Expected, same};
use super::raise::{Raise, raise};
use super::{Found, Kind, fences};
use crate::model::gatekeeper;
use crate::syntax::rego::Version;
use crate::syntax::yaml;
use crate::text::{Edit, Location, Mapping, SourceFile, SourceId, SourceMap, Span, TextStyle, apply_edits, double_quoted};

/// So many texts are tried one by one where all together do not stand the proof.
const MAX_TRIES: usize = 64;

/// The new texts of a file.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// For each of [`Found::texts`]; `None`: it stays.
    pub texts: Vec<Option<String>>,
    /// For each of [`Found::groups`] whether its ConstraintTemplates are made v1.
    pub raise: Vec<bool>,
    /// The texts of a group change together or not at all.
    pub together: bool,
}

/// Why a text stays as it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// Its place in [`Found::texts`]; `None`: the file.
    pub text: Option<usize>,
    pub message: String,
    /// What to do.
    pub help: String,
    pub is_defect: bool,
}

impl Problem {
    fn new(text: usize, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { text: Some(text), message: message.into(), help: help.into(), is_defect: false }
    }

    fn defect(text: Option<usize>, message: &str) -> Self {
        let help = "this is a defect of ztctl; please report it with the file".to_owned();
        Self { text, message: message.to_owned(), help, is_defect: true }
    }
}

/// A file with its new texts.
#[derive(Debug, Default)]
pub struct Put {
    /// `None`: nothing changes.
    pub text: Option<String>,
    /// What was put of what was to be put.
    pub change: Change,
    pub problems: Vec<Problem>,
}

/// Puts new texts into `outer`, which [`super::find`] read.
///
/// The result, read again, has exactly the new texts in their places and everything else as it was: in its bytes, and where
/// something moves, in its values and comments. What cannot be written so stays as it is.
#[must_use]
pub fn put(outer: &SourceFile, kind: Kind, mut change: Change) -> Put {
    let mut problems = Vec::new();
    let file = Open::new(outer.path.clone(), &outer.text, kind);
    change.texts.resize(file.found.texts.len(), None);
    change.raise.resize(file.found.groups.len(), false);
    file.fit(&mut change.texts);
    for text in file.found.texts.iter().filter(|text| text.left_alone) {
        change.raise[text.group] = false;
    }
    for (at, new) in change.texts.iter().enumerate() {
        if new.as_ref().is_some_and(|new| file.edit(at, new).is_none()) {
            problems.push(file.cannot_hold(at));
        }
    }
    for problem in &problems {
        drop_text(&file.found, &mut change, problem.text);
    }
    let raised = file.raise(&mut change, &mut problems);
    let (text, moved) = match raised {
        Some(text) => (text, true),
        None => (outer.text.to_string(), false),
    };
    let again;
    let file = if moved {
        again = Open::new(outer.path.clone(), &text, kind);
        let is_same = again.texts().eq(file.texts());
        if !is_same {
            problems.push(Problem::defect(None, "not formatted: the Rego is not found again where it was moved to"));
            return Put { text: None, change: Change::default(), problems };
        }
        &again
    } else {
        &file
    };
    let count = problems.len();
    let written = file.write(&mut change, &mut problems);
    // Rego that says it is v1 must be
    let is_whole = problems.len() == count;
    let text = match written {
        Some(written) => (is_whole || !moved).then_some(written),
        None => (is_whole && moved).then_some(text),
    };
    let change = if text.is_some() { change } else { Change::default() };
    Put { text, change, problems }
}

/// Lets a text stay as it is, and what goes with it.
fn drop_text(found: &Found, change: &mut Change, text: Option<usize>) {
    let Some(text) = text else { return };
    change.texts[text] = None;
    let group = found.texts[text].group;
    if change.together || change.raise[group] {
        drop_group(found, change, group);
    }
}

fn drop_group(found: &Found, change: &mut Change, group: usize) {
    change.raise[group] = false;
    for text in &found.groups[group].texts {
        change.texts[*text] = None;
    }
}

/// A file with the texts in it.
struct Open {
    sources: SourceMap,
    id: SourceId,
    kind: Kind,
    found: Found,
    /// Those of the texts.
    ids: Vec<SourceId>,
    /// `None`: Markdown.
    reading: Option<Reading>,
}

impl Open {
    fn new(path: String, text: &str, kind: Kind) -> Self {
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new(path, text));
        let outer = sources.get(id);
        let reading = (kind != Kind::Markdown).then(|| data::read(id, outer, kind));
        let found = match &reading {
            Some(reading) => reading.found(id, outer),
            None => fences::find(id, outer),
        };
        let files: Vec<SourceFile> = found
            .texts
            .iter()
            .filter_map(|text| Some((text.file.mapping.clone()?, text.file.embedded.clone()?, text)))
            .map(|(mapping, holder, text)| SourceFile::embedded(text.file.path.clone(), text.file.text.clone(), mapping, holder))
            .collect();
        let ids = files.into_iter().map(|file| sources.add(file)).collect();
        Self { sources, id, kind, found, ids, reading }
    }

    fn outer(&self) -> &str {
        &self.sources.get(self.id).text
    }

    fn texts(&self) -> impl Iterator<Item = &str> {
        self.found.texts.iter().map(|text| &*text.file.text)
    }

    fn style(&self, at: usize) -> &TextStyle {
        self.found.texts[at].file.mapping.as_ref().map_or(&TextStyle::ReadOnly, |mapping| &mapping.style)
    }

    /// Gives new texts the line breaks at their ends that their places have, and leaves out what is the same.
    fn fit(&self, texts: &mut [Option<String>]) {
        for (at, new) in texts.iter_mut().enumerate() {
            let old = &*self.found.texts[at].file.text;
            let breaks = old.len() - old.trim_end_matches('\n').len();
            let breaks = match self.style(at) {
                // the chomping of the header says how many there are
                TextStyle::Block { .. } => breaks,
                _ => breaks.min(1),
            };
            let fitted = |new: String| new.trim_end_matches('\n').to_owned() + &"\n".repeat(breaks);
            let keeps = self.found.texts[at].left_alone;
            *new = new.take().map(fitted).filter(|new| new != old && !keeps);
        }
    }

    /// The edit of the outer text that writes `new`.
    fn edit(&self, at: usize, new: &str) -> Option<(Span, String)> {
        let (file, span) = (self.sources.get(self.ids[at]), self.found.texts[at].span);
        let whole = Span::new(0, u32::try_from(file.text.len()).ok()?);
        // a plain scalar has no line breaks of its own, and two signs that end it
        let is_plain = self.kind != Kind::Markdown && matches!(self.style(at), TextStyle::Verbatim);
        if is_plain && (new.contains('\n') || new.contains(": ") || new.contains(" #")) {
            return None;
        }
        let edit = Edit::new(Location { source: self.ids[at], span: whole }, new);
        if let Some(edit) = self.sources.outer_edit(&edit) {
            return Some((edit.at.span, edit.text));
        }
        // on several lines, or with an escaped break: written anew on one line
        let written = self.outer().get(span.range())?;
        let is_quoted = self.kind != Kind::Markdown && written.len() > 1 && written.starts_with('"') && written.ends_with('"');
        let inside = Span::new(span.start + 1, span.end.saturating_sub(1));
        let is_same = is_quoted && Mapping::double_quoted(self.id, self.outer(), inside).0 == *file.text;
        is_same.then(|| (inside, double_quoted(new)))
    }

    fn cannot_hold(&self, at: usize) -> Problem {
        let written = self.outer().get(self.found.texts[at].span.range()).unwrap_or_default();
        let (what, help) = match (self.kind, written.chars().next()) {
            (Kind::Markdown, _) => ("this code block", "indent its lines alike, with blanks"),
            (_, Some('>')) => ("a folded scalar (`>`)", "write it as a literal block (`|`)"),
            (_, Some('\'')) => ("a text in single quotes", "write it as a literal block (`|`)"),
            (_, Some('|')) => ("this block", "write it as a literal block (`|`) whose lines are indented alike, with blanks"),
            _ => ("a text that is written like this", "write it as a literal block (`|`)"),
        };
        Problem::new(at, format!("not formatted: {what} cannot hold the new text"), help)
    }

    /// The file with the wanted groups made v1; groups for which that cannot be done are dropped from `change`.
    fn raise(&self, change: &mut Change, problems: &mut Vec<Problem>) -> Option<String> {
        let mut plans = self.plans(change, problems);
        loop {
            let raises: Vec<&Raise> = plans.values().flatten().collect();
            if raises.is_empty() {
                return None;
            }
            if let Some(text) = self.raised(&raises) {
                return Some(text);
            }
            let alone = |raises: &Vec<Raise>| self.raised(&raises.iter().collect::<Vec<_>>()).is_some();
            let failing: Vec<usize> =
                plans.iter().filter(|(_, raises)| plans.len() > MAX_TRIES || !alone(raises)).map(|(group, _)| *group).collect();
            let failing = if failing.is_empty() { plans.keys().copied().collect() } else { failing };
            for group in failing {
                plans.remove(&group);
                let text = self.found.groups[group].texts.first().copied();
                let message = "not migrated: the file would say something else with this Rego under `code[].source`";
                problems.push(Problem::defect(text, message));
                drop_group(&self.found, change, group);
            }
        }
    }

    /// How the sources of each group get their version.
    fn plans(&self, change: &mut Change, problems: &mut Vec<Problem>) -> BTreeMap<usize, Vec<Raise>> {
        let mut plans: BTreeMap<usize, Vec<Raise>> = BTreeMap::new();
        let Some(reading) = self.reading.as_ref().filter(|_| change.raise.contains(&true)) else { return plans };
        let is_broken = reading.documents.iter().any(|document| !document.complete);
        let by_span: BTreeMap<Span, usize> = self.found.texts.iter().enumerate().map(|(at, text)| (text.span, at)).collect();
        let mut seen = BTreeSet::new();
        for object in reading.objects.iter().filter(|object| gatekeeper::is_template(object)) {
            for source in gatekeeper::sources(object).into_iter().filter(|source| source.version == Some(Version::V0)) {
                let first = source.rego().map(|entry| &entry.value).or_else(|| source.libs().next().map(|(_, node)| node));
                let Some(text) = first.and_then(|node| by_span.get(&node.span()).copied()) else { continue };
                let group = self.found.texts[text].group;
                // an alias may give the same target to several templates
                if !change.raise[group] || !seen.insert(source.holder.span()) {
                    continue;
                }
                let target = source.target.span();
                let next = reading.duplicates.partition_point(|span| span.start < target.start);
                let is_twice = reading.duplicates.get(next).is_some_and(|span| target.covers(*span));
                let raised = match () {
                    () if is_twice => Err("a key stands twice in the target; remove one of them".to_owned()),
                    () if is_broken => Err("a part of the file cannot be read; correct that first".to_owned()),
                    () => raise(self.outer(), object, &source),
                };
                match raised {
                    Ok(raise) => plans.entry(group).or_default().push(raise),
                    Err(why) => {
                        let message = "not migrated: v1 needs `code[].source.version: v1`, and that cannot be written here";
                        problems.push(Problem::new(text, message, why));
                        drop_group(&self.found, change, group);
                        plans.remove(&group);
                    }
                }
            }
        }
        plans
    }

    /// The file after `raises`, if it then says the same but for them.
    fn raised(&self, raises: &[&Raise]) -> Option<String> {
        let edits = raises.iter().flat_map(|raise| raise.edits.iter().map(|(span, text)| (*span, text.as_str())));
        let text = apply_edits(self.outer(), edits).ok()?;
        let raised = raises.iter().map(|raise| (raise.span, raise.raised)).collect();
        let expected = Expected { texts: BTreeMap::new(), raised };
        let same_comments = || self.kind == Kind::Json || comments(self.outer()) == comments(&text);
        (self.says(&text, &expected)? && same_comments()).then_some(text)
    }

    /// Whether `text` is this file but for what is expected; `None` for Markdown.
    fn says(&self, text: &str, expected: &Expected<'_>) -> Option<bool> {
        let reading = self.reading.as_ref()?;
        let mut sources = SourceMap::new();
        let id = sources.add(SourceFile::new(self.sources.get(self.id).path.clone(), text));
        Some(same(reading, &data::read(id, sources.get(id), self.kind), expected))
    }

    /// The file with the texts of `change`, `None` where nothing changes.
    fn write(&self, change: &mut Change, problems: &mut Vec<Problem>) -> Option<String> {
        loop {
            let wanted: Vec<usize> = (0..change.texts.len()).filter(|at| change.texts[*at].is_some()).collect();
            if wanted.is_empty() {
                return None;
            }
            if let Some(text) = self.written(&change.texts, &wanted) {
                return Some(text);
            }
            let alone = |at: &usize| self.written(&change.texts, &[*at]).is_some();
            let failing: Vec<usize> = wanted.iter().copied().filter(|at| wanted.len() > MAX_TRIES || !alone(at)).collect();
            let failing = if failing.is_empty() { wanted } else { failing };
            for at in failing {
                problems.push(Problem::defect(Some(at), "not formatted: the file would not hold exactly the new text"));
                drop_text(&self.found, change, Some(at));
            }
        }
    }

    /// The file with the new texts at `wanted`, if it holds exactly them.
    fn written(&self, texts: &[Option<String>], wanted: &[usize]) -> Option<String> {
        let new = |at: usize| texts.get(at).and_then(Option::as_deref);
        let edits: Vec<(Span, String)> = wanted.iter().map(|at| self.edit(*at, new(*at)?)).collect::<Option<_>>()?;
        let text = apply_edits(self.outer(), edits.iter().map(|(span, text)| (*span, text.as_str()))).ok()?;
        let expected: BTreeMap<Span, &str> = wanted.iter().filter_map(|at| Some((self.found.texts[*at].span, new(*at)?))).collect();
        let says = self.says(&text, &Expected { texts: expected, raised: BTreeMap::new() }).unwrap_or_else(|| {
            let mut texts: Vec<Option<String>> = vec![None; texts.len()];
            for at in wanted {
                texts[*at] = new(*at).map(str::to_owned);
            }
            fences::contents(self.outer(), &texts) == fences::contents(&text, &[])
        });
        says.then_some(text)
    }
}

/// The comments of a YAML text in some order.
fn comments(text: &str) -> Vec<&str> {
    let mut comments: Vec<&str> = yaml::comments(text).iter().map(|comment| text.get(comment.span.range()).unwrap_or_default()).collect();
    comments.sort_unstable();
    comments
}
