//! Findings of the group `secrets`: the one rule that each secret belongs to, its level by what the value is and where it stands.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::lines;
use crate::diag::{Diagnostic, Label, Place, RuleMeta, Severity};
use crate::lint::engine::{Input, Plans, RunResult, Work};
use crate::lint::registry;
use crate::lint::rule::Rule;
use crate::secrets::{self, Class, Digest, Leak, Secret, Verdict};
use crate::text::{Location, SourceId, SourceMap, Span};

/// The leaks of a run by the lines, 0-based, that they stand on.
struct OnLines<'a>(FxHashMap<(SourceId, usize), Vec<&'a Leak>>);

impl<'a> OnLines<'a> {
    fn new(sources: &SourceMap, leaks: &'a [Leak]) -> Self {
        let mut all: FxHashMap<_, Vec<_>> = FxHashMap::default();
        for leak in leaks {
            let (first, last) = lines(sources, leak);
            // a value of many lines is reported where it begins
            (first..=last.min(first + MAX_LINES)).for_each(|line| all.entry((leak.at.source, line)).or_default().push(leak));
        }
        Self(all)
    }

    /// The leak that a finding is about: the one that it names, else that on its line; of several the one that its place meets.
    fn of(&self, sources: &SourceMap, finding: &Diagnostic) -> Option<Location> {
        let Place::At(at) = finding.place else { return None };
        if !finding.is_secret || finding.value.is_some() {
            return finding.value;
        }
        let outer = sources.outer(at);
        let here = self.0.get(&(outer.source, sources.get(outer.source).line(outer.span.start)))?;
        let meets = |leak: &&&Leak| {
            let start = leak.key.map_or(leak.at.span.start, |key| key.start.min(leak.at.span.start));
            outer.span.start < leak.at.span.end && outer.span.end > start
        };
        let found = if here.len() == 1 { here.first() } else { here.iter().find(meets) };
        found.map(|leak| leak.at)
    }
}

/// The leaks that rules about manifests have reported, and those among them that something silences: these rules say more of them.
pub(in crate::lint) struct Taken<'a> {
    on_lines: OnLines<'a>,
    reported: FxHashSet<Location>,
    silenced: FxHashSet<Location>,
}

impl<'a> Taken<'a> {
    pub(in crate::lint) fn new(sources: &SourceMap, leaks: &'a [Leak]) -> Self {
        Self { on_lines: OnLines::new(sources, leaks), reported: FxHashSet::default(), silenced: FxHashSet::default() }
    }

    /// Remembers the leak that a finding is about.
    pub(in crate::lint) fn add(&mut self, sources: &SourceMap, finding: &Diagnostic) {
        self.reported.extend(self.on_lines.of(sources, finding));
    }

    /// Remembers that the finding about a leak is silenced.
    pub(in crate::lint) fn silence(&mut self, sources: &SourceMap, finding: &Diagnostic) {
        self.silenced.extend(self.on_lines.of(sources, finding));
    }
}

const MAX_LINES: usize = 200;

/// So many other places of a value are named.
const MAX_PLACES: usize = 5;

/// Rules that may report one value, the one that says most first; all others say more than these.
const BY_DETAIL: [&str; 4] = ["k8s-secret-manifest-in-git", "k8s-configmap-secret", "k8s-plaintext-secret-env", "k8s-shared-db-credential"];

/// Leaves one finding of those that several rules have of a value, with the worst level.
pub(in crate::lint) fn one_a_value(sources: &SourceMap, leaks: &[Leak], findings: &mut Vec<Diagnostic>) {
    #[derive(PartialEq, Eq, Hash)]
    enum About {
        Value(Location),
        Line(SourceId, usize),
    }
    let on_lines = OnLines::new(sources, leaks);
    let about = |finding: &Diagnostic| match finding.place {
        Place::At(at) if finding.is_secret && finding.group != "syntax" => {
            let outer = sources.outer(at);
            let line = || About::Line(outer.source, sources.get(outer.source).line(outer.span.start));
            Some(on_lines.of(sources, finding).map_or_else(line, About::Value))
        }
        _ => None,
    };
    let rank = |finding: &Diagnostic| BY_DETAIL.iter().position(|rule| *rule == finding.rule).map_or(0, |at| at + 1);
    let mut best: FxHashMap<About, (usize, Severity)> = FxHashMap::default();
    for (at, finding) in findings.iter().enumerate() {
        let Some(about) = about(finding) else { continue };
        let known = best.entry(about).or_insert((at, finding.severity));
        known.1 = known.1.max(finding.severity);
        if (rank(finding), at) < (rank(&findings[known.0]), known.0) {
            known.0 = at;
        }
    }
    let best: FxHashMap<About, (usize, Severity, String)> =
        best.into_iter().map(|(about, (at, severity))| (about, (at, severity, findings[at].rule.to_string()))).collect();
    let mut at = 0;
    findings.retain_mut(|finding| {
        let about = about(finding);
        let kept = about.as_ref().and_then(|about| best.get(about)).is_none_or(|(first, severity, rule)| {
            finding.severity = *severity;
            *first == at || finding.rule == *rule && matches!(about, Some(About::Line(..)))
        });
        at += 1;
        kept
    });
}

/// Whether a line at a syntax error sets a credential: what is broken may hide it from the detection.
pub(in crate::lint) fn is_near_secret(sources: &SourceMap, at: Location) -> bool {
    let outer = sources.outer(at);
    let file = sources.get(outer.source);
    let line = file.line(outer.span.start);
    let around = (line.saturating_sub(1)..=line + 1).filter_map(|number| file.line_span(number));
    let mut texts = around.map(|span| file.slice(span)).filter(|text| text.len() <= 4_096);
    texts.any(|text| secrets::value::secret_lines(text).next().is_some())
}

/// A finding about a leak, by the leak's number.
pub(in crate::lint) struct Candidate<'a> {
    number: usize,
    leak: &'a Leak,
    finding: Diagnostic,
}

/// What may be said of the leaks of reported files, by file.
pub(in crate::lint) type Candidates<'a> = FxHashMap<SourceId, Vec<Candidate<'a>>>;

/// The findings about the leaks of reported files, before anything silences them.
pub(in crate::lint) fn candidates<'a>(work: &Work<'a>, plans: &Plans, result: &mut RunResult) -> Candidates<'a> {
    let mut out = Candidates::default();
    if work.leaks.is_empty() {
        return out;
    }
    let rules: Vec<&dyn Rule> = registry::registry()
        .iter()
        .copied()
        .filter(|rule| matches!(rule.meta().group, "secrets" | "source") && plans.is_on_somewhere(rule.meta().id))
        .collect();
    let inputs = work.data.iter().chain(work.leaking);
    let reported: FxHashMap<SourceId, bool> = inputs.map(|input: &Input| (input.source, input.reported)).collect();
    let is_reported = |leak: &Leak| reported.get(&leak.at.source) == Some(&true);
    let mut equal: BTreeMap<Digest, Vec<&Leak>> = BTreeMap::new();
    for leak in work.leaks.iter().filter(|leak| is_reported(leak) && names_equal_values(leak)) {
        equal.entry(leak.secret.digest).or_default().push(leak);
    }
    for (number, leak) in work.leaks.iter().enumerate().filter(|(_, leak)| is_reported(leak)) {
        if leak.allowed.is_some() {
            result.allowed.push(number);
        }
        let Some(mut finding) = finding(work, plans, &rules, leak) else { continue };
        if let Some(all) = equal.get(&leak.secret.digest).filter(|all| all.len() > 1) {
            let others = all.iter().filter(|other| other.at != leak.at);
            let label = |other: &&Leak| Label { at: work.sources.first_line(other.at), message: "the same value".to_owned() };
            finding.labels = others.take(MAX_PLACES).map(label).collect();
            let help = finding.help.take().unwrap_or_default();
            finding.help = Some(format!("{help}; the same value stands in {} places", all.len()));
        }
        out.entry(leak.at.source).or_default().push(Candidate { number, leak, finding });
    }
    out
}

/// Takes over the candidates of one file that nothing silences and no other rule has reported.
pub(in crate::lint) fn settle(
    candidates: Vec<Candidate<'_>>,
    taken: Option<&Taken<'_>>,
    mut silences: impl FnMut(&Diagnostic) -> bool,
    result: &mut RunResult,
) {
    for Candidate { number, leak, finding } in candidates {
        if taken.is_some_and(|taken| taken.reported.contains(&leak.at)) {
            if leak.allowed.is_none() && taken.is_some_and(|taken| taken.silenced.contains(&leak.at)) {
                result.allowed.push(number);
            }
            continue;
        }
        let silenced = silences(&finding);
        if !silenced && leak.allowed.is_none() {
            result.diagnostics.push(finding);
            continue;
        }
        result.suppressed += 1;
        if leak.allowed.is_none() {
            result.allowed.push(number);
        }
    }
}

/// Two places with `postgres` are no leak of one value.
fn names_equal_values(leak: &Leak) -> bool {
    matches!(leak.secret.class, Class::Provider | Class::Random | Class::Password)
}

/// The finding of the first rule that the leak is for, unless it is off or the place makes the value harmless.
fn finding(work: &Work<'_>, plans: &Plans, rules: &[&dyn Rule], leak: &Leak) -> Option<Diagnostic> {
    let path = &work.sources.get(leak.at.source).path;
    let plan = plans.get(leak.at.source)?;
    let by_path = rules.iter().find(|rule| rule.leak_in(leak, path) && plan.active(rule.meta().id).is_some());
    let rule = by_path.or_else(|| rules.iter().find(|rule| rule.leak(leak)))?.meta();
    let active = plan.active(rule.id)?;
    let severity = severity(leak, below(path, work.bases))?;
    let severity = if active.is_configured { active.severity } else { severity };
    let at = work.sources.first_line(leak.at);
    let mut finding = Diagnostic::new(rule.id, rule.group, severity, Place::At(at), message(leak)).with_url(rule.url());
    finding.is_secret = true;
    finding.value = Some(leak.at);
    finding.help = Some(help(leak));
    Some(finding.with_exact_subject(subject(leak)))
}

/// How bad a leak is in the file called `path`; `None` where nobody would act.
pub(in crate::lint) fn severity_at(leak: &Leak, path: &str, bases: &[String]) -> Option<Severity> {
    severity(leak, below(path, bases))
}

/// `None` where nobody would act.
fn severity(leak: &Leak, path: &str) -> Option<Severity> {
    let place = place_of(path);
    match secrets::verdict(&leak.secret, place)? {
        Verdict::Cap0 => Some(Severity::Error),
        Verdict::Cap1 => Some(Severity::Warning),
        // keys and tokens that tests make for themselves are no one's
        Verdict::Review if leak.secret.class == Class::Provider && (place != secrets::Place::Sample || is_issued(leak)) => {
            Some(Severity::Warning)
        }
        Verdict::Review => Some(Severity::Info),
        // a default of an environment for tests
        Verdict::Info if leak.secret.class == Class::Default => Some(Severity::Info),
        Verdict::Info | Verdict::Leaked => None,
    }
}

/// Whether someone outside issued it: a private key or a JSON web token may be made up for a test.
fn is_issued(leak: &Leak) -> bool {
    !leak.secret.detector.provider.is_empty()
        && !leak.secret.detector.id.contains("private-key")
        && !leak.secret.detector.id.contains("service-account-token")
}

/// What a path below the root says of the place.
fn place_of(path: &str) -> secrets::Place {
    const WORDS: [&str; 17] = [
        "dev",
        "development",
        "test",
        "qa",
        "sandbox",
        "local",
        "preview",
        "stag",
        "stage",
        "staging",
        "stg",
        "uat",
        "preprod",
        "int",
        "integration",
        "ci",
        "demo",
    ];
    if secrets::is_sample(path) {
        return secrets::Place::Sample;
    }
    let is_named = |segment: &str| segment.split(['-', '_', '.']).any(|word| WORDS.contains(&word.to_ascii_lowercase().as_str()));
    if path.split('/').any(is_named) { secrets::Place::NonProduction } else { secrets::Place::Deployable }
}

/// A path below the folder of the run that it lies in.
fn below<'p>(path: &'p str, bases: &[String]) -> &'p str {
    let inside = |base: &String| path.strip_prefix(base.trim_end_matches('/'))?.strip_prefix('/');
    bases.iter().filter_map(inside).min_by_key(|rest| rest.len()).unwrap_or(path)
}

fn message(leak: &Leak) -> String {
    let encrypted = if leak.in_encrypted { ", in clear in an encrypted file" } else { "" };
    format!("{}{encrypted}", describe(&leak.secret, &leak.name))
}

/// What a secret is, for a message: its kind and length, never a part of it.
#[must_use]
pub fn describe(secret: &Secret, name: &str) -> String {
    let what = match (secret.class, secret.detector.title) {
        (Class::Provider, title) if !title.is_empty() => title,
        (class, _) => class.describe(),
    };
    let what = with_article(what);
    let length = format!("{} character{}", secret.length, if secret.length == 1 { "" } else { "s" });
    match name {
        "" => format!("{what} in the text ({length})"),
        name => format!("the value of `{name}` is {what} ({length})"),
    }
}

/// The rule of the group that a secret belongs to, wherever it stands.
#[must_use]
pub fn rule_of(secret: &Secret) -> Option<&'static RuleMeta> {
    let at = Location { source: SourceId(0), span: Span::default() };
    let leak = Leak { at, key: None, name: String::new(), secret: *secret, in_encrypted: false, allowed: None };
    registry::registry().iter().find(|rule| rule.leak(&leak)).map(|rule| rule.meta())
}

fn with_article(what: &str) -> String {
    match what.as_bytes().first() {
        _ if what.starts_with("a ") || what.starts_with("an ") => what.to_owned(),
        Some(b'A' | b'E' | b'I' | b'O' | b'a' | b'e' | b'i' | b'o') => format!("an {what}"),
        _ => format!("a {what}"),
    }
}

fn help(leak: &Leak) -> String {
    match leak.secret.class {
        Class::Provider | Class::Random => {
            "revoke it where it was issued, and take the new one from a secret store: history and forks keep it".to_owned()
        }
        Class::Password => "change it where it is in use, and take the new one from a secret store: history and forks keep it".to_owned(),
        Class::Default | Class::Public => "let the deployment set one, from a secret store".to_owned(),
    }
}

/// What names a leak across runs. A digest of a value that can be guessed would give it away.
fn subject(leak: &Leak) -> String {
    match leak.secret.class {
        Class::Provider | Class::Random => format!("{}#{}#{}", leak.secret.detector.id, leak.name, leak.secret.digest),
        _ => format!("{}#{}", leak.secret.detector.id, leak.name),
    }
}
