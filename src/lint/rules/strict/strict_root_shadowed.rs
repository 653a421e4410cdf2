use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::{Expr, Infix, Literal, LiteralKind};

declare_rule! {
    StrictRootShadowed {
        id: "strict-root-shadowed",
        group: "strict",
        summary: "a rule or variable of a v0 module that is called `input` or `data`",
        why: "It hides the document of that name. `opa check --strict` refuses the module, and so does OPA 1.0 once it is v1. In \
              modules that follow v1's rules it is a compile error with or without `--strict`.",
        bad: rego_v0("package play\n\nallow {\n\tinput := {\"user\": \"alice\"}\n\tinput.user == \"alice\"\n}\n"),
        good: rego_v0("package play\n\nallow {\n\trequest := {\"user\": \"alice\"}\n\trequest.user == \"alice\"\n}\n"),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict"],
    }
}

impl Rule for StrictRootShadowed {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_v1() {
            return;
        }
        for rule in &cx.module().rules {
            if let (true, Some((_, span))) = (is_root(rule.name), rule.path.parts.first()) {
                cx.report(*span, format!("a rule is called `{}`", rule.name)).help("give it another name");
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        if cx.is_v1() {
            return;
        }
        let Some(LiteralKind::Expr(expr)) = Literal::cast(node).and_then(Literal::kind) else { return };
        let left = match expr {
            Expr::Infix(infix) if is_assignment(infix) => infix.left(),
            Expr::Call(call) if call.name().is_some_and(|name| name == "assign") => call.args().next(),
            _ => return,
        };
        if let Some(Expr::Var(var)) = left.map(Expr::inner)
            && is_root(var.name())
        {
            cx.report(var.span(), format!("a variable is called `{}`", var.name())).help("give it another name");
        }
    }
}

fn is_root(name: &str) -> bool {
    matches!(name, "input" | "data")
}

fn is_assignment(infix: Infix<'_>) -> bool {
    infix.op().is_some_and(|op| op.kind() == Kind::Assign)
}
