use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, NameId, RegalView, Slot};
use crate::model::rego::{Name, RuleKind, is_builtin_namespace};
use crate::syntax::rego::ast::{Call, Expr, Var, With};

declare_rule! {
    ExternalReference {
        id: "external-reference",
        group: "style",
        summary: "a function that reads more than its arguments",
        why: "A function that reads `input`, `data` or rules depends on what its arguments do not show: it cannot be used elsewhere, \
              and its tests must replace documents.",
        bad: rego("package play\n\nis_preferred(login) if login in data.preferred[input.kind][region]\n\nregion := input.region\n"),
        good: rego("package play\n\nis_preferred(login, preferred) if login in preferred\n"),
        regal: Some(Severity::Error),
        options: &[OptionMeta {
            name: "max-allowed",
            kind: OptionKind::Integer { min: 0, max: 1_000 },
            default: OptionValue::Integer(2),
            doc: "So many references are let be in each definition.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/external-reference",
        peers: &["regal style/external-reference"],
    }
}

impl Rule for ExternalReference {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let most = usize::try_from(cx.integer("max-allowed")).unwrap_or(0);
        if cx.is_regal() { as_regal(cx, most) } else { by_scopes(cx, most) }
    }
}

fn report(cx: &mut FileCx<'_>, span: Span, name: &str) {
    cx.report(span, format!("the function reads `{name}`, which is no argument of it")).help("pass it as an argument");
}

fn by_scopes(cx: &mut FileCx<'_>, most: usize) {
    let module = cx.module();
    let mut constants: Option<FxHashMap<&str, bool>> = None;
    let mut found = Vec::new();
    for (at, rule) in module.rules.iter().enumerate().filter(|(_, rule)| rule.kind == RuleKind::Function && !rule.is_default) {
        // each thing once
        let mut outside: BTreeMap<&str, Span> = BTreeMap::new();
        let scopes = cx.shared_scopes();
        for var in rule.rule.node().descendants().filter_map(Var::cast) {
            let counts = match scopes.name(var.node()) {
                Some(Name::Input | Name::Data | Name::Import(_)) => !is_function_position(var.node()),
                Some(Name::Rule(index)) => {
                    index as usize != at
                        && module.rules[index as usize].kind != RuleKind::Function
                        && !is_function_position(var.node())
                        && !constants.get_or_insert_with(|| constant_rules(cx)).get(var.name()).copied().unwrap_or(false)
                }
                _ => false,
            };
            if counts {
                outside.entry(var.name()).or_insert(var.span());
            }
        }
        if outside.len() > most {
            found.extend(outside.into_iter().map(|(name, span)| (span, name)));
        }
    }
    found.sort_unstable();
    for (span, name) in found {
        report(cx, span, name);
    }
}

/// Rules with one definition, without body, of a value that is written out.
fn constant_rules<'t>(cx: &FileCx<'t>) -> FxHashMap<&'t str, bool> {
    let mut out = FxHashMap::default();
    for rule in &cx.module().rules {
        let plain = rule.kind == RuleKind::Complete
            && rule.path.len() == 1
            && rule.rule.bodies().next().is_none()
            && rule.head.value().is_some_and(crate::lint::rules::opa_view::is_constant);
        out.entry(rule.name).and_modify(|constant| *constant = false).or_insert(plain);
    }
    out
}

/// Whether a name starts what is called, or what `with` replaces.
fn is_function_position(var: Node<'_>) -> bool {
    let mut node = var;
    if let Some(parent) = node.parent().filter(|parent| parent.kind() == Kind::Ref && parent.span().start == node.span().start) {
        node = parent;
    }
    let Some(parent) = node.parent() else { return false };
    let is_same = |expr: Option<Expr<'_>>| expr.is_some_and(|expr| expr.node() == node);
    is_same(Call::cast(parent).and_then(Call::callee)) || is_same(With::cast(parent).and_then(With::target))
}

fn as_regal(cx: &mut FileCx<'_>, most: usize) {
    let view = cx.regal_view();
    for (rule, root) in view.rules.iter().enumerate().filter(|(_, root)| root.is_function) {
        let mut allowed: FxHashSet<NameId> = view.vars(rule).iter().map(|var| var.name).collect();
        for argument in view.in_slot(root.head, Slot::Argument) {
            if matches!(view.form(argument), Form::Var | Form::Array | Form::Object | Form::Set) {
                allowed.extend(view.vars_below(argument).map(|var| view.item(var).name));
            }
        }
        let external: Vec<Id> = view
            .vars_below(root.root)
            .filter(|var| {
                let name = view.item(*var).name;
                !view.is_wildcard(*var)
                    && !allowed.contains(&name)
                    && !is_builtin_namespace(view.name(name))
                    && !view.starts_function(name)
                    && !is_in_call(&view, *var)
            })
            .collect();
        if external.len() <= most {
            continue;
        }
        let places: BTreeMap<u32, Span> = external.iter().filter_map(|var| view.place(*var)).map(|place| (place.start, place)).collect();
        for place in places.into_values() {
            let name = cx.file().slice(place).to_owned();
            report(cx, place, &name);
        }
    }
}

/// Regal's question whether a variable belongs to a call: it is a part of an argument, or the term of one that is a comprehension,
/// or stands in a statement that calls something, in any place but the last.
fn is_in_call(view: &RegalView<'_>, var: Id) -> bool {
    let item = view.item(var);
    let parent = view.item(item.parent);
    let is_near = matches!(item.slot, Slot::Item | Slot::HeadTerm | Slot::HeadKey | Slot::HeadValue);
    if is_near && parent.slot == Slot::Item && view.form(parent.parent) == Form::Call {
        return true;
    }
    let mut below = var;
    for id in view.ancestors(var) {
        let slot = view.item(below).slot;
        // what `with` says is no term of its statement
        if view.form(id) == Form::Expr && slot != Slot::With {
            let next = view.item(below).end;
            return slot == Slot::Terms && next < view.item(id).end && view.item(next).slot == Slot::Terms;
        }
        below = id;
    }
    false
}
