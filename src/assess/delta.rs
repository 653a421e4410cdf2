//! What changed between two assessments: levels, criteria, disqualifiers, evidence and findings, by identities that moved lines and
//! renamed files survive.

use std::collections::{BTreeMap, BTreeSet};

use super::edges::{self, EdgeChange};
use super::snapshot::{Finding, Item, Snapshot, Standing};
use super::status::Status;

/// What an assessment is compared with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Against {
    /// A revision, as it was named, with its commit.
    Revision { name: String, commit: String },
    /// An earlier JSON report, with the commit that it is about.
    Report { path: String, commit: Option<String> },
}

impl Against {
    /// In a few words: `main (1234567)`, `base.json`.
    #[must_use]
    pub fn label(&self) -> String {
        let short = |commit: &str| commit.chars().take(7).collect::<String>();
        match self {
            Self::Revision { name, commit } if commit.starts_with(name.as_str()) => short(commit),
            Self::Revision { name, commit } => format!("{name} ({})", short(commit)),
            Self::Report { path, commit: Some(commit) } => format!("{path} ({})", short(commit)),
            Self::Report { path, commit: None } => path.clone(),
        }
    }
}

/// A value before and after.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Change<T> {
    pub before: T,
    pub after: T,
}

impl<T: PartialEq> Change<T> {
    /// Whether it differs.
    #[must_use]
    pub fn is_change(&self) -> bool {
        self.before != self.after
    }
}

impl Change<Option<u8>> {
    /// The difference where both are known: `Some(-1)` for a fall from 3 to 2.
    #[must_use]
    pub fn by(&self) -> Option<i16> {
        Some(i16::from(self.after?) - i16::from(self.before?))
    }

    /// `▲1`, `▼1`, `=`; `new` and `gone` where one side has no level.
    #[must_use]
    pub fn mark(&self) -> String {
        match (self.before, self.after) {
            (None, None) => "=".to_owned(),
            (None, Some(_)) => "new".to_owned(),
            (Some(_), None) => "gone".to_owned(),
            (Some(before), Some(after)) => match after.cmp(&before) {
                std::cmp::Ordering::Equal => "=".to_owned(),
                std::cmp::Ordering::Greater => format!("▲{}", after - before),
                std::cmp::Ordering::Less => format!("▼{}", before - after),
            },
        }
    }
}

/// A criterion whose status changed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CriterionChange {
    pub id: String,
    /// `None`: the other report does not know the criterion.
    pub before: Option<Standing>,
    pub after: Option<Standing>,
}

impl CriterionChange {
    /// Whether it was held and is no longer.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        let held = |standing: &Standing| matches!(standing.status.as_str(), "met" | "waived" | "attested");
        let fails = |standing: &Standing| matches!(standing.status.as_str(), "partial" | "not_met" | "unknown" | "error");
        self.before.as_ref().is_some_and(held) && self.after.as_ref().is_some_and(fails)
    }

    /// Whether it was not held and is now.
    #[must_use]
    pub fn is_won(&self) -> bool {
        let satisfied = |standing: &Standing| matches!(standing.status.as_str(), "met" | "waived" | "attested");
        self.after.as_ref().is_some_and(satisfied) && !self.before.as_ref().is_some_and(satisfied)
    }
}

/// What changed between an earlier assessment and this one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Delta {
    pub against: Against,
    /// The versions of the model; they differ where an older ztctl wrote the report.
    pub model: Change<String>,
    pub level: Change<Option<u8>>,
    pub level_without_waivers: Change<Option<u8>>,
    /// In the order of [`super::status::Domain::ALL`], changed or not.
    pub domains: Vec<(String, Change<Option<u8>>)>,
    /// Environments whose level changed, by name; `None` also where an environment is new or gone.
    pub environments: Vec<(String, Change<Option<u8>>)>,
    /// Criteria whose status changed, in the order of their ids.
    pub criteria: Vec<CriterionChange>,
    pub caps_added: Vec<String>,
    pub caps_removed: Vec<String>,
    /// Evidence that was not there before, contrary first.
    pub evidence_added: Vec<Item>,
    pub evidence_removed: Vec<Item>,
    pub findings_added: Vec<Finding>,
    pub findings_removed: Vec<Finding>,
    /// Who can talk to whom, by environment in which that changed.
    pub edges: Vec<EdgeChange>,
    /// Files that have another name now, old name first.
    pub renamed: Vec<(String, String)>,
}

impl Delta {
    /// Compares two snapshots. `renames` are renamed files that are known from elsewhere, by their old names; others are told by
    /// what they hold.
    #[must_use]
    pub fn between(against: Against, before: &Snapshot, after: &Snapshot, renames: &BTreeMap<String, String>) -> Self {
        let seen = seen_from_here(before, after);
        let before = seen.as_ref().unwrap_or(before);
        let renamed = all_renames(before, after, renames);
        let (evidence_removed, mut evidence_added) = differing(&before.evidence, &after.evidence, &renamed);
        evidence_added.sort_by(|a, b| (a.rank(), &a.path, a.line, &a.subject).cmp(&(b.rank(), &b.path, b.line, &b.subject)));
        let (findings_removed, findings_added) = differing(&before.findings, &after.findings, &renamed);
        let change = |of: &dyn Fn(&Snapshot) -> Option<u8>| Change { before: of(before), after: of(after) };
        let by_name = |of: fn(&Snapshot) -> &BTreeMap<String, Option<u8>>, name: &str| Change {
            before: of(before).get(name).copied().flatten(),
            after: of(after).get(name).copied().flatten(),
        };
        let domains = super::status::Domain::ALL
            .iter()
            .map(|domain| (domain.as_str().to_owned(), by_name(|snapshot| &snapshot.domains, domain.as_str())))
            .collect();
        let names: BTreeSet<&String> = before.environments.keys().chain(after.environments.keys()).collect();
        let environments = names
            .into_iter()
            .map(|name| (name.clone(), by_name(|snapshot| &snapshot.environments, name)))
            .filter(|(name, change)| change.is_change() || before.environments.contains_key(name) != after.environments.contains_key(name))
            .collect();
        let ids: BTreeSet<&String> = before.criteria.keys().chain(after.criteria.keys()).collect();
        let criteria = ids
            .into_iter()
            .map(|id| CriterionChange { id: id.clone(), before: before.criteria.get(id).cloned(), after: after.criteria.get(id).cloned() })
            .filter(|change| change.before.as_ref().map(|at| &at.status) != change.after.as_ref().map(|at| &at.status))
            .collect();
        let missing = |from: &BTreeSet<String>, other: &BTreeSet<String>| from.difference(other).cloned().collect();
        Self {
            against,
            model: Change { before: before.model.clone(), after: after.model.clone() },
            level: change(&|snapshot| snapshot.level),
            level_without_waivers: change(&|snapshot| snapshot.level_without_waivers),
            domains,
            environments,
            criteria,
            caps_added: missing(&after.caps, &before.caps),
            caps_removed: missing(&before.caps, &after.caps),
            evidence_added,
            evidence_removed,
            findings_added,
            findings_removed,
            edges: before.edges.as_ref().zip(after.edges.as_ref()).map(|(old, new)| edges::between(old, new)).unwrap_or_default(),
            renamed: renamed.into_iter().collect(),
        }
    }

    /// Whether nothing changed that a reader would act on: levels, statuses, disqualifiers, findings, evidence against a criterion.
    /// Renamed files and new evidence in favour are no change.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let contrary = |items: &[Item]| items.iter().any(Item::is_contrary);
        !(self.level.is_change()
            || self.level_without_waivers.is_change()
            || self.domains.iter().any(|(_, change)| change.is_change())
            || !self.environments.is_empty()
            || !self.criteria.is_empty()
            || !self.caps_added.is_empty()
            || !self.caps_removed.is_empty()
            || !self.findings_added.is_empty()
            || !self.findings_removed.is_empty()
            || !self.edges.is_empty()
            || contrary(&self.evidence_added)
            || contrary(&self.evidence_removed))
    }

    /// The evidence against a criterion that is new.
    pub fn new_contrary(&self) -> impl Iterator<Item = &Item> {
        self.evidence_added.iter().filter(|item| item.is_contrary())
    }

    /// What got worse, each in one line: a lower level of the headline or a domain, a new finding or disqualifier that holds the level
    /// down, a criterion that is no longer held.
    #[must_use]
    pub fn regressions(&self) -> Vec<String> {
        let mut out = Vec::new();
        let mut fall = |what: &str, change: &Change<Option<u8>>| {
            if change.by().is_some_and(|by| by < 0) {
                let word = |level: Option<u8>| level.map_or_else(|| "none".to_owned(), |level| level.to_string());
                out.push(format!("{what} fell from {} to {}", word(change.before), word(change.after)));
            }
        };
        fall("the level", &self.level);
        for (domain, change) in &self.domains {
            fall(domain, change);
        }
        if self.level.before.is_some() && self.level.after.is_none() {
            out.push(format!("the level was {}, and there is none any more", self.level.before.unwrap_or_default()));
        }
        for finding in self.findings_added.iter().filter(|finding| finding.cap.is_some()) {
            out.push(format!("new finding `{}` at {}:{} ({})", finding.rule, finding.path, finding.line, finding.subject));
        }
        for cap in &self.caps_added {
            out.push(format!("new disqualifier {cap}"));
        }
        for change in self.criteria.iter().filter(|change| change.is_lost()) {
            let status = |standing: &Option<Standing>| standing.as_ref().map_or("–", |at| at.status.as_str()).to_owned();
            out.push(format!("{} was {} and is {}", change.id, status(&change.before), status(&change.after)));
        }
        out
    }
}

/// The status of the name, for reports that colour it.
#[must_use]
pub fn status_of(name: &str) -> Option<Status> {
    Status::ALL.into_iter().find(|status| status.as_str() == name)
}

/// Something with a place, by which it is found again.
pub(super) trait Placed: Clone + Ord {
    /// What it says, without where.
    fn what(&self) -> (&str, &str);
    fn subject(&self) -> &str;
    fn path(&self) -> &str;
}

/// The subject without the file's own name, which changes with it.
fn bare(row: &impl Placed) -> String {
    if row.path().is_empty() { row.subject().to_owned() } else { row.subject().replace(row.path(), "\u{0}") }
}

/// The earlier snapshot with its files named as this run names them, where it was taken from another folder: files of equal
/// fingerprints say how names differ.
fn seen_from_here(before: &Snapshot, after: &Snapshot) -> Option<Snapshot> {
    let now: BTreeMap<&str, &str> = after.evidence.iter().map(|item| (item.fingerprint.as_str(), item.path.as_str())).collect();
    let mut votes: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for item in before.evidence.iter().filter(|item| !item.path.is_empty()) {
        if let Some(path) = now.get(item.fingerprint.as_str()).filter(|path| !path.is_empty()) {
            *votes.entry(beginnings(&item.path, path)).or_default() += 1;
        }
    }
    let ((old, new), _) = votes.into_iter().max_by_key(|(pair, count)| (*count, std::cmp::Reverse(*pair)))?;
    if old == new {
        return None;
    }
    let name = |path: &str| path.strip_prefix(old).map_or_else(|| path.to_owned(), |rest| format!("{new}{rest}"));
    let moved = |path: &mut String, subject: &mut String| {
        let to = name(path);
        if !path.is_empty() {
            *subject = subject.replace(path.as_str(), &to);
        }
        *path = to;
    };
    let mut out = before.clone();
    for item in out.evidence.iter_mut().filter(|item| !item.path.is_empty()) {
        moved(&mut item.path, &mut item.subject);
    }
    for finding in &mut out.findings {
        moved(&mut finding.path, &mut finding.subject);
    }
    out.evidence.sort();
    out.findings.sort();
    Some(out)
}

/// What two names of one file begin with before what they share: whole folders.
fn beginnings<'p>(old: &'p str, new: &'p str) -> (&'p str, &'p str) {
    let folders = |path: &'p str| path.match_indices('/').map(|(at, _)| at + 1).chain([0]).collect::<BTreeSet<usize>>();
    let ends = folders(new);
    for start in folders(old) {
        let rest = &old[start..];
        if new.ends_with(rest) && ends.contains(&(new.len() - rest.len())) {
            return (&old[..start], &new[..new.len() - rest.len()]);
        }
    }
    (old, new)
}

/// Known renames, and files of which nothing is left beside files that were not there and hold the same.
fn all_renames(before: &Snapshot, after: &Snapshot, known: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    type Held<'s> = BTreeMap<&'s str, BTreeSet<(String, String, String)>>;
    fn add<'s, R: Placed + 's>(held: &mut Held<'s>, rows: impl Iterator<Item = &'s R>) {
        for row in rows.filter(|row| !row.path().is_empty()) {
            let (kind, word) = row.what();
            held.entry(row.path()).or_default().insert((kind.to_owned(), word.to_owned(), bare(row)));
        }
    }
    let held = |snapshot: &'_ Snapshot| -> BTreeMap<String, BTreeSet<(String, String, String)>> {
        let mut out = Held::new();
        add(&mut out, snapshot.evidence.iter());
        add(&mut out, snapshot.findings.iter());
        out.into_iter().map(|(path, rows)| (path.to_owned(), rows)).collect()
    };
    let (old, new) = (held(before), held(after));
    let mut out: BTreeMap<String, String> =
        known.iter().filter(|(from, to)| old.contains_key(*from) && new.contains_key(*to)).map(|(a, b)| (a.clone(), b.clone())).collect();
    let mut taken: BTreeSet<&String> = known.values().collect();
    // what a file holds leads to the files that may be it, so that no pair is looked at that shares nothing
    let mut holders: BTreeMap<&(String, String, String), Vec<&String>> = BTreeMap::new();
    for (path, rows) in new.iter().filter(|(path, _)| !old.contains_key(*path)) {
        rows.iter().for_each(|row| holders.entry(row).or_default().push(path));
    }
    for (path, rows) in old.iter().filter(|(path, _)| !new.contains_key(*path) && !known.contains_key(*path)) {
        let mut shared: BTreeMap<&String, usize> = BTreeMap::new();
        for row in rows {
            // what stands in many files tells none of them
            for holder in holders.get(row).into_iter().flatten().take(8) {
                *shared.entry(holder).or_default() += 1;
            }
        }
        let file = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let best = shared
            .into_iter()
            .filter(|(other, _)| !taken.contains(*other))
            .filter(|(other, count)| count * 2 > rows.len().max(new[*other].len()))
            .max_by(|(a, x), (b, y)| (x, file(a) == file(path), b).cmp(&(y, file(b) == file(path), a)));
        if let Some((other, _)) = best {
            taken.insert(other);
            out.insert(path.clone(), other.clone());
        }
    }
    out
}

/// What only one side has: `(before, after)`. Equal ones are counted, so that a second one of a kind is new.
fn differing<R: Placed>(before: &[R], after: &[R], renamed: &BTreeMap<String, String>) -> (Vec<R>, Vec<R>) {
    let exact = |row: &R, path: &str| (row.what().0.to_owned(), row.what().1.to_owned(), path.to_owned(), bare(row));
    let renamed_path = |row: &R| renamed.get(row.path()).map_or_else(|| row.path().to_owned(), Clone::clone);
    let (gone, come) = unpaired(before, after, |row| exact(row, &renamed_path(row)), |row| exact(row, row.path()));
    // an object is itself in whatever file it stands
    let (named_gone, gone): (Vec<R>, Vec<R>) = gone.into_iter().partition(|row| bare(row) == row.subject());
    let (named_come, come): (Vec<R>, Vec<R>) = come.into_iter().partition(|row| bare(row) == row.subject());
    let object = |row: &R| (row.what().0.to_owned(), row.what().1.to_owned(), row.subject().to_owned());
    let (named_gone, named_come) = unpaired(&named_gone, &named_come, object, object);
    let joined = |mut a: Vec<R>, b: Vec<R>| {
        a.extend(b);
        a.sort();
        a
    };
    (joined(gone, named_gone), joined(come, named_come))
}

fn unpaired<R: Placed, K: Ord>(before: &[R], after: &[R], old: impl Fn(&R) -> K, new: impl Fn(&R) -> K) -> (Vec<R>, Vec<R>) {
    let mut known: BTreeMap<K, Vec<&R>> = BTreeMap::new();
    for row in before {
        known.entry(old(row)).or_default().push(row);
    }
    let come = after.iter().filter(|row| known.get_mut(&new(row)).and_then(Vec::pop).is_none()).cloned().collect();
    let mut gone: Vec<R> = known.into_values().flatten().cloned().collect();
    gone.sort();
    (gone, come)
}
