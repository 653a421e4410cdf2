use rustc_hash::FxHashSet;

use crate::lint::context::WorkspaceCx;
use crate::lint::graph::RuleId;
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::{is_queried_name, is_test_module, last_name};
use crate::model::gatekeeper;
use crate::model::rego::{FactKinds, RuleKind};
use crate::model::value::Node as Data;
use crate::text::{Location, SourceId, SourceMap};

declare_rule! {
    RegoNoTests {
        id: "rego-no-tests",
        group: "authz",
        summary: "a policy that no test looks at",
        why: "A policy without tests is changed in the hope that nothing else changes with it. Here it is a package with a decision \
              (`allow`, `deny`, `violation`, `warn`) of which no test in the workspace reaches any rule, directly or through other \
              packages. For a ConstraintTemplate a suite of `gator` that names its file does as well.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if input.user == \"alice\"\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if input.user == \"alice\"\n\ntest_alice if allow with input as {\"user\": \"alice\"}\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://www.openpolicyagent.org/docs/policy-testing",
    }
}

impl Rule for RegoNoTests {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let graph = cx.graph();
        let mut tests: Vec<RuleId> = Vec::new();
        for (at, facts) in workspace.modules().iter().enumerate() {
            let own = facts.rules.iter().enumerate().filter(|(_, rule)| rule.is_test);
            tests.extend(own.map(|(nr, _)| (at as u32, nr as u32)));
        }
        let reached = graph.reachable(tests);
        let tested: FxHashSet<&str> = reached.iter().map(|id| graph.facts(*id).package.as_str()).collect();
        let mut found: Vec<(SourceId, Span, String)> = Vec::new();
        for (package, modules) in workspace.packages() {
            if tested.contains(package) {
                continue;
            }
            let mut first: Option<(SourceId, Span, String)> = None;
            for facts in modules {
                let file = cx.sources().get(facts.source);
                let prefix = format!("{package}.");
                let decision = facts.rules.iter().find_map(|rule| {
                    let name = rule.path.strip_prefix(prefix.as_str()).filter(|name| is_decision(name))?;
                    (rule.kind != RuleKind::Function && rule.is_conditional).then_some(name)
                });
                let Some(decision) = decision.filter(|_| !is_test_module(facts, &file.path)) else { continue };
                // each template is a policy of its own
                if file.embedded.as_ref().is_none_or(|holder| holder.kind != TEMPLATE) {
                    let message = format!("`{decision}` of package `{}` has no test", package.trim_start_matches("data."));
                    first.get_or_insert((facts.source, facts.package_span, message));
                }
            }
            found.extend(first);
        }
        for (source, span, message) in found {
            if let Some(report) = cx.report(Location { source, span }, message) {
                report.help("write tests, `test_… if` with `with input as …`, and run them with `ztctl test`");
            }
        }
    }

    fn reads_manifests(&self) -> bool {
        true
    }

    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let manifests = cx.manifests();
        for object in manifests.objects.iter().filter(|object| gatekeeper::is_template(object)) {
            let sources = cx.sources();
            let path = &sources.get(sources.outermost(object.source)).path;
            let rego = gatekeeper::sources(object).iter().find_map(|source| Some(source.rego()?.value.as_str()?.to_owned()));
            let Some(package) = rego.as_deref().and_then(package_of) else { continue };
            let has_suite = manifests.objects.iter().any(|suite| names_template(suite, path, sources));
            let is_tested = || sources.iter().any(|(_, file)| file.path.ends_with("_test.rego") && has_word(&file.text, package));
            if has_suite || is_tested() {
                continue;
            }
            let message = format!("no suite of gator tests the template `{}`", object.name().unwrap_or(package));
            if let Some(report) = cx.report(object.kind_at(), message) {
                report.help("write a `Suite` (`test.gatekeeper.sh`) with cases, and run it with `gator verify`");
            }
        }
    }
}

const TEMPLATE: &str = "constraint-template";

/// The name behind `package` in the text of a module.
fn package_of(text: &str) -> Option<&str> {
    let line = text.lines().map(str::trim).find(|line| line.starts_with("package "))?;
    line.strip_prefix("package ")?.split_whitespace().next()
}

fn has_word(text: &str, word: &str) -> bool {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.')))
        .any(|part| part == word || part.split('.').any(|part| part == word))
}

fn is_decision(name: &str) -> bool {
    is_queried_name(name)
        && !matches!(last_name(name), "exception" | "result" | "results" | "response" | "headers" | "status_code" | "mask" | "drop")
}

/// Whether an object is a suite of `gator` that names the file of a template.
fn names_template(suite: &Object, template: &str, sources: &SourceMap) -> bool {
    if !suite.is("test.gatekeeper.sh", "Suite") {
        return false;
    }
    let path = &sources.get(sources.outermost(suite.source)).path;
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let tests = suite.root.get("tests").map_or(&[][..], Data::items);
    tests.iter().filter_map(|test| test.get("template")?.as_str()).any(|named| joined(folder, named) == joined("", template))
}

/// `named` as seen from `folder`, without `.` and `..`.
fn joined(folder: &str, named: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in folder.split('/').chain(named.split('/')) {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => _ = parts.pop(),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
