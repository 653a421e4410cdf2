use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{Binding, BindingKind, Name, ScopeKind, Scopes};
use crate::syntax::rego::ast::{self, Body, Expr, Literal, LiteralKind, ObjectItem};

declare_rule! {
    UnusedLocal {
        id: "unused-local",
        group: "strict",
        summary: "a local variable that is assigned and never used",
        why: "Something was forgotten: a condition that should look at it, or the line itself. `opa check --strict` refuses the \
              module. Variables of `some … in` do not count.",
        bad: rego("package play\n\nallow if {\n\troles := input.user.roles\n\t\"admin\" in input.user.groups\n}\n"),
        good: rego("package play\n\nallow if {\n\troles := input.user.roles\n\t\"admin\" in roles\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes the statement where its right side is always defined: a constant, a comprehension or another local \
                     variable. Elsewhere it writes `_` in place of the name, because the statement is also a condition: \
                     `x := input.y` fails where `input.y` is undefined.",
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict"],
    }
}

impl Rule for UnusedLocal {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.text().contains(":=") && !cx.text().contains("assign") {
            return;
        }
        let scopes = cx.scopes();
        let mut elsewhere = Elsewhere::default();
        let mut found = Vec::new();
        for (id, name) in scopes.names() {
            let Name::Local(at) = name else { continue };
            let binding = &scopes.bindings[at as usize];
            if binding.kind != BindingKind::Assign || binding.uses > 0 || matches!(binding.name, "input" | "data") {
                continue;
            }
            let Some(node) = cx.parse().tree.node(id) else { continue };
            let Some(statement) = node.ancestors().find_map(Literal::cast) else { continue };
            if !elsewhere.mentions(binding, statement, scopes) {
                let stays = elsewhere.something_stays(statement);
                found.push((binding.name, node.span(), fix(cx, statement, node, stays)));
            }
        }
        for (name, span, (title, edit)) in found {
            cx.report(span, format!("the variable `{name}` is not used")).help(format!("use it, or {title}")).fix(
                title,
                Applicability::Safe,
                [edit],
            );
        }
    }
}

/// Names that OPA takes for uses although they stand for something else, or that stand in a text that it reads more than once; and
/// what bodies are made of.
#[derive(Default)]
struct Elsewhere<'t> {
    by_node: FxHashMap<u32, FxHashSet<&'t str>>,
    /// Body → whether it has a statement that is no assignment.
    stays: FxHashMap<u32, bool>,
}

impl<'t> Elsewhere<'t> {
    /// Whether the body of a statement is left with something if all unused assignments go.
    fn something_stays(&mut self, statement: Literal<'t>) -> bool {
        let Some(body) = statement.node().parent().and_then(Body::cast) else { return false };
        let is_assignment = |literal: Literal<'_>| match literal.kind() {
            Some(LiteralKind::Expr(Expr::Infix(infix))) => infix.op().is_some_and(|op| op.kind() == Kind::Assign),
            _ => false,
        };
        *self.stays.entry(body.node().id()).or_insert_with(|| !body.literals().all(is_assignment))
    }

    fn mentions(&mut self, binding: &Binding<'t>, statement: Literal<'t>, scopes: &Scopes<'t>) -> bool {
        let Some(body) = statement.node().parent().and_then(Body::cast) else { return false };
        let Some(owner) = body.node().parent() else { return false };
        let names = |node: Node<'t>| node.descendants().filter_map(ast::Var::cast).filter(|var| var.name() != "_");
        match scopes.scopes[binding.scope as usize].kind {
            // what a comprehension inside the term declares counts as well
            ScopeKind::Comprehension => {
                let known = self.by_node.entry(owner.id()).or_insert_with(|| {
                    let terms = owner.children().filter(|child| child.id() != body.node().id());
                    terms.flat_map(names).map(ast::Var::name).collect()
                });
                known.contains(binding.name)
            }
            // each chained body has the head to itself
            ScopeKind::Body => {
                let Some(rule) = ast::Rule::cast(owner) else { return false };
                if rule.bodies().next().is_none_or(|first| first.node().id() == body.node().id()) {
                    return false;
                }
                let Some(head) = rule.head() else { return false };
                let known = self.by_node.entry(owner.id()).or_insert_with(|| {
                    let own = |var: &ast::Var<'t>| match scopes.name(var.node()) {
                        Some(Name::Local(at)) => {
                            let scope = scopes.bindings[at as usize].scope;
                            matches!(scopes.scopes[scope as usize].kind, ScopeKind::Rule | ScopeKind::Body)
                        }
                        _ => false,
                    };
                    names(head.node()).filter(own).map(ast::Var::name).collect()
                });
                known.contains(binding.name)
            }
            _ => false,
        }
    }
}

/// The words for the change and the change that makes the variable go.
fn fix(cx: &FileCx<'_>, statement: Literal<'_>, var: Node<'_>, stays: bool) -> (&'static str, (Span, String)) {
    match removal(cx, statement, var).filter(|_| stays) {
        Some(span) => ("remove the statement", (span, String::new())),
        None => ("write `_` in its place", (var.span(), "_".to_owned())),
    }
}

/// The lines of a statement that can go: it is always true, and something stays in its body.
fn removal(cx: &FileCx<'_>, statement: Literal<'_>, var: Node<'_>) -> Option<Span> {
    let Some(LiteralKind::Expr(Expr::Infix(infix))) = statement.kind() else { return None };
    let node = statement.node();
    let only = infix.left().is_some_and(|left| left.node().id() == var.id());
    if !only || statement.withs().next().is_some() || !is_always_defined(cx, infix.right()?) || has_comment(cx, node.span()) {
        return None;
    }
    let file = cx.file();
    let (first, last) = (file.line(node.span().start), file.line(node.span().end));
    let (start, end) = (file.line_span(first)?, file.line_span(last)?);
    let alone = file.slice(Span::new(start.start, end.end)).trim() == node.text();
    let next = file.line_span(last + 1)?.start;
    let before = file.text[..start.start as usize].trim_end();
    let above = first.checked_sub(1).and_then(|line| file.line_span(line)).map_or("", |span| file.slice(span).trim());
    (alone && !before.ends_with(';') && !above.contains('#')).then_some(Span::new(start.start, next))
}

/// Whether an expression has a value in every case.
fn is_always_defined(cx: &FileCx<'_>, expr: Expr<'_>) -> bool {
    match expr.inner() {
        Expr::Scalar(_) | Expr::ArrayComprehension(_) | Expr::SetComprehension(_) => true,
        Expr::Var(var) => match cx.scopes().name(var.node()) {
            // a name that nothing declares may be a rule of another file
            Some(Name::Local(at)) => cx.scopes().bindings[at as usize].kind != BindingKind::Implicit,
            _ => false,
        },
        Expr::Array(array) => array.items().all(|item| is_always_defined(cx, item)),
        Expr::Set(set) => set.items().all(|item| is_always_defined(cx, item)),
        // equal keys would be a conflict
        Expr::Object(object) => {
            let mut keys = FxHashSet::default();
            let is_plain = |item: ObjectItem<'_>| {
                item.key().is_some_and(|key| matches!(key, Expr::Scalar(_)) && keys.insert(key.text().to_owned()))
                    && item.value().is_some_and(|value| is_always_defined(cx, value))
            };
            object.items().all(is_plain)
        }
        _ => false,
    }
}
