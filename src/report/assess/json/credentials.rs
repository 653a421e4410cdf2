//! The inventory of credentials.

use serde_json::{Value, json};

use super::super::About;
use super::criteria::facts;
use super::shape::{list, nullable, object, optional, text, word};
use crate::assess::Assessment;
use crate::assess::inventory::Credential;
use crate::assess::observe::Subject;
use crate::assess::waivers::fingerprint;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let row = |credential: &Credential| {
        json!({
            "id": fingerprint(credential.holding.fact(), "", &format!("{}{:?}", credential.subject, credential.reach)),
            "consumer": Subject { part: String::new(), ..credential.subject.clone() }.to_string(),
            "environment": credential.reach.environment,
            "used_by": format!("{:?}", credential.consumer).to_lowercase(),
            "name": credential.subject.part,
            "rung": credential.holding.rung(),
            "fact": credential.holding.fact().as_str(),
            "source": credential.source,
            "evidence": credential.spots.iter().map(|spot| format!("{}:{}", spot.path, spot.line)).collect::<Vec<_>>(),
        })
    };
    assessment.credentials.iter().map(row).collect()
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": text("stable across runs"),
        "consumer": text("who uses it"),
        "environment": optional("where"),
        "used_by": word(["workload", "pipeline", "tool"]),
        "name": text("its name"),
        "rung": nullable("0 value in a file, 1 by hand, 2 platform store, 3 manager with rotation, 4 leased or identity; null: open"),
        "fact": facts(),
        "source": text("where it comes from, in words"),
        "evidence": list(text("path:line")),
    })))
}
