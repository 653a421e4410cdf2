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
        severity: Severity::Error,
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
        for rule in &cx.module().rules {
            // a chained body is a rule of its own
            let starts: Vec<u32> = rule.rule.bodies().skip(1).map(|body| body.span().start).collect();
            let mut parts: Vec<Vec<(String, Span)>> = vec![Vec::new(); starts.len() + 1];
            for node in rule.rule.node().descendants().filter(|node| node.kind() == Kind::Call) {
                let Some(call) = Call::cast(node) else { continue };
                let Some(at) = call.callee().map(|callee| callee.span()) else { continue };
                if call.name().as_deref() == Some("time.now_ns") && !(cx.is_regal() && is_hidden_from_regal(node)) {
                    parts[starts.partition_point(|start| *start <= at.start)].push((sort_key(cx, at), at));
                }
            }
            for mut calls in parts {
                if cx.is_regal() {
                    calls.sort();
                }
                for (_, at) in calls.into_iter().skip(1) {
                    cx.report(at, "`time.now_ns` gives the same time as before").help("call it once");
                }
            }
        }
    }
}

/// Regal keeps the calls in a set, ordered by arguments and then by their places as texts; the first is not reported.
fn sort_key(cx: &FileCx<'_>, callee: Span) -> String {
    let (start, end) = (cx.file().line_column(callee.start), cx.file().line_column(callee.end));
    format!("{}:{}:{}:{}", start.line, start.column, end.line, end.column)
}
