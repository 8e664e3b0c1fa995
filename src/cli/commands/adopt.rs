//! `callrules adopt`: changes the files to match the account.

use std::process::ExitCode;

use callrules::adopt::AdoptedFile;
use callrules::render::{adopt_json, adopt_text, diagnostics};
use callrules::{Account, AdoptOptions, AdoptOutcome, Repository, RunError};
use clap::Args;

use crate::cli::args::users::UserFilterArgs;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use crate::cli::ui::OutputFormat;

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Show how the files would change for one user
callrules -C examples/acme --sandbox adopt --user 104 --dry-run",
    exit_codes: &[
        (
            "0",
            "everything selected is adopted, or would be without `--dry-run`",
        ),
        (
            "1",
            "error, nothing was written because the answer was no, or some parts were not adopted",
        ),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct AdoptArgs {
    #[command(flatten)]
    users: UserFilterArgs,

    /// Only the rule or state with this name
    ///
    /// Also adds a rule that `prune: none` leaves unmanaged. May be repeated.
    #[arg(long = "rule", value_name = "NAME")]
    rules: Vec<String>,

    /// Change this profile where all of its users have the same on the account
    ///
    /// Reads all users of the profile. Without this option, what comes from a profile is overridden
    /// in the user's file.
    #[arg(long, value_name = "NAME")]
    into_profile: Option<String>,

    /// Only show how the files would change
    #[arg(long)]
    dry_run: bool,

    /// Don't ask for confirmation
    #[arg(long)]
    auto_approve: bool,

    /// Also edit files with changes that are not committed
    #[arg(long)]
    force: bool,

    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: OutputFormat,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &AdoptArgs,
) -> Result<ExitCode, RunError> {
    let (repository, _) = context.open_repository()?;
    let account = context.open_account().await?;
    let result = adopt(context, arguments, &repository, &account).await;
    account.close().await;
    result
}

/// Shows the edits, asks for confirmation and writes them. Returns exit code 1 if something was not
/// adopted.
async fn adopt(
    context: &CommandContext,
    arguments: &AdoptArgs,
    repository: &Repository,
    account: &Account,
) -> Result<ExitCode, RunError> {
    let options = AdoptOptions {
        users: arguments.users.selectors.clone(),
        rules: arguments.rules.clone(),
        into_profile: arguments.into_profile.clone(),
        // Without writing, git has nothing to protect.
        force: arguments.force || arguments.dry_run,
        time: context.time,
    };
    let outcome = context
        .watch(account, async |progress| {
            callrules::adopt(repository, account, &options, progress).await
        })
        .await?;
    let text = adopt_text::render(&outcome.files);
    match arguments.format {
        OutputFormat::Human => context.ui.print(&text)?,
        // Standard output is reserved for the JSON document.
        OutputFormat::Json => context.ui.status(&text)?,
    }
    let left_out = print_problems(context, repository, &outcome)?;
    let is_written = !outcome.files.is_empty()
        && !arguments.dry_run
        && confirm(context, arguments, &outcome.files).await?;
    if is_written {
        callrules::save_adopted(context.directory(), &outcome.files)?;
    }
    match arguments.format {
        OutputFormat::Human if is_written => {
            for file in &outcome.files {
                context.ui.print(&format!("wrote {}\n", file.path))?;
            }
        }
        OutputFormat::Human => context.ui.status("Nothing was changed.\n")?,
        OutputFormat::Json => context.ui.print_json(&adopt_json::document(
            &outcome.files,
            &outcome.not_adopted,
            &left_out,
            is_written,
        ))?,
    }
    let is_declined = !is_written && !arguments.dry_run && !outcome.files.is_empty();
    Ok(ExitCode::from(u8::from(
        is_declined || !outcome.is_complete(),
    )))
}

/// Asks for confirmation on a terminal. Elsewhere git shows what was changed.
async fn confirm(
    context: &CommandContext,
    arguments: &AdoptArgs,
    files: &[AdoptedFile],
) -> Result<bool, RunError> {
    if arguments.auto_approve || !context.ui.can_ask() {
        return Ok(true);
    }
    let question = match files {
        [file] => format!("Write {}?", file.path),
        files => format!("Write {} files?", files.len()),
    };
    Ok(context.ui.confirm(question).await?)
}

/// Prints what was not adopted. Returns the users that were left out, with the reasons.
fn print_problems(
    context: &CommandContext,
    repository: &Repository,
    outcome: &AdoptOutcome,
) -> Result<Vec<String>, RunError> {
    for part in &outcome.not_adopted {
        context.ui.error(&adopt_text::not_adopted_message(part))?;
    }
    for (user, names) in &outcome.unmanaged {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        context.ui.status(&format!(
            "note: rules of {user} that are in no file: {}; add one with `--rule`\n",
            names.join(", ")
        ))?;
    }
    let mut left_out = Vec::new();
    for user in &outcome.unreadable {
        left_out.push(format!("{} could not be read: {}", user.label, user.error));
    }
    for message in &left_out {
        context.ui.error(message)?;
    }
    let unresolved = outcome.unresolved.iter();
    let unresolved: Vec<_> = unresolved.map(|user| user.diagnostic.clone()).collect();
    left_out.extend(unresolved.iter().map(|diagnostic| {
        format!(
            "{} does not fit the account: {}",
            diagnostic.file, diagnostic.message
        )
    }));
    let after = [&unresolved[..], &outcome.errors_after[..]].concat();
    if !after.is_empty() {
        let text = diagnostics::render_human(&after, repository.file_count());
        context.ui.status(&text)?;
    }
    if !outcome.errors_after.is_empty() {
        context
            .ui
            .hint("the edited files have these errors: fix them by hand, then plan again")?;
    }
    Ok(left_out)
}
