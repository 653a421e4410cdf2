use crate::lint::rules::prelude::*;
use crate::model::k8s::{Container, Pod, pod};
use crate::model::spire;
use crate::model::value::{Entry, Node as Data, Scalar, Value};

declare_rule! {
    SpireSocketExposed {
        id: "spire-socket-exposed",
        group: "spire",
        summary: "a socket of SPIRE that others can put something in the place of, or reach",
        why: "Workloads take their identity, and whom they trust, from whoever answers on the agent's socket. Below `/tmp`, where the \
              defaults lie, every user of the node can make files before SPIRE does. The socket for administrators must not lie in \
              the folder that is shared with workloads: the agent refuses that. A workload that mounts the folder from the node with \
              write access can replace the socket for all others on the node; with the CSI driver (`csi.spiffe.io`) it gets it for \
              reading, and needs no host path.\n\n\
              SPIRE's own agent and the CSI driver mount it for writing as they must.",
        bad: hcl("agent {\n  trust_domain = \"shop.example\"\n  socket_path = \"/tmp/spire-agent/public/api.sock\"\n}\n"),
        good: hcl("agent {\n  trust_domain = \"shop.example\"\n  socket_path = \"/run/spire/agent-sockets/api.sock\"\n}\n"),
        recommended: true,
        source: "https://github.com/spiffe/spiffe-csi",
    }
}

impl Rule for SpireSocketExposed {
    fn document(&self, document: &Document, cx: &mut ManifestCx<'_>) {
        if document.kind != DocumentKind::Spire {
            return;
        }
        for block in ["agent", "server"].iter().flat_map(|key| document.root.blocks(key)) {
            let (socket, admin) = (spire::field(block, "socket_path"), spire::field(block, "admin_socket_path"));
            let folder = |entry: Option<&Entry>| {
                entry.and_then(spire::literal).and_then(|path| path.rsplit_once('/')).map(|(folder, _)| folder.to_owned())
            };
            let shared = folder(socket);
            for entry in [socket, admin].into_iter().flatten() {
                let Some(path) = spire::literal(entry) else { continue };
                let beside = &*entry.key == "admin_socket_path"
                    && shared.as_deref().is_some_and(|shared| path.strip_prefix(shared).is_some_and(|rest| rest.starts_with('/')));
                let message = if beside {
                    format!("`{}` lies in the folder that is shared with workloads", entry.key)
                } else if path.starts_with("/tmp/") || path.starts_with("/var/tmp/") {
                    format!("`{}` lies where every user of the node can make files", entry.key)
                } else {
                    continue;
                };
                if let Some(report) = cx.report(&entry.origin, message) {
                    report.help("put it into a folder of its own below `/run/spire`");
                }
            }
        }
    }

    fn object(&self, object: &Object, cx: &mut ManifestCx<'_>) {
        let Some(pod) = pod(object) else { return };
        let exposed: Vec<&str> = pod.volumes().iter().filter_map(socket_volume).collect();
        if exposed.is_empty() || is_own(&pod) {
            return;
        }
        for mount in pod.containers().flat_map(|container| container.mounts()) {
            if !mount.get("name").and_then(Data::as_str).is_some_and(|name| exposed.contains(&name)) {
                continue;
            }
            let at = match mount.entry("readOnly") {
                None => &mount.origin,
                Some(entry) => match &entry.value.value {
                    Value::Scalar(Scalar::Bool(false) | Scalar::Null) => &entry.origin,
                    Value::Scalar(Scalar::Bool(true)) => continue,
                    _ => {
                        cx.withhold();
                        continue;
                    }
                },
            };
            if let Some(report) = cx.report(at, "the folder of SPIRE's socket is mounted from the node for writing") {
                report.help("use the CSI driver `csi.spiffe.io`, or mount it with `readOnly: true`");
            }
        }
    }
}

/// The name of a volume that is the folder of SPIRE's socket on the node.
fn socket_volume(volume: &Data) -> Option<&str> {
    let path = volume.path(&["hostPath", "path"])?.as_str()?;
    let named = |part: &str| {
        let has_socket = ["socket", "agent", "public", ".sock"].iter().any(|word| path.contains(word));
        path.contains(part) && has_socket
    };
    // the admin's folder is meant for programs that need it
    let is_socket = (named("spire") || named("spiffe")) && !path.contains("admin") && !path.contains("private");
    is_socket.then(|| volume.get("name")?.as_str())?
}

/// Whether the pod is SPIRE's agent or the driver that hands out its socket.
fn is_own(pod: &Pod<'_>) -> bool {
    let names = ["spire-agent", "spiffe-csi", "spire-server", "spiffe-helper-agent", "spiffe-workload-api"];
    let is_own = |text: &str| names.iter().any(|name| text.contains(name));
    let container =
        |container: Container<'_>| container.image().is_some_and(is_own) || container.words().any(|word| word.as_str().is_some_and(is_own));
    pod.object.name().is_some_and(is_own) || pod.containers().any(container)
}
