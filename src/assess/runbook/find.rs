//! Which workload is meant.

use std::collections::BTreeSet;

use super::super::world::{Workload, World};
use crate::diag::suggest::nearest;

/// Why a name gives no sheet.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Lookup {
    /// No workload is called so; one that nearly is.
    Unknown { nearest: Option<String> },
    /// Several are; each as `namespace/Kind/name`, sorted.
    Ambiguous { workloads: Vec<String> },
}

/// The workload that a name means, once for each environment: `name`, `namespace/name`, `Kind/name` or `namespace/Kind/name`.
pub(super) fn find<'w>(world: &'w World, name: &str) -> Result<Vec<&'w Workload>, Lookup> {
    let parts: Vec<&str> = name.trim_matches('/').split('/').collect();
    let fits = |workload: &&Workload| {
        let own = &workload.subject;
        let kind = |text: &str| own.kind.eq_ignore_ascii_case(text);
        match &parts[..] {
            [name] => own.name == *name,
            [first, name] => own.name == *name && (own.namespace == *first || kind(first)),
            [namespace, middle, name] => own.name == *name && own.namespace == *namespace && kind(middle),
            _ => false,
        }
    };
    let found: Vec<&Workload> = world.workloads.iter().filter(fits).collect();
    let ids: BTreeSet<String> = found.iter().map(|workload| workload.subject.to_string()).collect();
    match ids.len() {
        0 => {
            let last = parts.last().copied().unwrap_or("");
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
        _ => Err(Lookup::Ambiguous { workloads: ids.into_iter().collect() }),
    }
}
