//! Lowering of terms.

use super::Lower;
use crate::format::lowered::{List, Op, Part, TermId, Value};
use crate::format::order::Order;
use crate::format::place::Place;
use crate::syntax::rego::ast::{Expr, dotted};
use crate::syntax::rego::{Kind, Node, Token};
use crate::syntax::tree::Element;
use crate::text::Span;

impl<'t> Lower<'t> {
    /// The place of a token or node that starts at `span.start`.
    pub(super) fn place(&self, span: Span) -> Place {
        Place { row: self.out.grid.row(span.start), at: span.start, text: span }
    }

    fn add(&mut self, place: Place, value: Value, unplaced: bool) -> TermId {
        self.wildcards += u32::from(value == Value::Wildcard);
        self.out.terms.push(crate::format::lowered::Term { place, value, unplaced });
        self.out.terms.len() as u32 - 1
    }

    /// Closes a list whose ids were pushed on `scratch` since `mark`.
    pub(super) fn close(&mut self, mark: usize) -> List {
        let list = List { start: self.out.ids.len() as u32, len: (self.scratch.len() - mark) as u32 };
        self.out.ids.extend_from_slice(&self.scratch[mark..]);
        self.scratch.truncate(mark);
        list
    }

    pub(super) fn list_of(&mut self, ids: &[u32]) -> List {
        let list = List { start: self.out.ids.len() as u32, len: ids.len() as u32 };
        self.out.ids.extend_from_slice(ids);
        list
    }

    pub(super) fn unplaced(&self, list: List) -> bool {
        self.out.list(list).iter().any(|id| self.out.term(*id).unplaced)
    }

    fn place_of(&self, id: TermId) -> Place {
        self.out.term(id).place
    }

    /// Lowers a node in term position. Every kind of expression has a form; a broken node, which no accepted text has, becomes
    /// `null`.
    pub(super) fn term(&mut self, node: Node<'t>) -> TermId {
        let span = node.span();
        match node.kind() {
            Kind::Scalar => self.scalar(node, span),
            Kind::Var => self.var(node, span),
            Kind::Paren => match expr_children(node).next() {
                Some(inner) => {
                    let id = self.term(inner);
                    self.out.terms[id as usize].place.text = span;
                    id
                }
                None => self.broken(span),
            },
            Kind::Ref => self.reference(node, span),
            Kind::Call => self.call(node, span),
            Kind::Infix => self.infix(node, span),
            Kind::Membership => self.membership(node, span),
            Kind::Negative => self.negative(node, span),
            Kind::Array => {
                let items = self.items(node);
                let unplaced = self.unplaced(items);
                self.add(self.place(span), Value::Array(items), unplaced)
            }
            Kind::Set => {
                let items = self.items(node);
                let unplaced = self.unplaced(items);
                let kept = Order::new(&self.out).without_duplicates(self.out.list(items));
                let items = kept.map_or(items, |kept| self.list_of(&kept));
                self.add(self.place(span), Value::Set(items), unplaced)
            }
            Kind::Object => self.object(node, span),
            Kind::ArrayComprehension | Kind::SetComprehension => self.comprehension(node, span),
            Kind::ObjectComprehension => self.object_comprehension(node, span),
            Kind::Template => self.template(node, span),
            _ => self.broken(span),
        }
    }

    fn broken(&mut self, span: Span) -> TermId {
        self.broken.get_or_insert(span);
        self.add(self.place(span), Value::Null, false)
    }

    /// A term that must be there in an accepted text.
    pub(super) fn term_or_broken(&mut self, node: Option<Node<'t>>, parent: Span) -> TermId {
        match node {
            Some(node) => self.term(node),
            None => self.broken(parent),
        }
    }

    fn scalar(&mut self, node: Node<'t>, span: Span) -> TermId {
        let (Some(first), Some(last)) = (node.first_token(), node.last_token()) else {
            return self.broken(span);
        };
        let negative = first.kind() == Kind::Minus;
        let mut place = self.place(span);
        let value = match last.kind() {
            Kind::NullKw => Value::Null,
            Kind::TrueKw => Value::True,
            Kind::FalseKw => Value::False,
            Kind::String | Kind::RawString => Value::String(span),
            Kind::Number => {
                // opa keeps the first token's text only
                if first.kind() != Kind::Number || last.text().starts_with('.') {
                    place.text = Span::new(span.start, span.start + 1);
                }
                let point = node.own_tokens().any(|token| token.kind() == Kind::Dot);
                Value::Number { negative, point, digits: last.span() }
            }
            _ => return self.broken(span),
        };
        self.add(place, value, false)
    }

    fn var(&mut self, node: Node<'t>, span: Span) -> TermId {
        let place = self.place(span);
        match node.text() {
            "_" => self.add(place, Value::Wildcard, false),
            // lone document names are references in opa's tree
            "input" | "data" => {
                let id = self.add(place, Value::Var(span), false);
                let list = self.list_of(&[id]);
                self.add(place, Value::Ref(list), false)
            }
            name => self.add(place, Value::Var(span), name.starts_with("__local")),
        }
    }

    /// A variable that starts a reference or names what is called.
    fn head_var(&mut self, node: Node<'t>) -> TermId {
        let span = node.span();
        let (value, unplaced) = match node.text() {
            "_" => (Value::Wildcard, false),
            name => (Value::Var(span), name.starts_with("__local")),
        };
        self.add(self.place(span), value, unplaced)
    }

    fn first_of_reference(&mut self, node: Node<'t>) -> TermId {
        if node.kind() == Kind::Var { self.head_var(node) } else { self.term(node) }
    }

    /// Where opa's text of a reference on `operand` starts: at the operand's last token.
    fn text_start(&self, operand: Node<'t>, id: TermId) -> u32 {
        match operand.kind() {
            Kind::Call => self.place_of(id).text.start,
            _ => operand.last_token().map_or(operand.span().start, |token| token.span().start),
        }
    }

    /// The parts of a reference with its operand, as a list; and the place of the whole.
    pub(super) fn reference_parts(&mut self, node: Node<'t>) -> (List, Place) {
        let span = node.span();
        let mark = self.scratch.len();
        let mut place = self.place(span);
        for child in node.children() {
            match child.kind() {
                Kind::RefDot => {
                    let name = child.last_token().map_or(child.span(), Token::span);
                    let id = self.add(self.place(name), Value::Name(name), false);
                    self.scratch.push(id);
                }
                Kind::RefBracket => {
                    let id = self.term_or_broken(expr_children(child).next(), child.span());
                    self.scratch.push(id);
                }
                _ => {
                    let id = self.first_of_reference(child);
                    place = self.place_of(id);
                    place.text = Span::new(self.text_start(child, id), span.end);
                    self.scratch.push(id);
                }
            }
        }
        (self.close(mark), place)
    }

    fn reference(&mut self, node: Node<'t>, _span: Span) -> TermId {
        let (parts, place) = self.reference_parts(node);
        let unplaced = self.unplaced(parts);
        self.add(place, Value::Ref(parts), unplaced)
    }

    fn call(&mut self, node: Node<'t>, span: Span) -> TermId {
        let mark = self.scratch.len();
        let mut place = self.place(span);
        for child in node.children() {
            if child.kind() == Kind::CallArgs {
                for arg in expr_children(child) {
                    let id = self.term(arg);
                    self.scratch.push(id);
                }
            } else {
                let id = self.callee(child);
                place = self.place_of(id);
                place.text.end = span.end;
                self.scratch.push(id);
            }
        }
        let call = self.close(mark);
        let unplaced = self.unplaced(call);
        self.add(place, Value::Call(call), unplaced)
    }

    fn callee(&mut self, node: Node<'t>) -> TermId {
        self.note_callee(node);
        if node.kind() == Kind::Var {
            let first = self.head_var(node);
            let place = self.place_of(first);
            if let Some(op) = Op::of_name(node.text()) {
                return self.add(place, Value::Operator(op), false);
            }
            let unplaced = self.out.term(first).unplaced;
            let list = self.list_of(&[first]);
            return self.add(place, Value::Ref(list), unplaced);
        }
        let (parts, place) = self.reference_parts(node);
        if node.text().starts_with("internal")
            && let Some(op) = Expr::cast(node).and_then(dotted).as_deref().and_then(Op::of_name)
        {
            return self.add(place, Value::Operator(op), false);
        }
        let unplaced = self.unplaced(parts);
        self.add(place, Value::Ref(parts), unplaced)
    }

    /// An operator token as what is called.
    pub(super) fn operator(&mut self, op: Op, at: Span) -> TermId {
        self.add(self.place(at), Value::Operator(op), false)
    }

    fn infix(&mut self, node: Node<'t>, span: Span) -> TermId {
        let (op, list) = match self.infix_parts(node) {
            Some(parts) => parts,
            None => return self.broken(span),
        };
        let place = Place { text: span, ..self.place_of(self.out.list(list)[1]) };
        let unplaced = self.unplaced(list);
        debug_assert!(!matches!(op, Op::Assign | Op::Unify) || self.broken.is_none());
        self.add(place, Value::Call(list), unplaced)
    }

    /// The operator of an infix node, and its call.
    pub(super) fn infix_parts(&mut self, node: Node<'t>) -> Option<(Op, List)> {
        let token = node.own_tokens().next()?;
        let op = infix_op(token.kind())?;
        let mut operands = expr_children(node);
        let (left, right) = (operands.next()?, operands.next()?);
        let left = self.term(left);
        let right = self.term(right);
        let operator = self.operator(op, token.span());
        Some((op, self.list_of(&[operator, left, right])))
    }

    fn membership(&mut self, node: Node<'t>, span: Span) -> TermId {
        let call = self.membership_parts(node);
        let place = Place { text: span, ..self.place_of(self.out.list(call)[1]) };
        let unplaced = self.unplaced(call);
        self.add(place, Value::Call(call), unplaced)
    }

    /// The call of an `in` operator between the expressions of a node; of an `every` too.
    pub(super) fn membership_parts(&mut self, node: Node<'t>) -> List {
        let at = node.token(Kind::InKw).map_or(node.span(), Token::span);
        let mark = self.scratch.len();
        self.scratch.push(0);
        for operand in expr_children(node) {
            let id = self.term(operand);
            self.scratch.push(id);
        }
        let op = if self.scratch.len() - mark == 4 { Op::MemberWithKey } else { Op::Member };
        while self.scratch.len() - mark < 3 {
            let id = self.broken(node.span());
            self.scratch.push(id);
        }
        self.scratch[mark] = self.operator(op, at);
        self.close(mark)
    }

    /// `-x` is `0 - x`, whose operator has no place.
    fn negative(&mut self, node: Node<'t>, span: Span) -> TermId {
        let place = self.place(span);
        let sign = Span::new(span.start, span.start + 1);
        let zero = self.add(self.place(sign), Value::Zero, false);
        let operand = self.term_or_broken(expr_children(node).next(), span);
        let operator = self.add(place, Value::Operator(Op::Minus), true);
        let call = self.list_of(&[operator, zero, operand]);
        self.add(place, Value::Call(call), true)
    }

    fn items(&mut self, node: Node<'t>) -> List {
        let mark = self.scratch.len();
        for item in expr_children(node) {
            let id = self.term(item);
            self.scratch.push(id);
        }
        self.close(mark)
    }

    fn item(&mut self, node: Node<'t>) {
        let mut both = expr_children(node);
        let key = self.term_or_broken(both.next(), node.span());
        self.scratch.push(key);
        let value = self.term_or_broken(both.next(), node.span());
        self.scratch.push(value);
    }

    fn object(&mut self, node: Node<'t>, span: Span) -> TermId {
        let mark = self.scratch.len();
        for item in node.children().filter(|child| child.kind() == Kind::ObjectItem) {
            self.item(item);
        }
        let items = self.close(mark);
        let unplaced = self.unplaced(items);
        self.add(self.place(span), Value::Object(items), unplaced)
    }

    fn comprehension(&mut self, node: Node<'t>, span: Span) -> TermId {
        let term = self.term_or_broken(expr_children(node).next(), span);
        let (body, body_unplaced) = self.body_of(node);
        let unplaced = self.out.term(term).unplaced || body_unplaced;
        let value = if node.kind() == Kind::ArrayComprehension {
            Value::ArrayComprehension { term, body }
        } else {
            Value::SetComprehension { term, body }
        };
        self.add(self.place(span), value, unplaced)
    }

    fn object_comprehension(&mut self, node: Node<'t>, span: Span) -> TermId {
        let mark = self.scratch.len();
        match node.child(Kind::ObjectItem) {
            Some(item) => self.item(item),
            None => {
                let id = self.broken(span);
                self.scratch.extend([id, id]);
            }
        }
        let item = self.close(mark);
        let (body, body_unplaced) = self.body_of(node);
        let unplaced = self.unplaced(item) || body_unplaced;
        self.add(self.place(span), Value::ObjectComprehension { item: item.start, body }, unplaced)
    }

    /// The literals of the body below `node`.
    fn body_of(&mut self, node: Node<'t>) -> (List, bool) {
        match node.child(Kind::Body) {
            Some(body) => self.body(body),
            None => {
                self.broken.get_or_insert(node.span());
                (List::default(), false)
            }
        }
    }

    fn template(&mut self, node: Node<'t>, span: Span) -> TermId {
        self.first_template.get_or_insert(span);
        let mut parts = Vec::new();
        let mut unplaced = false;
        for element in node.elements() {
            match element {
                Element::Token(token) if token.kind() == Kind::TemplateText => {
                    let text = token.span();
                    // opa's scanner has counted the break that a part starts with
                    let row = self.out.grid.row(text.start) + u32::from(token.text().starts_with('\n'));
                    parts.push(Part::Text { text, row });
                }
                Element::Node(child) if child.kind() == Kind::TemplateExpr => {
                    let commented = child
                        .tokens()
                        .skip(1)
                        .take_while(|token| matches!(token.kind(), Kind::Whitespace | Kind::Newline | Kind::Comment))
                        .any(|token| token.kind() == Kind::Comment);
                    let Some(literal) = child.child(Kind::Literal) else {
                        self.broken.get_or_insert(child.span());
                        continue;
                    };
                    let id = self.literal(literal);
                    let expr = self.out.expr(id);
                    unplaced |= expr.unplaced;
                    let scalar = match expr.kind {
                        crate::format::lowered::ExprKind::Term(term) if !commented => Some(term),
                        _ => None,
                    };
                    parts.push(match scalar.filter(|term| self.is_scalar(*term)) {
                        Some(term) => Part::Scalar(term),
                        None => Part::Expr(id),
                    });
                }
                _ => {}
            }
        }
        let list = List { start: self.out.parts.len() as u32, len: parts.len() as u32 };
        self.out.parts.append(&mut parts);
        let multi_line = node.first_token().is_some_and(|token| token.text().ends_with('`'));
        self.add(self.place(span), Value::Template { parts: list, multi_line }, unplaced)
    }

    fn is_scalar(&self, id: TermId) -> bool {
        matches!(self.out.term(id).value, Value::Null | Value::True | Value::False | Value::Number { .. } | Value::String(_))
    }
}

/// The children of a node that are in term position.
pub(super) fn expr_children<'t>(node: Node<'t>) -> impl Iterator<Item = Node<'t>> {
    node.children().filter(|child| Expr::cast(*child).is_some())
}

/// The built-in that an operator token calls.
fn infix_op(kind: Kind) -> Option<Op> {
    Some(match kind {
        Kind::Assign => Op::Assign,
        Kind::Equal => Op::Unify,
        Kind::EqualEqual => Op::Equal,
        Kind::NotEqual => Op::NotEqual,
        Kind::Less => Op::Less,
        Kind::LessEqual => Op::LessEqual,
        Kind::Greater => Op::Greater,
        Kind::GreaterEqual => Op::GreaterEqual,
        Kind::Plus => Op::Plus,
        Kind::Minus => Op::Minus,
        Kind::Star => Op::Times,
        Kind::Slash => Op::Divide,
        Kind::Percent => Op::Remainder,
        Kind::Ampersand => Op::And,
        Kind::Pipe => Op::Or,
        _ => return None,
    })
}
