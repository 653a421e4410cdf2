use std::borrow::Cow;

use ztctl::diag::{Applicability, Diagnostic, Example, Fix, FixKind, OptionMeta, Place, RuleMeta, Severity, sort};
use ztctl::report::{Report, Skipped, Summary, TestRow, Tests, Verdict};
use ztctl::text::{Edit, EmbeddedIn, Location, Mapping, SourceFile, SourceId, SourceMap, Span};

/// Owns what a [`Report`] borrows.
pub(crate) struct Nasty {
    pub(crate) sources: SourceMap,
    pub(crate) findings: Vec<Diagnostic>,
    pub(crate) summary: Summary,
    pub(crate) rows: Vec<TestRow>,
    pub(crate) json: serde_json::Value,
}

static META: RuleMeta = RuleMeta {
    id: "use-assignment-operator",
    group: "style",
    summary: "prefer `:=` over `=` for assignment",
    why: "`=` compares where a value is there already.",
    bad: Example { language: "rego", text: "package a\n\nx = 1\n", options: &[] },
    good: Example { language: "rego", text: "package a\n\nx := 1\n", options: &[] },
    severity: Severity::Error,
    recommended: true,
    regal: Some(Severity::Error),
    fix: FixKind::Safe,
    fix_safety: "the same value",
    options: &[] as &[OptionMeta],
    source: "https://example.test/style-guide#assignment",
    peers: &[],
    is_secret: false,
    since: "0.1.0",
};

static RULES: &[&RuleMeta] = &[&META];

/// A path of characters that mean something to one format or another.
pub(crate) const ODD_PATH: &str = "a b/ü%,:;|]]>\u{1b}[31m\n::error::x.rego";

impl Nasty {
    pub(crate) fn new() -> Self {
        let mut sources = SourceMap::new();
        let text = "package a\r\n\r\n\tx = \"日本語 \u{1b}[2J\" # é\u{202e}\r\nallow {\r\n  y\r\n\r\n}\r\n";
        let odd = sources.add(SourceFile::new(ODD_PATH, text));
        let lib = sources.add(SourceFile::new("lib/common.rego", "package lib\n\nimport rego.v1\n\nx = 1\n\n# far\n\ny = 2\n"));
        let yaml = "kind: ConfigMap\r\ndata:\r\n  a.rego: |\r\n    package a\r\n\r\n    x = 1\r\n  z: 'it''s'\r\n";
        let config = sources.add(SourceFile::new("k8s/config.yaml", yaml));
        let start = yaml.find("    package").expect("the text");
        let whole = Span::new(start as u32, yaml.find("  z:").expect("the end") as u32);
        let (inner, mapping) = Mapping::block_scalar(config, yaml, whole, "    ", false);
        let holder = EmbeddedIn { kind: "configmap", object: "payments/ConfigMap/poli<cies".to_owned(), key: "a.rego".to_owned() };
        let embedded = sources.add(SourceFile::embedded("k8s/config.yaml", inner, mapping, holder));
        let minified = format!("{{\"x\": \"{}é{}\"}}", "é<&".repeat(100_000), "0123456789".repeat(40_000));
        let middle = minified.find("é0").expect("the middle") as u32;
        let minified = sources.add(SourceFile::new("dist/min.json", minified));
        let empty = sources.add(SourceFile::new("empty.rego", ""));

        let find = |id: SourceId, needle: &str| {
            let start = sources.get(id).text.find(needle).expect("in the text") as u32;
            Location { source: id, span: Span::new(start, start + needle.len() as u32) }
        };
        let at = |id, start, end| Location { source: id, span: Span::new(start, end) };
        let assign = |at: Location| {
            let edit = Edit::new(Location { source: at.source, span: Span::new(at.span.start + 2, at.span.end) }, ":=");
            finding("use-assignment-operator", "style", Severity::Warning, Place::At(at), "`=` assigns to `x`")
                .with_subject("a.x")
                .with_help("write `x := …`\nor `==` to compare")
                .with_fix(Fix::new("replace `=` by `:=`", Applicability::Safe, vec![edit]))
        };
        let quoted = find(config, "it''s");
        let mut findings = vec![
            finding("no-policies", "meta", Severity::Info, Place::Run, "nothing here asks for `input`"),
            finding("not-utf8", "syntax", Severity::Error, Place::File(odd), "bytes that are not UTF-8\n::warning::injected"),
            assign(find(odd, "x =")).with_url("https://ztctl.dev/rules/use-assignment-operator"),
            finding(
                "odd-string",
                "style",
                Severity::Info,
                Place::At(find(odd, "\"日本語 \u{1b}[2J\"")),
                "100 % odd: `日本語\u{1b}[2J`, *bold* <b>|\u{0}",
            )
            .with_label(find(odd, "é\u{202e}"), "hides its direction\u{202e}")
            .with_label(find(lib, "x = 1"), "first assigned here")
            .with_label(find(lib, "y = 2"), "")
            .with_label(find(config, "kind"), "and that is a map"),
            finding("long-rule", "style", Severity::Error, Place::At(find(odd, "allow {\r\n  y\r\n\r\n}")), "spans lines"),
            assign(find(embedded, "x =")),
            finding("whole-module", "style", Severity::Warning, Place::At(find(embedded, "package a\n\nx = 1\n")), "a module in a map")
                .with_fix(Fix::new(
                    "write it anew",
                    Applicability::Unsafe,
                    vec![Edit::new(find(embedded, "x = 1\n"), "y if {\n\ttrue\n\n}\n")],
                )),
            finding("quotes", "yaml", Severity::Warning, Place::At(quoted), "quoted twice")
                .with_exact_subject("v1/ConfigMap/payments/policies#/data/z")
                .with_fix(Fix::new("cannot be put back", Applicability::Safe, vec![Edit::new(find(embedded, "\n\n"), "\u{7}")])),
            finding("long-line", "style", Severity::Warning, Place::At(at(minified, middle, middle + 2)), "a byte order of é")
                .with_fix(Fix::new("drop it", Applicability::Safe, vec![Edit::new(at(minified, middle, middle + 2), "e")])),
            finding("empty-module", "syntax", Severity::Error, Place::At(at(empty, 0, 0)), "an empty module"),
            finding("past-end", "syntax", Severity::Error, Place::At(at(lib, 4000, 5000)), "a place that is not there"),
            finding("at-end", "syntax", Severity::Error, Place::At(at(lib, 46, 46)), "expected more"),
        ];
        findings[6].variants = vec!["prod".to_owned(), "staging".to_owned()];
        sort(&sources, &mut findings);
        let mut summary = Summary {
            files: 12,
            suppressed: 3,
            withheld: 1,
            skipped: vec![
                Skipped { path: "big.rego".to_owned(), reason: "larger than 16 MiB".to_owned() },
                Skipped { path: "loop\u{7}|,x".to_owned(), reason: "a symbolic link in a circle".to_owned() },
            ],
            ..Summary::default()
        };
        summary.count(&sources, &findings);
        let row = |name: &str, verdict, message: &str, output: &str| TestRow {
            suite: "data.a_test".to_owned(),
            name: name.to_owned(),
            classname: "a_test".to_owned(),
            seconds: 0.25,
            verdict,
            message: message.to_owned(),
            output: output.to_owned(),
            path: "a_test.rego".to_owned(),
            line: 7,
        };
        let rows = vec![
            row("test_ok", Verdict::Passed, "", ""),
            row("test_bad", Verdict::Failed, "expected true\n- a\n+ b\u{1b}[31m", "printed ]]>\r\n<x>&\u{ffff}\n"),
            row("test_broken", Verdict::Error, "builtin `x` is not there", ""),
            row("todo_later", Verdict::Skipped, "", ""),
        ];
        Self { sources, findings, summary, rows, json: serde_json::json!([{ "name": "test_ok" }]) }
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report {
            command: "verify",
            sources: &self.sources,
            findings: &self.findings,
            rules: RULES,
            summary: &self.summary,
            tests: Some(Tests { rows: &self.rows, json: Some(&self.json) }),
        }
    }
}

fn finding(
    rule: impl Into<Cow<'static, str>>,
    group: impl Into<Cow<'static, str>>,
    severity: Severity,
    place: Place,
    message: &str,
) -> Diagnostic {
    Diagnostic::new(rule, group, severity, place, message)
}

/// A run that found nothing.
pub(crate) struct Clean {
    sources: SourceMap,
    summary: Summary,
}

impl Clean {
    pub(crate) fn new() -> Self {
        Self { sources: SourceMap::new(), summary: Summary { files: 1, ..Summary::default() } }
    }

    pub(crate) fn report(&self) -> Report<'_> {
        Report { command: "lint", sources: &self.sources, findings: &[], rules: &[], summary: &self.summary, tests: None }
    }
}
