use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;

declare_rule! {
    RuleLength {
        id: "rule-length",
        group: "style",
        summary: "a rule that is too long",
        why: "A rule of many lines decides many things. Name the steps as rules of their own; they can then be tested one by one.",
        bad: rego_with(
            &[("max-rule-length", OptionValue::Integer(5))],
            "package play\n\nallow if {\n\tinput.user.admin\n\tinput.user.team == \"payments\"\n\tinput.request.path == \"/transfers\"\n\tinput.request.amount < 100\n}\n",
        ),
        good: rego("package play\n\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        options: &[
            OptionMeta {
                name: "max-rule-length",
                kind: OptionKind::Integer { min: 1, max: i64::MAX },
                default: OptionValue::Integer(30),
                doc: "The most lines that a rule may have.",
            },
            OptionMeta {
                name: "max-test-rule-length",
                kind: OptionKind::Integer { min: 1, max: i64::MAX },
                default: OptionValue::Integer(60),
                doc: "The most lines that a test may have.",
            },
            OptionMeta {
                name: "count-comments",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(false),
                doc: "Count lines that hold a comment and nothing else.",
            },
            OptionMeta {
                name: "except-empty-body",
                kind: OptionKind::Bool,
                default: OptionValue::Bool(true),
                doc: "Leave out rules without a body, which are often tables.",
            },
        ],
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/rule-length",
        peers: &["regal style/rule-length"],
    }
}

impl Rule for RuleLength {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let text = cx.text();
        for rule in opa_view::rules(cx.module()) {
            if rule.def.is_default || (rule.body.is_none() && cx.flag("except-empty-body")) {
                continue;
            }
            let option = if rule.def.name.starts_with("test_") { "max-test-rule-length" } else { "max-rule-length" };
            let most = usize::try_from(cx.integer(option)).unwrap_or(usize::MAX);
            let body = &text[rule.span.range()];
            let all = memchr::memchr_iter(b'\n', body.as_bytes()).count() + 1;
            if all <= most {
                continue;
            }
            let comments = || body.split('\n').filter(|line| line.trim_start().starts_with('#')).count();
            let lines = if cx.flag("count-comments") { all } else { all - comments() };
            if lines > most {
                cx.report(rule.head, format!("`{}` has {lines} lines, more than {most}", rule.def.path.dotted()))
                    .help("name steps of it as rules of their own");
            }
        }
    }
}
