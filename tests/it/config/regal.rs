use ztctl::config::{Capabilities, Source};
use ztctl::diag::{Level, OptionValue, Severity};
use ztctl::syntax::rego::Version;

use super::{Outcome, run};

fn read(text: &str) -> Outcome {
    run(&[("/repo/.regal/config.yaml", text)], "/repo", "a.rego", Source::Nearest)
}

const FULL: &str = "\
# a comment
rules:
  default:
    level: error
  style:
    default: { level: warning }
    line-length: &shared
      level: ignore
      max-line-length: 100
      names: [a, b]
      ignore:
        files:
          - \"*_test.rego\"
          - lib/gen/*
    opa-fmt:
      ignore: { files: [old/] }
  idiomatic:
    use-if:
      level: warning
  custom:
    one-of-ours:
      level: error
      anything: [1, {a: b}]
  naming:
    deny-rule: { level: error }
ignore:
  files:
    - e2e/*
    - '**/testdata/**'
    - ''
project:
  rego-version: 0
  roots:
    - bundle
    - path: lib/new
      rego-version: 1
capabilities:
  from:
    engine: opa
    version: v1.2.0
features:
  remote:
    check-version: false
";

#[test]
fn everything_of_regal_is_read() {
    let outcome = read(FULL);
    insta::assert_snapshot!(outcome.said(), @r##"
    .regal/config.yaml:21:5 |one-of-ours| warning: `custom/one-of-ours` is no rule of ztctl (rules of your own, written in Rego, are not run)
    .regal/config.yaml:25:5 |deny-rule| warning: `naming/deny-rule` is no rule of ztctl (rules of your own, written in Rego, are not run)
    "##);
    let config = outcome.config;
    assert_eq!(config.path.as_deref(), Some(".regal/config.yaml"));
    let levels: Vec<_> = config.rules.rules.iter().map(|setting| (setting.name.as_str(), setting.level)).collect();
    let on = |severity| Some(Level::On(severity));
    let mut expected: Vec<_> = ["bugs", "custom", "idiomatic", "imports", "performance", "style", "testing"]
        .map(|category| (category, on(Severity::Error)))
        .to_vec();
    expected.extend([
        ("style", on(Severity::Warning)),
        ("line-length", Some(Level::Off)),
        ("opa-fmt", None),
        ("use-if", on(Severity::Warning)),
    ]);
    assert_eq!(levels, expected);
    let length = &config.rules.rules[8];
    assert_eq!(length.options["max-line-length"], OptionValue::Integer(100));
    assert_eq!(length.options["names"], OptionValue::StringList(vec!["a".into(), "b".into()].into()));
    assert!(!length.applies.matches("x/a_test.rego") && !length.applies.matches("lib/gen/a.rego") && length.applies.matches("a.rego"));
    assert!(!config.rules.rules[9].applies.matches("x/old/a.rego"));
    // ignored for Rego, which is all that Regal reads
    assert!(config.excludes("e2e/a.rego", false) && config.excludes("x/testdata/y/a.rego", false));
    assert!(!config.excludes("e2e/a.yaml", false) && !config.excludes("e2e", true) && !config.excludes("a.rego", false));
    assert_eq!(config.rego_version_of("a.rego"), Some(Version::V0));
    assert_eq!(config.rego_version_of("lib/new/a.rego"), Some(Version::V1));
    assert_eq!(config.capabilities, Some(Capabilities::parse("opa@1.2.0", "/")));
}

#[test]
fn patterns_are_those_of_regal() {
    let ignored = |pattern: &str, path: &str| {
        let text = format!("ignore:\n  files: ['{pattern}']\n");
        read(&text).silent().excludes(path, false)
    };
    for (pattern, yes, no) in [
        ("a.rego", &["a.rego", "x/a.rego", "x/y/a.rego"][..], &["ba.rego", "a.rego.rego"][..]),
        ("x/a.rego", &["x/a.rego"], &["y/x/a.rego", "a.rego"]),
        ("/a.rego", &["a.rego"], &["x/a.rego"]),
        ("x", &["x/a.rego", "y/x/a.rego"], &["xx/a.rego"]),
        ("x/", &["x/a.rego", "y/x/z/a.rego"], &["x.rego"]),
        ("x/*", &["x/a.rego", "x/y/a.rego"], &["y/x/a.rego"]),
        ("**/x/**", &["x/a.rego", "y/x/z/a.rego"], &["x.rego"]),
        ("*_test.rego", &["a_test.rego", "x/a_test.rego"], &["a.rego"]),
        ("x/{a,b}.rego", &["x/a.rego", "x/b.rego"], &["x/c.rego"]),
        ("[!a-c]?.rego", &["xd.rego", "y/dd.rego"], &["ad.rego", "d.rego"]),
        ("x/**/a.rego", &["x/y/a.rego", "x/y/z/a.rego"], &["x/a.rego"]),
        ("!a.rego", &["!a.rego"], &["b.rego", "a.rego"]),
        ("#a.rego", &["#a.rego"], &["a.rego"]),
        ("ü*.rego", &["x/üb.rego"], &["ub.rego"]),
    ] {
        yes.iter().for_each(|path| assert!(ignored(pattern, path), "{pattern} {path}"));
        no.iter().for_each(|path| assert!(!ignored(pattern, path), "{pattern} {path}"));
    }
    for broken in ["[a", "[]", "[z-a]", "{a", "a\\"] {
        let text = format!("ignore:\n  files: ['{broken}']\n");
        assert!(read(&text).said().contains("is not a pattern"), "{broken}");
    }
}

#[test]
fn capabilities_come_from_releases_files_and_lists() {
    let capabilities = |text: &str| read(&format!("capabilities:\n  {text}\n"));
    let parsed = |text: &str| Capabilities::parse(text, "/repo");
    for (text, expected) in [
        ("from: { engine: opa, version: v0.60.0 }", "opa@0.60.0"),
        ("from: { engine: rq, version: v0.0.11 }", "rq@0.0.11"),
        ("from: { file: caps.json }", "/repo/caps.json"),
        ("from: { url: 'file:///x/caps.json' }", "/x/caps.json"),
        ("from: { url: 'regal:///capabilities/eopa/v1.10.0' }", "eopa@1.10.0"),
    ] {
        assert_eq!(capabilities(text).silent().capabilities, Some(parsed(expected)), "{text}");
    }
    let text = "{ from: { engine: opa, version: v1.2.0 }, plus: { builtins: [{ name: ours.f, decl: { args: [{type: any}], result: {type: any} } }] }, minus: { builtins: [{ name: http.send }] } }";
    let config = read(&format!("capabilities: {text}\n")).silent();
    let expected = Capabilities { plus: vec![("ours.f".to_owned(), 1)], minus: vec!["http.send".to_owned()], ..parsed("opa@1.2.0") };
    assert_eq!(config.capabilities, Some(expected));
    let said: Vec<String> = [
        "from: { url: 'https://example.com/caps.json' }",
        "from: { engine: opa, version: v9.9.9 }",
        "from: { engine: opa }",
        "from: { engine: opa, version: v1.2.0, file: x }",
        "plus: { builtins: [http.send] }",
        "form: {}",
    ]
    .iter()
    .map(|text| capabilities(text).said())
    .collect();
    insta::assert_snapshot!(said.concat(), @r##"
    .regal/config.yaml:2:9 |{ url: 'https://example.com/ca| `https://example.com/caps.json` is not fetched: ztctl does not use the network, save it to a file
    .regal/config.yaml:2:9 |{ engine: opa, version: v9.9.9| no release of `opa` is called `v9.9.9`: the newest that is known is 1.22.2
    .regal/config.yaml:2:9 |{ engine: opa }| `engine` and `version` go together, and both are strings
    .regal/config.yaml:2:9 |{ engine: opa, version: v1.2.0| `from` takes a `file`, a `url`, or an `engine` and its `version`, and only one of these
    .regal/config.yaml:2:22 |http.send| a builtin must be a map with `name`
    .regal/config.yaml:2:3 |form| warning: `form` is no key of `capabilities` (did you mean `from`?)
    "##);
}

#[test]
fn options_may_be_lists_of_tables() {
    let text = |tables: &str| format!("rules:\n  style:\n    line-length: {{ conventions: {tables} }}\n");
    let config = read(&text("[{ pattern: '^_', targets: [rule, function] }, { names: [i] }]")).silent();
    let list = |items: &[&'static str]| OptionValue::StringList(items.iter().map(|item| (*item).into()).collect());
    let expected = vec![
        vec![("pattern", OptionValue::String("^_".into())), ("targets", list(&["rule", "function"]))].into(),
        vec![("names", list(&["i"]))].into(),
    ];
    assert_eq!(config.rules.rules[0].options["conventions"], OptionValue::Tables(expected.into()));
    let said = ["x", "[x]", "[{ patern: x }]", "[{ pattern: '[' }]", "[{ names: x }]"].map(|tables| read(&text(tables)).said());
    insta::assert_snapshot!(said.concat(), @r##"
    .regal/config.yaml:3:33 |x| `conventions` must be a list of tables, not `"x"` (what it is for)
    .regal/config.yaml:3:33 |[x]| `conventions` must be a list of tables, not a list (what it is for)
    .regal/config.yaml:3:33 |[{ patern: x }]| `conventions` must be a list of tables with `pattern`, `names` and `targets`, not a list (what it is for)
    .regal/config.yaml:3:33 |[{ pattern: '[' }]| `conventions` must be a list of tables whose `pattern` is a regular expression (unclosed character class), not a list (what it is for)
    .regal/config.yaml:3:33 |[{ names: x }]| `conventions` must be a list of tables whose `names` is a list of strings, not a list (what it is for)
    "##);
}

#[test]
fn paths_are_those_of_the_folder_that_holds_it() {
    for name in [".regal/config.yaml", ".regal.yaml"] {
        let path = format!("/repo/p/{name}");
        let text = "ignore:\n  files: [/top.rego]\nproject:\n  roots: [lib]\n";
        let config = run(&[(&path, text)], "/repo/p/lib", "a.rego", Source::Nearest).silent();
        assert!(config.excludes("../top.rego", false) && !config.excludes("top.rego", false));
        assert_eq!(config.projects[0].path, "/repo/p/lib");
    }
}

#[test]
fn mistakes() {
    let said = read(
        "ruls: {}\nrules:\n  default: { level: on, levl: x }\n  style:\n    opa-fnt: { level: error }\n    constant-condition: { level: error }\n    line-length: { level: fatal, max-line-length: long, max-line-lenght: 3, ignore: { files: x } }\n    opa-fmt: 3\n  bugs: [a]\n  custom:\n    ours: { level: whatever }\nignore: { files: ['a{', 3] }\nproject:\n  rego-version: 2\n  root: x\n  roots: [{ rego-version: v1 }]\ncapabilities:\n  from: { engine: eop, version: v1.0.0 }\n",
    )
    .said();
    insta::assert_snapshot!(said, @r##"
    .regal/config.yaml:1:1 |ruls| warning: `ruls` is no key of a config of Regal (did you mean `rules`?)
    .regal/config.yaml:3:21 |on| `level` must be `error`, `warning` or `ignore`, not `"on"`
    .regal/config.yaml:3:25 |levl| warning: `levl` is no key of `default` (did you mean `level`?)
    .regal/config.yaml:5:5 |opa-fnt| warning: `opa-fnt` is no rule of `style` (did you mean `opa-fmt`?)
    .regal/config.yaml:6:5 |constant-condition| warning: `constant-condition` is no rule of `style` (move it to `rules.bugs`)
    .regal/config.yaml:7:27 |fatal| `level` must be `error`, `warning` or `ignore`, not `"fatal"`
    .regal/config.yaml:7:51 |long| `max-line-length` must be an integer from 1 to 1000, not `"long"` (what it is for)
    .regal/config.yaml:7:57 |max-line-lenght| warning: `line-length` has no option `max-line-lenght` (did you mean `max-line-length`?)
    .regal/config.yaml:7:94 |x| `files` must be a list of patterns, not a string
    .regal/config.yaml:8:14 |3| `opa-fmt` must be a map, not an integer
    .regal/config.yaml:9:9 |[a]| `rules.bugs` must be a map, not a list
    .regal/config.yaml:11:5 |ours| warning: `custom/ours` is no rule of ztctl (rules of your own, written in Rego, are not run)
    .regal/config.yaml:12:19 |'a{'| `"a{"` is not a pattern: `{` is not closed
    .regal/config.yaml:12:25 |3| a pattern must be a string, not an integer
    .regal/config.yaml:14:17 |2| `rego-version` must be `0` or `1`, not `2`
    .regal/config.yaml:15:3 |root| warning: `root` is no key of `project` (did you mean `roots`?)
    .regal/config.yaml:16:11 |{ rego-version: v1 }| a root must be a path, or a map with `path`
    .regal/config.yaml:18:9 |{ engine: eop, version: v1.0.0| no engine is called `eop`: `opa`, `eopa` and `rq` are known (did you mean `eopa`?)
    "##);
    for text in ["- a\n", "just text\n"] {
        assert!(read(text).said().contains("a config must be a map"), "{text}");
    }
    for text in ["", "# nothing\n", "rules:\n", "---\nrules: {}\n...\n", "ignore:\n  files:\n", "project: ~\n"] {
        read(text).silent();
    }
}

#[test]
fn broken_yaml_is_read_as_far_as_it_goes() {
    let outcome = read("rules:\n  style:\n    opa-fmt:\n      level: ignore\n    line-length: {level: error\n  x: [\n");
    assert!(outcome.said().contains("not YAML"), "{}", outcome.said());
    assert_eq!(outcome.config.rules.rules[0].level, Some(Level::Off));
    insta::assert_snapshot!(read("rules: {}\nrules: {}\n").said(), @r##".regal/config.yaml:2:1 |rules| not YAML: the key is there already"##);
}
