use crate::lint::rules::opa_view;
use crate::lint::rules::prelude::*;
use crate::lint::rules::support::is_hidden_from_regal;
use crate::syntax::rego::ast::Call;

declare_rule! {
    TimeNowNsTwice {
        id: "time-now-ns-twice",
        group: "bugs",
        summary: "two calls of `time.now_ns` in one rule",
        why: "All calls in one evaluation give the same time: nothing is measured by the difference of two.",
        bad: rego("package play\n\ntimed if {\n\tstart := time.now_ns()\n\tinput.user.admin\n\ttime.now_ns() - start < 1000\n}\n"),
        good: rego("package play\n\nin_time if time.now_ns() < input.deadline\n"),
        recommended: true,
        regal: Some(Severity::Error),
        source: "https://www.openpolicyagent.org/projects/regal/rules/bugs/time-now-ns-twice",
        peers: &["regal bugs/time-now-ns-twice"],
    }
}

impl Rule for TimeNowNsTwice {
    fn file<'t>(&self, cx: &mut FileCx<'t>) {
        if memchr::memmem::find(cx.text().as_bytes(), b"now_ns").is_none() {
            return;
        }
        for rule in opa_view::rules(cx.module()) {
            let inside = rule.def.rule.node().descendants().filter(|node| node.kind() == Kind::Call);
            let calls = inside.filter(|node| {
                // a chained body has no part of the head
                let here = rule.span.covers(node.span());
                here && Call::cast(*node).and_then(Call::name).as_deref() == Some("time.now_ns")
                    && !(cx.is_regal() && is_hidden_from_regal(*node))
            });
            let mut calls: Vec<(String, Span)> =
                calls.filter_map(|node| Some((sort_key(cx, node)?, Call::cast(node)?.callee()?.span()))).collect();
            if cx.is_regal() {
                calls.sort();
            }
            for (_, at) in calls.into_iter().skip(1) {
                cx.report(at, "`time.now_ns` gives the same time as before").help("call it once");
            }
        }
    }
}

/// Regal keeps the calls in a set, ordered by arguments and then by their places as texts; the first is not reported.
fn sort_key(cx: &FileCx<'_>, node: Node<'_>) -> Option<String> {
    let callee = Call::cast(node)?.callee()?.span();
    let (start, end) = (cx.file().line_column(callee.start), cx.file().line_column(callee.end));
    Some(format!("{}:{}:{}:{}", start.line, start.column, end.line, end.column))
}
