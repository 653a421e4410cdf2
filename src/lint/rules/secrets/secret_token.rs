use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretToken {
        id: "secret-token",
        group: "secrets",
        summary: "a token or key in its issuer's format",
        why: "The value has the form that its issuer gives its tokens, so it is one, wherever it stands: whoever finds it needs nothing else. Revoke it first, then take it out of the file and its history, and let the program take the new one from a secret store.\n\nIn tests, documents and examples a token whose checksum is right is an error, and every other one a warning, since it may be made up. Expired tokens, keys of test environments and keys behind a passphrase are a warning. Keys that are meant for everyone (`pk_live_`) are not reported. Values are never printed.",
        bad: yaml("ci:\n  token: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJjaS1ib3QiLCJpc3MiOiJzaG9wIn0.YILEbaDezwr_oreFdZUGHc_sOc-lxaFc-qd2QkdDvjw\n"),
        good: yaml("token: ${TOKEN}\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://docs.github.com/en/code-security/secret-scanning/introduction/about-secret-scanning",
        peers: &["gitleaks", "trufflehog", "detect-secrets"],
    }
}

impl Rule for SecretToken {
    fn leak(&self, leak: &Leak) -> bool {
        leak.secret.class == Class::Provider
    }
}
