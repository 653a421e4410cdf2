//! The gates of an assessment: what is asked for, and what of it is missed.

use std::collections::BTreeSet;

use crate::assess::Assessment;
use crate::assess::delta::Delta;
use crate::assess::status::Domain;
use crate::cli::{AssessArgs, FailOnArg};
use crate::commands::Error;
use crate::config::{self, Config};

/// What is asked for. The command line stands in for the configuration, gate by gate.
#[derive(Clone, Default, Debug)]
pub(crate) struct Gates {
    level: Option<u8>,
    domains: Vec<(Domain, u8)>,
    review: bool,
    waivers: bool,
    no_regress: bool,
}

impl Gates {
    /// The gates of the configuration.
    pub(crate) fn of_config(config: &Config) -> Self {
        let assess = &config.assess;
        let domains = assess.min_domain.iter().filter_map(|(name, level)| Some((Domain::parse(name)?, *level))).collect();
        let asks = |what: config::FailOn| assess.fail_on.contains(&what);
        Self {
            level: assess.min_level,
            domains,
            review: asks(config::FailOn::Review),
            waivers: asks(config::FailOn::Waivers),
            no_regress: assess.no_regress,
        }
    }

    /// # Errors
    /// A domain or level that is none; `--no-regress` without something to compare with.
    pub(super) fn new(args: &AssessArgs, config: &Config) -> Result<Self, Error> {
        let mut this = Self::of_config(config);
        let more = &args.governance;
        this.level = args.min_level.or(this.level);
        if !args.min_domain.is_empty() {
            this.domains = args.min_domain.iter().map(|text| minimum(text)).collect::<Result<Vec<_>, _>>()?;
        }
        if !more.fail_on.is_empty() {
            this.review = more.fail_on.contains(&FailOnArg::Review);
            this.waivers = more.fail_on.contains(&FailOnArg::Waivers);
        }
        this.no_regress |= more.no_regress;
        let compares = more.baseline.is_some() || more.diff.is_some() || config.assess.baseline.is_some();
        if more.no_regress && !compares {
            return Err(Error::usage("`--no-regress` needs `--baseline FILE` or `--diff REF` to compare with"));
        }
        Ok(this)
    }

    /// Whether a level is asked for, so that a baseline makes a difference for it.
    pub(super) fn asks_levels(&self) -> bool {
        self.level.is_some() || !self.domains.is_empty()
    }

    /// What is missed, each in one line. `accepted` is what a baseline holds; `delta` what changed since it, or since a revision.
    pub(crate) fn missed(&self, assessment: &Assessment, accepted: Option<&BTreeSet<String>>, delta: Option<&Delta>) -> Vec<String> {
        let mut out = Vec::new();
        self.levels(assessment, &mut out);
        let review: Vec<String> = assessment
            .findings
            .iter()
            .filter(|finding| finding.effect.as_str() == "review" && finding.allowed.is_none())
            .filter(|finding| !assessment.waivers.active.iter().any(|waiver| waiver.covers_value(finding)))
            .filter(|finding| finding.value.class() == "V1" || accepted.is_none_or(|known| !known.contains(&finding.id)))
            .map(|finding| format!("{}:{}", finding.spot.path, finding.spot.line))
            .collect();
        if self.review && !review.is_empty() {
            out.push(format!("{} to review: {}", count(review.len(), "possible credential"), few(&review)));
        }
        if self.waivers {
            waivers(assessment, &mut out);
        }
        if self.no_regress {
            let known: Vec<String> = assessment
                .findings
                .iter()
                .filter(|finding| finding.value.class() == "V1" && finding.effect.cap().is_some() && finding.allowed.is_none())
                .map(|finding| format!("{}:{}", finding.spot.path, finding.spot.line))
                .collect();
            if !known.is_empty() {
                out.push(format!("no baseline accepts a credential in a provider's format: {}", few(&known)));
            }
            out.extend(delta.into_iter().flat_map(Delta::regressions));
        }
        out
    }

    fn levels(&self, assessment: &Assessment, out: &mut Vec<String>) {
        let accepted = assessment.governance.accepted.as_ref();
        if let Some(wanted) = self.level {
            let own = assessment.overall.level;
            let level = accepted.map_or(own, |accepted| accepted.level);
            let with = if level == own { String::new() } else { format!(" ({} with what the baseline accepts)", word(level)) };
            match (level, own) {
                (Some(level), _) if level >= wanted => {}
                (_, Some(own)) => out.push(format!("level {own}{with} is below the least level {wanted}")),
                (_, None) => out.push(format!("{}; the least level is {wanted}", assessment.overall.reason)),
            }
        }
        for (domain, wanted) in &self.domains {
            let own = assessment.domain(*domain);
            let at = Domain::ALL.iter().position(|known| known == domain).unwrap_or_default();
            let level = accepted.map_or(own, |accepted| accepted.domains[at]);
            if level.is_none_or(|level| level < *wanted) {
                let with = if level == own { String::new() } else { format!(" ({} with what the baseline accepts)", word(level)) };
                let found = own.map_or_else(|| "not assessable".to_owned(), |level| level.to_string());
                out.push(format!("{} is {found}{with}, below the least level {wanted}", domain.as_str()));
            }
        }
    }
}

fn waivers(assessment: &Assessment, out: &mut Vec<String>) {
    let (waivers, stated) = (&assessment.waivers, &assessment.governance.attestations);
    let mut say = |ids: Vec<&str>, one: &str, what: &str| {
        if !ids.is_empty() {
            let named: Vec<String> = ids.iter().map(|id| format!("`{}`", if id.is_empty() { "?" } else { id })).collect();
            out.push(format!("{} {what}: {}", count(named.len(), one), few(&named)));
        }
    };
    say(waivers.expired.iter().map(|waiver| waiver.id.as_str()).collect(), "waiver", "expired");
    say(distinct(waivers.invalid.iter().map(|waiver| (waiver.entry, waiver.id.as_str()))), "waiver", "not valid");
    say(waivers.unmatched.iter().map(|waiver| waiver.id.as_str()).collect(), "waiver", "without a subject");
    say(stated.expired.iter().map(|found| found.entry.id.as_str()).collect(), "attestation", "expired");
    say(distinct(stated.invalid.iter().map(|found| (found.entry, found.id.as_str()))), "attestation", "not valid");
    say(stated.unmatched.iter().map(|found| found.entry.id.as_str()).collect(), "attestation", "without a subject");
}

/// The ids of entries, each entry once.
fn distinct<'a>(rows: impl Iterator<Item = (u32, &'a str)>) -> Vec<&'a str> {
    rows.collect::<BTreeSet<_>>().into_iter().map(|(_, id)| id).collect()
}

fn word(level: Option<u8>) -> String {
    level.map_or_else(|| "none".to_owned(), |level| level.to_string())
}

fn count(number: usize, one: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {one}s") }
}

/// The first three, and how many more.
fn few(items: &[String]) -> String {
    let first = items.iter().take(3).cloned().collect::<Vec<_>>().join(", ");
    if items.len() > 3 { format!("{first} and {} more", items.len() - 3) } else { first }
}

/// `audit=2`
fn minimum(text: &str) -> Result<(Domain, u8), Error> {
    let parts = text.split_once('=');
    let found =
        parts.and_then(|(name, level)| Some((Domain::parse(name.trim())?, level.trim().parse::<u8>().ok().filter(|level| *level <= 5)?)));
    found.ok_or_else(|| {
        let names: Vec<&str> = Domain::ALL.iter().map(|domain| domain.as_str()).collect();
        Error::usage(format!(
            "`--min-domain {text}`: write a domain and a level from 0 to 5, e.g. `audit=2`; the domains are {}",
            names.join(", ")
        ))
    })
}
