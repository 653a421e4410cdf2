use crate::lint::rules::prelude::*;

declare_rule! {
    ExpiredSuppression {
        id: "expired-suppression",
        group: "meta",
        summary: "a suppressing comment whose `until` date has passed",
        why: "`until` says how long a finding was accepted. From the day after on, the finding is reported again, and so is the \
              comment, so that it is renewed or removed on purpose. `--as-of` sets the day that dates are compared with.",
        bad: rego("package play\n\n# ztctl: ignore[todo-comment] until=2020-01-31 the owners answer in January\nallow := false\n"),
        good: rego("package play\n\n# ztctl: ignore[todo-comment] until=2999-12-31 tracked elsewhere\n# TODO: ask the owners\nallow := false\n"),
        recommended: true,
        source: "ztctl's own comments",
    }
}

// judged by the engine once all rules have run
impl Rule for ExpiredSuppression {}
