use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{Keyword, import_keywords};
use crate::model::rego::{RuleDef, RuleKind};
use crate::syntax::rego::ast::RefPart;

declare_rule! {
    UseContains {
        id: "use-contains",
        group: "idiomatic",
        summary: "a set rule of v0 without `contains`",
        why: "`deny[msg] { … }` defines a set in v0 and an object in v1, where the values are `true`: the same text means another \
              thing after migration by hand. `contains` says that a set is meant, in both versions.",
        bad: rego_v0("package play\n\ndeny[msg] {\n\tnot input.user\n\tmsg := \"no user\"\n}\n"),
        good: rego_v0(
            "package play\n\nimport future.keywords.contains\n\ndeny contains msg {\n\tnot input.user\n\tmsg := \"no user\"\n}\n"
        ),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Rewrites `p[x]` to `p contains x` and imports the keyword; both define the same set.",
        source: "https://www.openpolicyagent.org/docs/v0-upgrade",
        peers: &["regal idiomatic/use-contains", "opa check"],
    }
}

impl Rule for UseContains {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_v1() || cx.stays_v0() {
            return;
        }
        if cx.is_regal() {
            return as_regal(cx);
        }
        for rule in cx.module().rules.iter().filter(|rule| rule.bracket_member.is_some()) {
            report(cx, rule, rule.head.span());
        }
    }
}

fn report(cx: &mut FileCx<'_>, rule: &RuleDef<'_>, at: Span) {
    let edits = rule.bracket_member.and_then(|_| member_edits(cx, rule)).map(|mut edits| {
        edits.extend(import_keywords(cx, &[Keyword::Contains]));
        edits
    });
    let report = cx
        .report(at, format!("the set `{}` is defined without `contains`", rule.name))
        .help("write `contains` and the member, or `import rego.v1` and migrate with `ztctl fmt --migrate both`");
    if let Some(edits) = edits {
        report.fix("use `contains`", Applicability::Safe, edits);
    }
}

/// Regal looks for ` contains ` in the first line of a rule's text, and each chained body is a rule to it.
fn as_regal(cx: &mut FileCx<'_>) {
    for rule in opa_view::rules(cx.module()).filter(|rule| rule.def.kind == RuleKind::PartialSet) {
        let text = opa_view::regal_text(cx.file(), rule.span);
        if !text.split('\n').next().unwrap_or_default().contains(" contains ") {
            report(cx, rule.def, rule.head);
        }
    }
}

/// `p[x]` → `p contains x`.
pub(super) fn member_edits(cx: &FileCx<'_>, rule: &RuleDef<'_>) -> Option<Vec<(Span, String)>> {
    match rule.bracket_member? {
        RefPart::Bracket(bracket) => {
            let (node, member) = (bracket.node().span(), bracket.expr()?.span());
            // comments between the brackets would end up in the head
            if crate::lint::rules::support::has_comment(cx, node) {
                return None;
            }
            let before = cx.file().slice(Span::new(node.start.checked_sub(1)?, node.start));
            let lead = if before.trim().is_empty() { "contains " } else { " contains " };
            Some(vec![(Span::new(node.start, member.start), lead.to_owned()), (Span::new(member.end, node.end), String::new())])
        }
        RefPart::Dot(dot) => Some(vec![(dot.node().span(), format!(" contains \"{}\"", dot.name()?.text()))]),
    }
}
