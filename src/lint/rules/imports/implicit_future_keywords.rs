use crate::lint::rules::prelude::*;
use crate::lint::rules::support::import_removal;
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
        let mut first = true;
        for import in &module.imports {
            let all = import.kind == ImportKind::Future && import.path.len() == 2 && import.path.get(1) == Some("keywords");
            let Some((_, span)) = import.path.parts.first().filter(|_| all) else { continue };
            // the first of several brings everything
            let missing = if first { missing(cx) } else { Vec::new() };
            first = false;
            let at = import.import.span();
            let edit = if missing.is_empty() {
                (import_removal(cx, at), String::new())
            } else {
                (at, missing.iter().map(|keyword| format!("import future.keywords.{keyword}")).collect::<Vec<_>>().join("\n"))
            };
            cx.report(*span, "`future.keywords` imports every future keyword")
                .help("import the keywords that the module uses, or `rego.v1`")
                .fix("import the keywords in use", Applicability::Safe, [edit]);
        }
    }
}

/// The keywords in use that no other import brings.
fn missing(cx: &FileCx<'_>) -> Vec<&'static str> {
    let mut missing = used(cx);
    for import in &cx.module().imports {
        match (import.path.first(), import.path.get(1)) {
            (Some("future"), Some("keywords")) if import.path.len() > 2 => {
                missing.retain(|keyword| Some(*keyword) != import.path.last());
            }
            (Some("rego"), Some(_)) => missing.retain(|keyword| !V1.contains(keyword)),
            _ => {}
        }
    }
    missing
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
