//! `callrules report`: creates web pages about the users' call handling.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::account::AccountSession;
use super::error::CommandError;
use super::planning::{self, UnreadableUser, UserFilterArgs};
use super::report_folder::ReportFolder;
use super::{GlobalArgs, clock, selection, ui};
use crate::config::{self, Repository};
use crate::model::{DesiredUser, ExtensionDirectory};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, FetchRequest, LiveUser};
use crate::render::{diagnostics, humanize, sanitize};
use crate::report::{
    self, DeclaredHandling, HandlingSource, ReportContext, ReportPage, ReportUser,
};

#[derive(Debug, Args)]
pub(super) struct ReportArgs {
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

/// The pages, the users that are missing there, and the errors that prevent an apply.
struct ReportOutput {
    pages: Vec<ReportPage>,
    unreadable: Vec<UnreadableUser>,
    problems: Vec<String>,
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &ReportArgs,
) -> Result<ExitCode, CommandError> {
    let (repository, warnings) = planning::load_repository(global)?;
    // Checked before the account is contacted.
    let folder = ReportFolder::open(&arguments.out, arguments.force)?;
    let files = repository.users.len() + 1;
    if !warnings.is_empty() {
        ui::status(&diagnostics::render_human(&warnings, files))?;
    }
    let output = if arguments.live {
        let account = AccountSession::open(global).await?;
        let output = report_live(global, &repository, &account, &arguments.users).await;
        account.close().await;
        output?
    } else {
        report_offline(&repository, &arguments.users)?
    };
    for (user, error) in &output.unreadable {
        ui::status(&format!("error: can't read {user}: {error}\n"))?;
    }
    for problem in &output.problems {
        ui::status(&format!("error: {problem}\n"))?;
    }
    let index = folder.write(&output.pages)?;
    let user_pages = humanize::pluralize(output.pages.len() - 1, "user page");
    ui::print_raw(&format!("wrote {} and {user_pages}\n", index.display()))?;
    let is_complete = output.unreadable.is_empty() && output.problems.is_empty();
    Ok(ExitCode::from(u8::from(!is_complete)))
}

/// Reports from the files only, without an account.
fn report_offline(
    repository: &Repository,
    users: &UserFilterArgs,
) -> Result<ReportOutput, CommandError> {
    let offline = config::offline_directory(repository);
    let selected = selection::select_users(repository, &offline.directory, users, None)?;
    let (files, desired) = planning::resolve_users(
        repository,
        selected,
        &offline.directory,
        &offline.catalogue,
        |user| user,
    )?;
    let now = clock::now_local();
    let mut report_users: Vec<ReportUser<'_>> = files
        .iter()
        .zip(&desired)
        .map(|(file, desired)| ReportUser {
            id: desired.id.clone(),
            file: &file.path,
            live: None,
            desired: HandlingSource::Declared(DeclaredHandling::from_desired(desired)),
            problems: Vec::new(),
            now,
        })
        .collect();
    sort_by_number(&mut report_users, &offline.directory);
    let context = ReportContext {
        directory: &offline.directory,
        name_index: &offline.catalogue,
        source: "From the files only: no account was contacted.",
    };
    Ok(ReportOutput {
        pages: report::render_pages(context, &report_users),
        unreadable: Vec::new(),
        problems: Vec::new(),
    })
}

/// Reports the live account, and the account as it would be after an apply.
async fn report_live(
    global: &GlobalArgs,
    repository: &Repository,
    account: &AccountSession,
    users: &UserFilterArgs,
) -> Result<ReportOutput, CommandError> {
    let AccountSession { client, server, .. } = account;
    let account_id = client.account_id().await?;
    ui::status(&planning::account_banner(&account_id, server))?;
    planning::verify_account(global, &repository.settings, &account_id)?;
    let directory = client.directory().await?;
    let mut selected = selection::select_users(repository, &directory, users, None)?;
    let (name_index, mut unreadable) =
        planning::fetch_name_index(client, repository, &mut selected.files, &directory).await?;
    let (files, desired) =
        planning::resolve_users(repository, selected, &directory, &name_index, |user| user)?;
    let requests: Vec<FetchRequest> = desired
        .iter()
        .map(|user| FetchRequest {
            user: user.id.clone(),
            rules: true,
            states: true,
        })
        .collect();
    let progress = account.start_progress("Reading users", requests.len());
    let work = reconcile::fetch_users(client, &requests, async |_, live| {
        progress.step();
        live
    });
    let results = progress.watch(work).await;
    let mut report_users = Vec::new();
    for ((file, desired), result) in files.iter().zip(&desired).zip(results) {
        match result {
            Ok(live) => report_users.push(report_user(&file.path, desired, &live, &directory)),
            Err(error) => {
                let name = directory
                    .by_id(&desired.id)
                    .map_or(&*desired.id.0, |user| user.label());
                let label = format!("{} ({})", sanitize::sanitize_inline(name), file.path);
                unreadable.push((label, error));
            }
        }
    }
    sort_by_number(&mut report_users, &directory);
    let source = format!("Files compared with account {account_id} at {server}.");
    let context = ReportContext {
        directory: &directory,
        name_index: &name_index,
        source: &source,
    };
    let problems = report_users.iter().flat_map(|user| {
        let file = user.file;
        user.problems
            .iter()
            .map(move |problem| format!("{file}: {problem}"))
    });
    Ok(ReportOutput {
        pages: report::render_pages(context, &report_users),
        unreadable,
        problems: problems.collect(),
    })
}

/// Compares one user with the file, and returns what the user's page shows.
fn report_user<'a>(
    file: &'a str,
    desired: &DesiredUser,
    live: &LiveUser,
    directory: &ExtensionDirectory,
) -> ReportUser<'a> {
    let (plan, problems) = reconcile::diff_user(desired, live, directory);
    let before = live.handling().clone();
    let after = reconcile::handling_after(before.clone(), &desired.id, &plan.changes);
    let user = directory.by_id(&desired.id);
    ReportUser {
        id: desired.id.clone(),
        file,
        live: Some(HandlingSource::Complete(before)),
        desired: HandlingSource::Complete(after),
        problems: problems
            .iter()
            .filter(|problem| !problem.is_warning)
            .map(|problem| format!("{}: {}", problem.subject, problem.message))
            .collect(),
        now: clock::now_in(user.and_then(|user| user.time_zone.as_deref())),
    }
}

/// Sorts users by extension number, those without a number last.
fn sort_by_number(users: &mut [ReportUser<'_>], directory: &ExtensionDirectory) {
    users.sort_by_cached_key(|user| {
        let number = directory
            .by_id(&user.id)
            .and_then(|extension| extension.number.clone())
            .unwrap_or_default();
        (number.is_empty(), number.len(), number, user.id.clone())
    });
}
