use crate::format::{Target, format};
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::{import_removal, rewritten};
use crate::model::rego::{ImportKind, Module, RuleDef, RuleKind};
use crate::syntax::rego::{Version, parse_syntax};

declare_rule! {
    RegoV0Syntax {
        id: "rego-v0-syntax",
        group: "authz",
        summary: "a module in the syntax of Rego v0",
        why: "OPA 1.0 and later refuse rule bodies without `if` and sets without `contains`: a bundle with one such module does not \
              load, and a decision point that starts without its policy denies everyone or, where its callers fail open, nobody. \
              Imports of `future.keywords` are what v0 needed; `import rego.v1` says the same for all versions.\n\n\
              A module is reported once, at its first construct of v0. In a ConstraintTemplate v0 is what Gatekeeper reads unless \
              `source.version` says otherwise, so there the finding is an info.",
        bad: rego_v0("package play\n\nallow {\n\tinput.user == \"alice\"\n}\n"),
        good: rego("package play\n\nallow if {\n\tinput.user == \"alice\"\n}\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Migrates the module as `ztctl fmt --migrate both` does, or puts `import rego.v1` in the place of the imports of \
                     keywords: the result means the same in v0 and in v1. Not offered where the migration is refused, and not in \
                     ConstraintTemplates.",
        source: "https://www.openpolicyagent.org/docs/v0-upgrade",
        peers: &["regal imports/use-rego-v1", "opa check"],
    }
}

impl Rule for RegoV0Syntax {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let parse = cx.parse();
        if parse.rego_v1_import {
            return;
        }
        let module = cx.module();
        if parse.version == Version::V1 {
            keyword_imports(cx);
            return;
        }
        let found = first_rule(module).or_else(|| first_keyword_import(module).map(|span| (span, "an import of keywords"))).or_else(|| {
            // names that v1 keeps for itself, and the like
            let errors = parse_syntax(parse.tree.source().clone(), Version::V1).errors;
            errors.first().map(|error| (error.span, "a construct that v1 refuses"))
        });
        let Some((span, what)) = found else { return };
        if cx.stays_v0() {
            cx.report_as(Severity::Info, span, format!("the template is written in Rego v0: {what}"))
                .help("write it in v1, under `code[].source` with `version: v1`, once all clusters run Gatekeeper 3.19 or later");
            return;
        }
        let migrated = format(parse, Target::Both).ok().and_then(|text| rewritten(parse.tree.text(), &text));
        let whole = Span::new(0, parse.tree.text().len() as u32);
        let report = cx
            .report(span, format!("the module is written in Rego v0: {what}"))
            .help("migrate with `ztctl fmt --migrate both`: OPA 1.0 refuses the module as it is");
        if let Some(text) = migrated {
            report.fix("migrate the module", Applicability::Safe, [(whole, text)]);
        }
    }
}

/// A module that v1 reads, with imports that only v0 needed: `import rego.v1` takes their place.
fn keyword_imports(cx: &mut FileCx<'_>) {
    let module = cx.module();
    let mut imports = module.imports.iter().filter(|import| import.kind == ImportKind::Future).map(|import| import.import.span());
    let Some(first) = imports.next() else { return };
    let others: Vec<Span> = imports.collect();
    // `future.keywords.not` brings what `rego.v1` does not
    let known = module.imports.iter().filter(|import| import.kind == ImportKind::Future).all(|import| {
        let name = import.path.get(2);
        import.alias.is_none() && (import.path.len() == 2 || name.is_some_and(|name| matches!(name, "if" | "in" | "every" | "contains")))
    });
    let edits: Vec<(Span, String)> = std::iter::once((first, "import rego.v1".to_owned()))
        .chain(others.iter().map(|span| (import_line(cx, *span), String::new())))
        .collect();
    if !known {
        return;
    }
    // with `rego.v1`, v0 refuses what v1 does: the built-in functions that are deprecated
    let calls = cx.parse().tree.root().descendants().filter_map(crate::syntax::rego::ast::Call::cast);
    let is_clean = !calls.filter_map(|call| call.name()).any(|name| crate::model::rego::is_deprecated(&name));
    let report = cx
        .report(first, "`future.keywords` is what Rego v0 needed")
        .help("import `rego.v1` instead, or nothing where OPA 1.0 or later reads the module");
    if is_clean {
        report.fix("import `rego.v1`", Applicability::Safe, edits);
    }
}

/// The import's line with its break; the import alone where something else is on the line.
fn import_line(cx: &FileCx<'_>, span: Span) -> Span {
    let file = cx.file();
    let line = file.line(span.start);
    let whole = file.line_span(line).unwrap_or(span);
    match file.line_span(line + 1) {
        Some(next) if file.slice(whole).trim() == file.slice(span) => Span::new(whole.start, next.start),
        _ => import_removal(cx, span),
    }
}

fn first_keyword_import(module: &Module<'_>) -> Option<Span> {
    module.imports.iter().find(|import| import.kind == ImportKind::Future).map(|import| import.import.span())
}

/// The first rule that v1 refuses for want of a keyword, and what it is.
fn first_rule(module: &Module<'_>) -> Option<(Span, &'static str)> {
    module.rules.iter().find_map(|rule| lacks_keyword(rule).map(|what| (rule.head.span(), what)))
}

fn lacks_keyword(rule: &RuleDef<'_>) -> Option<&'static str> {
    if rule.kind == RuleKind::PartialSet && rule.head.contains_token().is_none() {
        return Some("a set without `contains`");
    }
    let body = rule.rule.bodies().next().is_some() && rule.rule.if_token().is_none();
    let branch = rule.rule.elses().any(|branch| branch.body().is_some() && branch.if_token().is_none());
    (body || branch).then_some("a body without `if`")
}
