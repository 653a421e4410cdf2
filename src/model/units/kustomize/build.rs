//! One kustomization after the other: its resources, generators, components and transformers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::config::Config;
use super::generate::{self, Generated};
use super::openapi::Schema;
use super::patches::{InlinePatches, PatchText};
use super::resource::{Behavior, Budget, Id, Res};
use super::transform;
use super::vars::{self, Variable};
use super::{Kustomization, crds, names};
use crate::model::k8s::Object;
use crate::model::units::files::{BadPath, Files, resolve};
use crate::model::value::{Node, Value};
use crate::text::SourceId;

/// Kustomizations inside one another.
const MAX_DEPTH: usize = 60;
/// Objects of one kustomization; a base that is taken twice at each of many levels would have any number.
const MAX_OBJECTS: usize = 10_000;
/// Objects of all of them.
const MAX_TOTAL: usize = 200_000;
/// Gaps that are kept of one kustomization: what has one is not complete, whatever the others are.
const MAX_GAPS: usize = 100;
/// Values that may be copied in all.
const MAX_COPIED: usize = 5_000_000;

/// What a kustomization holds, names not yet followed.
#[derive(Clone, Debug, Default)]
pub(super) struct Held {
    pub(super) all: Vec<Res>,
    pub(super) ids: FxHashSet<IdKey>,
    gaps: Vec<String>,
    pub(super) config: Config,
    pub(super) variables: Vec<Variable>,
    /// What says how lists are merged: of the kustomizations that are built together the first one's that names any.
    pub(super) schema: Option<Arc<Schema>>,
}

pub(super) type IdKey = (Arc<str>, Arc<str>, Arc<str>, Arc<str>, Arc<str>);

pub(super) fn key(id: Id) -> IdKey {
    (id.group, id.version, id.kind, id.namespace, id.name)
}

/// Builds kustomizations; each once, whoever uses it.
pub(super) struct Builder<'m> {
    pub(super) files: &'m Files<'m>,
    pub(super) inline: &'m InlinePatches,
    pub(super) kustomizations: &'m BTreeMap<String, Kustomization>,
    /// By folder, and by the schema that is in force.
    held: FxHashMap<(&'m str, Option<SourceId>), Arc<Held>>,
    schema: Option<Arc<Schema>>,
    /// The folders of those that are being built.
    active: Vec<&'m str>,
    pub(super) patches: FxHashMap<SourceId, Arc<PatchText>>,
    pub(super) budget: Budget,
    total: usize,
    /// The folders of those that another one builds on.
    pub(super) used: BTreeSet<String>,
    /// The files that any of them lists.
    pub(super) taken: FxHashSet<SourceId>,
    pub(super) skipped: BTreeSet<(SourceId, String)>,
    pub(super) generated: Vec<(SourceId, Arc<str>)>,
}

/// A list of a kustomization and the texts in it.
type Texts<'k> = Vec<(&'k str, &'k Node)>;

impl<'m> Builder<'m> {
    pub(super) fn new(files: &'m Files<'m>, inline: &'m InlinePatches, kustomizations: &'m BTreeMap<String, Kustomization>) -> Self {
        Self {
            files,
            inline,
            kustomizations,
            held: FxHashMap::default(),
            schema: None,
            active: Vec::new(),
            patches: FxHashMap::default(),
            budget: Budget(MAX_COPIED),
            total: 0,
            used: BTreeSet::new(),
            taken: FxHashSet::default(),
            skipped: BTreeSet::new(),
            generated: Vec::new(),
        }
    }

    /// The objects that a kustomization gives by itself, and why some may be missing or differ.
    pub(super) fn unit(&mut self, kustomization: &'m Kustomization) -> (Vec<Arc<Object>>, Vec<String>) {
        let held = self.held(kustomization);
        let mut all = held.all.clone();
        let mut gaps = held.gaps.clone();
        if kustomization.is_component {
            gaps.push("a component, for kustomizations that are not here".to_owned());
        }
        if let Err(why) = names::update(&mut all, &held.config, &mut self.budget) {
            gaps.push(why);
        }
        for why in vars::resolve(&mut all, &held.variables, &held.config, &mut self.budget) {
            gaps.push(format!("{}: {why}", self.files.sources.get(kustomization.source).path));
            self.skipped.insert((kustomization.source, why));
        }
        (all.into_iter().filter(|res| !res.is_local()).filter_map(Res::object).collect(), gaps)
    }

    pub(super) fn held(&mut self, kustomization: &'m Kustomization) -> Arc<Held> {
        let key = (&*kustomization.folder, self.schema.as_ref().map(|schema| schema.source));
        if let Some(held) = self.held.get(&key) {
            return Arc::clone(held);
        }
        let mut held = Held { schema: self.schema.clone(), ..Held::default() };
        self.run(kustomization, &mut held);
        let held = Arc::new(held);
        self.held.insert(key, Arc::clone(&held));
        held
    }

    /// Says why a kustomization's objects are not all, or not all as they will be.
    pub(super) fn gap(&mut self, kustomization: &Kustomization, held: &mut Held, why: impl Into<String>) {
        let why = why.into();
        let gap = format!("{}: {why}", self.files.sources.get(kustomization.source).path);
        if held.gaps.len() < MAX_GAPS && !held.gaps.contains(&gap) {
            held.gaps.push(gap);
        }
        // alone, a component lacks what it is for
        if !kustomization.is_component || self.active.len() > 1 {
            self.skipped.insert((kustomization.source, why));
        }
    }

    pub(super) fn gaps(&mut self, kustomization: &Kustomization, held: &mut Held, problems: Vec<String>) {
        for problem in problems {
            self.gap(kustomization, held, problem);
        }
    }

    /// Everything that a kustomization does, in kustomize's order. `held` is empty, but for a component.
    fn run(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        self.active.push(&kustomization.folder);
        let outer = self.schema.clone();
        self.gaps(kustomization, held, kustomization.problems.clone());
        if matches!(kustomization.root.value, Value::Map(_)) {
            self.look_over(kustomization, held);
            self.openapi(kustomization, held);
            self.resources(kustomization, held);
            self.configurations(kustomization, held);
            self.generators(kustomization, held);
            self.external_generators(kustomization, held);
            self.components(kustomization, held);
            self.transform(kustomization, held);
        } else {
            self.gap(kustomization, held, format!("it is a {}, not a map", kustomization.root.type_name()));
        }
        self.active.pop();
        self.schema = outer;
    }

    /// What is not followed, and the files that belong to it.
    fn look_over(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        for entry in kustomization.root.entries() {
            let is_empty = entry.value.is_null()
                || (entry.value.entries().is_empty() && entry.value.items().is_empty() && !matches!(entry.value.value, Value::Scalar(_)));
            match &*entry.key {
                _ if is_empty => {}
                "apiVersion"
                | "kind"
                | "metadata"
                | "namePrefix"
                | "nameSuffix"
                | "namespace"
                | "commonLabels"
                | "labels"
                | "commonAnnotations"
                | "patchesStrategicMerge"
                | "patchesJson6902"
                | "patches"
                | "images"
                | "imageTags"
                | "replicas"
                | "sortOptions"
                | "resources"
                | "components"
                | "bases"
                | "configMapGenerator"
                | "secretGenerator"
                | "generatorOptions"
                | "buildMetadata"
                | "validators"
                | "helmGlobals" => {}
                "replacements" | "vars" | "configurations" | "transformers" | "generators" | "openapi" | "crds" => {}
                "helmCharts" | "helmChartInflationGenerator" => {
                    let charts: Vec<&str> = entry.value.items().iter().filter_map(|item| item.get("name")?.as_str()).take(5).collect();
                    let named = if charts.is_empty() { String::new() } else { format!(" (`{}`)", charts.join("`, `")) };
                    self.gap(kustomization, held, format!("`{}`: charts are not rendered here{named}", entry.key));
                }
                _ if entry.value.unknown().is_some() => {}
                _ => self.gap(kustomization, held, format!("`{}` is no field of a kustomization", entry.key)),
            }
        }
        for list in ["crds", "configurations", "transformers", "generators", "validators", "replacements", "openapi", "helmCharts"] {
            let node = kustomization.root.get(list);
            let items = node.map_or(&[][..], Node::items).iter().chain(node.filter(|node| !node.entries().is_empty()));
            for item in items {
                let named = ["path", "valuesFile"].into_iter().filter_map(|key| item.get(key)).chain([item]).filter_map(Node::as_str);
                for path in named.filter_map(|text| resolve(&kustomization.folder, text).ok()) {
                    self.taken.extend(self.files.find(&path));
                }
            }
        }
    }

    /// The texts of a list; what is of another type is told.
    pub(super) fn texts(&mut self, kustomization: &'m Kustomization, held: &mut Held, list: &str) -> Texts<'m> {
        let Some(node) = kustomization.root.get(list).filter(|node| !node.is_null()) else { return Vec::new() };
        if !matches!(node.value, Value::List(_)) {
            self.gap(kustomization, held, format!("`{list}` is a {}, not a list", node.type_name()));
        }
        let mut out = Vec::new();
        for item in node.items() {
            match item.as_str() {
                Some(text) => out.push((text, item)),
                None => self.gap(kustomization, held, format!("an item of `{list}` is a {}, not a string", item.type_name())),
            }
        }
        out
    }

    fn resources(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        let mut listed = self.texts(kustomization, held, "resources");
        listed.extend(self.texts(kustomization, held, "bases"));
        for (written, _) in listed {
            match resolve(&kustomization.folder, written) {
                Ok(path) => self.resource(kustomization, held, written, &path),
                Err(bad) => self.gap(kustomization, held, bad_path(written, bad)),
            }
        }
    }

    fn resource(&mut self, kustomization: &'m Kustomization, held: &mut Held, written: &str, path: &str) {
        if let Some(source) = self.files.find(path) {
            self.taken.insert(source);
            let Some(file) = self.files.read(source) else {
                return self.gap(kustomization, held, format!("`{written}` is no file of manifests"));
            };
            if file.broken {
                self.gap(kustomization, held, format!("`{written}` cannot be read to its end"));
            }
            if file.others > 0 {
                self.gap(kustomization, held, format!("`{written}` has a document that is no object"));
            }
            return self.add(kustomization, held, self.files.objects(file).iter().map(Res::of));
        }
        match self.kustomizations.get(path) {
            Some(base) if base.is_component => {
                self.gap(kustomization, held, format!("`{written}` is a component, which `resources` cannot name"))
            }
            Some(base) => self.base(kustomization, held, written, base),
            None if self.files.has_folder(path) => {
                self.gap(kustomization, held, format!("the folder `{written}` has no kustomization that was read"))
            }
            None => self.gap(kustomization, held, format!("`{written}` was not found among the files read")),
        }
    }

    /// Whether a kustomization is being built, or too many are to build it too.
    pub(super) fn is_active(&self, base: &Kustomization) -> bool {
        self.active.contains(&&*base.folder)
    }

    fn base(&mut self, kustomization: &'m Kustomization, held: &mut Held, written: &str, base: &'m Kustomization) {
        if self.is_active(base) {
            return self.gap(kustomization, held, format!("`{written}` leads back to here"));
        }
        if self.active.len() >= MAX_DEPTH {
            return self.gap(kustomization, held, format!("`{written}` is one of too many inside one another"));
        }
        let inner = self.held(base);
        self.used.insert(base.folder.clone());
        for gap in &inner.gaps {
            if held.gaps.len() < MAX_GAPS && !held.gaps.contains(gap) {
                held.gaps.push(gap.clone());
            }
        }
        for variable in &inner.variables {
            if let Err(why) = vars::merge(&mut held.variables, variable) {
                self.gap(kustomization, held, why);
            }
        }
        held.schema = held.schema.take().or_else(|| inner.schema.clone());
        self.schema.clone_from(&held.schema);
        held.config.extend(&inner.config);
        self.add(kustomization, held, inner.all.iter().cloned());
    }

    /// Adds objects; of two with one id the first is kept, as kustomize takes none.
    fn add(&mut self, kustomization: &Kustomization, held: &mut Held, added: impl Iterator<Item = Res>) {
        for res in added {
            if held.all.len() >= MAX_OBJECTS || self.total >= MAX_TOTAL {
                return self.gap(kustomization, held, "it has too many objects");
            }
            if res.name().is_empty() && res.root.path(&["metadata", "generateName"]).is_none() && !res.partial {
                self.gap(kustomization, held, format!("{} has no name", transform::name_of(&res)));
            }
            if !res.name().is_empty() && !held.ids.insert(key(res.id())) {
                self.gap(kustomization, held, format!("{} is there twice", transform::name_of(&res)));
                continue;
            }
            self.total += 1;
            held.all.push(res);
        }
    }

    /// The schema in the place of Kubernetes' own.
    fn openapi(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        let Some(path) = kustomization.root.path(&["openapi", "path"]).filter(|node| !node.is_null()) else { return };
        let read = self.patch_file(&kustomization.folder, Some(path));
        let schema = read.map(|text| text.roots.first().filter(|_| !text.broken).and_then(Schema::new));
        match schema {
            Ok(Some(schema)) if held.schema.is_none() => held.schema = Some(Arc::new(schema)),
            Ok(Some(_)) => {}
            Ok(None) => self.gap(kustomization, held, "the document of `openapi` has no definitions"),
            Err(why) => self.gap(kustomization, held, format!("the document of `openapi` {why}")),
        }
        self.schema.clone_from(&held.schema);
    }

    fn configurations(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        for (written, item) in self.texts(kustomization, held, "crds") {
            match self.patch_file(&kustomization.folder, Some(item)) {
                Ok(text) if !text.broken => text.roots.iter().for_each(|root| crds::add(&mut held.config, root)),
                Ok(_) => self.gap(kustomization, held, format!("the definitions `{written}` cannot be read")),
                Err(why) => self.gap(kustomization, held, format!("the definitions `{written}` {why}")),
            }
        }
        for (written, item) in self.texts(kustomization, held, "configurations") {
            match self.patch_file(&kustomization.folder, Some(item)) {
                Ok(text) if !text.broken => {
                    for section in text.roots.iter().flat_map(|root| held.config.add(root)).collect::<Vec<_>>() {
                        self.gap(kustomization, held, format!("`{section}` of the configuration `{written}` is not followed"));
                    }
                }
                Ok(_) => self.gap(kustomization, held, format!("the configuration `{written}` cannot be read")),
                Err(why) => self.gap(kustomization, held, format!("the configuration `{written}` {why}")),
            }
        }
    }

    fn generators(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        let options = kustomization.root.get("generatorOptions").filter(|node| !node.is_null());
        for (list, is_secret) in [("configMapGenerator", false), ("secretGenerator", true)] {
            let Some(node) = kustomization.root.get(list).filter(|node| !node.is_null()) else { continue };
            if !matches!(node.value, Value::List(_)) {
                self.gap(kustomization, held, format!("`{list}` is a {}, not a list", node.type_name()));
            }
            for item in node.items() {
                let mut problems = Vec::new();
                let made = generate::generate(self.files, &kustomization.folder, item, options, is_secret, &mut problems);
                self.gaps(kustomization, held, problems);
                match made {
                    Ok(made) => self.absorb(kustomization, held, made),
                    Err(why) => self.gap(kustomization, held, why),
                }
            }
        }
    }

    pub(super) fn absorb(&mut self, kustomization: &Kustomization, held: &mut Held, made: Generated) {
        let Generated { res, behavior, files } = made;
        self.taken.extend(files.iter().map(|(source, _)| *source));
        if !res.is_secret() {
            self.generated.extend(files);
        }
        let id = res.id();
        let mut found = (0..held.all.len()).filter(|at| held.all[*at].has_id(&id));
        match (found.next(), found.next(), behavior) {
            (None, _, Behavior::Create) => self.add(kustomization, held, std::iter::once(res)),
            (None, _, _) => {
                self.gap(kustomization, held, format!("{} is not there to be merged or replaced", transform::name_of(&res)));
                self.add(kustomization, held, std::iter::once(res));
            }
            (Some(_), _, Behavior::Create) => self.gap(kustomization, held, format!("{} is there twice", transform::name_of(&res))),
            (Some(_), Some(_), _) => self.gap(kustomization, held, format!("several objects are {}", transform::name_of(&res))),
            (Some(at), None, _) => {
                if generate::absorb(&mut held.all[at], &res, behavior, &mut self.budget).is_none() {
                    self.gap(kustomization, held, "too many values are copied");
                }
            }
        }
    }

    fn components(&mut self, kustomization: &'m Kustomization, held: &mut Held) {
        for (written, _) in self.texts(kustomization, held, "components") {
            let path = match resolve(&kustomization.folder, written) {
                Ok(path) => path,
                Err(bad) => {
                    self.gap(kustomization, held, bad_path(written, bad));
                    continue;
                }
            };
            match self.kustomizations.get(&path) {
                Some(component) if !component.is_component => {
                    self.gap(kustomization, held, format!("`{written}` is no component"));
                }
                Some(component) if self.active.contains(&&*component.folder) => {
                    self.gap(kustomization, held, format!("`{written}` leads back to here"));
                }
                Some(_) if self.active.len() >= MAX_DEPTH || self.total >= MAX_TOTAL => {
                    self.gap(kustomization, held, format!("`{written}` is one of too many"));
                }
                Some(component) => {
                    // components are applied anew each time, and could name each other over and over
                    self.total += 1 + held.all.len() / 8;
                    self.used.insert(component.folder.clone());
                    self.run(component, held);
                }
                None => self.gap(kustomization, held, format!("the component `{written}` was not found among the files read")),
            }
        }
    }
}

pub(super) fn bad_path(written: &str, bad: BadPath) -> String {
    match bad {
        BadPath::Remote => format!("`{written}` is remote and was not read"),
        BadPath::Absolute => format!("`{written}` is an absolute path"),
        BadPath::Empty => "a path is empty".to_owned(),
    }
}
