//! What the rules of one side let through, stage by stage.
//!
//! Two bounds are computed: what passes even if everything open goes against it, and what passes if everything open goes for it.

use super::graph::{Layer, Verdict};
use super::groups::Class;
use super::ports::PortSet;
use crate::model::network::{Action, Ports, Stage};
use crate::model::tri::Tri;

/// The order from which on Calico asks its policies of the tier `default` behind NetworkPolicies
/// (<https://docs.tigera.io/calico/latest/network-policy/policy-tiers/>: NetworkPolicies have order 1000).
const AFTER_KUBERNETES: f64 = 1000.0;

/// A rule that is about the pods of a group, as far as peers do not matter.
#[derive(Clone, Debug)]
pub(super) struct Rule<'u> {
    pub(super) stage: Stage<'u>,
    pub(super) action: Action,
    pub(super) selected: Tri,
    pub(super) narrowed: bool,
    pub(super) ports: Vec<Ports<'u>>,
    /// Where it is written, by its place in the graph's places.
    pub(super) place: u32,
}

/// A rule and whether it is about a peer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Applied<'r, 'u> {
    pub(super) rule: &'r Rule<'u>,
    pub(super) about: Tri,
    pub(super) names_peers: bool,
    pub(super) names_clients: bool,
}

/// Whether some policy denies what none allows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Captured(pub(super) Tri);

/// What rules let through to the ports of `target`; `None` stands for pods of which nothing is known.
pub(super) fn decide(rules: &[Applied<'_, '_>], captured: Captured, target: Option<&Class<'_>>) -> Verdict {
    if rules.is_empty() && captured.0.is_no() {
        return Verdict::open();
    }
    let (ports, _) = bound(rules, captured, target, false);
    let (most, by) = bound(rules, captured, target, true);
    let of = |names: fn(&Applied<'_, '_>) -> bool| !by.is_empty() && by.iter().all(|applied| names(applied));
    let mut places: Vec<u32> = by.iter().map(|applied| applied.rule.place).collect();
    places.sort_unstable();
    places.dedup();
    let names_ports = by.iter().all(|applied| {
        applied.rule.ports.iter().all(|ports| match ports {
            Ports::Any => false,
            Ports::Range { first, last, .. } => !(*first <= 1 && *last == u16::MAX),
            Ports::Named { .. } | Ports::Unknown => true,
        })
    });
    Verdict {
        perhaps: most.without(&ports),
        ports,
        names_peers: of(|applied| applied.names_peers),
        names_clients: of(|applied| applied.names_clients),
        names_ports: names_ports && !by.is_empty(),
        by: places,
        layer: Layer::Four,
    }
}

/// What passes: at least, or `most`. With the rules that let it through.
fn bound<'r, 'u>(rules: &[Applied<'r, 'u>], captured: Captured, target: Option<&Class<'_>>, most: bool) -> (PortSet, Vec<Applied<'r, 'u>>) {
    let mut bound = Bound { open: PortSet::all(), allowed: PortSet::default(), by: Vec::new(), target, most };
    let of = |wanted: fn(&Stage<'_>) -> bool| rules.iter().filter(move |applied| wanted(&applied.rule.stage));
    bound.run(of(|stage| *stage == Stage::Deny));
    // what administrators pass on is decided below
    bound.tier(of(|stage| matches!(stage, Stage::Admin(_))));
    let mut tiers: Vec<Option<&str>> = Vec::new();
    for applied in rules {
        if let Stage::Tier(tier, _) = applied.rule.stage
            && tier != Some("default")
            && !tiers.contains(&tier)
        {
            tiers.push(tier);
        }
    }
    for tier in tiers {
        let left = bound.tier(rules.iter().filter(|applied| matches!(applied.rule.stage, Stage::Tier(own, _) if own == tier)));
        // the end of a tier denies what it is about and did not decide
        let sure =
            rules.iter().any(|applied| matches!(applied.rule.stage, Stage::Tier(own, _) if own == tier) && applied.rule.selected.is_yes());
        if sure || !most {
            bound.open = bound.open.without(&left);
        }
    }
    let is_late = |order: &Option<f64>| order.is_none_or(|order| order > AFTER_KUBERNETES);
    let default = |applied: &&Applied<'_, '_>, late: bool| matches!(applied.rule.stage, Stage::Tier(Some("default"), order) if is_late(&order) == late);
    bound.tier(rules.iter().filter(|applied| default(applied, false)));
    bound.run(of(|stage| *stage == Stage::Policies));
    bound.tier(rules.iter().filter(|applied| default(applied, true)));
    let denied = if most { captured.0.is_yes() } else { !captured.0.is_no() };
    if !denied {
        bound.run(of(|stage| matches!(stage, Stage::Baseline(_))));
        let rest = std::mem::take(&mut bound.open);
        if !rest.is_empty() {
            // nobody said so: neither peers nor ports are named
            bound.allowed = bound.allowed.union(&rest);
            return (bound.allowed, Vec::new());
        }
    }
    (bound.allowed, bound.by)
}

struct Bound<'t, 'r, 'u> {
    /// What no rule decided yet.
    open: PortSet,
    allowed: PortSet,
    by: Vec<Applied<'r, 'u>>,
    target: Option<&'t Class<'t>>,
    most: bool,
}

impl<'r, 'u> Bound<'_, 'r, 'u> {
    fn run<'a>(&mut self, rules: impl Iterator<Item = &'a Applied<'r, 'u>>)
    where
        'r: 'a,
        'u: 'a,
    {
        self.tier(rules);
    }

    /// Asks rules in their order; what one passes on is open again behind the last. Gives what none of them decided.
    fn tier<'a>(&mut self, rules: impl Iterator<Item = &'a Applied<'r, 'u>>) -> PortSet
    where
        'r: 'a,
        'u: 'a,
    {
        let mut passed = PortSet::default();
        for applied in rules {
            if self.open.is_empty() {
                break;
            }
            let rule = applied.rule;
            let (sure, perhaps) = ports_of(&rule.ports, self.target);
            let certain = applied.about.is_yes() && rule.selected.is_yes() && !rule.narrowed;
            // of a rule that may not hold, each bound takes what serves it
            let takes = |wants: bool| {
                if wants {
                    sure.union(&perhaps)
                } else if certain {
                    sure.clone()
                } else {
                    PortSet::default()
                }
            };
            let found = match rule.action {
                Action::Allow => takes(self.most),
                Action::Deny => takes(!self.most),
                Action::Pass => sure.union(&perhaps),
                Action::Unknown => sure.union(&perhaps),
            }
            .intersection(&self.open);
            if found.is_empty() {
                continue;
            }
            let allows = match rule.action {
                Action::Allow => true,
                Action::Deny => false,
                Action::Pass if certain => {
                    passed = passed.union(&found);
                    self.open = self.open.without(&found);
                    continue;
                }
                // it may or may not be passed on
                Action::Pass => continue,
                Action::Unknown => self.most,
            };
            if allows {
                self.allowed = self.allowed.union(&found);
                self.by.push(*applied);
            }
            self.open = self.open.without(&found);
        }
        let left = self.open.clone();
        self.open = self.open.union(&passed);
        left
    }
}

/// The ports of a rule: surely, and perhaps.
fn ports_of(ports: &[Ports<'_>], target: Option<&Class<'_>>) -> (PortSet, PortSet) {
    let (mut sure, mut perhaps) = (PortSet::default(), PortSet::default());
    for ports in ports {
        match *ports {
            Ports::Any => sure = PortSet::all(),
            Ports::Range { protocol, first, last } => sure = sure.union(&PortSet::range(protocol, first, last)),
            Ports::Unknown => perhaps = PortSet::all(),
            Ports::Named { protocol, name } => match target {
                Some(class) => {
                    for (own, own_protocol, number) in &class.named {
                        if *own == name && protocol.is_none_or(|protocol| protocol == *own_protocol) {
                            sure = sure.union(&PortSet::range(Some(own_protocol), *number, *number));
                        }
                    }
                    if class.is_partial {
                        perhaps = perhaps.union(&PortSet::range(protocol, 1, u16::MAX));
                    }
                }
                None => perhaps = perhaps.union(&PortSet::range(protocol, 1, u16::MAX)),
            },
        }
    }
    (sure, perhaps)
}
