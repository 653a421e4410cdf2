use crate::lint::rules::prelude::*;

declare_rule! {
    SyntaxError {
        id: "syntax-error",
        group: "syntax",
        summary: "text that cannot be read",
        why: "A module that does not parse is not loaded: OPA refuses the whole bundle that holds it. The other files are still \
              judged; the broken one is judged again once it parses. A text whose version nothing tells is read as v1, and as v0 \
              where that has fewer errors.\n\n\
              Manifests and configurations are held to their formats in the same way: of a stream of YAML documents only the broken \
              one is lost, and nothing is said to be absent from it.",
        bad: rego("package play\n\nallow if {\n\tinput.user ==\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-reference#grammar",
        peers: &["opa check"],
    }
}

impl Rule for SyntaxError {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let parse = cx.parse();
        for error in &parse.errors {
            let report = cx.report(error.span, error.message.clone());
            if let Some(help) = &error.help {
                report.help(help.clone());
            }
        }
    }
}
