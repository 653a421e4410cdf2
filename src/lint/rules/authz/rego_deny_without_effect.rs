use crate::lint::context::WorkspaceCx;
use crate::lint::graph::{Graph, RuleId};
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::{OtherTexts, configured_queries};
use crate::model::rego::{FactKinds, RuleKind};
use crate::text::Location;

declare_rule! {
    RegoDenyWithoutEffect {
        id: "rego-deny-without-effect",
        group: "authz",
        summary: "a `deny` that no decision heeds",
        why: "A caller that asks for `allow` gets what `allow` says. A rule `deny` beside it changes nothing unless `allow` depends on \
              it, or someone asks for it too: the request that it was written for is allowed.\n\n\
              Reported where the package's `allow` does not reach `deny` and nothing in the workspace (policies, tests, fixtures, \
              METADATA entrypoints, configurations of OPA and Envoy) asks for `deny` or for the package as a whole. A set `deny`, as \
              conftest and Gatekeeper ask for it, is reported only where a configuration asks for the package's `allow`.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if input.user == \"alice\"\n\ndeny if input.risk > 80\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if {\n\tinput.user == \"alice\"\n\tnot deny\n}\n\ndeny if input.risk > 80\n"),
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-language#rules",
    }
}

impl Rule for RegoDenyWithoutEffect {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let mut known = None;
        for (package, modules) in workspace.packages() {
            let (allow, deny) = (format!("{package}.allow"), format!("{package}.deny"));
            let mut has_allow = false;
            let mut denials: Vec<(Location, RuleKind)> = Vec::new();
            let mut open = false;
            for facts in modules {
                open |= facts.is_test() || facts.policy.is_entrypoint;
                open |= cx.sources().get(facts.source).embedded.as_ref().is_some_and(|holder| holder.kind == "constraint-template");
                for (rule, policy) in facts.rules.iter().zip(&facts.policy.rules) {
                    has_allow |= rule.path == allow && rule.kind == RuleKind::Complete && rule.is_boolean;
                    if rule.path == deny && !rule.is_default && rule.kind != RuleKind::Function {
                        open |= policy.is_entrypoint;
                        denials.push((Location { source: facts.source, span: rule.span }, rule.kind));
                    }
                }
            }
            let Some((at, kind)) = denials.first().copied().filter(|_| has_allow && !open) else { continue };
            let graph = cx.graph();
            if is_asked_for(graph, &deny) {
                continue;
            }
            let (queries, others) = known.get_or_insert_with(|| (configured_queries(cx), OtherTexts::new(cx)));
            let asks = |path: &str| queries.iter().any(|query| query == path);
            // a query for the package gives both
            if asks(&deny) || asks(package) || mentions(others, package, "deny") {
                continue;
            }
            if kind != RuleKind::Complete && !asks(&allow) {
                continue;
            }
            if let Some(report) = cx.report(at, "`deny` changes nothing: `allow` does not depend on it, and nothing asks for it") {
                report.help("state `not deny` in `allow`, or ask for `deny` too where the decision is enforced");
            }
        }
    }
}

/// Whether any rule but `deny` itself refers to it, or to a document that holds it.
fn is_asked_for(graph: &Graph<'_>, deny: &str) -> bool {
    let definitions: Vec<RuleId> = graph.definitions(deny).to_vec();
    graph.users(deny).into_iter().any(|user| !definitions.contains(&user))
}

/// Whether a text names the rule by its path, in either spelling.
fn mentions(others: &OtherTexts<'_>, package: &str, rule: &str) -> bool {
    let path = package.trim_start_matches("data.");
    others.mention(&format!("{path}.{rule}")) || others.mention(&format!("{}/{rule}", path.replace('.', "/")))
}
