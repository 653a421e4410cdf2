use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Call, Expr};

declare_rule! {
    NonRawRegexPattern {
        id: "non-raw-regex-pattern",
        group: "idiomatic",
        summary: "a regular expression in double quotes",
        why: "In double quotes each backslash has to be written twice. Between backquotes the pattern stands as it is.",
        bad: rego("package play\n\nallow if regex.match(\"[\\\\d]+\", input.id)\n"),
        good: rego("package play\n\nallow if regex.match(`[\\d]+`, input.id)\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes the same pattern between backquotes. Not offered where it holds a backquote or a control character.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/non-raw-regex-pattern",
        peers: &["regal idiomatic/non-raw-regex-pattern"],
    }
}

impl Rule for NonRawRegexPattern {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn repeats_in_chains(&self) -> bool {
        // it looks for the quote where the pattern is said to stand
        false
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        let Some(name) = call.name() else { return };
        let positions: &[usize] = match name.strip_prefix("regex.") {
            Some("find_all_string_submatch_n" | "find_n" | "is_valid" | "match" | "split" | "template_match") => &[0],
            Some("globs_match") => &[0, 1],
            Some("replace") => &[1],
            _ => return,
        };
        if cx.is_regal() && is_hidden_from_regal(node) {
            return;
        }
        for position in positions {
            let Some(Expr::Scalar(pattern)) = call.args().nth(*position).map(Expr::inner) else { continue };
            if pattern.token().is_none_or(|token| token.kind() != Kind::String) {
                continue;
            }
            let raw = string_value(pattern).filter(|value| !value.chars().any(|c| c == '`' || c.is_control()));
            let report = cx.report(pattern.span(), "the pattern is no raw string").help("write it between backquotes");
            if let Some(value) = raw {
                report.fix("use a raw string", Applicability::Safe, [(pattern.span(), format!("`{value}`"))]);
            }
        }
    }
}
