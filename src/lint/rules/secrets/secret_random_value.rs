use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretRandomValue {
        id: "secret-random-value",
        group: "secrets",
        summary: "a random value under a credential's name",
        why: "A key, token or password that a machine made stands in a file under a name that says what it is. Whoever reads the repository or its history can use it. Revoke it, and take the new one from a secret store.\n\nThe name must be that of a credential and the value must be random: references, placeholders, hashes under names of hashes, identifiers and encrypted values are not reported. In tests, documents and examples the finding is an info. Values are never printed.",
        bad: yaml("spring:\n  datasource:\n    api_key: \"q8Zr2LwX0vT5nB7yKd3HsJ6mPc9Fg1Ua\"\n"),
        good: yaml("spring:\n  datasource:\n    api_key: ${API_KEY}\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        peers: &["gitleaks generic-api-key"],
    }
}

impl Rule for SecretRandomValue {
    fn leak(&self, leak: &Leak) -> bool {
        leak.secret.class == Class::Random
    }
}
