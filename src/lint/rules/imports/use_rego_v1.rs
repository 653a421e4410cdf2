use crate::format::{Target, format};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{reason, rewritten};
use crate::syntax::rego::Version;

declare_rule! {
    UseRegoV1 {
        id: "use-rego-v1",
        group: "imports",
        summary: "a module of v0 that does not import `rego.v1`",
        why: "OPA 1.0 and later read modules as v1 and refuse this one. With `import rego.v1` both old and new versions read it, by \
              v1's rules.",
        bad: rego_v0("package play\n\nallow {\n\tinput.user == \"alice\"\n}\n"),
        good: rego_v0("package play\n\nimport rego.v1\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Migrates the module as `ztctl fmt --migrate both` does: the result means the same in v0 and in v1. Not offered \
                     where the migration is refused.",
        source: "https://www.openpolicyagent.org/docs/v0-upgrade",
        peers: &["regal imports/use-rego-v1", "opa fmt --v0-v1"],
    }
}

impl Rule for UseRegoV1 {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let parse = cx.parse();
        if parse.version != Version::V0 || parse.rego_v1_import || cx.stays_v0() {
            return;
        }
        let Some(package) = cx.module().package_clause else { return };
        let keyword = package.node().first_token().map_or(package.span(), |token| token.span());
        let migrated = format(parse, Target::Both);
        let report = cx
            .report(keyword, "the module does not import `rego.v1`")
            .help("migrate with `ztctl fmt --migrate both`: OPA 1.0 refuses the module as it is");
        match migrated.map(|text| rewritten(parse.tree.text(), &text)) {
            Ok(Some(text)) => {
                let whole = Span::new(0, parse.tree.text().len() as u32);
                report.fix("migrate the module", Applicability::Safe, [(whole, text)]);
            }
            Ok(None) => {}
            Err(refusal) => _ = report.help(format!("migrate by hand: {}", reason(&refusal))),
        }
    }
}
