//! SARIF 2.1.0: what is not met, as results of rules that are the criteria.
//!
//! What stands between the repository and its next levels has a result a place; what is farther away has one a criterion. Waivers
//! are suppressions. Values to review are results of the rule that found them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{About, bounds};
use crate::assess::criteria::{Criterion, DOUBT};
use crate::assess::evaluate::{Evidence, Polarity, Verdict};
use crate::assess::inventory::Effect;
use crate::assess::observe::Observation;
use crate::assess::score::Cap;
use crate::assess::status::{LEVELS, Status};
use crate::assess::{Assessment, Spot};
use crate::report::escape::visible_lines;
use crate::report::sarif::model::{
    ArtifactLocation, Automation, Description, Document, Driver, Invocation, Location, LogicalLocation, Message, Notification, Region,
    ReportingDescriptor, Run, SarifResult, Tool,
};
use crate::report::sarif::{SCHEMA, SOURCE_ROOT};
use crate::report::visible;

/// Places of one result.
const MAX_RELATED: usize = 20;
/// Results of one criterion; services take some thousands in all.
const MAX_RESULTS: usize = 500;

/// The report.
#[must_use]
pub fn sarif(assessment: &Assessment, about: &About) -> String {
    let mut writer = Writer { assessment, rules: Vec::new(), results: Vec::new() };
    writer.gaps();
    writer.caps();
    writer.doubts();
    writer.findings();
    let skipped = assessment.skipped.iter().map(|file| Notification {
        level: "warning",
        message: Message::text(format!("skipped: {}", visible(&file.reason))),
        locations: vec![Location::of(ArtifactLocation::new(&file.path), None)],
    });
    let provenance = about.origin.as_ref().zip(about.commit.as_ref());
    let document = Document {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool { driver: Driver { name: "ztctl", semantic_version: env!("CARGO_PKG_VERSION"), rules: writer.rules } },
            version_control_provenance: provenance
                .map(|(origin, commit)| json!({ "repositoryUri": origin.url, "revisionId": commit }))
                .into_iter()
                .collect(),
            invocations: [Invocation { execution_successful: true, tool_execution_notifications: skipped.collect() }],
            automation_details: Automation { id: "ztctl/assess/".to_owned() },
            original_uri_base_ids: json!({ SOURCE_ROOT: { "description": { "text": "the working directory" } } }),
            column_kind: "unicodeCodePoints",
            results: writer.results,
        }],
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

struct Writer<'a> {
    assessment: &'a Assessment,
    rules: Vec<ReportingDescriptor>,
    results: Vec<SarifResult>,
}

/// A result before it has its rule.
struct Gap<'a> {
    rule: usize,
    level: &'static str,
    text: String,
    spot: Option<&'a Spot>,
    /// An object's name.
    object: String,
    print: String,
    related: Vec<Location>,
    suppressions: Vec<Value>,
    properties: Value,
}

impl<'a> Writer<'a> {
    fn gaps(&mut self) {
        let assessment = self.assessment;
        let next = assessment.overall.level.map_or(5, |level| level + 1);
        for verdict in &assessment.combined {
            if !matches!(verdict.status, Status::NotMet | Status::Partial | Status::Waived) {
                continue;
            }
            let of_domain = assessment.domains.iter().find(|result| result.domain == verdict.criterion.domain);
            let own = of_domain.and_then(|result| result.next.as_ref()).map_or(5, |(level, _)| *level);
            let is_near = verdict.criterion.level <= if verdict.criterion.spine { next.max(own) } else { own };
            let level = if !is_near {
                "note"
            } else if verdict.criterion.spine && verdict.criterion.level <= next {
                "error"
            } else {
                "warning"
            };
            let rule = self.rule(criterion_rule(verdict.criterion));
            if is_near {
                self.by_place(verdict, rule, level);
            } else {
                self.as_one(verdict, rule, level);
            }
        }
    }

    fn by_place(&mut self, verdict: &'a Verdict, rule: usize, level: &'static str) {
        let criterion = verdict.criterion;
        for (part, scope) in verdict.subjects.missing.iter().take(MAX_RESULTS) {
            let spot = self.home(Some(scope));
            self.push(Gap {
                rule,
                level,
                text: format!("no {part} in {}\n{}", visible(scope), criterion.pass),
                spot,
                object: scope.clone(),
                print: format!("{}:absent:{part}:{scope}", criterion.id),
                related: Vec::new(),
                suppressions: Vec::new(),
                properties: properties(criterion, verdict),
            });
        }
        for one in contrary(verdict).take(MAX_RESULTS) {
            let observation = &one.observation;
            let spot = observation.spot.as_ref().or_else(|| self.home(None));
            let advice = if observation.patch.is_empty() { criterion.pass } else { &observation.patch };
            let mut text = format!("{}: {}\n{advice}", visible(&observation.subject.to_string()), visible(&observation.detail));
            let mut more = properties(criterion, verdict);
            let held: Vec<&Cap> = self.held(criterion.id, &one.fingerprint).collect();
            if !held.is_empty() {
                held.iter().for_each(|cap| text += &format!("\n{}: {} ({})", cap.disqualifier, cap.title, bounds(cap)));
                more["disqualifiers"] = held.iter().map(|cap| cap.disqualifier).collect::<BTreeSet<_>>().into_iter().collect();
            }
            self.push(Gap {
                rule,
                level,
                text,
                spot,
                object: observation.subject.to_string(),
                print: format!("{}:{}", criterion.id, one.fingerprint),
                related: Vec::new(),
                suppressions: self.suppressions(one),
                properties: more,
            });
        }
    }

    fn as_one(&mut self, verdict: &'a Verdict, rule: usize, level: &'static str) {
        let criterion = verdict.criterion;
        let open: Vec<&Evidence> = contrary(verdict).filter(|one| one.waived_by.is_none()).collect();
        let first = open.iter().find_map(|one| one.observation.spot.as_ref()).or_else(|| self.home(None));
        let related = open.iter().skip(1).filter_map(|one| related(&one.observation)).take(MAX_RELATED);
        let related = related.enumerate().map(|(id, location)| Location { id: Some(id), ..location }).collect();
        let (met, of) = verdict.coverage();
        let missing: BTreeSet<&str> = verdict.subjects.missing.iter().map(|(part, _)| *part).collect();
        let missing: String = missing.into_iter().map(|part| format!("; no {part}")).collect();
        self.push(Gap {
            rule,
            level,
            text: format!("for level {}: {} ({met} of {of}{missing})\n{}", criterion.level, criterion.title, criterion.pass),
            spot: first,
            object: String::new(),
            print: criterion.id.to_owned(),
            related,
            suppressions: if verdict.status == Status::Waived {
                contrary(verdict).flat_map(|one| self.suppressions(one)).take(1).collect()
            } else {
                Vec::new()
            },
            properties: properties(criterion, verdict),
        });
    }

    /// The disqualifiers that a piece of evidence against a criterion triggers.
    fn held(&self, id: &'static str, print: &str) -> impl Iterator<Item = &'a Cap> {
        let caps = self.assessment.overall.caps.iter().filter(move |cap| stands_for(cap).contains(id));
        caps.filter(move |cap| cap.evidence.iter().any(|one| one.print == print))
    }

    /// What makes the result doubtful.
    fn doubts(&mut self) {
        for warning in self.assessment.governance.warnings.iter().take(MAX_RESULTS) {
            let rule = self.rule(doubt_rule());
            self.push(Gap {
                rule,
                level: "warning",
                text: format!("{}\nit holds no level down, and makes the confidence low", visible(&warning.message)),
                spot: warning.spot.as_ref().or_else(|| self.home(None)),
                object: String::new(),
                print: format!("{}:{}", warning.fact.as_str(), warning.spot.as_ref().map_or("", |_| &warning.message)),
                related: Vec::new(),
                suppressions: Vec::new(),
                properties: json!({ "disqualifiers": [warning.id] }),
            });
        }
    }

    /// What holds levels down, where no criterion has it already.
    fn caps(&mut self) {
        let shown: BTreeSet<String> =
            self.results.iter().filter_map(|result| result.partial_fingerprints["ztctl/v1"].as_str()).map(str::to_owned).collect();
        for cap in &self.assessment.overall.caps {
            let mut rule = None;
            for observation in cap.evidence.iter().take(MAX_RESULTS) {
                let print = &observation.print;
                if stands_for(cap).iter().any(|id| shown.contains(&format!("{id}:{print}"))) {
                    continue;
                }
                let rule = *rule.get_or_insert_with(|| self.rule(cap_rule(cap)));
                let spot = observation.spot.as_ref().or_else(|| self.home(None));
                self.push(Gap {
                    rule,
                    level: "error",
                    text: format!(
                        "{}: {}\n{}, which holds the headline at {} and {} at {}",
                        visible(&observation.subject.to_string()),
                        visible(&observation.detail),
                        cap.title,
                        cap.headline,
                        cap.domain.as_str(),
                        cap.domain_level
                    ),
                    spot,
                    object: observation.subject.to_string(),
                    print: format!("{}:{print}", cap.disqualifier),
                    related: Vec::new(),
                    suppressions: Vec::new(),
                    properties: json!({ "domain": cap.domain.as_str(), "headline": cap.headline, "disqualifiers": [cap.disqualifier] }),
                });
            }
        }
    }

    /// Values that a person has to look at; those that hold the level down are results of `L1.SEC.1`.
    fn findings(&mut self) {
        for finding in self.assessment.findings.iter().filter(|finding| finding.effect == Effect::Review) {
            let rule = self.rule(finding_rule(finding.rule));
            let print = &finding.id;
            self.push(Gap {
                rule,
                level: "warning",
                text: format!("{}: {} ({} characters)", visible(&finding.subject.to_string()), finding.title, finding.length),
                spot: Some(&finding.spot),
                object: finding.subject.to_string(),
                print: format!("{}:{print}:{}", finding.rule, finding.spot.line),
                related: Vec::new(),
                suppressions: finding
                    .allowed
                    .iter()
                    .map(|mark| json!({ "kind": "inSource", "status": "accepted", "justification": format!("allowed by `{mark}`") }))
                    .collect(),
                properties: json!({ "class": finding.value.class(), "verdict": finding.effect.as_str() }),
            });
        }
    }

    /// Where a scope is: its first workload. What is absent has no place of its own, and services refuse results without one.
    fn home(&self, scope: Option<&str>) -> Option<&'a Spot> {
        let name = |environment: &str, namespace: &str| {
            crate::assess::world::Scope { environment: environment.to_owned(), namespace: namespace.to_owned() }.name()
        };
        let services = &self.assessment.services;
        let own =
            services.iter().find(|one| scope.is_none_or(|scope| name(&one.environment, &one.namespace) == scope) && !one.spots.is_empty());
        own.or_else(|| services.iter().find(|one| !one.spots.is_empty())).and_then(|one| one.spots.first())
    }

    fn suppressions(&self, evidence: &Evidence) -> Vec<Value> {
        let waiver = evidence.waived_by.as_ref().map(|id| {
            let found = self.assessment.waivers.active.iter().find(|waiver| waiver.id == *id);
            let why = found.map_or_else(
                || visible(id).into_owned(),
                |waiver| format!("{} ({}, {})", visible(&waiver.reason), visible(id), visible(&waiver.owner)),
            );
            json!({ "kind": "external", "status": "accepted", "justification": why })
        });
        waiver.into_iter().collect()
    }

    fn rule(&mut self, rule: ReportingDescriptor) -> usize {
        self.rules.iter().position(|known| known.id == rule.id).unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        })
    }

    fn push(&mut self, gap: Gap<'_>) {
        let mut location = at(gap.spot);
        if !gap.object.is_empty() {
            location.logical_locations = vec![LogicalLocation { fully_qualified_name: visible(&gap.object).into_owned(), kind: "object" }];
        }
        self.results.push(SarifResult {
            rule_id: self.rules[gap.rule].id.clone(),
            rule_index: gap.rule,
            level: gap.level,
            message: Message::text(&*visible_lines(&gap.text)),
            locations: vec![location],
            related_locations: gap.related,
            partial_fingerprints: json!({ "ztctl/v1": gap.print }),
            fixes: Vec::new(),
            suppressions: gap.suppressions,
            properties: Some(gap.properties),
        });
    }
}

fn contrary(verdict: &Verdict) -> impl Iterator<Item = &Evidence> {
    verdict.evidence.iter().filter(|one| one.polarity == Polarity::Contrary)
}

fn related(observation: &Observation) -> Option<Location> {
    let spot = observation.spot.as_ref()?;
    let mut location = at(Some(spot));
    location.message = Some(Message::text(format!("{}: {}", visible(&observation.subject.to_string()), visible(&observation.detail))));
    Some(location)
}

fn at(spot: Option<&Spot>) -> Location {
    let region = spot.map(|spot| Region {
        start_line: spot.line.max(1),
        start_column: Some(spot.column.max(1)),
        end_line: Some(spot.end_line.max(spot.line).max(1)),
        ..Region::default()
    });
    Location::of(ArtifactLocation::new(spot.map_or("", |spot| &spot.path)), region)
}

fn properties(criterion: &Criterion, verdict: &Verdict) -> Value {
    let (met, of) = verdict.coverage();
    json!({
        "level": criterion.level, "domain": criterion.domain.as_str(), "spine": criterion.spine, "status": verdict.status.as_str(),
        "met": met, "of": of, "effort": criterion.effort.as_str(),
    })
}

fn stands_for(cap: &Cap) -> BTreeSet<&'static str> {
    let rows = crate::assess::criteria::DISQUALIFIERS.iter().filter(|row| row.id == cap.disqualifier);
    rows.flat_map(|row| row.stands_for.iter().copied()).collect()
}

/// How services of code scanning rank what keeps a repository below a level: the lower the level, the worse.
fn severity(level: usize) -> &'static str {
    ["9.1", "8.0", "7.0", "5.5", "4.0", "2.0"][level.min(5)]
}

fn criterion_rule(criterion: &Criterion) -> ReportingDescriptor {
    let mut help = format!("{} {}\n\n**What would make it pass:** {}\n", criterion.statement, criterion.why, criterion.pass);
    if !criterion.patch.is_empty() {
        help += &format!("\n```\n{}\n```\n", criterion.patch);
    }
    let level = usize::from(criterion.level);
    let spine = if criterion.spine { ", needed for the headline" } else { "" };
    help += &format!("\nLevel {level} ({}), {}{spine}, effort {}.\n", LEVELS[level], criterion.domain.as_str(), criterion.effort.as_str());
    ReportingDescriptor {
        id: criterion.id.to_owned(),
        short_description: Some(Message::text(criterion.title)),
        full_description: Some(Message::text(criterion.statement)),
        help: Some(Description { text: help.replace("**", "").replace("```\n", ""), markdown: help }),
        help_uri: None,
        default_configuration: json!({ "level": "warning" }),
        properties: json!({
            "tags": ["security", "zero-trust", format!("level-{level}"), criterion.domain.as_str()],
            "security-severity": severity(level),
        }),
    }
}

fn cap_rule(cap: &Cap) -> ReportingDescriptor {
    let help = format!(
        "{}.\n\nIt holds the headline at {} and {} at {} whatever else is met. A waiver of {} silences it.\n",
        super::capital(cap.title),
        cap.headline,
        cap.domain.as_str(),
        cap.domain_level,
        stands_for(cap).into_iter().collect::<Vec<_>>().join(" or ")
    );
    ReportingDescriptor {
        id: cap.disqualifier.to_owned(),
        short_description: Some(Message::text(cap.title)),
        full_description: Some(Message::text(format!("{}; {}", super::capital(cap.title), bounds(cap)))),
        help: Some(Description { text: help.clone(), markdown: help }),
        help_uri: None,
        default_configuration: json!({ "level": "error" }),
        properties: json!({
            "tags": ["security", "zero-trust", "disqualifier", cap.domain.as_str()],
            "security-severity": severity(usize::from(cap.headline)),
        }),
    }
}

fn doubt_rule() -> ReportingDescriptor {
    let help = format!(
        "{}\n\nIt holds no level down, and makes the confidence low. Give the decision an end at most a year away, or let the files be read.\n",
        DOUBT.when
    );
    ReportingDescriptor {
        id: DOUBT.id.to_owned(),
        short_description: Some(Message::text(DOUBT.title)),
        full_description: Some(Message::text(DOUBT.when)),
        help: Some(Description { text: help.clone(), markdown: help }),
        help_uri: None,
        default_configuration: json!({ "level": "warning" }),
        properties: json!({ "tags": ["security", "zero-trust", "disqualifier"], "security-severity": "3.0" }),
    }
}

fn finding_rule(id: &str) -> ReportingDescriptor {
    let help = "A value that looks like a credential, in a test, document or example. Look at it: where it is real, change it at its source, for it counts as published; where it is not, say so with `# ztctl: ignore[rule] until=YYYY-MM-DD reason`.\n";
    ReportingDescriptor {
        help: Some(Description { text: help.to_owned(), markdown: help.to_owned() }),
        properties: json!({ "tags": ["security", "zero-trust"], "security-severity": "5.0" }),
        ..ReportingDescriptor::unknown(id, "secrets", "warning")
    }
}
