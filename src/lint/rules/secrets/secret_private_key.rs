use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretPrivateKey {
        id: "secret-private-key",
        group: "secrets",
        summary: "a private key in a file",
        why: "A private key in a repository belongs to everyone who ever cloned it, and whoever has it is the server, the user or the authority that it stands for until the certificate or the account is gone. Make a new key where it is used, best one that never leaves that place, and revoke what the old one signed.",
        bad: yaml("tls:\n  key: |\n    -----BEGIN PRIVATE KEY-----\n    MC4CAQAwBQYDK2VwBCIEIKXyRK5J2TxFnj05UYVQ2uENZZn1C1O3LzZqpNOqxfzD\n    -----END PRIVATE KEY-----\n"),
        good: yaml("tls:\n  keyFile: /run/secrets/tls.key\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://cheatsheetseries.owasp.org/cheatsheets/Key_Management_Cheat_Sheet.html",
        peers: &["gitleaks private-key"],
    }
}

impl Rule for SecretPrivateKey {
    fn leak(&self, leak: &Leak) -> bool {
        leak.secret.class == Class::Provider && leak.secret.detector.id.contains("private-key")
    }
}
