//! `callrules report`: creates web pages about the users' call handling.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli::args::users::UserFilterArgs;
use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::render::{diagnostics, humanize};
use callrules::{ReportFolder, RunError, UnreadableUser};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Show who answers whose calls: open pages/index.html
callrules -C examples/holidays report --out pages

# Compare the files with the account
callrules -C examples/acme --sandbox report --out live-pages --live",
    exit_codes: &[
        ("0", "success"),
        ("1", "error, or the pages are incomplete"),
    ],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct ReportArgs {
    /// The folder for the pages; created if missing
    ///
    /// Open `index.html` there. A folder with an earlier report is updated: pages of deleted users
    /// are removed. Other files in the folder are never changed.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,

    #[command(flatten)]
    users: UserFilterArgs,

    /// Compare the files with the account
    ///
    /// The account is only read. Without `--live`, no account is contacted: the pages show what the
    /// files set, and mark what they don't.
    #[arg(long)]
    live: bool,

    /// Write into a folder with other files, and replace files of the same name
    #[arg(long)]
    force: bool,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &ReportArgs,
) -> Result<ExitCode, RunError> {
    let (repository, warnings) = context.open_repository()?;
    // Checked before the account is contacted.
    let folder = ReportFolder::open(&arguments.out, arguments.force)?;
    let file_count = repository.file_count();
    if !warnings.is_empty() {
        context
            .ui
            .status(&diagnostics::render_human(&warnings, file_count))?;
    }
    let users = &arguments.users.selectors;
    let output = if arguments.live {
        let account = context.open_account().await?;
        let output = context
            .watch(&account, async |progress| {
                callrules::report_live(&repository, &account, users, context.time, progress).await
            })
            .await;
        account.close().await;
        output?
    } else {
        callrules::report_offline(&repository, users, context.time)?
    };
    for UnreadableUser { label, error } in &output.unreadable {
        context.ui.error(&format!("can't read {label}: {error}"))?;
    }
    for problem in &output.problems {
        context.ui.error(problem)?;
    }
    let index = folder.write(&output.pages)?;
    let user_pages = humanize::pluralize(output.pages.len() - 1, "user page");
    context
        .ui
        .print_raw(&format!("wrote {} and {user_pages}\n", index.display()))?;
    let is_complete = output.unreadable.is_empty() && output.problems.is_empty();
    Ok(ExitCode::from(u8::from(!is_complete)))
}
