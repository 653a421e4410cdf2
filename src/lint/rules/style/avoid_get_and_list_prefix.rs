use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    AvoidGetAndListPrefix {
        id: "avoid-get-and-list-prefix",
        group: "style",
        summary: "a rule or function whose name starts with `get_` or `list_`",
        why: "A rule is a value, and a function stands for its result: `get_` says nothing that the call does not say. Name what it is.",
        bad: rego("package play\n\nget_first_name(user) := split(user.name, \" \")[0]\n"),
        good: rego("package play\n\nfirst_name(user) := split(user.name, \" \")[0]\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/avoid-get-and-list-prefix",
        peers: &["regal style/avoid-get-and-list-prefix"],
    }
}

impl Rule for AvoidGetAndListPrefix {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let mut last = "";
        for rule in opa_view::rules(cx.module()) {
            let name = rule.def.name;
            let Some(prefix) = ["get_", "list_"].into_iter().find(|prefix| name.starts_with(prefix)) else { continue };
            // one definition stands for those that follow it
            if cx.is_regal() || name != last {
                let shorter = name.trim_start_matches(prefix);
                cx.report(rule.head, format!("`{name}` starts with `{prefix}`")).help(format!("call it `{shorter}`"));
            }
            last = name;
        }
    }
}
