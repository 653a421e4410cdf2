//! Grants: IAM of AWS, Google and Azure, policies of Vault, and who may assume a role.

use super::documents::{Statement, of_data, of_field};
use super::{Fact, Node, Observer, Plan, Resource, is_whole, mentions, refers, texts};
use crate::assess::status::Strength;

/// Who assumes a role.
#[derive(Clone, Copy, Default, Debug)]
struct Trusted {
    /// A service that runs workloads, or a cluster's service account.
    workload: bool,
}

/// Services that run the repository's programs.
const RUNNERS: [&str; 7] = [
    "lambda.amazonaws.com",
    "ecs-tasks.amazonaws.com",
    "ec2.amazonaws.com",
    "pods.eks.amazonaws.com",
    "apprunner",
    "batch.amazonaws.com",
    "eks.amazonaws.com",
];

pub(super) fn judge(observer: &mut Observer<'_>, plan: &Plan<'_>) {
    for role in plan.of_kind("aws_iam_role") {
        if let Some(node) = role.get(&["assume_role_policy"]) {
            for statement in &trust(plan, node) {
                trusts(observer, role, statement);
            }
        }
        for policy in role.blocks("inline_policy") {
            if let Some(node) = policy.get("policy") {
                grants(observer, role, &resolved(plan, node), trusted(plan, role));
            }
        }
        for (arn, at) in
            role.get(&["managed_policy_arns"]).map_or(&[][..], Node::items).iter().filter_map(|node| Some((node.as_str()?, &node.origin)))
        {
            managed(observer, role, arn, at, trusted(plan, role));
        }
    }
    for resource in &plan.resources {
        match resource.kind {
            "aws_iam_policy" | "aws_iam_role_policy" | "aws_iam_user_policy" | "aws_iam_group_policy" => {
                let role = match resource.kind {
                    "aws_iam_role_policy" => plan.referred(resource.get(&["role"]), "aws_iam_role"),
                    _ => attached(plan, resource),
                };
                let by = role.map(|role| trusted(plan, role)).unwrap_or_default();
                if let Some(node) = resource.get(&["policy"]) {
                    grants(observer, resource, &resolved(plan, node), by);
                }
            }
            "aws_iam_role_policy_attachment"
            | "aws_iam_policy_attachment"
            | "aws_iam_user_policy_attachment"
            | "aws_iam_group_policy_attachment" => {
                let role = plan.referred(resource.get(&["role"]), "aws_iam_role");
                let by = role.map(|role| trusted(plan, role)).unwrap_or_default();
                if let Some(node) = resource.get(&["policy_arn"])
                    && let Some(arn) = node.as_str()
                {
                    managed(observer, resource, arn, &node.origin, by);
                }
            }
            "aws_iam_access_key" | "google_service_account_key" | "azuread_application_password" | "azuread_service_principal_password" => {
                resource.note(observer, Fact::StaticCloudKey, resource.at(), "a long-lived cloud key is created");
            }
            "aws_eks_pod_identity_association" => {
                resource.note(observer, Fact::WorkloadIdentity, resource.at(), "a service account is given a role");
            }
            "google_service_account_iam_member" | "google_service_account_iam_binding" => {
                let is_user = resource.text(&["role"]) == Some("roles/iam.workloadIdentityUser");
                if is_user {
                    workload_user(observer, resource);
                }
            }
            "google_project_iam_member" | "google_project_iam_binding" | "google_organization_iam_member" | "google_folder_iam_member" => {
                let role = resource.text(&["role"]).unwrap_or("");
                match role {
                    "roles/owner" | "roles/editor" => {
                        let workload = resource.get(&["member"]).is_some_and(|node| mentions(node, "serviceAccount"));
                        broad(observer, resource, resource.at(), workload, &format!("`{role}` of the project"));
                    }
                    _ => {
                        resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
                        resource.note(observer, Fact::RoleScoped, resource.at(), "a role of one kind of work");
                        if matches!(role, "roles/secretmanager.secretAccessor" | "roles/secretmanager.admin")
                            && resource.get(&["condition"]).is_none()
                        {
                            resource.note(observer, Fact::SecretsReadBroad, resource.at(), "it opens every secret of the project");
                        }
                    }
                }
            }
            "google_secret_manager_secret_iam_member" | "google_secret_manager_secret_iam_binding" => {
                let role = resource.text(&["role"]).unwrap_or("");
                let one = ["member", "members"].iter().filter_map(|key| resource.get(&[key]));
                let all = one.clone().any(|node| mentions(node, "allUsers") || mentions(node, "allAuthenticatedUsers"));
                resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
                if !all {
                    resource.note(observer, Fact::RoleScoped, resource.at(), "a role at one secret");
                    if matches!(role, "roles/secretmanager.secretAccessor" | "roles/secretmanager.secretVersionManager") {
                        resource.note(observer, Fact::SecretsReadByName, resource.at(), "it opens one secret");
                    }
                }
            }
            "azurerm_role_assignment" => {
                let role = resource.text(&["role_definition_name"]).unwrap_or("");
                let wide = resource
                    .get(&["scope"])
                    .is_some_and(|node| mentions(node, "azurerm_subscription") || mentions(node, "management_group"));
                if matches!(role, "Owner" | "Contributor" | "User Access Administrator") && wide {
                    broad(observer, resource, resource.at(), false, &format!("`{role}` of the subscription"));
                } else {
                    resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
                    resource.note(observer, Fact::RoleScoped, resource.at(), "a role at one scope");
                }
            }
            "azurerm_federated_identity_credential" | "azuread_application_federated_identity_credential" => {
                federated_azure(observer, resource)
            }
            "google_iam_workload_identity_pool_provider" => pool(observer, resource),
            "vault_policy" => vault_policy(observer, resource),
            "vault_kubernetes_auth_backend_role" | "vault_jwt_auth_backend_role" | "vault_aws_auth_backend_role" => {
                vault_role(observer, resource)
            }
            "aws_verifiedpermissions_policy_store" => {
                resource.note(observer, Fact::PolicyDefaultDeny, resource.at(), "Cedar denies what no policy permits");
            }
            kind if resource.is_module && (kind.contains("iam-role-for-service-accounts") || kind.contains("eks-pod-identity")) => {
                resource.note(observer, Fact::WorkloadIdentity, resource.at(), "a service account is given a role");
            }
            _ => {}
        }
    }
}

/// The statements of a field, or of the document that it refers to.
fn resolved(plan: &Plan<'_>, node: &Node) -> Vec<Statement> {
    let own = of_field(node);
    if !own.is_empty() {
        return own;
    }
    let documents = plan.data.iter().filter(|data| data.kind == "aws_iam_policy_document");
    documents.filter(|data| refers(Some(node), "aws_iam_policy_document", data.name)).flat_map(|data| of_data(data.body)).collect()
}

fn trust(plan: &Plan<'_>, node: &Node) -> Vec<Statement> {
    resolved(plan, node).into_iter().filter(|statement| statement.allows).collect()
}

/// The role that a policy is attached to.
fn attached<'p, 'n>(plan: &'p Plan<'n>, policy: &Resource<'_>) -> Option<&'p Resource<'n>> {
    let attachment = plan
        .of_kind("aws_iam_role_policy_attachment")
        .find(|attachment| refers(attachment.get(&["policy_arn"]), "aws_iam_policy", policy.name))?;
    plan.referred(attachment.get(&["role"]), "aws_iam_role")
}

fn trusted(plan: &Plan<'_>, role: &Resource<'_>) -> Trusted {
    let statements = role.get(&["assume_role_policy"]).map(|node| trust(plan, node)).unwrap_or_default();
    let workload = statements.iter().any(|statement| {
        let runs = statement.principals.iter().any(|(kind, id)| kind == "Service" && RUNNERS.iter().any(|runner| id.contains(runner)));
        runs || statement
            .conditions
            .iter()
            .any(|condition| condition.values.iter().any(|value| value.starts_with("system:serviceaccount:")))
    });
    Trusted { workload }
}

/// Whether a web identity's role says whose tokens it takes, and for whom they were issued.
fn trusts(observer: &mut Observer<'_>, role: &Resource<'_>, statement: &Statement) {
    let federated = statement.principals.iter().any(|(kind, _)| kind == "Federated");
    if !federated || !statement.actions.iter().any(|action| action.contains("assumerolewithwebidentity") || action == "sts:*") {
        return;
    }
    let with = |end: &str| statement.conditions.iter().filter(|condition| condition.variable.ends_with(end)).collect::<Vec<_>>();
    let (subjects, audiences) = (with(":sub"), with(":aud"));
    let values: Vec<&str> = subjects.iter().flat_map(|condition| condition.values.iter().map(String::as_str)).collect();
    let is_pipeline = values.iter().any(|value| value.starts_with("repo:") || value.starts_with("project_path:"))
        || statement.principals.iter().any(|(_, id)| ["github", "gitlab", "bitbucket", "circleci"].iter().any(|name| id.contains(name)))
        || statement
            .conditions
            .iter()
            .any(|condition| ["githubusercontent", "gitlab"].iter().any(|name| condition.variable.contains(name)));
    let exact = |condition: &&super::documents::Condition| condition.test.ends_with("StringEquals");
    let unbounded = values.iter().find(|value| is_unbounded(value)).filter(|_| !subjects.iter().all(exact));
    let at = &statement.at;
    // the condition that says whose tokens are taken
    let named = unbounded.or(values.first()).and_then(|value| observer.named(at.at, value));
    let before = observer.found.len();
    match (is_pipeline, unbounded) {
        (true, _) if values.is_empty() => {
            role.note(observer, Fact::CiTrustUnbounded, at, "the role takes tokens of any pipeline: no condition on `sub`");
        }
        (true, Some(value)) => role.note(observer, Fact::CiTrustUnbounded, at, format!("the role takes tokens of `{value}`")),
        (true, None) => role.note(observer, Fact::CiFederated, at, "the role takes tokens of named pipelines"),
        (false, _) if values.is_empty() => {
            role.note(observer, Fact::TrustUnbounded, at, "the role takes tokens of any service account: no condition on `sub`");
        }
        (false, Some(value)) => role.note(observer, Fact::TrustUnbounded, at, format!("the role takes tokens of `{value}`")),
        (false, None) if audiences.is_empty() => {
            role.note(observer, Fact::TrustUnbounded, at, "the role takes tokens for any audience: no condition on `aud`");
        }
        (false, None) => role.note(observer, Fact::WorkloadIdentity, at, "the role takes tokens of a named service account"),
    }
    observer.found[before..].iter_mut().for_each(|found| found.also.extend(named.clone()));
}

/// Whether a pattern of subjects takes anyone: `*`, `system:serviceaccount:*:*`, `repo:org/*`.
fn is_unbounded(value: &str) -> bool {
    if let Some(rest) = value.strip_prefix("system:serviceaccount:") {
        return rest.split(':').next().is_some_and(|namespace| namespace == "*") || rest == "*";
    }
    if let Some(rest) = value.strip_prefix("repo:") {
        let repository = rest.split(':').next().unwrap_or(rest);
        return repository.ends_with("/*") || repository == "*" || !repository.contains('/');
    }
    if let Some(rest) = value.strip_prefix("project_path:") {
        return rest.split(':').next().is_some_and(|path| path.ends_with("/*") || path == "*");
    }
    value == "*"
}

fn broad(observer: &mut Observer<'_>, resource: &Resource<'_>, at: &crate::model::value::Origin, workload: bool, what: &str) {
    let fact = if workload { Fact::RoleWildcard } else { Fact::RoleBroad };
    let whom = if workload { "a workload's role grants" } else { "it grants" };
    resource.note(observer, fact, at, format!("{whom} {what}"));
}

/// A policy of AWS's own.
fn managed(observer: &mut Observer<'_>, resource: &Resource<'_>, arn: &str, at: &crate::model::value::Origin, by: Trusted) {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    match name {
        "AdministratorAccess" | "IAMFullAccess" => broad(observer, resource, at, by.workload, &format!("`{name}`")),
        "PowerUserAccess" => broad(observer, resource, at, false, &format!("`{name}`")),
        name if name.ends_with("FullAccess") && arn.contains(":aws:policy/") => {
            resource.note(observer, Fact::RoleBroad, at, format!("it grants all of a service: `{name}`"));
        }
        _ => resource.note(observer, Fact::AccessControl, at, "a grant"),
    }
}

/// What a policy grants.
fn grants(observer: &mut Observer<'_>, resource: &Resource<'_>, statements: &[Statement], by: Trusted) {
    resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
    let mut scoped = None;
    let mut wide = false;
    for statement in statements.iter().filter(|statement| statement.allows) {
        let everything = statement.resources.iter().any(|text| text == "*");
        let any_action = statement.actions.iter().any(|action| matches!(action.as_str(), "*" | "*:*"));
        let any_of_service = statement.actions.iter().find(|action| action.ends_with(":*"));
        if any_action || (statement.has_not_actions && everything) {
            wide = true;
            broad(observer, resource, &statement.at, by.workload, "every action");
        } else if let Some(action) = any_of_service.filter(|_| everything) {
            wide = true;
            resource.note(observer, Fact::RoleBroad, &statement.at, format!("it grants `{action}` on every resource"));
        } else if !everything && !statement.resources.is_empty() {
            scoped = scoped.or(Some(&statement.at));
        }
        let reads_secrets = |action: &String| {
            matches!(
                action.as_str(),
                "secretsmanager:*" | "secretsmanager:getsecretvalue" | "secretsmanager:get*" | "secretsmanager:batchgetsecretvalue"
            )
        };
        if statement.actions.iter().any(reads_secrets) || any_action {
            let of_secrets = |text: &String| text == "*" || text.ends_with(":secret:*");
            let all = statement.resources.iter().any(of_secrets);
            let fact = match (all, by.workload) {
                (true, true) => Fact::SecretsReadClusterWide,
                (true, false) => Fact::SecretsReadBroad,
                (false, _) => Fact::SecretsReadByName,
            };
            let detail = if all { "it may read every secret of the manager" } else { "it names the secrets that it may read" };
            resource.note(observer, fact, &statement.at, detail);
        }
    }
    if let Some(at) = scoped.filter(|_| !wide) {
        resource.note(observer, Fact::RoleScoped, at, "it names actions and resources");
    }
}

/// Who may act as a service account of Google's.
fn workload_user(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    let one = resource.get(&["member"]);
    let members: Vec<&Node> = one.into_iter().chain(resource.get(&["members"]).map_or(&[][..], Node::items)).collect();
    for node in members {
        let Some(text) = node.as_str().or_else(|| node.unknown()) else { continue };
        if text.contains(".svc.id.goog[") || text.contains("/subject/ns/") {
            resource.note(observer, Fact::WorkloadIdentity, &node.origin, "a service account of a cluster acts as it");
        } else if text.contains("principalSet://") && text.contains("attribute.repository/") || text.contains("/subject/repo:") {
            resource.note(observer, Fact::CiFederated, &node.origin, "a named pipeline acts as it");
        } else if text.contains("principalSet://") && text.trim_matches('"').ends_with("/*") {
            resource.note(observer, Fact::CiTrustUnbounded, &node.origin, "every identity of the pool acts as it");
        }
    }
}

/// A provider of Google's pools for pipelines: a condition has to say whose tokens it takes.
fn pool(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    let issuer = resource.text(&["oidc", "issuer_uri"]).unwrap_or("");
    let is_pipeline = ["token.actions.githubusercontent.com", "gitlab"].iter().any(|name| issuer.contains(name));
    if !is_pipeline {
        return;
    }
    match resource.get(&["attribute_condition"]) {
        Some(node) if mentions(node, "assertion") || mentions(node, "attribute") || node.unknown().is_some() => {
            resource.note(observer, Fact::CiFederated, &node.origin, "tokens of named pipelines are taken");
        }
        _ => resource.note(observer, Fact::CiTrustUnbounded, resource.at(), "tokens of any pipeline are taken: no `attribute_condition`"),
    }
}

fn federated_azure(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    let Some(subject) = resource.get(&["subject"]) else { return };
    let Some(text) = subject.as_str().or_else(|| subject.unknown()) else { return };
    if text.contains("system:serviceaccount:") {
        resource.note(observer, Fact::WorkloadIdentity, &subject.origin, "a service account of a cluster acts as it");
    } else if text.contains("repo:") || text.contains("project_path:") {
        resource.note(observer, Fact::CiFederated, &subject.origin, "a named pipeline acts as it");
    }
}

fn vault_role(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
    let keys = ["bound_service_account_names", "bound_service_account_namespaces"];
    let any = keys.iter().find_map(|key| {
        let node = resource.get(&[key])?;
        texts(Some(node)).any(|text| text == "*").then_some(node)
    });
    let (fact, at, detail) = match any {
        Some(node) => (Fact::StoredManagerLogin, &node.origin, "the Vault role takes any service account"),
        None if resource.kind.starts_with("vault_kubernetes") => {
            (Fact::WorkloadIdentity, resource.at(), "the Vault role takes named service accounts")
        }
        None => return,
    };
    let observation = observer.add(fact, resource.subject(), &resource.reach, Some(at), detail);
    (observation.strength, observation.vault) = (Strength::PARSED, true);
}

/// Paths of a policy of Vault.
fn vault_policy(observer: &mut Observer<'_>, resource: &Resource<'_>) {
    resource.note(observer, Fact::AccessControl, resource.at(), "a grant");
    let Some(node) = resource.get(&["policy"]) else { return };
    let Some(text) = node.as_str().or_else(|| node.unknown()) else { return };
    let mut named = false;
    for part in text.split("path ").skip(1) {
        let part = part.trim_start();
        let Some(path) = part.strip_prefix('"').and_then(|rest| rest.split('"').next()) else { continue };
        let capabilities = part.split('[').nth(1).and_then(|rest| rest.split(']').next()).unwrap_or("");
        let reads = ["read", "list", "sudo", "update"].iter().any(|word| capabilities.contains(word));
        let whole = is_whole(path);
        if whole && path == "*" {
            resource.note(observer, Fact::RoleBroad, &node.origin, "it grants every path of Vault");
        }
        if whole && reads {
            resource.note(observer, Fact::SecretsReadBroad, &node.origin, format!("it may read every secret: `{path}`"));
            return;
        }
        named |= !whole;
    }
    if named {
        resource.note(observer, Fact::RoleScoped, &node.origin, "it names paths");
        resource.note(observer, Fact::SecretsReadByName, &node.origin, "it names the secrets that it may read");
    }
}
