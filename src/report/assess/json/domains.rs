//! The six domains.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{by_name, level, list, number, object, or_null, text, word};
use crate::assess::Assessment;
use crate::assess::criteria::limits;
use crate::assess::status::Domain;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let row = |result: &crate::assess::result::DomainResult| {
        json!({
            "id": result.domain.as_str(),
            "level": result.level,
            "next": result.next.as_ref().map(|(level, unmet)| json!({ "level": level, "unmet": unmet })),
            "by_environment": result.by_environment,
            "why": result.why,
            "limits": limits(result.domain),
        })
    };
    assessment.domains.iter().map(row).collect()
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "id": word(Domain::ALL.iter().map(|domain| domain.as_str())),
        "level": level("null where the files have no subject"),
        "next": or_null(object(json!({ "level": number("the level"), "unmet": list(text("a criterion")) }))),
        "by_environment": by_name("by the environment's id", level("the level there")),
        "why": text("why it is not higher"),
        "limits": list(text("what no repository shows")),
    })))
}
