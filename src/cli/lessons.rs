//! What the help of each command teaches: examples that a test runs, and exit codes.

use super::sandbox;

/// What is told of a command beside its options.
pub(super) struct Lesson {
    /// A section of its own.
    pub(super) more: Option<(&'static str, &'static str)>,
    /// Commands, each below a comment that says what it is for.
    pub(super) examples: &'static str,
    /// Exit codes, and what they mean.
    pub(super) exit_codes: &'static [(&'static str, &'static str)],
}

/// The first commands of a newcomer. Neither needs an account.
pub(super) const FIRST: &str = "\
# A repository with an example in it
callrules init my-company

# What its files would change, on an account inside the program
callrules -C my-company --sandbox plan";

/// Every exit code.
pub(super) const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "done"),
    (
        "1",
        "an error: nothing was written, or not every user could be tried",
    ),
    ("2", "`plan --detailed-exitcode` found changes"),
    (
        "3",
        "`apply` or `rollback` did not carry out all that it began",
    ),
];

/// Every variable that is read.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    (
        "RC_SERVER_URL",
        "the address of the service, such as https://platform.ringcentral.com",
    ),
    ("RC_APP_CLIENT_ID", "the app's client id"),
    ("RC_APP_CLIENT_SECRET", "the app's client secret"),
    ("RC_USER_JWT", "the JWT credential of the user who signs in"),
    (
        "CALLRULES_NOW",
        "the time to take for now, such as 2026-11-21T09:00",
    ),
    (
        "CALLRULES_PAGER, PAGER",
        "the pager for long texts, otherwise less; empty for none",
    ),
    ("NO_COLOR", "set to anything: no colours, no bars"),
    (
        "CLICOLOR_FORCE",
        "set to 1: colours also where no terminal is",
    ),
    ("CI", "set to anything: no bars, no pager"),
];

const DONE_OR_ERROR: &[(&str, &str)] = &[("0", "done"), ("1", "an error")];

/// What is to be taught of a command.
pub(super) fn of(command: &str) -> Lesson {
    let more = (command == "sandbox").then_some(("Faults", sandbox::FAULTS));
    let (examples, exit_codes) = lesson(command);
    Lesson {
        more,
        examples,
        exit_codes,
    }
}

fn lesson(command: &str) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match command {
        "init" => (INIT, DONE_OR_ERROR),
        "import" => (
            IMPORT,
            &[
                ("0", "every user has a file"),
                ("1", "an error, or some user was not imported"),
            ],
        ),
        "validate" => (
            VALIDATE,
            &[
                ("0", "no mistakes; there may be warnings"),
                ("1", "mistakes"),
            ],
        ),
        "test" => (
            TEST,
            &[
                ("0", "every call ends as expected"),
                ("1", "an error, or a call ends elsewhere"),
            ],
        ),
        "show" => (SHOW, DONE_OR_ERROR),
        "simulate" => (
            SIMULATE,
            &[
                ("0", "the call is decided"),
                ("1", "an error, or the files do not decide it"),
            ],
        ),
        "explain" => (EXPLAIN, DONE_OR_ERROR),
        "plan" => (
            PLAN,
            &[
                ("0", "done"),
                ("1", "an error, or users are left out"),
                ("2", "with `--detailed-exitcode`: there are changes"),
            ],
        ),
        "summarize" => (
            SUMMARIZE,
            &[
                ("0", "done"),
                ("1", "an error, users are left out, or a part is missing"),
                ("2", "with `--detailed-exitcode`: there are changes"),
            ],
        ),
        "apply" => (APPLY, WRITES),
        "rollback" => (ROLLBACK, WRITES),
        "report" => (
            REPORT,
            &[
                ("0", "done"),
                ("1", "an error, or the pages lack somebody or something"),
            ],
        ),
        "doctor" => (
            DOCTOR,
            &[("0", "a plan is possible"), ("1", "no plan is possible")],
        ),
        "sandbox" => (SANDBOX, &[("0", "ended by Ctrl-C"), ("1", "an error")]),
        "schema" => (
            SCHEMA,
            &[
                ("0", "done"),
                ("1", "an error; with `--check` also: they differ"),
            ],
        ),
        "completions" => (COMPLETIONS, DONE_OR_ERROR),
        "man" => (MAN, DONE_OR_ERROR),
        _ => ("", &[]),
    }
}

const WRITES: &[(&str, &str)] = &[
    ("0", "done"),
    (
        "1",
        "an error: nothing was written, or not every user could be tried",
    ),
    (
        "3",
        "some writes failed, users were refused, or the run was stopped: the report says which",
    ),
];

const INIT: &str = "\
# Begin in a new folder
callrules init my-company

# Renew the schemas after an update of callrules
callrules init my-company --force";

const IMPORT: &str = "\
# The files of everybody who has none yet
callrules -C examples/acme --sandbox import

# One person's anew, as the account has the rules now
callrules -C examples/acme --sandbox import --user 104 --force";

const VALIDATE: &str = "\
# Before every commit
callrules -C examples/acme validate

# In CI, at the lines of a pull request
callrules -C examples/acme validate --format github

# For code scanning
callrules -C examples/acme validate --format sarif > findings.sarif";

const TEST: &str = "\
# Every call in tests/
callrules -C examples/acme test

# Those of one user, in the form that CI systems read
callrules -C examples/acme test --user 101 --format junit > report.xml";

const SHOW: &str = "\
# What a user has in the end, and which file says it
callrules -C examples/holidays show --user 1012 --origins";

const SIMULATE: &str = "\
# A caller who is on a list, at night
callrules -C examples/acme simulate --user 101 --from '+1 650-222-2222' --at 'wed 22:10'

# A caller without a number, with the rules that the account has now
callrules -C examples/acme --sandbox simulate --live --user 101 --at now";

const EXPLAIN: &str = "\
# All codes
callrules explain

# By code or by name, also several
callrules explain W0102
callrules explain shadowed over";

const PLAN: &str = "\
# What the files would change, on an account inside the program
callrules -C examples/acme --sandbox plan

# Only these users
callrules -C examples/acme --sandbox plan --user 'Jo *' --user 102

# For a script: are there changes?
callrules -C examples/acme --sandbox plan --detailed-exitcode  # exits with 2

# Save it, and carry out exactly this later
callrules -C examples/acme --sandbox plan --out plan.json
callrules -C examples/acme --sandbox apply plan.json --auto-approve

# The comment for a pull request, and the same plan for scripts, read once
callrules -C examples/acme --sandbox plan --format markdown --also json=told.json";

const SUMMARIZE: &str = "\
# Two halves of one account
callrules -C examples/holidays --sandbox plan --shard 1/2 --also json=first.json
callrules -C examples/holidays --sandbox plan --shard 2/2 --also json=second.json
callrules summarize first.json second.json";

const APPLY: &str = "\
# Plan, ask, and carry out; in CI nobody can be asked
callrules -C examples/acme --sandbox apply --auto-approve

# Only one user; on a live account a good beginning
callrules -C examples/acme --sandbox apply --user 104 --auto-approve";

const ROLLBACK: &str = "\
# Carry out a plan, and take it back
callrules -C examples/acme --sandbox apply --auto-approve --journal run.jsonl
callrules -C examples/acme --sandbox rollback run.jsonl --auto-approve";

const REPORT: &str = "\
# Who takes whose calls; begin with pages/index.html
callrules -C examples/holidays report --out pages

# The same beside the account
callrules -C examples/acme --sandbox report --out live-pages --live";

const DOCTOR: &str = "\
# What stands between this machine and the account of the variables
callrules -C examples/acme --sandbox doctor";

const SANDBOX: &str = "\
# Serve the account of an example, to be used by whatever speaks the API
callrules sandbox --port 8123 --seed examples/acme/sandbox

# The same with a rate limit of 40 requests a minute
callrules sandbox --port 8124 --seed examples/acme/sandbox --limit 40";

const SCHEMA: &str = "\
# Write the schemas, and hold them against this version
callrules -C examples/acme schema
callrules -C examples/acme schema --check";

const COMPLETIONS: &str = "\
# Load them into this shell
source <(callrules completions bash)

# Keep them where other shells look for them
callrules completions zsh > ~/.zfunc/_callrules
callrules completions fish > ~/.config/fish/completions/callrules.fish";

const MAN: &str = "\
# Read the main page
callrules man | man -l -

# One page for each command
callrules man --out ~/.local/share/man/man1";
