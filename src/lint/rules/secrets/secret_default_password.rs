use crate::lint::rules::prelude::*;
use crate::secrets::{Class, Leak};

declare_rule! {
    SecretDefaultPassword {
        id: "secret-default-password",
        group: "secrets",
        summary: "a well-known default password",
        why: "Passwords such as `postgres` or `admin123` are the first that an attacker tries, and a default in a deployed configuration stays until somebody changes it. Let the deployment set one from a secret store, and leave the field empty so that a missing one is an error.\n\nIn environments that are not production by their folder's name the finding is an info; in tests, documents, examples and local composition there is none.",
        bad: yaml("services:\n  db:\n    image: postgres:17\nspring:\n  datasource:\n    password: postgres\n"),
        good: yaml("spring:\n  datasource:\n    password: ${DB_PASSWORD}\n"),
        recommended: true,
        is_secret: true,
        source: "https://cwe.mitre.org/data/definitions/1392.html",
        peers: &["CWE-1392"],
    }
}

impl Rule for SecretDefaultPassword {
    fn leak(&self, leak: &Leak) -> bool {
        leak.secret.class == Class::Default
    }
}
