use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::model::rego::RuleKind;
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
        cx.report(node.span(), format!("the last `else` of `{name}` is a default")).help("write a `default` rule");
    }
}
