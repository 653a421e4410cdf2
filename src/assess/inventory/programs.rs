//! Credentials of programs: what their sources read from the environment or a secret manager, and what their images hold.

use std::collections::{BTreeMap, BTreeSet};

use super::rotation::Rotators;
use super::values::Value;
use super::{Consumer, Credential, Holding, Inventory, held_as, is_cloud_key};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::program::{Act, Given, TextFacts, TextKind, paired};
use crate::assess::status::Strength;
use crate::assess::world::{Ground, Runner, Service, World, below, deployable, is_local, program_name, unit_of};

/// Folders of helpers, which nobody deploys.
const ASIDE: [&str; 10] = ["scripts", "script", "hack", "tools", "tool", "test", "ci", "bench", "benchmarks", "migrations"];

/// Who a program's credentials are counted for: the service, and whether the files say what its environment holds.
struct Owner {
    services: Vec<Service>,
    is_declared: bool,
}

pub(super) fn credentials(out: &mut Inventory, observer: &mut Observer<'_>, world: &World, ground: &Ground<'_>, rotators: &Rotators) {
    let units = deployable(ground.texts, ground.roots);
    let all: Vec<Service> = world.services().collect();
    let names: BTreeSet<&str> = all.iter().flat_map(|service| [&*service.app, &*service.subject.name]).collect();
    let mut by_unit: BTreeMap<&str, Vec<&TextFacts>> = BTreeMap::new();
    for text in ground.texts.iter().filter(|text| !is_local(&text.path, ground.roots) && !is_aside(text, ground.roots)) {
        if matches!(text.kind, TextKind::Source | TextKind::Dockerfile | TextKind::Env | TextKind::Platform) {
            by_unit
                .entry(unit_of(&units, &text.path).or_else(|| named_folder(&names, &text.path, ground.roots)).unwrap_or(""))
                .or_default()
                .push(text);
        }
    }
    // what the environment of a service holds already
    let known: BTreeMap<(String, Subject), BTreeSet<String>> = names_by_service(out);
    for (unit, texts) in by_unit {
        let Some(owner) = owner(&all, unit, ground) else { continue };
        for service in &owner.services {
            let reach = reach_of(service);
            let own = known.get(&(service.environment.clone(), service.subject.clone()));
            let has = |name: &str| own.is_some_and(|own| own.contains(name) || own.contains(&paired(name)));
            // a whole Secret, or a file, may hold it
            let open = own.is_some_and(|own| own.iter().any(|name| name.chars().any(|c| c.is_ascii_lowercase())));
            let mut seen: BTreeMap<String, Credential> = BTreeMap::new();
            let halves: BTreeSet<String> = texts.iter().flat_map(|text| text.names.iter().map(|name| name.name.clone())).collect();
            for text in &texts {
                for name in &text.names {
                    let pair = paired(&name.name);
                    if has(&name.name) || pair != name.name && halves.contains(&pair) {
                        continue;
                    }
                    let Some((holding, source)) = held(text, name.given) else { continue };
                    // what the files do not give it where they say what it gets: perhaps a whole Secret does
                    if holding == Holding::Manual && matches!(name.given, Given::Environment) && owner.is_declared && open {
                        continue;
                    }
                    let spot = Spot { path: text.path.clone(), line: name.line, column: 1, end_line: name.line };
                    let credential = Credential {
                        consumer: Consumer::Workload,
                        subject: service.subject.clone().with_part(&*name.name),
                        reach: reach.clone(),
                        holding,
                        source,
                        strength: if text.kind == TextKind::Source { Strength::UNKNOWN } else { Strength::PARSED },
                        spots: vec![spot.clone()],
                        secret: None,
                    };
                    let entry = seen.entry(name.name.clone()).or_insert_with(|| credential.clone());
                    if holding < entry.holding {
                        let old = std::mem::replace(entry, credential);
                        entry.spots.extend(old.spots);
                    } else if !entry.spots.contains(&spot) && entry.spots.len() < 8 {
                        entry.spots.push(spot);
                    }
                }
            }
            for credential in seen.values() {
                let name = credential.subject.part.as_str();
                if is_cloud_key(name) && !name.ends_with("_ID") && credential.holding <= Holding::Stored {
                    let observation = observer.add(
                        Fact::StaticCloudKey,
                        credential.subject.clone(),
                        &reach,
                        None,
                        format!("`{name}` from the environment"),
                    );
                    observation.spot = credential.spots.first().cloned();
                    observation.strength = Strength::UNKNOWN;
                }
            }
            out.credentials.extend(seen.into_values());
            acts(out, observer, service, &texts, &reach, rotators);
        }
    }
}

/// The outermost folder of a file that is called as a service is: whose program it is where nothing says how it is packed.
fn named_folder<'t>(names: &BTreeSet<&str>, path: &'t str, roots: &[String]) -> Option<&'t str> {
    let root = roots.iter().map(|root| root.trim_end_matches('/')).filter(|root| path.starts_with(root)).map(str::len).max().unwrap_or(0);
    let ends = path.match_indices('/').map(|(at, _)| &path[..at]).filter(|folder| folder.len() > root);
    ends.into_iter().find(|folder| names.contains(folder.rsplit('/').next().unwrap_or(folder)))
}

fn reach_of(service: &Service) -> Reach {
    let namespace = Some(service.subject.namespace.clone()).filter(|_| service.runner == Runner::Kubernetes);
    Reach { environment: Some(service.environment.clone()), namespace }
}

fn names_by_service(out: &Inventory) -> BTreeMap<(String, Subject), BTreeSet<String>> {
    let mut known: BTreeMap<(String, Subject), BTreeSet<String>> = BTreeMap::new();
    for credential in &out.credentials {
        let owner = Subject { part: String::new(), ..credential.subject.clone() };
        let environment = credential.reach.environment.clone().unwrap_or_default();
        known.entry((environment, owner)).or_default().insert(credential.subject.part.clone());
    }
    known
}

fn is_aside(text: &TextFacts, roots: &[String]) -> bool {
    text.kind == TextKind::Source && below(text.folder(), roots).split('/').any(|folder| ASIDE.contains(&folder))
}

/// The services that a folder's program is: the only one there is, or those of its name.
fn owner(all: &[Service], unit: &str, ground: &Ground<'_>) -> Option<Owner> {
    let name = program_name(unit, ground.roots, ground.target);
    let fits = |service: &&Service| {
        let is = |text: &str| {
            text.eq_ignore_ascii_case(name) || text.replace(['-', '_'], "").eq_ignore_ascii_case(&name.replace(['-', '_'], ""))
        };
        is(&service.app) || is(&service.subject.name)
    };
    let named: Vec<Service> = all.iter().filter(fits).cloned().collect();
    let apps: BTreeSet<&str> = all.iter().map(|service| service.app.as_str()).collect();
    let services = match (named.is_empty(), apps.len()) {
        (false, _) => named,
        (true, 1) => all.to_vec(),
        _ => return None,
    };
    let is_declared = services.iter().all(|service| service.runner != Runner::Program && service.runner != Runner::Pipeline);
    Some(Owner { services, is_declared })
}

/// How a name of a text is held.
fn held(text: &TextFacts, given: Given) -> Option<(Holding, String)> {
    let file = text.path.rsplit('/').next().unwrap_or(&text.path);
    match given {
        Given::Environment => Some((Holding::Manual, "the environment; the files do not say who sets it".to_owned())),
        Given::Default(class) => Some((held_as(class), format!("the environment, else {} in the source", class.describe()))),
        Given::Literal(class) if class < Value::Templated => Some((held_as(class), format!("{} in `{file}`", class.describe()))),
        Given::Literal(_) => None,
        Given::Store => Some((Holding::Stored, "a parameter of the platform's store".to_owned())),
        Given::Manager => Some((Holding::ManagedRotationUnseen, "a secret manager".to_owned())),
    }
}

/// What programs do: read managers, log in to databases by identity, carry files with credentials in their images.
fn acts(out: &mut Inventory, observer: &mut Observer<'_>, service: &Service, texts: &[&TextFacts], reach: &Reach, rotators: &Rotators) {
    let mut seen = BTreeSet::new();
    for text in texts {
        for done in &text.acts {
            let spot = Spot { path: text.path.clone(), line: done.line, column: 1, end_line: done.line };
            let (name, holding, source) = match done.act {
                Act::ReadsManager => {
                    let rotated = match done.what.as_str() {
                        "AWS Secrets Manager" => rotators.aws.any(),
                        "Google Secret Manager" => rotators.google.any(),
                        "Azure Key Vault" => rotators.azure,
                        _ => rotators.vault,
                    };
                    // where it leases, that says more
                    if texts.iter().any(|text| text.does(Act::ReadsLease).is_some_and(|lease| lease.what == done.what)) {
                        continue;
                    }
                    let holding = if rotated { Holding::Rotated } else { Holding::ManagedRotationUnseen };
                    (done.what.as_str(), holding, format!("{}, read by the program", done.what))
                }
                Act::ReadsLease => (done.what.as_str(), Holding::Leased(None), format!("{}, leased", done.what)),
                Act::ReadsParameter => (done.what.as_str(), Holding::Stored, "SSM parameters, read by the program".to_owned()),
                Act::DatabaseToken => ("database login", Holding::Leased(Some(1)), "a short token of its identity".to_owned()),
                Act::PlainHop | Act::EncryptedHop => {
                    let plain = done.act == Act::PlainHop;
                    let fact = if plain { Fact::HopPlain } else { Fact::HopEncrypted };
                    let detail = if plain { "a connection string switches TLS off" } else { "a connection string demands TLS" };
                    let who = service.subject.clone().with_part(&*done.what);
                    let observation = observer.add(fact, who, reach, None, detail);
                    observation.spot = Some(spot);
                    observation.strength = Strength::UNKNOWN;
                    continue;
                }
                Act::CopiesCredentials => (done.what.as_str(), Holding::Manual, format!("`{}`, copied into the image", done.what)),
                _ => continue,
            };
            if seen.insert(name.to_owned()) {
                out.credentials.push(Credential {
                    consumer: Consumer::Workload,
                    subject: service.subject.clone().with_part(name),
                    reach: reach.clone(),
                    holding,
                    source,
                    strength: Strength::UNKNOWN,
                    spots: vec![spot],
                    secret: None,
                });
            }
        }
    }
}
