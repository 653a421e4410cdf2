//! Variables and rules with the name of a keyword.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::allowed::Allowed;
use super::packages::{self, Package};
use super::step::{Needs, Problem, Remedy, Rewrite, StepKind};
use crate::diag::Applicability;
use crate::format::style::is_refused_variable;
use crate::model::rego::{BindingKind, Module, Name, RuleDef, Scopes, is_builtin_namespace};
use crate::syntax::rego::{Kind, Node, Parse};
use crate::text::Span;

/// What is found in a module.
pub(super) fn problems(parse: &Parse, module: &Module<'_>, scopes: &Scopes<'_>, package: &Package) -> Vec<Problem> {
    let mut found: Vec<Problem> = module.rules.iter().filter_map(rule_name).collect();
    let fresh = Fresh::new(parse, package);
    // rule, name → where the variable stands
    let mut variables: BTreeMap<(usize, &str), Vec<Node<'_>>> = BTreeMap::new();
    let mut uses: BTreeMap<&str, Vec<Span>> = BTreeMap::new();
    for (id, meaning) in scopes.names() {
        let Some(node) = parse.tree.node(id) else { continue };
        let (name, span) = (node.text(), node.span());
        if !is_refused_variable(name) {
            continue;
        }
        match meaning {
            _ if is_package_use(scopes, package, node) => uses.entry(name).or_default().push(span),
            Name::Local(_) => {
                let rule = module.rules.partition_point(|rule| rule.rule.span().start <= span.start).saturating_sub(1);
                variables.entry((rule, name)).or_default().push(node);
            }
            Name::Unknown | Name::Builtin => found.push(Problem {
                kind: StepKind::RuleName,
                span,
                message: format!("`{name}` is a keyword in v1 and is called here"),
                remedy: Remedy::Manual { help: "rename the function where it is defined, and here; no file given defines it".to_owned() },
            }),
            _ => {}
        }
    }
    for ((rule, name), nodes) in variables {
        let rule = &module.rules[rule];
        let spans: Vec<Span> = nodes.iter().map(|node| node.span()).collect();
        let is_implicit = |node: &Node<'_>| scopes.binding(*node).is_some_and(|binding| binding.kind == BindingKind::Implicit);
        if nodes.iter().all(|node| is_implicit(node) && !may_bind(*node)) {
            found.push(Problem {
                kind: StepKind::RuleName,
                span: spans[0],
                message: format!("`{name}` is a keyword in v1, and nothing given here defines it"),
                remedy: Remedy::Manual { help: "migrate all files of the package together: one may have a rule of that name".to_owned() },
            });
            continue;
        }
        let head = rule.head.span();
        let names_head = |spans: &[Span]| spans.iter().any(|span| head.contains(span.start));
        let args = rule.head.args().into_iter().flat_map(|args| args.node().descendants());
        if rule.rule.bodies().nth(1).is_some()
            && package.defines(name)
            && (names_head(&spans) || uses.get(name).is_some_and(|spans| names_head(spans)))
            && args.filter(|node| node.kind() == Kind::Var).all(|node| node.text() != name)
        {
            found.push(Problem {
                kind: StepKind::VariableName,
                span: spans[0],
                message: format!("variable `{name}` has the name of a keyword and of a rule"),
                remedy: Remedy::Manual {
                    help: "write the rule once for each body, then rename the variable; the bodies share the head now".to_owned(),
                },
            });
            continue;
        }
        // all variables of one name in a rule take the same new name, so what hides what stays
        let new = fresh.name(name);
        found.push(Problem {
            kind: StepKind::VariableName,
            span: spans[0],
            message: format!("variable `{name}` has the name of a keyword"),
            remedy: rename_to(name, &new, spans),
        });
    }
    for (name, spans) in uses {
        if !package.must_rename(name) {
            found.push(full_path(module, scopes, package, name, spans));
        } else if !module.rules.iter().any(|rule| rule.name == name && packages::is_refused(rule)) {
            found.push(Problem {
                kind: StepKind::RuleName,
                span: spans[0],
                message: format!("rule `{name}`, which another file defines, has the name of a keyword"),
                remedy: Remedy::RenameRule { name: name.to_owned() },
            });
        }
    }
    found
}

/// Whether a name in a rule stands for a rule of the package, wherever that is defined.
pub(super) fn is_package_use(scopes: &Scopes<'_>, package: &Package, var: Node<'_>) -> bool {
    package.defines(var.text()) && scopes.may_be_rule(var)
}

/// Whether a variable may get its value here: as an index, in a pattern, by `=`, or from a call.
fn may_bind(var: Node<'_>) -> bool {
    let outside = var.ancestors().find(|parent| parent.kind() != Kind::Paren);
    outside.is_some_and(|parent| match parent.kind() {
        Kind::RefBracket | Kind::Array | Kind::Object | Kind::ObjectItem | Kind::CallArgs | Kind::Call => true,
        Kind::Infix => parent.token(Kind::Equal).is_some(),
        _ => false,
    })
}

fn rule_name(rule: &RuleDef<'_>) -> Option<Problem> {
    let span = rule.head.name()?.span();
    let span = Span::new(span.start, span.start + rule.name.len() as u32);
    let is_document = matches!(rule.name, "input" | "data");
    packages::is_refused(rule).then(|| Problem {
        kind: if is_document { StepKind::ShadowedDocument } else { StepKind::RuleName },
        span,
        message: if is_document {
            format!("rule `{}` hides the document of that name", rule.name)
        } else {
            format!("rule `{}` has the name of a keyword", rule.name)
        },
        remedy: Remedy::RenameRule { name: rule.name.to_owned() },
    })
}

/// A rule that keeps its name, since something follows it in all heads: where it is used, its full path is written.
fn full_path(module: &Module<'_>, scopes: &Scopes<'_>, package: &Package, name: &str, spans: Vec<Span>) -> Problem {
    let path = packages::path(module);
    let hidden =
        package.defines("data") || module.import_index("data").is_some() || scopes.bindings.iter().any(|binding| binding.name == "data");
    let help = format!("write `{path}.{name}`");
    let names = std::iter::once("data").chain(module.package.parts.iter().map(|(name, _)| name.as_ref())).chain([name]);
    let names = names.map(str::to_owned).collect();
    Problem {
        kind: StepKind::RuleName,
        span: spans[0],
        message: format!("`{name}` is a keyword in v1 and cannot start a reference"),
        remedy: if hidden {
            Remedy::Manual { help: format!("{help}, after renaming what hides `data`") }
        } else {
            Remedy::Edit(Rewrite {
                edits: spans.into_iter().map(|span| (span, format!("{path}.{name}"))).collect(),
                needs: Needs::default(),
                applicability: Applicability::Safe,
                help,
                allowed: Allowed { full_paths: vec![(name.to_owned(), names)], ..Allowed::default() },
            })
        },
    }
}

/// Writes `new` at all of `spans`, which are sorted.
pub(super) fn rename_to(old: &str, new: &str, spans: impl IntoIterator<Item = Span>) -> Remedy {
    Remedy::Edit(Rewrite {
        edits: spans.into_iter().map(|span| (span, new.to_owned())).collect(),
        needs: Needs::default(),
        applicability: Applicability::Safe,
        help: format!("rename it to `{new}`"),
        allowed: Allowed::variable(old, new),
    })
}

/// Names that nothing has that a module sees.
pub(super) struct Fresh<'a> {
    taken: FxHashSet<&'a str>,
    package: &'a Package,
}

impl<'a> Fresh<'a> {
    pub(super) fn new(parse: &'a Parse, package: &'a Package) -> Self {
        let taken = parse.tree.tokens().filter(|token| token.kind() == Kind::Ident).map(|token| token.text()).collect();
        Self { taken, package }
    }

    /// The new name for `name`: the same one whenever it is asked for.
    pub(super) fn name(&self, name: &str) -> String {
        candidates(name)
            .find(|new| !self.taken.contains(new.as_str()) && !self.package.defines(new) && !is_builtin_namespace(new))
            .expect("there are more numbers than names")
    }
}

/// `in_`, `in_2`, `in_3`, …
pub(super) fn candidates(name: &str) -> impl Iterator<Item = String> + '_ {
    std::iter::once(format!("{name}_")).chain((2_u64..).map(move |number| format!("{name}_{number}")))
}
