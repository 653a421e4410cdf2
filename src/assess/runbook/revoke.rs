//! What to do in an incident, in its order: identify, revoke, rotate, look at the trail, tighten, redeploy, review.

use super::access::{grants, held, sharers};
use super::identity::{CLOUD, accounts, principal, some};
use super::{Action, Desk, Line, told};
use crate::assess::inventory::{Credential, Holding};
use crate::model::value::Node;

/// A name as a word of a command: one from a file that a shell could take for more is left to the reader.
fn word(text: &str, what: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '/' | '-' | ':' | '@');
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(plain) { text.to_owned() } else { format!("<{what}>") }
}

struct Names {
    namespace: String,
    kind: String,
    name: String,
    account: String,
}

fn names(desk: &Desk<'_>) -> Names {
    let own = &desk.workload.subject;
    Names {
        namespace: word(&own.namespace, "namespace"),
        kind: word(&own.kind.to_ascii_lowercase(), "kind"),
        name: word(&own.name, "name"),
        account: word(desk.workload.account.as_deref().unwrap_or(""), "service-account"),
    }
}

/// The identities at clouds that the service account is bound to: annotation, what it is, value.
fn clouds(desk: &Desk<'_>) -> Vec<(&'static str, &'static str, String, Line)> {
    let mut out = Vec::new();
    for account in accounts(desk) {
        for entry in account.root.path(&["metadata", "annotations"]).map_or(&[][..], Node::entries) {
            let Some((key, what)) = CLOUD.iter().find(|(key, _)| *key == &*entry.key) else { continue };
            let value = entry.value.as_str().unwrap_or("").to_owned();
            let line = desk.line(format!("{what} `{value}`"), Some(&entry.origin));
            out.push((*key, *what, value, line));
        }
    }
    out
}

/// The path at a secret manager that a credential's source names.
fn path_in(source: &str) -> Option<&str> {
    let start = source.find('`')? + 1;
    let length = source[start..].find('`')?;
    Some(&source[start..start + length]).filter(|path| path.contains('/'))
}

pub(super) fn actions(desk: &Desk<'_>) -> Vec<Action> {
    let held = held(desk);
    vec![identify(desk), revoke(desk, &held), rotate(desk, &held), trail(desk), tighten(desk), redeploy(desk, &held), review(desk)]
}

fn identify(desk: &Desk<'_>) -> Action {
    let names = names(desk);
    let mut lines = vec![Line {
        text: "note the pods, their node and their start, before anything is deleted; keep logs and, where you can, a memory image"
            .to_owned(),
        spot: None,
        perhaps: false,
    }];
    lines.extend(principal(desk).map(|id| desk.line(format!("in logs it is `spiffe://{id}`"), None)));
    if let Some(account) = &desk.workload.account {
        lines.push(desk.line(format!("at the API server it is `system:serviceaccount:{}:{account}`", desk.workload.namespace), None));
    }
    lines.extend(clouds(desk).into_iter().map(|(_, _, _, line)| line));
    let selector = format!("app={}", word(&desk.workload.app, "app"));
    Action {
        title: "Identify it: its identity, tokens and leases",
        lines,
        commands: vec![
            format!("kubectl -n {} get pods -o wide -l {selector}", names.namespace),
            format!("kubectl -n {} get {}/{} -o yaml", names.namespace, names.kind, names.name),
        ],
    }
}

/// Whether a credential ends when its lease is revoked.
fn is_leased(one: &Credential) -> bool {
    matches!(one.holding, Holding::Leased(_))
}

fn revoke(desk: &Desk<'_>, held: &[&Credential]) -> Action {
    let names = names(desk);
    let mut lines = vec![Line {
        text: "cut it off first: a pod that still runs fetches new tokens. A policy that selects it and allows nothing isolates it and keeps it for \
               the investigation; scaling to zero ends it"
            .to_owned(),
        spot: None,
        perhaps: false,
    }];
    let mut commands = vec![
        format!("kubectl -n {} label pods -l app={} quarantine=true", names.namespace, word(&desk.workload.app, "app")),
        format!(
            "kubectl -n {} scale {}/{} --replicas=0   # instead, where nothing has to be kept",
            names.namespace, names.kind, names.name
        ),
    ];
    for (key, _, value, line) in clouds(desk) {
        lines.push(Line { text: format!("sessions of {}", line.text), ..line });
        commands.push(match key {
            "eks.amazonaws.com/role-arn" => format!(
                "aws iam attach-role-policy --role-name {} --policy-arn arn:aws:iam::aws:policy/AWSDenyAll",
                word(value.rsplit('/').next().unwrap_or(""), "role")
            ),
            "iam.gke.io/gcp-service-account" => format!("gcloud iam service-accounts disable {}", word(&value, "service-account")),
            _ => format!(
                "az identity federated-credential list --identity-name <identity> --resource-group <group>   # client id {}",
                word(&value, "client-id")
            ),
        });
    }
    for one in held.iter().filter(|one| is_leased(one)) {
        lines.push(told(format!("leases of `{}` from {}", one.subject.part, one.source), one.spots.first()));
        let path = path_in(&one.source).map_or_else(|| "<path>".to_owned(), |path| word(path, "path"));
        commands.push(format!("vault lease revoke -prefix {path}   # ends the leases of all its users"));
    }
    let seen = |text: &str| text.to_ascii_lowercase().contains("vault");
    if held.iter().any(|one| seen(&one.source)) || desk.about().any(|one| seen(&one.detail)) {
        lines.push(Line {
            text: "its Vault tokens, by their accessors (Vault's audit log names them)".to_owned(),
            spot: None,
            perhaps: false,
        });
        commands.push("vault token revoke -accessor <accessor>".to_owned());
    }
    lines.push(Line {
        text: "its service account's tokens end with its pods; those of a Secret do not".to_owned(),
        spot: None,
        perhaps: false,
    });
    commands.push(format!("kubectl -n {} get secrets --field-selector type=kubernetes.io/service-account-token", names.namespace));
    Action { title: "Cut it off, and revoke its tokens and leases", lines, commands }
}

fn rotate(desk: &Desk<'_>, held: &[&Credential]) -> Action {
    let names = names(desk);
    let mut lines = Vec::new();
    let mut commands = Vec::new();
    // what does not end by itself comes first
    for one in held.iter().filter(|one| !is_leased(one) && one.holding != Holding::Identity) {
        let others = sharers(desk, one);
        let with = if others.is_empty() { String::new() } else { format!(" together with {}, which use it too", some(&others)) };
        let how = match one.holding {
            Holding::Literal => "its value is in a file: change it at its server, and take it out",
            Holding::Manual | Holding::Stored => "change it at its server and in its Secret",
            _ => "change it at its server and in the manager, then synchronise",
        };
        lines.push(told(format!("`{}` from {}: {how}{with}", one.subject.part, one.source), one.spots.first()));
        if let Some((_, secret)) = &one.secret {
            let secret = word(secret, "secret");
            let command = if matches!(one.holding, Holding::Literal | Holding::Manual | Holding::Stored) {
                format!("kubectl -n {} get secret {secret} -o jsonpath='{{.metadata}}'   # which controller made it", names.namespace)
            } else {
                format!(
                    "kubectl -n {} annotate externalsecret {secret} force-sync=$(date +%s) --overwrite   # if it is synchronised by that name",
                    names.namespace
                )
            };
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
    }
    let readable = super::access::readable(desk).lines;
    for line in readable {
        lines.push(Line { text: format!("and what it could read: {}", line.text), ..line });
    }
    if lines.is_empty() {
        lines.push(Line { text: "nothing that these files show is left to rotate".to_owned(), spot: None, perhaps: false });
    }
    Action { title: "Rotate what does not end by itself", lines, commands }
}

fn trail(desk: &Desk<'_>) -> Action {
    let names = names(desk);
    let mut commands =
        vec![format!("# API server's audit log: user.username == \"system:serviceaccount:{}:{}\"", names.namespace, names.account)];
    let mut lines = Vec::new();
    if let Some(id) = principal(desk) {
        commands.push(format!("# access logs of the mesh: source principal spiffe://{}", word(&id, "principal")));
    }
    for (key, _, value, _) in clouds(desk) {
        commands.push(match key {
            "eks.amazonaws.com/role-arn" => format!(
                "aws cloudtrail lookup-events --lookup-attributes AttributeKey=Username,AttributeValue={}",
                word(value.rsplit('/').next().unwrap_or(""), "role")
            ),
            "iam.gke.io/gcp-service-account" => {
                format!("gcloud logging read 'protoPayload.authenticationInfo.principalEmail=\"{}\"'", word(&value, "service-account"))
            }
            _ => "az monitor activity-log list --caller <client-id>".to_owned(),
        });
    }
    let logs = ["L1.AUD.1", "L2.AUD.1", "L3.AUD.1", "L4.AUD.1"]
        .into_iter()
        .filter_map(|id| desk.assessment.verdict(id))
        .flat_map(|verdict| verdict.evidence.iter())
        .filter(|one| one.polarity == crate::assess::evaluate::Polarity::Positive);
    for one in logs {
        let line = told(format!("{}: {}", one.observation.subject, one.observation.detail), one.observation.spot.as_ref());
        if !lines.contains(&line) && lines.len() < 8 {
            lines.push(line);
        }
    }
    if lines.is_empty() {
        lines.push(Line {
            text: "no log or audit trail is configured in these files: look for those of the platform".to_owned(),
            spot: None,
            perhaps: false,
        });
    }
    Action { title: "Query the audit logs for everything that the identity did", lines, commands }
}

fn tighten(desk: &Desk<'_>) -> Action {
    let names = names(desk);
    let mut lines: Vec<Line> = grants(desk)
        .iter()
        .map(|grant| {
            let place = grant.namespace.map_or_else(|| "all namespaces".to_owned(), |name| format!("`{name}`"));
            let text = format!("{} holds {} `{}` for {place}", super::id_of(grant.binding), grant.role_kind, grant.role_name);
            desk.line(text, Some(grant.binding.kind_at()))
        })
        .collect();
    if lines.is_empty() {
        lines.push(Line { text: "no role of these files is bound to it".to_owned(), spot: None, perhaps: false });
    }
    let commands =
        vec![format!("kubectl auth can-i --list --as=system:serviceaccount:{}:{} -n {}", names.namespace, names.account, names.namespace)];
    Action { title: "Tighten its policies, or disable its role", lines, commands }
}

fn redeploy(desk: &Desk<'_>, held: &[&Credential]) -> Action {
    let names = names(desk);
    let mut lines = vec![desk.line("deploy a known image, by digest, from the repository", Some(desk.workload.object.kind_at()))];
    if held.iter().any(|one| one.holding == Holding::Literal) {
        lines.push(Line { text: "not with the values that are written in files".to_owned(), spot: None, perhaps: false });
    }
    let commands = vec![
        format!("kubectl -n {} rollout restart {}/{}", names.namespace, names.kind, names.name),
        format!("kubectl -n {} rollout status {}/{}", names.namespace, names.kind, names.name),
    ];
    Action { title: "Redeploy it with corrected configuration", lines, commands }
}

fn review(desk: &Desk<'_>) -> Action {
    let mut lines = super::policies::outgoing(desk).lines;
    lines.truncate(6);
    // the last one counts them
    for line in lines.iter_mut().filter(|line| !line.text.starts_with("blast radius")) {
        line.text = format!("could reach {}", line.text);
    }
    if lines.is_empty() {
        lines.push(Line { text: "whom it could reach is not known from these files".to_owned(), spot: None, perhaps: false });
    }
    Action { title: "Review whether network and mesh policies limited the damage", lines, commands: Vec::new() }
}
