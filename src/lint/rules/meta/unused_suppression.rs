use crate::lint::rules::prelude::*;

declare_rule! {
    UnusedSuppression {
        id: "unused-suppression",
        group: "meta",
        summary: "a suppressing comment that silences nothing",
        why: "A suppression outlives what it was written for. Left in place it hides the next finding at that line, which nobody \
              decided to accept. Only names of rules that ran are judged: a rule that is off cannot tell.",
        bad: rego("package play\n\n# ztctl: ignore[todo-comment] until we know more\nallow := false\n"),
        good: rego("package play\n\n# ztctl: ignore[todo-comment] tracked elsewhere\n# TODO: ask the owners\nallow := false\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes a comment, or names in it, that have no effect.",
        source: "ztctl's own comments",
    }
}

// judged by the engine once all rules have run
impl Rule for UnusedSuppression {}
