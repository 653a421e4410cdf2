//! `ztctl.dev/assess/v1`: its schema is [`super::assess_schema`]; changes within v1 only add.

pub(super) mod services;

use serde_json::{Map, Value, json};

use super::About;
use crate::assess::Assessment;
use crate::assess::criteria::{NOT_READ, limits};
use crate::assess::evaluate::{Evidence, Polarity, Verdict};
use crate::assess::observe::{Observation, Spot};
use crate::assess::result::{MODEL, ScopeResult};
use crate::assess::score::Cap;
use crate::assess::status::{Domain, Status};
use crate::assess::waivers::{Rejected, Waiver, fingerprint};

/// What the `schema` key says.
pub(super) const SCHEMA: &str = "ztctl.dev/assess/v1";

/// The JSON report. The same assessment gives the same bytes.
#[must_use]
pub fn json(assessment: &Assessment, about: &About) -> String {
    let overall = &assessment.overall;
    let skipped = assessment.skipped.iter().map(|file| json!({ "path": file.path, "reason": file.reason }));
    let document = json!({
        "schema": SCHEMA,
        "tool": { "name": "ztctl", "version": env!("CARGO_PKG_VERSION"), "model": MODEL, "config_digest": about.config_digest },
        "target": {
            "kind": assessment.kind.as_str(),
            "commit": about.commit,
            "dirty": about.dirty,
            "as_of": assessment.as_of.to_string(),
            "workloads": assessment.workloads,
            "files": { "scanned": assessment.scanned, "skipped": skipped.collect::<Vec<_>>() },
        },
        "overall": {
            "rated": overall.rated,
            "level": overall.level,
            "level_without_waivers": overall.level_without_waivers,
            "level_all_scopes": overall.level_all_scopes,
            "progress": overall.progress.map(|(next, percent)| json!({ "next": next, "percent": percent })),
            "confidence": overall.confidence.word(),
            "caps": overall.caps.iter().map(|cap| cap.disqualifier).collect::<std::collections::BTreeSet<_>>(),
            "reason": overall.reason,
        },
        "domains": assessment.domains.iter().map(|result| json!({
            "id": result.domain.as_str(),
            "level": result.level,
            "next": result.next.as_ref().map(|(level, unmet)| json!({ "level": level, "unmet": unmet })),
            "by_environment": result.by_environment,
            "why": result.why,
            "limits": limits(result.domain),
        })).collect::<Vec<_>>(),
        "environments": assessment.environments.iter().map(|environment| json!({
            "id": environment.id,
            "class": environment.class.as_str(),
            "level": environment.level,
            "namespaces": environment.namespaces,
        })).collect::<Vec<_>>(),
        "scopes": assessment.scopes.iter().map(scope).collect::<Vec<_>>(),
        "criteria": assessment.scopes.iter().flat_map(|result| result.verdicts.iter().map(|verdict| criterion(verdict, &result.scope.name()))).collect::<Vec<_>>(),
        "credentials": assessment.credentials.iter().map(|credential| json!({
            "id": fingerprint(credential.holding.fact(), "", &format!("{}{:?}", credential.subject, credential.reach)),
            "consumer": crate::assess::observe::Subject { part: String::new(), ..credential.subject.clone() }.to_string(),
            "environment": credential.reach.environment,
            "used_by": format!("{:?}", credential.consumer).to_lowercase(),
            "name": credential.subject.part,
            "rung": credential.holding.rung(),
            "fact": credential.holding.fact().as_str(),
            "source": credential.source,
            "evidence": credential.spots.iter().map(place).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "services": services::section(&assessment.services),
        "findings": assessment.findings.iter().map(|finding| json!({
            "id": fingerprint(crate::assess::fact::Fact::SecretInFile, &finding.spot.path, &finding.subject.to_string()),
            "rule": finding.rule,
            "class": finding.value.class(),
            "context": if finding.is_sample { "C3" } else { "C1" },
            "verdict": finding.effect.as_str(),
            "cap": finding.effect.cap(),
            "path": finding.spot.path,
            "line": finding.spot.line,
            "subject": finding.subject.to_string(),
            "redacted": "****",
            "length": finding.length,
            "entropy": Value::Null,
        })).collect::<Vec<_>>(),
        "waivers": {
            "active": assessment.waivers.active.iter().map(waiver).collect::<Vec<_>>(),
            "expired": assessment.waivers.expired.iter().map(waiver).collect::<Vec<_>>(),
            "invalid": assessment.waivers.invalid.iter().map(rejected).collect::<Vec<_>>(),
            "unmatched": assessment.waivers.unmatched.iter().map(waiver).collect::<Vec<_>>(),
        },
        "disqualifiers": assessment.scopes.iter().flat_map(|result| result.caps.iter().map(|found| cap(found, &result.scope.name()))).collect::<Vec<_>>(),
        "reachability": Value::Null,
        "unknown": assessment.unknown.iter().map(|(criterion, scope, reason)| json!({
            "criterion": criterion, "scope": scope, "reason": reason.as_str(),
        })).collect::<Vec<_>>(),
        "limits": NOT_READ,
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn place(spot: &Spot) -> String {
    format!("{}:{}", spot.path, spot.line)
}

fn scope(result: &ScopeResult) -> Value {
    let domains: Map<String, Value> =
        Domain::ALL.iter().zip(result.domains).map(|(domain, level)| (domain.as_str().to_owned(), json!(level))).collect();
    json!({
        "id": result.scope.name(),
        "environment": result.scope.environment,
        "namespace": result.scope.namespace,
        "class": result.class.as_str(),
        "workloads": result.workloads,
        "level": result.level,
        "level_without_waivers": result.level_without_waivers,
        "confidence": result.confidence.word(),
        "domains": domains,
    })
}

fn criterion(verdict: &Verdict, scope: &str) -> Value {
    let criterion = verdict.criterion;
    let (met, of) = verdict.coverage();
    let mut found: Vec<Value> = verdict.evidence.iter().map(evidence).collect();
    found.extend(verdict.subjects.missing.iter().map(|(part, scope)| {
        json!({
            "polarity": Polarity::Contrary.as_str(), "path": Value::Null, "line": Value::Null, "col": Value::Null, "end_line": Value::Null,
            "subject": scope, "fact": "absent", "detail": format!("no {part}"), "snippet_redacted": Value::Null, "fingerprint": Value::Null,
            "waived_by": Value::Null,
        })
    }));
    let confidence = if verdict.status == Status::NotApplicable { Value::Null } else { json!(f64::from(verdict.strength.0) / 100.0) };
    json!({
        "id": criterion.id,
        "level": criterion.level,
        "domain": criterion.domain.as_str(),
        "spine": criterion.spine,
        "scope": scope,
        "status": verdict.status.as_str(),
        "reason": verdict.reason.map(crate::assess::status::Reason::as_str),
        "coverage": { "met": met, "of": of },
        "confidence": confidence,
        "statement": criterion.statement,
        "evidence": found,
        "remediation": { "summary": criterion.pass, "patch": criterion.patch, "effort": criterion.effort.as_str() },
        "mappings": {},
    })
}

fn evidence(evidence: &Evidence) -> Value {
    let mut value = observation(&evidence.observation);
    value["polarity"] = json!(evidence.polarity.as_str());
    value["fingerprint"] = json!(evidence.fingerprint);
    value["waived_by"] = json!(evidence.waived_by);
    value
}

fn observation(observation: &Observation) -> Value {
    let spot = observation.spot.as_ref();
    json!({
        "path": spot.map(|spot| &spot.path),
        "line": spot.map(|spot| spot.line),
        "col": spot.map(|spot| spot.column),
        "end_line": spot.map(|spot| spot.end_line),
        "subject": observation.subject.to_string(),
        "fact": observation.fact.as_str(),
        "detail": observation.detail,
        "snippet_redacted": Value::Null,
    })
}

fn cap(cap: &Cap, scope: &str) -> Value {
    json!({
        "id": cap.disqualifier,
        "title": cap.title,
        "scope": scope,
        "headline": cap.headline,
        "domain": cap.domain.as_str(),
        "domain_level": cap.domain_level,
        "evidence": cap.evidence.iter().map(observation).collect::<Vec<_>>(),
    })
}

fn waiver(waiver: &Waiver) -> Value {
    json!({
        "id": waiver.id,
        "criteria": waiver.criteria,
        "findings": waiver.findings,
        "owner": waiver.owner,
        "approved_by": waiver.approved_by,
        "reason": waiver.reason,
        "expires": waiver.expires.map(|date| date.to_string()),
        "path": waiver.spot.path,
        "line": waiver.spot.line,
    })
}

fn rejected(waiver: &Rejected) -> Value {
    json!({ "id": waiver.id, "why": waiver.reason, "path": waiver.spot.path, "line": waiver.spot.line })
}
