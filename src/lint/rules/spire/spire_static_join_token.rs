use crate::lint::rules::prelude::*;
use crate::model::shell::Call;
use crate::model::spire;
use crate::model::value::{Scalar, Value};

declare_rule! {
    SpireStaticJoinToken {
        id: "spire-static-join-token",
        group: "spire",
        summary: "a join token in a configuration or on a command line",
        why: "A join token is a secret: whoever uses it first becomes the node. In a file it is in version control and in every copy \
              of it, and since it works once it cannot serve a second node or a restart. Let the agent read it from the environment \
              or from `join_token_file`, or better, prove the node's identity with what the platform gives it.\n\n\
              A ConfigMap that configures `NodeAttestor \"join_token\"` is a warning: in Kubernetes `k8s_psat` needs no secret. \
              `\"auto\"` is no feature of SPIRE: the agent would send it as a token.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  join_token = \"a1c4a9d0-6b3b-4d9a-9c0c-0a6f3a1e8f57\"\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  join_token = \"${JOIN_TOKEN}\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        is_secret: true,
        source: "https://github.com/spiffe/spire/blob/main/doc/plugin_agent_nodeattestor_jointoken.md",
    }
}

const HELP: &str = "attest nodes with what the platform gives them (`k8s_psat`, a cloud's attestor, TPM), or use `join_token_file`";

impl Rule for SpireStaticJoinToken {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for entry in document.root.blocks("agent").filter_map(|agent| spire::field(agent, "join_token")) {
            let message = match &entry.value.value {
                Value::Scalar(Scalar::String(text) | Scalar::Number(text)) => match message(text, "`join_token`") {
                    Some(message) => message,
                    None => continue,
                },
                _ => continue,
            };
            if let Some(report) = cx.report(&entry.origin, message) {
                report.help(HELP);
            }
        }
        let holder = cx.sources().get(document.source).embedded.as_ref();
        if holder.is_some_and(|holder| holder.kind == "configmap") {
            for plugin in spire::plugins(&document.root) {
                if (plugin.kind, plugin.name) == ("NodeAttestor", "join_token") {
                    let message = "nodes of a cluster are attested with join tokens, which someone has to carry there";
                    if let Some(report) = cx.report_as(Severity::Warning, plugin.header, message) {
                        report.help("use `k8s_psat`, which needs no secret");
                    }
                }
            }
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        spire::lines(part, FLAG).iter().for_each(|call| judge(call, cx));
    }
}

const FLAG: &str = "joinToken";

fn judge(call: &Call, cx: &mut ManifestCx<'_>) {
    for (arg, token) in call.option(&[FLAG]) {
        let Some(token) = token else {
            cx.withhold();
            continue;
        };
        if let Some(message) = message(token, "`-joinToken`")
            && let Some(report) = cx.report(&arg.at, message)
        {
            report.help(HELP);
        }
    }
}

/// What is wrong with the token; `None` where it comes from elsewhere.
fn message(token: &str, of: &str) -> Option<String> {
    match token {
        "" => None,
        "auto" => Some(format!("`auto` as {of} is no feature of SPIRE: it is sent as the token")),
        _ if spire::is_opaque(token) => None,
        _ => Some(format!("{of} is a secret that is written here")),
    }
}
