//! Types: OPA's type checker over compiled modules.

mod calls;
mod check;
mod declared;
mod describe;
mod env;
mod errors;
mod refs;
mod schema;
mod schemas;
pub(crate) mod ty;
mod unify;
mod words;

pub use schemas::Schemas;
pub(crate) use schemas::{Note, notes};
pub(crate) use ty::Type;

use rustc_hash::FxHashSet;

use super::compile::hir::{DATA, INPUT, Loc, Module, Rule, Term};
use super::compile::recursion::{Graph, Node};
use super::compile::tree::RuleId;
use super::compile::{self, Capabilities, Checked, Class, CompileError, Source, World};
use crate::text::Span;
use check::{Checker, Listener, Program};
use declared::Declared;
use describe::Describe;
use env::{Env, Tree};
use schemas::Notes;

/// What the check finds.
pub(crate) const CLASSES: [Class; 5] =
    [Class::ArgumentType, Class::NeverMatches, Class::UndefinedReference, Class::InvalidSchema, Class::RedeclaredAnnotation];

/// What types are checked with besides the program.
pub(crate) struct Options<'o> {
    pub(crate) capabilities: &'o Capabilities,
    /// What annotations can name; without it OPA takes no notice of those that do.
    pub(crate) schemas: Option<&'o Schemas>,
    /// The text of a module.
    pub(crate) text: &'o dyn Fn(usize) -> &'o str,
    /// Told of the operands of statements and their types, where they are known.
    pub(crate) listener: Option<&'o mut Listener<'o>>,
}

/// Checks the types of a program after all other stages. Rules that those refused can be anything.
pub(crate) fn check<'p>(checked: &'p Checked, mut options: Options<'p>) -> Vec<CompileError> {
    let Checked { modules, world, graph, .. } = checked;
    let program = Whole { modules, world, graph };
    let mut errors = schemas::redeclared(modules, &|a, b| world.sight.together(a, b));
    // what two kinds of rules define is not known
    let at_odds = |error: &&CompileError| matches!(error.class, Class::RuleConflict | Class::PackageConflict);
    let doubtful: FxHashSet<(usize, Span)> = checked.errors.iter().filter(at_odds).map(|error| (error.module, error.span)).collect();
    let is_doubtful = |id: RuleId| {
        let rule = &modules[id.module].rules[id.rule];
        let known = |id: &RuleId| doubtful.contains(&(id.module, modules[id.module].rules[id.rule].at.span));
        let node = || world.tree.find_ref(&path(modules, id, rule).0[..modules[id.module].package.len() + rule.ground_len()]);
        !doubtful.is_empty() && node().is_some_and(|node| world.tree.nodes[node].rules.iter().any(known))
    };
    let mut notes = Notes::new(modules, options.schemas);
    let input = notes.input();
    for group in world.sight.groups(modules.len()) {
        let Some(first) = group.first() else { continue };
        let wanted = |module: usize| group.binary_search(&(module as u32)).is_ok();
        let seen = |module: usize| world.sight.sees(*first, module as u32);
        let env = Env::new(Declared::new(options.capabilities, &modules[*first as usize].vars));
        let describe = |module: usize| Describe { vars: &modules[module].vars, text: (options.text)(module) };
        let mut checker = Checker::new(env, &program, describe(*first as usize));
        checker.listener = options.listener.take();
        checker.lenient = !checked.errors.is_empty();
        if let Some(input) = &input {
            let at = Loc::default();
            checker.env.rules().put(&[Term::var(at, INPUT)], input.clone());
        }
        for node in graph.order(modules, &wanted, &seen) {
            let module = node.rule.module;
            let Some((first, rule)) = rule(modules, node) else { continue };
            let (path, ground) = path(modules, node.rule, rule);
            if first.broken || is_doubtful(node.rule) {
                checker.broken(&path, ground);
                continue;
            }
            checker.describe = describe(module);
            checker.env.declared.vars = &modules[module].vars;
            checker.env.declared.gatekeeper = world.sight.is_gatekeeper(module as u32);
            let mut found = Vec::new();
            let depth = checker.env.depth();
            if !notes.is_empty() {
                let is_first = node.branch == 0;
                let seen = |other: u32| world.sight.sees(module as u32, other);
                let layer = notes.layer(&modules[module], rule, is_first, &seen, &checker.env, &mut found);
                layer.into_iter().for_each(|tree| checker.env.push_tree(tree.into()));
            }
            checker.rule(rule, &path, ground, &mut found);
            checker.env.truncate(depth);
            if wanted(module) {
                errors.extend(found.into_iter().map(CompileError::from));
            }
        }
        options.listener = checker.listener.take();
    }
    errors
}

/// The first of a chain of branches, and the branch.
fn rule(modules: &[Module], node: Node) -> Option<(&Rule, &Rule)> {
    let first = &modules[node.rule.module].rules[node.rule.rule];
    Some((first, first.chain().nth(node.branch)?))
}

/// The whole path of a rule, and how many parts of it are constant.
fn path(modules: &[Module], id: RuleId, rule: &Rule) -> (Vec<Term>, usize) {
    let package = &modules[id.module].package;
    let mut path = Vec::with_capacity(package.len() + rule.reference.len());
    path.extend_from_slice(package);
    path.push(Term::value(rule.reference[0].at, rule.name.clone()));
    path.extend_from_slice(&rule.reference[1..]);
    (path, package.len() + rule.ground_len())
}

struct Whole<'w> {
    modules: &'w [Module],
    world: &'w World,
    graph: &'w Graph,
}

impl Program for Whole<'_> {
    fn dependents(&self, from: u32, target: &[Term], is_function: bool) -> Option<Tree> {
        if target[0].as_var() != Some(DATA) {
            // nothing is recorded of who uses `input` or a builtin
            return None;
        }
        let mut tree = None;
        for id in self.graph.dependents(self.world, from, target) {
            let (path, ground) = path(self.modules, id, &self.modules[id.module].rules[id.rule]);
            let path = &path[..ground];
            let same = path.len() == target.len() && path.iter().zip(target).all(|(a, b)| a.kind == b.kind);
            if !(is_function && same) {
                tree.get_or_insert_with(Tree::default).put(path, Type::Any);
            }
        }
        tree
    }
}

/// Compiles modules as one program and checks their types; their trees must be free of syntax errors.
///
/// # Errors
/// All that is wrong, sorted by place.
pub fn compile_errors(sources: &[Source<'_>], options: &compile::Options, schemas: Option<&Schemas>) -> Result<(), Vec<CompileError>> {
    let mut errors = Vec::new();
    let checked = compile::check_sources(sources, options)?;
    errors.extend(check(
        &checked,
        Options { capabilities: &options.capabilities, schemas, text: &|at| sources[at].parse.tree.text(), listener: None },
    ));
    errors.extend(checked.errors);
    if errors.is_empty() { Ok(()) } else { Err(compile::in_order(errors)) }
}
