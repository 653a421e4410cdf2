//! From the lossless tree to [`Lowered`].

mod literals;
mod terms;
mod wildcards;

use rustc_hash::{FxHashMap, FxHashSet};

use self::wildcards::Copies;
use crate::format::lowered::{Comment, Head, HeadValue, Import, List, Lowered, Rule, Value};
use crate::format::place::{Grid, Place};
use crate::syntax::rego::{Kind, Node, Parse, Token};
use crate::text::Span;

/// A module in the making.
pub(super) struct Lower<'t> {
    pub(super) out: Lowered<'t>,
    pub(super) scratch: Vec<u32>,
    /// `not` makes a node of its own (`import future.keywords.not`).
    pub(super) not_bodies: bool,
    /// The first node that lacks what an accepted text has.
    pub(super) broken: Option<Span>,
    pub(super) first_template: Option<Span>,
    /// Calls of built-ins that v1 does not have.
    pub(super) deprecated: Option<Span>,
    /// How many wildcards opa's parser has counted.
    wildcards: u32,
}

/// Lowers a module without syntax errors.
///
/// # Errors
/// The place of a node that an accepted text cannot have.
pub(super) fn lower(parse: &Parse) -> Result<Lower<'_>, Span> {
    let text = parse.tree.text();
    let grid = Grid::new(text);
    let nodes = parse.tree.node_count();
    let out = Lowered {
        parse,
        text,
        grid,
        terms: Vec::with_capacity(nodes),
        ids: Vec::with_capacity(nodes),
        exprs: Vec::with_capacity(nodes / 8),
        withs: Vec::new(),
        logicals: Vec::new(),
        parts: Vec::new(),
        rules: Vec::new(),
        imports: Vec::new(),
        statements: Vec::new(),
        comments: Vec::new(),
        package: (1, 0),
        wildcard_names: FxHashMap::default(),
        wildcard_numbers_taken: FxHashSet::default(),
    };
    let mut lower = Lower {
        out,
        scratch: Vec::new(),
        not_bodies: parse.keywords.not,
        broken: None,
        first_template: None,
        deprecated: None,
        wildcards: 0,
    };
    lower.comments(parse);
    let root = parse.tree.root();
    for node in root.children() {
        match node.kind() {
            Kind::Package => lower.package(node),
            Kind::Import => lower.import(node),
            Kind::Rule => lower.rule(node),
            _ => {
                lower.broken.get_or_insert(node.span());
            }
        }
    }
    lower.without_taken_names();
    match lower.broken {
        Some(span) => Err(span),
        None => Ok(lower),
    }
}

impl<'t> Lower<'t> {
    fn comments(&mut self, parse: &'t Parse) {
        for token in parse.tree.tokens().filter(|token| token.kind() == Kind::Comment) {
            let (span, text) = (token.span(), token.text());
            let row = self.out.grid.row(span.start);
            let is_first = self.out.grid.row_start(row) == Some(span.start);
            let is_metadata = is_first && text[1..].trim_start().starts_with("METADATA");
            let text = Span::new(span.start, span.start + text.trim_end().len() as u32);
            self.out.comments.push(Comment { row, text, is_metadata, is_first });
        }
    }

    fn package(&mut self, node: Node<'t>) {
        let path = self.term_or_broken(terms::expr_children(node).next(), node.span());
        self.out.package = (self.out.grid.row(node.span().start), path);
    }

    fn import(&mut self, node: Node<'t>) {
        let span = node.span();
        let path = self.term_or_broken(terms::expr_children(node).next(), span);
        let alias = node.token(Kind::AsKw).and_then(|_| node.last_token()).map(Token::span);
        let row = self.out.grid.row(span.start);
        self.out.imports.push(Import { row, at: span.start, path, alias });
    }

    fn rule(&mut self, node: Node<'t>) {
        let span = node.span();
        let Some(head_node) = node.child(Kind::Head) else {
            self.broken.get_or_insert(span);
            return;
        };
        let default = node.token(Kind::DefaultKw);
        let has_if = node.token(Kind::IfKw).is_some();
        let bodies: Vec<Node<'t>> = node.children().filter(|child| child.kind() == Kind::Body).collect();
        let has_contains = head_node.token(Kind::ContainsKw).is_some();
        let plain = default.is_none() && !has_if && bodies.is_empty() && !has_contains;
        let (first_term, first_wildcard) = (self.out.terms.len() as u32, self.wildcards);
        let mut head = self.head(head_node);
        let head_terms = first_term..self.out.terms.len() as u32;
        if plain {
            self.plain_head(&mut head);
        } else if default.is_none() {
            self.two_part_head(&mut head, has_if, has_contains);
        }
        let mut place = self.place(span);
        if let Some(token) = default {
            place.text = token.span();
        } else if plain || bodies.is_empty() {
            place = head.place;
        }
        let mut rule =
            Rule { place, is_default: default.is_some(), head, body: List::default(), body_pin: None, head_pin: None, otherwise: None };
        if let Some(first) = bodies.first() {
            rule.place.text.end = first.span().end;
            rule.body = self.body(*first).0;
        }
        let index = self.out.rules.len() as u32;
        self.out.rules.push(rule);
        self.out.statements.push(index);
        let elses: Vec<Node<'t>> = node.children().filter(|child| child.kind() == Kind::Else).collect();
        if let Some(last) = elses.last() {
            let end = last.span().end;
            self.out.rules[index as usize].place.text.end = end;
            let mut previous = index;
            for node in elses {
                self.count_copied(&head);
                let otherwise = self.otherwise(node, end, head.assign);
                self.out.rules[previous as usize].otherwise = Some(otherwise);
                previous = otherwise;
            }
            self.name_wildcards(&head, head_terms.clone(), first_wildcard, Copies::Else);
        }
        if bodies.len() > 1 {
            self.name_wildcards(&head, head_terms, first_wildcard, Copies::Chain);
        }
        for body in bodies.iter().skip(1) {
            let place = self.place(body.span());
            let mut head = Head { place, ..head };
            if let HeadValue::Implied { quiet } = &mut head.value {
                *quiet = true;
            }
            let body = self.body(*body).0;
            self.count_copied(&head);
            self.out.statements.push(self.out.rules.len() as u32);
            self.out.rules.push(Rule { place, head, body, head_pin: Some(place), ..rule });
        }
    }

    fn head(&mut self, node: Node<'t>) -> Head {
        let place = self.place(node.span());
        let mut head = Head {
            place,
            reference: List::default(),
            args: List::default(),
            key: None,
            value: HeadValue::None,
            assign: node.token(Kind::Assign).is_some(),
        };
        let contains = node.token(Kind::ContainsKw).map(|token| token.span().start);
        let mut has_args = false;
        for child in node.children() {
            if child.kind() == Kind::Args {
                has_args = true;
                let mark = self.scratch.len();
                for arg in terms::expr_children(child) {
                    let id = self.term(arg);
                    self.scratch.push(id);
                }
                head.args = self.close(mark);
            } else if head.reference.is_empty() {
                head.reference = match child.kind() {
                    Kind::Ref => self.reference_parts(child).0,
                    _ => self.odd_head(child, &mut head),
                };
            } else if contains.is_some_and(|at| at < child.span().start) {
                head.key = Some(self.term(child));
            } else {
                head.value = HeadValue::Written(self.term(child));
            }
        }
        // in opa's tree every head but that of a set has a value
        if head.value == HeadValue::None && head.key.is_none() && (head.reference.len != 2 || !head.args.is_empty() || has_args) {
            head.value = HeadValue::Implied { quiet: false };
        }
        head
    }

    /// A head that is no plain name: opa takes what it can read as an equation, `(p) := 1` and even `a + b := 1`.
    fn odd_head(&mut self, node: Node<'t>, head: &mut Head) -> List {
        let id = self.term(node);
        match self.out.term(id).value {
            Value::Ref(parts) => parts,
            Value::Call(call) => {
                head.args = List { start: call.start + 1, len: call.len - 1 };
                let callee = self.out.list(call)[0];
                match self.out.term(callee).value {
                    Value::Ref(parts) => parts,
                    _ => List { len: 1, ..call },
                }
            }
            _ => self.list_of(&[id]),
        }
    }

    /// A statement without body and keywords: opa reads it as an expression, and gives the parts its places.
    fn plain_head(&mut self, head: &mut Head) {
        let written = matches!(head.value, HeadValue::Written(_));
        let two = head.reference.len == 2 && head.args.is_empty();
        if two {
            head.key = Some(self.out.list(head.reference)[1]);
        }
        if written {
            return;
        }
        if two {
            head.reference.len = 1;
            head.value = HeadValue::None;
        } else {
            head.value = HeadValue::Implied { quiet: true };
        }
        if !head.args.is_empty() {
            // the place of what is called
            let name = self.out.list(head.reference);
            let end = name.last().map_or(head.place.text.start, |id| self.out.term(*id).place.text.end);
            let open = self.out.text[end as usize..head.place.text.end as usize].find('(').map_or(end, |at| end + at as u32);
            head.place.text.end = open;
        }
    }

    /// `p[x]` before a body is the member of a set in v0, and the key of a map after `if`.
    fn two_part_head(&mut self, head: &mut Head, has_if: bool, has_contains: bool) {
        if has_contains || head.reference.len != 2 || !head.args.is_empty() {
            return;
        }
        let part = self.out.list(head.reference)[1];
        if has_if {
            if matches!(self.out.term(part).value, Value::Ref(_)) || !self.out.is_ground(part) {
                head.key = Some(part);
            }
            if head.value == HeadValue::None {
                head.value = HeadValue::Implied { quiet: true };
            }
        } else {
            head.key = Some(part);
            if head.value == HeadValue::None {
                head.reference.len = 1;
            }
        }
    }

    /// An `else`; `end` is where the last one of the chain ends, `rule_assigns` whether the rule's head has `:=`.
    fn otherwise(&mut self, node: Node<'t>, end: u32, rule_assigns: bool) -> u32 {
        let span = node.span();
        let mut place = self.place(span);
        place.text.end = end;
        let mut head_place = self.place(span);
        head_place.text.end = span.start + 4;
        let assign = node.own_tokens().find(|token| matches!(token.kind(), Kind::Assign | Kind::Equal));
        let mut value = HeadValue::Implied { quiet: false };
        if assign.is_some() {
            let value_node = terms::expr_children(node).next();
            if let Some(node) = value_node {
                head_place.text.end = node.span().end;
            }
            let id = self.term_or_broken(value_node, span);
            value = HeadValue::Written(id);
        }
        let body = node.child(Kind::Body);
        let pinned = body.is_some_and(|body| body.token(Kind::LeftBrace).is_none());
        let body = match body {
            Some(body) => self.body(body).0,
            None => List::default(),
        };
        self.out.rules.push(Rule {
            place,
            is_default: false,
            head: Head {
                place: head_place,
                reference: List::default(),
                args: List::default(),
                key: None,
                value,
                assign: assign.map_or(rule_assigns, |token| token.kind() == Kind::Assign),
            },
            body,
            body_pin: pinned.then_some(place),
            head_pin: None,
            otherwise: None,
        });
        self.out.rules.len() as u32 - 1
    }

    /// A place that is only a row.
    pub(super) fn brace_place(&self, token: Token<'t>, end: u32) -> Place {
        let mut place = self.place(token.span());
        place.text.end = end;
        place
    }
}
