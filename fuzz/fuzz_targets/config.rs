//! Any text as a config of either kind: no panic, and every finding at a place of its file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ztctl::config::{ConfigStore, Files, Found, Source};
use ztctl::diag::{Place, RuleMeta};
use ztctl::text::SourceMap;

struct One<'a> {
    path: &'static str,
    text: &'a str,
}

impl Files for One<'_> {
    fn read(&self, path: &str) -> Found {
        if path == self.path { Found::Text(self.text.to_owned()) } else { Found::Missing }
    }

    fn is_root(&self, dir: &str) -> bool {
        dir == "/repo"
    }
}

fuzz_target!(|input: (&str, &str)| {
    let (text, path) = input;
    let rules: Vec<&'static RuleMeta> = ztctl::lint::metas().collect();
    for config in ["/repo/ztctl.toml", "/repo/.regal/config.yaml"] {
        let files = One { path: config, text };
        let mut sources = SourceMap::new();
        let mut store = ConfigStore::new(&files, &rules, "/repo", Source::Nearest);
        let found = store.of_file("a.rego", &mut sources);
        let _ = (found.excludes(path, false), found.excludes(path, true), found.rego_version_of(path));
        for setting in &found.rules.rules {
            let _ = setting.applies.matches(path);
        }
        for finding in store.findings() {
            if let Place::At(at) = finding.place {
                assert!(sources.get(at.source).text.get(at.span.range()).is_some(), "{finding:?}");
            }
        }
    }
});
