use crate::lint::rules::authz_view::{filled, policy};
use crate::lint::rules::prelude::*;
use crate::model::effective::TrustDomains;
use crate::model::mesh::{condition_key, conditions, sources};
use crate::model::tri::Tri;
use crate::model::value::{Entry, Node as ValueNode};

declare_rule! {
    IstioAuthzTrustDomainMismatch {
        id: "istio-authz-trust-domain-mismatch",
        group: "istio",
        summary: "a principal in an AuthorizationPolicy that no workload of the mesh has",
        why: "Istio names principals `<trust domain>/ns/<namespace>/sa/<service account>`, without the scheme `spiffe://`. A principal of \
              another form, or of a trust domain that is none of the mesh's, never matches: an ALLOW rule lets nobody in, and a DENY rule \
              denies nobody.\n\n\
              `cluster.local` always stands for the mesh's own trust domain. Wildcards stand at the start or the end alone; what begins \
              with `*` matches any trust domain and is not judged, and of what ends with `*` the part before it is. Trust domains are \
              judged only where the workspace holds a mesh configuration; its `trustDomainAliases`, and the trust domains of its \
              `caCertificates`, are the mesh's too.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: ['spiffe://cluster.local/ns/shop/sa/web']\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata:\n  name: orders\n  namespace: shop\nspec:\n  action: ALLOW\n  rules:\n  - from:\n    - source:\n        principals: [cluster.local/ns/shop/sa/web]\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Removes the scheme `spiffe://`, with which the principal matches nothing. Other forms are left to you.",
        source: "https://istio.io/latest/docs/reference/config/security/authorization-policy/#Source",
    }
}

const SCHEME: &str = "spiffe://";

impl Rule for IstioAuthzTrustDomainMismatch {
    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(policy) = policy(object) else { return };
        let mut domains = None;
        for rule in policy.rules() {
            for source in sources(rule) {
                for list in ["principals", "notPrincipals"].iter().filter_map(|key| filled(source, key)) {
                    judge(list, &mut domains, cx);
                }
            }
            for condition in conditions(rule).iter().filter(|condition| condition_key(condition) == Some("source.principal")) {
                for list in ["values", "notValues"].iter().filter_map(|key| filled(condition, key)) {
                    judge(list, &mut domains, cx);
                }
            }
        }
    }
}

fn judge(list: &Entry, domains: &mut Option<TrustDomains>, cx: &mut ManifestCx<'_>) {
    for item in list.value.items() {
        let Some(text) = item.as_str().filter(|text| !text.is_empty()) else {
            if item.unknown().is_some() {
                cx.withhold();
            }
            continue;
        };
        if text.starts_with('*') {
            continue;
        }
        // filled in before it is applied
        if text.contains("{{") || text.contains("${") {
            cx.withhold();
            continue;
        }
        if let Some(rest) = text.strip_prefix(SCHEME) {
            scheme(list, item, text, rest, cx);
            continue;
        }
        let domain = match domain_of(text) {
            Ok(domain) => domain,
            Err(problem) => {
                if names_otherwise(cx) {
                    cx.withhold();
                } else if let Some(report) = cx.report_line(&item.origin, format!("the principal `{text}` never matches: {problem}")) {
                    report.help("write `<trust domain>/ns/<namespace>/sa/<service account>`");
                }
                continue;
            }
        };
        let Some(domain) = domain else { continue };
        let domains = domains.get_or_insert_with(|| TrustDomains::new(cx.manifests().mesh_settings()));
        match domains.has(domain) {
            Tri::No => {
                let message = format!("the principal `{text}` never matches: the mesh has no trust domain `{domain}`");
                let known: Vec<String> = domains.named.iter().map(|name| format!("`{name}`")).collect();
                let known = if known.is_empty() { "`cluster.local`".to_owned() } else { known.join(", ") };
                if let Some(report) = cx.report_line(&item.origin, message) {
                    report.help(format!("write one of the mesh's own ({known}), or add it to `trustDomainAliases`"));
                }
            }
            Tri::Unknown if domains.configured => cx.withhold(),
            Tri::Unknown | Tri::Yes => {}
        }
    }
}

fn scheme(list: &Entry, item: &ValueNode, text: &str, rest: &str, cx: &mut ManifestCx<'_>) {
    // one finding stands for all of its line
    let line = |node: &ValueNode| cx.sources().get(node.origin.at.source).line(node.origin.at.span.start);
    let edits: Vec<_> = list
        .value
        .items()
        .iter()
        .filter(|other| other.origin.at.source == item.origin.at.source && line(other) == line(item))
        .filter_map(|other| {
            let rest = other.as_str()?.strip_prefix(SCHEME)?;
            domain_of(rest).ok()?;
            cx.replacement(other, rest)
        })
        .collect();
    let Some(report) = cx.report_line(&item.origin, format!("the principal `{text}` never matches: principals have no scheme")) else {
        return;
    };
    let report = report.help(format!("write `{rest}`"));
    if !edits.is_empty() {
        report.fix("remove the scheme", Applicability::Safe, edits);
    }
}

/// The trust domain that a principal, or the start of one before a `*`, is of; `None` where the text leaves it open.
fn domain_of(text: &str) -> Result<Option<&str>, &'static str> {
    let (known, prefix) = match text.strip_suffix('*') {
        Some(start) => (start, true),
        None => (text, false),
    };
    if known.contains('*') {
        return Err("a `*` inside is taken as it is written");
    }
    let segments: Vec<&str> = known.split('/').collect();
    let complete = if prefix { segments.len() - 1 } else { segments.len() };
    let fits = |at: usize, word: &str| match segments.get(at) {
        Some(segment) if at < complete => *segment == word,
        Some(start) => word.starts_with(start),
        None => prefix,
    };
    let filled = segments[..complete.min(5)].iter().all(|segment| !segment.is_empty());
    if segments.len() > 5 || (!prefix && segments.len() != 5) || !fits(1, "ns") || !fits(3, "sa") || !filled {
        return Err("it is not of the form `<trust domain>/ns/<namespace>/sa/<service account>`");
    }
    Ok(segments.first().copied().filter(|_| complete > 0))
}

/// Whether SPIRE gives workloads identities of another form.
fn names_otherwise(cx: &ManifestCx<'_>) -> bool {
    let ids = cx.manifests().applied().flat_map(|unit| unit.cluster().of_kind("spire.spiffe.io", "ClusterSPIFFEID"));
    let mut templates = ids.map(|object| object.root.path(&["spec", "spiffeIDTemplate"]).and_then(ValueNode::as_str));
    templates.any(|template| template.is_none_or(|text| !text.contains("/ns/") || !text.contains("/sa/")))
}
