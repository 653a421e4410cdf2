//! Frameworks as data: which controls the criteria support, in our own words, and which no repository can show.
//!
//! A criterion *supports* a control: it is evidence that an assessor may look at. None of this says that a control is satisfied, and
//! none of it is legal advice.

mod cisa_ztmm_2_0;
mod csf_2_0;
mod hipaa_164;
mod iso_27001_2022;
mod nist_800_207;
mod nist_800_207a;
mod nist_800_53_r5;
mod pci_dss_4_0_1;
mod soc2_tsc;
pub mod support;

/// What every table of a framework ends with.
pub const FOOTER: &str =
    "Evidence in files supports a control; it does not satisfy one. Scope, operation and people decide that. Not legal advice.";

/// What a control's words rest on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// The control's own text.
    Text,
    /// Its title and an outline, where the text is sold.
    Outline,
    /// General knowledge, to be checked before it is relied on.
    Memory,
}

impl Basis {
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Outline => "outline",
            Self::Memory => "memory",
        }
    }
}

/// One control and the criteria that support it.
#[derive(Clone, Copy, Debug)]
pub struct Control {
    /// As the framework numbers it.
    pub id: &'static str,
    /// What the control asks, in our own words, without full stop.
    pub asks: &'static str,
    /// How the criteria's evidence supports it, and what it leaves open, in full sentences.
    pub supports: &'static str,
    pub criteria: &'static [&'static str],
    /// Waivers with owner, reason and end are evidence for it as well.
    pub waivers: bool,
    /// What was read at `source`; [`Basis::Memory`] where nothing was.
    pub basis: Basis,
    /// Where the text that was read is published.
    pub source: Option<&'static str>,
}

/// Something that no evidence in a repository supports.
#[derive(Clone, Copy, Debug)]
pub struct Outside {
    /// A control or a group of them.
    pub id: &'static str,
    pub what: &'static str,
    /// Why not.
    pub why: &'static str,
}

/// A framework.
#[derive(Clone, Copy, Debug)]
pub struct Framework {
    /// The key in JSON.
    pub id: &'static str,
    /// Other names that `--framework` takes.
    pub aliases: &'static [&'static str],
    pub name: &'static str,
    /// What its ids are called: `requirement`, `tenet`.
    pub unit: &'static str,
    /// What a reader should know before using the table.
    pub note: &'static str,
    pub controls: &'static [Control],
    pub outside: &'static [Outside],
}

impl Control {
    /// Whether something that describes the control was read, at a source that is named.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.basis != Basis::Memory && self.source.is_some()
    }
}

/// A control whose text was read at `source`.
const fn read(
    id: &'static str,
    asks: &'static str,
    supports: &'static str,
    criteria: &'static [&'static str],
    source: &'static str,
) -> Control {
    Control { id, asks, supports, criteria, waivers: false, basis: Basis::Text, source: Some(source) }
}

/// A control of which the title and an outline were read at `source`, and not the text.
const fn outlined(
    id: &'static str,
    asks: &'static str,
    supports: &'static str,
    criteria: &'static [&'static str],
    source: &'static str,
) -> Control {
    Control { basis: Basis::Outline, ..read(id, asks, supports, criteria, source) }
}

/// A control whose text was not read: taken from general knowledge, to be checked before it is relied on.
const fn recalled(id: &'static str, asks: &'static str, supports: &'static str, criteria: &'static [&'static str]) -> Control {
    Control { id, asks, supports, criteria, waivers: false, basis: Basis::Memory, source: None }
}

/// A control that waivers support, too.
const fn with_waivers(control: Control) -> Control {
    Control { waivers: true, ..control }
}

const fn outside(id: &'static str, what: &'static str, why: &'static str) -> Outside {
    Outside { id, what, why }
}

/// All frameworks, in the order of reports.
pub const FRAMEWORKS: &[Framework] = &[
    cisa_ztmm_2_0::FRAMEWORK,
    nist_800_207::FRAMEWORK,
    nist_800_207a::FRAMEWORK,
    nist_800_53_r5::FRAMEWORK,
    csf_2_0::FRAMEWORK,
    soc2_tsc::FRAMEWORK,
    iso_27001_2022::FRAMEWORK,
    pci_dss_4_0_1::FRAMEWORK,
    hipaa_164::FRAMEWORK,
];

/// The framework with this id or another of its names, whatever the case.
#[must_use]
pub fn framework(name: &str) -> Option<&'static Framework> {
    let plain = |text: &str| text.to_ascii_lowercase().replace(['_', '.', ' ', ':'], "-");
    let name = plain(name);
    FRAMEWORKS.iter().find(|one| plain(one.id) == name || one.aliases.iter().any(|alias| plain(alias) == name))
}

impl Framework {
    /// The control with this id, whatever the case.
    #[must_use]
    pub fn control(&self, id: &str) -> Option<&'static Control> {
        self.controls.iter().find(|control| control.id.eq_ignore_ascii_case(id))
    }

    /// Whether a criterion supports one of its controls.
    #[must_use]
    pub fn covers(&self, criterion: &str) -> bool {
        self.controls.iter().any(|control| control.criteria.contains(&criterion))
    }
}

/// The controls that have this id, whatever the case, alone or behind the framework's name: `8.6.3`, `pci:8.6.3`.
#[must_use]
pub fn controls(id: &str) -> Vec<(&'static Framework, &'static Control)> {
    if let Some((name, control)) = id.split_once(':')
        && let Some(own) = framework(name)
    {
        return own.control(control.trim()).map(|control| (own, control)).into_iter().collect();
    }
    FRAMEWORKS.iter().filter_map(|own| Some((own, own.control(id)?))).collect()
}

/// The controls that a criterion supports, of each framework that has one.
#[must_use]
pub fn mappings(criterion: &str) -> Vec<(&'static Framework, Vec<&'static Control>)> {
    let of = |own: &'static Framework| own.controls.iter().filter(|control| control.criteria.contains(&criterion)).collect::<Vec<_>>();
    FRAMEWORKS.iter().map(|own| (own, of(own))).filter(|(_, controls)| !controls.is_empty()).collect()
}
