use crate::lint::rules::edits::{Block, Edits, line_break};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{RuleDef, RuleKind};
use crate::syntax::rego::ast::Else;

declare_rule! {
    DefaultOverElse {
        id: "default-over-else",
        group: "style",
        summary: "an `else` that gives a constant without a condition",
        why: "A last `else := constant` is a default, hidden at the end. `default` says so at the start, and holds for all definitions of the rule.",
        bad: rego("package play\n\nlevel := 2 if {\n\tinput.user.admin\n} else := 0\n"),
        good: rego("package play\n\ndefault level := 0\n\nlevel := 2 if input.user.admin\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "Writes the default above the rule. Where another file of the package defines the rule too, the `else` gave its value beside that one's, and the default does not. Offered for rules with one definition.",
        options: &[OptionMeta {
            name: "prefer-default-functions",
            kind: OptionKind::Bool,
            default: OptionValue::Bool(false),
            doc: "Report functions too.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/default-over-else",
        peers: &["regal style/default-over-else"],
    }
}

impl Rule for DefaultOverElse {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Else]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(branch) = Else::cast(node) else { return };
        // Regal does not see conditions without braces
        let unconditional = match branch.body() {
            None => true,
            Some(body) => cx.is_regal() && body.open_token().is_none(),
        };
        let constant = branch.value().map_or(cx.is_regal(), opa_view::is_constant);
        if !unconditional || !constant {
            return;
        }
        let rule = cx.module().rule_at(node.span().start);
        if rule.is_some_and(|rule| rule.kind == RuleKind::Function) && !cx.flag("prefer-default-functions") {
            return;
        }
        let name = rule.map_or_else(String::new, |rule| rule.path.dotted());
        let edits = rule.and_then(|rule| edits(cx, rule, branch));
        let report = cx.report(node.span(), format!("the last `else` of `{name}` is a default")).help("write a `default` rule");
        if let Some(edits) = edits {
            report.fix("write a default", Applicability::Unsafe, edits);
        }
    }
}

fn edits(cx: &FileCx<'_>, rule: &RuleDef<'_>, branch: Else<'_>) -> Option<Edits> {
    let value = branch.value().filter(|value| opa_view::is_constant(*value))?;
    if !cx.spend(cx.module().rules.len()) {
        return None;
    }
    let definitions = cx.module().rules.iter().filter(|other| other.path.same_names(&rule.path)).count();
    let name = rule.head.name()?;
    // what stands in front of the branch: the body, or another branch
    let before = rule.rule.node().children().filter(|node| node.span().end <= branch.span().start).last()?.span().end;
    let removed = Span::new(before, branch.span().end);
    let is_last = branch.span().end == rule.rule.span().end;
    let simple = rule.kind == RuleKind::Complete && rule.is_constant && branch.body().is_none();
    if definitions != 1 || !is_last || !simple || has_comment(cx, removed) || value.text().contains('\n') {
        return None;
    }
    let block = Block::of(cx, rule.rule.span())?;
    let line_break = line_break(cx);
    let default = format!("default {} := {}{line_break}{line_break}", name.text(), value.text());
    Some(vec![(Span::at(block.lines.start), default), (removed, String::new())])
}
