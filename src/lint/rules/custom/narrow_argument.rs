use std::collections::{BTreeMap, BTreeSet};

use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::{Form, Id, RegalView, Slot};
use crate::model::rego::BindingKind;

declare_rule! {
    NarrowArgument {
        id: "narrow-argument",
        group: "custom",
        summary: "an argument of which the function reads one part",
        why: "A function that takes a user and reads `user.country` can be used, and tested, wherever there is a country.",
        bad: rego("package play\n\nis_local(user) if user.country == \"Australia\"\n"),
        good: rego("package play\n\nis_local(country) if country == \"Australia\"\n"),
        options: &[OptionMeta {
            name: "exclude-args",
            kind: OptionKind::StringList,
            default: OptionValue::Unset,
            doc: "Names of arguments that are let be.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/narrow-argument",
        peers: &["regal custom/narrow-argument"],
    }
}

/// A part of a reference.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Text(String),
    Number(String),
    /// `true`, `false` or `null`, which Regal leaves out of what it says.
    Other(String),
    /// Something that is no scalar, told apart by its place.
    Nested(Id),
}

/// What all definitions of a function do with an argument.
#[derive(Default)]
struct Uses {
    paths: BTreeSet<Vec<Step>>,
    /// Whether it is passed on, or stated, as it is.
    whole: bool,
}

impl Rule for NarrowArgument {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if !cx.text().contains('(') {
            return;
        }
        let view = cx.regal_view();
        let excluded = cx.list("exclude-args");
        // function → rules, arguments by name
        let mut functions: BTreeMap<String, (Vec<usize>, BTreeMap<&str, Uses>)> = BTreeMap::new();
        for (rule, root) in view.rules.iter().enumerate().filter(|(_, root)| root.is_function) {
            let Some(name) = view.ref_string(view.in_slot(root.head, Slot::Name), false) else { continue };
            let (rules, arguments) = functions.entry(name).or_default();
            rules.push(rule);
            for argument in view.in_slot(root.head, Slot::Argument).filter(|argument| view.form(*argument) == Form::Var) {
                let name = view.var_name(argument);
                if !view.is_wildcard(argument) && !excluded.iter().any(|excluded| excluded == name) {
                    let id = view.item(argument).name;
                    let paths = view.refs(rule).iter().filter(|reference| view.base(**reference) == Some(id));
                    let paths: Vec<Vec<Step>> = paths.map(|reference| steps(&view, *reference)).collect();
                    if !paths.is_empty() {
                        arguments.entry(name).or_default().paths.extend(paths);
                    }
                }
            }
        }
        let mut found: BTreeMap<(u32, &str), (Span, String)> = BTreeMap::new();
        for (rules, arguments) in functions.values_mut() {
            for (name, uses) in arguments {
                let Some(narrowed) = narrowed(&uses.paths) else { continue };
                let Some(id) = view.name_id(name) else { continue };
                uses.whole = rules.iter().any(|rule| {
                    if cx.is_regal() {
                        view.calls(*rule).iter().any(|call| {
                            view.is_call(*call)
                                && view.arguments(*call).any(|term| view.form(term) == Form::Var && view.item(term).name == id)
                        })
                    } else {
                        is_used_whole(cx, &view, *rule, name)
                    }
                });
                let first = rules.iter().find_map(|rule| {
                    let mut arguments = view.in_slot(view.rules[*rule].head, Slot::Argument);
                    arguments.find(|argument| view.form(*argument) == Form::Var && view.item(*argument).name == id)
                });
                if let Some(place) = first.and_then(|argument| view.place(argument)).filter(|_| !uses.whole) {
                    found.insert((place.start, name), (place, narrowed));
                }
            }
        }
        for ((_, name), (place, narrowed)) in found {
            cx.report(place, format!("of the argument `{name}` only `{narrowed}` is read")).help("pass that part only");
        }
    }
}

/// The parts of a reference up to the first variable.
fn steps(view: &RegalView<'_>, reference: Id) -> Vec<Step> {
    let text = |part: Id| view.source(part).to_owned();
    let parts = view.parts(reference).enumerate().take_while(|(at, part)| *at == 0 || view.form(*part) != Form::Var);
    parts
        .map(|(at, part)| match view.form(part) {
            Form::Var if at == 0 => Step::Text(view.var_name(part).to_owned()),
            Form::String => Step::Text(view.string(part)),
            Form::Number => Step::Number(text(part)),
            Form::Boolean | Form::Null => Step::Other(text(part)),
            _ => Step::Nested(part),
        })
        .collect()
}

/// What all references have in common, if that is more than the argument.
fn narrowed(paths: &BTreeSet<Vec<Step>>) -> Option<String> {
    let first = paths.first()?;
    let common = paths.iter().fold(first.len(), |common, path| first.iter().zip(path).take(common).take_while(|(a, b)| a == b).count());
    let prefix = &first[..common];
    if prefix.len() < 2 || prefix.iter().any(|step| matches!(step, Step::Nested(_))) {
        return None;
    }
    let mut out = String::new();
    for (at, step) in prefix.iter().enumerate() {
        match step {
            Step::Text(name) if at == 0 => out.push_str(name),
            Step::Text(name) if crate::lint::rules::regal_view::is_plain_name(name) => {
                out.push('.');
                out.push_str(name);
            }
            Step::Text(name) => out.push_str(&format!("[\"{name}\"]")),
            Step::Number(number) => out.push_str(&format!("[{number}]")),
            Step::Other(_) | Step::Nested(_) => {}
        }
    }
    Some(out)
}

/// Whether the argument stands anywhere but at the start of a reference.
fn is_used_whole(cx: &FileCx<'_>, view: &RegalView<'_>, rule: usize, name: &str) -> bool {
    let def = view.rules[rule].def;
    let scopes = cx.shared_scopes();
    let vars = cx.module().rules[def].rule.node().descendants().filter(|node| node.kind() == Kind::Var && node.text() == name);
    vars.filter(|var| scopes.binding(*var).is_some_and(|binding| binding.kind == BindingKind::Argument && binding.span != var.span()))
        .any(|var| !var.parent().is_some_and(|parent| parent.kind() == Kind::Ref && parent.span().start == var.span().start))
}
