use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::syntax::rego::ast::Expr;

declare_rule! {
    UseStringsCount {
        id: "use-strings-count",
        group: "idiomatic",
        summary: "counting the places that `indexof_n` finds",
        why: "`strings.count` gives the number directly.",
        bad: rego("package play\n\ndots := count(indexof_n(input.host, \".\"))\n"),
        good: rego("package play\n\ndots := strings.count(input.host, \".\")\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-strings-count",
        peers: &["regal idiomatic/use-strings-count"],
    }
}

impl Rule for UseStringsCount {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = opa_view::call(node).filter(|call| call.name == "count") else { return };
        let inner = call.args.first().filter(|arg| matches!(arg, Expr::Call(_))).and_then(|arg| opa_view::call(arg.node()));
        if inner.is_none_or(|inner| inner.name != "indexof_n") {
            return;
        }
        let places = if cx.is_regal() { opa_view::regal_places(node) } else { vec![node.span()] };
        for place in places {
            cx.report(place, "`count` of `indexof_n`").help("call `strings.count`");
        }
    }
}
