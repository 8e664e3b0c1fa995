//! `callrules plan`: shows how the account differs from the files.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;

use clap::Args;
use clap::builder::PossibleValue;

use super::account::AccountSession;
use super::error::CommandError;
use super::incremental::IncrementalArgs;
use super::plan_output::{self, ExtraOutput, PlanFormat, PlanOutput};
use super::planning::{self, PlanOptions, PlanOutcome, PlanScope};
use super::pre_plan_tests::TestGate;
use super::value_parser::CompletableParser;
use super::{GlobalArgs, clock, files, git, plan_file, ui};
use crate::model::UserShard;
use crate::render::diagnostics;

#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    #[command(flatten)]
    scope: PlanScope,

    /// Only part I of N of the users in scope
    ///
    /// Splits a large account among several runs: each user is in exactly one of `--shard 1/4` to
    /// `--shard 4/4`. The part depends only on the user's id on the account, so adding or removing
    /// users doesn't move anyone between parts. Findings that aren't about one user are reported in
    /// part 1 only.
    #[arg(long, value_name = "I/N")]
    shard: Option<UserShard>,

    #[command(flatten)]
    tests: TestGate,

    #[command(flatten)]
    incremental: IncrementalArgs,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: PlanFormat,

    /// Also write the plan to a file in another format
    ///
    /// Accepts the formats of `--format`: `--output markdown=comment.md`. May be repeated; the
    /// account is read only once.
    #[arg(long, value_name = "FORMAT=FILE", value_parser = OUTPUT_PARSER, hide_possible_values = true)]
    output: Vec<ExtraOutput>,

    /// Exit with 2 instead of 0 when there are changes
    #[arg(long)]
    detailed_exitcode: bool,

    /// Save the plan to apply it later with `callrules apply FILE`
    ///
    /// A plan is saved only if it includes every user in scope. The file contains no credentials.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Parses `FORMAT=FILE`. A shell completes the format, up to the equals sign.
const OUTPUT_PARSER: CompletableParser<ExtraOutput> = CompletableParser {
    parse: ExtraOutput::from_str,
    suggestions: || {
        PlanFormat::names()
            .map(|name| PossibleValue::new(format!("{name}=")))
            .collect()
    },
};

impl PlanArgs {
    /// Returns an error if two outputs go to the same file.
    fn check_outputs(&self) -> Result<(), CommandError> {
        let mut seen_paths = HashSet::new();
        let mut files = self
            .output
            .iter()
            .map(|output| &output.file)
            .chain(&self.out);
        match files.find(|file| !seen_paths.insert(files::canonical_path(file))) {
            Some(file) => Err(CommandError::DuplicateOutput(file.display().to_string())),
            None => Ok(()),
        }
    }

    /// Writes all output files and standard output, even if some of them fail.
    fn write_outputs(
        &self,
        global: &GlobalArgs,
        text: impl Fn(PlanFormat) -> Result<Option<String>, CommandError>,
    ) -> Result<(), CommandError> {
        let write = |output: &ExtraOutput| match text(output.format)? {
            Some(text) => output.write(&text),
            None => Ok(()),
        };
        // `fold` writes all files and keeps the first error.
        let result = self.output.iter().map(write).fold(Ok(()), Result::and);
        match text(self.format)? {
            Some(text) if self.format == PlanFormat::Human => global.print_paged(&text)?,
            Some(text) => ui::print_raw(&text)?,
            None => {}
        }
        result
    }
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &PlanArgs,
) -> Result<ExitCode, CommandError> {
    arguments.check_outputs()?;
    let prefix = git::repo_prefix(&global.directory);
    let (outcome, requests_made) = match make_plan(global, arguments).await {
        Err(CommandError::Configuration { diagnostics, files }) => {
            arguments.write_outputs(global, |format| {
                plan_output::render_diagnostics(format, &diagnostics, &prefix)
            })?;
            return Err(CommandError::Configuration { diagnostics, files });
        }
        result => result?,
    };
    let created_at = clock::now_rfc3339();
    let out = arguments.out.as_deref();
    let saved = out.filter(|_| outcome.is_complete());
    if let Some(file) = saved {
        plan_file::write(file, &outcome, created_at.clone())?;
    }
    let output = PlanOutput {
        global,
        scope: &arguments.scope,
        outcome: &outcome,
        shard: arguments.shard,
        requests_made,
        created_at: &created_at,
        saved,
        prefix: &prefix,
    };
    let write_result = arguments.write_outputs(global, |format| output.render(format).map(Some));
    print_problems(&outcome, global)?;
    write_result?;
    if !outcome.is_complete() {
        return match out {
            Some(file) => Err(CommandError::IncompletePlan(file.display().to_string())),
            None => Ok(ExitCode::from(1)),
        };
    }
    let signals_changes = arguments.detailed_exitcode && !outcome.plan.is_empty();
    Ok(ExitCode::from(if signals_changes { 2 } else { 0 }))
}

/// Makes the plan. Also returns the number of API requests that it used.
async fn make_plan(
    global: &GlobalArgs,
    arguments: &PlanArgs,
) -> Result<(PlanOutcome, u64), CommandError> {
    let PlanArgs {
        scope,
        shard,
        tests,
        incremental,
        ..
    } = arguments;
    let options = PlanOptions {
        shard: *shard,
        incremental: incremental.if_enabled(),
    };
    let (repository, mut warnings) = planning::load_repository(global)?;
    warnings.extend(tests.check(&repository, &scope.users)?);
    let account = AccountSession::open(global).await?;
    let outcome = planning::plan(global, &repository, warnings, &account, scope, options).await;
    let requests_made = account.client.requests_made();
    account.close().await;
    Ok((outcome?, requests_made))
}

/// Prints warnings, and the reasons for leaving out users, to standard error.
pub(super) fn print_problems(
    outcome: &PlanOutcome,
    global: &GlobalArgs,
) -> Result<(), CommandError> {
    ui::status(&planning::account_banner(
        &outcome.plan.account,
        &outcome.server,
    ))?;
    if !outcome.diagnostics.is_empty() {
        let plain_diagnostics: Vec<_> = outcome
            .diagnostics
            .iter()
            .map(|located| located.diagnostic.clone())
            .collect();
        ui::status(&diagnostics::render_human(
            &plain_diagnostics,
            outcome.file_count,
        ))?;
    }
    for (user, error) in &outcome.unreadable {
        ui::status(&format!("error: can't read {user}: {error}\n"))?;
    }
    if global.sandbox {
        ui::status("Using the embedded sandbox: the live account was not contacted.\n")?;
    }
    Ok(())
}
