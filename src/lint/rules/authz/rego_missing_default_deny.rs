use crate::lint::context::WorkspaceCx;
use crate::lint::rules::prelude::*;
use crate::model::rego::{FactKinds, RuleKind};
use crate::text::{Location, SourceId};

declare_rule! {
    RegoMissingDefaultDeny {
        id: "rego-missing-default-deny",
        group: "authz",
        summary: "a decision `allow` that is undefined where no rule allows",
        why: "Without a default, `allow` is not false but undefined when no rule holds. A caller that looks for `false`, or takes a \
              missing answer for no objection, lets the request pass. `default allow := false` makes the denial a value.\n\n\
              The default may stand in any file of the package. Packages that only deny (`deny`, `violation`), functions, sets, and \
              an `allow` with values other than true and false are not meant.",
        bad: rego("package play\n\nallow if input.user.admin\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user.admin\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Inserts `default allow := false` above the first definition: what was undefined is false afterwards.",
        source: "https://www.openpolicyagent.org/docs/policy-language#default-keyword",
    }
}

impl Rule for RegoMissingDefaultDeny {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds::default())
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let mut found: Vec<(SourceId, Span)> = Vec::new();
        for (name, modules) in workspace.packages() {
            let path = format!("{name}.allow");
            let mut first: Option<(SourceId, Span)> = None;
            let mut wanted = true;
            for facts in modules {
                wanted &= !facts.is_test();
                for rule in facts.rules.iter().filter(|rule| rule.path == path) {
                    wanted &= rule.kind == RuleKind::Complete && rule.is_boolean && rule.is_conditional && !rule.is_default;
                    first = first.or(Some((facts.source, rule.span)));
                }
            }
            found.extend(first.filter(|_| wanted));
        }
        for (source, span) in found {
            let text = &cx.sources().get(source).text;
            let start = rule_start(text, span.start);
            let line_end = if text.contains("\r\n") { "\r\n" } else { "\n" };
            if let Some(report) = cx.report(Location { source, span }, "`allow` is undefined where no rule allows") {
                report.help("add `default allow := false`").fix(
                    "deny by default",
                    Applicability::Safe,
                    [(Span::at(start), format!("default allow := false{line_end}{line_end}"))],
                );
            }
        }
    }
}

/// Where a default goes that is to stand above a rule: above the comments right over it.
fn rule_start(text: &str, rule: u32) -> u32 {
    let mut start = text[..rule as usize].rfind('\n').map_or(0, |at| at + 1);
    while start > 0 {
        let above = text[..start - 1].rfind('\n').map_or(0, |at| at + 1);
        if !text[above..start].trim_start().starts_with('#') {
            break;
        }
        start = above;
    }
    start as u32
}
