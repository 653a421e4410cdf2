use ztctl::config::Source;
use ztctl::diag::{Level, Preset, Severity};

use super::{read, run};

#[test]
fn unknown_keys() {
    let said = read(
        "presett = 'all'\nfail_level = 'info'\nmax-days = 3\nline-length = 'off'\nzzzzzz = 1\n[lint]\ncustomrules = []\nqqqqqqqq = 1\n[[project]]\npath = 'a'\nrego = 'v0'\n[environments.prod]\nclas = 'x'\n[target]\nkubernets = '1.33'\n",
    )
    .said();
    insta::assert_snapshot!(said, @r##"
    ztctl.toml:1:1 |presett| `presett` is no key (did you mean `preset`?)
    ztctl.toml:2:1 |fail_level| `fail_level` is no key (did you mean `fail-level`?)
    ztctl.toml:3:1 |max-days| `max-days` is no key (it belongs in `[suppress]`)
    ztctl.toml:4:1 |line-length| `line-length` is no key (it belongs in `[rules]`)
    ztctl.toml:5:1 |zzzzzz| `zzzzzz` is no key (the keys here are `extends`, `preset`, `fail-level`, `exclude`, `rego-version`, `capabilities`, `target`, `project`, `rules`, `lint`, `check`, `environments`, `test`, `assess`, `verify` and `suppress`)
    ztctl.toml:7:1 |customrules| `customrules` is no key of `lint` (did you mean `custom-rules`?)
    ztctl.toml:8:1 |qqqqqqqq| `qqqqqqqq` is no key of `lint` (the keys here are `custom-rules` and `schemas`)
    ztctl.toml:11:1 |rego| `rego` is no key of `project` (the keys here are `path` and `rego-version`)
    ztctl.toml:13:1 |clas| `clas` is no key of `environments.prod` (did you mean `class`?)
    ztctl.toml:15:1 |kubernets| `kubernets` is no key of `target` (did you mean `kubernetes`?)
    "##);
}

#[test]
fn wrong_values() {
    let said = read(
        "preset = 'recomended'\nfail-level = 3\nexclude = 'vendor/**'\nrego-version = 'v2'\ncapabilities = 'opa@one'\ntarget = { kubernetes = 1.33, istio = 'one' }\nproject = { path = 'x' }\n[lint]\ncustom-rules = [1, '']\n[check]\nmesh-root-namespace = ''\nsystem-namespaces = { a = 1 }\n[environments]\nprod = 'production'\ndev = { class = 'prod', paths = ['a{', '#x', '', 3] }\n[assess]\nmin-level = 6\nk8s-plain-secret = 'cap2'\n[verify]\nrun = ['lnt', 'test', 'test']\n[suppress]\nrequire-reason = 'yes'\nmax-days = 0\n",
    )
    .said();
    insta::assert_snapshot!(said, @r##"
    ztctl.toml:1:10 |'recomended'| `preset` must be `recommended`, `regal` or `all`, not `"recomended"` (did you mean `recommended`?)
    ztctl.toml:2:14 |3| `fail-level` must be `error`, `warning` or `info`, not `3`
    ztctl.toml:3:11 |'vendor/**'| `exclude` must be a list of strings, not a string (write `["vendor/**"]`)
    ztctl.toml:4:16 |'v2'| `rego-version` must be `auto`, `v0` or `v1`, not `"v2"` (did you mean `v0`?)
    ztctl.toml:5:16 |'opa@one'| `capabilities`: no release of `opa` is called `one`: the newest that is known is 1.22.2
    ztctl.toml:6:25 |1.33| `target.kubernetes` must be a version such as `"1.33"`, not a float
    ztctl.toml:6:39 |'one'| `target.istio` must be a version such as `"1.33"`, not `"one"`
    ztctl.toml:7:11 |{ path = 'x' }| `project` must be a list of tables, not a table (write `[[project]]`)
    ztctl.toml:9:17 |1| `lint.custom-rules` must hold strings, not `1`
    ztctl.toml:9:20 |''| `lint.custom-rules` must hold strings, not an empty string
    ztctl.toml:11:23 |''| `check.mesh-root-namespace` must be a string, not an empty string
    ztctl.toml:12:21 |{ a = 1 }| `check.system-namespaces` must be a list of strings, not a table
    ztctl.toml:14:8 |'production'| `environments.prod` must be a table, not `"production"`
    ztctl.toml:15:17 |'prod'| `environments.dev.class` must be `production` or `non-production`, not `"prod"`
    ztctl.toml:15:34 |'a{'| `"a{"` is not a pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
    ztctl.toml:15:40 |'#x'| `"#x"` is not a pattern: `#` starts a comment, write `\#`
    ztctl.toml:15:46 |''| an empty string is not a pattern: it is empty
    ztctl.toml:15:50 |3| `environments.dev.paths` must hold strings, not `3`
    ztctl.toml:17:13 |6| `assess.min-level` must be an integer from 0 to 5, not `6`
    ztctl.toml:18:20 |'cap2'| `assess.k8s-plain-secret` must be `cap0`, `cap1` or `warn`, not `"cap2"` (did you mean `cap0`?)
    ztctl.toml:20:8 |'lnt'| `verify.run` must be `fmt`, `lint`, `check` or `test`, not `"lnt"` (did you mean `lint`?)
    ztctl.toml:20:23 |'test'| `"test"` is in `verify.run` twice
    ztctl.toml:22:18 |'yes'| `suppress.require-reason` must be `true` or `false`, not `"yes"`
    ztctl.toml:23:12 |0| `suppress.max-days` must be an integer from 1 to 36500, not `0`
    "##);
}

#[test]
fn wrong_rules() {
    let said = read(
        "[rules]\nline-lenght = 'off'\n'style/opa-fmt' = 'off'\nstile = 'off'\nwhatever-this-is = 'off'\nstyle = 'of'\nuse-if = true\nbugs = { severity = 'fatal', max-line-length = 3 }\nopa-fmt = { severty = 'off', max = 1 }\nline-length = { max-line-length = '140', strict = 1, pattern = 'a(', names = 'x', mode = 'sometimes', include = ['{'], exclude = 'x', non-breakable-word-threshold = -1, maxlinelength = 3 }\n",
    )
    .said();
    insta::assert_snapshot!(said, @r##"
    ztctl.toml:2:1 |line-lenght| no rule or group is called `line-lenght` (did you mean `line-length`?)
    ztctl.toml:3:1 |'style/opa-fmt'| no rule or group is called `style/opa-fmt` (did you mean `opa-fmt`?)
    ztctl.toml:4:1 |stile| no rule or group is called `stile` (did you mean `style`?)
    ztctl.toml:5:1 |whatever-this-is| no rule or group is called `whatever-this-is` (`ztctl rules` lists rules and groups)
    ztctl.toml:6:9 |'of'| `rules.style` must be `error`, `warning`, `info` or `off`, not `"of"` (did you mean `off`?)
    ztctl.toml:7:10 |true| `rules.use-if` must be a level or a table, not a boolean (the levels are `error`, `warning`, `info` and `off`)
    ztctl.toml:8:21 |'fatal'| `rules.bugs.severity` must be `error`, `warning`, `info` or `off`, not `"fatal"`
    ztctl.toml:8:30 |max-line-length| `bugs` has no option `max-line-length` (it takes `severity`, `include` and `exclude`)
    ztctl.toml:9:13 |severty| `opa-fmt` has no option `severty` (did you mean `severity`?)
    ztctl.toml:9:30 |max| `opa-fmt` has no option `max` (it takes `severity`, `include` and `exclude`)
    ztctl.toml:10:35 |'140'| `rules.line-length.max-line-length` must be an integer from 1 to 1000, not `"140"` (what it is for)
    ztctl.toml:10:51 |1| `rules.line-length.strict` must be `true` or `false`, not `1` (what it is for)
    ztctl.toml:10:64 |'a('| `rules.line-length.pattern` is not a regular expression: unclosed group (what it is for)
    ztctl.toml:10:78 |'x'| `rules.line-length.names` must be a list of strings, not `"x"` (what it is for)
    ztctl.toml:10:90 |'sometimes'| `rules.line-length.mode` must be `always` or `never`, not `"sometimes"`
    ztctl.toml:10:114 |'{'| `"{"` is not a pattern: unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)
    ztctl.toml:10:130 |'x'| `rules.line-length.exclude` must be a list of strings, not a string (write `["x"]`)
    ztctl.toml:10:166 |-1| `rules.line-length.non-breakable-word-threshold` must be an integer from 0 to 1000, not `-1` (what it is for)
    ztctl.toml:10:170 |maxlinelength| `line-length` has no option `maxlinelength` (did you mean `max-line-length`?)
    "##);
}

#[test]
fn a_project_needs_a_path() {
    insta::assert_snapshot!(read("[[project]]\nrego-version = 'v0'\n").said(), @r##"ztctl.toml:1:1 |[[project]]| `project` has no `path` (write `path = …`)"##);
}

#[test]
fn broken_toml_is_read_as_far_as_it_goes() {
    let outcome = read("preset = 'all'\nfail-level = \n[rules]\nuse-if = 'off'\nuse-if = 'error'\n[rules\nexclude = [\n");
    insta::assert_snapshot!(outcome.said(), @r##"
    ztctl.toml:2:14 || not TOML: string values must be quoted, expected literal string
    ztctl.toml:5:1 |use-if| not TOML: duplicate key
    ztctl.toml:6:7 || not TOML: unclosed table, expected `]`
    ztctl.toml:7:12 || not TOML: unclosed array, expected `]`
    "##);
    assert_eq!(outcome.config.rules.preset, Preset::All);
    assert_eq!(outcome.config.rules.rules[0].level, Some(Level::Off));
}

#[test]
fn what_is_right_holds_beside_what_is_wrong() {
    let config = read("preset = 'al'\nfail-level = 'info'\nexclude = ['a{', 'b']\n[rules]\nuse-if = 'x'\nopa-fmt = 'off'\nline-length = { max-line-length = 'x', strict = true }\n").config;
    assert_eq!((config.rules.preset, config.fail_level), (Preset::Recommended, Severity::Info));
    assert!(config.excludes("b", false) && !config.excludes("a{", false));
    let names: Vec<&str> = config.rules.rules.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["opa-fmt", "line-length"]);
    assert_eq!(config.rules.rules[1].options.len(), 1);
}

#[test]
fn extends_must_lead_somewhere() {
    let said = |files: &[(&str, &str)]| run(files, "/repo", "a.rego", Source::Nearest).said();
    insta::assert_snapshot!(said(&[("/repo/ztctl.toml", "extends = 'nowhere.toml'\n")]), @r##"ztctl.toml:1:11 |'nowhere.toml'| `nowhere.toml` does not exist (the path is relative to this file: `nowhere.toml`)"##);
    insta::assert_snapshot!(said(&[("/repo/ztctl.toml", "extends = 'b.toml'\n"), ("/repo/b.toml", "<unreadable>")]), @r##"ztctl.toml:1:11 |'b.toml'| `b.toml` cannot be read: permission denied"##);
    insta::assert_snapshot!(said(&[("/repo/ztctl.toml", "extends = './ztctl.toml'\n")]), @r##"ztctl.toml:1:11 |'./ztctl.toml'| `extends` goes in a circle: `ztctl.toml` → `ztctl.toml`"##);
    insta::assert_snapshot!(said(&[
        ("/repo/ztctl.toml", "extends = 'b.toml'\n"),
        ("/repo/b.toml", "extends = 'c/c.toml'\n"),
        ("/repo/c/c.toml", "extends = '../b.toml'\npreset = 'x'\n"),
    ]), @r##"
    c/c.toml:2:10 |'x'| `preset` must be `recommended`, `regal` or `all`, not `"x"`
    c/c.toml:1:11 |'../b.toml'| `extends` goes in a circle: `b.toml` → `c/c.toml` → `b.toml`
    "##);
    insta::assert_snapshot!(said(&[("/repo/ztctl.toml", "extends = ['a']\n")]), @r##"ztctl.toml:1:11 |['a']| `extends` must be a path, not a list"##);
    insta::assert_snapshot!(said(&[("/repo/ztctl.toml", "extends = ' '\n")]), @r##"ztctl.toml:1:11 |' '| `extends` must be a path, not an empty string"##);
}
