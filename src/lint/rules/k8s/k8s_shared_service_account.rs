use std::collections::BTreeMap;

use crate::lint::rules::prelude::*;
use crate::model::k8s::{Namespace, Pod, ServiceAccount};
use crate::model::value::{Entry, Node as Value};

declare_rule! {
    K8sSharedServiceAccount {
        id: "k8s-shared-service-account",
        group: "k8s",
        summary: "several applications under one identity that policies trust",
        why: "An AuthorizationPolicy that allows `cluster.local/ns/shop/sa/backend` allows every workload that runs as `backend`. Where \
              two applications share the account, the policy cannot let one in and keep the other out, and what compromises one has \
              the rights of both.\n\n\
              Reported are workloads of different applications (by the labels `app.kubernetes.io/name`, `app` or `k8s-app`, else by \
              name) with one account other than `default` in one namespace, where an Istio AuthorizationPolicy names that account. \
              Versions of one application, and its jobs, are one application.",
        bad: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: orders}}\n    spec:\n      serviceAccountName: backend\n      containers: [{name: orders, image: orders:1}]\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: billing, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: billing}}\n    spec:\n      serviceAccountName: backend\n      containers: [{name: billing, image: billing:1}]\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: payments, namespace: shop}\nspec:\n  action: ALLOW\n  rules:\n  - from: [{source: {principals: [cluster.local/ns/shop/sa/backend]}}]\n"),
        good: yaml("apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: orders, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: orders}}\n    spec:\n      serviceAccountName: orders\n      containers: [{name: orders, image: orders:1}]\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: billing, namespace: shop}\nspec:\n  template:\n    metadata: {labels: {app: billing}}\n    spec:\n      serviceAccountName: billing\n      containers: [{name: billing, image: billing:1}]\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: payments, namespace: shop}\nspec:\n  action: ALLOW\n  rules:\n  - from: [{source: {principals: [cluster.local/ns/shop/sa/orders]}}]\n"),
        severity: Severity::Info,
        recommended: true,
        source: "https://istio.io/latest/docs/concepts/security/#authorization-policies",
    }
}

impl Rule for K8sSharedServiceAccount {
    fn unit(&self, unit: &Unit, cx: &mut ManifestCx<'_>) {
        for space in unit.cluster().namespaces() {
            let mut accounts: BTreeMap<&str, Vec<(&str, &Entry)>> = BTreeMap::new();
            for workload in &space.workloads {
                let Some(pod) = crate::model::k8s::pod(workload) else { continue };
                let (ServiceAccount::Named(account, entry), Some(app)) = (pod.service_account(), application(&pod)) else { continue };
                if account != "default" {
                    accounts.entry(account).or_default().push((app, entry));
                }
            }
            accounts.retain(|_, users| users.iter().any(|(app, ..)| *app != users[0].0));
            if accounts.is_empty() {
                continue;
            }
            for (account, users) in accounts {
                let Some((policy, at)) = naming_policy(cx, &space.name, account) else { continue };
                for (app, entry) in &users {
                    let Some((.., other)) = users.iter().find(|(own, ..)| own != app) else { continue };
                    let message = "several applications run as this service account: policies cannot tell them apart";
                    if let Some(report) = cx.report(&entry.origin, message) {
                        report
                            .help("give each application a ServiceAccount of its own")
                            .label(&other.origin, "shared here")
                            .label(&at, format!("`{policy}` trusts it"))
                            .decided_by(&other.origin)
                            .decided_by(&at);
                    }
                }
            }
        }
    }
}

/// What tells an application from others: its labels, else the workload's name.
fn application<'o>(pod: &Pod<'o>) -> Option<&'o str> {
    for key in ["app.kubernetes.io/name", "app", "k8s-app", "name"] {
        if let Some(entry) = pod.label(key) {
            // templated: perhaps the same
            return entry.value.as_str();
        }
    }
    pod.object.name()
}

/// The AuthorizationPolicy of the workspace that names the account as a source, and where.
fn naming_policy(cx: &ManifestCx<'_>, namespace: &str, account: &str) -> Option<(String, crate::model::value::Origin)> {
    let principal = format!("/ns/{namespace}/sa/{account}");
    let qualified = format!("{namespace}/{account}");
    for policy in cx.manifests().applied().flat_map(|unit| &unit.mesh().authorization_policies) {
        let own = match policy.namespace() {
            Namespace::Named(name) => name,
            Namespace::Cluster | Namespace::Unknown => "",
        };
        let is_account = |text: &str| text == qualified || text == account && own == namespace;
        for rule in policy.spec().and_then(|spec| spec.value.get("rules")).map_or(&[][..], Value::items) {
            let sources = rule.get("from").map_or(&[][..], Value::items).iter().filter_map(|from| from.get("source"));
            let named = sources.flat_map(|source| {
                let principals = source
                    .get("principals")
                    .map_or(&[][..], Value::items)
                    .iter()
                    .filter(|item| item.as_str().is_some_and(|text| text.ends_with(&principal)));
                principals.chain(
                    source.get("serviceAccounts").map_or(&[][..], Value::items).iter().filter(|item| item.as_str().is_some_and(is_account)),
                )
            });
            let conditions = rule.get("when").map_or(&[][..], Value::items).iter();
            let named = named.chain(
                conditions.filter(|when| when.get("key").and_then(Value::as_str) == Some("source.principal")).flat_map(|when| {
                    when.get("values")
                        .map_or(&[][..], Value::items)
                        .iter()
                        .filter(|item| item.as_str().is_some_and(|text| text.ends_with(&principal)))
                }),
            );
            if let Some(item) = named.into_iter().next() {
                return Some((policy.name().unwrap_or("a policy").to_owned(), item.origin.clone()));
            }
        }
    }
    None
}
