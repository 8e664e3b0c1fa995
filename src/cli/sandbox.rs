//! `callrules sandbox`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::error::Error;
use super::output;
use crate::sandbox::{Options, RateLimit, Sandbox, Seed};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The port to listen on, on loopback only; 0 for any that is free
    #[arg(long, default_value_t = 0, value_name = "N")]
    port: u16,

    /// What the account holds at first: a YAML or JSON file, or a folder of them
    #[arg(long, value_name = "PATH")]
    seed: Option<PathBuf>,

    /// Remember the account in this file, between runs and through a kill
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Allow this many requests of the Medium group a window, as the live service does
    #[arg(long, value_name = "N")]
    limit: Option<u32>,

    /// The length of a rate-limit window, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    window: u64,
}

pub(super) async fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let seed = match &arguments.seed {
        Some(path) => Seed::load(path)?,
        None => Seed::default(),
    };
    let sandbox = Sandbox::start(Options {
        port: arguments.port,
        seed,
        state: arguments.state.clone(),
        limit: arguments.limit.map(|limit| RateLimit {
            limit,
            window: Duration::from_secs(arguments.window.max(1)),
        }),
        ..Options::default()
    })
    .await?;
    let url = sandbox.url();
    output::out(&format!("callrules sandbox listening on {url}\n"))?;
    output::err(&format!(
        "It accepts any JWT that looks like one. In another terminal:\n\
         \n\
         \x20 export RC_SERVER_URL={url} RC_APP_CLIENT_ID=sandbox RC_APP_CLIENT_SECRET=sandbox\n\
         \x20 export RC_USER_JWT=sandbox.sandbox.sandbox\n\
         \n\
         Ctrl-C ends it.\n"
    ))?;
    sandbox
        .serve_until(async {
            // Where no signal can be heard, the process ends when it is killed.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await;
    Ok(ExitCode::SUCCESS)
}
