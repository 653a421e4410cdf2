//! The history file: one line of JSON for each assessed commit.

use serde::{Deserialize, Serialize};

use super::result::{Assessment, MODEL};
use super::status::Domain;

/// So many points are shown.
pub const SHOWN: usize = 60;

/// One line.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Point {
    pub date: String,
    /// `None` outside of version control.
    pub commit: Option<String>,
    /// `None`: not rated.
    pub level: Option<u8>,
    #[serde(default)]
    pub level_without_waivers: Option<u8>,
    #[serde(default)]
    pub domains: Levels,
    #[serde(default)]
    pub counts: Counts,
    /// The version of the model.
    #[serde(default)]
    pub model: String,
}

/// The domains' levels.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Levels {
    pub authentication: Option<u8>,
    pub authorization: Option<u8>,
    pub secrets: Option<u8>,
    pub encryption: Option<u8>,
    pub audit: Option<u8>,
    pub network: Option<u8>,
}

/// How much there is of each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct Counts {
    pub workloads: usize,
    pub credentials: usize,
    /// Criteria that are satisfied, and that apply.
    pub satisfied: usize,
    pub applicable: usize,
    /// Values in files that hold the level down, and those to review.
    pub capping: usize,
    pub review: usize,
    pub waivers: usize,
}

impl Point {
    /// The point of an assessment.
    #[must_use]
    pub fn of(assessment: &Assessment, commit: Option<&str>) -> Self {
        let level = |domain: Domain| assessment.domain(domain);
        let applicable = || assessment.combined.iter().filter(|verdict| verdict.status != super::status::Status::NotApplicable);
        let capping = assessment.findings.iter().filter(|finding| finding.effect.cap().is_some()).count();
        let overall = &assessment.overall;
        Self {
            date: assessment.as_of.to_string(),
            commit: commit.map(str::to_owned),
            level: overall.level,
            level_without_waivers: overall.level_without_waivers,
            domains: Levels {
                authentication: level(Domain::Authentication),
                authorization: level(Domain::Authorization),
                secrets: level(Domain::Secrets),
                encryption: level(Domain::Encryption),
                audit: level(Domain::Audit),
                network: level(Domain::Network),
            },
            counts: Counts {
                workloads: assessment.workloads,
                credentials: assessment.credentials.len(),
                satisfied: applicable().filter(|verdict| verdict.status.is_satisfied()).count(),
                applicable: applicable().count(),
                capping,
                review: assessment.findings.iter().filter(|finding| finding.effect.as_str() == "review").count(),
                waivers: assessment.waivers.active.len(),
            },
            model: MODEL.to_owned(),
        }
    }

    /// Whether both say the same of the same commit; on which day does not matter where the commit is known.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let day = self.commit.is_some() || self.date == other.date;
        day && Self { date: String::new(), ..self.clone() } == Self { date: String::new(), ..other.clone() }
    }

    /// The line, with its end.
    #[must_use]
    pub fn line(&self) -> String {
        serde_json::to_string(self).unwrap_or_default() + "\n"
    }
}

/// The levels as a line of blocks, oldest first: `▁` for level 0 to `▆` for level 5, `·` where there is none.
#[must_use]
pub fn sparkline(points: &[Point]) -> String {
    const BLOCKS: [char; 6] = ['▁', '▂', '▃', '▄', '▅', '▆'];
    let shown = &points[points.len().saturating_sub(SHOWN)..];
    shown.iter().map(|point| point.level.and_then(|level| BLOCKS.get(usize::from(level)).copied()).unwrap_or('·')).collect()
}
