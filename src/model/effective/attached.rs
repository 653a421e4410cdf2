//! Which policies of the mesh are attached to which workloads.

use std::collections::BTreeMap;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHasher};

use crate::model::k8s::{Cluster, Labels, Object, Pod, Space, pod};
use crate::model::mesh::{Mesh, Target, namespace_of, target};
use crate::model::tri::Tri;

/// So many attachments of policies to workloads are followed; no repository has as many.
const MAX_ATTACHED: usize = 2_000_000;

/// Something of a unit that the mesh's policies select: what runs pods, a WorkloadEntry or a WorkloadGroup.
#[derive(Clone, Debug)]
pub struct Workload {
    pub object: Arc<Object>,
    pub namespace: Arc<str>,
    /// The PeerAuthentications that select it, surely or perhaps, by their places in [`Effective::peer`].
    pub(super) peer: Vec<(u32, Tri)>,
    /// The AuthorizationPolicies that select it, surely or perhaps.
    pub(super) authorization: Vec<(u32, Tri)>,
}

impl Workload {
    /// The pod that it is or makes.
    #[must_use]
    pub fn pod(&self) -> Option<Pod<'_>> {
        pod(&self.object)
    }

    /// The labels that selectors see.
    #[must_use]
    pub fn labels(&self) -> Labels<'_> {
        let root = &self.object.root;
        match (&*self.object.group, &*self.object.kind) {
            ("networking.istio.io", "WorkloadEntry") => Labels::new(root.path(&["spec", "labels"]), self.object.partial),
            ("networking.istio.io", "WorkloadGroup") => Labels::new(root.path(&["spec", "metadata", "labels"]), self.object.partial),
            _ => self.pod().map_or_else(Labels::unknown, |pod| pod.labels()),
        }
    }
}

/// What is in force in one unit.
#[derive(Clone, Debug)]
pub struct Effective {
    root: Arc<str>,
    /// By namespace, in it in path and document order.
    workloads: Vec<Workload>,
    spaces: BTreeMap<Arc<str>, Range<usize>>,
    /// The places of workloads by the hash of one of their labels.
    by_label: FxHashMap<u64, Vec<u32>>,
    /// Those of which not all labels are known.
    open: Vec<u32>,
    pub(super) peer: Vec<Arc<Object>>,
    pub(super) authorization: Vec<Arc<Object>>,
    /// The policies without a target, or with one that cannot be read, by their namespace.
    pub(super) peer_of: BTreeMap<Option<Arc<str>>, Vec<u32>>,
    pub(super) authorization_of: BTreeMap<Option<Arc<str>>, Vec<u32>>,
    /// Policies of which another one has the name: only one of them is applied.
    pub(super) doubtful: Vec<bool>,
    /// Too much to follow: nothing is sure.
    pub(super) crowded: bool,
    /// The policies that deny every caller without a certificate; computed when first asked for.
    pub(super) deniers: OnceLock<Vec<u32>>,
}

impl Effective {
    /// What is in force among the objects of `cluster`, whose mesh says `mesh`, where `root` is its root namespace.
    #[must_use]
    pub fn new(mesh: &Mesh, cluster: &Cluster, root: Arc<str>) -> Self {
        let mut this = Self {
            root,
            workloads: Vec::new(),
            spaces: BTreeMap::new(),
            by_label: FxHashMap::default(),
            open: Vec::new(),
            peer: mesh.peer_authentications.clone(),
            authorization: mesh.authorization_policies.clone(),
            peer_of: BTreeMap::new(),
            authorization_of: BTreeMap::new(),
            doubtful: mesh.authorization_policies.iter().map(|policy| mesh.is_doubtful(policy)).collect(),
            crowded: false,
            deniers: OnceLock::new(),
        };
        for space in cluster.namespaces() {
            this.add_workloads(space);
        }
        this.index();
        let mut budget = MAX_ATTACHED;
        let peer = std::mem::take(&mut this.peer);
        for (at, policy) in peer.iter().enumerate() {
            // one with a selector is ignored in the root namespace
            if namespace_of(policy) == Some(&*this.root) && matches!(target(policy), Target::Labels(_)) {
                continue;
            }
            if matches!(target(policy), Target::Everything | Target::Unknown) {
                this.peer_of.entry(namespace_of(policy).map(Arc::from)).or_default().push(at as u32);
                continue;
            }
            for (workload, selected) in this.attach(policy, &mut budget) {
                this.workloads[workload].peer.push((at as u32, selected));
            }
        }
        this.peer = peer;
        let authorization = std::mem::take(&mut this.authorization);
        for (at, policy) in authorization.iter().enumerate() {
            if matches!(target(policy), Target::Everything | Target::Unknown) {
                this.authorization_of.entry(namespace_of(policy).map(Arc::from)).or_default().push(at as u32);
                continue;
            }
            for (workload, selected) in this.attach(policy, &mut budget) {
                this.workloads[workload].authorization.push((at as u32, selected));
            }
        }
        this.authorization = authorization;
        this
    }

    fn add_workloads(&mut self, space: &Space) {
        let start = self.workloads.len();
        let machine =
            |object: &&Arc<Object>| &*object.group == "networking.istio.io" && matches!(&*object.kind, "WorkloadEntry" | "WorkloadGroup");
        self.workloads.extend(space.workloads.iter().chain(space.objects.iter().filter(machine)).map(|object| Workload {
            object: object.clone(),
            namespace: space.name.clone(),
            peer: Vec::new(),
            authorization: Vec::new(),
        }));
        self.spaces.insert(space.name.clone(), start..self.workloads.len());
    }

    fn index(&mut self) {
        for (at, workload) in self.workloads.iter().enumerate() {
            let labels = workload.labels();
            let mut open = labels.is_open();
            for (key, value) in labels.iter() {
                match value {
                    Some(value) => self.by_label.entry(hash(key, value)).or_default().push(at as u32),
                    None => open = true,
                }
            }
            if open {
                self.open.push(at as u32);
            }
        }
    }

    fn attach(&mut self, policy: &Object, budget: &mut usize) -> Vec<(usize, Tri)> {
        let found = self.selected(policy);
        if found.len() > *budget {
            self.crowded = true;
            return Vec::new();
        }
        *budget -= found.len();
        found
    }

    /// The mesh's root namespace.
    #[must_use]
    pub fn root(&self) -> &str {
        &self.root
    }

    /// All workloads, by namespace and in it in path and document order.
    #[must_use]
    pub fn workloads(&self) -> &[Workload] {
        &self.workloads
    }

    /// The workloads of a namespace.
    #[must_use]
    pub fn workloads_of(&self, namespace: &str) -> &[Workload] {
        self.spaces.get(namespace).map_or(&[], |range| &self.workloads[range.clone()])
    }

    /// The workloads that a policy with a target applies to, surely or perhaps, by their places in [`Effective::workloads`]: those of
    /// its namespace, of all namespaces where that is the root namespace. For one without a target these are all of them.
    #[must_use]
    pub fn selected(&self, policy: &Object) -> Vec<(usize, Tri)> {
        let all = 0..self.workloads.len();
        let (range, sure) = match namespace_of(policy) {
            Some(name) if name == &*self.root => (all, Tri::Yes),
            Some(name) => (self.spaces.get(name).cloned().unwrap_or(0..0), Tri::Yes),
            None => (all, Tri::Unknown),
        };
        match target(policy) {
            Target::Everything => range.map(|at| (at, sure)).collect(),
            Target::Unknown => range.map(|at| (at, Tri::Unknown)).collect(),
            Target::Labels(map) => {
                let wanted = Labels::new(Some(map), false);
                self.candidates(&wanted, &range)
                    .into_iter()
                    .map(|at| (at, sure.and(self.workloads[at].labels().has_all(Some(map)))))
                    .filter(|(_, selected)| !selected.is_no())
                    .collect()
            }
            // a gateway's pods are made by its controller, and carry its name
            Target::Refs(refs) => {
                let of_refs = |labels: &Labels<'_>| crate::model::mesh::attached(&refs, labels);
                range.map(|at| (at, sure.and(of_refs(&self.workloads[at].labels())))).filter(|(_, selected)| !selected.is_no()).collect()
            }
        }
    }

    /// The workloads in `range` that may have all these labels: those that have the rarest, and those of which not all are known.
    fn candidates(&self, wanted: &Labels<'_>, range: &Range<usize>) -> Vec<usize> {
        let within = |list: &'_ [u32]| -> Range<usize> {
            let from = list.partition_point(|at| (*at as usize) < range.start);
            from..list.partition_point(|at| (*at as usize) < range.end)
        };
        let known = wanted.iter().filter_map(|(key, value)| Some(hash(key, value?)));
        let lists = known.map(|hash| self.by_label.get(&hash).map_or(&[][..], Vec::as_slice));
        let Some(rarest) = lists.map(|list| &list[within(list)]).min_by_key(|list| list.len()) else { return range.clone().collect() };
        let mut found: Vec<usize> = rarest.iter().chain(&self.open[within(&self.open)]).map(|at| *at as usize).collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Labels are found by it and then compared.
fn hash(key: &str, value: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one((key, value))
}
