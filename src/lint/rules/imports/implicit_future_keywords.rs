use crate::lint::rules::prelude::*;
use crate::model::rego::ImportKind;
use crate::syntax::rego::Version;

declare_rule! {
    ImplicitFutureKeywords {
        id: "implicit-future-keywords",
        group: "imports",
        summary: "`import future.keywords` without the name of a keyword",
        why: "The import turns on every future keyword, those of later OPA versions included: a name that the module uses today \
              may be a keyword tomorrow. Since OPA 1.22 it also changes what `not { … }`, `and` and `or` mean. Import what is used, \
              or `rego.v1`.",
        bad: rego_v0("package play\n\nimport future.keywords\n\nallow if \"admin\" in input.roles\n"),
        good: rego_v0("package play\n\nimport future.keywords.if\nimport future.keywords.in\n\nallow if \"admin\" in input.roles\n"),
        recommended: true,
        regal: Some(Severity::Error),
        fix: FixKind::Safe,
        fix_safety: "Imports the keywords that the module uses, and no others; without any use the import goes.",
        source: "https://www.openpolicyagent.org/projects/regal/rules/imports/implicit-future-keywords",
        peers: &["regal imports/implicit-future-keywords"],
    }
}

impl Rule for ImplicitFutureKeywords {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let module = cx.module();
        let found =
            module.imports.iter().enumerate().filter(|(_, import)| {
                import.kind == ImportKind::Future && import.path.len() == 2 && import.path.get(1) == Some("keywords")
            });
        for (at, import) in found {
            let Some((_, span)) = import.path.parts.first() else { continue };
            let edit = edit(cx, at);
            cx.report(*span, "`future.keywords` imports every future keyword")
                .help("import the keywords that the module uses, or `rego.v1`")
                .fix("import the keywords in use", Applicability::Safe, [edit]);
        }
    }
}

/// Replaces the import by those of the keywords in use that no other import brings.
fn edit(cx: &FileCx<'_>, at: usize) -> (Span, String) {
    let module = cx.module();
    let mut missing = used(cx);
    for (other, import) in module.imports.iter().enumerate() {
        match (import.path.first(), import.path.get(1)) {
            // the first of several imports of everything brings all
            (Some("future"), Some("keywords")) if import.path.len() == 2 => missing.retain(|_| other >= at),
            (Some("future"), Some("keywords")) => missing.retain(|keyword| Some(*keyword) != import.path.last()),
            (Some("rego"), Some(_)) => missing.retain(|keyword| !V1.contains(keyword)),
            _ => {}
        }
    }
    let span = module.imports[at].import.span();
    if !missing.is_empty() {
        return (span, missing.iter().map(|keyword| format!("import future.keywords.{keyword}")).collect::<Vec<_>>().join("\n"));
    }
    // the line goes, unless something else stands on it
    let file = cx.file();
    let line = file.line(span.start);
    let whole = file.line_span(line).unwrap_or(span);
    let next = file.line_span(line + 1).map_or(whole.end, |next| next.start);
    let alone = file.slice(whole).trim() == file.slice(span) && next > whole.end;
    if !alone {
        return (span, String::new());
    }
    // and the blank line after it, where one stands before it too
    let blank = |line: Option<usize>| line.and_then(|line| file.line_span(line)).is_some_and(|span| file.slice(span).trim().is_empty());
    let end =
        if blank(line.checked_sub(1)) && blank(Some(line + 1)) { file.line_span(line + 2).map_or(next, |next| next.start) } else { next };
    (Span::new(whole.start, end), String::new())
}

const V1: [&str; 4] = ["contains", "every", "if", "in"];

/// The opt-in keywords that the module uses, sorted.
fn used(cx: &FileCx<'_>) -> Vec<&'static str> {
    let mut found = [false; 7];
    let names = ["and", "contains", "every", "if", "in", "not", "or"];
    for token in cx.parse().tree.tokens() {
        let at = match token.kind() {
            Kind::AndKw => 0,
            Kind::ContainsKw => 1,
            Kind::EveryKw => 2,
            Kind::IfKw => 3,
            Kind::OrKw => 6,
            _ => continue,
        };
        found[at] = true;
    }
    for node in cx.parse().tree.root().descendants() {
        match node.kind() {
            // the `in` of `every` comes with it
            Kind::SomeIn | Kind::Membership => found[4] = true,
            // `not { … }` is opt-in, `not x` is not
            Kind::Literal if node.token(Kind::NotKw).is_some() && node.child(Kind::Body).is_some() => found[5] = true,
            _ => {}
        }
    }
    let v1 = cx.parse().version == Version::V1;
    names.into_iter().zip(found).filter(|(name, found)| *found && !(v1 && V1.contains(name))).map(|(name, _)| name).collect()
}
