//! The arithmetic by itself: verdicts in, numbers out.

use std::collections::BTreeSet;

use ztctl::assess::criteria::{CRITERIA, DISQUALIFIERS, DOUBT, Effort, criterion};
use ztctl::assess::evaluate::{Exempt, Subjects, Verdict, combine, evaluate};
use ztctl::assess::fact::Fact;
use ztctl::assess::observe::{Observation, Reach, Subject};
use ztctl::assess::score;
use ztctl::assess::status::{Domain, Reason, Status, Strength};

/// A verdict with so many subjects that are met and that fail.
fn verdict(id: &str, status: Status, met: usize, failing: usize) -> Verdict {
    let names = |word: &str, count: usize| (0..count).map(|nr| Subject::new("ns", "Kind", format!("{word}{nr}"))).collect::<BTreeSet<_>>();
    let subjects = Subjects { met: names("met", met), failing: names("failing", failing), ..Subjects::default() };
    let criterion = criterion(id).expect("a criterion");
    Verdict { criterion, status, subjects, strength: Strength::RENDERED, reason: None, accepted: false, evidence: Vec::new() }
}

/// All criteria: those named as they are, the rest without subjects.
fn all(named: &[Verdict]) -> Vec<Verdict> {
    let of = |id: &str| named.iter().find(|verdict| verdict.criterion.id == id).cloned();
    CRITERIA.iter().map(|criterion| of(criterion.id).unwrap_or_else(|| verdict(criterion.id, Status::NotApplicable, 0, 0))).collect()
}

fn met(ids: &[&str]) -> Vec<Verdict> {
    ids.iter().map(|id| verdict(id, Status::Met, 1, 0)).collect()
}

const FOUR: [&str; 9] = ["L1.SEC.1", "L1.SEC.2", "L2.SEC.1", "L2.SEC.2", "L3.SEC.1", "L3.SEC.2", "L4.SEC.1", "L4.AUT.1", "L4.AUT.2"];

fn level(verdicts: &[Verdict]) -> u8 {
    score::headline(verdicts, score::floor(std::iter::once(verdicts)), &[], true)
}

fn observation(fact: Fact, name: &str) -> Observation {
    Observation {
        fact,
        subject: Subject::new("ns", "Deployment", name),
        reach: Reach::everywhere(),
        strength: Strength::RENDERED,
        spot: None,
        also: Vec::new(),
        detail: String::new(),
        stands: false,
        vault: false,
        open: false,
        patch: String::new(),
        print: String::new(),
    }
}

fn judged(id: &str, facts: &[(Fact, &str)]) -> Verdict {
    let found: Vec<Observation> = facts.iter().map(|(fact, name)| observation(*fact, name)).collect();
    evaluate(criterion(id).expect("a criterion"), "scope", &found.iter().collect::<Vec<_>>(), &Exempt::default(), true)
}

#[test]
fn a_level_needs_its_spine_and_that_of_all_below() {
    assert_eq!(level(&all(&met(&FOUR))), 4, "nothing shows level 5");
    for (missing, expected) in [("L1.SEC.2", 0), ("L2.SEC.2", 1), ("L3.SEC.2", 2), ("L4.AUT.2", 3)] {
        for status in [Status::NotMet, Status::Partial, Status::Unknown] {
            let mut named = met(&FOUR);
            named.retain(|verdict| verdict.criterion.id != missing);
            named.push(verdict(missing, status, 1, 1));
            assert_eq!(level(&all(&named)), expected, "{missing} {status:?}");
        }
    }
}

#[test]
fn other_criteria_do_not_move_the_headline() {
    let mut named = met(&FOUR);
    named.push(verdict("L1.AUD.1", Status::NotMet, 0, 1));
    named.push(verdict("L5.AUT.1", Status::NotMet, 0, 1));
    assert_eq!(level(&all(&named)), 4);
}

#[test]
fn nothing_is_claimed_for_want_of_subjects() {
    assert_eq!(level(&all(&met(&["L1.SEC.1"]))), 1);
    assert_eq!(level(&all(&[])), 1, "level 1 has no floor");
    // one criterion of a level is enough
    assert_eq!(level(&all(&met(&["L1.SEC.1", "L2.SEC.1"]))), 2);
    assert_eq!(level(&all(&met(&["L1.SEC.1", "L3.SEC.1"]))), 1, "a level below is not shown");
}

#[test]
fn a_scope_without_credentials_holds_nothing_down() {
    let (full, empty) = (all(&met(&FOUR[..6])), all(&met(&["L1.SEC.1"])));
    let floor = score::floor([&full[..], &empty[..]].into_iter());
    assert_eq!(floor, 3);
    assert_eq!(score::headline(&empty, floor, &[], true), 3);
    assert_eq!(score::headline(&full, floor, &[], true), 3);
}

#[test]
fn caps_hold_headline_and_domain() {
    let verdicts = all(&met(&FOUR));
    for row in DISQUALIFIERS {
        let found = observation(row.facts[0], "x");
        let caps = score::caps(&[&found], &[]);
        let cap = caps.iter().find(|cap| cap.disqualifier == row.id && cap.headline == row.headline).expect(row.id);
        assert_eq!(score::headline(&verdicts, 5, std::slice::from_ref(cap), true), row.headline, "{}", row.id);
        let claimed = (1..=5).collect();
        let own = CRITERIA.iter().find(|criterion| criterion.domain == row.domain).expect("one").id;
        let verdicts = all(&met(&[own]));
        assert_eq!(score::domain(&verdicts, &claimed, &caps, row.domain), Some(row.domain_level), "{}", row.id);
        assert!(row.stands_for.iter().all(|id| criterion(id).is_some()), "{}", row.id);
    }
    assert!(score::caps(&[&observation(Fact::PolicyDefaultAllow, "x")], &[]).is_empty());
}

#[test]
fn waivers_count_and_are_shown_apart() {
    let mut named = met(&FOUR[..5]);
    named.push(verdict("L3.SEC.2", Status::Waived, 0, 0));
    named.push(verdict("L4.SEC.1", Status::NotMet, 0, 1));
    let verdicts = all(&named);
    let floor = score::floor(std::iter::once(&verdicts[..]));
    assert_eq!(score::headline(&verdicts, floor, &[], true), 3);
    assert_eq!(score::headline(&verdicts, floor, &[], false), 2);
    // a waiver alone shows nothing
    let waived = all(&[verdict("L1.SEC.1", Status::Met, 1, 0), verdict("L2.SEC.1", Status::Waived, 0, 0)]);
    assert_eq!(level(&waived), 1);
}

#[test]
fn domains_take_the_highest_claim_below_the_first_gap() {
    let of = |named: &[Verdict]| {
        let verdicts = all(named);
        let claimed = score::claimed(std::iter::once(&verdicts[..]), Domain::Audit);
        score::domain(&verdicts, &claimed, &[], Domain::Audit)
    };
    assert_eq!(of(&[]), None);
    assert_eq!(of(&[verdict("L1.AUD.1", Status::NotMet, 0, 1)]), Some(0));
    assert_eq!(of(&met(&["L1.AUD.1", "L3.AUD.1"])), Some(3));
    let gap =
        |status| vec![verdict("L1.AUD.1", Status::Met, 1, 0), verdict("L2.AUD.1", status, 0, 1), verdict("L3.AUD.1", Status::Met, 1, 0)];
    for status in [Status::NotMet, Status::Partial, Status::Unknown] {
        assert_eq!(of(&gap(status)), Some(1), "{status:?}");
    }
    assert_eq!(of(&gap(Status::Waived)), Some(3));
    assert_eq!(of(&gap(Status::NotApplicable)), Some(3));
    assert_eq!(of(&[verdict("L2.AUD.1", Status::Unknown, 0, 0)]), Some(0));
}

#[test]
fn progress_is_the_mean_of_the_next_spine() {
    let of = |named: &[Verdict], held| {
        let verdicts = all(named);
        score::progress(&verdicts.iter().collect::<Vec<_>>(), 4, held)
    };
    let partial = |id, met, failing| verdict(id, Status::Partial, met, failing);
    assert_eq!(
        of(&[partial("L4.SEC.1", 13, 5), verdict("L4.AUT.1", Status::Met, 18, 0), verdict("L4.AUT.2", Status::Met, 6, 0)], false),
        90
    );
    // what does not apply is left out
    assert_eq!(of(&[partial("L4.SEC.1", 1, 1), verdict("L4.AUT.1", Status::Met, 1, 0)], false), 75);
    assert_eq!(of(&[verdict("L4.SEC.1", Status::Unknown, 0, 0), verdict("L4.AUT.1", Status::Waived, 0, 0)], false), 50);
    // never done while something is missing
    assert_eq!(of(&[partial("L4.SEC.1", 999, 1)], false), 99);
    assert_eq!(of(&met(&["L4.SEC.1"]), false), 100);
    assert_eq!(of(&met(&["L4.SEC.1"]), true), 99);
    assert_eq!(of(&[], false), 0);
}

#[test]
fn confidence_is_the_least_of_what_decides() {
    let weak = |id: &str, strength: u8| Verdict { strength: Strength(strength), ..verdict(id, Status::Met, 1, 0) };
    let of = |named: &[Verdict], level| score::confidence(&all(named), level, &[]);
    assert_eq!(of(&[weak("L3.SEC.1", 95), weak("L3.SEC.2", 60)], 3).word(), "medium");
    assert_eq!(of(&[weak("L3.SEC.1", 95), weak("L3.SEC.2", 80)], 3).word(), "high");
    assert_eq!(of(&[weak("L1.SEC.1", 30)], 3).word(), "high", "what is below does not decide");
    let failing = Verdict { strength: Strength(40), ..verdict("L4.SEC.1", Status::NotMet, 0, 1) };
    assert_eq!(of(&[weak("L3.SEC.1", 95), failing], 3).word(), "low");
    assert_eq!(["high", "medium", "low"], [Strength(80).word(), Strength(50).word(), Strength(49).word()]);
}

#[test]
fn subjects_decide_a_criterion() {
    let of = |facts: &[(Fact, &str)]| judged("L2.AUT.1", facts);
    let (own, default) = (Fact::OwnServiceAccount, Fact::DefaultServiceAccount);
    assert_eq!(of(&[]).status, Status::NotApplicable);
    assert_eq!(of(&[(own, "a"), (own, "b")]).status, Status::Met);
    assert_eq!((of(&[(own, "a"), (default, "b")]).status, of(&[(own, "a"), (default, "b")]).coverage()), (Status::Partial, (1, 2)));
    assert_eq!(of(&[(default, "a")]).status, Status::NotMet);
    // of one subject the contrary wins
    assert_eq!(of(&[(own, "a"), (default, "a")]).coverage(), (0, 1));
    // other facts are not about it
    assert_eq!(of(&[(Fact::MeshMember, "a")]).status, Status::NotApplicable);
}

#[test]
fn silence_is_unknown_only_where_nothing_is_stated() {
    let of = |facts: &[(Fact, &str)]| judged("L2.SEC.1", facts);
    let (stored, open) = (Fact::CredentialStored, Fact::CredentialTemplated);
    let unknown = of(&[(open, "a")]);
    assert_eq!((unknown.status, unknown.reason), (Status::Unknown, Some(Reason::UnrenderedTemplate)));
    let stated = of(&[(open, "a"), (stored, "b")]);
    assert_eq!((stated.status, stated.coverage(), stated.subjects.unknown.len()), (Status::Met, (1, 1), 1));
    assert_eq!(judged("L2.ENC.1", &[]).status, Status::Unknown);
}

#[test]
fn what_must_be_there_fails_by_its_absence() {
    let none = judged("L1.AUD.1", &[]);
    assert_eq!((none.status, none.subjects.missing.len()), (Status::NotMet, 1));
    let half = judged("L5.AUZ.3", &[(Fact::AdmissionEnforced, "a")]);
    assert_eq!((half.status, half.coverage()), (Status::Partial, (1, 2)));
    assert_eq!(judged("L5.AUZ.3", &[(Fact::AdmissionEnforced, "a"), (Fact::DriftCorrected, "b")]).status, Status::Met);
    // in a repository that deploys nothing nothing is missing
    assert_eq!(evaluate(criterion("L1.AUD.1").expect("one"), "scope", &[], &Exempt::default(), false).status, Status::NotApplicable);
}

#[test]
fn together_the_worst_scope_decides() {
    let of = |a: Verdict, b: Verdict| combine(&[&a, &b]).expect("two").status;
    let id = "L2.SEC.1";
    let v = |status, met, failing| verdict(id, status, met, failing);
    assert_eq!(of(v(Status::Met, 1, 0), v(Status::NotApplicable, 0, 0)), Status::Met);
    assert_eq!(of(v(Status::Met, 1, 0), v(Status::Unknown, 0, 0)), Status::Unknown);
    assert_eq!(of(v(Status::Met, 1, 0), v(Status::NotMet, 0, 1)), Status::Partial);
    assert_eq!(of(v(Status::NotApplicable, 0, 0), v(Status::NotMet, 0, 1)), Status::NotMet);
    assert_eq!(of(v(Status::Waived, 0, 0), v(Status::Met, 1, 0)), Status::Waived);
    assert!(combine(&[]).is_none());
}

#[test]
fn the_table_is_whole() {
    let mut ids = BTreeSet::new();
    for criterion in CRITERIA {
        assert!(ids.insert(criterion.id), "{} twice", criterion.id);
        assert!(criterion.id.starts_with(&format!("L{}.", criterion.level)), "{}", criterion.id);
        assert!((1..=5).contains(&criterion.level));
        assert!(criterion.level < 5 || criterion.spine, "{}: all of level 5 is spine", criterion.id);
        for text in [criterion.title, criterion.statement, criterion.why, criterion.pass] {
            assert!(!text.is_empty(), "{}", criterion.id);
        }
        assert!(matches!(criterion.effort, Effort::Small | Effort::Medium | Effort::Large));
        // no fact is on two sides
        let sides = criterion.yes.iter().chain(criterion.no).chain(criterion.open.iter().map(|(fact, _)| fact));
        let facts: Vec<&Fact> = sides.collect();
        assert_eq!(facts.len(), facts.iter().collect::<BTreeSet<_>>().len(), "{}", criterion.id);
    }
    let expected = [
        "L1.SEC.1", "L1.SEC.2", "L1.AUT.1", "L1.AUZ.1", "L1.ENC.1", "L1.AUD.1", "L1.NET.1", "L2.SEC.1", "L2.SEC.2", "L2.AUT.1", "L2.AUZ.1",
        "L2.ENC.1", "L2.AUD.1", "L2.NET.1", "L3.SEC.1", "L3.SEC.2", "L3.AUT.1", "L3.AUZ.1", "L3.ENC.1", "L3.AUD.1", "L3.NET.1", "L4.SEC.1",
        "L4.AUT.1", "L4.AUT.2", "L4.AUZ.1", "L4.ENC.1", "L4.AUD.1", "L4.NET.1", "L5.SEC.1", "L5.AUT.1", "L5.ENC.1", "L5.AUZ.1", "L5.AUZ.2",
        "L5.AUZ.3", "L5.AUD.1", "L5.NET.1",
    ];
    assert_eq!(ids, expected.into_iter().collect());
    let spine: Vec<&str> = CRITERIA.iter().filter(|c| c.spine && c.level < 5).map(|c| c.id).collect();
    assert_eq!(spine, FOUR);
    // every fact is named once, and speaks for some criterion, but for what is only to be looked at
    let names: BTreeSet<&str> = Fact::ALL.iter().map(|fact| fact.as_str()).collect();
    assert_eq!(names.len(), Fact::ALL.len());
    let caps = |fact: &Fact| DOUBT.facts.contains(fact) || DISQUALIFIERS.iter().any(|row| row.facts.contains(fact));
    let used = |fact: &Fact| {
        caps(fact) || CRITERIA.iter().any(|c| c.yes.contains(fact) || c.no.contains(fact) || c.open.iter().any(|(own, _)| own == fact))
    };
    let unused: Vec<&str> = Fact::ALL.iter().filter(|fact| !used(fact)).map(|fact| fact.as_str()).collect();
    assert_eq!(unused, ["secret_to_review"]);
}
