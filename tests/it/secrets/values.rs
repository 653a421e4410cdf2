//! Values without a text around them; what is public, expired, known; and the verdicts.

use ztctl::secrets::{Check, Class, Place, Verdict, is_sample, verdict};

use super::makers::{Dice, jwt, private_key, rsa_key};
use super::{scanner, verdicts};

#[test]
fn values_under_their_names() {
    let scanner = scanner();
    let class = |path: &[&str], text: &str| scanner.judge(path, text).map(|secret| secret.class);
    assert_eq!(class(&["db", "password"], "correct-horse-7"), Some(Class::Password));
    assert_eq!(class(&["db", "password", "value"], "Winter2024!"), Some(Class::Password));
    assert_eq!(class(&["POSTGRES_PASSWORD"], "postgres"), Some(Class::Default));
    assert_eq!(class(&["keystore", "password"], "changeit"), Some(Class::Default));
    assert_eq!(class(&["rabbit", "password"], "guest"), Some(Class::Default));
    assert_eq!(class(&["api", "token"], &Dice(5).alnum(40)), Some(Class::Random));
    assert_eq!(class(&["DATABASE_URL"], "postgres://app:Winter2024!@db/app"), Some(Class::Password));
    assert_eq!(class(&["db", "password"], "${DB_PASSWORD}"), None);
    assert_eq!(class(&["db", "password"], "changeme"), None);
    assert_eq!(class(&["db", "password"], ""), None);
    assert_eq!(class(&["db", "host"], "Winter2024!"), None);
    assert_eq!(class(&["image", "digest"], &Dice(5).hex(64)), None);
}

#[test]
fn a_stop_word_inside_of_a_password_does_not_hide_it() {
    let found = verdicts("app.yaml", b"password: thegehookGee7yoke\n");
    assert_eq!(found.len(), 1, "{found:?}");
    let found = verdicts("app.yaml", b"password: example-password-1\n");
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn values_of_secrets_by_their_place() {
    let scanner = scanner();
    let class = |key: &str, value: &[u8]| scanner.judge_secret(key, value).map(|secret| secret.class);
    assert_eq!(class("anything", b"sunflower"), Some(Class::Password));
    assert_eq!(class("username", b"orders"), None);
    assert_eq!(class("ca.crt", b"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"), None);
    assert_eq!(class("tls.key", private_key(&mut Dice(4)).as_bytes()), Some(Class::Provider));
    assert_eq!(class("keystore.jks", &[0xfe, 0xed, 0xfe, 0xed, 0, 0, 0, 2]), Some(Class::Random));
    assert_eq!(class("hash", b"$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW"), None);
}

#[test]
fn public_values_are_only_told() {
    let mut dice = Dice(11);
    let firebase = format!(
        "const firebaseConfig = {{ apiKey: \"AIza{}\", authDomain: \"orders.firebaseapp.com\", projectId: \"orders\", messagingSenderId: \"1\" }};\n",
        dice.alnum(35)
    );
    let stripe = format!("const k = 'pk_{}_{}';\n", "live", dice.alnum(24));
    let example = "token: eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.".to_owned()
        + &data_encoding::BASE64URL_NOPAD.encode(b"{\"sub\":\"1234567890\",\"name\":\"John Doe\",\"iat\":1516239022}")
        + ".SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c\n";
    for text in [firebase, stripe, example] {
        let found = verdicts("src/app.js", text.as_bytes());
        assert!(!found.is_empty() && found.iter().all(|(verdict, ..)| *verdict == Some(Verdict::Info)), "{text} {found:?}");
    }
}

#[test]
fn expired_tokens_and_keys_behind_a_passphrase_are_to_be_reviewed() {
    let mut dice = Dice(12);
    let old = format!("t = \"{}\"\n", jwt(&mut dice, "{\"sub\":\"a\",\"exp\":1500000000}"));
    let found = verdicts("src/app.py", old.as_bytes());
    assert!(found[0].2.secret.checks.has(Check::Expired));
    assert_eq!(found[0].0, Some(Verdict::Review));
    let locked = rsa_key(&mut dice).replacen("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n", 1);
    let found = verdicts("keys/a.pem", locked.as_bytes());
    assert!(found[0].2.secret.checks.has(Check::Encrypted));
    assert_eq!(found[0].0, Some(Verdict::Review));
    let fake = rsa_key(&mut dice).replace("MII", "AAA");
    let found = verdicts("keys/a.pem", fake.as_bytes());
    assert_eq!(found[0].0, Some(Verdict::Info));
}

#[test]
fn the_verdict_table() {
    use Class::*;
    use Place::*;
    let secret = |class| ztctl::secrets::Secret {
        class,
        checks: ztctl::secrets::Checks::default(),
        ..scanner().judge(&["password"], "Winter2024!").expect("a password")
    };
    let row = |class| [Deployable, NonProduction, Sample, History].map(|place| verdict(&secret(class), place));
    let some = |all: [Verdict; 4]| all.map(Some);
    assert_eq!(row(Provider), some([Verdict::Cap0, Verdict::Cap0, Verdict::Review, Verdict::Leaked]));
    assert_eq!(row(Random), some([Verdict::Cap0, Verdict::Cap0, Verdict::Review, Verdict::Info]));
    assert_eq!(row(Password), [Some(Verdict::Cap0), Some(Verdict::Cap0), Some(Verdict::Info), None]);
    assert_eq!(row(Default), [Some(Verdict::Cap1), Some(Verdict::Info), None, None]);
    assert_eq!(row(Public), [Some(Verdict::Info), Some(Verdict::Info), Some(Verdict::Info), None]);
}

#[test]
fn samples_by_path() {
    for path in [
        "tests/a.go",
        "a/testdata/b.yaml",
        "docs/x.yaml",
        "examples/app/values.yaml",
        "README.md",
        "notes.txt",
        ".env.example",
        "a/.env.sample",
        "docker-compose.yml",
        "pkg/a_test.go",
        "src/test/java/A.java",
        "config.example.yaml",
        "pkg/testcerts/certs.go",
    ] {
        assert!(is_sample(path), "{path}");
    }
    for path in [
        "src/a.go",
        "deploy/overlays/test/secret.yaml",
        "k8s/prod/secret.yaml",
        ".env",
        "docker-compose.prod.yml",
        "latest/a.yaml",
        "src/contest.go",
        "attestations/a.yaml",
        "templates/a.yaml",
    ] {
        assert!(!is_sample(path), "{path}");
    }
}
