//! The top level of a module: its package, imports and rules.

use std::borrow::Cow;

use rustc_hash::FxHashMap;

use crate::syntax::rego::ast::{self, Expr, RefPart};
use crate::syntax::rego::{Kind, Parse, Token, Version};
use crate::text::Span;

/// A path of names, and where each part is written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct RefPath<'t> {
    pub parts: Vec<(Cow<'t, str>, Span)>,
}

impl<'t> RefPath<'t> {
    /// The constant names that `expr` (a variable or reference) starts with, and whether that is all of it.
    #[must_use]
    pub fn of(expr: Expr<'t>) -> (Self, bool) {
        let mut parts = Vec::new();
        let complete = match expr {
            Expr::Var(var) => {
                parts.push((Cow::Borrowed(var.name()), var.span()));
                true
            }
            Expr::Ref(reference) => match reference.operand() {
                Some(Expr::Var(var)) => {
                    parts.push((Cow::Borrowed(var.name()), var.span()));
                    reference.parts().all(|part| match constant_part(part) {
                        Some(name) => {
                            parts.push(name);
                            true
                        }
                        None => false,
                    })
                }
                _ => false,
            },
            _ => false,
        };
        (Self { parts }, complete)
    }

    /// The name of part `at`.
    #[must_use]
    pub fn get(&self, at: usize) -> Option<&str> {
        self.parts.get(at).map(|(name, _)| name.as_ref())
    }

    #[must_use]
    pub fn first(&self) -> Option<&str> {
        self.get(0)
    }

    #[must_use]
    pub fn last(&self) -> Option<&str> {
        self.parts.last().map(|(name, _)| name.as_ref())
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The names, joined with `.`: not unique where a name holds a dot.
    #[must_use]
    pub fn dotted(&self) -> String {
        let mut out = String::new();
        for (at, (name, _)) in self.parts.iter().enumerate() {
            if at > 0 {
                out.push('.');
            }
            out.push_str(name);
        }
        out
    }

    /// Whether the names are the same, wherever they are written.
    #[must_use]
    pub fn same_names(&self, other: &RefPath<'_>) -> bool {
        self.len() == other.len() && self.starts_with(other)
    }

    /// Whether `prefix`'s names are the first ones.
    #[must_use]
    pub fn starts_with(&self, prefix: &RefPath<'_>) -> bool {
        self.len() >= prefix.len() && self.parts.iter().zip(&prefix.parts).all(|((a, _), (b, _))| a == b)
    }
}

/// The name of a `.name` or `["name"]` part.
fn constant_part(part: RefPart<'_>) -> Option<(Cow<'_, str>, Span)> {
    match part {
        RefPart::Dot(dot) => dot.name().map(|name| (Cow::Borrowed(name.text()), name.span())),
        RefPart::Bracket(bracket) => {
            let Some(Expr::Scalar(scalar)) = bracket.expr() else {
                return None;
            };
            string_value(scalar).map(|name| (name, scalar.span()))
        }
    }
}

/// The value of a string literal, escapes resolved; `None` for other scalars and broken escapes.
#[must_use]
pub fn string_value(scalar: ast::Scalar<'_>) -> Option<Cow<'_, str>> {
    let token = scalar.token()?;
    let text = token.text();
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    match token.kind() {
        Kind::RawString => Some(Cow::Borrowed(inner)),
        Kind::String if !inner.contains('\\') => Some(Cow::Borrowed(inner)),
        // Rego's escapes are JSON's
        Kind::String => serde_json::from_str(text).ok().map(Cow::Owned),
        _ => None,
    }
}

/// What an import brings.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ImportKind {
    Data,
    Input,
    /// `future.keywords` or `future.keywords.x`.
    Future,
    /// `rego.v1`, `rego.v2`.
    Rego,
    /// Any other root; a syntax error.
    Other,
}

/// One import.
#[derive(Clone, Debug)]
pub struct ImportDecl<'t> {
    pub import: ast::Import<'t>,
    pub path: RefPath<'t>,
    pub alias: Option<Token<'t>>,
    pub kind: ImportKind,
}

impl ImportDecl<'_> {
    /// The name that the module uses the import by; `None` for keyword imports.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match self.kind {
            ImportKind::Data | ImportKind::Input => self.identifier(),
            _ => None,
        }
    }

    /// The alias, or the path's last part.
    #[must_use]
    pub fn identifier(&self) -> Option<&str> {
        self.alias.map(|token| token.text()).or_else(|| self.path.last())
    }
}

/// What a rule defines.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RuleKind {
    /// One value at a constant path.
    Complete,
    Function,
    PartialSet,
    /// Values at a path with variables.
    PartialObject,
}

/// One rule as written; chained bodies and `else` belong to it.
#[derive(Clone, Debug)]
pub struct RuleDef<'t> {
    pub rule: ast::Rule<'t>,
    pub head: ast::Head<'t>,
    /// The first name.
    pub name: &'t str,
    /// The constant names that the head's reference starts with, without a set's member.
    pub path: RefPath<'t>,
    /// Whether `path` is the whole reference.
    pub is_constant: bool,
    pub kind: RuleKind,
    pub is_default: bool,
    /// `p["q"]`, `p.q` or `p[x]` of v0 that defines a set: its member.
    pub bracket_member: Option<RefPart<'t>>,
}

impl RuleDef<'_> {
    /// Whether `opa test` runs it: some constant part of its name starts with `test_`.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.kind != RuleKind::Function && self.path.parts.iter().any(|(name, _)| name.starts_with("test_"))
    }
}

/// The top level of a module.
#[derive(Debug, Default)]
pub struct Module<'t> {
    /// Without `data`; empty where the package clause is missing or broken.
    pub package: RefPath<'t>,
    pub package_clause: Option<ast::Package<'t>>,
    pub imports: Vec<ImportDecl<'t>>,
    /// In source order. A rule whose head has no name is left out.
    pub rules: Vec<RuleDef<'t>>,
    /// First names of rules → index of the first rule.
    by_name: FxHashMap<&'t str, usize>,
    /// Names of imports → index of the last such import.
    by_import: FxHashMap<String, usize>,
}

impl<'t> Module<'t> {
    /// Reads the top level of a parsed module.
    #[must_use]
    pub fn new(parse: &'t Parse) -> Self {
        let Some(module) = ast::Module::cast(parse.tree.root()) else {
            return Self::default();
        };
        let v1 = parse.version == Version::V1 || parse.rego_v1_import;
        let package_clause = module.package();
        let package = package_clause.and_then(ast::Package::path).map(|path| RefPath::of(path).0).unwrap_or_default();
        let imports: Vec<_> = module.imports().filter_map(import).collect();
        let rules: Vec<_> = module.rules().filter_map(|r| rule(r, v1)).collect();
        let mut by_name = FxHashMap::default();
        for (at, rule) in rules.iter().enumerate() {
            by_name.entry(rule.name).or_insert(at);
        }
        let mut by_import = FxHashMap::default();
        for (at, import) in imports.iter().enumerate() {
            if let Some(name) = import.name() {
                // in v0 the last one counts; v1 has no two of one name
                by_import.insert(name.to_owned(), at);
            }
        }
        Self { package, package_clause, imports, rules, by_name, by_import }
    }

    /// The first rule whose first name is `name`.
    #[must_use]
    pub fn rule_named(&self, name: &str) -> Option<&RuleDef<'t>> {
        self.by_name.get(name).map(|at| &self.rules[*at])
    }

    /// The import that `name` stands for.
    #[must_use]
    pub fn import_named(&self, name: &str) -> Option<&ImportDecl<'t>> {
        self.by_import.get(name).map(|at| &self.imports[*at])
    }

    /// The index of the first rule whose first name is `name`.
    #[must_use]
    pub fn rule_index(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The index of the import that `name` stands for.
    #[must_use]
    pub fn import_index(&self, name: &str) -> Option<usize> {
        self.by_import.get(name).copied()
    }

    /// The rule that covers the offset.
    #[must_use]
    pub fn rule_at(&self, offset: u32) -> Option<&RuleDef<'t>> {
        let at = self.rules.partition_point(|rule| rule.rule.span().start <= offset).checked_sub(1)?;
        let rule = &self.rules[at];
        (offset < rule.rule.span().end).then_some(rule)
    }
}

fn import(import: ast::Import<'_>) -> Option<ImportDecl<'_>> {
    let (path, _) = RefPath::of(import.path()?);
    let kind = match path.first()? {
        "data" => ImportKind::Data,
        "input" => ImportKind::Input,
        "future" => ImportKind::Future,
        "rego" => ImportKind::Rego,
        _ => ImportKind::Other,
    };
    Some(ImportDecl { import, path, alias: import.alias(), kind })
}

fn rule(rule: ast::Rule<'_>, v1: bool) -> Option<RuleDef<'_>> {
    let head = rule.head()?;
    let name_expr = head.name()?;
    let (mut path, mut is_constant) = RefPath::of(name_expr);
    let name = match name_expr {
        Expr::Var(var) => var.name(),
        Expr::Ref(reference) => match reference.operand()? {
            Expr::Var(var) => var.name(),
            _ => return None,
        },
        _ => return None,
    };
    let mut bracket_member = None;
    let kind = if head.contains_token().is_some() {
        RuleKind::PartialSet
    } else if head.args().is_some_and(|args| args.exprs().next().is_some()) {
        // `f()` is `f`
        RuleKind::Function
    } else if let Some(member) = v0_member(rule, head, name_expr, v1) {
        bracket_member = Some(member);
        path.parts.truncate(1);
        is_constant = true;
        RuleKind::PartialSet
    } else if is_constant {
        RuleKind::Complete
    } else {
        RuleKind::PartialObject
    };
    Some(RuleDef { rule, head, name, path, is_constant, kind, is_default: rule.default_token().is_some(), bracket_member })
}

/// The member of a v0 set rule: the head's reference has two parts, and neither a value nor `if` follows.
fn v0_member<'t>(rule: ast::Rule<'t>, head: ast::Head<'t>, name: Expr<'t>, v1: bool) -> Option<RefPart<'t>> {
    if v1 || head.assign_token().is_some() || rule.if_token().is_some() || rule.default_token().is_some() {
        return None;
    }
    let Expr::Ref(reference) = name else {
        return None;
    };
    let mut parts = reference.parts();
    let member = parts.next()?;
    parts.next().is_none().then_some(member)
}
