use std::sync::Arc;

use ztctl::config::{ConfigStore, Source};
use ztctl::diag::{Level, Preset};
use ztctl::text::SourceMap;

use super::{Memory, RULES, run};

const FILES: &[(&str, &str)] = &[
    ("/ztctl.toml", "preset = 'nonsense above the root'"),
    ("/repo/ztctl.toml", "preset = 'all'\nexclude = ['/x/gen/']\n[rules]\nuse-if = 'off'\n"),
    ("/repo/x/y/ztctl.toml", "exclude = ['gen/']\n"),
    ("/repo/r/.regal/config.yaml", "rules:\n  style:\n    opa-fmt:\n      level: ignore\n"),
    ("/repo/r/deep/ztctl.toml", ""),
    ("/repo/both/.regal.yaml", "nonsense: 1"),
    ("/repo/both/ztctl.toml", ""),
];

#[test]
fn the_nearest_config_applies_whole() {
    let of = |path: &str| run(FILES, "/repo", path, Source::Nearest).silent();
    assert_eq!(of("a.rego").rules.preset, Preset::All);
    assert_eq!(of("x/a.rego").path.as_deref(), Some("ztctl.toml"));
    assert_eq!(of("x/y/a.rego").rules.preset, Preset::Recommended);
    assert_eq!(of("x/y/z/z/a.rego").path.as_deref(), Some("x/y/ztctl.toml"));
    assert_eq!(of("r/deep/a.rego").path.as_deref(), Some("r/deep/ztctl.toml"));
    assert_eq!(of("both/a.rego").path.as_deref(), Some("both/ztctl.toml"));
}

#[test]
fn regal_stands_in_for_rules_alone() {
    let config = run(FILES, "/repo", "r/a.rego", Source::Nearest).silent();
    assert_eq!(config.path.as_deref(), Some("r/.regal/config.yaml"));
    assert_eq!(config.rules.preset, Preset::All, "all else is the config's above");
    let names: Vec<_> = config.rules.rules.iter().map(|setting| (setting.name.as_str(), setting.level)).collect();
    assert_eq!(names, [("opa-fmt", Some(Level::Off))]);
}

#[test]
fn paths_are_those_of_the_run() {
    for (cwd, path, excluded) in [
        ("/repo", "x/y/a.rego", "x/y/gen/b"),
        ("/repo/x/y", "a.rego", "gen/b"),
        ("/repo/x/y/z", "a.rego", "gen/b"),
        ("/repo/other", "../x/y/a.rego", "../x/y/gen/b"),
        ("/", "repo/x/y/a.rego", "repo/x/y/gen/b"),
        ("/repo/x", "/repo/x/y/a.rego", "/repo/x/y/gen/b"),
    ] {
        let config = run(FILES, cwd, path, Source::Nearest).silent();
        assert!(config.excludes(excluded, false), "{cwd} {path}");
        assert!(!config.excludes("elsewhere", false));
    }
    let name = |cwd: &str, path: &str| run(FILES, cwd, path, Source::Nearest).silent().path.clone().expect("a config");
    assert_eq!(name("/repo/x", "y/a"), "y/ztctl.toml");
    assert_eq!(name("/repo/x/q", "a"), "../../ztctl.toml");
    assert_eq!(name("/elsewhere", "/repo/a"), "../repo/ztctl.toml");
}

#[test]
fn an_excluded_folder_may_be_the_working_directory() {
    let files = [("/repo/ztctl.toml", "exclude = ['vendor/**']\n")];
    let config = run(&files, "/repo/vendor", "a.rego", Source::Nearest).silent();
    assert!(["", ".", "x", "../vendor"].iter().all(|dir| config.excludes(dir, true)));
    assert!(!config.excludes("..", true) && !config.excludes("../other", true));
}

#[test]
fn nothing_above_the_root_of_the_tree_counts() {
    let files = [("/ztctl.toml", "preset = 'all'"), ("/other/sub/x", "")];
    assert_eq!(run(&files, "/repo", "a/b.rego", Source::Nearest).silent().path, None);
    // outside of version control every folder above counts
    assert_eq!(run(&files, "/other/sub", "b.rego", Source::Nearest).silent().rules.preset, Preset::All);
}

#[test]
fn a_named_config_is_for_all_files() {
    let named = |path: &str| run(FILES, "/repo", "x/y/a.rego", Source::File(path.to_owned()));
    assert_eq!(named("ztctl.toml").silent().rules.preset, Preset::All);
    let regal = named("r/.regal/config.yaml").silent();
    assert_eq!((regal.rules.preset, regal.rules.rules.len()), (Preset::Recommended, 1));
    insta::assert_snapshot!(named("missing.toml").said(), @"run config `missing.toml` cannot be read: it does not exist");
}

#[test]
fn no_config_is_the_defaults() {
    let config = run(&[("/repo/ztctl.toml", "nonsense")], "/repo", "a.rego", Source::Defaults).silent();
    assert_eq!((config.path.as_deref(), config.rules.preset), (None, Preset::Recommended));
}

#[test]
fn a_config_is_read_once() {
    let memory = Memory::new(&[("/repo/ztctl.toml", "presett = 1\n"), ("/repo/a/ztctl.toml", "extends = '../ztctl.toml'\n")]);
    let mut sources = SourceMap::new();
    let mut store = ConfigStore::new(&memory, RULES, "/repo", Source::Nearest);
    let first = store.of_file("a/x.rego", &mut sources);
    let again = store.of_file("a/b/y.rego", &mut sources);
    let root = store.of_folder(".", &mut sources);
    assert!(Arc::ptr_eq(&first, &again) && !Arc::ptr_eq(&first, &root));
    assert_eq!((sources.len(), store.findings().len()), (2, 1));
    insta::assert_snapshot!(
        run(&[("/repo/ztctl.toml", "<unreadable>")], "/repo", "a", Source::Nearest).said(),
        @"ztctl.toml the config cannot be read: permission denied"
    );
}
