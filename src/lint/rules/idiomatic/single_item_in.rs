use crate::lint::rules::edits::{Edits, is_atom, is_negated, may_start_statement};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::syntax::rego::ast::{Expr, Membership, SomeIn};

declare_rule! {
    SingleItemIn {
        id: "single-item-in",
        group: "idiomatic",
        summary: "`in` with a collection of one element",
        why: "`x in [\"admin\"]` is `x == \"admin\"`, said in a longer way.",
        bad: rego("package play\n\nallow if input.role in [\"admin\"]\n"),
        good: rego("package play\n\nallow if input.role == \"admin\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/single-item-in",
        fix: FixKind::Safe,
        fix_safety: "Compares with the element; `some x in [y]` becomes `x := y`. Not offered where operators would need parentheses, or for objects whose key may be undefined.",
        peers: &["regal idiomatic/single-item-in"],
    }
}

impl Rule for SingleItemIn {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SomeIn, Kind::Membership]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let (key, collection) = match (SomeIn::cast(node), Membership::cast(node)) {
            (Some(some), _) => (some.key(), some.collection()),
            (_, Some(membership)) => (membership.key(), membership.collection()),
            _ => return,
        };
        let single = match collection.map(Expr::inner) {
            Some(Expr::Array(array)) => array.items().count() == 1,
            Some(Expr::Set(set)) => set.items().count() == 1,
            Some(Expr::Object(object)) => object.items().count() == 1,
            _ => false,
        };
        if !single || key.is_some() || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        if let Some(op) = node.token(Kind::InKw) {
            let edits = compare(cx, node, op.span());
            let report = cx.report(op.span(), "the collection has one element").help("compare with the element");
            if let Some(edits) = edits {
                report.fix("compare with the element", Applicability::Safe, edits);
            }
        }
    }
}

/// `x in [y]` → `x == y`, and `some x in [y]` → `x := y`.
fn compare(cx: &FileCx<'_>, node: Node<'_>, op: Span) -> Option<Edits> {
    let some = SomeIn::cast(node);
    let membership = Membership::cast(node);
    let value = some.and_then(SomeIn::value).or_else(|| membership.and_then(Membership::value))?;
    let collection = some.and_then(SomeIn::collection).or_else(|| membership.and_then(Membership::collection))?;
    let element = match collection {
        Expr::Array(array) => array.items().next(),
        Expr::Set(set) => set.items().next(),
        Expr::Object(object) => {
            let item = object.items().next()?;
            matches!(item.key(), Some(Expr::Scalar(_))).then(|| item.value())?
        }
        _ => None,
    }?;
    let lead = Span::new(collection.span().start, element.span().start);
    let tail = Span::new(element.span().end, collection.span().end);
    // under `not`, `in` wants its operands defined and `==` does not
    let is_plain = |expr| matches!(expr, Expr::Scalar(_) | Expr::Var(_));
    let simple = (is_plain(value) && is_plain(element)) || !is_negated(node);
    if !simple || !is_atom(value) || !is_atom(element) || has_comment(cx, lead) || has_comment(cx, tail) {
        return None;
    }
    let mut edits = vec![(lead, String::new()), (tail, String::new())];
    if some.is_some() {
        let declared = matches!(value, Expr::Var(var) if var.name() != "_");
        let keyword = Span::new(node.span().start, value.span().start);
        if !declared || has_comment(cx, keyword) || !may_start_statement(value.text()) {
            return None;
        }
        edits.push((keyword, String::new()));
        edits.push((op, ":=".to_owned()));
    } else {
        edits.push((op, "==".to_owned()));
    }
    Some(edits)
}
