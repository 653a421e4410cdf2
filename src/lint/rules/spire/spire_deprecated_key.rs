use crate::lint::rules::prelude::*;
use crate::model::k8s::{Pod, pod};
use crate::model::shell::Call;
use crate::model::spire::{self, keys};
use crate::model::value::{Entry, Node as Data, Origin};

declare_rule! {
    SpireDeprecatedKey {
        id: "spire-deprecated-key",
        group: "spire",
        summary: "a key or component that SPIRE no longer has, or is about to drop",
        why: "A server or agent does not start with a key that was removed, so it stays on an old release, without its security \
              fixes, or fails on the day of the upgrade. In the data of a plugin such a key is ignored without a word. Keys that still \
              work but are deprecated are warnings.\n\n\
              The component `k8s-workload-registrar` was replaced by spire-controller-manager: its image, and parent IDs that it \
              gave out, are reported. The message names the release that counts, since the files do not say which one is in use.",
        bad: hcl("server {\n  trust_domain = \"shop.example\"\n  default_svid_ttl = \"1h\"\n}\n"),
        good: hcl("server {\n  trust_domain = \"shop.example\"\n  default_x509_svid_ttl = \"1h\"\n  default_jwt_svid_ttl = \"5m\"\n}\n"),
        severity: Severity::Error,
        recommended: true,
        fix: FixKind::Unsafe,
        fix_safety: "Gives the key its new name, where there is one: a release before the new name does not know it, and \
                     `default_x509_svid_ttl` does not set the life of JWT identities.",
        source: "https://github.com/spiffe/spire/blob/main/CHANGELOG.md",
    }
}

const REGISTRAR: &str = "k8s-workload-registrar";
const REGISTRAR_HELP: &str = "use spire-controller-manager (`ClusterSPIFFEID`, `ClusterStaticEntry`)";
const MAX_DEPTH: usize = 8;

impl Rule for SpireDeprecatedKey {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for side in ["agent", "server"] {
            document.root.blocks(side).for_each(|block| visit(block, &|key| keys::old(side, key), 0, cx));
        }
        for plugin in spire::plugins(&document.root) {
            if !plugin.is_external() {
                let old = |key: &str| keys::old_of_plugin(plugin.kind, plugin.name, key);
                plugin.node.blocks("plugin_data").for_each(|data| visit(data, &old, 0, cx));
            }
        }
        let federations = document.root.blocks("server").flat_map(|server| server.blocks("federation"));
        for endpoint in federations.flat_map(|federation| federation.blocks("bundle_endpoint")) {
            if let Some(entry) = spire::field(endpoint, "acme")
                && let Some(report) = cx.report_as(Severity::Warning, &entry.origin, "`acme` in `bundle_endpoint` is deprecated")
            {
                report.help("write it into `profile \"https_web\"`");
            }
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        if object.is("spire.spiffe.io", "ClusterStaticEntry")
            && let Some(entry) = object.root.entry_at(&["spec", "parentID"])
            && entry.value.as_str().is_some_and(is_of_registrar)
        {
            parent(&entry.origin, cx);
        }
        for container in pod(object).iter().flat_map(Pod::containers) {
            if let Some(entry) = container.node.entry("image").filter(|_| container.image().is_some_and(|image| image.contains(REGISTRAR)))
                && let Some(report) =
                    cx.report(&entry.origin, format!("`{REGISTRAR}` is deprecated since SPIRE 1.5.0 and no longer released"))
            {
                report.help(REGISTRAR_HELP);
            }
        }
    }

    fn part(&self, part: Part<'_>, cx: &mut ManifestCx<'_>) {
        spire::lines(part, REGISTRAR).iter().for_each(|call| parents(call, cx));
    }
}

fn parents(call: &Call, cx: &mut ManifestCx<'_>) {
    for (arg, _) in call.option(&["parentID"]).filter(|(arg, _)| is_of_registrar(spire::value_start(arg))) {
        parent(&arg.at, cx);
    }
}

fn is_of_registrar(id: &str) -> bool {
    spire::trust_domain(id).is_some() && id.split('/').any(|segment| segment == REGISTRAR)
}

fn parent(at: &Origin, cx: &mut ManifestCx<'_>) {
    let message = format!("the parent ID is one of `{REGISTRAR}`, which is deprecated since SPIRE 1.5.0");
    if let Some(report) = cx.report(at, message) {
        report.help(REGISTRAR_HELP);
    }
}

/// Reports the old keys in a block and in those inside it.
fn visit(block: &Data, old: &dyn Fn(&str) -> Option<&'static keys::Old>, depth: usize, cx: &mut ManifestCx<'_>) {
    if depth > MAX_DEPTH {
        return;
    }
    for entry in block.entries() {
        match old(&entry.key) {
            Some(old) => report(entry, old, block, cx),
            None => {
                visit(&entry.value, old, depth + 1, cx);
                entry.value.items().iter().for_each(|item| visit(item, old, depth + 1, cx));
            }
        }
    }
}

fn report(entry: &Entry, old: &keys::Old, block: &Data, cx: &mut ManifestCx<'_>) {
    let (severity, message) = match old.removed {
        Some(release) => (Severity::Error, format!("`{}` was removed in SPIRE {release}", entry.key)),
        None => (Severity::Warning, format!("`{}` is deprecated", entry.key)),
    };
    let renamed = old.renamed.filter(|name| spire::field(block, name).is_none());
    let Some(report) = cx.report_as(severity, &entry.origin, message) else { return };
    let report = report.help(old.help);
    if let Some(name) = renamed {
        report.fix(format!("call it `{name}`"), Applicability::Unsafe, [(entry.origin.at, name.to_owned())]);
    }
}
