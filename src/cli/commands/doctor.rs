//! `callrules doctor`: checks the connection to the account.

use std::error::Error as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use crate::cli::ui::OutputFormat;
use callrules::client::ClientError;
use callrules::doctor::{
    self, ConnectionFacts, ReportedRateLimit, RepositoryStatus, UserFileStatus,
};
use callrules::reconcile::account::AccountReader;
use callrules::render;
use callrules::{Account, Repository, RunError, RunErrorCause, UserCoverage, config};

const HELP: CommandHelp = CommandHelp {
    examples: "\
# Check credentials, permissions and connectivity
callrules -C examples/acme --sandbox doctor",
    exit_codes: &[("0", "ready to plan"), ("1", "not ready to plan")],
    ..CommandHelp::DEFAULT
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct DoctorArgs {
    /// Output format on standard output
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: OutputFormat,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &DoctorArgs,
) -> Result<ExitCode, RunError> {
    let (repository, status) = check_repository(context.directory());
    let mut facts = ConnectionFacts {
        repository: status,
        is_sandbox: context.global.sandbox,
        ..ConnectionFacts::default()
    };
    match context.open_account().await {
        Ok(account) => {
            facts.variables = Some(Ok(account.is_jwt_well_formed()));
            check_account(&account, repository.as_ref(), &mut facts).await;
            account.close().await;
        }
        Err(error) if matches!(error.cause(), RunErrorCause::Credentials(_)) => {
            facts.variables = Some(Err(error.to_string()));
        }
        Err(error) => return Err(error),
    }
    let results = doctor::evaluate(&facts);
    match arguments.format {
        OutputFormat::Human => context.ui.print(&render::doctor::render_text(&results))?,
        OutputFormat::Json => {
            let document = render::doctor::document(&results, &facts.limits);
            context.ui.print_json(&document)?;
        }
    }
    Ok(ExitCode::from(u8::from(!doctor::is_plan_possible(
        &results,
    ))))
}

/// Checks whether the repository exists and is valid. Returns it if so.
fn check_repository(root: &Path) -> (Option<Repository>, RepositoryStatus) {
    if !callrules::files::path_exists(&root.join("callrules.yaml")) {
        return (None, RepositoryStatus::None);
    }
    let loaded = config::load(root);
    let status = match &loaded.repository {
        Some(repository) => RepositoryStatus::Valid {
            account: repository
                .settings
                .account
                .as_ref()
                .map(|account| account.0.clone()),
            users: repository.users.len(),
        },
        None => RepositoryStatus::Invalid(
            loaded
                .diagnostics
                .iter()
                .filter(|diagnostic| diagnostic.is_error())
                .count(),
        ),
    };
    (loaded.repository, status)
}

/// Signs in and checks the account. Stops at the first failure that prevents further checks.
async fn check_account(
    account: &Account,
    repository: Option<&Repository>,
    facts: &mut ConnectionFacts,
) {
    let (client, server) = (account.client(), account.server().to_owned());
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
        if let Some(repository) = repository {
            let directory = client.directory().await;
            let status = directory.map(|directory| {
                let coverage = UserCoverage::new(repository, &directory);
                UserFileStatus {
                    user_count: coverage.user_count,
                    without_file: coverage
                        .describe_users_without_file()
                        .map(|text| (text, coverage.import_command())),
                }
            });
            facts.users = Some(status.map_err(|error| error_chain(&error)));
        }
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
fn error_chain(error: &ClientError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
