use crate::lint::rules::constants::constant_of;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::excerpt;
use crate::model::regexp;
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Call, Expr, RefPart};

declare_rule! {
    InvalidRegexp {
        id: "invalid-regexp",
        group: "bugs",
        summary: "a regular expression that does not compile",
        why: "A pattern that Go does not compile makes the call undefined for every text: the rule never holds, and under `not` it always does. \
              Look-ahead, back references and `\\Z` are no part of Go's syntax.",
        bad: rego("package play\n\nallow if regex.match(`[a-z`, input.user)\n"),
        good: rego("package play\n\nallow if regex.match(`[a-z]`, input.user)\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/invalid-regexp",
        peers: &["regal bugs/invalid-regexp"],
    }
}

impl Rule for InvalidRegexp {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        if cx.is_regal() {
            return as_regal(call, cx);
        }
        let Some(name) = function(call) else { return };
        let position = match name.as_str() {
            "re_match" | "regex.match" | "regex.split" | "regex.find_n" | "regex.find_all_string_submatch_n" | "regex.is_valid" => 0,
            "regex.template_match" => 0,
            "regex.replace" => 1,
            _ => return,
        };
        let root = if name == "re_match" { "re_match" } else { "regex" };
        if cx.module().rule_named(root).is_some() || cx.module().import_named(root).is_some() {
            return;
        }
        let args: Vec<Expr<'t>> = call.args().collect();
        let Some(written) = args.get(position) else { return };
        let Some(pattern) = text_of(cx, *written) else { return };
        let is_valid = if name == "regex.template_match" {
            let delimiters = (args.get(2).and_then(|d| text_of(cx, *d)), args.get(3).and_then(|d| text_of(cx, *d)));
            match delimiters {
                (Some(open), Some(close)) => is_template(&pattern, &open, &close),
                _ => return,
            }
        } else {
            regexp::is_valid(&pattern)
        };
        if !is_valid {
            cx.report(written.inner().span(), format!("`{}` is no regular expression of Go", excerpt(&pattern)))
                .help("write it in RE2's syntax");
        }
    }
}

/// Regal takes globs and templates for regular expressions, and looks at literals alone.
fn as_regal(call: Call<'_>, cx: &mut FileCx<'_>) {
    let Some(Expr::Ref(reference)) = call.callee() else { return };
    if !matches!(reference.operand(), Some(Expr::Var(var)) if var.name() == "regex") {
        return;
    }
    let positions: &[usize] = match reference.parts().next().and_then(opa_view::constant).as_deref() {
        Some("find_all_string_submatch_n" | "find_n" | "is_valid" | "match" | "split" | "template_match") => &[0],
        Some("globs_match") => &[0, 1],
        Some("replace") => &[1],
        _ => return,
    };
    for position in positions {
        let Some(argument @ Expr::Scalar(scalar)) = call.args().nth(*position).map(Expr::inner) else { continue };
        let Some(pattern) = string_value(scalar).filter(|pattern| !regexp::is_valid(pattern)) else { continue };
        for at in opa_view::regal_places(argument.node()) {
            cx.report(at, format!("`{}` is no regular expression of Go", excerpt(&pattern))).help("write it in RE2's syntax");
        }
    }
}

/// The name of a function of `regex`, or `re_match`.
fn function(call: Call<'_>) -> Option<String> {
    let Expr::Ref(reference) = call.callee()? else {
        return call.name().filter(|name| name == "re_match");
    };
    let is_regex = matches!(reference.operand(), Some(Expr::Var(var)) if var.name() == "regex");
    match (is_regex, reference.parts().next()?) {
        (true, RefPart::Dot(_) | RefPart::Bracket(_)) => call.name(),
        _ => None,
    }
}

fn text_of<'t>(cx: &FileCx<'t>, expr: Expr<'t>) -> Option<String> {
    match constant_of(cx, expr)? {
        Expr::Scalar(scalar) => string_value(scalar).map(|text| text.into_owned()),
        _ => None,
    }
}

/// Whether `regex.template_match` takes a template: each part between the delimiters is an expression.
fn is_template(template: &str, open: &str, close: &str) -> bool {
    let (&[open], &[close]) = (open.as_bytes(), close.as_bytes()) else {
        return false;
    };
    let (mut level, mut start) = (0usize, 0);
    for (index, byte) in template.bytes().enumerate() {
        if byte == open {
            level += 1;
            if level == 1 {
                start = index + 1;
            }
        } else if byte == close {
            let Some(less) = level.checked_sub(1) else { return false };
            level = less;
            if level == 0 && !template.get(start..index).is_some_and(|inner| regexp::is_valid(&format!("^{inner}$"))) {
                return false;
            }
        }
    }
    level == 0
}
