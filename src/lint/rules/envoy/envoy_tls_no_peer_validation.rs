use crate::lint::rules::prelude::*;
use crate::model::envoy::{Peer, Site, TlsContext, contexts, field, sites_of_document, sites_of_object, validation_secrets};
use crate::model::value::{Node as Value, Origin, Scalar, Value as Kinds};

declare_rule! {
    EnvoyTlsNoPeerValidation {
        id: "envoy-tls-no-peer-validation",
        group: "envoy",
        summary: "a TLS context of Envoy that does not check who is at the other end",
        why: "Without a validation context with an authority, Envoy accepts any certificate of an upstream: whoever can redirect the \
              connection reads and changes what goes through it. With an authority and no `match_typed_subject_alt_names` every \
              workload with a certificate of that authority passes for every other (warning). `ACCEPT_UNTRUSTED` accepts what does \
              not verify.\n\n\
              A listener between workloads that does not require a client's certificate knows no caller (warning): reported for an \
              explicit `require_client_certificate: false`, and where it is absent although the context shows that callers are \
              workloads, by a validation context or by a certificate with a SPIFFE ID. A listener for browsers needs none of it and is \
              not reported. What a secret discovery service other than SPIRE puts into a validation context is not known.",
        bad: yaml("static_resources:\n  clusters:\n  - name: payments\n    load_assignment: {cluster_name: payments}\n    transport_socket:\n      name: tls\n      typed_config:\n        \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n        sni: payments.example.com\n"),
        good: yaml("static_resources:\n  clusters:\n  - name: payments\n    load_assignment: {cluster_name: payments}\n    transport_socket:\n      name: tls\n      typed_config:\n        \"@type\": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext\n        common_tls_context:\n          combined_validation_context:\n            default_validation_context:\n              match_typed_subject_alt_names:\n              - san_type: URI\n                matcher: {exact: \"spiffe://example.com/payments\"}\n            validation_context_sds_secret_config: {name: \"spiffe://example.com\"}\n"),
        severity: Severity::Error,
        recommended: true,
        source: "https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/security/ssl",
    }
}

impl Rule for EnvoyTlsNoPeerValidation {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind == DocumentKind::Envoy {
            let secrets = validation_secrets(&document.root);
            sites_of_document(document, &mut |site| judge(site, &secrets, cx));
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        sites_of_object(object, &mut |site| judge(site, &[], cx));
    }
}

fn judge<'n>(site: &Site<'_, 'n>, secrets: &[(&str, &'n Value)], cx: &mut ManifestCx<'_>) {
    let Some(context) = contexts(&site.message) else { return };
    // Envoy refuses it: `envoy-unknown-field`
    if context.is_misplaced() {
        return;
    }
    let secret = |name: &str| secrets.iter().find(|(known, _)| *known == name).map(|(_, node)| *node);
    let around = site.under("transport_socket").or_else(|| site.key()).map_or(&site.message.node.origin, |entry| &entry.origin);
    let peer = context.peer(&secret);
    if let Peer::Untrusted(entry) = peer {
        if let Some(report) = cx.report_line(&entry.origin, "certificates that do not verify are accepted") {
            report.help("remove `trust_chain_verification`");
        }
    } else if context.is_upstream {
        upstream(&context, peer, around, site.partial, cx);
    } else {
        downstream(&context, around, site.partial, cx);
    }
}

fn upstream(context: &TlsContext<'_>, peer: Peer<'_>, around: &Origin, partial: bool, cx: &mut ManifestCx<'_>) {
    match peer {
        Peer::Anyone | Peer::AnyOfAuthority(None) | Peer::Unknown if partial || peer == Peer::Unknown => cx.withhold(),
        Peer::Anyone => {
            let what =
                if context.has_validation() { "the validation context names no authority" } else { "there is no validation context" };
            if let Some(report) = cx.report_line(around, format!("any certificate of the upstream is accepted: {what}")) {
                report.help("name the authority under `common_tls_context`, and the upstream under `match_typed_subject_alt_names`");
            }
        }
        Peer::AnyOfAuthority(key) => {
            let at = key.map_or(around, |entry| &entry.origin);
            let message = "any certificate of the authority is accepted: the upstream is not named";
            if let Some(report) = cx.report_line_as(Severity::Warning, at, message) {
                report.help("name the upstream under `match_typed_subject_alt_names`");
            }
        }
        Peer::Checked | Peer::Untrusted(_) | Peer::Unknown => {}
    }
}

fn downstream(context: &TlsContext<'_>, around: &Origin, partial: bool, cx: &mut ManifestCx<'_>) {
    const HELP: &str = "set `require_client_certificate: true`";
    let required = field(context.node, "require_client_certificate");
    match required.map(|entry| (&entry.value.value, &entry.origin)) {
        Some((Kinds::Scalar(Scalar::Bool(false)), at)) => {
            if let Some(report) = cx.report_line_as(Severity::Warning, at, "clients without a certificate are let in") {
                report.help(HELP);
            }
        }
        Some((Kinds::Scalar(Scalar::String(text)), at)) if ["false", "no", "off"].iter().any(|word| text.eq_ignore_ascii_case(word)) => {
            if let Some(report) = cx.report_line_as(Severity::Warning, at, "clients without a certificate are let in") {
                report.help(HELP);
            }
        }
        None | Some((Kinds::Scalar(Scalar::Null), _)) if context.has_validation() || context.has_spiffe_certificate() => {
            if partial {
                return cx.withhold();
            }
            let at = required.map_or(around, |entry| &entry.origin);
            let message = "clients without a certificate are let in: they are checked if they have one";
            if let Some(report) = cx.report_line_as(Severity::Warning, at, message) {
                report.help(HELP);
            }
        }
        _ => {}
    }
}
