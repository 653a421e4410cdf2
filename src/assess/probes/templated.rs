//! Objects of which a template writes what counts: what they would show is open, so that nobody takes it for absent.

use super::{Scene, subject};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach};
use crate::assess::world::Placed;
use crate::model::k8s::Object;
use crate::model::value::Node;

/// Words in the names of the ConfigMaps of what collects and ships logs.
const COLLECTORS: [&str; 8] = ["fluent", "vector", "otel", "collector", "promtail", "alloy", "logstash", "filebeat"];

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for placed in scene.world.deployed() {
        let object = &*placed.object;
        if !object.partial && !object.root.has_unknown() {
            continue;
        }
        let open = |path: &[&str]| scene.world.is_templated(object, path);
        match (&*object.group, &*object.kind) {
            ("telemetry.istio.io", "Telemetry") if open(&["spec", "accessLogging"]) => {
                let facts = [Fact::LogConfigured, Fact::LogsShipped, Fact::AuditAttributable];
                observe(observer, placed, &facts, "a template says what is logged, and where to");
            }
            ("monitoring.coreos.com", "PrometheusRule") if open(&["spec"]) => {
                observe(observer, placed, &[Fact::Detection], "a template writes the alerts");
            }
            ("audit.k8s.io", "Policy") if open(&["rules"]) => {
                observe(observer, placed, &[Fact::AuditTrail, Fact::AuditAttributable], "a template writes the audit policy");
            }
            ("fluentbit.fluent.io" | "fluentd.fluent.io" | "logging.banzaicloud.io", _) if open(&["spec"]) => {
                observe(observer, placed, &[Fact::LogConfigured, Fact::LogsShipped], "a template says where logs are sent");
            }
            ("opentelemetry.io", "OpenTelemetryCollector") if open(&["spec", "config"]) => {
                observe(observer, placed, &[Fact::LogConfigured, Fact::LogsShipped], "a template says where logs are sent");
            }
            ("", "ConfigMap") if open(&["data"]) => config_map(observer, placed),
            ("security.istio.io", "RequestAuthentication") if open(&["spec", "jwtRules"]) && rules(object).is_empty() => {
                observe(observer, placed, &[Fact::JwtIssuerAudience], "a template writes the token rules");
            }
            _ => {}
        }
    }
    services(scene, observer);
}

fn observe(observer: &mut Observer<'_>, placed: &Placed, facts: &[Fact], detail: &str) {
    // as the facts themselves: what is logged and detected holds for all of an environment
    let reach = Reach { environment: placed.environment.clone(), namespace: None };
    for fact in facts {
        let at = Some(placed.object.kind_at());
        observer.templated(*fact, subject(&placed.object), &reach, at, detail);
    }
}

fn rules(object: &Object) -> &[Node] {
    object.root.path(&["spec", "jwtRules"]).map_or(&[], Node::items)
}

/// A ConfigMap of something that collects logs, or decides.
fn config_map(observer: &mut Observer<'_>, placed: &Placed) {
    let object = &placed.object;
    let data = object.root.get("data");
    let mut words: Vec<&str> = vec![object.name().unwrap_or("")];
    words.extend(data.map_or(&[][..], Node::entries).iter().filter(|entry| entry.value.has_unknown()).map(|entry| &*entry.key));
    let named = |names: &[&str]| words.iter().any(|word| names.iter().any(|name| word.contains(name)));
    if named(&COLLECTORS) {
        observe(observer, placed, &[Fact::LogConfigured, Fact::LogsShipped], "a template says where logs are sent");
    }
    if words.iter().any(|word| word.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| part == "opa")) {
        let facts = [Fact::DecisionLogs, Fact::LogsShipped];
        observe(observer, placed, &facts, "a template says whether decisions are logged");
    }
    if named(&["vault"]) {
        observe(observer, placed, &[Fact::AuditTrail, Fact::AuditAttributable], "a template says whether Vault's audit is on");
    }
}

/// Datastores behind a Service of which a template says how it is exposed.
fn services(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for workload in scene.world.subjects() {
        let Some(pod) = workload.pod().filter(|pod| crate::reach::datastore(pod).is_some()) else { continue };
        let space = scene.world.clusters.get(&workload.environment).and_then(|cluster| cluster.namespace(&workload.namespace));
        let labels = pod.labels();
        let is_open = |service: &Object| service.root.path(&["spec", "type"]).is_some_and(|kind| kind.unknown().is_some());
        let mut behind = space.into_iter().flat_map(|space| space.services_of(&labels));
        let Some(service) = behind.find(|(service, selected)| !selected.is_no() && is_open(service)).map(|(service, _)| service) else {
            continue;
        };
        // what says that nothing exposes it does not know
        let own = observer.found.iter_mut().filter(|one| one.fact == Fact::NotExposed && one.subject == workload.subject);
        for one in own.filter(|one| one.reach.environment.as_ref() == Some(&workload.environment)) {
            one.open = true;
            one.detail = format!("a template decides how the Service `{}` is exposed", service.name().unwrap_or("?"));
        }
    }
}
