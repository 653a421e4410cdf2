use crate::lint::rules::prelude::*;
use crate::lint::rules::spiffe_view;
use crate::lint::rules::support::excerpt;
use crate::model::k8s::{Pod, pod};
use crate::model::rego::{is_of_test, stands_for_itself, string_value};
use crate::model::shell::Call as Line;
use crate::model::spire::{self, id_problem, looks_like_id};
use crate::model::value::Node as Data;
use crate::syntax::rego::ast::Scalar;

declare_rule! {
    SpiffeInvalidId {
        id: "spiffe-invalid-id",
        group: "spiffe",
        summary: "a SPIFFE ID that the standard does not allow",
        why: "No workload ever has such an ID: SPIRE issues none, and SPIFFE's libraries refuse it. A comparison with it is never \
              true, so an allow rule allows nobody and a deny rule denies nobody; a registration is refused.\n\n\
              The scheme is `spiffe`; the trust domain has lower-case letters, digits, `.`, `-` and `_`, at most 255 bytes of them; \
              the path has letters, digits, `.`, `-` and `_`, no empty or dot segment and no slash at its end; there is no port, \
              user, query, fragment or percent-encoding; the whole has at most 2048 bytes.\n\n\
              In Rego, strings that stand for themselves are judged. What is handed to a function (`startswith`, `glob.match`, \
              `sprintf`) may be a prefix or a pattern, and so may a string that ends in a slash or has a `*` unless it is compared. \
              Tests are left out: they try invalid IDs on purpose.",
        bad: rego("package play\n\nallow if input.principal == \"spiffe://Shop.example/ns/web/sa/web\"\n"),
        good: rego("package play\n\nallow if input.principal == \"spiffe://shop.example/ns/web/sa/web\"\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md",
    }
}

const HELP: &str = "write `spiffe://`, the trust domain in lower case, and a path without empty segments";

impl Rule for SpiffeInvalidId {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Scalar]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        // shorter than any ID, or no string
        let Some(scalar) = Scalar::cast(node).filter(|scalar| scalar.text().len() > 8) else { return };
        let is_id = scalar.text().get(1..8).is_some_and(looks_like_id);
        if !is_id || is_of_test(node, cx.module(), &cx.file().path) {
            return;
        }
        let Some(id) = string_value(scalar).filter(|id| stands_for_itself(node, id)) else { return };
        if let Some(problem) = id_problem(&id) {
            cx.report(node.span(), format!("the SPIFFE ID `{}` {problem}", excerpt(&id))).help(HELP);
        }
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        spiffe_view::of_document(document).iter().filter(|named| named.is_whole).for_each(|named| report(named.node, problem, cx));
        spiffe_view::registered_in(document).for_each(|value| report(value, field_problem, cx));
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        spiffe_view::of_object(object).iter().filter(|named| named.is_whole).for_each(|named| report(named.node, problem, cx));
        spiffe_view::registered(object).for_each(|value| report(value, field_problem, cx));
        for container in pod(object).iter().flat_map(Pod::containers) {
            if let Some(call) = spire::line_of_container(&container, "spiffe:") {
                arguments(&call, cx);
            }
        }
    }

    fn script(&self, script: &Script, cx: &mut ManifestCx<'_>) {
        spire::lines_of_script(script, "ID").for_each(|call| arguments(&call, cx));
    }
}

/// The IDs of a registration on a command line.
fn arguments(call: &Line, cx: &mut ManifestCx<'_>) {
    for name in ["spiffeID", "parentID"] {
        for (arg, value) in call.option(&[name]) {
            if let Some(problem) = value.and_then(field_problem)
                && let Some(report) = cx.report(&arg.at, format!("the SPIFFE ID of `-{name}` {problem}"))
            {
                report.help(HELP);
            }
        }
    }
}

/// The problem of a text that may be an ID and is written out: no template, no variable.
fn problem(text: &str) -> Option<String> {
    if looks_like_id(text) { field_problem(text) } else { None }
}

/// The problem of a text in a place that takes nothing but IDs, if it is written out.
fn field_problem(id: &str) -> Option<String> {
    let open = id.is_empty() || id.contains(['{', '$', '<', '%', '*']);
    if open { None } else { id_problem(id) }
}

fn report(value: &Data, problem: fn(&str) -> Option<String>, cx: &mut ManifestCx<'_>) {
    let Some(id) = value.as_str() else { return };
    if let Some(problem) = problem(id)
        && let Some(report) = cx.report(&value.origin, format!("the SPIFFE ID `{}` {problem}", excerpt(id)))
    {
        report.help(HELP);
    }
}
