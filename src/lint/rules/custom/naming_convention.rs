use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::lint::plan::Options;
use crate::lint::rules::prelude::*;
use crate::lint::rules::regal_view::Slot;

declare_rule! {
    NamingConvention {
        id: "naming-convention",
        group: "custom",
        summary: "a name that breaks a convention of the project",
        why: "A project whose names follow a pattern can be searched by it. The patterns are the project's own.",
        bad: rego_with(CONVENTIONS, "package play\n\nisAdmin if \"admin\" in input.roles\n"),
        good: rego_with(CONVENTIONS, "package play\n\nis_admin if \"admin\" in input.roles\n"),
        options: &[OptionMeta {
            name: "conventions",
            kind: OptionKind::Tables(&[
                OptionMeta {
                    name: "pattern",
                    kind: OptionKind::Regex,
                    default: OptionValue::Unset,
                    doc: "Names must match it.",
                },
                OptionMeta {
                    name: "names",
                    kind: OptionKind::StringList,
                    default: OptionValue::Unset,
                    doc: "Names that are allowed, whatever the pattern says.",
                },
                OptionMeta {
                    name: "targets",
                    kind: OptionKind::StringList,
                    default: OptionValue::Unset,
                    doc: "Of what: `package`, `rule`, `function`, `variable` (or `var`).",
                },
            ]),
            default: OptionValue::Tables(Cow::Borrowed(&[])),
            doc: "What names must look like.",
        }],
        source: "https://www.openpolicyagent.org/projects/regal/rules/custom/naming-convention",
        peers: &["regal custom/naming-convention"],
    }
}

const CONVENTIONS: &[(&str, OptionValue)] = &[(
    "conventions",
    OptionValue::Tables(Cow::Borrowed(&[Cow::Borrowed(&[
        ("pattern", OptionValue::String(Cow::Borrowed("^[a-z_]+$"))),
        ("targets", OptionValue::StringList(Cow::Borrowed(&[Cow::Borrowed("rule"), Cow::Borrowed("function")]))),
    ])])),
)];

/// Whether a convention is about one of `kinds`.
fn is_about(convention: &Options, kinds: &[&str]) -> bool {
    convention.list("targets").iter().any(|target| kinds.contains(&target.as_ref()))
}

fn is_kept(convention: &Options, name: &str) -> bool {
    convention.list("names").iter().any(|allowed| allowed == name)
        || convention.regex("pattern").is_some_and(|pattern| pattern.is_match(name))
}

impl Rule for NamingConvention {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let conventions = cx.tables("conventions");
        if conventions.is_empty() {
            return;
        }
        let mut found: BTreeMap<(u32, String), (Span, &str)> = BTreeMap::new();
        let module = cx.module();
        let view = cx.regal_view();
        for convention in conventions {
            if is_about(convention, &["package"])
                && let Some(clause) = module.package_clause
                && !is_kept(convention, &module.package.dotted())
            {
                found.insert((clause.span().start, module.package.dotted()), (clause.span(), "package"));
            }
            for (kind, is_function) in [("rule", false), ("function", true)] {
                if !is_about(convention, &[kind]) {
                    continue;
                }
                for root in view.rules.iter().filter(|root| root.is_function == is_function && (cx.is_regal() || !root.is_chained)) {
                    let Some(name) = view.ref_string(view.in_slot(root.head, Slot::Name), false) else { continue };
                    if let Some(place) = view.place(root.head).filter(|_| !is_kept(convention, &name)) {
                        found.insert((place.start, name), (place, kind));
                    }
                }
            }
            if is_about(convention, &["var", "variable"]) {
                if cx.is_regal() {
                    for var in (0..view.rules.len()).flat_map(|rule| view.vars(rule)) {
                        let name = view.name(var.name);
                        if let Some(place) = view.place(var.id).filter(|_| !is_kept(convention, name)) {
                            found.insert((place.start, name.to_owned()), (place, "variable"));
                        }
                    }
                } else {
                    for binding in cx.shared_scopes().bindings.iter().filter(|binding| !is_kept(convention, binding.name)) {
                        // what nothing declares may be a rule of another file
                        if binding.kind != crate::model::rego::BindingKind::Implicit {
                            found.insert((binding.span.start, binding.name.to_owned()), (binding.span, "variable"));
                        }
                    }
                }
            }
        }
        for ((_, name), (span, kind)) in found {
            cx.report(span, format!("the {kind} name `{name}` breaks a naming convention"))
                .help("choose a name that the conventions allow");
        }
    }
}
