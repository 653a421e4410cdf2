//! What kinds of values a term may have: no more than what the module itself tells, never a guess.

use rustc_hash::FxHashMap;

use crate::model::rego::{Builtin, Kinds, Module, Name, RuleDef, RuleKind, Scopes, builtin};
use crate::syntax::rego::ast::{self, Expr, LiteralKind};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// How far variables, rules and operands are followed.
const DEPTH: usize = 24;
/// How many terms are looked at for one question: rules that name each other twice would be followed without end.
const STEPS: usize = 400;

/// Where a variable gets its value.
struct Definition<'t> {
    value: Expr<'t>,
    /// The body in which the value holds.
    body: Span,
}

/// Answers for one module.
pub(super) struct Types<'m, 't> {
    module: &'m Module<'t>,
    scopes: &'m Scopes<'t>,
    /// Rules of the package that other files define too.
    is_shared: &'m dyn Fn(&str) -> bool,
    /// Index of a binding → the terms it is equal to.
    definitions: FxHashMap<u32, Vec<Definition<'t>>>,
    /// First name → rules of the module.
    rules: FxHashMap<&'t str, Vec<usize>>,
}

impl<'m, 't> Types<'m, 't> {
    pub(super) fn new(parse: &'t Parse, module: &'m Module<'t>, scopes: &'m Scopes<'t>, is_shared: &'m dyn Fn(&str) -> bool) -> Self {
        let mut definitions: FxHashMap<u32, Vec<Definition<'t>>> = FxHashMap::default();
        for literal in parse.tree.root().descendants().filter_map(ast::Literal::cast) {
            let Some((infix, body)) = equation(literal) else { continue };
            let (Some(left), Some(right)) = (infix.left(), infix.right()) else { continue };
            for (variable, value) in [(left.inner(), right), (right.inner(), left)] {
                if let Expr::Var(var) = variable
                    && let Some(Name::Local(binding)) = scopes.name(var.node())
                {
                    definitions.entry(binding).or_default().push(Definition { value, body });
                }
            }
        }
        let mut rules: FxHashMap<&'t str, Vec<usize>> = FxHashMap::default();
        for (at, rule) in module.rules.iter().enumerate() {
            rules.entry(rule.name).or_default().push(at);
        }
        Self { module, scopes, is_shared, definitions, rules }
    }

    /// What kinds of values `expr` may have where it is defined.
    pub(super) fn kinds(&self, expr: Expr<'t>) -> Kinds {
        self.follow(expr, DEPTH, &mut { STEPS })
    }

    /// Whether an equation that is not part of `span` gives a variable its value.
    pub(super) fn is_equal_outside(&self, binding: u32, span: Span) -> bool {
        let definitions = self.definitions.get(&binding).map_or(&[][..], Vec::as_slice);
        definitions.iter().any(|definition| {
            let value = definition.value.span();
            let covers = |body: Span| body.start <= span.start && span.end <= body.end;
            covers(definition.body) && !covers(value) && (value.end <= span.start || span.end <= value.start)
        })
    }

    fn follow(&self, expr: Expr<'t>, depth: usize, steps: &mut usize) -> Kinds {
        if depth == 0 || *steps == 0 {
            return Kinds::ANY;
        }
        *steps -= 1;
        let depth = depth - 1;
        match expr.inner() {
            Expr::Scalar(scalar) => match scalar.token().map(|token| token.kind()) {
                Some(Kind::String | Kind::RawString) => Kinds::STRING,
                Some(Kind::Number) => Kinds::NUMBER,
                Some(Kind::TrueKw | Kind::FalseKw) => Kinds::BOOLEAN,
                Some(Kind::NullKw) => Kinds::NULL,
                _ => Kinds::ANY,
            },
            Expr::Array(_) | Expr::ArrayComprehension(_) => Kinds::ARRAY,
            Expr::Object(_) | Expr::ObjectComprehension(_) => Kinds::OBJECT,
            Expr::Set(_) | Expr::SetComprehension(_) => Kinds::SET,
            Expr::Template(_) => Kinds::STRING,
            Expr::Membership(_) => Kinds::BOOLEAN,
            Expr::Negative(_) => Kinds::NUMBER,
            Expr::Infix(infix) => self.infix(infix, depth, steps),
            Expr::Call(call) => self.call(call, depth, steps),
            Expr::Var(var) => match self.scopes.name(var.node()) {
                Some(Name::Local(binding)) => self.variable(binding, var.span(), depth, steps),
                Some(Name::Rule(_)) => self.rules(var.name(), depth, steps),
                _ => Kinds::ANY,
            },
            Expr::Ref(_) | Expr::Logical(_) | Expr::Paren(_) => Kinds::ANY,
        }
    }

    fn infix(&self, infix: ast::Infix<'t>, depth: usize, steps: &mut usize) -> Kinds {
        match infix.op().map(|op| op.kind()) {
            Some(Kind::Plus | Kind::Star | Kind::Slash | Kind::Percent) => Kinds::NUMBER,
            Some(Kind::Ampersand | Kind::Pipe) => Kinds::SET,
            Some(Kind::Minus) => {
                let possible = Kinds::NUMBER.or(Kinds::SET);
                [infix.left(), infix.right()].into_iter().flatten().fold(possible, |kinds, operand| {
                    // both operands are numbers or both are sets
                    kinds.and(self.follow(operand, depth, steps))
                })
            }
            Some(Kind::EqualEqual | Kind::NotEqual | Kind::Less | Kind::LessEqual | Kind::Greater | Kind::GreaterEqual) => Kinds::BOOLEAN,
            _ => Kinds::ANY,
        }
    }

    fn call(&self, call: ast::Call<'t>, depth: usize, steps: &mut usize) -> Kinds {
        let Some(callee) = call.callee() else { return Kinds::ANY };
        let first = match callee {
            Expr::Var(var) => Some(var),
            Expr::Ref(reference) => match reference.operand() {
                Some(Expr::Var(var)) => Some(var),
                _ => None,
            },
            _ => None,
        };
        match first.and_then(|var| self.scopes.name(var.node())) {
            Some(Name::Builtin) => match call.name().as_deref().and_then(builtin) {
                Some(builtin @ Builtin { result: Some((_, ty)), .. }) if call.args().count() == builtin.args.len() => Kinds::of(ty),
                _ => Kinds::ANY,
            },
            Some(Name::Rule(_)) if matches!(callee, Expr::Var(_)) => match first {
                Some(var) => self.functions(var.name(), depth, steps),
                None => Kinds::ANY,
            },
            _ => Kinds::ANY,
        }
    }

    fn variable(&self, binding: u32, at: Span, depth: usize, steps: &mut usize) -> Kinds {
        let definitions = self.definitions.get(&binding).map_or(&[][..], Vec::as_slice);
        let valid = definitions.iter().filter(|definition| definition.body.start <= at.start && at.end <= definition.body.end);
        // it has all of these values at once
        valid.take(4).fold(Kinds::ANY, |kinds, definition| kinds.and(self.follow(definition.value, depth, steps)))
    }

    /// The value of all rules of this module with a name.
    fn rules(&self, name: &str, depth: usize, steps: &mut usize) -> Kinds {
        self.of_all(name, |rule| match rule.kind {
            _ if rule.path.len() > 1 => Kinds::OBJECT,
            RuleKind::PartialSet => Kinds::SET,
            RuleKind::PartialObject => Kinds::OBJECT,
            RuleKind::Complete => self.values(rule.rule, depth, steps),
            RuleKind::Function => Kinds::ANY,
        })
    }

    /// What the functions of this module with a name return.
    fn functions(&self, name: &str, depth: usize, steps: &mut usize) -> Kinds {
        self.of_all(name, |rule| match rule.kind {
            RuleKind::Function if rule.path.len() == 1 => self.values(rule.rule, depth, steps),
            _ => Kinds::ANY,
        })
    }

    /// What one of the rules with a name may give; other files may define more of them.
    fn of_all(&self, name: &str, mut kinds: impl FnMut(&RuleDef<'t>) -> Kinds) -> Kinds {
        if (self.is_shared)(name) {
            return Kinds::ANY;
        }
        let rules = self.rules.get(name).into_iter().flatten();
        rules.fold(Kinds::NONE, |known, at| known.or(kinds(&self.module.rules[*at])))
    }

    /// The values of a rule and its `else`s.
    fn values(&self, rule: ast::Rule<'t>, depth: usize, steps: &mut usize) -> Kinds {
        let mut value = |expr: Option<Expr<'t>>| expr.map_or(Kinds::BOOLEAN, |expr| self.follow(expr, depth, steps));
        let mut kinds = value(rule.head().and_then(ast::Head::value));
        for branch in rule.elses() {
            kinds = kinds.or(value(branch.value()));
        }
        kinds
    }
}

/// A statement `x = …` or `x := …` that holds wherever the rest of its body does, and the body.
fn equation(literal: ast::Literal<'_>) -> Option<(ast::Infix<'_>, Span)> {
    if literal.not_token().is_some() || literal.withs().next().is_some() {
        return None;
    }
    let Some(LiteralKind::Expr(Expr::Infix(infix))) = literal.kind() else { return None };
    if !matches!(infix.op()?.kind(), Kind::Assign | Kind::Equal) {
        return None;
    }
    let body = literal.node().parent().filter(|parent| parent.kind() == Kind::Body)?;
    let owner = body.parent()?;
    Some((infix, holder(body, owner)?))
}

/// Where the statements of a body hold: in comprehensions and rules also in the head.
fn holder(body: Node<'_>, owner: Node<'_>) -> Option<Span> {
    match owner.kind() {
        Kind::ArrayComprehension | Kind::SetComprehension | Kind::ObjectComprehension | Kind::Else => Some(owner.span()),
        // with more bodies, or `else`, the head has other values too
        Kind::Rule => {
            let alone = owner.children().filter(|child| child.kind() == Kind::Body).count() == 1 && owner.child(Kind::Else).is_none();
            Some(if alone { owner.span() } else { body.span() })
        }
        Kind::Every | Kind::Literal => Some(body.span()),
        _ => None,
    }
}
