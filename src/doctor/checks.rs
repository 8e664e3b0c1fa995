//! Evaluates the checks in order of their dependencies, one result each.

use schemars::JsonSchema;
use serde::Serialize;

use super::{ConnectionFacts, RepositoryStatus};

/// The permission that the API app needs to read rules \[spec\].
pub(super) const READ_PERMISSION: &str = "ReadAccounts";
/// The permission that the API app needs to change rules \[spec\].
const WRITE_PERMISSION: &str = "EditExtensions";
/// The permission that the API app needs for incremental plans, which do not read every user.
const AUDIT_PERMISSION: &str = "ReadAuditTrail";

/// The clock difference that causes no problems, in seconds.
const TOLERATED_SKEW: i64 = 60;

/// The number of requests that a plan needs for a user with both rules and states.
const REQUESTS_PER_USER: f64 = 2.0;

/// The name of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckName {
    /// The repository and its files.
    Repository,
    /// The environment variables with the credentials.
    Variables,
    /// Whether the server responds.
    Server,
    /// The difference between the local clock and the server's.
    Clock,
    /// Whether signing in works.
    Token,
    /// The permissions of the API app.
    Permissions,
    /// The account that the credentials belong to.
    Account,
    /// The users of the account who have no file.
    Users,
    /// Whether the account uses new call handling, which callrules manages.
    NewCallHandling,
    /// The rate limits of the account.
    RateLimits,
}

/// The severity of a check result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum CheckSeverity {
    /// There is no problem.
    Ok,
    /// A plan is possible, but something else may fail.
    Warning,
    /// A problem that makes plans impossible.
    Error,
    /// An earlier check failed that this one depends on.
    Skipped,
}

/// A check and its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "DoctorEntry")]
pub struct CheckResult {
    /// The subject of the check.
    pub check: CheckName,
    /// The result of the check.
    #[serde(rename = "state")]
    pub severity: CheckSeverity,
    /// The result, for people.
    pub message: String,
    /// How to fix the problem, or more details; `null` if there are none.
    pub help: Option<String>,
}

/// Evaluates the facts and returns one result for each check.
pub fn evaluate(facts: &ConnectionFacts) -> Vec<CheckResult> {
    vec![
        check_repository(&facts.repository),
        check_variables(facts),
        check_server(facts),
        check_clock(facts),
        check_token(facts),
        check_permissions(facts),
        check_account(facts),
        check_users(facts),
        check_new_call_handling(facts),
        check_rate_limits(facts),
    ]
}

/// Returns whether no check failed with an error.
pub fn is_plan_possible(results: &[CheckResult]) -> bool {
    !results
        .iter()
        .any(|result| result.severity == CheckSeverity::Error)
}

impl CheckName {
    fn ok(self, message: impl Into<String>) -> CheckResult {
        self.with_severity(CheckSeverity::Ok, message)
    }

    fn warning(self, message: impl Into<String>) -> CheckResult {
        self.with_severity(CheckSeverity::Warning, message)
    }

    fn error(self, message: impl Into<String>) -> CheckResult {
        self.with_severity(CheckSeverity::Error, message)
    }

    fn skipped(self) -> CheckResult {
        self.with_severity(CheckSeverity::Skipped, "skipped")
    }

    fn with_severity(self, severity: CheckSeverity, message: impl Into<String>) -> CheckResult {
        CheckResult {
            check: self,
            severity,
            message: message.into(),
            help: None,
        }
    }
}

impl CheckResult {
    fn help(self, help: impl Into<String>) -> CheckResult {
        CheckResult {
            help: Some(help.into()),
            ..self
        }
    }
}

fn check_repository(status: &RepositoryStatus) -> CheckResult {
    let check = CheckName::Repository;
    match status {
        RepositoryStatus::None => check.ok("no repository here, so there is no account ID to compare").help(
            "select a repository with `-C DIR`, or create one with `callrules init` or `callrules import`",
        ),
        RepositoryStatus::Invalid(count) => check
            .error(format!("{} in the files", pluralize(*count, "error")))
            .help("run `callrules validate` to list them"),
        RepositoryStatus::Valid { users, .. } => check.ok(pluralize(*users, "user file")),
    }
}

fn check_variables(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Variables;
    match &facts.variables {
        _ if facts.is_sandbox => check.ok("none needed: `--sandbox` is built in"),
        None => check.skipped(),
        Some(Err(problem)) => check.error(problem).help(
            "export them in this shell, or store them as secrets of the CI environment; \
             `--sandbox` needs no variables",
        ),
        Some(Ok(false)) => check
            .warning(
                "RC_USER_JWT is not a well-formed JWT, which has three parts separated by dots",
            )
            .help("copy the whole credential from the developer console, without quotation marks"),
        Some(Ok(true)) => check.ok("all four are set"),
    }
}

fn check_server(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Server;
    match &facts.server {
        None => check.skipped(),
        Some(Ok(host)) => check.ok(format!("{host} responds")),
        Some(Err(problem)) => check.error(problem).help(
            "check RC_SERVER_URL, and whether a firewall or proxy blocks the connection; \
             HTTPS_PROXY is respected",
        ),
    }
}

fn check_clock(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Clock;
    let has_response = matches!(facts.server, Some(Ok(_)));
    match facts.clock_skew {
        Some(skew) if skew.abs() > TOLERATED_SKEW => {
            let direction = if skew > 0 { "slow" } else { "fast" };
            let seconds = skew.abs();
            check
                .warning(format!(
                    "this machine's clock is {seconds} s {direction} compared with the server"
                ))
                .help("synchronize it with NTP: otherwise the server may reject a JWT or token as expired or not yet valid")
        }
        Some(_) => check.ok(format!("within {TOLERATED_SKEW} s of the server's clock")),
        None if has_response => check.warning("the server did not send its time"),
        None => check.skipped(),
    }
}

fn check_token(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Token;
    match &facts.token {
        None => check.skipped(),
        Some(Ok(())) => check.ok("signed in"),
        Some(Err(problem)) => check.error(problem).help(
            "compare RC_APP_CLIENT_ID, RC_APP_CLIENT_SECRET and RC_USER_JWT with the developer \
             console: all must belong to the same app and server, the JWT must not be revoked or \
             expired, and the app must allow the JWT auth flow",
        ),
    }
}

fn check_permissions(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Permissions;
    if !matches!(facts.token, Some(Ok(()))) {
        return check.skipped();
    }
    let Some(granted) = &facts.permissions else {
        return check
            .warning("RingCentral did not report the app's permissions")
            .help(format!(
                "the app needs {READ_PERMISSION}, and {WRITE_PERMISSION} for `apply`"
            ));
    };
    let has = |wanted: &str| granted.iter().any(|granted| granted == wanted);
    let fix = "add it to the app in the developer console, then sign in again";
    match (has(READ_PERMISSION), has(WRITE_PERMISSION)) {
        (true, true) if has(AUDIT_PERMISSION) => check.ok(format!(
            "{READ_PERMISSION}, {WRITE_PERMISSION}, {AUDIT_PERMISSION}"
        )),
        (true, true) => check
            .ok(format!("{READ_PERMISSION}, {WRITE_PERMISSION}"))
            .help(format!(
                "`plan --incremental` also needs {AUDIT_PERMISSION}"
            )),
        (true, false) => check
            .warning(format!(
                "{WRITE_PERMISSION} is missing: `plan` works, `apply` does not"
            ))
            .help(format!("{fix}; not needed if this machine only plans")),
        (false, true) => check
            .error(format!(
                "{READ_PERMISSION} is missing: rules cannot be read"
            ))
            .help(fix),
        (false, false) => check
            .error(format!(
                "{READ_PERMISSION} and {WRITE_PERMISSION} are missing"
            ))
            .help("add them to the app in the developer console, then sign in again"),
    }
}

fn check_account(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Account;
    let actual = match &facts.account {
        None => return check.skipped(),
        Some(Err(problem)) => return check.error(problem).help(PERMISSION_HELP),
        Some(Ok(actual)) => actual,
    };
    match &facts.repository {
        RepositoryStatus::Valid {
            account: Some(expected),
            ..
        } if expected == actual => check.ok(format!("{actual}, as in callrules.yaml")),
        RepositoryStatus::Valid {
            account: Some(expected),
            ..
        } => check
            .error(format!(
                "the credentials belong to account {actual}, but callrules.yaml is for {expected}"
            ))
            .help(format!(
                "use the credentials of account {expected}, or the repository of account {actual}"
            )),
        RepositoryStatus::Valid { account: None, .. } => check
            .warning(format!(
                "{actual}, but callrules.yaml does not name an account"
            ))
            .help(format!(
                "add `account: \"{actual}\"` to it so that no other account can be changed"
            )),
        RepositoryStatus::None | RepositoryStatus::Invalid(_) => check.ok(actual),
    }
}

fn check_users(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::Users;
    match &facts.users {
        None if matches!(
            (&facts.repository, &facts.account),
            (RepositoryStatus::None, Some(Ok(_)))
        ) =>
        {
            check.ok("no files here to compare them with")
        }
        None => check.skipped(),
        Some(Err(problem)) => check.error(problem).help(PERMISSION_HELP),
        Some(Ok(status)) => match &status.without_file {
            None => check.ok(format!(
                "{} in service, each with a file",
                pluralize(status.user_count, "user")
            )),
            // `unmanagedUsers` sets whether that is a problem of a plan.
            Some((text, command)) => check
                .ok(text)
                .help(format!("write the missing files with `{command}`")),
        },
    }
}

fn check_new_call_handling(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::NewCallHandling;
    match &facts.new_call_handling {
        None => check.skipped(),
        Some(Ok(true)) => check.ok("on"),
        Some(Ok(false)) => check
            .error("off: the account does not have the rules that callrules manages")
            .help("ask RingCentral to move the account to new call handling and forwarding"),
        // Reading the rules themselves may still work.
        Some(Err(problem)) => check.warning(problem).help(PERMISSION_HELP),
    }
}

fn check_rate_limits(facts: &ConnectionFacts) -> CheckResult {
    let check = CheckName::RateLimits;
    if facts.limits.is_empty() {
        return match facts.account {
            Some(_) => check
                .warning("RingCentral has not reported any yet: the documented limits are assumed"),
            None => check.skipped(),
        };
    }
    let limits = facts.limits.iter().map(|limit| {
        let window = limit.window.as_secs();
        format!("{} {} in {window} s", limit.group, limit.requests)
    });
    let line = check.ok(limits.collect::<Vec<_>>().join(" · "));
    // Reading rules counts against the `medium` group. Other groups are possible [docs].
    match facts.limits.iter().find(|limit| limit.group == "medium") {
        Some(medium) => {
            let requests = medium.per_minute();
            let users = (requests / REQUESTS_PER_USER).max(1.0);
            line.help(format!(
                "enough to read about {users:.0} users a minute ({requests:.0} requests)"
            ))
        }
        None => line,
    }
}

const PERMISSION_HELP: &str = "check the permissions of the signed-in user in the admin portal; if there is a request ID, \
                       include it when you contact RingCentral support";

fn pluralize(count: usize, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {what}{plural}")
}
