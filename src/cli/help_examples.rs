//! The examples and exit codes in the help of each command. A test runs the examples.

use super::sandbox;

/// The help of a command besides its options.
pub(super) struct CommandHelp {
    /// The heading and text of a section that only this command has.
    pub(super) extra_section: Option<(&'static str, &'static str)>,
    /// Shell commands, each below a comment that explains its purpose.
    pub(super) examples: &'static str,
    /// Exit codes with their meanings.
    pub(super) exit_codes: &'static [(&'static str, &'static str)],
}

/// The first commands to try. Neither needs an account.
pub(super) const GETTING_STARTED: &str = "\
# Create a repository with an example
callrules init my-company

# Show what its files would change on the sandbox account
callrules -C my-company --sandbox plan";

/// All exit codes with their meanings.
pub(super) const EXIT_CODES: &[(&str, &str)] = &[
    ("0", "success"),
    (
        "1",
        "error: nothing was changed, or some users could not be processed",
    ),
    ("2", "`plan --detailed-exitcode` found changes"),
    ("3", "`apply` or `rollback` was only partly completed"),
];

/// All environment variables that callrules reads, with their meanings.
pub(super) const VARIABLES: &[(&str, &str)] = &[
    (
        "RC_SERVER_URL",
        "the URL of the API, such as https://platform.ringcentral.com",
    ),
    ("RC_APP_CLIENT_ID", "the API app's client id"),
    ("RC_APP_CLIENT_SECRET", "the API app's client secret"),
    (
        "RC_USER_JWT",
        "the JWT credential of the user that callrules signs in as",
    ),
    (
        "CALLRULES_NOW",
        "the current time to assume, for rehearsals: 2026-11-21T09:00",
    ),
    (
        "CALLRULES_PAGER, PAGER",
        "the pager for long output (default: less); empty for none",
    ),
    ("NO_COLOR", "any value: no colors, no progress bars"),
    ("CLICOLOR_FORCE", "1: force colors even without a terminal"),
    ("CI", "any value: no progress bars, no pager"),
];

const DEFAULT_EXIT_CODES: &[(&str, &str)] = &[("0", "success"), ("1", "error")];

/// Returns the examples and exit codes of a command.
pub(super) fn for_command(command: &str) -> CommandHelp {
    let extra_section = (command == "sandbox").then_some(("Faults", sandbox::FAULT_HELP));
    let (examples, exit_codes) = examples_and_exit_codes(command);
    CommandHelp {
        extra_section,
        examples,
        exit_codes,
    }
}

fn examples_and_exit_codes(
    command: &str,
) -> (&'static str, &'static [(&'static str, &'static str)]) {
    match command {
        "init" => (INIT_EXAMPLES, DEFAULT_EXIT_CODES),
        "import" => (
            IMPORT_EXAMPLES,
            &[
                ("0", "every user has a file"),
                ("1", "error, or some users were not imported"),
            ],
        ),
        "validate" => (
            VALIDATE_EXAMPLES,
            &[("0", "no errors; there may be warnings"), ("1", "errors")],
        ),
        "test" => (
            TEST_EXAMPLES,
            &[("0", "all tests passed"), ("1", "error, or a test failed")],
        ),
        "show" => (SHOW_EXAMPLES, DEFAULT_EXIT_CODES),
        "simulate" => (
            SIMULATE_EXAMPLES,
            &[
                ("0", "the outcome of the call is known"),
                ("1", "error, or the files don't determine the outcome"),
            ],
        ),
        "explain" => (EXPLAIN_EXAMPLES, DEFAULT_EXIT_CODES),
        "plan" => (
            PLAN_EXAMPLES,
            &[
                ("0", "success"),
                ("1", "error, or some users are left out"),
                ("2", "with `--detailed-exitcode`: there are changes"),
            ],
        ),
        "summarize" => (
            SUMMARIZE_EXAMPLES,
            &[
                ("0", "success"),
                ("1", "error, users are left out, or a shard is missing"),
                ("2", "with `--detailed-exitcode`: there are changes"),
            ],
        ),
        "apply" => (APPLY_EXAMPLES, WRITE_EXIT_CODES),
        "rollback" => (ROLLBACK_EXAMPLES, WRITE_EXIT_CODES),
        "report" => (
            REPORT_EXAMPLES,
            &[
                ("0", "success"),
                ("1", "error, or the pages are incomplete"),
            ],
        ),
        "doctor" => (
            DOCTOR_EXAMPLES,
            &[("0", "ready to plan"), ("1", "not ready to plan")],
        ),
        "sandbox" => (
            SANDBOX_EXAMPLES,
            &[("0", "stopped by Ctrl-C"), ("1", "error")],
        ),
        "schema" => (
            SCHEMA_EXAMPLES,
            &[
                ("0", "success"),
                ("1", "error, or `--check` found a difference"),
            ],
        ),
        "completions" => (COMPLETIONS_EXAMPLES, DEFAULT_EXIT_CODES),
        "man" => (MAN_EXAMPLES, DEFAULT_EXIT_CODES),
        _ => ("", &[]),
    }
}

const WRITE_EXIT_CODES: &[(&str, &str)] = &[
    ("0", "success"),
    (
        "1",
        "error: nothing was changed, or some users could not be processed",
    ),
    (
        "3",
        "some writes failed, users were refused, or the run was stopped: see the report",
    ),
];

const INIT_EXAMPLES: &str = "\
# Create a repository in a new folder
callrules init my-company

# Refresh the schemas after an update of callrules
callrules init my-company --force";

const IMPORT_EXAMPLES: &str = "\
# Create files for all users who have none yet
callrules -C examples/acme --sandbox import

# Overwrite one user's file with the rules on the account
callrules -C examples/acme --sandbox import --user 104 --force";

const VALIDATE_EXAMPLES: &str = "\
# Before every commit
callrules -C examples/acme validate

# In CI, as annotations on a pull request
callrules -C examples/acme validate --format github

# For code scanning
callrules -C examples/acme validate --format sarif > findings.sarif";

const TEST_EXAMPLES: &str = "\
# Run all tests in tests/
callrules -C examples/acme test

# Run one user's tests and write JUnit XML for a CI system
callrules -C examples/acme test --user 101 --format junit > report.xml";

const SHOW_EXAMPLES: &str = "\
# Show a user's complete configuration and the source of each line
callrules -C examples/holidays show --user 1012 --origins";

const SIMULATE_EXAMPLES: &str = "\
# A listed caller at night
callrules -C examples/acme simulate --user 101 --from '+1 650-222-2222' --at 'wed 22:10'

# An anonymous caller, with the rules that are on the account now
callrules -C examples/acme --sandbox simulate --live --user 101 --at now";

const EXPLAIN_EXAMPLES: &str = "\
# List all codes
callrules explain

# Explain codes, given by code or by name
callrules explain W0102
callrules explain shadowed expired";

const PLAN_EXAMPLES: &str = "\
# Show what the files would change on the sandbox account
callrules -C examples/acme --sandbox plan

# Plan only these users
callrules -C examples/acme --sandbox plan --user 'Jo *' --user 102

# In a script, check whether there are changes
callrules -C examples/acme --sandbox plan --detailed-exitcode  # exits with 2

# Save a plan and apply exactly that plan later
callrules -C examples/acme --sandbox plan --out plan.json
callrules -C examples/acme --sandbox apply plan.json --auto-approve

# Write the plan as a pull request comment and as JSON, in one run
callrules -C examples/acme --sandbox plan --format markdown --output json=same-plan.json";

const SUMMARIZE_EXAMPLES: &str = "\
# Combine two halves of one account
callrules -C examples/holidays --sandbox plan --shard 1/2 --output json=first.json
callrules -C examples/holidays --sandbox plan --shard 2/2 --output json=second.json
callrules summarize first.json second.json";

const APPLY_EXAMPLES: &str = "\
# Plan and apply without asking for confirmation, as in CI
callrules -C examples/acme --sandbox apply --auto-approve

# Apply to only one user: a good start on a live account
callrules -C examples/acme --sandbox apply --user 104 --auto-approve";

const ROLLBACK_EXAMPLES: &str = "\
# Apply, then undo
callrules -C examples/acme --sandbox apply --auto-approve --journal run.jsonl
callrules -C examples/acme --sandbox rollback run.jsonl --auto-approve";

const REPORT_EXAMPLES: &str = "\
# Show who answers whose calls: open pages/index.html
callrules -C examples/holidays report --out pages

# Compare the files with the account
callrules -C examples/acme --sandbox report --out live-pages --live";

const DOCTOR_EXAMPLES: &str = "\
# Check credentials, permissions and connectivity
callrules -C examples/acme --sandbox doctor";

const SANDBOX_EXAMPLES: &str = "\
# Serve an example account to any client of the API
callrules sandbox --port 8123 --seed examples/acme/sandbox

# Limit the rate to 40 requests per minute
callrules sandbox --port 8124 --seed examples/acme/sandbox --limit 40";

const SCHEMA_EXAMPLES: &str = "\
# Write the schemas, then check that they match this version
callrules -C examples/acme schema
callrules -C examples/acme schema --check";

const COMPLETIONS_EXAMPLES: &str = "\
# Load the completions into this shell
source <(callrules completions bash)

# Install the completions for other shells
callrules completions zsh > ~/.zfunc/_callrules
callrules completions fish > ~/.config/fish/completions/callrules.fish";

const MAN_EXAMPLES: &str = "\
# Read the main manual page
callrules man | man -l -

# Write one page per command
callrules man --out ~/.local/share/man/man1";
