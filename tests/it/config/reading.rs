use ztctl::config::{Capabilities, Class, Part, PlainSecret, Source};
use ztctl::diag::{Level, OptionValue, Preset, Product, Release, Severity};
use ztctl::syntax::rego::Version;

use super::{read, run};

/// Every key.
const FULL: &str = r#"
preset = "all"
fail-level = "error"
exclude = ["vendor/**", "*.gen.rego", "!keep.gen.rego"]
rego-version = "v1"
capabilities = "opa@1.18"
target = { kubernetes = "1.33", istio = "1.27.1" }

[[project]]
path = "policies/legacy"
rego-version = "v0"
[[project]]
path = "policies/legacy/new"
rego-version = "v1"
[[project]]
path = "policies/any"

[rules]
style = "off"
use-if = "info"
line-length = { severity = "info", max-line-length = 140, strict = true, pattern = "^a", names = ["x"], mode = "never", include = ["lib/**"], exclude = ["**/*_test.rego"] }
opa-fmt = { exclude = ["generated/"] }

[lint]
custom-rules = [".ztctl/rules"]
[check]
system-namespaces = ["kube-system", "istio-*"]
mesh-root-namespace = "istio-system"
[environments]
prod = { class = "production", paths = ["overlays/prod/**"], namespaces = ["*-prod"] }
dev = { class = "non-production" }
[test]
fixtures = ["testdata/**"]
[assess]
min-level = 3
profile = "enterprise"
k8s-plain-secret = "cap1"
static-by-nature = ["stripe"]
[verify]
run = ["lint", "test"]
[suppress]
require-reason = true
max-days = 180
"#;

#[test]
fn every_key_is_read() {
    let config = read(FULL).silent();
    assert_eq!(config.path.as_deref(), Some("ztctl.toml"));
    assert_eq!((config.rules.preset, config.fail_level), (Preset::All, Severity::Error));
    assert_eq!(config.capabilities, Some(Capabilities::parse("opa@1.18", "/")));
    assert_eq!(
        [Product::Kubernetes, Product::Istio, Product::Linkerd].map(|product| config.rules.check.target.get(product)),
        [Some(Release::new(1, 33)), Some(Release::new(1, 27)), None]
    );
    assert_eq!(config.custom_rules, ["/repo/.ztctl/rules"]);
    assert_eq!(config.rules.check.system_namespaces.as_deref(), Some(&["kube-system".to_owned(), "istio-*".to_owned()][..]));
    assert_eq!(config.rules.check.mesh_root_namespace.as_deref(), Some("istio-system"));
    assert_eq!(config.environments.len(), 2);
    let dev = &config.environments[0];
    let prod = &config.environments[1];
    let (prod, dev) = if prod.name == "prod" { (prod, dev) } else { (dev, prod) };
    assert_eq!((prod.class, dev.class), (Some(Class::Production), Some(Class::NonProduction)));
    assert!(prod.paths.matches("overlays/prod/x/y.yaml", false) && !prod.paths.matches("overlays/dev/y.yaml", false));
    assert_eq!(prod.namespaces, ["*-prod"]);
    assert!(config.test_fixtures.matches("testdata/a.yaml", false));
    assert_eq!((config.assess.min_level, config.assess.profile.as_deref()), (Some(3), Some("enterprise")));
    assert_eq!(config.assess.k8s_plain_secret, PlainSecret::Cap1);
    assert_eq!(config.assess.static_by_nature, ["stripe"]);
    assert_eq!(config.verify, [Part::Lint, Part::Test]);
    assert!(config.rules.suppress.require_reason);
    assert_eq!(config.rules.suppress.max_days, Some(180));
}

#[test]
fn an_empty_config_is_the_defaults() {
    for text in ["", "# nothing\n", "\u{feff}", "[rules]\n[lint]\n"] {
        let config = read(text).silent();
        assert_eq!((config.rules.preset, config.fail_level), (Preset::Recommended, Severity::Warning));
        assert!(config.exclude.is_empty() && config.rules.rules.is_empty() && config.projects.is_empty());
        assert_eq!(config.verify, Part::ALL);
        assert_eq!(config.rego_version_of("a.rego"), None);
    }
}

#[test]
fn rules_have_levels_options_and_paths() {
    let config = read(FULL).silent();
    let of = |name: &str| config.rules.rules.iter().find(|setting| setting.name == name).expect("a setting");
    assert_eq!(of("style").level, Some(Level::Off));
    assert_eq!(of("use-if").level, Some(Level::On(Severity::Info)));
    assert!(of("use-if").applies.is_all());
    let length = of("line-length");
    assert_eq!(length.options["max-line-length"], OptionValue::Integer(140));
    assert_eq!(length.options["strict"], OptionValue::Bool(true));
    assert_eq!(length.options["pattern"], OptionValue::String("^a".into()));
    assert_eq!(length.options["names"], OptionValue::StringList(vec!["x".into()].into()));
    assert_eq!(length.options["mode"], OptionValue::String("never".into()));
    assert!(length.applies.matches("lib/a.rego") && length.applies.matches("lib/x/a.rego"));
    assert!(!length.applies.matches("a.rego") && !length.applies.matches("lib/a_test.rego"));
    assert_eq!(of("opa-fmt").level, None);
    assert!(of("opa-fmt").applies.matches("a.rego") && !of("opa-fmt").applies.matches("x/generated/a.rego"));
}

#[test]
fn excludes_are_as_in_gitignore() {
    let config = read("exclude = ['vendor/**', '*.gen.rego', '!keep.gen.rego', '/top.rego', 'sub/dir', 'only-dirs/']").silent();
    for path in ["vendor/a.rego", "vendor/x/y.yaml", "a.gen.rego", "x/a.gen.rego", "top.rego", "sub/dir", "sub/dir/a", "x/only-dirs/a"] {
        assert!(config.excludes(path, false), "{path}");
    }
    for path in
        ["a.rego", "keep.gen.rego", "x/top.rego", "x/sub/dir", "only-dirs", "my-vendor/a", ".", "../vendor/a.rego", "/elsewhere/vendor/a"]
    {
        assert!(!config.excludes(path, false), "{path}");
    }
    assert!(config.excludes("only-dirs", true) && config.excludes("./x/../vendor/a", false));
    assert!(config.excludes("/repo/vendor/a.rego", false));
}

#[test]
fn a_folder_of_which_all_is_excluded_is_not_entered() {
    let config = read("exclude = ['vendor/**', 'gen/*', 'docs/*.rego']").silent();
    for (path, excluded) in [("vendor", true), ("gen", true), ("./gen/", true), ("docs", false), (".", false), ("src", false)] {
        assert_eq!(config.excludes(path, true), excluded, "{path}");
        assert!(!config.excludes(path, false), "{path}");
    }
    let config = read("exclude = ['vendor/**', '!vendor/ours/**']").silent();
    assert!(!config.excludes("vendor", true), "something of it is wanted");
    assert!(config.excludes("vendor/x/a.rego", false) && !config.excludes("vendor/ours/a.rego", false));
    let config = read("exclude = ['**']").silent();
    assert!(!config.excludes(".", true), "the config's own folder is no entry of it");
    assert!(config.excludes("a", true) && config.excludes("a.rego", false));
}

#[test]
fn the_innermost_project_decides_the_version() {
    let config = read(FULL).silent();
    for (path, version) in [
        ("a.rego", Version::V1),
        ("policies/legacy/a.rego", Version::V0),
        ("policies/legacy/new/a.rego", Version::V1),
        ("policies/legacy-not/a.rego", Version::V1),
        ("policies/any/a.rego", Version::V1),
    ] {
        assert_eq!(config.rego_version_of(path), Some(version), "{path}");
    }
}

#[test]
fn what_is_extended_shines_through() {
    let files = [
        (
            "/repo/ztctl.toml",
            "preset = 'all'\nfail-level = 'info'\nexclude = ['gen/**']\n[rules]\nuse-if = 'error'\nstyle = 'off'\n[check]\nsystem-namespaces = ['a', 'b']\n[environments]\nprod = { class = 'production' }\nqa = { namespaces = ['qa'] }\n[lint]\ncustom-rules = ['rules']\n[suppress]\nmax-days = 10\n",
        ),
        (
            "/repo/team/ztctl.toml",
            "extends = '../ztctl.toml'\nfail-level = 'error'\nexclude = ['tmp/']\n[rules]\nuse-if = 'off'\n[check]\nsystem-namespaces = ['c']\n[environments]\nprod = { namespaces = ['p'] }\n[suppress]\nrequire-reason = true\n",
        ),
    ];
    let config = run(&files, "/repo", "team/a.rego", Source::Nearest).silent();
    assert_eq!((config.rules.preset, config.fail_level), (Preset::All, Severity::Error));
    // each pattern is seen from the file that it stands in
    assert!(config.excludes("gen/x", false) && config.excludes("team/tmp/x", false) && !config.excludes("tmp/x", false));
    let names: Vec<&str> = config.rules.rules.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["use-if", "style", "use-if"]);
    assert_eq!(config.rules.rules[2].level, Some(Level::Off));
    assert_eq!(config.rules.check.system_namespaces.as_deref(), Some(&["c".to_owned()][..]));
    let mut names: Vec<&str> = config.environments.iter().map(|environment| environment.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["prod", "qa"]);
    assert!(config.environments.iter().all(|environment| environment.class.is_none()));
    assert_eq!(config.custom_rules, ["/repo/rules"]);
    assert_eq!((config.rules.suppress.max_days, config.rules.suppress.require_reason), (Some(10), true));
}

#[test]
fn capabilities_may_be_a_file() {
    let config = run(&[("/repo/x/ztctl.toml", "capabilities = '../caps.json'")], "/repo", "x/a", Source::Nearest).silent();
    assert_eq!(config.capabilities, Some(Capabilities::parse("/repo/caps.json", "/")));
    let config = read("capabilities = 'opa@v1.4.2'").silent();
    assert_eq!(config.capabilities, Some(Capabilities::parse("opa@1.4.2", "/")));
}
