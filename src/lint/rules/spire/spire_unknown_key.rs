use crate::diag::suggest::nearest;
use crate::lint::rules::prelude::*;
use crate::model::spire::{self, keys};
use crate::model::value::{Entry, Node as Value, Value as Data};

declare_rule! {
    SpireUnknownKey {
        id: "spire-unknown-key",
        group: "spire",
        summary: "a key that SPIRE does not know",
        why: "SPIRE refuses unknown keys at the top, in `agent` and in `server`. In the data of most plugins it ignores them without \
              a word, so a misspelled setting is simply not in force. The keys are those of SPIRE 1.15.\n\n\
              Plugins of one's own (`plugin_cmd`) may have any key. Keys that SPIRE had once are not reported here.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  data_source = \"/run/spire\"\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  data_dir = \"/run/spire\"\n}\n"),
        recommended: true,
        fix: FixKind::Safe,
        fix_safety: "Gives a key that SPIRE refuses the name that was meant, where only one can be: `data_source` is `data_dir`.",
        source: "https://github.com/spiffe/spire/blob/v1.15.3/cmd/spire-agent/cli/run/run.go",
    }
}

impl Rule for SpireUnknownKey {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        let root = &document.root;
        check(root, &keys::TOP, "a SPIRE configuration", &keys::is_old, cx);
        for path in ["agent", "server", "telemetry", "health_checks"] {
            blocks(root, path, path, cx);
        }
        let side = match (root.entry("agent").is_some(), root.entry("server").is_some()) {
            (true, false) => Some("agent"),
            (false, true) => Some("server"),
            _ => None,
        };
        for plugin in spire::plugins(root) {
            let title = format!("`{} \"{}\"`", plugin.kind, plugin.name);
            check(plugin.node, &keys::PLUGIN, &title, &keys::is_old, cx);
            if plugin.is_external() {
                continue;
            }
            let Some(known) = keys::of_plugin(side, plugin.kind, plugin.name) else { continue };
            for data in plugin.node.blocks("plugin_data") {
                check(data, &known, &title, &keys::is_old, cx);
            }
            if (plugin.kind, plugin.name) == ("NodeAttestor", "k8s_psat") {
                let title = format!("a cluster of {title}");
                spire::psat_clusters(&plugin).into_iter().for_each(|(_, cluster)| check(cluster, &known, &title, &keys::is_old, cx));
            }
        }
    }
}

/// Holds the blocks under a key, and those inside them that are tabulated, against the table.
fn blocks(parent: &Value, key: &str, path: &str, cx: &mut ManifestCx<'_>) {
    let Some(known) = keys::of_block(path) else { return };
    // a key that the other one had is unknown here
    let side = path.split('.').next().unwrap_or(path);
    let is_old = |key: &str| keys::old(side, key).is_some();
    for block in parent.blocks(key) {
        check(block, &known, &format!("`{path}`"), &is_old, cx);
        for entry in block.entries() {
            if matches!(entry.value.value, Data::Map(_) | Data::List(_)) {
                blocks(block, &entry.key, &format!("{path}.{}", entry.key), cx);
            }
        }
    }
}

/// `is_old`: whether another rule reports a key as an old one.
fn check(block: &Value, known: &[&str], title: &str, is_old: &dyn Fn(&str) -> bool, cx: &mut ManifestCx<'_>) {
    let mut found = 0;
    for entry in block.entries() {
        let is_known = known.iter().any(|key| key.eq_ignore_ascii_case(&entry.key));
        if is_known || is_old(&entry.key) {
            continue;
        }
        found += 1;
        // a block of nothing but unknown keys is no block with misspelled ones
        let help = if found <= 20 { advice(entry, known) } else { REMOVE.to_owned() };
        let shown: String = entry.key.chars().take(80).collect();
        let name = renamed(&entry.key).filter(|name| known.contains(name) && spire::field(block, name).is_none());
        // a misspelled switch that is on would come into force
        let name = name.filter(|_| entry.value.as_bool() != Some(true));
        if let Some(report) = cx.report(&entry.origin, format!("`{shown}` is no key of {title}")) {
            let report = report.help(help);
            if let Some(name) = name {
                report.fix(format!("call it `{name}`"), Applicability::Safe, [(entry.origin.at, name.to_owned())]);
            }
        }
    }
}

const REMOVE: &str = "remove it, or see the reference for what it should be";

/// What is surely meant by a key that is none.
fn renamed(key: &str) -> Option<&'static str> {
    match &*key.to_ascii_lowercase() {
        "data_source" => Some("data_dir"),
        "skip_kube_api_verification" => Some("skip_kubelet_verification"),
        _ => None,
    }
}

/// What may have been meant.
fn advice(entry: &Entry, known: &[&str]) -> String {
    let key = entry.key.to_ascii_lowercase();
    if let Some(renamed) = renamed(&key).filter(|renamed| known.contains(renamed)) {
        return format!("the key is called `{renamed}`");
    }
    if key == "data_store" {
        return "configure the data store as a plugin: `plugins { DataStore \"sql\" { plugin_data { … } } }`".to_owned();
    }
    if known.is_empty() {
        return "remove it: this plugin takes no settings".to_owned();
    }
    match nearest(&key, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => REMOVE.to_owned(),
    }
}
