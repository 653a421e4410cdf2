use rustc_hash::FxHashMap;

use crate::lint::rules::edits::Block;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::has_comment;
use crate::model::rego::{RuleDef, RuleKind, string_value};
use crate::syntax::rego::ast::Expr;

declare_rule! {
    RuleAssignsDefault {
        id: "rule-assigns-default",
        group: "bugs",
        summary: "a rule that gives the value of its default",
        why: "The rule changes nothing: without it the default gives the same value.",
        bad: rego("package play\n\ndefault allow := false\n\nallow := false if input.user.guest\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user.admin\n"),
        severity: Severity::Error,
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/rule-assigns-default",
        fix: FixKind::Unsafe,
        fix_safety: "Removes the rule. Where another definition gave a different value at the same time, that was an error and is that value now. Not offered where comments belong to the rule, or an `else`.",
        peers: &["regal bugs/rule-assigns-default"],
    }
}

impl Rule for RuleAssignsDefault {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let mut defaults: FxHashMap<String, Constant> = FxHashMap::default();
        for rule in module.rules.iter().filter(|rule| rule.is_default) {
            if let Some(value) = rule.head.value().and_then(constant) {
                defaults.insert(rule.path.dotted(), value);
            }
        }
        if defaults.is_empty() {
            return;
        }
        for rule in module.rules.iter().filter(|rule| !rule.is_default) {
            let Some(value) = rule.head.value() else { continue };
            if constant(value).is_some_and(|value| defaults.get(&rule.path.dotted()) == Some(&value)) {
                let name = rule.path.dotted();
                let removal = removal(cx, rule);
                let report = cx
                    .report(value.inner().span(), format!("`{name}` gives the value of its default"))
                    .help("remove the rule, or change the value");
                if let Some(removal) = removal {
                    report.fix("remove the rule", Applicability::Unsafe, [(removal, String::new())]);
                }
            }
        }
    }
}

/// Values that can be compared without evaluation.
#[derive(PartialEq)]
enum Constant {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Empty,
}

fn constant(expr: Expr<'_>) -> Option<Constant> {
    match expr.inner() {
        Expr::Scalar(scalar) => {
            let token = scalar.token()?;
            Some(match token.kind() {
                Kind::NullKw => Constant::Null,
                Kind::TrueKw => Constant::Bool(true),
                Kind::FalseKw => Constant::Bool(false),
                Kind::Number => Constant::Number(format!("{}{}", if scalar.is_negative() { "-" } else { "" }, plain(token.text()))),
                _ => Constant::Text(string_value(scalar)?.into_owned()),
            })
        }
        // Regal compares contents, and those of all empty collections are the same
        Expr::Array(array) => array.items().next().is_none().then_some(Constant::Empty),
        Expr::Set(set) => set.items().next().is_none().then_some(Constant::Empty),
        Expr::Object(object) => object.items().next().is_none().then_some(Constant::Empty),
        _ => None,
    }
}

/// `1.0` as `1`.
fn plain(number: &str) -> &str {
    if number.contains(['e', 'E']) || !number.contains('.') { number } else { number.trim_end_matches('0').trim_end_matches('.') }
}

fn removal(cx: &FileCx<'_>, rule: &RuleDef<'_>) -> Option<Span> {
    let block = Block::of(cx, rule.rule.span())?;
    let simple = rule.kind == RuleKind::Complete && rule.rule.elses().next().is_none();
    (simple && !has_comment(cx, block.lines)).then(|| block.removal(cx))
}
