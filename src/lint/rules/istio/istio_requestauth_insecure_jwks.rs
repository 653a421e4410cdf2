use crate::lint::rules::prelude::*;
use crate::model::envoy::field;
use crate::model::value::{self, Format, Node as Value};

declare_rule! {
    IstioRequestauthInsecureJwks {
        id: "istio-requestauth-insecure-jwks",
        group: "istio",
        summary: "keys for verifying tokens that come over plain HTTP, or that can also sign them",
        why: "Who answers for the keys decides which tokens are valid. Over `http://` anyone on the way can put keys of his own there. Keys in \
              the manifest must be public ones: a private key (`d`, `p`, `q`) or a symmetric one (`kty: oct`) lets whoever reads the \
              manifest sign tokens.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: users\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [shop]\n    jwksUri: http://login.example.com/keys\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata:\n  name: users\n  namespace: shop\nspec:\n  jwtRules:\n  - issuer: https://login.example.com\n    audiences: [shop]\n    jwksUri: https://login.example.com/keys\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://istio.io/latest/docs/reference/config/security/jwt/#JWTRule",
        peers: &["istioctl validation (private keys)", "istioctl analyze IST0175 (blocked networks)"],
    }
}

impl Rule for IstioRequestauthInsecureJwks {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if !object.is("security.istio.io", "RequestAuthentication") {
            return;
        }
        for rule in object.root.path(&["spec", "jwtRules"]).map_or(&[][..], Value::items) {
            if let Some(entry) = field(rule, "jwks_uri") {
                if entry.value.unknown().is_some() {
                    cx.withhold();
                }
                let plain =
                    entry.value.as_str().is_some_and(|uri| uri.trim().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://")));
                if plain {
                    let message = "the keys that tokens are verified with come over plain HTTP";
                    if let Some(report) = cx.report_line(&entry.origin, message) {
                        report.help("use `https`, or write the public keys into `jwks`");
                    }
                }
            }
            let Some(entry) = rule.entry("jwks") else { continue };
            let Some(text) = entry.value.as_str() else { continue };
            let Some(what) = secret_member(&entry.value, text) else { continue };
            if let Some(report) = cx.report_line(&entry.origin, format!("the key set holds {what}: whoever reads it can sign tokens")) {
                report.help("write public keys alone, and replace the ones that were published");
            }
        }
    }
}

/// What makes a key of a set one that signs (RFC 7517, RFC 7518).
fn secret_member(holder: &Value, text: &str) -> Option<&'static str> {
    // only values are taken from it, no places
    let read = value::read(holder.origin.at.source, text, Format::Json);
    let root = read.documents.into_iter().find_map(|document| document.root)?;
    let keys = match root.get("keys") {
        Some(keys) => keys.items(),
        None => std::slice::from_ref(&root),
    };
    keys.iter().find_map(|key| {
        let has = |member: &str| key.get(member).is_some_and(|node| node.as_str().is_some_and(|text| !text.is_empty()));
        if key.get("kty").and_then(Value::as_str) == Some("oct") {
            Some("a symmetric key")
        } else {
            ["d", "p", "q"].into_iter().any(has).then_some("a private key")
        }
    })
}
