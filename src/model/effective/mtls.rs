//! The mode of mutual TLS that a workload's ports are in, as istiod composes it (`pilot/pkg/security/authn/policy_applier.go`,
//! `ComposePeerAuthentication`): port over workload over namespace over mesh, else permissive.

use std::sync::Arc;

use super::attached::{Effective, Workload};
use crate::model::k8s::{Labels, Object};
use crate::model::mesh::{MtlsMode, Target, mode_of, mtls_entry, namespace_of, target};
use crate::model::tri::Tri;
use crate::model::value::Origin;

/// A mode and the place that decided it; none where nothing is written, so that the mode is the product's own, or where it is unknown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Mode {
    pub mode: MtlsMode,
    pub at: Option<Origin>,
}

impl Mode {
    fn unknown() -> Self {
        Self { mode: MtlsMode::Unknown, at: None }
    }
}

/// The modes of one workload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct WorkloadMtls {
    /// That of all ports but those listed.
    pub mode: Mode,
    /// Ports of the workload, as `portLevelMtls` names them, with modes of their own.
    pub ports: Vec<(Arc<str>, Mode)>,
}

impl WorkloadMtls {
    /// Whether plaintext is refused on every port.
    #[must_use]
    pub fn is_strict(&self) -> Tri {
        Tri::all(std::iter::once(&self.mode).chain(self.ports.iter().map(|(_, mode)| mode)).map(|mode| match mode.mode {
            MtlsMode::Strict => Tri::Yes,
            MtlsMode::Unknown => Tri::Unknown,
            MtlsMode::Unset | MtlsMode::Disable | MtlsMode::Permissive => Tri::No,
        }))
    }
}

impl Effective {
    /// The mode of a namespace's workloads that have none of their own. Of several policies the oldest counts, which the files do not
    /// tell: where they differ the mode is unknown.
    #[must_use]
    pub fn namespace_mtls(&self, namespace: &str) -> Mode {
        settled(self.namespace_modes(namespace))
    }

    /// The modes of a workload and of its ports.
    #[must_use]
    pub fn mtls(&self, workload: &Workload) -> WorkloadMtls {
        self.composed(&workload.namespace, &workload.peer)
    }

    /// The modes of a workload that is not in sight: one of this namespace with these labels, and perhaps others.
    #[must_use]
    pub fn mtls_of_labels(&self, namespace: &str, labels: &Labels<'_>) -> WorkloadMtls {
        let mut own = Vec::new();
        for (at, policy) in self.peer.iter().enumerate() {
            let here = match namespace_of(policy) {
                Some(name) => Tri::from(name == namespace && name != self.root()),
                None => Tri::Unknown,
            };
            if let Target::Labels(wanted) = target(policy) {
                let selected = here.and(labels.has_all(Some(wanted)));
                own.extend((!selected.is_no()).then_some((at as u32, selected)));
            }
        }
        self.composed(namespace, &own)
    }

    fn composed(&self, namespace: &str, own: &[(u32, Tri)]) -> WorkloadMtls {
        let inherited = self.namespace_modes(namespace);
        let own = || own.iter().map(|(at, selected)| (&*self.peer[*at as usize], *selected));
        let some_sure = own().any(|(_, selected)| selected.is_yes());
        // what may hold: one of the policies that surely select it, or any that perhaps does
        let mut modes = if some_sure { Vec::new() } else { inherited.clone() };
        for (policy, _) in own() {
            modes.extend(over(policy, &inherited));
        }
        let mut ports: Vec<(Arc<str>, Mode)> = Vec::new();
        for port in own().flat_map(|(policy, _)| levels(policy)) {
            if ports.iter().any(|(known, _)| known == port) {
                continue;
            }
            let mut modes = if some_sure { Vec::new() } else { inherited.clone() };
            for (policy, _) in own() {
                let level = policy.root.path(&["spec", "portLevelMtls"]).and_then(|levels| levels.get(port));
                let found = mode_of(policy, level);
                match found {
                    MtlsMode::Unset => modes.extend(over(policy, &inherited)),
                    mode => modes.push(Mode { mode, at: level.and_then(|level| level.entry("mode")).map(|entry| entry.origin.clone()) }),
                }
            }
            ports.push((port.clone(), settled(modes)));
        }
        let mode = if self.crowded { Mode::unknown() } else { settled(modes) };
        WorkloadMtls { mode, ports }
    }

    /// The modes that a namespace may have: one for each policy that may be the oldest.
    fn namespace_modes(&self, namespace: &str) -> Vec<Mode> {
        let mut modes = vec![Mode { mode: MtlsMode::Permissive, at: None }];
        // in the root namespace the mesh's policy holds
        let own = (namespace != self.root()).then_some(namespace);
        for level in std::iter::once(self.root()).chain(own) {
            let policies = self.peer_of.get(&Some(Arc::from(level))).map_or(&[][..], Vec::as_slice);
            if policies.is_empty() {
                continue;
            }
            // one whose target cannot be read may be for some workloads only
            let policies = policies.iter().map(|at| &*self.peer[*at as usize]);
            let some_sure = policies.clone().any(|policy| matches!(target(policy), Target::Everything));
            let mut found = if some_sure { Vec::new() } else { modes.clone() };
            found.extend(policies.flat_map(|policy| over(policy, &modes)));
            dedup(&mut found);
            modes = found;
        }
        // a policy of an unknown namespace may be one of this
        for at in self.peer_of.get(&None).map_or(&[][..], Vec::as_slice) {
            let found = over(&self.peer[*at as usize], &modes);
            modes.extend(found);
            dedup(&mut modes);
        }
        modes
    }
}

/// What a policy makes of the modes that it may inherit.
fn over(policy: &Object, inherited: &[Mode]) -> Vec<Mode> {
    match mode_of(policy, policy.root.path(&["spec", "mtls"])) {
        MtlsMode::Unset => inherited.to_vec(),
        mode => vec![Mode { mode, at: mtls_entry(policy).map(|entry| entry.origin.clone()) }],
    }
}

/// The ports that a policy has modes for.
fn levels(policy: &Object) -> impl Iterator<Item = &Arc<str>> {
    policy.root.path(&["spec", "portLevelMtls"]).map_or(&[][..], |levels| levels.entries()).iter().map(|entry| &entry.key)
}

fn dedup(modes: &mut Vec<Mode>) {
    let mut seen: Vec<MtlsMode> = Vec::new();
    modes.retain(|mode| {
        !seen.contains(&mode.mode) && {
            seen.push(mode.mode);
            true
        }
    });
}

/// The mode if only one may hold; the milder where all let plaintext in.
fn settled(modes: Vec<Mode>) -> Mode {
    let is_open = |mode: &Mode| matches!(mode.mode, MtlsMode::Permissive | MtlsMode::Disable);
    let all_open = modes.iter().all(is_open);
    let all_same = modes.windows(2).all(|pair| pair[0].mode == pair[1].mode);
    let mild = modes.iter().position(|mode| mode.mode == MtlsMode::Permissive).filter(|_| all_open && !all_same);
    match modes.into_iter().nth(mild.unwrap_or(0)) {
        Some(mode) if all_same || all_open => mode,
        _ => Mode::unknown(),
    }
}
