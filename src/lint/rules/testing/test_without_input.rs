use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::context::WorkspaceCx;
use crate::lint::graph::{Graph, RuleId};
use crate::lint::rules::prelude::*;
use crate::model::rego::FactKinds;
use crate::text::Location;

declare_rule! {
    TestWithoutInput {
        id: "test-without-input",
        group: "testing",
        summary: "a test of rules that read `input`, which it does not give them",
        why: "A test runs without an input unless `with input as …` gives one. What reads `input` is undefined then: `not deny` and \
              `count(deny) == 0` hold whatever the policy says, and a test that expects a value fails for a reason that has nothing to \
              do with the policy.\n\n\
              A test is judged if it reads `input`, or refers to a rule of which every branch reads it, and neither it nor a rule between them has a \
              `with` for `input`. Tests that say what they are about (`default`, `empty`, `missing`, `without`, `undefined` or `no_` \
              in the name) are left out, and so are tests that replace rules or functions by `with`.",
        bad: rego("package play_test\n\nimport data.play\n\ntest_admin_is_not_denied if not play.denied[input.user]\n"),
        good: rego("package play_test\n\nimport data.play\n\ntest_admin_is_not_denied if not play.denied.alice with input as {\"user\": \"alice\"}\n"),
        recommended: true,
        source: "https://github.com/open-policy-agent/regal/issues/1721",
    }
}

/// Words in names of tests that are about what is not there.
const ABOUT_ABSENCE: [&str; 9] = ["default", "empty", "missing", "without", "undefined", "no_input", "null", "noinput", "absent"];

impl Rule for TestWithoutInput {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        if !workspace.modules().iter().any(|facts| facts.rules.iter().any(|rule| rule.is_test)) {
            return;
        }
        let graph = cx.graph();
        for (at, facts) in workspace.modules().iter().enumerate() {
            for (nr, rule) in facts.rules.iter().enumerate().filter(|(_, rule)| rule.is_test) {
                let policy = &facts.policy.rules[nr];
                let about_absence = ABOUT_ABSENCE.iter().any(|word| rule.path.contains(word));
                if about_absence || !policy.with_input.is_empty() || !policy.replaced.is_empty() || !cx.is_on(facts.source) {
                    continue;
                }
                let message = if policy.input_uses.is_empty() {
                    match reader(graph, (at as u32, nr as u32)) {
                        Some(path) => format!("the test uses `{path}`, which reads `input`, but gives it none"),
                        None => continue,
                    }
                } else {
                    "the test reads `input`, which nothing gives it".to_owned()
                };
                let span = rule.span;
                if let Some(report) = cx.report(Location { source: facts.source, span }, message) {
                    report.help("give the test an input: `with input as {…}`");
                }
            }
        }
    }
}

/// The path of a rule that the test refers to and that needs `input`, directly or through others; `None` where there is none, or
/// where a rule on the way gives an input or replaces what is used.
fn reader<'a>(graph: &Graph<'a>, test: RuleId) -> Option<&'a str> {
    let mut seen: FxHashSet<RuleId> = FxHashSet::default();
    for path in graph.references(test) {
        let mut open = exact(graph, path);
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            let policy = &graph.facts(id).policy.rules[id.1 as usize];
            if !policy.with_input.is_empty() || !policy.replaced.is_empty() {
                return None;
            }
            open.extend(graph.references(id).iter().flat_map(|path| exact(graph, path)));
        }
    }
    let mut needs = Needs { graph, known: FxHashMap::default() };
    graph.references(test).iter().find(|path| needs.input(path, 0)).map(|path| path.trim_start_matches("data."))
}

/// Rules that follow one another.
const MAX_DEPTH: u32 = 64;

/// Which rules have no value without an input, apart from defaults and empty sets.
struct Needs<'g, 'a> {
    graph: &'g Graph<'a>,
    known: FxHashMap<&'a str, bool>,
}

impl<'a> Needs<'_, 'a> {
    /// Whether all definitions at a path need it.
    fn input(&mut self, path: &'a str, depth: u32) -> bool {
        if let Some(known) = self.known.get(path) {
            return *known;
        }
        if depth > MAX_DEPTH {
            return false;
        }
        // what refers to itself does not compile
        self.known.insert(path, false);
        let definitions = exact(self.graph, path);
        let mut needs = false;
        for id in definitions {
            let facts = self.graph.facts(id);
            if facts.rules[id.1 as usize].is_default {
                continue;
            }
            let policy = &facts.policy.rules[id.1 as usize];
            // with several branches it is not known which one refers
            needs =
                policy.needs_input || (policy.branches <= 1 && self.graph.references(id).iter().any(|path| self.input(path, depth + 1)));
            if !needs {
                break;
            }
        }
        self.known.insert(path, needs);
        needs
    }
}

/// The rules at a path or above it: what lies below a package that a variable selects from may not be meant.
fn exact(graph: &Graph<'_>, path: &str) -> Vec<RuleId> {
    let mut end = path.len();
    loop {
        let found = graph.definitions(&path[..end]);
        if !found.is_empty() {
            return found.to_vec();
        }
        match path[..end].rfind(['.', '[']) {
            Some(cut) => end = cut,
            None => return Vec::new(),
        }
    }
}
