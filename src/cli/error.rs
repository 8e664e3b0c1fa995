//! What ends a run early: kinds, hints, and the exit code.

use std::io;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use thiserror::Error;

use super::output;
use crate::diagnostic::Diagnostic;
use crate::engine::{Objection, Unusable};
use crate::journal::Unreadable;
use crate::model::Selector;
use crate::render::overview::{Clash, NotAPlan};
use crate::render::{Deed, diagnostics};
use crate::{client, sandbox};

/// An error with all that a person needs to mend it.
#[derive(Debug, Error)]
pub(super) enum Error {
    /// The files are wrong.
    #[error("the configuration has mistakes")]
    Configuration {
        /// The mistakes.
        diagnostics: Vec<Diagnostic>,
        /// How many files were looked at.
        files: usize,
    },
    #[error(transparent)]
    Credentials(#[from] client::ConfigError),
    #[error(transparent)]
    Client(#[from] client::Error),
    #[error(transparent)]
    Sandbox(#[from] sandbox::Error),
    #[error("the repository describes account {wanted}, and this is account {opened}")]
    WrongAccount {
        wanted: String,
        opened: String,
        line: Option<usize>,
    },
    #[error("there is no folder {0}, which the embedded sandbox begins with")]
    NoSeed(String),
    #[error("no file describes the user `{selector}`")]
    NobodySelected { selector: Selector, help: String },
    #[error("`{selector}` names {count} users, and a call is for one")]
    SeveralSelected { selector: Selector, count: usize },
    #[error("the account has no user `{selector}` with call handling rules")]
    NobodyLive { selector: Selector, help: String },
    #[error("`{0}` is not the time of a call")]
    NoMoment(String),
    #[error("`now` is another time in each time zone, and no file says where the user lives")]
    NowWhere,
    #[error("the variable {variable} holds `{said}`, which is no date and time")]
    NoTime {
        variable: &'static str,
        said: String,
    },
    #[error("the files do not decide this call")]
    Undecided,
    #[error("{} as expected, and nothing was sent", failing(*.0))]
    TestsFailed(usize),
    #[error("{0} was read, and cannot be read again to write it out")]
    Gone(String),
    #[error("git has no commit `{revision}` here")]
    NoCommit { revision: String, shallow: bool },
    #[error("git cannot read the commit: {0}")]
    Git(String),
    #[error("the program git, which reads the commit, cannot be run")]
    GitMissing(#[source] io::Error),
    #[error("this plan is not carried out: {}", joined(.0))]
    Refused(Vec<Objection>),
    #[error("{path} is not carried out: {why}")]
    PlanFile { path: String, why: Unusable },
    #[error("the plan was made for {planned}, and this is {opened}")]
    PlanOfOther { planned: String, opened: String },
    #[error("{path}: {why}")]
    NoPlan { path: String, why: NotAPlan },
    #[error(transparent)]
    Clash(#[from] Clash),
    #[error("{0} is named for two outputs")]
    OneFile(String),
    #[error("the plan is not complete, and was not saved to {0}")]
    Incomplete(String),
    #[error("the plan changes nothing for the canary `{canary}`")]
    NoCanary { canary: Selector, help: String },
    #[error("another run is at work in this repository{}", by(.holder))]
    Busy { holder: String },
    #[error("nobody can be asked here whether to carry out the {0}")]
    NobodyToAsk(Deed),
    #[error("stopped before the first write: nothing was changed")]
    Stopped,
    #[error("{path}: {error}")]
    File { path: String, error: io::Error },
    #[error("{folder} holds {what}, which no report has made")]
    NotAReport { folder: String, what: String },
    #[error("{0} has files below `users/`, and no callrules.yaml")]
    NoSettings(String),
    #[error("the schemas in {0} are not those of this version")]
    SchemaDrift(String),
    #[error("this app may not write: its token lacks the permission EditExtensions")]
    MayNotWrite,
    #[error("the journal {path} cannot be begun, so nothing was written: {error}")]
    Journal {
        path: String,
        error: io::Error,
        /// Whether the command line names that file.
        is_named: bool,
    },
    #[error("{path}: {error}")]
    NoJournal { path: String, error: Unreadable },
    #[error("the journal is of {written}, and this is {opened}")]
    JournalOfOther { written: String, opened: String },
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Junit(#[from] quick_junit::SerializeError),
    #[error(transparent)]
    Yaml(#[from] crate::yaml::WriteError),
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Who is at work, where that is known.
fn by(holder: &str) -> String {
    match holder {
        "" => String::new(),
        holder => format!(": {holder}"),
    }
}

/// How many tests fail.
fn failing(count: usize) -> String {
    match count {
        1 => "a test does not end".to_owned(),
        count => format!("{count} tests do not end"),
    }
}

/// Why a plan is refused, in one line.
fn joined(objections: &[Objection]) -> String {
    let told: Vec<String> = objections.iter().map(Objection::to_string).collect();
    told.join("; ")
}

const ERROR: Style = AnsiColor::Red.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();

impl Error {
    /// Tells the error on standard error, and gives the exit code 1.
    pub(super) fn report(self) -> ExitCode {
        let text = match self {
            Error::Configuration {
                mut diagnostics,
                files,
            } => {
                // What stops the run comes first, and each file in its order.
                diagnostics.sort_by_key(|diagnostic| !diagnostic.is_error());
                diagnostics::human(&diagnostics, files)
            }
            error => {
                let mut text = format!("{ERROR}error{ERROR:#}: {error}\n");
                let mut cause = std::error::Error::source(&error);
                while let Some(error) = cause {
                    text += &format!("  caused by: {error}\n");
                    cause = error.source();
                }
                if let Some(help) = error.help() {
                    text += &format!("{HELP}help{HELP:#}: {help}\n");
                }
                text
            }
        };
        // Where even standard error is gone the exit code still tells.
        let _ = output::err(&text);
        ExitCode::from(1)
    }

    fn help(&self) -> Option<String> {
        match self {
            Error::WrongAccount { opened, line, .. } => {
                let line = line.map_or(String::new(), |line| format!(":{line}"));
                Some(format!(
                    "use the credentials of the account that these files describe; only if they are about \
                     {opened} after all, write `account: \"{opened}\"` at callrules.yaml{line}"
                ))
            }
            Error::MayNotWrite => Some(
                "add it to the app in the developer console, and sign in anew; `callrules doctor` \
                 looks at it"
                    .to_owned(),
            ),
            Error::NoSeed(_) => Some(
                "write a file there that describes an account, as `callrules init` does".to_owned(),
            ),
            Error::NoSettings(_) => {
                Some("write it with `callrules init`, which leaves the users alone".to_owned())
            }
            Error::NobodySelected { help, .. }
            | Error::NobodyLive { help, .. }
            | Error::NoCanary { help, .. } => Some(help.clone()),
            Error::NotAReport { .. } => Some(
                "name a folder that is empty, or not there yet; `--force` writes the report among the files \
                 that are there, and replaces those of the same name"
                    .to_owned(),
            ),
            Error::SeveralSelected { .. } => {
                Some("name one by extension number, e-mail address, or `id:` and an id".to_owned())
            }
            Error::NoMoment(_) => Some(
                "write a date and time, `2026-11-25T22:10`, a day of the week and a time, `sat 20:00`, or \
                 `now`"
                    .to_owned(),
            ),
            Error::NoTime { .. } => Some(
                "write it like 2026-11-21T09:00, or unset it to take the time now".to_owned(),
            ),
            Error::NowWhere => Some(
                "add `--time-zone`, such as `--time-zone America/New_York`, or `--live`".to_owned(),
            ),
            Error::Undecided => Some(
                "declare the conditions, or ask with `--live`, which looks at the account".to_owned(),
            ),
            Error::TestsFailed(_) => Some(
                "mend the rules, or the tests where they expect what is no longer wanted; \
                 `callrules test` runs them alone; to go on all the same, add `--skip-tests`"
                    .to_owned(),
            ),
            Error::PlanFile {
                why: Unusable::ForScripts,
                ..
            } => Some("save one with `callrules plan --out FILE`".to_owned()),
            Error::PlanFile { .. } => {
                Some("save a plan anew with `callrules plan --out FILE`".to_owned())
            }
            Error::PlanOfOther { .. } => Some(
                "open the account that the plan is for, or save a plan for this one".to_owned(),
            ),
            Error::Incomplete(_) => Some(
                "mend what is told above, or plan without those users: see `--user`".to_owned(),
            ),
            Error::NoPlan { .. } => Some(
                "name files that `callrules plan` of this version wrote with `--format json` or with \
                 `--also json=FILE`"
                    .to_owned(),
            ),
            Error::Clash(_) => Some(
                "name one plan of each account, or the parts of one: `callrules plan --shard 1/2` and \
                 `callrules plan --shard 2/2`"
                    .to_owned(),
            ),
            Error::OneFile(_) => Some("name a file of its own for each of them".to_owned()),
            Error::Busy { .. } => Some(
                "wait until it has ended; a run that was killed is no longer in the way".to_owned(),
            ),
            Error::Refused(objections) => {
                let flags: Vec<String> = objections.iter().map(Objection::flag).collect();
                let flags = flags.join(" ");
                Some(format!(
                    "look at the plan; if it is right, allow it with `{flags}`"
                ))
            }
            Error::NoCommit { shallow: true, .. } => Some(
                "this is a shallow clone, which lacks older commits: fetch them with `git fetch \
                 --unshallow`, or with `fetch-depth: 0` where GitHub checks out"
                    .to_owned(),
            ),
            Error::NoCommit { .. } => Some(
                "fetch it with `git fetch`, or with `fetch-depth: 0` where GitHub checks out; or name a \
                 branch that is here: `git branch --all` lists them"
                    .to_owned(),
            ),
            Error::Git(said) if said.contains("not a git repository") => Some(
                "`--changed-since` compares with a commit: run it in a clone, or leave it out"
                    .to_owned(),
            ),
            Error::NobodyToAsk(_) => {
                Some("to carry it out without asking, as in CI, add `--auto-approve`".to_owned())
            }
            Error::Journal {
                is_named: false, ..
            } => Some("name a file that can be written with `--journal FILE`".to_owned()),
            Error::Journal { .. } => Some(
                "name a file that is not there yet, in a folder that can be written, or leave `--journal` \
                 out: then it goes below .callrules/journal"
                    .to_owned(),
            ),
            Error::NoJournal { error, .. } => Some(
                match error {
                    Unreadable::NoHeader => "name the file that `apply` told at its end",
                    Unreadable::OtherFormat(_) => {
                        "undo it with the version of callrules that wrote it"
                    }
                    Unreadable::Line { .. } => {
                        "nothing is undone by a journal that was changed: take the file as its run left it, \
                         or put the rules right in their files and apply"
                    }
                }
                .to_owned(),
            ),
            Error::JournalOfOther { .. } => Some(
                "open the account that the journal is of, or take a journal of this one".to_owned(),
            ),
            Error::SchemaDrift(_) => Some("write them anew: the same command without `--check`".to_owned()),
            Error::Credentials(_) => Some(
                "to try callrules without an account, put `--sandbox` before the command"
                    .to_owned(),
            ),
            _ => None,
        }
    }
}
