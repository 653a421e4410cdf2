use crate::lint::rules::prelude::*;

declare_rule! {
    TodoComment {
        id: "todo-comment",
        group: "style",
        summary: "a comment that opens with TODO or FIXME",
        why: "Work that is noted only in a comment is work that nobody plans. In a policy it often marks a check that is missing. \
              Do it, or move the note to where the team tracks its work.",
        bad: rego("package play\n\n# TODO: check the audience too\nallow if input.user.admin\n"),
        good: rego("package play\n\n# The gateway has checked the audience.\nallow if input.user.admin\n"),
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/style/todo-comment",
        peers: &["regal style/todo-comment"],
    }
}

impl Rule for TodoComment {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        let spans: Vec<(Span, &str)> = cx.comments().iter().filter_map(|comment| Some((comment.span(), marker(comment.text())?))).collect();
        for (span, marker) in spans {
            cx.report(span, format!("`{marker}` is left in a comment")).help("do it, or track it where work is planned");
        }
    }
}

/// The marker that a comment opens with, as written.
fn marker(comment: &str) -> Option<&str> {
    let text = comment.strip_prefix('#')?.trim_start_matches([' ', '\t', '\x0c', '\r']);
    ["todo", "fixme"].iter().find_map(|marker| text.get(..marker.len()).filter(|start| start.eq_ignore_ascii_case(marker)))
}
