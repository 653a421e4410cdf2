//! From the lossless tree to OPA's: terms and statements.

use rustc_hash::FxHashSet;

use super::build::{Builder, Place};
use super::{Form, Id, NOWHERE, Shape, Slot, WILDCARD};
use crate::model::rego::operator_name;
use crate::syntax::rego::ast::{Body, Expr, Literal};
use crate::syntax::rego::{Kind, Node};
use crate::text::Span;

impl<'t> Builder<'t> {
    /// A part of a reference; its first one too.
    pub(super) fn part(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        match node.kind() {
            Kind::RefDot => {
                let name = node.last_token().map_or(node.span(), |token| token.span());
                self.push(Form::String, slot, index, parent, (name.start, name))
            }
            Kind::RefBracket => match node.children().find_map(Expr::cast) {
                Some(expr) => self.term(expr.node(), slot, index, parent),
                None => self.push(Form::Null, slot, index, parent, (node.span().start, node.span())),
            },
            _ => self.first(node, slot, parent),
        }
    }

    /// What a reference starts with, or what is called.
    pub(super) fn first(&mut self, node: Node<'t>, slot: Slot, parent: Id) -> Id {
        if node.kind() == Kind::Var { self.var(node, slot, 0, parent) } else { self.term(node, slot, 0, parent) }
    }

    fn var(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let id = self.push(Form::Var, slot, index, parent, (span.start, span));
        let name = match node.text() {
            "_" => WILDCARD,
            name => self.intern(name),
        };
        let item = &mut self.view.items[id as usize];
        (item.name, item.source) = (name, node.id());
        id
    }

    /// Lists `first` if a list that starts with it looks like a call.
    pub(super) fn note_list(&mut self, first: Id) {
        if self.listing && self.view.form(first) == Form::Ref {
            self.view.calls.push(first);
        }
    }

    fn open_ref(&mut self, slot: Slot, index: u32, parent: Id, place: Place) -> Id {
        let id = self.push(Form::Ref, slot, index, parent, place);
        if self.listing {
            self.view.refs.push(id);
        }
        id
    }

    pub(super) fn term(&mut self, mut node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let mut paren = None;
        while node.kind() == Kind::Paren
            && let Some(inner) = node.children().find_map(Expr::cast)
        {
            paren = paren.or(Some(node.span()));
            node = inner.node();
        }
        let id = self.bare_term(node, slot, index, parent);
        if let Some(span) = paren
            && self.pin.is_none()
        {
            self.view.items[id as usize].text = span;
        }
        id
    }

    fn bare_term(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let place = (span.start, span);
        match node.kind() {
            Kind::Scalar => self.scalar(node, slot, index, parent),
            // lone document names are references
            Kind::Var if matches!(node.text(), "input" | "data") => {
                let id = self.open_ref(slot, index, parent, place);
                self.var(node, Slot::Item, 0, id);
                self.close(id);
                id
            }
            Kind::Var => self.var(node, slot, index, parent),
            Kind::Ref => self.reference(node, slot, index, parent),
            Kind::Call | Kind::Infix | Kind::Membership | Kind::Negative => {
                let id = self.push(Form::Call, slot, index, parent, place);
                self.call_items(node, Slot::Item, id);
                self.close(id);
                id
            }
            Kind::Set => self.set(node, slot, index, parent),
            Kind::Array => {
                let id = self.push(Form::Array, slot, index, parent, place);
                for (index, item) in (0..).zip(node.children().filter(|child| Expr::cast(*child).is_some())) {
                    self.term(item, Slot::Item, index, id);
                }
                self.close(id);
                if let Some(first) = self.view.child(id, Slot::Item) {
                    self.note_list(first);
                }
                id
            }
            Kind::Object => {
                let id = self.push(Form::Object, slot, index, parent, place);
                for (index, item) in (0..).zip(node.children().filter(|child| child.kind() == Kind::ObjectItem)) {
                    let mut both = item.children().filter(|child| Expr::cast(*child).is_some());
                    if let Some(key) = both.next() {
                        let key = self.term(key, Slot::ItemKey, index, id);
                        self.note_list(key);
                    }
                    if let Some(value) = both.next() {
                        self.term(value, Slot::ItemValue, index, id);
                    }
                }
                self.close(id);
                id
            }
            Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension => self.comprehension(node, slot, index, parent),
            Kind::Template => {
                let id = self.push(Form::Template, slot, index, parent, place);
                for (index, part) in (0..).zip(node.children().filter(|child| child.kind() == Kind::TemplateExpr)) {
                    let Some(literal) = part.children().find(|child| child.kind() == Kind::Literal) else { continue };
                    match Literal::cast(literal).and_then(Literal::expr) {
                        // becomes text
                        Some(Expr::Scalar(scalar)) => _ = self.term(scalar.node(), Slot::Part, index, id),
                        _ => _ = self.literal(literal, Slot::Part, index, id),
                    }
                }
                self.close(id);
                id
            }
            _ => self.push(Form::Null, slot, index, parent, place),
        }
    }

    /// A set, in which what is written twice is there once.
    fn set(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let id = self.push(Form::Set, slot, index, parent, (span.start, span));
        let mut known: FxHashSet<&str> = FxHashSet::default();
        let has_wildcard = |item: Node<'_>| item.descendants().any(|node| node.kind() == Kind::Var && node.text() == "_");
        let mut index = 0;
        for item in node.children().filter(|child| Expr::cast(*child).is_some()) {
            if self.to_the_letter && !known.insert(item.text()) && !has_wildcard(item) {
                continue;
            }
            self.term(item, Slot::Item, index, id);
            index += 1;
        }
        self.close(id);
        if let Some(first) = self.first_of_set(id) {
            self.note_list(first);
        }
        id
    }

    /// The element that OPA puts first, if it is a reference.
    fn first_of_set(&self, set: Id) -> Option<Id> {
        let rank = |id: &Id| match self.view.form(*id) {
            form if form.is_scalar() => 0,
            Form::Var => 1,
            Form::Ref => 2,
            _ => 3,
        };
        self.view.in_slot(set, Slot::Item).min_by_key(rank)
    }

    fn scalar(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let (form, text) = match node.last_token().map(|token| token.kind()) {
            Some(Kind::TrueKw | Kind::FalseKw) => (Form::Boolean, span),
            Some(Kind::String | Kind::RawString) => (Form::String, span),
            // OPA keeps the first token's text only
            Some(Kind::Number) => (Form::Number, node.first_token().map_or(span, |token| token.span())),
            _ => (Form::Null, span),
        };
        let id = self.push(form, slot, index, parent, (span.start, span));
        if self.pin.is_none() {
            self.view.items[id as usize].text = text;
        }
        id
    }

    fn reference(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let id = self.open_ref(slot, index, parent, (span.start, span));
        let mut start = None;
        for (index, child) in (0..).zip(node.children()) {
            let part = self.part(child, Slot::Item, index, id);
            if index == 0 {
                // OPA's text starts at the last token of what stands first
                let from = match child.kind() {
                    Kind::Call => self.view.item(part).text.start,
                    _ => child.last_token().map_or(span.start, |token| token.span().start),
                };
                start = Some((part, from));
            }
        }
        self.close(id);
        if let Some((first, from)) = start {
            self.place_like(id, first, Span::new(from.min(span.end), span.end));
        }
        id
    }

    /// An operator as what is called.
    fn operator(&mut self, name: &'t str, member: bool, at: Option<Span>, slot: Slot, parent: Id) -> Id {
        let span = at.unwrap_or_default();
        let place = (at.map_or(NOWHERE, |span| span.start), span);
        let id = self.open_ref(slot, 0, parent, place);
        let var = self.push(Form::Var, Slot::Item, 0, id, place);
        self.view.items[var as usize].name = self.intern(name);
        if member {
            self.push(Form::String, Slot::Item, 1, id, place);
        }
        self.close(id);
        self.note_list(id);
        id
    }

    /// What a call consists of, in `slot` of `parent`, which gets the call's place.
    fn call_items(&mut self, node: Node<'t>, slot: Slot, parent: Id) {
        let span = node.span();
        match node.kind() {
            Kind::Infix => {
                let op = node.own_tokens().next();
                let name = op.and_then(|op| operator_name(op.kind())).unwrap_or("eq");
                self.operator(name, false, op.map(|op| op.span()), slot, parent);
                self.operands(node, slot, parent, span);
            }
            Kind::Membership | Kind::SomeIn => {
                let at = node.token(Kind::InKw).map(|token| token.span());
                self.operator("internal", true, at, slot, parent);
                self.operands(node, slot, parent, span);
            }
            Kind::Negative => {
                self.operator("minus", false, None, slot, parent);
                let sign = Span::new(span.start, span.start + 1);
                self.push(Form::Number, slot, 1, parent, (sign.start, sign));
                if let Some(operand) = node.children().find_map(Expr::cast) {
                    self.term(operand.node(), slot, 2, parent);
                }
            }
            _ => {
                let mut index = 0;
                for child in node.children() {
                    if child.kind() == Kind::CallArgs {
                        for argument in child.children().filter(|child| Expr::cast(*child).is_some()) {
                            self.term(argument, slot, index, parent);
                            index += 1;
                        }
                        continue;
                    }
                    let id = if child.kind() == Kind::Var {
                        let span = child.span();
                        let id = self.open_ref(slot, 0, parent, (span.start, span));
                        self.var(child, Slot::Item, 0, id);
                        self.close(id);
                        id
                    } else {
                        self.term(child, slot, 0, parent)
                    };
                    self.note_list(id);
                    if slot == Slot::Item {
                        let start = self.view.item(id).text.start;
                        self.place_like(parent, id, Span::new(start.min(span.end), span.end));
                    }
                    index = 1;
                }
            }
        }
    }

    fn operands(&mut self, node: Node<'t>, slot: Slot, parent: Id, span: Span) {
        for (index, operand) in (1..).zip(node.children().filter(|child| Expr::cast(*child).is_some())) {
            let id = self.term(operand, slot, index, parent);
            if index == 1 && slot == Slot::Item {
                self.place_like(parent, id, span);
            }
        }
    }

    fn comprehension(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let form = match node.kind() {
            Kind::ArrayComprehension => Form::ArrayComprehension,
            Kind::SetComprehension => Form::SetComprehension,
            _ => Form::ObjectComprehension,
        };
        let id = self.push(form, slot, index, parent, (span.start, span));
        if self.listing {
            self.view.comprehensions.push(id);
        }
        for child in node.children() {
            match child.kind() {
                Kind::ObjectItem => {
                    for (slot, term) in
                        [Slot::HeadKey, Slot::HeadValue].into_iter().zip(child.children().filter(|child| Expr::cast(*child).is_some()))
                    {
                        self.term(term, slot, 0, id);
                    }
                }
                Kind::Body => {
                    if let Some(body) = Body::cast(child) {
                        self.body(body, Slot::ComprehensionBody, id);
                    }
                }
                _ => _ = self.term(child, Slot::HeadTerm, 0, id),
            }
        }
        self.close(id);
        id
    }

    pub(super) fn body(&mut self, body: Body<'t>, slot: Slot, parent: Id) {
        for (index, literal) in (0..).zip(body.literals()) {
            self.literal(literal.node(), slot, index, parent);
        }
    }

    fn open_expr(&mut self, slot: Slot, index: u32, parent: Id, span: Span) -> Id {
        let id = self.push(Form::Expr, slot, index, parent, (span.start, span));
        if self.listing {
            self.view.exprs.push(id);
        }
        id
    }

    /// A statement.
    fn literal(&mut self, node: Node<'t>, slot: Slot, index: u32, parent: Id) -> Id {
        let span = node.span();
        let id = self.open_expr(slot, index, parent, span);
        self.view.items[id as usize].source = node.id();
        self.literal_into(node, id);
        self.close(id);
        id
    }

    /// What a statement says, into an open item.
    fn literal_into(&mut self, node: Node<'t>, id: Id) {
        let Some(child) = node.children().next() else { return };
        let negated = node.first_token().is_some_and(|token| token.kind() == Kind::NotKw && token.span().end <= child.span().start);
        if negated && child.kind() == Kind::Body {
            self.set_shape(id, Shape::Not);
            if let Some(body) = Body::cast(child) {
                self.body(body, Slot::Inner, id);
            }
        } else if negated && self.not_bodies {
            self.set_shape(id, Shape::Not);
            let inner = self.open_expr(Slot::Inner, 0, id, node.span());
            self.statement(child, inner);
            self.close(inner);
        } else {
            self.view.items[id as usize].negated |= negated;
            self.statement(child, id);
        }
        for (index, with) in (0..).zip(node.children().filter(|child| child.kind() == Kind::With)) {
            self.view.items[id as usize].has_with = true;
            let span = with.span();
            let item = self.push(Form::With, Slot::With, index, id, (span.start, span));
            for (slot, term) in
                [Slot::Target, Slot::Replacement].into_iter().zip(with.children().filter(|child| Expr::cast(*child).is_some()))
            {
                self.term(term, slot, 0, item);
            }
            self.close(item);
        }
    }

    fn set_shape(&mut self, id: Id, shape: Shape) {
        self.view.items[id as usize].shape = shape;
    }

    fn statement(&mut self, node: Node<'t>, id: Id) {
        match node.kind() {
            Kind::SomeDecl => {
                self.set_shape(id, Shape::Some);
                for (index, var) in (0..).zip(node.children().filter(|child| child.kind() == Kind::Var)) {
                    self.var(var, Slot::Symbol, index, id);
                }
            }
            Kind::SomeIn => {
                self.set_shape(id, Shape::Some);
                let span = node.children().next().map_or(node.span(), |first| Span::new(first.span().start, node.span().end));
                let call = self.push(Form::Call, Slot::Symbol, 0, id, (span.start, span));
                self.call_items(node, Slot::Item, call);
                self.close(call);
            }
            Kind::Every => {
                self.set_shape(id, Shape::Every);
                let keyed = node.children().filter(|child| Expr::cast(*child).is_some()).count() == 3;
                let slots = [Slot::EveryKey, Slot::EveryValue, Slot::Domain];
                let terms = node.children().filter(|child| Expr::cast(*child).is_some());
                for (slot, term) in slots.into_iter().skip(usize::from(!keyed)).zip(terms) {
                    self.term(term, slot, 0, id);
                }
                if let Some(body) = node.children().find_map(Body::cast) {
                    self.body(body, Slot::Inner, id);
                }
            }
            Kind::Logical => {
                self.set_shape(id, Shape::Logical);
                let operands = node.children().filter(|child| child.kind() == Kind::Literal);
                for (slot, operand) in [Slot::Left, Slot::Right].into_iter().zip(operands) {
                    self.operand(operand, slot, id);
                }
            }
            // a group of `and`, `or`, `not` or `with`
            Kind::Paren if let Some(inner) = node.child(Kind::Literal) => self.literal_into(inner, id),
            _ => match Expr::cast(node).map(Expr::inner) {
                Some(expr @ (Expr::Call(_) | Expr::Infix(_) | Expr::Membership(_) | Expr::Negative(_))) => {
                    self.set_shape(id, Shape::Call);
                    self.call_items(expr.node(), Slot::Terms, id);
                }
                _ => _ = self.term(node, Slot::Term, 0, id),
            },
        }
    }

    fn operand(&mut self, mut node: Node<'t>, slot: Slot, parent: Id) {
        while let Some(group) = node.children().next().filter(|child| child.kind() == Kind::Paren)
            && group.span() == node.span()
            && let Some(inner) = group.child(Kind::Literal)
        {
            node = inner;
        }
        if let Some(body) = node.children().next().and_then(Body::cast)
            && body.open_token().is_some_and(|open| open.span().start == node.span().start)
        {
            self.body(body, slot, parent);
        } else {
            self.literal(node, slot, 0, parent);
        }
    }
}
