//! `--repos FILE`, `--shard I/N`: one report a repository, each by a process of its own, so that one that fails costs itself alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::revision::again;
use crate::assess::org::FAILURE;
use crate::cli::{AssessArgs, Format};
use crate::commands::{Error, Outcome, output, write};

/// What a child is asked for is written behind this word.
const TASK: &str = "repository:";

/// A line of the list.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Repository {
    /// As it is written in the list: what the reports call it.
    name: String,
    path: PathBuf,
}

/// Assesses the repositories of the list that fall to this shard.
///
/// # Errors
/// A list or folder that cannot be used, a shard that is none.
pub(super) fn run(args: &AssessArgs, list: &Path) -> Result<Outcome, Error> {
    let all = read(list)?;
    let (index, count) = args.governance.shard.as_deref().map_or(Ok((0, 1)), shard)?;
    let folder = args.common.output.output.clone().ok_or_else(|| Error::usage("`--repos` needs `-o DIR`, a folder for the reports"))?;
    std::fs::create_dir_all(&folder).map_err(|error| Error::path(&folder, &error))?;
    let parts = parts(&all, count);
    let own: Vec<(usize, &Repository)> = all.iter().enumerate().filter(|(at, _)| parts[*at] == index).collect();
    let (mut missed, mut failed) = (0, 0);
    for (at, repository) in &own {
        let status = again(&format!("{TASK}{at}"))?
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .output()
            .map_err(|error| Error::path(Path::new("ztctl"), &error))?;
        let said = String::from_utf8_lossy(&status.stderr);
        match status.status.code() {
            Some(0) => {}
            Some(1) => {
                missed += 1;
                said.lines().for_each(|line| output::remark(&format!("{}: {line}", repository.name)));
            }
            _ => {
                failed += 1;
                let line = said.lines().find(|line| !line.is_empty()).unwrap_or("it ended early").trim_start_matches("error: ");
                output::remark(&format!("{}: not assessed: {line}", repository.name));
                // in place of a report, also of one of an earlier run: a merged report says what it lacks
                let note = json!({ "schema": FAILURE, "target": { "name": repository.name }, "error": line });
                write::create(&folder.join(file_name(&repository.name)), format!("{note}\n").as_bytes())?;
            }
        }
    }
    if !args.common.output.quiet {
        let shard = if count > 1 { format!(" of {} (shard {index}/{count})", all.len()) } else { String::new() };
        output::remark(&format!("{} assessed{shard}, {missed} missed a gate, {failed} failed", count_of(own.len() - failed)));
    }
    Ok(match (missed, failed) {
        (_, failed) if failed > 0 && !args.governance.keep_going => Outcome::Failed,
        (missed, _) if missed > 0 => Outcome::Findings,
        _ => Outcome::Clean,
    })
}

fn count_of(number: usize) -> String {
    if number == 1 { "1 repository".to_owned() } else { format!("{number} repositories") }
}

/// `I/N`, I from 0.
fn shard(text: &str) -> Result<(u64, u64), Error> {
    let parts = text.split_once('/');
    let numbers = parts.and_then(|(index, count)| Some((index.trim().parse::<u64>().ok()?, count.trim().parse::<u64>().ok()?)));
    match numbers {
        Some((index, count)) if index < count => Ok((index, count)),
        Some((_, count)) if count > 0 => {
            Err(Error::usage(format!("`--shard {text}`: I counts from 0, so that {}/{count} is the last one", count - 1)))
        }
        _ => Err(Error::usage(format!("`--shard {text}`: write I/N, e.g. `0/8`"))),
    }
}

/// Which part of `count` each repository of the list falls to: in turn, in the order of their names, so that parts differ by one at
/// most and the order of the list does not matter. Every shard must be given the same list.
fn parts(all: &[Repository], count: u64) -> Vec<u64> {
    let mut order: Vec<usize> = (0..all.len()).collect();
    order.sort_by(|a, b| all[*a].name.cmp(&all[*b].name));
    let mut out = vec![0; all.len()];
    for (rank, at) in (0..count).cycle().zip(order) {
        out[at] = rank;
    }
    out
}

/// The file of a repository's report: its last name, and what tells it from others of that name.
fn file_name(name: &str) -> String {
    let last = name.rsplit('/').find(|part| !part.is_empty() && *part != "." && *part != "..").unwrap_or("repository");
    let plain: String =
        last.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).take(80).collect();
    let digest = data_encoding::HEXLOWER.encode(&Sha256::digest(name.as_bytes())[..4]);
    format!("{}-{digest}.json", plain.trim_start_matches('.'))
}

/// The list: one path a line, relative to the working directory; empty lines and those that start with `#` are none.
fn read(list: &Path) -> Result<Vec<Repository>, Error> {
    let text = std::fs::read_to_string(list).map_err(|error| Error::path(list, &error))?;
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for line in text.trim_start_matches('\u{feff}').lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let name = line.trim_start_matches("./").trim_end_matches('/');
        let name = if name.is_empty() { "." } else { name };
        if seen.insert(name.to_owned()) {
            out.push(Repository { name: name.to_owned(), path: PathBuf::from(line) });
        }
    }
    if out.is_empty() {
        return Err(Error::usage(format!("`{}` names no repository", list.display())));
    }
    Ok(out)
}

/// Where `task` asks for a repository of the list: goes there, and gives the arguments to go on with.
///
/// # Errors
/// A list that changed, a path that is no folder.
pub(super) fn enter(args: &AssessArgs, task: &str) -> Result<Option<AssessArgs>, Error> {
    let Some(at) = task.strip_prefix(TASK) else { return Ok(None) };
    let list = args.governance.repos.as_deref().unwrap_or(Path::new(""));
    let all = read(list)?;
    let repository = at.parse::<usize>().ok().and_then(|at| all.get(at));
    let repository = repository.ok_or_else(|| Error::usage(format!("`{}` changed", list.display())))?.clone();
    let outside = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let mut own = args.clone();
    own.common.config = own.common.config.as_ref().map(outside);
    own.helm.helm_values = own.helm.helm_values.iter().map(outside).collect();
    own.governance.baseline = own.governance.baseline.as_ref().map(outside);
    own.governance.history_file = own.governance.history_file.as_ref().map(outside);
    let folder = own.common.output.output.as_ref().map(outside).unwrap_or_default();
    own.common.output.output = Some(folder.join(file_name(&repository.name)));
    own.common.output.format = Format::Json;
    own.common.paths = vec![PathBuf::from(".")];
    own.common.workspace = None;
    own.explain = None;
    own.runbook = None;
    own.governance.name.get_or_insert(repository.name);
    own.governance.repos = None;
    own.governance.shard = None;
    own.governance.child = None;
    if !repository.path.is_dir() {
        return Err(Error::usage(format!("`{}` is no folder", repository.path.display())));
    }
    std::env::set_current_dir(&repository.path).map_err(|error| Error::path(&repository.path, &error))?;
    Ok(Some(own))
}
