//! Collects what the web pages about the users' call handling show.

use std::collections::BTreeSet;

use futures::StreamExt;

use super::account::Account;
use super::coverage::UserCoverage;
use super::error::RunError;
use super::names::fetch_name_index;
use super::new_call_handling::explain_refusals;
use super::plan_outcome::UnreadableUser;
use super::progress::RunProgress;
use super::repository::{account_banner, verify_account};
use super::resolve::{resolve_selected, unreadable_label};
use super::run_time::RunTime;
use super::selection::select_users;
use crate::config::{self, Repository};
use crate::model::{DesiredUser, ExtensionDirectory, UserSelector, numeric_order};
use crate::reconcile::account::AccountReader;
use crate::reconcile::{self, FetchRequest, LiveUser};
use crate::report::{self, ReportContext, ReportPage, ReportUser};
use crate::simulate::PartialHandling;

/// The pages, the users that are missing there, and the errors that prevent an apply.
#[derive(Debug)]
pub struct ReportOutput {
    /// The index and one page per user.
    pub pages: Vec<ReportPage>,
    /// Users without a page, because they could not be read.
    pub unreadable: Vec<UnreadableUser>,
    /// Declarations that don't fit the account, one line each.
    pub problems: Vec<String>,
}

/// Reports what the files set, without an account.
///
/// # Errors
///
/// If the files have errors, or if a selector matches no user.
pub fn report_offline(
    repository: &Repository,
    users: &[UserSelector],
    time: RunTime,
) -> Result<ReportOutput, RunError> {
    let offline = config::offline_directory(repository);
    let selected = select_users(repository, &offline.directory, users, None)?;
    let resolved = resolve_selected(
        repository,
        selected,
        &offline.directory,
        &offline.name_index,
    )?;
    let now = time.in_system_zone();
    let mut report_users: Vec<ReportUser<'_>> = resolved
        .iter()
        .map(|user| ReportUser {
            file: &user.file.path,
            live: None,
            desired: PartialHandling::from_declaration(&user.desired, &user.file.path)
                .with_possible_agent(),
            problems: Vec::new(),
            undeclared_handling: Vec::new(),
            now,
        })
        .collect();
    sort_by_number(&mut report_users, &offline.directory);
    let context = ReportContext {
        directory: &offline.directory,
        name_index: &offline.name_index,
        source: "From the files only: no account was contacted.",
    };
    Ok(ReportOutput {
        pages: report::render_pages(context, &report_users),
        unreadable: Vec::new(),
        problems: Vec::new(),
    })
}

/// Reports the live account, and the account as it would be after an apply.
///
/// # Errors
///
/// As for a plan. Users that can't be read are listed in the output.
pub async fn report_live(
    repository: &Repository,
    account: &Account,
    users: &[UserSelector],
    time: RunTime,
    progress: &RunProgress,
) -> Result<ReportOutput, RunError> {
    let client = account.client();
    let account_id = client.account_id().await?;
    progress.note(account_banner(&account_id, account.server()));
    verify_account(&repository.settings, &account_id)?;
    let directory = client.directory().await?;
    let mut selected = select_users(repository, &directory, users, None)?;
    let (name_index, mut unreadable) = fetch_name_index(
        client,
        repository,
        &mut selected.files,
        &directory,
        BTreeSet::new(),
    )
    .await?;
    let resolved = resolve_selected(repository, selected, &directory, &name_index)?;
    let requests: Vec<FetchRequest> = resolved
        .iter()
        .map(|user| FetchRequest {
            user: user.desired.id.clone(),
            rules: true,
            states: true,
        })
        .collect();
    progress.start_phase("Reading users", requests.len());
    let reads = reconcile::fetch_users(client, &requests);
    let results = reconcile::in_order(reads.inspect(|_| progress.step())).await;
    let mut report_users = Vec::new();
    for (user, result) in resolved.iter().zip(results) {
        match result {
            Ok(live) => report_users.push(report_user(
                &user.file.path,
                &user.desired,
                &live,
                &directory,
                time,
            )),
            Err(error) => unreadable.push(UnreadableUser {
                label: unreadable_label(user, &directory),
                error,
            }),
        }
    }
    let errors = unreadable.iter().map(|user| &user.error);
    if let Some(error) = explain_refusals(client, report_users.len(), errors).await {
        return Err(error);
    }
    sort_by_number(&mut report_users, &directory);
    let server = account.server();
    let mut source = format!("Files compared with account {account_id} at {server}.");
    let coverage = UserCoverage::new(repository, &directory);
    if let Some(without_file) = coverage.describe_users_without_file() {
        source += &format!(" {without_file}.");
    }
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
    time: RunTime,
) -> ReportUser<'a> {
    let user = directory.by_id(&desired.id);
    let now = time.in_zone(user.and_then(|user| user.time_zone.as_deref()));
    let (plan, problems) = reconcile::diff_user(desired, live, directory, Some(now));
    let before = live.handling().clone();
    let after = reconcile::handling_after(before.clone(), &desired.id, &plan.changes);
    ReportUser {
        file,
        live: Some(PartialHandling::from_live(desired.id.clone(), before)),
        desired: PartialHandling::from_live(desired.id.clone(), after),
        problems: problems
            .iter()
            .filter(|problem| !problem.is_warning())
            .map(|problem| format!("{}: {}", problem.subject, problem.message))
            .collect(),
        undeclared_handling: reconcile::undeclared_switches(desired, live.handling())
            .into_iter()
            .chain(undeclared_rules(desired, live, &plan.unmanaged))
            .collect(),
        now,
    }
}

/// Returns a note on the live rules that the file leaves alone, if there are any. `unmanaged` are
/// their names if the file has rules.
fn undeclared_rules(
    desired: &DesiredUser,
    live: &LiveUser,
    unmanaged: &[String],
) -> Option<String> {
    let names: Vec<&str> = match desired.rules {
        Some(_) => unmanaged.iter().map(String::as_str).collect(),
        None => live
            .rules()
            .iter()
            .map(|rule| &*rule.display_name)
            .collect(),
    };
    let rules = match names.len() {
        0 => return None,
        1 => "the rule",
        _ => "the rules",
    };
    Some(format!("{rules} {}", names.join(", ")))
}

/// Sorts users by extension number, those without a number last.
fn sort_by_number(users: &mut [ReportUser<'_>], directory: &ExtensionDirectory) {
    users.sort_by_cached_key(|user| {
        let id = &user.desired.user;
        let number = directory
            .by_id(id)
            .and_then(|extension| extension.number.as_deref());
        (numeric_order(number), id.clone())
    });
}
