//! `callrules sandbox`: serves a local imitation of the API.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use crate::cli::context::CommandContext;
use crate::cli::help::CommandHelp;
use callrules::RunError;
use callrules::sandbox::{
    RequestFault, SandboxOptions, SandboxRateLimit, SandboxSeed, SandboxServer,
};

/// The syntax of `--fault`, in the long help and the manual page.
const FAULT_HELP: &str = "\
A fault is a kind, followed by options for which requests it affects and when:

  --fault '503 path=interaction-rules method=PATCH nth=2'

The request is not executed
  429           rate limit of the request's group; requests during the penalty
                restart it. pause=SECONDS (default: the length of a window)
  429-account   rate limit of the account or address: names no group and stops all
                requests. pause=SECONDS (default: 30, without Retry-After)
  500 502 503 504
                server error
  html          a gateway returns a web page. status=N (default: 502)
  expired       the access token expires early (401 OAU-128)
  drop-before   the connection closes without a response
  lock          someone else is editing the user: writes of rules and states are
                refused. status=400, 409, 423 or 500 (default: 423);
                seconds=SECONDS from the first refused write (default: no end)
  ignore-write  a write of rules or states gets its usual response
  delete-error  DELETE gets 200 with an error
  drop-late     like drop-before, but the request is executed after delay=SECONDS
                (default: 5), when the client may already have sent it again

The request is executed; the response is damaged
  cut           fewer bytes than Content-Length
  not-json      text that isn't JSON
  slow          delay=SECONDS (default: 5)
  drop-after    the connection closes without a response
  short-list    a list ends early, with the totals of the complete list.
                keep=N records (default: half)

The request is executed differently
  trim-names    names are stored trimmed, without runs of spaces, and cut to
                length=N characters (default: not cut)
  legacy        the account has not been moved to new call handling

The response has another form; all matching forms apply, together with another fault
  form-decimals     whole numbers as 20.0
  form-nfd          decomposed names (Unicode NFD)
  form-to-objects   called numbers as objects
  form-no-plus      phone numbers without the plus sign
  form-nulls        null or empty values instead of missing ones
  form-midnight     ranges that end at 00:00:00 of the next day
  form-one-feature  a single feature instead of a list
  form-reversed     rules in reverse order
  form-labels       targets with names of their own
  form-external     __EXTERNAL_NUMBER__ as the name of numbers without one

The request is executed; right after it, an edit is made in the RingCentral app
  app-rename app-switch app-create app-delete
                one interaction rule of user=EXTENSION (default: the user of the
                request): rule=NAME (default: the first rule)

Which requests: method=GET, path=PART (of the path including the query)
Sign-ins are affected only if path= matches them, such as path=oauth
When: first=N, every=N or nth=N of these requests, or rate=P from 0 to 1; default: always
With several faults, a request that one fault affects doesn't count for the faults after it.

Examples
  --fault '429 pause=5 every=20'
  --fault '503 first=2' --fault 'cut nth=1'
  --fault 'drop-after method=POST rate=0.1' --fault-seed 7
  --fault 'app-rename user=101 rule=\"Office move\" path=state-rules nth=1'";

const HELP: CommandHelp = CommandHelp {
    extra_section: Some(("Faults", FAULT_HELP)),
    examples: "\
# Serve an example account to any client of the API
callrules sandbox --port 8123 --seed examples/acme/sandbox

# Limit the rate to 40 requests per minute
callrules sandbox --port 8124 --seed examples/acme/sandbox --limit 40",
    exit_codes: &[("0", "stopped by Ctrl-C"), ("1", "error")],
};

#[derive(Debug, Args)]
#[command(after_long_help = HELP.render())]
pub(crate) struct SandboxArgs {
    /// The port to listen on (loopback only); 0 for any free port
    #[arg(long, default_value_t = 0, value_name = "N")]
    port: u16,

    /// The initial account: a YAML or JSON file, or a folder of such files
    #[arg(long, value_name = "PATH")]
    seed: Option<PathBuf>,

    /// Keep the account in this file between runs, even if a run is killed
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,

    /// Allow N requests of the Medium group per window
    #[arg(long, value_name = "N")]
    limit: Option<u32>,

    /// The length of a rate-limit window, in seconds
    #[arg(long, value_name = "S", default_value_t = 60)]
    window: u64,

    /// Inject a fault; `--help` explains the syntax
    ///
    /// May be repeated.
    #[arg(long = "fault", value_name = "SPEC")]
    faults: Vec<RequestFault>,

    /// The random seed of faults with `rate=`
    ///
    /// The same seed affects the same requests.
    #[arg(long, value_name = "N", default_value_t = 0)]
    fault_seed: u64,
}

pub(crate) async fn run(
    context: &CommandContext,
    arguments: &SandboxArgs,
) -> Result<ExitCode, RunError> {
    let seed = match &arguments.seed {
        Some(path) => SandboxSeed::load(path)?,
        None => SandboxSeed::default(),
    };
    let sandbox = SandboxServer::start(SandboxOptions {
        port: arguments.port,
        seed,
        state: arguments.state.clone(),
        limit: arguments.limit.map(|limit| SandboxRateLimit {
            limit,
            window: Duration::from_secs(arguments.window.max(1)),
        }),
        faults: arguments.faults.clone(),
        fault_seed: arguments.fault_seed,
        ..SandboxOptions::default()
    })
    .await?;
    let url = sandbox.url();
    context
        .ui
        .print_raw(&format!("callrules sandbox listening on {url}\n"))?;
    context.ui.status(&format!(
        "Any well-formed JWT is accepted. In another terminal:\n\
         \n\
         \x20 export RC_SERVER_URL={url} RC_APP_CLIENT_ID=sandbox RC_APP_CLIENT_SECRET=sandbox\n\
         \x20 export RC_USER_JWT=sandbox.sandbox.sandbox\n\
         \n\
         Press Ctrl-C to stop.\n"
    ))?;
    sandbox
        .serve_until(async {
            // If signals are unavailable, the sandbox runs until the process is killed.
            let _ = tokio::signal::ctrl_c().await;
        })
        .await;
    Ok(ExitCode::SUCCESS)
}
