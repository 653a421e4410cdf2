use crate::lint::rules::prelude::*;
use crate::lint::rules::vault_view::{self, Variable};
use crate::model::k8s::pod;
use crate::model::shell::{Call, container_call};
use crate::model::value::Entry;
use crate::model::vault;

declare_rule! {
    VaultInsecureServer {
        id: "vault-insecure-server",
        group: "vault",
        summary: "a Vault server without TLS or in development mode, or a client that does not check it",
        why: "Tokens and secrets travel in every request to Vault. Without TLS (`tls_disable`), or where the certificate is not checked \
              (`VAULT_SKIP_VERIFY`, `tls_skip_verify`), whoever is on the way reads them and can answer in Vault's place. A server started \
              with `-dev` has no TLS, keeps everything in memory, is unsealed, and prints its root token.\n\n\
              Listeners on Unix sockets, an agent's listener on the loopback address and Compose files, which are for development, are \
              not reported.",
        bad: hcl("storage \"raft\" {\n  path = \"/vault/data\"\n}\n\nlistener \"tcp\" {\n  address     = \"0.0.0.0:8200\"\n  tls_disable = 1\n}\n"),
        good: hcl("storage \"raft\" {\n  path = \"/vault/data\"\n}\n\nlistener \"tcp\" {\n  address       = \"0.0.0.0:8200\"\n  tls_cert_file = \"/vault/tls/tls.crt\"\n  tls_key_file  = \"/vault/tls/tls.key\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Switches TLS, or its check, on: the server needs a certificate, its clients the authority that issued it.",
        source: "https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
    }
}

const SKIP: &str = "VAULT_SKIP_VERIFY";

impl Rule for VaultInsecureServer {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        match document.kind {
            DocumentKind::Vault => switches(&document.root, cx),
            DocumentKind::Terraform => {
                for provider in vault::blocks_of(&document.root, "provider", "vault") {
                    if let Some(entry) = provider.entry("skip_tls_verify") {
                        judge(entry, vault::truthy(&entry.value), cx);
                    }
                }
            }
            DocumentKind::Workflow | DocumentKind::GitlabCi => {
                vault_view::in_pipeline(document, SKIP).iter().for_each(|variable| skips(variable, cx));
            }
            _ => {}
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("vault.banzaicloud.com", "Vault") {
            if let Some(config) = object.root.path(&["spec", "config"]) {
                switches(config, cx);
            }
            return;
        }
        if object.is("secrets.hashicorp.com", "VaultConnection") {
            if let Some(entry) = object.root.entry_at(&["spec", "skipTLSVerify"]) {
                judge(entry, vault::truthy(&entry.value), cx);
            }
            return;
        }
        vault_view::in_object(object, SKIP).iter().for_each(|variable| skips(variable, cx));
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            if let Some(call) = container_call(&container, "vault") {
                called(&call, cx);
            }
        }
    }

    fn script(&self, script: &Script, cx: &mut ManifestCx<'_>) {
        for (_, call) in script.calls("vault") {
            called(&call, cx);
        }
        vault_view::in_script(script, SKIP).iter().for_each(|variable| skips(variable, cx));
    }
}

fn switches(root: &crate::model::value::Node, cx: &mut ManifestCx<'_>) {
    for switch in vault::insecure_switches(root) {
        judge(switch.entry, switch.is_on, cx);
    }
}

/// A key that switches TLS or its check off.
fn judge(entry: &Entry, is_on: Option<bool>, cx: &mut ManifestCx<'_>) {
    match is_on {
        None => return cx.withhold(),
        Some(false) => return,
        Some(true) => {}
    }
    let is_server = &*entry.key == "tls_disable";
    let message = if is_server {
        "`tls_disable`: tokens and secrets travel in plain text".to_owned()
    } else {
        format!("`{}`: whoever answers is taken for Vault", entry.key)
    };
    // a number stays a number
    let off = match cx.sources().get(entry.value.origin.at.source).slice(entry.value.span()).trim_matches('"') {
        "1" => "0",
        _ => "false",
    };
    let edit = entry.value.origin.via.is_empty().then(|| cx.replacement(&entry.value, off)).flatten();
    let Some(report) = cx.report_line(&entry.origin, message) else { return };
    let report = report.help(if is_server {
        "give the listener a certificate: `tls_cert_file`, `tls_key_file`"
    } else {
        "name the authority that issued Vault's certificate"
    });
    if let Some(edit) = edit {
        report.fix(format!("switch `{}` off", entry.key), Applicability::Unsafe, [edit]);
    }
}

fn skips(variable: &Variable<'_>, cx: &mut ManifestCx<'_>) {
    let Some(value) = variable.value.filter(|value| !vault::is_opaque(value)) else { return cx.withhold() };
    if !vault::is_true(value) {
        return;
    }
    let edit = variable.node.filter(|node| node.origin.via.is_empty()).and_then(|node| cx.replacement(node, "false"));
    let Some(report) = cx.report_line(&variable.at, "`VAULT_SKIP_VERIFY`: whoever answers is taken for Vault") else { return };
    let report = report.help("name the authority that issued Vault's certificate: `VAULT_CACERT`");
    if let Some(edit) = edit {
        report.fix("check Vault's certificate", Applicability::Unsafe, [edit]);
    }
}

/// `vault server -dev`, and `-tls-skip-verify` of any command.
fn called(call: &Call, cx: &mut ManifestCx<'_>) {
    let is_on = |value: Option<&str>| value.is_none_or(vault::is_true);
    let value = |text: &str| text.split_once('=').map(|(_, value)| value.to_owned());
    let skip = call.flag("tls-skip-verify").map(|arg| {
        (arg, "`-tls-skip-verify`: whoever answers is taken for Vault", "name the authority that issued Vault's certificate: `-ca-cert`")
    });
    let is_server = call.args.iter().find(|arg| !arg.word.prefix().starts_with('-')).is_some_and(|arg| arg.word.text == "server");
    let dev = call.flag("dev").filter(|_| is_server).map(|arg| {
        (arg, "a server in development mode: in memory, unsealed, without TLS", "start it with a configuration: `vault server -config=…`")
    });
    for (arg, message, help) in [skip, dev].into_iter().flatten() {
        if arg.word.is_unknown() {
            cx.withhold();
        } else if is_on(value(&arg.word.text).as_deref())
            && let Some(report) = cx.report_line(&arg.at, message)
        {
            report.help(help);
        }
    }
}
