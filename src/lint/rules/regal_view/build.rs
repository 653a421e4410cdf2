//! From the lossless tree to OPA's: rules and heads.
//!
//! Places follow OPA's parser: an infix term stands where its left side does, a reference and a call where their first part does,
//! parentheses belong to a term's text but do not move it; the heads of chained bodies stand where the bodies do.

use super::{Form, Id, Item, NOWHERE, NameId, RegalView, RuleView, Shape, Slot, WILDCARD};
use crate::model::rego::{ImportKind, Module, RuleDef};
use crate::syntax::rego::ast::{Body, Expr, Head, RefPart};
use crate::syntax::rego::{Kind, Parse};
use crate::text::Span;

/// A place: row and column, and the text.
pub(super) type Place = (u32, Span);

pub(super) struct Builder<'t> {
    pub(super) view: RegalView<'t>,
    pub(super) not_bodies: bool,
    /// Where everything stands, for the heads of chained bodies.
    pub(super) pin: Option<Place>,
    /// Whether references and so on are listed; the copies of heads in `else` are not.
    pub(super) listing: bool,
    /// Whether what Regal does not see is left out, and what it sees twice is there twice.
    pub(super) to_the_letter: bool,
}

impl<'t> RegalView<'t> {
    /// The view of a module that parsed; Regal's own where it is wanted to the letter, else one of all bodies, and of heads once.
    pub(in crate::lint) fn new(parse: &'t Parse, module: &Module<'t>, to_the_letter: bool) -> Self {
        let mut view = Self { text: parse.tree.text(), ..Self::default() };
        view.items.reserve(parse.tree.node_count() + parse.tree.node_count() / 4);
        let mut builder = Builder { view, not_bodies: parse.keywords.not, pin: None, listing: true, to_the_letter };
        builder.intern("_");
        for (at, def) in module.rules.iter().enumerate() {
            builder.definition(def, at);
        }
        let mut view = builder.view;
        view.mark_globals(module);
        view.find_vars();
        view
    }

    /// Notes which names are rules, functions and imports of the module.
    fn mark_globals(&mut self, module: &Module<'t>) {
        self.global = vec![false; self.names.len()];
        self.function = vec![false; self.names.len()];
        self.function_root = vec![false; self.names.len()];
        for at in 0..self.rules.len() {
            let RuleView { head, is_function, is_chained, .. } = self.rules[at];
            let Some(name) = self.ref_string(self.in_slot(head, Slot::Name), true) else { continue };
            if let Some(id) = self.name_id(&name) {
                if is_function { self.function[id as usize] = true } else { self.global[id as usize] = true }
            }
            if is_function && let Some(root) = name.split('.').next().and_then(|root| self.name_id(root)) {
                self.function_root[root as usize] = true;
            }
            if is_function && !is_chained {
                let arity = self.in_slot(head, Slot::Argument).count();
                self.functions.entry(name).or_insert(arity);
            }
        }
        for import in &module.imports {
            if matches!(import.kind, ImportKind::Data | ImportKind::Input)
                && import.path.len() > 1
                && let Some(id) = import.identifier().and_then(|name| self.name_id(name))
            {
                self.global[id as usize] = true;
            }
        }
    }
}

impl<'t> Builder<'t> {
    pub(super) fn intern(&mut self, name: &'t str) -> NameId {
        let next = self.view.names.len() as NameId;
        let id = *self.view.by_name.entry(name).or_insert(next);
        if id == next {
            self.view.names.push(name);
        }
        id
    }

    pub(super) fn push(&mut self, form: Form, slot: Slot, index: u32, parent: Id, place: Place) -> Id {
        let (at, text) = self.pin.unwrap_or(place);
        let id = self.view.items.len() as Id;
        self.view.items.push(Item {
            form,
            slot,
            shape: Shape::Term,
            negated: false,
            has_with: false,
            index,
            parent,
            end: id + 1,
            at,
            text,
            span: place.1,
            name: WILDCARD,
            source: 0,
        });
        id
    }

    pub(super) fn close(&mut self, id: Id) {
        self.view.items[id as usize].end = self.view.items.len() as Id;
    }

    /// Gives an item the place of another one, which starts it.
    pub(super) fn place_like(&mut self, id: Id, first: Id, text: Span) {
        if self.pin.is_none() {
            let at = self.view.item(first).at;
            let item = &mut self.view.items[id as usize];
            (item.at, item.text) = (at, text);
        }
    }

    fn definition(&mut self, def: &RuleDef<'t>, at: usize) {
        let mut bodies = def.rule.bodies();
        let first = bodies.next();
        let span = def.rule.span();
        self.rule(def, at, first, span, false);
        for body in bodies {
            self.pin = None;
            self.rule(def, at, Some(body), body.span(), true);
        }
    }

    fn rule(&mut self, def: &RuleDef<'t>, at: usize, body: Option<Body<'t>>, span: Span, is_chained: bool) {
        let view = &self.view;
        let starts = [view.refs.len(), view.calls.len(), view.comprehensions.len(), view.exprs.len()];
        let root = self.push(Form::Rule, Slot::Root, 0, 0, (span.start, span));
        let head_span = if is_chained { span } else { def.head.span() };
        self.pin = is_chained.then_some((span.start, span));
        let head = self.push(Form::Head, Slot::Head, 0, root, (head_span.start, head_span));
        self.listing = self.to_the_letter || !is_chained;
        let is_function = self.names_and_arguments(def, head);
        if let Some(value) = def.head.value() {
            let value = self.term(value.node(), Slot::Value, 0, head);
            if is_chained {
                self.view.items[value as usize].at = NOWHERE;
            }
        }
        self.close(head);
        (self.pin, self.listing) = (None, true);
        let body = body.filter(|_| !def.is_default);
        if let Some(body) = body {
            self.body(body, Slot::Body, root);
        }
        let mut open = vec![root];
        if !is_chained {
            self.elses(def, &mut open);
        }
        while let Some(id) = open.pop() {
            self.close(id);
        }
        let view = &mut self.view;
        let range = |start: usize, end: usize| start as u32..end as u32;
        view.rules.push(RuleView {
            root,
            head,
            def: at,
            is_chained,
            has_body: body.is_some(),
            is_function,
            refs: range(starts[0], view.refs.len()),
            calls: range(starts[1], view.calls.len()),
            comprehensions: range(starts[2], view.comprehensions.len()),
            exprs: range(starts[3], view.exprs.len()),
            vars: 0..0,
        });
    }

    /// The `else`s of a rule, each inside the one before.
    fn elses(&mut self, def: &RuleDef<'t>, open: &mut Vec<Id>) {
        for (parent, branch) in (0..).zip(def.rule.elses()) {
            let span = branch.span();
            let rule = self.push(Form::Rule, Slot::Else, 0, open[parent], (span.start, span));
            open.push(rule);
            let head = self.push(Form::Head, Slot::Head, 0, rule, (span.start, Span::new(span.start, span.start + 4)));
            self.listing = false;
            self.names_and_arguments(def, head);
            self.listing = true;
            if let Some(value) = branch.value() {
                self.term(value.node(), Slot::Value, 0, head);
            }
            self.close(head);
            // OPA gives a body without braces the place of the `else`, and Regal takes it for none
            if let Some(body) = branch.body().filter(|body| !self.to_the_letter || body.open_token().is_some()) {
                self.body(body, Slot::Body, rule);
            }
        }
    }

    /// What a head is called, its arguments and its key; whether it has arguments.
    fn names_and_arguments(&mut self, def: &RuleDef<'t>, head: Id) -> bool {
        let node: Head<'t> = def.head;
        let mut parts = 0;
        // OPA moves all of a copied head but its name
        let pin = self.pin.take();
        match node.name() {
            Some(Expr::Ref(reference)) => {
                for (index, child) in (0..).zip(reference.node().children()) {
                    if index > 0 && def.bracket_member.is_some() {
                        continue;
                    }
                    self.part(child, Slot::Name, index, head);
                    parts += 1;
                }
            }
            Some(name) => {
                self.first(name.node(), Slot::Name, head);
                parts = 1;
            }
            None => {}
        }
        self.pin = pin;
        let mut arguments = Vec::new();
        for (index, argument) in (0..).zip(node.args().into_iter().flat_map(|args| args.exprs())) {
            arguments.push(self.term(argument.node(), Slot::Argument, index, head));
        }
        if let Some(first) = arguments.first() {
            self.note_list(*first);
        }
        if let Some(member) = node.member() {
            self.term(member.node(), Slot::Key, 0, head);
        } else if let Some(member) = def.bracket_member {
            self.part(member.node(), Slot::Key, 0, head);
        } else if parts == 2
            && arguments.is_empty()
            && !def.is_default
            && let Some(Expr::Ref(reference)) = node.name()
            && let Some(part) = reference.parts().next()
        {
            let ground = match part {
                RefPart::Dot(_) => true,
                RefPart::Bracket(bracket) => bracket
                    .expr()
                    .is_none_or(|expr| !expr.node().descendants().any(|node| matches!(node.kind(), Kind::Var | Kind::Template))),
            };
            if def.rule.if_token().is_none() || !ground {
                self.part(part.node(), Slot::Key, 0, head);
            }
        }
        !arguments.is_empty()
    }
}
