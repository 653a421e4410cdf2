//! The words that options take.

use clap::ValueEnum;

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    Pretty,
    Concise,
    Json,
    Sarif,
    Github,
    Junit,
    Gitlab,
    Markdown,
    /// `assess` only: one self-contained page
    Html,
    /// `assess` only: an SVG badge
    Badge,
    /// `assess` only: the badge for shields.io's endpoint
    BadgeJson,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum PresetArg {
    Recommended,
    Regal,
    All,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SeverityArg {
    Error,
    Warning,
    Info,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum RegoVersionArg {
    Auto,
    V0,
    V1,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum MigrateArg {
    Both,
    V1,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum PartArg {
    Fmt,
    Lint,
    Check,
    Test,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum ScopeArg {
    /// Production, and what states no environment
    Production,
    /// All of them
    All,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum SchemaArg {
    /// The JSON report of `lint` and `verify`
    Report,
    /// The JSON report of `assess`
    Assess,
    /// The JSON report of `assess merge`
    AssessOrg,
    /// The JSON of `assess --explain`
    Explain,
    /// The JSON of `assess --runbook`
    Runbook,
    /// `.ztctl/waivers.yaml`
    Waivers,
    /// `.ztctl/attestations.yaml`
    Attestations,
    /// The JSON report of `fmt --migrate`
    Migration,
    /// `ztctl.toml`
    Config,
}
