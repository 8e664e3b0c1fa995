//! One line a check, in the order in which one rests on another.

use schemars::JsonSchema;
use serde::Serialize;

use super::{Found, Repository};

/// The two permissions that an app needs \[spec\].
pub(super) const READING: &str = "ReadAccounts";
const WRITING: &str = "EditExtensions";
/// What it needs to plan without reading everybody.
const AUDIT: &str = "ReadAuditTrail";

/// What may differ between two clocks without any harm, in seconds.
const TOLERATED_SKEW: i64 = 60;

/// How many requests a plan takes for a user who declares both rules and states.
const REQUESTS_A_USER: f64 = 2.0;

/// What is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Check {
    /// The files.
    Repository,
    /// The environment.
    Variables,
    /// Whether anybody answers.
    Server,
    /// The two clocks.
    Clock,
    /// Signing in.
    Token,
    /// What the app may do.
    Permissions,
    /// Which account it is.
    Account,
    /// Whether the account has what we manage.
    NewCallHandling,
    /// How fast we may go.
    RateLimits,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// All is well.
    Ok,
    /// A plan works; something else may not.
    Warning,
    /// No plan is possible.
    Error,
    /// A check that it rests on has failed.
    NotTried,
}

/// What is said of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The check.
    pub check: Check,
    /// How it ended.
    pub severity: Severity,
    /// What was found.
    pub message: String,
    /// How to mend it, or what to know.
    pub help: Option<String>,
}

/// Says what was found, and how to mend what is wrong.
pub fn judge(found: &Found) -> Vec<Line> {
    vec![
        repository(&found.repository),
        variables(found),
        server(found),
        clock(found),
        token(found),
        permissions(found),
        account(found),
        new_call_handling(found),
        rate_limits(found),
    ]
}

/// Whether nothing was found that stops a plan.
pub fn may_plan(lines: &[Line]) -> bool {
    !lines.iter().any(|line| line.severity == Severity::Error)
}

impl Check {
    fn ok(self, message: impl Into<String>) -> Line {
        self.line(Severity::Ok, message)
    }

    fn warning(self, message: impl Into<String>) -> Line {
        self.line(Severity::Warning, message)
    }

    fn error(self, message: impl Into<String>) -> Line {
        self.line(Severity::Error, message)
    }

    fn not_tried(self) -> Line {
        self.line(Severity::NotTried, "not tried")
    }

    fn line(self, severity: Severity, message: impl Into<String>) -> Line {
        Line {
            check: self,
            severity,
            message: message.into(),
            help: None,
        }
    }
}

impl Line {
    fn help(self, help: impl Into<String>) -> Line {
        Line {
            help: Some(help.into()),
            ..self
        }
    }
}

fn repository(found: &Repository) -> Line {
    let check = Check::Repository;
    match found {
        Repository::None => check.ok("none here, so there is no account to compare with").help(
            "`-C DIR` names the folder of one, and `callrules init` or `callrules import` begins one",
        ),
        Repository::Mistaken(count) => check
            .error(format!("{} in the files", counted(*count, "mistake")))
            .help("`callrules validate` shows each with its place"),
        Repository::Sound { users, .. } => check.ok(counted(*users, "user file")),
    }
}

fn variables(found: &Found) -> Line {
    let check = Check::Variables;
    match &found.variables {
        _ if found.is_sandbox => check.ok("none is needed: `--sandbox` is inside the program"),
        None => check.not_tried(),
        Some(Err(problem)) => check.error(problem).help(
            "export them in this shell, or store them as secrets of the CI environment; \
             `--sandbox` needs none",
        ),
        Some(Ok(false)) => check
            .warning("RC_USER_JWT does not look like a JWT: three parts with dots between")
            .help("copy the whole credential from the developer console, without quotation marks"),
        Some(Ok(true)) => check.ok("all four are set"),
    }
}

fn server(found: &Found) -> Line {
    let check = Check::Server;
    match &found.server {
        None => check.not_tried(),
        Some(Ok(host)) => check.ok(format!("{host} answers")),
        Some(Err(problem)) => check.error(problem).help(
            "is RC_SERVER_URL right, and does a firewall or proxy let this machine reach it? \
             HTTPS_PROXY is respected",
        ),
    }
}

fn clock(found: &Found) -> Line {
    let check = Check::Clock;
    let answered = matches!(found.server, Some(Ok(_)));
    match found.skew {
        Some(skew) if skew.abs() > TOLERATED_SKEW => {
            let way = if skew > 0 { "behind" } else { "ahead of" };
            let seconds = skew.abs();
            check
                .warning(format!(
                    "this machine's clock is {seconds} s {way} the server's"
                ))
                .help("set it by NTP: a JWT or a token may be refused as not yet, or no longer, valid")
        }
        Some(_) => check.ok(format!("within {TOLERATED_SKEW} s of the server's")),
        None if answered => check.warning("the server does not tell its time"),
        None => check.not_tried(),
    }
}

fn token(found: &Found) -> Line {
    let check = Check::Token;
    match &found.token {
        None => check.not_tried(),
        Some(Ok(())) => check.ok("signed in"),
        Some(Err(problem)) => check.error(problem).help(
            "compare RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT with the developer \
             console: all of one app and one server, the JWT neither revoked nor expired, the app \
             with the JWT flow",
        ),
    }
}

fn permissions(found: &Found) -> Line {
    let check = Check::Permissions;
    if !matches!(found.token, Some(Ok(()))) {
        return check.not_tried();
    }
    let Some(granted) = &found.permissions else {
        return check
            .warning("the service does not tell what the app may do")
            .help(format!("the app needs {READING}, and {WRITING} to apply"));
    };
    let has = |wanted: &str| granted.iter().any(|granted| granted == wanted);
    let mend = "add it to the app in the developer console, and sign in anew";
    match (has(READING), has(WRITING)) {
        (true, true) if has(AUDIT) => check.ok(format!("{READING}, {WRITING}, {AUDIT}")),
        (true, true) => { check.ok(format!("{READING}, {WRITING}")) }
            .help(format!("`plan --remember` would need {AUDIT} too")),
        (true, false) => check
            .warning(format!("{WRITING} is missing: plan works, apply does not"))
            .help(format!(
                "{mend}; where this machine only plans, all is well"
            )),
        (false, true) => check
            .error(format!("{READING} is missing: nothing can be read"))
            .help(mend),
        (false, false) => check
            .error(format!("{READING} and {WRITING} are missing"))
            .help("add them to the app in the developer console, and sign in anew"),
    }
}

fn account(found: &Found) -> Line {
    let check = Check::Account;
    let opened = match &found.account {
        None => return check.not_tried(),
        Some(Err(problem)) => return check.error(problem).help(SUPPORT),
        Some(Ok(opened)) => opened,
    };
    match &found.repository {
        Repository::Sound {
            account: Some(wanted),
            ..
        } if wanted == opened => check.ok(format!("{opened}, as callrules.yaml says")),
        Repository::Sound {
            account: Some(wanted),
            ..
        } => check
            .error(format!(
                "the credentials open account {opened}, and callrules.yaml describes {wanted}"
            ))
            .help("use the credentials of the right account, or the repository of this one"),
        Repository::Sound { account: None, .. } => check
            .warning(format!("{opened}, and callrules.yaml names none"))
            .help(format!(
                "write `account: \"{opened}\"` into it, and no other account is ever changed"
            )),
        Repository::None | Repository::Mistaken(_) => check.ok(opened),
    }
}

fn new_call_handling(found: &Found) -> Line {
    let check = Check::NewCallHandling;
    match &found.new_call_handling {
        None => check.not_tried(),
        Some(Ok(true)) => check.ok("on"),
        Some(Ok(false)) => check
            .error("off: the account has none of the rules that callrules manages")
            .help("ask RingCentral to move the account to new call handling and forwarding"),
        // The rules themselves may be readable all the same.
        Some(Err(problem)) => check.warning(problem).help(SUPPORT),
    }
}

fn rate_limits(found: &Found) -> Line {
    let check = Check::RateLimits;
    if found.limits.is_empty() {
        return match found.account {
            Some(_) => check.warning("the service has named none: the documented ones are assumed"),
            None => check.not_tried(),
        };
    }
    let told = found.limits.iter().map(|limit| {
        let window = limit.window.as_secs();
        format!("{} {} in {window} s", limit.group, limit.requests)
    });
    let line = check.ok(told.collect::<Vec<_>>().join(" · "));
    // The group that rules are read in; other names are possible [docs].
    match found.limits.iter().find(|limit| limit.group == "medium") {
        Some(medium) => {
            let requests = medium.a_minute();
            let users = (requests / REQUESTS_A_USER).max(1.0);
            line.help(format!(
                "{requests:.0} requests a minute read about {users:.0} users a minute"
            ))
        }
        None => line,
    }
}

const SUPPORT: &str = "the user who signs in may lack a permission of their own in the admin portal; \
                       the request id, where there is one, helps RingCentral's support";

fn counted(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
