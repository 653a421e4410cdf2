use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{Keyword, import_keywords};
use crate::model::rego::RuleDef;

declare_rule! {
    UseIf {
        id: "use-if",
        group: "idiomatic",
        summary: "a rule body of v0 without `if`",
        why: "In Rego v1 every rule body follows `if`; without it the module is refused. In v0 the keyword is opt-in, and says \
              where the value ends and the condition starts. `import rego.v1` (rule `use-rego-v1`) brings all keywords at once.",
        bad: rego_v0("package play\n\nallow {\n\tinput.user == \"alice\"\n}\n"),
        good: rego_v0("package play\n\nimport future.keywords.if\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Inserts `if`, in `else` branches too, and imports the keyword. A set rule `p[x] { … }` becomes \
                     `p contains x if { … }`, for with `if` alone `p[x]` would define an object.",
        source: "https://www.openpolicyagent.org/docs/v0-upgrade",
        peers: &["regal idiomatic/use-if", "opa check"],
    }
}

impl Rule for UseIf {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_v1() || cx.stays_v0() {
            return;
        }
        for rule in &cx.module().rules {
            let mut bodies = rule.rule.bodies();
            let Some(first) = bodies.next() else { continue };
            let chained = bodies.next().is_some();
            let has_if = rule.rule.if_token().is_some();
            // Regal takes every chained body for one without `if`
            if has_if && !(cx.is_regal() && (chained || !seen_by_regal(cx, rule, first.span().end))) {
                continue;
            }
            let edits = (!has_if).then(|| edits(cx, rule, first.span().start)).flatten();
            let at = rule.head.name().map_or(rule.head.span(), |name| name.span());
            let report = cx
                .report(at, format!("the body of `{}` does not follow `if`", rule.path.dotted()))
                .help("write `if` before the body, or `import rego.v1` and migrate with `ztctl fmt --migrate both`");
            if let Some(edits) = edits {
                report.fix("add `if`", Applicability::Safe, edits);
            }
        }
    }
}

/// Whether Regal finds the `if`: it takes as many characters off the rule's text as the head's text has.
fn seen_by_regal(cx: &FileCx<'_>, rule: &RuleDef<'_>, end: u32) -> bool {
    let end = if rule.rule.elses().next().is_some() { rule.rule.span().end } else { end };
    let head = opa_view::regal_text(cx.file(), rule.head.span()).chars().count();
    let text = opa_view::regal_text(cx.file(), Span::new(rule.rule.span().start, end));
    text.chars().skip(head).collect::<String>().trim().starts_with("if")
}

/// `if` before the body at `body` and those of `else` branches, with the imports that this takes.
fn edits(cx: &FileCx<'_>, rule: &RuleDef<'_>, body: u32) -> Option<Vec<(Span, String)>> {
    let mut keywords = vec![Keyword::If];
    let mut edits = Vec::new();
    if rule.bracket_member.is_some() {
        keywords.insert(0, Keyword::Contains);
        edits.extend(super::use_contains::member_edits(cx, rule)?);
    }
    edits.push((Span::at(body), "if ".to_owned()));
    for branch in rule.rule.elses().filter(|branch| branch.if_token().is_none()) {
        if let Some(body) = branch.body() {
            edits.push((Span::at(body.span().start), "if ".to_owned()));
        }
    }
    edits.extend(import_keywords(cx, &keywords));
    Some(edits)
}
