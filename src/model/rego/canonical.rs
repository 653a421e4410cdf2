//! Expressions in a form that can be compared across rules and files: locals replaced by what they were assigned, imports and
//! rules by full paths.

use std::fmt::Write;

use rustc_hash::FxHashMap;

use super::resolve::{Root, write_part, write_path};
use super::scope::{BindingKind, Name, Scopes};
use super::{Module, RefPath, RuleKind};
use crate::syntax::rego::ast::{Expr, Infix, Literal, LiteralKind, RefPart};
use crate::syntax::rego::{Kind, Parse};

/// An expression, comparable.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Term {
    /// Two terms with the same text have the same value in one evaluation, arguments aside.
    pub text: String,
    /// Whether all of it is understood: two different texts are different values.
    pub known: bool,
    /// The arguments of the enclosing function that `text` depends on, each written as [`argument_mark`].
    pub arguments: Vec<u32>,
}

/// How an argument of the enclosing function stands in a term's text.
#[must_use]
pub fn argument_mark(index: u32) -> String {
    format!("\u{1}{index}\u{2}")
}

/// What a local variable was bound to.
#[derive(Clone, Copy)]
struct Bound<'t> {
    value: Expr<'t>,
    /// The place in a pattern: `[_, x] := value`.
    index: Option<u32>,
}

/// Writes terms of one module.
pub(super) struct Canonical<'m, 't> {
    module: &'m Module<'t>,
    scopes: &'m Scopes<'t>,
    /// Binding → its one value; `None` where there are several.
    bound: FxHashMap<u32, Option<Bound<'t>>>,
    /// Binding → index of the argument.
    arguments: FxHashMap<u32, u32>,
}

/// Deeper chains of locals are taken for unknown.
const MAX_DEPTH: u32 = 12;
/// Longer terms are taken for unknown.
const MAX_LENGTH: usize = 2_000;

impl<'m, 't> Canonical<'m, 't> {
    pub(super) fn new(parse: &'t Parse, module: &'m Module<'t>, scopes: &'m Scopes<'t>) -> Self {
        let mut this = Self { module, scopes, bound: FxHashMap::default(), arguments: FxHashMap::default() };
        for rule in module.rules.iter().filter(|rule| rule.kind == RuleKind::Function) {
            let arguments = rule.head.args().into_iter().flat_map(|args| args.exprs());
            for (index, argument) in arguments.enumerate() {
                if let Expr::Var(var) = argument
                    && let Some(Name::Local(binding)) = scopes.name(var.node())
                {
                    this.arguments.insert(binding, index as u32);
                }
            }
        }
        for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Literal) {
            let Some(literal) = Literal::cast(node).filter(|literal| literal.not_token().is_none()) else { continue };
            if let Some(LiteralKind::Expr(Expr::Infix(infix))) = literal.kind() {
                this.bind_infix(infix);
            }
        }
        this
    }

    fn bind_infix(&mut self, infix: Infix<'t>) {
        let (Some(op), Some(left), Some(right)) = (infix.op(), infix.left(), infix.right()) else { return };
        match op.kind() {
            Kind::Assign => self.bind_pattern(left, right),
            Kind::Equal => {
                self.bind_pattern(left, right);
                self.bind_pattern(right, left);
            }
            _ => {}
        }
    }

    fn bind_pattern(&mut self, pattern: Expr<'t>, value: Expr<'t>) {
        match pattern.inner() {
            Expr::Var(_) => self.bind(pattern, Bound { value, index: None }),
            Expr::Array(array) => {
                for (index, item) in array.items().enumerate() {
                    self.bind(item, Bound { value, index: Some(index as u32) });
                }
            }
            _ => {}
        }
    }

    fn bind(&mut self, var: Expr<'t>, to: Bound<'t>) {
        let Expr::Var(var) = var.inner() else { return };
        let Some(Name::Local(binding)) = self.scopes.name(var.node()) else { return };
        self.bound.entry(binding).and_modify(|bound| *bound = None).or_insert(Some(to));
    }

    /// What the local variable `binding` was bound to, if that is one whole expression.
    pub(super) fn value_of(&self, binding: u32) -> Option<Expr<'t>> {
        let bound = (*self.bound.get(&binding)?)?;
        bound.index.is_none().then_some(bound.value)
    }

    pub(super) fn term(&self, expr: Expr<'t>) -> Term {
        let mut term = Term { known: true, ..Term::default() };
        self.write(expr, &mut term, 0);
        term.arguments.sort_unstable();
        term.arguments.dedup();
        term
    }

    fn write(&self, expr: Expr<'t>, out: &mut Term, depth: u32) {
        if depth > MAX_DEPTH || out.text.len() > MAX_LENGTH {
            out.known = false;
            return;
        }
        let expr = expr.inner();
        match expr {
            Expr::Scalar(scalar) => match super::string_value(scalar) {
                Some(text) => _ = write!(out.text, "{text:?}"),
                None => out.text.extend(scalar.text().split_whitespace()),
            },
            Expr::Var(var) => self.write_var(self.scopes.name(var.node()), expr, out, depth),
            Expr::Ref(reference) => {
                let Some(operand) = reference.operand() else { return };
                let local = match operand {
                    Expr::Var(var) => matches!(self.scopes.name(var.node()), Some(Name::Local(_)) | None),
                    _ => true,
                };
                if local {
                    self.write(operand, out, depth + 1);
                    reference.parts().for_each(|part| self.write_part(part, out, depth));
                } else {
                    self.write_global(expr, out);
                    let constant = RefPath::of(expr).0.len().saturating_sub(1);
                    reference.parts().skip(constant).for_each(|part| self.write_part(part, out, depth));
                }
            }
            Expr::Call(call) => {
                match call.callee() {
                    Some(callee) => self.write_global(callee, out),
                    None => out.known = false,
                }
                self.write_list('(', call.args(), ')', out, depth);
            }
            Expr::Array(array) => self.write_list('[', array.items(), ']', out, depth),
            Expr::Set(set) => self.write_list('{', set.items(), '}', out, depth),
            Expr::Object(object) => {
                out.text.push('{');
                for item in object.items() {
                    for (side, mark) in [(item.key(), ':'), (item.value(), ',')] {
                        if let Some(side) = side {
                            self.write(side, out, depth + 1);
                        }
                        out.text.push(mark);
                    }
                }
                out.text.push('}');
            }
            Expr::Infix(infix) => {
                for side in [infix.left(), infix.right()].into_iter().flatten() {
                    self.write(side, out, depth + 1);
                    out.text.push_str(infix.op().map_or("", |op| op.text()));
                }
            }
            _ => {
                // comprehensions and the like: the same place is the same value
                _ = write!(out.text, "?{}", expr.node().id());
                out.known = false;
            }
        }
    }

    fn write_list(&self, open: char, items: impl Iterator<Item = Expr<'t>>, close: char, out: &mut Term, depth: u32) {
        out.text.push(open);
        for item in items {
            self.write(item, out, depth + 1);
            out.text.push(',');
        }
        out.text.push(close);
    }

    fn write_var(&self, name: Option<Name>, expr: Expr<'t>, out: &mut Term, depth: u32) {
        let Some(Name::Local(binding)) = name else {
            return self.write_global(expr, out);
        };
        if let Some(index) = self.arguments.get(&binding) {
            out.text.push_str(&argument_mark(*index));
            out.arguments.push(*index);
        } else if let Some(Some(bound)) = self.bound.get(&binding) {
            self.write(bound.value, out, depth + 1);
            if let Some(index) = bound.index {
                _ = write!(out.text, "[{index}]");
            }
        } else if self.scopes.bindings[binding as usize].kind == BindingKind::Implicit
            && let Some(resolved) = self.module.resolve(self.scopes, expr)
        {
            // maybe a rule of the package in another file
            write_path(&mut out.text, self.package().chain(resolved.path.iter().map(AsRef::as_ref)));
            out.known = false;
        } else {
            _ = write!(out.text, "?{binding}");
            out.known = false;
        }
    }

    fn write_part(&self, part: RefPart<'t>, out: &mut Term, depth: u32) {
        let expr = match part {
            RefPart::Dot(dot) => return write_part(&mut out.text, dot.name().map_or("", |name| name.text())),
            RefPart::Bracket(bracket) => bracket.expr().map(Expr::inner),
        };
        match expr {
            Some(Expr::Scalar(scalar)) if let Some(name) = super::string_value(scalar) => write_part(&mut out.text, &name),
            // any element of the collection
            Some(Expr::Var(_)) | None => out.text.push_str("[*]"),
            Some(expr) => {
                out.text.push('[');
                self.write(expr, out, depth + 1);
                out.text.push(']');
            }
        }
    }

    /// A path below `data` or `input`, or a function's name.
    fn write_global(&self, expr: Expr<'t>, out: &mut Term) {
        match self.module.resolve(self.scopes, expr) {
            Some(resolved) if resolved.root == Root::Unknown => {
                write_path(&mut out.text, self.package().chain(resolved.path.iter().map(AsRef::as_ref)));
            }
            Some(resolved) => write_path(&mut out.text, resolved.path.iter().map(AsRef::as_ref)),
            None => {
                _ = write!(out.text, "?{}", expr.node().id());
                out.known = false;
            }
        }
    }

    fn package(&self) -> impl Iterator<Item = &str> {
        std::iter::once("data").chain(self.module.package.parts.iter().map(|(name, _)| name.as_ref()))
    }
}
