//! What `assess` takes beside the files: gates, comparisons, statements, many repositories.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

/// Gates, comparisons and statements of `assess`.
#[derive(Args, Debug, Clone, Default)]
pub struct GovernanceArgs {
    /// Exit with 1 where there is something to review, or where waivers are expired, invalid or cover nothing (repeatable)
    #[arg(long, value_enum, value_name = "WHAT", value_delimiter = ',', help_heading = "Gates")]
    pub fail_on: Vec<FailOnArg>,
    /// Exit with 1 where something is worse than in `--baseline` or `--diff`: a lower level of the headline or a domain, a new finding
    /// or disqualifier that holds the level down, a criterion that is no longer held
    #[arg(long, help_heading = "Gates")]
    pub no_regress: bool,
    /// An earlier JSON report: the gates hold nothing against what it holds, except credentials in a provider's format
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Gates")]
    pub baseline: Option<PathBuf>,
    /// Show what changed since REF: a revision, `REF...` for where HEAD left it, or an earlier JSON report
    #[arg(long, value_name = "REF", value_hint = ValueHint::AnyPath, help_heading = "Comparison")]
    pub diff: Option<String>,
    /// When to write the Markdown comment; `on-change`: nothing is written where nothing changed since `--diff` or `--baseline`
    #[arg(long, value_enum, value_name = "WHEN", default_value_t = CommentArg::Always, help_heading = "Comparison")]
    pub comment: CommentArg,
    /// Append a line about this commit to FILE, and show how the level went
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, help_heading = "Comparison")]
    pub history_file: Option<PathBuf>,
    /// Let the statements of `.ztctl/attestations.yaml` count; never for level 5
    #[arg(long, help_heading = "Waivers and statements")]
    pub accept_attestations: bool,
    /// The name in reports over many repositories (default: the configuration's, else the folder's)
    #[arg(long, value_name = "NAME", help_heading = "Many repositories")]
    pub name: Option<String>,
    /// Assess each repository of FILE, one path a line; `-o` is the folder for their JSON reports
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath, requires = "output", help_heading = "Many repositories")]
    pub repos: Option<PathBuf>,
    /// Only the repositories of `--repos` that fall to part I of N; I counts from 0
    #[arg(long, value_name = "I/N", requires = "repos", help_heading = "Many repositories")]
    pub shard: Option<String>,
    /// Go on where something cannot be done, and do not exit with 2 for it
    #[arg(long, help_heading = "Many repositories")]
    pub keep_going: bool,
    /// What a process that this one started is to do
    #[arg(long, value_name = "TASK", hide = true)]
    pub child: Option<String>,
}

#[derive(Subcommand, Debug, Clone)]
pub enum AssessCommand {
    /// One report over the JSON reports of many repositories
    Merge(MergeArgs),
}

#[derive(Args, Debug, Clone)]
#[command(after_help = "\
Examples:
  ztctl assess merge reports/ -o org.html          all reports below a folder
  ztctl assess merge @list.txt --format json       the files that a list names, one a line
  find . -name '*.json' | ztctl assess merge -     the same from standard input")]
pub struct MergeArgs {
    /// JSON reports; folders with such; `@FILE`, a list of them, one a line; `-`, the list on standard input
    #[arg(value_name = "REPORT", required = true, value_hint = ValueHint::AnyPath)]
    pub inputs: Vec<String>,
    /// Output format (default: by the ending of `-o`, else pretty)
    #[arg(long, value_enum)]
    pub format: Option<MergeFormat>,
    /// Write the report to FILE instead of standard output
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub output: Option<PathBuf>,
    /// Merge reports of different versions of the model
    #[arg(long)]
    pub allow_mixed: bool,
    /// Exit with 0 although reports cannot be read; they are listed
    #[arg(long)]
    pub keep_going: bool,
    /// Exit with 1 where a rated repository is lower
    #[arg(long, value_name = "LEVEL", value_parser = clap::value_parser!(u8).range(0..=5))]
    pub min_level: Option<u8>,
    /// So many repositories are listed, the lowest first; all of them count
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub rows: usize,
    /// The date that decides which waivers are over (default: today, UTC)
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub as_of: Option<String>,
    /// Worker threads (default: one for each processor)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub jobs: Option<u16>,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Debug)]
pub enum MergeFormat {
    Pretty,
    Json,
    Markdown,
    Html,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum FailOnArg {
    /// Possible credentials in tests, documents and examples
    Review,
    /// Waivers and attestations that are expired, invalid or cover nothing
    Waivers,
}

#[derive(ValueEnum, Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum CommentArg {
    #[default]
    Always,
    OnChange,
}
