//! Which variables a place in a body sets, by the real scopes.

use std::rc::Rc;

use crate::model::rego::{Binding, BindingKind, Name, Scopes};
use crate::syntax::rego::ast::{Call, Expr, Literal, RefBracket, Var};
use crate::syntax::rego::{Kind, Node, Parse};

/// The scopes of a module, and where each of its variables is used first.
pub(in crate::lint) struct Bound<'t> {
    scopes: Rc<Scopes<'t>>,
    /// Binding → id of its first node that is no declaration, and where it starts.
    first: Vec<(u32, u32)>,
}

impl<'t> Bound<'t> {
    pub(in crate::lint) fn new(parse: &'t Parse, scopes: Rc<Scopes<'t>>) -> Self {
        let mut first = vec![(u32::MAX, u32::MAX); scopes.bindings.len()];
        for (id, name) in scopes.names() {
            let Name::Local(at) = name else { continue };
            let (known, binding) = (&mut first[at as usize], &scopes.bindings[at as usize]);
            if known.0 != u32::MAX {
                continue;
            }
            let start = parse.tree.node(id).map_or(0, |node| node.span().start);
            if binding.kind == BindingKind::Implicit || start != binding.span.start {
                *known = (id, start);
            }
        }
        Self { scopes, first }
    }

    /// Whether a variable in the brackets of a reference is set there; `None` where it may be a rule of the package, which another
    /// file defines.
    pub(super) fn sets(&self, var: Var<'t>) -> Option<bool> {
        match self.scopes.name(var.node()) {
            Some(Name::Wildcard) => Some(true),
            Some(Name::Local(at)) => {
                let is_first = self.first[at as usize].0 == var.node().id();
                match self.scopes.bindings[at as usize].kind {
                    BindingKind::Some => Some(is_first),
                    BindingKind::Implicit if is_first => (!self.scopes.may_be_rule(var.node())).then_some(true),
                    _ => Some(false),
                }
            }
            _ => Some(false),
        }
    }

    /// Whether a statement gives several results: it iterates with `some … in`, a reference or `walk`.
    pub(super) fn iterates(&self, statement: Node<'t>) -> bool {
        self.loops(statement, Some(true))
    }

    /// As [`Bound::iterates`], with those that may.
    pub(super) fn may_iterate(&self, statement: Node<'t>) -> bool {
        self.loops(statement, None)
    }

    fn loops(&self, statement: Node<'t>, least: Option<bool>) -> bool {
        if Literal::cast(statement).is_some_and(|literal| literal.not_token().is_some()) {
            return false;
        }
        let mut at = statement.id();
        while let Some(node) = statement.tree().node(at).filter(|node| statement.span().covers(node.span())) {
            match node.kind() {
                // what is inside gives one result
                Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension | Kind::Every => {
                    match node.descendants().last() {
                        Some(last) => at = last.id() + 1,
                        None => at += 1,
                    }
                    continue;
                }
                Kind::SomeIn => return true,
                Kind::Call if Call::cast(node).and_then(Call::name).as_deref() == Some("walk") => return true,
                Kind::RefBracket => {
                    if let Some(Expr::Var(var)) = RefBracket::cast(node).and_then(RefBracket::expr) {
                        let sets = self.sets(var);
                        if sets == Some(true) || (least.is_none() && sets.is_none()) {
                            return true;
                        }
                    }
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    /// Whether a statement needs a variable that is set at `start` or further on, by another statement. Where that is unknown, it
    /// does.
    pub(super) fn depends_on(&self, statement: Node<'t>, start: u32) -> bool {
        statement.descendants().filter_map(Var::cast).any(|var| {
            let Some(Name::Local(at)) = self.scopes.name(var.node()) else { return false };
            let Binding { kind, span, .. } = self.scopes.bindings[at as usize];
            let set = if kind == BindingKind::Some { self.first[at as usize].1 } else { span.start };
            let is_own = statement.span().covers(span) && kind != BindingKind::Implicit;
            set >= start && !is_own
        })
    }

    /// Whether a bracket belongs to the name of a rule.
    pub(super) fn is_in_head_name(bracket: Node<'_>) -> bool {
        bracket.parent().and_then(|reference| reference.parent()).is_some_and(|head| head.kind() == Kind::Head)
    }
}
