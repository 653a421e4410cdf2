use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::lint::rules::edits::Edits;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::model::rego::{Module, RuleKind, builtin};
use crate::syntax::rego::ast::{Call, Expr, Literal};

declare_rule! {
    FunctionArgReturn {
        id: "function-arg-return",
        group: "style",
        summary: "a result that is taken by a further argument",
        why: "`count(xs, n)` binds `n` to the result, a form of the early days of Rego. Few readers know it, and a wrong number of arguments looks just the same.",
        bad: rego("package play\n\nallow if {\n\tcount(input.roles, n)\n\tn > 0\n}\n"),
        good: rego("package play\n\nallow if count(input.roles) > 0\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Writes `n = count(xs)`, which is what `count(xs, n)` means. It is left to the author to write `:=` where `n` is new.",
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "except-functions",
            kind: OptionKind::StringList,
            default: OptionValue::StringList(Cow::Borrowed(&[Cow::Borrowed("walk")])),
            doc: "Functions of which this is not reported.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/function-arg-return",
        peers: &["regal style/function-arg-return"],
    }
}

impl Rule for FunctionArgReturn {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let except = cx.list("except-functions");
        let mut own: Option<FxHashMap<String, usize>> = None;
        let module = cx.module();
        for node in cx.parse().tree.root().descendants().filter(|node| node.kind() == Kind::Call) {
            let Some(call) = Call::cast(node) else { continue };
            let Some(name) = call.name().filter(|name| name != "print" && !except.iter().any(|except| except == name)) else { continue };
            let own = own.get_or_insert_with(|| functions(module));
            let Some(arity) = own.get(&name).copied().or_else(|| builtin(&name).map(|builtin| builtin.args.len())) else { continue };
            // Regal does not count arguments that are calls
            let is_call = |expr: &Expr<'_>| matches!(expr, Expr::Call(_) | Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_));
            let args: Vec<Expr<'_>> = call.args().map(Expr::inner).filter(|arg| !cx.is_regal() || !is_call(arg)).collect();
            if let Some(last) = args.last().filter(|_| args.len() > arity)
                && !(cx.is_regal() && is_hidden_from_regal(node))
            {
                let edits = assignment(cx, call, arity);
                let report =
                    cx.report(last.span(), format!("the result of `{name}` is taken by an argument")).help("assign the result with `:=`");
                if let Some(edits) = edits {
                    report.fix("put the result in front", Applicability::Safe, edits);
                }
            }
        }
    }
}

/// `f(x, y)` → `y = f(x)`, where the call is a statement. A constant is compared.
fn assignment(cx: &FileCx<'_>, call: Call<'_>, arity: usize) -> Option<Edits> {
    let literal = Literal::cast(call.node().parent()?)?;
    let args: Vec<Expr<'_>> = call.args().collect();
    let [.., before, result] = args[..] else { return None };
    // a call under `not` is one whole; as an operand it would be evaluated outside
    if literal.not_token().is_some() {
        return None;
    }
    let removed = Span::new(before.span().end, result.span().end);
    if args.len() != arity + 1 || literal.node().parent()?.kind() != Kind::Body || has_comment(cx, removed) {
        return None;
    }
    if matches!(result, Expr::Scalar(_)) {
        return Some(vec![(removed, String::new()), (Span::at(call.span().end), format!(" == {}", result.text()))]);
    }
    let pattern = matches!(result, Expr::Var(_) | Expr::Ref(_) | Expr::Array(_));
    pattern.then(|| vec![(Span::at(call.span().start), format!("{} = ", result.text())), (removed, String::new())])
}

/// The module's own functions and the number of arguments of their first definitions.
fn functions(module: &Module<'_>) -> FxHashMap<String, usize> {
    let mut out = FxHashMap::default();
    for rule in module.rules.iter().filter(|rule| rule.kind == RuleKind::Function) {
        out.entry(rule.path.dotted()).or_insert_with(|| rule.head.args().map_or(0, |args| args.exprs().count()));
    }
    out
}
