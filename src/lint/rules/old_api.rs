//! What the rules about versions of APIs share.

use super::prelude::*;
use crate::model::k8s::apis::{Api, Schema, Standing, Successor, Table};
use crate::model::value::Node as Value;

/// Reports an object whose version has a successor or is gone, in the release that its file is for or else in the newest.
pub(super) fn report(table: &'static Table, object: &Object, cx: &mut ManifestCx<'_>) {
    let Some(api) = table.row(object) else { return };
    let at = object.api_version_at();
    let target = cx.target(table.product, at);
    let Some(standing) = api.standing(target) else { return };
    let Some(value) = object.root.get("apiVersion") else { return };
    let written = value.as_str().unwrap_or_default();
    let (kind, title) = (&object.kind, table.product.title());
    let (severity, successor, message) = match standing {
        Standing::Gone { removed, successor } => {
            let message = format!("`{written}` of `{kind}` was removed in {title} {removed}: the object is refused");
            (Severity::Error, successor, message)
        }
        Standing::Deprecated { since, removed } => {
            let message = format!("`{written}` of `{kind}` is deprecated since {title} {since}, and removed in {removed}");
            (Severity::Warning, None, message)
        }
        Standing::Replaced(successor) => {
            let message =
                format!("`{written}` of `{kind}` has been superseded by `{}` since {title} {}", successor.version(), successor.since);
            (Severity::Warning, Some(successor), message)
        }
    };
    let fix = successor.and_then(|successor| fix(value, successor, object, cx));
    let Some(mut report) = cx.report_as(severity, at, message) else { return };
    if let Some(help) = help(api, successor) {
        report = report.help(help);
    }
    if let (Some((applicability, edit)), Some(successor)) = (fix, successor) {
        report.fix(format!("use `{}`", successor.api_version), applicability, [edit]);
    }
}

fn help(api: &Api, successor: Option<&Successor>) -> Option<String> {
    match successor {
        Some(successor) if matches!(successor.schema, Schema::Other) => {
            Some(format!("write `apiVersion: {}`, whose fields differ", successor.api_version))
        }
        Some(successor) => Some(format!("write `apiVersion: {}`", successor.api_version)),
        None => (!api.advice.is_empty()).then(|| api.advice.to_owned()),
    }
}

type Edit = (crate::text::Location, String);

fn fix(value: &Value, successor: &Successor, object: &Object, cx: &ManifestCx<'_>) -> Option<(Applicability, Edit)> {
    if matches!(successor.schema, Schema::Other) {
        return None;
    }
    let edit = cx.replacement(value, successor.api_version)?;
    let safe = successor.keeps(object) && !object.partial && !is_anchored(value, cx);
    Some((if safe { Applicability::Safe } else { Applicability::Unsafe }, edit))
}

/// Whether aliases share the value: another object's kind may have no such version.
fn is_anchored(value: &Value, cx: &ManifestCx<'_>) -> bool {
    let at = value.origin.at;
    let text = &*cx.sources().get(at.source).text;
    let line = text[..at.span.start as usize].rsplit(['\n', ',', '{']).next().unwrap_or_default();
    !value.origin.via.is_empty() || line.contains('&')
}
