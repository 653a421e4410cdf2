//! What wrote the report, and about what.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{list, number, object, optional, text, word};
use crate::assess::Assessment;
use crate::assess::result::MODEL;

pub(super) fn tool(_: &Assessment, about: &About) -> Value {
    json!({ "name": "ztctl", "version": env!("CARGO_PKG_VERSION"), "model": MODEL, "config_digest": about.config_digest })
}

pub(super) fn tool_schema() -> Value {
    object(json!({
        "name": { "const": "ztctl" },
        "version": text("the version that wrote it"),
        "model": text("the version of the criteria and the arithmetic"),
        "config_digest": text("names the configuration"),
    }))
}

pub(super) fn value(assessment: &Assessment, about: &About) -> Value {
    let ownership = &assessment.governance.ownership;
    let skipped = assessment.skipped.iter().map(|file| json!({ "path": file.path, "reason": file.reason }));
    json!({
        "name": ownership.name,
        "owner": ownership.owner,
        "tier": ownership.tier,
        "tags": ownership.tags,
        "links": ownership.links,
        "kind": assessment.kind.as_str(),
        "commit": about.commit,
        "dirty": about.dirty,
        "origin": about.origin.as_ref().map(|origin| &origin.url),
        "as_of": assessment.as_of.to_string(),
        "workloads": assessment.workloads,
        "files": { "scanned": assessment.scanned, "skipped": skipped.collect::<Vec<_>>() },
    })
}

pub(super) fn schema() -> Value {
    object(json!({
        "name": text("the name that the configuration gives, else the folder's"),
        "owner": optional("who owns it, as the configuration says"),
        "tier": optional("how much it matters, as the configuration says"),
        "tags": list(text("a tag of the configuration")),
        "links": list(text("a repository that holds what this one enforces")),
        "kind": word(["service", "gitops", "gitops-monorepo", "platform", "terraform", "policy-bundle", "library", "docs"]),
        "commit": optional("the revision"),
        "dirty": { "type": ["boolean", "null"], "description": "whether files differ from it" },
        "origin": optional("where the repository can be read in a browser; null where unknown"),
        "as_of": { "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "description": "the date that decides every expiry" },
        "workloads": number("workloads outside of the platform's namespaces"),
        "files": object(json!({
            "scanned": number("files that were read"),
            "skipped": list(object(json!({ "path": text("the file"), "reason": text("why it was not read") }))),
        })),
    }))
}
