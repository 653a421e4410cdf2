//! The answers to the self-check questions.

use std::collections::BTreeSet;

use super::Point;
use super::questions::{Answer, Question, Seen};
use crate::assess::fact::Fact;
use crate::assess::inventory::{Consumer, Credential, Effect, Holding, is_credential_name};
use crate::assess::observe::Subject;
use crate::model::value::Node;
use crate::secrets::value::words;

/// All five, in their order.
pub(in crate::assess) fn answer(seen: &Seen<'_>) -> Vec<Question> {
    vec![permissions(seen), database_password(seen), in_git(seen), cloud_keys(seen), vault_token(seen)]
}

/// How many places one checks the sharing of, by a word.
fn times(number: usize, one: &str, more: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {more}") }
}

fn sorted(mut points: Vec<Point>) -> Vec<Point> {
    points.sort();
    points.dedup();
    points
}

/// Claims that list what their bearer may do.
const PERMISSION_CLAIMS: [&str; 9] =
    ["permission", "permissions", "perms", "authorities", "entitlements", "privileges", "grants", "acl", "capabilities"];

fn permissions(seen: &Seen<'_>) -> Question {
    let mut yes = seen.checked(&["rego-token-permissions"]);
    for placed in seen.world.deployed().filter(|placed| placed.object.is("security.istio.io", "AuthorizationPolicy")) {
        let rules = placed.object.root.path(&["spec", "rules"]).map_or(&[][..], Node::items);
        for condition in rules.iter().flat_map(|rule| rule.get("when").map_or(&[][..], Node::items)) {
            let Some(key) = condition.get("key") else { continue };
            let claim = key.as_str().and_then(|text| text.strip_prefix("request.auth.claims[")?.split(']').next());
            if let Some(claim) = claim.filter(|claim| PERMISSION_CLAIMS.contains(&claim.to_ascii_lowercase().as_str())) {
                yes.push(seen.point(&placed.object, key, format!("decides by the token's claim `{claim}`")));
            }
        }
    }
    for resource in seen.resources("auth0_resource_server") {
        if let Some(dialect) = resource.get("token_dialect").filter(|node| node.as_str().is_some_and(|text| text.ends_with("_authz"))) {
            yes.push(seen.place(dialect, "auth0_resource_server", "the identity provider writes permissions into access tokens"));
        }
    }
    let yes = sorted(yes);
    let validated = seen.facts(&[Fact::JwtIssuerAudience, Fact::JwtNoAudience, Fact::EndpointTokenOptional]);
    let decides: Vec<Point> = seen
        .input
        .rego
        .iter()
        .filter(|file| !file.is_test && seen.is_deployed(&file.path))
        .flat_map(|file| file.defaults.iter().filter(|rule| !rule.allows).map(move |rule| (file, rule)))
        .map(|(file, rule)| Point {
            spot: Some(seen.spot(&rule.at)),
            subject: file.package.clone(),
            detail: format!("`{}` is decided by policy, not by a list of permissions in the token", rule.name),
        })
        .collect();
    let reads_tokens = seen.input.rego.iter().any(|file| !file.is_test && seen.is_deployed(&file.path) && file.reads_tokens);
    let unseen_issuer = "what else the identity provider writes into tokens".to_owned();
    let (answer, because, evidence, unseen) = if !yes.is_empty() {
        let because = format!("{} on permissions that the token carries", times(yes.len(), "decision rests", "decisions rest"));
        (Answer::Yes, because, yes, vec![unseen_issuer])
    } else if !decides.is_empty() && (reads_tokens || !validated.is_empty()) {
        let because = "policy decides, and no decision here rests on a list of permissions in the token alone".to_owned();
        (Answer::No, because, sorted(decides), vec![unseen_issuer])
    } else if validated.is_empty() {
        let because = "nothing here issues, validates or reads user tokens".to_owned();
        (Answer::CannotTell, because, Vec::new(), vec!["where tokens are validated and what is decided by them".to_owned()])
    } else {
        let because = "tokens are validated here; what is decided by their claims is not".to_owned();
        (Answer::CannotTell, because, validated, vec!["decisions in the applications".to_owned(), unseen_issuer])
    };
    Question {
        id: "permissions-in-tokens",
        text: "Do JWTs contain all user permissions?",
        answer,
        because,
        evidence,
        unseen,
        criteria: &["L3.AUT.1", "L3.AUZ.1", "L4.AUZ.1"],
        advice: "Let tokens say who the user is, and look permissions up in policy and current data when a request is decided.",
    }
}

/// Words of a database's credential.
const DATABASES: [&str; 22] = [
    "db",
    "database",
    "databases",
    "postgres",
    "postgresql",
    "pg",
    "pgpassword",
    "mysql",
    "mariadb",
    "mongo",
    "mongodb",
    "mssql",
    "sqlserver",
    "oracle",
    "cassandra",
    "redis",
    "sql",
    "dsn",
    "rds",
    "cockroach",
    "jdbc",
    "datasource",
];

/// Whether a credential is one of a database.
pub(super) fn is_of_database(credential: &Credential) -> bool {
    let secret = credential.secret.as_ref().map_or("", |(_, name)| name.as_str());
    [credential.subject.part.as_str(), secret].iter().any(|text| words(text).iter().any(|word| DATABASES.contains(&word.as_str())))
}

fn database_password(seen: &Seen<'_>) -> Question {
    let mut yes = seen.checked(&["k8s-shared-db-credential"]);
    let databases: Vec<&Credential> =
        seen.credentials.iter().filter(|one| one.consumer == Consumer::Workload && is_of_database(one)).collect();
    let secrets: BTreeSet<(&str, &str)> =
        databases.iter().filter_map(|one| one.secret.as_ref()).map(|(space, name)| (space.as_str(), name.as_str())).collect();
    let of_database = |subject: &Subject| secrets.contains(&(subject.namespace.as_str(), subject.name.as_str()));
    for one in seen.found.iter().filter(|one| one.fact == Fact::SecretShared && of_database(&one.subject)) {
        yes.push(Point::of(one));
    }
    let yes = sorted(yes);
    let leased = |one: &Credential| matches!(one.holding, Holding::Leased(_) | Holding::Identity);
    let open = |one: &Credential| matches!(one.holding, Holding::Templated | Holding::TemplatedReference | Holding::StoreUnseen);
    let unseen_value = "whether two stores hold one password, and who else logs in with it outside of these files".to_owned();
    let (answer, because, evidence, unseen) = if !yes.is_empty() {
        (Answer::Yes, "several applications log in to a database with one credential".to_owned(), yes, vec![unseen_value])
    } else if databases.is_empty() {
        let because = "no workload here takes a database's credential".to_owned();
        (Answer::CannotTell, because, Vec::new(), vec!["how databases are reached".to_owned()])
    } else if databases.iter().all(|one| open(one)) {
        let because =
            format!("what decides {} is not in these files", times(databases.len(), "database credential", "database credentials"));
        (Answer::CannotTell, because, points(&databases), vec!["values of templates, and stores in other repositories".to_owned()])
    } else {
        let by_lease = databases.iter().filter(|one| leased(one)).count();
        let because = if by_lease == databases.len() {
            "database access is leased, or by identity, for each workload".to_owned()
        } else {
            "each application here takes a database credential of its own".to_owned()
        };
        (Answer::No, because, points(&databases), vec![unseen_value])
    };
    Question {
        id: "shared-database-password",
        text: "Is a database password shared across several services?",
        answer,
        because,
        evidence,
        unseen,
        criteria: &["L2.SEC.2", "L4.SEC.1"],
        advice: "Give each service a login of its own, best one that is issued for hours.",
    }
}

/// Credentials as points.
fn points(credentials: &[&Credential]) -> Vec<Point> {
    let point = |one: &&Credential| Point {
        spot: one.spots.first().cloned(),
        subject: one.subject.to_string(),
        detail: format!("from {}", one.source),
    };
    sorted(credentials.iter().map(point).collect())
}

fn in_git(seen: &Seen<'_>) -> Question {
    let of = |review: bool| {
        // a key that is public by design, and a password that every reader knows outside of production, are no answer
        let is_wanted = |effect: Effect| if review { effect == Effect::Review } else { effect.cap().is_some() };
        let wanted = seen.values.iter().filter(|value| is_wanted(value.effect));
        let point = |value: &crate::assess::inventory::Finding| Point {
            spot: Some(value.spot.clone()),
            subject: value.subject.to_string(),
            detail: format!("{} ({} characters)", value.value.describe(), value.length),
        };
        sorted(wanted.map(point).collect())
    };
    let (mut yes, review) = (of(false), of(true));
    for departed in seen.input.leaks.departed {
        let commit: String = departed.commit.chars().take(12).collect();
        let point = Point {
            spot: Some(departed.spot.clone()),
            subject: departed.name.clone(),
            detail: format!("in the history since commit {commit}; no file holds it now"),
        };
        if !yes.iter().any(|known| known.spot == point.spot) {
            yes.push(point);
        }
    }
    let mut unseen = Vec::new();
    if !seen.history() {
        unseen.push("the repository's history: `--history` searches it".to_owned());
    }
    if !seen.input.leaks.unscanned.is_empty() {
        unseen.push(format!("{} that could not be read whole", times(seen.input.leaks.unscanned.len(), "file", "files")));
    }
    unseen.push("forks, other repositories and workstations".to_owned());
    let (answer, because, evidence) = if !yes.is_empty() {
        (
            Answer::Yes,
            format!("{} in tracked files or their history", times(yes.len(), "credential value stands", "credential values stand")),
            sorted(yes),
        )
    } else if !review.is_empty() {
        let because = format!("{} to be looked at: in tests, documents or examples", times(review.len(), "value is", "values are"));
        (Answer::CannotTell, because, review)
    } else if seen.history() {
        (Answer::No, "neither today's files nor the history hold a credential's value".to_owned(), Vec::new())
    } else {
        (Answer::CannotTell, "today's files hold no credential's value; the history was not searched".to_owned(), Vec::new())
    };
    Question {
        id: "secrets-in-git",
        text: "Are secrets stored in Git, or were they ever?",
        answer,
        because,
        evidence,
        unseen,
        criteria: &["L1.SEC.1", "L1.SEC.2"],
        advice: "Change each credential first: it counts as published. Then take the value out of the files.",
    }
}

/// Terraform's resources that make a key without an end.
const KEY_MAKERS: [(&str, &str); 4] = [
    ("aws_iam_access_key", "makes a long-lived AWS key"),
    ("google_service_account_key", "makes a long-lived Google key"),
    ("azuread_application_password", "makes a client secret of an Azure application"),
    ("azuread_service_principal_password", "makes a client secret of an Azure service principal"),
];

fn cloud_keys(seen: &Seen<'_>) -> Question {
    let mut yes = seen.facts(&[Fact::StaticCloudKey, Fact::CiStaticKey]);
    for (kind, what) in KEY_MAKERS {
        yes.extend(seen.resources(kind).map(|resource| seen.place(resource, kind, what)));
    }
    let yes = sorted(yes);
    let by_identity = seen.facts(&[Fact::WorkloadIdentity, Fact::CiFederated, Fact::NodeIdentity]);
    let open = seen.facts(&[Fact::ManagerAuthUnseen, Fact::CiElsewhere]);
    let outside = "keys on workstations and in accounts outside of these files".to_owned();
    let (answer, because, evidence, unseen) = if !yes.is_empty() {
        (Answer::Yes, format!("{} a long-lived cloud key", times(yes.len(), "place uses", "places use")), yes, vec![outside])
    } else if !open.is_empty() {
        let because = format!("how {} in is decided elsewhere", times(open.len(), "consumer logs", "consumers log"));
        let unseen = vec!["workflows and stores of other repositories".to_owned(), outside];
        (Answer::CannotTell, because, open, unseen)
    } else if by_identity.is_empty() {
        let because = "nothing here is seen to reach a cloud".to_owned();
        (Answer::CannotTell, because, Vec::new(), vec!["how workloads and pipelines reach clouds, if they do".to_owned(), outside])
    } else {
        let because = "every access to a cloud or secret manager that is in sight is by identity".to_owned();
        (Answer::No, because, by_identity, vec![outside])
    };
    Question {
        id: "long-lived-cloud-keys",
        text: "Are long-lived cloud access keys in use?",
        answer,
        because,
        evidence,
        unseen,
        criteria: &["L4.AUT.1", "L4.AUT.2"],
        advice: "Bind service accounts and pipelines to cloud roles by federation, then delete the keys.",
    }
}

fn vault_token(seen: &Seen<'_>) -> Question {
    // the only manager whose tokens are looked for is Vault
    let mut tokens = seen.facts(&[Fact::StaticManagerToken]);
    for one in seen.credentials.iter().filter(|one| is_vault_token(one)) {
        tokens.push(Point {
            spot: one.spots.first().cloned(),
            subject: one.subject.to_string(),
            detail: format!("a Vault token from {}", one.source),
        });
    }
    let tokens = sorted(tokens);
    let root = seen.checked(&["vault-root-token", "vault-agent-injector-token"]);
    let users: BTreeSet<&str> = tokens.iter().map(|point| point.subject.split(':').next().unwrap_or("")).collect();
    // a store for all namespaces lends its token to every team
    let wide: Vec<Point> = tokens.iter().filter(|point| point.subject.contains("ClusterSecretStore/")).cloned().collect();
    let identity = seen.of_vault(&[Fact::WorkloadIdentity, Fact::StoredManagerLogin]);
    let vault = identity.iter().chain(&tokens).chain(&root).next().is_some() || seen.uses_vault();
    let others = "which policies tokens have, and who else holds them".to_owned();
    let (answer, because, evidence, unseen) = if !root.is_empty() {
        (Answer::Yes, "a Vault token with root rights, or one that is written down, is in use".to_owned(), root, vec![others])
    } else if users.len() > 1 {
        let because = format!("{} log in to a secret manager with a stored token", times(users.len(), "consumer", "consumers"));
        (Answer::Yes, because, tokens, vec![others])
    } else if !wide.is_empty() {
        (Answer::Yes, "one stored token serves every namespace through a cluster-wide store".to_owned(), wide, vec![others])
    } else if !tokens.is_empty() {
        let because = "one consumer here logs in with a stored token; who shares it is not visible".to_owned();
        (Answer::CannotTell, because, tokens, vec![others])
    } else if !identity.is_empty() {
        (Answer::No, "every login to Vault that is in sight is the consumer's own".to_owned(), identity, vec![others])
    } else if vault {
        let because = "Vault is used; how its users log in is not in these files".to_owned();
        (Answer::CannotTell, because, Vec::new(), vec![others])
    } else {
        (
            Answer::CannotTell,
            "nothing here uses Vault".to_owned(),
            Vec::new(),
            vec!["how people and other repositories log in to Vault, if they do".to_owned()],
        )
    };
    Question {
        id: "shared-vault-admin-token",
        text: "Is a single Vault admin token shared across teams?",
        answer,
        because,
        evidence,
        unseen,
        criteria: &["L4.AUT.1"],
        advice: "Let each workload log in by its service account, give each role a narrow policy, and revoke the token.",
    }
}

/// Whether a credential is a token of Vault.
fn is_vault_token(credential: &Credential) -> bool {
    let words = words(&credential.subject.part);
    let has = |word: &str| words.iter().any(|own| own == word);
    has("vault")
        && has("token")
        && !matches!(credential.holding, Holding::Identity | Holding::Leased(_))
        && is_credential_name(&credential.subject.part)
}
