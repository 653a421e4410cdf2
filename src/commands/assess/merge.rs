//! `ztctl assess merge`: one report over many repositories.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};

use crate::assess::org::{Brief, Org, read};
use crate::cli::{MergeArgs, MergeFormat};
use crate::commands::discover::{display_name, plain};
use crate::commands::{Error, Outcome, STACK, output, write};
use crate::diag::Date;
use crate::report::assess::org;

/// Larger files are no reports.
const MAX_SIZE: u64 = 128 << 20;

/// So many reports are read at a time: what is kept of each is small, and merged in order.
const BATCH: usize = 64;

pub(super) fn run(args: &MergeArgs) -> Result<Outcome, Error> {
    let as_of = match &args.as_of {
        Some(text) => Date::parse(text).ok_or_else(|| Error::usage(format!("`--as-of {text}` is not a date: write YYYY-MM-DD")))?,
        None => Date::of(SystemTime::now()),
    };
    let format = args.format.unwrap_or_else(|| by_ending(args.output.as_deref()));
    let mut pool = rayon::ThreadPoolBuilder::new().stack_size(STACK);
    if let Some(jobs) = args.jobs {
        pool = pool.num_threads(usize::from(jobs));
    }
    let pool = pool.build().map_err(|error| Error::Internal(error.to_string()))?;
    let mut org = Org::new(as_of, args.rows);
    let files = files(args, &mut org)?;
    for batch in files.chunks(BATCH) {
        let briefs: Vec<Result<Brief, String>> = pool.install(|| batch.par_iter().map(|path| brief(path)).collect());
        for (path, brief) in batch.iter().zip(briefs) {
            match brief {
                Ok(brief) => org.add(&display_name(path), brief),
                Err(why) => org.fail(&display_name(path), why),
            }
        }
    }
    for failure in org.failures.iter().take(20) {
        output::remark(&format!("{}: not merged: {}", failure.file, failure.why));
    }
    if org.failure_count > 20 {
        output::remark(&format!("… and {} more that are not merged", org.failure_count - 20));
    }
    if org.reports == 0 {
        return Err(Error::usage("no report to merge"));
    }
    if org.models.len() > 1 && !args.allow_mixed {
        let models = org.models.iter().map(|(model, (count, file))| {
            let model = if model.is_empty() { "none" } else { model };
            format!("`{model}` in {count} ({file})")
        });
        return Err(Error::Usage {
            message: format!("the reports are of different versions of the model: {}", models.collect::<Vec<_>>().join(", ")),
            help: Some("assess all with one version, or merge with `--allow-mixed`".to_owned()),
        });
    }
    let text = match format {
        MergeFormat::Pretty => org::pretty(&org),
        MergeFormat::Json => org::json(&org),
        MergeFormat::Markdown => org::markdown(&org),
        MergeFormat::Html => org::html(&org),
    };
    match &args.output {
        Some(file) => write::create(file, text.as_bytes())?,
        None => output::print(text.as_bytes())?,
    }
    let below = args.min_level.map_or(0, |level| org.below(level));
    if below > 0 {
        let level = args.min_level.unwrap_or_default();
        let of = if org.rated == 1 { "repository".to_owned() } else { format!("of {} repositories", org.rated) };
        output::remark(&format!("{below} {of} below the least level {level}"));
    }
    Ok(match (org.failure_count, below) {
        (failures, _) if failures > 0 && !args.keep_going => Outcome::Failed,
        (_, below) if below > 0 => Outcome::Findings,
        _ => Outcome::Clean,
    })
}

fn by_ending(file: Option<&Path>) -> MergeFormat {
    let ending = file.and_then(Path::extension).map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match ending.as_deref() {
        Some("json") => MergeFormat::Json,
        Some("md" | "markdown") => MergeFormat::Markdown,
        Some("html" | "htm") => MergeFormat::Html,
        _ => MergeFormat::Pretty,
    }
}

/// The reports' files, sorted, each once: so the result does not depend on how they are named. What is not there is a failure.
fn files(args: &MergeArgs, org: &mut Org) -> Result<Vec<PathBuf>, Error> {
    let mut out = Vec::new();
    for input in &args.inputs {
        match input.strip_prefix('@') {
            _ if input == "-" => {
                let lines = BufReader::new(std::io::stdin().lock()).split(b'\n').map(|line| line.map_err(Error::from));
                for line in lines {
                    named(&line?, &mut out, org);
                }
            }
            // a file of that very name is meant
            Some(list) if !Path::new(input).exists() => {
                let path = Path::new(list);
                let text = std::fs::read(path).map_err(|error| Error::path(path, &error))?;
                text.split(|byte| *byte == b'\n').for_each(|line| named(line, &mut out, org));
            }
            _ => add(Path::new(input), &mut out, org),
        }
    }
    // the report of the last run may lie among them
    let own = args.output.as_ref().and_then(|file| file.canonicalize().ok());
    if let Some(own) = own {
        out.retain(|path| path.canonicalize().map_or(true, |path| path != own));
    }
    out.sort();
    out.dedup();
    Ok(out)
}

/// A line of a list.
fn named(line: &[u8], out: &mut Vec<PathBuf>, org: &mut Org) {
    let line = String::from_utf8_lossy(line);
    let line = line.trim();
    if !line.is_empty() && !line.starts_with('#') {
        add(Path::new(line), out, org);
    }
}

fn add(path: &Path, out: &mut Vec<PathBuf>, org: &mut Org) {
    if !path.is_dir() {
        out.push(path.to_owned());
        return;
    }
    for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                if entry.path().extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
                    out.push(entry.into_path());
                }
            }
            Err(error) => {
                let file = error.path().map_or_else(|| display_name(path), display_name);
                org.fail(&file, error.io_error().map_or_else(|| "it cannot be read".to_owned(), plain));
            }
        }
    }
}

fn brief(path: &Path) -> Result<Brief, String> {
    let metadata = std::fs::metadata(path).map_err(|error| plain(&error))?;
    if !metadata.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::with_capacity(usize::try_from(metadata.len().min(MAX_SIZE)).unwrap_or_default());
    let file = std::fs::File::open(path).map_err(|error| plain(&error))?;
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(|error| plain(&error))?;
    if bytes.len() as u64 > MAX_SIZE {
        return Err(format!("it is larger than {} MiB", MAX_SIZE >> 20));
    }
    let name = path.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    read(&bytes, &name)
}
