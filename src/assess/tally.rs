//! Observations → the whole result.

use std::collections::{BTreeMap, BTreeSet};

use super::Input;
use super::attestations::AttestationResult;
use super::criteria::CRITERIA;
use super::evaluate::{Exempt, Verdict, combine, evaluate, of_scope};
use super::governance::Governance;
use super::inventory::terraform;
use super::inventory::{Finding, Inventory};
use super::observe::Observation;
use super::parts::Failure;
use super::result::{Assessment, DomainResult, EnvironmentResult, Overall, ScopeResult, WaiverResult};
use super::score::{self, Cap};
use super::services::{self, Source};
use super::status::{Class, Domain, Kind, LEVELS, Status, Strength};
use super::waivers::{SCOPE, Waiver, Waivers};
use super::world::{DEFAULT_ENVIRONMENT, Scope, World, by_path, class_of, is_sample};
use crate::model::document::DocumentKind;

/// What was observed, and which parts could not look.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) found: &'a [Observation],
    pub(super) failures: &'a [Failure],
}

pub(super) fn tally(
    input: &Input<'_>,
    world: &World,
    kind: Kind,
    inventory: Inventory,
    seen: &Seen<'_>,
    waivers: Waivers,
    attestations: &AttestationResult,
) -> Assessment {
    let Seen { found, failures } = *seen;
    let statements: Vec<Waiver> = attestations.active.iter().map(|found| found.entry.clone()).collect();
    let exempt = Exempt { waivers: &waivers.active, attestations: &statements, accept: attestations.accepted };
    let deployed = scopes(input, world);
    let rated = kind.is_ratable() && !deployed.is_empty();
    // where nothing is deployed the repository as a whole is looked at, and nothing is missing in it
    let all: Vec<(Scope, bool)> = if deployed.is_empty() {
        vec![(Scope { environment: DEFAULT_ENVIRONMENT.to_owned(), namespace: String::new() }, false)]
    } else {
        deployed.into_iter().map(|scope| (scope, true)).collect()
    };
    let mut scopes: Vec<ScopeResult> = all
        .into_iter()
        .map(|(scope, missing)| {
            let observations: Vec<&Observation> = found
                .iter()
                .filter(|observation| if missing { observation.reach.covers(&scope.environment, &scope.namespace) } else { true })
                .collect();
            judge(input, world, scope, &observations, &exempt, missing, failures)
        })
        .collect();
    rate(&mut scopes, rated, input.settings.all_scopes);
    let counting: Vec<&ScopeResult> = counting(&scopes, input.settings.all_scopes);
    let combined: Vec<Verdict> =
        (0..CRITERIA.len()).filter_map(|at| combine(&counting.iter().map(|scope| &scope.verdicts[at]).collect::<Vec<_>>())).collect();
    let overall = overall(&scopes, &counting, &combined, rated, kind, input.settings.all_scopes);
    let environments = environments(&scopes);
    let domains = domains(&counting, &combined, &environments);
    let mut unknown = Vec::new();
    for scope in &scopes {
        for verdict in scope.verdicts.iter().filter(|verdict| verdict.status == Status::Unknown) {
            unknown.extend(verdict.reason.map(|reason| (verdict.criterion.id, scope.scope.name(), reason)));
        }
    }
    unknown.sort();
    let services = services::services(&Source {
        world,
        settings: input.settings,
        credentials: &inventory.credentials,
        observations: found,
        exempt,
        scopes: &scopes,
        rated,
        failures,
    });
    let waivers = used(waivers, &scopes, found, &inventory.findings);
    Assessment {
        target: input.target.to_owned(),
        kind,
        as_of: input.as_of,
        scanned: input.scanned,
        skipped: input.skipped.to_vec(),
        // a workload that several folders render is one
        workloads: world.subjects().map(|workload| (&workload.environment, &workload.subject)).collect::<BTreeSet<_>>().len(),
        samples: world.samples,
        overall,
        domains,
        environments,
        scopes,
        combined,
        credentials: inventory.credentials,
        services,
        findings: inventory.findings,
        waivers,
        reach: None,
        governance: Governance::default(),
        unknown,
        questions: Vec::new(),
        steps: Vec::new(),
        runbook: None,
        failures: Vec::new(),
    }
}

/// The scopes in which something runs.
fn scopes(input: &Input<'_>, world: &World) -> BTreeSet<Scope> {
    let mut out = world.scopes.clone();
    if !out.is_empty() {
        return out;
    }
    let compose = input.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Compose);
    for document in compose.chain(input.manifests.terraform()) {
        let path = &input.sources.get(input.sources.outermost(document.source)).path;
        let runs = match document.kind {
            DocumentKind::Compose => true,
            DocumentKind::Terraform => terraform::resources(&document.root)
                .iter()
                .any(|resource| terraform::WORKLOADS.iter().any(|(kind, _)| *kind == resource.kind)),
            _ => false,
        };
        if runs && !is_sample(path, input.roots) {
            let environment = by_path(path, input.roots).unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
            out.insert(Scope { environment, namespace: String::new() });
        }
    }
    out
}

fn judge(
    input: &Input<'_>,
    world: &World,
    scope: Scope,
    observations: &[&Observation],
    exempt: &Exempt<'_>,
    missing: bool,
    failures: &[Failure],
) -> ScopeResult {
    let name = scope.name();
    let verdicts: Vec<Verdict> =
        CRITERIA.iter().map(|criterion| evaluate(criterion, &name, observations, exempt, missing).or_failed(failures)).collect();
    let caps = score::caps(observations, exempt.waivers);
    let caps_without_waivers = score::caps(observations, &[]);
    let workloads = world.subjects().filter(|workload| workload.environment == scope.environment && workload.namespace == scope.namespace);
    let workloads = workloads.map(|workload| &workload.subject).collect::<BTreeSet<_>>().len();
    ScopeResult {
        class: class_of(input.settings, &scope.environment),
        scope,
        workloads,
        level: None,
        level_without_waivers: None,
        domains: [None; 6],
        caps,
        caps_without_waivers,
        confidence: Strength::UNKNOWN,
        verdicts,
    }
}

/// Gives each scope its levels. Those that decide the headline share what they claim, others do so in their environment.
pub(super) fn rate(scopes: &mut [ScopeResult], rated: bool, all: bool) {
    let group = |scope: &ScopeResult| if all || scope.class.counts() { None } else { Some(scope.scope.environment.clone()) };
    let groups: BTreeSet<Option<String>> = scopes.iter().map(group).collect();
    for own in groups {
        let members = scopes.iter().filter(|scope| group(scope) == own).map(|scope| &scope.verdicts[..]);
        let floor = score::floor(members.clone());
        let claimed = Domain::ALL.map(|domain| score::claimed(members.clone(), domain));
        for scope in scopes.iter_mut().filter(|scope| group(scope) == own) {
            let level = score::headline(&scope.verdicts, floor, &scope.caps, true);
            let without = score::headline(&scope.verdicts, floor, &scope.caps_without_waivers, false);
            scope.level = rated.then_some(level);
            scope.level_without_waivers = rated.then_some(without);
            for (at, domain) in Domain::ALL.into_iter().enumerate() {
                scope.domains[at] = score::domain(&scope.verdicts, &claimed[at], &scope.caps, domain);
            }
            scope.confidence = score::confidence(&scope.verdicts, level, &scope.caps);
        }
    }
}

/// The scopes that decide the headline: production and unclassified ones; all, where there are no others.
fn counting(scopes: &[ScopeResult], all: bool) -> Vec<&ScopeResult> {
    let counting: Vec<&ScopeResult> = scopes.iter().filter(|scope| all || scope.class.counts()).collect();
    if counting.is_empty() { scopes.iter().collect() } else { counting }
}

/// The least level of the scopes that count.
pub(super) fn least_level(scopes: &[ScopeResult], all: bool) -> Option<u8> {
    counting(scopes, all).iter().filter_map(|scope| scope.level).min()
}

/// The levels of the domains over the scopes that count.
pub(super) fn levels(scopes: &[ScopeResult], all: bool) -> [Option<u8>; 6] {
    least_domains(counting(scopes, all).into_iter())
}

fn overall(scopes: &[ScopeResult], counting: &[&ScopeResult], combined: &[Verdict], rated: bool, kind: Kind, all: bool) -> Overall {
    let least = |levels: &mut dyn Iterator<Item = Option<u8>>| levels.flatten().min();
    let level = least(&mut counting.iter().map(|scope| scope.level));
    let mut caps: Vec<Cap> = Vec::new();
    for cap in counting.iter().flat_map(|scope| &scope.caps) {
        match caps.iter_mut().find(|known| known.disqualifier == cap.disqualifier && known.title == cap.title) {
            Some(known) => known.evidence.extend(cap.evidence.iter().cloned()),
            None => caps.push(cap.clone()),
        }
    }
    for cap in &mut caps {
        score::settle(&mut cap.evidence);
    }
    let at_level = || counting.iter().filter(|scope| scope.level == level);
    let confidence = at_level().map(|scope| scope.confidence).min().unwrap_or(Strength::UNKNOWN);
    let progress = level.filter(|level| *level < 5).map(|level| {
        let held = caps.iter().any(|cap| cap.headline <= level);
        (level + 1, score::progress(&combined.iter().collect::<Vec<_>>(), level + 1, held))
    });
    Overall {
        rated,
        level,
        level_without_waivers: least(&mut counting.iter().map(|scope| scope.level_without_waivers)),
        level_all_scopes: least(&mut scopes.iter().map(|scope| scope.level)),
        all_scopes: all,
        progress,
        confidence,
        reason: reason(level, &caps, combined, rated, kind, counting),
        caps,
    }
}

/// Why the level is what it is.
fn reason(level: Option<u8>, caps: &[Cap], combined: &[Verdict], rated: bool, kind: Kind, counting: &[&ScopeResult]) -> String {
    let Some(level) = level.filter(|_| rated) else {
        return if kind.is_ratable() {
            "not rated: no workload is declared in these files; what charts and other repositories bring is not seen".to_owned()
        } else {
            let what = match kind {
                Kind::Docs => "a repository of documents",
                Kind::Library => "a library",
                _ => "a bundle of policies",
            };
            format!("not rated: {what} deploys nothing, so that most criteria would hold for want of a subject")
        };
    };
    if level == 5 {
        return "every criterion of every level is met".to_owned();
    }
    let holding: Vec<&Cap> = caps.iter().filter(|cap| cap.headline == level).collect();
    let next = combined.iter().filter(|verdict| verdict.criterion.spine && verdict.criterion.level == level + 1);
    let unmet: Vec<&str> = next.filter(|verdict| !verdict.is_satisfied()).map(|verdict| verdict.criterion.id).collect();
    match (unmet.is_empty(), holding.first()) {
        (_, Some(cap)) if counting.iter().any(|scope| score::through(&scope.verdicts, true) > level) || unmet.is_empty() => {
            format!("held at {level} by {}: {}", cap.disqualifier, cap.title)
        }
        (false, _) => format!("level {} needs {}", level + 1, unmet.join(", ")),
        (true, _) => format!("nothing declared here shows level {} ({})", level + 1, LEVELS[usize::from(level) + 1]),
    }
}

fn least_domains<'a>(scopes: impl Iterator<Item = &'a ScopeResult> + Clone) -> [Option<u8>; 6] {
    let mut out = [None; 6];
    for (at, level) in out.iter_mut().enumerate() {
        *level = scopes.clone().filter_map(|scope| scope.domains[at]).min();
    }
    out
}

fn environments(scopes: &[ScopeResult]) -> Vec<EnvironmentResult> {
    let mut by_name: BTreeMap<&str, Vec<&ScopeResult>> = BTreeMap::new();
    for scope in scopes {
        by_name.entry(&scope.scope.environment).or_default().push(scope);
    }
    let mut out: Vec<EnvironmentResult> = by_name
        .into_iter()
        .map(|(id, scopes)| EnvironmentResult {
            id: id.to_owned(),
            class: scopes[0].class,
            level: scopes.iter().filter_map(|scope| scope.level).min(),
            namespaces: scopes.iter().map(|scope| scope.scope.namespace.clone()).filter(|name| !name.is_empty()).collect(),
            domains: least_domains(scopes.iter().copied()),
        })
        .collect();
    let rank = |class: Class| match class {
        Class::Production => 0,
        Class::Unclassified => 1,
        Class::NonProduction => 2,
    };
    out.sort_by(|a, b| (rank(a.class), &a.id).cmp(&(rank(b.class), &b.id)));
    out
}

fn domains(counting: &[&ScopeResult], combined: &[Verdict], environments: &[EnvironmentResult]) -> Vec<DomainResult> {
    let levels = least_domains(counting.iter().copied());
    let mut out = Vec::new();
    for (at, domain) in Domain::ALL.into_iter().enumerate() {
        let level = levels[at];
        let own = || combined.iter().filter(|verdict| verdict.criterion.domain == domain);
        // the lowest level that something is missing at, which need not be the next one
        let blocked = own().filter(|verdict| !verdict.is_satisfied()).map(|verdict| verdict.criterion.level).min();
        let unmet: Vec<&Verdict> = own().filter(|verdict| Some(verdict.criterion.level) == blocked && !verdict.is_satisfied()).collect();
        let cap = counting
            .iter()
            .flat_map(|scope| &scope.caps)
            .filter(|cap| cap.domain == domain && Some(cap.domain_level) == level)
            .min_by_key(|cap| cap.domain_level);
        let why = match (level, cap, unmet.first()) {
            (None, ..) => "no subject here".to_owned(),
            (Some(level), Some(cap), None) if level < 5 => format!("{}: {}", cap.disqualifier, cap.title),
            (_, Some(cap), Some(first)) if Some(first.criterion.level) > level.map(|level| level + 1) => {
                format!("{}: {}", cap.disqualifier, cap.title)
            }
            (_, _, Some(first)) => format!("L{}: {}", first.criterion.level, why(first)),
            (Some(level), ..) if level < 5 => format!("L{}: nothing to judge", level + 1),
            _ => String::new(),
        };
        let next = match (level, blocked) {
            (Some(level), Some(blocked)) if level < 5 => {
                Some((blocked.max(level + 1).min(5), unmet.iter().map(|verdict| verdict.criterion.id).collect()))
            }
            _ => None,
        };
        let by_environment = environments.iter().map(|environment| (environment.id.clone(), environment.domains[at])).collect();
        out.push(DomainResult { domain, level, next, by_environment, why });
    }
    out
}

/// Why a criterion is not met, in a few words.
#[must_use]
pub(super) fn why(verdict: &Verdict) -> String {
    let title = verdict.criterion.title;
    let (met, of) = verdict.coverage();
    match (verdict.status, verdict.subjects.missing.iter().next()) {
        (Status::Unknown, _) => format!("{title}: unknown"),
        (Status::Error, _) => format!("{title}: could not be judged"),
        (Status::NotMet | Status::Partial, Some((part, _))) if verdict.subjects.failing.is_empty() => format!("no {part}"),
        (Status::Partial, _) | (Status::NotMet, None) if of > 1 => format!("{title}: {met} of {of}"),
        _ => format!("{title}: not met"),
    }
}

/// The waivers, with those apart that covered nothing.
fn used(waivers: Waivers, scopes: &[ScopeResult], found: &[Observation], values: &[Finding]) -> WaiverResult {
    let verdicts = || scopes.iter().flat_map(|scope| &scope.verdicts);
    let used: BTreeSet<&str> =
        verdicts().flat_map(|verdict| &verdict.evidence).filter_map(|evidence| evidence.waived_by.as_deref()).collect();
    let is_used = |waiver: &Waiver| {
        let absent = || {
            verdicts().any(|verdict| {
                let own = |scope: &str| {
                    verdict.criterion.parts.iter().any(|part| waiver.covers(verdict.criterion.id, &of_scope(scope, part), ""))
                };
                verdict.subjects.waived.iter().any(|subject| subject.kind == SCOPE && own(&subject.name))
            })
        };
        let reviewed = || values.iter().any(|value| (value.effect.cap().is_none() || value.commit.is_some()) && waiver.covers_value(value));
        used.contains(waiver.id.as_str()) || absent() || reviewed()
    };
    let (active, mut unmatched): (Vec<Waiver>, Vec<Waiver>) = waivers.active.into_iter().partition(is_used);
    for waiver in &mut unmatched {
        let would = |observation: &Observation| {
            waiver.criteria.iter().map(String::as_str).chain([""]).any(|id| waiver.would_cover(id, observation, &observation.print))
        };
        if found.iter().filter(|observation| observation.stands).any(would) {
            waiver.note =
                Some("it covers credentials in a provider's format alone, which count unless `--allow-secret-waivers` is given".to_owned());
        }
    }
    WaiverResult { active, expired: waivers.expired, invalid: waivers.invalid, unmatched }
}
