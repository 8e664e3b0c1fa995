//! Reads mutated input of every kind that callrules doesn't trust, and fails if a reader panics or
//! is slow.
//!
//! The inputs depend only on the seed and their number, so a failure can be repeated. Variables:
//! `CALLRULES_FUZZ_INPUTS`, the number of inputs (default: a bounded number for CI), and
//! `CALLRULES_FUZZ_SEED`, the seed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "this program reports, and fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use callrules::api::encode::{self, RequiredPartsMode, RuleOwner};
use callrules::api::{InteractionRuleRecord, StateRuleRecord, decode};
use callrules::model::to_yaml::YamlWriter;
use callrules::model::{ExtensionDirectory, ExtensionId};
use callrules::reconcile::{SavedPlan, digest};
use callrules::sandbox::SandboxSeed;
use callrules::{
    Account, JournalTarget, PlanOptions, Repository, RunProgress, RunTime, SafetyLimits, config,
    journal,
};
use rayon::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

/// The number of inputs without a variable: some seconds in a debug build.
const DEFAULT_INPUTS: u64 = 1_050;

/// The time in which every input must be read, also in a debug build on a busy machine.
const TIME_LIMIT: Duration = Duration::from_secs(30);

const TIME: RunTime = RunTime::Local(jiff::civil::date(2026, 11, 25).at(9, 0, 0, 0));

/// Texts that are often handled specially.
const TOKENS: [&str; 24] = [
    "\0",
    "\u{feff}",
    "\u{202e}",
    "&a ",
    "*a",
    "<<: ",
    "!!int ",
    "null",
    "- ",
    ": ",
    "{",
    "[",
    "\"",
    "'",
    "#",
    "\r\n",
    "99999999999999999999",
    "-1",
    "1e999",
    "24:00",
    "2026-02-30",
    "+",
    "../",
    "${HOME}",
];

/// A kind of input: its name, valid inputs, and what reads it.
struct FuzzTarget {
    name: &'static str,
    corpus: Vec<Vec<u8>>,
    read: fn(&[u8], &Path),
}

/// A pseudorandom generator: `SplitMix64`.
struct SeededRandom(u64);

impl SeededRandom {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number below `end`, or 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).unwrap()
    }

    fn choose<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len())]
    }
}

/// Changes a valid input in one to eight places.
fn mutate(corpus: &[Vec<u8>], random: &mut SeededRandom) -> Vec<u8> {
    let mut input = random.choose(corpus).clone();
    for _ in 0..=random.below(8) {
        let at = random.below(input.len() + 1);
        let end = (at + random.below(40)).min(input.len());
        match random.below(7) {
            0 => drop(input.drain(at..end)),
            1 => input.insert(at, u8::try_from(random.below(256)).unwrap()),
            2 => drop(input.splice(at..end, random.choose(&TOKENS).bytes())),
            3 => drop(input.splice(at..at, random.choose(&TOKENS).bytes())),
            4 => {
                let part = input[at..end].to_vec();
                drop(input.splice(at..at, part.repeat(1 + random.below(20))));
            }
            5 => {
                let other = random.choose(corpus);
                let from = random.below(other.len());
                let part = &other[from..(from + random.below(200)).min(other.len())];
                drop(input.splice(at..end, part.iter().copied()));
            }
            _ => {
                if let Some(byte) = input.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
    }
    input
}

/// Loads a repository in which one file has this content.
fn load_with(folder: &Path, file: &str, content: &[u8]) {
    let root = TempDir::new_in(folder).unwrap();
    for (path, text) in [
        ("callrules.yaml", &b"account: \"1\"\nprune: all\n"[..]),
        ("users/a.yaml", b"extension: \"101\"\nprofiles: [p]\n"),
        (
            "profiles/p.yaml",
            b"interactionRules:\n  VIP:\n    conditions: { callerIds: [{ contacts: c }], schedule: { calendar: d } }\n    dispatching: { type: Terminate, terminate: voicemail }\n",
        ),
        ("contacts/c.csv", b"number,name\n+16505550100,A\n"),
        ("calendars/d.yaml", b"A: 2026-12-25\n"),
        (file, content),
    ] {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    if let Some(repository) = config::load(root.path()).repository {
        callrules::lint(&repository, TIME);
    }
}

/// Decodes an answer with one rule, and encodes it again.
fn read_answer(bytes: &[u8], _: &Path) {
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    let id = ExtensionId("1001".to_owned());
    let owner = RuleOwner::for_comparison(&id);
    let directory = ExtensionDirectory::new(Vec::new());
    let yaml_writer = YamlWriter::new(&directory);
    let mode = RequiredPartsMode::Add;
    if let Ok(record) = InteractionRuleRecord::try_from(value.clone()) {
        let rule = decode::interaction_rule(&record.body, &id);
        yaml_writer.rule(&rule);
        let _ = encode::interaction_rule_body(Some(&record.body), &rule, owner, mode);
        let _ = encode::interaction_rule_body(None, &rule, owner, mode);
    }
    if let Ok(record) = StateRuleRecord::try_from(value) {
        let dispatching = decode::state_dispatching(&record.body, &id);
        let state = decode::state(&record.body);
        yaml_writer.dispatching(&dispatching);
        yaml_writer.state(&state);
        let state_id = record.id.as_str().into();
        let _ = encode::state_rule_body(&state_id, Some(&record.body), &dispatching, owner, mode);
        encode::state_body(&state_id, &record.body, &state, owner);
    }
}

/// Reads a saved plan as it is, and with a checksum that matches.
fn read_saved_plan(bytes: &[u8], _: &Path) {
    let _ = SavedPlan::from_bytes(bytes);
    let Ok(Value::Object(mut document)) = serde_json::from_slice::<Value>(bytes) else {
        return;
    };
    document.shift_remove("checksum");
    let mut sorted = Value::Object(document.clone());
    sorted.sort_all_objects();
    let checksum = format!("sha256:{}", digest::sha256_hex(sorted.to_string()));
    document.insert("checksum".to_owned(), checksum.into());
    let _ = SavedPlan::from_bytes(Value::Object(document).to_string().as_bytes());
}

fn read_seed(bytes: &[u8], folder: &Path) {
    let file = tempfile::Builder::new()
        .suffix(".yaml")
        .tempfile_in(folder)
        .unwrap();
    fs::write(file.path(), bytes).unwrap();
    let _ = SandboxSeed::load(file.path());
}

/// Returns the contents of the files below a folder of the project with this ending.
fn files_below(folder: &str, ending: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut paths: Vec<PathBuf> = walkdir::WalkDir::new(folder)
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| fs::read(path).unwrap())
        .collect()
}

/// The files of an apply of the example: its saved plan, its journal, and the account's answers.
struct RunFiles {
    plan: Vec<u8>,
    journal: Vec<u8>,
    answers: Vec<Vec<u8>>,
}

/// Plans and applies the example `acme` to its sandbox.
fn run_example() -> RunFiles {
    let folder = TempDir::new().unwrap();
    let root = folder.path();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/acme");
    for entry in walkdir::WalkDir::new(&example).min_depth(1) {
        let entry = entry.unwrap();
        let path = entry.path().strip_prefix(&example).unwrap();
        if path.starts_with(".callrules") {
            continue;
        }
        if entry.file_type().is_dir() {
            fs::create_dir(root.join(path)).unwrap();
        } else {
            fs::copy(entry.path(), root.join(path)).unwrap();
        }
    }
    let (plan, journal) = (root.join("plan.json"), root.join("journal.jsonl"));
    let work = async {
        let (repository, _) = Repository::open(root)?;
        let account = Account::sandbox(root).await?;
        let progress = RunProgress::default();
        let options = PlanOptions::new(TIME);
        let outcome = callrules::plan(&repository, &account, &options, &progress).await?;
        let clock = || "2026-11-25T09:00:00Z".to_owned();
        callrules::save_plan(&plan, &outcome, clock())?;
        let target = JournalTarget {
            root,
            file: Some(&journal),
            clock,
        };
        let limits = SafetyLimits::default();
        callrules::apply(&account, &outcome, limits, target, &progress).await?;
        account.close().await;
        Ok::<_, callrules::RunError>(())
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(work).unwrap();
    let journal = fs::read(journal).unwrap();
    // The journal has the account's answers before and after each write.
    let mut answers = Vec::new();
    for line in journal.split(|byte| *byte == b'\n') {
        let line: Value = serde_json::from_slice(line).unwrap_or_default();
        for key in ["before", "after", "afterHours"] {
            let body = line.get(key).filter(|body| body.is_object());
            answers.extend(body.map(|body| body.to_string().into_bytes()));
        }
    }
    RunFiles {
        plan: fs::read(plan).unwrap(),
        journal,
        answers,
    }
}

fn targets() -> Vec<FuzzTarget> {
    let RunFiles {
        plan,
        journal,
        answers,
    } = run_example();
    let target = |name, corpus: Vec<Vec<u8>>, read| {
        assert!(!corpus.is_empty(), "{name} has no valid input");
        FuzzTarget { name, corpus, read }
    };
    let users = [
        files_below("examples/acme/users", ".yaml"),
        files_below("examples/hierarchy/users", ".yaml"),
    ]
    .concat();
    let contacts = [
        &b"number;name\r\n+16505550100;\"Ada; B\"\r\n(650) 555-0101;C\r\n"[..],
        b"Phone,Name\n+1 650 555 0100,\"A \"\"B\"\"\"\n6505550101,\n",
        b"\xef\xbb\xbfnumber\tname\n+16505550100\tZo\xc3\xab\n",
    ];
    let calendars = files_below("examples/holidays/calendars", ".yaml");
    vec![
        target("YAML", users, |bytes, folder| {
            load_with(folder, "users/a.yaml", bytes);
            if let Ok(text) = std::str::from_utf8(bytes) {
                let _ = config::read_user(text);
            }
        }),
        target("calendars", calendars, |bytes, folder| {
            load_with(folder, "calendars/d.yaml", bytes);
        }),
        target(
            "contacts",
            contacts.iter().map(|text| text.to_vec()).collect(),
            |bytes, folder| load_with(folder, "contacts/c.csv", bytes),
        ),
        target("answers", answers, read_answer),
        target("saved plans", vec![plan], read_saved_plan),
        target("journals", vec![journal], |bytes, _| {
            let _ = journal::parse_journal(&String::from_utf8_lossy(bytes));
        }),
        target(
            "seeds",
            files_below("examples/acme/sandbox", ".yaml"),
            read_seed,
        ),
    ]
}

/// Reads a variable with a number.
fn number_from_env(name: &str) -> Option<u64> {
    let text = std::env::var(name).ok()?;
    Some(
        text.replace('_', "")
            .parse()
            .unwrap_or_else(|_| panic!("{name} is not a number")),
    )
}

fn main() {
    let inputs = number_from_env("CALLRULES_FUZZ_INPUTS").unwrap_or(DEFAULT_INPUTS);
    let seed = number_from_env("CALLRULES_FUZZ_SEED").unwrap_or(1);
    let targets = targets();
    let folder = TempDir::new().unwrap();
    let started = Instant::now();
    // Panics are reported below, with their input.
    std::panic::set_hook(Box::new(|_| {}));
    let failures: Mutex<Vec<String>> = Mutex::default();
    (0..inputs).into_par_iter().for_each(|number| {
        let target = &targets[usize::try_from(number % targets.len() as u64).unwrap()];
        let mut random = SeededRandom(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ number);
        let input = mutate(&target.corpus, &mut random);
        let began = Instant::now();
        let result = catch_unwind(AssertUnwindSafe(|| (target.read)(&input, folder.path())));
        let problem = match result {
            Err(_) => "panicked",
            Ok(()) if began.elapsed() > TIME_LIMIT => "was slow",
            Ok(()) => return,
        };
        let input = input.escape_ascii();
        failures.lock().unwrap().push(format!(
            "{} {problem} (seed {seed}, input {number}):\n{input}",
            target.name
        ));
    });
    let _ = std::panic::take_hook();
    let mut tried: BTreeMap<&str, u64> = BTreeMap::new();
    let count = targets.len() as u64;
    for (index, target) in (0..).zip(&targets) {
        tried.insert(target.name, inputs.saturating_sub(index).div_ceil(count));
    }
    let tried: Vec<String> = tried
        .iter()
        .map(|(name, count)| format!("{name} {count}"))
        .collect();
    println!(
        "\nfuzz: tried {inputs} inputs with seed {seed} in {} s ({})\n",
        started.elapsed().as_secs(),
        tried.join(", ")
    );
    let failures = failures.into_inner().unwrap();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}
