//! What of an assessment is compared with another one: taken from it, or read from its JSON report.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::delta::Placed;
use super::edges::{Edges, ReachRow, of_graphs, of_report};
use super::evaluate::Polarity;
use super::result::{Assessment, MODEL};

/// How a criterion stands over the scopes that count.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize)]
pub struct Standing {
    /// As [`super::status::Status::as_str`] has it.
    pub status: String,
    #[serde(default)]
    pub met: usize,
    #[serde(default)]
    pub of: usize,
}

/// A piece of evidence.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Item {
    /// `contrary`, `positive` or `unknown`.
    pub polarity: String,
    pub fact: String,
    /// Empty for something that is absent.
    pub path: String,
    pub line: u32,
    pub subject: String,
    pub detail: String,
    pub fingerprint: String,
    /// The criteria that it is evidence for or against.
    pub criteria: Vec<String>,
}

impl Item {
    #[must_use]
    pub fn is_contrary(&self) -> bool {
        self.polarity == "contrary"
    }

    /// Contrary before unknown before positive.
    pub(super) fn rank(&self) -> u8 {
        match self.polarity.as_str() {
            "contrary" => 0,
            "unknown" => 1,
            _ => 2,
        }
    }
}

impl Placed for Item {
    fn what(&self) -> (&str, &str) {
        // of what is absent the words tell one from the other
        (&self.polarity, if self.fact == "absent" { &self.detail } else { &self.fact })
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn path(&self) -> &str {
        &self.path
    }
}

/// A value in a file that looks like a credential.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Finding {
    pub rule: String,
    /// `V1` to `V5`.
    pub class: String,
    pub verdict: String,
    /// The level that it holds at.
    pub cap: Option<u8>,
    pub path: String,
    pub line: u32,
    pub subject: String,
    pub id: String,
}

impl Placed for Finding {
    fn what(&self) -> (&str, &str) {
        (&self.rule, &self.class)
    }

    fn subject(&self) -> &str {
        &self.subject
    }

    fn path(&self) -> &str {
        &self.path
    }
}

/// An assessment, reduced to what is compared. Lists are sorted.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Snapshot {
    pub model: String,
    pub commit: Option<String>,
    pub as_of: String,
    pub level: Option<u8>,
    pub level_without_waivers: Option<u8>,
    pub domains: BTreeMap<String, Option<u8>>,
    pub environments: BTreeMap<String, Option<u8>>,
    pub criteria: BTreeMap<String, Standing>,
    pub caps: BTreeSet<String>,
    /// What is evidence for several criteria, or in several scopes, is there once.
    pub evidence: Vec<Item>,
    pub findings: Vec<Finding>,
    /// By environment; `None` for a report that holds no graph.
    pub edges: Option<BTreeMap<String, Edges>>,
}

/// The fingerprint of something that is absent in a scope.
#[must_use]
pub fn absent_fingerprint(part: &str, scope: &str) -> String {
    super::waivers::print_of(["absent", part, scope])
}

impl Snapshot {
    /// The snapshot of an assessment.
    #[must_use]
    pub fn of(assessment: &Assessment) -> Self {
        let mut evidence = Vec::new();
        for scope in &assessment.scopes {
            for verdict in &scope.verdicts {
                let id = verdict.criterion.id;
                for item in &verdict.evidence {
                    let observation = &item.observation;
                    evidence.push(Item {
                        polarity: item.polarity.as_str().to_owned(),
                        fact: observation.fact.as_str().to_owned(),
                        path: observation.spot.as_ref().map_or_else(String::new, |spot| spot.path.clone()),
                        line: observation.spot.as_ref().map_or(0, |spot| spot.line),
                        subject: observation.subject.to_string(),
                        detail: observation.detail.clone(),
                        fingerprint: item.fingerprint.clone(),
                        criteria: vec![id.to_owned()],
                    });
                }
                for (part, scope) in &verdict.subjects.missing {
                    evidence.push(Item {
                        polarity: Polarity::Contrary.as_str().to_owned(),
                        fact: "absent".to_owned(),
                        path: String::new(),
                        line: 0,
                        subject: scope.clone(),
                        detail: format!("no {part}"),
                        fingerprint: absent_fingerprint(part, scope),
                        criteria: vec![id.to_owned()],
                    });
                }
            }
        }
        let criteria = assessment.combined.iter().map(|verdict| {
            let (met, of) = verdict.coverage();
            (verdict.criterion.id.to_owned(), Standing { status: verdict.status.as_str().to_owned(), met, of })
        });
        let findings = assessment.findings.iter().map(|finding| Finding {
            rule: finding.rule.to_owned(),
            class: finding.value.class().to_owned(),
            verdict: finding.effect.as_str().to_owned(),
            cap: finding.effect.cap(),
            path: finding.spot.path.clone(),
            line: finding.spot.line,
            subject: finding.subject.to_string(),
            id: finding.id.clone(),
        });
        let overall = &assessment.overall;
        Self {
            model: MODEL.to_owned(),
            commit: None,
            as_of: assessment.as_of.to_string(),
            level: overall.level,
            level_without_waivers: overall.level_without_waivers,
            domains: assessment.domains.iter().map(|result| (result.domain.as_str().to_owned(), result.level)).collect(),
            environments: assessment.environments.iter().map(|environment| (environment.id.clone(), environment.level)).collect(),
            criteria: criteria.collect(),
            caps: assessment.disqualifiers().into_iter().map(str::to_owned).collect(),
            evidence: merged(evidence),
            findings: sorted(findings.collect()),
            edges: Some(of_graphs(assessment.reach.as_ref())),
        }
    }

    /// Reads a JSON report.
    ///
    /// # Errors
    /// A text that is no report of `ztctl assess`, in words.
    pub fn read(json: &[u8]) -> Result<Self, String> {
        let json = json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json);
        let schema: SchemaOnly = serde_json::from_slice(json).map_err(|error| format!("it is no JSON report: {error}"))?;
        match schema.schema.as_deref() {
            Some("ztctl.dev/assess/v1") => {}
            Some(other) => return Err(format!("it is no report of `ztctl assess`: its schema is `{other}`")),
            None => return Err("it is no report of `ztctl assess`: it names no schema".to_owned()),
        }
        let report: Report = serde_json::from_slice(json).map_err(|error| format!("it is no report of `ztctl assess`: {error}"))?;
        Ok(report.into_snapshot())
    }
}

fn sorted<T: Ord>(mut items: Vec<T>) -> Vec<T> {
    items.sort();
    items
}

/// One item for what several criteria and scopes see.
fn merged(items: Vec<Item>) -> Vec<Item> {
    type Key = (String, String, String, String, u32, String, String);
    let mut out: BTreeMap<Key, Vec<String>> = BTreeMap::new();
    for item in items {
        let key = (item.polarity, item.fact, item.subject, item.path, item.line, item.detail, item.fingerprint);
        out.entry(key).or_default().extend(item.criteria);
    }
    let rows = out.into_iter().map(|((polarity, fact, subject, path, line, detail, fingerprint), mut criteria)| {
        criteria.sort();
        criteria.dedup();
        Item { polarity, fact, path, line, subject, detail, fingerprint, criteria }
    });
    sorted(rows.collect())
}

#[derive(Deserialize)]
struct SchemaOnly {
    schema: Option<String>,
}

#[derive(Deserialize)]
struct Report {
    /// Absent in reports that are older; null where no workload runs in a cluster.
    #[serde(default, deserialize_with = "present")]
    reachability: Option<Option<ReachRow>>,
    #[serde(default)]
    tool: Tool,
    #[serde(default)]
    target: Target,
    overall: Overall,
    #[serde(default)]
    domains: Vec<Level>,
    #[serde(default)]
    environments: Vec<Level>,
    #[serde(default)]
    scopes: Vec<ScopeRow>,
    #[serde(default)]
    criteria: Vec<CriterionRow>,
    #[serde(default)]
    findings: Vec<FindingRow>,
}

#[derive(Deserialize, Default)]
struct Tool {
    #[serde(default)]
    model: String,
}

#[derive(Deserialize, Default)]
struct Target {
    commit: Option<String>,
    #[serde(default)]
    as_of: String,
}

#[derive(Deserialize)]
struct Overall {
    level: Option<u8>,
    level_without_waivers: Option<u8>,
    #[serde(default)]
    caps: Vec<String>,
    #[serde(default)]
    criteria: BTreeMap<String, Standing>,
}

#[derive(Deserialize)]
struct Level {
    id: String,
    level: Option<u8>,
}

#[derive(Deserialize)]
struct ScopeRow {
    id: String,
    #[serde(default)]
    class: String,
}

#[derive(Deserialize)]
struct CriterionRow {
    id: String,
    #[serde(default)]
    scope: String,
    status: String,
    #[serde(default)]
    evidence: Vec<EvidenceRow>,
}

#[derive(Deserialize)]
struct EvidenceRow {
    polarity: String,
    path: Option<String>,
    line: Option<u32>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    fact: String,
    #[serde(default)]
    detail: String,
    fingerprint: Option<String>,
    /// Whether it is what stands before it, at one more place.
    #[serde(default)]
    further: bool,
}

#[derive(Deserialize)]
struct FindingRow {
    id: String,
    rule: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    verdict: String,
    cap: Option<u8>,
    path: String,
    #[serde(default)]
    line: u32,
    #[serde(default)]
    subject: String,
}

/// A key that is there, null or not.
fn present<'d, D: serde::Deserializer<'d>>(from: D) -> Result<Option<Option<ReachRow>>, D::Error> {
    Option::<ReachRow>::deserialize(from).map(Some)
}

impl Report {
    fn into_snapshot(self) -> Snapshot {
        let criteria = if self.overall.criteria.is_empty() { folded(&self.scopes, &self.criteria) } else { self.overall.criteria };
        let evidence = self.criteria.into_iter().flat_map(|row| {
            let id = row.id;
            row.evidence.into_iter().filter(|item| !item.further).map(move |item| Item {
                polarity: item.polarity,
                fact: item.fact,
                path: item.path.unwrap_or_default(),
                line: item.line.unwrap_or_default(),
                subject: item.subject,
                detail: item.detail,
                fingerprint: item.fingerprint.unwrap_or_default(),
                criteria: vec![id.clone()],
            })
        });
        let findings = self.findings.into_iter().map(|row| Finding {
            rule: row.rule,
            class: row.class,
            verdict: row.verdict,
            cap: row.cap,
            path: row.path,
            line: row.line,
            subject: row.subject,
            id: row.id,
        });
        let levels = |rows: Vec<Level>| rows.into_iter().map(|row| (row.id, row.level)).collect();
        Snapshot {
            model: self.tool.model,
            commit: self.target.commit,
            as_of: self.target.as_of,
            level: self.overall.level,
            level_without_waivers: self.overall.level_without_waivers,
            domains: levels(self.domains),
            environments: levels(self.environments),
            criteria,
            caps: self.overall.caps.into_iter().collect(),
            evidence: merged(evidence.collect()),
            findings: sorted(findings.collect()),
            edges: self.reachability.map(of_report),
        }
    }
}

/// Each criterion's worst status in the scopes that count, for reports that do not give it themselves.
fn folded(scopes: &[ScopeRow], rows: &[CriterionRow]) -> BTreeMap<String, Standing> {
    let aside: BTreeSet<&str> = scopes.iter().filter(|scope| scope.class == "non-production").map(|scope| scope.id.as_str()).collect();
    let all_aside = scopes.len() == aside.len();
    let mut out: BTreeMap<String, Standing> = BTreeMap::new();
    for row in rows.iter().filter(|row| all_aside || !aside.contains(row.scope.as_str())) {
        let worse = |status: &str| severity(status) < severity(&row.status);
        let entry = out.entry(row.id.clone()).or_insert_with(|| Standing { status: row.status.clone(), met: 0, of: 0 });
        if worse(&entry.status) {
            entry.status.clone_from(&row.status);
        }
    }
    out
}

/// The order in which statuses of scopes win.
pub(crate) fn severity(status: &str) -> u8 {
    match status {
        "not_applicable" => 0,
        "met" => 1,
        "attested" => 2,
        "waived" => 3,
        "unknown" => 4,
        "partial" => 5,
        "not_met" => 6,
        _ => 7,
    }
}
