//! From expressions of the syntax tree to terms.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::build::variable;
use super::hir::{Comprehension, Expr, ExprKind, Loc, PRINT, Part, Shape, Term, TermKind, Uses, Vars, operator, true_body};
use crate::model::rego::operator_name;
use crate::model::rego::value::{Number, Value};
use crate::syntax::rego::Kind;
use crate::syntax::rego::ast::{self, RefPart};
use crate::syntax::rego::literal::{string_value, template_text};
use crate::text::Span;

/// Reads terms of one module.
pub(crate) struct Terms<'v> {
    pub(crate) module: u32,
    pub(crate) vars: &'v mut Vars,
    /// `not { … }` is on: negations are closures.
    pub(crate) not_bodies: bool,
    pub(crate) uses: Uses,
}

impl Terms<'_> {
    pub(crate) fn loc(&self, span: Span) -> Loc {
        Loc { module: self.module, span }
    }

    /// A term; a part that the tree lacks (which the parser has reported) is `null`.
    pub(crate) fn term(&mut self, expr: ast::Expr<'_>) -> Term {
        let at = self.loc(expr.span());
        let kind = self.kind(expr).unwrap_or(TermKind::Value(Value::Null));
        Term::new(at, kind)
    }

    fn kind(&mut self, expr: ast::Expr<'_>) -> Option<TermKind> {
        let at = self.loc(expr.span());
        let mut list = |terms: &mut dyn Iterator<Item = ast::Expr<'_>>| -> Vec<Term> { terms.map(|item| self.term(item)).collect() };
        Some(match expr {
            ast::Expr::Infix(infix) => {
                let name = operator_name(infix.op()?.kind())?;
                let operands = [self.term(infix.left()?), self.term(infix.right()?)];
                let at = self.loc(infix.op()?.span());
                self.call(at, name, operands)
            }
            ast::Expr::Membership(member) => {
                let value = self.term(member.value()?);
                let collection = self.term(member.collection()?);
                match member.key() {
                    Some(key) => {
                        let key = self.term(key);
                        self.call(at, "internal.member_3", [key, value, collection])
                    }
                    None => self.call(at, "internal.member_2", [value, collection]),
                }
            }
            ast::Expr::Negative(negative) => {
                let operand = self.term(negative.operand()?);
                self.call(at, "minus", [Term::value(at, 0i64), operand])
            }
            ast::Expr::Paren(paren) => return Some(self.term(paren.expr()?).kind),
            ast::Expr::Scalar(scalar) => TermKind::Value(scalar_value(scalar)?),
            ast::Expr::Var(var) => variable(self.vars, at, var.name()).kind,
            ast::Expr::Ref(_) => TermKind::Ref(self.reference(expr)?),
            ast::Expr::Call(call) => {
                let callee = self.reference(call.callee()?)?;
                let head = callee[0].as_var();
                self.uses.prints |= head == Some(PRINT) || head.is_some_and(|head| self.vars.name(head) == "internal");
                let mut terms = vec![Term::new(self.loc(call.callee()?.span()), TermKind::Ref(callee))];
                terms.extend(call.args().map(|arg| self.term(arg)));
                TermKind::Call(terms)
            }
            ast::Expr::Array(array) => TermKind::Array(list(&mut array.items())),
            ast::Expr::Set(set) => {
                let mut keys = Keys::default();
                let mut items = list(&mut set.items());
                items.retain(|item| keys.insert(item, 0).is_none());
                TermKind::Set(items)
            }
            ast::Expr::Object(object) => {
                let mut entries: Vec<(Term, Term)> = Vec::new();
                let mut keys = Keys::default();
                for item in object.items() {
                    let (key, value) = (self.term(item.key()?), self.term(item.value()?));
                    // the last of equal keys wins, and the others are not even evaluated
                    match keys.insert(&key, entries.len()) {
                        Some(at) => entries[at].1 = value,
                        None => entries.push((key, value)),
                    }
                }
                TermKind::Object(entries)
            }
            ast::Expr::ArrayComprehension(c) => self.comprehension(Shape::Array, None, c.term()?, c.body()?)?,
            ast::Expr::SetComprehension(c) => self.comprehension(Shape::Set, None, c.term()?, c.body()?)?,
            ast::Expr::ObjectComprehension(c) => {
                let item = c.item()?;
                self.comprehension(Shape::Object, item.key(), item.value()?, c.body()?)?
            }
            ast::Expr::Template(template) => {
                self.uses.templates = true;
                TermKind::Template(self.template(template)?)
            }
            ast::Expr::Logical(_) => return None,
        })
    }

    fn call<const N: usize>(&mut self, at: Loc, name: &str, operands: [Term; N]) -> TermKind {
        let mut terms = vec![operator(at, name, self.vars)];
        terms.extend(operands);
        TermKind::Call(terms)
    }

    fn comprehension(&mut self, shape: Shape, key: Option<ast::Expr<'_>>, term: ast::Expr<'_>, body: ast::Body<'_>) -> Option<TermKind> {
        let key = key.map(|key| self.term(key));
        let term = self.term(term);
        let mut body_terms = self.nested_body(body)?;
        if body_terms.is_empty() {
            body_terms = true_body(self.loc(body.span()));
        }
        Some(TermKind::Comprehension(Box::new(Comprehension { shape, key, term, body: body_terms })))
    }

    /// A variable or a reference as the list of its terms.
    pub(crate) fn reference(&mut self, expr: ast::Expr<'_>) -> Option<Vec<Term>> {
        match expr {
            ast::Expr::Var(var) => Some(vec![Term::var(self.loc(var.span()), self.head_var(var.name()))]),
            ast::Expr::Ref(reference) => {
                let operand = reference.operand()?;
                let mut terms = match operand {
                    ast::Expr::Var(var) => vec![Term::var(self.loc(var.span()), self.head_var(var.name()))],
                    other => vec![self.term(other)],
                };
                for part in reference.parts() {
                    terms.push(match part {
                        RefPart::Dot(dot) => {
                            let name = dot.name()?;
                            Term::value(self.loc(name.span()), name.text())
                        }
                        RefPart::Bracket(bracket) => self.term(bracket.expr()?),
                    });
                }
                Some(terms)
            }
            ast::Expr::Paren(paren) => self.reference(paren.expr()?),
            _ => None,
        }
    }

    fn head_var(&mut self, name: &str) -> super::hir::Var {
        if name == "_" { self.vars.wildcard() } else { self.vars.named(name) }
    }

    fn template(&mut self, template: ast::Template<'_>) -> Option<Vec<Part>> {
        let node = template.node();
        let raw = node.token(Kind::TemplateStart).is_some_and(|token| token.text().ends_with('`'));
        let mut parts = Vec::new();
        for element in node.elements() {
            match element {
                crate::syntax::tree::Element::Token(token) if token.kind() == Kind::TemplateText => {
                    let text = template_text(token.text(), raw)?;
                    if !text.is_empty() {
                        parts.push(Part::Term(Term::value(self.loc(token.span()), &*text)));
                    }
                }
                crate::syntax::tree::Element::Token(_) => {}
                crate::syntax::tree::Element::Node(node) => {
                    let literal = ast::TemplateExpr::cast(node)?.literal()?;
                    parts.push(self.template_expr(literal)?);
                }
            }
        }
        Some(parts)
    }

    fn template_expr(&mut self, literal: ast::Literal<'_>) -> Option<Part> {
        let at = self.loc(literal.span());
        let term = self.term(literal.expr()?);
        let withs = literal
            .withs()
            .map(|with| {
                self.uses.withs = true;
                let at = self.loc(with.span());
                let (target, value) = (with.target()?, with.value()?);
                Some(super::hir::With { at, target: self.term(target), value: self.term(value) })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(match term.kind {
            TermKind::Value(_) if withs.is_empty() => Part::Term(term),
            TermKind::Call(terms) => Part::Expr(Expr { withs, ..Expr::new(at, ExprKind::Call(terms)) }),
            kind => Part::Expr(Expr { withs, ..Expr::new(at, ExprKind::Term(Term { at: term.at, kind })) }),
        })
    }
}

/// The keys of a literal seen so far: constants and variables, of which equal ones are one.
#[derive(Default)]
struct Keys {
    constants: BTreeMap<Value, usize>,
    vars: FxHashMap<super::hir::Var, usize>,
}

impl Keys {
    /// Where an equal key was put, if it was; else notes that `key` is at `at`.
    fn insert(&mut self, key: &Term, at: usize) -> Option<usize> {
        let known = match (key.constant(), key.as_var()) {
            (Some(value), _) => *self.constants.entry(value).or_insert(usize::MAX),
            (None, Some(var)) => *self.vars.entry(var).or_insert(usize::MAX),
            (None, None) => return None,
        };
        if known != usize::MAX {
            return Some(known);
        }
        if let Some(value) = key.constant() {
            self.constants.insert(value, at);
        } else if let Some(var) = key.as_var() {
            self.vars.insert(var, at);
        }
        None
    }
}

fn scalar_value(scalar: ast::Scalar<'_>) -> Option<Value> {
    let token = scalar.token()?;
    Some(match token.kind() {
        Kind::NullKw => Value::Null,
        Kind::TrueKw => Value::Bool(true),
        Kind::FalseKw => Value::Bool(false),
        Kind::String | Kind::RawString => Value::string(&*string_value(token.text())?),
        Kind::Number => {
            let sign = if scalar.is_negative() { "-" } else { "" };
            Value::Number(Number::new(&format!("{sign}{}", token.text())))
        }
        _ => return None,
    })
}
