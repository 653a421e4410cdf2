//! Rules that raise an alarm on identity, policy and secret signals: Prometheus, Loki, Falco, Sigma, Sentinel.

/// Words that name such a signal by themselves.
const SIGNALS: [&str; 54] = [
    "denied",
    "deny",
    "unauthorized",
    "unauthenticated",
    "permission_denied",
    "permissiondenied",
    "accessdenied",
    "forbidden",
    "403",
    "401",
    "violation",
    "opa_",
    "gatekeeper_",
    "kyverno_policy",
    "kyverno_admission",
    "decision_log",
    "decisions",
    "authz",
    "rbac",
    "authentication_attempts",
    "authentication_failed",
    "authn_fail",
    "auth_fail",
    "failed_login",
    "login_fail",
    "failed login",
    "failed password",
    "consolelogin",
    "spiffe",
    "spire_",
    "mtls",
    "mutual_tls",
    "connection_security_policy",
    "source_principal",
    "principal",
    "impersonat",
    "clusterrolebinding",
    "serviceaccount",
    "assumerole",
    "getsecretvalue",
    "secretsmanager",
    "vault_audit",
    "vault_token",
    "vault_route_",
    "lease",
    "revoked",
    "expired_token",
    "token_review",
    "jwt",
    "kms:",
    "secrets",
    "ka.target",
    "ka.verb",
    "sensitive_file",
];

/// Words that name a signal unless the expression is about resources or availability.
const WEAK: [&str; 6] = ["secret", "policy", "vault", "token", "credential", "iam"];

/// What measures resources and availability.
const RESOURCES: [&str; 18] = [
    "container_cpu",
    "container_memory",
    "process_cpu",
    "process_resident",
    "node_",
    "kube_pod_status",
    "kube_deployment",
    "kube_statefulset",
    "kube_pod_container",
    "kubelet_volume",
    "go_goroutines",
    "go_memstats",
    "up{",
    "up ==",
    "absent(",
    "_duration_seconds",
    "_latency",
    "certmanager_certificate_expiration",
];

/// Whether the expression of an alert is about identity, policy or secrets, not about resources or availability.
#[must_use]
pub(in crate::assess) fn is_signal(expression: &str) -> bool {
    let text = expression.to_ascii_lowercase();
    let resources = RESOURCES.iter().any(|word| text.contains(word));
    let strong = SIGNALS.iter().any(|word| text.contains(word));
    // `rbac-proxy` of a memory alert names a container, no signal
    if resources {
        return ["denied", "unauthorized", "forbidden", "\"403\"", "\"401\"", "violation"].iter().any(|word| text.contains(word));
    }
    strong || WEAK.iter().any(|word| text.contains(word))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

/// The rules in a text that raise an alarm on such signals: their lines, and what they are called.
#[must_use]
pub(in crate::assess) fn rules(text: &str) -> Vec<(u32, String)> {
    let has = |word: &str| memchr::memmem::find(text.as_bytes(), word.as_bytes()).is_some();
    let mut out = Vec::new();
    // an object of Kubernetes is read as one
    let is_object = has("apiVersion:");
    if !is_object && has("alert:") && has("expr:") {
        out.extend(blocks(text, "alert:", "alert"));
    }
    if !is_object && has("condition:") && has("- rule:") && (has("output:") || has("priority:")) {
        let line = super::lines(text).find(|(_, line)| line.trim_start().starts_with("- rule:"));
        out.extend(line.map(|(at, line)| (at, format!("Falco rule `{}`", value(line)))));
    }
    if has("logsource:") && has("detection:") && has("condition:") {
        let line = super::lines(text).find(|(_, line)| line.starts_with("title:"));
        out.push(line.map_or((1, "a Sigma rule".to_owned()), |(at, line)| (at, format!("Sigma rule `{}`", value(line)))));
    }
    if has("queryFrequency") && has("triggerOperator") && has("query") {
        out.push((1, "a scheduled analytics rule of Sentinel".to_owned()));
    }
    out
}

/// The text behind the first colon, without quotes.
fn value(line: &str) -> &str {
    line.split_once(':').map_or("", |(_, value)| value.trim().trim_matches(['"', '\'']))
}

/// List items that begin with `key`, with their whole text until the next item of the same depth.
fn blocks(text: &str, key: &str, word: &str) -> Vec<(u32, String)> {
    let mut out = Vec::new();
    let all: Vec<(u32, &str)> = super::lines(text).collect();
    for (nr, (at, line)) in all.iter().enumerate() {
        let Some(name) = line.trim_start().trim_start_matches("- ").strip_prefix(key) else { continue };
        let depth = indent(line);
        let body = all[nr + 1..]
            .iter()
            .take_while(|(_, next)| next.trim().is_empty() || indent(next) > depth || !next.trim_start().starts_with("- "));
        let mut expression = String::new();
        let mut inside = false;
        for (_, next) in body.take(60) {
            let trimmed = next.trim_start();
            if let Some(rest) = trimmed.strip_prefix("expr:") {
                inside = true;
                expression.push_str(rest);
            } else if inside && indent(next) > depth + 2 {
                expression.push_str(trimmed);
            } else if inside {
                break;
            }
        }
        if is_signal(&expression) {
            out.push((*at, format!("{word} `{}`", name.trim().trim_matches(['"', '\'']))));
        }
    }
    out
}
