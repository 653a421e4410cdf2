use proptest::prelude::*;
use ztctl::config::Source;

use super::{read, run};

fn regal(text: &str) -> super::Outcome {
    run(&[("/repo/.regal.yaml", text)], "/repo", "a.rego", Source::Nearest)
}

#[test]
fn deep_and_long_input_ends() {
    let deep = [
        format!("a = {}{}", "[".repeat(100_000), "]".repeat(100_000)),
        format!("a = {}", "{a=".repeat(100_000)),
        format!("[{}]", vec!["a"; 50_000].join(".")),
        format!("{} = 1", vec!["a"; 50_000].join(".")),
        "[[project]]\n".repeat(20_000),
        "x = \n".repeat(20_000),
        format!("exclude = ['{}']", "*".repeat(10_000)),
        format!("exclude = ['{}']", "{a,".repeat(5_000)),
        format!("exclude = [{}]", "'a*b',".repeat(3_000)),
        format!("[rules]\nline-length = {{ pattern = '{}' }}", "(".repeat(50_000)),
        format!("[rules]\nline-length = {{ pattern = '{}' }}", "(a{1000}){1000}"),
        format!("[rules]\n{} = 'off'", "x".repeat(1_000_000)),
        "\0\u{1}\u{2}".repeat(10_000),
    ];
    for text in &deep {
        let outcome = read(text);
        assert!(outcome.findings.len() <= 101, "{}", outcome.findings.len());
        assert!(outcome.findings.iter().all(|finding| finding.message.len() < 1000));
    }
    let deep = [
        "[".repeat(100_000),
        "{a: ".repeat(100_000),
        "- ".repeat(100_000),
        format!("rules:\n{}", (0..2_000).map(|n| format!("{}a:\n", " ".repeat(n))).collect::<String>()),
        // each level names the one before ten times
        (0..40).fold("a0: &a0 [x]\n".to_owned(), |text, n| {
            format!("{text}a{}: &a{} [{}]\n", n + 1, n + 1, vec![format!("*a{n}"); 10].join(", "))
        }),
        "a: &a [*a]\n".to_owned(),
        "rules: *nothing\n".to_owned(),
        "k: v\n".repeat(50_000),
    ];
    for text in &deep {
        let outcome = regal(text);
        assert!(outcome.findings.len() <= 101);
    }
}

#[test]
fn links_without_end_are_cut() {
    struct Mirror;
    impl ztctl::config::Files for Mirror {
        fn read(&self, path: &str) -> ztctl::config::Found {
            if path.ends_with("/ztctl.toml") {
                ztctl::config::Found::Text("extends = 'd/ztctl.toml'".to_owned())
            } else {
                ztctl::config::Found::Missing
            }
        }
        fn is_root(&self, _: &str) -> bool {
            true
        }
    }
    let mut sources = ztctl::text::SourceMap::new();
    let mut store = ztctl::config::ConfigStore::new(&Mirror, super::RULES, "/repo", Source::Nearest);
    store.of_file("a", &mut sources);
    assert_eq!(store.findings().len(), 1);
    assert!(store.findings()[0].message.contains("more than 16 files"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_panics(text in "\\PC{0,60}|[a-z=\\[\\]{}'\"\n.,:&*#| -]{0,60}", path in "[./a-c]{0,12}") {
        for outcome in [read(&text), regal(&text)] {
            let _ = outcome.config.excludes(&path, false);
            let _ = outcome.config.rego_version_of(&path);
            for finding in &outcome.findings {
                if let ztctl::diag::Place::At(at) = finding.place {
                    prop_assert!(outcome.sources.get(at.source).text.get(at.span.range()).is_some(), "{:?}", finding);
                }
            }
        }
    }

    #[test]
    fn patterns_never_panic(pattern in "[a*?\\[\\]{},!/\\\\#. é-]{0,12}", path in "[./a-cé]{0,12}", cwd in "/[a-c/.]{0,8}") {
        let text = format!("exclude = [{}]\n[[project]]\npath = {}\n", serde_json::json!(pattern), serde_json::json!(pattern));
        let outcome = run(&[("/repo/ztctl.toml", &text), ("/ztctl.toml", &text)], &cwd, &path, Source::Nearest);
        let _ = outcome.config.excludes(&path, true);
        let _ = outcome.config.rego_version_of(&path);
    }
}
