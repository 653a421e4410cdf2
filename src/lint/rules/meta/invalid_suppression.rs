use crate::lint::rules::prelude::*;

declare_rule! {
    InvalidSuppression {
        id: "invalid-suppression",
        group: "meta",
        summary: "a suppressing comment that ztctl cannot follow",
        why: "A misspelt rule, a date that is none, or `ignore-file` below the package clause silences nothing, though its author \
              thinks otherwise. With `[suppress] require-reason` or `max-days` in the configuration, a comment that lacks the \
              reason or lasts too long counts as invalid too, and silences nothing.",
        bad: rego("package play\n\n# ztctl: ignore[todo-coment] tracked elsewhere\nallow := false\n"),
        good: rego("package play\n\n# ztctl: ignore[todo-comment] tracked elsewhere\n# TODO: ask the owners\nallow := false\n"),
        recommended: true,
        source: "ztctl's own comments",
    }
}

// judged by the engine once all rules have run
impl Rule for InvalidSuppression {}
