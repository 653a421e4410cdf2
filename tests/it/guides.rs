//! What guides to zero trust show of Vault and of installations, in other words: each defect is found, and nothing else.

use ztctl::diag::Date;
use ztctl::lint::{Commands, RunOptions, Selection};

use crate::support::Sample;

/// The findings of Vault's rules and those about installations, as `line rule`.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let sample = Sample::new(files.iter().copied(), None);
    let select = ["vault", "k8s-remote-manifest", "istio-demo-profile", "syntax"];
    let options = RunOptions {
        commands: Commands::Check,
        selection: Selection::parse(&select, &[] as &[&str], &[]).expect("known selectors"),
        preset: None,
        as_of: Date::parse("2026-11-22").expect("a date"),
        capabilities: None,
        schemas: None,
    };
    let found = sample.run(&[ztctl::diag::RuleSettings::default()], &options).diagnostics;
    let mut out: Vec<String> = found.iter().map(|found| format!("{} {}", sample.line(found.place).1, found.rule)).collect();
    out.sort();
    out
}

#[test]
fn a_guide_to_kubernetes_auth() {
    let text = "\
# let pods log in to Vault
vault auth enable kubernetes
vault write auth/kubernetes/config \\
    kubernetes_host=\"https://kubernetes.default.svc\"

# what the cart may read
vault policy write cart - <<POLICY
path \"secret/data/cart/*\" {
    capabilities = [\"read\"]
}
path \"database/creds/cart-db\" {
    capabilities = [\"read\"]
}
POLICY

# tie the service account to the policy
vault write auth/kubernetes/role/cart \\
    bound_service_account_names=cart \\
    bound_service_account_namespaces=web \\
    policies=cart \\
    ttl=1h
";
    assert_eq!(findings(&[("vault.sh", text)]), ["17 vault-k8s-role-missing-audience", "2 vault-audit-missing"]);
}

#[test]
fn a_quick_start() {
    let text = "\
kubectl apply -f https://github.com/example/identity/blob/main/helm/server.yaml
kubectl apply -f https://github.com/example/identity/blob/main/helm/agent.yaml
kubectl wait --for=condition=ready pod -l app=identity-server
curl -L https://mesh.example.com/download | sh -
istioctl install --set profile=demo -y
kubectl label namespace default istio-injection=enabled
kubectl apply -f bundle.yaml
kubectl apply -f authorization.yaml
kubectl apply -f https://raw.githubusercontent.com/example/gate/v3.17.0/deploy/gate.yaml
kubectl apply -f https://example.com/downloads/identity-1.10.0-quickstart.yaml
";
    assert_eq!(findings(&[("start.sh", text)]), ["1 k8s-remote-manifest", "2 k8s-remote-manifest", "5 istio-demo-profile"]);
}

#[test]
fn one_administrators_token_for_all_teams() {
    let deployment = |team: &str| {
        format!(
            "apiVersion: apps/v1
kind: Deployment
metadata:
  name: app
  namespace: {team}
spec:
  selector:
    matchLabels: {{app: app}}
  template:
    metadata:
      labels: {{app: app}}
    spec:
      containers:
        - name: app
          image: registry.example.com/app:1.0
          env:
            - name: VAULT_TOKEN
              valueFrom:
                secretKeyRef:
                  name: vault-admin
                  key: token
"
        )
    };
    let (one, two) = (deployment("orders"), deployment("billing"));
    assert_eq!(findings(&[("a.yaml", &one), ("b.yaml", &two)]), ["19 vault-root-token", "19 vault-root-token"]);
    assert!(findings(&[("a.yaml", &one), ("b.yaml", &one)]).is_empty());
}
