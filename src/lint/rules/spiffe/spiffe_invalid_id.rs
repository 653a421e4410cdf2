use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{excerpt, operand_of_comparison};
use crate::model::envoy::{self, Message};
use crate::model::k8s::{Pod, pod};
use crate::model::rego::string_value;
use crate::model::shell::Call as Line;
use crate::model::spire::{self, id_problem, looks_like_id};
use crate::model::value::{Node as Data, Value};
use crate::syntax::rego::ast::{Call, Scalar};

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
        if !is_id || is_test(node, cx) {
            return;
        }
        let Some(id) = string_value(scalar) else { return };
        let compared = operand_of_comparison(node);
        if (!compared && may_be_part(&id)) || is_argument(node) {
            return;
        }
        if let Some(problem) = id_problem(&id) {
            cx.report(node.span(), format!("the SPIFFE ID `{}` {problem}", excerpt(&id))).help(HELP);
        }
    }

    fn reads_manifests(&self) -> bool {
        true
    }

    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        matchers(&envoy::of_document(document), cx);
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        matchers(&envoy::of_object(object), cx);
        if &*object.group == "spire.spiffe.io" {
            let fields: &[&str] = match &*object.kind {
                "ClusterSPIFFEID" => &["spiffeIDTemplate"],
                "ClusterStaticEntry" => &["spiffeID", "parentID"],
                _ => &[],
            };
            for entry in fields.iter().filter_map(|field| object.spec()?.value.entry(field)) {
                judge(&entry.value, cx);
            }
        }
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
            if let Some(problem) = value.and_then(problem)
                && let Some(report) = cx.report(&arg.at, format!("the SPIFFE ID of `-{name}` {problem}"))
            {
                report.help(HELP);
            }
        }
    }
}

/// Whether a string may be less or more than an ID: a prefix, a pattern, a text with gaps.
fn may_be_part(id: &str) -> bool {
    id.ends_with(['/', ':', '.', '-', '_'])
        || id.contains(['*', '%', '{', '}', '$', '<', '>', '[', ']', '(', ')', '|', '^', '\\', ' ', '\n', '+'])
}

/// Whether the string goes into a call, maybe as part of a collection.
fn is_argument(node: Node<'_>) -> bool {
    node.ancestors()
        .take_while(|node| !matches!(node.kind(), Kind::Literal | Kind::Head | Kind::Else | Kind::Body))
        .any(|node| Call::cast(node).is_some() || matches!(node.kind(), Kind::Template))
}

fn is_test(node: Node<'_>, cx: &FileCx<'_>) -> bool {
    let module = cx.module();
    module.package.last().is_some_and(|last| last == "test" || last.ends_with("_test"))
        || cx.file().path.ends_with("_test.rego")
        || module.rule_at(node.span().start).is_some_and(|rule| rule.is_test())
        || node.ancestors().any(|node| node.kind() == Kind::With)
}

/// The problem of an ID that is written out: no template, no variable.
fn problem(id: &str) -> Option<String> {
    let open = id.contains(['{', '$', '<', '%', '*']);
    (looks_like_id(id) && !open).then(|| id_problem(id))?
}

fn judge(value: &Data, cx: &mut ManifestCx<'_>) {
    let Some(id) = value.as_str() else { return };
    if let Some(problem) = problem(id)
        && let Some(report) = cx.report(&value.origin, format!("the SPIFFE ID `{}` {problem}", excerpt(id)))
    {
        report.help(HELP);
    }
}

/// The exact matchers of TLS contexts.
fn matchers(messages: &[Message<'_>], cx: &mut ManifestCx<'_>) {
    // a context inside another message is found with both
    for message in messages.iter().filter(|message| message.type_name.contains(".tls.") || message.type_name.contains(".rbac.")) {
        exact(message.node, cx, 0);
    }
}

fn exact(node: &Data, cx: &mut ManifestCx<'_>, depth: usize) {
    const MAX_DEPTH: usize = 64;
    if depth > MAX_DEPTH {
        return;
    }
    match &node.value {
        Value::Map(entries) => {
            for entry in entries {
                if &*entry.key == "exact" {
                    judge(&entry.value, cx);
                }
                exact(&entry.value, cx, depth + 1);
            }
        }
        Value::List(items) => items.iter().for_each(|item| exact(item, cx, depth + 1)),
        Value::Scalar(_) => {}
    }
}
