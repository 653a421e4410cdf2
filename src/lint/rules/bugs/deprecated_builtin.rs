use crate::lint::rules::edits::is_taken;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::model::rego::builtin;
use crate::model::rego::instead_of_deprecated;
use crate::syntax::rego::Version;
use crate::syntax::rego::ast::{Call, Expr, With};

declare_rule! {
    DeprecatedBuiltin {
        id: "deprecated-builtin",
        group: "bugs",
        summary: "a call of a built-in function that is deprecated",
        why: "OPA 1.0 and later refuse modules that call it, and each of them has a better replacement.",
        bad: rego_v0("package play\n\nallow {\n\tany([input.user.admin, input.user.owner])\n}\n"),
        good: rego_v0("package play\n\nallow {\n\tinput.user.admin\n}\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/deprecated-builtin",
        fix: FixKind::Safe,
        fix_safety: "Calls `re_match` and `net.cidr_overlap` by their new names. What has another form now is done by `ztctl fmt --migrate`.",
        peers: &["regal bugs/deprecated-builtin"],
    }
}

impl Rule for DeprecatedBuiltin {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        // Regal leaves v1 to the compiler
        if cx.is_regal() && cx.parse().version == Version::V1 && cx.targets_v1() {
            return;
        }
        let Some(call) = Call::cast(node) else { return };
        let (Some(callee), Some(name)) = (call.callee(), call.name()) else { return };
        if !builtin(&name).is_some_and(|builtin| builtin.deprecated) || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        // a function of the module may have the name
        let first = name.split('.').next().unwrap_or_default();
        if cx.is_regal() || (cx.module().rule_named(first).is_none() && cx.module().import_named(first).is_none()) {
            let to = renamed(&name).filter(|_| !has_comment(cx, callee.span()) && is_free(cx, callee));
            let report = cx.report(callee.span(), format!("`{name}` is deprecated")).help(instead_of_deprecated(&name));
            if let Some(to) = to {
                report.fix(format!("call `{to}`"), Applicability::Safe, [(callee.span(), to.to_owned())]);
            }
        }
    }
}

/// Functions that have another name now, and take and give the same.
fn renamed(name: &str) -> Option<&'static str> {
    match name {
        "re_match" => Some("regex.match"),
        "net.cidr_overlap" => Some("net.cidr_contains"),
        _ => None,
    }
}

/// Whether no name in the module hides the new one, and nothing replaces the old one in a test.
fn is_free(cx: &FileCx<'_>, callee: Expr<'_>) -> bool {
    let replaced = || {
        let targets = cx.parse().tree.root().descendants().filter_map(With::cast).filter_map(With::target);
        targets.map(Expr::text).any(|target| target == callee.text())
    };
    let root = if matches!(callee, Expr::Var(_)) { "regex" } else { "net" };
    !is_taken(cx, root) && cx.spend(cx.parse().tree.node_count()) && !replaced()
}
