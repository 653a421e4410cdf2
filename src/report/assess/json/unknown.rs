//! What could not be told, and what is not looked at.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{list, object, text, word};
use crate::assess::Assessment;
use crate::assess::criteria::NOT_READ;
use crate::assess::status::Reason;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let row =
        |(criterion, scope, reason): &(&str, String, Reason)| json!({ "criterion": criterion, "scope": scope, "reason": reason.as_str() });
    assessment.unknown.iter().map(row).collect()
}

pub(super) fn schema() -> Value {
    list(object(json!({
        "criterion": text("its id"),
        "scope": text("the scope's id"),
        "reason": word(Reason::ALL.iter().map(|reason| reason.as_str())),
    })))
}

pub(super) fn limits(_: &Assessment, _: &About) -> Value {
    json!(NOT_READ)
}

pub(super) fn limits_schema() -> Value {
    list(text("what this version does not look at"))
}
