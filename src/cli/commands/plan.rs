//! `callrules plan`: shows how the account differs from the files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use callrules::render::diagnostics;
use callrules::{InvalidConfiguration, PlanOptions, PlanOutcome, RunError, RunErrorCause};
use callrules::{config, files};
use clap::Args;
use clap::builder::PossibleValue;
use jiff::SignedDuration;

use super::plan_output::{self, ExtraOutput, PlanFormat, PlanOutput};
use super::test_gate::TestGate;
use crate::cli::args::completable::CompletableParser;
use crate::cli::args::users::PlanScope;
use crate::cli::clock;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Show what the files would change on the sandbox account
callrules -C examples/acme --sandbox plan

# Plan only these users
callrules -C examples/acme --sandbox plan --user 'Jo *' --user 102

# In a script, check whether there are changes
callrules -C examples/acme --sandbox plan --detailed-exitcode  # exits with 2

# Save a plan and apply exactly that plan later
callrules -C examples/acme --sandbox plan --out plan.json
callrules -C examples/acme --sandbox apply plan.json --auto-approve

# Write the plan as a pull request comment and as JSON, in one run
callrules -C examples/acme --sandbox plan --format markdown --output json=same-plan.json",
    exit_codes: &[
        ("0", "success"),
        ("1", "error, or some users are left out"),
        ("2", "with `--detailed-exitcode`: there are changes"),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct PlanArgs {
    #[command(flatten)]
    scope: PlanScope,

    /// Show which differences are edits on the account since this commit
    ///
    /// A difference that does not come from a change of the files since that commit, such as
    /// `HEAD`, was made on the account. It is shown apart, with the last editors of the user, if
    /// the app has the permission `ReadAuditTrail`. For drift checks; `--changed-since` does the
    /// same for the users that it selects.
    #[arg(long, value_name = "GIT-REF", conflicts_with = "changed_since")]
    compared_with: Option<String>,

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

/// The options that control the cache of users.
#[derive(Debug, Args)]
struct IncrementalArgs {
    /// Read only users changed since the last run (experimental)
    ///
    /// Experimental, because it is only partly known what the audit trail records: a change that is
    /// not in it is not seen until `--max-age` has passed.
    ///
    /// Changes come from the account's audit trail. Users that were read are cached under
    /// `.callrules`. If in doubt, users are read again, and the reason is shown. For drift checks
    /// of many users. Needs the app permission `ReadAuditTrail`.
    #[arg(long)]
    incremental: bool,

    /// With `--incremental`: read users again after this many days
    #[arg(long, value_name = "DAYS", default_value_t = 7, requires = "incremental",
          value_parser = clap::value_parser!(u8).range(0..=90))]
    max_age: u8,
}

impl IncrementalArgs {
    /// Returns the longest time since a user was read, if the cache is to be used.
    fn max_age(&self) -> Option<SignedDuration> {
        let max_age = SignedDuration::from_hours(24 * i64::from(self.max_age));
        self.incremental.then_some(max_age)
    }
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
    /// Returns the options of the plan.
    fn plan_options(&self, context: &CommandContext) -> PlanOptions {
        PlanOptions {
            users: self.scope.users.selectors.clone(),
            changed_since: self.scope.changed_since.clone(),
            compared_with: self.compared_with.clone(),
            incremental: self.incremental.max_age(),
            time: context.time,
        }
    }

    /// Returns an error if two outputs go to the same file, or one to the configuration.
    fn check_outputs(&self, root: &Path) -> Result<(), RunError> {
        let mut seen_paths = HashSet::new();
        let outputs = self.output.iter().map(|output| &output.file);
        for file in outputs.chain(&self.out) {
            let problem = if config::is_configuration_file(root, file) {
                "belongs to the configuration"
            } else if !seen_paths.insert(files::canonical_path(file)) {
                "is used for two outputs"
            } else {
                continue;
            };
            return Err(RunError::new(format!("{} {problem}", file.display()))
                .hinted("use a different file for each output"));
        }
        Ok(())
    }

    /// Writes all output files and standard output, even if some of them fail.
    fn write_outputs(
        &self,
        context: &CommandContext,
        text: impl Fn(PlanFormat) -> Result<Option<String>, RunError>,
    ) -> Result<(), RunError> {
        let write = |output: &ExtraOutput| match text(output.format)? {
            Some(text) => output.write(&text),
            None => Ok(()),
        };
        // `fold` writes all files and keeps the first error.
        let result = self.output.iter().map(write).fold(Ok(()), Result::and);
        match text(self.format)? {
            Some(text) if self.format == PlanFormat::Human => context.ui.print_paged(&text)?,
            Some(text) => context.ui.print_raw(&text)?,
            None => {}
        }
        result
    }
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &PlanArgs,
) -> Result<ExitCode, RunError> {
    arguments.check_outputs(context.directory())?;
    let prefix = callrules::repo_prefix(context.directory());
    let (outcome, requests_made) = match make_plan(context, arguments).await {
        Ok(plan) => plan,
        Err(error) => {
            if let RunErrorCause::Configuration(InvalidConfiguration { diagnostics, .. }) =
                error.cause()
            {
                arguments.write_outputs(context, |format| {
                    plan_output::render_diagnostics(format, diagnostics, &prefix)
                })?;
            }
            return Err(error);
        }
    };
    let created_at = clock::now_rfc3339();
    let out = arguments.out.as_deref();
    let saved = out.filter(|_| outcome.is_complete());
    if let Some(file) = saved {
        callrules::save_plan(file, &outcome, created_at.clone())?;
    }
    let output = PlanOutput {
        context,
        scope: &arguments.scope,
        outcome: &outcome,
        requests_made,
        created_at: &created_at,
        saved,
        prefix: &prefix,
    };
    let write_result = arguments.write_outputs(context, |format| output.render(format).map(Some));
    print_problems(context, &outcome)?;
    write_result?;
    if !outcome.is_complete() {
        return match out {
            Some(file) => {
                let message = format!(
                    "the plan is incomplete and was not saved to {}",
                    file.display()
                );
                Err(RunError::new(message)
                    .hinted("fix the errors above, or select other users with `--user`"))
            }
            None => Ok(ExitCode::from(1)),
        };
    }
    let signals_changes = arguments.detailed_exitcode && !outcome.plan.is_empty();
    Ok(ExitCode::from(if signals_changes { 2 } else { 0 }))
}

/// Makes the plan. Also returns the number of API requests that it used.
async fn make_plan(
    context: &CommandContext,
    arguments: &PlanArgs,
) -> Result<(PlanOutcome, u64), RunError> {
    let (repository, mut warnings) = context.open_repository()?;
    let users = &arguments.scope.users;
    warnings.extend(arguments.tests.check(context, &repository, users).await?);
    let account = context.open_account().await?;
    let options = arguments.plan_options(context);
    let result = context
        .watch(&account, async |progress| {
            callrules::plan(&repository, &account, &options, progress).await
        })
        .await;
    let requests_made = account.requests_made();
    account.close().await;
    let mut outcome = result?;
    outcome.prepend_warnings(warnings);
    Ok((outcome, requests_made))
}

/// Prints warnings, and the reasons for leaving out users, to standard error.
pub(super) fn print_problems(
    context: &CommandContext,
    outcome: &PlanOutcome,
) -> Result<(), RunError> {
    let ui = &context.ui;
    let banner = callrules::account_banner(&outcome.plan.account, &outcome.server);
    ui.status(&format!("{banner}\n"))?;
    if !outcome.diagnostics.is_empty() {
        let plain_diagnostics: Vec<_> = outcome
            .diagnostics
            .iter()
            .map(|located| located.diagnostic.clone())
            .collect();
        ui.status(&diagnostics::render_human(
            &plain_diagnostics,
            outcome.file_count,
        ))?;
    }
    for user in &outcome.unreadable {
        ui.error(&format!("can't read {}: {}", user.label, user.error))?;
    }
    if context.global.sandbox {
        ui.status("Using the embedded sandbox: the live account was not contacted.\n")?;
    }
    Ok(())
}
