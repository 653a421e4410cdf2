//! Charts as `helm template` renders them: run only where it is asked for.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::Error;
use super::input::Content;
use super::session::Files;
use crate::cli::HelmArgs;
use crate::model::units::rendered::{Rendered, documents};
use crate::report::Skipped;

/// A chart that takes longer is not rendered.
const PATIENCE: Duration = Duration::from_secs(60);
/// A chart that gives more is not judged.
const MAX_OUTPUT: u64 = 64 << 20;

/// What to render charts with.
#[derive(Clone, Debug)]
pub(crate) struct Helm {
    program: PathBuf,
    values: Vec<PathBuf>,
}

impl Helm {
    /// The program on the path, where the options ask for it.
    ///
    /// # Errors
    /// No `helm` on the path, a file of values that does not exist.
    pub(crate) fn asked(args: &HelmArgs) -> Result<Option<Self>, Error> {
        if !args.helm && args.helm_values.is_empty() {
            return Ok(None);
        }
        for path in &args.helm_values {
            std::fs::metadata(path).map_err(|error| Error::path(path, &error))?;
        }
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let name = format!("helm{}", std::env::consts::EXE_SUFFIX);
        let found = std::env::split_paths(&folders).map(|folder| folder.join(&name)).find(|path| path.is_file());
        let program = found.ok_or_else(|| Error::usage("`--helm`: there is no `helm` on the path"))?;
        Ok(Some(Self { program, values: args.helm_values.clone() }))
    }

    /// What the charts among `files` give. A chart that cannot be rendered is listed as skipped, and its templates are read as they are.
    pub(crate) fn render(&self, files: &mut Files) -> Arc<[Rendered]> {
        let charts = charts(files);
        let results: Vec<Result<Vec<Rendered>, Skipped>> = charts
            .par_iter()
            .map(|(folder, path)| {
                let printed = self.template(path).map_err(|why| Skipped { path: format!("{folder}/Chart.yaml"), reason: why })?;
                Ok(rendered(folder, &printed))
            })
            .collect();
        let mut out = Vec::new();
        for result in results {
            match result {
                Ok(texts) => out.extend(texts),
                Err(skipped) => files.skipped.push(skipped),
            }
        }
        files.skipped.sort();
        out.into()
    }

    /// What `helm template` prints for the chart in `folder`.
    fn template(&self, folder: &Path) -> Result<String, String> {
        let release = folder.canonicalize().ok().and_then(|path| Some(path.file_name()?.to_string_lossy().into_owned()));
        let mut command = Command::new(&self.program);
        command.arg("template").arg(release_name(release.as_deref().unwrap_or("release"))).arg(folder);
        command.args(["--include-crds", "--skip-tests"]);
        for values in &self.values {
            command.arg("--values").arg(values);
        }
        // neither clusters nor plugins
        command.env("HELM_NO_PLUGINS", "1").env("KUBECONFIG", if cfg!(windows) { "NUL" } else { "/dev/null" });
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| format!("the chart was not rendered: helm does not start: {error}"))?;
        let read = |pipe: Option<Box<dyn Read + Send>>, most: u64| {
            std::thread::spawn(move || {
                let mut bytes = Vec::new();
                // what was read until then is looked at
                let _ = pipe.map(|pipe| pipe.take(most).read_to_end(&mut bytes));
                bytes
            })
        };
        let printed = read(child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>), MAX_OUTPUT + 1);
        let said = read(child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>), 4_096);
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match child.try_wait() {
                Ok(Some(status)) => break Ok(status),
                Ok(None) if Instant::now() < end => std::thread::sleep(Duration::from_millis(5)),
                Ok(None) => break Err(format!("helm took longer than {} s", PATIENCE.as_secs())),
                Err(error) => break Err(error.to_string()),
            }
        };
        if status.is_err() {
            // it may be gone by now
            let _ = child.kill();
            let _ = child.wait();
        }
        let (printed, said) = (printed.join().unwrap_or_default(), said.join().unwrap_or_default());
        let status = status.map_err(|why| format!("the chart was not rendered: {why}"))?;
        if !status.success() {
            let said = String::from_utf8_lossy(&said);
            let line = said.lines().find(|line| line.starts_with("Error")).or_else(|| said.lines().next()).unwrap_or("helm failed");
            let line = line.strip_prefix("Error: ").unwrap_or(line);
            return Err(format!("the chart was not rendered: {}", line.chars().take(200).collect::<String>()));
        }
        if printed.len() as u64 > MAX_OUTPUT {
            return Err(format!("the chart was not rendered: it gives more than {} MiB", MAX_OUTPUT >> 20));
        }
        String::from_utf8(printed).map_err(|_| "the chart was not rendered: what it gives is not UTF-8".to_owned())
    }
}

/// A name that helm takes for a release.
fn release_name(folder: &str) -> String {
    let name: String = folder.to_ascii_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(50).collect();
    let name = name.trim_matches('-');
    if name.is_empty() { "release".to_owned() } else { name.to_owned() }
}

/// The folders of charts that are no part of another one and can be installed, as their files are named, and their paths.
fn charts(files: &Files) -> Vec<(String, PathBuf)> {
    let mut folders: Vec<(String, PathBuf)> = Vec::new();
    for file in &files.files {
        let name = file.file.name.as_str();
        let Some(folder) = name.strip_suffix("Chart.yaml").filter(|rest| rest.is_empty() || rest.ends_with('/')) else { continue };
        let Content::Text(text) = &file.content else { continue };
        let is_library =
            text.lines().any(|line| line.split_once(':').is_some_and(|(key, value)| key == "type" && value.trim() == "library"));
        let path = file.file.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if !is_library {
            folders.push((folder.trim_end_matches('/').to_owned(), path.to_owned()));
        }
    }
    let all: BTreeSet<String> = folders.iter().map(|(folder, _)| folder.clone()).collect();
    let is_part = |folder: &str| {
        folder
            .match_indices("charts/")
            .any(|(at, _)| all.contains(folder[..at].trim_end_matches('/')) && folder[..at].trim_end_matches('/') != folder)
    };
    folders.retain(|(folder, _)| !is_part(folder));
    folders
}

/// The documents of a chart, under the paths of its templates.
fn rendered(folder: &str, printed: &str) -> Vec<Rendered> {
    let path = |named: &str| {
        let inside = named.split_once('/').map_or(named, |(_, rest)| rest);
        if folder.is_empty() { inside.to_owned() } else { format!("{folder}/{inside}") }
    };
    let chart = if folder.is_empty() { "." } else { folder };
    documents(printed)
        .into_iter()
        .map(|(named, text)| Rendered { chart: chart.to_owned(), template: path(named), text: text.into() })
        .collect()
}
