//! The rule engine: selection, levels, suppressions, several files, order, fixes.

use std::collections::BTreeMap;

use ztctl::diag::{
    Applicability, Date, Diagnostic, Level, OptionValue, PathFilter, Place, Preset, RuleSetting, RuleSettings, Severity, SuppressSettings,
};
use ztctl::lint::{self, Commands, FixResult, Input, RunOptions, RunResult, Selection, Texts};
use ztctl::syntax::rego::Version;
use ztctl::text::{EmbeddedIn, Mapping, SourceFile, SourceMap, Span};

/// A workspace of texts by path.
#[derive(Default)]
struct World {
    sources: SourceMap,
    inputs: Vec<Input>,
    settings: Vec<RuleSettings>,
    options: Option<RunOptions>,
}

impl World {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut world = Self { settings: vec![RuleSettings::default()], options: Some(options(&[], &[], &[])), ..Self::default() };
        for (path, text) in files {
            world.add(path, text, true);
        }
        world
    }

    fn add(&mut self, path: &str, text: &str, reported: bool) {
        let source = self.sources.add(SourceFile::new(path, text));
        self.inputs.push(Input { source, version: None, settings: 0, reported });
    }

    fn select(mut self, rules: &[&str]) -> Self {
        self.options = Some(options(rules, &[], &[]));
        self
    }

    fn options(&mut self) -> &mut RunOptions {
        self.options.as_mut().expect("set in new")
    }

    fn setting(&mut self, name: &str, level: Option<Level>) -> &mut RuleSetting {
        let rules = &mut self.settings[0].rules;
        rules.push(RuleSetting { name: name.to_owned(), level, options: BTreeMap::new(), applies: PathFilter::default() });
        rules.last_mut().expect("just pushed")
    }

    fn run(&self) -> RunResult {
        lint::run(&self.sources, &self.inputs, &self.settings, self.options.as_ref().expect("set"), None)
    }

    fn texts(&self) -> Texts {
        let mut sources = SourceMap::new();
        for (_, file) in self.sources.iter() {
            sources.add(SourceFile::new(file.path.clone(), file.text.clone()));
        }
        Texts::read(sources, self.inputs.clone(), Vec::new())
    }

    fn fix(&self, wanted: Applicability) -> FixResult {
        lint::fix(&self.texts(), &self.settings, self.options.as_ref().expect("set"), wanted)
    }

    /// `path:line rule`, in the order of the result.
    fn found(&self) -> Vec<String> {
        self.run().diagnostics.iter().map(|diagnostic| self.show(diagnostic)).collect()
    }

    fn show(&self, diagnostic: &Diagnostic) -> String {
        match diagnostic.place {
            Place::At(at) => {
                let file = self.sources.get(at.source);
                format!("{}:{} {}", file.path, file.line_column(at.span.start).line, diagnostic.rule)
            }
            _ => diagnostic.rule.clone().into_owned(),
        }
    }
}

fn options(select: &[&str], extend: &[&str], ignore: &[&str]) -> RunOptions {
    RunOptions {
        commands: Commands::Lint,
        selection: Selection::parse(select, extend, ignore).expect("known selectors"),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    }
}

const V0: &str = "package a\n\nallow = true { input.x }\n";

#[test]
fn unknown_selectors_suggest() {
    let wrong = |text: &str| Selection::parse(&[text], &[], &[]).expect_err("unknown").to_string();
    assert_eq!(wrong("todo-coment"), "no rule or group is called `todo-coment`; did you mean `todo-comment`?");
    assert_eq!(wrong("style/opa-fmt"), "no rule or group is called `style/opa-fmt`; did you mean `opa-fmt`?");
    assert_eq!(wrong("stlye"), "no rule or group is called `stlye`; did you mean `style`?");
    assert_eq!(wrong("no-such-thing-at-all"), "no rule or group is called `no-such-thing-at-all`");
    assert_eq!(wrong("zzz*"), "no rule or group is called `zzz*`");
    assert_eq!(wrong("["), "no rule or group is called `[`");
    assert!(wrong(&"x".repeat(100_000)).len() > 100_000);
    assert!(Selection::parse(&["use-*, style", "", "bugs"], &["rego-*"], &["opa-fmt"]).is_ok());
}

#[test]
fn select_replaces_extend_adds_ignore_takes_away() {
    let mut world = World::new(&[("a.rego", "package a\n\n# TODO: x\nok = true if input.x\n")]);
    assert_eq!(world.found(), ["a.rego:4 opa-fmt"]);
    *world.options() = options(&["todo-comment"], &[], &[]);
    assert_eq!(world.found(), ["a.rego:3 todo-comment"]);
    *world.options() = options(&[], &["todo-comment"], &[]);
    assert_eq!(world.found(), ["a.rego:3 todo-comment", "a.rego:4 opa-fmt"]);
    *world.options() = options(&["style"], &[], &["use-*"]);
    assert_eq!(world.found(), ["a.rego:3 todo-comment", "a.rego:4 opa-fmt"]);
    *world.options() = options(&["todo-*"], &["opa-fmt"], &["style"]);
    assert!(world.found().is_empty());
}

#[test]
fn commands_choose_groups() {
    let text = "package a\n\ndefault allow := true\n\nx = 1\n";
    let mut world = World::new(&[("a.rego", text)]);
    let both = ["a.rego:3 rego-default-allow-true", "a.rego:5 opa-fmt"];
    assert_eq!(world.found(), both);
    world.options().commands = Commands::Verify;
    assert_eq!(world.found(), both);
    world.options().commands = Commands::Check;
    assert_eq!(world.found(), ["a.rego:3 rego-default-allow-true"]);
    // what is selected by name runs whatever the command
    world.options().selection = Selection::parse(&["use-assignment-operator"], &[], &[]).expect("known");
    assert_eq!(world.found(), ["a.rego:5 use-assignment-operator"]);
}

#[test]
fn presets_set_rules_and_levels() {
    let text = "package a\n\n# TODO: x\nx = 1\n\ndefault allow := true\n# ztctl: ignore[todo-comment]\n";
    let mut world = World::new(&[("a.rego", text)]);
    world.options().preset = Some(Preset::Regal);
    let result = world.run();
    let shown: Vec<_> = result.diagnostics.iter().map(|d| (d.rule.as_ref(), d.severity)).collect();
    assert!(shown.contains(&("todo-comment", Severity::Error)), "{shown:?}");
    assert!(shown.contains(&("use-assignment-operator", Severity::Error)));
    // neither the security rules nor those about suppressions are Regal's
    assert!(shown.iter().all(|(rule, _)| !rule.starts_with("rego-") && !rule.ends_with("-suppression")), "{shown:?}");
    world.options().preset = Some(Preset::All);
    let rules: Vec<_> = world.run().diagnostics.iter().map(|d| d.rule.clone().into_owned()).collect();
    for rule in ["todo-comment", "use-assignment-operator", "rego-default-allow-true", "unused-suppression"] {
        assert!(rules.iter().any(|r| r == rule), "{rule} in {rules:?}");
    }
}

#[test]
fn config_sets_levels_groups_first() {
    let mut world = World::new(&[("a.rego", "package a\n\n# TODO: x\nx = 1\n")]);
    world.setting("todo-comment", Some(Level::On(Severity::Info)));
    world.setting("style", Some(Level::Off));
    let result = world.run();
    let shown: Vec<_> = result.diagnostics.iter().map(|d| (d.rule.as_ref(), d.severity)).collect();
    assert_eq!(shown, [("todo-comment", Severity::Info)]);
    // a selected rule is on, at the level that config gives where it gives one
    *world.options() = options(&["todo-comment", "use-assignment-operator"], &[], &[]);
    let result = world.run();
    let shown: Vec<_> = result.diagnostics.iter().map(|d| (d.rule.as_ref(), d.severity)).collect();
    assert_eq!(shown, [("todo-comment", Severity::Info), ("use-assignment-operator", Severity::Warning)]);
}

#[test]
fn config_limits_paths() {
    let text = "package a\n\n# TODO: x\nx := 1\n";
    let mut world = World::new(&[("a.rego", text), ("lib/a.rego", text)]).select(&["todo-comment"]);
    world.setting("todo-comment", None).applies = PathFilter::new(|path| !path.starts_with("lib/"));
    assert_eq!(world.found(), ["a.rego:3 todo-comment"]);
}

#[test]
fn options_reach_their_rule() {
    let text = "package a\n\n#-- x\n#y\nx := 1\n";
    let mut world = World::new(&[("a.rego", text)]).select(&["no-whitespace-comment"]);
    world.setting("no-whitespace-comment", None).options.insert("except-pattern", OptionValue::String("^-".into()));
    assert_eq!(world.found(), ["a.rego:4 no-whitespace-comment"]);
}

#[test]
fn each_file_follows_its_own_config() {
    let text = "package a\n\n# TODO: x\nx := 1\n";
    let mut world = World::new(&[("a.rego", text), ("b.rego", text)]);
    world.settings.push(RuleSettings::default());
    world.inputs[1].settings = 1;
    world.setting("todo-comment", Some(Level::On(Severity::Error)));
    assert_eq!(world.found(), ["a.rego:3 todo-comment"]);
}

#[test]
fn a_broken_file_hides_nothing() {
    let mut world = World::new(&[("a.rego", "package a\n\nx := \n"), ("b.rego", "package b\n\nx = 1\n")]);
    assert_eq!(world.found(), ["a.rego:3 syntax-error", "b.rego:3 opa-fmt"]);
    // always on, unless it is taken away by name
    *world.options() = options(&["todo-comment"], &[], &[]);
    assert_eq!(world.found(), ["a.rego:3 syntax-error"]);
    *world.options() = options(&["todo-comment"], &[], &["syntax-error"]);
    assert!(world.found().is_empty());
}

#[test]
fn files_that_are_not_reported_still_count() {
    let text = "package a\n\nclaims := io.jwt.decode(data.lib.token)[1]\n";
    let mut world = World::new(&[("a.rego", text)]).select(&["authz", "todo-comment"]);
    assert_eq!(world.found(), ["a.rego:3 rego-jwt-decode-unverified"]);
    // another file verifies the token; its own findings are not asked for
    world.add("lib.rego", "package lib\n\n# TODO: x\ntoken := input.token\n\nok if io.jwt.verify_rs256(token, data.keys)\n", false);
    assert!(world.found().is_empty());
    assert_eq!(world.run().files, 1);
}

#[test]
fn tokens_are_followed_across_files() {
    let lib = "package lib\n\ntoken := trim_prefix(input.auth, \"Bearer \")\n\nvalid if io.jwt.verify_rs256(token, data.keys)\n\naud := claims.aud\n";
    let same = "package a\n\nimport data.lib\n\nclaims := io.jwt.decode(trim_prefix(input.auth, \"Bearer \"))[1] if lib.valid\n";
    let other = "package a\n\nimport data.lib\n\nclaims := io.jwt.decode(input.cookie)[1] if lib.valid\n";
    let apart = "package a\n\nclaims := io.jwt.decode(data.x)[1]\n";
    let found = |text: &str| {
        World::new(&[("a.rego", text), ("lib.rego", lib)]).select(&["rego-jwt-decode-unverified", "rego-jwt-missing-aud"]).found()
    };
    assert!(found(same).is_empty());
    assert_eq!(found(other), ["a.rego:5 rego-jwt-decode-unverified"]);
    assert_eq!(found(apart), ["a.rego:3 rego-jwt-decode-unverified"]);
    // the functions of a package may lie in several files
    let split = [
        ("a.rego", "package a\n\npayload(t) := io.jwt.decode(t)[1]\n"),
        ("b.rego", "package a\n\nok(t) if io.jwt.verify_rs256(t, data.keys)\n"),
        ("c.rego", "package c\n\ngood if {\n\tdata.a.ok(input.token)\n\tdata.a.payload(input.token).aud == \"c\"\n}\n"),
    ];
    assert!(World::new(&split).select(&["rego-jwt-decode-unverified", "rego-jwt-missing-aud"]).found().is_empty());
}

#[test]
fn unknown_tokens_are_withheld() {
    let text = "package a\n\nok if {\n\tsome t in input.tokens\n\tio.jwt.verify_rs256(t, data.keys)\n\t\"aud\"\n}\n\nx := io.jwt.decode(input.other)[1]\n";
    let result = World::new(&[("a.rego", text)]).select(&["rego-jwt-decode-unverified"]).run();
    assert!(result.diagnostics.is_empty(), "{:?}", result.diagnostics);
    assert_eq!(result.withheld, 1);
}

#[test]
fn directives_silence_and_are_counted() {
    let text = "package a\n\n# ztctl: ignore[use-assignment-operator] old habits\nx = 1\n\ny = 2 # ztctl: ignore[style]\n\n# regal ignore:use-assignment-operator,other-rule\nz = 3\n\nw = 4\n";
    let world = World::new(&[("a.rego", text)]).select(&["use-assignment-operator", "unused-suppression"]);
    assert_eq!(world.found(), ["a.rego:11 use-assignment-operator"]);
    assert_eq!(world.run().suppressed, 3);
    let whole = format!("# ztctl: ignore-file[use-*] generated\n{text}");
    let world = World::new(&[("a.rego", &whole)]).select(&["use-assignment-operator"]);
    assert!(world.found().is_empty());
    assert_eq!(world.run().suppressed, 4);
}

#[test]
fn a_directive_at_the_head_is_about_the_whole_module() {
    for directive in ["ignore", "ignore-file"] {
        let text = format!("# Generated.\n# ztctl: {directive}[use-assignment-operator] by a tool\npackage a\n\nx = 1\n\ny = 2\n");
        let world = World::new(&[("a.rego", &text)]).select(&["use-assignment-operator", "meta"]);
        assert!(world.found().is_empty(), "{directive}");
        assert_eq!(world.run().suppressed, 2);
    }
}

#[test]
fn regal_reads_no_embedded_texts() {
    let mut world = World::new(&[("a.yaml", "rego: |\n  package a\n\n  x = 1\n")]).select(&["use-assignment-operator"]);
    let outer = world.inputs[0].source;
    let (text, mapping) = Mapping::block_scalar(outer, &world.sources.get(outer).text.clone(), Span::new(8, 29), "  ", false);
    let holder = EmbeddedIn { kind: "configmap", object: String::new(), key: "rego".to_owned() };
    world.inputs[0].source = world.sources.add(SourceFile::embedded("a.yaml", text, mapping, holder));
    assert_eq!(world.found(), ["a.yaml:3 use-assignment-operator"]);
    world.options().preset = Some(Preset::Regal);
    assert!(world.found().is_empty());
}

#[test]
fn findings_over_all_files_are_silenced_too() {
    let text = "package a\n\n# ztctl: ignore[rego-jwt-decode-unverified] the gateway verifies it\nx := io.jwt.decode(input.t)[1]\n";
    let world = World::new(&[("a.rego", text)]).select(&["authz", "meta"]);
    assert!(world.found().is_empty());
    assert_eq!(world.run().suppressed, 1);
}

#[test]
fn config_says_what_a_suppression_needs() {
    let text = "package a\n\nx = 1 # ztctl: ignore[use-assignment-operator]\ny = 1 # ztctl: ignore[use-assignment-operator] until=2026-12-01 soon\nz = 1 # ztctl: ignore[use-assignment-operator] until=2027-12-01 later\n";
    let mut world = World::new(&[("a.rego", text)]).select(&["use-assignment-operator", "meta"]);
    assert!(world.found().is_empty());
    world.settings[0].suppress = SuppressSettings { require_reason: true, max_days: None };
    assert_eq!(world.found(), ["a.rego:3 use-assignment-operator", "a.rego:3 invalid-suppression"]);
    world.settings[0].suppress = SuppressSettings { require_reason: false, max_days: Some(30) };
    let wanted = [
        "a.rego:3 use-assignment-operator",
        "a.rego:3 invalid-suppression",
        "a.rego:5 use-assignment-operator",
        "a.rego:5 invalid-suppression",
    ];
    assert_eq!(world.found(), wanted);
}

#[test]
fn dates_decide_from_the_day_given() {
    let text = "package a\n\nx = 1 # ztctl: ignore[use-assignment-operator] until=2026-11-22\n";
    let mut world = World::new(&[("a.rego", text)]).select(&["use-assignment-operator", "expired-suppression"]);
    assert!(world.found().is_empty());
    world.options().as_of = Date::parse("2026-11-23").expect("a date");
    assert_eq!(world.found(), ["a.rego:3 use-assignment-operator", "a.rego:3 expired-suppression"]);
}

#[test]
fn suppressions_are_judged_only_for_rules_that_ran() {
    let text = "package a\n\nx := 1 # ztctl: ignore[use-assignment-operator, todo-comment]\n";
    let world = World::new(&[("a.rego", text)]).select(&["todo-comment", "unused-suppression"]);
    let result = world.run();
    assert_eq!(result.diagnostics.len(), 1);
    assert!(result.diagnostics[0].message.contains("`todo-comment`") && !result.diagnostics[0].message.contains("use-assignment"));
    assert!(World::new(&[("a.rego", text)]).select(&["line-length", "unused-suppression"]).found().is_empty());
}

#[test]
fn order_does_not_depend_on_threads() {
    let texts: Vec<(String, String)> =
        (0..200).map(|n| (format!("d{}/f{n}.rego", n % 7), format!("package p{n}\n\n#x{n}\na = {n}\n\nb{{input.x}}\n"))).collect();
    let files: Vec<(&str, &str)> = texts.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let world = World::new(&files).select(&["style", "use-*"]);
    let with = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("pool");
        pool.install(|| world.run().diagnostics)
    };
    let one = with(1);
    assert!(one.len() > 600);
    assert_eq!(one, with(8));
    let paths: Vec<_> = one.iter().map(|d| world.show(d).split(':').next().expect("path").to_owned()).collect();
    assert!(paths.is_sorted());
}

#[test]
fn subjects_name_package_and_rule() {
    let world = World::new(&[("a.rego", "package a.b\n\n#x\nr.s = 1\n")]).select(&["style"]);
    let subjects: Vec<_> = world.run().diagnostics.iter().map(|d| (d.rule.clone().into_owned(), d.subject.clone())).collect();
    assert!(subjects.contains(&("use-assignment-operator".to_owned(), "a.b.r.s".to_owned())), "{subjects:?}");
    assert!(subjects.contains(&("no-whitespace-comment".to_owned(), "a.b".to_owned())), "{subjects:?}");
}

#[test]
fn fixes_settle_together() {
    let text = "package a\n\nimport data.x as x\n\n#why\nallow = true { x.y; 1 == 1 }\n\ndeny[msg] { msg = \"a\" }\n";
    let result = World::new(&[("a.rego", text), ("b.rego", "package b\n\ny := 1\n")]).fix(Applicability::Safe);
    assert!(result.refused.is_empty(), "{:?}", result.refused);
    assert_eq!(result.files.len(), 1);
    let file = &result.files[0];
    assert_eq!(&*file.before, text);
    assert_eq!(
        &*file.after,
        "package a\n\nimport rego.v1\n\nimport data.x\n\ndefault allow := false\n\n#why\nallow if {\n\tx.y\n}\n\ndeny contains msg if msg = \"a\"\n"
    );
    assert!(file.applied.iter().any(|a| a.rule == "rego-v0-syntax"));
    assert!(World::new(&[("a.rego", &file.after)]).fix(Applicability::Safe).files.is_empty());
}

#[test]
fn unsafe_fixes_are_asked_for() {
    let text = "package a\n\ndefault allow := true\n";
    let world = World::new(&[("a.rego", text)]);
    assert!(world.fix(Applicability::Safe).files.is_empty());
    assert_eq!(&*world.fix(Applicability::Unsafe).files[0].after, "package a\n\ndefault allow := false\n");
    // display-only fixes are never applied, whoever asks
    assert_eq!(world.fix(Applicability::DisplayOnly), world.fix(Applicability::Unsafe));
}

#[test]
fn suppressed_findings_are_not_fixed() {
    let text = "package a\n\nx = 1 # ztctl: ignore[use-assignment-operator] kept\n";
    assert!(World::new(&[("a.rego", text)]).select(&["use-assignment-operator", "meta"]).fix(Applicability::Safe).files.is_empty());
}

#[test]
fn files_not_reported_and_broken_ones_are_not_fixed() {
    let mut world = World::new(&[("a.rego", "package a\n\nx = \n")]);
    world.add("b.rego", "package b\n\nx = 1\n", false);
    assert!(world.fix(Applicability::Unsafe).files.is_empty());
}

#[test]
fn a_fix_that_adds_an_error_is_refused() {
    // the longer line would be a new error
    let line = format!("a_rule_with_a_name_of_forty_characters_xx = \"{}\"", "x".repeat(74));
    assert_eq!(line.len(), 120);
    let text = format!("package a\n\n{line}\n\nb = 1\n");
    let mut world = World::new(&[("a.rego", &text)]).select(&["use-assignment-operator", "line-length"]);
    world.setting("line-length", Some(Level::On(Severity::Error)));
    let result = world.fix(Applicability::Safe);
    assert_eq!(result.refused.len(), 1);
    assert_eq!(&*result.files[0].after, format!("package a\n\n{line}\n\nb := 1\n"), "the other fix is applied");
    // as a warning it is no reason
    world.settings[0].rules.clear();
    assert!(world.fix(Applicability::Safe).refused.is_empty());
}

#[test]
fn the_version_is_found_out_or_told() {
    let mut world = World::new(&[("a.rego", V0)]).select(&["use-rego-v1"]);
    assert_eq!(world.found(), ["a.rego:1 use-rego-v1"]);
    world.inputs[0].version = Some(Version::V1);
    assert_eq!(world.found(), ["a.rego:3 syntax-error"]);
}

#[test]
fn odd_texts_do_no_harm() {
    let deep = format!("package a\n\nx := {}1{}\n", "[".repeat(20_000), "]".repeat(20_000));
    let chain = format!("package a\n\nx := 1{}\n", " + 1".repeat(20_000));
    let nots = format!("package a\n\nimport future.keywords.not\n\nx if {}y{}\n", "not { ".repeat(5_000), " }".repeat(5_000));
    let directives = "# ztctl: ignore[style]\n".repeat(5_000);
    let many_directives = format!("{directives}package a\n\nx = 1\n");
    let names: String = (0..3_000).map(|n| format!("x{n} = y{n}; ")).collect();
    let many_names = format!("package a\n\np {{ {names} true }}\n");
    let same_name: String = "x = x; ".repeat(3_000);
    let one_name = format!("package a\n\np {{ {same_name} true }}\n");
    let texts = [
        "",
        "\n",
        "\u{feff}",
        "\u{feff}package a\n",
        "package",
        "package a",
        "# ztctl: ignore[",
        "# ztctl:",
        "# ztctl: ignore-file[]x",
        "package a # ztctl: ignore[style] until=",
        "package a\n\nx := `",
        "package a\n\nx = \"\u{0}\"\n",
        "package a\r\n\r\nx = 1\r\n",
        "package a\n\n#\u{a0}x\n#é\n",
        "package a\n\nf(f) = f { f(f) }\n",
        "package a\n\n_ = _ { _ }\n",
        "package input\n\ninput = data\n",
        "package a\n\nimport data\nimport input\nimport input.input\nimport data.data as data2\n\nx = input { data2[input] }\n",
        "package a\n\np[x] { io.jwt.decode() }\n",
        "package a\n\nx = io.jwt.decode_verify(1)\n",
        "package a\n\nx = io[\"jwt\"].decode(y)\n",
        &deep,
        &chain,
        &nots,
        &many_directives,
        &many_names,
        &one_name,
    ];
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).stack_size(64 << 20).build().expect("pool");
    for text in texts {
        let mut world = World::new(&[("a.rego", text)]);
        world.options().preset = Some(Preset::All);
        pool.install(|| {
            world.run();
            world.fix(Applicability::Unsafe);
            world.options().preset = Some(Preset::Regal);
            world.run();
        });
    }
}

/// A manifest with two modules; the first one's line is as long as `line-length` lets it be.
fn manifest_of_modules() -> String {
    let line = format!("a_rule_with_a_name_of_forty_characters_xx = \"{}\"", "x".repeat(70));
    format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n  a.rego: |\n    package a\n\n    {line}\n\n    b = 1\n  c.rego: \"package c\\n\\nd = 1\\n\"\n"
    )
}

#[test]
fn fixes_of_manifests_are_proved_over_everything() {
    use crate::support::Sample;

    let text = manifest_of_modules();
    let other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\ndata: {e.rego: \"package e\\n\\nf = 1\\n\"}\n";
    let broken = "apiVersion: v1\nkind: [\n";
    let sample = Sample::new([("a.yaml", text.as_str()), ("b.yaml", other), ("c.yaml", broken)], None);
    let mut settings = RuleSettings::default();
    let level = Some(Level::On(Severity::Error));
    let applies = PathFilter::default();
    settings.rules.push(RuleSetting { name: "line-length".to_owned(), level, options: BTreeMap::new(), applies });
    let options = options(&["use-assignment-operator", "line-length"], &[], &[]);
    let result = lint::fix(&sample.texts, &[settings], &options, Applicability::Safe);
    // the one that would make a line too long is left out, the others in the same text and file are not
    assert_eq!(result.refused.len(), 1, "{:?}", result.refused);
    let want = text.replace("    b = 1", "    b := 1").replace("nd = 1", "nd := 1");
    let changed: Vec<(&str, &str)> = result.files.iter().map(|file| (file.path.as_str(), &*file.after)).collect();
    assert_eq!(changed, [("a.yaml", want.as_str()), ("b.yaml", other.replace("f = 1", "f := 1").as_str())]);
    assert_eq!(result.files[0].applied.len(), 2);
    // as a warning it is no reason
    let result = lint::fix(&sample.texts, &[RuleSettings::default()], &options, Applicability::Safe);
    assert!(result.refused.is_empty() && result.files[0].applied.len() == 3, "{:?}", result.files);
}

#[test]
fn fixes_stay_in_reported_files() {
    use ztctl::model::value::Format;

    let mut sources = SourceMap::new();
    let source = sources.add(SourceFile::new("a.yaml", manifest_of_modules()));
    for reported in [false, true] {
        let mut copy = SourceMap::new();
        copy.add(SourceFile::new("a.yaml", sources.get(source).text.clone()));
        let texts = Texts::read(copy, Vec::new(), vec![(Input { source, version: None, settings: 0, reported }, Format::Yaml)]);
        let result = lint::fix(&texts, &[RuleSettings::default()], &options(&["use-assignment-operator"], &[], &[]), Applicability::Safe);
        assert_eq!(!result.files.is_empty(), reported);
    }
}

#[test]
fn subjects_of_manifests_name_object_and_path() {
    use crate::support::Sample;

    let text = "apiVersion: networking.istio.io/v1beta1\nkind: Sidecar\nmetadata: {name: a, namespace: shop}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: p}\ndata:\n  x.rego: |\n    package x\n\n    default allow := true\n";
    let sample = Sample::new([("a.yaml", text)], None);
    let mut options = options(&["istio-deprecated-api", "rego-default-allow-true"], &[], &[]);
    options.commands = Commands::Check;
    let result = sample.run(&[RuleSettings::default()], &options);
    let subjects: Vec<(&str, bool)> = result.diagnostics.iter().map(|d| (d.subject.as_str(), d.subject_is_exact)).collect();
    let expected = [("networking.istio.io/Sidecar/shop/a#apiVersion", true), ("/ConfigMap/default/p#data.x.rego#x.allow", false)];
    assert_eq!(subjects, expected);
}
