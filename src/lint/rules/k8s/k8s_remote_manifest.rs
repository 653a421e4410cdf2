use crate::lint::rules::prelude::*;
use crate::model::k8s::pod;
use crate::model::remote::{Pin, pin_of, pin_of_resource};
use crate::model::shell::{Arg, Call, container_call};
use crate::model::value::{Node as ValueNode, Origin};

declare_rule! {
    K8sRemoteManifest {
        id: "k8s-remote-manifest",
        group: "k8s",
        summary: "manifests that are applied from a URL which can change at any time",
        why: "Whoever can push to that branch, or owns that site, decides what runs in the cluster: nobody here reviews it, and two runs \
              may apply different things. Name a release or a commit, or better, keep a copy in the repository.\n\n\
              Looked at are resources of kustomizations and `kubectl apply -f`, `-k` in scripts, workflows and containers. A URL with a \
              version or a commit in it is taken for pinned, and one with a variable in it is not judged. GitHub's `blob` URLs are pages \
              of HTML, which `kubectl` cannot read.",
        bad: yaml("# file: kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- https://github.com/example/platform//deploy?ref=main\n"),
        good: yaml("# file: kustomization.yaml\napiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n- https://github.com/example/platform//deploy?ref=v1.4.2\n"),
        recommended: true,
        source: "https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/",
        peers: &["zizmor unpinned-uses (for actions)"],
    }
}

const HELP: &str = "name a release or a commit, or keep a copy in the repository";

impl Rule for K8sRemoteManifest {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Kustomization {
            return;
        }
        for key in ["resources", "bases", "components", "generators", "transformers", "crds"] {
            for item in document.root.get(key).map_or(&[][..], ValueNode::items) {
                match item.as_str() {
                    Some(written) => judge(&item.origin, pin_of_resource(written), written, cx),
                    None if item.unknown().is_some_and(|written| written.contains("://")) => cx.withhold(),
                    None => {}
                }
            }
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        for container in pod.containers() {
            if let Some(call) = container_call(&container, "kubectl") {
                applied(&call, cx);
            }
        }
    }

    fn script(&self, script: &Script, cx: &mut ManifestCx<'_>) {
        for program in ["kubectl", "oc"] {
            for (command, call) in script.calls(program) {
                applied(&call, cx);
                // `curl … | kubectl apply -f -`
                let from = command.piped_from.and_then(|at| script.commands.get(at));
                let reads_input = applies(&call) && call.option(&["f", "filename"]).any(|(_, value)| value == Some("-"));
                let Some(from) = from.filter(|_| reads_input) else { continue };
                if matches!(from.words.first().map(|word| word.prefix()), Some("curl" | "wget")) {
                    for word in from.words.iter().skip(1).filter(|word| is_url(word.prefix())) {
                        argument(&Arg { word: word.clone(), at: script.origin(word.span) }, false, cx);
                    }
                }
            }
        }
    }
}

/// Options of `kubectl` that may stand before the subcommand and take a value.
const GLOBAL: [&str; 10] = ["-n", "--namespace", "--context", "--kubeconfig", "--cluster", "--user", "-s", "--server", "--as", "--token"];

fn applies(call: &Call) -> bool {
    matches!(call.subcommand(&GLOBAL), Some("apply" | "create" | "replace"))
}

/// What `kubectl` is told to apply.
fn applied(call: &Call, cx: &mut ManifestCx<'_>) {
    if !applies(call) {
        return;
    }
    for (arg, _) in call.option(&["f", "filename"]) {
        argument(arg, false, cx);
    }
    for (arg, _) in call.option(&["k", "kustomize"]) {
        argument(arg, true, cx);
    }
}

fn argument(arg: &Arg, is_kustomization: bool, cx: &mut ManifestCx<'_>) {
    let text = &arg.word.text;
    // `-f=URL`
    let value = if text.starts_with('-') { text.split_once('=').map_or("", |(_, value)| value) } else { text };
    for url in value.split(',') {
        let pin = if is_kustomization {
            pin_of_resource(url)
        } else if is_url(url) {
            pin_of(url)
        } else {
            continue;
        };
        // what a variable holds may pin it; what is known to move does not depend on it
        if arg.word.is_unknown() && matches!(pin, Pin::Pinned | Pin::Unversioned) {
            if is_url(url) {
                cx.withhold();
            }
            continue;
        }
        judge(&arg.at, pin, url, cx);
    }
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}

fn judge(at: &Origin, pin: Pin<'_>, url: &str, cx: &mut ManifestCx<'_>) {
    let shown: String = url.chars().take(120).collect();
    let message = match pin {
        Pin::Pinned | Pin::Local => return,
        Pin::Unknown => return cx.withhold(),
        Pin::Moves(part) => format!("`{shown}` follows `{part}`, which changes"),
        Pin::Unversioned => format!("`{shown}` names no version: what it gives may change"),
        Pin::Page => format!("`{shown}` is a page about the file, not the file"),
    };
    if let Some(report) = cx.report_line(at, message) {
        report.help(HELP);
    }
}
