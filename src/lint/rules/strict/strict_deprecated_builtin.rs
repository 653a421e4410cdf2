use crate::lint::rules::prelude::*;
use crate::model::rego::is_deprecated;
use crate::syntax::rego::ast::Call;

declare_rule! {
    StrictDeprecatedBuiltin {
        id: "strict-deprecated-builtin",
        group: "strict",
        summary: "a call of a deprecated built-in function in a v0 module",
        why: "`opa check --strict` refuses it, and so does OPA 1.0 once the module is v1. In modules that follow v1's rules it is a \
              compile error with or without `--strict`. Silent where `deprecated-builtin` says the same.",
        bad: rego_v0("package play\n\nallow {\n\tany([input.user.admin, input.user.owner])\n}\n"),
        good: rego_v0("package play\n\nallow {\n\tinput.user.admin\n}\n"),
        severity: Severity::Error,
        source: "https://www.openpolicyagent.org/docs/policy-language#strict-mode",
        peers: &["opa check --strict"],
    }
}

impl Rule for StrictDeprecatedBuiltin {
    fn kinds(&self) -> &'static [Kind] {
        &[Kind::Call]
    }

    fn node<'t>(&self, node: Node<'t>, cx: &mut FileCx<'t>) {
        if cx.is_v1() || cx.is_on("deprecated-builtin") {
            return;
        }
        let Some(call) = Call::cast(node) else { return };
        let (Some(callee), Some(name)) = (call.callee(), call.name()) else { return };
        // a function of the module may have the name
        let first = name.split('.').next().unwrap_or_default();
        if is_deprecated(&name) && cx.module().rule_named(first).is_none() && cx.module().import_named(first).is_none() {
            cx.report(callee.span(), format!("`{name}` is deprecated, which strict checks refuse"));
        }
    }
}
