//! What of a JSON report is merged. Everything else is skipped as it is read: evidence, the bulk of a report, is never kept.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::assess::criteria::CRITERIA;
use crate::assess::snapshot::severity;
use crate::assess::status::{Domain, Status};
use crate::diag::Date;

/// Longer names are none.
const MAX_NAME: usize = 300;
/// More waivers, tags, links of one repository are none that people keep.
const MAX_LIST: usize = 1000;

/// A waiver with an end.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Ending {
    pub id: String,
    pub owner: String,
    pub expires: String,
    pub criteria: Vec<String>,
}

/// A report, in brief.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Brief {
    pub name: String,
    pub kind: String,
    pub commit: Option<String>,
    pub as_of: String,
    pub model: String,
    pub owner: Option<String>,
    pub tier: Option<String>,
    pub tags: Vec<String>,
    pub links: Vec<String>,
    pub level: Option<u8>,
    pub level_without_waivers: Option<u8>,
    pub reason: String,
    pub caps: Vec<String>,
    pub domains: [Option<u8>; 6],
    /// In the order of [`CRITERIA`]; `None` for those that the report does not have.
    pub statuses: Vec<Option<Status>>,
    /// Criteria that another repository decides.
    pub elsewhere: BTreeSet<String>,
    pub waivers: Vec<Ending>,
    pub invalid_waivers: usize,
    pub capping: usize,
    pub review: usize,
    /// Names the report's content.
    pub digest: u128,
}

impl Brief {
    /// The criteria that the report has.
    pub(super) fn known(&self) -> impl Iterator<Item = (&'static str, Status)> {
        CRITERIA.iter().zip(&self.statuses).filter_map(|(criterion, status)| Some((criterion.id, (*status)?)))
    }
}

/// Reads a report. `file` stands in for the name of a report that has none.
///
/// # Errors
/// What is wrong with it, in words.
pub fn read(json: &[u8], file: &str) -> Result<Brief, String> {
    let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
    if json.trim_ascii().is_empty() {
        return Err("it is empty".to_owned());
    }
    let report: Report<'_> = serde_json::from_slice(json).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => format!("it is cut off: {error}"),
        serde_json::error::Category::Syntax => format!("it is no JSON: {error}"),
        // what is of another schema has other types
        _ => match serde_json::from_slice::<Named<'_>>(json).map(|named| is_report(named.schema.as_deref())) {
            Ok(Err(why)) => why,
            _ => format!("it is no report of `ztctl assess`: {error}"),
        },
    })?;
    if report.schema.as_deref() == Some(FAILURE) {
        let name = report.target.and_then(|target| target.name).unwrap_or_default();
        return Err(format!("`{}` could not be assessed: {}", cut(&name), cut(&report.error)));
    }
    is_report(report.schema.as_deref())?;
    let overall = report.overall.ok_or("it is no report of `ztctl assess`: `overall` is missing")?;
    let level = |level: Option<u8>| match level {
        Some(level) if level > 5 => Err(format!("it gives a level of {level}")),
        level => Ok(level),
    };
    let mut domains = [None; 6];
    for row in &report.domains {
        if let Some(at) = Domain::ALL.iter().position(|domain| domain.as_str() == row.id) {
            domains[at] = level(row.level)?;
        }
    }
    let statuses = if overall.criteria.is_empty() { folded(&report.scopes, &report.criteria.0) } else { statuses(&overall.criteria) };
    let target = report.target.unwrap_or_default();
    let elsewhere = report.unknown.into_iter().filter(|row| row.reason == "needs_other_repo").map(|row| row.criterion.into_owned());
    let elsewhere = elsewhere.filter(|id| crate::assess::criteria::criterion(id).is_some()).collect();
    let (waivers, invalid_waivers) = report.waivers.map(waivers).unwrap_or_default();
    let name = target.name.as_deref().filter(|name| !name.is_empty()).unwrap_or(file);
    Ok(Brief {
        name: cut(name),
        kind: cut(&target.kind),
        commit: target.commit.as_deref().map(cut),
        as_of: if Date::parse(&target.as_of).is_some() { target.as_of.into_owned() } else { String::new() },
        model: cut(&report.tool.unwrap_or_default().model),
        owner: target.owner.as_deref().filter(|owner| !owner.is_empty()).map(cut),
        tier: target.tier.as_deref().filter(|tier| !tier.is_empty()).map(cut),
        tags: list(target.tags),
        links: list(target.links),
        level: level(overall.level)?,
        level_without_waivers: level(overall.level_without_waivers)?,
        reason: overall.reason.chars().take(MAX_NAME).collect(),
        caps: list(overall.caps),
        domains,
        statuses,
        elsewhere,
        waivers,
        invalid_waivers,
        capping: report.findings.0.capping,
        review: report.findings.0.review,
        digest: digest(json),
    })
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, default)]
    schema: Option<Cow<'a, str>>,
}

/// The schema of what stands in place of a report that could not be made.
pub const FAILURE: &str = "ztctl.dev/assess-failure/v1";

fn is_report(schema: Option<&str>) -> Result<(), String> {
    match schema {
        Some("ztctl.dev/assess/v1") => Ok(()),
        Some("ztctl.dev/assess-org/v1") => Err("it is a merged report: give the reports that it was made of".to_owned()),
        Some(other) => Err(format!("it is no report of `ztctl assess`: its schema is `{}`", cut(other))),
        None => Err("it is no report of `ztctl assess`: it names no schema".to_owned()),
    }
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

fn list(texts: Vec<Cow<'_, str>>) -> Vec<String> {
    let set: BTreeSet<String> = texts.iter().take(MAX_LIST).filter(|text| !text.is_empty()).map(|text| cut(text)).collect();
    set.into_iter().collect()
}

/// FNV-1a over words: it only has to tell reports apart.
fn digest(bytes: &[u8]) -> u128 {
    let mut hash: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    let words = bytes.chunks_exact(8);
    let rest = words.remainder();
    let mut mix = |word: u128| hash = (hash ^ word).wrapping_mul(0x0100_0000_0000_0000_0000_013b);
    for word in words {
        mix(u128::from(u64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]])));
    }
    rest.iter().for_each(|byte| mix(u128::from(*byte)));
    mix(bytes.len() as u128);
    hash
}

fn status(name: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|status| status.as_str() == name)
}

fn statuses(rows: &BTreeMap<Cow<'_, str>, Standing<'_>>) -> Vec<Option<Status>> {
    CRITERIA.iter().map(|criterion| rows.get(criterion.id).and_then(|row| status(&row.status))).collect()
}

/// The worst status of each criterion in the scopes that count, for reports that do not say.
fn folded(scopes: &[ScopeRow<'_>], rows: &[(usize, String, Status)]) -> Vec<Option<Status>> {
    let aside: BTreeSet<&str> = scopes.iter().filter(|scope| scope.class == "non-production").map(|scope| &*scope.id).collect();
    let all_aside = aside.len() == scopes.len();
    let mut out: Vec<Option<Status>> = vec![None; CRITERIA.len()];
    for (at, scope, status) in rows.iter().filter(|(_, scope, _)| all_aside || !aside.contains(scope.as_str())) {
        let _ = scope;
        let worst = out[*at].is_none_or(|known| severity(known.as_str()) < severity(status.as_str()));
        if worst {
            out[*at] = Some(*status);
        }
    }
    out
}

fn waivers(rows: WaiverRows<'_>) -> (Vec<Ending>, usize) {
    let active = rows.active.into_iter().chain(rows.expired).chain(rows.unmatched).take(MAX_LIST);
    let endings = active.filter_map(|row| {
        let expires = row.expires.filter(|expires| Date::parse(expires).is_some())?;
        Some(Ending { id: cut(&row.id), owner: cut(&row.owner), expires: expires.into_owned(), criteria: list(row.criteria) })
    });
    (endings.collect(), rows.invalid.0)
}

#[derive(Deserialize)]
struct Report<'a> {
    #[serde(borrow, default)]
    schema: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tool: Option<Tool<'a>>,
    #[serde(borrow, default)]
    target: Option<Target<'a>>,
    #[serde(borrow, default)]
    overall: Option<Overall<'a>>,
    #[serde(borrow, default)]
    domains: Vec<LevelRow<'a>>,
    #[serde(borrow, default)]
    scopes: Vec<ScopeRow<'a>>,
    #[serde(default)]
    criteria: Criteria,
    #[serde(default)]
    findings: Findings,
    #[serde(borrow, default)]
    waivers: Option<WaiverRows<'a>>,
    #[serde(borrow, default)]
    unknown: Vec<UnknownRow<'a>>,
    #[serde(borrow, default)]
    error: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
struct Tool<'a> {
    #[serde(borrow, default)]
    model: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
struct Target<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    kind: Cow<'a, str>,
    #[serde(borrow, default)]
    commit: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    as_of: Cow<'a, str>,
    #[serde(borrow, default)]
    owner: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tier: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    tags: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    links: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Overall<'a> {
    level: Option<u8>,
    #[serde(default)]
    level_without_waivers: Option<u8>,
    #[serde(borrow, default)]
    reason: Cow<'a, str>,
    #[serde(borrow, default)]
    caps: Vec<Cow<'a, str>>,
    #[serde(borrow, default)]
    criteria: BTreeMap<Cow<'a, str>, Standing<'a>>,
}

#[derive(Deserialize)]
struct Standing<'a> {
    #[serde(borrow)]
    status: Cow<'a, str>,
}

#[derive(Deserialize)]
struct LevelRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    level: Option<u8>,
}

#[derive(Deserialize)]
struct ScopeRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    class: Cow<'a, str>,
}

#[derive(Deserialize)]
struct UnknownRow<'a> {
    #[serde(borrow)]
    criterion: Cow<'a, str>,
    #[serde(borrow, default)]
    reason: Cow<'a, str>,
}

#[derive(Deserialize, Default)]
struct WaiverRows<'a> {
    #[serde(borrow, default)]
    active: Vec<WaiverRow<'a>>,
    #[serde(borrow, default)]
    expired: Vec<WaiverRow<'a>>,
    #[serde(borrow, default)]
    unmatched: Vec<WaiverRow<'a>>,
    #[serde(default)]
    invalid: Count,
}

#[derive(Deserialize)]
struct WaiverRow<'a> {
    #[serde(borrow, default)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    owner: Cow<'a, str>,
    #[serde(borrow, default)]
    expires: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    criteria: Vec<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct CriterionRow<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow, default)]
    scope: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
}

#[derive(Deserialize)]
struct FindingRow<'a> {
    #[serde(borrow, default)]
    verdict: Cow<'a, str>,
}

/// The number of a criterion, its scope and its status: of a row of thousands of bytes, these.
#[derive(Default)]
struct Criteria(Vec<(usize, String, Status)>);

#[derive(Default)]
struct Values {
    capping: usize,
    review: usize,
}

#[derive(Default)]
struct Findings(Values);

/// How many items a list has.
#[derive(Default)]
struct Count(usize);

/// Goes through a list, each item read and dropped.
struct Each<T, F>(F, std::marker::PhantomData<T>);

impl<'de, T: Deserialize<'de>, F: FnMut(T)> Visitor<'de> for Each<T, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<(), A::Error> {
        while let Some(item) = items.next_element::<T>()? {
            (self.0)(item);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Criteria {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut out = Vec::new();
        let take = |row: CriterionRow<'de>| {
            let at = CRITERIA.iter().position(|criterion| criterion.id == row.id);
            if let (Some(at), Some(status)) = (at, status(&row.status)) {
                out.push((at, row.scope.into_owned(), status));
            }
        };
        deserializer.deserialize_any(Each(take, std::marker::PhantomData))?;
        Ok(Self(out))
    }
}

impl<'de> Deserialize<'de> for Findings {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut out = Values::default();
        let take = |row: FindingRow<'de>| match &*row.verdict {
            "cap" => out.capping += 1,
            "review" => out.review += 1,
            _ => {}
        };
        deserializer.deserialize_any(Each(take, std::marker::PhantomData))?;
        Ok(Self(out))
    }
}

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut out = 0;
        deserializer.deserialize_any(Each(|_: IgnoredAny| out += 1, std::marker::PhantomData))?;
        Ok(Self(out))
    }
}
