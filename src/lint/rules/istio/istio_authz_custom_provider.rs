use crate::lint::rules::authz_view::{filled, policy};
use crate::lint::rules::prelude::*;
use crate::model::mesh::{Action, condition_key, conditions, sources};
use crate::model::value::Node as ValueNode;

declare_rule! {
    IstioAuthzCustomProvider {
        id: "istio-authz-custom-provider",
        group: "istio",
        summary: "an AuthorizationPolicy whose external authorizer is missing, unknown, or asked about what it cannot be",
        why: "`action: CUSTOM` hands the decision to the extension provider that `provider.name` names. Without a provider, with one beside \
              another action, or with a rule about the caller's identity or token, which CUSTOM does not support, Istio refuses the \
              policy. A provider that the mesh configuration does not list makes every request that the rules match fail, or none at \
              all be judged.\n\n\
              Whether a provider is listed is judged only where the workspace holds a mesh configuration: the ConfigMap `istio`, an \
              IstioOperator, a chart's values with `meshConfig`.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: ask-opa\n  namespace: shop\nspec:\n  action: CUSTOM\n  rules:\n  - to:\n    - operation:\n        paths: [/admin/*]\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: ask-opa\n  namespace: shop\nspec:\n  action: CUSTOM\n  provider:\n    name: opa\n  rules:\n  - to:\n    - operation:\n        paths: [/admin/*]\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#AuthorizationPolicy-ExtensionProvider",
        peers: &["istioctl analyze IST0106 (missing provider)"],
    }
}

/// What a source may not ask in a CUSTOM policy (`pkg/config/validation/validation.go`).
const UNSUPPORTED: [&str; 10] = [
    "principals",
    "notPrincipals",
    "requestPrincipals",
    "notRequestPrincipals",
    "namespaces",
    "notNamespaces",
    "serviceAccounts",
    "notServiceAccounts",
    "trustDomains",
    "notTrustDomains",
];

impl Rule for IstioAuthzCustomProvider {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object) else { return };
        let Some(spec) = object.spec().map(|entry| &entry.value) else { return };
        let provider = spec.entry("provider").filter(|entry| !entry.value.is_null());
        match policy.action {
            Action::Custom => {}
            Action::Unknown => {
                if provider.is_some() {
                    cx.withhold();
                }
                return;
            }
            Action::Allow | Action::Deny | Action::Audit => {
                if let Some(provider) = provider
                    && let Some(report) =
                        cx.report_line(&provider.origin, "`provider` goes with `action: CUSTOM` alone: Istio refuses the policy")
                {
                    report.help("set `action: CUSTOM`, or remove the provider");
                }
                return;
            }
        }
        let name = provider.and_then(|provider| provider.value.entry("name"));
        match name.map(|name| (name, name.value.as_str())) {
            Some((name, Some(text))) if !text.is_empty() => known(name, text, cx),
            _ if object.partial || provider.is_some_and(|entry| entry.value.has_unknown()) => cx.withhold(),
            // of a wrong type
            Some((name, None)) if !name.value.is_null() => {}
            _ => {
                let Some(action) = spec.entry("action") else { return };
                let message = "`action: CUSTOM` without `provider.name`: Istio refuses the policy";
                if let Some(report) = cx.report_line(&action.origin, message) {
                    report.help("name one of the mesh configuration's `extensionProviders`");
                }
            }
        }
        for rule in policy.rules() {
            unsupported(rule, cx);
        }
    }
}

fn known(name: &crate::model::value::Entry, text: &str, cx: &mut ManifestCx<'_>) {
    let mut configs = cx.manifests().mesh_settings().iter().filter(|settings| settings.is_config).peekable();
    if configs.peek().is_none() {
        return;
    }
    let mut open = false;
    for settings in configs {
        if settings.extension_providers.iter().any(|provider| &**provider == text) {
            return;
        }
        open |= settings.open;
    }
    if open || cx.unit().is_none_or(|unit| unit.may_lack(&["ConfigMap", "IstioOperator", "Istio"])) {
        cx.withhold();
        return;
    }
    if let Some(report) = cx.report_line(&name.origin, format!("no mesh configuration here lists the extension provider `{text}`")) {
        report.help("add it to `extensionProviders` of the mesh configuration, or name one that is there");
    }
}

fn unsupported(rule: &ValueNode, cx: &mut ManifestCx<'_>) {
    for source in sources(rule) {
        for entry in UNSUPPORTED.iter().filter_map(|key| filled(source, key)) {
            report(&entry.origin, &entry.key, cx);
        }
    }
    for condition in conditions(rule) {
        let Some(key) = condition_key(condition) else { continue };
        let identity = ["source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain"];
        if let Some(entry) = condition.entry("key").filter(|_| identity.contains(&key) || key.starts_with("request.auth.")) {
            report(&entry.origin, key, cx);
        }
    }
}

fn report(at: &crate::model::value::Origin, what: &str, cx: &mut ManifestCx<'_>) {
    if let Some(report) = cx.report_line(at, format!("a CUSTOM policy cannot ask for `{what}`: Istio refuses it")) {
        report.help("leave it to the external authorizer, or to an ALLOW or DENY policy beside it");
    }
}
