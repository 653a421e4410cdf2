//! One row a service: what its credentials and the rest of its scope make of it alone.

use std::collections::{BTreeMap, BTreeSet};

use super::criteria::{CRITERIA, Criterion};
use super::evaluate::{Exempt, Verdict, evaluate};
use super::inventory::{Consumer, Credential};
use super::observe::{Observation, Spot, Subject};
use super::parts::Failure;
use super::result::ScopeResult;
use super::score;
use super::settings::Settings;
use super::status::{Class, Domain};

use super::world::{Runner, Service, World, class_of};

/// A service in an environment. The same workload in several environments is several rows of one group.
#[derive(Clone, Debug)]
pub struct ServiceResult {
    /// The workload: namespace, kind and name.
    pub subject: Subject,
    pub environment: String,
    pub class: Class,
    /// Empty where nothing has namespaces.
    pub namespace: String,
    /// What the rows of one service have in common: the application's name.
    pub group: String,
    /// What runs it.
    pub runner: Runner,
    /// How many credentials it uses.
    pub credentials: usize,
    /// The rung of its worst credential; `None` where it has none, or none whose rung is visible.
    pub rung: Option<u8>,
    /// The level that it would have if it stood in its scope alone; `None` where the repository is not rated.
    pub level: Option<u8>,
    /// In the order of [`Domain::ALL`]; `None` where a domain has no subject.
    pub domains: [Option<u8>; 6],
    /// Where the workload is declared: more than one place where several units render it. It is one workload, judged by all of them.
    pub spots: Vec<Spot>,
}

/// What the rows are made from.
pub(super) struct Source<'a> {
    pub(super) world: &'a World,
    pub(super) settings: &'a Settings,
    pub(super) credentials: &'a [Credential],
    pub(super) observations: &'a [Observation],
    pub(super) exempt: Exempt<'a>,
    pub(super) scopes: &'a [ScopeResult],
    pub(super) rated: bool,
    pub(super) failures: &'a [Failure],
}

/// Namespace, kind and name of a workload.
type Owner<'s> = (&'s str, &'s str, &'s str);

/// The workload that a subject is or belongs to.
fn owner(subject: &Subject) -> Owner<'_> {
    (&subject.namespace, &subject.kind, &subject.name)
}

/// What is seen of no service in particular, and speaks for all of a place.
struct Common<'a> {
    all: Vec<&'a Observation>,
    /// For each of [`CRITERIA`] what it asks for.
    by_criterion: Vec<Vec<&'a Observation>>,
}

impl<'a> Common<'a> {
    fn new(shared: &[&'a Observation], environment: &str, namespace: &str) -> Self {
        let all: Vec<&Observation> =
            shared.iter().copied().filter(|observation| observation.reach.covers(environment, namespace)).collect();
        let relevant = |criterion: &Criterion| all.iter().copied().filter(|observation| criterion.concerns(observation.fact)).collect();
        let by_criterion = CRITERIA.iter().map(relevant).collect();
        Self { all, by_criterion }
    }
}

/// The services with all places of each, by environment and subject: plain manifests, a chart and overlays may render one alike.
fn distinct(world: &World) -> (Vec<Service>, Vec<Vec<Spot>>) {
    let mut all: BTreeMap<(String, Subject, Runner), (Service, BTreeSet<Spot>)> = BTreeMap::new();
    let mut order: Vec<(String, Subject, Runner)> = Vec::new();
    for service in world.services() {
        let key = (service.environment.clone(), service.subject.clone(), service.runner);
        let spot = service.spot.clone();
        let entry = all.entry(key.clone()).or_insert_with(|| {
            order.push(key);
            (service, BTreeSet::new())
        });
        entry.1.extend(spot);
    }
    let found: Vec<(Service, BTreeSet<Spot>)> = order.iter().filter_map(|key| all.remove(key)).collect();
    found.into_iter().map(|(service, spots)| (service, spots.into_iter().collect::<Vec<_>>())).unzip()
}

/// The rows of all services that are subjects, by environment and subject.
#[must_use]
pub(super) fn services(source: &Source<'_>) -> Vec<ServiceResult> {
    let (services, spots) = distinct(source.world);
    let known: BTreeSet<(&str, &str, &str)> = services.iter().map(|service| owner(&service.subject)).collect();
    // who takes which Secret: a value in it is a matter of those alone
    let mut takers: BTreeMap<(&str, &str), BTreeSet<Owner<'_>>> = BTreeMap::new();
    for credential in source.credentials {
        if let Some((namespace, name)) = &credential.secret {
            takers.entry((namespace, name)).or_default().insert(owner(&credential.subject));
        }
    }
    let mut own: BTreeMap<Owner<'_>, Vec<&Observation>> = BTreeMap::new();
    let mut shared: Vec<&Observation> = Vec::new();
    for observation in source.observations {
        let subject = &observation.subject;
        let users = takers.get(&(subject.namespace.as_str(), subject.name.as_str())).filter(|_| subject.kind == "Secret");
        if known.contains(&owner(subject)) {
            own.entry(owner(subject)).or_default().push(observation);
        } else if let Some(users) = users {
            users.iter().for_each(|user| own.entry(*user).or_default().push(observation));
        } else {
            shared.push(observation);
        }
    }
    let mut used: BTreeMap<Owner<'_>, Vec<&Credential>> = BTreeMap::new();
    for credential in source.credentials.iter().filter(|credential| credential.consumer != Consumer::Tool) {
        used.entry(owner(&credential.subject)).or_default().push(credential);
    }
    // what services of one place have in common is sorted out once
    let mut places: BTreeMap<(&str, &str), Common<'_>> = BTreeMap::new();
    let mut out: Vec<ServiceResult> = Vec::new();
    let mut all: Vec<Vec<Verdict>> = Vec::new();
    for (service, spots) in services.iter().zip(spots) {
        let (environment, namespace) = (service.environment.as_str(), service.subject.namespace.as_str());
        let mine = own.get(&owner(&service.subject)).map_or(&[][..], Vec::as_slice);
        let mine: Vec<&Observation> = mine.iter().copied().filter(|observation| observation.reach.covers(environment, namespace)).collect();
        let common = places.entry((environment, namespace)).or_insert_with(|| Common::new(&shared, environment, namespace));
        let name = service.subject.to_string();
        let verdicts = CRITERIA.iter().zip(&common.by_criterion).map(|(criterion, common)| {
            let mine = mine.iter().filter(|observation| criterion.concerns(observation.fact));
            let relevant: Vec<&Observation> = mine.chain(common).copied().collect();
            evaluate(criterion, &name, &relevant, &source.exempt, true).or_failed(source.failures)
        });
        all.push(verdicts.collect());
        let here: Vec<&Observation> = mine.iter().chain(&common.all).copied().collect();
        let used = used.get(&owner(&service.subject)).map_or(&[][..], Vec::as_slice);
        let used: Vec<&Credential> = used.iter().copied().filter(|credential| credential.reach.covers(environment, namespace)).collect();
        out.push(ServiceResult {
            subject: service.subject.clone(),
            environment: service.environment.clone(),
            class: class_of(source.settings, &service.environment),
            namespace: namespace.to_owned(),
            group: service.app.clone(),
            runner: service.runner,
            credentials: used.iter().map(|credential| &credential.subject).collect::<BTreeSet<_>>().len(),
            rung: used.iter().filter_map(|credential| credential.holding.rung()).min(),
            level: None,
            domains: [None; 6],
            spots,
        });
        let caps = score::caps(&here, source.exempt.waivers);
        let last = all.len() - 1;
        let row = &mut out[last];
        // what a level rests on is shared with the scopes that are rated together
        let group = |scope: &&ScopeResult| {
            if source.settings.all_scopes || row.class.counts() {
                source.settings.all_scopes || scope.class.counts()
            } else {
                scope.scope.environment == row.environment
            }
        };
        let members: Vec<&[Verdict]> = source.scopes.iter().filter(group).map(|scope| &scope.verdicts[..]).collect();
        let members = || members.iter().copied().chain(std::iter::once(&all[last][..]));
        for (at, domain) in Domain::ALL.into_iter().enumerate() {
            row.domains[at] = score::domain(&all[last], &score::claimed(members(), domain), &caps, domain);
        }
        row.level = source.rated.then(|| score::headline(&all[last], score::floor(members()), &caps, true));
    }
    out
}
