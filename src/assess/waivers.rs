//! `.ztctl/waivers.yaml`: subjects that a criterion does not count, for a while, by someone's name.

use globset::{GlobBuilder, GlobMatcher};

use super::criteria;
use super::fact::Fact;
use super::inventory::Finding;
use super::observe::{Observation, Spot};
use crate::diag::Date;
use crate::model::value::{self, Format, Node, Value};
use crate::text::{Location, SourceId, SourceMap};

/// The longest time from the run to a waiver's end.
const MAX_DAYS: i64 = 365;

/// One entry of the file.
#[derive(Clone, Debug)]
pub struct Waiver {
    pub id: String,
    pub criteria: Vec<String>,
    /// Facts, rules or fingerprints.
    pub findings: Vec<String>,
    pub reason: String,
    pub owner: String,
    pub approved_by: Option<String>,
    pub expires: Option<Date>,
    pub spot: Spot,
    matches: Vec<(Field, GlobMatcher)>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Field {
    Path,
    Kind,
    Namespace,
    Name,
    Finding,
}

/// A waiver that does not count, and why.
#[derive(Clone, Debug)]
pub struct Rejected {
    pub id: String,
    pub reason: String,
    pub spot: Spot,
}

/// The waivers of a run.
#[derive(Clone, Default, Debug)]
pub struct Waivers {
    pub active: Vec<Waiver>,
    pub expired: Vec<Waiver>,
    pub invalid: Vec<Rejected>,
}

impl Waivers {
    /// Reads the waivers of the files `files`; what is wrong with one is told in `invalid`.
    #[must_use]
    pub fn read(sources: &SourceMap, files: &[SourceId], as_of: Date) -> Self {
        let mut this = Self::default();
        for file in files {
            this.read_file(sources, *file, as_of);
        }
        this
    }

    fn read_file(&mut self, sources: &SourceMap, file: SourceId, as_of: Date) {
        let read = value::read(file, &sources.get(file).text, Format::Yaml);
        let reject = |at: Location, id: &str, reason: String| Rejected { id: id.to_owned(), reason, spot: Spot::of(sources, at) };
        let whole = Location { source: file, span: crate::text::Span::default() };
        for problem in read.diagnostics.iter().take(1) {
            self.invalid.push(reject(whole, "", format!("the file cannot be read: {}", problem.message)));
        }
        let Some(root) = read.documents.into_iter().find_map(|document| document.root) else { return };
        let entries = match root.get("waivers") {
            Some(Node { value: Value::List(items), .. }) => items,
            _ => return self.invalid.push(reject(whole, "", "there is no list `waivers`".to_owned())),
        };
        for entry in entries {
            let at = entry.origin.at;
            let id = entry.get("id").and_then(text).unwrap_or_default();
            match waiver(sources, entry, &id, as_of) {
                Err(reason) => self.invalid.push(reject(at, &id, reason)),
                Ok(waiver) if waiver.expires.is_some_and(|date| date < as_of) => self.expired.push(waiver),
                Ok(waiver) => self.active.push(waiver),
            }
        }
    }
}

impl Waiver {
    /// The waiver that a mark beside a secret is.
    #[must_use]
    pub fn of_mark(finding: &Finding) -> Option<Self> {
        let (mark, fact) = (finding.allowed?, finding.fact()?);
        Some(Self {
            id: format!("`{mark}` at {}:{}", finding.spot.path, finding.spot.line),
            criteria: Vec::new(),
            findings: vec![fingerprint(fact, &finding.spot.path, &finding.subject.to_string())],
            reason: "a mark in the file".to_owned(),
            owner: String::new(),
            approved_by: None,
            expires: None,
            spot: finding.spot.clone(),
            matches: Vec::new(),
        })
    }
}

/// A scalar as the text it stands for.
fn text(node: &Node) -> Option<String> {
    match &node.value {
        Value::Scalar(value::Scalar::String(text) | value::Scalar::Number(text)) => Some(text.to_string()),
        _ => None,
    }
}

/// A text, or a list of them.
fn texts(node: Option<&Node>) -> Result<Vec<String>, String> {
    let Some(node) = node else { return Ok(Vec::new()) };
    match &node.value {
        Value::List(items) => {
            items.iter().map(|item| text(item).ok_or_else(|| "a list holds something that is no text".to_owned())).collect()
        }
        _ => text(node).map(|one| vec![one]).ok_or_else(|| format!("a {} stands where a list is due", node.type_name())),
    }
}

fn waiver(sources: &SourceMap, entry: &Node, id: &str, as_of: Date) -> Result<Waiver, String> {
    let required = |key: &str| {
        let found = entry.get(key).and_then(text).filter(|text| !text.trim().is_empty());
        found.ok_or_else(|| format!("`{key}` is missing"))
    };
    let known = ["id", "criteria", "findings", "match", "reason", "owner", "approved_by", "expires"];
    if let Some(unknown) = entry.entries().iter().find(|entry| !known.contains(&&*entry.key)) {
        return Err(format!("`{}` is no key of a waiver", unknown.key));
    }
    let id = if id.is_empty() { return Err("`id` is missing".to_owned()) } else { id.to_owned() };
    let (reason, owner) = (required("reason")?, required("owner")?);
    let expires = required("expires")?;
    let expires = Date::parse(&expires).ok_or_else(|| format!("`expires: {expires}` is no date: write YYYY-MM-DD"))?;
    if expires.days() - as_of.days() > MAX_DAYS {
        return Err(format!("it expires more than {MAX_DAYS} days from now"));
    }
    let criteria = texts(entry.get("criteria"))?;
    let findings = texts(entry.get("findings"))?;
    if criteria.is_empty() && findings.is_empty() {
        return Err("it names neither `criteria` nor `findings`".to_owned());
    }
    if let Some(unknown) = criteria.iter().find(|id| criteria::criterion(id).is_none()) {
        return Err(format!("`{unknown}` is no criterion"));
    }
    let mut matches = Vec::new();
    for entry in entry.get("match").map_or(&[][..], Node::entries) {
        let field = match &*entry.key {
            "path" => Field::Path,
            "kind" => Field::Kind,
            "namespace" => Field::Namespace,
            "name" => Field::Name,
            "finding" => Field::Finding,
            other => return Err(format!("`match` knows no `{other}`")),
        };
        let pattern = text(&entry.value).ok_or_else(|| format!("`match.{}` is no text", entry.key))?;
        let glob = GlobBuilder::new(&pattern).literal_separator(field == Field::Path).build();
        matches.push((field, glob.map_err(|_| format!("`{pattern}` is no pattern"))?.compile_matcher()));
    }
    if matches.is_empty() && findings.is_empty() {
        return Err("`match` names no subject".to_owned());
    }
    let approved_by = entry.get("approved_by").and_then(text);
    let spot = Spot::of(sources, entry.origin.at);
    Ok(Waiver { id, criteria, findings, reason, owner, approved_by, expires: Some(expires), spot, matches })
}

impl Waiver {
    /// Whether it takes the subject of `observation` out of `criterion`.
    #[must_use]
    pub fn covers(&self, criterion: &str, observation: &Observation, fingerprint: &str) -> bool {
        if observation.stands {
            return false;
        }
        let finding = |name: &str| name == observation.fact.as_str() || name == fingerprint;
        let named = self.criteria.iter().any(|id| id == criterion) || self.findings.iter().any(|name| finding(name));
        let subject = &observation.subject;
        named
            && self.matches.iter().all(|(field, glob)| match field {
                Field::Path => observation.spot.as_ref().is_some_and(|spot| glob.is_match(&spot.path)),
                Field::Kind => glob.is_match(&subject.kind),
                Field::Namespace => glob.is_match(&subject.namespace),
                Field::Name => glob.is_match(&subject.name),
                Field::Finding => glob.is_match(observation.fact.as_str()) || glob.is_match(fingerprint),
            })
    }
}

/// Names a piece of evidence across runs: by its fact, file and subject, not by its line or any value.
#[must_use]
pub fn fingerprint(fact: Fact, path: &str, subject: &str) -> String {
    // FNV-1a, 128 bits, as findings have it; a field's length goes first
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    for field in [fact.as_str(), path, subject] {
        let length = (field.len() as u64).to_be_bytes();
        for byte in length.iter().chain(field.as_bytes()) {
            hash = (hash ^ u128::from(*byte)).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
        }
    }
    format!("{hash:032x}")
}
