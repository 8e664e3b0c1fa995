//! A repository in a temporary folder, an account in a sandbox, and the program between them.
//!
//! Every test has a env of its own. When it ends, everything that went over the wire is held against
//! the vendor's specification, where `RINGCENTRAL_OPENAPI` names a copy. What the program prints as JSON is
//! held against the schema of it.

use std::fs;
use std::path::Path;
use std::process;
use std::sync::{LazyLock, Once};

use assert_cmd::Command;
use assert_cmd::cargo::cargo_bin;
use callrules::sandbox::{Exchange, Options, Sandbox, Seed};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::contract::Contract;
use crate::json_schemas;

static CONTRACT: LazyLock<Option<Contract>> = LazyLock::new(Contract::load);
static SKIPPED: Once = Once::new();

/// The time at which every test takes place: plans tell what callers will notice from then on.
pub(crate) const NOW: &str = "2026-11-21T09:00:00";

/// The account that the worlds of these tests describe.
pub(crate) const ACCOUNT: &str = "37439510";

pub(crate) struct TestEnv {
    folder: TempDir,
    sandbox: Option<Sandbox>,
    runtime: Runtime,
    /// Whether the account was seeded with what the specification allows.
    answers_fit: bool,
}

/// What a run of the program did.
pub(crate) struct Run {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl TestEnv {
    /// An account as the seed says, and a repository with `callrules.yaml` alone.
    pub(crate) fn new(seed: Value) -> Self {
        TestEnv::start(Seed::from_value(seed).unwrap(), &[])
    }

    /// The account and the files of an example.
    pub(crate) fn example(name: &str) -> Self {
        TestEnv::example_with_faults(name, &[])
    }

    /// The same where things go wrong, as `callrules sandbox --fault` takes them.
    pub(crate) fn example_with_faults(name: &str, faults: &[&str]) -> Self {
        let example = Path::new("examples").join(name);
        let env = TestEnv::start(Seed::load(&example.join("sandbox")).unwrap(), faults);
        copy(&example, env.folder.path());
        env
    }

    /// An account as the seed says, where things go wrong.
    pub(crate) fn with_faults(seed: Value, faults: &[&str]) -> Self {
        TestEnv::start(Seed::from_value(seed).unwrap(), faults)
    }

    fn start(seed: Seed, faults: &[&str]) -> Self {
        TestEnv::open(Options {
            seed,
            faults: faults.iter().map(|fault| fault.parse().unwrap()).collect(),
            ..Options::default()
        })
    }

    fn open(options: Options) -> Self {
        let runtime = Runtime::new().unwrap();
        let sandbox = runtime.block_on(Sandbox::start(options)).unwrap();
        let env = TestEnv {
            folder: TempDir::new().unwrap(),
            sandbox: Some(sandbox),
            runtime,
            answers_fit: true,
        };
        env.write(
            "callrules.yaml",
            &format!("account: \"{ACCOUNT}\"\nprune: all\n"),
        );
        env
    }

    /// An account that answers as the vendor's guide or real accounts do, where the specification says
    /// otherwise. What we send must fit all the same.
    pub(crate) fn beyond_the_specification(seed: Value) -> Self {
        let mut env = TestEnv::new(seed);
        env.answers_fit = false;
        env
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn sandbox(&self) -> &Sandbox {
        self.sandbox.as_ref().unwrap()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Waits for something that is done with the library, against the sandbox.
    pub(crate) fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }

    /// The program in the repository, against the sandbox.
    pub(crate) fn command(&self) -> std::process::Command {
        self.command_in(self.folder.path())
    }

    /// The program in another repository, against the sandbox.
    fn command_in(&self, folder: &Path) -> std::process::Command {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_callrules"));
        command
            .arg("-C")
            .arg(folder)
            .env("CALLRULES_NOW", NOW)
            .env("RC_SERVER_URL", self.sandbox().url())
            .env("RC_APP_CLIENT_ID", "id")
            .env("RC_APP_CLIENT_SECRET", "secret")
            .env("RC_USER_JWT", "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl");
        command
    }

    /// Runs the program in the repository, against the sandbox.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        self.run_in(self.folder.path(), arguments)
    }

    /// A command that the program tells, for the repository of this env.
    pub(crate) fn command_line(&self, words: &str) -> String {
        format!("callrules -C {} {words}", self.folder.path().display())
    }

    /// What the program says, without the folder in the commands that it tells.
    pub(crate) fn without_paths(&self, said: &str) -> String {
        said.replace(&self.command_line(""), "callrules ")
    }

    /// Runs the program in another repository, against the sandbox.
    pub(crate) fn run_in(&self, folder: &Path, arguments: &[&str]) -> Run {
        let output = self.command_in(folder).args(arguments).output().unwrap();
        let run = Run {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        json_schemas::judge_run(arguments, &run.out);
        run
    }

    /// The variables that open the account.
    pub(crate) fn environment(&self) -> [(&'static str, String); 4] {
        [
            ("RC_SERVER_URL", self.sandbox().url()),
            ("RC_APP_CLIENT_ID", "id".to_owned()),
            ("RC_APP_CLIENT_SECRET", "secret".to_owned()),
            ("RC_USER_JWT", "aGVhZGVy.cGF5bG9hZA.c2lnbmF0dXJl".to_owned()),
        ]
    }

    /// The plan as scripts see it.
    pub(crate) fn plan(&self) -> Value {
        let run = self.run(&["plan", "--format", "json"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        serde_json::from_str(&run.out).unwrap()
    }

    /// Applies, and checks that nothing is left to do.
    pub(crate) fn apply(&self) -> Run {
        let run = self.run(&["apply", "--auto-approve"]);
        assert_eq!(run.code, 0, "{}{}", run.out, run.err);
        let again = self.run(&["plan", "--detailed-exitcode"]);
        assert_eq!(
            again.code, 0,
            "a plan after apply is not empty:\n{}{}",
            again.out, again.err
        );
        run
    }

    /// What a user's account holds now, as a seed would say it.
    pub(crate) fn user(&self, number: &str) -> Value {
        let account = self.sandbox().snapshot();
        let mut extensions = account["extensions"].as_array().unwrap().iter();
        extensions
            .find(|e| e["extensionNumber"] == number)
            .unwrap()
            .clone()
    }

    /// The requests since the beginning that were for `part` of the API.
    pub(crate) fn requests(&self, method: &str, part: &str) -> Vec<Exchange> {
        let mut exchanges = self.sandbox().exchanges();
        exchanges.retain(|e| e.method == method && e.path.contains(part));
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
        let Some(contract) = &*CONTRACT else {
            SKIPPED.call_once(|| {
                println!("skipped: the contract, for RINGCENTRAL_OPENAPI is not set");
            });
            return;
        };
        for exchange in exchanges {
            let mut problems = contract.check(&exchange);
            problems.retain(|problem| self.answers_fit || !problem.contains(": answer at"));
            assert!(problems.is_empty(), "{exchange:#?}\n{problems:#?}");
        }
    }
}

/// The program, to be run to its end.
pub(crate) fn command() -> Command {
    Command::from_std(program())
}

/// The program, in an environment without credentials.
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

/// Copies a folder, without what a run in the work tree has left there.
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

/// A seed with one user, 101, whose interaction rules are these; 102 is a colleague, 900 a queue with
/// 101 in it.
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

/// A rule in the API's form that forwards calls from one number.
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
