use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, RegalView, Region};
use crate::lint::rules::{opa_view, support};
use crate::model::rego::{BindingKind, Name, Scopes};
use crate::syntax::rego::ast::{Expr, Infix, RefPart};

declare_rule! {
    PreferEqualsComparison {
        id: "prefer-equals-comparison",
        group: "idiomatic",
        summary: "`=` between two values that are known",
        why: "`=` unifies: it compares, and sets what is not set yet. Where both sides have their values, `==` says what is meant, and \
              is an error rather than an assignment if one of them is a typing mistake.",
        bad: rego("package play\n\nallow if input.role = \"admin\"\n"),
        good: rego("package play\n\nallow if input.role == \"admin\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Safe: values that are both known unify exactly if they are equal.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/prefer-equals-comparison",
        peers: &["regal idiomatic/prefer-equals-comparison"],
    }
}

impl Rule for PreferEqualsComparison {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Infix]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.is_regal() || !cx.text().contains(['=', '(']) {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            let mut found: BTreeMap<u32, Span> = BTreeMap::new();
            let mut regions = None;
            for expr in view.exprs(rule).iter().filter(|expr| view.called(**expr) == "eq") {
                let sides: Vec<Id> = view.children(*expr).skip(1).take(2).collect();
                if sides.len() == 2
                    && sides.iter().all(|side| is_unassignable(&view, cx, rule, *side, &mut regions))
                    && let Some(place) = view.place(*expr)
                {
                    found.insert(place.start, place);
                }
            }
            for place in found.into_values() {
                report(cx, place);
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(infix) = Infix::cast(node) else { return };
        let Some(op) = infix.op().filter(|op| op.kind() == Kind::Equal && !cx.is_regal()) else { return };
        let (Some(left), Some(right)) = (infix.left(), infix.right()) else { return };
        let scopes = cx.shared_scopes();
        if is_known(&scopes, left, node) && is_known(&scopes, right, node) {
            report(cx, node.span()).fix("write `==`", Applicability::Safe, [(op.span(), "==".to_owned())]);
        }
    }
}

fn report<'a>(cx: &'a mut FileCx<'_>, span: Span) -> crate::lint::context::Report<'a> {
    let text = support::excerpt(cx.file().slice(span));
    cx.report(span, format!("`{text}` compares two values with `=`")).help("write `==`")
}

/// Whether a side has its value before the statement.
fn is_known<'t>(scopes: &Scopes<'t>, expr: Expr<'t>, statement: Node<'t>) -> bool {
    match expr.inner() {
        Expr::Var(var) => match scopes.name(var.node()) {
            Some(Name::Local(_)) => scopes.binding(var.node()).is_some_and(|binding| {
                let declared =
                    matches!(binding.kind, BindingKind::Argument | BindingKind::Assign | BindingKind::Every | BindingKind::SomeIn);
                declared && binding.span.end <= statement.span().start
            }),
            Some(Name::Rule(_) | Name::Import(_) | Name::Input | Name::Data) => true,
            _ => false,
        },
        // its variables are set by the reference, whatever it is compared with
        Expr::Ref(reference) => {
            matches!(reference.operand(), Some(Expr::Var(_)))
                && reference.parts().all(|part| match part {
                    RefPart::Dot(_) => true,
                    RefPart::Bracket(bracket) => {
                        matches!(bracket.expr().map(Expr::inner), Some(Expr::Scalar(_) | Expr::Var(_) | Expr::Ref(_)))
                    }
                })
        }
        expr => opa_view::is_constant(expr),
    }
}

/// The comprehensions of a rule and where they are.
type Regions = Option<Vec<(Id, Region)>>;

/// Regal's idea of a side that nothing is assigned to.
fn is_unassignable(view: &RegalView<'_>, cx: &FileCx<'_>, rule: usize, term: Id, regions: &mut Regions) -> bool {
    match view.form(term) {
        Form::Ref => true,
        Form::Var => !view.is_output(cx.file(), rule, term) && !is_declared_term(view, cx, rule, term, regions),
        _ => view.is_constant(term),
    }
}

/// Whether a comprehension round a variable has it in its head.
fn is_declared_term(view: &RegalView<'_>, cx: &FileCx<'_>, rule: usize, var: Id, regions: &mut Regions) -> bool {
    let name = view.item(var).name;
    let Some(place) = view.region(cx.file(), var) else { return false };
    let known = regions.get_or_insert_with(|| {
        let comprehensions = view.comprehensions(rule).iter();
        comprehensions.filter_map(|id| view.region(cx.file(), *id).map(|region| (*id, region))).collect()
    });
    known
        .iter()
        .filter(|(_, region)| region.contains(&place))
        .any(|(comprehension, _)| view.head_terms(*comprehension).any(|term| view.has_var(term, name)))
}
