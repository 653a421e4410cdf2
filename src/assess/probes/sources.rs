//! What programs say about their callers and about the connections that they open.

use super::Scene;
use super::endpoints::EXPOSED;
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::world::{by_path, is_local};

/// The facts that are taken from programs here.
pub(in crate::assess) const FACTS: &[Fact] =
    &[Fact::EndpointAuthenticated, Fact::AccessControl, Fact::JwtIssuerAudience, Fact::JwtNoAudience, Fact::HopEncrypted, Fact::HopPlain];

/// The scopes that a file of a program speaks for. Settings for production speak for what is deployed where no environment is named:
/// it counts as production.
pub(super) fn reach(scene: &Scene<'_>, path: &str) -> Reach {
    let environment = by_path(path, scene.roots);
    let known = |name: &str| scene.world.scopes.iter().any(|scope| scope.environment == name);
    let environment = environment.filter(|name| name != "prod" || known(name));
    Reach { environment, namespace: None }
}

/// Goes last: that a program demands a login counts where something leads to it.
pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let exposed = observer.found.iter().any(|observation| EXPOSED.contains(&observation.fact));
    for file in scene.traces.iter().filter(|file| !is_local(&file.path, scene.roots)) {
        let reach = reach(scene, &file.path);
        for trace in &file.found {
            if !FACTS.contains(&trace.fact) || (trace.fact == Fact::EndpointAuthenticated && !exposed) {
                continue;
            }
            let who = Subject::new("", "Program", file.path.clone());
            let observation = observer.add(trace.fact, who, &reach, None, trace.detail.clone());
            observation.strength = trace.strength;
            observation.spot = Some(Spot { path: file.path.clone(), line: trace.line, column: 1, end_line: trace.line });
        }
    }
}
