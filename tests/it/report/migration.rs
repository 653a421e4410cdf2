//! Reports of a migration over hostile names and texts.

use ztctl::diag::{Diagnostic, Place, Severity};
use ztctl::format::Target;
use ztctl::format::migrate::{Step, StepKind, StepState};
use ztctl::report::Skipped;
use ztctl::report::migration::{Migration, Row, State, json, markdown, migration_schema, pretty};
use ztctl::syntax::rego::Version;
use ztctl::text::{Location, SourceId, Span};

use super::nasty::{Nasty, ODD_PATH};

const HOSTILE: &str = "`x` <b>|\u{1b}[2J\u{202e}\n::error::@all [a](http://b) `";

fn rows(nasty: &Nasty) -> Vec<Row> {
    let step = |state| Step { kind: StepKind::Other, span: Span::new(1, 3), message: HOSTILE.to_owned(), help: HOSTILE.to_owned(), state };
    let row = |source: SourceId, state| {
        let place = Place::At(Location { source, span: Span::new(1, 3) });
        let left = Diagnostic::new("format-refused", "syntax", Severity::Error, place, format!("not migrated: {HOSTILE}"));
        Row {
            source,
            state,
            version: Some(Version::V0),
            steps: StepState::ALL.map(step).to_vec(),
            findings: vec![left.with_help(HOSTILE)],
            is_written: false,
        }
    };
    let ids: Vec<SourceId> = nasty.sources.iter().map(|(id, _)| id).collect();
    ids.iter().zip(State::ALL.iter().cycle()).map(|(id, state)| row(*id, *state)).collect()
}

fn written(write: impl Fn(&Migration<'_>) -> String) -> String {
    let nasty = Nasty::new();
    let rows = rows(&nasty);
    let skipped = [Skipped { path: ODD_PATH.to_owned(), reason: HOSTILE.to_owned() }];
    let migration =
        Migration { sources: &nasty.sources, rows: &rows, target: Target::Both, allow_unsafe: true, is_dry: true, skipped: &skipped };
    write(&migration)
}

#[test]
fn nothing_acts_on_a_terminal() {
    let text = written(|migration| pretty(migration, false, false));
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\r']), "{text:?}");
    assert!(!text.lines().any(|line| line.starts_with("::")), "{text}");
    let quiet = written(|migration| pretty(migration, false, true));
    assert!(quiet.len() <= text.len() && !quiet.contains('\u{1b}'));
}

#[test]
fn markdown_is_escaped_for_tables_and_lists() {
    let text = written(markdown);
    assert!(!text.contains(['\u{1b}', '\u{202e}']) && !text.contains("<b>|"), "{text}");
    for line in text.lines().filter(|line| !line.is_empty()) {
        assert!(
            ["| ", "|-", "- ", "## ", "### "].iter().any(|start| line.starts_with(start))
                || line.contains("texts: ")
                || line.starts_with("versions "),
            "{line:?}"
        );
    }
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let bars = line.replace("\\|", "").matches('|').count();
        assert!(bars == 5 || bars == 6, "{line}");
    }
    assert!(!text.contains("@all") && !text.contains("[a](http"), "{text}");
}

#[test]
fn json_is_what_its_schema_says() {
    let schema = migration_schema();
    let value: serde_json::Value = serde_json::from_str(&written(json)).expect("JSON");
    crate::assess::reports::check(&schema, &schema, &value, "migration");
    assert_eq!(value["texts"][0]["path"], ODD_PATH);
    let embedded: Vec<_> = value["texts"].as_array().expect("texts").iter().filter(|text| text["embedded_in"].is_object()).collect();
    assert!(!embedded.is_empty());
    assert!(embedded.iter().all(|text| text["path"] == "k8s/config.yaml" && text["steps"][0]["start"]["line"].as_u64() > Some(3)));
    let text = serde_json::to_string_pretty(&schema).expect("a value") + "\n";
    crate::config::docs::hold("docs/schema/migration.v1.json", &text);
}
