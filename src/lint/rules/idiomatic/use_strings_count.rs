use crate::lint::rules::edits::{Edits, is_negated, is_taken};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Call, Expr};

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
        fix: FixKind::Safe,
        fix_safety: "Safe where the searched text is a constant that cannot overlap itself; else unsafe, since `indexof_n` counts `aa` in `aaa` twice and `strings.count` once. Unsafe under `not` too.",
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
        let edits = edits(cx, node);
        for place in places {
            let report = cx.report(place, "`count` of `indexof_n`").help("call `strings.count`");
            if let Some((applicability, edits)) = edits.clone() {
                report.fix("call `strings.count`", applicability, edits);
            }
        }
    }
}

fn edits(cx: &FileCx<'_>, node: Node<'_>) -> Option<(Applicability, Edits)> {
    let outer = Call::cast(node)?;
    let mut args = outer.args();
    let (Expr::Call(inner), None) = (args.next()?, args.next()) else { return None };
    let operands: Vec<Expr<'_>> = inner.args().collect();
    let lead = Span::new(node.span().start, inner.callee()?.span().end);
    let tail = Span::new(inner.span().end, node.span().end);
    if operands.len() != 2
        || has_comment(cx, lead)
        || has_comment(cx, tail)
        || ["count", "indexof_n", "strings"].iter().any(|name| is_taken(cx, name))
    {
        return None;
    }
    let search = match operands[1].inner() {
        Expr::Scalar(scalar) => string_value(scalar),
        _ => None,
    };
    let applicability =
        if !is_negated(node) && search.is_some_and(|text| !overlaps_itself(&text)) { Applicability::Safe } else { Applicability::Unsafe };
    Some((applicability, vec![(lead, "strings.count".to_owned()), (tail, String::new())]))
}

/// Whether a text begins as it ends, so that two occurrences may share characters. An empty text does.
fn overlaps_itself(text: &str) -> bool {
    text.is_empty() || text.char_indices().skip(1).any(|(at, _)| text.starts_with(&text[at..]))
}
