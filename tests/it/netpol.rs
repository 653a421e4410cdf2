//! The trees of np-guard's netpol-analyzer with the connections that it computes: `ZTCTL_NETPOL_TREES` names a checkout, whose
//! `tests/<name>` belong to `test_outputs/connlist/<name>_connlist_output.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use ztctl::model::k8s::Object;

use crate::support::Sample;

/// Kinds that the goldens take into account and the tests do not.
const FOREIGN: [&str; 6] =
    ["UserDefinedNetwork", "ClusterUserDefinedNetwork", "NetworkAttachmentDefinition", "MultiNetworkPolicy", "VirtualMachine", "Route"];

/// A tree and its connections, by the names of the two ends: `namespace/name[Kind]`.
pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) sample: Sample,
    pub(crate) objects: Vec<Arc<Object>>,
    pub(crate) edges: BTreeMap<(String, String), String>,
}

/// The trees that can be judged; `None`, and a word of it, where there is no checkout.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn goldens() -> Option<Vec<Golden>> {
    let Some(root) = std::env::var_os("ZTCTL_NETPOL_TREES") else {
        eprintln!("skipped: ZTCTL_NETPOL_TREES names no checkout of netpol-analyzer");
        return None;
    };
    let root = Path::new(&root);
    let folder = fs::read_dir(root.join("test_outputs/connlist")).expect("goldens");
    let mut paths: Vec<_> = folder.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    Some(paths.iter().filter_map(|path| golden(root, path)).collect())
}

fn golden(root: &Path, path: &Path) -> Option<Golden> {
    let name = path.file_name()?.to_str()?.strip_suffix("_connlist_output.txt")?;
    let mut texts = Vec::new();
    files(&root.join("tests").join(name), &mut texts);
    let sample = Sample::new(texts.iter().map(|(path, text)| (path.as_str(), text.as_str())), None);
    let objects: Vec<_> = sample.texts.manifests.applied().flat_map(|unit| unit.objects.clone()).collect();
    let is_foreign =
        |object: &Arc<Object>| FOREIGN.contains(&&*object.kind) || object.root.path(&["metadata", "ownerReferences"]).is_some();
    if texts.is_empty() || objects.iter().any(is_foreign) {
        return None;
    }
    let text = fs::read_to_string(path).expect("a golden");
    let edge = |line: &str| {
        let (ends, what) = line.split_once(" : ")?;
        let (from, to) = ends.split_once(" => ")?;
        Some(((from.trim().to_owned(), to.trim().to_owned()), what.trim().to_owned()))
    };
    Some(Golden { name: name.to_owned(), edges: text.lines().filter_map(edge).collect(), sample, objects })
}

fn files(folder: &Path, out: &mut Vec<(String, String)>) {
    let mut entries: Vec<_> = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files(&path, out);
        } else if matches!(path.extension().and_then(|text| text.to_str()), Some("yaml" | "yml" | "json"))
            && let Ok(text) = fs::read_to_string(&path)
        {
            out.push((path.display().to_string(), text));
        }
    }
}
