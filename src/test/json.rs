//! `ztctl test --format json`: a bare array, a superset of what `opa test --format json` prints.

use serde_json::{Map, Value, json};

use super::{Failure, Site, SubResults, TestResult, Verdict};

/// The results in opa's shape; false and empty fields are left out, as opa does.
#[must_use]
pub fn report(results: &[TestResult]) -> Value {
    Value::Array(results.iter().map(row).collect())
}

fn row(result: &TestResult) -> Value {
    let mut row = Map::new();
    row.insert("location".into(), site(&result.at));
    row.insert("package".into(), result.package.clone().into());
    row.insert("name".into(), result.name.clone().into());
    if result.verdict == Verdict::Fail {
        row.insert("fail".into(), true.into());
    }
    if let Some(error) = &result.error {
        row.insert("error".into(), failure(error));
    }
    if result.verdict == Verdict::Skip {
        row.insert("skip".into(), true.into());
    }
    row.insert("duration".into(), result.duration_ns.into());
    if !result.output.is_empty() {
        row.insert("output".into(), data_encoding::BASE64.encode(result.output.as_bytes()).into());
    }
    if !result.sub_results.is_empty() {
        row.insert("sub_results".into(), sub_results(&result.sub_results));
    }
    // beyond opa's fields
    if result.is_case {
        row.insert("kind".into(), "case".into());
    }
    if !result.diff.is_empty() {
        row.insert("diff".into(), result.diff.clone().into());
    }
    Value::Object(row)
}

fn site(at: &Site) -> Value {
    json!({ "file": at.path, "row": at.row, "col": at.column })
}

fn failure(error: &Failure) -> Value {
    let mut out = Map::new();
    out.insert("code".into(), error.code.clone().into());
    out.insert("message".into(), error.message.clone().into());
    if let Some(at) = &error.at {
        out.insert("location".into(), site(at));
    }
    Value::Object(out)
}

fn sub_results(results: &SubResults) -> Value {
    let rows = results.iter().map(|(name, result)| {
        let mut row = Map::new();
        row.insert("name".into(), name.clone().into());
        if result.fail {
            row.insert("fail".into(), true.into());
        }
        if !result.sub_results.is_empty() {
            row.insert("sub_results".into(), sub_results(&result.sub_results));
        }
        (name.clone(), Value::Object(row))
    });
    Value::Object(rows.collect())
}
