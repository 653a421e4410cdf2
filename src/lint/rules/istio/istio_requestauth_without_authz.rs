use crate::lint::rules::insert::append_document;
use crate::lint::rules::mesh_view::has_named;
use crate::lint::rules::prelude::*;
use crate::model::mesh::{Target, TokenDemand, target};
use crate::model::value::{Node as ValueNode, Value};

declare_rule! {
    IstioRequestauthWithoutAuthz {
        id: "istio-requestauth-without-authz",
        group: "istio",
        summary: "a RequestAuthentication whose workloads take requests without a token",
        why: "A RequestAuthentication refuses invalid tokens; a request without a token passes, unless one of its `jwtRules` says \
              `presence: REQUIRED`, which older releases of Istio do not know. Else only an AuthorizationPolicy can demand one: an ALLOW \
              policy each of whose rules asks for `requestPrincipals` or a claim, or a DENY policy for `notRequestPrincipals: [\"*\"]`. It \
              has to apply to all workloads that the RequestAuthentication applies to. Where an external authorizer (CUSTOM) is asked, \
              it may look for the token itself: then this is an info.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [orders]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: jwt\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [orders]\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: require-jwt\n  namespace: shop\nspec:\n  action: DENY\n  rules:\n  - from:\n    - source:\n        notRequestPrincipals: ['*']\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Appends an AuthorizationPolicy for the same workloads that denies requests without a token. Callers that have none are refused then.",
        source: "https://istio.io/latest/docs/reference/config/security/request_authentication/",
    }
}

impl Rule for IstioRequestauthWithoutAuthz {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        let rules = object.root.path(&["spec", "jwtRules"]).map_or(&[][..], ValueNode::items);
        if !rules.iter().any(|rule| matches!(rule.value, Value::Map(_))) {
            return;
        }
        let Some(unit) = cx.unit() else { return };
        let demand = unit.mesh().demands_token(object, cx.mesh_root(object.kind_at()), unit.cluster());
        let name = object.name().unwrap_or("the policy");
        let (severity, message) = match demand {
            TokenDemand::Yes => return,
            TokenDemand::No | TokenDemand::External if unit.may_lack(&["AuthorizationPolicy"]) => return cx.withhold(),
            TokenDemand::Unknown => return cx.withhold(),
            TokenDemand::External => {
                (Severity::Info, format!("`{name}` lets requests without a token through, unless the external authorizer looks for it"))
            }
            TokenDemand::No => {
                (Severity::Error, format!("`{name}` lets requests without a token through: no AuthorizationPolicy demands one"))
            }
        };
        let space = unit.cluster().space_of(object);
        let edit = demand_token(object)
            .filter(|(name, _)| severity == Severity::Error && space.is_some_and(|space| !has_named(space, "AuthorizationPolicy", name)))
            .and_then(|(_, policy)| append_document(cx.sources(), object, object.root.path(&["metadata", "namespace"]), &policy));
        if let Some(report) = cx.report_as(severity, object.kind_at(), message) {
            let report = report.help("add an AuthorizationPolicy for the same workloads that denies `notRequestPrincipals: [\"*\"]`");
            if let Some(edit) = edit {
                report.fix("refuse requests without a token", Applicability::Unsafe, [edit]);
            }
        }
    }
}

/// The name and the text of a policy that demands a token of all that a RequestAuthentication applies to; `None` where its target
/// cannot be repeated as it is.
fn demand_token(object: &Object) -> Option<(String, String)> {
    let name = format!("{}-required", object.name().filter(|name| is_plain(name))?);
    let mut text = format!("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: {name}\n");
    if let Some(namespace) = object.root.path(&["metadata", "namespace"]).filter(|node| !node.is_null()) {
        let namespace = namespace.as_str().filter(|name| is_plain(name))?;
        text.push_str(&format!("  namespace: {namespace}\n"));
    }
    text.push_str("spec:\n");
    match target(object) {
        Target::Everything => {}
        Target::Labels(labels) => {
            text.push_str("  selector:\n    matchLabels:\n");
            for label in labels.entries() {
                let value = label.value.as_str().filter(|value| is_plain(value))?;
                text.push_str(&format!("      {}: \"{value}\"\n", Some(&*label.key).filter(|key| is_plain(key))?));
            }
        }
        Target::Refs(refs) => {
            text.push_str("  targetRefs:\n");
            for target in refs {
                if ![target.kind, target.name].into_iter().all(is_plain) || !(target.group.is_empty() || is_plain(target.group)) {
                    return None;
                }
                text.push_str(&format!("  - group: \"{}\"\n    kind: {}\n    name: {}\n", target.group, target.kind, target.name));
            }
        }
        Target::Unknown => return None,
    }
    text.push_str("  action: DENY\n  rules:\n  - from:\n    - source:\n        notRequestPrincipals: [\"*\"]\n");
    Some((name, text))
}

/// Whether a name, a label's key or its value can be written as it is.
fn is_plain(text: &str) -> bool {
    let starts_well = text.starts_with(|c: char| c.is_ascii_alphabetic());
    starts_well && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'/'))
}
