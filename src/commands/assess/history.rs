//! The history file: read, and a line appended.

use std::fs::{File, OpenOptions};
use std::io::{BufReader, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use crate::assess::history::{Point, SHOWN};
use crate::commands::Error;
use crate::commands::discover::display_name;

/// Longer lines are none that ztctl wrote.
const MAX_LINE: usize = 64 << 10;

/// What the file held, and this run's point behind it.
pub(super) struct History {
    /// The last points, oldest first.
    pub(super) points: Vec<Point>,
    /// Lines that are none of a history; they stay as they are.
    pub(super) broken: usize,
    /// The first of these.
    pub(super) first_broken: usize,
}

/// Appends `point` to the file, unless it says that already of this commit. Others may append at the same time.
///
/// # Errors
/// A file that cannot be read or written.
pub(super) fn append(path: &Path, point: &Point) -> Result<History, Error> {
    let fail = |error: std::io::Error| Error::path(path, &error);
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(fail)?;
    }
    let mut file = OpenOptions::new().create(true).read(true).append(true).open(path).map_err(fail)?;
    if !file.metadata().map_err(fail)?.is_file() {
        return Err(Error::Path { path: display_name(path), reason: "not a regular file".to_owned() });
    }
    // held until the file is closed, so that two runs cannot both find nothing and append; not every file system has locks
    let _ = file.lock();
    let mut read = read(&mut file).map_err(fail)?;
    let known = read.history.points.iter().rev().find(|known| known.commit == point.commit);
    let is_known = known.is_some_and(|known| known.is_same(point));
    if !is_known {
        let start = if read.ends_open { "\n" } else { "" };
        // one write, so that readers see the line or do not
        file.write_all(format!("{start}{}", point.line()).as_bytes()).map_err(fail)?;
        read.history.points.push(point.clone());
    }
    let skip = read.history.points.len().saturating_sub(SHOWN);
    read.history.points.drain(..skip);
    Ok(read.history)
}

struct Read {
    history: History,
    /// The last line has no end: a run was cut off.
    ends_open: bool,
}

fn read(file: &mut File) -> std::io::Result<Read> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    let mut history = History { points: Vec::new(), broken: 0, first_broken: 0 };
    let (mut line, mut number, mut ends_open) = (Vec::new(), 0, false);
    loop {
        line.clear();
        let length = until_newline(&mut reader, &mut line)?;
        if length == 0 {
            break;
        }
        number += 1;
        ends_open = line.last() != Some(&b'\n');
        let text = line.trim_ascii();
        if text.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Point>(text) {
            Ok(point) if length <= MAX_LINE && point.level.is_none_or(|level| level <= 5) => history.points.push(point),
            _ => {
                history.broken += 1;
                if history.first_broken == 0 {
                    history.first_broken = number;
                }
            }
        }
        // of a history of years the last points are enough, and those of the commit are among them
        if history.points.len() > 64 * SHOWN {
            history.points.drain(..32 * SHOWN);
        }
    }
    Ok(Read { history, ends_open })
}

/// Reads a line; of one that is too long the start and the end are kept. The length is that of the whole line.
fn until_newline(reader: &mut impl std::io::BufRead, line: &mut Vec<u8>) -> std::io::Result<usize> {
    let mut length = 0;
    loop {
        let buffer = reader.fill_buf()?;
        if buffer.is_empty() {
            return Ok(length);
        }
        let end = memchr::memchr(b'\n', buffer).map(|at| at + 1);
        let part = &buffer[..end.unwrap_or(buffer.len())];
        if line.len() <= MAX_LINE {
            line.extend_from_slice(part);
        } else if end.is_some() {
            line.push(b'\n');
        }
        length += part.len();
        let used = part.len();
        reader.consume(used);
        if end.is_some() {
            return Ok(length);
        }
    }
}
