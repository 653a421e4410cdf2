//! A part of ztctl that fails takes its criteria with it, and nothing else.

use std::collections::BTreeSet;
use std::path::Path;

use ztctl::assess::assess_by_parts;
use ztctl::assess::criteria::CRITERIA;
use ztctl::assess::fact::Fact;
use ztctl::assess::parts::{self, Part};
use ztctl::assess::policy_tests::PolicyTests;
use ztctl::assess::status::Status;
use ztctl::assess::{Assessment, Settings};
use ztctl::diag::{Crash, guard};
use ztctl::report::assess::{About, Terminal, html, json, junit, markdown, pretty, sarif};

use super::{archetype, with_input};

/// What a panic may quote, and nothing may print.
const SEEDED: &str = "kP9vWq2LzR7mXt4b";

/// The assessment of the archetype in which one part fails.
fn with_failure(name: &str, failing: Option<&Part>) -> Assessment {
    with_input(&archetype(name), &Settings::default(), &PolicyTests::NotRun, ".", |input| {
        assess_by_parts(input, &|part| assert!(failing.is_none_or(|own| own.name != part), "it quotes `{SEEDED}`"))
    })
}

#[test]
fn a_failed_part_hides_no_others_results() {
    let whole = with_failure("l5-istio-opa", None);
    assert!(whole.failures.is_empty() && whole.overall.level.is_some());
    for part in parts::all() {
        let assessment = with_failure("l5-istio-opa", Some(&part));
        assert_eq!(assessment.failures.iter().map(|failure| failure.part).collect::<Vec<_>>(), [part.name]);
        let mut errors = 0;
        for (own, verdict) in whole.combined.iter().zip(&assessment.combined) {
            let rests = part.facts.iter().any(|fact| verdict.criterion.concerns(*fact));
            assert_eq!(verdict.status == Status::Error, rests, "{}: {}", part.name, verdict.criterion.id);
            assert!(!rests || !verdict.is_satisfied() && verdict.credit() == Some(0), "{}", part.name);
            errors += usize::from(rests);
            // what others say stays; credentials and reach are evidence of more than their own facts
            let feeds_others = ["stores", "pods", "reach", "bindings", "values"].contains(&part.name);
            assert!(rests || feeds_others || own.status == verdict.status, "{}: {}", part.name, verdict.criterion.id);
        }
        assert_eq!(errors > 0, !part.facts.is_empty(), "{}", part.name);
        assert!(assessment.overall.level <= whole.overall.level, "{}", part.name);
    }
}

#[test]
fn a_failed_part_is_told_in_every_report_without_what_it_quotes() {
    let part = parts::all().into_iter().find(|part| part.name == "mesh").expect("a part");
    let assessment = with_failure("l5-istio-opa", Some(&part));
    let about = About::default();
    let value: serde_json::Value = serde_json::from_str(&json(&assessment, &about)).expect("JSON");
    assert_eq!(value["errors"], serde_json::json!([{ "part": "mesh", "at": null }]));
    let of = |id: &str| value["criteria"].as_array().expect("a list").iter().find(|one| one["id"] == id).expect("one")["status"].clone();
    assert_eq!((of("L5.ENC.1"), of("L1.SEC.1")), ("error".into(), "met".into()));
    let texts = [
        json(&assessment, &about),
        html(&assessment, &about),
        markdown(&assessment, &about),
        sarif(&assessment, &about),
        junit(&assessment),
        pretty(&assessment, &about, Terminal { color: false }),
    ];
    for text in texts {
        assert!(!text.contains(SEEDED), "{text}");
    }
}

#[test]
fn parts_name_every_fact_that_their_sources_observe() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/assess/probes");
    let mut seen = 0;
    for part in parts::all() {
        let mut texts = Vec::new();
        texts.extend(std::fs::read_to_string(folder.join(format!("{}.rs", part.name))));
        if let Ok(entries) = std::fs::read_dir(folder.join(part.name)) {
            texts.extend(entries.map(|entry| std::fs::read_to_string(entry.expect("an entry").path()).unwrap_or_default()));
        }
        for (at, _) in texts.concat().match_indices("Fact::") {
            let text = texts.concat();
            let word: String = text[at + 6..].chars().take_while(char::is_ascii_alphanumeric).collect();
            let Some(fact) = Fact::ALL.iter().find(|fact| format!("{fact:?}") == word) else { continue };
            assert!(part.facts.contains(fact), "`{}` observes `{word}`", part.name);
            seen += 1;
        }
    }
    assert!(seen > 100, "{seen}");
    // and what some criterion asks for is some part's
    let known: BTreeSet<Fact> = parts::all().iter().flat_map(|part| part.facts.iter().copied()).collect();
    for criterion in CRITERIA {
        assert!(criterion.yes.iter().chain(criterion.no).all(|fact| known.contains(fact)), "{}", criterion.id);
    }
}

#[test]
fn what_a_part_gives_is_kept_and_a_panic_is_caught() {
    assert_eq!(guard(|| 7), Ok(7));
    let mut done = Vec::new();
    let result: Result<(), Crash> = guard(|| {
        done.push(1);
        assert!(done.is_empty(), "it quotes `{SEEDED}`");
    });
    assert_eq!((result.is_err(), done), (true, vec![1]));
    assert!(!format!("{result:?}").contains(SEEDED));
}
