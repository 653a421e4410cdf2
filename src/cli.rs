//! The command line: types only.

mod organise;
mod words;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueHint};

pub use organise::{AssessCommand, CommentArg, FailOnArg, GovernanceArgs, MergeArgs, MergeFormat};
pub use words::{Color, Format, MigrateArg, PartArg, PresetArg, RegoVersionArg, SchemaArg, ScopeArg, SeverityArg};

/// Formats, lints, tests and scores zero-trust policy kept in Git.
#[derive(Parser, Debug)]
#[command(name = "ztctl", version, max_term_width = 100, disable_help_subcommand = true)]
#[command(
    after_help = "Exit codes: 0 nothing to object to, 1 findings, failed tests or files that would change, 2 ztctl could not do its job."
)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Format Rego files in place, byte for byte as `opa fmt` does
    Fmt(FmtArgs),
    /// Lint Rego files
    Lint(LintArgs),
    /// Check manifests and configurations for zero-trust anti-patterns
    Check(LintArgs),
    /// Give the level of zero-trust maturity, 0 to 5, with evidence and the next step
    Assess(AssessArgs),
    /// Run Rego unit tests and fixture cases (`*.ztest.yaml`)
    Test(TestArgs),
    /// The gate: lint, check, format check and tests in one pass
    Verify(VerifyArgs),
    /// Run `verify` on an embedded example repository
    Demo(DemoArgs),
    /// List the rules
    Rules(RulesArgs),
    /// Explain a rule: what it finds, why, examples, options
    Explain(ExplainArgs),
    /// Write today's findings to a file that `--baseline` hides
    Baseline(BaselineArgs),
    /// Print the syntax tree of a Rego file
    Parse(ParseArgs),
    /// Write a commented `ztctl.toml`
    Init(InitArgs),
    /// Print a JSON schema
    Schema(SchemaArgs),
    /// Print shell completions
    Completions(CompletionsArgs),
    /// Print the manual page
    Man,
    /// Evaluate in a bounded child process (used by `test`)
    #[command(hide = true, name = "__evaluate")]
    Evaluate,
}

/// What every command that reads files takes.
#[derive(Args, Debug, Clone)]
pub struct CommonArgs {
    /// Files and directories; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    pub paths: Vec<PathBuf>,
    /// The name that standard input goes by
    #[arg(long, value_name = "PATH", value_hint = ValueHint::FilePath, help_heading = "Files")]
    pub stdin_filename: Option<PathBuf>,
    /// Judge the whole of DIR; the paths only choose what is reported
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath, help_heading = "Files")]
    pub workspace: Option<PathBuf>,
    /// Report only files changed since REF; implies `--workspace` with the repository's root
    #[arg(long, value_name = "REF", conflicts_with = "staged", help_heading = "Files")]
    pub since: Option<String>,
    /// Report only staged files; implies `--workspace` with the repository's root
    #[arg(long, help_heading = "Files")]
    pub staged: bool,
    /// Skip larger files, e.g. `500KiB` or `16MiB`
    #[arg(long, value_name = "SIZE", default_value = "16MiB", value_parser = parse_size, help_heading = "Files")]
    pub max_file_size: u64,
    /// Exit with 2 where there is nothing to do
    #[arg(long, help_heading = "Files")]
    pub fail_on_empty: bool,
    /// Use this config file for all files
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Configuration")]
    pub config: Option<PathBuf>,
    /// Built-in defaults only: read neither `ztctl.toml` nor `.regal/`
    #[arg(long, conflicts_with = "config", help_heading = "Configuration")]
    pub no_config: bool,
    /// The date that decides every expiry (default: today, UTC)
    #[arg(long, value_name = "YYYY-MM-DD", help_heading = "Configuration")]
    pub as_of: Option<String>,
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Where and how results are written.
#[derive(Args, Debug, Clone)]
pub struct OutputArgs {
    /// Output format (default: pretty on a terminal and elsewhere)
    #[arg(long, value_enum, default_value_t = Format::Pretty, help_heading = "Output")]
    pub format: Format,
    /// Write the report to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Output")]
    pub output: Option<PathBuf>,
    /// Colour the output
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = Color::Auto, help_heading = "Output")]
    pub color: Color,
    /// Say only what is wrong
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// Worker threads (default: one for each processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Output")]
    pub jobs: Option<u16>,
}

/// What every command with findings takes.
#[derive(Args, Debug, Clone, Default)]
pub struct FindingArgs {
    /// Only these rules, groups or globs, whatever the preset says
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',', help_heading = "Rules")]
    pub select: Vec<String>,
    /// These as well
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',', help_heading = "Rules")]
    pub extend_select: Vec<String>,
    /// Not these; taken away last
    #[arg(long, value_name = "SELECTOR", value_delimiter = ',', help_heading = "Rules")]
    pub ignore: Vec<String>,
    /// The set of rules and levels to start from
    #[arg(long, value_enum, help_heading = "Rules")]
    pub preset: Option<PresetArg>,
    /// The releases that manifests are for, e.g. `kubernetes=1.33,istio=1.27` (repeatable)
    #[arg(long, value_name = "PRODUCT=VERSION", value_delimiter = ',', help_heading = "Rules")]
    pub target: Vec<String>,
    /// The lowest severity that makes the exit code 1
    #[arg(long, value_enum, value_name = "LEVEL", help_heading = "Rules")]
    pub fail_level: Option<SeverityArg>,
    /// Hide the findings that FILE holds (see `ztctl baseline`)
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rules")]
    pub baseline: Option<PathBuf>,
    /// JSON Schemas that `schemas` annotations can name: a folder (`request.json` is `schema.request`), or a file that describes
    /// `input` everywhere
    #[arg(long, value_name = "PATH", value_hint = ValueHint::AnyPath, help_heading = "Rego")]
    pub schema: Option<PathBuf>,
    /// Apply safe fixes
    #[arg(long, help_heading = "Fixes")]
    pub fix: bool,
    /// Apply unsafe fixes too
    #[arg(long, help_heading = "Fixes")]
    pub unsafe_fixes: bool,
    /// Move files to where rules want them, all of them or none; no other option does
    #[arg(long, help_heading = "Fixes")]
    pub fix_moves: bool,
    /// Show what the fixes would change, write nothing
    #[arg(long, help_heading = "Fixes")]
    pub diff: bool,
}

/// How charts are read.
#[derive(Args, Debug, Clone, Default)]
pub struct HelmArgs {
    /// Render charts with the `helm` on the path, with their own values; without it templates are read as they are
    #[arg(long, help_heading = "Helm")]
    pub helm: bool,
    /// Values to render all charts with, as `helm --values` takes them (repeatable); implies `--helm`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Helm")]
    pub helm_values: Vec<PathBuf>,
}

/// What every command that reads Rego takes.
#[derive(Args, Debug, Clone, Default)]
pub struct RegoArgs {
    /// Read Rego as this version; `auto`: imports, then `.manifest`, then config, else v1 if it parses, else v0
    #[arg(long, value_enum, value_name = "VERSION", help_heading = "Rego")]
    pub rego_version: Option<RegoVersionArg>,
    /// Capabilities of the target engine: a file as `opa capabilities` prints it, or `opa@1.18`
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Rego")]
    pub capabilities: Option<String>,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  ztctl fmt --check                               in CI: exit with 1 where a file is not formatted
  ztctl fmt --migrate both --check --report       what a migration would do, and what it would leave
  ztctl fmt --migrate both                        what has exactly one meaning
  ztctl fmt --migrate v1 --unsafe-fixes --diff    the rest, to be read before it is written")]
pub struct FmtArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
    /// Write nothing; exit with 1 where a file would change
    #[arg(long)]
    pub check: bool,
    /// Write nothing; list the files that would change, and exit with 1 if there are any
    #[arg(short, long)]
    pub list: bool,
    /// Write nothing; show a unified diff, and exit with 1 if it is not empty
    #[arg(long)]
    pub diff: bool,
    /// Write the results to standard output instead of the files
    #[arg(long, conflicts_with_all = ["check", "list", "diff"])]
    pub stdout: bool,
    /// Migrate: `both` to Rego that v0 and v1 accept, `v1` to what v1 needs and no more
    #[arg(long, value_enum, value_name = "TO", help_heading = "Migration")]
    pub migrate: Option<MigrateArg>,
    /// Also Rego inside ConstraintTemplates and ConfigMaps (YAML, JSON) and code blocks (Markdown)
    #[arg(long)]
    pub embedded: bool,
    /// Apply rewrites that may change a result, or a name that others query
    #[arg(long, requires = "migrate", help_heading = "Migration")]
    pub unsafe_fixes: bool,
    /// Write a report of the migration instead of the usual output, as `--format` pretty, json or markdown
    #[arg(long, requires = "migrate", conflicts_with = "stdout", help_heading = "Migration")]
    pub report: bool,
}

#[derive(Args, Debug)]
pub struct LintArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub findings: FindingArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
    #[command(flatten)]
    pub helm: HelmArgs,
    /// Look for secrets in the history of version control as well
    #[arg(long, help_heading = "Files")]
    pub history: bool,
}

#[derive(Args, Debug, Clone)]
#[command(args_conflicts_with_subcommands = true)]
pub struct AssessArgs {
    #[command(subcommand)]
    pub command: Option<AssessCommand>,
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
    #[command(flatten)]
    pub helm: HelmArgs,
    /// Explain a criterion, a disqualifier, a domain, a waiver or a framework's control (`8.6.3`, `pci:8.6.3`), scope by scope, with all
    /// of its evidence
    #[arg(long, value_name = "ID")]
    pub explain: Option<String>,
    /// Report by the controls of a framework: `cisa`, `800-207`, `800-207a`, `800-53`, `csf`, `soc2`, `iso27001`, `pci`, `hipaa`
    #[arg(long, value_name = "ID", conflicts_with = "explain")]
    pub framework: Option<String>,
    /// Answer the five self-check questions, with evidence
    #[arg(long, conflicts_with_all = ["explain", "framework"])]
    pub questions: bool,
    /// Print every next step in full, with what to observe first
    #[arg(long, conflicts_with_all = ["explain", "questions"])]
    pub all_steps: bool,
    /// Print a sheet for an incident: what a workload is, holds and reaches, and what to revoke in which order; `name`, `ns/name`,
    /// `ns/Kind/name`, or one of them behind `environment:`
    #[arg(long, value_name = "WORKLOAD", conflicts_with_all = ["explain", "questions", "all_steps", "framework"])]
    pub runbook: Option<String>,
    /// Print what no repository shows, and what is not looked at
    #[arg(long, conflicts_with = "explain")]
    pub limits: bool,
    /// Exit with 1 where the level is lower
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub min_level: Option<u8>,
    /// Exit with 1 where the level of a domain is lower, e.g. `audit=2` (repeatable)
    #[arg(long, value_name = "DOMAIN=LEVEL", value_delimiter = ',')]
    pub min_domain: Vec<String>,
    /// Which scopes decide the level
    #[arg(long, value_enum, default_value_t = ScopeArg::Production)]
    pub scope: ScopeArg,
    /// Look for secrets in the history of version control as well
    #[arg(long)]
    pub history: bool,
    /// Let waivers and marks cover credentials in a provider's format in production too
    #[arg(long)]
    pub allow_secret_waivers: bool,
    /// Refreshing what is synchronised is no rotation: ask for rotation at the source
    #[arg(long)]
    pub strict: bool,
    /// Do not run the repository's policy tests: whether they hold is unknown then
    #[arg(long)]
    pub no_tests: bool,
    #[command(flatten)]
    pub governance: GovernanceArgs,
}

#[derive(Args, Debug)]
pub struct TestArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
    #[command(flatten)]
    pub run: TestRunArgs,
    /// Show passing tests and all printed output
    #[arg(short, long)]
    pub verbose: bool,
    /// Leave out files and directories that match (repeatable)
    #[arg(long, value_name = "GLOB", value_delimiter = ',')]
    pub ignore: Vec<String>,
    /// Record the decisions of fixture cases in their files
    #[arg(long)]
    pub update: bool,
}

/// How tests are run.
#[derive(Args, Debug, Clone)]
pub struct TestRunArgs {
    /// Run only tests whose full name matches
    #[arg(short, long, value_name = "REGEX")]
    pub run: Option<String>,
    /// Time limit of each test, e.g. `500ms` or `5s`
    #[arg(long, value_name = "DURATION", default_value = "5s", value_parser = parse_duration)]
    pub timeout: std::time::Duration,
    /// Memory limit of the whole evaluation, where the platform has one
    #[arg(long, value_name = "SIZE", default_value = "4GiB", value_parser = parse_size)]
    pub max_memory: u64,
}

#[derive(Args, Debug)]
pub struct VerifyArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub findings: FindingArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
    #[command(flatten)]
    pub helm: HelmArgs,
    #[command(flatten)]
    pub run: TestRunArgs,
    /// Leave out a part of the gate (repeatable)
    #[arg(long, value_enum, value_name = "PART", value_delimiter = ',')]
    pub skip: Vec<PartArg>,
}

#[derive(Args, Debug)]
pub struct DemoArgs {
    #[command(flatten)]
    pub output: OutputArgs,
}

#[derive(Args, Debug)]
pub struct RulesArgs {
    /// Only these rules, groups or globs
    #[arg(value_name = "SELECTOR")]
    pub selectors: Vec<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
}

#[derive(Args, Debug)]
pub struct ExplainArgs {
    /// The rule's id
    #[arg(value_name = "RULE")]
    pub rule: String,
}

#[derive(Args, Debug)]
pub struct BaselineArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
}

#[derive(Args, Debug)]
pub struct ParseArgs {
    #[command(flatten)]
    pub common: CommonArgs,
    #[command(flatten)]
    pub rego: RegoArgs,
}

#[derive(Args, Debug)]
pub struct InitArgs {
    /// Where to write it
    #[arg(value_name = "DIR", default_value = ".", value_hint = ValueHint::DirPath)]
    pub dir: PathBuf,
}

#[derive(Args, Debug)]
pub struct SchemaArgs {
    #[arg(value_enum)]
    pub of: SchemaArg,
}

#[derive(Args, Debug)]
pub struct CompletionsArgs {
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

/// `1048576`, `500KiB`, `16MiB`, `1GiB` (also `KB`, `MB`, `GB` in powers of 1000) as bytes.
fn parse_size(text: &str) -> Result<u64, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let factor: u64 = match text[digits..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kib" => 1 << 10,
        "m" | "mib" => 1 << 20,
        "g" | "gib" => 1 << 30,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        unit => return Err(format!("unknown unit `{unit}`: write `KiB`, `MiB` or `GiB`")),
    };
    let count: u64 = text[..digits].parse().map_err(|_| format!("`{text}` is not a size: write a number such as `16MiB`"))?;
    count.checked_mul(factor).ok_or_else(|| format!("`{text}` is too large"))
}

/// `500ms`, `5s`, `2m` as a duration; a bare number counts seconds.
fn parse_duration(text: &str) -> Result<std::time::Duration, String> {
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let millis: u64 = match &text[digits..] {
        "ms" => 1,
        "" | "s" => 1_000,
        "m" => 60_000,
        unit => return Err(format!("unknown unit `{unit}`: write `ms`, `s` or `m`")),
    };
    let count: u64 = text[..digits].parse().map_err(|_| format!("`{text}` is not a duration: write one such as `5s`"))?;
    count.checked_mul(millis).map(std::time::Duration::from_millis).ok_or_else(|| format!("`{text}` is too long"))
}
