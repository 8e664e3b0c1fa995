//! A local copy of the API to rehearse against: a real HTTP server on loopback, as strict as the API is known
//! to be.
//!
//! It is the independent opponent of the rest of the program: it has its own reading of the API and uses no
//! other module of the crate. Where something is stated about the API, the source stands beside it:
//! **\[seed\]** and **\[docs\]** the vendor's documents, **\[spec\]** the vendor's OpenAPI file,
//! **\[field\]** seen on real accounts by others, **\[inferred\]** by us.
//!
//! A request passes `server` (recording, rate limits, tokens, `permissions`) and `faults`, is answered by
//! `directory`, `audit`, `states` or `interaction_rules`, which ask `checks` whether a write is acceptable,
//! keep what `accepted` makes of it in the `store`, and show it as `views` does. `account` keeps what the
//! system keeps by itself; `defaults` holds its values.
//!
//! Rules are kept and shown here, never run: no call is routed.
//!
//! # Where the sources are silent
//!
//! - The missing greeting actions are added with RingAtOnce and RingInOrder only: elsewhere none may be
//!   played.
//! - A PATCH of a state or state rule that leaves a field out puts that field back to its default, 24/7 for
//!   work hours; a PATCH of an interaction rule that leaves one out is refused, since none of its fields has
//!   a default.
//! - A rule may refer to after hours while they do not exist, and keeps doing so when they disappear.
//! - Every write leaves a record in the audit trail, and so does whoever edits in the app. The account itself
//!   begins with one. What is read into being (a user's states) leaves none.
//! - Equal names and ids of unknown greetings are accepted; a second TerminatingAction is not.
//! - Unknown fields are kept; unknown actions, targets and conditions only where they stand already.
//!
//! # Seeds
//!
//! A seed is a YAML or JSON file, or a folder of such files. It has the API's own forms in it, and is what
//! [`Sandbox::snapshot`] gives back. Everything but `extensionNumber` may be left out.
//!
//! ```yaml
//! account: { id: "37439510", name: Acme, mainNumber: "+16505550100", newCallHandling: true,
//!            queueCallsInRules: true, coworkerApps: true,
//!            permissions: [ReadAccounts, EditExtensions] }  # what the app may do; otherwise all
//! pageSize: 100                  # default and maximum page size, to exercise paging with few records
//! omitTotalPages: false          # lists do not say how many pages there are
//! listWithoutDispatching: false  # lists of interaction rules give `dispatchingRef` only
//! auditTrail: { delaySeconds: 0, holds: 10000 }  # how late its records are found, and how many it holds
//! calledNumbersAsObjects: false  # reads show `to` as objects {phoneNumber, name}
//! greetings:                     # beyond the built-in dictionary
//!   - { id: "70001", name: Jazz, type: ConnectingAudio, usageType: UserExtensionAnsweringRule }
//! extensions:
//!   - extensionNumber: "101"
//!     id: "63700001004"          # otherwise derived from account id and extension number
//!     type: User                 # Department is a call queue
//!     status: Enabled
//!     name: Alex Morgan          # firstName and lastName where the split at the first space is wrong
//!     email: alex@acme.example
//!     timezone: America/Los_Angeles
//!     phoneNumbers: ["+16505550101"]
//!     devices: [{ id: "800001", name: Alex desk phone, type: HardPhone }]
//!     materialised: true         # false: states are not found until the state rules are read
//!     states:                    # laid over the defaults
//!       forward-all-calls: { enabled: true }
//!     stateRules:                # each replaces the default dispatching of its state
//!       dnd: { dispatching: { type: Terminate, actions: [] } }
//!     interactionRules:          # taken as they are: nothing is checked, unknown parts are kept
//!       - { displayName: Holidays, enabled: true, conditions: [], dispatching: {} }
//!   - { extensionNumber: "900", type: Department, name: Support, members: ["101"] }
//! ```

mod accepted;
mod account;
mod answers;
mod audit;
mod checks;
mod defaults;
mod directory;
mod error;
mod faults;
mod interaction_rules;
mod limits;
mod lookup;
mod paging;
mod permissions;
mod seed;
mod server;
mod states;
mod store;
mod tokens;
mod trail;
mod views;

use std::path::PathBuf;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use account::{Account, AuditTrail, Device, Extension, Greeting, Settings};
pub use error::Error;
pub use faults::{Fault, FaultError};
pub use permissions::Permission;
pub use seed::Seed;

/// How long a stopping sandbox waits for requests in flight.
const PATIENCE: Duration = Duration::from_secs(2);
const TOKEN_SECONDS: u64 = 3600;
const DAY: Duration = Duration::from_hours(24);

/// How to start a sandbox.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The port on 127.0.0.1; 0 for any that is free.
    pub port: u16,
    /// What the account holds at first.
    pub seed: Seed,
    /// A file that remembers the account from one run to the next. Another seed starts afresh.
    pub state: Option<PathBuf>,
    /// Rate limits that are felt. Without, generous ones are announced and none is enforced.
    pub limit: Option<RateLimit>,
    /// How long an access token is good, at most a day; otherwise an hour.
    pub token_seconds: Option<u64>,
    /// What is to go wrong.
    pub faults: Vec<Fault>,
    /// Decides which requests a fault with a rate strikes: with the same number, the same ones.
    pub fault_seed: u64,
}

/// Requests of the Medium group that are let through in a sliding window. The other groups follow in the
/// proportion of the documented defaults: Light 5/4, Heavy 1/4, Auth 1/8 but at least 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// How many.
    pub limit: u32,
    /// The width of the window, which is also the length of the penalty.
    pub window: Duration,
}

/// One request and its answer, as they were on the wire. What a fault did to the answer on its way is not
/// seen here: the answer of a request that was carried out stands here whole.
#[derive(Clone, Debug, PartialEq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path, with its query.
    pub path: String,
    /// The usage-plan group it was counted for.
    pub group: String,
    /// The request body, where it was JSON or a form.
    pub request: Option<Value>,
    /// The HTTP status of the answer; 0 where a fault dropped the request and nothing answered.
    pub status: u16,
    /// The body of the answer, where it was JSON.
    pub response: Option<Value>,
    /// The kind of fault that struck, by the word for it: `503`, `drop-after`, …
    pub fault: Option<&'static str>,
    /// Whether a penalty was running when the request came, and began again; also where the request was on
    /// its way before its sender could know of the penalty.
    pub in_penalty: bool,
    /// Whether it came inside a penalty that its sender could know of: a quarter of a second or more after
    /// the first 429.
    pub in_spite: bool,
}

/// A running sandbox. Dropping it stops it too, without waiting.
#[derive(Debug)]
pub struct Sandbox {
    shared: server::Shared,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl Sandbox {
    /// Starts a sandbox; it listens when this returns.
    ///
    /// # Errors
    /// Where the port is taken, or the state file cannot be used.
    pub async fn start(options: Options) -> Result<Sandbox, Error> {
        if let Some(RateLimit { limit, window }) = options.limit
            && (limit == 0 || window.is_zero() || window > DAY)
        {
            let problem =
                "limit must be at least 1, and window more than nothing and at most a day";
            return Err(Error::Limit { problem });
        }
        let store = store::Store::open(options.seed, options.state)?;
        let faults = faults::Faults::new(options.faults, options.fault_seed, store.account())?;
        let cannot_listen = |source| Error::Listen {
            port: options.port,
            source,
        };
        let listener = TcpListener::bind(("127.0.0.1", options.port))
            .await
            .map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let shared = server::Shared::new(
            format!("http://{address}"),
            store,
            limits::Limits::new(options.limit),
            faults,
            Duration::from_secs(options.token_seconds.unwrap_or(TOKEN_SECONDS)).min(DAY),
        );
        let (shutdown, stopped) = oneshot::channel();
        let serving = axum::serve(listener, server::router(shared.clone()));
        let serving = serving.with_graceful_shutdown(async {
            stopped.await.ok(); // a dropped sandbox stops as well
        });
        Ok(Sandbox {
            shared,
            shutdown,
            task: tokio::spawn(serving.into_future()),
        })
    }

    /// Where it listens: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.shared.url().to_owned()
    }

    /// The last 10,000 exchanges, oldest first.
    pub fn exchanges(&self) -> Vec<Exchange> {
        self.shared.exchanges()
    }

    /// The whole account as it is now, in the form of a seed.
    pub fn snapshot(&self) -> Value {
        self.shared
            .read(|store| serde_json::to_value(store.account()).unwrap_or_default())
    }

    /// Changes the account past the API, the way someone does who edits in the app.
    pub fn edit(&self, edit: impl FnOnce(&mut Account)) {
        if let Err(error) = self.shared.write(|store| store.edit(edit)) {
            tracing::error!("an edit was not kept: {error}");
        }
    }

    /// Serves until the future is done (until Ctrl-C, say), then stops.
    pub async fn serve_until(self, done: impl Future<Output = ()>) {
        done.await;
        self.stop().await;
    }

    /// Stops listening; requests in flight are finished first.
    pub async fn stop(self) {
        self.shutdown.send(()).ok();
        let task = self.task.abort_handle();
        if tokio::time::timeout(PATIENCE, self.task).await.is_err() {
            task.abort();
        }
    }
}
