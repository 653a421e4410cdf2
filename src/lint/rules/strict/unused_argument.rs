use rustc_hash::FxHashSet;

use crate::lint::rules::prelude::*;
use crate::model::rego::{Binding, BindingKind, Name, RuleDef, RuleKind, Scopes};

declare_rule! {
    UnusedArgument {
        id: "unused-argument",
        group: "strict",
        summary: "an argument that its definition of the function does not use",
        why: "Callers have to pass something, and think that it matters. `_` says that it does not. `opa check --strict` refuses the \
              module.",
        bad: rego("package play\n\nis_admin(user, request) if user.role == \"admin\"\n"),
        good: rego("package play\n\nis_admin(user, _) if user.role == \"admin\"\n"),
        severity: Severity::Error,
        fix: FixKind::Safe,
        fix_safety: "Replaces the argument by `_`, which takes every value as the unused name does. Not offered where another body of \
                     the same head uses the name.",
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict", "regal bugs/argument-always-wildcard"],
    }
}

impl Rule for UnusedArgument {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        if !module.rules.iter().any(|rule| rule.kind == RuleKind::Function) {
            return;
        }
        // name, place, and the place to write `_` at
        let mut unused: Vec<(&str, Span, Option<Span>)> = Vec::new();
        let scopes = cx.scopes();
        let arguments = scopes.bindings.iter().enumerate().filter(|(_, binding)| binding.kind == BindingKind::Argument);
        let arguments: Vec<(usize, &Binding<'_>)> = arguments.collect();
        for of_rule in arguments.chunk_by(|a, b| a.1.rule == b.1.rule) {
            let rule = &module.rules[of_rule[0].1.rule as usize];
            let chained = rule.rule.bodies().nth(1).is_some().then(|| Chained::new(rule, scopes));
            for (at, binding) in of_rule {
                match &chained {
                    _ if binding.uses == 0 => unused.push((binding.name, binding.span, Some(binding.span))),
                    None => {}
                    Some(chained) => {
                        let places = chained.unused(*at as u32);
                        unused.extend(places.map(|place| (binding.name, place.unwrap_or(binding.span), None)));
                    }
                }
            }
        }
        for (name, span, replaced) in unused {
            let report = cx.report(span, format!("the argument `{name}` is not used")).help("write `_` in its place");
            if let Some(span) = replaced {
                report.fix("write `_`", Applicability::Safe, [(span, "_".to_owned())]);
            }
        }
    }
}

/// Which arguments the bodies of one head use: to OPA each of them is a definition of its own.
struct Chained {
    /// In the head, besides the declaration.
    head: FxHashSet<u32>,
    /// The first body has the `else` branches too; the others have places.
    bodies: Vec<(Option<Span>, FxHashSet<u32>)>,
}

impl Chained {
    fn new(rule: &RuleDef<'_>, scopes: &Scopes<'_>) -> Self {
        let used = |node: Node<'_>| {
            let names = node.descendants().filter(|node| node.kind() == Kind::Var).filter_map(|node| scopes.name(node));
            names.filter_map(|name| if let Name::Local(at) = name { Some(at) } else { None }).collect::<Vec<u32>>()
        };
        let mut declared = FxHashSet::default();
        let head = used(rule.head.node()).into_iter().filter(|at| !declared.insert(*at)).collect();
        let mut bodies: Vec<(Option<Span>, FxHashSet<u32>)> = Vec::new();
        for body in rule.rule.bodies() {
            let start = body.span().start;
            let place = (!bodies.is_empty()).then(|| Span::new(start, start + 1));
            bodies.push((place, used(body.node()).into_iter().collect()));
        }
        if let Some((_, first)) = bodies.first_mut() {
            first.extend(rule.rule.elses().flat_map(|branch| used(branch.node())));
        }
        Self { head, bodies }
    }

    /// The places of the bodies that do not use an argument; that of the first is `None`.
    fn unused(&self, argument: u32) -> impl Iterator<Item = Option<Span>> {
        let in_head = self.head.contains(&argument);
        self.bodies.iter().filter(move |(_, used)| !in_head && !used.contains(&argument)).map(|(place, _)| *place)
    }
}
