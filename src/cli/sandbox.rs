//! `callrules sandbox`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::error::Error;
use super::output;
use crate::sandbox::{Fault, Options, RateLimit, Sandbox, Seed};

pub(super) const FAULTS: &str = "\
A fault is a kind, then words that say which requests it strikes and when:

  --fault '503 path=interaction-rules method=PATCH nth=2'

The request is not carried out
  429           the rate limit of the request's group; requests inside the penalty
                restart it. pause=SECONDS, otherwise as long as a window
  429-account   another limit, on the account or the address: it names no group and
                stops them all. pause=SECONDS, otherwise 30 and no Retry-After
  500 502 503 504
                the service is in trouble
  html          a gateway answers with a web page. status=N, otherwise 502
  expired       the access token ends before its time (401 OAU-128)
  drop-before   the connection ends without an answer
  drop-late     the same, and the request is carried out after delay=SECONDS, otherwise
                5: when whoever sent it has looked, and perhaps sent it again

The request is carried out; its answer comes to harm
  cut           fewer bytes than Content-Length
  not-json      a text that is no JSON
  slow          delay=SECONDS, otherwise 5
  drop-after    the connection ends without an answer

The request is carried out; right after it somebody edits in the app
  app-rename app-toggle app-create app-delete
                one interaction rule of user=EXTENSION, otherwise of the user whom the
                request is about: rule=NAME, otherwise the first one

Which requests: method=GET, path=PART (of the path with its query)
Sign-ins are struck only where path= names them, as path=oauth does
When: first=N, every=N, nth=N of these requests, or rate=P from 0 to 1; otherwise always
With several faults, a request that one strikes is not seen by those behind it.

Examples
  --fault '429 pause=5 every=20'
  --fault '503 first=2' --fault 'cut nth=1'
  --fault 'drop-after method=POST rate=0.1' --fault-seed 7
  --fault 'app-rename user=101 rule=\"Office move\" path=state-rules nth=1'";

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

    /// Allow this many requests of the Medium group a window
    #[arg(long, value_name = "N")]
    limit: Option<u32>,

    /// The length of a rate-limit window, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    window: u64,

    /// Have something go wrong on purpose: `--help` tells the words
    ///
    /// May be repeated.
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<Fault>,

    /// Decides which requests a fault with `rate=` strikes
    ///
    /// With the same number these are the same ones.
    #[arg(long, value_name = "N", default_value_t = 0)]
    fault_seed: u64,
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
        faults: arguments.faults.clone(),
        fault_seed: arguments.fault_seed,
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
