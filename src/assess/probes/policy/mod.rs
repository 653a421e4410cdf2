//! Policy code: what it does by default, whether it is tested, and enforcement points that fail open.

mod commands;
mod engines;
mod steps;
mod tested;

use super::{Scene, is_whole, subject, walk};
use crate::assess::fact::Fact;
use crate::assess::observe::{Observer, Reach, Spot, Subject};
use crate::assess::status::Strength;
use crate::assess::world::{by_path, is_local, is_sample};
use crate::model::document::{Document, DocumentKind};
use crate::model::value::Node;
use crate::model::vault::path_rules;

/// Rules of the checks whose findings say what a probe may not see: policies of kinds that it does not read, embedded texts.
const FINDINGS: &[(&str, Fact)] = &[
    ("istio-extauthz-fail-open", Fact::FailOpen),
    ("envoy-extauthz-failure-mode-allow", Fact::FailOpen),
    ("envoy-jwt-missing-audiences", Fact::JwtNoAudience),
    ("src-jwt-missing-audience", Fact::JwtNoAudience),
    ("src-jwt-missing-issuer", Fact::JwtNoAudience),
    ("src-jwt-verification-disabled", Fact::JwtNoAudience),
    ("src-tls-skip-verify", Fact::HopPlain),
];

pub(in crate::assess) fn probe(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    packages(scene, observer);
    tested::observe(scene, observer);
    engines::observe(scene, observer);
    fail_open(scene, observer);
    grants(scene, observer);
    elsewhere(scene, observer);
}

fn packages(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for file in scene.rego.iter().filter(|file| !is_sample(&file.path, scene.roots)) {
        let reach = Reach { environment: by_path(&file.path, scene.roots), namespace: None };
        let who = Subject::new("", "Package", file.package.clone());
        if file.is_test {
            continue;
        }
        observer.add(Fact::AccessControl, who.clone(), &reach, Some(&file.at), "policy code").strength = Strength::PARSED;
        for default in &file.defaults {
            let fact = if default.allows { Fact::PolicyDefaultAllow } else { Fact::PolicyDefaultDeny };
            let detail = format!("`default {} := {}`", default.name, default.allows);
            observer.add(fact, who.clone(), &reach, Some(&default.at), detail).strength = Strength::PARSED;
        }
    }
}

/// Enforcement points that let requests pass when they fail.
fn fail_open(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let keys = ["failure_mode_allow", "failureModeAllow", "failOpen"];
    let mut found = Vec::new();
    for placed in
        scene.world.deployed().filter(|placed| placed.object.group.ends_with("istio.io") || placed.object.group.ends_with("envoyproxy.io"))
    {
        let mut seen = Vec::new();
        walk(&placed.object.root, &mut |entry| {
            if keys.contains(&&*entry.key) && entry.value.as_bool() == Some(true) {
                seen.push(entry.origin.clone());
            }
        });
        seen.sort_by_key(|origin| origin.at);
        found.extend(seen.into_iter().map(|at| (subject(&placed.object), placed.reach.clone(), at)));
    }
    for document in
        scene.manifests.documents.iter().filter(|document| matches!(document.kind, DocumentKind::Envoy | DocumentKind::MeshConfig))
    {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if is_sample(&path, scene.roots) {
            continue;
        }
        let mut seen = Vec::new();
        walk(&document.root, &mut |entry| {
            if keys.contains(&&*entry.key) && entry.value.as_bool() == Some(true) {
                seen.push(entry.origin.clone());
            }
        });
        let reach = Reach { environment: by_path(&path, scene.roots), namespace: None };
        let kind = if document.kind == DocumentKind::Envoy { "Envoy" } else { "MeshConfig" };
        seen.sort_by_key(|origin| origin.at);
        found.extend(seen.into_iter().map(|at| (Subject::new("", kind, path.clone()), reach.clone(), at)));
    }
    for (who, reach, at) in found {
        observer.add(Fact::FailOpen, who, &reach, Some(&at), "it lets requests pass when the policy engine fails");
    }
}

/// Grants of Vault and of clouds are access control.
fn grants(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for document in scene.manifests.documents.iter().filter(|document| document.kind == DocumentKind::Vault) {
        let path = observer.sources.get(observer.sources.outermost(document.source)).path.clone();
        if document.root.get("path").is_some() && !is_sample(&path, scene.roots) {
            let reach = Reach { environment: by_path(&path, scene.roots), namespace: None };
            let who = Subject::new("", "VaultPolicy", path);
            observer.add(Fact::AccessControl, who.clone(), &reach, Some(&document.root.origin), "a Vault policy");
            vault_paths(observer, document, &who, &reach);
        }
    }
    for placed in scene.world.deployed().filter(|placed| placed.object.is("templates.gatekeeper.sh", "ConstraintTemplate")) {
        let constrained = texts_of_constraints(scene)
            .any(|kind| Some(kind) == placed.object.root.path(&["spec", "crd", "spec", "names", "kind"]).and_then(Node::as_str));
        if constrained {
            observer.add(
                Fact::AccessControl,
                subject(&placed.object),
                &Reach { namespace: None, ..placed.reach.clone() },
                Some(placed.object.kind_at()),
                "an admission policy",
            );
        }
    }
}

/// What a policy of Vault opens: every secret, or named ones. Those of people and of Vault's own set-up are no workload's.
fn vault_paths(observer: &mut Observer<'_>, document: &Document, who: &Subject, reach: &Reach) {
    const PEOPLE: [&str; 9] =
        ["admin", "admins", "administrator", "root", "operator", "operators", "provisioner", "terraform", "breakglass"];
    let file = who.name.rsplit('/').next().unwrap_or(&who.name);
    if file.split(['.', '-', '_']).any(|word| PEOPLE.contains(&word)) {
        return;
    }
    let mut named = None;
    for rule in path_rules(document) {
        let can = |word: &str| rule.capabilities.as_ref().is_some_and(|list| list.contains(&word));
        if can("deny") || !["read", "write", "list", "sudo", "update"].iter().any(|word| can(word)) {
            continue;
        }
        if is_whole(rule.path) {
            if rule.path == "*" {
                observer.note(Fact::RoleBroad, who.clone(), reach, Some(rule.at), "it grants every path of Vault");
            }
            let detail = format!("it may read every secret: `{}`", rule.path);
            observer.note(Fact::SecretsReadBroad, who.clone(), reach, Some(rule.at), detail);
            return;
        }
        named = named.or(Some(rule.at));
    }
    if let Some(at) = named {
        observer.note(Fact::RoleScoped, who.clone(), reach, Some(at), "it names paths");
        observer.note(Fact::SecretsReadByName, who.clone(), reach, Some(at), "it names the secrets that it may read");
    }
}

fn texts_of_constraints<'a>(scene: &Scene<'a>) -> impl Iterator<Item = &'a str> {
    scene.world.deployed().filter(|placed| &*placed.object.group == "constraints.gatekeeper.sh").map(|placed| &*placed.object.kind)
}

/// Policies that are enforced elsewhere: nothing here runs, so that nothing says where they hold.
fn elsewhere(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    let deploys = !scene.world.scopes.is_empty();
    let everywhere = Reach::everywhere();
    for file in scene.rego.iter().filter(|file| !deploys && file.decides && !file.is_test && !is_sample(&file.path, scene.roots)) {
        let who = Subject::new("", "Package", file.package.clone());
        observer.add(Fact::EnforcedElsewhere, who, &everywhere, Some(&file.at), "where it is enforced is not in sight");
    }
    let engine = |path: &str| {
        let kinds = [(".cedar", "Cedar"), (".fga", "OpenFGA"), (".openfga", "OpenFGA")];
        kinds.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, kind)| kind)
    };
    for file in scene.texts.iter().filter(|file| !deploys && !is_sample(&file.path, scene.roots)) {
        let Some(kind) = engine(&file.path) else { continue };
        let found = observer.add(
            Fact::EnforcedElsewhere,
            Subject::new("", kind, file.path.clone()),
            &everywhere,
            None,
            "where it is enforced is not in sight",
        );
        found.spot = Some(Spot { path: file.path.clone(), line: 1, column: 1, end_line: 1 });
    }
}

/// What the checks found, beyond what a probe has seen in the same file.
pub(in crate::assess) fn findings(scene: &Scene<'_>, observer: &mut Observer<'_>) {
    for finding in scene.findings {
        let Some((_, fact)) = FINDINGS.iter().find(|(rule, _)| *rule == finding.rule) else { continue };
        if is_local(&finding.spot.path, scene.roots) {
            continue;
        }
        let known =
            observer.found.iter().any(|own| own.fact == *fact && own.spot.as_ref().is_some_and(|spot| spot.path == finding.spot.path));
        if !known {
            let reach = Reach { environment: by_path(&finding.spot.path, scene.roots), namespace: None };
            let who = Subject::new("", "Finding", finding.rule.clone()).with_part(finding.spot.path.clone());
            let observation = observer.add(*fact, who, &reach, None, finding.message.clone());
            observation.spot = Some(finding.spot.clone());
            if finding.rule == "src-tls-skip-verify" {
                verified(&finding.spot.path).clone_into(&mut observation.patch);
            }
        }
    }
}

/// How a program of the language of `path` trusts an authority of one's own, instead of everyone.
fn verified(path: &str) -> &'static str {
    match path.rsplit('.').next().unwrap_or("") {
        "go" => "roots := x509.NewCertPool()\nroots.AppendCertsFromPEM(authority)\nconfig := &tls.Config{RootCAs: roots}",
        "py" => "requests.get(url, verify=\"/etc/ssl/certs/internal-ca.pem\")",
        "js" | "mjs" | "cjs" | "ts" | "tsx" | "jsx" => {
            "const agent = new https.Agent({ ca: fs.readFileSync(\"/etc/ssl/certs/internal-ca.pem\") });"
        }
        "java" | "kt" => {
            "TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());\nfactory.init(keyStoreOfTheAuthority);\nSSLContext context = SSLContext.getInstance(\"TLS\");\ncontext.init(null, factory.getTrustManagers(), null);"
        }
        _ => "# trust the authority that issued the certificate: SSL_CERT_FILE=/etc/ssl/certs/internal-ca.pem",
    }
}
