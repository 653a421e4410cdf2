use crate::lint::rules::names;
use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    RuleNameRepeatsPackage {
        id: "rule-name-repeats-package",
        group: "style",
        summary: "a rule whose name starts with the package's",
        why: "The rule is referred to by the whole path: `data.authz.authz_allow` says the same thing twice.",
        bad: rego("package play.authz\n\nauthz_allow if input.user.admin\n"),
        good: rego("package play.authz\n\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/rule-name-repeats-package",
        peers: &["regal style/rule-name-repeats-package"],
    }
}

impl Rule for RuleNameRepeatsPackage {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let prefixes = prefixes(module.package.parts.iter().map(|(name, _)| name.as_ref()).collect());
        for rule in opa_view::rules(module) {
            let name = names::static_name(rule.def);
            let repeats = |prefix: &&String| {
                // what goes on with a letter is another word
                name.strip_prefix(prefix.as_str()).is_some_and(|rest| {
                    cx.is_regal() || (!prefix.is_empty() && rest.chars().next().is_none_or(|c| !c.is_lowercase() && !c.is_ascii_digit()))
                })
            };
            let Some(prefix) = prefixes.iter().find(repeats) else { continue };
            // OPA leaves the name of a head with `()` where it is
            let moved = rule.is_chained && rule.def.head.args().is_none_or(|args| args.exprs().next().is_some());
            let at = if moved { rule.head } else { first_name(&rule) };
            cx.report(at, format!("`{name}` repeats `{prefix}`, the name of its package")).help("drop it from the rule's name");
        }
    }
}

fn first_name(rule: &opa_view::OpaRule<'_, '_>) -> Span {
    let start = rule.def.head.span().start;
    Span::new(start, start + rule.def.name.len() as u32)
}

/// The ends of the package's path, written `a_b` and `aB`.
fn prefixes(package: Vec<&str>) -> Vec<String> {
    let mut prefixes = Vec::new();
    for start in (0..package.len()).rev() {
        let part = &package[start..];
        prefixes.push(part.join("_"));
        if let [first, rest @ ..] = part
            && !rest.is_empty()
        {
            let mut camel = (*first).to_owned();
            for word in rest {
                let upper = word.as_bytes().first().is_some_and(u8::is_ascii_lowercase);
                let mut chars = word.chars();
                if let (true, Some(first)) = (upper, chars.next()) {
                    camel.push(first.to_ascii_uppercase());
                    camel.push_str(chars.as_str());
                } else {
                    camel.push_str(word);
                }
            }
            prefixes.push(camel);
        }
    }
    prefixes
}
