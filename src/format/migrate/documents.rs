//! Arguments and variables that hide `input` or `data`.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::names::{Fresh, is_package_use, rename_to};
use super::packages::Package;
use super::step::{Problem, Remedy, StepKind};
use crate::model::rego::{BindingKind, Module, Name, RuleDef, Scopes};
use crate::syntax::rego::ast::{Args, Expr, Var};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// What is found in a module.
pub(super) fn problems(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, package: &Package) -> Vec<Problem> {
    let mut found: Vec<Problem> = module.rules.iter().flat_map(arguments).collect();
    // variable → whether it is all of what is assigned to, and where it stands
    let mut hiding: BTreeMap<u32, (bool, Vec<Span>)> = BTreeMap::new();
    // rule, document → a use of an import or rule below it
    let mut captured: FxHashMap<(u32, &str), Span> = FxHashMap::default();
    let mut heads: FxHashSet<(u32, &str)> = FxHashSet::default();
    let rule_of = |span: Span| module.rules.partition_point(|rule| rule.rule.span().start <= span.start).saturating_sub(1) as u32;
    for (id, meaning) in scopes.names() {
        let Some(node) = parse.tree.node(id) else { continue };
        let span = node.span();
        if matches!(node.text(), "input" | "data") {
            let rule = rule_of(span);
            if module.rules[rule as usize].head.span().contains(span.start) {
                heads.insert((rule, node.text()));
            }
        }
        // the compiler writes their paths, which start with the variable's name then
        if is_package_use(scopes, package, node) {
            captured.entry((rule_of(span), "data")).or_insert(span);
        }
        match meaning {
            Name::Local(at) => {
                let binding = &scopes.bindings[at as usize];
                if binding.kind == BindingKind::Assign && matches!(binding.name, "input" | "data") {
                    let (alone, spans) = hiding.entry(at).or_default();
                    *alone |= binding.span == span && is_alone(node);
                    spans.push(span);
                }
            }
            Name::Import(import) => {
                if let Some(root) = module.imports[import as usize].path.first() {
                    captured.entry((rule_of(span), root)).or_insert(span);
                }
            }
            _ => {}
        }
    }
    hiding.retain(|_, (alone, _)| *alone);
    if hiding.is_empty() {
        return found;
    }
    let fresh = Fresh::new(parse, package);
    for (at, (_, spans)) in hiding {
        let binding = &scopes.bindings[at as usize];
        let key = (binding.rule, binding.name);
        let remedy = if let Some(name) = captured.get(&key) {
            let name = &parse.tree.text()[name.range()];
            Remedy::Manual { help: format!("rename it; `{name}` is used in the rule and may read from it in v0: look at that use") }
        } else if module.rules[binding.rule as usize].rule.bodies().nth(1).is_some() && heads.contains(&key) {
            Remedy::Manual { help: "write the rule once for each body, then rename the variable; the bodies share the head now".to_owned() }
        } else {
            rename_to(binding.name, &fresh.name(binding.name), spans)
        };
        found.push(Problem {
            kind: StepKind::ShadowedDocument,
            span: binding.span,
            message: format!("variable `{}` hides the document of that name", binding.name),
            remedy,
        });
    }
    found
}

/// Whether a variable is all of what is assigned to: opa lets patterns that hold it pass.
fn is_alone(var: Node<'_>) -> bool {
    let outside = var.ancestors().find(|parent| parent.kind() != Kind::Paren);
    outside.is_some_and(|parent| matches!(parent.kind(), Kind::Infix | Kind::CallArgs | Kind::Call))
}

fn arguments(rule: &RuleDef<'_>) -> Vec<Problem> {
    let args = rule.head.args().into_iter().flat_map(Args::exprs);
    let hiding = args.filter(|arg| matches!(arg.inner(), Expr::Var(var) if is_document(var)));
    hiding
        .map(|arg| Problem {
            kind: StepKind::ShadowedDocument,
            span: arg.span(),
            message: format!("argument `{}` hides the document of that name", arg.inner().text()),
            remedy: Remedy::Manual { help: "rename the argument; v0 does not accept it either".to_owned() },
        })
        .collect()
}

fn is_document(var: Var<'_>) -> bool {
    matches!(var.name(), "input" | "data")
}
