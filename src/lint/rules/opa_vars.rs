//! The names that rules give to variables: arguments, what `:=`, `=`, `some` and `every` declare, variables in the brackets of
//! references, and those behind a function's last argument.

use rustc_hash::FxHashMap;

use crate::lint::context::FileCx;
use crate::model::rego::{RuleKind, builtin};
use crate::syntax::rego::ast::{Call, Expr, Infix, Literal, LiteralKind, Ref, RefPart, Rule as RuleNode};
use crate::syntax::rego::{Kind, Node};
use crate::text::Span;

/// Collects variables whose names are wanted.
pub(super) struct Vars {
    wanted: fn(&str) -> bool,
    /// Places and names, in no order and with repetitions.
    pub(super) found: Vec<(Span, String)>,
    /// The number of arguments of the module's own functions; filled when first asked for.
    functions: Option<FxHashMap<String, usize>>,
}

impl Vars {
    /// A collector of the names that `wanted` says.
    pub(super) fn new(wanted: fn(&str) -> bool) -> Self {
        Self { wanted, found: Vec::new(), functions: None }
    }

    pub(super) fn add(&mut self, name: &str, span: Span) {
        if (self.wanted)(name) {
            self.found.push((span, name.to_owned()));
        }
    }

    /// The variables that a rule declares, and those in the brackets of references.
    pub(super) fn rule<'t>(&mut self, rule: RuleNode<'t>, cx: &FileCx<'t>) {
        for argument in rule.head().and_then(|head| head.args()).into_iter().flat_map(|args| args.exprs()) {
            self.vars(argument.node());
        }
        for node in rule.node().descendants() {
            match node.kind() {
                Kind::Literal => self.literal(node),
                Kind::Infix => self.infix(node),
                Kind::Ref => self.reference(node),
                Kind::Call => self.returned(node, cx),
                _ => {}
            }
        }
    }

    fn literal(&mut self, node: Node<'_>) {
        match Literal::cast(node).and_then(Literal::kind) {
            Some(LiteralKind::SomeDecl(some)) => some.vars().for_each(|var| self.vars(var.node())),
            Some(LiteralKind::SomeIn(some)) => [some.key(), some.value()].into_iter().flatten().for_each(|var| self.vars(var.node())),
            Some(LiteralKind::Every(every)) => [every.key(), every.value()].into_iter().flatten().for_each(|var| self.vars(var.node())),
            _ => {}
        }
    }

    /// What stands to the left of `:=` and `=`.
    fn infix(&mut self, node: Node<'_>) {
        let Some(infix) = Infix::cast(node) else { return };
        if infix.op().is_some_and(|op| matches!(op.kind(), Kind::Assign | Kind::Equal))
            && let Some(left @ (Expr::Var(_) | Expr::Array(_) | Expr::Object(_))) = infix.left().map(Expr::inner)
        {
            self.vars(left.node());
        }
    }

    /// Variables in brackets.
    fn reference(&mut self, node: Node<'_>) {
        let Some(reference) = Ref::cast(node) else { return };
        // a rule's name is no reference in a body
        if node.parent().is_some_and(|parent| parent.kind() == Kind::Head)
            && node
                .parent()
                .and_then(crate::syntax::rego::ast::Head::cast)
                .and_then(|head| head.name())
                .is_some_and(|name| name.node() == node)
        {
            return;
        }
        for part in reference.parts() {
            if let RefPart::Bracket(bracket) = part
                && let Some(Expr::Var(var)) = bracket.expr()
            {
                self.add(var.name(), var.span());
            }
        }
    }

    /// Variables behind a function's last argument, which take the result.
    fn returned<'t>(&mut self, node: Node<'t>, cx: &FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        let Some(name) = call.name().filter(|name| name != "print") else { return };
        let functions = self.functions.get_or_insert_with(|| {
            let mut functions = FxHashMap::default();
            for rule in cx.module().rules.iter().filter(|rule| rule.kind == RuleKind::Function) {
                let arity = rule.head.args().map_or(0, |args| args.exprs().count());
                functions.entry(rule.path.dotted()).or_insert(arity);
            }
            functions
        });
        let Some(arity) = functions.get(&name).copied().or_else(|| builtin(&name).map(|builtin| builtin.args.len())) else {
            return;
        };
        for argument in call.args().skip(arity) {
            self.vars(argument.node());
        }
    }

    fn vars(&mut self, node: Node<'_>) {
        for var in node.descendants().filter(|node| node.kind() == Kind::Var) {
            self.add(var.text(), var.span());
        }
    }
}
