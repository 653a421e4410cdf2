//! Levels of zero-trust maturity: criteria as data, facts from probes, arithmetic apart from both.
//!
//! ```text
//! manifests, Rego, findings → world (environments, scopes) → probes → observations → verdicts → levels
//! ```

pub mod advice;
pub mod attestations;
pub mod connectivity;
pub mod criteria;
pub mod delta;
pub mod edges;
pub mod evaluate;
pub mod explain;
pub mod fact;
pub mod frameworks;
pub mod governance;
mod helm;
pub mod history;
pub mod inventory;
pub mod kind;
mod meshes;
pub mod observe;
pub mod org;
pub mod parts;
pub mod policy_tests;
mod probes;
pub mod program;
mod rego;
pub mod remedy;
pub mod result;
pub mod runbook;
pub mod score;
pub mod services;
pub mod settings;
pub mod snapshot;
pub mod status;
mod summary;
mod tally;
pub mod traces;
pub mod waivers;
mod words;
pub mod world;

use crate::diag::Date;
use crate::model::manifests::Manifests;
use crate::secrets::{Leak, Secret};
use crate::text::{SourceId, SourceMap};

pub use connectivity::{EnvironmentReach, ReachResult};
pub use governance::Papers;
pub use observe::Spot;
pub use rego::{DefaultRule, RegoFile};
pub use result::{Assessment, SkippedFile};
pub use settings::Settings;
pub use summary::summary_line;

/// A finding of the checks, as data.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FindingFact {
    pub rule: String,
    pub message: String,
    pub spot: Spot,
}

/// What is known of the secrets in a run's files.
#[derive(Clone, Copy, Default)]
pub struct Leaks<'a> {
    /// By file and place.
    pub found: &'a [Leak],
    /// The numbers of those that a directive in the file allows, sorted.
    pub allowed: &'a [usize],
    /// What the history holds and no file does.
    pub departed: &'a [Departed],
    /// Files, or parts of them, that were not looked at although they may hold some.
    pub unscanned: &'a [SkippedFile],
    /// What of the history was not looked at; `None` where all of it was.
    pub history: Option<&'a str>,
}

/// A secret that the history holds and no file does any more.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Departed {
    pub secret: Secret,
    /// The name that it stood under; may be empty.
    pub name: String,
    /// The commit that brought it.
    pub commit: String,
    /// Where it stood in that commit.
    pub spot: Spot,
    /// So many files of the history held it.
    pub places: usize,
    /// What says that it may stand there: the file of another tool.
    pub allowed: Option<&'static str>,
}

/// What is assessed.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    pub sources: &'a SourceMap,
    pub manifests: &'a Manifests,
    pub rego: &'a [RegoFile],
    pub findings: &'a [FindingFact],
    /// The files `.ztctl/waivers.yaml`.
    pub waivers: &'a [SourceId],
    /// What else people decided.
    pub papers: Papers<'a>,
    pub settings: &'a Settings,
    /// The folders of the run, as paths begin; `.` or empty is all.
    pub roots: &'a [String],
    pub as_of: Date,
    /// How the target is called in reports.
    pub target: &'a str,
    /// Files that were read.
    pub scanned: usize,
    pub skipped: &'a [SkippedFile],
    pub leaks: Leaks<'a>,
    /// There is application source beside the manifests.
    pub has_sources: bool,
    /// What running the policy tests gave.
    pub policy_tests: &'a policy_tests::PolicyTests,
    /// What programs and configurations that are no manifests say about logs.
    pub traces: &'a [traces::TextTraces],
    /// Files that say how policy is tested.
    pub texts: &'a [policy_tests::TextFile],
    /// What files say that are no manifests: programs, Dockerfiles, environment files.
    pub programs: &'a [program::TextFacts],
}

/// Assesses a repository. The same input gives the same result, whatever the order of its files.
#[must_use]
pub fn assess(input: &Input<'_>) -> Assessment {
    assess_by_parts(input, &|_| {})
}

/// As [`assess`]; `before` is called with the name of each part ([`parts::all`]) before it looks at the files. A part that fails takes
/// only the criteria with it that rest on its facts: they are `error`.
#[must_use]
pub fn assess_by_parts(input: &Input<'_>, before: &dyn Fn(&'static str)) -> Assessment {
    let mut guard = parts::Guard::new(before);
    let ground = world::Ground {
        sources: input.sources,
        manifests: input.manifests,
        settings: input.settings,
        roots: input.roots,
        texts: input.programs,
        target: input.target,
    };
    let values = input.programs.iter().filter(|text| text.kind == program::TextKind::TfVars).map(|text| text.path.as_str());
    let undecided = &input.manifests.plan_terraform(input.sources, &values.collect::<Vec<_>>()).undecided;
    let mut world = world::World::new(&ground);
    world.leave_open(undecided);
    let mut observer = observe::Observer::new(input.sources, &world.undecided);
    let inventory = inventory::Inventory::new(&mut guard, &mut observer, &world, &ground, &input.leaks);
    let reach = guard.run(&parts::REACH, || connectivity::ReachResult::new(&world, input.sources, input.settings)).flatten();
    let meshes = meshes::Meshes::new(&world);
    let scene = probes::Scene {
        reach: reach.as_ref(),
        traces: input.traces,
        world: &world,
        manifests: input.manifests,
        meshes: &meshes,
        inventory: &inventory,
        rego: input.rego,
        findings: input.findings,
        roots: input.roots,
        policy_tests: input.policy_tests,
        texts: input.texts,
    };
    for (part, probe) in parts::PROBES {
        guard.run(part, || probe(&scene, &mut observer));
    }
    observer.sign();
    let papers = &input.papers;
    let rules: Vec<&str> = papers.rules.iter().copied().chain(inventory.findings.iter().map(|finding| finding.rule)).collect();
    let mut waivers = waivers::Waivers::read(input.sources, input.waivers, input.as_of, &rules);
    waivers.resolve(input.findings, &inventory.findings, papers.allow_secret_waivers);
    if let Some(accepted) = papers.accepted {
        waivers.accept(accepted);
    }
    let anchor = &input.sources.anchor;
    waivers.active.extend(inventory.findings.iter().filter_map(|finding| waivers::Waiver::of_mark(finding, anchor)));
    let attestations = attestations::AttestationResult::read(input.sources, papers.attestations, input.as_of, papers.accept_attestations);
    let kind = kind::kind(input, &world);
    let seen = tally::Seen { found: &observer.found, failures: &guard.failures };
    let mut assessment = tally::tally(input, &world, kind, inventory, &seen, waivers, &attestations);
    governance::settle(input, &mut assessment, attestations);
    assessment.reach = reach;
    guard.run(&parts::ADVICE, || assessment.advise(input, &world, &observer.found));
    assessment.failures = guard.failures;
    assessment
}
