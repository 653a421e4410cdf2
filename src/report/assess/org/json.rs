//! `ztctl.dev/assess-org/v1`; changes within v1 only add.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::SCHEMA;
use crate::assess::criteria::{CRITERIA, criterion};
use crate::assess::org::{Distribution, Group, Org, Row};
use crate::assess::status::Domain;

/// The JSON report. The same reports give the same bytes.
#[must_use]
pub fn json(org: &Org) -> String {
    let mut text = serde_json::to_string_pretty(&document(org)).unwrap_or_default();
    text.push('\n');
    text
}

fn document(org: &Org) -> Value {
    let domains: Map<String, Value> = Domain::ALL
        .iter()
        .zip(&org.domains)
        .map(|(domain, (levels, none))| {
            let mut value = distribution(levels);
            value["none"] = json!(none);
            (domain.as_str().to_owned(), value)
        })
        .collect();
    let blockers = org.commonest().into_iter().map(|(id, blocker)| {
        let row = criterion(id);
        json!({
            "criterion": id,
            "title": row.map(|row| row.title),
            "level": row.map(|row| row.level),
            "spine": row.map(|row| row.spine),
            "fail": blocker.fail,
            "of": org.rated,
            "applies": blocker.applies,
            "unknown": blocker.unknown,
            "excused": blocker.excused,
            "blocks": blocker.blocks,
            "repositories": blocker.repositories,
        })
    });
    let waivers = org.waivers.iter().map(|waiver| {
        json!({
            "repository": waiver.repository, "id": waiver.id, "owner": waiver.owner, "criteria": waiver.criteria,
            "expires": waiver.expires, "over": waiver.over,
        })
    });
    let resolutions = org
        .links
        .resolved()
        .into_iter()
        .map(|row| json!({ "repository": row.repository, "criterion": row.criterion, "status": row.status, "by": row.by }));
    json!({
        "schema": SCHEMA,
        "tool": { "name": "ztctl", "version": env!("CARGO_PKG_VERSION") },
        "as_of": org.as_of.to_string(),
        "reports": {
            "merged": org.reports,
            "rated": org.rated,
            "not_rated": org.not_rated_count,
            "failed": org.failure_count,
            "same_content": org.duplicates,
            "models": org.models.iter().map(|(model, (count, _))| (model.clone(), json!(count))).collect::<Map<_, _>>(),
            "oldest": org.dates.as_ref().map(|(first, _)| first),
            "newest": org.dates.as_ref().map(|(_, last)| last),
        },
        "least": org.least(),
        "distribution": distribution(&org.levels),
        "distribution_without_waivers": distribution(&org.levels_without_waivers),
        "domains": domains,
        "repositories": org.rows.iter().map(row).collect::<Vec<_>>(),
        "more_repositories": org.more_rows,
        "not_rated": org.not_rated.iter().map(row).collect::<Vec<_>>(),
        "more_not_rated": org.not_rated_count - org.not_rated.len(),
        "blockers": blockers.collect::<Vec<_>>(),
        "disqualifiers": org.caps.iter().map(|(id, (count, names))| json!({ "id": id, "count": count, "repositories": names })).collect::<Vec<_>>(),
        "owners": groups(&org.owners),
        "tiers": groups(&org.tiers),
        "tags": groups(&org.tags),
        "more_groups": org.more_groups,
        "waivers": {
            "active": org.active_waivers, "expired": org.expired_waivers, "mistakes": org.invalid_waivers,
            "oldest": waivers.collect::<Vec<_>>(),
        },
        "findings": { "cap": org.capping_findings, "review": org.review_findings },
        "links": resolutions.collect::<Vec<_>>(),
        "failures": org.failures.iter().map(|failure| json!({ "file": failure.file, "why": failure.why })).collect::<Vec<_>>(),
    })
}

fn distribution(levels: &Distribution) -> Value {
    let rows: Map<String, Value> = levels.iter().enumerate().map(|(level, count)| (level.to_string(), json!(count))).collect();
    rows.into()
}

fn row(row: &Row) -> Value {
    let domains: Map<String, Value> =
        Domain::ALL.iter().zip(row.domains).map(|(domain, level)| (domain.as_str().to_owned(), json!(level))).collect();
    json!({
        "name": row.name, "file": row.file, "kind": row.kind, "level": row.level, "level_without_waivers": row.level_without_waivers,
        "domains": domains, "owner": row.owner, "tier": row.tier, "commit": row.commit, "as_of": row.as_of, "reason": row.reason,
    })
}

fn groups(groups: &BTreeMap<String, Group>) -> Value {
    let rows = groups.iter().map(|(name, group)| {
        json!({
            "name": name, "repositories": group.repositories, "rated": group.rated, "level": group.level,
            "distribution": distribution(&group.levels), "lowest": group.lowest,
        })
    });
    rows.collect()
}

/// The JSON schema (2020-12) of the merged report, as `ztctl schema assess-org` prints it.
#[must_use]
pub fn schema() -> Value {
    let text = |doc: &str| json!({ "type": "string", "description": doc });
    let optional = |doc: &str| json!({ "type": ["string", "null"], "description": doc });
    let number = |doc: &str| json!({ "type": "integer", "minimum": 0, "description": doc });
    let level = |doc: &str| json!({ "type": ["integer", "null"], "minimum": 0, "maximum": 5, "description": doc });
    let list = |of: Value| json!({ "type": "array", "items": of });
    let object = |properties: Value| {
        let required: Vec<String> = properties.as_object().into_iter().flat_map(Map::keys).cloned().collect();
        json!({ "type": "object", "required": required, "properties": properties })
    };
    let levels = |more: &[&str]| {
        let keys = (0..=5).map(|level: u8| level.to_string()).chain(more.iter().map(|&key| key.to_owned()));
        object(keys.map(|key| (key, number("repositories"))).collect::<Map<_, _>>().into())
    };
    let by_domain =
        |of: &dyn Fn() -> Value| object(Domain::ALL.iter().map(|domain| (domain.as_str().to_owned(), of())).collect::<Map<_, _>>().into());
    let row = || {
        list(object(json!({
            "name": text("the repository's name"), "file": text("its report"), "kind": text("what it is"), "level": level("null where not rated"),
            "level_without_waivers": level("null where not rated"), "domains": by_domain(&|| level("null where there is no subject")),
            "owner": optional("who owns it"), "tier": optional("how much it matters"), "commit": optional("its revision"),
            "as_of": text("the date of its report"), "reason": text("why it is this level"),
        })))
    };
    let group = || {
        list(object(json!({
            "name": text("the owner, tier or tag"), "repositories": number("repositories"), "rated": number("those that are rated"),
            "level": level("the least of them"), "distribution": levels(&[]), "lowest": list(text("some at that level")),
        })))
    };
    let ids: Vec<&str> = CRITERIA.iter().map(|criterion| criterion.id).collect();
    let properties = json!({
        "schema": { "const": SCHEMA },
        "tool": object(json!({ "name": { "const": "ztctl" }, "version": text("the version that merged") })),
        "as_of": text("the date that decides which waivers are over"),
        "reports": object(json!({
            "merged": number("reports"), "rated": number("of rated repositories"), "not_rated": number("of others"),
            "failed": number("files that could not be merged"), "same_content": number("reports with the content of another one"),
            "models": { "type": "object", "additionalProperties": number("reports"), "description": "versions of the model" },
            "oldest": optional("the oldest report's date"), "newest": optional("the newest report's date"),
        })),
        "least": level("the least level of all rated repositories"),
        "distribution": levels(&[]),
        "distribution_without_waivers": levels(&[]),
        "domains": by_domain(&|| levels(&["none"])),
        "repositories": row(),
        "more_repositories": number("rated repositories that are not listed"),
        "not_rated": row(),
        "more_not_rated": number("others that are not listed"),
        "blockers": list(object(json!({
            "criterion": { "enum": ids }, "title": optional("what it asks"), "level": level("its level"), "spine": { "type": ["boolean", "null"] },
            "fail": number("rated repositories that do not meet it"), "of": number("rated repositories"), "applies": number("those in which it has a subject"),
            "unknown": number("those that do not show it"), "excused": number("those with a waiver or statement"),
            "blocks": number("those whose next level needs it"), "repositories": list(text("some that fail it")),
        }))),
        "disqualifiers": list(object(json!({ "id": text("its id"), "count": number("repositories"), "repositories": list(text("some of them")) }))),
        "owners": group(),
        "tiers": group(),
        "tags": group(),
        "more_groups": number("names that are not listed"),
        "waivers": object(json!({
            "active": number("waivers"), "expired": number("waivers that are over"), "mistakes": number("mistakes in files of waivers"),
            "oldest": list(object(json!({
                "repository": text("whose it is"), "id": text("its id"), "owner": text("who answers for it"), "criteria": list(text("a criterion")),
                "expires": text("its last day"), "over": { "type": "boolean", "description": "whether that is past" },
            }))),
        })),
        "findings": object(json!({ "cap": number("values in files that hold levels down"), "review": number("values to review") })),
        "links": list(object(json!({
            "repository": text("the repository that leaves it open"), "criterion": text("what it leaves open"),
            "status": { "enum": ["met", "not_met", "unknown"] }, "by": list(text("repositories that link to it")),
        }))),
        "failures": list(object(json!({ "file": text("the file"), "why": text("what is wrong") }))),
    });
    let required: Vec<&String> = properties.as_object().into_iter().flat_map(Map::keys).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://ztctl.dev/schema/assess-org.v1.json",
        "title": "ztctl assessment of many repositories",
        "description": "What `ztctl assess merge --format json` prints: how many repositories are at which level, and what holds them down. No average.",
        "type": "object",
        "required": required,
        "properties": properties,
    })
}
