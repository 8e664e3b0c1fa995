//! A simulated RingCentral API for rehearsals: an HTTP server on the loopback interface that is as
//! strict as the real API is known to be.
//!
//! The sandbox checks the rest of the program independently: it implements the API from the sources
//! and uses no other module of the crate. Each statement about the API names its source:
//! **\[seed\]** and **\[docs\]** are RingCentral's documents, **\[spec\]** is RingCentral's OpenAPI
//! file, **\[field\]** was observed by others on real accounts, **\[inferred\]** is our conclusion.
//!
//! # Layers
//!
//! A module uses only modules to its left and in the rows above:
//!
//! ```text
//! account  json  error  rate_limit    the account as seeds describe it, and other basics
//! defaults  system_state  response    what RingCentral maintains by itself; error bodies
//! completion                          the parts that short seeds leave out
//! checks                              validation of bodies that clients write
//! tokens  audit_log  seed  store      the saved account, and who may use it
//! normalize  presenters               bodies as they are stored, and as reads return them
//! paging  request                     what handlers receive
//! handlers  faults                    the methods of each path; injected failures
//! server                              routes, and the layers that every request passes
//! ```
//!
//! To add
//! - a check: write a function in `checks`, in the file of its subject
//! - a fault: add its kind in `faults::grammar`, and its effect in `faults::inject` or, if it
//!   damages the response, in `faults::delivery`
//! - a form of responses: add its kind in `faults::grammar`, and the form in `faults::forms`
//! - an endpoint: add its handler in `handlers`, its route in `server`, its permission in `tokens`
//!   and its group in `rate_limit`
//! - a key of seeds or a setting: add a field in `account`
//!
//! The sandbox stores and returns rules but never runs them: it routes no calls.
//!
//! # Choices where the sources specify nothing
//!
//! - Missing greeting actions are added only to `RingAtOnce` and `RingInOrder`, because other
//!   dispatching types play no greetings.
//! - A PATCH keeps the fields that its body omits, also unknown ones. It replaces the others as a
//!   whole.
//! - Devices of the types `HardPhone`, `SoftPhone` and `OtherPhone` ring, so every rule with ring
//!   groups must contain those of the user. Other devices may be targets but need not be.
//! - The prompts of default rules are off.
//! - A device without a number has the first number of its user.
//! - A rule may refer to the after-hours state while that state does not exist, and keeps the
//!   reference when the state disappears.
//! - Every write adds a record to the audit trail, and so does every edit in the RingCentral app.
//!   The trail starts with one record for the account. A read that materializes a user's states
//!   adds no record.
//! - Duplicate names and unknown greeting ids are accepted. A second `TerminatingAction` is not.
//! - Unknown fields are kept. Unknown actions, targets and conditions are accepted only if the live
//!   resource already contains them.
//!
//! # Seeds
//!
//! A seed is a YAML or JSON file, or a folder of such files. It contains resources in the form of
//! the API. [`SandboxServer::snapshot`] returns the same format. Only `extensionNumber` is
//! required. Unquoted words in YAML are text, as in configuration files.
//!
//! Rules are completed with what the service itself would have (see `completion`), and in files
//! then checked like writes. Unlike a write, a seed may contain unknown parts, rules without a name
//! and numbers that are too long for E.164, because real accounts do.
//!
//! ```yaml
//! account: { id: "37439510", name: Acme, mainNumber: "+16505550100", newCallHandling: true,
//!            queueCallsInRules: true, coworkerApps: true,
//!            permissions: [ReadAccounts, EditExtensions] }  # of the API app; default: all
//! pageSize: 100                  # default and maximum page size; small values exercise paging
//! omitTotalPages: false          # true: lists omit the number of pages
//! listWithoutDispatching: false  # true: lists contain only `dispatchingRef`
//! auditTrail: { delaySeconds: 0, holds: 10000 }  # delay of new records, maximum number of records
//!                                # refusesHidden: true refuses includeAdmins and includeHidden
//! calledNumbersAsObjects: false  # true: reads return `to` as objects {phoneNumber, name}
//! greetings:                     # in addition to the built-in dictionary
//!   - { id: "70001", name: Jazz, type: ConnectingAudio, usageType: UserExtensionAnsweringRule }
//! extensions:
//!   - extensionNumber: "101"
//!     id: "63700001004"          # default: derived from account id and extension number
//!     type: User                 # Department is a call queue
//!     status: Enabled
//!     name: Alex Morgan          # set firstName and lastName if the first space splits it wrongly
//!     email: alex@acme.example
//!     timezone: America/Los_Angeles
//!     phoneNumbers: ["+16505550101"]
//!     devices: [{ id: "800001", name: Alex desk phone, type: HardPhone,
//!                 phoneNumber: "+16505550102" }]  # default: the user's first number
//!     materialized: true         # false: states return 404 until the state rules are read
//!     states:                    # merged over the defaults
//!       forward-all-calls: { enabled: true }
//!     stateRules:                # each replaces the default dispatching of its state
//!       dnd: { dispatching: { type: Terminate, actions: [] } }
//!     interactionRules:          # short rules are completed
//!       - displayName: VIP
//!         enabled: true
//!         conditions: [{ type: Interaction, from: [{ phoneNumber: "+1650" }], to: [] }]
//!         dispatching:
//!           type: Terminate
//!           actions:
//!             - { type: TerminatingAction, targets: [{ type: VoiceMailTerminatingTarget }] }
//!   - { extensionNumber: "900", type: Department, name: Support, members: ["101"] }
//! ```

mod account;
mod audit_log;
mod checks;
mod completion;
mod defaults;
mod error;
mod faults;
mod handlers;
mod json;
mod normalize;
mod paging;
mod presenters;
mod rate_limit;
mod request;
mod response;
mod seed;
mod server;
mod store;
mod system_state;
mod tokens;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

pub use account::{
    AppPermission, AuditTrailSettings, SandboxAccount, SandboxDevice, SandboxExtension,
    SandboxSettings, StandardGreeting,
};
pub use error::SandboxError;
pub use faults::{FaultParseError, RequestFault};
pub use seed::SandboxSeed;

use self::request::{SandboxState, SharedMutex};

/// How long [`SandboxServer::stop`] waits for requests in flight.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(2);
const DEFAULT_TOKEN_SECONDS: u64 = 3600;
const DAY: Duration = Duration::from_hours(24);

/// Options for starting a sandbox.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// TCP port on 127.0.0.1; 0 selects a free port.
    pub port: u16,
    /// Initial content of the account.
    pub seed: SandboxSeed,
    /// File that keeps the account between runs. A changed seed discards its content.
    pub state: Option<PathBuf>,
    /// Enforced rate limits. Without them, responses announce generous limits and none is enforced.
    pub limit: Option<SandboxRateLimit>,
    /// Lifetime of access tokens in seconds, at most one day. Default: one hour.
    pub token_seconds: Option<u64>,
    /// Faults to inject, in order of precedence.
    pub faults: Vec<RequestFault>,
    /// Seed of the pseudo-random choice for faults with a rate. The same seed selects the same
    /// requests.
    pub fault_seed: u64,
}

/// A rate limit: the number of requests of the Medium group that are accepted in a sliding window.
///
/// The limits of the other groups follow from it in the proportion of the documented defaults:
/// Light 5/4, Heavy 1/4, Auth 1/8 but at least 5. \[docs\]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SandboxRateLimit {
    /// Maximum number of requests in one window.
    pub limit: u32,
    /// Length of the window. A penalty has the same length.
    pub window: Duration,
}

/// One request and its response.
///
/// The response is recorded before a fault damages it: if the request was executed, the complete
/// response is recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct RecordedExchange {
    /// HTTP method in upper case.
    pub method: String,
    /// Request path including the query.
    pub path: String,
    /// Usage-plan group that the request counted against.
    pub group: String,
    /// Request body, if it was JSON or a form.
    pub request: Option<Value>,
    /// HTTP status of the response; 0 if a fault dropped the request before any response.
    pub status: u16,
    /// Response body, if it was JSON.
    pub response: Option<Value>,
    /// Kind of the injected fault, as in the fault syntax: `503`, `drop-after`, …
    pub fault: Option<&'static str>,
    /// Whether a penalty was active when the request arrived, so that the penalty started again.
    /// Also true for requests that were sent before the client could know of the penalty.
    pub in_penalty: bool,
    /// Whether the client could have known of that penalty: the request arrived a quarter of a
    /// second or more after the first 429.
    pub avoidable: bool,
}

/// A running sandbox. Dropping it also stops it, without waiting for requests in flight.
#[derive(Debug)]
pub struct SandboxServer {
    shared: Arc<SandboxState>,
    shutdown: oneshot::Sender<()>,
    task: JoinHandle<std::io::Result<()>>,
}

impl SandboxServer {
    /// Starts a sandbox. It accepts connections when this returns.
    ///
    /// # Errors
    /// Returns an error if the port is in use, the state file is unusable, the rate limit is
    /// invalid, or a fault names an unknown user.
    pub async fn start(options: SandboxOptions) -> Result<SandboxServer, SandboxError> {
        if let Some(SandboxRateLimit { limit, window }) = options.limit
            && (limit == 0 || window.is_zero() || window > DAY)
        {
            let problem =
                "the limit must be at least 1, and the window longer than zero and at most one day";
            return Err(SandboxError::invalid("rate limit", problem));
        }
        let store = store::AccountStore::open(options.seed, options.state)?;
        let faults =
            faults::FaultInjector::new(options.faults, options.fault_seed, store.account())?;
        let port = options.port;
        let cannot_listen = |source| SandboxError::Listen { port, source };
        let listener = TcpListener::bind(("127.0.0.1", port)).await;
        let listener = listener.map_err(cannot_listen)?;
        let address = listener.local_addr().map_err(cannot_listen)?;
        let token_seconds = options.token_seconds.unwrap_or(DEFAULT_TOKEN_SECONDS);
        let token_life = Duration::from_secs(token_seconds).min(DAY);
        let shared = Arc::new(SandboxState {
            url: format!("http://{address}"),
            store: SharedMutex::new(store),
            tokens: SharedMutex::new(tokens::AccessTokens::new(token_life)),
            limits: SharedMutex::new(rate_limit::SandboxRateLimiter::new(options.limit)),
            exchanges: SharedMutex::default(),
        });
        let (shutdown, shutdown_signal) = oneshot::channel();
        let router = server::router(shared.clone(), faults);
        let serve = axum::serve(listener, router).with_graceful_shutdown(async {
            shutdown_signal.await.ok(); // also completes when the sandbox is dropped
        });
        Ok(SandboxServer {
            shared,
            shutdown,
            task: tokio::spawn(serve.into_future()),
        })
    }

    /// Returns the base URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        self.shared.url.clone()
    }

    /// Returns the last 10,000 exchanges, oldest first.
    pub fn exchanges(&self) -> Vec<RecordedExchange> {
        self.shared.exchanges.lock().iter().cloned().collect()
    }

    /// Returns the current account in the format of a seed.
    pub fn snapshot(&self) -> Value {
        serde_json::to_value(self.shared.store.lock().account()).unwrap_or_default()
    }

    /// Changes the account without the API, like an edit in the RingCentral app.
    pub fn edit(&self, edit: impl FnOnce(&mut SandboxAccount)) {
        if let Err(error) = self.shared.store.lock().edit_account(edit) {
            tracing::error!("edit was not saved: {error}");
        }
    }

    /// Serves until the future completes (such as one that waits for Ctrl-C), then stops.
    pub async fn serve_until(self, done: impl Future<Output = ()>) {
        done.await;
        self.stop().await;
    }

    /// Stops listening, and waits up to two seconds for requests in flight.
    pub async fn stop(self) {
        self.shutdown.send(()).ok();
        let task = self.task.abort_handle();
        let stopped = tokio::time::timeout(SHUTDOWN_TIMEOUT, self.task).await;
        if stopped.is_err() {
            task.abort();
        }
    }
}
