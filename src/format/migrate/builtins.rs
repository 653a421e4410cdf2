//! Calls of built-ins that v1 does not have, and names that look like them.

use std::cell::OnceCell;

use rustc_hash::FxHashSet;

use super::allowed::{Allowed, ChangedImport, ImportParts};
use super::equivalents::Writer;
use super::packages::{Package, Packages};
use super::step::{Needs, Problem, Remedy, Rewrite, StepKind};
use super::types::Types;
use crate::diag::Applicability;
use crate::model::rego::{Module, Name, Scopes, is_deprecated};
use crate::syntax::rego::ast::{self, Expr};
use crate::syntax::rego::{Kind, Parse};
use crate::text::Span;

/// What one module and its workspace say about names.
pub(super) struct Names<'n, 't> {
    pub(super) parse: &'t Parse,
    pub(super) module: &'n Module<'t>,
    pub(super) scopes: &'n Scopes<'t>,
    pub(super) types: &'n Types<'n, 't>,
    package: &'n Package,
    packages: &'n Packages,
    identifiers: OnceCell<FxHashSet<&'t str>>,
    variables: OnceCell<FxHashSet<&'t str>>,
    /// Deprecated built-ins that a `with` of this module replaces.
    pub(super) replaced_here: OnceCell<Vec<String>>,
}

impl<'t> Names<'_, 't> {
    /// Whether a function's first name means something else in this module.
    pub(super) fn is_taken(&self, name: &str) -> bool {
        self.module.rule_index(name).is_some()
            || self.module.import_index(name).is_some()
            || self.package.defines(name)
            || self.variables.get_or_init(|| self.scopes.bindings.iter().map(|binding| binding.name).collect()).contains(name)
    }

    /// A name that stands nowhere in the module.
    pub(super) fn fresh(&self, base: &str) -> String {
        let used = self
            .identifiers
            .get_or_init(|| self.parse.tree.tokens().filter(|token| token.kind() == Kind::Ident).map(|token| token.text()).collect());
        let taken = |name: &str| used.contains(name) || self.package.defines(name);
        let mut name = base.to_owned();
        let mut next = 2_u32;
        while taken(&name) {
            name = format!("{base}_{next}");
            next += 1;
        }
        name
    }

    /// Whether a `with` of the workspace replaces a built-in.
    pub(super) fn is_replaced(&self, name: &str) -> bool {
        self.packages.is_replaced(name)
    }
}

/// What is found in a module.
pub(super) fn problems(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, packages: &Packages) -> Vec<Problem> {
    let calls: Vec<(ast::Call<'_>, String)> = parse
        .tree
        .root()
        .descendants()
        .filter_map(ast::Call::cast)
        .filter_map(|call| Some((call, call.name().filter(|name| is_deprecated(name))?)))
        .collect();
    if calls.is_empty() {
        return Vec::new();
    }
    let package = packages.of(module);
    let is_shared = |name: &str| package.shares(name);
    let types = Types::new(parse, module, scopes, &is_shared);
    let names = Names {
        parse,
        module,
        scopes,
        types: &types,
        package,
        packages,
        identifiers: OnceCell::new(),
        variables: OnceCell::new(),
        replaced_here: OnceCell::new(),
    };
    let mut finder = Finder { names: &names, seen: FxHashSet::default(), out: Vec::new() };
    for (call, name) in &calls {
        finder.call(*call, name);
    }
    let called: FxHashSet<&str> = calls.iter().map(|(_, name)| name.as_str()).collect();
    for with in parse.tree.root().descendants().filter_map(ast::With::cast) {
        finder.with(with, &called);
    }
    finder.out
}

struct Finder<'f, 't> {
    names: &'f Names<'f, 't>,
    /// Rules and imports that are reported already, by their first name.
    seen: FxHashSet<&'t str>,
    out: Vec<Problem>,
}

impl<'t> Finder<'_, 't> {
    fn push(&mut self, kind: StepKind, span: Span, message: String, remedy: Remedy) {
        self.out.push(Problem { kind, span, message, remedy });
    }

    fn call(&mut self, call: ast::Call<'t>, name: &str) {
        let Some(callee) = call.callee() else { return };
        let first = match callee {
            Expr::Var(var) => var,
            Expr::Ref(reference) => match reference.operand() {
                Some(Expr::Var(var)) => var,
                _ => return,
            },
            _ => return,
        };
        let is_rule = |names: &Names<'_, 't>| names.package.defines(first.name());
        match self.names.scopes.name(first.node()) {
            Some(Name::Builtin) if !is_rule(self.names) => {
                let remedy = if self.names.is_replaced(name) && !is_renamed(name) {
                    let help = format!("a `with {name} as …` replaces it: rewrite both by hand");
                    Remedy::Manual { help }
                } else {
                    Writer { names: self.names, call, name }.remedy()
                };
                self.push(StepKind::DeprecatedBuiltin, callee.span(), format!("built-in `{name}` is deprecated"), remedy);
            }
            Some(Name::Rule(_) | Name::Builtin) if self.seen.insert(first.name()) => {
                let rule = self.names.module.rule_named(first.name());
                let span = rule.and_then(|rule| rule.head.name()).map_or(first.span(), Expr::span);
                let message = format!("function `{name}` has the name of a built-in that v1 does not have");
                self.push(StepKind::RuleName, span, message, Remedy::RenameRule { name: first.name().to_owned() });
            }
            Some(Name::Import(at)) if self.seen.insert(first.name()) => self.import(at, first.name(), name),
            Some(Name::Local(_)) => {
                let help = "give the variable another name".to_owned();
                let message = format!("variable `{}` has the name of a built-in that v1 does not have", first.name());
                self.push(StepKind::VariableName, first.span(), message, Remedy::Manual { help });
            }
            _ => {}
        }
    }

    /// An import whose name makes calls look like those of a built-in.
    fn import(&mut self, at: u32, first: &'t str, called: &str) {
        let names = self.names;
        let import = &names.module.imports[at as usize];
        let Some(path) = import.import.path() else { return };
        let to = names.fresh(&format!("{first}_"));
        let mut edits = vec![match import.alias {
            Some(alias) => (alias.span(), to.clone()),
            None => (Span::at(path.span().end), format!(" as {to}")),
        }];
        let tree = &names.parse.tree;
        let uses = names.scopes.names().filter(|(_, name)| *name == Name::Import(at)).filter_map(|(id, _)| tree.node(id));
        edits.extend(uses.map(|node| (node.span(), to.clone())));
        edits.sort_by_key(|(span, _)| *span);
        let path: Vec<String> = import.path.parts.iter().map(|(name, _)| name.as_ref().to_owned()).collect();
        let alias = import.alias.map(|token| token.text().to_owned());
        let change =
            ChangedImport { from: ImportParts { path: path.clone(), alias }, to: Some(ImportParts { path, alias: Some(to.clone()) }) };
        let rewrite = Rewrite {
            edits,
            needs: Needs::default(),
            applicability: Applicability::Safe,
            help: format!("import it as `{to}`"),
            allowed: Allowed { variables: vec![(first.to_owned(), to)], imports: vec![change], ..Allowed::default() },
        };
        let message = format!("import `{first}` makes `{called}` look like a built-in that v1 does not have");
        self.push(StepKind::ImportName, import.import.span(), message, Remedy::Edit(rewrite));
    }

    /// `with re_match as f`: what it replaces is called otherwise now.
    fn with(&mut self, with: ast::With<'t>, called: &FxHashSet<&str>) {
        let Some(target) = with.target() else { return };
        let Some(name) = ast::dotted(target).filter(|name| is_deprecated(name)) else { return };
        if !called.contains(name.as_str()) {
            return;
        }
        let Some(to) = renamed(&name) else { return };
        let rewrite = Rewrite {
            edits: vec![(target.span(), to.to_owned())],
            needs: Needs::default(),
            applicability: Applicability::Unsafe,
            help: format!("replace `{to}`, which replaces it in calls that were written so before, too"),
            allowed: Allowed::default(),
        };
        self.push(StepKind::DeprecatedBuiltin, target.span(), format!("`with` replaces the deprecated `{name}`"), Remedy::Edit(rewrite));
    }
}

/// The built-in that does the same with the same arguments.
pub(super) fn renamed(name: &str) -> Option<&'static str> {
    match name {
        "re_match" => Some("regex.match"),
        "net.cidr_overlap" => Some("net.cidr_contains"),
        _ => None,
    }
}

fn is_renamed(name: &str) -> bool {
    renamed(name).is_some()
}
