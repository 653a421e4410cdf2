//! `ztctl.dev/explain/v1`: what `--explain ID --format json` prints. Changes within v1 only add.

use serde_json::{Map, Value, json};

use super::super::About;
use super::super::json::criteria::{criterion as in_scope, evidence_schema, observation, observation_schema, one_schema};
use super::super::json::frameworks::{control, control_schema};
use super::super::json::governance::attestation;
use super::super::json::shape::{flag, level, list, nullable, object, or_null, text, word, word_or_null};
use super::super::json::waivers::{waiver, waiver_schema};
use super::stands_for;
use crate::assess::Assessment;
use crate::assess::criteria::{CRITERIA, Criterion, DISQUALIFIERS, DOUBT, limits};
use crate::assess::explain::{Standing, Topic};
use crate::assess::frameworks::support::row;
use crate::assess::remedy::remedies;
use crate::assess::result::ScopeResult;
use crate::assess::status::{Class, Domain, Reason, Status};
use crate::assess::waivers::Waiver;

const SCHEMA: &str = "ztctl.dev/explain/v1";

/// What is known of a criterion, disqualifier, domain, waiver or control, as JSON; `None` for an id that is none of them.
#[must_use]
pub fn explain_json(assessment: &Assessment, id: &str, about: &About) -> Option<String> {
    let (kind, value) = match assessment.topic(id)? {
        Topic::Criterion(of) => ("criterion", criterion(assessment, of, about)?),
        Topic::Disqualifier(id) => ("disqualifier", disqualifier(assessment, id)),
        Topic::Domain(of) => ("domain", domain(assessment, of)?),
        Topic::Waiver(of, standing) => ("waiver", waived(assessment, of, standing)),
        Topic::Controls(found) => {
            let one = |(framework, own)| {
                let mut value = control(&row(assessment, framework, own));
                value["framework"] = json!(framework.id);
                value
            };
            ("control", found.into_iter().map(one).collect())
        }
    };
    let mut text = serde_json::to_string_pretty(&json!({ "schema": SCHEMA, "kind": kind, kind: value })).unwrap_or_default();
    text.push('\n');
    Some(text)
}

fn criterion(assessment: &Assessment, criterion: &Criterion, about: &About) -> Option<Value> {
    let combined = assessment.verdict(criterion.id)?;
    let mut value = in_scope(combined, "", about);
    let map = value.as_object_mut()?;
    for key in ["scope", "evidence"] {
        map.remove(key);
    }
    let patches: Vec<Value> = remedies(combined).iter().map(|remedy| json!(remedy.text)).collect();
    let held = DISQUALIFIERS.iter().map(|row| row.id).filter(|id| stands_for(id, criterion.id));
    let held: std::collections::BTreeSet<&str> = held.collect();
    map.extend([
        ("why".to_owned(), json!(criterion.why)),
        ("to_pass".to_owned(), json!(criterion.pass)),
        ("patches".to_owned(), patches.into()),
        ("status_without_waivers".to_owned(), json!(assessment.status_without_waivers(criterion.id).map(Status::as_str))),
        ("may_trigger".to_owned(), json!(held)),
        ("scopes".to_owned(), scopes(assessment, criterion.id, about)),
        (
            "waivers".to_owned(),
            assessment
                .waivers_of(criterion.id)
                .into_iter()
                .map(|(own, standing)| standing_of(assessment, own, standing, Some(criterion.id)))
                .collect(),
        ),
        ("attestations".to_owned(), attestations(assessment, criterion.id)),
        ("unknown".to_owned(), open(assessment, criterion)),
    ]);
    Some(value)
}

/// The criterion in every scope, with its evidence.
fn scopes(assessment: &Assessment, id: &str, about: &About) -> Value {
    let of = |scope: &ScopeResult| {
        let verdict = scope.verdicts.iter().find(|verdict| verdict.criterion.id == id)?;
        let mut value = in_scope(verdict, &scope.scope.name(), about);
        let map = value.as_object_mut()?;
        for key in ["id", "level", "domain", "spine", "title", "statement", "mappings"] {
            map.remove(key);
        }
        map.insert("environment".to_owned(), json!(scope.scope.environment));
        map.insert("class".to_owned(), json!(scope.class.as_str()));
        map.insert("counts".to_owned(), json!(assessment.counts(scope)));
        map.insert("status_without_waivers".to_owned(), json!(verdict.without_waivers().status.as_str()));
        Some(value)
    };
    assessment.scopes.iter().filter_map(of).collect()
}

/// A waiver with how it stands, how long it lasts and what it takes out.
fn standing_of(assessment: &Assessment, own: &Waiver, standing: Standing, criterion: Option<&str>) -> Value {
    let mut value = waiver(own);
    value["standing"] = json!(standing.as_str());
    value["days_left"] = json!(own.expires.map(|date| date.days() - assessment.as_of.days()));
    let taken = assessment.taken_out(own, criterion).into_iter();
    value["takes_out"] =
        taken.map(|(id, scope, subject)| json!({ "criterion": id, "scope": scope, "subject": subject.to_string() })).collect();
    value
}

fn attestations(assessment: &Assessment, criterion: &str) -> Value {
    let found = &assessment.governance.attestations;
    let mut out: Vec<Value> = Vec::new();
    for (word, all) in [("active", &found.active), ("expired", &found.expired), ("unmatched", &found.unmatched)] {
        for one in all.iter().filter(|one| one.entry.criteria.iter().any(|id| id == criterion)) {
            let mut value = attestation(one);
            value["standing"] = json!(word);
            value["accepted"] = json!(found.accepted);
            out.push(value);
        }
    }
    out.into()
}

/// What leaves the criterion open.
fn open(assessment: &Assessment, criterion: &Criterion) -> Value {
    let mut here: Vec<Value> = Vec::new();
    for scope in &assessment.scopes {
        for verdict in scope.verdicts.iter().filter(|verdict| verdict.criterion.id == criterion.id) {
            for (subject, reason) in &verdict.subjects.unknown {
                let of = json!({ "scope": scope.scope.name(), "subject": subject.to_string(), "reason": reason.as_str(), "because": reason.explain() });
                here.push(of);
            }
        }
    }
    let facts = criterion.open.iter();
    let facts: Vec<Value> = facts
        .map(|(fact, reason)| json!({ "fact": fact.as_str(), "where": fact.doc(), "reason": reason.as_str(), "because": reason.explain() }))
        .collect();
    json!({ "here": here, "where": facts, "no_repository_shows": limits(criterion.domain) })
}

fn disqualifier(assessment: &Assessment, id: &str) -> Value {
    let rows = DISQUALIFIERS.iter().filter(|row| row.id == id);
    let triggers: Vec<Value> = rows
        .map(|row| {
            json!({
                "title": row.title, "headline": row.headline, "domain": row.domain.as_str(), "domain_level": row.domain_level,
                "stands_for": row.stands_for, "facts": row.facts.iter().map(|fact| fact.as_str()).collect::<Vec<_>>(),
            })
        })
        .collect();
    let mut scopes: Vec<Value> = Vec::new();
    for scope in &assessment.scopes {
        for cap in scope.caps_without_waivers.iter().filter(|cap| cap.disqualifier == id) {
            let own = scope.caps.iter().find(|own| own.disqualifier == id && own.title == cap.title);
            let evidence = cap.evidence.iter().map(|one| {
                let mut value = observation(one);
                value["waived"] = json!(own.is_none_or(|own| !own.evidence.contains(one)));
                value
            });
            scopes.push(json!({
                "scope": scope.scope.name(), "class": scope.class.as_str(), "counts": assessment.counts(scope), "title": cap.title,
                "in_force": own.is_some(), "evidence": evidence.collect::<Vec<_>>(),
            }));
        }
    }
    let warnings: Vec<Value> = assessment.governance.warnings.iter().filter(|_| id == DOUBT.id).map(|one| json!(one.message)).collect();
    json!({ "id": id, "triggers": triggers, "scopes": scopes, "warnings": warnings })
}

fn domain(assessment: &Assessment, domain: Domain) -> Option<Value> {
    let (at, _) = Domain::ALL.iter().enumerate().find(|(_, own)| **own == domain)?;
    let result = assessment.domains.iter().find(|result| result.domain == domain)?;
    let scopes = assessment.scopes.iter().map(|scope| {
        let caps: Vec<&str> = scope.caps.iter().filter(|cap| cap.domain == domain).map(|cap| cap.disqualifier).collect();
        json!({
            "scope": scope.scope.name(), "class": scope.class.as_str(), "counts": assessment.counts(scope), "level": scope.domains[at],
            "disqualifiers": caps,
        })
    });
    let own = assessment.combined.iter().filter(|verdict| verdict.criterion.domain == domain);
    let criteria = own.map(|verdict| {
        let (met, of) = verdict.coverage();
        json!({
            "id": verdict.criterion.id, "title": verdict.criterion.title, "level": verdict.criterion.level, "spine": verdict.criterion.spine,
            "status": verdict.status.as_str(), "reason": verdict.reason.map(Reason::as_str),
            "status_without_waivers": assessment.status_without_waivers(verdict.criterion.id).map(Status::as_str),
            "coverage": { "met": met, "of": of }, "to_pass": verdict.criterion.pass,
        })
    });
    Some(json!({
        "id": domain.as_str(), "level": result.level, "why": result.why,
        "next": result.next.as_ref().map(|(level, unmet)| json!({ "level": level, "unmet": unmet })),
        "scopes": scopes.collect::<Vec<_>>(), "criteria": criteria.collect::<Vec<_>>(), "limits": limits(domain),
    }))
}

fn waived(assessment: &Assessment, own: &Waiver, standing: Standing) -> Value {
    let mut value = standing_of(assessment, own, standing, None);
    let mut ids: Vec<&str> = assessment.taken_out(own, None).into_iter().map(|(id, ..)| id).collect();
    ids.extend(CRITERIA.iter().map(|one| one.id).filter(|id| own.criteria.iter().any(|named| named == id)));
    ids.sort_unstable();
    ids.dedup();
    let statuses: Map<String, Value> = ids
        .into_iter()
        .filter_map(|id| {
            let (with, without) = (assessment.verdict(id)?.status, assessment.status_without_waivers(id)?);
            Some((id.to_owned(), json!({ "status": with.as_str(), "status_without_waivers": without.as_str() })))
        })
        .collect();
    value["statuses"] = statuses.into();
    value["level"] = json!(assessment.overall.level);
    value["level_without_waivers"] = json!(assessment.overall.level_without_waivers);
    value
}

/// The JSON schema (2020-12) of an explanation, as `ztctl schema explain` prints it. Objects are open: changes within v1 only add keys.
#[must_use]
pub fn explain_schema() -> Value {
    let statuses = || word(Status::ALL.map(Status::as_str));
    let reason = || word(Reason::ALL.map(Reason::as_str));
    let classes = || word([Class::Production, Class::NonProduction, Class::Unclassified].map(Class::as_str));
    let counts = || flag("whether the scope counts for the headline");
    let without = || statuses_or_null("the status if no waiver counted");
    let without_keys = |mut base: Value, keys: &[&str]| {
        if let Some(properties) = base.get_mut("properties").and_then(Value::as_object_mut) {
            properties.retain(|key, _| !keys.contains(&key.as_str()));
        }
        if let Some(required) = base.get_mut("required").and_then(Value::as_array_mut) {
            required.retain(|key| !key.as_str().is_some_and(|key| keys.contains(&key)));
        }
        base
    };
    let standing = json!({
        "standing": word([Standing::Active, Standing::Expired, Standing::Unmatched].map(Standing::as_str)),
        "days_left": { "type": ["integer", "null"], "description": "until its end; below 0 where it is over" },
        "takes_out": list(object(json!({ "criterion": text("a criterion"), "scope": text("a scope"), "subject": text("a subject that fails") }))),
    });
    let waivers = || extended(waiver_schema(), standing.clone());
    let in_scope = extended(
        without_keys(one_schema(), &["id", "level", "domain", "spine", "title", "statement", "mappings"]),
        json!({ "environment": text("its environment"), "class": classes(), "counts": counts(), "status_without_waivers": without() }),
    );
    let because = || object(json!({ "reason": reason(), "because": text("the reason in words") }));
    let criterion = extended(
        without_keys(one_schema(), &["scope", "evidence"]),
        json!({
            "why": text("why it matters"), "to_pass": text("what would make it pass"), "patches": list(text("what to write")),
            "status_without_waivers": without(), "may_trigger": list(text("a disqualifier that stands for it")), "scopes": list(in_scope),
            "waivers": list(waivers()), "attestations": list(json!({ "type": "object" })),
            "unknown": object(json!({
                "here": list(extended(because(), json!({ "scope": text("a scope"), "subject": text("what is open") }))),
                "where": list(extended(because(), json!({ "fact": text("a fact"), "where": text("what leaves it open") }))),
                "no_repository_shows": list(text("a limit of the domain")),
            })),
        }),
    );
    let disqualifier = object(json!({
        "id": text("the disqualifier"),
        "triggers": list(object(json!({
            "title": text("what triggers it"), "headline": level("the highest headline"), "domain": text("a domain"),
            "domain_level": level("the domain's highest level"), "stands_for": list(text("a criterion whose waivers silence it")),
            "facts": list(text("a fact")),
        }))),
        "scopes": list(object(json!({
            "scope": text("a scope"), "class": classes(), "counts": counts(), "title": text("what triggered it"),
            "in_force": flag("not all of it is waived"),
            "evidence": list(extended(observation_schema(), json!({ "waived": flag("a waiver takes it out") }))),
        }))),
        "warnings": list(text("what makes the result doubtful")),
    }));
    let domain = object(json!({
        "id": word(Domain::ALL.iter().map(|domain| domain.as_str())), "level": level("null where it has no subject"),
        "why": text("why it is not higher"),
        "next": or_null(object(json!({ "level": level("the next level"), "unmet": list(text("a criterion")) }))),
        "scopes": list(object(json!({
            "scope": text("a scope"), "class": classes(), "counts": counts(), "level": level("the domain's level in it"),
            "disqualifiers": list(text("what holds it down")),
        }))),
        "criteria": list(object(json!({
            "id": text("a criterion"), "title": text("a few words"), "level": level("the level that asks for it"),
            "spine": flag("whether the headline needs it"), "status": statuses(), "reason": word_or_null(Reason::ALL.map(Reason::as_str)),
            "status_without_waivers": without(), "coverage": object(json!({ "met": nullable("subjects that meet it"), "of": nullable("of so many") })),
            "to_pass": text("what would make it pass"),
        }))),
        "limits": list(text("what no repository shows")),
    }));
    let both = object(json!({ "status": statuses(), "status_without_waivers": without() }));
    let waiver = extended(
        waivers(),
        json!({
            "statuses": { "type": "object", "additionalProperties": both, "description": "by criterion that it is about" },
            "level": level("the headline"), "level_without_waivers": level("the headline if no waiver counted"),
        }),
    );
    let control = extended(control_schema(), json!({ "framework": text("its framework") }));
    let kinds = ["criterion", "disqualifier", "domain", "waiver", "control"];
    let needs: Vec<Value> = kinds.iter().map(|kind| json!({ "properties": { "kind": { "const": kind } }, "required": [kind] })).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/explain.v1.json",
        "title": "ztctl explanation",
        "description": "What `ztctl assess --explain ID --format json` prints. No value of a credential is in it.",
        "type": "object",
        "required": ["schema", "kind"],
        "oneOf": needs,
        "properties": {
            "schema": { "const": SCHEMA },
            "kind": word(kinds),
            "criterion": criterion,
            "disqualifier": disqualifier,
            "domain": domain,
            "waiver": waiver,
            "control": list(control),
        },
        "$defs": { "observation": observation_schema(), "evidence": evidence_schema() },
    })
}

/// The schema of an object with more keys.
fn extended(mut base: Value, more: Value) -> Value {
    let more = object(more);
    for key in ["properties", "required"] {
        match (base.get_mut(key), more.get(key)) {
            (Some(Value::Object(own)), Some(Value::Object(other))) => own.extend(other.clone()),
            (Some(Value::Array(own)), Some(Value::Array(other))) => own.extend(other.iter().cloned()),
            _ => {}
        }
    }
    base
}

fn statuses_or_null(doc: &str) -> Value {
    let mut value = word_or_null(Status::ALL.map(Status::as_str));
    value["description"] = json!(doc);
    value
}
