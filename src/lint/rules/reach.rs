//! What is asked for from outside: by convention, by configurations, by texts that are no modules.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use crate::lint::context::WorkspaceCx;
use crate::model::document::DocumentKind;
use crate::model::k8s::pod;
use crate::model::rego::Facts;
use crate::model::spire;
use crate::model::value::Node as Data;
use crate::text::SourceId;

/// Names of decisions where true means access.
pub(super) const DECISIONS: [&str; 10] =
    ["allow", "allowed", "authorize", "authorized", "authorised", "is_allowed", "is_authorized", "permit", "permitted", "grant"];

/// Names that engines and their users ask packages for, by convention: OPA's and Envoy's plugin, conftest, Gatekeeper.
const QUERIED: [&str; 18] = [
    "deny",
    "denied",
    "violation",
    "violations",
    "warn",
    "warning",
    "warnings",
    "main",
    "exception",
    "result",
    "results",
    "response",
    "decision",
    "headers",
    "status_code",
    "obligations",
    "mask",
    "drop",
];

/// Whether a rule's name is one that packages are asked for: a decision, or `deny_…` and the like of conftest.
pub(super) fn is_queried_name(name: &str) -> bool {
    let prefixed = ["deny_", "warn_", "violation_", "exception_", "allow_"].iter().any(|prefix| name.starts_with(prefix));
    DECISIONS.contains(&name) || QUERIED.contains(&name) || prefixed
}

/// The last name of a path (`data.a["b-c"]` → `b-c`).
pub(super) fn last_name(path: &str) -> &str {
    match path.strip_suffix("\"]") {
        Some(rest) => rest.rsplit("[\"").next().unwrap_or(rest),
        None => path.rsplit('.').next().unwrap_or(path),
    }
}

/// Whether a module holds tests, or what only tests use.
pub(super) fn is_test_module(facts: &Facts, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    facts.is_test() || name.ends_with("_test.rego") || name.starts_with("test_") || facts.rules.iter().any(|rule| rule.is_test)
}

/// The paths (`data.authz.allow`) that configurations of OPA and Envoy in the workspace ask for.
pub(super) fn configured_queries(cx: &WorkspaceCx<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    let mut add = |text: &str| {
        let path = text.trim_matches('/').replace('/', ".");
        let path = path.strip_prefix("v1.data.").unwrap_or(&path);
        if !path.is_empty() {
            out.insert(if path.starts_with("data.") { path.to_owned() } else { format!("data.{path}") });
        }
    };
    let manifests = cx.manifests();
    for document in manifests.documents.iter().filter(|document| document.kind == DocumentKind::Opa) {
        let root = &document.root;
        let plugin = |key: &str| root.path(&["plugins", "envoy_ext_authz_grpc", key]).and_then(Data::as_str);
        let named = |key: &str| root.get(key).and_then(Data::as_str);
        [plugin("path"), plugin("query"), named("default_decision"), named("default_authorization_decision")]
            .into_iter()
            .flatten()
            .for_each(&mut add);
    }
    for object in &manifests.objects {
        for container in pod(object).into_iter().flat_map(|pod| pod.containers().collect::<Vec<_>>()) {
            let Some(call) = spire::line_of_container(&container, "-set") else { continue };
            for (_, value) in call.option(&["set"]) {
                let Some((key, value)) = value.and_then(|text| text.split_once('=')) else { continue };
                if key.ends_with("envoy_ext_authz_grpc.path") || key.ends_with("envoy_ext_authz_grpc.query") || key.starts_with("default_")
                {
                    add(value);
                }
            }
        }
    }
    out
}

/// Texts of the run that are no judged module: configurations, fixtures, broken modules.
pub(super) struct OtherTexts<'a> {
    texts: Vec<(SourceId, &'a str)>,
}

impl<'a> OtherTexts<'a> {
    pub(super) fn new(cx: &WorkspaceCx<'a>) -> Self {
        let judged: FxHashSet<SourceId> = cx.workspace().modules().iter().map(|facts| facts.source).collect();
        // the file round an embedded module names what the module defines
        let outer: FxHashSet<SourceId> = judged.iter().map(|source| cx.sources().outermost(*source)).collect();
        let texts = cx
            .sources()
            .iter()
            .filter(|(source, _)| !judged.contains(source) && !outer.contains(source))
            .map(|(source, file)| (source, &*file.text))
            .collect();
        Self { texts }
    }

    /// Whether a name stands in one of them as a word.
    pub(super) fn mention(&self, name: &str) -> bool {
        let is_word = |c: u8| c.is_ascii_alphanumeric() || c == b'_';
        self.texts.iter().any(|(_, text)| {
            let bytes = text.as_bytes();
            memchr::memmem::find_iter(bytes, name.as_bytes()).any(|at| {
                let before = at.checked_sub(1).and_then(|at| bytes.get(at)).is_none_or(|c| !is_word(*c));
                before && bytes.get(at + name.len()).is_none_or(|c| !is_word(*c))
            })
        })
    }
}
