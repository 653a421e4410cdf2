//! Which workload is meant.

use std::collections::{BTreeMap, BTreeSet};

use super::super::observe::Subject;
use super::super::world::{Workload, World};
use crate::diag::suggest::nearest;

/// Why a name gives no sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// No workload is called so; one that nearly is.
    Unknown { nearest: Option<String> },
    /// Several are; each by a name that means it alone, sorted.
    Ambiguous { workloads: Vec<String> },
}

/// The workload that a name means, once for each environment: `name`, `namespace/name`, `Kind/name` or `namespace/Kind/name`, and
/// `environment:` before any of them for one environment alone.
pub(super) fn find<'w>(world: &'w World, name: &str) -> Result<Vec<&'w Workload>, Lookup> {
    // an environment only where there is one of that name
    let named = name.split_once(':').filter(|(environment, _)| world.workloads.iter().any(|one| one.environment == *environment));
    let (environment, rest) = named.map_or((None, name), |(environment, rest)| (Some(environment), rest));
    let found: Vec<&Workload> = world
        .workloads
        .iter()
        .filter(|workload| environment.is_none_or(|own| own == workload.environment) && fits(&workload.subject, rest))
        .collect();
    let subjects: BTreeSet<&Subject> = found.iter().map(|workload| &workload.subject).collect();
    match subjects.len() {
        0 => {
            let last = rest.rsplit('/').next().unwrap_or("");
            let names: BTreeSet<&str> = world.workloads.iter().map(|workload| workload.subject.name.as_str()).collect();
            Err(Lookup::Unknown { nearest: nearest(last, names.iter().copied()).map(str::to_owned) })
        }
        1 => {
            // several variants of one workload in one environment say the same but for details
            let mut out: Vec<&Workload> = Vec::new();
            for workload in found {
                if out.iter().all(|known| known.environment != workload.environment) {
                    out.push(workload);
                }
            }
            Ok(out)
        }
        _ => Err(Lookup::Ambiguous { workloads: candidates(world, &found) }),
    }
}

fn fits(own: &Subject, name: &str) -> bool {
    let kind = |text: &str| own.kind.eq_ignore_ascii_case(text);
    let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
    match &parts[..] {
        [name] => own.name == *name,
        [first, name] => own.name == *name && (own.namespace == *first || kind(first)),
        [namespace, middle, name] => own.name == *name && own.namespace == *namespace && kind(middle),
        _ => false,
    }
}

/// The shortest name of each that means it alone; with its environment, where the candidates are of several.
fn candidates(world: &World, found: &[&Workload]) -> Vec<String> {
    let mut environments: BTreeMap<&Subject, BTreeSet<&str>> = BTreeMap::new();
    for workload in found {
        environments.entry(&workload.subject).or_default().insert(&workload.environment);
    }
    let several = environments.values().flatten().collect::<BTreeSet<_>>().len() > 1;
    let mut out = Vec::new();
    for (own, environments) in environments {
        let short = if own.namespace.is_empty() { format!("{}/{}", own.kind, own.name) } else { format!("{}/{}", own.namespace, own.name) };
        let is_alone = world.workloads.iter().filter(|other| fits(&other.subject, &short)).all(|other| &other.subject == own);
        let name = if is_alone { short } else { own.to_string() };
        if several {
            out.extend(environments.into_iter().map(|environment| format!("{environment}:{name}")));
        } else {
            out.push(name);
        }
    }
    out.sort();
    out
}
