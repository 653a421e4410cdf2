use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{BindingKind, Name};
use crate::syntax::rego::ast::{Body, Expr, Literal, LiteralKind, RefPart, SetComprehension};

declare_rule! {
    UseObjectKeys {
        id: "use-object-keys",
        group: "idiomatic",
        summary: "a comprehension that collects the keys of an object",
        why: "`object.keys` says what is wanted, where a reader of the comprehension has to see that the values do not matter.",
        bad: rego("package play\n\nnames := {name | some name, _ in input.users}\n"),
        good: rego("package play\n\nnames := object.keys(input.users)\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Unsafe,
        fix_safety: "`object.keys` takes objects alone, where the comprehension takes arrays and sets too; and `{k | xs[k]}` leaves out keys whose value is false.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/use-object-keys",
        peers: &["regal idiomatic/use-object-keys"],
    }
}

impl Rule for UseObjectKeys {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::SetComprehension]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(set) = SetComprehension::cast(node) else { return };
        let Some(Expr::Var(key)) = set.term().map(Expr::inner).filter(|term| !opa_view::is_wildcard(*term)) else { return };
        let mut literals = set.body().into_iter().flat_map(Body::literals);
        let (Some(first), second, None) = (literals.next(), literals.next(), literals.next()) else { return };
        let Some(found) = Found::new(key.name(), first, second) else { return };
        let is_meant = cx.is_regal() || found.is_plain && found.parts.iter().all(|part| is_fixed(cx, *part));
        if !is_meant {
            return;
        }
        let places = if cx.is_regal() { opa_view::regal_places(node) } else { vec![node.span()] };
        let fixable = found.is_plain && !has_comment(cx, node.span());
        for (at, place) in places.into_iter().enumerate() {
            let text = &cx.text()[found.object.range()];
            let report = cx.report(place, "the comprehension collects the keys of an object").help("use `object.keys`");
            if fixable && at == 0 {
                report.fix("use `object.keys`", Applicability::Unsafe, [(node.span(), format!("object.keys({text})"))]);
            }
        }
    }
}

/// A comprehension that goes through the keys of an object.
struct Found<'t> {
    object: Span,
    /// What stands in brackets in the reference to the object.
    parts: Vec<Expr<'t>>,
    /// Nothing but the keys decides.
    is_plain: bool,
}

impl<'t> Found<'t> {
    fn new(key: &str, first: Literal<'t>, second: Option<Literal<'t>>) -> Option<Self> {
        match (first.kind()?, second) {
            (LiteralKind::SomeIn(some), None) => {
                let is_key = |expr: Expr<'_>| matches!(expr, Expr::Var(var) if var.name() == key);
                let collection = some.collection()?.inner();
                if !some.key().map(Expr::inner).is_some_and(is_key) || !matches!(collection, Expr::Var(_) | Expr::Ref(_)) {
                    return None;
                }
                let value = some.value()?.inner();
                let is_plain = matches!(value, Expr::Var(_)) && !is_key(value) && first.withs().next().is_none();
                Some(Self { object: collection.span(), parts: brackets(collection), is_plain })
            }
            (LiteralKind::Expr(_), None) => Self::of_reference(key, first),
            (LiteralKind::SomeDecl(some), Some(second)) => {
                matches!(some.vars().next()?, Expr::Var(_)).then_some(())?;
                Self::of_reference(key, second)
            }
            _ => None,
        }
    }

    /// `xs[k]`
    fn of_reference(key: &str, literal: Literal<'t>) -> Option<Self> {
        let expr @ Expr::Ref(reference) = literal.expr()?.inner() else { return None };
        let parts = brackets(expr);
        let mut vars = parts.iter().filter_map(|part| match part {
            Expr::Var(var) => Some(var.name()),
            _ => None,
        });
        if vars.next() != Some(key) || vars.next().is_some() {
            return None;
        }
        let last = reference.parts().last()?;
        let is_last = matches!(last, RefPart::Bracket(bracket) if matches!(bracket.expr(), Some(Expr::Var(_))));
        let is_plain = is_last && literal.not_token().is_none() && literal.withs().next().is_none();
        let object = Span::new(expr.span().start, last.node().span().start);
        let parts = parts.into_iter().filter(|part| !matches!(part, Expr::Var(_))).collect();
        Some(Self { object, parts, is_plain })
    }
}

/// What stands in the brackets of a reference.
fn brackets<'t>(expr: Expr<'t>) -> Vec<Expr<'t>> {
    let Expr::Ref(reference) = expr else { return Vec::new() };
    let inside = |part| match part {
        RefPart::Bracket(bracket) => bracket.expr().map(Expr::inner),
        RefPart::Dot(_) => None,
    };
    reference.parts().filter_map(inside).collect()
}

/// Whether the expression has one value where the comprehension stands.
fn is_fixed<'t>(cx: &FileCx<'t>, expr: Expr<'t>) -> bool {
    match expr {
        Expr::Scalar(_) => true,
        Expr::Var(var) => match cx.scopes().name(var.node()) {
            Some(Name::Local(at)) => cx.scopes().bindings[at as usize].kind != BindingKind::Implicit,
            Some(Name::Wildcard) | None => false,
            Some(_) => true,
        },
        _ => false,
    }
}
