use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::model::rego::value::Value;
use crate::model::rego::{Root, string_value};
use crate::syntax::rego::ast::{Call, Expr, Literal, Scalar};

declare_rule! {
    SuperfluousObjectGet {
        id: "superfluous-object-get",
        group: "idiomatic",
        summary: "a default that makes no difference",
        why: "A comparison of `object.get` with a constant that is not its default fails where the key is missing; so does a comparison of the reference itself, which is undefined then.",
        bad: rego("package play\n\nallow if object.get(input, [\"user\", \"role\"], \"none\") == \"admin\"\n"),
        good: rego("package play\n\nallow if input.user.role == \"admin\"\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Writes the reference in the place of the call. Unsafe where the object is no part of `input`, since the checks of types know more of references than of calls.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/idiomatic/superfluous-object-get",
        peers: &["regal idiomatic/superfluous-object-get"],
    }
}

impl Rule for SuperfluousObjectGet {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Literal]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(expr) = Literal::cast(node).and_then(Literal::expr).map(Expr::inner) else { return };
        if !matches!(expr, Expr::Infix(_) | Expr::Call(_)) {
            return;
        }
        let Some(operation) = opa_view::binary(expr).filter(|operation| operation.name == "equal") else { return };
        if operation.has_output && !cx.is_regal() {
            return;
        }
        for (side, other) in [(operation.left, operation.right), (operation.right, operation.left)] {
            if let Expr::Call(call) = side
                && opa_view::calls_builtin(cx, call, &["object", "get"])
            {
                check(cx, call, other);
            }
        }
    }
}

fn check<'t>(cx: &mut FileCx<'t>, call: Call<'t>, other: Expr<'t>) {
    let mut args = call.args().map(Expr::inner);
    let (Some(object), Some(key), Some(default)) = (args.next(), args.next(), args.next()) else { return };
    let wanted = opa_view::constant_value(other);
    if cx.is_regal() {
        if is_hidden_from_regal(call.node()) || matches!(default, Expr::Var(_) | Expr::Ref(_)) || is_same_to_regal(default, other) {
            return;
        }
    } else {
        let differ = wanted.as_ref().zip(opa_view::constant_value(default)).is_some_and(|(wanted, default)| *wanted != default);
        if !differ {
            return;
        }
    }
    let fix = wanted.filter(|_| args.next().is_none()).and_then(|wanted| reference(cx, object, key, default, &wanted));
    let report = cx.report(call.span(), "the default of `object.get` makes no difference to the comparison").help("compare the reference");
    if let Some((text, applicability)) = fix {
        report.fix("compare the reference", applicability, [(call.span(), text)]);
    }
}

/// Collections are the same to Regal if both are empty: it compares where their elements are written, too.
fn is_same_to_regal(default: Expr<'_>, other: Expr<'_>) -> bool {
    match (opa_view::constant_value(default), opa_view::constant_value(other)) {
        (Some(default), Some(other)) => {
            let is_scalar = !matches!(default, Value::Array(_) | Value::Object(_) | Value::Set(_));
            default == other && (is_scalar || default.is_empty_collection())
        }
        _ => false,
    }
}

/// The reference that a call looks up.
fn reference<'t>(cx: &FileCx<'t>, object: Expr<'t>, key: Expr<'t>, default: Expr<'t>, wanted: &Value) -> Option<(String, Applicability)> {
    let keys: Vec<Scalar<'_>> = match key {
        Expr::Scalar(key) => vec![key],
        Expr::Array(path) => path
            .items()
            .map(|item| match item.inner() {
                Expr::Scalar(key) => Some(key),
                _ => None,
            })
            .collect::<Option<_>>()?,
        _ => return None,
    };
    let last = string_value(*keys.last()?)?;
    let differ = opa_view::constant_value(default).is_some_and(|default| default != *wanted);
    // in a set a member is found by itself
    let may_be_member = wanted.as_str() == Some(&*last);
    let span = Span::new(object.span().start, key.span().end);
    if !differ || may_be_member || !matches!(object, Expr::Var(_) | Expr::Ref(_)) || has_comment(cx, span) {
        return None;
    }
    let mut text = object.text().to_owned();
    for key in keys {
        let name = string_value(key)?;
        if is_plain_name(&name) {
            text.push('.');
            text.push_str(&name);
        } else {
            text.push('[');
            text.push_str(key.text());
            text.push(']');
        }
    }
    let of_input = cx.module().resolve(cx.scopes(), object).is_some_and(|resolved| resolved.root == Root::Input);
    let typed = cx.parse().metadata.iter().any(|block| block.yaml.contains("schemas"));
    Some((text, if of_input && !typed { Applicability::Safe } else { Applicability::Unsafe }))
}

fn is_plain_name(name: &str) -> bool {
    const KEYWORDS: [&str; 14] =
        ["as", "default", "else", "false", "import", "package", "not", "null", "true", "with", "some", "in", "every", "if"];
    let identifier =
        name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && !name.bytes().next().is_none_or(|b| b.is_ascii_digit());
    identifier && !KEYWORDS.contains(&name) && name != "contains"
}
