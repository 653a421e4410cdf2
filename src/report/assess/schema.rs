//! The schema of `ztctl.dev/assess/v1`.

use serde_json::{Value, json};

use crate::assess::criteria::{CRITERIA, DISQUALIFIERS};
use crate::assess::fact::Fact;
use crate::assess::status::{Domain, Reason};

/// The JSON schema (2020-12) of the JSON report, as `ztctl schema assess` prints it. Objects are open: changes within v1 only add
/// keys, and readers must not refuse them.
#[must_use]
pub fn assess_schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let optional = |doc: &str| json!({ "type": ["string", "null"], "description": doc });
    let number = |doc: &str| json!({ "type": "integer", "minimum": 0, "description": doc });
    let nullable = |doc: &str| json!({ "type": ["integer", "null"], "minimum": 0, "description": doc });
    let level = |doc: &str| json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 5, "description": doc });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |required: &[&str], properties: Value| json!({ "type": "object", "required": required, "properties": properties });
    let word = |words: Vec<&str>| json!({ "enum": words });
    let id = |doc: &str| json!({ "type": "string", "description": doc });
    let domains: Vec<&str> = Domain::ALL.iter().map(|domain| domain.as_str()).collect();
    let reasons: Vec<&str> = Reason::ALL.iter().map(|reason| reason.as_str()).collect();
    let disqualifiers: std::collections::BTreeSet<&str> = DISQUALIFIERS.iter().map(|row| row.id).collect();
    let mut facts: Vec<&str> = Fact::ALL.iter().map(|fact| fact.as_str()).collect();
    facts.push("absent");
    let waiver = object(
        &["id", "criteria", "findings", "owner", "approved_by", "reason", "expires", "path", "line"],
        json!({
            "id": id("the waiver's id"), "criteria": list(text("a criterion")), "findings": list(text("a fact, rule or fingerprint")),
            "owner": text("who answers for it"), "approved_by": optional("who approved it"), "reason": text("why"),
            "expires": optional("its last day"), "path": text("the file"), "line": number("1-based"),
        }),
    );
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/assess.v1.json",
        "title": "ztctl assessment",
        "description": "What `ztctl assess --format json` prints. A level is what the files declare, not what runs. No value of a credential is in it.",
        "type": "object",
        "required": [
            "schema", "tool", "target", "overall", "domains", "environments", "scopes", "criteria", "credentials", "services", "findings", "waivers",
            "disqualifiers", "reachability", "unknown", "limits",
        ],
        "properties": {
            "schema": { "const": super::json::SCHEMA },
            "tool": object(&["name", "version", "model", "config_digest"], json!({
                "name": { "const": "ztctl" }, "version": text("the version that wrote it"), "model": text("the version of the criteria and the arithmetic"),
                "config_digest": text("names the configuration"),
            })),
            "target": object(&["kind", "commit", "dirty", "as_of", "workloads", "files"], json!({
                "kind": word(vec!["service", "gitops", "gitops-monorepo", "platform", "terraform", "policy-bundle", "library", "docs"]),
                "commit": optional("the revision"), "dirty": { "type": ["boolean", "null"], "description": "whether files differ from it" },
                "as_of": text("the date that decides every expiry"), "workloads": number("workloads outside of the platform's namespaces"),
                "files": object(&["scanned", "skipped"], json!({
                    "scanned": number("files that were read"),
                    "skipped": list(object(&["path", "reason"], json!({ "path": text("the file"), "reason": text("why it was not read") }))),
                })),
            })),
            "overall": object(&["rated", "level", "level_without_waivers", "level_all_scopes", "progress", "confidence", "caps", "reason"], json!({
                "rated": { "type": "boolean" }, "level": level("the headline; null where not rated"),
                "level_without_waivers": level("the headline if no waiver counted"), "level_all_scopes": level("the least level of all scopes"),
                "progress": { "anyOf": [{ "type": "null" }, object(&["next", "percent"], json!({ "next": number("the next level"), "percent": number("0 to 100") }))] },
                "confidence": word(vec!["high", "medium", "low"]), "caps": list(word(disqualifiers.iter().copied().collect())), "reason": text("why it is this level"),
            })),
            "domains": list(object(&["id", "level", "next", "by_environment", "why", "limits"], json!({
                "id": word(domains.clone()), "level": level("null where the files have no subject"),
                "next": { "anyOf": [{ "type": "null" }, object(&["level", "unmet"], json!({ "level": number("the level"), "unmet": list(text("a criterion")) }))] },
                "by_environment": { "type": "object", "additionalProperties": level("the level there") }, "why": text("why it is not higher"),
                "limits": list(text("what no repository shows")),
            }))),
            "environments": list(object(&["id", "class", "level", "namespaces"], json!({
                "id": id("its name"), "class": word(vec!["production", "non-production", "unclassified"]), "level": level("the least of its scopes"),
                "namespaces": list(text("a namespace with workloads")),
            }))),
            "scopes": list(object(&["id", "environment", "namespace", "class", "workloads", "level", "level_without_waivers", "confidence", "domains"], json!({
                "id": id("environment/namespace"), "environment": text("its environment"), "namespace": text("empty where nothing has namespaces"),
                "class": text("its environment's"), "workloads": number("workloads in it"), "level": level("its level"),
                "level_without_waivers": level("its level if no waiver counted"), "confidence": text("high, medium or low"),
                "domains": { "type": "object", "additionalProperties": level("the domain's level") },
            }))),
            "criteria": list(object(
                &["id", "level", "domain", "spine", "scope", "status", "reason", "coverage", "confidence", "statement", "evidence", "remediation", "mappings"],
                json!({
                    "id": word(CRITERIA.iter().map(|criterion| criterion.id).collect()), "level": number("1 to 5"), "domain": word(domains.clone()),
                    "spine": { "type": "boolean", "description": "whether the headline needs it" }, "scope": text("the scope's id"),
                    "status": word(vec!["met", "partial", "not_met", "waived", "not_applicable", "unknown"]),
                    "reason": { "enum": reasons.iter().map(|reason| json!(reason)).chain([Value::Null]).collect::<Vec<_>>() },
                    "coverage": object(&["met", "of"], json!({ "met": number("subjects that meet it"), "of": number("subjects about which it is stated") })),
                    "confidence": { "type": ["number", "null"], "minimum": 0, "maximum": 1 }, "statement": text("what is asked"),
                    "evidence": list(json!({ "$ref": "#/$defs/evidence" })),
                    "remediation": object(&["summary", "patch", "effort"], json!({ "summary": text("what would make it pass"), "patch": text("an example"), "effort": word(vec!["S", "M", "L"]) })),
                    "mappings": { "type": "object", "description": "frameworks' controls; empty in this version" },
                }),
            )),
            "credentials": list(object(&["id", "consumer", "environment", "used_by", "name", "rung", "fact", "source", "evidence"], json!({
                "id": id("stable across runs"), "consumer": text("who uses it"), "environment": optional("where"), "used_by": word(vec!["workload", "pipeline", "tool"]),
                "name": text("its name"), "rung": nullable("0 value in a file, 1 by hand, 2 platform store, 3 manager with rotation, 4 leased or identity; null: open"),
                "fact": word(facts.clone()), "source": text("where it comes from, in words"), "evidence": list(text("path:line")),
            }))),
            "services": super::json::services::schema(),
            "findings": list(object(&["id", "rule", "class", "context", "verdict", "cap", "path", "line", "subject", "redacted", "length", "entropy"], json!({
                "id": id("stable across runs"), "rule": text("the kind of place"), "class": word(vec!["V1", "V2", "V3", "V4", "V5"]), "context": word(vec!["C1", "C2", "C3", "C4"]),
                "verdict": word(vec!["cap", "review"]), "cap": level("the level that it holds at"), "path": text("the file"), "line": number("1-based"),
                "subject": text("the object and its key"), "redacted": { "const": "****" }, "length": number("characters of the value"),
                "entropy": { "type": ["number", "null"] },
            }))),
            "waivers": object(&["active", "expired", "invalid", "unmatched"], json!({
                "active": list(waiver.clone()), "expired": list(waiver.clone()), "unmatched": list(waiver),
                "invalid": list(object(&["id", "why", "path", "line"], json!({ "id": text("may be empty"), "why": text("what is wrong"), "path": text("the file"), "line": number("1-based") }))),
            })),
            "disqualifiers": list(object(&["id", "title", "scope", "headline", "domain", "domain_level", "evidence"], json!({
                "id": word(disqualifiers.iter().copied().collect()), "title": text("what it is"), "scope": text("the scope's id"), "headline": number("the highest headline"),
                "domain": word(domains), "domain_level": number("the highest level of the domain"), "evidence": list(json!({ "$ref": "#/$defs/observation" })),
            }))),
            "reachability": { "description": "null in this version" },
            "unknown": list(object(&["criterion", "scope", "reason"], json!({ "criterion": text("its id"), "scope": text("the scope's id"), "reason": word(reasons) }))),
            "limits": list(text("what this version does not look at")),
        },
        "$defs": {
            "observation": object(&["path", "line", "col", "end_line", "subject", "fact", "detail", "snippet_redacted"], json!({
                "path": optional("null for something that is absent"), "line": nullable("1-based"), "col": nullable("1-based, in Unicode scalar values"),
                "end_line": nullable("1-based"), "subject": text("namespace/Kind/name, or the scope"), "fact": word(facts), "detail": text("what was found"),
                "snippet_redacted": { "type": ["string", "null"] },
            })),
            "evidence": { "allOf": [{ "$ref": "#/$defs/observation" }, object(&["polarity", "fingerprint", "waived_by"], json!({
                "polarity": word(vec!["contrary", "positive", "unknown"]), "fingerprint": optional("stable across moved lines"), "waived_by": optional("the waiver's id"),
            }))] },
        },
    })
}
