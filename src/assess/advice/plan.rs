//! Which steps are due, with what they are about.

use std::collections::BTreeSet;

use super::platform::{Platform, Runtime};
use super::steps::{Gain, Phase, Step, Task};
use super::texts::{self, Text};
use super::{Point, gain};
use crate::assess::criteria::Effort;
use crate::assess::evaluate::{Polarity, Verdict};
use crate::assess::fact::Fact as F;
use crate::assess::result::Assessment;
use crate::assess::settings::{Profile, Settings};
use crate::assess::status::{Reason, Status};

/// So many places are named; the rest is counted.
const PLACES: usize = 5;

/// So many steps are shown first.
const SOON: usize = 6;

/// One row of the way: what it is about, and when it is due.
struct Row {
    id: &'static str,
    phase: Phase,
    /// The criteria that it is for; it is due if one of them is not met by one of `facts`.
    criteria: &'static [&'static str],
    /// The facts against those criteria that it removes; empty: all of them, and what is missing.
    facts: &'static [F],
    disqualifiers: &'static [&'static str],
    /// The steps that come first, if they are due.
    after: &'static [&'static str],
    text: fn(&Setting<'_>) -> Text,
}

/// What texts depend on.
pub(super) struct Setting<'a> {
    pub(super) platform: Platform,
    pub(super) profile: Option<Profile>,
    pub(super) assessment: &'a Assessment,
}

impl Setting<'_> {
    /// Whether something was observed against or for a criterion.
    pub(super) fn has(&self, id: &str, fact: F) -> bool {
        self.assessment.verdict(id).is_some_and(|verdict| verdict.evidence.iter().any(|evidence| evidence.observation.fact == fact))
    }

    pub(super) fn is_small(&self) -> bool {
        self.profile == Some(Profile::Small)
    }

    pub(super) fn is_enterprise(&self) -> bool {
        self.profile == Some(Profile::Enterprise)
    }
}

const fn row(id: &'static str, phase: Phase, criteria: &'static [&'static str], text: fn(&Setting<'_>) -> Text) -> Row {
    Row { id, phase, criteria, facts: &[], disqualifiers: &[], after: &[], text }
}

/// The way, in the order in which it can be gone: what observes comes before what refuses.
const ROWS: &[Row] = &[
    Row {
        disqualifiers: &["DQ.SEC.1", "DQ.SEC.3"],
        ..row("change-published-credentials", Phase::Contain, &["L1.SEC.1", "L1.SEC.2"], texts::published)
    },
    row("close-exposed-datastores", Phase::Contain, &["L1.NET.1"], texts::exposed),
    row("log-requests", Phase::See, &["L1.AUD.1"], texts::log),
    row("audit-trail", Phase::See, &["L2.AUD.1"], texts::audit),
    Row { after: &["log-requests"], ..row("ship-logs", Phase::See, &["L3.AUD.1"], texts::ship) },
    Row { after: &["log-requests", "audit-trail"], ..row("attributable-logs", Phase::See, &["L4.AUD.1"], texts::attributable) },
    Row {
        facts: &[F::DefaultServiceAccount, F::SharedServiceAccount],
        ..row("own-service-accounts", Phase::Identify, &["L2.AUT.1", "L5.AUT.1"], texts::accounts)
    },
    Row { after: &["log-requests"], ..row("authenticate-endpoints", Phase::Identify, &["L1.AUT.1"], texts::endpoints) },
    Row { after: &["log-requests"], ..row("check-audiences", Phase::Identify, &["L3.AUT.1"], texts::audiences) },
    Row {
        disqualifiers: &["DQ.AUT.1"],
        facts: &[F::CiStaticKey],
        ..row("federate-pipelines", Phase::Identify, &["L4.AUT.2"], texts::pipelines)
    },
    Row { after: &["change-published-credentials"], ..row("use-platform-store", Phase::Identify, &["L2.SEC.1"], texts::store) },
    Row { facts: &[F::SecretShared], ..row("own-credentials", Phase::Identify, &["L2.SEC.2"], texts::own) },
    Row {
        after: &["own-service-accounts"],
        disqualifiers: &["DQ.AUT.1", "DQ.AUT.2"],
        ..row("workload-identity", Phase::Identify, &["L4.AUT.1"], texts::identity)
    },
    Row { after: &["own-service-accounts", "workload-identity"], ..row("secret-manager", Phase::Identify, &["L3.SEC.1"], texts::manager) },
    Row { after: &["secret-manager"], ..row("rotate", Phase::Identify, &["L3.SEC.2"], texts::rotate) },
    Row { after: &["workload-identity", "secret-manager"], ..row("lease-credentials", Phase::Identify, &["L4.SEC.1"], texts::lease) },
    Row { after: &["lease-credentials"], ..row("no-standing-credentials", Phase::Identify, &["L5.SEC.1"], texts::standing) },
    row("tls-entry-points", Phase::Encrypt, &["L1.ENC.1"], texts::entry),
    Row { disqualifiers: &["DQ.ENC.2"], ..row("encrypt-hops", Phase::Encrypt, &["L2.ENC.1"], texts::hops) },
    row("central-keys", Phase::Encrypt, &["L3.ENC.1"], texts::keys),
    Row {
        facts: &[F::MeshAbsent, F::MeshExcluded, F::MtlsDisabled],
        disqualifiers: &["DQ.ENC.1"],
        after: &["own-service-accounts"],
        ..row("permissive-mtls", Phase::Encrypt, &["L4.ENC.1", "L5.AUT.1"], texts::permissive)
    },
    Row { after: &["permissive-mtls", "log-requests"], ..row("strict-mtls", Phase::Encrypt, &["L5.ENC.1"], texts::strict) },
    row("declare-access", Phase::Authorise, &["L1.AUZ.1"], texts::declare),
    Row {
        facts: &[F::RoleWildcard, F::RoleBroad],
        disqualifiers: &["DQ.AUZ.1"],
        after: &["audit-trail"],
        ..row("narrow-roles", Phase::Authorise, &["L2.AUZ.1", "L1.AUZ.1"], texts::roles)
    },
    Row {
        facts: &[F::SecretsReadClusterWide],
        disqualifiers: &["DQ.SEC.2"],
        after: &["audit-trail"],
        ..row("narrow-secret-access", Phase::Authorise, &["L2.SEC.2"], texts::secret_access)
    },
    Row { after: &["permissive-mtls", "own-service-accounts"], ..row("allow-by-identity", Phase::Authorise, &["L4.AUZ.1"], texts::allow) },
    Row {
        after: &["log-requests", "allow-by-identity"],
        disqualifiers: &["DQ.AUZ.3"],
        ..row("deny-by-default", Phase::Authorise, &["L3.AUZ.1"], texts::deny)
    },
    Row {
        after: &["deny-by-default", "strict-mtls"],
        disqualifiers: &["DQ.AUZ.2"],
        ..row("allow-every-workload", Phase::Authorise, &["L5.AUZ.1"], texts::every)
    },
    Row { after: &["map-traffic"], disqualifiers: &["DQ.NET.1"], ..row("segment", Phase::Authorise, &["L2.NET.1"], texts::segment) },
    Row { after: &["map-traffic", "segment"], ..row("default-deny-ingress", Phase::Authorise, &["L3.NET.1"], texts::ingress) },
    Row { after: &["map-traffic", "default-deny-ingress"], ..row("default-deny-egress", Phase::Authorise, &["L4.NET.1"], texts::egress) },
    Row { after: &["default-deny-egress"], ..row("cut-edges", Phase::Authorise, &["L5.NET.1"], texts::edges) },
    row("test-policies", Phase::Verify, &["L5.AUZ.2"], texts::tests),
    Row {
        after: &["test-policies"],
        disqualifiers: &["DQ.AUZ.3"],
        ..row("verify-continuously", Phase::Verify, &["L5.AUZ.3"], texts::continuous)
    },
    Row { after: &["ship-logs"], ..row("detect", Phase::Verify, &["L5.AUD.1"], texts::detect) },
];

/// Steps that refuse traffic: who talks to whom is known first.
const REFUSES_TRAFFIC: [&str; 7] =
    ["strict-mtls", "deny-by-default", "allow-every-workload", "segment", "default-deny-ingress", "default-deny-egress", "cut-edges"];

/// The steps that are due, in order.
pub(super) fn plan(assessment: &Assessment, platform: Platform, settings: &Settings) -> Vec<Step> {
    let setting = Setting { platform, profile: settings.profile, assessment };
    let mut steps: Vec<Step> = ROWS.iter().filter_map(|row| due(row, &setting)).collect();
    if steps.iter().any(|step| REFUSES_TRAFFIC.contains(&step.id)) && platform.runtime == Runtime::Kubernetes {
        steps.push(map_traffic(&setting));
    }
    steps.extend(make_visible(&setting));
    // a stable order of phases; within one, the order of the table
    steps.sort_by_key(|step| step.phase);
    let known: BTreeSet<&str> = steps.iter().map(|step| step.id).collect();
    for step in &mut steps {
        step.after.retain(|id| known.contains(id));
    }
    gain::gains(assessment, &mut steps, settings.all_scopes);
    choose(assessment, &mut steps);
    steps
}

fn is_open(verdict: &Verdict) -> bool {
    matches!(verdict.status, Status::NotMet | Status::Partial)
}

fn due(row: &Row, setting: &Setting<'_>) -> Option<Step> {
    let assessment = setting.assessment;
    let mut places: Vec<Point> = Vec::new();
    let mut subjects: BTreeSet<String> = BTreeSet::new();
    let mut criteria = Vec::new();
    let mut effort = Effort::Small;
    let mut why = "";
    for id in row.criteria {
        let Some(verdict) = assessment.verdict(id).filter(|verdict| is_open(verdict)) else { continue };
        let against = verdict.evidence.iter().filter(|evidence| evidence.polarity == Polarity::Contrary && evidence.waived_by.is_none());
        let own: Vec<&crate::assess::observe::Observation> = against
            .map(|evidence| &evidence.observation)
            .filter(|observation| row.facts.is_empty() || row.facts.contains(&observation.fact))
            .collect();
        let missing = &verdict.subjects.missing;
        if own.is_empty() && (missing.is_empty() || !row.facts.is_empty()) {
            continue;
        }
        criteria.push(*id);
        effort = effort.max(verdict.criterion.effort);
        why = if why.is_empty() { verdict.criterion.why } else { why };
        for observation in own {
            subjects.insert(observation.subject.to_string());
            places.push(Point::of(observation));
        }
        for (part, scope) in missing {
            subjects.insert(scope.clone());
            places.push(Point { spot: None, subject: scope.clone(), detail: format!("no {part}") });
        }
    }
    let mut disqualifiers = Vec::new();
    for cap in &assessment.overall.caps {
        let of_row = |fact: F| row.facts.is_empty() || row.facts.contains(&fact);
        let stands = crate::assess::criteria::DISQUALIFIERS
            .iter()
            .filter(|own| own.id == cap.disqualifier && own.title == cap.title)
            .any(|own| own.stands_for.iter().any(|id| row.criteria.contains(id)));
        let evidence: Vec<_> = cap.evidence.iter().filter(|one| of_row(one.fact)).collect();
        if !row.disqualifiers.contains(&cap.disqualifier) || !stands || evidence.is_empty() {
            continue;
        }
        disqualifiers.push(cap.disqualifier);
        for observation in evidence {
            subjects.insert(observation.subject.to_string());
            places.push(Point::of(observation));
        }
    }
    disqualifiers.dedup();
    if criteria.is_empty() && disqualifiers.is_empty() {
        return None;
    }
    if why.is_empty() {
        why = row.criteria.first().and_then(|id| crate::assess::criteria::criterion(id)).map_or("", |criterion| criterion.why);
    }
    let text = (row.text)(setting);
    Some(Step {
        id: row.id,
        phase: row.phase,
        task: Task::Change,
        title: text.title,
        advice: text.advice,
        why: why.to_owned(),
        observe: text.observe,
        after: row.after.to_vec(),
        effort: text.effort.unwrap_or(effort),
        criteria,
        disqualifiers,
        gain: Gain::default(),
        subjects: subjects.len(),
        places: first(places),
        patch: text.patch,
        soon: false,
    })
}

/// The first places, those in files first, each line once.
fn first(mut places: Vec<Point>) -> Vec<Point> {
    places.sort_by(|a, b| (a.spot.is_none(), &a.spot, &a.subject, &a.detail).cmp(&(b.spot.is_none(), &b.spot, &b.subject, &b.detail)));
    let line = |point: &Point| point.spot.as_ref().map(|spot| (spot.path.clone(), spot.line));
    places.dedup_by(|a, b| line(a) == line(b) && (a.spot.is_some() || (&a.subject, &a.detail) == (&b.subject, &b.detail)));
    places.truncate(PLACES);
    places
}

/// Who talks to whom: nothing refuses traffic before it is known.
fn map_traffic(setting: &Setting<'_>) -> Step {
    let text = texts::map(setting);
    Step {
        id: "map-traffic",
        phase: Phase::See,
        task: Task::Change,
        title: text.title,
        advice: text.advice,
        why: "What is not known to be in use cannot be refused without breaking something.".to_owned(),
        observe: String::new(),
        after: Vec::new(),
        effort: Effort::Medium,
        criteria: Vec::new(),
        disqualifiers: Vec::new(),
        gain: Gain::default(),
        subjects: setting.assessment.workloads,
        places: Vec::new(),
        patch: text.patch,
        soon: false,
    }
}

/// What to do about criteria that nothing decides here: one step for each reason.
fn make_visible(setting: &Setting<'_>) -> Vec<Step> {
    let open = |reason: Reason| {
        let unknown = |verdict: &&Verdict| verdict.status == Status::Unknown && verdict.reason == Some(reason);
        setting.assessment.combined.iter().filter(unknown).collect::<Vec<_>>()
    };
    let mut out = Vec::new();
    for reason in Reason::ALL {
        let verdicts = open(reason);
        if verdicts.is_empty() {
            continue;
        }
        let of = |verdict: &&Verdict| {
            verdict
                .evidence
                .iter()
                .filter(|one| one.polarity == Polarity::Unknown)
                .map(|one| Point::of(&one.observation))
                .collect::<Vec<_>>()
        };
        let places: Vec<Point> = verdicts.iter().flat_map(of).collect();
        let subjects: BTreeSet<&str> = places.iter().map(|point| point.subject.as_str()).collect();
        let (id, title, advice) = texts::visible(reason);
        out.push(Step {
            id,
            phase: Phase::See,
            task: Task::Show,
            title: title.to_owned(),
            advice: advice.to_owned(),
            why: "Unknown is not met, and is no finding either.".to_owned(),
            observe: String::new(),
            after: Vec::new(),
            effort: Effort::Small,
            criteria: verdicts.iter().map(|verdict| verdict.criterion.id).collect(),
            disqualifiers: Vec::new(),
            gain: Gain::default(),
            subjects: subjects.len(),
            places: first(places),
            patch: String::new(),
            soon: false,
        });
    }
    out
}

/// Marks the few to start with: what is urgent, what the next level needs, what has to come before those, then the lowest levels.
fn choose(assessment: &Assessment, steps: &mut [Step]) {
    let next = assessment.overall.level.map(|level| level + 1);
    let needed: Vec<&str> = assessment.missing().map(|verdict| verdict.criterion.id).collect();
    let holds =
        |step: &Step| assessment.overall.caps.iter().any(|cap| Some(cap.headline) < next && step.disqualifiers.contains(&cap.disqualifier));
    let wanted: Vec<bool> = steps
        .iter()
        .map(|step| step.phase == Phase::Contain || holds(step) || step.criteria.iter().any(|id| needed.contains(id)))
        .collect();
    let mut left = SOON;
    for (at, wanted) in wanted.into_iter().enumerate() {
        if wanted && left > 0 {
            steps[at].soon = true;
            left -= 1;
        }
    }
    let before: BTreeSet<&str> = steps.iter().filter(|step| step.soon).flat_map(|step| step.after.iter().copied()).collect();
    let level =
        |step: &Step| step.criteria.iter().filter_map(|id| crate::assess::criteria::criterion(id)).map(|one| one.level).min().unwrap_or(9);
    let mut others: Vec<usize> = (0..steps.len()).filter(|at| !steps[*at].soon && steps[*at].task == Task::Change).collect();
    others.sort_by_key(|at| (!before.contains(steps[*at].id), level(&steps[*at]), steps[*at].effort, *at));
    for at in others.into_iter().take(left) {
        steps[at].soon = true;
    }
    // nothing is advised soon whose first half is not
    let chosen: BTreeSet<&str> = steps.iter().filter(|step| step.soon).map(|step| step.id).collect();
    let late: Vec<usize> = (0..steps.len())
        .filter(|at| steps[*at].soon && !steps[*at].observe.is_empty() && steps[*at].after.iter().any(|id| !chosen.contains(id)))
        .collect();
    for at in late {
        steps[at].soon = false;
    }
}
