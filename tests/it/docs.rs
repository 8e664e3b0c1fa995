//! The pages: every command in them runs, and every example is what the program takes or prints.
//!
//! How a block says what it is stands at the head of `docs/language.md`. Beside that, a comment on the
//! line above a block tells what the block cannot: `owner: 101` (whose rule it is), `file: path`
//! (the example is a file that others name; it is there for whoever names it), `offline: why` (the
//! sandbox would refuse it), `output of: plan`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use callrules::client::{Client, Config};
use callrules::config::{self, Repository};
use callrules::engine::account::Read;
use callrules::engine::{self, Outcome, Plan};
use callrules::model::Catalogue;
use callrules::sandbox::{Fault, Options, Sandbox, Seed};
use callrules::yaml;
use serde_json::Value;

use crate::changed::{commit, git};
use crate::support::copy;

const SETTINGS: &str = "account: \"37439510\"\nprune: none\n";

/// A fenced block of a page.
pub(crate) struct Block {
    page: &'static str,
    line: usize,
    /// The words behind the fence.
    pub(crate) info: Vec<String>,
    /// The comment on the line above.
    note: String,
    pub(crate) text: String,
}

impl Block {
    /// Where to look when a test fails.
    fn at(&self) -> String {
        format!("{}:{}", self.page, self.line)
    }

    fn note(&self, key: &str) -> Option<&str> {
        self.note.strip_prefix(key)?.strip_prefix(": ")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

pub(crate) fn blocks(page: &'static str, language: &str) -> Vec<Block> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let mut blocks = Vec::new();
    let mut before = "";
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let inside = lines.by_ref().map(|(_, line)| line);
            let inside = inside.take_while(|line| *line != "```");
            let block = Block {
                page,
                line: index + 1,
                info: info.split_whitespace().map(str::to_owned).collect(),
                note: before
                    .trim_start_matches("<!-- ")
                    .trim_end_matches(" -->")
                    .to_owned(),
                text: inside.map(|line| format!("{line}\n")).collect(),
            };
            if block.info.first().is_some_and(|first| first == language) {
                blocks.push(block);
            }
        }
        before = line;
    }
    assert!(!blocks.is_empty(), "{page} has no block of {language}");
    blocks
}

/// What stands between backticks in the first cells of a page's tables.
fn first_cells(page: &str) -> Vec<String> {
    let text = fs::read_to_string(root().join(page)).unwrap();
    let rows = text.lines().filter_map(|line| line.strip_prefix("| "));
    let cells = rows.filter_map(|row| row.split(" | ").next());
    let words = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    words.map(str::to_owned).collect()
}

/// A copy of the examples that may be written to.
fn copy_of_the_examples() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    copy(&root().join("examples"), &folder.path().join("examples"));
    folder
}

/// A terminal in which the commands of a page are typed, one after the other.
struct Terminal {
    folder: tempfile::TempDir,
    variables: BTreeMap<String, String>,
    servers: Vec<Child>,
    /// The address that a page names, and the one that the server really has.
    address: Option<(String, String)>,
    ran: usize,
}

impl Drop for Terminal {
    fn drop(&mut self) {
        for server in &mut self.servers {
            server.kill().ok();
            server.wait().ok();
        }
    }
}

impl Terminal {
    fn open() -> Self {
        let folder = copy_of_the_examples();
        // Who reads the pages has a clone.
        git(folder.path(), &["init", "-q"]);
        commit(folder.path());
        Terminal {
            folder,
            variables: BTreeMap::new(),
            servers: Vec::new(),
            address: None,
            ran: 0,
        }
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(cargo_bin("callrules"));
        command.args(arguments).current_dir(self.folder.path());
        command.env("CALLRULES_NOW", crate::support::NOW);
        for name in [
            "RC_SERVER_URL",
            "RC_APP_CLIENT_ID",
            "RC_APP_CLIENT_SECRET",
            "RC_USER_JWT",
        ] {
            command.env_remove(name);
        }
        command.envs(&self.variables).stdin(Stdio::null());
        command
    }

    /// Types one line, with what a comment behind it expects.
    fn line(&mut self, line: &str, at: &str) {
        let (line, comment) = line.split_once('#').unwrap_or((line, ""));
        let words = shlex::split(line).unwrap_or_else(|| panic!("{at}: not closed: {line}"));
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        match &words[..] {
            [] => {}
            ["export", settings @ ..] => {
                for setting in settings {
                    let (name, value) = setting.split_once('=').unwrap();
                    let value = match &self.address {
                        Some((said, real)) if value == said => real.clone(),
                        _ => value.to_owned(),
                    };
                    self.variables.insert(name.to_owned(), value);
                }
            }
            // Run by whoever runs this test, or not for a test to do.
            ["cargo", "test" | "build" | "insta" | "install", ..] => {}
            ["cargo", "bench", "--bench", name] => {
                let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("benches/{name}.rs"));
                assert!(file.exists(), "{at}: {line}");
            }
            ["mkdir" | "cp" | "rm", arguments @ ..] => {
                let mut command = Command::new(words[0]);
                command.args(arguments).current_dir(self.folder.path());
                assert!(command.status().unwrap().success(), "{at}: {line}");
            }
            ["cargo", "run", "--", arguments @ ..] | ["callrules", arguments @ ..] => {
                if arguments.first() == Some(&"sandbox") {
                    self.serve(arguments);
                } else {
                    self.run(arguments, comment, at);
                }
                self.ran += 1;
            }
            _ => panic!("{at}: a command that this test does not know: {line}"),
        }
    }

    fn run(&self, arguments: &[&str], comment: &str, at: &str) {
        let expected = comment
            .split_once("exits with ")
            .and_then(|(_, code)| code.split(':').next()?.trim().parse().ok())
            .unwrap_or(0);
        let output = self.program(arguments).output().unwrap();
        assert_eq!(
            output.status.code(),
            Some(expected),
            "{at}: callrules {}\n{}{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }

    /// Starts a server on a free port in place of the one that is written.
    fn serve(&mut self, arguments: &[&str]) {
        let at = arguments.iter().position(|word| *word == "--port").unwrap() + 1;
        let said = format!("http://127.0.0.1:{}", arguments[at]);
        let mut arguments = arguments.to_vec();
        arguments[at] = "0";
        let mut command = self.program(&arguments);
        let mut server = command
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(server.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        self.servers.push(server);
        let real = line.trim().rsplit(' ').next().unwrap().to_owned();
        assert!(real.starts_with("http://127.0.0.1:"), "{line}");
        self.address = Some((said, real));
    }
}

#[test]
fn every_command_runs() {
    for (page, at_least, first) in [
        ("README.md", 6, ""),
        ("CONTRIBUTING.md", 1, ""),
        ("docs/sandbox.md", 6, ""),
        ("docs/report.md", 3, ""),
        ("docs/drift.md", 2, ""),
        // The page of a new repository, for those who work in it.
        ("src/init/template/README.md", 3, "callrules init"),
    ] {
        let mut terminal = Terminal::open();
        terminal.line(first, page);
        for block in blocks(page, "sh") {
            for line in block.text.lines() {
                terminal.line(line, &block.at());
            }
        }
        assert!(terminal.ran >= at_least, "{page}: {} ran", terminal.ran);
    }
}

#[test]
fn the_seed_of_the_sandbox_page_is_one() {
    for block in blocks("docs/sandbox.md", "yaml") {
        let seed: Value = serde_yaml::from_str(&block.text).unwrap();
        assert!(Seed::from_value(seed).is_ok(), "{}", block.at());
    }
}

/// The page and `--help` know each kind of fault, and the faults in both are faults.
#[test]
fn the_faults_are_as_documented() {
    let terminal = Terminal::open();
    let help = terminal.program(&["sandbox", "--help"]).output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    let nonsense = "".parse::<Fault>().unwrap_err().to_string();
    let (_, kinds) = nonsense.split_once(": ").unwrap();
    let kinds: Vec<&str> = kinds.split([',', ' ']).collect();
    let kinds = kinds.into_iter().filter(|k| !matches!(*k, "" | "or"));
    let cells = first_cells("docs/sandbox.md");
    let mut known = 0;
    for kind in kinds {
        let mut words = help.split_whitespace();
        assert!(words.any(|word| word == kind), "`{kind}` is not in --help");
        assert!(cells.iter().any(|cell| cell == kind), "{kind} is not there");
        known += 1;
    }
    assert_eq!(known, 18);

    let page = fs::read_to_string(root().join("docs/sandbox.md")).unwrap();
    let (_, rehearsing) = page.split_once("## Rehearsing").unwrap();
    let rows = rehearsing.lines().filter(|line| line.starts_with("| "));
    let tabled = rows.filter_map(|row| row.split('`').nth(1));
    let quoted = [&help, &page].map(|text| text.split("--fault '").skip(1));
    let quoted = quoted
        .into_iter()
        .flatten()
        .filter_map(|text| text.split_once('\'').map(|(spec, _)| spec));
    let specs: Vec<&str> = tabled.chain(quoted).collect();
    let wrong: Vec<String> = specs
        .iter()
        .filter_map(|spec| Some(format!("{spec}: {}", spec.parse::<Fault>().err()?)))
        .collect();
    assert!(specs.len() > 12, "{specs:?}");
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn the_readme_shows_what_plan_prints() {
    let shown = blocks("README.md", "text");
    let shown = shown.iter().find(|block| block.note("output of").is_some());
    let shown = &shown.unwrap().text;
    let terminal = Terminal::open();
    let arguments = ["-C", "examples/acme", "--sandbox", "plan"];
    let output = terminal.program(&arguments).output().unwrap();
    let printed = String::from_utf8(output.stdout).unwrap();
    let mut rest = &*printed;
    // Only where it says so is something left out: the parts between are whole.
    for part in shown.split("…\n") {
        let Some(at) = rest.find(part) else {
            panic!("not in what `plan` prints, or not in this order:\n{part}\nprinted:\n{printed}");
        };
        rest = &rest[at + part.len()..];
    }
    assert_eq!(rest, "", "the end is left out without a word");
}

#[tokio::test(flavor = "multi_thread")]
async fn plan_only_reads() {
    let (sandbox, _) = acme().await;
    let mut terminal = Terminal::open();
    for (name, value) in [
        ("RC_SERVER_URL", &*sandbox.url()),
        ("RC_APP_CLIENT_ID", "sandbox"),
        ("RC_APP_CLIENT_SECRET", "sandbox"),
        ("RC_USER_JWT", "sandbox.sandbox.sandbox"),
    ] {
        terminal.variables.insert(name.to_owned(), value.to_owned());
    }
    let before = sandbox.snapshot();
    let plan = ["-C", "examples/acme", "plan"];
    assert!(terminal.program(&plan).output().unwrap().status.success());
    let exchanges = sandbox.exchanges();
    assert!(exchanges.len() > 4);
    for exchange in exchanges {
        let signs_in = exchange.path == "/restapi/oauth/token";
        assert!(signs_in || exchange.method == "GET", "{exchange:?}");
    }
    assert_eq!(sandbox.snapshot(), before);
}

/// The rooms of the house use each other as `docs/architecture.md` says, and no further.
#[test]
fn rooms_use_only_what_they_may() {
    let page = fs::read_to_string(root().join("docs/architecture.md")).unwrap();
    let (_, table) = page.split_once("| room | may use |").unwrap();
    let mut may: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for row in table.lines().skip(2).take_while(|row| row.starts_with('|')) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').collect();
        // Every second piece between backticks is a name.
        let names = cells.iter().map(|cell| cell.split('`').skip(1).step_by(2));
        let cells: Vec<BTreeSet<&str>> = names.map(Iterator::collect).collect();
        for room in &cells[0] {
            may.insert(room, cells[1].clone());
        }
    }
    let mut rooms = BTreeSet::new();
    for entry in walkdir::WalkDir::new(root().join("src")) {
        let path = entry.unwrap().into_path();
        let below = path.strip_prefix(root().join("src")).unwrap();
        let first = below.iter().next().map(|part| part.to_str().unwrap());
        let Some(room) = first.map(|first| first.trim_end_matches(".rs")) else {
            continue;
        };
        if path.extension().is_none_or(|e| e != "rs") || room == "lib" || room == "main" {
            continue;
        }
        rooms.insert(room.to_owned());
        let allowed = may
            .get(room)
            .unwrap_or_else(|| panic!("{room} is not in the table"));
        for after in fs::read_to_string(&path).unwrap().split("crate::").skip(1) {
            let end = after.find(|c: char| !c.is_ascii_lowercase() && c != '_');
            let used = &after[..end.unwrap_or(after.len())];
            // `cli` uses all; a macro or a type at the top is no room.
            let is_fine = used.is_empty() || used == room || allowed.contains(used);
            assert!(is_fine || room == "cli", "{} uses {used}", below.display());
        }
    }
    let named: BTreeSet<String> = may.keys().map(|room| (*room).to_owned()).collect();
    assert_eq!(named, rooms);
}

/// The account of the example, and a client for it.
async fn acme() -> (Sandbox, Client) {
    let seed = Seed::load(&root().join("examples/acme/sandbox")).unwrap();
    let options = Options {
        seed,
        ..Options::default()
    };
    let sandbox = Sandbox::start(options).await.unwrap();
    let config = Config::from_env(|name| {
        Some(match name {
            "RC_SERVER_URL" => sandbox.url(),
            "RC_USER_JWT" => "sandbox.sandbox.sandbox".to_owned(),
            _ => "sandbox".to_owned(),
        })
    });
    let client = Client::new(config.unwrap()).unwrap();
    (sandbox, client)
}

/// The settings and the user file of a repository in which an example stands.
pub(crate) fn files(block: &Block) -> (String, Option<String>) {
    let text = |indent: usize| -> String {
        let indent = " ".repeat(indent);
        block
            .text
            .lines()
            .map(|line| format!("{indent}{line}\n"))
            .collect()
    };
    let owner = block.note("owner").unwrap_or("102");
    let head = format!("extension: \"{owner}\"\n");
    let user = match block.info.get(1).map(String::as_str) {
        Some("settings") => return (block.text.clone(), None),
        Some("calendar") => using(&head, block, |name| {
            format!("schedule: {{ calendar: {name} }}")
        }),
        Some("contacts") => using(&head, block, |name| {
            format!("callerIds: [{{ contacts: {name} }}]")
        }),
        Some("profile") => format!("{head}profiles: [{}]\n", shared_name(block).unwrap()),
        Some("user") => block.text.clone(),
        Some("tests") => fs::read_to_string(root().join("examples/acme/users/alex.yaml")).unwrap(),
        Some("rules") => format!("{head}interactionRules:\n{}", text(2)),
        // Only a member of a queue has all states.
        Some("states") => format!("extension: \"104\"\nstates:\n{}", text(2)),
        Some("conditions") => format!(
            "{head}interactionRules:\n  Example:\n    conditions:\n{}    \
             dispatching: {{ type: Terminate, terminate: voicemail }}\n",
            text(6)
        ),
        Some("dispatching") => format!(
            "{head}interactionRules:\n  Example:\n    conditions: {{ callerIds: [\"+1650\"] }}\n    \
             dispatching:\n{}",
            text(6)
        ),
        other => panic!("{}: where does it belong? {other:?}", block.at()),
    };
    (SETTINGS.to_owned(), Some(user))
}

/// A user file with a rule that names the file which an example is.
fn using(head: &str, block: &Block, condition: impl Fn(&str) -> String) -> String {
    let condition = condition(&shared_name(block).unwrap());
    format!(
        "{head}interactionRules:\n  Example:\n    conditions: {{ {condition} }}\n    \
         dispatching: {{ type: Terminate, terminate: voicemail }}\n"
    )
}

/// The name by which others refer to the file that an example is.
fn shared_name(block: &Block) -> Option<String> {
    let path = Path::new(block.note("file")?);
    Some(path.file_stem()?.to_str()?.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_of_the_language_is_taken() {
    let mut all = blocks("docs/language.md", "yaml");
    all.extend(blocks("docs/language.md", "csv"));
    let mut failures = Vec::new();
    for block in &all {
        if let Err(why) = is_taken(block, &all).await {
            failures.push(format!("{}: {why}", block.at()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Whether a text names the file which an example is.
fn is_named(block: &Block, text: &str) -> bool {
    let (Some(path), Some(name)) = (block.note("file"), shared_name(block)) else {
        return false;
    };
    let key = match path.split('/').next() {
        Some("calendars") => "calendar: ",
        Some("contacts") => "contacts: ",
        _ => "profiles: ",
    };
    text.match_indices(key).any(|(at, _)| {
        let value = text[at + key.len()..].lines().next().unwrap_or_default();
        let value = value.split(['}', ']']).next().unwrap_or_default();
        value.split(['[', ',']).any(|named| named.trim() == name)
    })
}

async fn is_taken(block: &Block, all: &[Block]) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let (settings, user) = files(block);
    let mut needed: Vec<&Block> = Vec::new();
    if block.note("file").is_some() {
        needed.push(block);
    }
    let mut texts = vec![&block.text];
    while let Some(text) = texts.pop() {
        for other in all {
            let is_there = needed.iter().any(|there| std::ptr::eq(*there, other));
            if !is_there && is_named(other, text) {
                needed.push(other);
                texts.push(&other.text);
            }
        }
    }
    for other in needed {
        let path = folder.path().join(other.note("file").unwrap());
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, &other.text).unwrap();
    }
    fs::write(folder.path().join("callrules.yaml"), settings).unwrap();
    fs::create_dir(folder.path().join("users")).unwrap();
    let user = user.unwrap_or_else(|| "extension: \"101\"\n".to_owned());
    fs::write(folder.path().join("users/example.yaml"), user).unwrap();
    if block.info[1..].first().is_some_and(|word| word == "tests") {
        fs::create_dir(folder.path().join("tests")).unwrap();
        fs::write(folder.path().join("tests/example.yaml"), &block.text).unwrap();
    }
    let loaded = config::load(folder.path());
    let found: BTreeSet<&str> = loaded.diagnostics.iter().map(|d| d.code.as_str()).collect();
    let expected: BTreeSet<&str> = block.info.iter().skip(2).map(String::as_str).collect();
    if found != expected {
        return Err(format!("expected {expected:?}: {:#?}", loaded.diagnostics));
    }
    match loaded.repository {
        Some(repository) if block.note("offline").is_none() => reaches_its_goal(&repository).await,
        _ => Ok(()),
    }
}

/// Plans, applies, and plans again: nothing is left to do.
async fn reaches_its_goal(repository: &Repository) -> Result<(), String> {
    let (sandbox, client) = acme().await;
    for last in [false, true] {
        let plan = plan(repository, &client).await?;
        if last && !plan.is_empty() {
            return Err(format!("the plan after is not empty: {plan:#?}"));
        }
        let directory = client.directory().await.unwrap();
        let report = engine::apply(&client, &plan, &directory, &()).await;
        for settled in &report.changes {
            match &settled.outcome {
                Outcome::Done { otherwise } if otherwise.is_empty() => {}
                _ => return Err(format!("{settled:#?}")),
            }
        }
    }
    sandbox.stop().await;
    Ok(())
}

async fn plan(repository: &Repository, client: &Client) -> Result<Plan, String> {
    let directory = client.directory().await.unwrap();
    let mut users = Vec::new();
    for user in &repository.users {
        let Repository {
            settings, shared, ..
        } = repository;
        let lists = config::name_lists(&user.file, shared, &directory);
        let read = engine::look_up(client, lists).await.into_iter();
        let catalogue: Catalogue = read.map(|(list, named)| (list, named.unwrap())).collect();
        let desired = config::resolve(&user.file, settings, shared, &directory, &catalogue);
        let desired = desired.map_err(|found| format!("{found:#?}"))?;
        let live = engine::fetch(client, &[(&desired).into()], || {}).await;
        let live = live.into_iter().next().unwrap().unwrap();
        let (plan, mut problems) = engine::diff(&desired, &live, &directory);
        // The ids of the examples are nobody's.
        problems.retain(|problem| problem.key != Some("id"));
        if !problems.is_empty() {
            return Err(format!("{problems:#?}"));
        }
        users.push(plan);
    }
    Ok(Plan {
        account: client.account_id().await.unwrap(),
        users,
    })
}

/// `serde_yaml` reads the same out of every file and example as we do.
#[test]
fn another_reader_reads_the_same() {
    let mut texts: Vec<(String, String)> = blocks("docs/language.md", "yaml")
        .into_iter()
        // The other reader takes the last of two keys, or refuses the file: no comparison.
        .filter(|block| block.info.last().is_none_or(|code| code != "E0004"))
        .map(|block| (block.at(), block.text))
        .collect();
    for entry in walkdir::WalkDir::new(root().join("examples")) {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|e| e == "yaml") {
            let text = fs::read_to_string(entry.path()).unwrap();
            texts.push((entry.path().display().to_string(), text));
        }
    }
    for (at, text) in texts {
        let theirs: Value = serde_yaml::from_str(&text).unwrap_or_else(|e| panic!("{at}: {e}"));
        let (node, faults) = yaml::parse(&yaml::Source::new(&at, text));
        assert!(faults.is_empty(), "{at}: {faults:?}");
        let (ours, faults) = yaml::read::<Value>(&node.unwrap());
        assert!(faults.is_empty(), "{at}: {faults:?}");
        assert_eq!(ours, Some(theirs), "{at}");
    }
}

/// The keys of the documents in `docs/json.md` are those of the real ones: no more, no fewer.
#[test]
fn the_json_is_as_documented() {
    let terminal = Terminal::open();
    let settings = terminal.folder.path().join("examples/acme/callrules.yaml");
    // A warning, and a user who loses every rule, so that there is something to look at.
    fs::write(&settings, "prune: all\n").unwrap();
    let priya = terminal
        .folder
        .path()
        .join("examples/acme/users/priya.yaml");
    fs::write(
        priya,
        "extension: \"102\"\ninteractionRules: { Office move: null }\n",
    )
    .unwrap();
    // Priya's tests are of the rules that she no longer has. One of the others is enough to look at.
    let acme = terminal.folder.path().join("examples/acme");
    let tested = terminal.folder.path().join("tested");
    copy(&acme.join("users"), &tested.join("users"));
    fs::write(tested.join("callrules.yaml"), "prune: all\n").unwrap();
    fs::create_dir(tested.join("tests")).unwrap();
    fs::write(
        tested.join("tests/alex.yaml"),
        "user: \"101\"\ntests:\n  - name: VIP\n    call: { from: \"+16501111111\", at: sat 12:00 }\n    \
         expect: { handledBy: VIP Calls After-Hours, endsAt: { phoneNumber: \"+14082324343\" }, rings: [] }\n",
    )
    .unwrap();
    fs::remove_dir_all(acme.join("tests")).unwrap();
    let broken = terminal.folder.path().join("broken");
    fs::create_dir_all(broken.join("users")).unwrap();
    fs::write(broken.join("callrules.yaml"), "prune: everything\n").unwrap();
    let mut checked = 0;
    for block in blocks("docs/json.md", "json") {
        let arguments: &[&str] = match block.info.get(1).map(String::as_str) {
            Some("plan") => &["-C", "examples/acme", "--sandbox", "plan", "--remember"],
            Some("doctor") => &["-C", "examples/acme", "--sandbox", "doctor"],
            Some("validate") => &["-C", "broken", "validate"],
            Some("simulate") => &[
                "-C",
                "examples/acme",
                "simulate",
                "--user=101",
                "--from=+16501111111",
                "--at=2026-11-25T22:10",
            ],
            Some("test") => &["-C", "tested", "test"],
            Some("apply") => &[
                "-C",
                "examples/acme",
                "--sandbox",
                "apply",
                "--auto-approve",
                "--max-emptied=1",
            ],
            other => panic!("{}: whose output is it? {other:?}", block.at()),
        };
        let mut command = terminal.program(arguments);
        let output = command.args(["--format", "json"]).output().unwrap();
        let real: Value = serde_json::from_slice(&output.stdout).unwrap();
        let shown: Value = serde_json::from_str(&block.text).unwrap();
        assert_eq!(keys(&shown), keys(&real), "{}", block.at());
        assert_eq!(shown["formatVersion"], real["formatVersion"]);
        checked += 1;
    }
    assert_eq!(checked, 6);
}

/// Every path of keys in a document, lists aside.
fn keys(document: &Value) -> BTreeSet<String> {
    fn walk(at: &str, value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let at = format!("{at}.{key}");
                    found.insert(at.clone());
                    // What a field holds, and what the API is sent, is not this document's to say; nor
                    // are the days of a week and the callers of a list.
                    let is_open = [
                        "before", "after", "body", "weekly", "outside", "times", "listed",
                    ];
                    if at == ".users.impact.times" || !is_open.contains(&key.as_str()) {
                        walk(&at, value, found);
                    }
                }
            }
            Value::Array(items) => items.iter().for_each(|item| walk(at, item, found)),
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk("", document, &mut found);
    found
}
