//! Lowering of bodies and statements.

use super::Lower;
use super::terms::expr_children;
use crate::format::lowered::{Expr, ExprId, ExprKind, List, Logical, Operand, Value, With};
use crate::format::place::Place;
use crate::model::rego::is_deprecated;
use crate::syntax::rego::{Kind, Node};
use crate::text::Span;

impl<'t> Lower<'t> {
    /// The statements of a body, and whether one of them is unplaced.
    pub(super) fn body(&mut self, node: Node<'t>) -> (List, bool) {
        let mark = self.scratch.len();
        let mut unplaced = false;
        for literal in node.children().filter(|child| child.kind() == Kind::Literal) {
            let id = self.literal(literal);
            unplaced |= self.out.expr(id).unplaced;
            self.scratch.push(id);
        }
        if self.scratch.len() == mark {
            self.broken.get_or_insert(node.span());
        }
        (self.close(mark), unplaced)
    }

    fn add_expr(&mut self, place: Place, kind: ExprKind, unplaced: bool) -> ExprId {
        self.out.exprs.push(Expr { place, kind, negated: false, unplaced, withs: List::default() });
        self.out.exprs.len() as u32 - 1
    }

    /// A statement with its `not` and its `with`s.
    pub(super) fn literal(&mut self, node: Node<'t>) -> ExprId {
        let place = self.place(node.span());
        let id = self.bare_literal(node, place);
        self.withs(node, id);
        self.out.exprs[id as usize].place = place;
        if let ExprKind::Not { body, braces: false } = self.out.expr(id).kind {
            for inner in 0..body.len {
                let inner = self.out.ids[(body.start + inner) as usize];
                self.out.exprs[inner as usize].place = place;
            }
        }
        id
    }

    fn withs(&mut self, node: Node<'t>, id: ExprId) {
        let mut withs = Vec::new();
        let mut unplaced = false;
        for with in node.children().filter(|child| child.kind() == Kind::With) {
            let place = self.place(with.span());
            let mut both = expr_children(with);
            let target = self.term_or_broken(both.next(), with.span());
            let value = self.term_or_broken(both.next(), with.span());
            unplaced |= self.out.term(target).unplaced || self.out.term(value).unplaced;
            withs.push(With { place, target, value });
        }
        if withs.is_empty() {
            return;
        }
        let expr = &mut self.out.exprs[id as usize];
        expr.withs = List { start: self.out.withs.len() as u32, len: withs.len() as u32 };
        expr.unplaced |= unplaced;
        self.out.withs.append(&mut withs);
    }

    /// A statement without its `with`s.
    fn bare_literal(&mut self, node: Node<'t>, place: Place) -> ExprId {
        let Some(child) = node.children().next() else {
            self.broken.get_or_insert(node.span());
            return self.add_expr(place, ExprKind::Call(List::default()), false);
        };
        let negated = node.first_token().is_some_and(|token| token.kind() == Kind::NotKw && token.span().end <= child.span().start);
        if negated && child.kind() == Kind::Body {
            let (body, unplaced) = self.body(child);
            return self.add_expr(place, ExprKind::Not { body, braces: true }, unplaced);
        }
        let inner_place =
            if negated { Place { text: Span::new(child.span().start, node.span().end), ..self.place(child.span()) } } else { place };
        let id = self.statement(child, inner_place);
        if !negated {
            return id;
        }
        if self.not_bodies {
            let body = self.list_of(&[id]);
            let unplaced = self.out.expr(id).unplaced;
            return self.add_expr(place, ExprKind::Not { body, braces: false }, unplaced);
        }
        self.out.exprs[id as usize].negated = true;
        id
    }

    fn statement(&mut self, node: Node<'t>, place: Place) -> ExprId {
        match node.kind() {
            Kind::SomeDecl => {
                let mark = self.scratch.len();
                for var in expr_children(node) {
                    let id = self.term(var);
                    self.scratch.push(id);
                }
                let symbols = self.close(mark);
                let unplaced = self.unplaced(symbols);
                let row = self.out.grid.row(node.span().start);
                self.add_expr(place, ExprKind::Some { symbols, row }, unplaced)
            }
            Kind::SomeIn => {
                let call = self.membership_parts(node);
                let unplaced = self.unplaced(call);
                let first = self.out.list(call)[1];
                let call_place = self.out.term(first).place;
                self.out.terms.push(crate::format::lowered::Term { place: call_place, value: Value::Call(call), unplaced });
                let symbols = self.list_of(&[self.out.terms.len() as u32 - 1]);
                let row = self.out.grid.row(node.span().start);
                self.add_expr(place, ExprKind::Some { symbols, row }, unplaced)
            }
            Kind::Every => {
                let call = self.membership_parts(node);
                let terms = List { start: call.start + 1, len: call.len - 1 };
                let (body, unplaced) = match node.child(Kind::Body) {
                    Some(body) => self.body(body),
                    None => {
                        self.broken.get_or_insert(node.span());
                        (List::default(), false)
                    }
                };
                let unplaced = unplaced || self.unplaced(terms);
                let row = self.out.grid.row(node.span().start);
                self.add_expr(place, ExprKind::Every { terms, body, row }, unplaced)
            }
            Kind::Infix => match self.infix_parts(node) {
                Some((_, call)) => {
                    let unplaced = self.unplaced(call);
                    self.add_expr(place, ExprKind::Call(call), unplaced)
                }
                None => {
                    self.broken.get_or_insert(node.span());
                    self.add_expr(place, ExprKind::Call(List::default()), false)
                }
            },
            Kind::Logical => self.logical(node, place),
            // a group of `and`, `or`, `not` or `with`
            Kind::Paren if let Some(inner) = node.child(Kind::Literal) => self.literal(inner),
            _ => {
                let id = self.term(node);
                let term = self.out.term(id);
                let unplaced = term.unplaced;
                let kind = match term.value {
                    Value::Call(call) => ExprKind::Call(call),
                    _ => ExprKind::Term(id),
                };
                self.add_expr(place, kind, unplaced)
            }
        }
    }

    fn logical(&mut self, node: Node<'t>, place: Place) -> ExprId {
        let is_and = node.own_tokens().any(|token| token.kind() == Kind::AndKw);
        let mut operands = node.children().filter(|child| child.kind() == Kind::Literal);
        let (Some(left), Some(right)) = (operands.next(), operands.next()) else {
            self.broken.get_or_insert(node.span());
            return self.add_expr(place, ExprKind::Call(List::default()), false);
        };
        let (left, left_unplaced) = self.operand(left);
        let (right, right_unplaced) = self.operand(right);
        let index = self.out.logicals.len() as u32;
        self.out.logicals.push(Logical { is_and, left, right });
        self.add_expr(place, ExprKind::Logical(index), left_unplaced || right_unplaced)
    }

    fn operand(&mut self, mut node: Node<'t>) -> (Operand, bool) {
        // parentheses come back where they are needed
        while let Some(group) = node.children().next().filter(|child| child.kind() == Kind::Paren)
            && group.span() == node.span()
            && let Some(inner) = group.child(Kind::Literal)
        {
            node = inner;
        }
        if let Some(body) = node.children().next().filter(|child| child.kind() == Kind::Body)
            && let Some(open) = body.token(Kind::LeftBrace)
            && open.span().start == node.span().start
        {
            let (list, unplaced) = self.body(body);
            let brace = self.brace_place(open, body.span().end);
            return (Operand { body: list, brace: Some(brace) }, unplaced);
        }
        let id = self.literal(node);
        let unplaced = self.out.expr(id).unplaced;
        (Operand { body: self.list_of(&[id]), brace: None }, unplaced)
    }

    /// Remembers calls of built-ins that v1 does not have.
    pub(super) fn note_callee(&mut self, node: Node<'t>) {
        if self.deprecated.is_some() {
            return;
        }
        let is_deprecated = match node.kind() {
            Kind::Var => is_deprecated(node.text()),
            _ => node.text().starts_with("net") && dotted(node).is_some_and(|name| is_deprecated(&name)),
        };
        if is_deprecated {
            self.deprecated = Some(node.span());
        }
    }
}

fn dotted(node: Node<'_>) -> Option<String> {
    crate::syntax::rego::ast::dotted(crate::syntax::rego::ast::Expr::cast(node)?)
}
