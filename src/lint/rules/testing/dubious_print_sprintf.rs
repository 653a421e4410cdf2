use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{has_comment, is_hidden_from_regal};
use crate::model::rego::string_value;
use crate::syntax::rego::ast::{Call, Expr};

declare_rule! {
    DubiousPrintSprintf {
        id: "dubious-print-sprintf",
        group: "testing",
        summary: "`sprintf` inside of `print`",
        why: "`print` writes `<undefined>` for what is undefined. With `sprintf` in between, one undefined value and nothing is printed at all.",
        bad: rego("package play\n\nallow if {\n\tprint(sprintf(\"user: %v\", [input.user]))\n\tinput.user.admin\n}\n"),
        good: rego("package play\n\nallow if {\n\tprint(\"user:\", input.user)\n\tinput.user.admin\n}\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/testing/dubious-print-sprintf",
        fix: FixKind::Unsafe,
        fix_safety: "Gives the parts of the format and the values to `print`, which puts a blank between them: what is printed looks different. Offered for `%v`, `%s` and `%d` in a constant format.",
        peers: &["regal testing/dubious-print-sprintf"],
    }
}

impl Rule for DubiousPrintSprintf {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(call) = Call::cast(node) else { return };
        if !call.callee().is_some_and(|callee| is_named(callee, "print")) {
            return;
        }
        if let Some(Expr::Call(inner)) = call.args().next().map(Expr::inner)
            && let Some(callee) = inner.callee().filter(|callee| is_named(*callee, "sprintf"))
            && !(cx.is_regal() && is_hidden_from_regal(node))
        {
            let edit = values(inner).filter(|_| !has_comment(cx, inner.span()));
            let report = cx
                .report(callee.span(), "`print` of `sprintf` prints nothing where a value is undefined")
                .help("give the values to `print`");
            if let Some(text) = edit {
                report.fix("give the values to `print`", Applicability::Unsafe, [(inner.span(), text)]);
            }
        }
    }
}

fn is_named(callee: Expr<'_>, name: &str) -> bool {
    matches!(callee, Expr::Var(var) if var.name() == name)
}

/// `sprintf("a: %v, b", [x])` → `"a:", x, ", b"`.
fn values(call: Call<'_>) -> Option<String> {
    let args: Vec<Expr<'_>> = call.args().map(Expr::inner).collect();
    let [Expr::Scalar(format), Expr::Array(array)] = args[..] else { return None };
    let format = string_value(format)?;
    let mut values = array.items();
    let mut out: Vec<String> = Vec::new();
    let mut pieces = format.split('%');
    let mut text = pieces.next()?.to_owned();
    for piece in pieces {
        let rest = piece.strip_prefix(['v', 's', 'd'])?;
        push_text(&mut out, &text)?;
        out.push(values.next()?.text().to_owned());
        text = rest.to_owned();
    }
    push_text(&mut out, &text)?;
    (values.next().is_none() && !out.is_empty()).then(|| out.join(", "))
}

/// Adds a part of the format, without the blanks that `print` puts there.
fn push_text(out: &mut Vec<String>, text: &str) -> Option<()> {
    let trimmed = text.trim();
    if !trimmed.is_empty() {
        out.push(serde_json::to_string(trimmed).ok()?);
    }
    Some(())
}
