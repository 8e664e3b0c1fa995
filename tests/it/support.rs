//! The environment of a test: a repository in a temporary folder and an account in a sandbox.
//!
//! Every test has its own [`TestEnv`]. When a `TestEnv` is dropped, all requests and responses are
//! validated against RingCentral's OpenAPI file, if `RINGCENTRAL_OPENAPI` holds the path of a copy.
//! JSON output of the program is validated against its JSON schema.

use std::fs;
use std::path::Path;
use std::process;
#[cfg(unix)]
use std::sync::Once;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use callrules::sandbox::{RecordedExchange, SandboxOptions, SandboxSeed, SandboxServer};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::contract::Contract;
use crate::json_schemas;

/// The current time in every test, local to the user. Plans report effects from this time on.
pub(crate) const NOW: &str = "2026-11-21T09:00:00";

/// The ID of the account in the sandbox.
pub(crate) const ACCOUNT: &str = "37439510";

/// A repository in a temporary folder and the sandbox of its account.
pub(crate) struct TestEnv {
    folder: TempDir,
    sandbox: Option<SandboxServer>,
    runtime: Runtime,
    checks: ContractChecks,
}

/// What must match the OpenAPI file.
#[derive(Clone, Copy, PartialEq)]
enum ContractChecks {
    All,
    Requests,
    None,
}

/// The exit code, standard output and standard error of a run of the program.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl TestEnv {
    /// Starts a sandbox from the seed and creates a repository that holds only `callrules.yaml`.
    pub(crate) fn new(seed: Value) -> Self {
        TestEnv::start(SandboxSeed::from_value(seed).unwrap(), &[])
    }

    /// Starts a sandbox and copies the files of `examples/<name>`.
    pub(crate) fn example(name: &str) -> Self {
        TestEnv::example_with_faults(name, &[])
    }

    /// Like [`TestEnv::example`], with faults in the syntax of `callrules sandbox --fault`.
    pub(crate) fn example_with_faults(name: &str, faults: &[&str]) -> Self {
        let example = Path::new("examples").join(name);
        let env = TestEnv::start(SandboxSeed::load(&example.join("sandbox")).unwrap(), faults);
        copy(&example, env.folder.path());
        env
    }

    /// Like [`TestEnv::new`], with faults in the syntax of `callrules sandbox --fault`.
    pub(crate) fn with_faults(seed: Value, faults: &[&str]) -> Self {
        TestEnv::start(SandboxSeed::from_value(seed).unwrap(), faults)
    }

    fn start(seed: SandboxSeed, faults: &[&str]) -> Self {
        TestEnv::open(SandboxOptions {
            seed,
            faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
            ..SandboxOptions::default()
        })
    }

    fn open(options: SandboxOptions) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(SandboxServer::start(options)).unwrap();
        let env = TestEnv {
            folder: TempDir::new().unwrap(),
            sandbox: Some(sandbox),
            runtime,
            checks: ContractChecks::All,
        };
        env.write(
            "callrules.yaml",
            &format!("account: \"{ACCOUNT}\"\nprune: all\nunmanagedUsers: ignore\n"),
        );
        env
    }

    /// Like [`TestEnv::new`], for a seed that follows RingCentral's guide or real accounts where
    /// these contradict the OpenAPI file. Only requests are validated against that file.
    pub(crate) fn beyond_the_specification(seed: Value) -> Self {
        let mut env = TestEnv::new(seed);
        env.checks = ContractChecks::Requests;
        env
    }

    /// Like [`TestEnv::with_faults`], for forms of responses that contradict the OpenAPI file. An
    /// update sends undeclared parts in the form in which they were read.
    pub(crate) fn with_forms(seed: Value, forms: &[&str]) -> Self {
        let mut env = TestEnv::with_faults(seed, forms);
        env.checks = ContractChecks::None;
        env
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn sandbox(&self) -> &SandboxServer {
        self.sandbox.as_ref().unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Runs a future on the runtime of the sandbox, for tests that call the library.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// Returns a command that runs the program in the repository, against the sandbox.
    pub(crate) fn command(&self) -> std::process::Command {
        self.command_in(self.folder.path())
    }

    /// Like [`TestEnv::command`], in another repository.
    fn command_in(&self, folder: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callrules"));
        command
            .arg("-C")
            .arg(folder)
            .env("CALLRULES_NOW", NOW)
            .envs(self.environment());
        command
    }

    /// Runs the program in the repository, against the sandbox.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(self.folder.path(), arguments)
    }

    /// Returns a command line as the program suggests it for this repository.
    pub(crate) fn command_line(&self, arguments: &str) -> String {
        format!("callrules -C {} {arguments}", self.folder.path().display())
    }

    /// Removes `-C` and the repository's path from the command lines in `text`.
    pub(crate) fn without_paths(&self, text: &str) -> String {
        text.replace(&self.command_line(""), "callrules ")
    }

    /// Like [`TestEnv::without_paths`], and also replaces the repository's path and the sandbox's
    /// address, so that the result is the same in every run.
    pub(crate) fn stable_text(&self, text: &str) -> String {
        self.without_paths(text)
            .replace(&self.folder.path().display().to_string(), "[repository]")
            .replace(
                self.sandbox().url().trim_start_matches("http://"),
                "[sandbox]",
            )
    }

    /// Like [`TestEnv::run`], in another repository.
    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        let output = self.command_in(folder).args(arguments).output().unwrap();
        let run = Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        json_schemas::assert_output_matches_schema(arguments, &run.out);
        run
    }

    /// Returns the variables with the sandbox's address and credentials.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("RC_SERVER_URL", self.sandbox().url()),
            ("RC_APP_CLIENT_ID", "id".to_owned()),
            ("RC_APP_CLIENT_SECRET", "secret".to_owned()),
            ("RC_USER_JWT", "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl".to_owned()),
        ]
    }

    /// Runs `plan` and returns its JSON output.
    pub(crate) fn plan(&self) -> Value {
        let run = self.run(&["plan", "--format", "json"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        serde_json::from_str(&run.out).unwrap()
    }

    /// Runs `apply` and asserts that the next plan is empty.
    pub(crate) fn apply(&self) -> Run {
        let run = self.run(&["apply", "--auto-approve"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let next_plan = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(
            next_plan.code, 0,
            "the plan after apply is not empty:\n{}{}",
            next_plan.out, next_plan.err
        );
        run
    }

    /// Returns the current state of the user with this extension number, in the seed's format.
    pub(crate) fn user(&self, number: &str) -> Value {
        let account = self.sandbox().snapshot();
        let extensions = account["extensions"].as_array().unwrap();
        extensions
            .iter()
            .find(|extension| extension["extensionNumber"] == number)
            .unwrap()
            .clone()
    }

    /// Returns all exchanges so far with this method whose path contains `path_part`.
    pub(crate) fn requests(&self, method: &str, path_part: &str) -> Vec<RecordedExchange> {
        let mut exchanges = self.sandbox().exchanges();
        exchanges.retain(|e| e.method == method && e.path.contains(path_part));
        exchanges
    }
}

impl Drop for TestEnv {
    fn drop(&mut self) {
        let Some(sandbox) = self.sandbox.take() else {
            return;
        };
        let exchanges = sandbox.exchanges();
        self.runtime.block_on(sandbox.stop());
        if std::thread::panicking() {
            return;
        }
        let Some(contract) = Contract::shared() else {
            return;
        };
        for exchange in exchanges {
            let mut problems = contract.check(&exchange);
            problems.retain(|problem| match self.checks {
                ContractChecks::All => true,
                ContractChecks::Requests => !problem.contains(": answer at"),
                ContractChecks::None => false,
            });
            assert!(problems.is_empty(), "{exchange:#?}\n{problems:#?}");
        }
    }
}

/// Waits until a program ends. Kills it and fails after two minutes.
pub(crate) fn wait_in_time(child: process::Child) -> process::Output {
    let id = child.id().to_string();
    let (ended, is_ended) = mpsc::channel();
    let watchdog = thread::spawn(move || {
        let is_late = is_ended.recv_timeout(Duration::from_mins(2)).is_err();
        if is_late {
            let kill = process::Command::new("kill").args(["-KILL", &id]).status();
            assert!(kill.unwrap().success());
        }
        is_late
    });
    let output = child.wait_with_output().unwrap();
    // The watchdog has ended if the program was killed.
    let _ = ended.send(());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        !watchdog.join().unwrap(),
        "the program did not end: {error}"
    );
    output
}

/// Gives the programs that a test starts the default handling of signals.
///
/// A background job of a shell ignores SIGINT, and a job of `nohup` ignores SIGHUP. Programs
/// inherit that, but not the handler that this function installs instead.
#[cfg(unix)]
pub(crate) fn restore_default_signals() {
    use tokio::signal::unix::{SignalKind, signal};
    static INSTALL: Once = Once::new();
    INSTALL.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = mask.map_or(0, |mask| u64::from_str_radix(mask.trim(), 16).unwrap());
        let runtime = Runtime::new().unwrap();
        let _guard = runtime.enter();
        for kind in [
            SignalKind::hangup(),
            SignalKind::interrupt(),
            SignalKind::terminate(),
        ] {
            if mask >> (kind.as_raw_value() - 1) & 1 == 1 {
                // The handler stays installed.
                drop(signal(kind).unwrap());
            }
        }
    });
}

/// Returns the lines that contain `part`, joined by line breaks.
pub(crate) fn lines_with(text: &str, part: &str) -> String {
    let lines: Vec<&str> = text.lines().filter(|line| line.contains(part)).collect();
    lines.join("\n")
}

/// Like [`program`], as an [`assert_cmd::Command`].
pub(crate) fn command() -> Command {
    Command::from_std(program())
}

/// Returns a command that runs the program without credentials.
pub(crate) fn program() -> process::Command {
    let mut command = process::Command::new(cargo_bin("callrules"));
    command.env("CALLRULES_NOW", NOW);
    for name in [
        "RC_SERVER_URL",
        "RC_APP_CLIENT_ID",
        "RC_APP_CLIENT_SECRET",
        "RC_USER_JWT",
    ] {
        command.env_remove(name);
    }
    command
}

/// Copies a folder, without the `.callrules` folder that an earlier run may have left in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_name() == ".callrules" {
            continue;
        }
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Returns a seed in which user 101 has these interaction rules.
///
/// Extension 102 is a second user, and 900 is a call queue with 101 as a member.
pub(crate) fn single_user_seed(rules: Value) -> Value {
    json!({
        "account": { "id": ACCOUNT, "name": "Test" },
        "extensions": [
            {
                "id": "1001", "extensionNumber": "101", "name": "Alex Morgan",
                "email": "alex@acme.example", "devices": [{ "id": "7001", "name": "Desk" }],
                "phoneNumbers": ["+16505550101"], "interactionRules": rules,
            },
            { "id": "1002", "extensionNumber": "102", "name": "Priya Rao", "email": "priya@acme.example" },
            { "id": "1900", "extensionNumber": "900", "name": "Support", "type": "Department", "members": ["101"] },
        ],
    })
}

/// Returns an interaction rule in the API's format that forwards calls from one number to another.
pub(crate) fn forwarding(name: &str, from: &str, to: &str) -> Value {
    json!({
        "displayName": name,
        "enabled": true,
        "conditions": [{ "type": "Interaction", "from": [{ "phoneNumber": from, "name": "Someone" }], "to": [] }],
        "dispatching": { "type": "Terminate", "actions": [
            { "type": "RingGroupAction", "enabled": true, "duration": 40,
              "targets": [{ "type": "AllMobileRingTarget", "name": "My mobile apps" }] },
            { "type": "RingGroupAction", "enabled": true, "duration": 50,
              "targets": [{ "type": "AllDesktopRingTarget", "name": "My desktop" }] },
            { "type": "TerminatingAction",
              "targets": [
                { "type": "VoiceMailTerminatingTarget", "name": "Voicemail", "prompt": { "greeting":
                    { "effectiveGreetingType": "Preset", "preset": { "id": "590080" } } } },
                { "type": "PhoneNumberTerminatingTarget", "name": "Mobile", "dispatchingType": "Terminating",
                  "destination": { "phoneNumber": to } },
              ],
              "ringingTargetType": "VoiceMailTerminatingTarget",
              "terminatingTargetType": "PhoneNumberTerminatingTarget" },
        ] },
    })
}
