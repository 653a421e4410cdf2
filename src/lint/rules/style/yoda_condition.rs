use crate::lint::rules::edits::{Edits, may_start_statement};
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{excerpt, is_comparison, is_hidden_from_regal};
use crate::syntax::rego::ast::{Call, Expr, Infix, ObjectItem, RefPart};

declare_rule! {
    YodaCondition {
        id: "yoda-condition",
        group: "style",
        summary: "a comparison with the constant on the left",
        why: "`\"admin\" == role` reads backwards. Write what is compared first, and what it is compared with second.",
        bad: rego("package play\n\nallow if \"admin\" == input.role\n"),
        good: rego("package play\n\nallow if input.role == \"admin\"\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/yoda-condition",
        fix: FixKind::Safe,
        fix_safety: "Swaps the operands and turns `<` and `>` round. Not offered where the other side would be read as part of the statement above it.",
        peers: &["regal style/yoda-condition"],
    }
}

impl Rule for YodaCondition {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Infix, Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let comparison = match node.kind() {
            Kind::Infix => Infix::cast(node).and_then(Infix::op).is_some_and(is_comparison),
            // the operators have names, by which nobody calls them
            _ => cx.is_regal() && Call::cast(node).and_then(Call::name).is_some_and(|name| NAMES.contains(&name.as_str())),
        };
        if !comparison {
            return;
        }
        let Some(call) = opa_view::call(node) else { return };
        let [Expr::Scalar(left), right, ..] = call.args[..] else { return };
        if matches!(right, Expr::Scalar(_)) || iterates(right, cx.is_regal()) || (cx.is_regal() && is_hidden_from_regal(node)) {
            return;
        }
        let edits = swap(node);
        let report = cx
            .report(left.span(), format!("`{}` is compared with what stands behind it", excerpt(left.text())))
            .help("put the constant to the right");
        if let Some(edits) = edits {
            report.fix("swap the operands", Applicability::Safe, edits);
        }
    }
}

/// The operands in each other's place; comments between them stay.
fn swap(node: Node<'_>) -> Option<Edits> {
    let infix = Infix::cast(node)?;
    let (left, op, right) = (infix.left()?, infix.op()?, infix.right()?);
    if !may_start_statement(right.text()) {
        return None;
    }
    let mirrored = match op.kind() {
        Kind::Less => Some(">"),
        Kind::LessEqual => Some(">="),
        Kind::Greater => Some("<"),
        Kind::GreaterEqual => Some("<="),
        _ => None,
    };
    let operands = [(left.span(), right.text().to_owned()), (right.span(), left.text().to_owned())];
    Some(operands.into_iter().chain(mirrored.map(|text| (op.span(), text.to_owned()))).collect())
}

const NAMES: [&str; 6] = ["equal", "neq", "gt", "lt", "gte", "lte"];

/// A reference of three parts or more with a variable in brackets, or a collection that looks like one to Regal.
fn iterates(expr: Expr<'_>, regal: bool) -> bool {
    match expr {
        Expr::Call(_) | Expr::Infix(_) | Expr::ObjectComprehension(_) if !regal => false,
        Expr::Ref(reference) => {
            reference.parts().count() > 1
                && reference.parts().any(|part| matches!(part, RefPart::Bracket(b) if matches!(b.expr(), Some(Expr::Var(_)))))
        }
        Expr::Array(array) => array.items().count() > 2 && array.items().skip(1).any(is_variable),
        Expr::Set(set) => set.items().count() > 2 && set.items().skip(1).any(is_variable),
        Expr::Call(_) | Expr::Infix(_) => {
            opa_view::call(expr.node()).is_some_and(|call| call.args.len() > 1 && call.args.iter().copied().any(is_variable))
        }
        Expr::ObjectComprehension(comprehension) => {
            let item = comprehension.item();
            [item.and_then(ObjectItem::key), item.and_then(ObjectItem::value)].into_iter().flatten().any(is_variable)
        }
        _ => false,
    }
}

fn is_variable(expr: Expr<'_>) -> bool {
    matches!(expr.inner(), Expr::Var(_)) && !opa_view::is_document(expr)
}
