//! Secrets that version control still has although no file does: every version of every file, by the `git` program.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rayon::prelude::*;

use super::discover::display_name;
use super::git;
use crate::assess::{Departed, Spot};
use crate::secrets::{Class, Digest, Found, Leak, Scanner};
use crate::text::SourceFile;

/// What the history holds.
#[derive(Debug, Default)]
pub(crate) struct History {
    /// By commit, as git lists them from the oldest on, then by place.
    pub(crate) departed: Vec<Departed>,
    /// Why it was not looked at, or not all of it.
    pub(crate) gap: Option<String>,
    /// So many versions of files were looked at.
    pub(crate) versions: usize,
}

/// Versions are scanned in batches of so many bytes.
const BATCH: usize = 32 << 20;

/// A version of a file: its object, and the commit and the path that brought it first.
struct Version {
    object: String,
    commit: String,
    path: String,
}

/// The secrets that stand in the history of `folders` and not among `leaks`. Versions of more than `max_size` bytes are not read.
pub(crate) fn search(folders: &[&Path], scanner: &Scanner, leaks: &[Leak], max_size: u64) -> History {
    let known: BTreeSet<Digest> = leaks.iter().map(|leak| leak.secret.digest).collect();
    let mut history = History::default();
    let mut gaps: BTreeSet<String> = BTreeSet::new();
    for folder in folders {
        if !git::is_in_repository(folder) {
            gaps.insert(format!("`{}` is in no repository: there is no history to look at", display_name(folder)));
            continue;
        }
        match search_one(folder, scanner, &known, max_size, &mut history, &mut gaps) {
            Ok(()) => {}
            Err(error) => drop(gaps.insert(format!("the history was not read: {}", super::discover::plain(&error)))),
        }
    }
    history.gap = (!gaps.is_empty()).then(|| gaps.into_iter().collect::<Vec<_>>().join("; "));
    history
}

fn search_one(
    folder: &Path,
    scanner: &Scanner,
    known: &BTreeSet<Digest>,
    max_size: u64,
    history: &mut History,
    gaps: &mut BTreeSet<String>,
) -> std::io::Result<()> {
    if git::is_shallow(folder) {
        gaps.insert("the clone is shallow: what came before its oldest commit was not looked at".to_owned());
    }
    let versions = versions(folder)?;
    let mut left_out = 0usize;
    let mut found: BTreeMap<Digest, (usize, Departed, BTreeSet<String>)> = BTreeMap::new();
    let mut objects = Objects::open(folder)?;
    let mut next = 0;
    while next < versions.len() {
        let first = next;
        let mut batch: Vec<(usize, Vec<u8>)> = Vec::new();
        let mut bytes = 0;
        while next < versions.len() && bytes < BATCH && next - first < 4_096 {
            match objects.read(&versions[next].object, max_size)? {
                Some(content) => {
                    bytes += content.len();
                    batch.push((next, content));
                }
                None => left_out += 1,
            }
            next += 1;
        }
        history.versions += batch.len();
        let results: Vec<Vec<(usize, Departed)>> =
            batch.par_iter().map(|(at, content)| in_version(folder, &versions[*at], content, scanner, known, *at)).collect();
        for (at, departed) in results.into_iter().flatten() {
            let path = departed.spot.path.clone();
            let entry = found.entry(departed.secret.digest).or_insert_with(|| (at, departed, BTreeSet::new()));
            entry.2.insert(path);
        }
    }
    objects.close();
    if left_out > 0 {
        gaps.insert(format!("{left_out} versions of files larger than `--max-file-size` were not looked at"));
    }
    let mut departed: Vec<(usize, Departed)> =
        found.into_values().map(|(at, departed, paths)| (at, Departed { places: paths.len(), ..departed })).collect();
    departed.sort_by(|a, b| (a.0, &a.1.spot).cmp(&(b.0, &b.1.spot)));
    history.departed.extend(departed.into_iter().map(|(_, departed)| departed));
    Ok(())
}

/// The secrets of one version that no file has any more.
fn in_version(
    folder: &Path,
    version: &Version,
    content: &[u8],
    scanner: &Scanner,
    known: &BTreeSet<Digest>,
    at: usize,
) -> Vec<(usize, Departed)> {
    let path = display_name(&folder.join(&version.path));
    let scan = scanner.scan(&path, content);
    let wanted = |found: &&Found| matches!(found.secret.class, Class::Provider | Class::Random) && !known.contains(&found.secret.digest);
    let found: Vec<&Found> = scan.found.iter().filter(wanted).collect();
    if found.is_empty() {
        return Vec::new();
    }
    let text = super::input::readable(content);
    let file = SourceFile::new(path.clone(), text);
    let departed = |found: &&Found| {
        let start = file.line_column(found.at.start);
        let spot = Spot { path: path.clone(), line: start.line, column: start.column, end_line: file.line_column(found.at.end).line };
        let name = found.key.map(|key| crate::lint::shown_name(file.slice(key))).unwrap_or_default();
        (at, Departed { secret: found.secret, name, commit: version.commit.clone(), spot, places: 1, allowed: None })
    };
    found.iter().map(departed).collect()
}

/// Every version of every file below `folder`, each once, from the oldest commit on.
fn versions(folder: &Path) -> std::io::Result<Vec<Version>> {
    // of a merge what differs from its first parent; names as they are
    let mut child = command(folder)
        .args(["log", "--reverse", "-z", "--raw", "--no-abbrev", "--no-renames", "--diff-filter=AM", "--root", "--relative"])
        .args(["--diff-merges=first-parent", "--no-show-signature", "--no-notes", "--format=%x01%H", "HEAD", "--branches", "--tags"])
        .args(["--remotes", "--", "."])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("git says nothing"))?;
    let mut reader = BufReader::new(stdout);
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut out = Vec::new();
    let (mut commit, mut object) = (String::new(), None::<String>);
    let mut token = Vec::new();
    loop {
        token.clear();
        if reader.read_until(0, &mut token)? == 0 {
            break;
        }
        if token.last() == Some(&0) {
            token.pop();
        }
        if let Some(object) = object.take() {
            // a path is any bytes
            if seen.insert(object.clone()) {
                let path = git::path_of(&token).to_string_lossy().into_owned();
                out.push(Version { object, commit: commit.clone(), path });
            }
            continue;
        }
        let text = String::from_utf8_lossy(&token);
        let text = text.trim_matches(['\n', '\0']);
        if let Some(id) = text.strip_prefix('\u{1}') {
            commit = id.trim().to_owned();
        } else if let Some(raw) = text.strip_prefix(':') {
            // `:mode mode object object status`; links and submodules hold no text
            let parts: Vec<&str> = raw.split(' ').collect();
            object = match parts[..] {
                [_, mode, _, new, _] if mode.starts_with("100") => Some(new.to_owned()),
                _ => Some(String::new()),
            };
            if object.as_deref() == Some("") {
                seen.insert(String::new());
            }
        }
    }
    let status = child.wait()?;
    if !status.success() && out.is_empty() && git::revision(folder).0.is_some() {
        return Err(std::io::Error::other("git ended with an error"));
    }
    Ok(out)
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // no program that the repository's settings name is to be started
    command.args(["-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-c", "diff.external="]).arg("-C").arg(folder);
    command
}

/// `git cat-file --batch`: contents of objects, one after the other.
struct Objects {
    child: Child,
    reader: BufReader<std::process::ChildStdout>,
}

impl Objects {
    fn open(folder: &Path) -> std::io::Result<Self> {
        let mut child =
            command(folder).args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let stdout = child.stdout.take().ok_or_else(|| std::io::Error::other("git says nothing"))?;
        Ok(Self { child, reader: BufReader::with_capacity(1 << 16, stdout) })
    }

    /// The content of an object; `None` where it is missing or larger than `max_size`.
    fn read(&mut self, object: &str, max_size: u64) -> std::io::Result<Option<Vec<u8>>> {
        let stdin = self.child.stdin.as_mut().ok_or_else(|| std::io::Error::other("git listens no more"))?;
        stdin.write_all(object.as_bytes())?;
        stdin.write_all(b"\n")?;
        stdin.flush()?;
        let mut header = String::new();
        self.reader.read_line(&mut header)?;
        // `<object> <type> <size>`, or `<object> missing`
        let Some(size) = header.trim().rsplit(' ').next().and_then(|size| size.parse::<u64>().ok()) else { return Ok(None) };
        let mut content = Vec::new();
        if size > max_size {
            std::io::copy(&mut (&mut self.reader).take(size + 1), &mut std::io::sink())?;
            return Ok(None);
        }
        (&mut self.reader).take(size).read_to_end(&mut content)?;
        std::io::copy(&mut (&mut self.reader).take(1), &mut std::io::sink())?;
        Ok(Some(content))
    }

    fn close(mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
