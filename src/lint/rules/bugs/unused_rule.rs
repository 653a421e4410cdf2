use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::lint::context::WorkspaceCx;
use crate::lint::graph::RuleId;
use crate::lint::rules::prelude::*;
use crate::lint::rules::reach::{DECISIONS, OtherTexts, is_queried_name, is_test_module, last_name};
use crate::model::rego::{FactKinds, Facts, RuleFact, RuleKind};
use crate::text::{Location, SourceId};

declare_rule! {
    UnusedRule {
        id: "unused-rule",
        group: "bugs",
        summary: "a rule or function that nothing can reach",
        why: "What no decision depends on is dead: a check that was never wired in, or a leftover that the next reader takes for policy.\n\n\
              From what is queried, everything that is referred to is reached; a reference with a variable reaches all below it. Tests \
              do not count. A workspace seldom shows everything that is queried, so only these are judged: \n\n\
              * rules whose names begin with `_`, which are private to their package;\n\
              * functions in modules with a decision (`allow`, `deny`, `violation`, `warn`, …): a function cannot be queried;\n\
              * conditions called `is_…` or `has_…` in modules with an `allow` or the like, where tests count as use;\n\
              * the other rules of a package in which METADATA names `entrypoint`s, unless METADATA describes them;\n\
              * rules in ConstraintTemplates, where Gatekeeper asks for `violation` and nothing else;\n\
              * everything, where the option `entrypoints` names what is queried.\n\n\
              A rule that a configuration, a fixture or any other text of the workspace names counts as used.",
        bad: rego("package play\n\ndefault allow := false\n\nallow if input.user == \"alice\"\n\n_is_admin if input.role == \"admin\"\n"),
        good: rego("package play\n\ndefault allow := false\n\nallow if _is_admin\n\n_is_admin if input.role == \"admin\"\n"),
        recommended: true,
        options: &[OptionMeta {
            name: "entrypoints",
            kind: OptionKind::StringList,
            default: OptionValue::StringList(Cow::Borrowed(&[])),
            doc: "Paths of rules and packages that are queried (`authz.allow`); where any is given, every rule that none of them reaches is reported.",
        }],
        source: "https://github.com/open-policy-agent/regal/issues/358",
    }
}

/// Why a rule is judged.
#[derive(Clone, Copy)]
enum Reason {
    Private,
    Function,
    Helper,
    Entrypoints,
    Template,
    Option,
}

impl Reason {
    fn message(self, name: &str) -> String {
        match self {
            Self::Private => format!("`{name}` is private to its package, and nothing there uses it"),
            Self::Helper => format!("`{name}` is a helper that no decision of the package uses"),
            Self::Function => format!("the function `{name}` is never called"),
            Self::Entrypoints => format!("`{name}` is reached from none of the package's entrypoints"),
            Self::Template => format!("`{name}` is not reached from `violation`, the one rule that Gatekeeper asks for"),
            Self::Option => format!("`{name}` is reached from none of the configured entrypoints"),
        }
    }
}

impl Rule for UnusedRule {
    fn facts(&self) -> Option<FactKinds> {
        Some(FactKinds { references: true, policy: true, ..FactKinds::default() })
    }

    fn workspace(&self, cx: &mut WorkspaceCx<'_>) {
        let workspace = cx.workspace();
        let packages = Packages::new(cx);
        let graph = cx.graph();
        let mut judged: Vec<(RuleId, Reason)> = Vec::new();
        let mut roots: Vec<RuleId> = Vec::new();
        for (at, facts) in workspace.modules().iter().enumerate() {
            let file = cx.sources().get(facts.source);
            if is_test_module(facts, &file.path) {
                continue;
            }
            let is_template = file.embedded.as_ref().is_some_and(|holder| holder.kind == "constraint-template");
            let entrypoints: Vec<String> = cx.list(facts.source, "entrypoints").iter().map(|path| full(path)).collect();
            for nr in 0..facts.rules.len() {
                let id = (at as u32, nr as u32);
                match packages.reason(facts, nr, is_template, &entrypoints) {
                    Some(reason) => judged.push((id, reason)),
                    None => roots.push(id),
                }
            }
        }
        if judged.is_empty() {
            return;
        }
        let reached = graph.reachable(roots);
        let mut first: BTreeMap<&str, (RuleId, Reason)> = BTreeMap::new();
        for (id, reason) in judged.into_iter().filter(|(id, _)| !reached.contains(id)) {
            // a rule is reported where it is first defined
            first.entry(&graph.facts(id).rules[id.1 as usize].path).or_insert((id, reason));
        }
        if first.is_empty() {
            return;
        }
        let others = OtherTexts::new(cx);
        for (path, (id, reason)) in first {
            let facts = graph.facts(id);
            let name = last_name(path);
            // a test of a rule that has no mark of being private shows that it is meant to be there
            let is_tested = || graph.users(path).into_iter().any(|user| graph.facts(user).rules[user.1 as usize].is_test);
            if others.mention(name) || (matches!(reason, Reason::Helper) && is_tested()) {
                cx.withhold();
                continue;
            }
            let at = Location { source: facts.source, span: facts.rules[id.1 as usize].span };
            if let Some(report) = cx.report(at, reason.message(name)) {
                report.help("remove it, or use it where it was meant to be used");
            }
        }
    }
}

/// `data.authz.allow` of `authz.allow`, `authz/allow` or itself.
fn full(path: &str) -> String {
    let path = path.trim_matches('/').replace('/', ".");
    if path == "data" || path.starts_with("data.") { path } else { format!("data.{path}") }
}

/// What is known of packages as wholes.
struct Packages<'a> {
    /// Modules with a decision that is asked for.
    decisive: FxHashSet<SourceId>,
    /// Modules that say whether something is allowed.
    allowing: FxHashSet<SourceId>,
    /// Paths of rules that METADATA describes: what is described is meant for others.
    documented: FxHashSet<&'a str>,
    /// Packages with METADATA that names entrypoints; true: the package itself is one.
    entrypoints: FxHashMap<&'a str, bool>,
}

impl<'a> Packages<'a> {
    fn new(cx: &WorkspaceCx<'a>) -> Self {
        let mut this = Self {
            decisive: FxHashSet::default(),
            allowing: FxHashSet::default(),
            documented: FxHashSet::default(),
            entrypoints: FxHashMap::default(),
        };
        for facts in cx.workspace().modules() {
            let decides = |path: &str| {
                path.strip_prefix(facts.package.as_str()).is_some_and(|rest| rest.strip_prefix('.').is_some_and(is_queried_name))
            };
            if facts.rules.iter().any(|rule| rule.kind != RuleKind::Function && decides(&rule.path)) {
                this.decisive.insert(facts.source);
            }
            let allows = |rule: &RuleFact| rule.kind == RuleKind::Complete && rule.is_boolean && DECISIONS.contains(&last_name(&rule.path));
            if facts.rules.iter().any(allows) {
                this.allowing.insert(facts.source);
            }
            let described = facts.rules.iter().zip(&facts.policy.rules).filter(|(_, policy)| policy.is_documented);
            this.documented.extend(described.map(|(rule, _)| rule.path.as_str()));
            if facts.policy.is_entrypoint {
                this.entrypoints.insert(&facts.package, true);
            } else if facts.policy.rules.iter().any(|rule| rule.is_entrypoint) {
                this.entrypoints.entry(&facts.package).or_insert(false);
            }
        }
        this
    }

    /// Why a rule has to be used by another one; `None` where it may be queried.
    fn reason(&self, facts: &Facts, nr: usize, is_template: bool, configured: &[String]) -> Option<Reason> {
        let rule = &facts.rules[nr];
        let package = facts.package.as_str();
        let name = rule.path.strip_prefix(package).unwrap_or(&rule.path).trim_start_matches('.');
        let is_function = rule.kind == RuleKind::Function;
        if !configured.is_empty() {
            let covers = |entrypoint: &String| {
                let rest = rule.path.strip_prefix(entrypoint.as_str());
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
                    || entrypoint.starts_with(&format!("{}.", rule.path))
            };
            return (is_function || !configured.iter().any(covers)).then_some(Reason::Option);
        }
        let annotated = facts.policy.rules.get(nr).is_some_and(|rule| rule.is_entrypoint);
        // `__rego_metadata__` and its like are read by tools
        if annotated || name.starts_with("__") || ["test_", "mock_", "todo_test_"].iter().any(|prefix| name.starts_with(prefix)) {
            return None;
        }
        if is_template {
            return (name != "violation").then_some(Reason::Template);
        }
        if last_name(&rule.path).starts_with('_') {
            return Some(Reason::Private);
        }
        match self.entrypoints.get(package) {
            Some(true) => return is_function.then_some(Reason::Function),
            Some(false) => {
                return (is_function || !(is_queried_name(name) || self.documented.contains(rule.path.as_str())))
                    .then_some(Reason::Entrypoints);
            }
            None => {}
        }
        if is_function {
            return self.decisive.contains(&facts.source).then_some(Reason::Function);
        }
        let helps = rule.kind == RuleKind::Complete && rule.is_boolean && rule.is_conditional && !rule.is_default;
        let named = ["is_", "has_", "user_is_", "user_has_"].iter().any(|prefix| name.starts_with(prefix)) && !DECISIONS.contains(&name);
        (helps && named && self.allowing.contains(&facts.source) && !self.documented.contains(rule.path.as_str())).then_some(Reason::Helper)
    }
}
