//! All manifests and configurations of a run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::admission::Admission;
use super::document::{Document, DocumentKind, may_be_recognised, recognise};
use super::embedded::{self, Language};
use super::k8s::{Bound, Object, Scope, definition, list};
use super::mesh::{self, MeshSettings};
use super::releases;
use super::shell::{self, EXPANDED, MANIFESTS, Script};
use super::spire::Identities;
use super::terraform::{self, Plans};
use super::units::{self, FileObjects, InlinePatches, Parts, Unit, UnitKind};
use super::value::{self, Entry, Format, Node, Problem, Read, Scalar, Value};
use super::x509::Uses;
use crate::diag::Diagnostic;
use crate::syntax::rego::Version;
use crate::text::{SourceFile, SourceId, SourceMap};

/// Lists of objects inside one another.
const MAX_LISTS: usize = 8;

/// A file to read.
#[derive(Clone, Copy, Debug)]
pub struct File {
    pub source: SourceId,
    pub format: Format,
}

/// Rego inside a manifest.
#[derive(Clone, Copy, Debug)]
pub struct EmbeddedRego {
    pub source: SourceId,
    /// `None`: what the text says.
    pub version: Option<Version>,
}

/// What the data files of a run hold.
#[derive(Debug, Default)]
pub struct Manifests {
    /// Every document that is recognised, but for objects; embedded ones behind those of files.
    pub documents: Vec<Document>,
    /// Every shell script that may run something that is judged; embedded ones behind those of files.
    pub scripts: Vec<Script>,
    /// Every object as it is written, items of lists included.
    pub objects: Vec<Arc<Object>>,
    /// The plain files first, then kustomizations and charts by name.
    pub units: Vec<Unit>,
    /// What scripts apply from their own text, a unit for each file; none of it is among the objects.
    pub scripted: Vec<Unit>,
    pub rego: Vec<EmbeddedRego>,
    /// What is wrong with the texts themselves.
    pub diagnostics: Vec<Diagnostic>,
    /// The files that hold something recognised.
    pub recognised: Vec<SourceId>,
    /// What could not be followed, by the text that says so, and why.
    pub skipped: Vec<(SourceId, String)>,
    /// Keys that stand twice in a map of something recognised.
    pub duplicates: Vec<(SourceId, Problem)>,
    /// Texts inside objects, which the views of these objects read.
    embedded: BTreeSet<SourceId>,
    mesh_settings: OnceLock<Vec<MeshSettings>>,
    bound: OnceLock<Bound>,
    admission: OnceLock<Admission>,
    certificates: OnceLock<Uses>,
    identities: OnceLock<Identities>,
    plans: OnceLock<Plans>,
}

impl Manifests {
    /// Reads `files`, texts of `sources`, and adds the texts embedded in them to `sources`. Uses the current rayon pool; the result
    /// does not depend on it.
    #[must_use]
    pub fn load(sources: &mut SourceMap, files: &[File]) -> Self {
        let mut this = Self::default();
        let map = &*sources;
        let read: Vec<FileContent> = files.par_iter().map(|file| FileContent::read(map, *file)).collect();
        let mut taken: Vec<(SourceFile, Language)> = Vec::new();
        let mut in_files = Vec::with_capacity(files.len());
        let mut scopes: FxHashMap<(Arc<str>, Arc<str>), Scope> = FxHashMap::default();
        for (file, content) in files.iter().zip(read) {
            if content.recognised {
                this.recognised.push(file.source);
            }
            this.diagnostics.extend(content.diagnostics);
            taken.extend(content.embedded);
            this.duplicates.extend(content.duplicates.into_iter().map(|problem| (file.source, problem)));
            this.skipped.extend(content.skipped.map(|why| (file.source, why.to_owned())));
            for (group, kind, scope) in content.scopes {
                // the first definition counts
                scopes.entry((group, kind)).or_insert(scope);
            }
            if content.read {
                let objects = this.objects.len()..this.objects.len() + content.objects.len();
                in_files.push(FileObjects {
                    source: file.source,
                    objects,
                    broken: content.broken,
                    others: content.others,
                    lost: content.lost,
                });
            }
            this.objects.extend(content.objects);
            this.documents.extend(content.documents);
            this.scripts.extend(content.script);
        }

        // what scripts apply, by file
        let mut applied: BTreeMap<SourceId, Vec<Arc<Object>>> = BTreeMap::new();
        // texts in texts: a policy in a script in a workflow
        while !taken.is_empty() {
            let mut inner: Vec<(SourceId, Language)> = Vec::new();
            for (text, language) in std::mem::take(&mut taken) {
                let source = sources.add(text);
                this.embedded.insert(source);
                match language {
                    Language::Rego(version) => this.rego.push(EmbeddedRego { source, version }),
                    Language::Data(_) | Language::Shell => inner.push((source, language)),
                }
            }
            let map = &*sources;
            let read: Vec<EmbeddedContent> =
                inner.par_iter().map(|(source, language)| EmbeddedContent::read(map, *source, *language)).collect();
            for content in read {
                this.documents.extend(content.documents);
                this.diagnostics.extend(content.diagnostics);
                this.scripts.extend(content.script);
                taken.extend(content.embedded);
                for object in content.objects {
                    for text in embedded::texts(&object) {
                        let holder = map.get(object.location().source);
                        taken.extend(embedded::source_of(holder, &text).map(|file| (file, text.language)));
                    }
                    applied.entry(map.outermost(object.location().source)).or_default().push(object);
                }
            }
        }
        this.scripted = applied.into_values().map(scripted).collect();
        if !scopes.is_empty() {
            for object in &mut this.objects {
                let known = scopes.get(&(Arc::clone(&object.group), Arc::clone(&object.kind)));
                if let Some(scope) = known.filter(|scope| **scope != object.scope) {
                    Arc::make_mut(object).scope = *scope;
                }
            }
        }
        let inline = InlinePatches::read(sources, &this.documents, &this.objects);
        let parts = Parts { sources, objects: &this.objects, documents: &this.documents, files: &in_files, inline: &inline };
        let built = units::build(&parts);
        this.diagnostics.extend(inline.diagnostics);
        this.units = built.units;
        this.skipped.extend(built.skipped);
        this.generated(sources, built.generated);
        this
    }

    /// The root namespace of the mesh that all configurations in the workspace agree on, else Istio's default.
    #[must_use]
    pub fn mesh_root(&self) -> &str {
        mesh::root_of(self.mesh_settings()).unwrap_or(mesh::DEFAULT_ROOT_NAMESPACE)
    }

    /// What all mesh configurations in the workspace say: those of objects, of charts' values, and those that are files of their own.
    #[must_use]
    pub fn mesh_settings(&self) -> &[MeshSettings] {
        self.mesh_settings.get_or_init(|| {
            let mut settings: Vec<MeshSettings> = Vec::new();
            for document in &self.documents {
                let found = match document.kind {
                    DocumentKind::ChartValues => MeshSettings::of_values(&document.root),
                    DocumentKind::MeshConfig if !self.embedded.contains(&document.source) => vec![MeshSettings::new(&document.root)],
                    _ => continue,
                };
                settings.extend(found.into_iter().map(|found| MeshSettings { open: found.open || document.partial, ..found }));
            }
            settings.extend(self.applied().flat_map(|unit| unit.mesh().settings.iter().cloned()));
            settings
        })
    }

    /// The service accounts that role bindings of the workspace give rights to.
    #[must_use]
    pub fn bound_accounts(&self) -> &Bound {
        self.bound.get_or_init(|| Bound::new(self.applied()))
    }

    /// Who refers to whom in admission control; sorted when first asked for.
    #[must_use]
    pub fn admission(&self) -> &Admission {
        self.admission.get_or_init(|| Admission::new(&self.objects))
    }

    /// Where certificates are; found when first asked for.
    #[must_use]
    pub fn certificates(&self, sources: &SourceMap) -> &Uses {
        self.certificates.get_or_init(|| Uses::new(self, sources))
    }

    /// Fills in what Terraform's files say of their own variables; `values` are the paths of files of variables. To be called before
    /// anything asks for [`Self::terraform`].
    pub fn plan_terraform(&self, sources: &SourceMap, values: &[&str]) -> &Plans {
        self.plans.get_or_init(|| terraform::plans(sources, &self.documents, values))
    }

    /// Terraform's files, filled in where [`Self::plan_terraform`] was called.
    pub fn terraform(&self) -> &[Document] {
        let written = || self.documents.iter().filter(|document| document.kind == DocumentKind::Terraform).cloned().collect();
        &self.plans.get_or_init(|| Plans { documents: written(), undecided: Vec::new() }).documents
    }

    /// Who is registered, and which trust domains are declared; found when first asked for.
    #[must_use]
    pub fn identities(&self) -> &Identities {
        self.identities.get_or_init(|| Identities::new(self))
    }

    /// Adds what files are under the keys that generated ConfigMaps give them, where their own names do not tell.
    fn generated(&mut self, sources: &SourceMap, files: Vec<(SourceId, Arc<str>)>) {
        let mut known: BTreeSet<SourceId> = self.documents.iter().map(|document| document.source).collect();
        for (source, key) in files {
            let text = &sources.get(source).text;
            let Some(Language::Data(format)) = embedded::language(&key, text) else { continue };
            if known.insert(source) {
                let (documents, diagnostics) = documents_under(sources, File { source, format }, &key);
                self.documents.extend(documents);
                self.diagnostics.extend(diagnostics);
            }
        }
    }

    /// The units that are applied as they are: no other unit builds on them.
    pub fn applied(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter().filter(|unit| !unit.is_base)
    }
}

/// What one file holds.
#[derive(Default)]
struct FileContent {
    documents: Vec<Document>,
    script: Option<Script>,
    objects: Vec<Arc<Object>>,
    embedded: Vec<(SourceFile, Language)>,
    diagnostics: Vec<Diagnostic>,
    /// Why nothing of it could be read.
    skipped: Option<&'static str>,
    recognised: bool,
    /// Whether it was read at all.
    read: bool,
    /// A document is cut off.
    broken: bool,
    /// So many documents are neither empty nor objects.
    others: usize,
    /// The kinds that documents name which are cut off before they are objects.
    lost: Vec<Arc<str>>,
    /// Group, kind and scope of what its CustomResourceDefinitions define.
    scopes: Vec<(Arc<str>, Arc<str>, Scope)>,
    duplicates: Vec<Problem>,
}

impl FileContent {
    fn read(sources: &SourceMap, file: File) -> Self {
        let source = sources.get(file.source);
        let mut this = Self::default();
        if !may_be_recognised(&source.text, file.format) {
            return this;
        }
        this.read = true;
        let Read { documents, diagnostics, duplicates, skipped } = value::read(file.source, &source.text, file.format);
        this.skipped = skipped;
        for (index, document) in documents.into_iter().enumerate() {
            this.broken |= !document.complete;
            let is_object = document.root.as_ref().is_some_and(|root| root.get("kind").is_some() && root.get("apiVersion").is_some());
            if !document.complete && !is_object {
                this.lost.extend(kinds_in(source.slice(document.span)));
            }
            let Some(root) = document.root else { continue };
            let kind = recognise(&root, file.format, &source.path, None);
            let partial = !document.complete || document.templated;
            this.recognised |= kind != DocumentKind::Other;
            this.others += usize::from(kind != DocumentKind::Object && !root.is_null());
            match kind {
                DocumentKind::Object => this.object(source, root, partial, index, 0),
                DocumentKind::Other => {}
                _ => {
                    if kind == DocumentKind::Shell {
                        let name = source.path.rsplit('/').next().unwrap_or("");
                        let script = match shell::is_makefile(name) {
                            true => Script::of_makefile(file.source, &source.text),
                            false => Script::read(file.source, &source.text),
                        };
                        this.embedded = texts_of(&script, source);
                        this.script = Some(script);
                    }
                    for text in embedded::texts_of_document(&root, kind) {
                        this.embedded.extend(embedded::source_of(source, &text).map(|file| (file, text.language)));
                    }
                    this.documents.push(Document { source: file.source, index, kind, root: Arc::new(root), partial });
                }
            }
        }
        // a file whose kind its name leaves open is judged only when its content is recognised
        if this.recognised || matches!(file.format, Format::Yaml | Format::Terraform) {
            this.diagnostics = diagnostics;
        }
        if this.recognised {
            this.duplicates = duplicates;
        }
        this
    }

    /// An object, or the items of a list of objects.
    fn object(&mut self, source: &SourceFile, root: Node, partial: bool, index: usize, depth: usize) {
        let root = match list::items(root) {
            Ok(items) if depth < MAX_LISTS => {
                return items.into_iter().for_each(|item| self.object(source, item, partial, index, depth + 1));
            }
            Ok(_) => return,
            Err(root) => definition::trimmed(root),
        };
        let source_id = root.origin.at.source;
        let Some(object) = Object::new(Arc::new(root), partial, index) else { return };
        self.scopes.extend(definition::scope_of(&object));
        for text in embedded::texts(&object) {
            self.embedded.extend(embedded::source_of(source, &text).map(|file| (file, text.language)));
        }
        if let Some(root) = releases::parameters(&object) {
            // they are laid over other values; the place is that of no document of the file
            let document =
                Document { source: source_id, index: index + 1, kind: DocumentKind::ChartValues, root: Arc::new(root), partial: true };
            self.documents.push(document);
        }
        self.objects.push(Arc::new(object));
    }
}

/// The kinds that a text names which could not be read.
fn kinds_in(text: &str) -> impl Iterator<Item = Arc<str>> {
    let values = text.lines().filter_map(|line| {
        let line = line.trim_start();
        line.strip_prefix("kind:").or_else(|| line.strip_prefix("\"kind\":"))
    });
    values.map(|value| Arc::from(value.trim().trim_end_matches(',').trim_matches(['"', '\''])))
}

/// What an embedded text holds.
#[derive(Default)]
struct EmbeddedContent {
    documents: Vec<Document>,
    script: Option<Script>,
    /// What a script applies.
    objects: Vec<Arc<Object>>,
    embedded: Vec<(SourceFile, Language)>,
    /// What is wrong with what is recognised.
    diagnostics: Vec<Diagnostic>,
}

impl EmbeddedContent {
    fn read(sources: &SourceMap, id: SourceId, language: Language) -> Self {
        let source = sources.get(id);
        let file = match language {
            Language::Data(format) => File { source: id, format },
            Language::Rego(_) => return Self::default(),
            Language::Shell => {
                let script = Script::read(id, &source.text);
                return Self { embedded: texts_of(&script, source), script: Some(script), ..Self::default() };
            }
        };
        let holder = source.embedded.as_ref();
        let (mut documents, mut diagnostics) = documents_under(sources, file, holder.map_or("", |holder| &*holder.key));
        if holder.is_some_and(|holder| holder.kind == embedded::VALUES_TEXT) {
            let inner = documents.iter().flat_map(|document| embedded::texts_of_document(&document.root, DocumentKind::ChartValues));
            let inner: Vec<_> = inner.collect();
            let inner = inner.iter().filter_map(|text| Some((embedded::source_of(source, text)?, text.language))).collect();
            return Self { documents, diagnostics, embedded: inner, ..Self::default() };
        }
        if holder.is_some_and(|holder| holder.kind == MANIFESTS) {
            return Self { objects: objects_in(source, file), ..Self::default() };
        }
        if holder.is_some_and(|holder| matches!(holder.kind, "terraform" | "values" | "resource")) {
            // what a template makes of it may be sound
            diagnostics.clear();
            documents.retain(|document| document.kind == DocumentKind::Vault);
        }
        if let Some(holder) = holder.filter(|holder| holder.kind.starts_with("shell")) {
            // what the script makes of it may be sound
            diagnostics.clear();
            let varies = holder.kind == "shell-expanded" && source.text.contains(['$', '`']);
            // a text that is not sound as it stands, and that nothing will complete, is none
            documents
                .retain(|document| matches!(document.kind, DocumentKind::Vault | DocumentKind::Spire) && (varies || !document.partial));
            documents.iter_mut().for_each(|document| document.partial |= varies);
        }
        Self { documents, diagnostics, ..Self::default() }
    }
}

/// The objects that a script applies, as one unit. What stands beside them in the cluster is not known.
fn scripted(objects: Vec<Arc<Object>>) -> Unit {
    let gaps = vec!["what a script applies is not all that is there".to_owned()];
    Unit { gaps, ..Unit::new(UnitKind::Plain, String::new(), objects) }
}

/// The objects of a text that a script hands to `kubectl`; what the shell puts into it is unknown.
fn objects_in(source: &SourceFile, file: File) -> Vec<Arc<Object>> {
    let expands = source.embedded.as_ref().is_some_and(|holder| &*holder.key == EXPANDED);
    let mut out = Vec::new();
    for (index, document) in value::read(file.source, &source.text, file.format).documents.into_iter().enumerate() {
        let partial = !document.complete || document.templated;
        let Some(mut root) = document.root.filter(|root| root.get("apiVersion").is_some() && root.get("kind").is_some()) else { continue };
        if expands {
            root.open_texts(is_expanded);
        }
        let namespace = source.embedded.as_ref().map(|holder| &*holder.object).filter(|name| !name.is_empty());
        out.extend(embedded::objects(root, partial, index).into_iter().map(|object| Arc::new(in_namespace(object, namespace))));
    }
    out
}

/// An object in the namespace that the command names, where it names none itself.
fn in_namespace(mut object: Object, namespace: Option<&str>) -> Object {
    let Some(name) = namespace.filter(|_| object.scope == Scope::Namespaced) else { return object };
    let root = Arc::make_mut(&mut object.root);
    let Value::Map(entries) = &mut root.value else { return object };
    let Some(metadata) = entries.iter_mut().find(|entry| &*entry.key == "metadata") else { return object };
    let origin = metadata.value.origin.clone();
    let Value::Map(fields) = &mut metadata.value.value else { return object };
    if fields.iter().all(|field| &*field.key != "namespace" || field.value.is_null()) {
        fields.retain(|field| &*field.key != "namespace");
        let scalar = if is_expanded(name) { Scalar::Unknown(name.into()) } else { Scalar::String(name.into()) };
        let value = Node { value: Value::Scalar(scalar), origin: origin.clone() };
        fields.push(Entry { key: "namespace".into(), origin, value });
    }
    object
}

/// Whether a shell puts a text together.
fn is_expanded(text: &str) -> bool {
    text.contains(['$', '`'])
}

/// The configurations in a script's heredocs.
fn texts_of(script: &Script, source: &SourceFile) -> Vec<(SourceFile, Language)> {
    let format = |file: &SourceFile| match () {
        // JSON is YAML as well
        () if file.embedded.as_ref().is_some_and(|holder| holder.kind == MANIFESTS) => Format::Yaml,
        () if file.text.trim_start().starts_with('{') => Format::Json,
        () => Format::Hcl,
    };
    script.texts(source).into_iter().map(|file| (format(&file), file)).map(|(format, file)| (file, Language::Data(format))).collect()
}

/// The recognised documents of a text that stands under `key`.
fn documents_under(sources: &SourceMap, file: File, key: &str) -> (Vec<Document>, Vec<Diagnostic>) {
    let source = sources.get(file.source);
    let read = value::read(file.source, &source.text, file.format);
    let mut documents = Vec::new();
    for (index, document) in read.documents.into_iter().enumerate() {
        let Some(root) = document.root else { continue };
        let is_values = source.embedded.as_ref().is_some_and(|holder| holder.kind == embedded::VALUES_TEXT);
        let kind = match is_values {
            true if matches!(root.value, Value::Map(_)) => DocumentKind::ChartValues,
            true => DocumentKind::Other,
            false => recognise(&root, file.format, &source.path, Some(key)),
        };
        // manifests in a ConfigMap are not applied
        if !matches!(kind, DocumentKind::Other | DocumentKind::Object | DocumentKind::Kustomization) {
            // an object's values are laid over a chart's
            let partial = !document.complete || document.templated || is_values;
            documents.push(Document { source: file.source, index, kind, root: Arc::new(root), partial });
        }
    }
    let diagnostics = if documents.is_empty() { Vec::new() } else { read.diagnostics };
    (documents, diagnostics)
}

/// The objects of a list by `(group, kind)`, in their order.
#[must_use]
pub fn by_kind(objects: &[Arc<Object>]) -> BTreeMap<(&str, &str), Vec<&Arc<Object>>> {
    let mut out: BTreeMap<(&str, &str), Vec<&Arc<Object>>> = BTreeMap::new();
    for object in objects {
        out.entry((&object.group, &object.kind)).or_default().push(object);
    }
    out
}
