//! The texts of a run: files, what is embedded in them, and what manifests hold. Read again where a fix changes them.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::engine::{CodeInput, Input, Work};
use super::leaks;
use crate::format::embedded;
use crate::model::manifests::{File, Manifests};
use crate::model::units::is_template;
use crate::model::units::rendered::Rendered;
use crate::model::value::Format;
use crate::secrets::{Found, Ignored, Leak, Scanner};
use crate::text::{SourceFile, SourceId, SourceMap};

/// Everything that is judged together.
pub struct Texts {
    /// Files first, then the texts embedded in them.
    pub sources: SourceMap,
    /// Rego files first, then Rego inside others.
    pub rego: Vec<Input>,
    /// The files that manifests are read from.
    pub data: Vec<Input>,
    pub manifests: Arc<Manifests>,
    /// Sources in other languages, each a file.
    pub code: Vec<CodeInput>,
    /// Pages of Markdown.
    pub pages: Vec<Input>,
    /// The bundle or project that each file belongs to, by number; 0 or nothing for none.
    pub roots: Vec<u32>,
    /// Every secret, by file and place; none where nobody looked for them.
    pub leaks: Arc<[Leak]>,
    /// The files with secrets, of whatever kind.
    pub leaking: Vec<Input>,
    /// The folders of the run, as paths begin.
    pub bases: Vec<String>,
    scanner: Option<Arc<Scanner>>,
    /// The secrets that files of other tools allow.
    ignored: Arc<Ignored>,
    /// What was found in the bytes of each file.
    found: FxHashMap<SourceId, Vec<Found>>,
    /// In the order of `data`.
    formats: Vec<Format>,
    /// What helm made of templates that are among the files.
    pub rendered: Arc<[Rendered]>,
    files: usize,
    rego_files: usize,
}

impl Texts {
    /// Reads the manifests in `data`, files of `sources`, with what is embedded in them. `sources` holds files alone.
    #[must_use]
    pub fn read(sources: SourceMap, rego: Vec<Input>, data: Vec<(Input, Format)>) -> Self {
        Self::read_with(sources, rego, data, Vec::new(), Arc::default())
    }

    /// As [`Texts::read`], and takes the code blocks that hold Rego out of `pages`. Of charts in `rendered` what helm made of their
    /// templates is read instead of these.
    #[must_use]
    pub fn read_with(
        mut sources: SourceMap,
        rego: Vec<Input>,
        data: Vec<(Input, Format)>,
        pages: Vec<Input>,
        rendered: Arc<[Rendered]>,
    ) -> Self {
        let (files, rego_files) = (sources.len(), rego.len());
        let (data, formats): (Vec<Input>, Vec<Format>) = data.into_iter().unzip();
        let to_read = to_read(&mut sources, &data, &formats, &rendered);
        let manifests = Manifests::load(&mut sources, &to_read);
        let outer: FxHashMap<SourceId, &Input> = data.iter().map(|input| (input.source, input)).collect();
        let embedded = manifests.rego.iter().filter_map(|rego| {
            let holder = outer.get(&sources.outermost(rego.source))?;
            Some(Input { source: rego.source, version: rego.version.or(holder.version), ..**holder })
        });
        let mut rego: Vec<Input> = rego.iter().copied().chain(embedded).collect();
        for page in &pages {
            for text in embedded::find(page.source, sources.get(page.source), embedded::Kind::Markdown).texts {
                let source = sources.add(text.file);
                rego.push(Input { source, version: text.version.or(page.version), ..*page });
            }
        }
        Self {
            sources,
            rego,
            data,
            manifests: Arc::new(manifests),
            code: Vec::new(),
            pages,
            roots: Vec::new(),
            leaks: Arc::default(),
            leaking: Vec::new(),
            bases: Vec::new(),
            scanner: None,
            ignored: Arc::default(),
            found: FxHashMap::default(),
            formats,
            rendered,
            files,
            rego_files,
        }
    }

    #[must_use]
    pub fn work(&self) -> Work<'_> {
        Work {
            sources: &self.sources,
            rego: &self.rego,
            data: &self.data,
            manifests: &self.manifests,
            code: &self.code,
            roots: &self.roots,
            leaks: &self.leaks,
            leaking: &self.leaking,
            bases: &self.bases,
        }
    }

    /// Adds the secrets of the files: `found` is what `scanner` found in the bytes of each that has some, `bases` the folders of the
    /// run, as paths begin, `ignored` what other tools' files allow.
    pub fn add_secrets(&mut self, scanner: Arc<Scanner>, found: Vec<(Input, Vec<Found>)>, bases: Vec<String>, ignored: Arc<Ignored>) {
        self.ignored = ignored;
        self.leaking = found.iter().map(|(input, _)| *input).collect();
        self.found = found.into_iter().map(|(input, found)| (input.source, found)).collect();
        self.scanner = Some(scanner);
        self.bases = bases;
        self.collect_leaks();
    }

    fn collect_leaks(&mut self) {
        if let Some(scanner) = &self.scanner {
            self.leaks = leaks::collect(&self.sources, &self.manifests, scanner, &self.ignored, &self.found).into();
            for (source, spans) in leaks::spans(&self.leaks) {
                self.sources.hide(source, spans);
            }
        }
    }

    /// The Rego files, without Rego inside others.
    #[must_use]
    pub fn rego_files(&self) -> &[Input] {
        &self.rego[..self.rego_files]
    }

    /// The same files with other texts.
    pub(super) fn changed(&self, changes: &FxHashMap<SourceId, Arc<str>>) -> Self {
        let mut next = self.reread(changes);
        let Some(scanner) = &self.scanner else { return next };
        next.scanner = Some(Arc::clone(scanner));
        next.ignored = Arc::clone(&self.ignored);
        next.leaking.clone_from(&self.leaking);
        next.bases.clone_from(&self.bases);
        next.found.clone_from(&self.found);
        for (source, text) in changes {
            next.found.insert(*source, scanner.scan(&self.sources.get(*source).path, text.as_bytes()).found);
        }
        next.collect_leaks();
        next
    }

    fn reread(&self, changes: &FxHashMap<SourceId, Arc<str>>) -> Self {
        let stays = !self.data.iter().chain(&self.pages).any(|input| changes.contains_key(&input.source));
        let mut sources = SourceMap::new();
        sources.anchor.clone_from(&self.sources.anchor);
        for (id, file) in self.sources.iter().take(if stays { self.sources.len() } else { self.files }) {
            let text = changes.get(&id).unwrap_or(&file.text);
            let mut copy = SourceFile::new(file.path.clone(), text.clone());
            copy.mapping.clone_from(&file.mapping);
            copy.embedded.clone_from(&file.embedded);
            sources.add(copy);
        }
        if stays {
            return Self {
                sources,
                rego: self.rego.clone(),
                data: self.data.clone(),
                code: self.code.clone(),
                pages: self.pages.clone(),
                manifests: Arc::clone(&self.manifests),
                roots: self.roots.clone(),
                formats: self.formats.clone(),
                rendered: Arc::clone(&self.rendered),
                leaks: Arc::default(),
                leaking: Vec::new(),
                bases: Vec::new(),
                scanner: None,
                ignored: Arc::default(),
                found: FxHashMap::default(),
                files: self.files,
                rego_files: self.rego_files,
            };
        }
        let data = self.data.iter().copied().zip(self.formats.iter().copied()).collect();
        let roots = self.roots.clone();
        let code = self.code.clone();
        Self { roots, code, ..Self::read_with(sources, self.rego_files().to_vec(), data, self.pages.clone(), Arc::clone(&self.rendered)) }
    }
}

/// The files that manifests are read from: what helm made of templates in their place, behind all others.
fn to_read(sources: &mut SourceMap, data: &[Input], formats: &[Format], rendered: &[Rendered]) -> Vec<File> {
    let charts: BTreeSet<&str> = rendered.iter().map(|rendered| rendered.chart.as_str()).collect();
    let replaced = |path: &str| charts.iter().any(|chart| is_template(chart, path));
    let files = data.iter().zip(formats).filter(|(input, _)| charts.is_empty() || !replaced(&sources.get(input.source).path));
    let mut out: Vec<File> = files.map(|(input, format)| File { source: input.source, format: *format }).collect();
    let by_path: FxHashMap<String, SourceId> = match rendered {
        [] => FxHashMap::default(),
        _ => data.iter().map(|input| (sources.get(input.source).path.clone(), input.source)).collect(),
    };
    for rendered in rendered {
        let Some(template) = by_path.get(&rendered.template) else { continue };
        let file = rendered.source(sources, *template);
        out.push(File { source: sources.add(file), format: Format::Yaml });
    }
    out
}
