//! `callrules doctor`: checks the connection to the account.

use std::error::Error as _;
use std::process::ExitCode;

use clap::Args;

use super::account::AccountSession;
use super::error::CommandError;
use super::ui::OutputFormat;
use super::{GlobalArgs, ui};
use crate::client;
use crate::config;
use crate::doctor::{self, ConnectionFacts, ReportedRateLimit, RepositoryStatus};
use crate::reconcile::account::AccountReader;
use crate::render;

#[derive(Debug, Args)]
pub(super) struct DoctorArgs {
    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: OutputFormat,
}

pub(super) async fn run(
    global: &GlobalArgs,
    arguments: &DoctorArgs,
) -> Result<ExitCode, CommandError> {
    let mut facts = ConnectionFacts {
        repository: check_repository(global),
        is_sandbox: global.sandbox,
        ..ConnectionFacts::default()
    };
    match AccountSession::open(global).await {
        Ok(account) => {
            facts.variables = Some(Ok(account.jwt_is_well_formed));
            check_account(&account, &mut facts).await;
            account.close().await;
        }
        Err(CommandError::Credentials(error)) => facts.variables = Some(Err(error.to_string())),
        Err(error) => return Err(error),
    }
    let results = doctor::evaluate(&facts);
    match arguments.format {
        OutputFormat::Human => ui::print(&render::doctor::render_text(&results))?,
        OutputFormat::Json => {
            let document = render::doctor::document(&results, &facts.limits);
            ui::print_raw(&format!("{}\n", serde_json::to_string_pretty(&document)?))?;
        }
    }
    Ok(ExitCode::from(u8::from(!doctor::is_plan_possible(
        &results,
    ))))
}

/// Checks whether the repository exists and is valid.
fn check_repository(global: &GlobalArgs) -> RepositoryStatus {
    if !global.directory.join("callrules.yaml").exists() {
        return RepositoryStatus::None;
    }
    let loaded = config::load(&global.directory);
    match loaded.repository {
        Some(repository) => RepositoryStatus::Valid {
            account: repository.settings.account.map(|account| account.0),
            users: repository.users.len(),
        },
        None => RepositoryStatus::Invalid(
            loaded
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.is_error())
                .count(),
        ),
    }
}

/// Signs in and checks the account. Stops at the first failure that prevents further checks.
async fn check_account(account: &AccountSession, facts: &mut ConnectionFacts) {
    let AccountSession { client, server, .. } = account;
    let signed_in = client.sign_in().await;
    facts.clock_skew = client.clock_skew().map(|skew| skew.as_secs());
    match signed_in {
        Ok(permissions) => {
            facts.server = Some(Ok(server.clone()));
            facts.token = Some(Ok(()));
            facts.permissions = permissions;
        }
        Err(error) if error.came_from_api() => {
            facts.server = Some(Ok(server.clone()));
            facts.token = Some(Err(error_chain(&error)));
            return;
        }
        Err(error) => {
            facts.server = Some(Err(error_chain(&error)));
            return;
        }
    }
    if facts.is_read_allowed() {
        facts.account = Some(
            client
                .account_id()
                .await
                .map_err(|error| error_chain(&error)),
        );
        let handling = client.has_new_call_handling().await;
        facts.new_call_handling = Some(handling.map_err(|error| error_chain(&error)));
    }
    facts.limits = client
        .observed_rate_limits()
        .into_iter()
        .map(|limit| ReportedRateLimit {
            group: limit.group,
            requests: limit.requests,
            window: limit.window,
        })
        .collect();
}

/// Formats an error with its causes in one line.
fn error_chain(error: &client::ClientError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
