use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
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
            cx.report(op.span(), "the collection has one element").help("compare with the element");
        }
    }
}
