//! Hostile bytes: no panic, bounded time; and no type shows a value.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use super::makers::{Dice, tokens};
use super::{scanner, verdicts};

#[test]
fn long_and_repeated_texts_take_bounded_time() {
    let many = |part: &str, bytes: usize| part.repeat(bytes / part.len());
    let texts = [
        ("a.js", many("\"", 1 << 20)),
        ("a.js", many("password=", 1 << 20)),
        ("a.yaml", many("password: ", 1 << 20)),
        ("a.js", many("key=\"", 1 << 20)),
        ("a.js", many("eyJ-", 1 << 20)),
        ("a.js", many("eyJhbGciOiJIUzI1NiJ9.", 1 << 20)),
        ("a.pem", many("-----BEGIN PRIVATE KEY-----\n", 1 << 20)),
        ("a.yaml", many("LS0tLS1CRUdJTiB", 1 << 20)),
        ("a.txt", many("xoxb-", 1 << 20)),
        ("a.txt", many("://a:b", 1 << 20)),
        ("a.txt", many("curl -u ", 1 << 20)),
        ("a.json", many("{\"kty\"", 1 << 20)),
        ("a.json", many("\"keys\": [\"tokens\": {", 1 << 20)),
        ("a.yaml", many("secrets:\n token:\n", 1 << 20)),
        ("a.yaml", many("{{ default \"", 1 << 20)),
        ("a.sh", many("setx htpasswd -b config set ", 1 << 20)),
        ("a.csv", format!("password\n{}", many("a,", 1 << 20))),
        ("a.txt", many("Bearer aaaaaaaaaaaaaaaaaaaa", 1 << 20)),
        ("a.txt", many("PuTTY-User-Key-File-2: ", 1 << 20)),
        ("a.yaml", format!("kind: Secret\ndata: {}", many("{a: ", 1 << 18))),
        ("a.json", format!("{{\"kind\":\"Secret\",\"data\":{}", many("[", 1 << 18))),
        ("a.json", many("{\"token\":\"abc\",\"password\":\"abc\"}\n", 10 << 20)),
        ("a.js", many("a=function(){return\"token\"},", 2 << 20)),
    ];
    for (path, text) in texts {
        let start = Instant::now();
        let _ = scanner().scan(path, text.as_bytes());
        let spent = start.elapsed();
        // a debug build on a busy machine
        assert!(spent < Duration::from_secs(30), "{path} {} took {spent:?}", &text[..30]);
    }
}

#[test]
fn nothing_shows_a_value() {
    let mut dice = Dice(21);
    for (what, token) in tokens(&mut dice) {
        let text = format!("api_token = \"{token}\"\npassword = \"Winter2024!\"\n");
        let scan = scanner().scan("a.toml", text.as_bytes());
        assert!(!scan.found.is_empty(), "{what}");
        for found in &scan.found {
            let shown = format!("{scan:?} {found:?} {} {} {:?}", found.secret.redacted(), found.secret.digest, scanner());
            let tail = &token[token.len() - 8..];
            for part in [token.as_str(), tail, "Winter2024"] {
                assert!(!shown.contains(part), "{what}");
                assert!(!shown.contains(&data_encoding::BASE64.encode(part.as_bytes())), "{what}");
            }
        }
    }
}

#[test]
fn equal_values_have_equal_digests() {
    let value = Dice(8).alnum(32);
    let coded = data_encoding::BASE64.encode(value.as_bytes());
    let text = format!("apiVersion: v1\nkind: Secret\ndata:\n  api-key: {coded}\nstringData:\n  other-key: {value}\n");
    let found = verdicts("k8s/a.yaml", text.as_bytes());
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0].2.secret.digest, found[1].2.secret.digest);
    let other = ztctl::secrets::Scanner::new(b"another salt", ztctl::diag::Date::new(2026, 11, 22).expect("a date"));
    assert_ne!(other.scan("k8s/a.yaml", text.as_bytes()).found[0].secret.digest, found[0].2.secret.digest);
}

fn piece() -> impl Strategy<Value = Vec<u8>> {
    let words: Vec<&'static [u8]> = vec![
        b"password",
        b"secret: ",
        b"\"token\": \"",
        b"key=",
        b"'",
        b"\"",
        b"\\",
        b"\n",
        b"  ",
        b"://u:",
        b"@h",
        b"kind: Secret\ndata:\n",
        b"{{ x }}",
        b"-----BEGIN PRIVATE KEY-----",
        b"-----END PRIVATE KEY-----",
        b"eyJ",
        b".",
        b"AKIA",
        b"ghp_",
        b"${",
        b"}",
        b"${DB_PASSWORD:-",
        b"Bearer ",
        b"curl -u ",
        b"\xff\xfe",
        b"\xc3",
        "\u{1F600}".as_bytes(),
        b"<password>",
        b"</",
        b"name: ",
        b"value: ",
        b"|\n",
        b"|",
        b"%",
        b"LS0tLS1CRUdJTiB",
        b"Basic ",
    ];
    prop_oneof![prop::sample::select(words).prop_map(<[u8]>::to_vec), prop::collection::vec(any::<u8>(), 0..6)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn any_bytes_are_read(pieces in prop::collection::vec(piece(), 0..60), kind in 0usize..8) {
        let bytes = pieces.concat();
        let path = ["a.yaml", "a.go", "a.json", "a.env", "a.xml", "a.md", "Dockerfile", "a.tf"][kind];
        let scan = scanner().scan(path, &bytes);
        let mut last = 0;
        for found in &scan.found {
            prop_assert!(found.at.start >= last && found.at.end as usize <= bytes.len());
            last = found.at.end;
        }
        if let Ok(text) = std::str::from_utf8(&bytes) {
            let _ = scanner().judge(&["db", "password"], text);
            let _ = scanner().judge(&["TOKEN"], text);
        }
        let _ = scanner().judge_secret("key", &bytes);
    }
}
