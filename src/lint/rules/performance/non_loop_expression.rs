use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Context, Corner, Form, Id, NameId, RegalView, Region, Shape, Slot};
use crate::lint::rules::support::excerpt;
use crate::model::rego::builtin;
use crate::syntax::rego::ast::{Body, Every, Expr, Literal, LiteralKind};

declare_rule! {
    NonLoopExpression {
        id: "non-loop-expression",
        group: "performance",
        summary: "a condition in a loop that does not depend on it",
        why: "What follows `some x in xs` is evaluated for each element. A condition that does not depend on the element gives the same \
              answer each time: before the loop it is evaluated once.",
        bad: rego("package play\n\nallow if {\n\tsome role in input.roles\n\tinput.method == \"GET\"\n\trole == \"reader\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.method == \"GET\"\n\tsome role in input.roles\n\trole == \"reader\"\n}\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/performance/non-loop-expression",
        peers: &["regal performance/non-loop-expression"],
    }
}

impl Rule for NonLoopExpression {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Body]
    }

    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.is_regal() {
            return;
        }
        let view = cx.regal_view();
        for rule in 0..view.rules.len() {
            let mut found: BTreeMap<u32, Span> = BTreeMap::new();
            let mut add = |expr: Id| {
                if let Some(place) = view.place(expr) {
                    found.insert(place.start, place);
                }
            };
            Loops { view: &view, cx, rule, comprehensions: None }.find(&mut add);
            for every in view.exprs(rule).iter().filter(|expr| view.item(**expr).shape == Shape::Every) {
                in_every(&view, *every, &mut add);
            }
            for place in found.into_values() {
                report(cx, place);
            }
        }
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(body) = Body::cast(node).filter(|_| !cx.is_regal()) else { return };
        let parent = node.parent();
        let every = parent.and_then(Every::cast);
        if every.is_none() && !parent.is_some_and(|parent| matches!(parent.kind(), Kind::Rule | Kind::Else)) {
            return;
        }
        for place in outside(cx, body, every) {
            report(cx, place);
        }
    }
}

fn report(cx: &mut FileCx<'_>, span: Span) {
    let text = excerpt(cx.file().slice(span));
    cx.report(span, format!("`{text}` does not depend on the loop round it")).help("move it above the loop");
}

/// The statements of a body that nothing of the loop above them goes into.
fn outside<'t>(cx: &FileCx<'t>, body: Body<'t>, every: Option<Every<'t>>) -> Vec<Span> {
    let literals: Vec<Literal<'t>> = body.literals().collect();
    if literals.len() < 2 && every.is_none() {
        return Vec::new();
    }
    let bound = cx.bound();
    // from here on, names are set again and again
    let start = match every {
        Some(every) => every.span().start,
        None => match literals.iter().find(|literal| bound.iterates(literal.node())) {
            Some(literal) => literal.span().start,
            None => return Vec::new(),
        },
    };
    let first = literals.iter().position(|literal| literal.span().start > start).unwrap_or(literals.len());
    let stays = |literal: &Literal<'t>| {
        let plain = match literal.kind() {
            Some(LiteralKind::SomeDecl(_) | LiteralKind::SomeIn(_)) | None => false,
            Some(LiteralKind::Expr(expr)) => {
                let called = crate::lint::rules::opa_view::call(expr.inner().node());
                !called.is_some_and(|call| match call.name.as_str() {
                    "print" | "walk" | "trace" => true,
                    // giving a constant a name costs nothing
                    "assign" => call.args.iter().any(|arg| matches!(arg.inner(), Expr::Scalar(_))),
                    _ => false,
                })
            }
            Some(_) => true,
        };
        !plain || bound.may_iterate(literal.node()) || bound.depends_on(literal.node(), start)
    };
    literals[first..].iter().filter(|literal| !stays(literal)).map(|literal| literal.span()).collect()
}

/// Regal's search for expressions below the first loop of a body.
struct Loops<'a, 'v, 't> {
    view: &'a RegalView<'v>,
    cx: &'a FileCx<'t>,
    rule: usize,
    /// Where they are; nothing at all if one has no place, on which Regal's question fails.
    comprehensions: Option<Option<Vec<Region>>>,
}

impl Loops<'_, '_, '_> {
    fn find(&mut self, add: &mut impl FnMut(Id)) {
        let (view, rule) = (self.view, self.rule);
        let body: Vec<Id> = view.body(rule).collect();
        if body.is_empty() {
            return;
        }
        let mut rows: FxHashMap<NameId, u32> = FxHashMap::default();
        let Some(first) = self.starts(&body, &mut rows) else { return };
        for var in view.vars(rule).iter().filter(|var| var.context == Context::Assign) {
            if let Some(row) = self.row_outside_comprehensions(var.id) {
                rows.entry(var.name).and_modify(|known| *known = row.min(*known)).or_insert(row);
            }
        }
        for expr in body {
            let below = view.row(self.cx.file(), expr).is_some_and(|row| row > first);
            if !below || !is_call(view, expr) {
                continue;
            }
            let outside = |var: Id| !view.is_wildcard(var) && rows.get(&view.item(var).name).is_none_or(|row| *row < first);
            if used_vars(view, expr).all(outside) {
                add(expr);
            }
        }
    }

    /// The row of the first loop; `rows` gets those of what loops set.
    fn starts(&mut self, body: &[Id], rows: &mut FxHashMap<NameId, u32>) -> Option<u32> {
        let (view, rule, file) = (self.view, self.rule, self.cx.file());
        let mut first: Option<u32> = None;
        let mut start = |row: u32, var: Id| {
            first = Some(first.map_or(row, |known| known.min(row)));
            if !view.is_wildcard(var) {
                let row_of = rows.entry(view.item(var).name).or_insert(row);
                *row_of = row.min(*row_of);
            }
        };
        let outputs = |reference: Id| -> Vec<Id> {
            view.parts(reference).skip(1).filter(|part| view.form(*part) == Form::Var && view.is_output(file, rule, *part)).collect()
        };
        for expr in body.iter().filter(|expr| matches!(view.called(**expr), "eq" | "assign")) {
            let mut sides = view.in_slot(*expr, Slot::Terms).skip(1);
            let (Some(left), Some(right)) = (sides.next(), sides.next()) else { continue };
            if view.form(left) == Form::Var
                && view.form(right) == Form::Ref
                && !outputs(right).is_empty()
                && let Some(row) = view.row(file, *expr)
            {
                start(row, left);
            }
        }
        for reference in view.refs(rule) {
            for var in outputs(*reference).into_iter().filter(|var| !view.is_wildcard(*var)) {
                if let Some(row) = self.row_outside_comprehensions(*reference) {
                    start(row, var);
                }
            }
        }
        for var in view.vars(rule).iter().filter(|var| var.context == Context::SomeIn) {
            if let Some(row) = self.row_outside_comprehensions(var.id) {
                start(row, var.id);
            }
        }
        for call in view.calls(rule).iter().filter(|call| view.operator(**call) == "walk") {
            if !view.calls_function(*call, "walk") {
                continue;
            }
            let Some(pair) = view.arguments(*call).nth(1).filter(|pair| view.form(*pair) == Form::Array) else { continue };
            for var in view.vars_below(pair) {
                if let Some(row) = view.row(file, var) {
                    start(row, var);
                }
            }
        }
        first
    }

    /// The row of an item; `None` if it lies in a comprehension, or where Regal's boxes of rows and columns have it lie in one.
    fn row_outside_comprehensions(&mut self, id: Id) -> Option<u32> {
        let (view, file) = (self.view, self.cx.file());
        let region = view.region(file, id)?;
        let comprehensions = self
            .comprehensions
            .get_or_insert_with(|| view.comprehensions(self.rule).iter().map(|id| view.region(file, *id)).collect())
            .as_ref()?;
        let inside = |corner: Corner| comprehensions.iter().any(|comprehension| comprehension.holds(corner));
        (!inside(region.start) && !inside(region.end)).then_some(region.start.row)
    }
}

/// Whether a statement calls something but `print`. Regal means all others, but its question fails on statements without a function.
fn is_call(view: &RegalView<'_>, expr: Id) -> bool {
    view.item(expr).shape == Shape::Call && view.called(expr) != "print"
}

/// The variables of a statement, without what it assigns to and without the names of built-in functions.
fn used_vars<'v>(view: &'v RegalView<'_>, expr: Id) -> impl Iterator<Item = Id> + 'v {
    let assigns = view.called(expr) == "assign";
    let terms = view.children(expr).filter(move |child| {
        let item = view.item(*child);
        !assigns || item.slot != Slot::Terms || item.index == 2
    });
    terms.flat_map(|term| view.vars_below(term)).filter(|var| view.is_wildcard(*var) || builtin(view.var_name(*var)).is_none())
}

/// Regal's search in an `every`: statements that use neither its variables nor what its body assigns.
fn in_every(view: &RegalView<'_>, every: Id, add: &mut impl FnMut(Id)) {
    let mut own: FxHashSet<NameId> = FxHashSet::default();
    for child in view.children(every) {
        let item = view.item(child);
        if matches!(item.slot, Slot::EveryKey | Slot::EveryValue) && item.form == Form::Var && !view.is_wildcard(child) {
            own.insert(item.name);
        }
    }
    let body: BTreeSet<Id> = view.in_slot(every, Slot::Inner).collect();
    for expr in &body {
        if let Some((left, _)) = view.assignment(*expr)
            && view.form(left) == Form::Var
            && !view.is_wildcard(left)
        {
            own.insert(view.item(left).name);
        }
    }
    for expr in body {
        if is_call(view, expr) && !used_vars(view, expr).any(|var| own.contains(&view.item(var).name)) {
            add(expr);
        }
    }
}
