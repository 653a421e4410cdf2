//! What a module tells other files: plain data that outlives the tree.

use rustc_hash::{FxHashMap, FxHashSet};

use super::identities::{IdentityFact, identities};
use super::resolve::{Root, write_part, write_path};
use super::scope::{BindingKind, LazyScopes, Name, Scopes};
use super::{Annotation, AnnotationScope, ImportKind, Links, Module, PolicyFacts, RuleDef, RuleKind, TokenFacts, annotations};
use crate::syntax::rego::ast::{Expr, Literal, RefPart, With};
use crate::syntax::rego::{Kind, Parse, Version};
use crate::text::{SourceId, Span};

/// What facts are wanted beyond packages, imports and rules.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FactKinds {
    pub references: bool,
    pub tokens: bool,
    pub policy: bool,
    pub links: bool,
    /// With `policy`: what rules ask about, in modules that bear on decisions.
    pub attributes: bool,
    pub negations: bool,
    /// The SPIFFE IDs that the module names.
    pub identities: bool,
}

impl FactKinds {
    /// Those of either.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            references: self.references || other.references,
            tokens: self.tokens || other.tokens,
            policy: self.policy || other.policy,
            links: self.links || other.links,
            attributes: self.attributes || other.attributes,
            negations: self.negations || other.negations,
            identities: self.identities || other.identities,
        }
    }
}

/// The facts of one module.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Facts {
    pub source: SourceId,
    pub version: Version,
    /// `data.a.b`.
    pub package: String,
    /// The package's path as written.
    pub package_span: Span,
    /// From the keyword `package` on.
    pub package_clause: Span,
    /// Whether METADATA is about the package, or about it and those below it.
    pub is_package_annotated: bool,
    pub imports: Vec<ImportFact>,
    pub rules: Vec<RuleFact>,
    pub references: Vec<ReferenceFact>,
    pub negations: Vec<NegationFact>,
    /// The keyword `not` is imported, with which it takes a body.
    pub has_not_bodies: bool,
    pub tokens: TokenFacts,
    pub policy: PolicyFacts,
    pub links: Links,
    pub identities: Vec<IdentityFact>,
    /// The paths that `references` name by index.
    paths: Vec<Box<str>>,
}

/// An import of data or input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImportFact {
    /// `data.a.b`
    pub path: String,
    pub alias: Option<String>,
    pub span: Span,
}

/// A rule, one for each definition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RuleFact {
    /// `data.a.b.allow`: the constant part of its full path.
    pub path: String,
    pub kind: RuleKind,
    pub is_default: bool,
    pub is_test: bool,
    /// The number of a function's arguments.
    pub arity: Option<u32>,
    /// Whether the value is `true` or `false` in every branch, as far as it is written out.
    pub is_boolean: bool,
    /// Whether the rule may be undefined: it and its last `else` have a body.
    pub is_conditional: bool,
    /// Whether `path` is the whole name.
    pub is_constant: bool,
    /// Whether a part of its name starts with an underscore.
    pub is_internal: bool,
    /// Whether its name has parts that are neither names nor variables.
    pub has_odd_name: bool,
    /// Whether METADATA stands above this definition.
    pub is_annotated: bool,
    /// The head's name.
    pub span: Span,
}

/// A document below `data` that a statement of its own negates: `not deny`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NegationFact {
    /// `data.a.b.deny`; a name that nothing declares is taken for a rule of the package.
    pub path: String,
    /// What is negated, without `not`.
    pub span: Span,
    /// Where `not` starts.
    pub start: u32,
    /// The statement replaces something below `data`.
    pub replaces_data: bool,
}

/// A use of something outside of the rule, below `data`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ReferenceFact {
    path: u32,
    pub span: Span,
    /// Index of the rule that refers.
    pub rule: u32,
    /// Whether it is called.
    pub called: bool,
    /// The name is not known in this module: `path` is right only if another file of the package defines it.
    pub presumed: bool,
}

impl Facts {
    /// Gathers the facts of a module that parsed.
    #[must_use]
    pub fn new(source: SourceId, parse: &Parse, module: &Module<'_>, kinds: FactKinds) -> Self {
        Self::with_scopes(source, parse, module, kinds, &LazyScopes::default())
    }

    /// [`Facts::new`] for whoever needs the scopes as well.
    #[must_use]
    pub fn with_scopes<'t>(source: SourceId, parse: &'t Parse, module: &Module<'t>, kinds: FactKinds, scopes: &LazyScopes<'t>) -> Self {
        let mut package = String::new();
        write_path(&mut package, std::iter::once("data").chain(module.package.parts.iter().map(|(name, _)| name.as_ref())));
        let package_span = module.package_clause.and_then(|clause| clause.path()).map_or(Span::default(), Expr::span);
        let imports = module
            .imports
            .iter()
            .filter(|import| matches!(import.kind, ImportKind::Data | ImportKind::Input))
            .map(|import| {
                let mut path = String::new();
                write_path(&mut path, import.path.parts.iter().map(|(name, _)| name.as_ref()));
                let span = import.import.path().map_or_else(|| import.import.span(), Expr::span);
                ImportFact { path, alias: import.alias.map(|token| token.text().to_owned()), span }
            })
            .collect();
        let annotated: FxHashSet<u32> = annotations(parse)
            .filter(|annotation| matches!(annotation.scope(), AnnotationScope::Rule | AnnotationScope::Document))
            .filter_map(Annotation::target)
            .collect();
        let is_package_annotated =
            annotations(parse).any(|annotation| matches!(annotation.scope(), AnnotationScope::Package | AnnotationScope::Subpackages));
        let rules = module
            .rules
            .iter()
            .map(|rule| {
                let mut path = String::with_capacity(package.len() + 32);
                path.push_str(&package);
                rule.path.parts.iter().for_each(|(name, _)| write_part(&mut path, name));
                RuleFact {
                    path,
                    kind: rule.kind,
                    is_default: rule.is_default,
                    is_test: rule.is_test(),
                    arity: (rule.kind == RuleKind::Function).then(|| rule.head.args().map_or(0, |args| args.exprs().count() as u32)),
                    is_boolean: is_boolean(rule),
                    is_conditional: rule.rule.bodies().next().is_some() && rule.rule.elses().all(|branch| branch.body().is_some()),
                    is_constant: rule.is_constant,
                    is_internal: is_internal(rule),
                    has_odd_name: has_odd_name(rule),
                    is_annotated: annotated.contains(&rule.rule.node().id()),
                    span: rule.head.name().map_or_else(|| rule.head.span(), Expr::span),
                }
            })
            .collect();
        let mut facts = Self {
            source,
            version: parse.version,
            package,
            package_span,
            package_clause: module.package_clause.map_or(Span::default(), |clause| clause.span()),
            is_package_annotated,
            imports,
            rules,
            references: Vec::new(),
            negations: Vec::new(),
            has_not_bodies: parse.keywords.not,
            tokens: TokenFacts::default(),
            policy: PolicyFacts::default(),
            links: if kinds.links { Links::new(parse, module) } else { Links::default() },
            identities: if kinds.identities { identities(parse, module) } else { Vec::new() },
            paths: Vec::new(),
        };
        // few texts negate a name, and what names mean is found out with some effort
        let negations = if kinds.negations { negations(parse) } else { Vec::new() };
        if !kinds.references && !kinds.tokens && !kinds.policy && negations.is_empty() {
            return facts;
        }
        let scopes = scopes.get(parse, module);
        facts.negate(module, scopes, negations);
        if kinds.references {
            facts.gather(parse, module, scopes);
        }
        if kinds.tokens {
            facts.tokens = TokenFacts::new(parse, module, scopes, &facts);
        }
        if kinds.policy {
            facts.policy = PolicyFacts::new(parse, module, scopes, kinds.attributes);
        }
        facts
    }

    /// The rule in which the offset lies, or the last one before it.
    #[must_use]
    pub fn rule_before(&self, offset: u32) -> Option<&RuleFact> {
        self.rules.partition_point(|rule| rule.span.start <= offset).checked_sub(1).map(|at| &self.rules[at])
    }

    /// Whether the module is a test by its package's name.
    #[must_use]
    pub fn is_test(&self) -> bool {
        self.package.ends_with("_test") || self.package.ends_with(".test")
    }

    /// The path of a reference: `data.a.b.allow`.
    #[must_use]
    pub fn path(&self, reference: &ReferenceFact) -> &str {
        &self.paths[reference.path as usize]
    }

    /// Reads what documents `negations` are about.
    fn negate<'t>(&mut self, module: &Module<'t>, scopes: &Scopes<'t>, negations: Vec<Literal<'t>>) {
        for literal in negations {
            let Some(expr) = literal.expr().map(Expr::inner) else { continue };
            let Some(resolved) = module.resolve(scopes, expr).filter(|resolved| resolved.complete) else { continue };
            let mut path = String::new();
            match resolved.root {
                Root::Data => {}
                Root::Local(at) if scopes.bindings[at as usize].kind == BindingKind::Implicit => {
                    path.push_str(&self.package);
                    path.push('.');
                }
                _ => continue,
            }
            write_path(&mut path, resolved.path.iter().map(AsRef::as_ref));
            let mut targets = literal.withs().filter_map(With::target).filter_map(|target| module.resolve(scopes, target));
            let replaces_data = targets.any(|target| target.root != Root::Input);
            self.negations.push(NegationFact { path, span: expr.span(), start: literal.span().start, replaces_data });
        }
    }

    /// Reads the references off the names that rules use.
    fn gather<'t>(&mut self, parse: &'t Parse, module: &Module<'t>, scopes: &Scopes<'t>) {
        let mut known: FxHashMap<Box<str>, u32> = FxHashMap::default();
        let mut path = String::new();
        for node in parse.tree.root().descendants().filter(|node| node.kind() == Kind::Var) {
            let Some(name) = scopes.name(node) else { continue };
            let presumed = match name {
                Name::Data | Name::Import(_) | Name::Rule(_) => false,
                Name::Unknown => true,
                Name::Local(at) if scopes.bindings[at as usize].kind == BindingKind::Implicit => true,
                _ => continue,
            };
            // the whole reference, where the variable is its start
            let parent = node.parent();
            let outer = parent.filter(|p| p.kind() == Kind::Ref && p.span().start == node.span().start).unwrap_or(node);
            let called = outer.parent().is_some_and(|p| p.kind() == Kind::Call && p.span().start == outer.span().start);
            let Some(resolved) = Expr::cast(outer).and_then(|expr| module.resolve(scopes, expr)) else { continue };
            if resolved.path.first().map(AsRef::as_ref) == Some("input") {
                continue;
            }
            path.clear();
            if presumed {
                path.push_str(&self.package);
                path.push('.');
            }
            write_path(&mut path, resolved.path.iter().map(AsRef::as_ref));
            let at = match known.get(path.as_str()) {
                Some(at) => *at,
                None => {
                    let at = self.paths.len() as u32;
                    self.paths.push(path.as_str().into());
                    known.insert(path.as_str().into(), at);
                    at
                }
            };
            let rule = module.rules.partition_point(|rule| rule.rule.span().start <= node.span().start).saturating_sub(1) as u32;
            self.references.push(ReferenceFact { path: at, span: outer.span(), rule, called, presumed });
        }
    }
}

/// The statements that negate a variable or a reference.
fn negations(parse: &Parse) -> Vec<Literal<'_>> {
    if memchr::memmem::find(parse.tree.text().as_bytes(), b"not").is_none() {
        return Vec::new();
    }
    let literals = parse.tree.root().descendants().filter_map(Literal::cast);
    let is_negation = |literal: &Literal<'_>| {
        literal.not_token().is_some() && matches!(literal.expr().map(Expr::inner), Some(Expr::Var(_) | Expr::Ref(_)))
    };
    literals.filter(is_negation).collect()
}

/// Whether a constant part of a rule's name starts with an underscore, also one behind a variable.
fn is_internal(rule: &RuleDef<'_>) -> bool {
    let Some(Expr::Ref(reference)) = rule.head.name() else { return rule.name.starts_with('_') };
    let parts = reference.parts().filter(|part| rule.bracket_member != Some(*part));
    rule.name.starts_with('_')
        || parts.into_iter().any(|part| match part {
            RefPart::Dot(dot) => dot.name().is_some_and(|name| name.text().starts_with('_')),
            RefPart::Bracket(bracket) => match bracket.expr() {
                Some(Expr::Scalar(scalar)) => super::string_value(scalar).is_some_and(|name| name.starts_with('_')),
                _ => false,
            },
        })
}

/// Whether a part of a rule's name is a number, a reference, or anything else that is neither a name nor a variable.
fn has_odd_name(rule: &RuleDef<'_>) -> bool {
    let Some(Expr::Ref(reference)) = rule.head.name() else { return false };
    let mut parts = reference.parts().filter(|part| rule.bracket_member != Some(*part));
    parts.any(|part| match part {
        RefPart::Dot(_) => false,
        RefPart::Bracket(bracket) => match bracket.expr().map(Expr::inner) {
            Some(Expr::Var(_)) => false,
            Some(Expr::Scalar(scalar)) => super::string_value(scalar).is_none(),
            _ => true,
        },
    })
}

fn is_boolean(rule: &RuleDef<'_>) -> bool {
    let truth = |value: Option<Expr<'_>>| match value.map(Expr::inner) {
        None => true,
        Some(Expr::Scalar(scalar)) => scalar.token().is_some_and(|token| matches!(token.kind(), Kind::TrueKw | Kind::FalseKw)),
        Some(_) => false,
    };
    truth(rule.head.value()) && rule.rule.elses().all(|branch| truth(branch.value()))
}
