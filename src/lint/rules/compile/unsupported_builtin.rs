use crate::lint::rules::prelude::*;
use crate::model::rego::Name;
use crate::syntax::rego::ast::{Call, Expr};
use crate::syntax::rego::{is_known, since};

declare_rule! {
    UnsupportedBuiltin {
        id: "unsupported-builtin",
        group: "compile",
        summary: "a call of a built-in function that the target engine does not have",
        why: "The engine refuses the module. The target is what `capabilities` in the config or `--capabilities` says: without either \
              it is the newest OPA, and functions that no OPA has are undefined functions. The examples are judged for `opa@0.60`.",
        bad: rego_v0("package play\n\nroles := strings.count(input.text, \"role\")\n"),
        good: rego_v0("package play\n\nroles := count(indexof_n(input.text, \"role\"))\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/deployments#capabilities",
        peers: &["opa check --capabilities"],
    }
}

impl Rule for UnsupportedBuiltin {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        let Some(target) = cx.capabilities() else { return };
        let Some(call) = Call::cast(node) else { return };
        let (Some(callee), Some(name)) = (call.callee(), call.name()) else { return };
        if target.builtins.contains(&name) || !is_known(&name) {
            return;
        }
        let first = match callee {
            Expr::Ref(reference) => reference.operand(),
            other => Some(other),
        };
        // a function of the module or of an import may have the name
        if !first.is_some_and(|first| matches!(cx.scopes().name(first.node()), Some(Name::Builtin | Name::Unknown))) {
            return;
        }
        let help = match since(&name) {
            Some(version) => format!("OPA has it since {version}"),
            None => "write it without this function".to_owned(),
        };
        cx.report(callee.span(), format!("`{name}` is not in {}", target.engine())).help(help);
    }
}
