//! The parts of ztctl that failed.

use serde_json::{Value, json};

use super::super::About;
use super::shape::{list, object, optional, text};
use crate::assess::Assessment;

pub(super) fn value(assessment: &Assessment, _: &About) -> Value {
    let place = |at: &str| if at.is_empty() { Value::Null } else { at.into() };
    assessment.failures.iter().map(|failure| json!({ "part": failure.part, "at": place(&failure.at) })).collect()
}

/// Empty unless ztctl itself failed; criteria that rest on such a part are `error`.
pub(super) fn schema() -> Value {
    list(object(json!({
        "part": text("what failed"),
        "at": optional("the place in the source of ztctl"),
    })))
}
