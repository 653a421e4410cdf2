use crate::lint::rules::prelude::*;
use crate::model::mesh::{Action, Authorization};
use crate::model::tri::Tri;
use crate::model::value::{Node as ValueNode, Value};

declare_rule! {
    IstioAuthzAllowAll {
        id: "istio-authz-allow-all",
        group: "istio",
        summary: "an AuthorizationPolicy that allows every request",
        why: "A rule that nothing narrows matches every request, whoever sends it: with it the policy switches authorization off for the \
              workloads that it applies to, whatever other ALLOW policies say. An empty rule `{}` does that, and so do `from: []` and \
              `to: []`, which mean that the section is absent, paths like `/*`, and an IP block of all addresses.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: all\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - {}\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: web\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Rule",
    }
}

impl Rule for IstioAuthzAllowAll {
    fn reads_manifests(&self) -> bool {
        true
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "AuthorizationPolicy") {
            return;
        }
        let policy = Authorization::new(object);
        if policy.action != Action::Allow || policy.is_dry_run() {
            return;
        }
        for rule in policy.rules() {
            match allows_everything(rule) {
                Tri::Yes => {
                    let name = object.name().unwrap_or("the policy");
                    if let Some(report) = cx.report(&rule.origin, format!("a rule of `{name}` allows every request")) {
                        report.help("name who may call: `principals`, `namespaces` or `requestPrincipals`; `spec: {}` allows nothing");
                    }
                }
                Tri::Unknown => cx.withhold(),
                Tri::No => {}
            }
        }
    }
}

/// Whether no section of a rule narrows it.
fn allows_everything(rule: &ValueNode) -> Tri {
    if !matches!(rule.value, Value::Map(_)) {
        return if rule.unknown().is_some() { Tri::Unknown } else { Tri::No };
    }
    let when = match rule.get("when") {
        None => Tri::Yes,
        Some(node) if node.is_null() => Tri::Yes,
        Some(node) => match &node.value {
            Value::List(items) => items.is_empty().into(),
            _ if node.unknown().is_some() => Tri::Unknown,
            // refused
            _ => Tri::No,
        },
    };
    let section = |section: &str, field: &str, open: fn(&ValueNode) -> Tri| match rule.get(section) {
        None => Tri::Yes,
        Some(node) if node.is_null() => Tri::Yes,
        Some(node) => match &node.value {
            Value::List(items) if items.is_empty() => Tri::Yes,
            // one alternative that everything matches is enough
            Value::List(items) => Tri::any(items.iter().map(|item| item.get(field).map_or(Tri::No, open))),
            _ if node.unknown().is_some() => Tri::Unknown,
            _ => Tri::No,
        },
    };
    Tri::all([section("from", "source", open_source), section("to", "operation", open_operation), when])
}

/// Whether a `source` takes all addresses and asks for nothing else. An empty one is refused.
fn open_source(source: &ValueNode) -> Tri {
    every_field(source, |key| match key {
        "ipBlocks" | "remoteIpBlocks" => &["0.0.0.0/0"],
        _ => &[],
    })
}

/// Whether an `operation` takes all paths, methods and hosts. An empty one is refused.
fn open_operation(operation: &ValueNode) -> Tri {
    every_field(operation, |key| match key {
        "paths" => &["*", "/*", "/{**}"],
        "methods" | "hosts" => &["*"],
        _ => &[],
    })
}

/// Whether every field that is there has one of the values that match everything.
fn every_field(node: &ValueNode, matching: fn(&str) -> &'static [&'static str]) -> Tri {
    // an empty list decodes to an absent one
    let is_absent = |node: &ValueNode| node.is_null() || matches!(&node.value, Value::List(items) if items.is_empty());
    let fields = node.entries().iter().filter(|entry| !is_absent(&entry.value));
    let mut answers = fields.map(|entry| {
        let open = matching(&entry.key);
        match &entry.value.value {
            Value::List(items) => Tri::any(items.iter().map(|item| match item.as_str() {
                Some(text) => open.contains(&text).into(),
                None if item.unknown().is_some() && !open.is_empty() => Tri::Unknown,
                None => Tri::No,
            })),
            _ if entry.value.unknown().is_some() && !open.is_empty() => Tri::Unknown,
            _ => Tri::No,
        }
    });
    let Some(first) = answers.next() else { return Tri::No };
    answers.fold(first, Tri::and)
}
