use std::sync::Arc;

use crate::lint::rules::prelude::*;
use crate::model::value::Origin;
use crate::text::Location;

declare_rule! {
    YamlDuplicateKey {
        id: "yaml-duplicate-key",
        group: "yaml",
        summary: "a key that stands twice in one map",
        why: "Of two equal keys the last one wins without a word: `kubectl apply` drops the first. Who reads the file sees the first \
              and takes it for what is in force; `mode: STRICT` above may be `mode: PERMISSIVE` below. Strict decoders refuse the \
              object as a whole.\n\n\
              Keys that a merge (`<<`) brings are not meant, nor branches of a template.",
        bad: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\nspec:\n  mtls:\n    mode: STRICT\n    mode: PERMISSIVE\n"),
        good: yaml("apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata:\n  name: default\nspec:\n  mtls:\n    mode: STRICT\n"),
        recommended: true,
        source: "https://yaml.org/spec/1.2.2/#3213-node-comparison",
        peers: &["yamllint key-duplicates", "kubeconform -strict"],
    }
}

impl Rule for YamlDuplicateKey {
    fn manifests(&self, cx: &mut ManifestCx<'_>) {
        let written = |source, span| Origin { at: Location { source, span }, via: Arc::from([]) };
        for (source, problem) in &cx.manifests().duplicates {
            let Some(report) = cx.report(&written(*source, problem.at), problem.message.clone()) else { continue };
            let report = report.help("keep one of them; the last one is in force");
            if let Some(first) = problem.first {
                report.label(&written(*source, first), "first written here");
            }
        }
    }
}
