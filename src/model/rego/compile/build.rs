//! From the syntax tree to [`hir`](super::hir): heads and bodies as OPA's parser reads them.

use super::hir::{
    DATA, Every, Expr, ExprKind, INPUT, Import, Loc, Logical, Module, Rule, Term, TermKind, Uses, Var, Vars, With, true_body,
};
use super::terms::Terms;
use crate::model::rego::value::Value;
use crate::syntax::rego::ast::{self, LiteralKind};
use crate::syntax::rego::{self, Parse, Version};
use crate::text::Span;

/// Reads the module of index `module`; `None` where the tree lacks a part, which the parser has reported.
pub(crate) fn build(module: u32, parse: &Parse) -> Option<Module> {
    let mut vars = Vars::default();
    let root = ast::Module::cast(parse.tree.root())?;
    let keywords = parse.keywords;
    let mut builder = Builder { terms: Terms { module, vars: &mut vars, not_bodies: keywords.not, uses: Uses::default() } };
    let package = root.package()?;
    let mut path = builder.path(package.path()?)?;
    path.insert(0, Term::var(builder.loc(package.span()), DATA));
    let imports = root.imports().filter_map(|import| builder.import(import)).collect();
    let mut rules = Vec::new();
    for rule in root.rules() {
        builder.rule(rule, &mut rules)?;
    }
    let package_at = builder.loc(package.span());
    let v1 = parse.version == Version::V1 || parse.rego_v1_import;
    let schemas = crate::model::rego::types::notes(module, parse);
    let uses = builder.terms.uses;
    Some(Module { index: module, package: path, package_at, imports, rules, v1, vars, schemas, uses })
}

struct Builder<'v> {
    terms: Terms<'v>,
}

impl Builder<'_> {
    fn loc(&self, span: Span) -> Loc {
        self.terms.loc(span)
    }

    /// The names of a package: strings.
    fn path(&mut self, path: ast::Expr<'_>) -> Option<Vec<Term>> {
        let mut terms = self.terms.reference(path)?;
        if let Some(first) = terms.first_mut()
            && let Some(var) = first.as_var()
        {
            let name = self.terms.vars.name(var).to_owned();
            *first = Term::value(first.at, name);
        }
        Some(terms)
    }

    fn import(&mut self, import: ast::Import<'_>) -> Option<Import> {
        let path = self.terms.reference(import.path()?)?;
        let first = path.first()?.as_var()?;
        if !matches!(first, INPUT | DATA) {
            // `future` and `rego` only steer the parser
            return None;
        }
        let name = match import.alias() {
            Some(alias) => self.terms.vars.named(alias.text()),
            None => match path.last()? {
                Term { kind: TermKind::Var(var), .. } => *var,
                last => {
                    let name = last.as_value()?.as_str()?.to_owned();
                    self.terms.vars.named(&name)
                }
            },
        };
        Some(Import { at: self.loc(import.span()), path, name })
    }

    fn rule(&mut self, node: ast::Rule<'_>, rules: &mut Vec<Rule>) -> Option<()> {
        let head = node.head()?;
        let at = self.loc(node.span());
        let head_at = self.loc(head.span());
        let mut reference = self.terms.reference(head.name()?)?;
        let args: Vec<Term> = head.args().map(|args| args.exprs().map(|arg| self.terms.term(arg)).collect()).unwrap_or_default();
        let value = match head.value() {
            Some(value) => Some(self.terms.term(value)),
            None => None,
        };
        let has_if = node.if_token().is_some();
        let has_body = node.bodies().next().is_some();
        let truth = || Some(Term::value(head_at, true));
        let mut key = None;
        let mut value = value;
        if node.default_token().is_some() {
            value = value.or_else(truth);
        } else if let Some(member) = head.member() {
            key = Some(self.terms.term(member));
        } else if reference.len() == 2 && args.is_empty() {
            // `p[x]`: with `if` a value for a key, with a value likewise, else a member of a set
            let part = reference[1].clone();
            if has_if {
                if !part.is_ground() || matches!(part.kind, TermKind::Ref(_)) {
                    key = Some(part);
                }
                value = value.or_else(truth);
            } else {
                key = Some(part);
                if value.is_none() {
                    reference.truncate(1);
                }
            }
        } else {
            value = value.or_else(truth);
        }
        let mut bodies = node.bodies();
        let body = match bodies.next() {
            Some(body) => self.body(body)?,
            None => true_body(at),
        };
        debug_assert!(has_body || !has_if || body.len() == 1);
        let name = Value::from(reference.first().and_then(Term::as_var).map_or("", |var| self.terms.vars.name(var)));
        let default = node.default_token().is_some();
        let mut rule = Rule { at, head_at, default, name, reference, args, key, value, body, otherwise: None, broken: false };
        let mut otherwise = None;
        let branches: Vec<ast::Else<'_>> = node.elses().collect();
        for branch in branches.into_iter().rev() {
            let mut next = self.branch(&rule, branch)?;
            next.otherwise = otherwise.map(Box::new);
            otherwise = Some(next);
        }
        rule.otherwise = otherwise.map(Box::new);
        let template = rule.clone();
        rules.push(rule);
        for body in bodies {
            let at = self.loc(body.span());
            let mut next = template.clone();
            next.at = at;
            next.head_at = at;
            next.otherwise = None;
            self.fresh_wildcards(&mut next);
            next.body = self.body(body)?;
            rules.push(next);
        }
        Some(())
    }

    fn branch(&mut self, rule: &Rule, branch: ast::Else<'_>) -> Option<Rule> {
        let at = self.loc(branch.span());
        let mut next = Rule { at, head_at: at, otherwise: None, body: Vec::new(), ..rule.clone() };
        self.fresh_wildcards(&mut next);
        next.value = Some(match branch.value() {
            Some(value) => self.terms.term(value),
            None => Term::value(at, true),
        });
        next.body = match branch.body() {
            Some(body) => self.body(body)?,
            None => true_body(at),
        };
        Some(next)
    }

    /// A copied head's own `_` arguments.
    fn fresh_wildcards(&mut self, rule: &mut Rule) {
        for arg in &mut rule.args {
            if let Some(var) = arg.as_var()
                && self.terms.vars.is_wildcard(var)
            {
                arg.kind = TermKind::Var(self.terms.vars.wildcard());
            }
        }
    }

    fn body(&mut self, body: ast::Body<'_>) -> Option<Vec<Expr>> {
        body.literals().map(|literal| self.literal(literal)).collect()
    }
}

/// What reads the bodies that terms contain.
impl Terms<'_> {
    pub(super) fn nested_body(&mut self, body: ast::Body<'_>) -> Option<Vec<Expr>> {
        let terms = Terms { module: self.module, vars: self.vars, not_bodies: self.not_bodies, uses: self.uses };
        let mut builder = Builder { terms };
        let body = builder.body(body);
        self.uses = builder.terms.uses;
        body
    }
}

impl Builder<'_> {
    fn literal(&mut self, literal: ast::Literal<'_>) -> Option<Expr> {
        let at = self.loc(literal.span());
        let withs: Vec<With> = literal.withs().map(|with| self.with(with)).collect::<Option<_>>()?;
        let negated = literal.not_token().is_some();
        let mut expr = match literal.kind()? {
            LiteralKind::SomeDecl(decl) => {
                let vars = decl.vars().map(|var| self.terms.term(var)).collect();
                Expr::new(at, ExprKind::Some(vars))
            }
            LiteralKind::SomeIn(some) => {
                let key = some.key().map(|key| self.terms.term(key));
                let value = self.terms.term(some.value()?);
                Expr::new(at, ExprKind::SomeIn(key, value, self.terms.term(some.collection()?)))
            }
            LiteralKind::Every(every) => {
                let key = every.key().map(|key| self.terms.term(key));
                let value = self.terms.term(every.value()?);
                let domain = self.terms.term(every.collection()?);
                let body = self.body(every.body()?)?;
                Expr::new(at, ExprKind::Every(Box::new(Every { key, value, domain, body })))
            }
            LiteralKind::Body(body) => Expr::new(at, ExprKind::Not { body: self.body(body)?, explicit: true }),
            LiteralKind::Expr(expr) => match group(expr) {
                Some(Group::Literal(inner)) => {
                    let inner = self.literal(inner)?;
                    if negated { Expr::new(at, ExprKind::Not { body: vec![inner], explicit: false }) } else { inner }
                }
                Some(Group::Logical(inner)) => self.logical(at, inner)?,
                None => {
                    let plain = self.statement(at, expr)?;
                    if negated && self.terms.not_bodies {
                        Expr::new(at, ExprKind::Not { body: vec![plain], explicit: false })
                    } else {
                        Expr { negated, ..plain }
                    }
                }
            },
        };
        expr.withs.extend(withs);
        Some(expr)
    }

    /// An expression as a statement: `a = b`, `a := b`, a call, or a term.
    fn statement(&mut self, at: Loc, expr: ast::Expr<'_>) -> Option<Expr> {
        let term = self.terms.term(expr);
        let kind = match term.kind {
            TermKind::Call(terms) => ExprKind::Call(terms),
            kind => ExprKind::Term(Term { kind, at: term.at }),
        };
        Some(Expr::new(at, kind))
    }

    fn logical(&mut self, at: Loc, expr: ast::Logical<'_>) -> Option<Expr> {
        let and = expr.op()?.kind() == rego::Kind::AndKw;
        let mut operands = expr.operands();
        let (left, left_explicit) = self.operand(operands.next()?)?;
        let (right, right_explicit) = self.operand(operands.next()?)?;
        Some(Expr::new(at, ExprKind::Logical(Box::new(Logical { and, left, left_explicit, right, right_explicit }))))
    }

    fn operand(&mut self, literal: ast::Literal<'_>) -> Option<(Vec<Expr>, bool)> {
        match literal.kind()? {
            LiteralKind::Body(body) if literal.not_token().is_none() => Some((self.body(body)?, true)),
            _ => Some((vec![self.literal(literal)?], false)),
        }
    }

    fn with(&mut self, with: ast::With<'_>) -> Option<With> {
        self.terms.uses.withs = true;
        Some(With { at: self.loc(with.span()), target: self.terms.term(with.target()?), value: self.terms.term(with.value()?) })
    }
}

/// What is no term although it stands where one could.
enum Group<'t> {
    /// `(a or b)`
    Literal(ast::Literal<'t>),
    Logical(ast::Logical<'t>),
}

fn group(expr: ast::Expr<'_>) -> Option<Group<'_>> {
    match expr {
        ast::Expr::Logical(logical) => Some(Group::Logical(logical)),
        ast::Expr::Paren(paren) => paren.node().children().find_map(ast::Literal::cast).map(Group::Literal),
        _ => None,
    }
}

/// A variable that a name spells; the root documents are references.
pub(super) fn variable(vars: &mut Vars, at: Loc, name: &str) -> Term {
    if name == "_" {
        return Term::var(at, vars.wildcard());
    }
    let var: Var = vars.named(name);
    let term = Term::var(at, var);
    if matches!(var, INPUT | DATA) { Term::new(at, TermKind::Ref(vec![term])) } else { term }
}
