//! Errors that end a command, with their help and exit code.

use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use thiserror::Error;

use super::ui;
use crate::diagnostic::Diagnostic;
use crate::journal::JournalError;
use crate::model::UserSelector;
use crate::reconcile::{SafetyViolation, SavedPlanError};
use crate::render::summary::{DuplicatePlan, PlanDocumentError};
use crate::render::{WriteOperation, diagnostics};
use crate::{client, sandbox};

/// An error that ends a command. Most have a help text that explains how to fix it.
#[derive(Debug, Error)]
pub(super) enum CommandError {
    /// The files of the repository have errors.
    #[error("the configuration has errors")]
    Configuration {
        diagnostics: Vec<Diagnostic>,
        /// The number of files that were checked.
        files: usize,
    },
    #[error(transparent)]
    Credentials(#[from] client::ClientConfigError),
    #[error(transparent)]
    Client(#[from] client::ClientError),
    #[error(transparent)]
    Sandbox(#[from] sandbox::SandboxError),
    #[error("the repository describes account {expected}, but this is account {actual}")]
    WrongAccount {
        expected: String,
        actual: String,
        line: Option<usize>,
    },
    #[error("`--sandbox` needs a folder {0} that describes the account")]
    MissingSandboxSeed(String),
    #[error("no file matches the user `{selector}`")]
    NoUserSelected {
        selector: UserSelector,
        help: String,
    },
    #[error("`{selector}` matches {count} users, but a call is to one user")]
    MultipleUsersSelected {
        selector: UserSelector,
        count: usize,
    },
    #[error("the account has no user `{selector}` with call handling rules")]
    NoLiveUser {
        selector: UserSelector,
        help: String,
    },
    #[error("`{0}` is not a valid call time")]
    InvalidCallTime(String),
    #[error("`now` needs a time zone, and the files don't set one")]
    UnknownTimeZone,
    #[error("the variable {variable} is `{value}`, which is not a date and time")]
    InvalidNowVariable {
        variable: &'static str,
        value: String,
    },
    #[error("the files don't determine the outcome of this call")]
    Undecided,
    #[error("{} failed; nothing was sent", describe_tests(*.0))]
    TestsFailed(usize),
    #[error("{0} can no longer be read; it was there when the run started")]
    FileVanished(String),
    #[error("this git repository has no commit `{revision}`")]
    UnknownCommit { revision: String, shallow: bool },
    #[error("git can't read the commit: {0}")]
    GitFailed(String),
    #[error("can't run the program git, which reads the commit")]
    GitMissing(#[source] io::Error),
    #[error("refusing this plan: {}", join_violations(.0))]
    UnsafePlan(Vec<SafetyViolation>),
    #[error("can't apply {path}: {reason}")]
    UnusablePlanFile {
        path: String,
        reason: SavedPlanError,
    },
    #[error("the plan was made for {expected}, but this is {actual}")]
    PlanForOtherAccount { expected: String, actual: String },
    #[error("{path}: {reason}")]
    InvalidPlanDocument {
        path: String,
        reason: PlanDocumentError,
    },
    #[error(transparent)]
    DuplicatePlan(#[from] DuplicatePlan),
    #[error("{0} is used for two outputs")]
    DuplicateOutput(String),
    #[error("the plan is incomplete and was not saved to {0}")]
    IncompletePlan(String),
    #[error("the plan changes nothing for the canary `{canary}`")]
    NoCanaryChanges { canary: UserSelector, help: String },
    #[error("another run is active in this repository{}", holder_suffix(.holder))]
    Locked { holder: String },
    #[error("can't ask for confirmation of the {0}: not a terminal")]
    NotInteractive(WriteOperation),
    #[error("stopped before the first write: nothing was changed")]
    Stopped,
    #[error("{path}: {error}")]
    File { path: String, error: io::Error },
    #[error("{folder} contains files that aren't from a report ({entry})")]
    NotAReportFolder { folder: String, entry: String },
    #[error("{0} has files in `users/` but no callrules.yaml")]
    MissingSettings(String),
    #[error("the schemas in {0} don't match this version")]
    SchemaDrift(String),
    #[error("the API app lacks the permission EditExtensions, which changes need")]
    MissingWritePermission,
    #[error("can't create the journal {path}, so nothing was changed: {error}")]
    CreateJournal {
        path: String,
        error: io::Error,
        /// Whether the path comes from `--journal`.
        is_named: bool,
    },
    #[error("{path}: {error}")]
    InvalidJournal { path: String, error: JournalError },
    #[error("the journal is for {written}, but this is {actual}")]
    JournalForOtherAccount { written: String, actual: String },
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Junit(#[from] quick_junit::SerializeError),
    #[error(transparent)]
    Yaml(#[from] crate::yaml::YamlWriteError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Returns who holds the lock, as the end of a message. Empty if unknown.
fn holder_suffix(holder: &str) -> String {
    match holder {
        "" => String::new(),
        holder => format!(": {holder}"),
    }
}

/// Returns the subject of the message about failed tests.
fn describe_tests(count: usize) -> String {
    match count {
        1 => "a test".to_owned(),
        count => format!("{count} tests"),
    }
}

/// Joins the reasons for refusing a plan into one line.
fn join_violations(violations: &[SafetyViolation]) -> String {
    let reasons: Vec<String> = violations.iter().map(SafetyViolation::to_string).collect();
    reasons.join("; ")
}

const ERROR_STYLE: Style = AnsiColor::Red.on_default().bold();
const HELP_STYLE: Style = AnsiColor::Cyan.on_default().bold();

impl CommandError {
    /// Prints the error with its causes and help to standard error, and returns the exit code 1.
    pub(super) fn report(self) -> ExitCode {
        let text = match self {
            CommandError::Configuration {
                mut diagnostics,
                files,
            } => {
                // Errors come before warnings; the sort keeps the order of files.
                diagnostics.sort_by_key(|diagnostic| !diagnostic.is_error());
                diagnostics::render_human(&diagnostics, files)
            }
            error => {
                let mut text = format!("{ERROR_STYLE}error{ERROR_STYLE:#}: {error}\n");
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    text += &format!("  caused by: {error}\n");
                    cause = error.source();
                }
                if let Some(help) = error.help() {
                    text += &format!("{HELP_STYLE}help{HELP_STYLE:#}: {help}\n");
                }
                text
            }
        };
        // If standard error is closed, the exit code is still correct.
        let _ = ui::status(&text);
        ExitCode::from(1)
    }

    fn help(&self) -> Option<String> {
        match self {
            CommandError::WrongAccount { actual, line, .. } => {
                let line = line.map_or(String::new(), |line| format!(":{line}"));
                Some(format!(
                    "use the credentials of the account that these files describe; if these files \
                     really are for {actual}, set `account: \"{actual}\"` at callrules.yaml{line}"
                ))
            }
            CommandError::MissingWritePermission => Some(
                "add it to the API app in the developer console, then run the command again; \
                 `callrules doctor` checks permissions"
                    .to_owned(),
            ),
            CommandError::MissingSandboxSeed(_) => Some(
                "create one with `callrules init`, or add a file there that describes an account".to_owned(),
            ),
            CommandError::MissingSettings(_) => {
                Some("create it with `callrules init`, which keeps the files of your users".to_owned())
            }
            CommandError::NoUserSelected { help, .. }
            | CommandError::NoLiveUser { help, .. }
            | CommandError::NoCanaryChanges { help, .. } => Some(help.clone()),
            CommandError::NotAReportFolder { .. } => Some(
                "use an empty or new folder; with `--force`, the report is written there anyway, and \
                 replaces files of the same name"
                    .to_owned(),
            ),
            CommandError::MultipleUsersSelected { .. } => {
                Some("select one user by extension number, e-mail address, or `id:` and the id".to_owned())
            }
            CommandError::InvalidCallTime(_) => Some(
                "use a date and time such as `2026-11-25T22:10`, a weekday and time such as \
                 `sat 20:00`, or `now`"
                    .to_owned(),
            ),
            CommandError::InvalidNowVariable { .. } => Some(
                "use a value such as 2026-11-21T09:00, or unset it to use the current time".to_owned(),
            ),
            CommandError::UnknownTimeZone => Some(
                "add `--live`, or a time zone such as `--time-zone America/New_York`".to_owned(),
            ),
            CommandError::Undecided => Some(
                "add the missing settings to the files, or use `--live` to check the account".to_owned(),
            ),
            CommandError::TestsFailed(_) => Some(
                "fix the rules, or update the tests if they are out of date; `callrules test` runs \
                 only the tests; to continue anyway, add `--skip-tests`"
                    .to_owned(),
            ),
            CommandError::UnusablePlanFile {
                reason: SavedPlanError::JsonOutput,
                ..
            } => Some("save a plan with `callrules plan --out FILE`".to_owned()),
            CommandError::UnusablePlanFile { .. } => {
                Some("save a new plan with `callrules plan --out FILE`".to_owned())
            }
            CommandError::PlanForOtherAccount { .. } => Some(
                "use the credentials of the account that the plan is for, or save a new plan for this account".to_owned(),
            ),
            CommandError::IncompletePlan(_) => Some(
                "fix the errors above, or select other users with `--user`".to_owned(),
            ),
            CommandError::InvalidPlanDocument { .. } => Some(
                "use files that this version of `callrules plan` wrote with `--format json` or \
                 `--output json=FILE`"
                    .to_owned(),
            ),
            CommandError::DuplicatePlan(_) => Some(
                "use one plan per account, or all shards of one: `callrules plan --shard 1/2` and \
                 `callrules plan --shard 2/2`"
                    .to_owned(),
            ),
            CommandError::DuplicateOutput(_) => Some("use a different file for each output".to_owned()),
            CommandError::Locked { .. } => Some(
                "wait until it ends; a killed run doesn't leave a lock".to_owned(),
            ),
            CommandError::UnsafePlan(violations) => {
                let flags: Vec<String> = violations
                    .iter()
                    .map(SafetyViolation::override_flag)
                    .collect();
                Some(format!(
                    "check the plan; if it is right, allow it with `{}`",
                    flags.join(" ")
                ))
            }
            CommandError::UnknownCommit { shallow: true, .. } => Some(
                "this is a shallow clone without older commits: fetch them with `git fetch \
                 --unshallow`, or set `fetch-depth: 0` for `actions/checkout` on GitHub"
                    .to_owned(),
            ),
            CommandError::UnknownCommit { .. } => Some(
                "fetch it with `git fetch`, or set `fetch-depth: 0` for `actions/checkout` on GitHub; \
                 or use a branch that `git branch --all` lists"
                    .to_owned(),
            ),
            CommandError::GitFailed(output) if output.contains("not a git repository") => Some(
                "`--changed-since` compares with a commit: run it in a git clone, or omit it"
                    .to_owned(),
            ),
            CommandError::NotInteractive(_) => {
                Some("to run it without confirmation, as in CI, add `--auto-approve`".to_owned())
            }
            CommandError::CreateJournal {
                is_named: false, ..
            } => Some("use `--journal FILE` with a file that can be written".to_owned()),
            CommandError::CreateJournal { .. } => Some(
                "use a new file in a writable folder, or omit `--journal` to write the journal to \
                 .callrules/journal"
                    .to_owned(),
            ),
            CommandError::InvalidJournal { error, .. } => Some(
                match error {
                    JournalError::NoHeader => "use the path that `apply` printed",
                    JournalError::UnsupportedFormat(_) => {
                        "use the version of callrules that wrote it"
                    }
                    JournalError::InvalidLine { .. } => {
                        "callrules doesn't use an edited journal: restore the original file, or correct \
                         the rules in the files and apply"
                    }
                }
                .to_owned(),
            ),
            CommandError::JournalForOtherAccount { .. } => Some(
                "use the credentials of the account that the journal is for, or a journal of this account".to_owned(),
            ),
            CommandError::SchemaDrift(_) => Some("update them: run the same command without `--check`".to_owned()),
            CommandError::Credentials(_) => Some(
                "to try callrules without an account, put `--sandbox` before the command"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
