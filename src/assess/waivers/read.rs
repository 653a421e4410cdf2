//! Reading `.ztctl/waivers.yaml` and `.ztctl/attestations.yaml`. Every mistake is told, at its line; an entry with one does not count.

use std::collections::{BTreeMap, BTreeSet};

use globset::GlobBuilder;

use super::{Field, MAX_DAYS, Rejected, Waiver};
use crate::assess::criteria::{self, CRITERIA};
use crate::assess::fact::Fact;
use crate::assess::observe::Spot;
use crate::diag::{Date, Place};
use crate::model::value::{self, Entry, Format, Node, Value};
use crate::text::{Location, SourceId, SourceMap, Span};

/// What a file of entries is called and demands.
pub(in crate::assess) struct Sheet<'a> {
    /// The key of the list.
    pub(in crate::assess) list: &'static str,
    /// `a waiver`
    pub(in crate::assess) of: &'static str,
    /// The rules that `findings` may name.
    pub(in crate::assess) rules: &'a [&'a str],
    /// A waiver without subjects would waive everything.
    pub(in crate::assess) needs_match: bool,
    /// Attestations: a statement instead of a reason, no findings, nothing of level 5.
    pub(in crate::assess) statement: bool,
}

/// An entry that can count.
pub(in crate::assess) struct Valid {
    pub(in crate::assess) waiver: Waiver,
    pub(in crate::assess) statement: String,
    pub(in crate::assess) url: Option<String>,
}

#[derive(Default)]
pub(in crate::assess) struct Entries {
    pub(in crate::assess) entries: Vec<Valid>,
    pub(in crate::assess) rejected: Vec<Rejected>,
}

const KEYS: [&str; 8] = ["id", "criteria", "findings", "match", "reason", "owner", "approved_by", "expires"];
const STATEMENT_KEYS: [&str; 9] = ["id", "criteria", "match", "reason", "statement", "url", "owner", "approved_by", "expires"];
const MATCH_KEYS: [&str; 5] = ["path", "kind", "namespace", "name", "finding"];

/// Longer texts are none that a person wrote for others to read.
const MAX_TEXT: usize = 4096;

/// Reads the entries of the files.
pub(in crate::assess) fn entries(sources: &SourceMap, files: &[SourceId], as_of: Date, sheet: &Sheet<'_>) -> Entries {
    let mut out = Entries::default();
    for file in files {
        Reader { sources, file: *file, as_of, sheet, out: &mut out, id: String::new(), entry: 0 }.file();
    }
    out.rejected.sort_by(|a, b| (&a.spot, &a.reason).cmp(&(&b.spot, &b.reason)));
    out
}

struct Reader<'a, 'o> {
    sources: &'a SourceMap,
    file: SourceId,
    as_of: Date,
    sheet: &'a Sheet<'a>,
    out: &'o mut Entries,
    /// Of the entry that is read.
    id: String,
    entry: u32,
}

impl Reader<'_, '_> {
    fn spot(&self, at: Location) -> Spot {
        Spot::of(self.sources, at)
    }

    fn reject(&mut self, at: Location, reason: impl Into<String>) {
        let spot = self.spot(at);
        let entry = if self.entry == 0 { spot.line } else { self.entry };
        self.out.rejected.push(Rejected { id: self.id.clone(), reason: reason.into(), spot, entry, endless: false });
    }

    fn file(&mut self) {
        let text = &self.sources.get(self.file).text;
        let read = value::read(self.file, text, Format::Yaml);
        let whole = Location { source: self.file, span: Span::default() };
        if let Some(reason) = read.skipped {
            return self.reject(whole, format!("the file cannot be read: {reason}"));
        }
        for problem in &read.diagnostics {
            let at = match problem.place {
                Place::At(at) => at,
                Place::File(_) | Place::Run => whole,
            };
            self.reject(at, format!("the file cannot be read: {}", problem.message));
        }
        // what is cut off may have been narrower
        if !read.diagnostics.is_empty() {
            return;
        }
        let mut twice: Vec<Span> = Vec::new();
        for problem in &read.duplicates {
            self.reject(Location { source: self.file, span: problem.at }, problem.message.clone());
            twice.push(problem.at);
        }
        let mut seen: BTreeMap<String, u32> = BTreeMap::new();
        for root in read.documents.iter().filter_map(|document| document.root.as_ref()) {
            self.root(root, &twice, &mut seen);
        }
    }

    fn root(&mut self, root: &Node, twice: &[Span], seen: &mut BTreeMap<String, u32>) {
        let list = self.sheet.list;
        if !matches!(root.value, Value::Map(_)) {
            return self
                .reject(root.origin.at, format!("there is no list `{list}`: write `version: 1` and `{list}:` with a list below it"));
        }
        for entry in root.entries().iter().filter(|entry| !["version", list].contains(&&*entry.key)) {
            self.reject(entry.origin.at, unknown(&entry.key, &["version", list], "the file"));
        }
        if let Some(version) = root.entry("version").filter(|version| text(&version.value).as_deref() != Some("1")) {
            // what another version means cannot be told
            return self
                .reject(version.value.origin.at, "`version` is not 1, which is all that this ztctl reads; no entry of the file counts");
        }
        let items = match root.entry(list).map(|entry| &entry.value) {
            Some(Node { value: Value::List(items), .. }) => items,
            Some(Node { value: Value::Scalar(value::Scalar::Null), .. }) => return,
            Some(other) => {
                return self.reject(other.origin.at, format!("there is no list `{list}`: `{list}` is {}", article(other.type_name())));
            }
            None => return self.reject(root.origin.at, format!("there is no list `{list}`")),
        };
        for item in items {
            self.id = item.get("id").and_then(text).unwrap_or_default();
            self.entry = self.spot(item.origin.at).line;
            let before = self.out.rejected.len();
            let span = item.origin.at.span;
            let valid = self.entry(item);
            if twice.iter().any(|at| at.start >= span.start && at.end <= span.end) {
                // said already, without the id
                self.id.clear();
                self.entry = 0;
                continue;
            }
            let own = self.id.clone();
            if let Some(first) = seen.get(&own).filter(|_| !own.is_empty()) {
                let at = item.entry("id").map_or(item.origin.at, |entry| entry.value.origin.at);
                self.reject(at, format!("`id: {}` stands twice; first at line {first}", shown(&own)));
            } else if !own.is_empty() {
                seen.insert(own, self.entry);
            }
            if let Some(valid) = valid.filter(|_| self.out.rejected.len() == before) {
                self.out.entries.push(valid);
            }
            self.id.clear();
            self.entry = 0;
        }
    }

    /// One entry; its mistakes are told as they are found.
    fn entry(&mut self, item: &Node) -> Option<Valid> {
        if !matches!(item.value, Value::Map(_)) {
            self.reject(item.origin.at, format!("`id` is missing: {} stands where {} is due", article(item.type_name()), self.sheet.of));
            return None;
        }
        let keys: &[&str] = if self.sheet.statement { &STATEMENT_KEYS } else { &KEYS };
        for entry in item.entries().iter().filter(|entry| !keys.contains(&&*entry.key)) {
            self.reject(entry.origin.at, unknown(&entry.key, keys, self.sheet.of));
        }
        let id = self.required(item, "id");
        let owner = self.required(item, "owner");
        let statement = if self.sheet.statement { self.required(item, "statement") } else { Some(String::new()) };
        let reason =
            if self.sheet.statement { Some(self.optional(item, "reason").unwrap_or_default()) } else { self.required(item, "reason") };
        let approved_by = self.optional(item, "approved_by");
        let url = self.optional(item, "url");
        let expires = self.expires(item);
        let criteria = self.criteria(item);
        let findings = self.findings(item);
        if item.entry("criteria").is_none() && item.entry("findings").is_none() {
            let what = if self.sheet.statement { "it names no `criteria`" } else { "it names neither `criteria` nor `findings`" };
            self.reject(item.origin.at, what);
        }
        let matches = self.matches(item);
        if matches.is_empty()
            && findings.is_empty()
            && self.sheet.needs_match
            && item.path(&["match"]).is_none_or(|at| at.entries().is_empty())
        {
            let at = item.entry("match").map_or(item.origin.at, |entry| entry.origin.at);
            self.reject(at, "`match` names no subject: write one of `path`, `kind`, `namespace`, `name`, `finding`");
        }
        let path = &self.sources.get(self.file).path;
        let base = path.rfind(".ztctl/").map_or("", |at| &path[..at]).to_owned();
        let waiver = Waiver {
            id: id?,
            criteria,
            findings,
            reason: reason?,
            owner: owner?,
            approved_by,
            expires: Some(expires?),
            spot: self.spot(item.origin.at),
            note: None,
            matches,
            base,
            places: BTreeSet::new(),
            accepted: None,
            secrets: false,
        };
        Some(Valid { waiver, statement: statement?, url })
    }

    fn required(&mut self, item: &Node, key: &str) -> Option<String> {
        match item.entry(key) {
            None => {
                self.reject(item.origin.at, format!("`{key}` is missing"));
                None
            }
            Some(entry) => match text(&entry.value) {
                Some(text) if !text.trim().is_empty() && text.len() <= MAX_TEXT => Some(text.trim().to_owned()),
                Some(text) if text.len() > MAX_TEXT => {
                    self.reject(entry.origin.at, format!("`{key}` is longer than {MAX_TEXT} bytes"));
                    None
                }
                Some(_) => {
                    self.reject(entry.origin.at, format!("`{key}` is missing: it is empty"));
                    None
                }
                None if is_null(&entry.value) => {
                    self.reject(entry.origin.at, format!("`{key}` is missing: it is empty"));
                    None
                }
                None => {
                    self.reject(entry.origin.at, format!("`{key}` is {}, no text", article(entry.value.type_name())));
                    None
                }
            },
        }
    }

    fn optional(&mut self, item: &Node, key: &str) -> Option<String> {
        let entry = item.entry(key)?;
        if is_null(&entry.value) {
            return None;
        }
        let found = text(&entry.value).filter(|text| text.len() <= MAX_TEXT);
        if found.is_none() {
            self.reject(entry.origin.at, format!("`{key}` is {}, no text", article(entry.value.type_name())));
        }
        found
    }

    /// The last day; one that is missing, or means for ever, is remembered as such.
    fn expires(&mut self, item: &Node) -> Option<Date> {
        let entry = item.entry("expires");
        let written = entry.and_then(|entry| text(&entry.value)).filter(|text| !text.trim().is_empty());
        let at = entry.map_or(item.origin.at, |entry| entry.value.origin.at);
        let for_ever = |text: &str| matches!(text.to_ascii_lowercase().as_str(), "never" | "none" | "no" | "forever" | "~");
        let Some(written) = written.filter(|text| !for_ever(text.trim())) else {
            self.reject(at, format!("`expires` is missing: every entry ends, at most {MAX_DAYS} days from now"));
            if let Some(last) = self.out.rejected.last_mut() {
                last.endless = true;
            }
            return None;
        };
        let Some(date) = Date::parse(written.trim()) else {
            self.reject(at, format!("`expires: {}` is no date: write YYYY-MM-DD", shown(&written)));
            return None;
        };
        if date.days() - self.as_of.days() > MAX_DAYS {
            let last = Date::from_days(self.as_of.days() + MAX_DAYS);
            self.reject(at, format!("it expires more than {MAX_DAYS} days from now: {last} is the last day that counts"));
            return None;
        }
        Some(date)
    }

    fn criteria(&mut self, item: &Node) -> Vec<String> {
        let known: Vec<&str> = CRITERIA.iter().map(|criterion| criterion.id).collect();
        let mut out = Vec::new();
        for (id, at) in self.texts(item.entry("criteria")) {
            match criteria::criterion(&id) {
                Some(criterion) if self.sheet.statement && criterion.level == 5 => {
                    self.reject(at, format!("`{id}` cannot be attested: level 5 counts only what the files show"));
                }
                Some(_) => out.push(id),
                None => self.reject(at, format!("`{}` is no criterion{}", shown(&id), meant(&id, &known))),
            }
        }
        out
    }

    fn findings(&mut self, item: &Node) -> Vec<String> {
        let mut known: Vec<&str> = Fact::ALL.iter().map(|fact| fact.as_str()).collect();
        known.push("absent");
        known.extend(self.sheet.rules);
        let is_print = |name: &str| name.len() >= 16 && name.trim_start_matches("sha256:").bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut out = Vec::new();
        for (name, at) in self.texts(item.entry("findings")) {
            if is_print(&name) || known.contains(&name.as_str()) {
                out.push(name);
            } else {
                self.reject(at, format!("`{}` is no fact, rule or fingerprint{}", shown(&name), meant(&name, &known)));
            }
        }
        out
    }

    fn matches(&mut self, item: &Node) -> Vec<(Field, globset::GlobMatcher)> {
        let mut out = Vec::new();
        let Some(found) = item.entry("match") else { return out };
        if !matches!(found.value.value, Value::Map(_)) {
            if !is_null(&found.value) {
                self.reject(found.origin.at, format!("`match` is {}, no map", article(found.value.type_name())));
            }
            return out;
        }
        for entry in found.value.entries() {
            let field = match &*entry.key {
                "path" => Field::Path,
                "kind" => Field::Kind,
                "namespace" => Field::Namespace,
                "name" => Field::Name,
                "finding" => Field::Finding,
                other => {
                    self.reject(entry.origin.at, format!("`match` knows no `{}`{}", shown(other), meant(other, &MATCH_KEYS)));
                    continue;
                }
            };
            let Some(pattern) = text(&entry.value).filter(|text| text.len() <= MAX_TEXT) else {
                self.reject(entry.value.origin.at, format!("`match.{}` is no text", entry.key));
                continue;
            };
            let pattern = if field == Field::Path { pattern.trim_start_matches("./") } else { &pattern };
            let glob = GlobBuilder::new(pattern).literal_separator(field == Field::Path).case_insensitive(field == Field::Kind).build();
            match glob {
                Ok(glob) => out.push((field, glob.compile_matcher())),
                Err(error) => self.reject(entry.value.origin.at, format!("`{}` is no pattern: {}", shown(pattern), error.kind())),
            }
        }
        out
    }

    /// A text, or a list of them, each with its place.
    fn texts(&mut self, entry: Option<&Entry>) -> Vec<(String, Location)> {
        let Some(entry) = entry else { return Vec::new() };
        let items = match &entry.value.value {
            Value::List(items) => items.iter().collect(),
            _ => vec![&entry.value],
        };
        if items.is_empty() || is_null(&entry.value) {
            self.reject(entry.origin.at, format!("`{}` is empty", entry.key));
            return Vec::new();
        }
        let mut out = Vec::new();
        for item in items {
            match text(item) {
                Some(text) => out.push((text.trim().to_owned(), item.origin.at)),
                None => self.reject(item.origin.at, format!("`{}` holds {}, no text", entry.key, article(item.type_name()))),
            }
        }
        out
    }
}

/// A scalar as the text it stands for.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(value::Scalar::String(text) | value::Scalar::Number(text)) => Some(text.to_string()),
        _ => None,
    }
}

fn is_null(node: &Node) -> bool {
    matches!(node.value, Value::Scalar(value::Scalar::Null))
}

fn article(name: &str) -> String {
    if name.starts_with(['a', 'e', 'i', 'o', 'u']) { format!("an {name}") } else { format!("a {name}") }
}

/// A text of the file in a message: short, on one line.
fn shown(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.chars().count() <= 60 { line.to_owned() } else { line.chars().take(59).chain(['…']).collect() }
}

fn unknown(key: &str, known: &[&str], of: &str) -> String {
    format!("`{}` is no key of {of}{}", shown(key), meant(key, known))
}

/// `: did you mean …`, where something near is known.
fn meant(name: &str, known: &[&str]) -> String {
    // hostile names are long, and the distance is quadratic
    if name.len() > 64 {
        return String::new();
    }
    let wanted = name.to_ascii_lowercase().replace('-', "_");
    let near = known.iter().map(|known| (strsim::damerau_levenshtein(&wanted, &known.to_ascii_lowercase().replace('-', "_")), known));
    let best = near.filter(|(distance, known)| *distance <= 1 + known.len().min(wanted.len()) / 4).min_by_key(|(distance, _)| *distance);
    best.map_or_else(String::new, |(_, known)| format!(": did you mean `{known}`?"))
}
