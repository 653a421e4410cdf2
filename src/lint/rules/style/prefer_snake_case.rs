use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::rules::edits::{Edits, has_name};
use crate::lint::rules::opa_vars::Vars;
use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Slot};
use crate::model::rego::{BindingKind, Name, RuleDef, is_builtin_namespace};
use crate::syntax::rego::ast::{Expr, RefPart};

declare_rule! {
    PreferSnakeCase {
        id: "prefer-snake-case",
        group: "style",
        summary: "a package, rule or variable name with upper-case letters",
        why: "Rego names are snake_case throughout OPA's own libraries and documentation, its built-in functions included. Names \
              that follow one pattern can be guessed.",
        bad: rego("package play\n\nisAdmin if \"admin\" in input.roles\n"),
        good: rego("package play\n\nis_admin if \"admin\" in input.roles\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Renames variables that a rule declares, wherever it uses them, where nothing else in the module has the new name. Packages and rules may be used by other files and queries, and are left to the author.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/prefer-snake-case",
        peers: &["regal style/prefer-snake-case"],
    }
}

impl Rule for PreferSnakeCase {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if cx.is_regal() {
            return as_regal(cx);
        }
        // most modules have no such letter outside of strings and comments, and most of the others few
        let mut names = Vars::new(has_upper_case);
        let module = cx.module();
        for (name, span) in &module.package.parts {
            names.add(name, *span);
        }
        for rule in &module.rules {
            head(&mut names, rule);
            // searching the text is far cheaper than walking the tree
            if rule.rule.text().bytes().any(|b| b.is_ascii_uppercase()) {
                names.rule(rule.rule, cx);
            }
        }
        let mut known: FxHashSet<(String, usize)> = FxHashSet::default();
        let mut found = names.found;
        found.sort_unstable();
        found.dedup();
        let mut renames: FxHashMap<(String, usize), Option<Edits>> = FxHashMap::default();
        for (span, name) in found {
            // one finding for a rule's name, and one for a variable in a rule
            let rule = module.rules.partition_point(|rule| rule.rule.span().start <= span.start);
            let is_head = rule > 0 && module.rules[rule - 1].path.parts.iter().any(|(_, part)| *part == span);
            let scope = if is_head { usize::MAX } else { rule };
            if known.insert((name.clone(), scope)) {
                let better = snake_case(&name);
                let edits = if is_head || rule == 0 {
                    None
                } else {
                    renames.entry((name.clone(), rule)).or_insert_with(|| rename(cx, rule - 1, &name, &better)).clone()
                };
                let report = cx.report(span, format!("`{name}` is not snake_case")).help(format!("call it `{better}`"));
                if let Some(edits) = edits {
                    report.fix(format!("rename the variable to `{better}`"), Applicability::Safe, edits);
                }
            }
        }
    }
}

fn report(cx: &mut FileCx<'_>, span: Span, name: &str) {
    cx.report(span, format!("`{name}` is not snake_case")).help(format!("call it `{}`", snake_case(name)));
}

fn as_regal(cx: &mut FileCx<'_>) {
    let mut found: BTreeMap<u32, (Span, String)> = BTreeMap::new();
    let module = cx.module();
    for (name, span) in module.package.parts.iter().filter(|(name, _)| has_upper_case(name)) {
        found.insert(span.start, (*span, name.to_string()));
    }
    let view = cx.regal_view();
    if view.any_name(has_upper_case) || view.any_name_part(has_upper_case) {
        for (rule, root) in view.rules.iter().enumerate() {
            let parts = view.in_slot(root.head, Slot::Name).filter_map(|part| match view.form(part) {
                Form::Var => Some((part, view.var_name(part).to_owned())),
                Form::String => Some((part, view.string(part))),
                _ => None,
            });
            let vars = view.vars(rule).iter().map(|var| (var.id, view.name(var.name).to_owned()));
            for (id, name) in parts.chain(vars).filter(|(_, name)| has_upper_case(name)) {
                if let Some(place) = view.place(id) {
                    // names of one place are one finding
                    found.entry(place.start).or_insert((place, name));
                }
            }
        }
    }
    for (span, name) in found.into_values() {
        report(cx, span, &name);
    }
}

fn head(names: &mut Vars, rule: &RuleDef<'_>) {
    let Some(name) = rule.head.name() else { return };
    match name {
        Expr::Var(var) => names.add(var.name(), var.span()),
        Expr::Ref(reference) => {
            if let Some(Expr::Var(var)) = reference.operand() {
                names.add(var.name(), var.span());
            }
            // the member of a v0 set is no part of its name
            for part in reference.parts().filter(|part| rule.bracket_member != Some(*part)) {
                head_part(names, part);
            }
        }
        _ => {}
    }
}

fn head_part(names: &mut Vars, part: RefPart<'_>) {
    match part {
        RefPart::Dot(dot) => {
            if let Some(name) = dot.name() {
                names.add(name.text(), name.span());
            }
        }
        RefPart::Bracket(bracket) => match bracket.expr() {
            Some(Expr::Var(var)) => names.add(var.name(), var.span()),
            Some(Expr::Scalar(scalar)) => {
                if let Some(name) = crate::model::rego::string_value(scalar) {
                    names.add(&name, scalar.span());
                }
            }
            _ => {}
        },
    }
}

fn has_upper_case(name: &str) -> bool {
    name.chars().any(|c| c.to_lowercase().next() != Some(c))
}

/// `isAdmin` → `is_admin`, `HTTPServer` → `http_server`.
fn snake_case(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let mut out = String::with_capacity(name.len() + 4);
    for (at, c) in chars.iter().enumerate() {
        let before = at.checked_sub(1).map(|at| chars[at]);
        let starts_word = c.is_uppercase()
            && before.is_some_and(|before| {
                before.is_lowercase()
                    || before.is_ascii_digit()
                    || (before.is_uppercase() && chars.get(at + 1).is_some_and(|next| next.is_lowercase()))
            });
        if starts_word {
            out.push('_');
        }
        out.extend(c.to_lowercase());
    }
    out
}

/// The edits that rename a rule's variables called `name`; `None` where one of them is not declared, and may be a rule of another
/// file, or where the new name is in use or none.
fn rename(cx: &FileCx<'_>, rule: usize, name: &str, better: &str) -> Option<Edits> {
    let valid = better.bytes().enumerate().all(|(at, b)| b.is_ascii_lowercase() || b == b'_' || (at > 0 && b.is_ascii_digit()));
    if !valid || has_name(cx, better) || is_builtin_namespace(better) || KEYWORDS.contains(&better) {
        return None;
    }
    let node = cx.module().rules.get(rule)?.rule.node();
    let head = cx.module().rules[rule].head;
    let scopes = cx.scopes();
    if !cx.spend(node.text().len() / 2) {
        return None;
    }
    let mut edits = Vec::new();
    for var in node.descendants().filter(|node| node.kind() == Kind::Var && node.text() == name) {
        match scopes.name(var) {
            Some(Name::Local(at)) if scopes.bindings[at as usize].kind != BindingKind::Implicit => {
                edits.push((var.span(), better.to_owned()));
            }
            // the rule's own name
            None if head.span().covers(var.span()) => {}
            _ => return None,
        }
    }
    (!edits.is_empty()).then_some(edits)
}

/// What is no name in some version, or a document.
const KEYWORDS: [&str; 20] = [
    "and", "as", "contains", "data", "default", "else", "every", "false", "if", "import", "in", "input", "not", "null", "or", "package",
    "some", "true", "with", "_",
];
