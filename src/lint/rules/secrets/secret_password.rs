use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretPassword {
        id: "secret-password",
        group: "secrets",
        summary: "a password in a file",
        why: "A password that a person made stands in a file. It is known to everyone who ever read the repository, nobody can say who used it, and it is often the password of something else as well. Change it, and take the new one from a secret store.\n\nThe name must be that of a password, or the value the password of a connection string. Names, references, placeholders and prose are not reported, nor is anything in tests, documents and examples. Values are never printed.",
        bad: yaml("spring:\n  datasource:\n    password: \"Winter2024!\"\n"),
        good: yaml("spring:\n  datasource:\n    password: ${DB_PASSWORD}\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://cheatsheetseries.owasp.org/cheatsheets/Secrets_Management_Cheat_Sheet.html",
        peers: &["gitleaks", "detect-secrets KeywordDetector"],
    }
}

impl Rule for SecretPassword {
    fn leak(&self, leak: &Leak) -> bool {
        leak.secret.class == Class::Password
    }
}
