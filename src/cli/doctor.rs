//! `callrules doctor`

use std::error::Error as _;
use std::process::ExitCode;

use clap::Args;

use super::account::Account;
use super::error::Error;
use super::output::Format;
use super::{Global, output};
use crate::client;
use crate::config;
use crate::doctor::{self, Found, RateLimit, Repository};
use crate::engine::account::Read;
use crate::render;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// How the findings are told
    #[arg(long, value_name = "FORMAT", default_value = "human")]
    format: Format,
}

pub(super) async fn run(global: &Global, arguments: &Arguments) -> Result<ExitCode, Error> {
    let mut found = Found {
        repository: repository(global),
        is_sandbox: global.sandbox,
        ..Found::default()
    };
    match Account::open(global).await {
        Ok(account) => {
            found.variables = Some(Ok(account.jwt_looks_right));
            ask(&account, &mut found).await;
            account.close().await;
        }
        Err(Error::Credentials(problem)) => found.variables = Some(Err(problem.to_string())),
        Err(other) => return Err(other),
    }
    let lines = doctor::judge(&found);
    match arguments.format {
        Format::Human => output::tell(&render::doctor::text(&lines))?,
        Format::Json => {
            let document = render::doctor::document(&lines, &found.limits);
            output::out(&format!(
                "{}
",
                serde_json::to_string_pretty(&document)?
            ))?;
        }
    }
    Ok(ExitCode::from(u8::from(!doctor::may_plan(&lines))))
}

fn repository(global: &Global) -> Repository {
    if !global.directory.join("callrules.yaml").exists() {
        return Repository::None;
    }
    let loaded = config::load(&global.directory);
    match loaded.repository {
        Some(repository) => Repository::Sound {
            account: repository.settings.account.map(|account| account.0),
            users: repository.users.len(),
        },
        None => Repository::Mistaken({
            let mistakes = loaded.diagnostics.iter();
            mistakes.filter(|found| found.is_error()).count()
        }),
    }
}

/// Asks the service, as far as one answer leads to the next question.
async fn ask(account: &Account, found: &mut Found) {
    let Account { client, server, .. } = account;
    let signed_in = client.sign_in().await;
    found.skew = client.clock_skew().map(|skew| skew.as_secs());
    match signed_in {
        Ok(permissions) => {
            found.server = Some(Ok(server.clone()));
            found.token = Some(Ok(()));
            found.permissions = permissions;
        }
        Err(error) if error.is_from_the_api() => {
            found.server = Some(Ok(server.clone()));
            found.token = Some(Err(told(&error)));
            return;
        }
        Err(error) => {
            found.server = Some(Err(told(&error)));
            return;
        }
    }
    if found.may_read() {
        found.account = Some(client.account_id().await.map_err(|error| told(&error)));
        let handling = client.has_new_call_handling().await;
        found.new_call_handling = Some(handling.map_err(|error| told(&error)));
    }
    let limits = client.limits().into_iter();
    let limits = limits.map(|limit| RateLimit {
        group: limit.group,
        requests: limit.requests,
        window: limit.window,
    });
    found.limits = limits.collect();
}

/// An error with its causes, in one line.
fn told(error: &client::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(": {error}");
        cause = error.source();
    }
    text
}
