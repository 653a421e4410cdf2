//! Files whose lines have columns: `.pgpass`, tables, the credentials of services.

use super::{behind, operand};
use crate::secrets::detect::Pass;
use crate::secrets::judge::How;
use crate::secrets::value::names_secret;

impl Pass<'_> {
    /// Files whose lines have columns: the last field of `.pgpass`, the columns of a table that are named for credentials.
    pub(in crate::secrets) fn lines_of_file(&mut self, bytes: &[u8]) {
        let name = self.path.rsplit(['/', '\\']).next().unwrap_or("").to_ascii_lowercase();
        if name.ends_with(".csv") || name.ends_with(".tsv") {
            self.table(bytes, if name.ends_with(".tsv") { b'\t' } else { b',' });
            return;
        }
        if matches!(name.as_str(), "sasl_passwd" | "sasl_password" | "rsyncd.secrets" | "chap-secrets" | "pap-secrets" | "passwd.client") {
            self.secrets_of_service(bytes, &name);
            return;
        }
        // the key of Rails' credentials is all of its file
        if name == "master.key" || name.ends_with(".key") && self.path.contains("config/credentials/") {
            let text = bytes.trim_ascii();
            let start = bytes.len() - bytes.trim_ascii_start().len();
            if text.len() == 32 && text.iter().all(u8::is_ascii_hexdigit) {
                self.placed(bytes, (start, start + text.len()), "secret_key", How::Setting, false);
            }
            return;
        }
        if !matches!(name.as_str(), ".pgpass" | "pgpass" | "pgpass.conf") {
            return;
        }
        let mut from = 0;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let start = from;
            from += line.len();
            let line = line.trim_ascii_end();
            if line.first().is_none_or(|b| *b == b'#') {
                continue;
            }
            let colons: Vec<usize> =
                (0..line.len()).filter(|at| line[*at] == b':' && at.checked_sub(1).is_none_or(|before| line[before] != b'\\')).collect();
            if let Some(last) = colons.get(3) {
                self.placed(bytes, (start + last + 1, start + line.len()), "password", How::Setting, false);
            }
        }
    }

    /// `host user:X` of Postfix, `user:X` of rsync, `user server X` of PPP.
    fn secrets_of_service(&mut self, bytes: &[u8], name: &str) {
        let mut start = 0;
        for line in bytes.split_inclusive(|b| *b == b'\n') {
            let from = start;
            start += line.len();
            if line.trim_ascii().first().is_none_or(|b| *b == b'#') {
                continue;
            }
            let length = line.trim_ascii_end().len();
            let value = if name.ends_with("ap-secrets") {
                operand(bytes, from, 2).filter(|(start, _)| *start < from + length)
            } else {
                let last = line[..length].iter().rposition(u8::is_ascii_whitespace).map_or(0, |at| at + 1);
                behind(bytes, (from + last, from + length), b':')
            };
            if let Some(value) = value {
                self.placed(bytes, value, "password", How::Setting, false);
            }
        }
    }

    /// The values of an `INSERT` whose table's name is at `from`, in the columns that are named for credentials.
    pub(super) fn insert(&mut self, bytes: &[u8], from: usize) {
        const MOST: usize = 16 << 10;
        let most = bytes.len().min(from + MOST);
        let Some(open) = bytes[from..bytes.len().min(from + 120)].iter().position(|b| *b == b'(').map(|at| from + at) else { return };
        let Some(close) = bytes[open..most].iter().take(1_024).position(|b| *b == b')').map(|at| open + at) else { return };
        let columns: Vec<Option<String>> = bytes[open + 1..close]
            .split(|b| *b == b',')
            .map(|column| std::str::from_utf8(column).ok().map(|text| text.trim().trim_matches(['`', '"', '[', ']']).to_owned()))
            .map(|name| name.filter(|name| names_secret(name)))
            .collect();
        let rest = bytes[close + 1..most].trim_ascii_start();
        if columns.iter().all(Option::is_none) || !rest.get(..6).is_some_and(|word| word.eq_ignore_ascii_case(b"values")) {
            return;
        }
        // it reads far, and once
        self.budget = self.budget.saturating_sub(rest.len());
        let mut at = most - rest.len() + "values".len();
        let (mut depth, mut nth) = (0_usize, 0);
        while at < most {
            match bytes[at] {
                b'(' => {
                    depth += 1;
                    if depth == 1 {
                        nth = 0;
                    }
                }
                b')' => depth = depth.saturating_sub(1),
                b',' if depth == 1 => nth += 1,
                b';' if depth == 0 => return,
                quote @ (b'\'' | b'"') => {
                    let Some(end) = super::literal(bytes, at, quote, most) else { return };
                    if let Some(Some(name)) = columns.get(nth).filter(|_| depth == 1) {
                        self.placed(bytes, (at + 1, end), name, How::Text, false);
                    }
                    at = end;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The columns of a table whose head names a credential.
    fn table(&mut self, bytes: &[u8], separator: u8) {
        const ROWS: usize = 5_000;
        let mut lines = bytes.split_inclusive(|b| *b == b'\n');
        let Some(head) = lines.next() else { return };
        let separator = if separator == b',' && !head.contains(&b',') { b';' } else { separator };
        let columns: Vec<(usize, String)> = cells(head, separator)
            .enumerate()
            .filter_map(|(nth, (from, to))| {
                let name = std::str::from_utf8(&head[from..to]).ok()?;
                names_secret(name).then(|| (nth, name.to_owned()))
            })
            .collect();
        if columns.is_empty() {
            return;
        }
        let mut start = head.len();
        for line in lines.take(ROWS) {
            for (nth, (from, to)) in cells(line, separator).enumerate() {
                if let Some((_, name)) = columns.iter().find(|(column, _)| *column == nth) {
                    self.placed(bytes, (start + from, start + to), name, How::Text, false);
                }
            }
            start += line.len();
        }
    }
}

/// The cells of a line, without quotes and blanks around them.
fn cells(line: &[u8], separator: u8) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut from = 0;
    line.split(move |b| *b == separator).map(move |cell| {
        let start = from;
        from += cell.len() + 1;
        let is_frame = |b: &u8| b.is_ascii_whitespace() || *b == b'"';
        let left = cell.iter().take_while(|b| is_frame(b)).count();
        let right = cell[left..].iter().rev().take_while(|b| is_frame(b)).count();
        (start + left, start + cell.len() - right)
    })
}
