//! Repositories with links that someone who is not trusted has committed.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{self, TestEnv, single_user_seed, wait_in_time};

const SECRET: &str = "RC_APP_CLIENT_SECRET=hunter2";

/// Creates a folder outside the repository with a file that has a secret.
fn outside_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for name in ["key", "key.yaml", "key.csv"] {
        fs::write(folder.path().join(name), format!("{SECRET}\n")).unwrap();
    }
    folder
}

/// Starts an account and a repository with one valid user.
fn start() -> TestEnv {
    let env = TestEnv::new(single_user_seed(json!([])));
    env.write("users/alex.yaml", "extension: \"101\"\nstates: {}\n");
    env
}

/// Runs a command that must end in time, and returns the exit code and all its output.
fn run_in_time(mut command: Command) -> (i32, String) {
    let command = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let output = wait_in_time(command.spawn().unwrap());
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&text).into_owned(),
    )
}

fn run(env: &TestEnv, arguments: &[&str]) -> (i32, String) {
    let mut command = env.command();
    command.args(arguments);
    run_in_time(command)
}

#[test]
fn links_out_of_the_repository_are_never_quoted() {
    let outside = outside_folder();
    let linked = [
        ("callrules.yaml", "key.yaml"),
        ("users/evil.yaml", "key"),
        ("users/folder", ""),
        ("profiles/evil.yaml", "key.yaml"),
        ("calendars/evil.yaml", "key.yaml"),
        ("contacts/evil.csv", "key.csv"),
        ("contacts/evil.yaml", "key.yaml"),
        ("contacts/folder", ""),
        ("tests/evil.yaml", "key.yaml"),
    ];
    for (link, target) in linked {
        let env = start();
        let path = env.path().join(link);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = fs::remove_file(&path);
        symlink(outside.path().join(target), &path).unwrap();
        for arguments in [
            &["validate"][..],
            &["validate", "--format", "json"],
            &["validate", "--format", "github"],
            &["validate", "--format", "sarif"],
            &["plan"],
            &["plan", "--format", "github"],
            &["plan", "--format", "sarif"],
            &["test"],
            &["show", "--user", "101"],
        ] {
            let (code, text) = run(&env, arguments);
            assert_eq!(code, 1, "{link} {arguments:?}: {text}");
            assert!(!text.contains("hunter2"), "{link} {arguments:?}: {text}");
            let problem = "it leads out of the repository";
            assert!(text.contains(problem), "{link} {arguments:?}: {text}");
        }
    }
}

#[test]
fn links_to_hidden_files_are_not_read() {
    let env = start();
    env.write(".git/config", &format!("{SECRET}\n"));
    symlink("../.git/config", env.path().join("users/evil.yaml")).unwrap();
    symlink("../.git", env.path().join("users/folder")).unwrap();
    let (code, text) = run(&env, &["validate"]);
    assert_eq!(code, 1, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    let refusals = text.matches("it leads to a hidden file or folder").count();
    assert_eq!(refusals, 2, "{text}");
}

#[test]
fn links_within_the_repository_are_read() {
    let env = start();
    env.write("shared/priya.yaml", "extension: \"102\"\nstates: {}\n");
    env.write("shared/team/night.yaml", "extension: \"103\"\nstates: {}\n");
    symlink("../shared/priya.yaml", env.path().join("users/priya.yaml")).unwrap();
    symlink("../shared/team", env.path().join("users/team")).unwrap();
    let (code, text) = run(&env, &["validate"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("4 files"), "{text}");
}

#[test]
fn endless_links_end_validation() {
    let env = start();
    for (name, target) in [
        ("a", "/"),
        ("b.yaml", "/dev/zero"),
        ("c.yaml", "/dev/stdin"),
        ("d", "."),
        ("e", ".."),
    ] {
        symlink(target, env.path().join("users").join(name)).unwrap();
    }
    let pipe = env.path().join("users/pipe.yaml");
    assert!(
        Command::new("mkfifo")
            .arg(&pipe)
            .status()
            .unwrap()
            .success()
    );
    let huge = fs::File::create(env.path().join("users/huge.yaml")).unwrap();
    huge.set_len(1 << 40).unwrap();
    // Without limits, this many links between two folders have endless paths.
    for folder in ["x", "y"] {
        env.write(&format!("users/{folder}/file.txt"), "");
        for (name, target) in [("1", "../x"), ("2", "../y")] {
            let link = env.path().join("users").join(folder).join(name);
            symlink(target, link).unwrap();
        }
    }
    let (code, text) = run(&env, &["validate"]);
    assert_eq!(code, 1);
    let problems: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("error") || line.contains("-->"))
        .map(str::trim)
        .collect();
    insta::assert_snapshot!(problems.join("\n"), @"
    error[E0001]: cannot be read: it leads out of the repository
    --> users/a
    error[E0001]: cannot be read: it leads out of the repository
    --> users/b.yaml
    error[E0001]: cannot be read: it leads out of the repository
    --> users/c.yaml
    error[E0001]: cannot be read: it is a symbolic link to a folder that is already read
    --> users/d
    error[E0012]: unknown key `account`
    --> users/e/callrules.yaml:1:1
    error[E0012]: unknown key `unmanagedUsers`
    --> users/e/callrules.yaml:3:1
    error[E0001]: cannot be read: it has 1048576 MB; the limit is 10
    --> users/huge.yaml
    error[E0001]: cannot be read: it is not a regular file
    --> users/pipe.yaml
    error[E0001]: cannot be read: it is a symbolic link to a folder that is already read
    --> users/x/1
    error[E0001]: cannot be read: it is a symbolic link to a folder that is already read
    --> users/x/2
    error[E0001]: cannot be read: it is a symbolic link to a folder that is already read
    --> users/y/1
    error[E0001]: cannot be read: it is a symbolic link to a folder that is already read
    --> users/y/2
    ");
}

#[test]
fn nothing_is_written_through_links_in_the_state_folder() {
    for name in [
        "apply.lock",
        ".gitignore",
        "journal",
        "cache",
        "sandbox.json",
    ] {
        for is_dangling in [false, true] {
            let env = TestEnv::example("acme");
            let outside = TempDir::new().unwrap();
            let victim = outside.path().join("victim");
            if !is_dangling {
                fs::write(&victim, "precious").unwrap();
            }
            fs::create_dir_all(env.path().join(".callrules")).unwrap();
            symlink(&victim, env.path().join(".callrules").join(name)).unwrap();
            let arguments: &[&str] = match name {
                "cache" => &["plan", "--incremental"],
                "sandbox.json" => &["--sandbox", "plan"],
                _ => &["apply", "--auto-approve"],
            };
            let (code, text) = run(&env, arguments);
            assert_eq!(code, 1, "{name}: {text}");
            assert!(text.contains("it is a symbolic link"), "{name}: {text}");
            let left = fs::read_to_string(&victim).unwrap_or_default();
            assert_eq!(left, if is_dangling { "" } else { "precious" }, "{name}");
            assert_eq!(victim.exists(), !is_dangling, "{name}");
        }
    }
}

#[test]
fn state_folder_that_is_a_link_is_refused_also_without_credentials() {
    let env = TestEnv::example("acme");
    let outside = TempDir::new().unwrap();
    symlink(outside.path(), env.path().join(".callrules")).unwrap();
    let mut command = support::program();
    command
        .arg("-C")
        .arg(env.path())
        .args(["apply", "--auto-approve"]);
    let (code, text) = run_in_time(command);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("it is a symbolic link"), "{text}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

/// Asserts that a command refuses a link in the repository and leaves what it leads to alone.
fn assert_link_is_refused(link: &str, to_folder: bool, arguments: &[&str]) {
    let env = TestEnv::example("acme");
    let outside = TempDir::new().unwrap();
    let victim = outside.path().join("victim");
    fs::write(&victim, "precious").unwrap();
    let link_path = env.path().join(link);
    if link_path.is_dir() {
        fs::remove_dir_all(&link_path).unwrap();
    }
    let target = if to_folder { outside.path() } else { &victim };
    fs::create_dir_all(link_path.parent().unwrap()).unwrap();
    symlink(target, &link_path).unwrap();
    let arguments: Vec<String> = arguments
        .iter()
        .map(|argument| argument.replace("ROOT", &env.path().display().to_string()))
        .collect();
    let mut command = env.command();
    command.args(&arguments);
    let (code, text) = run_in_time(command);
    assert_ne!(code, 0, "{arguments:?}: {text}");
    assert!(text.contains("symbolic link"), "{arguments:?}: {text}");
    assert_eq!(fs::read_to_string(&victim).unwrap(), "precious");
    let entries = fs::read_dir(outside.path()).unwrap().count();
    assert_eq!(entries, 1, "{arguments:?}");
    assert_eq!(env.requests("PATCH", "").len(), 0, "{arguments:?}");
}

#[test]
fn nothing_is_written_through_committed_links_to_files() {
    assert_link_is_refused("p.json", false, &["plan", "--out", "ROOT/p.json"]);
    assert_link_is_refused("p.md", false, &["plan", "--output", "markdown=ROOT/p.md"]);
    assert_link_is_refused("schemas/user.schema.json", false, &["schema"]);
}

#[test]
fn nothing_is_written_through_committed_links_to_folders() {
    assert_link_is_refused("out", true, &["plan", "--out", "ROOT/out/p.json"]);
    let journal = ["apply", "--auto-approve", "--journal", "ROOT/out/j.jsonl"];
    assert_link_is_refused("out", true, &journal);
    assert_link_is_refused("out", true, &["report", "--out", "ROOT/out/new"]);
    assert_link_is_refused("out", true, &["report", "--out", "ROOT/out", "--force"]);
    assert_link_is_refused("out", true, &["schema", "--dir", "ROOT/out/new"]);
    assert_link_is_refused("schemas", true, &["schema"]);
    assert_link_is_refused("schemas", true, &["init", "ROOT", "--force"]);
}

#[test]
fn import_does_not_write_through_links() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let outside = TempDir::new().unwrap();
    fs::create_dir(env.path().join("users")).unwrap();
    symlink(outside.path(), env.path().join("users/team")).unwrap();
    let (code, text) = run(&env, &["import"]);
    assert_eq!(code, 1, "{text}");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

#[test]
fn sandbox_does_not_read_links_out_of_the_repository() {
    let env = TestEnv::example("acme");
    let outside = outside_folder();
    symlink(
        outside.path().join("key.yaml"),
        env.path().join("sandbox/evil.yaml"),
    )
    .unwrap();
    let (code, text) = run(&env, &["--sandbox", "plan"]);
    assert_eq!(code, 1, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("it leads out of the repository"), "{text}");
}

#[test]
fn commit_with_links_out_of_the_repository_is_not_read() {
    let env = start();
    let outside = outside_folder();
    symlink(
        outside.path().join("key"),
        env.path().join("users/evil.yaml"),
    )
    .unwrap();
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(env.path())
            .args(identity)
            .args(arguments);
        assert!(command.output().unwrap().status.success(), "{arguments:?}");
    };
    git(&["init", "--quiet"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "-m", "evil"]);
    fs::remove_file(env.path().join("users/evil.yaml")).unwrap();
    let (code, text) = run(&env, &["plan", "--changed-since", "HEAD"]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    assert!(text.contains("every user counts as changed"), "{text}");
}

#[test]
fn outputs_on_a_full_disk_are_complete_or_absent() {
    let env = TestEnv::example("acme");
    let limit = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let run_limited = |arguments: &[&str]| {
        let program = env.command();
        let mut command = Command::new("sh");
        command.args(["-c", limit]).arg(program.get_program());
        command.args(program.get_args()).args(arguments);
        command.envs(
            program
                .get_envs()
                .filter_map(|(key, value)| Some((key, value?))),
        );
        run_in_time(command)
    };
    let is_complete_json = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).is_ok()
    };
    let new = env.path().join("new");
    let dir = new.display().to_string();
    let (code, text) = run_limited(&["schema", "--dir", &dir]);
    assert_eq!(code, 1, "{text}");
    for entry in fs::read_dir(&new).unwrap() {
        let path = entry.unwrap().path();
        assert!(is_complete_json(&path), "{}", path.display());
    }
    // The schemas that are already there stay as they are.
    let (code, _) = run_limited(&["schema", "--dir", &dir]);
    assert_eq!(code, 1);
    let (code, text) = run_limited(&[
        "plan",
        "--out",
        &env.path().join("p.json").display().to_string(),
    ]);
    assert_eq!(code, 1, "{text}");
    assert!(!env.path().join("p.json").exists());
}

#[test]
fn outputs_are_private_and_never_replace_configuration() {
    let env = TestEnv::example("acme");
    let file = env.path().join("p.md");
    let output = |file: &Path| format!("markdown={}", file.display());
    let (code, text) = run(&env, &["plan", "--output", &output(&file)]);
    assert_eq!(code, 0, "{text}");
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    symlink("users", env.path().join("alias")).unwrap();
    for name in [
        "callrules.yaml",
        "users/new.json",
        "users/../callrules.yaml",
        "alias/new.json",
        "profiles/new.md",
    ] {
        let path = env.path().join(name);
        if let Some(folder) = path.parent().filter(|folder| !folder.exists()) {
            fs::create_dir_all(folder).unwrap();
        }
        let before = fs::read(&path).ok();
        for arguments in [
            ["plan", "--output", &output(&path)],
            ["plan", "--out", &path.display().to_string()],
        ] {
            let (code, text) = run(&env, &arguments);
            assert_eq!(code, 1, "{arguments:?}: {text}");
            let reason = "belongs to the configuration";
            assert!(text.contains(reason), "{arguments:?}: {text}");
            assert_eq!(fs::read(&path).ok(), before, "{arguments:?}");
        }
    }
}

#[test]
fn hidden_links_of_the_sandbox_are_not_read() {
    let env = TestEnv::example("acme");
    let outside = outside_folder();
    let link = env.path().join("sandbox/.evil.yaml");
    symlink(outside.path().join("key.yaml"), link).unwrap();
    let (code, text) = run(&env, &["--sandbox", "plan"]);
    assert_eq!(code, 0, "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}
